"""One run of consecutive rows of a synthetic event table, and the draws its columns are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .ground import Ground, Spots, uniform
from .lattice import Integers
from .rhythm import Calendar, Instants
from .seeds import generator

__all__ = ["BLOCK_ROWS", "Batch", "Columns", "coded"]

BLOCK_ROWS = 131_072
"""Rows drawn from one random stream; chunks are whole blocks, so they never change a row."""

Columns = Mapping[str, pa.Array]


@dataclass(frozen=True)
class Batch:
    """Rows ``first`` to ``first + rows`` of ``total`` rows of a dataset.

    Parameters
    ----------
    stream: the dataset's name, which salts every draw.
    """

    ground: Ground
    calendar: Calendar
    stream: str
    first: int
    rows: int
    total: int

    @cached_property
    def rng(self) -> np.random.Generator:
        """The block's own stream of random numbers."""
        return generator(self.ground.seed, self.stream, self.first // BLOCK_ROWS)

    @cached_property
    def numbers(self) -> Integers:
        """1-based numbers of these rows in the whole table."""
        return np.arange(self.first + 1, self.first + self.rows + 1, dtype=np.int64)

    @cached_property
    def days(self) -> Integers:
        """The day of each row; rows come in the order of days."""
        share = (self.numbers - self.rng.random(self.rows)) / self.total
        return self.calendar.days(share)

    def ids(self, prefix: str, numbers: Integers | None = None) -> pa.Array:
        """Text ids: a prefix and a number."""
        text = pc.cast(pa.array(self.numbers if numbers is None else numbers), pa.string())
        return pc.binary_join_element_wise(prefix, text, "")

    def pick(
        self, labels: Sequence[str | None], weights: Sequence[float] | None = None
    ) -> pa.DictionaryArray:
        """One label for each row, by weight (any scale)."""
        return coded(self.draw(len(labels), weights), labels)

    def draw(self, count: int, weights: Sequence[float] | None = None) -> Integers:
        """One position in 0..count for each row, by weight (any scale)."""
        share = np.ones(count) if weights is None else np.asarray(weights, dtype=np.float64)
        cumulative = np.cumsum(share / share.sum())
        found = np.searchsorted(cumulative, self.rng.random(self.rows), side="right")
        return np.minimum(found, count - 1).astype(np.int64)

    def chance(self, probability: float) -> npt.NDArray[np.bool_]:
        """True in that share of the rows."""
        return np.asarray(self.rng.random(self.rows) < probability)

    def anywhere(self) -> Spots:
        """A place for each row, where things happen in this city."""
        return self.ground.spots(self.rng.random((3, self.rows)))

    def sites(self, count: int) -> tuple[Integers, Spots]:
        """One of ``count`` lasting places for each row (0-based), some visited far more often."""
        site = (self.rng.random(self.rows) ** 1.3 * count).astype(np.int64)
        return site, self.ground.spots(np.stack([uniform(site, salt) for salt in (11, 12, 13)]))

    def instants(self, hours: str) -> Instants:
        """An instant in UTC for each row, on its day."""
        return self.calendar.instants(self.days, self.rng, hours)

    def later(self, mean_days: float) -> Integers:
        """Whole days from each row's day to something that follows it; capped at ten means."""
        days = self.rng.exponential(mean_days, self.rows)
        return np.minimum(days, 10 * mean_days).astype(np.int64)

    def past(self, days: Integers) -> npt.NDArray[np.bool_]:
        """Whether such a day is still to come when the record ends."""
        return np.asarray(days >= len(self.calendar.cumulative))

    def place(self, spots: Spots) -> dict[str, pa.Array]:
        """The columns that say where: address, area, and the point itself."""
        usual = self.ground.usual
        area = self.ground.area_of(spots)
        address = (2 * spots.block + spots.side).astype(np.int32)
        return {
            "address": pa.DictionaryArray.from_arrays(address, self.ground.addresses),
            "area_id": coded(area, usual.ids),
            "area_name": coded(area, usual.names),
            "longitude": pa.array(spots.lon),
            "latitude": pa.array(spots.lat),
        }


def coded(positions: Integers, labels: Sequence[str | None]) -> pa.DictionaryArray:
    """Labels by position, stored as a dictionary; equal labels share a code, None is missing."""
    unique = list(dict.fromkeys(label for label in labels if label is not None))
    code = {label: n for n, label in enumerate(unique)}
    table = np.array([-1 if label is None else code[label] for label in labels], dtype=np.int32)
    codes = table[positions]
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, mask=codes < 0), pa.array(unique, pa.string())
    )
