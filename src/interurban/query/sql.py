"""SQL as trees: the few building blocks that the compiler and the store share.

Values are always bound as named parameters with their type beside them; DuckDB prunes row groups
only when both sides of a comparison have the column's own type.

A tree is built once, from its leaves up, and written once, so no step copies what it is given: that
copying would cost as much as everything else.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlglot import exp

__all__ = [
    "DUCKDB_TYPES",
    "Parameters",
    "Statement",
    "all_of",
    "any_of",
    "call",
    "cast",
    "column",
    "number",
    "table",
]

DUCKDB_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMPTZ",
    "geometry": "GEOMETRY",
}
"""The DuckDB type of each field type."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text in DuckDB's dialect and the values bound to it."""

    sql: str
    parameters: dict[str, Any]


@dataclass(slots=True)
class Parameters:
    """Collects the values of one statement."""

    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any, duckdb_type: str) -> exp.Expr:
        """Add a value; the answer is its place in the tree, cast to ``duckdb_type``."""
        name = f"p{len(self.values)}"
        if isinstance(value, datetime):
            value = value.astimezone(UTC)
        self.values[name] = value
        return cast(exp.Placeholder(this=name), duckdb_type)

    def bind_shape(self, wkb: bytes) -> exp.Expr:
        """Add a geometry (WKB, WGS84)."""
        return call("ST_GeomFromWKB", self.bind(wkb, "BLOB"))

    def bind_literal(self, value: Any) -> exp.Expr:
        """Add a value of a Python type that has one plain DuckDB type."""
        match value:
            case bool():
                return self.bind(value, "BOOLEAN")
            case int():
                return self.bind(value, "BIGINT")
            case float():
                return self.bind(value, "DOUBLE")
            case datetime():
                return self.bind(value, "TIMESTAMPTZ")
            case date():
                return self.bind(value, "DATE")
            case None:
                return exp.Null()
            case _:
                return self.bind(str(value), "VARCHAR")

    def statement(self, tree: exp.Expr) -> Statement:
        """The finished statement."""
        return Statement(_texts.of(tree), self.values)


class _Texts:
    """SQL text by the shape of its tree; the least recently written is forgotten first.

    Values are bound, not written, so the same question about another place or time has the same
    text. The shape is everything that stands in the tree, so two trees of one shape are one text.
    Trees of more than ``longest`` parts are not kept, so that memory stays bounded.
    """

    def __init__(self, size: int, longest: int) -> None:
        self._size = size
        self._longest = longest
        self._known: OrderedDict[tuple[object, ...], str] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, tree: exp.Expr) -> str:
        """The text of a tree in DuckDB's dialect."""
        shape = _shape(tree, self._longest)
        if shape is None:
            return tree.sql("duckdb", copy=False)
        with self._lock:
            known = self._known.get(shape)
            if known is not None:
                self._known.move_to_end(shape)
                return known
        text = tree.sql("duckdb", copy=False)
        with self._lock:
            self._known[shape] = text
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return text


_texts = _Texts(512, longest=4_096)


def _shape(tree: exp.Expr, longest: int) -> tuple[object, ...] | None:
    """Everything in a tree, each part with the number of its own; ``None`` if it is too much."""
    marks: list[object] = []
    ahead: list[object] = [tree]
    while ahead:
        part = ahead.pop()
        if isinstance(part, exp.Expr):
            marks += (part.__class__, *part.args)
            ahead += part.args.values()
        elif isinstance(part, list):
            marks += (list, len(part))
            ahead += part
        else:
            marks += (part.__class__, part)
        if len(marks) > longest:
            return None
    return tuple(marks)


def column(name: str, of: str | None = None) -> exp.Column:
    """A quoted column."""
    return exp.column(name, table=of, quoted=True)


def table(path: Iterable[str]) -> exp.Table:
    """A quoted table by catalog, schema and name."""
    *front, name = path
    schema = front[-1] if front else None
    catalog = front[-2] if len(front) > 1 else None
    return exp.table_(name, db=schema, catalog=catalog, quoted=True)


def call(function: str, *arguments: exp.Expr) -> exp.Expr:
    """A function by the name DuckDB knows."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def cast(of: exp.Expr, duckdb_type: str) -> exp.Expr:
    """``CAST(of AS duckdb_type)``; geometry and blob types pass as they are named."""
    return exp.Cast(this=of, to=_type(duckdb_type).copy())


@cache
def _type(duckdb_type: str) -> exp.DataType:
    return exp.DataType.build(duckdb_type, dialect="duckdb", udt=True)


def number(value: int) -> exp.Expr:
    """A constant that the node itself computed (a shift, a key): never a reader's value."""
    return exp.Literal.number(value)


def all_of(conditions: Iterable[exp.Expr]) -> exp.Expr | None:
    """Their conjunction, or ``None`` when there are none."""
    parts = list(conditions)
    return exp.and_(*parts, copy=False) if parts else None


def any_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """Their disjunction; FALSE when there are none."""
    parts = list(conditions)
    return exp.or_(*parts, copy=False) if parts else exp.false()
