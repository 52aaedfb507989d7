"""Catchments: the study's figures, and what each method must always hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interurban.apps.schools.catchments import (
    DEFAULT_PERCENT,
    METHODS,
    Method,
    area_outlines,
    catchment,
    joined_outlines,
    ranked_areas,
    zoned_share,
)
from interurban.apps.schools.flows import home_areas
from interurban.apps.schools.kernel import bandwidths, kernel_contour
from interurban.apps.schools.reading import Atlas, Kept
from interurban.apps.schools.words import catchment_words

from .by_hand import areas_in_a_row, flows_of
from .conftest import OpenAtlas


def test_so_many_areas_hold_a_share_of_the_shown_pupils(atlas: OpenAtlas) -> None:
    """The study counts London's own areas, and shares of what is shown."""
    flows = atlas("london").flows()
    counts: dict[int, list[int]] = {50: [], 70: [], 80: [], 90: []}
    for school in np.unique(flows.school).tolist():
        rows = home_areas(flows, school).rows
        rows = rows[~flows.hidden[rows] & ~np.isnan(flows.straight_metres[rows])]
        everyone = flows.pupils[rows].sum()
        if len(rows):
            for percent, found in counts.items():
                taken, reached = ranked_areas(flows, rows, everyone * percent / 100)
                assert reached
                found.append(len(taken))
    assert {percent: np.median(found) for percent, found in counts.items()} == {
        50: 13,
        70: 22,
        80: 30,
        90: 40,
    }


def test_their_union_lies_in_about_three_pieces(atlas: OpenAtlas) -> None:
    london = atlas("london")
    flows = london.flows()
    outlines = area_outlines(london, flows)
    found = []
    for school in np.unique(flows.school).tolist():
        rows = home_areas(flows, school).rows
        rows = rows[~flows.hidden[rows] & ~np.isnan(flows.straight_metres[rows])]
        if len(rows):
            taken, _ = ranked_areas(flows, rows, flows.pupils[rows].sum() * 0.8)
            shape, _ = joined_outlines(outlines[flows.area[taken]])
            assert shape is not None
            found.append((shapely.get_num_geometries(shape), shape.area / 1e6))
    parts, square_kilometres = np.array(found).T
    assert np.median(parts) == 3
    assert np.median(square_kilometres) == pytest.approx(8.1, rel=0.05)
    assert (parts == 1).mean() == pytest.approx(0.28, abs=0.05)


@pytest.mark.parametrize(("year", "share"), [(2018, 0.210), (2019, 0.216), (2020, 0.221)])
def test_a_fifth_of_chicago_pupils_attend_their_zoned_school(
    year: int, share: float, atlas: OpenAtlas
) -> None:
    """The study's share is of every pupil in the file, with grades 7 and 8 under their zones."""
    chicago = atlas("chicago")
    flows = chicago.flows(f"chicago.school_flows:{year}")
    high = np.nansum(flows.school_totals)
    younger = tuple(replace(one, only="elementary") for one in chicago.settings.flows)
    under_elementary_zones = Atlas(
        chicago.node, chicago.city, replace(chicago.settings, flows=younger), Kept()
    ).flows(flows.id)
    everyone = high + np.nansum(under_elementary_zones.school_totals)
    assert zoned_share(chicago, flows) * high / everyone == pytest.approx(share, abs=0.001)


def test_holes_are_filled_and_islands_are_counted() -> None:
    ring = shapely.box(0, 0, 30, 30) - shapely.box(10, 10, 20, 20)
    island = shapely.box(100, 0, 110, 10)
    shape, holes = joined_outlines(np.array([ring, island], dtype=object))
    assert holes == 1
    assert shape is not None
    assert shape.area == 30 * 30 + 10 * 10
    assert shapely.get_num_geometries(shape) == 2


def test_an_island_in_a_hole_is_no_part_of_its_own() -> None:
    ring = shapely.box(0, 0, 30, 30) - shapely.box(5, 5, 25, 25)
    island = shapely.box(14, 14, 16, 16)
    shape, holes = joined_outlines(np.array([ring, island], dtype=object))
    assert (holes, shapely.get_num_geometries(shape)) == (1, 1)
    assert joined_outlines(np.array([], dtype=object)) == (None, 0)


def test_more_areas_are_needed_where_many_pupils_are_hidden() -> None:
    flows = flows_of([[40], [30], [20], [10]])
    rows = home_areas(flows, 0).rows
    assert len(ranked_areas(flows, rows, 70)[0]) == 2
    assert len(ranked_areas(flows, rows, 70.5)[0]) == 3
    assert ranked_areas(flows, rows, 101)[1] is False


@pytest.mark.parametrize("city", ["chicago", "london"])
@pytest.mark.parametrize("method", METHODS)
def test_every_catchment_of_a_city_holds_what_it_says(
    city: str, method: Method, atlas: OpenAtlas
) -> None:
    there = atlas(city)
    flows = there.flows()
    percent = DEFAULT_PERCENT[method]
    drawn = 0
    for school in np.unique(flows.school)[::12].tolist():
        found = catchment(there, flows, school, method, percent)
        words = catchment_words(flows, found).lower()
        assert not {"entitled", "eligible", "guaranteed"} & set(words.split())
        assert np.isnan(found.coverage) or 0 <= found.coverage <= 1 + 1e-9
        if found.shape is None:
            continue
        drawn += 1
        assert found.shape.is_valid
        assert found.parts == shapely.get_num_geometries(found.shape)
        assert found.square_metres > 0
        if method != "zone":
            assert shapely.get_num_interior_rings(shapely.get_parts(found.shape)).sum() == 0
        points = flows.areas.metres[found.areas]
        inside = shapely.intersects_xy(found.shape, points[:, 0], points[:, 1])
        assert (inside | np.isnan(points[:, 0])).all(), "its areas lie in it"
        if method == "ranked" and found.reached:
            assert found.coverage >= percent / 100 - 1e-9
        if method == "kernel":
            assert found.parts == 1
    # London uses no zones for secondary schools, and no last distances of these are published.
    assert (drawn == 0) == (method == "last" or (city == "london" and method == "zone"))


def test_areas_of_which_a_school_takes_a_share_are_those_and_no_others(atlas: OpenAtlas) -> None:
    london = atlas("london")
    flows = london.flows()
    school = london.schools.index["100049"]
    found = catchment(london, flows, school, "share", 25)
    home = home_areas(flows, school)
    large = home.share_of_area >= 0.25
    assert set(found.areas.tolist()) == set(flows.area[home.rows[large]].tolist())
    assert 0 < len(found.areas) < len(home.rows)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 40)),
        min_size=1,
        max_size=40,
        unique_by=lambda row: row[:2],
    ),
    st.sampled_from([0.3, 0.6, 0.9, 1.0]),
)
@example([(0, 0, 1), (0, 6, 1), (0, 7, 3)], 0.9)  # too far apart for the first kernel
def test_one_contour_holds_the_share(rows: list[tuple[int, int, int]], share: float) -> None:
    points = np.array([(x * 500.0, y * 500.0) for x, y, _ in rows])
    weights = np.array([float(w) for _, _, w in rows])
    found = kernel_contour(points, weights, share)
    assert found is not None
    assert found.held >= share - 1e-9
    assert found.shape.geom_type == "Polygon"
    assert not found.shape.interiors
    everything = kernel_contour(points, weights, 1.0)
    assert everything is not None
    assert found.shape.area <= everything.shape.area * 1.01, "a smaller share needs no more ground"


def test_the_contour_lies_where_the_pupils_are() -> None:
    west = [(x * 300.0, y * 300.0) for x in range(4) for y in range(4)]
    east = [(40_000 + x, y) for x, y in west]
    weights = np.array([30.0] * 16 + [10.0] * 16)
    found = kernel_contour(np.array(west + east), weights, 0.6)
    assert found is not None
    assert found.held == pytest.approx(0.75)
    assert found.shape.bounds[2] < 20_000, "the few in the east are left out"
    assert kernel_contour(np.empty((0, 2)), np.empty(0), 0.6) is None


def test_the_bandwidth_follows_silverman() -> None:
    rng = np.random.default_rng(7)
    points = rng.normal(0, (2_000, 1_000), (4_000, 2))
    wide, high = bandwidths(points, np.ones(len(points)))
    assert wide == pytest.approx(2_000 * 4_000 ** (-1 / 6), rel=0.05)
    assert high == pytest.approx(1_000 * 4_000 ** (-1 / 6), rel=0.05)


def test_a_school_of_one_area_has_a_contour_around_it() -> None:
    flows = flows_of([[25]], areas=areas_in_a_row(1))
    found = kernel_contour(flows.areas.metres, flows.pupils, 0.6)
    assert found is not None
    assert found.held == 1.0
    assert found.shape.contains(shapely.Point(flows.areas.metres[0]))
