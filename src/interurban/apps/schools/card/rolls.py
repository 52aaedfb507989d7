"""How many pupils each school had in each year, and by what name, over all years there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Floats

from .settings import CardSettings

__all__ = ["Rolls", "read_rolls"]


@dataclass(frozen=True, eq=False)
class Rolls:
    """Pupils on roll by school, year and year group.

    Parameters
    ----------
    ids: of the schools, in order.
    years: in which school years begin, in order; years without any roll are not among them.
    year_groups: in order; 0 is Reception or Kindergarten.
    pupils: (schools, years, year groups); NaN where nothing is stated.
    names: (schools, years), as each year's roll has them; empty where it has none.
    whole: (schools, years), all pupils, of sources that tell no year groups too; NaN if unknown.
    """

    ids: tuple[str, ...]
    years: tuple[int, ...]
    year_groups: tuple[int, ...]
    pupils: Floats
    names: NDArray[np.object_]
    whole: Floats

    @cached_property
    def index(self) -> dict[str, int]:
        """Place of each id."""
        return {school: at for at, school in enumerate(self.ids)}

    @property
    def last_years(self) -> dict[str, int]:
        """The last school year in which each school had pupils."""
        there = np.nan_to_num(self.whole) > 0
        last = there.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)
        return {
            school: self.years[at]
            for school, at, open_years in zip(self.ids, last, there.sum(axis=1), strict=True)
            if open_years
        }

    def series(self, school: str) -> list[tuple[int, float]]:
        """Year and pupils of the years that are known and not empty, in order."""
        at = self.index.get(school)
        if at is None:
            return []
        return [
            (year, float(n)) for year, n in zip(self.years, self.whole[at], strict=True) if n > 0
        ]

    def last_name(self, school: str) -> str:
        """The name in its newest roll; empty when there is none."""
        at = self.index.get(school)
        return "" if at is None else next((n for n in self.names[at, ::-1] if n), "")

    def groups_taught(self, school: str) -> tuple[int, int] | None:
        """First and last year group with pupils in the newest year that has any."""
        at = self.index.get(school)
        if at is None:
            return None
        taught = np.nan_to_num(self.pupils[at]) > 0
        open_years = np.flatnonzero(taught.any(axis=1))
        if not len(open_years):
            return None
        groups = np.flatnonzero(taught[open_years[-1]])
        return self.year_groups[groups[0]], self.year_groups[groups[-1]]


def read_rolls(atlas: Atlas, settings: CardSettings) -> Rolls:
    """The rolls of a city, kept by the snapshots they are read from."""
    leaning = (*settings.rolls, *(size.dataset for size in settings.sizes))
    return atlas.cached(f"card rolls {leaning}", leaning, lambda: _read(atlas, settings))


def _read(atlas: Atlas, settings: CardSettings) -> Rolls:
    cells: dict[tuple[str, int, int], float] = {}
    names: dict[tuple[str, int], str] = {}
    whole: dict[tuple[str, int], float] = {}
    for dataset in settings.rolls:
        stated: set[tuple[str, int]] = set(names)
        table = atlas.table(dataset, ("school_id", "school_name", "year", "year_group", "pupils"))
        if table is None:
            continue
        columns = [table[n].to_pylist() for n in ("school_id", "year", "year_group", "pupils")]
        named = table["school_name"].to_pylist()
        for school, year, group, pupils, name in zip(*columns, named, strict=True):
            if (school, year) in stated or pupils is None:
                continue
            cells[school, year, group] = cells.get((school, year, group), 0.0) + pupils
            names[school, year] = str(name or "")
    for (school, year, _), pupils in cells.items():
        whole[school, year] = whole.get((school, year), 0.0) + pupils
    for (school, year), pupils in _sizes(atlas, settings).items():
        whole.setdefault((school, year), pupils)
    ids = tuple(sorted({school for school, _ in whole}))
    years = tuple(sorted({year for _, year in whole}))
    groups = tuple(sorted({group for _, _, group in cells}))
    at = {school: place for place, school in enumerate(ids)}
    when = {year: place for place, year in enumerate(years)}
    which = {group: place for place, group in enumerate(groups)}
    pupils_of = np.full((len(ids), len(years), len(groups)), np.nan)
    for (school, year, group), pupils in cells.items():
        pupils_of[at[school], when[year], which[group]] = pupils
    called = np.full((len(ids), len(years)), "", dtype=object)
    for (school, year), name in names.items():
        called[at[school], when[year]] = name
    totals = np.full((len(ids), len(years)), np.nan)
    for (school, year), pupils in whole.items():
        totals[at[school], when[year]] = pupils
    return Rolls(ids, years, groups, pupils_of, called, totals)


def _sizes(atlas: Atlas, settings: CardSettings) -> dict[tuple[str, int], float]:
    """Whole rolls of sources that tell no year groups; what an earlier one says stands."""
    found: dict[tuple[str, int], float] = {}
    for size in settings.sizes:
        if size.year is not None:
            table = atlas.table(size.dataset, ("school_id", "pupils"))
            for row in table.to_pylist() if table is not None else ():
                if row.get("pupils") is not None:
                    found.setdefault((row["school_id"], size.year), float(row["pupils"]))
            continue
        table = atlas.table(size.dataset, ("school_id", "measure", "year", "value"))
        for row in table.to_pylist() if table is not None else ():
            if row["measure"] == size.measure and row["value"] is not None:
                found.setdefault((row["school_id"], row["year"]), float(row["value"]))
    return found
