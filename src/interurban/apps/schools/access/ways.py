"""How far schools are from areas, by either way: straight lines times a factor, or along streets.

Both answer the same three questions: the nearest school of each area, schools within reach with
their weight, and the way from an area to a school.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import shapely

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.subjects import Areas, Booleans, Floats, Indices

from .floating import DECAYS, Reached, within_reach
from .nearest import beyond_walk, nearest_school
from .streets.homes import StreetHomes, homes_along
from .streets.network import doors_of
from .streets.routes import Routes, distances, nearest, spots_of, to_spots

__all__ = ["STRAIGHT", "STREETS", "WAYS", "Nearest", "StraightWay", "StreetWay", "Way"]

STREETS, STRAIGHT = "streets", "straight"
WAYS = (STREETS, STRAIGHT)


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest school of areas.

    Parameters
    ----------
    school: (areas,), place among the schools asked about, of most of the area's homes; -1 where
        the area has no point.
    metres: (areas,), on average over the area's homes; NaN likewise.
    beyond: (areas,), share of the area's children of the stage beyond their walking distance.
    """

    school: Indices
    metres: Floats
    beyond: Floats


class Way(Protocol):
    """One way of telling how far schools are. Schools are places among those of the atlas."""

    name: str

    def nearest(self, areas: Areas, schools: Indices, stage: Stage) -> Nearest:
        """The nearest school of each area; ``schools`` is not empty."""

    def reached(self, areas: Areas, schools: Indices, reach: float, decay: str) -> Reached:
        """Pairs of area and school (as its place in ``schools``) within ``reach`` metres."""

    def between(self, areas: Areas, area: Indices, school: Indices) -> Floats:
        """Metres from the point of each area to the school beside it; NaN where one is unknown.

        Parameters
        ----------
        area, school: (n,), places; -1 for a school that is not known.
        """


class StraightWay:
    """Straight lines from a point inside each area, times a factor.

    Parameters
    ----------
    metres: (schools, 2), where the schools of the atlas are.
    """

    name = STRAIGHT

    def __init__(self, metres: Floats, factor: float) -> None:
        self.metres = metres
        self.factor = factor

    def nearest(self, areas: Areas, schools: Indices, stage: Stage) -> Nearest:
        """The nearest school of each area."""
        school, metres = nearest_school(areas.metres, self.metres[schools], self.factor)
        return Nearest(school, metres, beyond_walk(metres, stage))

    def reached(self, areas: Areas, schools: Indices, reach: float, decay: str) -> Reached:
        """Pairs within reach."""
        placed = np.isfinite(areas.metres[:, 0])
        return self.reached_by(areas, placed, schools, reach, decay)

    def reached_by(
        self, areas: Areas, which: Booleans, schools: Indices, reach: float, decay: str
    ) -> Reached:
        """Pairs within reach of some areas, all with a point."""
        at = np.flatnonzero(which)
        found = within_reach(areas.metres[at], self.metres[schools], reach, self.factor, decay)
        return Reached(at[found.area], found.school, found.weight, len(areas), len(schools))

    def between(self, areas: Areas, area: Indices, school: Indices) -> Floats:
        """Metres between areas and schools."""
        there = self.metres[school] - areas.metres[area]
        return np.where(school >= 0, self.factor * np.hypot(there[:, 0], there[:, 1]), np.nan)


class StreetWay:
    """Ways along streets, from homes that stand along the streets of each area.

    Areas and schools without a street near are told by straight lines.

    Parameters
    ----------
    routes: streets, cut at the doors of the schools of the atlas.
    leaning: datasets that the routes, the schools and the areas come from.
    limit: how far from a street an area's point may be, in metres.
    """

    name = STREETS

    def __init__(
        self,
        atlas: Atlas,
        routes: Routes,
        straight: StraightWay,
        leaning: tuple[str, ...],
        limit: float,
    ) -> None:
        self.routes = routes
        self.straight = straight
        self._atlas = atlas
        self._leaning = leaning
        self._limit = limit

    def homes(self, areas: Areas) -> StreetHomes:
        """Where the homes of areas stand."""
        named = sorted({one for one in areas.datasets if one})

        def make() -> StreetHomes:
            shapes = np.full(len(areas), None, dtype=object)
            shapes[areas.shaped] = shapely.transform(
                areas.shapes[areas.shaped], self._atlas.project
            )
            return homes_along(self.routes, shapes, areas.metres, self._limit)

        name = f"homes along streets {named} {len(areas)}"
        return self._atlas.cached(name, self._leaning, make)

    def near(self, schools: Indices) -> Booleans:
        """Which schools have a street near."""
        return self.routes.doors.near[schools]

    def nearest(self, areas: Areas, schools: Indices, stage: Stage) -> Nearest:
        """The nearest school of each area, over all its homes."""
        homes, near = self.homes(areas), self.near(schools)
        on, off = np.flatnonzero(near), np.flatnonzero(~near)
        metres = np.full(len(homes.area), np.inf)
        school = np.zeros(len(homes.area), dtype=np.int64)
        if len(on) and len(metres):
            found, metres = nearest(self.routes, schools[on], homes.spots)
            school = on[found]
        if len(off) and len(metres):
            found, straight = nearest_school(
                homes.xy, self.straight.metres[schools[off]], self.straight.factor
            )
            nearer = straight < metres
            metres = np.where(nearer, straight, metres)
            school = np.where(nearer, off[found], school)
        rest = self.straight.nearest(areas, schools, stage)
        return Nearest(
            np.where(homes.near, homes.most(school), rest.school),
            np.where(homes.near, homes.mean(metres), rest.metres),
            np.where(homes.near, homes.mean(beyond_walk(metres, stage)), rest.beyond),
        )

    def reached(self, areas: Areas, schools: Indices, reach: float, decay: str) -> Reached:
        """Pairs within reach; the weight of a pair is the mean over the area's homes."""
        name = f"along streets within {reach:g} {hash((schools.tobytes(), areas.ids))}"
        found = self._atlas.cached(
            name, self._leaning, lambda: self._reached(areas, schools, reach)
        )
        return found[decay]

    def _reached(self, areas: Areas, schools: Indices, reach: float) -> dict[str, Reached]:
        from scipy.spatial import KDTree

        homes, near = self.homes(areas), self.near(schools)
        on, off = np.flatnonzero(near), np.flatnonzero(~near)
        placed = np.isfinite(areas.metres[:, 0])
        # No way is shorter than the straight line, so homes beyond that need no look.
        tree, doors = KDTree(homes.xy), self.straight.metres[schools[on]]
        parts: dict[str, list[Reached]] = {one: [] for one in DECAYS}
        size = (len(areas), len(schools))
        for at, far in distances(self.routes, schools[on], reach):
            some = np.asarray(tree.query_ball_point(doors[at], reach), dtype=np.int64)
            metres = to_spots(self.routes, homes.spots.taken(some), far)
            within = metres <= reach
            some, metres = some[within], metres[within]
            for decay, weigh in DECAYS.items():
                share: Floats = homes.share[some] * weigh(metres, reach)
                weight = np.bincount(homes.area[some], share, len(areas)).astype(np.float64)
                area = np.flatnonzero(weight).astype(np.int64)
                school = np.full(len(area), on[at], dtype=np.int64)
                parts[decay].append(Reached(area, school, weight[area], *size))
        for decay, found in parts.items():
            # Who has no street near, area or school, goes by the straight line.
            for which, some in ((placed & ~homes.near, np.arange(len(schools))), (homes.near, off)):
                rest = self.straight.reached_by(areas, which, schools[some], reach, decay)
                found.append(Reached(rest.area, some[rest.school], rest.weight, *size))
        return {decay: _together(found, size) for decay, found in parts.items()}

    def between(self, areas: Areas, area: Indices, school: Indices) -> Floats:
        """Metres from the point of each area to the school beside it."""
        metres = self.straight.between(areas, area, school)
        doors = doors_of(self.routes.network, areas.metres, self._limit)
        spots = spots_of(self.routes, doors)
        known = (school >= 0) & doors.near[area] & self.routes.doors.near[school]
        asked, place = np.unique(school[known], return_inverse=True)
        rows = np.flatnonzero(known)
        for at, far in distances(self.routes, asked, np.inf):
            of = rows[place == at]
            metres[of] = to_spots(self.routes, spots.taken(area[of]), far)
        return metres


def _together(parts: list[Reached], size: tuple[int, int]) -> Reached:
    return Reached(
        np.concatenate([one.area for one in parts]),
        np.concatenate([one.school for one in parts]),
        np.concatenate([one.weight for one in parts]),
        *size,
    )
