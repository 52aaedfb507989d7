"""SQL as trees: the few building blocks that the compiler and the store share.

Values are always bound as named parameters with their type beside them; DuckDB prunes row groups
only when both sides of a comparison have the column's own type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
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
        return Statement(tree.sql("duckdb"), self.values)


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
    return exp.Cast(this=of, to=exp.DataType.build(duckdb_type, dialect="duckdb", udt=True))


def number(value: int) -> exp.Expr:
    """A constant that the node itself computed (a shift, a key): never a reader's value."""
    return exp.Literal.number(value)


def all_of(conditions: Iterable[exp.Expr]) -> exp.Expr | None:
    """Their conjunction, or ``None`` when there are none."""
    parts = list(conditions)
    return exp.and_(*parts) if parts else None


def any_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """Their disjunction; FALSE when there are none."""
    parts = list(conditions)
    return exp.or_(*parts) if parts else exp.false()
