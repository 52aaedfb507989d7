"""What kind of values a column holds, and the expression that reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.standard import FIELD_TYPES

from ._dates import Order
from ._guess_times import TimeGuess, guess_times

__all__ = [
    "Column",
    "ValueGuess",
    "Values",
    "column_of",
    "guess_values",
    "is_text",
    "quoted",
    "read_as",
]

_SHARE = 0.95
_MOST_DISTINCT = 3_000
_MOST_WHOLE = 2**63 - 1
_MISSING = frozenset({"na", "n/a", "nan", "null", "none", "-", "--", "..", "#n/a", "nil", "*"})
_WHOLE = re.compile(r"[-+]?(0|[1-9]\d{0,17}|[1-9]\d{0,2}(,\d{3})+)(\.0+)?")
_DECIMAL = re.compile(r"[-+]?[$£€]?\s?[-+]?(\d+(,\d{3})*(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?\s?%?")
_COMMA_DECIMAL = re.compile(
    r"[-+]?[$£€]?\s?[-+]?(\d+|\d{1,3}(\.\d{3})+)?(,\d*)?\s?[%€£$]?(?<=[\d,%€£$])"
)
"""A number with a comma for the decimal mark, perhaps with points between thousands."""
_PADDED = re.compile(r"0\d+")
_FLAGS = frozenset({"y", "n", "yes", "no", "true", "false", "t", "f"})
_FLAG_NAME = re.compile(r"^(is|has|was|are|can)[_ ]|flag$", re.IGNORECASE)
_CODE_NAME = re.compile(
    r"(^|[^a-z])(zip|code|zip[ _]?code|post[ _]?code|postal|phone|telephone|fax|fips|geoid\d*|"
    r"tract|iucr|uprn|usrn|ein)([^a-z]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sample: its distinct values as text, blanks and missing marks left out.

    Parameters
    ----------
    values: distinct, in order of appearance, at most 3,000.
    rows: rows of the sample; ``filled`` of them have a value.
    distinct: how many different values there are.
    missing: marks that stand for no value (``NA``), as they are written.
    """

    name: str
    type: pa.DataType
    values: tuple[str, ...]
    rows: int
    filled: int
    distinct: int
    missing: tuple[str, ...]

    @property
    def is_text(self) -> bool:
        """Whether the source gave it as text."""
        return is_text(self)

    @property
    def reference(self) -> str:
        """The column in an expression, missing marks taken for no value."""
        text = quoted(self.name)
        for mark in self.missing:
            text = f"NULLIF({text}, '{mark.replace(chr(39), chr(39) * 2)}')"
        return text


@dataclass(frozen=True, slots=True)
class ValueGuess:
    """The type of a column and how it is read; ``format`` is that of dates."""

    type: str
    expression: str
    reason: str
    format: str = ""
    warning: str = ""


class Values:
    """Tries formats on values with the engine that will read them."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(config={"threads": 1})

    def works(self, values: Sequence[str], formats: Sequence[str]) -> float:
        """Share of the values that any of the formats can read."""
        found = self._connection.execute(
            "SELECT avg((try_strptime(v, $formats::VARCHAR[]) IS NOT NULL)::INT)"
            " FROM (SELECT unnest($values::VARCHAR[]) AS v)",
            {"formats": list(formats), "values": list(values)},
        ).fetchone()
        return float(found[0]) if found and found[0] is not None else 0.0

    def close(self) -> None:
        """Let go of the engine."""
        self._connection.close()


def is_text(column: Column | pa.Array | pa.ChunkedArray) -> bool:
    """Whether the source gave a column as text."""
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def quoted(name: str) -> str:
    """A column's name as an expression writes it."""
    return '"' + name.replace('"', '""') + '"'


def column_of(name: str, column: pa.ChunkedArray) -> Column:
    """Look at one column of the sample."""
    texts = _texts(column)
    trimmed = pc.utf8_trim_whitespace(texts)
    filled = trimmed.filter(pc.fill_null(pc.not_equal(trimmed, ""), fill_value=False))
    distinct = pc.unique(filled).to_pylist()
    missing = tuple(value for value in distinct if value.lower() in _MISSING)
    real = [value for value in distinct if value.lower() not in _MISSING]
    gone = pc.sum(pc.is_in(filled, pa.array(missing, filled.type))).as_py() if missing else 0
    # A column of nothing but such marks is a column of words.
    if not real:
        real, missing, gone = distinct, (), 0
    return Column(
        name,
        column.type,
        tuple(real[:_MOST_DISTINCT]),
        len(column),
        len(filled) - int(gone or 0),
        len(real),
        missing,
    )


def guess_values(
    column: Column, order: Order | None, values: Values, *, month_first: bool | None
) -> ValueGuess:
    """Guess what a column holds from its values and its name."""
    if not column.is_text:
        return _typed(column)
    if not column.values:
        return ValueGuess("string", quoted(column.name), "no values in the sample")
    if _CODE_NAME.search(column.name):
        return ValueGuess("string", quoted(column.name), "its name says that it is a code")
    flags = _flags(column)
    if flags is not None:
        return flags
    time = guess_times(column.name, column.values, order, values.works, month_first=month_first)
    if time is not None:
        return _timed(column, time)
    return _numbers(column) or _comma_numbers(column) or _words(column)


def read_as(column: Column, type_name: str, guessed: ValueGuess) -> ValueGuess:
    """Read a column as the type a person says, by the best expression for it."""
    assert type_name in FIELD_TYPES
    if guessed.type == type_name:
        return guessed
    readers = {
        "string": "{}",
        "integer": "whole({})",
        "number": "number({})",
        "boolean": "flag({})",
        "date": "to_date({})",
        "datetime": "to_time({})",
        "geometry": "point_from_text({})",
    }
    call = readers[type_name]
    if guessed.type in ("date", "datetime") and type_name in ("date", "datetime"):
        call = guessed.expression.replace("to_time(", "\0").replace("to_date(", "\0")
        call = call.replace("\0", "to_date(" if type_name == "date" else "to_time(")
        return ValueGuess(type_name, call, "as you say", guessed.format)
    return ValueGuess(type_name, call.format(_source(column, type_name)), "as you say")


def _source(column: Column, type_name: str) -> str:
    return quoted(column.name) if type_name == "string" else column.reference


def _texts(column: pa.ChunkedArray) -> pa.Array:
    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_nested(kind):
        return pa.array([None] * len(column), pa.string())
    return column.combine_chunks().cast(pa.string())


def _typed(column: Column) -> ValueGuess:
    kind, name = column.type, quoted(column.name)
    said = f"typed {kind} in the source"
    if pa.types.is_boolean(kind):
        return ValueGuess("boolean", name, said)
    if pa.types.is_integer(kind):
        huge = pa.types.is_uint64(kind) and any(int(v) > _MOST_WHOLE for v in column.values)
        return ValueGuess("number" if huge else "integer", name, said)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return ValueGuess("number", name, said)
    if pa.types.is_date(kind):
        return ValueGuess("date", name, said)
    if pa.types.is_timestamp(kind):
        zone = "" if kind.tz else ", in the city's own time"
        return ValueGuess("datetime", f"to_time({name})", said + zone)
    return ValueGuess("string", f"CAST({name} AS VARCHAR)", said)


def _flags(column: Column) -> ValueGuess | None:
    words = {value.lower() for value in column.values}
    if words <= _FLAGS or (words <= {"0", "1"} and _FLAG_NAME.search(column.name)):
        shown = " and ".join(sorted(column.values)[:2])
        return ValueGuess("boolean", f"flag({column.reference})", f"only {shown}")
    return None


def _timed(column: Column, time: TimeGuess) -> ValueGuess:
    return ValueGuess(
        time.type, time.call.format(column.reference), time.reason, time.format, time.warning
    )


def _numbers(column: Column) -> ValueGuess | None:
    values = column.values
    if any(_PADDED.fullmatch(value) for value in values):
        example = next(value for value in values if _PADDED.fullmatch(value))
        return ValueGuess(
            "string", quoted(column.name), f"digits with leading zeros, such as {example}"
        )
    share = _matching(values, _WHOLE)
    if share >= _SHARE:
        return ValueGuess(
            "integer",
            f"whole({column.reference})",
            f"whole numbers such as {values[0]}",
            warning=_rest(column, share),
        )
    share = _matching(values, _DECIMAL)
    if share >= _SHARE:
        return ValueGuess(
            "number",
            f"number({column.reference})",
            f"numbers such as {next((v for v in values if '.' in v), values[0])}",
            warning=_rest(column, share),
        )
    return None


def _comma_numbers(column: Column) -> ValueGuess | None:
    """Numbers as most of Europe and Latin America write them."""
    share = _matching(column.values, _COMMA_DECIMAL)
    if share < _SHARE:
        return None
    example = next((v for v in column.values if "," in v), column.values[0])
    return ValueGuess(
        "number",
        f"number({column.reference}, ',')",
        f"numbers such as {example}, the comma is the decimal mark",
        warning=_rest(column, share),
    )


def _words(column: Column) -> ValueGuess:
    return ValueGuess("string", quoted(column.name), f"{column.distinct:,} different texts")


def _matching(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(1 for value in values if pattern.fullmatch(value)) / len(values)


def _rest(column: Column, share: float) -> str:
    if share == 1:
        return ""
    count = round((1 - share) * len(column.values))
    return f"{count:,} of its values are no numbers and will be reported"
