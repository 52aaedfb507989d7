"""Rounded and perturbed tables keep what they promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.core.errors import InvalidInput
from interurban.policy.disclosure import (
    Noise,
    cell_keys,
    perturb,
    record_keys,
    round_controlled,
    round_conventional,
    round_random,
    tabulate,
)

from .tables import counts, hygiene

SECRET = b"a secret of sixteen bytes or more"


def test_conventional_rounding_takes_the_nearest_and_halves_up() -> None:
    numbers = np.array([0.0, 2, 2.5, 3, 5, 7, 7.5, 12])
    assert round_conventional(numbers, 5).tolist() == [0, 0, 5, 5, 5, 5, 10, 10]


def test_random_rounding_is_right_on_average_and_the_same_for_a_seed() -> None:
    numbers = np.full(40_000, 7.0)
    rounded = round_random(numbers, 5, seed=1)
    assert set(np.unique(rounded)) == {5.0, 10.0}
    assert rounded.mean() == pytest.approx(7.0, abs=0.05)
    assert (rounded == round_random(numbers, 5, seed=1)).all()
    assert (round_random(np.array([10.0, 0.0]), 5, seed=2) == [10, 0]).all()


@settings(max_examples=20, deadline=None)
@given(
    shape=st.lists(st.integers(2, 7), min_size=2, max_size=2),
    seed=st.integers(0, 1000),
    base=st.sampled_from([3, 5, 10]),
)
def test_controlled_rounding_of_two_axes_adds_up_and_moves_less_than_the_base(
    shape: list[int], seed: int, base: int
) -> None:
    table = counts(*shape, seed=seed)
    rounded = round_controlled(table, base)
    assert np.abs(rounded.equations.sums(rounded.flat)).max() == pytest.approx(0, abs=1e-6)
    assert (np.abs(rounded.values - table.values) < base).all()
    assert (rounded.flat % base == 0).all()


def test_controlled_rounding_of_three_axes_still_adds_up() -> None:
    rounded = round_controlled(counts(4, 3, 3, seed=2), 5)
    assert np.abs(rounded.equations.sums(rounded.flat)).max() == pytest.approx(0, abs=1e-6)


def test_the_same_people_get_the_same_noise_in_every_table(shared_data: Path) -> None:
    rows = hygiene(shared_data)
    keys = record_keys((str(n) for n in range(rows.num_rows)), SECRET)
    by_both = tabulate(rows, [["borough"], ["rating"]])
    by_one = tabulate(rows, [["borough"]])
    noisy = [
        perturb(
            made.table.values.astype(np.int64),
            cell_keys(made.table.axes, made.leaf, keys),
            Noise(),
        )
        for made in (by_both, by_one)
    ]
    # A borough's total is the same cell in both tables.
    assert (noisy[0][:, 0] == noisy[1]).all()
    assert (noisy[0] != by_both.table.values).any()


@pytest.mark.parametrize("noise", [Noise(), Noise(3, 1.0), Noise(6, 5.0, smallest=3)])
def test_noise_has_mean_nought_the_variance_asked_for_and_never_goes_below_nought(
    noise: Noise,
) -> None:
    keys = np.arange(256)
    for count in range(1, 30):
        shown = perturb(np.full(256, count), keys, noise)
        assert (shown >= 0).all()
        assert not ((shown > 0) & (shown < noise.smallest)).any()
        assert np.abs(shown - count).max() <= noise.farthest
        assert (shown - count).mean() == pytest.approx(0.0, abs=0.05)
        if count >= noise.farthest + noise.smallest:
            assert (shown - count).var() == pytest.approx(noise.variance, rel=0.06)
    assert (perturb(np.zeros(256, dtype=np.int64), keys, noise) == 0).all()


def test_keys_are_even_and_need_a_secret() -> None:
    keys = record_keys((f"record {n}" for n in range(50_000)), SECRET)
    share = np.bincount(keys, minlength=256) / len(keys) * 256
    assert 0.7 < share.min() < share.max() < 1.3
    other = record_keys(["record 1"], b"another secret of some bytes")
    assert other[0] != keys[1]
    with pytest.raises(InvalidInput, match="secret"):
        record_keys(["x"], b"short")


def test_a_base_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput):
        round_conventional(np.array([1.0]), 1)
