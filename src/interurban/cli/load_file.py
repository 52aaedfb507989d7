"""Load a file of one's own: look at it, show the guess, take corrections, and only then load."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from interurban.core.errors import BadRequest, UnreadableFile

from .output import counted, errors, screen, show_pairs, show_table
from .personal_data import tell_findings
from .progress import bars

if TYPE_CHECKING:
    from interurban.catalog.files import Look
    from interurban.catalog.node import Node
    from interurban.core.dataset import Unpivot

__all__ = ["Columns", "FileWishes", "load_file"]


@dataclass(frozen=True, slots=True)
class Columns:
    """What a person said of columns that become rows.

    Parameters
    ----------
    unpivot: one regular expression of their headers, or each header; ``("no",)`` for none; empty
        when nothing was said.
    into: names of the columns made, ``header,value`` or ``value``.
    drop_blanks: blank cells are no rows.
    """

    unpivot: tuple[str, ...] = ()
    into: str | None = None
    drop_blanks: bool = False

    @property
    def stay(self) -> bool:
        """Whether the table is to stay wide."""
        return self.unpivot == ("no",)

    def asked(self) -> Unpivot | None:
        """The wish in the words of a source; ``None`` when there is none.

        Raises
        ------
        BadRequest: names or blanks of columns that were not said.
        """
        from interurban.core.dataset import Unpivot

        if self.stay or not self.unpivot:
            if self.into is not None or self.drop_blanks:
                option = "--drop-blanks" if self.into is None else "--unpivot-into"
                raise BadRequest(
                    f"{option} needs --unpivot.",
                    advice="Say which columns become rows with --unpivot.",
                    part="unpivot",
                )
            return None
        header, _, value = (self.into or "value").rpartition(",")
        listed = self.unpivot if len(self.unpivot) > 1 else ()
        pattern = "" if listed else self.unpivot[0]
        unnamed = "" if "(?P<" in pattern else "column"
        return Unpivot(
            value=value.strip(),
            name=header.strip() or unnamed,
            columns=listed,
            pattern=pattern,
            blanks="drop" if self.drop_blanks else "keep",
        )


@dataclass(frozen=True, slots=True)
class FileWishes:
    """What a person said of the file.

    Parameters
    ----------
    name: the dataset's id (``chicago.trees``); made from the city and the file's name if absent.
    options: how it is read, each ``name=value``.
    maps: corrections of the mapping, each ``field=expression``; an empty expression drops it.
    types: corrections of guessed types, each ``column=type``.
    columns: which of them become rows.
    sure: load without asking.
    tokens: app tokens by host name, for portals.
    """

    name: str | None
    city: str | None
    options: Sequence[str]
    maps: Sequence[str]
    types: Sequence[str]
    columns: Columns
    sure: bool
    tokens: Mapping[str, str]


def load_file(node: Node, what: Path | str, wishes: FileWishes) -> None:
    """Show what a file, or a portal's dataset, was taken for, ask, and load it.

    Raises
    ------
    BadRequest, ConfigurationError: a correction that cannot be, or no city to put it into.
    UnreadableFile: no reader here understands it.
    """
    from interurban.catalog import loads
    from interurban.catalog.files import look_at, plain_name

    dataset = wishes.name
    if dataset is None and wishes.city is not None:
        dataset = f"{wishes.city}.{plain_name(str(what))}"
    try:
        look = look_at(
            node,
            what,
            dataset,
            options=_options(wishes.options),
            tokens=wishes.tokens,
            types=_pairs(wishes.types, "type"),
            expressions=_pairs(wishes.maps, "map"),
            unpivot=wishes.columns.asked(),
            wide=wishes.columns.stay,
        )
    except UnreadableFile as error:
        advice = _in_words_of_the_line(error.advice)
        raise UnreadableFile(error.what, advice=advice, part=error.part) from error
    _show(look)
    if not wishes.sure and not _agreed():
        screen.print("Nothing was loaded.")
        raise typer.Exit(1)
    with bars() as shown, shown.group() as group:

        def progress(rows: int, size: int, total: int | None) -> None:
            group.advance(look.dataset, rows=rows, size=size, total=total)

        snapshot = loads.load_file(node, look, tokens=wishes.tokens, progress=progress)
    screen.print(
        f"{look.dataset}: {counted(snapshot.rows, 'row')}, {snapshot.left_out:,} left out, "
        f"{counted(snapshot.blanked, 'value')} blanked."
    )
    if snapshot.left_out or snapshot.blanked:
        screen.print(f"See which and why: interurban rejects {look.dataset}")
    tell_findings(node.home.root, [look.dataset])


def _show(look: Look) -> None:
    """How the bytes were read, and what each column was taken for."""
    screen.print(f"{look.name} becomes {look.dataset}\n", style="bold")
    show_pairs(look.facts.reading.items())
    screen.print()
    show_table(
        ("field", "type", "part", "made by", "why"),
        [(c.name, c.type, c.role, c.expression, c.reason) for c in look.columns],
    )
    unpivot = look.source.unpivot
    if unpivot is not None:
        which = [unpivot.pattern] if unpivot.pattern else unpivot.columns
        said = " ".join(f"--unpivot {shlex.quote(each)}" for each in which)
        screen.print(
            f"\nEach cell of these columns becomes a row, as with {said}\n"
            "Correct it so; --unpivot no keeps the table wide.",
            style="dim",
            markup=False,
        )
    if look.new_city:
        errors.print(
            f"No pack describes this place, so the city {look.city.id} is made for it: "
            f"time zone {look.city.time_zone}, CRS {look.city.crs}.",
            style="yellow",
        )
    for column in look.columns:
        if column.warning:
            warning = _in_words_of_the_line(column.warning)
            errors.print(f"{column.name}: {warning}", style="yellow")
    screen.print(
        "\nCorrect how it was read with --option NAME=VALUE, a type with --type COLUMN=TYPE, how a "
        "field is made with --map FIELD=EXPRESSION; --map FIELD= leaves it out.\n",
        style="dim",
    )


def _agreed() -> bool:
    """Ask; where nobody can answer, the guess is shown and nothing is loaded."""
    if not sys.stdin.isatty():
        errors.print("Take this guess with --yes.")
        return False
    return typer.confirm("Load it like this?", default=True)


def _options(texts: Iterable[str]) -> dict[str, str | int | bool]:
    """Options of the source, each of the type it must be."""
    given: dict[str, str | int | bool] = {}
    for name, value in _pairs(texts, "option").items():
        number = name in ("sheet", "skip", "page_size") and value.isdecimal()
        flag = name == "header" and value.lower() in ("true", "false")
        given[name] = int(value) if number else value.lower() == "true" if flag else value
        if name == "delimiter" and value in ("tab", "\\t", ""):
            given[name] = "\t"
    return given


def _in_words_of_the_line(text: str) -> str:
    """What a pack would say (``layer: roads``), as it is said on the command line."""
    from interurban.sources.files import FILE_OPTIONS

    said = rf"\b({'|'.join(FILE_OPTIONS)}): (.+?)(?=[.;,]?$|[;,] )"

    def written(found: re.Match[str]) -> str:
        return f"--option {shlex.quote(f'{found[1]}={found[2]}')}"

    return re.sub(said, written, text)


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
