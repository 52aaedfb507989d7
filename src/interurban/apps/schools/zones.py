"""Official zones: who is served by which school by rule, and what may be said of a place.

There are five results and no others (``RESULTS``). None of them says that anybody will get a
place: a zone is one rule of several, and the publisher's map decides, not ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from .reading import Atlas
from .subjects import Areas, Floats, Indices

__all__ = ["EDGE_M", "RESULTS", "Result", "Zones", "place_result", "zones_of"]

Result = Literal["inside zone", "outside zone", "no zone used", "no data", "near the edge"]

RESULTS: tuple[Result, ...] = (
    "inside zone",
    "outside zone",
    "no zone used",
    "no data",
    "near the edge",
)

EDGE_M = 50.0
"""Nearer to an outline than this nothing is said for certain: published outlines are simplified
by about as much, and a home is more than a point."""


@dataclass(frozen=True, eq=False)
class Zones:
    """Official zones of a city, in the order of its settings.

    Parameters
    ----------
    ids, names: of each zone. school_ids: the school that serves it; empty where none is stated.
    stages, datasets: of each. years: first calendar year of its school year; 0 where not stated.
    shapes: WGS84. outlines: the same in the working CRS, in metres.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    school_ids: tuple[str, ...]
    stages: tuple[str, ...]
    datasets: tuple[str, ...]
    years: tuple[int, ...]
    shapes: NDArray[np.object_]
    outlines: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The outlines, to be searched by place in the working CRS."""
        return shapely.STRtree(self.outlines)

    def at(self, point: shapely.Geometry) -> Indices:
        """Zones that a point of the working CRS lies in or on, in order."""
        return np.sort(self.tree.query(point, predicate="intersects")).astype(np.int64)

    def of_stage(self, stage: str) -> Indices:
        """Places of the zones of a stage."""
        return np.flatnonzero([one == stage for one in self.stages]).astype(np.int64)

    def of_school(self, school: str, stage: str = "") -> Indices:
        """Places of the zones that a school serves; of one stage where it is given."""
        return np.flatnonzero(
            [
                own == school and (not stage or its == stage)
                for own, its in zip(self.school_ids, self.stages, strict=True)
            ]
        ).astype(np.int64)


def zones_of(atlas: Atlas) -> Zones:
    """Every zone that the reader may see of the datasets in the city's settings."""
    datasets = tuple(dict.fromkeys(zone.dataset for zone in atlas.settings.zones))
    return atlas.cached("zones", datasets, lambda: _read(atlas))


def _read(atlas: Atlas) -> Zones:
    found: list[tuple[str, str, str, str, str, int]] = []
    shapes: list[shapely.Geometry] = []
    for source in atlas.settings.zones:
        table = atlas.table(source.dataset)
        for row in table.to_pylist() if table is not None else ():
            if row["geometry"] is None:
                continue
            zone, school = str(row["zone_id"]), str(row.get("school_id") or "")
            name = str(row.get("name") or zone)
            year = int(row.get("year") or 0)
            found.append((zone, name, school, source.stage, source.dataset, year))
            shapes.append(shapely.from_wkb(row["geometry"]))
    columns = list(zip(*found, strict=True)) if found else [()] * 6
    geographic = np.array(shapes, dtype=object)
    return Zones(
        ids=columns[0],
        names=columns[1],
        school_ids=columns[2],
        stages=columns[3],
        datasets=columns[4],
        years=columns[5],
        shapes=geographic,
        outlines=shapely.transform(geographic, atlas.project) if shapes else geographic,
    )


def place_result(
    atlas: Atlas,
    areas: Areas,
    stage: str,
    lonlat: Floats,
    *,
    school: str = "",
    within_m: float = 0.0,
) -> Result:
    """What may be said of some places and the zones of a stage.

    Parameters
    ----------
    areas: home areas; a place in none of them, and in no zone, is outside all data.
    lonlat: (n, 2), WGS84; NaN of a place that is not known.
    school: only zones that this school serves; empty takes all of the stage.
    within_m: how exact the places are, in metres.

    Returns
    -------
    ``no data`` where a place is unknown or outside all data; ``no zone used`` where the stage, or
    the school, has no zone; ``near the edge`` within ``EDGE_M`` (or ``within_m`` where that is
    more) of an outline, and where the places differ.
    """
    if not len(lonlat) or np.isnan(lonlat).any():
        return "no data"
    zones = zones_of(atlas)
    of_stage = zones.of_stage(stage)
    points = shapely.points(atlas.project(lonlat))
    if not _covered(areas, zones.outlines[of_stage], lonlat, points):
        return "no data"
    used = zones.of_school(school, stage) if school else of_stage
    if not len(used):
        return "no zone used"
    margin = max(EDGE_M, within_m)
    results = {_one(zones.outlines[used], point, margin) for point in points}
    return results.pop() if len(results) == 1 else "near the edge"


def _one(outlines: NDArray[np.object_], point: shapely.Geometry, margin: float) -> Result:
    if (shapely.distance(shapely.boundary(outlines), point) < margin).any():
        return "near the edge"
    return "inside zone" if shapely.contains(outlines, point).any() else "outside zone"


def _covered(
    areas: Areas, outlines: NDArray[np.object_], lonlat: Floats, points: NDArray[np.object_]
) -> bool:
    """Whether every point lies in a home area or in one of the outlines."""
    inside = np.zeros(len(points), dtype=np.bool_)
    inside[areas.tree.query(shapely.points(lonlat), predicate="intersects")[0]] = True
    inside[shapely.STRtree(outlines).query(points, predicate="intersects")[0]] = True
    return bool(inside.all())
