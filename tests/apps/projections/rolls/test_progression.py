"""Ratios are the mean of the last years, drawn towards the city's in small schools."""

from __future__ import annotations

import numpy as np
import pytest

from interurban.apps.projections.rolls.history import running
from interurban.apps.projections.rolls.progression import progression

LARGE = [[100.0, 100.0, 100.0, 100.0, 100.0], [90.0, 80.0, 90.0, 100.0, 110.0]]
SMALL = [[10.0, 10.0, 10.0, 10.0, 10.0], [12.0, 12.0, 12.0, 12.0, 12.0]]
PUPILS = np.array([LARGE, SMALL])
ITSELF = running(PUPILS)
CITY = (380 + 48) / (400 + 40)


def test_the_mean_of_the_last_four_ratios() -> None:
    found = progression(PUPILS, ITSELF, mean_of_ratios=True, shrinkage=0.0)
    assert found.schools[:, 0] == pytest.approx([(0.8 + 0.9 + 1.0 + 1.1) / 4, 1.2])


def test_later_years_weigh_four_three_two_one() -> None:
    found = progression(PUPILS, ITSELF, mean_of_ratios=True, recent=True, shrinkage=0.0)
    assert found.schools[0, 0] == pytest.approx((4 * 1.1 + 3 * 1.0 + 2 * 0.9 + 0.8) / 10)


def test_fewer_years_are_taken_where_they_are_asked_for() -> None:
    assert progression(PUPILS, ITSELF, 1, shrinkage=0.0).schools[0, 0] == pytest.approx(1.1)


def test_shrinkage_is_a_weighted_mean_with_the_citys_ratio() -> None:
    found = progression(PUPILS, ITSELF, shrinkage=50.0)
    assert found.continuing[0] == pytest.approx(CITY)
    assert found.schools[0, 0] == pytest.approx((380 + 50 * CITY) / 450)
    assert found.schools[1, 0] == pytest.approx((48 + 50 * CITY) / 90)


def test_a_school_without_a_past_takes_the_citys_ratio() -> None:
    young = [[0.0, 0.0, 0.0, 0.0, 25.0], [0.0] * 5]
    pupils = np.array([LARGE, young])
    for shrinkage in (0.0, 50.0):
        found = progression(pupils, running(pupils), shrinkage=shrinkage)
        assert found.schools[1, 0] == pytest.approx(found.continuing[0])


def test_years_before_an_id_was_given_again_do_not_count() -> None:
    again = [[50.0, 50.0, 0.0, 20.0, 20.0], [5.0, 5.0, 0.0, 18.0, 18.0]]
    pupils = np.array([LARGE, again])
    found = progression(pupils, running(pupils), shrinkage=0.0)
    assert found.schools[1, 0] == pytest.approx(0.9)


def test_the_ratio_everywhere_counts_pupils_who_change_school() -> None:
    leaves, takes = [[40.0] * 3, [0.0] * 3], [[0.0] * 3, [38.0] * 3]
    pupils = np.array([leaves, takes])
    assert progression(pupils, running(pupils)).everywhere[0] == pytest.approx(0.95)
