"""CQL2 JSON, as nested dicts and lists, to a filter tree."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from types import MappingProxyType
from typing import Any, cast

from shapely.geometry.base import BaseGeometry

from interurban.core import query as q

from .cql2_literals import (
    read_constant,
    read_day,
    read_instant,
    read_shape,
    read_text,
    shown,
    vertices_in,
)
from .cql2_scan import MAX_DEPTH, invalid
from .cql2_times import FALSE, TEMPORAL, TRUE, Bound, Interval, temporal
from .crs import CRS84

__all__ = ["GEOMETRY", "Reading"]

GEOMETRY = "geometry"
"""The name a filter calls a feature's geometry by, in every dataset."""

MAX_NODES = 10_000
"""Operators, fields and values of one filter."""

MAX_VERTICES = 20_000
"""Corners of all shapes of one filter."""

_COMPARE = ("=", "<>", "<", ">", "<=", ">=")
_ARITHMETIC = ("+", "-", "*", "/", "%", "^", "div")
_ACROSS = {"s_within": "s_contains", "s_contains": "s_within"}
_SPATIAL = (
    *("s_intersects", "s_equals", "s_disjoint", "s_touches"),
    *("s_within", "s_overlaps", "s_crosses", "s_contains"),
)
_ARRAYS = ("a_contains", "a_containedby", "a_equals", "a_overlaps")


@dataclass(slots=True)
class Reading:
    """One reading of one filter, counting what it has seen.

    Parameters
    ----------
    crs: URI of the system the coordinates are in.
    zone: what a timestamp without a zone is read in; ``None`` refuses it.
    """

    crs: str = CRS84
    zone: tzinfo | None = None
    nodes: int = field(default=0, init=False)
    vertices: int = field(default=0, init=False)

    def filter(self, node: Any, depth: int = 0) -> q.Filter:
        """The filter a document means.

        Raises
        ------
        InvalidFilter: it is no CQL2, or over a limit.
        """
        self._count(depth)
        if isinstance(node, bool):
            return TRUE if node else FALSE
        if isinstance(node, dict) and isinstance(node.get("property"), str):
            truth = q.Literal(True)
            return q.Compare("=", self.operand(node, depth), truth)
        if not isinstance(node, dict) or "op" not in node:
            raise invalid(f"{shown(node)} is not a condition.")
        op, args = self._call(node)
        if op in _COMPARE:
            left, right = self._operands(op, args, 2, depth)
            return q.Compare(cast("Any", op), left, right)
        if op in TEMPORAL:
            a, b = self._exactly(op, args, 2)
            return temporal(op, self._interval(a, depth), self._interval(b, depth))
        if op in _SPATIAL:
            return self._spatial(op, self._exactly(op, args, 2))
        special = _CONDITIONS.get(op)
        if special is not None:
            return special(self, args, depth)
        if op in _ARRAYS:
            raise invalid(f"{op.upper()} can't be used: no field here holds a list.")
        if op in _ARITHMETIC or op in ("casei", "accenti"):
            raise invalid(
                f"{op.upper()} gives a value, not a condition.", "Compare it with something."
            )
        raise invalid(
            f"There is no function {str(node['op'])[:40]}.",
            "There are CASEI, ACCENTI, SEARCH, S_DWITHIN, T_SPAN and the S_ and T_ functions "
            "of CQL2.",
        )

    # Conditions

    def conjunction(self, args: list[Any], depth: int) -> q.Filter:
        """``AND``."""
        return self._joined(q.And, "AND", args, depth)

    def disjunction(self, args: list[Any], depth: int) -> q.Filter:
        """``OR``."""
        return self._joined(q.Or, "OR", args, depth)

    def _joined(
        self, kind: type[q.And] | type[q.Or], word: str, args: list[Any], depth: int
    ) -> q.Filter:
        if len(args) < 2:
            raise invalid(f"{word} needs at least two conditions.")
        flat: list[q.Filter] = []
        for arg in args:
            part = self.filter(arg, depth + 1)
            # TRUE is AND of nothing: it stays a condition of its own.
            nested = isinstance(part, kind) and part.parts
            flat += part.parts if nested and isinstance(part, kind) else (part,)
        return kind(tuple(flat))

    def negation(self, args: list[Any], depth: int) -> q.Filter:
        """``NOT``."""
        (arg,) = self._exactly("not", args, 1)
        return q.Not(self.filter(arg, depth + 1))

    def between(self, args: list[Any], depth: int) -> q.Filter:
        """``BETWEEN``."""
        return q.Between(*self._operands("between", args, 3, depth))

    def membership(self, args: list[Any], depth: int) -> q.Filter:
        """``IN``."""
        value, listed = self._exactly("in", args, 2)
        if not isinstance(listed, list) or not listed:
            raise invalid("IN needs a list of at least one value.")
        values = tuple(self.operand(one, depth + 1) for one in listed)
        return q.InList(self.operand(value, depth + 1), values)

    def like(self, args: list[Any], depth: int) -> q.Filter:
        """``LIKE``."""
        operand, pattern = self._operands("like", args, 2, depth)
        if isinstance(pattern, q.Literal) and not isinstance(pattern.value, str):
            raise invalid(
                "LIKE needs a text as its pattern.", "Write '%' for any run and '_' for one letter."
            )
        return q.Like(operand, pattern)

    def missing(self, args: list[Any], depth: int) -> q.Filter:
        """``IS NULL``."""
        return q.IsNull(*self._operands("isNull", args, 1, depth))

    def search(self, args: list[Any], depth: int) -> q.Filter:
        """``SEARCH``: free text."""
        self._count(depth, len(args))
        words = tuple(one for one in args if isinstance(one, str) and one.strip())
        if not words or len(words) < len(args):
            raise invalid("SEARCH needs words as texts.", "Write SEARCH('red line', 'theft').")
        return q.Text(tuple(read_text(one) for one in words))

    def near(self, args: list[Any], depth: int) -> q.Filter:
        """``S_DWITHIN``: a distance on the ground."""
        self._count(depth)
        advice = "Write S_DWITHIN(geometry, POINT(-87.63 41.88), 400)."
        if len(args) != 3 or not _is_geometry(args[0]):
            raise invalid("S_DWITHIN needs the field geometry, a shape and metres.", advice)
        metres = args[2]
        if isinstance(metres, bool) or not isinstance(metres, int | float):
            raise invalid(f"{shown(metres)} is not a distance in metres.", advice)
        if not (math.isfinite(metres) and metres > 0):
            raise invalid("The distance of S_DWITHIN is not more than 0 m.", advice)
        return q.Distance(self._shape(args[1]), float(metres))

    def span(self, args: list[Any], depth: int) -> q.Filter:
        """``T_SPAN``: a half-open interval."""
        advice = "Write T_SPAN(occurred_at, INTERVAL('2018-07-01T05:00:00Z', '..'))."
        if not 1 <= len(args) <= 2:
            raise invalid("T_SPAN needs an interval, and a field before it or none.", advice)
        name: str | None = None
        if len(args) == 2:
            operand = self.operand(args[0], depth + 1)
            if not isinstance(operand, q.Name):
                raise invalid("The first of T_SPAN is not a field.", advice)
            name = operand.name
        interval = self._interval(args[-1], depth)
        ends: list[datetime | None] = []
        for bound in (interval.start, interval.end):
            value = bound.value if isinstance(bound, q.Literal) else None
            if not isinstance(bound, str) and not isinstance(value, datetime):
                raise invalid("T_SPAN needs an interval of two instants.", advice)
            ends.append(value if isinstance(value, datetime) else None)
        return q.During(ends[0], ends[1], name)

    # Place

    def _spatial(self, op: str, args: Sequence[Any]) -> q.Filter:
        here, there = args
        if _is_geometry(there):
            here, there, op = there, here, _ACROSS.get(op, op)
        if not _is_geometry(here) or _is_geometry(there):
            raise invalid(
                f"{op.upper()} needs the field geometry and a shape.",
                f"Write {op.upper()}(geometry, BBOX(-87.7, 41.8, -87.6, 41.9)).",
            )
        return q.Spatial(cast("Any", op), self._shape(there))

    def _shape(self, node: Any) -> BaseGeometry:
        self._count(0)
        if not isinstance(node, dict):
            raise invalid(
                f"{shown(node)} is not a shape.", "Write POINT, POLYGON, BBOX or GeoJSON."
            )
        self.vertices += vertices_in(node)
        if self.vertices > MAX_VERTICES:
            raise invalid(
                f"The shapes have more than {MAX_VERTICES:,} corners.", "Draw simpler ones."
            )
        return read_shape(node, self.crs)

    # Time

    def _interval(self, node: Any, depth: int) -> Interval:
        if not (isinstance(node, dict) and "interval" in node):
            moment = self.operand(node, depth + 1)
            if isinstance(moment, q.Literal) and not isinstance(moment.value, date):
                raise invalid(
                    f"{shown(moment.value)} is not a time.",
                    "Write DATE('2018-07-01') or TIMESTAMP('2018-07-01T00:00:00Z').",
                )
            return Interval(moment, moment)
        ends = node["interval"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise invalid("INTERVAL needs a start and an end.", "Write '..' for an open one.")
        self._count(depth, 2)
        start, end = (self._end(one, depth) for one in ends)
        first: Bound = start if start is not None else "earliest"
        last: Bound = end if end is not None else "latest"
        if isinstance(first, q.Literal) and isinstance(last, q.Literal):
            self._in_order(first.value, last.value)
        return Interval(first, last)

    def _end(self, node: Any, depth: int) -> q.Operand | None:
        if node in ("..", "", None):
            return None
        if isinstance(node, str):
            return q.Literal(
                read_day(node) if len(node.strip()) == 10 else read_instant(node, self.zone)
            )
        return self.operand(node, depth + 1)

    def _in_order(self, start: q.Value, end: q.Value) -> None:
        if isinstance(start, datetime) != isinstance(end, datetime):
            raise invalid("An interval needs two dates or two instants, not one of each.")
        if isinstance(start, date) and isinstance(end, date) and start > end:
            raise invalid("An interval ends before it begins.", "Write the earlier time first.")

    # Operands

    def operand(self, node: Any, depth: int = 0) -> q.Operand:
        """A field, a constant, a function or arithmetic.

        Raises
        ------
        InvalidFilter: it is none of them.
        """
        self._count(depth)
        if not isinstance(node, dict):
            return q.Literal(read_constant(node))
        name = node.get("property")
        if isinstance(name, str) and name:
            return q.Name(read_text(name))
        if "date" in node:
            return q.Literal(read_day(node["date"]))
        if "timestamp" in node:
            return q.Literal(read_instant(node["timestamp"], self.zone))
        if "op" in node:
            op, args = self._call(node)
            if op in ("casei", "accenti"):
                (inner,) = self._operands(op, args, 1, depth)
                return q.Call(cast("Any", op), inner)
            if op in _ARITHMETIC:
                left, right = self._operands(op, args, 2, depth)
                return q.Arithmetic(cast("Any", op), left, right)
            if op in _CONDITIONS or op in _COMPARE or op in _SPATIAL or op in TEMPORAL:
                raise invalid(
                    "A condition can't stand where a value is needed.", "Join them with AND."
                )
            raise invalid(
                f"There is no function {str(node['op'])[:40]} that gives a value.",
                "There are CASEI and ACCENTI.",
            )
        if "interval" in node:
            raise invalid(
                "An interval can't be compared.", "Use T_INTERSECTS or another T_ function."
            )
        if "bbox" in node or "coordinates" in node or "geometries" in node:
            raise invalid("A shape can't be compared.", "Use S_INTERSECTS or another S_ function.")
        raise invalid(f"{shown(node)} is not a value.")

    def _operands(self, op: str, args: list[Any], number: int, depth: int) -> tuple[Any, ...]:
        return tuple(self.operand(one, depth + 1) for one in self._exactly(op, args, number))

    def _call(self, node: Mapping[str, Any]) -> tuple[str, list[Any]]:
        op, args = node["op"], node.get("args")
        if not isinstance(op, str):
            raise invalid(f"{shown(op)} is not an operator.")
        if not isinstance(args, list):
            raise invalid(f'"{op[:40]}" has no list of arguments.', 'Give it "args": [...].')
        return op.lower(), args

    def _exactly(self, op: str, args: list[Any], number: int) -> list[Any]:
        if len(args) != number:
            noun = "argument" if number == 1 else "arguments"
            raise invalid(f"{op.upper()} needs {number} {noun}, not {len(args)}.")
        return args

    def _count(self, depth: int, number: int = 1) -> None:
        # The text's chains of arithmetic nest deeper than its parentheses; the scan bounds them.
        if depth > 4 * MAX_DEPTH + 16:
            raise invalid(f"The filter is nested deeper than {MAX_DEPTH} levels.", "Flatten it.")
        self.nodes += number
        if self.nodes > MAX_NODES:
            raise invalid(f"The filter has more than {MAX_NODES:,} parts.", "Ask for less at once.")


_CONDITIONS: Mapping[str, Callable[[Reading, list[Any], int], q.Filter]] = MappingProxyType(
    {
        "and": Reading.conjunction,
        "or": Reading.disjunction,
        "not": Reading.negation,
        "between": Reading.between,
        "in": Reading.membership,
        "like": Reading.like,
        "isnull": Reading.missing,
        "search": Reading.search,
        "s_dwithin": Reading.near,
        "t_span": Reading.span,
    }
)


def _is_geometry(node: Any) -> bool:
    return isinstance(node, dict) and node.get("property") == GEOMETRY
