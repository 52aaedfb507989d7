"""What follows from a published table for the numbers it hides.

The hidden numbers are the unknowns of a linear programme: the table's equations hold, shown numbers
are known, and each hidden one is at least and at most what everybody knows beforehand. Its least
and its greatest possible value, given all that, are its *interval* (Fischetti and Salazar-González
2001, *Solving the cell suppression problem on tabular data with linear constraints*, eq. 4-5).

Unknowns that share an equation, directly or through others, form a part; parts are attacked alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .program import Answer, LinearProgram, Rows
from .table import Equations, Floats, Ints, Mask, added

__all__ = ["Knowledge", "Part", "components", "parts"]

_PASSES = 10


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What everybody knows of a hidden number before looking at the table.

    Parameters
    ----------
    least: it is at least this: one number for all, or one for each cell, shape ``(cells,)``. Where
        a table hides no zeros, a hidden count is at least 1.
    most: it is at most this, as above.
    whole: it is a whole number.
    """

    least: float | Floats = 0.0
    most: float | Floats = np.inf
    whole: bool = True


class Part:
    """Hidden cells that hang together, and the programme over their possible values.

    Parameters
    ----------
    cells: flat numbers of the hidden cells, shape ``(n,)``.
    rows: numbers of the equations they stand in.
    values: of all cells of the table; what stands at hidden ones is not looked at.
    """

    def __init__(
        self,
        equations: Equations,
        cells: Ints,
        rows: Ints,
        values: Floats,
        hidden: Mask,
        knows: Knowledge,
    ) -> None:
        self.cells, self.rows = cells, rows
        self._equations = equations
        wanted = np.zeros(len(equations), dtype=bool)
        wanted[rows] = True
        entries = wanted[equations.row]
        unknown = entries & hidden[equations.cell]
        known = entries & ~hidden[equations.cell]
        size = len(equations)
        shown = added(
            equations.row[known], equations.sign[known] * values[equations.cell[known]], size
        )[rows]
        local = np.zeros(equations.cells, dtype=np.int64)
        local[cells] = np.arange(len(cells))
        lengths = np.bincount(equations.row[unknown], minlength=size)[rows]
        self.least = np.broadcast_to(knows.least, len(local))[cells].astype(np.float64)
        # A finite stand-in for "without end", far above whatever the shown numbers allow.
        self._endless = 10 * float(np.abs(shown).sum()) + 1_000
        most = np.broadcast_to(knows.most, len(local))[cells]
        self.most = np.minimum(most, self._endless)
        self._entry = local[equations.cell[unknown]]
        self._sign = equations.sign[unknown]
        self._lengths, self._shown = lengths, shown
        start = np.concatenate([[0], np.cumsum(lengths)])
        self._program = LinearProgram(
            self.least, self.most, Rows(start, self._entry, self._sign, -shown, -shown)
        )
        self._entries = np.flatnonzero(entries)
        self._row_of = np.zeros(size, dtype=np.int64)
        self._row_of[rows] = np.arange(len(rows))

    def __len__(self) -> int:
        return len(self.cells)

    def extreme(self, cell: int, *, greatest: bool) -> Answer:
        """A table that agrees with everything, in which one cell is as small or great as can be."""
        cost = np.zeros(len(self))
        cost[cell] = -1.0 if greatest else 1.0
        return self._program.minimise(cost)

    def somewhere(self, cost: Floats, least: Floats, most: Floats) -> Floats:
        """A table that agrees with everything and lies between bounds: one value for each cell."""
        self._program.bound(least, most)
        found = self._program.minimise(cost).columns
        self._program.bound(self.least, self.most)
        return found

    def bounds(self) -> tuple[Floats, Floats]:
        """Least and greatest values that follow from one sum after the other: never too close."""
        least, most = self.least.copy(), self.most.copy()
        row = np.repeat(np.arange(len(self._lengths)), self._lengths)
        up = self._sign > 0
        for _ in range(_PASSES):
            # Each term lies between its ends, so what is left of the sum bounds each other term.
            low = np.where(up, least[self._entry], -most[self._entry])
            high = np.where(up, most[self._entry], -least[self._entry])
            lowest = added(row, low, len(self._lengths))[row] - low
            highest = added(row, high, len(self._lengths))[row] - high
            ceiling, floor = -self._shown[row] - lowest, -self._shown[row] - highest
            np.minimum.at(most, self._entry, np.where(up, ceiling, -floor))
            np.maximum.at(least, self._entry, np.where(up, floor, -ceiling))
        return least, np.maximum(most, least)

    def turns(self) -> Ints:
        """A turn for each cell: those of one turn share no short sum."""
        row = np.repeat(np.arange(len(self._lengths)), self._lengths)
        shortest = np.full(len(self), len(self._lengths))
        by_length = np.lexsort((-self._lengths[row],))
        shortest[self._entry[by_length]] = row[by_length]
        order = np.argsort(shortest, kind="stable")
        first = np.flatnonzero(np.diff(shortest[order], prepend=-1))
        sizes = np.diff(np.append(first, len(order)))
        turn = np.empty(len(self), dtype=np.int64)
        turn[order] = np.arange(len(order)) - np.repeat(first, sizes)
        return turn

    def ended(self, values: Floats) -> Floats:
        """The same values, with infinity where only the stand-in for it ended them."""
        return np.where(values > self._endless / 5, np.inf, values)

    def slopes(self, cell: int, answer: Answer, *, greatest: bool) -> Floats:
        """Reduced costs of *all* cells of the table, shown ones too, at an extreme of one cell.

        They say by which cells, if they were hidden as well, the extreme would move, and by how
        much at most: the coefficients of a capacity cut.
        """
        equations = self._equations
        entry = self._entries
        weight = equations.sign[entry] * answer.duals[self._row_of[equations.row[entry]]]
        slopes = -added(equations.cell[entry], weight, equations.cells)
        slopes[self.cells[cell]] += -1.0 if greatest else 1.0
        slopes[np.abs(slopes) < 1e-9] = 0.0
        return slopes


def parts(equations: Equations, values: Floats, hidden: Mask, knows: Knowledge) -> Iterator[Part]:
    """The hidden cells of a table, in the parts that hang together.

    A hidden cell that stands in no equation at all has no part: nothing but what everybody knows
    beforehand holds it.
    """
    entries = hidden[equations.cell]
    cell, row = equations.cell[entries], equations.row[entries]
    component = components(equations, hidden)
    order = np.argsort(component[cell], kind="stable")
    cell, row = cell[order], row[order]
    borders = np.flatnonzero(np.diff(component[cell])) + 1
    for cells, rows in zip(np.split(cell, borders), np.split(row, borders), strict=True):
        if len(cells):
            yield Part(equations, np.unique(cells), np.unique(rows), values, hidden, knows)


def components(equations: Equations, among: Mask) -> Ints:
    """A number for each cell, the same for those that equations join; -1 outside ``among``."""
    entries = among[equations.cell]
    cell, row = equations.cell[entries], equations.row[entries]
    label = np.arange(equations.cells)
    while True:
        least = np.full(len(equations), equations.cells)
        np.minimum.at(least, row, label[cell])
        joined = label.copy()
        np.minimum.at(joined, cell, least[row])
        # A label is a cell of the same component, so that one's label may be taken over at once.
        joined = np.minimum(joined, joined[joined])
        if np.array_equal(joined, label):
            return np.where(among, label, -1)
        label = joined
