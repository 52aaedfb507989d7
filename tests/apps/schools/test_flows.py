"""Homes of a school and schools of areas: what is hidden stays so, and counts all the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interurban.apps.schools.flows import home_areas, local_schools
from interurban.apps.schools.subjects import Flows

from .by_hand import flows_of
from .conftest import OpenAtlas

MATRICES = st.integers(1, 5).flatmap(
    lambda schools: st.lists(
        st.lists(st.integers(0, 12), min_size=schools, max_size=schools), min_size=1, max_size=6
    )
)


def test_hidden_pupils_are_in_the_denominator() -> None:
    home = home_areas(flows_of([[10], [6], [3]], hidden_below=5), 0)
    assert home.total == 19
    assert home.share_of_school[:2] == pytest.approx([10 / 19, 6 / 19])
    assert np.isnan(home.share_of_school[2])
    assert (home.hidden.cells, home.hidden.at_least, home.hidden.at_most) == (1, 3, 3)
    assert home.areas_to(50) == 1
    assert home.areas_to(80) == 2
    assert home.areas_to(90) is None, "the shown pupils do not reach it"


def test_what_the_publisher_left_out_is_hidden_pupils_in_nobody_knows_how_many_areas() -> None:
    home = home_areas(flows_of([[10], [2], [1]], hidden_below=3, dropped=True), 0)
    assert len(home.rows) == 1
    assert (home.hidden.cells, home.hidden.at_least, home.hidden.at_most) == (None, 3, 3)


def test_without_a_total_only_bounds_are_known() -> None:
    home = home_areas(flows_of([[10], [3], [4]], hidden_below=5, totals=False), 0)
    assert np.isnan(home.total)
    assert (home.hidden.at_least, home.hidden.at_most) == (2, 8)
    left_out = home_areas(flows_of([[10], [2]], hidden_below=3, dropped=True, totals=False), 0)
    assert (left_out.hidden.at_least, left_out.hidden.at_most) == (0, None)


def test_a_sum_with_a_hidden_part_is_told_by_its_bounds_alone() -> None:
    flows = flows_of([[10, 7], [3, 8]], hidden_below=5)
    both = local_schools(flows, [0, 1])
    found = dict(
        zip(both.schools.tolist(), zip(both.pupils, both.low, both.high, strict=True), strict=True)
    )
    assert np.isnan(found[0][0])
    assert found[0][1:] == (11, 14)
    assert found[1] == (15, 15, 15)
    assert both.total == 28


def test_a_total_that_includes_the_hidden_does_not_make_a_share_of_them() -> None:
    one = local_schools(flows_of([[10, 3, 0]], hidden_below=5), [0])
    assert one.share[0] == pytest.approx(10 / 13)
    assert np.isnan(one.share[1])
    assert one.hidden.at_least == one.hidden.at_most == 3


def test_an_area_counts_once_however_often_it_is_named() -> None:
    flows = flows_of([[10], [5]])
    assert local_schools(flows, [1, 1]).total == 5
    assert local_schools(flows, []).total == 0


def test_what_was_left_out_can_only_add_so_much() -> None:
    # Area 1 may have sent 1 or 2 pupils to school 0, but no more than school 0 has unseen.
    flows = flows_of([[10, 5], [1, 9]], hidden_below=3, dropped=True)
    found = local_schools(flows, [0, 1])
    at = found.schools.tolist().index(0)
    assert (found.pupils[at], found.low[at], found.high[at]) == (10, 10, 11)


@given(MATRICES, st.integers(0, 6), st.booleans(), st.booleans())
def test_the_truth_always_lies_in_the_bounds(
    matrix: list[list[int]], below: int, dropped: bool, totals: bool
) -> None:
    truth = np.array(matrix, dtype=float)
    flows = flows_of(matrix, hidden_below=below, dropped=dropped, totals=totals)
    for school in range(truth.shape[1]):
        home = home_areas(flows, school)
        unseen = truth[:, school].sum() - home.shown
        assert home.hidden.at_least <= unseen
        assert home.hidden.at_most is None or unseen <= home.hidden.at_most
        assert np.isnan(home.total) or home.total == truth[:, school].sum()
    everywhere = local_schools(flows, range(len(truth)))
    unseen = truth.sum() - everywhere.shown
    assert everywhere.hidden.at_least <= unseen
    assert everywhere.hidden.at_most is None or unseen <= everywhere.hidden.at_most
    for at, school in enumerate(everywhere.schools.tolist()):
        assert everywhere.low[at] <= truth[:, school].sum() <= everywhere.high[at]


@given(MATRICES, st.integers(2, 6), st.data())
def test_two_overlapping_shapes_differ_by_nothing_that_was_hidden(
    matrix: list[list[int]], below: int, data: st.DataObject
) -> None:
    """Whoever draws two shapes that differ by one area learns what its own answer says, no more."""
    flows = flows_of(matrix, hidden_below=below)
    count = len(matrix)
    one = data.draw(st.integers(0, count - 1))
    others = data.draw(st.sets(st.integers(0, count - 1))) - {one}
    alone, with_it, without = (
        _by_school(flows, areas) for areas in ([one], [*others, one], [*others])
    )
    for school, (low, high) in alone.items():
        less = without.get(school, (0.0, 0.0))
        more = with_it[school]
        # The narrowest that the difference of the two answers can say of the area alone.
        assert more[0] - less[0] == low
        assert more[1] - less[1] == high


def _by_school(flows: Flows, areas: list[int]) -> dict[int, tuple[float, float]]:
    found = local_schools(flows, areas)
    bounds = zip(found.low.tolist(), found.high.tolist(), strict=True)
    return dict(zip(found.schools.tolist(), bounds, strict=True))


@pytest.mark.parametrize("city", ["chicago", "london"])
def test_both_sides_of_a_city_tell_the_same_numbers(city: str, atlas: OpenAtlas) -> None:
    flows = atlas(city).flows()
    seen = np.zeros(len(flows.area))
    for school in np.unique(flows.school).tolist():
        home = home_areas(flows, school)
        seen[home.rows] += 1
        ranked = flows.pupils[home.rows]
        shown = ranked[~np.isnan(ranked)]
        assert (np.diff(shown) <= 0).all(), "the most pupils first"
        assert not np.isnan(ranked[: len(shown)]).any(), "hidden rows last"
    assert (seen == 1).all()


@pytest.mark.parametrize("city", ["chicago", "london"])
def test_nothing_below_the_threshold_is_shown_of_either_city(city: str, atlas: OpenAtlas) -> None:
    flows = atlas(city).flows()
    assert flows.hidden_below >= 3
    assert np.nanmin(flows.pupils) >= flows.hidden_below
    assert (flows.low[flows.hidden] >= 0).all()


def test_schools_outside_the_city_show_little_of_their_roll(atlas: OpenAtlas) -> None:
    flows = atlas("london").flows()
    schools = np.unique(flows.school)
    share = flows.shown_by_school[schools] / flows.school_totals[schools]
    assert int((share < 0.3).sum()) == pytest.approx(85, abs=2)
