"""Cells with a crowd in each: no place tells of fewer rows than asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.query.grid import interleave
from interurban.store.crowds import NOWHERE, Crowds, crowded_cells


def keys_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sort(interleave(x.astype(np.uint32), y.astype(np.uint32)))


def groups(crowds: Crowds) -> dict[tuple[int, int], int]:
    """Rows of each place that is told: level and cell."""
    found: dict[tuple[int, int], int] = {}
    for first, level, rows in zip(
        crowds.first.tolist(), crowds.level.tolist(), crowds.rows.tolist(), strict=True
    ):
        cell = (level, first >> (64 - 2 * level) if level else 0)
        found[cell] = found.get(cell, 0) + rows
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 400),
    st.integers(2, 40),
    st.floats(1, 2e9),
    st.integers(0, 5),
)
def test_every_place_that_is_told_has_enough_rows(
    seed: int, rows: int, at_least: int, spread: float, strays: int
) -> None:
    rng = np.random.default_rng(seed)
    x = np.clip(rng.normal(1.1e9, spread, rows), 0, 2**32 - 1)
    y = np.clip(rng.normal(1.6e9, spread, rows), 0, 2**32 - 1)
    far = rng.integers(0, 2**32, (2, strays))
    keys = keys_of(np.r_[x, far[0]], np.r_[y, far[1]])
    crowds = crowded_cells(keys, at_least)
    assert crowds.rows.sum() == len(keys), "a row was lost or counted twice"
    told = groups(crowds)
    nowhere = told.pop((NOWHERE, 0), 0)
    assert all(count >= at_least for count in told.values())
    assert nowhere == 0 or nowhere >= min(at_least, len(keys))


def test_ranges_hold_the_rows_they_say() -> None:
    rng = np.random.default_rng(3)
    keys = keys_of(rng.integers(1e9, 1.2e9, 20_000), rng.integers(1e9, 1.2e9, 20_000))
    crowds = crowded_cells(keys, 10)
    of = np.searchsorted(crowds.first, keys, side="right") - 1
    assert np.bincount(of, minlength=len(crowds.first)).tolist() == crowds.rows.tolist()


def test_a_stray_row_does_not_make_the_others_coarse() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.integers(1.10e9, 1.11e9, 10_000), rng.integers(1.60e9, 1.61e9, 10_000)
    alone = crowded_cells(keys_of(np.r_[x, 4e9], np.r_[y, 4e9]), 10)
    assert np.average(alone.level, weights=alone.rows) > 12
    assert alone.level[alone.first == alone.first[-1]] == NOWHERE


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_fewer_rows_than_a_crowd_have_no_place(rows: int) -> None:
    crowds = crowded_cells(np.arange(rows, dtype=np.uint64), 10)
    assert set(crowds.level.tolist()) <= {NOWHERE}
    assert crowds.rows.sum() == rows
