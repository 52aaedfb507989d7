"""How the terminal is written to: tables for people, JSON for programs, errors on their own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from interurban.core.errors import InterurbanError

__all__ = [
    "counted",
    "errors",
    "local",
    "screen",
    "show_error",
    "show_json",
    "show_pairs",
    "show_table",
    "written",
]

_WIDE = 200
"""Columns where no terminal says how many there are: a table in a pipe is not cut short."""

screen = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
errors = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _WIDE)


def show_error(error: InterurbanError) -> None:
    """Say what was wrong, where, and what to do: the same words as everywhere, no traceback."""
    said = str(error)
    what = said.removesuffix(error.advice).rstrip() if error.advice else said
    errors.print(Text("Error: ", style="bold red") + Text(what), soft_wrap=True)
    if error.advice:
        errors.print(Text(error.advice), soft_wrap=True)


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1, default=_plain)
    sys.stdout.write("\n")


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[str] = ()
) -> None:
    """A table for people; the columns in ``right`` are set flush right, as numbers are."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for position, name in enumerate(columns):
        numeric = name in right
        table.add_column(
            name, justify="right" if numeric else "left", no_wrap=numeric or position == 0
        )
    for row in rows:
        table.add_row(*(Text(written(value)) for value in row))
    screen.print(table)


def show_pairs(pairs: Iterable[tuple[str, Any]]) -> None:
    """Names and values under each other; missing values are left out."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, "", ()):
            table.add_row(name, Text(written(value)))
    screen.print(table)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 row``, ``2 rows``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def local(values: Iterable[Any], zone: ZoneInfo) -> list[Any]:
    """The same values, instants as the clocks of that zone show them, without the offset."""
    return [
        value.astimezone(zone).replace(tzinfo=None)
        if isinstance(value, datetime) and value.tzinfo is not None
        else value
        for value in values
    ]


def written(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, tuple | list):
        return ", ".join(written(each) for each in value)
    return str(value)


def _plain(value: Any) -> Any:
    """What JSON has no type for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
