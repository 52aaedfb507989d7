"""Which cells to hide beside the sensitive ones, at the least loss: the master programme.

A column of 0 or 1 for each cell that may be hidden. The rows are *cuts*: what every good choice
must meet. The first ones come from each equation alone; the audit gives more (``Capacity``), until
a choice passes it. This is the cutting-plane method of Fischetti and Salazar-González (2001),
*Solving the cell suppression problem on tabular data with linear constraints*, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .program import IntegerProgram, Rows
from .rules import Need
from .table import Equations, Floats, Ints, Mask

__all__ = ["Choice", "Cut", "Master"]


@dataclass(frozen=True)
class Cut:
    """The hidden ones among some cells must make room for another one.

    ``sum(room[j] for hidden cells j) >= wanted``, if the cell ``of`` is hidden.

    Parameters
    ----------
    cells: flat numbers, shape ``(n,)``; ``of`` is not among them.
    room: by how much each of them, if hidden, lets the interval of ``of`` grow, at most.
    """

    of: int
    cells: Ints
    room: Floats
    wanted: float


@dataclass(frozen=True)
class Choice:
    """Cells to hide, and the loss that no choice under the same cuts can go below."""

    hidden: Mask
    bound: float


class Master:
    """The programme, with the cuts found so far.

    Parameters
    ----------
    loss: what is lost by hiding each cell, shape ``(cells,)``.
    free: cells that may be hidden and are not sensitive, shape ``(cells,)``.
    spare: how far each number lies above the least that everybody knows of it.
    """

    def __init__(
        self, equations: Equations, need: Need, loss: Floats, free: Mask, spare: Floats
    ) -> None:
        self._need, self._free = need, free
        self._cells = np.flatnonzero(free)
        self._column = np.full(equations.cells, -1)
        self._column[self._cells] = np.arange(len(self._cells))
        count = equations.counts(need.primary)
        # A row without a sensitive cell needs a switch: none of its cells is hidden, or two.
        idle = np.flatnonzero((count == 0) & (equations.counts(free) > 0))
        switch = np.full(len(equations), -1)
        switch[idle] = len(self._cells) + np.arange(len(idle))
        size = len(self._cells) + len(idle)
        whole = np.zeros(size, dtype=bool)
        whole[: len(self._cells)] = True
        self._loss = np.zeros(size)
        self._loss[: len(self._cells)] = loss[self._cells]
        self._program = IntegerProgram(
            self._loss, whole, _pairs(equations, free, count, switch, self._column)
        )
        for cut in _row_cuts(equations, need, free, spare):
            self.add(cut)

    def add(self, cut: Cut) -> None:
        """Another thing that every good choice must meet."""
        sensitive = self._need.primary[cut.cells]
        wanted = cut.wanted - float(cut.room[sensitive].sum())
        if wanted <= 1e-9:
            return
        kept = self._free[cut.cells] & (cut.room > 0)
        # No cell has to make more room than is wanted, so no coefficient need be larger: the
        # programme's relaxation becomes tighter, and its numbers of one size.
        room = np.minimum(cut.room[kept] / wanted, 1.0)
        column = self._column[cut.cells[kept]]
        if self._need.primary[cut.of]:
            self._program.add(column, room, 1.0)
        else:
            own = self._column[cut.of]
            self._program.add(np.append(column, own), np.append(room, -1.0), 0.0)

    def choose(self, seconds: float, gap: float) -> Choice | None:
        """The cheapest choice found in the time; ``None`` when none was."""
        hidden = self._need.primary.copy()
        if not len(self._loss):
            return Choice(hidden, 0.0)
        found = self._program.minimise(seconds, gap)
        if found is None:
            return None
        hidden[self._cells] = found.columns[: len(self._cells)] > 0.5
        return Choice(hidden, max(found.bound, 0.0))


def _pairs(
    equations: Equations, free: Mask, primary_count: Ints, switch: Ints, column: Ints
) -> Rows:
    """No cell is hidden alone in a row: the others would tell it by subtraction."""
    entry = np.flatnonzero(free[equations.cell])
    cell, row = column[equations.cell[entry]], equations.row[entry]
    switched = switch[row] >= 0
    # Every hidden cell of an idle row turns its switch on ...
    on = np.stack([switch[row[switched]], cell[switched]], axis=1)
    # ... and a switch that is on asks for two; beside a lone sensitive cell stands another.
    lone = primary_count[row] == 1
    asked, wanted, kept = [], [], []
    for rows, at_least in ((row[switched], 2.0), (row[lone], 1.0)):
        for number in np.unique(rows):
            columns = cell[row == number]
            asked.append(np.append(columns, switch[number]) if at_least == 2 else columns)
            kept.append(np.append(np.ones(len(columns)), -2.0) if at_least == 2 else None)
            wanted.append(0.0 if at_least == 2 else 1.0)
    lengths = [2] * len(on) + [len(columns) for columns in asked]
    values = [np.tile([1.0, -1.0], len(on))]
    values += [np.ones(len(c)) if v is None else v for c, v in zip(asked, kept, strict=True)]
    return Rows(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate([on.reshape(-1), *asked]).astype(np.int64),
        np.concatenate(values),
        np.concatenate([np.zeros(len(on)), wanted]),
        np.full(len(lengths), np.inf),
    )


def _row_cuts(equations: Equations, need: Need, free: Mask, spare: Floats) -> list[Cut]:
    """What one equation alone asks for: the sensitive cell moves only as far as others give way.

    A cell can rise as far as those on its side of the equation can fall, or without end with one
    on the other side.
    """
    cuts = []
    may = free | need.primary
    for number in np.flatnonzero(equations.counts(need.primary)):
        span = slice(equations.start[number], equations.start[number + 1])
        cells, sign = equations.cell[span], equations.sign[span]
        usable = may[cells]
        for position in np.flatnonzero(need.primary[cells]):
            cell = int(cells[position])
            wanted = max(need.width[cell] - spare[cell], need.above[cell])
            others = usable.copy()
            others[position] = False
            same = sign[others] == sign[position]
            room = np.where(same, spare[cells[others]], np.inf)
            cuts.append(Cut(cell, cells[others], room, float(wanted)))
    return cuts
