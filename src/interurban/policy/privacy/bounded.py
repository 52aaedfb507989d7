"""Numbers that one person can move only so far: contributions are cut before anything is added."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from interurban.core.errors import InvalidInput

__all__ = ["Bounded", "bounded_count", "bounded_histogram", "bounded_mean", "bounded_sum"]

_MOST_STEPS = 2**31
"""Steps of the grain in the bound of a value. That the sum of any number of rows fits does not
depend on how many there are, which would tell their number."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """True whole numbers, and by how much one person can move them together.

    Parameters
    ----------
    numbers: what noise is added to; never shown.
    sensitivity: by adding or removing one person, in whole numbers, at most.
    grain: what a whole number stands for in the answer.
    """

    numbers: tuple[int, ...]
    sensitivity: int
    grain: float = 1.0


def bounded_count(rows: pa.Table, unit: str | None, most: int) -> Bounded:
    """How many rows there are, of each person at most so many.

    Parameters
    ----------
    unit: column that says whose a row is; ``None``: each row is another person. Rows of nobody are
        left out.
    most: rows of one person that count.

    Raises
    ------
    InvalidInput: ``most`` below 1.
    """
    kept, each = _kept(rows, unit, most)
    return Bounded((int(kept.sum()),), each)


def bounded_histogram(
    rows: pa.Table, field: str, values: Sequence[str], unit: str | None, most: int
) -> Bounded:
    """How many rows have each of the values named beforehand; other values count nowhere.

    Which values occur is the data's secret, so they are named and not looked up.

    Raises
    ------
    InvalidInput: no value, or one twice.
    """
    if not values or len(set(values)) < len(values):
        raise InvalidInput("The values of a histogram are named, each once.", part="values")
    kept, each = _kept(rows, unit, most)
    found = pc.index_in(pc.cast(rows[field], pa.string()), pa.array(values, pa.string()))
    index = np.asarray(pc.fill_null(found, -1), dtype=np.int64)
    counts = np.bincount(index[kept & (index >= 0)], minlength=len(values))
    # All of a person's rows may have one value, which is the farthest that they move the counts
    # in either norm.
    return Bounded(tuple(int(count) for count in counts), each)


def bounded_sum(
    rows: pa.Table,
    field: str,
    low: float,
    high: float,
    unit: str | None,
    most: int,
    grain: float = 1.0,
) -> Bounded:
    """The sum of a field, each value brought between two bounds and to multiples of ``grain``.

    Raises
    ------
    InvalidInput: bounds the wrong way round, or too wide for the grain.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high and grain > 0):
        raise InvalidInput("A sum is of values between a lower and an upper bound.", part="between")
    kept, each = _kept(rows, unit, most)
    largest = math.ceil(max(abs(low), abs(high)) / grain)
    if largest * each >= _MOST_STEPS:
        raise InvalidInput("The bounds are too wide for so fine a grain.", part="grain")
    numbers = np.asarray(pc.cast(rows[field], pa.float64(), safe=False), dtype=np.float64)
    kept &= ~np.isnan(numbers)
    steps = np.rint(np.clip(numbers[kept], low, high) / grain).astype(np.int64)
    return Bounded((int(steps.sum()),), each * largest, grain)


def bounded_mean(
    rows: pa.Table,
    field: str,
    low: float,
    high: float,
    unit: str | None,
    most: int,
    grain: float = 1.0,
) -> tuple[Bounded, Bounded]:
    """The sum of a field's distances from the middle of its bounds, and how many values it has.

    About the middle a person moves the sum half as far as about 0, at most.
    """
    middle = (low + high) / 2
    kept, each = _kept(rows, unit, most)
    numbers = np.asarray(pc.cast(rows[field], pa.float64(), safe=False), dtype=np.float64)
    counted = rows.filter(pa.array(kept & ~np.isnan(numbers)))
    shifted = pa.table(
        {field: pc.subtract(pc.cast(counted[field], pa.float64(), safe=False), middle)}
    )
    total = bounded_sum(shifted, field, low - middle, high - middle, None, 1, grain)
    total = Bounded(total.numbers, total.sensitivity * each, grain)
    return total, Bounded((counted.num_rows,), each)


def _kept(rows: pa.Table, unit: str | None, most: int) -> tuple[NDArray[np.bool_], int]:
    """Which rows count, and how many of them can be one person's."""
    if most < 1:
        raise InvalidInput("At least one row of a person counts.", part="most")
    if unit is None:
        return np.ones(rows.num_rows, dtype=bool), 1
    column = rows[unit].combine_chunks()
    named = np.asarray(pc.is_valid(column))
    owner = np.asarray(pc.fill_null(column.dictionary_encode().indices, -1), dtype=np.int64)
    order = np.argsort(owner, kind="stable")
    owners = owner[order]
    first = np.flatnonzero(np.diff(owners, prepend=-2))
    rank = np.arange(len(owners)) - np.repeat(first, np.diff(np.append(first, len(owners))))
    kept = np.zeros(rows.num_rows, dtype=bool)
    kept[order] = rank < most
    return kept & named, most
