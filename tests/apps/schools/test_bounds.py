"""What a number of pupils that is not told can be."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.schools.flows import home_areas
from interurban.apps.schools.interaction.censoring import between
from interurban.apps.schools.reading_flows import bounds

from .by_hand import flows_of


def test_a_number_that_is_told_is_both_bounds_and_a_hidden_one_is_small() -> None:
    low, high = bounds(pa.table({"pupils": [12.0, None]}), 5)
    assert low.tolist() == [12, 1]
    assert high.tolist() == [12, 4]


def test_what_the_publisher_says_of_a_hidden_number_stands() -> None:
    told = pa.table({"pupils": [None, None], "at_least": [2.0, None], "at_most": [9.0, None]})
    low, high = bounds(told, 5)
    assert low.tolist() == [2, 1]
    assert high.tolist() == [9, 4]


def test_a_number_that_is_missing_has_no_upper_bound_where_nothing_was_hidden() -> None:
    low, high = bounds(pa.table({"pupils": pa.array([None], pa.float64())}), 0)
    assert (low[0], high[0]) == (1, math.inf)


def test_hidden_pupils_without_an_upper_bound_have_none_in_the_answer() -> None:
    hidden = flows_of([[10.0], [2.0]], hidden_below=5, totals=False)
    unbounded = replace(hidden, high=np.where(hidden.hidden, np.inf, hidden.high))
    assert home_areas(hidden, 0).hidden.at_most == 4
    assert home_areas(unbounded, 0).hidden.at_most is None


def test_bounds_that_lie_far_apart_are_each_read_by_themselves() -> None:
    mu, low, high = np.array([2.0, 300.0]), np.array([1.0, 280.0]), np.array([4.0, 283.0])
    together = between(mu, low, high)
    assert together[0] == pytest.approx(between(mu[:1], low[:1], high[:1])[0])
    assert 280 < together[1] < 283


@pytest.mark.parametrize("size", [math.inf, 2.0])
def test_wide_bounds_take_no_more_memory_than_narrow_ones(size: float) -> None:
    """A million pairs at a time would be as many columns as the widest of them has numbers."""
    mu = np.full(3_000, 40.0)
    low, high = np.ones(3_000), np.full(3_000, 4.0)
    high[-1] = 20_000.0
    expected = between(mu, low, high, size)
    assert expected[:-1] == pytest.approx(np.full(2_999, expected[0]))
    assert between(mu[-1:], low[-1:], high[-1:], size) == pytest.approx(expected[-1:])
