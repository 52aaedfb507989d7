"""What the atlas is about, as arrays: schools, areas, and the pupils between them.

All lengths are metres in the city's working CRS. Nothing here knows a dataset's columns, a
request or a city.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Areas", "Booleans", "Floats", "Flows", "Indices", "Schools"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Schools:
    """Schools, each once, in order of id.

    Parameters
    ----------
    phases, kinds, governances, statuses: words of the standard ``school``; empty when not stated.
    genders: ``girls``, ``boys``, ``mixed`` or empty. faiths, admissions: in words, or empty.
    lonlat: (n, 2), WGS84; NaN without a place.
    metres: (n, 2), x and y in the working CRS; NaN without a place.
    pupils, capacities: (n,), NaN when not known.
    datasets: the dataset that each was read from first.
    facts: all fields of each school by name, of the first dataset that states it.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    phases: tuple[str, ...]
    kinds: tuple[str, ...]
    governances: tuple[str, ...]
    genders: tuple[str, ...]
    faiths: tuple[str, ...]
    admissions: tuple[str, ...]
    statuses: tuple[str, ...]
    lonlat: Floats
    metres: Floats
    pupils: Floats
    capacities: Floats
    datasets: tuple[str, ...]
    facts: tuple[dict[str, object], ...]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def index(self) -> dict[str, int]:
        """Place of each id."""
        return {school: at for at, school in enumerate(self.ids)}

    def of_phases(self, phases: Sequence[str]) -> Booleans:
        """Which schools are of one of the phases; shape (n,)."""
        wanted = set(phases)
        return np.array([phase in wanted for phase in self.phases], dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class Areas:
    """Home areas: those with a shape, then those that only flows name.

    Parameters
    ----------
    datasets: the boundary or zone dataset of each shape; empty without one.
    districts: code of the district that each lies in (the borough of a small area); empty when
        not stated.
    shapes: WGS84; ``None`` without one.
    lonlat: (n, 2), a point inside the shape; NaN without one.
    metres: (n, 2), the same in the working CRS.
    square_metres: (n,), of the shape in the working CRS; NaN without one.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    districts: tuple[str, ...]
    datasets: tuple[str, ...]
    shapes: NDArray[np.object_]
    lonlat: Floats
    metres: Floats
    square_metres: Floats

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def index(self) -> dict[str, int]:
        """Place of each id."""
        return {area: at for at, area in enumerate(self.ids)}

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The shapes, to be searched by place; its numbers are places in ``shaped``."""
        return shapely.STRtree(self.shapes[self.shaped])

    @cached_property
    def shaped(self) -> Indices:
        """Places of the areas with a shape."""
        return np.flatnonzero([shape is not None for shape in self.shapes])

    def at(self, lon: float, lat: float) -> int | None:
        """The area that a point (WGS84) lies in or on; the first where areas meet."""
        found = self.tree.query(shapely.Point(lon, lat), predicate="intersects")
        return int(self.shaped[np.sort(found)[0]]) if len(found) else None


@dataclass(frozen=True, eq=False)
class Flows:
    """Pupils of one stage in one school year, by home area and school.

    A pair of area and school that is not here has no pupils, unless ``dropped``: then it may have
    fewer than ``hidden_below``.

    Parameters
    ----------
    id: ``<dataset>:<year>``, the name it goes by.
    areas, schools: what ``area`` and ``school`` point into.
    area, school: (f,), places.
    pupils: (f,), NaN where hidden.
    low, high: (f,), the least and the most that each can be; ``pupils`` twice where shown.
    area_totals, school_totals: (areas,), (schools,): all pupils with those that are hidden; NaN
        where nothing tells.
    homeless: (schools,), pupils of each school whose home area is not known.
    hidden_below: a number below it is hidden; 0 when none is.
    dropped: hidden pairs are not among the rows.
    modelled: the numbers were worked out, not counted.
    calendar_years: a school year lies in one calendar year.
    """

    id: str
    dataset: str
    stage: str
    year: int
    areas: Areas
    schools: Schools
    area: Indices
    school: Indices
    pupils: Floats
    low: Floats
    high: Floats
    area_totals: Floats
    school_totals: Floats
    homeless: Floats
    hidden_below: int
    dropped: bool = False
    modelled: bool = False
    calendar_years: bool = False

    @property
    def hidden(self) -> Booleans:
        """Which rows are hidden."""
        return np.isnan(self.pupils)

    @cached_property
    def shown_by_school(self) -> Floats:
        """Shown pupils of each school; (schools,)."""
        return _sums(self.school, self.pupils, len(self.schools))

    @cached_property
    def shown_by_area(self) -> Floats:
        """Shown pupils of each area; (areas,)."""
        return _sums(self.area, self.pupils, len(self.areas))

    @cached_property
    def straight_metres(self) -> Floats:
        """Straight line from the point in the area to the school; (f,), NaN without a place."""
        there = self.schools.metres[self.school] - self.areas.metres[self.area]
        return np.asarray(np.hypot(there[:, 0], there[:, 1]))

    @cached_property
    def rows_of_school(self) -> tuple[Indices, Indices]:
        """Rows by school: ``order[start[s]:start[s + 1]]`` are those of school ``s``."""
        return _grouped(self.school, len(self.schools))

    @cached_property
    def rows_of_area(self) -> tuple[Indices, Indices]:
        """Rows by area, as ``rows_of_school``."""
        return _grouped(self.area, len(self.areas))

    def of_school(self, school: int) -> Indices:
        """Rows of one school."""
        order, start = self.rows_of_school
        return order[start[school] : start[school + 1]]

    def of_area(self, area: int) -> Indices:
        """Rows of one area."""
        order, start = self.rows_of_area
        return order[start[area] : start[area + 1]]


def _sums(key: Indices, values: Floats, groups: int) -> Floats:
    return np.bincount(key, np.nan_to_num(values), groups).astype(np.float64)


def _grouped(key: Indices, groups: int) -> tuple[Indices, Indices]:
    order = np.argsort(key, kind="stable").astype(np.int64)
    return order, np.searchsorted(key[order], np.arange(groups + 1)).astype(np.int64)
