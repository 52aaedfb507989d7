"""Rounding to a base: every number a multiple of 5, say.

Sources: Hundepool et al., *Statistical Disclosure Control* (2012), section 5.4; for controlled
rounding Cox and Ernst (1982), *Controlled rounding*, and Salazar-González (2005), *A unified
mathematical programming framework for different statistical disclosure limitation methods*.
"""

from __future__ import annotations

import numpy as np

from interurban.core.errors import InvalidInput

from .program import IntegerProgram, Rows
from .table import Floats, Table

__all__ = ["round_controlled", "round_conventional", "round_random"]

_FARTHEST = 3
_SECONDS = 30.0


def round_conventional(values: Floats, base: int) -> Floats:
    """The nearest multiple of ``base``; halfway goes up. Totals no longer add up."""
    _check(base)
    return np.asarray(np.floor(values / base + 0.5) * base)


def round_random(values: Floats, base: int, seed: int) -> Floats:
    """One of the two multiples around each number, by chance, so that it is right on average.

    The nearer one is the likelier. The same seed and table give the same numbers. Totals no longer
    add up.
    """
    _check(base)
    below = np.floor(values / base)
    up = np.random.default_rng(seed).random(values.shape) < values / base - below
    return np.asarray((below + up) * base)


def round_controlled(table: Table, base: int) -> Table:
    """Multiples of ``base`` whose totals add up, as near to the numbers as that can be.

    With two flat axes each number becomes one of the two multiples around it, and a multiple stays
    (zero-restricted). With three axes or more levels there may be no such table; then a number may
    move by one multiple more, and so on up to three.

    Raises
    ------
    InvalidInput: numbers below 0, or no such table.
    """
    _check(base)
    if not (np.isfinite(table.flat) & (table.flat >= 0)).all():
        raise InvalidInput("Controlled rounding needs a number from 0 up in each cell.")
    for reach in range(_FARTHEST):
        rounded = _controlled(table, base, reach)
        if rounded is not None:
            return rounded
    raise InvalidInput(
        f"The table can't be rounded to {base} so that it adds up.",
        advice="Use a smaller base, or conventional rounding.",
    )


def _controlled(table: Table, base: int, reach: int) -> Table | None:
    """The nearest table when cells may move ``reach`` multiples past the two around them."""
    multiples = table.flat / base
    low = np.floor(multiples + 1e-9)
    high = np.ceil(multiples - 1e-9)
    low, high = np.maximum(low - reach, 0), np.where(multiples > 0, high + reach, 0)
    steps = (high - low).astype(np.int64)
    cell = np.repeat(np.arange(len(steps)), steps)
    first = np.concatenate([[0], np.cumsum(steps)])
    step = np.arange(len(cell)) - first[cell]
    # Distances are convex, so the steps of a cell are taken in their order by themselves.
    at = low[cell] + step
    cost = np.abs(at + 1 - multiples[cell]) - np.abs(at - multiples[cell])
    equations = table.equations
    lengths = steps[equations.cell]
    begins = np.repeat(first[equations.cell] - (np.cumsum(lengths) - lengths), lengths)
    rows = Rows(
        np.concatenate([[0], np.cumsum(lengths)])[equations.start],
        begins + np.arange(int(lengths.sum())),
        np.repeat(equations.sign, lengths),
        -equations.sums(low),
        -equations.sums(low),
    )
    if not len(cell):
        return table
    program = IntegerProgram(cost, np.ones(len(cell), dtype=bool), rows)
    found = program.minimise(_SECONDS, 1e-4)
    if found is None:
        return None
    taken = np.bincount(cell, np.round(found.columns), minlength=len(steps))
    return Table(table.axes, ((low + taken) * base).reshape(table.values.shape))


def _check(base: int) -> None:
    if base < 2:
        raise InvalidInput(f"Numbers can't be rounded to multiples of {base}.", part="base")
