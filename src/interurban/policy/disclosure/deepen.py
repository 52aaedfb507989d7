"""Deeper cuts: of all that follow from one breach, one that asks the most of the fewest cells.

The plain cut of an attack is taken where shown cells can't move at all. Many cuts are equal there,
and most ask for next to nothing: any of fifty cells would do. Here shown cells may move a little,
so that the attack pays for each cell of its cut, and the cheapest cut names few. Source: the
deepest cuts of Magnanti and Wong (1981), *Accelerating Benders decomposition*, with the core point
moved toward the proposal as by Ben-Ameur and Neto (2007), *Acceleration of cutting-plane and
column generation algorithms*.
"""

from __future__ import annotations

import numpy as np

from .master import Cut
from .program import LinearProgram, Rows
from .rules import Need
from .shield import Breach
from .table import Equations, Floats, Mask, added

__all__ = ["Deepener"]

_ASIDE = (0.05, 0.002)
"""How far shown cells may move, as a share of what they could if they were hidden."""

_TINY = 1e-9


class Deepener:
    """The moves of a table's numbers that leave all its sums as they are.

    Parameters
    ----------
    may: cells that are hidden or may be.
    spare: how far each number lies above the least that everybody knows of it.
    """

    def __init__(self, equations: Equations, need: Need, may: Mask, spare: Floats) -> None:
        self._equations, self._need = equations, need
        self._cells = np.flatnonzero(may)
        self._spare = spare
        column = np.full(equations.cells, -1)
        column[self._cells] = np.arange(len(self._cells))
        self._column = column
        kept = may[equations.cell]
        self._cell, self._row = equations.cell[kept], equations.row[kept]
        self._sign = equations.sign[kept]
        lengths = np.bincount(self._row, minlength=len(equations))
        nothing = np.zeros(len(equations))
        rows = Rows(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            column[self._cell],
            self._sign,
            nothing,
            nothing,
        )
        self._program = LinearProgram(np.zeros(len(self._cells)), np.zeros(len(self._cells)), rows)

    @property
    def size(self) -> int:
        """How many cells may move."""
        return len(self._cells)

    def cuts(self, breaches: list[Breach], hidden: Mask) -> list[Cut]:
        """A cut or more for each breach, each of which the hidden cells fail."""
        found: dict[int, list[Cut]] = {}
        for aside in _ASIDE:
            for breach in breaches:
                if not found.get(breach.cell):
                    found[breach.cell] = self._deep(breach, hidden, aside)
        return [cut for breach in breaches for cut in found[breach.cell] or breach.cuts]

    def _deep(self, breach: Breach, hidden: Mask, aside: float) -> list[Cut]:
        cell, need = breach.cell, self._need
        width = need.width[cell] if need.primary[cell] else need.beside
        far = float(max(width, need.above[cell], need.below[cell]))
        share = np.where(hidden[self._cells], 1.0, aside)
        down = np.minimum(self._spare[self._cells], far)
        self._program.bound(-down * share, far * share)
        rise = self._room(cell, greatest=True)
        fall = self._room(cell, greatest=False)
        cuts = []
        for room, wanted in (
            (rise, float(need.above[cell])),
            (fall, float(need.below[cell])),
            (rise + fall, float(width)),
        ):
            left = wanted - float(min(room[cell], wanted))
            others = np.flatnonzero(room > 0)
            others = others[others != cell]
            made = float(np.minimum(room[others], left)[hidden[others]].sum())
            if left > 0 and made < left * (1 - 1e-6):
                cuts.append(Cut(cell, others, room[others], left))
        return cuts

    def _room(self, cell: int, *, greatest: bool) -> Floats:
        """By how much hiding each cell lets one move, at most, at the cheapest cut around it."""
        cost = np.zeros(len(self._cells))
        cost[self._column[cell]] = -1.0 if greatest else 1.0
        duals = self._program.minimise(cost).duals
        slopes = -added(self._cell, self._sign * duals[self._row], self._equations.cells)
        slopes[self._cells] += cost
        room = np.where(slopes > _TINY, slopes * self._spare, 0.0)
        room[slopes < -_TINY] = np.inf
        return room
