"""Whether hidden cells are far enough from being told, and if not, what would have to be hidden.

The table's own numbers are known here, so they are a first witness for every cell; each optimum of
a programme is one more, for all cells of its part at once. Most cells are proved by witnesses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .attack import Knowledge, Part, parts
from .master import Cut
from .program import Answer
from .rules import Need
from .table import Equations, Floats, Ints, Mask

__all__ = ["Breach", "breaches"]

_CLOSE = 1e-6


@dataclass(frozen=True)
class Breach:
    """A hidden cell that can be told too closely.

    Parameters
    ----------
    cell: its flat number.
    low, high: what follows for it.
    cuts: what any choice of hidden cells has to meet to mend it.
    """

    cell: int
    low: float
    high: float
    cuts: tuple[Cut, ...]


def breaches(
    equations: Equations, values: Floats, hidden: Mask, need: Need, knows: Knowledge
) -> list[Breach]:
    """Every hidden cell that can be told more closely than it needs; empty: it is proved safe."""
    found = []
    for part in parts(equations, values, hidden, knows):
        found += _Witnesses(part, values, need, knows).breaches()
    return found


class _Witnesses:
    """Tables that agree with everything shown, as far as they matter: least and greatest values."""

    def __init__(self, part: Part, values: Floats, need: Need, knows: Knowledge) -> None:
        self._part, self._knows, self._values = part, knows, values
        self.truth = values[part.cells]
        self.low, self.high = self.truth.copy(), self.truth.copy()
        primary = need.primary[part.cells]
        self._below = need.below[part.cells]
        self._above = need.above[part.cells]
        self._width = np.where(primary, need.width[part.cells], need.beside)
        # A cell that everybody knows to lie above a bound can't be kept further down than that.
        self._below = np.minimum(self._below, self.truth - part.least)

    def open(self) -> Ints:
        """Cells that no witnesses have proved yet."""
        slack = _CLOSE * (1 + np.abs(self.truth))
        proved = (
            (self.truth - self.low >= self._below - slack)
            & (self.high - self.truth >= self._above - slack)
            & (self.high - self.low >= self._width - slack)
        )
        return np.flatnonzero(~proved)

    def breaches(self) -> list[Breach]:
        self._look_together()
        found = []
        for cell in self.open():
            if cell in self.open():
                breach = self._look_alone(int(cell))
                if breach is not None:
                    found.append(breach)
        return found

    def _look_together(self) -> None:
        """Move all open cells at once, each no further than it must: one programme for many."""
        part = self._part
        before = len(part) + 1
        while len(waiting := self.open()) > 1 and len(waiting) < before:
            before = len(waiting)
            for sign in (-1.0, 1.0):
                cost = np.zeros(len(part))
                cost[waiting] = sign
                least, most = part.least.copy(), part.most.copy()
                if sign < 0:
                    reach = np.maximum(self.truth + self._above, self.low + self._width)
                    most[waiting] = np.clip(reach, self.truth, part.most)[waiting]
                else:
                    reach = np.minimum(self.truth - self._below, self.high - self._width)
                    least[waiting] = np.clip(reach, part.least, self.truth)[waiting]
                self._remember(part.somewhere(cost, least, most))

    def _look_alone(self, cell: int) -> Breach | None:
        up = self._part.extreme(cell, greatest=True)
        self._remember(up.columns)
        if cell not in self.open():
            return None
        down = self._part.extreme(cell, greatest=False)
        self._remember(down.columns)
        if cell not in self.open():
            return None
        return Breach(
            int(self._part.cells[cell]),
            float(self.low[cell]),
            float(self.high[cell]),
            tuple(self._cuts(cell, up, down)),
        )

    def _remember(self, values: Floats) -> None:
        np.minimum(self.low, values, out=self.low)
        np.maximum(self.high, values, out=self.high)

    def _cuts(self, cell: int, up: Answer, down: Answer) -> list[Cut]:
        rise = self._room(cell, up, greatest=True)
        fall = self._room(cell, down, greatest=False)
        slack = _CLOSE * (1 + abs(self.truth[cell]))
        cuts = []
        for room, wanted, had in (
            (rise, self._above[cell], self.high[cell] - self.truth[cell]),
            (fall, self._below[cell], self.truth[cell] - self.low[cell]),
            (rise + fall, self._width[cell], self.high[cell] - self.low[cell]),
        ):
            if had < wanted - slack:
                cuts.append(self._cut(cell, room, float(wanted)))
        return cuts

    def _room(self, cell: int, answer: Answer, *, greatest: bool) -> Floats:
        """By how much hiding each cell of the table can move this end of the interval, at most."""
        slopes = self._part.slopes(cell, answer, greatest=greatest)
        down = np.maximum(self._values - self._knows.least, 0.0)
        room = np.maximum(slopes, 0.0) * down
        room[slopes < 0] = np.inf
        return room

    def _cut(self, cell: int, room: Floats, wanted: float) -> Cut:
        own = int(self._part.cells[cell])
        wanted -= min(float(room[own]), wanted)
        cells = np.flatnonzero(room > 0)
        cells = cells[cells != own]
        return Cut(own, cells, room[cells], wanted)
