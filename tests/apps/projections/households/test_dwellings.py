"""Dwellings are the count where there is one and the households' need after it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from interurban.apps.projections.households import checks
from interurban.apps.projections.households.dwellings import dwellings_needed, vacancy_rate
from interurban.core.cube import Cube
from interurban.core.errors import BadRequest

BY_YEAR = ("area_id", "year")


def test_dwellings_meet_the_example_over_a_range_of_years(toy: Callable[..., Cube]) -> None:
    counted = toy("inputs__dclg-dwellings", BY_YEAR)
    vacant = toy("inputs__vacancy-dwellings", BY_YEAR)
    households = toy("expected__total-households-year-range", BY_YEAR)
    vacancy = vacancy_rate(counted.values, vacant.values, counted.along("year"), (2015,))
    assert vacancy.tolist() == [0.16]
    outcome = dwellings_needed(
        households.values[..., None], households.along("year"), counted.values,
        counted.along("year"), vacancy,
    )  # fmt: skip
    expected = toy("expected__dwellings-year-range", BY_YEAR)
    assert outcome.years == expected.along("year")
    np.testing.assert_allclose(outcome.dwellings[..., 0], expected.values, atol=1e-5, rtol=0)
    assert outcome.modelled[0].tolist() == [False] * 3 + [True] * 3


def test_with_one_year_of_households_only_the_counts_remain(toy: Callable[..., Cube]) -> None:
    counted = toy("inputs__dclg-dwellings", BY_YEAR)
    households = toy("expected__total-households", BY_YEAR)
    outcome = dwellings_needed(
        households.values[..., None], households.along("year"), counted.values,
        counted.along("year"), np.array([0.16]),
    )  # fmt: skip
    expected = toy("expected__dwellings", BY_YEAR)
    assert outcome.years == expected.along("year")
    np.testing.assert_allclose(outcome.dwellings[..., 0], expected.values, atol=1e-5, rtol=0)


def test_second_homes_need_more_dwellings_for_as_many_households() -> None:
    outcome = dwellings_needed(
        np.array([[[900.0]]]), [2020], np.array([[np.nan]]), [2019], np.array([0.04]), 0.06
    )
    assert outcome.dwellings[0, -1, 0] == pytest.approx(1_000)


def test_an_area_uses_its_own_last_counted_year() -> None:
    counted = np.array([[100.0, np.nan], [100.0, 200.0]])
    vacant = np.array([[5.0, 1.0], [5.0, 4.0]])
    assert vacancy_rate(counted, vacant, [2014, 2015], [2014, 2015]).tolist() == [0.05, 0.02]


def test_the_vacant_dwellings_of_the_last_year_must_be_there() -> None:
    with pytest.raises(BadRequest, match="2015"):
        vacancy_rate(np.array([[100.0, 110.0]]), np.array([[5.0]]), [2014, 2015], [2014])
    with pytest.raises(BadRequest, match="no count of dwellings"):
        vacancy_rate(np.array([[np.nan]]), np.array([[5.0]]), [2015], [2015])
    with pytest.raises(BadRequest, match="as many vacant"):
        vacancy_rate(np.array([[10.0]]), np.array([[10.0]]), [2015], [2015])


def test_no_dwelling_to_live_in_is_refused() -> None:
    with pytest.raises(BadRequest, match="no dwelling to live in"):
        dwellings_needed(np.ones((1, 1, 1)), [2020], np.ones((1, 1)), [2019], np.array([0.6]), 0.4)


def test_the_jump_from_count_to_model_is_said() -> None:
    outcome = dwellings_needed(
        np.array([[[88.0], [99.0]]]), [2015, 2016], np.array([[100.0]]), [2015], np.array([0.1])
    )
    (sentence,) = checks.joint(outcome, ["E1"])
    assert sentence == (
        "Dwellings of E1 go from 100 counted to 110 modelled in 2016 (+10.0 %): counts and model "
        "are joined without smoothing."
    )


def test_household_sizes_that_nobody_would_believe_are_said() -> None:
    in_households = np.array([[[240.0], [230.0], [380.0]], [[240.0], [240.5], [241.0]]])
    said = " ".join(checks.size(in_households, np.full((2, 3, 1), 100.0), ["E1", "E2"], [1, 2, 3]))
    assert "E1 in 3 has 3.80 people" in said
    assert "E1 changes by -4.2 % from 1 to 2" in said
    assert "E1 both rises and falls" in said
    assert "E2" not in said
