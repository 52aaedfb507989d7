"""The intervals of an audit are those that trying every table gives."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from interurban.policy.disclosure import Knowledge, Table, audit

from .tables import counts


@pytest.mark.parametrize("seed", range(6))
def test_intervals_are_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = counts(2, 3, seed=seed, mean=2.0)
    hidden = np.zeros(table.values.shape, dtype=bool)
    hidden[rng.integers(1, 3, 4), rng.integers(1, 4, 4)] = True
    hidden[rng.integers(1, 3), 0] = True
    told = audit(Table(table.axes, np.where(hidden, np.nan, table.values)))
    unknown = np.flatnonzero(hidden.reshape(-1))
    total = int(table.values[0, 0])
    possible = []
    for leaves in itertools.product(range(total + 1), repeat=int((hidden & table.leaf).sum())):
        guess = table.values.copy()
        guess[hidden & table.leaf] = leaves
        guess[1:, 0] = guess[1:, 1:].sum(axis=1)
        guess[0, 1:] = guess[1:, 1:].sum(axis=0)
        guess[0, 0] = guess[1:, 0].sum()
        if (guess[~hidden] == table.values[~hidden]).all():
            possible.append(guess.reshape(-1)[unknown])
    assert told.low.reshape(-1)[unknown].tolist() == np.min(possible, axis=0).tolist()
    assert told.high.reshape(-1)[unknown].tolist() == np.max(possible, axis=0).tolist()


def test_what_everybody_knows_of_a_number_narrows_its_interval() -> None:
    table = counts(3, 3, seed=3, mean=30.0)
    values = table.values.copy()
    values[1:3, 1:3] = np.nan
    free = audit(Table(table.axes, values))
    bounded = audit(Table(table.axes, values), Knowledge(least=2.0))
    assert (bounded.low >= free.low).all()
    assert bounded.narrowest < free.narrowest
