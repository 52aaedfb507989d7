"""Which school of the atlas a published table means: by its id, or else by its name and place.

Authorities publish last distances by name, and spell names in their own ways. A name is compared by
its letters alone, so that ``C of E`` and ``CofE`` are one, with every name that any dataset gave a
school, so that one which was renamed since is found. A name that fits no school, or several, is
told as unmatched, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Floats, Indices, Schools

__all__ = ["Match", "Named", "SchoolNames", "match_school", "school_names"]

How = Literal["id", "name and place", "name"]

_NEAR_M = 300.0
"""A postcode's point lies some streets from the school's; a school may have moved a little."""

_ALIKE = 0.75
_SURELY = 0.04
"""The best name must be so much more alike than the next school's."""


@dataclass(frozen=True, slots=True)
class Named:
    """A school as a table states it.

    Parameters
    ----------
    x, y: where the table says it is, in the working CRS, metres; NaN where it doesn't.
    """

    school_id: str
    name: str
    postal_code: str = ""
    x: float = np.nan
    y: float = np.nan


@dataclass(frozen=True, slots=True)
class Match:
    """The school that is meant.

    Parameters
    ----------
    school: its place in the atlas.
    apart_m: how far the table's own point lies from the atlas's; NaN where either has none.
    """

    school: int
    how: How
    apart_m: float


@dataclass(frozen=True, eq=False)
class SchoolNames:
    """All schools of a city by the letters of every name, and by every postcode, they ever had.

    Parameters
    ----------
    names: (n,), of each school.
    """

    schools: Schools
    names: tuple[frozenset[str], ...]
    by_name: dict[str, frozenset[int]]
    by_code: dict[str, frozenset[int]]


def school_names(atlas: Atlas) -> SchoolNames:
    """The names and postcodes of a city's schools, in all datasets that describe them."""

    def read() -> SchoolNames:
        schools = atlas.schools
        names: list[set[str]] = [{_letters(name)} for name in schools.names]
        codes: dict[str, set[int]] = {}
        for dataset in atlas.settings.schools:
            table = atlas.table(dataset, ("school_id", "name", "postal_code"))
            for row in table.to_pylist() if table is not None else ():
                at = schools.index[row["school_id"]]
                if row.get("name"):
                    names[at].add(_letters(row["name"]))
                if row.get("postal_code"):
                    codes.setdefault(_plain(row["postal_code"]), set()).add(at)
        by_name: dict[str, set[int]] = {}
        for at, own in enumerate(names):
            for name in own:
                by_name.setdefault(name, set()).add(at)
        return SchoolNames(
            schools,
            tuple(frozenset(own) for own in names),
            {name: frozenset(own) for name, own in by_name.items()},
            {code: frozenset(own) for code, own in codes.items()},
        )

    flows = [flow.dataset for flow in atlas.settings.flows]
    return atlas.cached("school names", (*atlas.settings.schools, *flows), read)


def match_school(known: SchoolNames, named: Named) -> Match | None:
    """The school that a table means; ``None`` where its id is unknown or its name fits no one."""
    if named.school_id:
        at = known.schools.index.get(named.school_id)
        return None if at is None else Match(at, "id", _apart(known, at, named))
    letters = _letters(named.name)
    near = _near(known, named)
    if near:
        at = _most_alike(known, letters, near)
        if at is not None:
            return Match(at, "name and place", _apart(known, at, named))
    # A stated place where no such school is contradicts the name: then nothing is matched.
    if near or not np.isnan(named.x) or not letters:
        return None
    at = _only(known, known.by_name.get(letters, frozenset()))
    return None if at is None else Match(at, "name", np.nan)


def _near(known: SchoolNames, named: Named) -> list[int]:
    """Schools of the postcode, and those that lie near the point."""
    found = set(known.by_code.get(_plain(named.postal_code), ())) if named.postal_code else set()
    if not np.isnan(named.x):
        there = known.schools.metres - np.array([named.x, named.y])
        with np.errstate(invalid="ignore"):
            close: Indices = np.flatnonzero(np.hypot(there[:, 0], there[:, 1]) <= _NEAR_M)
        found.update(close.tolist())
    return sorted(found)


def _most_alike(known: SchoolNames, letters: str, near: Sequence[int]) -> int | None:
    alike = [max(_ratio(letters, own) for own in known.names[at]) for at in near]
    best = max(alike)
    if best < _ALIKE:
        return None
    return _only(known, [at for at, one in zip(near, alike, strict=True) if one > best - _SURELY])


def _only(known: SchoolNames, places: Sequence[int] | frozenset[int]) -> int | None:
    """The one school; of several that share a name, the one that is not closed."""
    if len(places) == 1:
        return next(iter(places))
    still = [at for at in places if known.schools.statuses[at] != "closed"]
    return still[0] if len(still) == 1 else None


def _apart(known: SchoolNames, at: int, named: Named) -> float:
    place: Floats = known.schools.metres[at]
    return float(np.hypot(place[0] - named.x, place[1] - named.y))


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _plain(code: str) -> str:
    return "".join(code.upper().split())
