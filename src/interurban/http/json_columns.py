"""Arrow columns to JSON text, a whole column at a time.

A page of a thousand features holds twenty thousand values; making each a Python object costs more
than the query that found them. Here every column becomes a column of JSON text by Arrow kernels,
and Python sees a value only when its text must be escaped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["instant_text", "joined", "json_objects", "json_text"]

_NEEDS_ESCAPE = r'["\\\x00-\x1f\x7f]'


def json_objects(names: Sequence[str], columns: Sequence[pa.Array]) -> pa.Array:
    """One JSON object a row.

    Parameters
    ----------
    names: the members' names, in order.
    columns: arrays of equal length, one for each name; at least one.

    Returns
    -------
    A string array of that length, without nulls.
    """
    parts: list[str | pa.Array] = []
    for position, (name, column) in enumerate(zip(names, columns, strict=True)):
        parts += [("," if position else "{") + json.dumps(name) + ":", json_text(column)]
    return pc.binary_join_element_wise(*parts, "}", "")


def json_text(column: pa.Array) -> pa.Array:
    """Every value as JSON text; missing values and numbers JSON cannot write are ``null``.

    Times are written as ``instant_text`` does, dates as ISO 8601.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return json_text(column.dictionary_decode())
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        text = pc.cast(column, pa.string())
    elif pa.types.is_floating(kind):
        text = pc.cast(pc.if_else(pc.is_finite(column), column, None), pa.string())
    elif pa.types.is_decimal(kind):
        text = pc.cast(pc.cast(column, pa.float64()), pa.string())
    elif pa.types.is_timestamp(kind):
        text = _quoted(instant_text(column))
    elif pa.types.is_date(kind):
        text = _quoted(pc.cast(column, pa.string()))
    else:
        text = _quoted_escaped(pc.cast(column, pa.string()))
    return pc.fill_null(text, "null")


def instant_text(column: pa.Array) -> pa.Array:
    """Timestamps as ``2018-08-08T23:58:00Z``, with a fraction only when one is there.

    An instant (with a zone) is given in UTC; a local time (the start of a period in a city's own
    zone) has neither ``Z`` nor offset. Nulls stay null.
    """
    zulu = "Z" if column.type.tz else ""
    naive = pc.cast(column, pa.timestamp("us"))
    seconds = pc.cast(naive, pa.timestamp("s"), safe=False)
    whole = pc.all(pc.equal(pc.cast(seconds, pa.timestamp("us")), naive)).as_py()
    text = pc.cast(seconds if whole is not False else naive, pa.string())
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), zulu, "")


def joined(texts: pa.Array, separator: str) -> bytes:
    """All texts of an array as one, a separator between two."""
    if len(texts) == 0:
        return b""
    whole = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts)
    return bytes(pc.binary_join(whole, separator)[0].as_buffer())


def _quoted(texts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', texts, '"', "")


def _quoted_escaped(texts: pa.Array) -> pa.Array:
    quoted = _quoted(texts)
    special = pc.match_substring_regex(texts, _NEEDS_ESCAPE)
    if not pc.any(special).as_py():
        return quoted
    special = pc.fill_null(special, False)
    escaped = [json.dumps(text, ensure_ascii=False) for text in texts.filter(special).to_pylist()]
    return pc.replace_with_mask(quoted, special, pa.array(escaped, pa.string()))
