"""Cells as the type of their field: text with commas, ``90+``, ``Female``; what breaks is told.

Whole columns at a time; only cells that are odd are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.standard import Field

from .codes import DFE_CODES, code_of

__all__ = ["ARROW_TYPES", "Cells", "read_cells"]

ARROW_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}
"""Type of a field in Arrow."""

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_GROUPED = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_TRUE, _FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cells:
    """A column, read.

    Parameters
    ----------
    values: of the field's Arrow type; null where the cell is blank or could not be read.
    blank: where nothing was written.
    broken: where what was written could not be read.
    why: what is wrong with a broken cell, and what to do, from its text.
    """

    values: pa.Array
    blank: Mask
    broken: Mask
    why: Callable[[str], tuple[str, str]]


def read_cells(field: Field, column: pa.ChunkedArray) -> Cells:
    """Read a column of any type as its field."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if field.type in ("integer", "number"):
        return _numbers(field, array)
    text = pc.utf8_trim_whitespace(_text(array))
    blank = _mask(pc.or_(pc.is_null(text), pc.equal(pc.fill_null(text, ""), "")))
    if field.type == "string" and not field.enum:
        return Cells(_nulled(text, blank), blank, np.zeros(len(blank), bool), _no_reason)
    parse, why = _PARSERS[field.type](field)
    encoded = pc.dictionary_encode(text)
    said = [None if word is None else parse(word) for word in encoded.dictionary.to_pylist()]
    values = pa.array(said, ARROW_TYPES[field.type]).take(encoded.indices)
    broken = _mask(pc.is_null(values)) & ~blank
    return Cells(_nulled(values, blank), blank, broken, why)


def _numbers(field: Field, array: pa.Array) -> Cells:
    whole = field.type == "integer"
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        values = array.cast(pa.float64(), safe=False) if not whole else array
        blank = _mask(pc.is_null(array))
        broken = np.zeros(len(array), bool)
        number = np.asarray(array.cast(pa.float64(), safe=False).fill_null(0.0))
        if not pa.types.is_integer(array.type):
            broken = ~np.isfinite(number) & ~blank
        if whole:
            broken |= (number != np.floor(number)) & ~blank
            values = pa.array(
                np.where(broken, 0, np.nan_to_num(number)).astype(np.int64), mask=blank | broken
            )
        return Cells(_nulled(values, blank | broken), blank, broken, _why_number(field))
    text = pc.utf8_trim_whitespace(_text(array))
    blank = _mask(pc.or_(pc.is_null(text), pc.equal(pc.fill_null(text, ""), "")))
    text = pc.fill_null(text, "")
    grouped = pc.match_substring_regex(text, _GROUPED)
    text = pc.if_else(grouped, pc.replace_substring(text, ",", ""), text)
    if whole and field.maximum is not None:
        # The last age is written 90+ or 90&: it is that number and over.
        last = f"{field.maximum:.15g}"
        text = pc.if_else(pc.match_substring_regex(text, rf"^{last}\s*[+&]$"), last, text)
    plain = _mask(pc.match_substring_regex(text, _NUMBER))
    number = np.asarray(pc.if_else(pa.array(plain), text, "0").cast(pa.float64()))
    broken = (~plain & ~blank) | ~np.isfinite(number)
    if whole:
        broken |= number != np.floor(number)
        values = pa.array(np.where(broken, 0, number).astype(np.int64), mask=blank | broken)
    else:
        values = pa.array(number, mask=blank | broken)
    return Cells(values, blank, broken, _why_number(field))


def _why_number(field: Field) -> Callable[[str], tuple[str, str]]:
    kind = "a whole number" if field.type == "integer" else "a number"

    def why(text: str) -> tuple[str, str]:
        meaning = DFE_CODES.get(text.strip().lower())
        if meaning is not None:
            return f"not {kind}", f"{meaning}: leave the row out, or write the number."
        return f"not {kind}", "Write figures only, with a point before decimals."

    return why


def _codes(field: Field) -> tuple[Callable[[str], Any], Callable[[str], tuple[str, str]]]:
    shown = ", ".join(field.enum[:12]) + (" ..." if len(field.enum) > 12 else "")
    return (
        lambda word: code_of(word, field.enum),
        lambda _: ("not in the code list", f"Write one of: {shown}."),
    )


def _flags(_: Field) -> tuple[Callable[[str], Any], Callable[[str], tuple[str, str]]]:
    def parse(word: str) -> bool | None:
        low = word.lower()
        return True if low in _TRUE else False if low in _FALSE else None

    return parse, lambda _: ("neither yes nor no", "Write yes or no.")


def _days(_: Field) -> tuple[Callable[[str], Any], Callable[[str], tuple[str, str]]]:
    def parse(word: str) -> date | None:
        try:
            return date.fromisoformat(word[:10])
        except ValueError:
            return None

    return parse, lambda _: ("not a date", "Write it as 2015-06-30.")


def _instants(_: Field) -> tuple[Callable[[str], Any], Callable[[str], tuple[str, str]]]:
    def parse(word: str) -> datetime | None:
        try:
            instant = datetime.fromisoformat(word)
        except ValueError:
            return None
        return instant if instant.tzinfo is not None else None

    hint = "Write it with its offset, as 2015-06-30T12:00:00+01:00."
    return parse, lambda _: ("not a time", hint)


_PARSERS = {"string": _codes, "boolean": _flags, "date": _days, "datetime": _instants}


def _no_reason(_: str) -> tuple[str, str]:
    return "can't be read", ""


def _text(array: pa.Array) -> pa.Array:
    return array if pa.types.is_string(array.type) else array.cast(pa.string())


def _nulled(values: pa.Array, where: Mask) -> pa.Array:
    return pc.if_else(pa.array(where), pa.scalar(None, values.type), values)


def _mask(array: pa.Array) -> Mask:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)
