"""England's register of schools (GIAS): which school went on as which.

The daily CSV of establishment links (``links_edubasealldata``) states most links twice, once from
either end. One in four has no date.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pyarrow as pa

from interurban.core.errors import UnreadableFile

from .imported import Imported, day_in, day_of
from .sheets import Row, SheetFile, columns_of, find_table

__all__ = ["LAYOUT", "of_schools", "read_links_file", "recognises"]

LAYOUT = "gias-links"

_NEEDED = ("urn", "linkurn", "linktype")
_SCHEMA = pa.schema(
    [
        ("school_id", pa.string()),
        ("linked_id", pa.string()),
        ("linked_name", pa.string()),
        ("kind", pa.string()),
        ("manner", pa.string()),
        ("status", pa.string()),
        ("date", pa.date32()),
        ("words", pa.string()),
    ]
)


def recognises(file: SheetFile) -> bool:
    """Whether some sheet has links between two URNs."""
    return find_table(file, _is_header) is not None


def read_links_file(file: SheetFile) -> Imported:
    """Every link of England that the file states.

    Raises
    ------
    UnreadableFile: it has no such table, or no link.
    """
    found = find_table(file, _is_header)
    if found is None:
        raise UnreadableFile(f"{file.name} has no links between schools.")
    sheet, at = found
    names = columns_of(sheet.head[at])
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    odd = 0
    for _, row in sheet.below(at):
        said = {name: row[place] if place < len(row) else "" for name, place in names.items()}
        here, there, words = (said[name] for name in _NEEDED)
        if not (here.isdigit() and there.isdigit() and words):
            odd += any(row)
            continue
        kind, manner = _meaning(words)
        rows[here, there, words] = {
            "school_id": here,
            "linked_id": there,
            "linked_name": said.get("linkname") or None,
            "kind": kind,
            "manner": manner,
            "status": "done",
            "date": day_of(said.get("linkestablisheddate", "")),
            "words": words,
        }
    if not rows:
        raise UnreadableFile(f"{file.name} has the columns of links, and no link.")
    day = day_in(sheet.name) or day_in(file.name)
    told = [f"{odd:,} rows name no second school or no kind of link, and were left out."]
    return Imported(
        layout=LAYOUT,
        words="England's register of schools (GIAS): links between schools",
        standard="school_link@1",
        name="school_links_" + (f"{day:%Y_%m}" if day else "undated"),
        title="Schools that came before or after another"
        + (f", register of {day:%d %B %Y}" if day else ""),
        publisher="Department for Education (Get Information about Schools)",
        licence="ogl-3",
        attribution="Department for Education, Get Information about Schools. Contains public "
        "sector information licensed under the Open Government Licence v3.0",
        vintage=f"{day:%d %B %Y}" if day else "not stated",
        table=pa.Table.from_pylist(list(rows.values()), _SCHEMA),
        found=tuple(told) if odd else (),
        day=day,
    )


def of_schools(links: Imported, known: Collection[str], city: str) -> Imported:
    """The links that lead from or to some schools, through as many other schools as it takes.

    Raises
    ------
    UnreadableFile: there is none.
    """
    pairs = [(r["school_id"], r["linked_id"]) for r in links.table.to_pylist()]
    beside: dict[str, list[str]] = {}
    for one, other in pairs:
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    reached = {one for one in known if one in beside}
    waiting = list(reached)
    while waiting:
        new = [one for one in beside[waiting.pop()] if one not in reached]
        reached.update(new)
        waiting.extend(new)
    kept = [at for at, pair in enumerate(pairs) if pair[0] in reached]
    if not kept:
        raise UnreadableFile(
            f"None of the {len(pairs):,} links is of a school that the atlas of {city} knows.",
            advice="Import the register of schools first; or is this the right city?",
        )
    told = (
        f"{len(kept):,} of {len(pairs):,} links are of schools that the atlas of {city} knows, or "
        "lead to them through others; the rest were left out."
    )
    return replace(links, table=links.table.take(kept), found=(told, *links.found))


def _is_header(row: Row) -> bool:
    return columns_of(row).keys() >= set(_NEEDED)


def _meaning(words: str) -> tuple[str, str]:
    """Kind and manner of a link, as the standard calls them."""
    plain = words.lower()
    kind = next((k for k in ("predecessor", "successor") if plain.startswith(k)), "other")
    if plain == "result of amalgamation":
        kind = "predecessor"
    if "split" in plain:
        return kind, "split"
    if "merged" in plain or "amalgam" in plain:
        return kind, "merged"
    if "sixth form" in plain:
        return kind, "sixth form"
    if plain == "expansion":
        return kind, "expanded"
    return kind, "replaced" if kind != "other" else "other"
