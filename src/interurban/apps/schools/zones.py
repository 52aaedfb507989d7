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

__all__ = [
    "EDGE_M",
    "RESULTS",
    "Result",
    "Zones",
    "is_zone",
    "place_result",
    "zones_at",
    "zones_of",
]

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
by about as much, and a home is more than a point. A dataset whose outlines are rougher says so."""


@dataclass(frozen=True, eq=False)
class Zones:
    """Official zones of a city, in the order of its settings.

    Parameters
    ----------
    ids, names: of each zone, which stands once for each school that serves it. school_ids: that
        school; empty where none is stated.
    stages, datasets: of each. years: first calendar year of its school year; 0 where not stated.
    exact_m: how far off each outline may be, in metres.
    shapes: WGS84. outlines: the same in the working CRS, in metres.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    school_ids: tuple[str, ...]
    stages: tuple[str, ...]
    datasets: tuple[str, ...]
    years: tuple[int, ...]
    exact_m: Floats
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


def is_zone(atlas: Atlas, areas: Areas, area: int) -> bool:
    """Whether a home area is an official zone, not an area of a census or the like."""
    dataset = areas.datasets[area]
    standard = atlas.node.dataset(dataset).standard if dataset else None
    return (standard or "").startswith("attendance_zone@")


def zones_of(atlas: Atlas) -> Zones:
    """Every zone that the reader may see of the datasets in the city's settings."""
    datasets = tuple(dict.fromkeys(zone.dataset for zone in atlas.settings.zones))
    return atlas.cached("zones", datasets, lambda: _read(atlas))


def _read(atlas: Atlas) -> Zones:
    """Zones as the datasets have them, one of several rows as one, for each school it has."""
    parts: dict[tuple[str, str, str], list[shapely.Geometry]] = {}
    said: dict[tuple[str, str, str], tuple[str, str, int, float]] = {}
    for source in atlas.settings.zones:
        table = atlas.table(source.dataset)
        for row in table.to_pylist() if table is not None else ():
            if row["geometry"] is None:
                continue
            zone, shape = str(row["zone_id"]), shapely.from_wkb(row["geometry"])
            name, year = str(row.get("name") or zone), int(row.get("year") or 0)
            for school in source.schools_in(row.get("school_id")):
                key = (source.dataset, zone, school)
                parts.setdefault(key, []).append(shape)
                said.setdefault(key, (source.stage, name, year, max(EDGE_M, source.exact_m)))
    shapes = np.array(
        [one[0] if len(one) == 1 else shapely.union_all(one) for one in parts.values()],
        dtype=object,
    )
    return Zones(
        ids=tuple(zone for _, zone, _ in parts),
        names=tuple(name for _, name, _, _ in said.values()),
        school_ids=tuple(school for _, _, school in parts),
        stages=tuple(stage for stage, _, _, _ in said.values()),
        datasets=tuple(dataset for dataset, _, _ in parts),
        years=tuple(year for _, _, year, _ in said.values()),
        exact_m=np.array([exact for _, _, _, exact in said.values()], dtype=np.float64),
        shapes=shapes,
        outlines=shapely.transform(shapes, atlas.project) if len(shapes) else shapes,
    )


def zones_at(atlas: Atlas, lonlat: Floats) -> Indices:
    """Zones of any stage that one of some places lies in.

    Parameters
    ----------
    lonlat: (n, 2), WGS84; NaN of a place that is not known.
    """
    zones = zones_of(atlas)
    placed = lonlat[~np.isnan(lonlat).any(axis=1)] if len(lonlat) else lonlat
    if not len(placed) or not len(zones):
        return np.empty(0, dtype=np.int64)
    points = shapely.points(atlas.project(placed))
    return np.unique(zones.tree.query(points, predicate="intersects")[1]).astype(np.int64)


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
    margins = np.maximum(zones.exact_m[used], within_m)
    results = {_one(zones.outlines[used], point, margins) for point in points}
    return results.pop() if len(results) == 1 else "near the edge"


def _one(outlines: NDArray[np.object_], point: shapely.Geometry, margins: Floats) -> Result:
    if (shapely.distance(shapely.boundary(outlines), point) < margins).any():
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
