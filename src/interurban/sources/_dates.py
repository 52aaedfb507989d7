"""Which way round dates are written, decided over every value of a column.

``03/04/2018`` can be read two ways; ``25/04/2018`` in the same column settles it. Columns whose
first rows do not settle it are watched to the last row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["DateOrders", "Order", "order_words"]

_SHAPE = r"^\s*\d{1,2}[-/. ]\d{1,2}[-/. ](\d{4}|\d{2})([ T].*)?\s*$"
_DAY_FIRST = r"^\s*(1[3-9]|2\d|3[01])[-/. ]\d{1,2}[-/. ]"
_MONTH_FIRST = r"^\s*\d{1,2}[-/. ](1[3-9]|2\d|3[01])[-/. ]"
_SHARE = 0.9
_EXAMPLE = re.compile(_SHAPE)

Order = str
"""``day first``, ``month first``, ``ambiguous`` or ``mixed``."""


@dataclass(slots=True)
class _Seen:
    day_first: bool = False
    month_first: bool = False
    example: str = ""

    @property
    def order(self) -> Order:
        if self.day_first and self.month_first:
            return "mixed"
        if self.day_first:
            return "day first"
        return "month first" if self.month_first else "ambiguous"


class DateOrders:
    """Watches the text columns of a table for the order of day and month."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] | None = None

    def watch(self, batch: pa.RecordBatch) -> None:
        """Look at one batch; the first one says which columns hold such dates at all."""
        if self._seen is None:
            self._seen = {
                name: _Seen(example=_example(column))
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
                if _holds_dates(column)
            }
        for name, seen in self._seen.items():
            if seen.day_first and seen.month_first:
                continue
            column = batch.column(name)
            if not seen.day_first:
                seen.day_first = _any(column, _DAY_FIRST)
            if not seen.month_first:
                seen.month_first = _any(column, _MONTH_FIRST)

    def orders(self) -> Mapping[str, Order]:
        """The order of every column that holds such dates."""
        return {name: seen.order for name, seen in (self._seen or {}).items()}

    def words(self) -> str:
        """The same for people; empty when no column needs it."""
        return "; ".join(
            f"{name}: {order_words(seen.order)} (as in {seen.example})"
            for name, seen in (self._seen or {}).items()
        )


def order_words(order: Order) -> str:
    """Say an order so that nobody takes a guess for knowledge."""
    if order == "ambiguous":
        return "day or month first cannot be told, no value settles it"
    if order == "mixed":
        return "mixed, some values only make sense day first and some month first"
    return order


def _holds_dates(column: pa.Array) -> bool:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    if not _example(column.slice(0, 200)):
        return False
    filled = column.filter(pc.not_equal(pc.utf8_trim_whitespace(column), ""))
    if not len(filled):
        return False
    shaped = pc.sum(pc.match_substring_regex(filled, _SHAPE)).as_py() or 0
    return bool(shaped >= _SHARE * len(filled))


def _example(column: pa.Array) -> str:
    for value in column:
        text = value.as_py() if value.is_valid else ""
        if isinstance(text, str) and _EXAMPLE.match(text):
            return text.strip()
    return ""


def _any(column: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, pattern)).as_py())
