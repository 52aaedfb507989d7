"""Counts of pairs, as who lives here and goes there, with small ones hidden: a sparse table.

Rows and columns have totals that everybody may know, so hidden pairs are a bipartite graph: what
one gains, another of its row and another of its column must lose. A pair can be told exactly when
no cycle of hidden pairs runs through it (Gusfield 1988, *A graph theoretic approach to statistical
data security*, SIAM J. Comput. 17), and how closely otherwise is a question of flows in that graph,
which the linear programmes of ``attack`` answer exactly. What has to be hidden beside a pair is the
cheapest such flow (``repair``). Only pairs that there are, are cells: a thousand rows by a hundred
columns cost no more than their pairs.

Three things make it safe where hiding alone can't:

- a **remainder**, what a total has beyond its listed pairs, is a cell too. Where a publisher left
  small pairs out, the remainder of an area may be one pupil, as good as told;
- a row whose numbers are all so small that its total tells them is shown **without its total**;
- a column like that is **withheld**: how many it has is told, and not where from, since columns'
  totals are taken to be known whatever is done here.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from interurban.core.errors import InvalidInput, ModelError
from interurban.core.pairs import HiddenPairs, Untold

from .attack import Knowledge, parts
from .repair import Repair
from .rules import Need
from .shield import Breach, breaches
from .table import Equations, Floats, Ints, Mask

__all__ = ["hide_pairs"]

_MOST_ROUNDS = 100
_SLACK = 1e-6
_DEARER = 1.5
"""At most so many times its loss a pair counts for by the secret: 20 then stands for 5 to 60."""


def hide_pairs(
    row: Ints,
    column: Ints,
    counts: Floats,
    row_totals: Floats,
    column_totals: Floats,
    below: int,
    before: Untold | None = None,
    secret: int | None = None,
) -> HiddenPairs:
    """Hide small counts and as many others as keep them from being worked out.

    A hidden number, and a small remainder of a total, can never be told to within ``below``, also
    by somebody who knows the totals of all columns and those of rows that are told. Where totals
    have more than their pairs and no pair is small, small ones were left out before, and it is
    known of each pair that is listed that it is none of them.

    Parameters
    ----------
    row, column: (pairs,), each pair once.
    counts: (pairs,), whole numbers, none below 0; 0 is told.
    row_totals, column_totals: (rows,), (columns,), at least the sums of their pairs.
    below: a count from 1 up to and without this is small.
    before: what earlier versions did not tell; it is not told now either, so that whoever kept
        them has no more numbers of the same pairs than this version shows.
    secret: decides what is hidden beside small counts where several ways cost about as much. Who
        does not know it can't find the table that these pairs were chosen for by trying this very
        function on all that it could be.

    Raises
    ------
    InvalidInput: counts that are not whole, a pair twice, or totals below their sums.
    ModelError: no end was found.
    """
    table = _Pairs(row, column, counts, row_totals, column_totals, below, before)
    table.tilt(secret)
    if not len(counts):
        none = np.zeros(0, dtype=bool)
        return HiddenPairs(none, none, counts, counts, np.zeros(len(row_totals), dtype=bool))
    for _ in range(_MOST_ROUNDS):
        table.give_up_hopeless()
        if table.withheld_columns.all():
            table.untold_rows[:] = True
            return table.result(np.zeros(table.size, dtype=bool))
        hidden = table.widened()
        if hidden is not None:
            return table.result(hidden)
    raise ModelError("The pairs can't be made safe, whatever is hidden of them.")


class _Repairs:
    """Ways to give a cell room: among cells near it, and if there is none, among all."""

    def __init__(
        self, equations: Equations, loss: Floats, among: tuple[Mask, ...], spare: Floats
    ) -> None:
        self._make = [partial(Repair, equations, loss, may, spare) for may in among]
        self._made: list[Repair] = []

    def beside(self, cell: int, by: float, hidden: Mask) -> Mask | None:
        """The cells hidden so far and those that let one rise so far; ``None``: none do."""
        for position, make in enumerate(self._make):
            if position == len(self._made):
                self._made.append(make())
            wider = self._made[position].beside(cell, by, hidden, up=True)
            if wider is not None:
                return wider
        return None


class _Pairs:
    """The cells: pairs, remainders of rows and of columns, totals of rows and of columns.

    They stand one after the other in this order, and at the end how many are withheld in all.
    What changes while a way is looked for is which columns are withheld and which totals of rows
    are not told.
    """

    def __init__(
        self,
        row: Ints,
        column: Ints,
        counts: Floats,
        row_totals: Floats,
        column_totals: Floats,
        below: int,
        before: Untold | None,
    ) -> None:
        self.row, self.column, self.counts = row, column, counts
        self.row_totals, self.column_totals = row_totals, column_totals
        self.below = below
        self.pairs, self.rows, self.columns = len(counts), len(row_totals), len(column_totals)
        self._check()
        self.least = 1.0
        self.withheld_columns = np.zeros(self.columns, dtype=bool)
        self.untold_rows = (row_totals > 0) & (row_totals < below)
        self.untold_pairs = np.zeros(self.pairs, dtype=bool)
        self.dearer = np.ones(self.size)
        self.unlisted = np.maximum(column_totals - self._by_column(counts), 0.0)
        # Nobody goes to a column that is not here, so that what rows have beyond their listed
        # pairs is what withheld columns have together: everybody knows it.
        self.closed = not self.remainders.any()
        smallest = float(counts[counts > 0].min(initial=np.inf))
        if not self.closed and below <= smallest < np.inf:
            # Whoever left small pairs out has told that those listed are none of them.
            self.least = float(below)
        if before is not None:
            self.withheld_columns |= before.columns
            self.untold_rows |= before.rows
            self.untold_pairs |= before.pairs & (counts > 0)

    def tilt(self, secret: int | None) -> None:
        """Make some pairs dearer than they are, as a secret has it."""
        if secret is not None:
            rng = np.random.default_rng(secret)
            self.dearer[: self.pairs] = rng.uniform(1.0, _DEARER, self.pairs)

    def _check(self) -> None:
        counts = self.counts
        whole = np.isfinite(counts).all() and (counts >= 0).all() and (counts % 1 == 0).all()
        if not whole:
            raise InvalidInput("Counts of pairs are whole numbers, none below 0 and none missing.")
        if len(np.unique(self.row * self.columns + self.column)) < self.pairs:
            raise InvalidInput("A pair is listed twice.", advice="Add its numbers up first.")
        short = self.row_totals - self._by_row(counts), self.column_totals - self._by_column(counts)
        if min(each.min(initial=0.0) for each in short) < -_SLACK:
            raise InvalidInput(
                "A total is less than the sum of its pairs.",
                advice="A total counts all, also those that are not listed.",
            )

    def _by_row(self, values: Floats) -> Floats:
        return np.bincount(self.row, values, self.rows).astype(np.float64)

    def _by_column(self, values: Floats) -> Floats:
        return np.bincount(self.column, values, self.columns).astype(np.float64)

    # What is there now

    @property
    def listed(self) -> Mask:
        """Pairs that are not withheld."""
        return ~self.withheld_columns[self.column]

    @property
    def remainders(self) -> Floats:
        """What each row's total has beyond its listed pairs; (rows,)."""
        return self.row_totals - self._by_row(np.where(self.listed, self.counts, 0.0))

    def give_up_hopeless(self) -> None:
        """Withhold columns, and don't tell totals of rows, that no hiding could make safe.

        A number moves no further than all others of its row, or of its column, can move together.
        """
        small = (self.counts > 0) & (self.counts < self.below)
        tiny = (self.column_totals > 0) & (self.column_totals < self.below)
        room = np.where(self.counts > 0, self.counts - self.least, 0.0)
        of_column = self._by_column(room) + self.unlisted
        has_small = self._by_column(small.astype(np.float64)) > 0
        self.withheld_columns |= tiny | (has_small & (of_column < self.below))
        listed = self.listed
        rest = self.remainders
        of_row = self._by_row(np.where(listed, room, 0.0)) + rest
        has_small = self._by_row((small & listed).astype(np.float64)) > 0
        has_small |= (rest > 0) & (rest < self.below)
        self.untold_rows |= has_small & (of_row < self.below)

    def widened(self) -> Mask | None:
        """Every cell that has to be hidden, or ``None`` when something more had to be given up."""
        equations, values = self._equations(), self._values()
        least = self._least()
        knows = Knowledge(least=least, whole=True)
        hidden, free, loose = self._starting()
        need = self._need(hidden)
        loss = np.where(loose, 1e-3, (np.log1p(values) + 1.0) * self.dearer)
        may, spare = hidden | free | loose, np.maximum(values - least, 0.0)
        for _ in range(_MOST_ROUNDS):
            held = self._with_remainders(hidden, loose)
            open_ = breaches(equations, values, held, need, knows)
            if not open_:
                return held
            near = may & (self._near(open_) | hidden | loose)
            repairs = _Repairs(equations, loss, (near, may), spare)
            before, stuck = int(hidden.sum()), []
            for breach in self._one_a_line(open_, hidden, spare):
                width = need.width[breach.cell]
                rise = float(breach.low + width - values[breach.cell])
                wider = repairs.beside(breach.cell, rise, hidden | loose)
                if wider is None:
                    stuck.append(breach.cell)
                else:
                    hidden = hidden | (wider & free)
            if int(hidden.sum()) == before:
                stuck = stuck or [open_[0].cell]
            if stuck:
                self._give_up(stuck)
                return None
        return None

    def _one_a_line(self, open_: list[Breach], hidden: Mask, spare: Floats) -> list[Breach]:
        """One cell of each row, or column, that is too tight: mending it mostly mends the others.

        Those wait for the next round, which hides less than mending all of them at once.
        """
        room = np.where(hidden, spare, 0.0)[: self.pairs]
        of_row = self._by_row(room) + np.where(self.untold_rows, np.inf, self.remainders)
        of_column = self._by_column(room) + self.unlisted
        first: dict[tuple[str, int], Breach] = {}
        for breach in open_:
            key = ("cell", breach.cell)
            if breach.cell < self.pairs:
                row, column = int(self.row[breach.cell]), int(self.column[breach.cell])
                tight = of_row[row] < of_column[column]
                key = ("row", row) if tight else ("column", column)
            first.setdefault(key, breach)
        return list(first.values())

    def _give_up(self, stuck: list[int]) -> None:
        """What nothing could be hidden beside is told by less than a number."""
        before = int(self.untold_rows.sum() + self.withheld_columns.sum())
        first_column = self.pairs + self.rows
        for cell in stuck:
            if cell < self.pairs:
                if self.untold_rows[self.row[cell]]:
                    self.withheld_columns[self.column[cell]] = True
                self.untold_rows[self.row[cell]] = True
            elif cell < first_column:
                self.untold_rows[cell - self.pairs] = True
            elif cell < first_column + self.columns:
                self.withheld_columns[cell - first_column] = True
            else:
                of_row = self.row == cell - first_column - self.columns
                self.withheld_columns[self.column[of_row & self.listed]] = True
        if int(self.untold_rows.sum() + self.withheld_columns.sum()) == before:
            # So few in all that any row would tell of one: the totals of columns are all there is.
            self.withheld_columns[:] = self.untold_rows[:] = True

    # Cells and equations

    def _split(self, cells: Mask) -> tuple[Mask, Mask, Mask, Mask]:
        ends = np.cumsum([self.pairs, self.rows, self.columns, self.rows])
        pairs, of_row, of_column, rows, _ = np.split(cells, ends)
        return pairs, of_row, of_column, rows

    def _values(self) -> Floats:
        totals = (self.row_totals, self.column_totals)
        rest = self.remainders
        return np.concatenate([self.counts, rest, self.unlisted, *totals, [rest.sum()]])

    def _least(self) -> Floats:
        lines = self.rows + self.columns
        return np.repeat([self.least, 0.0, 1.0, 0.0], [self.pairs, lines, lines, 1])

    def _equations(self) -> Equations:
        """``total - pairs - remainder = 0`` for each row, and each column that is not withheld.

        Of a closed table, also ``withheld - remainders = 0``.
        """
        listed = np.flatnonzero(self.listed)
        kept = np.flatnonzero(~self.withheld_columns)
        size = self.pairs + self.rows + self.columns
        number = np.full(self.columns, -1)
        number[kept] = self.rows + np.arange(len(kept))
        every = np.arange(self.rows)
        of_row = (every, size + every, np.ones(self.rows))
        of_column = (number[kept], size + self.rows + kept, np.ones(len(kept)))
        less_row = (every, self.pairs + every, -np.ones(self.rows))
        less_column = (number[kept], self.pairs + self.rows + kept, -np.ones(len(kept)))
        pairs_row = (self.row[listed], listed, -np.ones(len(listed)))
        pairs_column = (number[self.column[listed]], listed, -np.ones(len(listed)))
        entries = [of_row, of_column, less_row, less_column, pairs_row, pairs_column]
        lines = self.rows + len(kept)
        if self.closed:
            last, cells = np.full(self.rows + 1, lines), [*(self.pairs + every), self.size - 1]
            entries.append((last, np.array(cells), np.repeat([-1.0, 1.0], [self.rows, 1])))
            lines += 1
        row, cell, sign = (np.concatenate(each) for each in zip(*entries, strict=True))
        order = np.argsort(row, kind="stable")
        start = np.searchsorted(row[order], np.arange(lines + 1)).astype(np.int64)
        return Equations(start, cell[order], sign[order], self.size)

    def _starting(self) -> tuple[Mask, Mask, Mask]:
        """Cells hidden from the start, those that may be, and remainders that nobody is told."""
        listed, rest = self.listed, self.remainders
        small = listed & (self.counts > 0) & (self.counts < self.below)
        small |= listed & self.untold_pairs
        nothing = np.zeros(self.columns, dtype=bool)
        rows_have = np.full(self.rows, rest.any())
        here = ~self.withheld_columns
        columns_have = here & self.unlisted[here].any()
        few = (self.unlisted > 0) & (self.unlisted < self.below) & ~self.withheld_columns
        hidden = np.concatenate(
            [small, (rest > 0) & (rest < self.below), few, self.untold_rows, nothing, [False]]
        )
        none = np.zeros(self.rows, dtype=bool)
        large = listed & (self.counts >= self.below)
        free = np.concatenate([large, none, nothing, none, nothing, [False]])
        loose = np.concatenate(
            [np.zeros_like(large), rows_have, columns_have, none, nothing, [False]]
        )
        return hidden, free, loose

    def _need(self, hidden: Mask) -> Need:
        """Small numbers, and pairs hidden beside them, are not told to within ``below``.

        Remainders and totals that are not small may be told: they are hidden only by the way. Of
        few withheld, nobody can be kept from knowing how few.
        """
        withheld = self.remainders.sum() if self.closed else np.inf
        nothing = np.zeros(len(hidden))
        _, of_row, of_column, rows = self._split(hidden)
        width = np.concatenate(
            [
                np.full(self.pairs, self.below),
                np.where(of_row, min(self.below, withheld), 0),
                np.where(of_column, self.below, 0),
                np.where(rows & (self.row_totals < self.below), self.below, 0),
                np.zeros(self.columns + 1),
            ]
        ).astype(np.float64)
        return Need(np.ones(len(hidden), dtype=bool), nothing, nothing, width, float(self.below))

    def _with_remainders(self, hidden: Mask, loose: Mask) -> Mask:
        """Beside the hidden pairs, the remainders of their rows and columns are not told."""
        pairs = np.flatnonzero(hidden[: self.pairs])
        untold = np.zeros(len(hidden), dtype=bool)
        untold[self.pairs + self.row[pairs]] = True
        untold[self.pairs : self.pairs + self.rows] |= self.untold_rows
        untold[self.pairs + self.rows + self.column[pairs]] = True
        return hidden | (untold & loose)

    def _near(self, open_: list[Breach]) -> Mask:
        """Pairs in a row or a column of a cell that is told too closely."""
        told = np.zeros(self.size, dtype=bool)
        told[[breach.cell for breach in open_]] = True
        pairs, of_row, of_column, rows = self._split(told)
        rows = rows | of_row
        columns = of_column.copy()
        rows[self.row[pairs]] = True
        columns[self.column[pairs]] = True
        near = np.zeros(self.size, dtype=bool)
        near[: self.pairs] = rows[self.row] | columns[self.column]
        return near

    @property
    def size(self) -> int:
        """How many cells there are."""
        return self.pairs + 2 * (self.rows + self.columns) + 1

    def result(self, held: Mask) -> HiddenPairs:
        """What may be told, with what follows from the shown sums for hidden numbers."""
        values = self._values()
        low, high = values.copy(), values.copy()
        low[held], high[held] = self._least()[held], np.inf
        knows = Knowledge(least=self._least(), whole=True)
        for part in parts(self._equations(), values, held, knows):
            least, most = part.bounds()
            low[part.cells] = np.ceil(least - _SLACK)
            high[part.cells] = np.floor(part.ended(most) + _SLACK)
        hidden = held[: self.pairs]
        return HiddenPairs(
            hidden=hidden,
            withheld=~self.listed,
            low=low[: self.pairs],
            high=high[: self.pairs],
            row_totals_hidden=self.untold_rows,
        )
