"""The audit: how closely each hidden number of a published table can be told.

It needs nothing but what is published, so it audits anybody's tables: it is the attack itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.core.errors import InvalidInput

from .attack import Knowledge, Part, parts
from .table import Floats, Ints, Mask, Table

__all__ = ["Audit", "audit"]

_CLOSE = 1e-6


@dataclass(frozen=True)
class Audit:
    """What anybody can work out of a published table; all arrays have the table's shape.

    Parameters
    ----------
    hidden: cells that the table hides.
    low, high: each hidden number lies between them, and can be either; shown ones are both.
    """

    hidden: Mask
    low: Floats
    high: Floats

    @property
    def recovered(self) -> Mask:
        """Hidden cells whose number can be told exactly."""
        return self.hidden & (self.high - self.low <= _CLOSE * (1 + np.abs(self.low)))

    @property
    def narrowest(self) -> float:
        """Width of the narrowest interval of a hidden cell; infinite when nothing is hidden."""
        widths = (self.high - self.low)[self.hidden]
        return float(widths.min()) if widths.size else np.inf

    def closer_than(self, width: float) -> Mask:
        """Hidden cells that can be told more closely than this."""
        return self.hidden & (self.high - self.low < width - _CLOSE * (1 + width))


def audit(published: Table, knows: Knowledge | None = None) -> Audit:
    """The interval of every hidden number (NaN) of a table with totals.

    Each of its ends is proved by a table that agrees with everything shown; where the numbers are
    whole, the ends are. (That every number of such a table can be whole is not asked: with two
    flat axes it always can; elsewhere an interval may be told a little too wide.)

    Raises
    ------
    InvalidInput: the numbers shown contradict each other.
    """
    knows = knows or Knowledge()
    hidden = np.isnan(published.flat)
    low = np.where(hidden, knows.least, published.flat)
    high = np.where(hidden, knows.most, published.flat)
    equations = published.equations
    _check_sums(published, hidden)
    for part in parts(equations, published.flat, hidden, knows):
        low[part.cells], high[part.cells] = _intervals(part)
    if knows.whole:
        low[hidden] = np.ceil(low[hidden] - _CLOSE * (1 + np.abs(low[hidden])))
        high[hidden] = np.floor(high[hidden] + _CLOSE * (1 + np.abs(high[hidden])))
    shape = published.values.shape
    return Audit(hidden.reshape(shape), low.reshape(shape), high.reshape(shape))


def _intervals(part: Part) -> tuple[Floats, Floats]:
    """Least and greatest possible value of each cell of a part."""
    # Every optimum is a possible table, and so a witness for all other cells as well: where one
    # stands at a bound that follows from single sums already, nothing is left to ask.
    least, most = part.bounds()
    low = high = part.somewhere(np.ones(len(part)), part.least, part.most)
    for greatest in (False, True):
        for cells in _spread(part, least, most):
            cost = np.zeros(len(part))
            cost[cells] = -1.0 if greatest else 1.0
            found = part.somewhere(cost, part.least, part.most)
            low, high = np.minimum(low, found), np.maximum(high, found)
    for cell in range(len(part)):
        if low[cell] > least[cell] + _CLOSE:
            found = part.extreme(cell, greatest=False).columns
            low, high = np.minimum(low, found), np.maximum(high, found)
        if high[cell] < most[cell] - _CLOSE * (1 + most[cell]):
            found = part.extreme(cell, greatest=True).columns
            low, high = np.minimum(low, found), np.maximum(high, found)
    return low, part.ended(high)


def _spread(part: Part, least: Floats, most: Floats) -> list[Ints]:
    """The cells of a part in groups that share few sums, so that one optimum can move them all."""
    turn = part.turns()
    order = np.argsort(turn, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(turn[order])) + 1)
    return [group for group in groups if (most[group] > least[group]).any()]


def _check_sums(published: Table, hidden: Mask) -> None:
    """Sums with nothing hidden are told from each other before any programme sees them."""
    equations = published.equations
    whole = equations.counts(hidden) == 0
    shown = np.where(hidden, 0.0, published.flat)
    sizes = np.bincount(equations.row, np.abs(shown[equations.cell]), minlength=len(equations))
    wrong = np.flatnonzero(whole & (np.abs(equations.sums(shown)) > 1e-6 * (1 + sizes)))
    if len(wrong):
        total = equations.cell[equations.start[wrong[0]]]
        raise InvalidInput(
            f"The total of {' x '.join(published.labels(int(total)))} is not the sum of its parts.",
            advice="An audit needs totals that add up; rounded tables are not audited this way.",
        )
