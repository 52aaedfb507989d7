"""DuckDB's own opinion of an expression: its type over a source's columns, or what is wrong.

The expression is bound, not run, against an empty table in a private in-memory database that can
reach neither files nor the network. The functions of the spatial extension stand there as macros
with the right arguments and types, so that binding needs no extension.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import TracebackType

import duckdb
from sqlglot import exp
from sqlglot.errors import SqlglotError

from interurban.core.errors import MappingError

from .house import is_geometry
from .trees import cast, null

__all__ = ["Binder"]

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": "1",
    "memory_limit": "256MB",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

_GEOMETRY_IF = "CASE WHEN {} THEN CAST(NULL AS GEOMETRY) END"
_SPATIAL_MACROS = (
    ("ST_Point(x, y)", _GEOMETRY_IF.format("x + y IS NULL")),
    ("ST_GeomFromText(shape)", _GEOMETRY_IF.format("trim(shape) IS NULL")),
    ("ST_GeomFromGeoJSON(shape)", _GEOMETRY_IF.format("trim(shape) IS NULL")),
    ("ST_GeomFromHEXEWKB(shape)", _GEOMETRY_IF.format("trim(shape) IS NULL")),
    ("ST_Force2D(shape)", "CAST(shape AS GEOMETRY)"),
    ("ST_Transform(shape, here, there, xy)", "CAST(shape AS GEOMETRY)"),
)
_SOURCE = "source"


class Binder:
    """Tells the types of trees over the columns of one source; close it after use.

    Parameters
    ----------
    columns: name of each source column and its DuckDB type.

    Attributes
    ----------
    types: the same types as DESCRIBE writes them (``TIMESTAMP WITH TIME ZONE``).
    """

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._connection = _engine().cursor()
        empty = exp.select(
            *(
                exp.alias_(cast(null(), _bindable(kind)), name, quoted=True)
                for name, kind in columns.items()
            )
        )
        table = exp.Create(
            this=exp.to_table(_SOURCE),
            kind="TABLE",
            expression=empty,
            properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        )
        try:
            self._connection.execute(table.sql(dialect="duckdb"))
        except duckdb.Error as error:
            self._connection.close()
            raise MappingError(
                f"the source's columns cannot stand in one table: {_first_line(error)}"
            ) from error

        described = self._connection.execute(f"DESCRIBE {_SOURCE}").fetchall()
        self.types = {str(name): str(kind) for name, kind, *_ in described}

    def __enter__(self) -> Binder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def type_of(self, tree: exp.Expr) -> str:
        """The DuckDB type of a tree, as DESCRIBE writes it (``TIMESTAMP WITH TIME ZONE``).

        Raises
        ------
        MappingError: DuckDB cannot run the tree: a function does not take these arguments.
        """
        try:
            return self._describe([tree])[0]
        except duckdb.Error as error:
            raise MappingError(f"DuckDB cannot run this: {_first_line(error)}") from error

    def can_run(self, trees: Sequence[exp.Expr]) -> bool:
        """Whether DuckDB can run all of these together; much faster than one by one."""
        try:
            self._describe(trees)
        except duckdb.Error:
            return False
        return True

    def _describe(self, trees: Sequence[exp.Expr]) -> list[str]:
        values = [exp.alias_(tree, f"value_{i}") for i, tree in enumerate(trees)]
        query = exp.Select(expressions=values).from_(_SOURCE, copy=False).sql(dialect="duckdb")
        return [str(row[1]) for row in self._connection.execute(f"DESCRIBE {query}").fetchall()]


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One database for all binders; each has a cursor, and its table is visible to it alone."""
    engine = duckdb.connect(":memory:", config=_SETTINGS)
    for head, body in _SPATIAL_MACROS:
        engine.execute(f"CREATE MACRO {head} AS {body}")
    return engine


def _bindable(type_name: str) -> str:
    """The type for the empty table; rare types that sqlglot does not read bind as text."""
    if is_geometry(type_name):
        return "GEOMETRY"
    try:
        exp.DataType.build(type_name, dialect="duckdb")
    except SqlglotError:
        return "VARCHAR"
    return type_name


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0].partition(": ")[2] or str(error).partition("\n")[0]
