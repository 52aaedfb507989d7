"""Column names that can stand in a table: every one there, and no two alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interurban.core.errors import TooMuch

from .reading import GEOMETRY_COLUMN, ROW_COLUMN, Limits

__all__ = ["ColumnNames", "expect_columns", "feature_names", "unique_names"]

_LONGEST = 200
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The names a table gets, and in words what had to be changed about the source's own."""

    names: tuple[str, ...]
    changes: str


def unique_names(source: Sequence[str | None], taken: Iterable[str] = (ROW_COLUMN,)) -> ColumnNames:
    """Give every column a name: blanks around it cut off, empty ones numbered, doubles numbered.

    Case is ignored when two names are compared, as databases do.

    Parameters
    ----------
    source: the names as the source has them.
    taken: names no column may get.
    """
    used = {name.lower() for name in taken}
    wanted = {_tidy(name).lower() for name in source}
    names: list[str] = []
    empty, doubled = 0, []
    for position, raw in enumerate(source, start=1):
        name = _tidy(raw)
        if not name:
            empty += 1
            name = f"column_{position}"
        if name.lower() in used:
            doubled.append(name)
            number = 2
            while f"{name}_{number}".lower() in used | wanted:
                number += 1
            name = f"{name}_{number}"
        used.add(name.lower())
        names.append(name)
    changes = []
    if empty:
        changes.append(f"{empty:,} without a name, numbered")
    if doubled:
        shown = ", ".join(doubled[:_SHOWN]) + (" ..." if len(doubled) > _SHOWN else "")
        changes.append(f"{len(doubled):,} doubled, numbered ({shown})")
    return ColumnNames(tuple(names), "; ".join(changes))


def expect_columns(count: int, name: str, limits: Limits) -> None:
    """Make sure that a table has no more columns than the limits allow.

    Raises
    ------
    TooMuch: it has.
    """
    if count > limits.max_columns:
        raise TooMuch(
            f"{name} has {count:,} columns or more; {limits.max_columns:,} are allowed.",
            advice="Check its delimiter and line ends, or keep only the columns you need.",
        )


def feature_names(source: Sequence[str | None]) -> ColumnNames:
    """``unique_names`` for the attributes of features, beside their geometry column."""
    return unique_names(source, taken=(ROW_COLUMN, GEOMETRY_COLUMN))


def _tidy(name: str | None) -> str:
    return " ".join((name or "").split())[:_LONGEST]
