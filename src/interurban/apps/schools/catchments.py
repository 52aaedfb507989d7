"""Catchments: outlines around where a school's pupils live, by five methods.

None of them is a promise. ``ranked``, ``share`` and ``kernel`` are drawn from where pupils lived
when they were counted, with siblings, faith, selection and moves mixed in; ``zone`` is the
publisher's own outline; ``last`` is a circle as wide as the last distance offered, of one year.
What is hidden counts among all pupils and lies in no catchment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from .flows import HomeAreas, home_areas
from .kernel import kernel_contour
from .offers.last_distances import Series, main_series, series_of
from .reach import Reach, reach_of
from .reading import Atlas
from .subjects import Flows, Indices
from .zones import zones_of

__all__ = [
    "DEFAULT_PERCENT",
    "METHODS",
    "WITHOUT_FLOWS",
    "Catchment",
    "Method",
    "area_outlines",
    "catchment",
    "joined_outlines",
    "ranked_areas",
    "zoned_share",
]

Method = Literal["ranked", "share", "kernel", "zone", "last"]

METHODS: tuple[Method, ...] = ("ranked", "share", "kernel", "zone", "last")

WITHOUT_FLOWS: tuple[Method, ...] = ("zone", "last")
"""Methods that need no flows: they are drawn from what the authority published."""

DEFAULT_PERCENT: dict[Method, float] = {
    "ranked": 80,
    "share": 10,
    "kernel": 60,
    "zone": 100,
    "last": 100,
}
"""What ``percent`` is when it is not said: of the school's pupils, of each area's pupils, of the
school's shown pupils; an official zone and a last distance have none."""

_SIDES_OF_QUARTER = 32
"""A circle is drawn with so many sides in each quarter: a tenth of a per cent too small."""


@dataclass(frozen=True, eq=False)
class Catchment:
    """One school's catchment by one method.

    Parameters
    ----------
    percent: as asked. reached: whether the shown pupils are enough for it.
    shape: in the working CRS, metres; ``None`` where there is nothing to draw.
    parts: separate polygons, islands counted. holes_filled: areas enclosed that became part of it.
    square_metres: of the shape.
    areas: home areas in it: those taken, or those whose point lies in the outline.
    unshaped: of those taken, how many lie outside the city and have no outline.
    coverage: share of all the school's pupils, hidden ones among them, who are shown to live in
        these areas; NaN where the school's total is not known.
    reach: of the shown pupils in them.
    bandwidth_m: of the kernel, east and north; ``None`` of another method.
    offers: the last distances that the circle is drawn from; ``None`` of another method.
    """

    school: int
    method: Method
    percent: float
    reached: bool
    shape: shapely.Geometry | None
    parts: int
    holes_filled: int
    square_metres: float
    areas: Indices
    unshaped: int
    coverage: float
    reach: Reach
    bandwidth_m: tuple[float, float] | None = None
    offers: Series | None = None


def catchment(atlas: Atlas, flows: Flows, school: int, method: Method, percent: float) -> Catchment:
    """A school's catchment.

    Parameters
    ----------
    method: ``ranked``: the areas with the most pupils, until ``percent`` of all its pupils are
        reached. ``share``: the areas where at least ``percent`` of all pupils who live there go to
        it. ``kernel``: ``kernel.kernel_contour`` that holds ``percent`` of its shown pupils.
        ``zone``: its official zone of the flows' stage. ``last``: the newest last distance
        offered, around the school; pupils are told of where it is of the flows' stage.
    """
    home = home_areas(flows, school)
    if method == "last":
        return _last(atlas, flows, home)
    if method == "kernel":
        return _kernel(flows, home, percent)
    if method == "zone":
        return _zone(atlas, flows, home)
    if method == "ranked":
        shown = home.rows[~flows.hidden[home.rows]]
        everyone = home.total if not np.isnan(home.total) else home.shown + home.homeless
        rows, reached = ranked_areas(flows, shown, everyone * percent / 100)
    else:
        with np.errstate(invalid="ignore"):
            rows = home.rows[home.share_of_area * 100 >= percent - 1e-9]
        reached = True
    areas = flows.area[rows]
    outlines = area_outlines(atlas, flows)[areas]
    there = np.array([one is not None for one in outlines], dtype=np.bool_)
    shape, holes = joined_outlines(outlines[there])
    return _made(
        flows,
        home,
        method,
        percent,
        rows,
        shape,
        reached=reached,
        holes=holes,
        unshaped=int((~there).sum()),
    )


def ranked_areas(flows: Flows, rows: Indices, pupils: float) -> tuple[Indices, bool]:
    """The fewest rows, from the one with the most pupils on, that hold so many pupils.

    Parameters
    ----------
    rows: shown rows of one school, the most pupils first.
    pupils: how many are to be reached: a share of **all** its pupils, hidden ones among them.

    Returns
    -------
    rows, and whether they were reached: where too many are hidden all rows are taken.
    """
    reached = np.cumsum(flows.pupils[rows])
    count = int(np.searchsorted(reached, pupils - 1e-9)) + 1
    return rows[:count], count <= len(rows)


def area_outlines(atlas: Atlas, flows: Flows) -> NDArray[np.object_]:
    """The outlines of the home areas in the working CRS; ``None`` without one; (areas,)."""
    source = next(one for one in atlas.settings.flows if one.dataset == flows.dataset)

    def make() -> NDArray[np.object_]:
        found = flows.areas.shapes.copy()
        shaped = flows.areas.shaped
        found[shaped] = shapely.make_valid(shapely.transform(found[shaped], atlas.project))
        return found

    return atlas.cached(f"area outlines of {source}", (*source.areas, source.dataset), make)


def zoned_share(atlas: Atlas, flows: Flows) -> float:
    """Share of all pupils who go to the school that serves the zone they live in.

    It can be told where the home areas are zones: the id of an area is then that of its zone. NaN
    where none is.
    """
    zone_of = _school_of_area(atlas, flows)
    own = np.array(
        [
            zone_of.get(flows.areas.ids[area]) == flows.schools.ids[school]
            for area, school in zip(flows.area.tolist(), flows.school.tolist(), strict=True)
        ],
        dtype=np.bool_,
    )
    everyone = np.nansum(flows.school_totals)
    if np.isnan(flows.school_totals[np.unique(flows.school)]).any():
        everyone = np.nansum(flows.pupils) + flows.homeless.sum()
    return float(np.nansum(flows.pupils[own]) / everyone) if zone_of and everyone else np.nan


def _school_of_area(atlas: Atlas, flows: Flows) -> dict[str, str]:
    """The school that serves each home area, where the areas are zones."""
    found: dict[str, str] = {}
    for dataset in dict.fromkeys(flows.areas.datasets):
        snapshot = atlas.snapshot(dataset) if dataset else None
        if snapshot is None or snapshot.field("school_id") is None:
            continue
        table = atlas.table(dataset, ("zone_id", "school_id"))
        for row in table.to_pylist() if table is not None else ():
            if row["school_id"]:
                found.setdefault(str(row["zone_id"]), str(row["school_id"]))
    return found


def _kernel(flows: Flows, home: HomeAreas, percent: float) -> Catchment:
    shown = home.rows[~flows.hidden[home.rows] & ~np.isnan(home.metres)]
    points = flows.areas.metres[flows.area[shown]]
    found = kernel_contour(points, flows.pupils[shown], percent / 100)
    if found is None:
        return _made(flows, home, "kernel", percent, shown, None, reached=False)
    inside = shapely.intersects_xy(found.shape, points[:, 0], points[:, 1])
    return _made(
        flows,
        home,
        "kernel",
        percent,
        shown[inside],
        found.shape,
        reached=True,
        holes=found.holes,
        bandwidth_m=found.bandwidth_m,
    )


def _zone(atlas: Atlas, flows: Flows, home: HomeAreas) -> Catchment:
    zones = zones_of(atlas)
    own = zones.of_school(flows.schools.ids[home.school], flows.stage)
    shape = shapely.union_all(zones.outlines[own]) if len(own) else None
    shown = home.rows[~flows.hidden[home.rows] & ~np.isnan(home.metres)]
    if shape is None:
        return _made(flows, home, "zone", 100.0, shown[:0], None, reached=False)
    points = flows.areas.metres[flows.area[shown]]
    inside = shapely.intersects_xy(shape, points[:, 0], points[:, 1])
    return _made(flows, home, "zone", 100.0, shown[inside], shape, reached=True)


def _last(atlas: Atlas, flows: Flows, home: HomeAreas) -> Catchment:
    stage = atlas.settings.stage(flows.stage)
    of_stage, _ = series_of(atlas, home.school, stage)
    every, _ = series_of(atlas, home.school)
    series = main_series(of_stage) or main_series(every)
    shown = home.rows[~flows.hidden[home.rows] & ~np.isnan(home.metres)]
    gate = flows.schools.metres[home.school]
    latest = series.latest if series is not None else None
    if latest is None or np.isnan(gate[0]):
        return _made(flows, home, "last", 100.0, shown[:0], None, reached=False, offers=series)
    circle = shapely.buffer(shapely.points(gate), latest.metres, quad_segs=_SIDES_OF_QUARTER)
    # Pupils of another stage tell nothing of this entry.
    there = (
        shown[flows.straight_metres[shown] <= latest.metres] if series in of_stage else shown[:0]
    )
    found = _made(flows, home, "last", 100.0, there, circle, reached=True, offers=series)
    return found if series in of_stage else replace(found, coverage=np.nan)


def joined_outlines(outlines: NDArray[np.object_]) -> tuple[shapely.Geometry | None, int]:
    """Outlines as one shape without holes, and how many holes were filled."""
    if not len(outlines):
        return None, 0
    parts = shapely.get_parts(shapely.union_all(outlines))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    holes = int(shapely.get_num_interior_rings(parts).sum())
    if holes:
        filled = shapely.polygons(shapely.get_exterior_ring(parts))
        # An island in a hole lies in what was filled now.
        return shapely.union_all(filled), holes
    return shapely.multipolygons(parts) if len(parts) > 1 else parts[0], 0


def _made(
    flows: Flows,
    home: HomeAreas,
    method: Method,
    percent: float,
    rows: Indices,
    shape: shapely.Geometry | None,
    *,
    reached: bool,
    holes: int = 0,
    unshaped: int = 0,
    bandwidth_m: tuple[float, float] | None = None,
    offers: Series | None = None,
) -> Catchment:
    inside = float(np.nansum(flows.pupils[rows]))
    return Catchment(
        school=home.school,
        method=method,
        percent=percent,
        reached=reached,
        shape=shape,
        parts=0 if shape is None else int(shapely.get_num_geometries(shape)),
        holes_filled=holes,
        square_metres=0.0 if shape is None else float(shape.area),
        areas=flows.area[rows],
        unshaped=unshaped,
        coverage=inside / home.total if home.total > 0 else np.nan,
        reach=reach_of(flows.straight_metres[rows], flows.pupils[rows]),
        bandwidth_m=bandwidth_m,
        offers=offers,
    )
