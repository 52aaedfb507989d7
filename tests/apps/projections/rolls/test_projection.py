"""Cohorts move up, first year groups are filled, and odd schools break nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from interurban.apps.projections.rolls.entry import Children, entrants, entry_ratio, pools
from interurban.apps.projections.rolls.projection import Around, Settings, project

from .conftest import by_hand

PLAIN = Settings(shrinkage=0.0, held=0.0, drift=0.0, smoothing=(1.0, 0.0, 0.85))
STEADY = [[30.0] * 5, [27.0] * 5, [27.0] * 5]


def test_a_steady_school_stays_as_it_is() -> None:
    for settings in (PLAIN, Settings()):
        found = project(by_hand([STEADY]), 4, settings)
        assert np.allclose(found.pupils[0], np.array([[30.0], [27.0], [27.0]]))
        assert found.years == (2025, 2026, 2027, 2028)


def test_a_large_cohort_walks_through_the_school() -> None:
    bulge = [[30.0, 30.0, 30.0, 30.0, 60.0], [27.0] * 5, [27.0] * 5]
    found = project(by_hand([bulge]), 3, PLAIN).pupils[0]
    assert found[1, 0] == pytest.approx(54)
    assert found[2, 1] == pytest.approx(54)
    assert found[2, 0] == pytest.approx(27)


def test_the_weight_of_the_share_held_is_a_mean_of_two_forms() -> None:
    bulge = [[30.0, 30.0, 30.0, 30.0, 60.0], [27.0] * 5, [27.0] * 5]
    rolls = by_hand([bulge, STEADY])
    cohorts, held, both = (
        project(rolls, 1, replace(PLAIN, held=weight)).pupils for weight in (0.0, 1.0, 0.25)
    )
    assert np.allclose(both, 0.75 * cohorts + 0.25 * held)
    # All schools together have the children of the city's year group, whoever holds them.
    assert held[:, 1].sum() == pytest.approx(0.9 * 90)
    assert held[0, 1, 0] == pytest.approx(held[1, 1, 0])


def test_a_closed_school_stays_closed() -> None:
    closed = [[30.0, 30.0, 0.0], [27.0, 27.0, 0.0]]
    found = project(by_hand([closed, [[30.0] * 3, [27.0] * 3]]), 5)
    assert not found.open[0]
    assert not found.pupils[0].any()


def test_transfer_takes_a_share_of_those_who_leave_the_phase_below() -> None:
    primary = [[40.0] * 4, [40.0, 40.0, 40.0, 60.0], [0.0] * 4]
    secondary = [[0.0] * 4, [0.0] * 4, [36.0] * 4]
    found = project(by_hand([primary, secondary]), 2, PLAIN)
    assert found.pupils[1, 2, 0] == pytest.approx(0.9 * 60)
    assert found.pupils[1, 2, 1] == pytest.approx(0.9 * found.pupils[0, 1, 0])


def test_transfer_between_planning_areas_follows_the_shares() -> None:
    feeding = np.array([[0.0, 100.0, 0.0], [0.0, 50.0, 0.0]])
    transfer = np.array([[0.8, 0.2], [0.0, 1.0]])
    found = pools(np.array([7.0, 8.0]), feeding, transfer)
    assert found[:, 0] == pytest.approx([7, 8])
    assert found[:, 2] == pytest.approx([80, 70])


def test_pools_by_area_follow_their_own_area() -> None:
    grows, shrinks = [[20.0, 24.0, 28.8, 34.56]], [[40.0, 32.0, 25.6, 20.48]]
    rolls = by_hand([grows, shrinks], ("north", "south"))
    settings = replace(PLAIN, by_area=True, smoothing=(1.0, 1.0, 0.85))
    found = project(rolls, 1, settings).pupils[:, 0, 0]
    assert found[0] > 34.56
    assert found[1] < 20.48


def test_a_growing_school_opens_year_groups_to_the_end_of_its_phase() -> None:
    whole = [[30.0] * 4, [30.0] * 4, [30.0] * 4, [30.0] * 4]
    new = [[0.0, 0.0, 30.0, 30.0], [0.0, 0.0, 0.0, 30.0], [0.0] * 4, [0.0] * 4]
    rolls = by_hand([*[whole] * 10, new])
    found = project(rolls, 3, Settings(shrinkage=10.0, held=0.0)).pupils[-1]
    assert (found[2] > 0).tolist() == [True, True, True]
    assert (found[3] > 0).tolist() == [False, True, True]
    still = project(rolls, 3, Settings(grows=False)).pupils[-1]
    assert not still[2:].any()


def test_rho_is_the_mean_ratio_of_the_last_years() -> None:
    entered, children = np.array([[99.0, 90.0, 80.0]]), np.array([[0.0, 100.0, 100.0]])
    assert entry_ratio(entered, children) == pytest.approx([0.85])


def test_entry_follows_the_births_that_are_known_and_then_its_trend() -> None:
    entered, years = np.array([[90.0, 90.0, 90.0]]), (2020, 2021, 2022)
    births = Children((2020, 2021, 2022, 2023, 2024), np.array([[100.0] * 3 + [50.0, 200.0]]), 2)
    found = entrants(entered, years, 3, births)
    assert found[0, :2] == pytest.approx([45, 180])
    assert found[0, 2] > 0
    later = births.until(2021)
    assert later.years == (2020, 2021, 2022, 2023)


def test_new_homes_add_pupils_who_then_move_up() -> None:
    rolls = by_hand([STEADY, STEADY], ("north", "south"))
    homes = np.zeros((2, 3, 2))
    homes[0, 0, 0] = 10.0
    plain = project(rolls, 2, PLAIN).pupils
    found = project(rolls, 2, PLAIN, Around(from_homes=homes)).pupils
    assert (found - plain)[0, 0, 0] == pytest.approx(10)
    assert (found - plain)[0, 1, 1] == pytest.approx(9)
    assert np.allclose(found[1], plain[1])


def test_pupils_of_new_homes_without_a_school_are_told() -> None:
    homes = np.zeros((1, 3, 1))
    homes[0, 2, 0] = 5.0
    found = project(
        by_hand([[[30.0] * 3, [27.0] * 3, [0.0] * 3]]), 1, PLAIN, Around(None, None, None, homes)
    )
    assert found.without_school[0, 2, 0] == pytest.approx(5)


def test_a_cap_moves_pupils_and_their_cohort() -> None:
    rolls = by_hand([STEADY, STEADY])
    places = np.full((2, 3), np.inf)
    places[0, 0] = 20.0
    found = project(rolls, 2, PLAIN, Around(places=places))
    assert found.pupils[:, 0, 0] == pytest.approx([20, 40])
    assert found.pupils[:, 1, 1] == pytest.approx([18, 36])
    assert not found.unplaced.any()
