"""One line of a mapping, run for real: in DuckDB with the spatial extension, on given values."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from interurban.core.city import City
from interurban.core.dataset import Expression
from interurban.core.dataset import Mapping as MappingLines
from interurban.core.standard import Field
from interurban.standards import CompiledMapping, compile_mapping

CHICAGO = City(
    id="chicago",
    name="Chicago",
    country="United States",
    time_zone="America/Chicago",
    crs="EPSG:26971",
    bounds=(-87.94, 41.64, -87.52, 42.03),
    region=(-88.75, 41.2, -86.9, 42.7),
    locale="en-US",
    units="imperial",
    suppression_threshold=5,
)
LONDON = City(
    id="london",
    name="London",
    country="United Kingdom",
    time_zone="Europe/London",
    crs="EPSG:27700",
    bounds=(-0.51, 51.28, 0.34, 51.70),
    region=(-1.0, 51.0, 0.61, 51.95),
    locale="en-GB",
    units="metric",
    suppression_threshold=5,
)


class Unreadable(Exception):
    """The expression raised for this row: the store would show it in the rejects."""


Run = Callable[..., Any]


@pytest.fixture(scope="session")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB as the store opens it: extensions by path, nothing fetched."""
    package = importlib.util.find_spec("duckdb_extension_spatial")
    assert package is not None
    assert package.origin is not None
    spatial = next(Path(package.origin).parent.rglob("spatial.duckdb_extension"))
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    connection.load_extension(str(spatial))
    # A zone of neither city: what depends on the connection's own zone comes out wrong.
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def run(duck: duckdb.DuckDBPyConnection) -> Run:
    """``run(expression, value, field_type=..., city=...)``: the result for the source column ``x``.

    Instants come back as ISO text in UTC, geometry as well-known text; more columns are given by
    name, as text unless a pair of value and DuckDB type.
    """

    def one(
        sql: str,
        value: Any = None,
        /,
        kind: str = "VARCHAR",
        *,
        field_type: str = "",
        city: City = CHICAGO,
        crs: str = "EPSG:4326",
        **more: Any,
    ) -> Any:
        given = {"x": (value, kind)}
        given |= {name: v if isinstance(v, tuple) else (v, "VARCHAR") for name, v in more.items()}
        columns = {name: column_kind for name, (_, column_kind) in given.items()}
        mapping = lines({"y": Expression(sql, field=Field("y", field_type, extra=True))})
        tree = compile_mapping(mapping, None, columns, city, crs).fields[0]
        source = ", ".join(f"CAST(? AS {k}) AS {n}" for n, (_, k) in given.items())
        shown = {
            "datetime": "strftime(timezone('UTC', y), '%Y-%m-%dT%H:%M:%S.%gZ')",
            "geometry": "ST_AsText(y)",
        }.get(tree.field.type, "y")
        text = tree.value.sql(dialect="duckdb")
        try:
            row = duck.execute(
                f"SELECT {shown} FROM (SELECT {text} AS y FROM (SELECT {source}))",
                [v for v, _ in given.values()],
            ).fetchone()
        except duckdb.Error as error:
            raise Unreadable(str(error)) from error
        assert row is not None
        return row[0]

    return one


def lines(expressions: dict[str, Expression], file: str = "pack/datasets/x.yaml") -> MappingLines:
    """A mapping as a pack gives it."""
    return MappingLines(expressions, file)


def map_table(
    duck: duckdb.DuckDBPyConnection, table: pa.Table, mapping: CompiledMapping
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The mapped rows, blank where they could not be read, and the reasons of every check."""
    duck.register("given", table)
    # Common subexpressions would be computed outside of TRY, and stop the load.
    duck.execute("SET disabled_optimizers = 'common_subexpressions'")
    columns = ", ".join(
        f'TRY({f.value.sql(dialect="duckdb")}) AS "{f.field.name}"' for f in mapping.fields
    )
    duck.execute(f"CREATE OR REPLACE TEMP TABLE mapped AS SELECT {columns} FROM given")
    duck.execute("RESET disabled_optimizers")
    duck.unregister("given")
    reasons: dict[str, int] = {}
    for check in mapping.checks:
        broken = duck.execute(
            f"SELECT {check.reason.sql(dialect='duckdb')}, count(*) FROM mapped "
            f"WHERE {check.condition.sql(dialect='duckdb')} GROUP BY 1"
        ).fetchall()
        reasons.update({f"{check.field} {check.action}: {r}": n for r, n in broken})
    shown = ", ".join(
        f'ST_AsText("{f.field.name}") AS "{f.field.name}"'
        if f.field.type == "geometry"
        else f'"{f.field.name}"'
        for f in mapping.fields
    )
    cursor = duck.execute(f"SELECT {shown} FROM mapped")
    names = [f.field.name for f in mapping.fields]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()], reasons
