"""Small flows made by hand: a few areas in a row, schools at places, pupils between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from interurban.apps.schools.subjects import Areas, Floats, Flows, Schools

AREA_M = 1_000.0
"""Areas are squares of a kilometre, side by side from the west to the east."""


def areas_in_a_row(
    count: int, districts: Sequence[str] = (), shapes: Sequence[shapely.Geometry] = ()
) -> Areas:
    """Areas ``a0`` to ``a<n>``; degrees are metres over 100,000, so that nothing is projected."""
    squares = shapes or [
        shapely.box(at * AREA_M, 0, (at + 1) * AREA_M, AREA_M) for at in range(count)
    ]
    outlines = np.array(squares, dtype=object)
    metres = shapely.get_coordinates(shapely.centroid(outlines))
    ids = tuple(f"a{at}" for at in range(count))
    return Areas(
        ids=ids,
        names=tuple(f"Area {at}" for at in range(count)),
        districts=tuple(districts) or ("",) * count,
        datasets=("test.areas",) * count,
        shapes=shapely.transform(outlines, lambda xy: xy / 100_000),
        lonlat=metres / 100_000,
        metres=metres,
        square_metres=shapely.area(outlines),
    )


def schools_at(points: Sequence[tuple[float, float]]) -> Schools:
    """Schools ``s0`` to ``s<n>`` at places in metres."""
    count = len(points)
    metres = np.array(points, dtype=np.float64).reshape(count, 2)
    none = ("",) * count
    return Schools(
        ids=tuple(f"s{at}" for at in range(count)),
        names=tuple(f"School {at}" for at in range(count)),
        phases=("secondary",) * count,
        kinds=none,
        governances=none,
        genders=none,
        faiths=none,
        admissions=none,
        statuses=("open",) * count,
        lonlat=metres / 100_000,
        metres=metres,
        pupils=np.full(count, np.nan),
        capacities=np.full(count, np.nan),
        datasets=("test.schools",) * count,
        facts=({},) * count,
    )


def flows_of(
    pupils: Sequence[Sequence[float]],
    *,
    hidden_below: int = 0,
    dropped: bool = False,
    schools: Schools | None = None,
    areas: Areas | None = None,
    totals: bool = True,
) -> Flows:
    """Flows from a matrix of areas x schools; what is below the threshold is hidden or dropped.

    Totals are those before anything was hidden.
    """
    matrix: Floats = np.array(pupils, dtype=np.float64)
    area, school = np.nonzero(matrix)
    counts = matrix[area, school]
    few = counts < hidden_below
    if dropped:
        area, school, counts, few = area[~few], school[~few], counts[~few], few[~few]
    return Flows(
        id="test.flows:2020",
        dataset="test.flows",
        stage="secondary",
        year=2020,
        areas=areas or areas_in_a_row(matrix.shape[0]),
        schools=schools or schools_at([(AREA_M * at, 0.0) for at in range(matrix.shape[1])]),
        area=area.astype(np.int64),
        school=school.astype(np.int64),
        pupils=np.where(few, np.nan, counts),
        low=np.where(few, 1.0, counts),
        high=np.where(few, hidden_below - 1.0, counts),
        area_totals=matrix.sum(axis=1) if totals else np.full(matrix.shape[0], np.nan),
        school_totals=matrix.sum(axis=0) if totals else np.full(matrix.shape[1], np.nan),
        homeless=np.zeros(matrix.shape[1]),
        hidden_below=hidden_below,
        dropped=dropped,
    )
