"""Load a file of one's own: look at it, show the guess, take corrections, and only then load."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from interurban.core.errors import BadRequest

from .output import counted, errors, screen, show_pairs, show_table
from .progress import bars

if TYPE_CHECKING:
    from interurban.catalog.files import Look
    from interurban.catalog.node import Node

__all__ = ["FileWishes", "load_file"]


@dataclass(frozen=True, slots=True)
class FileWishes:
    """What a person said of the file.

    Parameters
    ----------
    name: the dataset's id (``chicago.trees``); made from the city and the file's name if absent.
    maps: corrections of the mapping, each ``field=expression``; an empty expression drops it.
    types: corrections of guessed types, each ``column=type``.
    sure: load without asking.
    tokens: app tokens by host name, for portals.
    """

    name: str | None
    city: str | None
    maps: Sequence[str]
    types: Sequence[str]
    sure: bool
    tokens: Mapping[str, str]


def load_file(node: Node, what: Path | str, wishes: FileWishes) -> None:
    """Show what a file, or a portal's dataset, was taken for, ask, and load it.

    Raises
    ------
    BadRequest: a correction that cannot be, or no city to put it into.
    UnreadableFile: no reader here understands it.
    """
    from interurban.catalog.files import plain_name

    dataset = wishes.name
    if dataset is None and wishes.city is not None:
        dataset = f"{wishes.city}.{plain_name(str(what))}"
    look = node.look_at(
        what,
        dataset,
        tokens=wishes.tokens,
        types=_pairs(wishes.types, "type"),
        expressions=_pairs(wishes.maps, "map"),
    )
    _show(look)
    if not wishes.sure and not _agreed():
        screen.print("Nothing was loaded.")
        raise typer.Exit(1)
    with bars() as shown, shown.group() as group:

        def progress(rows: int, size: int, total: int | None) -> None:
            group.advance(look.dataset, rows=rows, size=size, total=total)

        snapshot = node.load_file(look, tokens=wishes.tokens, progress=progress)
    screen.print(
        f"{look.dataset}: {counted(snapshot.rows, 'row')}, {snapshot.left_out:,} left out, "
        f"{counted(snapshot.blanked, 'value')} blanked."
    )
    if snapshot.left_out or snapshot.blanked:
        screen.print(f"See which and why: interurban rejects {look.dataset}")


def _show(look: Look) -> None:
    """How the bytes were read, and what each column was taken for."""
    screen.print(f"{look.name} becomes {look.dataset}\n", style="bold")
    show_pairs(look.facts.reading.items())
    screen.print()
    show_table(
        ("field", "type", "part", "made by", "why"),
        [(c.name, c.type, c.role, c.expression, c.reason) for c in look.columns],
    )
    if look.new_city:
        errors.print(
            f"No pack describes this place, so the city {look.city.id} is made for it: "
            f"time zone {look.city.time_zone}, CRS {look.city.crs}.",
            style="yellow",
        )
    for column in look.columns:
        if column.warning:
            errors.print(f"{column.name}: {column.warning}", style="yellow")
    screen.print(
        "\nCorrect a type with --type COLUMN=TYPE, how a field is made with "
        "--map FIELD=EXPRESSION; --map FIELD= leaves it out.\n",
        style="dim",
    )


def _agreed() -> bool:
    """Ask; where nobody can answer, the guess is shown and nothing is loaded."""
    if not sys.stdin.isatty():
        errors.print("Take this guess with --yes.")
        return False
    return typer.confirm("Load it like this?", default=True)


def _pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise BadRequest(
                f"--{option} {text} has no = in it.",
                advice=f"Write it as --{option} name=value.",
                part=option,
            )
        found[name.strip()] = value.strip()
    return found
