"""What a file of a known layout held: rows on a shared standard, and what was found on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pyarrow as pa

from interurban.core.errors import UnreadableFile

__all__ = ["Imported", "day_in", "day_of", "joined", "whole_number"]

_TOLD_BY = {
    "pupil_flow@1": ("area_id", "school_id", "year"),
    "school@1": ("school_id",),
    "school_link@1": ("school_id", "linked_id", "words"),
    "school_roll@1": ("school_id", "year"),
}
"""Fields of a standard that say what a row tells of, where files could tell it twice."""
_DAY_FORMS = ("%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d", "%d-%b-%Y", "%d-%b-%y")
_DAY = re.compile(r"(?<!\d)(20\d{2})[-_]?([01]\d)[-_]?([0-3]\d)(?!\d)")


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """One file, read.

    Parameters
    ----------
    layout: id of the layout. words: what the file is, in a sentence's words.
    standard: as ``pupil_flow@1``.
    name: what a dataset of it is called, without the city.
    title, publisher, licence, attribution, vintage: as a dataset's description has them;
        ``licence`` is empty where the file doesn't state one.
    table: the standard's fields; a place stands as ``longitude`` and ``latitude``.
    found: what was noticed, one sentence each; nothing is left out without one.
    stage: of a table of flows. hidden_below: numbers below it were left out; 0 when none were.
    day: that a list of schools is of. in_part: it lists only some of the schools there are.
    """

    layout: str
    words: str
    standard: str
    name: str
    title: str
    publisher: str
    licence: str
    attribution: str
    vintage: str
    table: pa.Table
    found: tuple[str, ...] = ()
    stage: str = ""
    hidden_below: int = 0
    day: date | None = None
    in_part: bool = False


def joined(parts: Sequence[Imported]) -> Imported:
    """Several files of one layout as one: years of rolls, say.

    Raises
    ------
    UnreadableFile: they are of different layouts or stages, and no table of one kind.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    kinds = {(part.layout, part.standard, part.stage) for part in parts}
    if len(kinds) > 1:
        raise UnreadableFile(
            "These files are of different kinds: "
            + ", ".join(sorted({part.words for part in parts}))
            + ".",
            advice="Import them one by one.",
        )
    newest_first = sorted(parts, key=lambda part: part.day or date.max, reverse=True)
    table, again = _each_once(newest_first, _TOLD_BY.get(first.standard, ()))
    told = f"{again:,} rows tell what another of the files tells too: each is taken once."
    spans = sorted({part.vintage for part in parts})
    days = [part.day for part in parts if part.day is not None]
    return replace(
        first,
        name=_between(parts),
        vintage=spans[0] if len(spans) == 1 else f"{spans[0]} to {spans[-1]}",
        table=table,
        found=(*(one for part in parts for one in part.found), *((told,) if again else ())),
        hidden_below=max(part.hidden_below for part in parts),
        day=max(days, default=None),
        in_part=all(part.in_part for part in parts),
    )


def _each_once(parts: Sequence[Imported], by: Sequence[str]) -> tuple[pa.Table, int]:
    """All rows of the first, and of each other what none before it tells; how many that leaves out.

    Parameters
    ----------
    by: fields that say what a row tells of; none keeps every row.
    """
    kept, seen, again = [], set(), 0
    for part in parts:
        table = part.table
        told = list(zip(*(table[name].to_pylist() for name in by), strict=True)) if by else []
        new = [at for at, one in enumerate(told) if one not in seen]
        seen.update(told)
        again += len(told) - len(new)
        kept.append(table.take(pa.array(new, pa.int64())) if len(new) < len(told) else table)
    return pa.concat_tables(kept), again


def _between(parts: Sequence[Imported]) -> str:
    """What a dataset of several is called: as the first, and up to the year of the last."""
    names = sorted({part.name for part in parts})
    last = re.search(r"_(\d{4})$", names[-1])
    return names[0] if len(names) == 1 or last is None else f"{names[0]}_to_{last[1]}"


def day_in(name: str) -> date | None:
    """The day in the name of a file, as ``edubasealldata20250524.csv`` has it."""
    if (found := _DAY.search(name)) is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def day_of(text: str) -> date | None:
    """A day as registers and spreadsheets write it; ``None`` of anything else."""
    for form in _DAY_FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def whole_number(text: str) -> int | None:
    """A whole number from a cell; ``None`` of an empty one.

    Raises
    ------
    ValueError: it is none.
    """
    plain = text.replace(",", "").strip()
    if not plain:
        return None
    try:
        value = float(plain)
    except ValueError:
        raise ValueError(text) from None
    if not value.is_integer():
        raise ValueError(text)
    return int(value)
