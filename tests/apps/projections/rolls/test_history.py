"""A school's past begins when it became itself."""

from __future__ import annotations

import numpy as np
import pytest

from interurban.apps.projections.rolls.history import running, usual_ends
from interurban.core.errors import InvalidInput

from .conftest import by_hand


def test_an_id_that_comes_back_after_a_gap_is_another_school() -> None:
    pupils = np.array([[[20.0, 20.0, 0.0, 30.0, 30.0]]])
    assert running(pupils).tolist() == [[False, False, False, True, True]]


def test_an_id_given_to_other_year_groups_is_another_school() -> None:
    primary, secondary = [30.0, 30.0, 0.0, 0.0], [0.0, 0.0, 90.0, 90.0]
    pupils = np.array([[primary, primary, [0.0] * 4, [0.0] * 4, secondary, secondary]])
    assert running(pupils).tolist() == [[False, False, True, True]]


def test_a_cohort_that_moves_up_alone_stays_the_same_school() -> None:
    pupils = np.array([[[30.0, 0.0, 0.0], [0.0, 29.0, 0.0], [0.0, 0.0, 28.0]]])
    assert running(pupils).all()


def test_a_closed_school_is_never_itself() -> None:
    assert not running(np.array([[[20.0, 20.0, 0.0]]])).any()


def test_phases_end_where_a_tenth_of_the_schools_end() -> None:
    taught = np.zeros((21, 8), dtype=bool)
    taught[:18, :5] = True
    taught[18:20, 5:8] = True
    taught[20, :2] = True
    assert usual_ends(taught) == (4, 7)


def test_one_year_is_refused() -> None:
    with pytest.raises(InvalidInput, match="one year only"):
        by_hand([[[20.0]]]).check()


def test_a_city_without_an_open_school_is_refused() -> None:
    with pytest.raises(InvalidInput, match="No school has a pupil in 2021"):
        by_hand([[[20.0, 0.0]]]).check()
