"""Every pair of an area and a school, as matrices: what was counted, what is hidden, how far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from interurban.apps.schools.subjects import Areas, Booleans, Floats, Flows, Indices, Schools
from interurban.core.errors import BadRequest

__all__ = ["Matrix", "Pairs", "kilometres", "pairs_of", "same_district", "school_districts"]

Matrix = NDArray[np.float32]
"""Of shape (areas, schools). Half the memory of double precision, and a third of its time."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pupils between n areas and m schools that both have a place.

    Parameters
    ----------
    area, school: (n,), (m,): places in the areas and schools that they were taken from.
    km: (n, m), straight line in kilometres.
    shown: (n, m), pupils that were counted and told; 0 elsewhere.
    open: (n, m), pairs whose number is not told: those that are hidden, and those that are not
        there where the publisher left hidden ones out.
    hidden: (h,), pairs that are marked as hidden, as places in the flattened matrix.
    low, high: (h,), the least and the most of each.
    below: a number under it is not shown; 0 when every number is.
    area_totals: (n,), all pupils of an area at these schools, with those that are hidden; NaN
        where nothing tells.
    same: (n, m), 1 where area and school lie in one district; ``None`` without districts.
    zoned: (n, m), the share of the area that lies in a zone of the school; ``None`` without zones.
    """

    area: Indices
    school: Indices
    km: Matrix
    shown: Matrix
    open: Booleans
    hidden: Indices
    low: Floats
    high: Floats
    below: int
    area_totals: Floats
    same: Matrix | None = None
    zoned: Matrix | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Areas and schools."""
        areas, schools = self.km.shape
        return areas, schools

    @cached_property
    def compared(self) -> Booleans:
        """Pairs in which a model can be held against what is shown; (n, m).

        A number that is hidden although it may be as large as one that is shown tells nothing.
        """
        fine = np.ones(self.km.size, dtype=np.bool_)
        fine[self.hidden[self.high >= max(self.below, 1)]] = False
        return fine.reshape(self.km.shape)


def pairs_of(flows: Flows, zoned: Matrix | None = None) -> Pairs:
    """The matrices of a set of flows.

    Areas and schools without a place are left out, and so are those that no pupil is shown of.

    Parameters
    ----------
    zoned: (all areas, all schools) of the flows, as ``Pairs.zoned``.

    Raises
    ------
    BadRequest: there are too few flows to learn from.
    """
    placed = ~np.isnan(flows.straight_metres)
    counted = placed & (flows.pupils > 0)
    area, school = np.unique(flows.area[counted]), np.unique(flows.school[counted])
    if len(area) < 3 or len(school) < 3:
        raise BadRequest(
            f"{flows.id} has too few flows with a place for a model.",
            advice="Load the areas and the schools that it names.",
            part="flows",
        )
    row, column = _places(flows.area, area), _places(flows.school, school)
    inside = placed & (row >= 0) & (column >= 0)
    at = (row * len(school) + column)[inside]
    shown = np.zeros(len(area) * len(school), dtype=np.float32)
    np.add.at(shown, at, np.nan_to_num(flows.pupils[inside]))
    hidden = flows.hidden[inside]
    untold = np.zeros(shown.size, dtype=np.bool_)
    if flows.dropped:
        untold[:] = True
        untold[at] = False
    untold[at[hidden]] = True
    # What goes to schools that are not in the model is no part of what it shares out.
    elsewhere = np.bincount(
        flows.area[~inside], np.nan_to_num(flows.pupils[~inside]), len(flows.areas)
    )
    least = np.bincount(flows.area[inside], flows.low[inside], len(flows.areas))[area]
    totals = (flows.area_totals - elsewhere)[area]
    shape = (len(area), len(school))
    return Pairs(
        area=area,
        school=school,
        km=kilometres(flows.areas.metres[area], flows.schools.metres[school]),
        shown=shown.reshape(shape),
        open=untold.reshape(shape),
        hidden=at[hidden],
        low=flows.low[inside][hidden],
        high=flows.high[inside][hidden],
        below=flows.hidden_below,
        area_totals=np.where(np.isnan(totals), np.nan, np.maximum(totals, least)),
        same=same_district(flows.areas, flows.schools, area, school),
        zoned=None if zoned is None else zoned[np.ix_(area, school)],
    )


def kilometres(origins: Floats, destinations: Floats) -> Matrix:
    """Straight lines between two sets of points in metres, in kilometres; (n, m)."""
    across = origins[:, 0, None] - destinations[None, :, 0]
    along = origins[:, 1, None] - destinations[None, :, 1]
    return (np.hypot(across, along) / 1000.0).astype(np.float32)


def same_district(areas: Areas, schools: Schools, area: Indices, school: Indices) -> Matrix | None:
    """Whether an area and a school lie in one district; ``None`` where areas have none.

    A school lies in the district of the area that its point lies in.
    """
    if not any(areas.districts):
        return None
    codes = np.array(areas.districts, dtype=object)
    there = school_districts(areas, schools)
    near = codes[area][:, None] == there[school][None, :]
    return np.asarray(near & (there[school] != "")[None, :], dtype=np.float32)


def school_districts(areas: Areas, schools: Schools) -> NDArray[np.object_]:
    """The district that each school lies in; empty outside every area."""
    found = np.full(len(schools), "", dtype=object)
    placed = np.flatnonzero(~np.isnan(schools.lonlat[:, 0]))
    points = shapely.points(schools.lonlat[placed])
    point, area = areas.tree.query(points, predicate="intersects")
    # The first area wins where a point lies on a line, as it does on the map.
    for at, where in zip(point[::-1].tolist(), areas.shaped[area[::-1]].tolist(), strict=True):
        found[placed[at]] = areas.districts[where]
    return found


def _places(values: Indices, known: Indices) -> Indices:
    """Where each value is among known ones in order; -1 where it is not."""
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[at] == values, at, -1).astype(np.int64)
