"""How many points a tile can hold, from one count of cells a snapshot, without a query."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interurban.query.grid import morton_key

__all__ = ["LEVEL", "Occupancies", "Occupancy"]

LEVEL = 14
"""Cells of 1.5 to 2.4 km in a city: tiles up to this zoom are counted exactly."""

_MOST_CELLS = 250_000


@dataclass(frozen=True, slots=True)
class Occupancy:
    """The points of a snapshot, counted by cell.

    Parameters
    ----------
    level: of the cells; ``cells``: Morton numbers of those with points, ascending.
    before: points in the cells before each one, and at last in all; one longer than ``cells``.
    """

    level: int
    cells: npt.NDArray[np.uint64]
    before: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls, level: int, cells: npt.NDArray[np.uint64], counts: npt.NDArray[np.int64]
    ) -> Occupancy:
        """From the count of each cell; cells are joined where there are too many to keep."""
        before = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
        while len(cells) > _MOST_CELLS:
            level, cells = level - 1, cells >> np.uint64(2)
            first = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1])))
            cells, before = cells[first], before[np.concatenate((first, [len(before) - 1]))]
        return cls(level, cells, before)

    def held(self, z: int, x: int, y: int) -> tuple[int, bool]:
        """Points that a tile holds, and whether that is exact; else it holds so many at most."""
        tile, finer = morton_key(x, y), 2 * (self.level - z)
        if finer >= 0:
            first, end = tile << finer, tile + 1 << finer
        else:
            first = tile >> -finer
            end = first + 1
        low, high = np.searchsorted(self.cells, np.array([first, end], np.uint64))
        return int(self.before[high] - self.before[low]), finer >= 0


class Occupancies:
    """Those of the snapshots asked for last; the least recently asked is forgotten first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[tuple[str, ...], Occupancy] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, table: tuple[str, ...], count: Callable[[], Occupancy]) -> Occupancy:
        """That of a table, which never changes; counted now if it is not known."""
        with self._lock:
            found = self._known.get(table)
            if found is not None:
                self._known.move_to_end(table)
                return found
        counted = count()
        with self._lock:
            self._known[table] = counted
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return counted
