"""A school that gains on the city goes on gaining for a while, and the city stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from interurban.apps.projections.rolls.drift import drift, drift_ahead
from interurban.apps.projections.rolls.history import running
from interurban.apps.projections.rolls.projection import Settings, project

from .conftest import by_hand

HELD = Settings(held=1.0, drift=1.0, smoothing=(1.0, 0.0, 0.5))


def test_drift_is_the_yearly_growth_against_the_city_drawn_towards_none() -> None:
    pupils = np.array([[[100.0, 110.0, 121.0]], [[1000.0, 990.0, 979.0]]])
    found = drift(pupils, running(pupils))
    # The city stays at 1,100: 21 % in two years, of a school of 121 pupils.
    assert found[0] == pytest.approx(np.log(1.1) * 121 / 221)
    assert found[1] < 0


def test_a_year_group_that_opens_is_no_drift() -> None:
    pupils = np.array([[[50.0] * 3, [0.0, 0.0, 50.0]], [[50.0] * 3, [50.0, 50.0, 50.0]]])
    assert drift(pupils, running(pupils))[0] == pytest.approx(0)


def test_a_school_that_doubles_is_not_taken_to_double_again() -> None:
    pupils = np.array([[[400.0, 400.0, 1600.0]], [[4000.0, 4000.0, 2800.0]]])
    assert drift(pupils, running(pupils))[0] == pytest.approx(0.15)


def test_what_goes_on_fades_out() -> None:
    found = [drift_ahead(np.array([0.1]), 1.0, 0.5, year)[0] for year in range(3)]
    assert found == pytest.approx(np.exp([0.05, 0.075, 0.0875]))


def test_the_schools_that_drift_hold_the_city_together() -> None:
    rolls = by_hand([[[100.0, 110.0, 121.0]], [[1000.0, 990.0, 979.0]]])
    still, moving = (project(rolls, 4, replace(HELD, drift=d)).pupils for d in (0.0, 1.0))
    assert moving[0, 0, 3] > still[0, 0, 3] > 0
    assert np.allclose(moving.sum(axis=0), still.sum(axis=0))


@given(arrays(np.float64, (4, 3, 5), elements=st.integers(0, 60).map(float)))
def test_whatever_the_rolls_shares_that_drift_add_up_to_the_city(pupils: np.ndarray) -> None:
    pupils[0, 0, :] += 1.0
    rolls = by_hand(pupils.tolist())
    still, moving = (project(rolls, 3, replace(HELD, drift=d)) for d in (0.0, 0.7))
    kept = pupils[:, :, -1] > 0
    for year in range(3):
        totals = [
            np.where(kept, one.pupils[:, :, year], 0.0).sum(axis=0) for one in (still, moving)
        ]
        assert np.allclose(*totals)
    assert np.isfinite(moving.pupils).all()
    assert (moving.pupils >= 0).all()
