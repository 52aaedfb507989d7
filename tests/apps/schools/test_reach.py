"""How far pupils live from school: quantiles of pupils, and the figures of the study."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interurban.apps.schools.reach import (
    crossing_share,
    district_of_schools,
    flow_reach,
    nearest_share,
    ranks_of_choice,
    reach_of,
    tiers,
    weighted_quantiles,
)
from interurban.apps.schools.subjects import Flows, Indices

from .by_hand import areas_in_a_row, flows_of, schools_at
from .conftest import OpenAtlas


@pytest.fixture
def london(atlas: OpenAtlas) -> Flows:
    return atlas("london").flows()


def with_pupils(flows: Flows) -> Indices:
    """Schools of which a pupil with a place is shown."""
    return np.unique(flows.school[~np.isnan(flows.straight_metres)])


def test_london_pupils_travel_as_far_as_the_study_says(london: Flows) -> None:
    reach = flow_reach(london)
    assert reach.pupils == pytest.approx(328_110, rel=0.001)
    assert reach.mean_m == pytest.approx(1_900, rel=0.01)
    assert reach.p90_m == pytest.approx(3_930, rel=0.01)
    quartiles = weighted_quantiles(london.straight_metres, london.pupils, (0.25, 0.5, 0.75))
    assert quartiles == pytest.approx([810, 1_410, 2_470], rel=0.01)


def test_a_quarter_of_london_pupils_attend_their_nearest_school(london: Flows) -> None:
    schools = with_pupils(london)
    assert len(schools) == 599
    assert nearest_share(london, schools) == pytest.approx(0.267, abs=0.005)
    assert nearest_share(london, schools, among=3) == pytest.approx(0.520, abs=0.005)


def test_one_in_seven_crosses_a_borough_line(london: Flows) -> None:
    assert crossing_share(london) == pytest.approx(0.136, abs=0.001)


def test_a_school_outside_every_district_is_across_the_line() -> None:
    areas = areas_in_a_row(2, ["west", "east"])
    schools = schools_at([(500, 500), (1_500, 500), (9_000, 500)])
    flows = flows_of([[3, 1, 0], [0, 4, 2]], areas=areas, schools=schools)
    assert district_of_schools(flows) == ("west", "east", "")
    assert crossing_share(flows) == pytest.approx((1 + 2) / 10)


def test_a_quantile_counts_pupils_and_not_areas() -> None:
    median, last = weighted_quantiles(
        np.array([5.0, 1.0, 9.0]), np.array([1.0, 8.0, 1.0]), (0.5, 1)
    )
    assert (median, last) == (1.0, 9.0)


def test_what_is_hidden_or_has_no_place_has_no_distance() -> None:
    found = reach_of(np.array([100.0, np.nan, 900.0]), np.array([2.0, 50.0, np.nan]))
    assert (found.pupils, found.median_m, found.mean_m) == (2.0, 100.0, 100.0)
    assert np.isnan(reach_of(np.array([np.nan]), np.array([3.0])).median_m)


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.integers(1, 50)), min_size=1, max_size=30),
    st.floats(0, 1),
)
def test_a_weighted_quantile_is_that_of_the_pupils_written_out(
    rows: list[tuple[float, int]], q: float
) -> None:
    values, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    everyone = np.sort(np.repeat(values, weights.astype(int)))
    found = weighted_quantiles(values, weights, (q,))[0]
    below = int(np.searchsorted(everyone, found, side="right"))
    before = int(np.searchsorted(everyone, found, side="left"))
    assert below >= q * len(everyone) * (1 - 1e-9)
    assert before <= q * len(everyone)


def test_the_first_tone_ends_where_half_of_all_pupils_are_reached() -> None:
    assert tiers(np.array([30.0, 25.0, 20.0, 15.0, np.nan]), 100).tolist() == [50, 50, 80, 80, 0]
    # The same areas hold less of a school with many hidden pupils: the tones reach further.
    assert tiers(np.array([30.0, 25.0, 20.0, 15.0, np.nan]), 200).tolist() == [50, 50, 50, 50, 0]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=40), st.integers(0, 500))
def test_areas_of_a_tone_hold_its_share_and_none_is_too_many(pupils: list[int], rest: int) -> None:
    ranked = np.array(sorted(pupils, reverse=True), dtype=float)
    total = float(ranked.sum() + rest)
    found = tiers(ranked, total)
    for tone in (50, 80):
        inside = ranked[found <= tone]
        assert inside.sum() >= total * tone / 100 or len(inside) == len(ranked)
        assert inside[:-1].sum() < total * tone / 100


def test_the_nearest_school_is_counted_by_straight_line() -> None:
    flows = flows_of([[6, 3, 1]], schools=schools_at([(4_000, 500), (600, 500), (2_000, 500)]))
    assert ranks_of_choice(flows, np.array([0, 1, 2])).tolist() == [3, 1, 2]
    assert nearest_share(flows, np.array([0, 1, 2])) == pytest.approx(0.3)
    # A school that nobody could choose is not in anybody's way.
    assert ranks_of_choice(flows, np.array([0, 2])).tolist() == [2, 0, 1]
