"""What became of a school and what came before it: links between ids, many to many."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from interurban.apps.schools.reading import Atlas

from .settings import link_datasets

__all__ = ["Link", "Links", "read_links"]

_FORWARD = ("successor", "receiving", "zoned")
_FOLLOWED = ("successor", "receiving")
_CLOSING = ("closed", "merged", "phased out")
_DONE = ("done", "")
_LATE = 3
"""School years after a proposal in which a school that it closes still has pupils."""


@dataclass(frozen=True, slots=True)
class Link:
    """A school that came before another one, or went on as it.

    Parameters
    ----------
    before, after: ids; the names as the links have them, empty when they do not tell.
    kind: ``successor``, or ``receiving`` where it was named to take the pupils.
    manner: what happened (``merged``, ``split``, ``closed`` ...); empty when not stated.
    done: false of what was only considered or proposed.
    day: from which it holds. year: the school year, where only that is known.
    dataset, row: where it stands, for its link.
    """

    before: str
    after: str
    before_name: str
    after_name: str
    kind: str
    manner: str
    done: bool
    day: date | None
    year: int | None
    dataset: str
    row: int

    @property
    def said_kind(self) -> str:
        """Manner and kind in two words at most: ``merged``, ``receiving, closed``."""
        manner = "" if self.manner in ("", "replaced", "other") else self.manner
        said = ", ".join(word for word in (self.kind, manner) if word)
        return said if self.done else f"{said}, not carried out"

    @property
    def when(self) -> str | None:
        """The day, or the year, as text."""
        return self.day.isoformat() if self.day else str(self.year) if self.year else None


@dataclass(frozen=True)
class Links:
    """All links of a city, each once, whichever of its two ends stated it."""

    rows: tuple[Link, ...]

    @cached_property
    def _before(self) -> dict[str, list[Link]]:
        found: dict[str, list[Link]] = {}
        for link in self.rows:
            found.setdefault(link.after, []).append(link)
        return found

    @cached_property
    def _after(self) -> dict[str, list[Link]]:
        found: dict[str, list[Link]] = {}
        for link in self.rows:
            found.setdefault(link.before, []).append(link)
        return found

    def before(self, school: str) -> tuple[Link, ...]:
        """What came before a school, the earliest first."""
        return _ordered(self._before.get(school, ()))

    def after(self, school: str) -> tuple[Link, ...]:
        """What a school went on as, the earliest first."""
        return _ordered(self._after.get(school, ()))

    @property
    def ids(self) -> frozenset[str]:
        """Every id that a link names."""
        return frozenset(self._before) | frozenset(self._after)

    def name(self, school: str) -> str:
        """What links call a school; empty when none does."""
        named = [link.after_name for link in self._before.get(school, ()) if link.after_name]
        named += [link.before_name for link in self._after.get(school, ()) if link.before_name]
        return named[0] if named else ""

    def seen_in(self, last_years: Mapping[str, int], newest: int, merged: Links) -> Links:
        """The links with what rolls show of them.

        What was only proposed was carried out when the rolls of the first school end in time.

        Parameters
        ----------
        last_years: the last school year in which each school had pupils.
        newest: the last school year that there are rolls of.
        merged: links that are read from the rolls; they stand where nothing else tells.
        """
        rows = [
            replace(link, done=True)
            if not link.done
            and link.manner in _CLOSING
            and link.year is not None
            and last_years.get(link.before, newest) < min(link.year + _LATE, newest)
            else link
            for link in self.rows
        ]
        told = {(link.before, link.after) for link in rows}
        rows += [link for link in merged.rows if (link.before, link.after) not in told]
        return Links(tuple(sorted(rows, key=lambda link: (link.before, link.after))))

    def heirs(self, school: str, is_open: Callable[[str], bool]) -> tuple[str, ...]:
        """The open schools that a school went on as, through as many links as it takes.

        Links form a graph with branches (splits, mergers) and, where both ends state one wrongly,
        circles: a breadth-first search that visits each id once. A school that is open is its own
        heir. What was not carried out is not followed.
        """
        if is_open(school):
            return (school,)
        seen, found, waiting = {school}, [], deque([school])
        while waiting:
            for link in self.after(waiting.popleft()):
                if not link.done or link.kind not in _FOLLOWED or link.after in seen:
                    continue
                seen.add(link.after)
                if is_open(link.after):
                    found.append(link.after)
                else:
                    waiting.append(link.after)
        return tuple(sorted(found))

    def forebears(self, school: str) -> tuple[str, ...]:
        """Every id that went on as a school, through as many links as it takes, in order of id."""
        seen, waiting = {school}, deque([school])
        while waiting:
            for link in self.before(waiting.popleft()):
                if link.done and link.kind in _FOLLOWED and link.before not in seen:
                    seen.add(link.before)
                    waiting.append(link.before)
        return tuple(sorted(seen - {school}))


def read_links(atlas: Atlas) -> Links:
    """The links of a city, kept by the snapshots they are read from."""
    leaning = link_datasets(atlas.settings, atlas.node.packs)
    return atlas.cached(f"links {leaning}", leaning, lambda: _read(atlas, leaning))


def _read(atlas: Atlas, datasets: tuple[str, ...]) -> Links:
    found: dict[tuple[str, str], Link] = {}
    for dataset in datasets:
        table = atlas.table(dataset)
        for row in table.to_pylist() if table is not None else ():
            link = _link(dataset, row)
            if link is None or link.before == link.after:
                continue
            pair = (link.before, link.after)
            found[pair] = _joined(found[pair], link) if pair in found else link
    return Links(tuple(found[pair] for pair in sorted(found)))


def _link(dataset: str, row: dict[str, object]) -> Link | None:
    """A row as a link that points forward in time; ``None`` of a tie that is no succession."""
    kind = str(row["kind"])
    if row["linked_id"] is None:
        return None
    here = str(row["school_id"]), str(row.get("school_name") or "")
    there = str(row["linked_id"]), str(row.get("linked_name") or "")
    if kind == "predecessor":
        here, there, kind = there, here, "successor"
    elif kind not in _FORWARD:
        return None
    day, year = row.get("date"), row.get("year")
    return Link(
        before=here[0],
        after=there[0],
        before_name=here[1],
        after_name=there[1],
        kind=kind,
        manner=str(row.get("manner") or ""),
        done=str(row.get("status") or "") in _DONE,
        day=day if isinstance(day, date) else None,
        year=year if isinstance(year, int) else None,
        dataset=dataset,
        row=int(str(row["_row"])),
    )


def _joined(one: Link, other: Link) -> Link:
    """Two statements of one link: what either says, the plainer word of how it came about."""
    telling = other if one.manner in ("", "replaced", "other") else one
    return Link(
        before=one.before,
        after=one.after,
        before_name=one.before_name or other.before_name,
        after_name=one.after_name or other.after_name,
        kind=min(one.kind, other.kind, key=_FORWARD.index),
        manner=telling.manner or one.manner,
        done=one.done or other.done,
        day=one.day or other.day,
        year=one.year or other.year,
        dataset=one.dataset,
        row=one.row,
    )


def _ordered(links: list[Link] | tuple[Link, ...]) -> tuple[Link, ...]:
    return tuple(sorted(links, key=lambda link: (link.when or "9999", link.before, link.after)))
