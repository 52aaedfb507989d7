"""Cells to hide for one that is still told too closely: quick, and never wrong, but not the least.

A flow through the table's equations that moves the cell as far as it must be able to move, and is
cheap where it crosses cells that are hidden already. Whatever else it crosses is hidden. Source:
Kelly, Golden and Assad (1992), *Cell suppression: disclosure protection for sensitive tabular
data*; Castro (2012), *Recent advances in optimization techniques for statistical tabular data
protection*, section 3.
"""

from __future__ import annotations

import numpy as np

from .program import LinearProgram, Rows
from .table import Equations, Floats, Mask

__all__ = ["Repair"]

_FREE = 1e-6
"""Cost of a flow through a hidden cell: next to nothing, so that short ways are taken first."""

_CROSSED = 1e-7


class Repair:
    """One table, in which cells are given room one after the other.

    Parameters
    ----------
    loss: what is lost by hiding each cell, shape ``(cells,)``.
    may: cells that are hidden or may be.
    spare: how far each number lies above the least that everybody knows of it.
    """

    def __init__(self, equations: Equations, loss: Floats, may: Mask, spare: Floats) -> None:
        self._cells = np.flatnonzero(may)
        column = np.full(equations.cells, -1)
        column[self._cells] = np.arange(len(self._cells))
        self._column = column
        kept = may[equations.cell]
        entry, row = column[equations.cell[kept]], equations.row[kept]
        sign = equations.sign[kept]
        lengths = 2 * np.bincount(row, minlength=len(equations))
        size = len(self._cells)
        self._loss = loss[self._cells]
        self._up = np.full(size, np.inf)
        self._down = spare[self._cells].copy()
        # Each cell twice: the flow that raises it, and the flow that lowers it.
        self._program = LinearProgram(
            np.zeros(2 * size),
            np.concatenate([self._up, self._down]),
            Rows(
                np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
                np.stack([entry, entry + size], axis=1).reshape(-1),
                np.stack([sign, -sign], axis=1).reshape(-1),
                np.zeros(len(lengths)),
                np.zeros(len(lengths)),
            ),
        )

    def beside(self, cell: int, by: float, hidden: Mask, *, up: bool) -> Mask | None:
        """The cells hidden so far and those that let one move ``by`` up or down; ``None``: none do.

        Parameters
        ----------
        cell: flat number.
        hidden: shape ``(cells,)``.
        """
        from interurban.core.errors import InvalidInput

        size, own = len(self._cells), int(self._column[cell])
        least = np.zeros(2 * size)
        most = np.concatenate([self._up, self._down])
        forth, back = (own, own + size) if up else (own + size, own)
        least[forth] = most[forth] = by
        most[back] = 0.0
        # The loss is spread over what the flow needs of a cell, so that a full one costs all of it.
        share = self._loss / np.maximum(np.minimum(self._down, by), 1e-9)
        cost = np.where(hidden[self._cells], _FREE * (1 + self._loss), share)
        self._program.bound(least, most)
        try:
            flow = self._program.minimise(np.concatenate([cost, cost])).columns
        except InvalidInput:
            return None
        crossed = np.abs(flow[:size] - flow[size:]) > _CROSSED * max(by, 1.0)
        widened = hidden.copy()
        widened[self._cells[crossed]] = True
        return widened
