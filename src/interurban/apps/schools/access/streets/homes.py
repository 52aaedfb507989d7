"""Where the homes of areas stand: along the streets of each, by their length.

One point for a whole area is too coarse for short ways. That people are spread along the streets
as the streets are long is the usual stand-in where nothing finer is known (Xie 1995, *The overlaid
network algorithms for areal interpolation problem*, Computers, Environment and Urban Systems 19;
Reibel and Bufalino 2005, *Street-weighted interpolation techniques for demographic count
estimation in incompatible zone systems*, Environment and Planning A 37). An area without such a
street keeps its point; one without any street near has no home here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from interurban.apps.schools.subjects import Booleans, Floats, Indices

from .network import doors_of
from .routes import Routes, Spots, spots_of

__all__ = ["UNLIVED", "StreetHomes", "homes_along"]

UNLIVED = ("trunk", "service", "cycleway", "footway")
"""Classes of ``street_segment`` that few front doors open to."""


@dataclass(frozen=True, eq=False)
class StreetHomes:
    """Homes of areas, in order of area.

    Parameters
    ----------
    area: (homes,), places among the areas. spots: (homes,), where they stand.
    xy: (homes, 2), the same in metres of the working CRS.
    share: (homes,), of the area's children; they sum to 1 in each area that has any.
    areas: how many areas there are. near: (areas,), whether the area has homes here.
    """

    area: Indices
    spots: Spots
    xy: Floats
    share: Floats
    areas: int
    near: Booleans

    def mean(self, values: Floats) -> Floats:
        """Mean of what the homes of each area have; (areas,), NaN without any."""
        sums = np.bincount(self.area, self.share * values, self.areas)
        return np.where(self.near, sums, np.nan)

    def most(self, choice: Indices) -> Indices:
        """What most homes of each area have chosen; (areas,), -1 without any.

        Parameters
        ----------
        choice: (homes,), none below 0.
        """
        found = np.full(self.areas, -1, dtype=np.int64)
        if not len(choice):
            return found
        wide = int(choice.max()) + 1
        pairs, pair = np.unique(self.area * wide + choice, return_inverse=True)
        weight = np.bincount(pair, self.share)
        order = np.lexsort((-weight, pairs // wide))
        area = pairs[order] // wide
        top = np.r_[True, area[1:] != area[:-1]]
        found[area[top]] = pairs[order][top] % wide
        return found


def homes_along(
    routes: Routes, shapes: NDArray[np.object_], points: Floats, limit: float
) -> StreetHomes:
    """Homes of areas along the streets.

    Parameters
    ----------
    shapes: (areas,), polygons in metres; ``None`` without one.
    points: (areas, 2), a point in each, NaN without one.
    limit: how far a point may be from a street, in metres.
    """
    area, stretch = _in_areas(routes, shapes)
    weight = routes.metres[stretch]
    total = np.bincount(area, weight, len(shapes))
    alone = np.flatnonzero(~(total > 0) & np.isfinite(points[:, 0]))
    doors = doors_of(routes.network, points[alone], limit)
    kept = np.flatnonzero(doors.near)
    at = spots_of(routes, doors).taken(kept)
    spots = Spots(
        np.concatenate([stretch, at.stretch]),
        np.concatenate([weight / 2, at.along]),
        np.concatenate([np.zeros(len(stretch)), at.metres]),
    )
    area = np.concatenate([area, alone[kept]])
    share = np.concatenate([weight / total[area[: len(weight)]], np.ones(len(kept))])
    order = np.argsort(area, kind="stable")
    near = np.zeros(len(shapes), dtype=np.bool_)
    near[area] = True
    xy = np.concatenate([_middles(routes, stretch), points[alone[kept]]])
    return StreetHomes(area[order], spots.taken(order), xy[order], share[order], len(shapes), near)


def _in_areas(routes: Routes, shapes: NDArray[np.object_]) -> tuple[Indices, Indices]:
    """Area and stretch of every stretch with its middle in an area, the first where they meet."""
    lived = np.flatnonzero(~np.isin(routes.network.classes[routes.pieces], UNLIVED))
    shaped = np.flatnonzero([one is not None for one in shapes])
    if not len(lived) or not len(shaped):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    tree = shapely.STRtree(shapely.points(_middles(routes, lived)))
    shapely.prepare(shapes[shaped])
    area, stretch = tree.query(shapes[shaped], predicate="intersects")
    _, once = np.unique(stretch, return_index=True)
    return shaped[area[once]].astype(np.int64), lived[stretch[once]].astype(np.int64)


def _middles(routes: Routes, stretch: Indices) -> Floats:
    """The middle of stretches, (n, 2)."""
    piece = routes.pieces[stretch]
    along = routes.starts[stretch] - routes.network.starts[piece] + routes.metres[stretch] / 2
    points = shapely.line_interpolate_point(routes.network.lines[piece], along)
    return np.asarray(shapely.get_coordinates(points), dtype=np.float64).reshape(-1, 2)
