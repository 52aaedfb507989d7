"""CQL2 Text and CQL2 JSON (OGC 21-065r2) to a filter tree, and back.

The text is scanned for limits and common mistakes, parsed by the ``cql2`` library into CQL2 JSON,
and read from there, as the JSON form is.

Beside the standard's own functions there are three of the house:

- ``SEARCH('red line', 'theft')``: every word or phrase stands in a search field (``q=``);
- ``S_DWITHIN(geometry, POINT(-87.63 41.88), 400)``: within so many metres, on the ground;
- ``T_SPAN(occurred_at, INTERVAL('2018-07-01T05:00:00Z', '..'))``: the half-open interval; without
  a field, of the dataset's own time field.
"""

from __future__ import annotations

import json
import re
from datetime import tzinfo
from typing import Any, Literal, NoReturn

import cql2

from interurban.core.query import Filter

from .cql2_reading import Reading
from .cql2_scan import EXAMPLE, MAX_DEPTH, invalid, scanned
from .cql2_writing import to_json, to_text
from .crs import CRS84
from .names import names_in

__all__ = ["LANGUAGES", "Language", "names_in", "read_filter", "to_json", "to_text"]

Language = Literal["cql2-text", "cql2-json"]
LANGUAGES: tuple[Language, ...] = ("cql2-text", "cql2-json")

MAX_LENGTH = 1_000_000
"""Characters of a filter: room for a drawn shape of ten thousand corners."""


def read_filter(
    text: str,
    language: Language = "cql2-text",
    crs: str = CRS84,
    zone: tzinfo | None = None,
) -> Filter:
    """The filter tree of a CQL2 filter.

    Parameters
    ----------
    language: ``cql2-text`` or ``cql2-json``.
    crs: URI of the system the filter's coordinates are in, axes in that system's order.
    zone: what a timestamp without ``Z`` or an offset is read in; without it, one is refused.

    Returns
    -------
    Filter
        Nested ``AND`` and ``OR`` are flattened. The names in it are not checked against any
        dataset: the compiler does that.

    Raises
    ------
    InvalidFilter: it can't be read; the sentence says where, and what was expected.
    """
    if len(text) > MAX_LENGTH:
        raise invalid(
            f"The filter is longer than {MAX_LENGTH:,} characters.", "Draw a simpler shape."
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise invalid(
            f"Character {error.start + 1} of the filter is not valid text.", "Send UTF-8."
        ) from None
    document = _from_json(text) if language == "cql2-json" else _from_text(text, zone)
    return Reading(crs=crs, zone=zone).filter(document)


def _from_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise invalid(
            f"The filter is not JSON: {error.msg} at line {error.lineno}, character {error.colno}.",
            'Write for example: {"op": "=", "args": [{"property": "ward"}, "42"]}.',
        ) from None
    except ValueError:
        raise invalid(
            "A number of the filter has too many digits.", "Write it as text, or round it."
        ) from None
    except RecursionError:
        raise invalid(
            f"The filter is nested deeper than {MAX_DEPTH} levels.", "Flatten it."
        ) from None


def _no_number(name: str) -> NoReturn:
    raise invalid(f"{name} in the filter is not a number.", "Give a finite number.")


def _from_text(text: str, zone: tzinfo | None) -> Any:
    if not text.strip():
        raise invalid("The filter is empty.")
    checked = scanned(text, zone)
    try:
        return cql2.parse_text(checked).to_json()
    except cql2.ParseError as error:
        _explain(checked, str(error))
    except Exception as error:  # noqa: BLE001 - for a bad geometry the library raises no less
        raise invalid(f"A shape of the filter can't be read: {error}.") from None


# What the parser says, in words

_POSITION = re.compile(r"-->\s*(\d+):(\d+)")
_HINTS = (
    (re.compile(r"=="), "For equality write one =."),
    (re.compile(r"\bILIKE\b", re.IGNORECASE), "Write CASEI(name) LIKE CASEI('%text%')."),
    (re.compile(r"&&|\|\|"), "Write AND or OR."),
    (re.compile(r"\bIN\s*\(\s*\)", re.IGNORECASE), "IN needs at least one value."),
    (re.compile(r";"), "A filter is one condition; no ; stands in it."),
    (re.compile(r"[‘’“”]"), "Use straight quotes: 'text' and \"name\"."),
    (re.compile(r"\\'"), "Write a quote inside text twice: 'O''Hare'."),
)


def _explain(text: str, message: str) -> NoReturn:
    """Where the parser stopped and what could have stood there."""
    found = _POSITION.search(message)
    if found is None:
        raise invalid(f"The filter can't be read: {message.strip().rstrip('.')}.")
    line, column = int(found[1]), int(found[2])
    lines = text.split("\n")
    position = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    expected = message.rpartition("= expected ")[2]
    wanted = (
        "the end, AND, OR or a comparison (= <> < > <= >= LIKE IN BETWEEN IS NULL)"
        if "EOI" in expected or "And" in expected
        else "a field, a value or a condition"
    )
    rest = text[position : position + 20].strip()
    place = f"before {rest!r}" if rest else "at its end"
    raise invalid(
        f"The filter can't be read at character {position + 1}, {place}: expected {wanted}.",
        next((hint for pattern, hint in _HINTS if pattern.search(text)), EXAMPLE),
    )
