"""A table made safe: what is shown, what is hidden, and the proof."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interurban.core.errors import ModelError

from .attack import Knowledge
from .audit import Audit, audit
from .rules import Need, Rule, Threshold, needs
from .secondary import Effort, Suppression, suppress
from .table import TOTAL, Table
from .tabulate import Tabulated

__all__ = ["HIDDEN", "Protected", "Status", "hatched", "protect"]

HIDDEN = "[c]"
"""What stands for a hidden number in a file: confidential, as British official statistics write it
(Government Analysis Function, *Symbols in tables*). Never 0, never a blank."""

_HATCH = "▨"
_COLUMNS = ("shown", "value", "hidden", "at_least", "at_most")


class Status(IntEnum):
    """What became of a cell. Who is shown a table is not told primary from secondary."""

    SHOWN = 0
    ZERO = 1
    PRIMARY = 2
    SECONDARY = 3


@dataclass(frozen=True)
class Protected:
    """A table with its rules carried out.

    ``published``, ``audit`` and ``to_arrow`` are what may leave; ``status`` and ``suppression``
    say which cells are sensitive, and with the rule that is a bound on their numbers: keep them.

    Parameters
    ----------
    published: shown numbers, and NaN for hidden ones.
    suppression: what was hidden, and at what loss.
    audit: between what every hidden number must lie for anybody who reads ``published``.
    whole: the numbers are counts.
    """

    published: Table
    suppression: Suppression
    audit: Audit
    whole: bool

    @cached_property
    def status(self) -> NDArray[np.uint8]:
        """What became of each cell (``Status``); the table's shape."""
        status = np.where(self.published.values == 0, Status.ZERO, Status.SHOWN)
        status = np.where(self.suppression.primary, Status.PRIMARY, status)
        status = np.where(self.suppression.secondary, Status.SECONDARY, status)
        return status.astype(np.uint8)

    def text(self, cell: tuple[int, ...]) -> str:
        """A cell as a person sees it: its number, or a hatch with what it may be."""
        if self.audit.hidden[cell]:
            return hatched(float(self.audit.low[cell]), float(self.audit.high[cell]), self.whole)
        return _number(float(self.published.values[cell]), self.whole)

    def to_arrow(self) -> pa.Table:
        """The published table, a row for each cell.

        Columns: each level of each axis (``Total`` where a row is a total of it); ``shown``, the
        number as text or ``[c]``; ``value``, null where hidden; ``hidden``; ``at_least`` and
        ``at_most``, null where nothing but the sky is above. A level of one of these names has an
        underscore behind it.
        """
        columns: dict[str, pa.Array] = {}
        nodes = np.unravel_index(np.arange(self.published.values.size), self.published.values.shape)
        for axis, node in zip(self.published.axes, nodes, strict=True):
            for depth, level in enumerate(axis.levels):
                names = [path[depth] if len(path) > depth else TOTAL for path in axis.paths]
                name = f"{level}_" if level in _COLUMNS else level
                columns[name] = pa.array(names).take(pa.array(node))
        hidden, values = self.audit.hidden.reshape(-1), self.published.flat
        kind = pa.int64() if self.whole else pa.float64()
        columns["shown"] = pa.array(
            [
                HIDDEN if covered else _number(float(value), self.whole, thousands="")
                for value, covered in zip(values, hidden, strict=True)
            ]
        )
        columns["value"] = _nullable(values, hidden, kind)
        columns["hidden"] = pa.array(hidden)
        columns["at_least"] = _nullable(self.audit.low.reshape(-1), None, kind)
        columns["at_most"] = _nullable(self.audit.high.reshape(-1), None, kind)
        return pa.table(columns)


def protect(
    tabulated: Tabulated, rules: tuple[Rule, ...], effort: Effort | None = None
) -> Protected:
    """Hide what the rules call sensitive and what would give it away, and prove that it is safe.

    The proof is the attack of ``audit`` on what is published, by somebody who knows the rules and
    the method. It looks at the hidden cells' intervals only, so it shares nothing with the choice.

    Raises
    ------
    InvalidInput: rules that do not fit the table.
    """
    need = needs(tabulated.cells, rules)
    table = tabulated.table
    zeros = any(isinstance(rule, Threshold) and rule.zeros for rule in rules)
    found = suppress(table, need, zeros=zeros, whole=tabulated.whole, effort=effort)
    published = Table(table.axes, np.where(found.hidden, np.nan, table.values))
    least = 1.0 if tabulated.whole and not zeros else 0.0
    told = audit(published, Knowledge(least=least, whole=tabulated.whole))
    _prove(table, need, found, told)
    return Protected(published, found, told, tabulated.whole)


def hatched(low: float, high: float, whole: bool) -> str:
    """A hidden number as it is drawn: ``▨ 1-4``, ``▨ 1 or more``."""
    if np.isinf(high):
        return f"{_HATCH} {_number(low, whole)} or more"
    return f"{_HATCH} {_number(low, whole)}-{_number(high, whole)}"


def _prove(table: Table, need: Need, found: Suppression, told: Audit) -> None:
    """Nothing leaves that the audit does not call safe."""
    truth, low, high = table.flat, told.low.reshape(-1), told.high.reshape(-1)
    slack = 1e-5 * (1 + np.abs(truth))
    width = np.where(need.primary, need.width, need.beside)
    safe = (high - low >= width - slack) & (high >= truth + need.above - slack)
    safe &= low <= truth - need.below + slack
    if not safe[found.hidden.reshape(-1)].all():
        raise ModelError("The audit of the table found a hidden number that can be told.")


def _number(value: float, whole: bool, thousands: str = ",") -> str:
    if whole:
        return f"{value:{thousands}.0f}"
    # In a file totals must still add up; the sixteenth digit is adding's own.
    return f"{value:{thousands}.{10 if thousands else 15}g}"


def _nullable(values: np.ndarray, missing: np.ndarray | None, kind: pa.DataType) -> pa.Array:
    mask = ~np.isfinite(values) if missing is None else missing
    filled = np.where(mask, 0.0, values)
    return pa.array(filled, mask=mask).cast(kind)
