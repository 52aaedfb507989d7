"""Nobody is lost when full schools pass pupils on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interurban.apps.projections.rolls.capacity import place_pupils


def column(*values: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(values, dtype=float)[:, None]


def test_the_surplus_goes_to_the_others_in_proportion() -> None:
    area = np.array([0, 0, 0])
    placed, unplaced = place_pupils(column(70, 20, 40), column(60, np.inf, np.inf), area, 1)
    assert placed[:, 0] == pytest.approx([60, 20 + 10 / 3, 40 + 20 / 3])
    assert unplaced[0, 0] == 0


def test_what_fills_a_school_goes_on_to_the_next() -> None:
    area = np.array([0, 0, 0])
    placed, _ = place_pupils(column(90, 29, 30), column(60, 30, 100), area, 1)
    assert placed[:, 0] == pytest.approx([60, 30, 59])


def test_nobody_crosses_to_another_planning_area() -> None:
    area = np.array([0, 0, 1])
    placed, unplaced = place_pupils(column(70, 30, 10), column(60, 30, 100), area, 2)
    assert placed[:, 0] == pytest.approx([60, 30, 10])
    assert unplaced[:, 0] == pytest.approx([10, 0])


def test_a_school_without_the_year_group_takes_nobody() -> None:
    placed, unplaced = place_pupils(column(70, 0), column(60, 100), np.array([0, 0]), 1)
    assert placed[:, 0] == pytest.approx([60, 0])
    assert unplaced[0, 0] == pytest.approx(10)


@given(
    st.lists(
        st.tuples(st.floats(0, 300), st.floats(0, 300), st.integers(0, 2)), min_size=1, max_size=12
    )
)
def test_pupils_are_kept_and_no_school_is_overfull(schools: list[tuple[float, float, int]]) -> None:
    pupils, places = (np.array([s[at] for s in schools])[:, None] for at in (0, 1))
    area = np.array([s[2] for s in schools])
    placed, unplaced = place_pupils(pupils, places, area, 3)
    assert placed.sum() + unplaced.sum() == pytest.approx(pupils.sum(), abs=1e-6)
    assert (placed <= places + 1e-6).all()
    for at in range(3):
        room = (places - placed)[(area == at) & (pupils[:, 0] > 1e-9)]
        assert unplaced[at, 0] < 1e-6 or (room < 1e-6).all()
