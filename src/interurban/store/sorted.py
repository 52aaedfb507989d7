"""Rows in natural order: the one sort of a load, into a file that becomes the hot copy.

A point's geometry is kept as two numbers, which sort and compress three times faster, and is made
again when somebody asks for it; of other shapes the copy also holds what tiles need.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import duckdb

from interurban.core.dataset import Snapshot
from interurban.query.compile_tile import COARSE_ZOOM, simplification_m

from .clocks import know_days, local_time
from .stage import create_point_table, name_sql, number, text_sql

__all__ = ["HOT_TABLE", "sorted_rows"]

HOT_TABLE = ("main", "features")
"""Schema and name, in the file, of the rows in natural order."""

_ROW_GROUP = 16_384
_SLOW_COMPRESSION = "fsst,dict_fsst,zstd"
"""Left out of a cache: they halve the size of text and double the time to write it."""

_RANGE_ROWS = 1_000_000
"""Rows that are sorted at a time where a range of keys can be read without the rest."""


@contextmanager
def sorted_rows(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    snapshot: Snapshot,
    time_zone: str,
    path: Path,
) -> Iterator[str]:
    """Write rows with their house columns in natural order to a new DuckDB file.

    Lines and polygons also get ``_mercator``, their geometry in EPSG:3857 with outer rings
    clockwise, and ``_coarse``, the same simplified for low zooms, for tiles; where the
    time role is an instant, ``_local`` is that instant on the city's clocks (``time_zone``).

    Parameters
    ----------
    rows: the table or view to read. Points may come as ``_lon`` and ``_lat`` beside ``geometry``.
    snapshot: says what the rows are; its version need not be known yet.

    Yields
    ------
    A query over the file that gives the rows as the lake keeps them, in order. The file is let go
    of when the context ends.
    """
    file = name_sql(f"hot {snapshot.dataset}")
    connection.execute(f"SET disabled_compression_methods = '{_SLOW_COMPRESSION}'")
    connection.execute(f"ATTACH {text_sql(str(path))} AS {file} (ROW_GROUP_SIZE {_ROW_GROUP})")
    try:
        own = _write(connection, file, rows, snapshot, time_zone)
        connection.execute(f"CHECKPOINT {file}")
        without = f" EXCLUDE ({', '.join(own)})" if own else ""
        yield f"SELECT *{without} FROM {file}.{'.'.join(HOT_TABLE)}"
    finally:
        connection.execute(f"DETACH {file}")


def _write(
    connection: duckdb.DuckDBPyConnection,
    file: str,
    rows: str,
    snapshot: Snapshot,
    time_zone: str,
) -> list[str]:
    """Write the rows; gives the names of the columns that the lake does not have."""
    columns = _columns(connection, rows)
    kept = {name: name_sql(name) for name in columns}
    own = _shapes(snapshot)
    flat = "_lon" in columns
    if not flat and snapshot.geometry == "point" and _is_flat(connection, rows):
        flat = True
        own |= {"_lon": "ST_X(geometry)", "_lat": "ST_Y(geometry)"}
    if flat:
        del kept["geometry"]
    join = ""
    time = snapshot.field(snapshot.roles.time or "")
    if time is not None and time.type == "datetime":
        know_days(connection, time_zone, snapshot.time_extent)
        own["_local"], join = local_time(time.name, time_zone)
    kept |= own
    listed = ", ".join(f"{sql} AS {name_sql(name)}" for name, sql in kept.items())
    query = f"SELECT {listed} FROM {rows} {join}"
    table = f"{file}.{'.'.join(HOT_TABLE)}"
    if flat:
        create_point_table(connection, f"TABLE {table}", query, columns)
    else:
        connection.execute(f"CREATE TABLE {table} AS {query} LIMIT 0")
    for keys in _ranges(connection, rows, snapshot) if flat else ("true",):
        connection.execute(f"INSERT INTO {table} BY NAME {query} WHERE {keys} ORDER BY _key, _row")
    return [*own, *(name for name in ("_lon", "_lat") if name in columns)]


def _columns(connection: duckdb.DuckDBPyConnection, rows: str) -> list[str]:
    return [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()]


def _ranges(connection: duckdb.DuckDBPyConnection, rows: str, snapshot: Snapshot) -> Iterator[str]:
    """Conditions that cut the rows into ranges of keys, in order."""
    parts = snapshot.rows // _RANGE_ROWS
    cuts: list[int] = []
    if parts > 1:
        found = connection.execute(
            f"SELECT quantile_disc(_key, ?::DOUBLE[]) FROM (SELECT _key FROM {rows}) "
            "USING SAMPLE 100000 ROWS",
            [[part / parts for part in range(1, parts)]],
        ).fetchone()
        cuts = sorted(set(found[0])) if found is not None and found[0] else []
    for low, high in pairwise([None, *cuts, None]):
        limits = [
            f"_key >= {low}" if low is not None else "",
            f"_key < {high}" if high is not None else "",
        ]
        yield " AND ".join(filter(None, limits)) or "true"


def _shapes(snapshot: Snapshot) -> dict[str, str]:
    """Columns for tiles of lines and polygons."""
    if snapshot.geometry not in ("line", "polygon", "mixed"):
        return {}
    mercator = "ST_Transform(geometry, 'EPSG:4326', 'EPSG:3857', always_xy := true)"
    whole = mercator if snapshot.geometry == "line" else f"ST_Normalize({mercator})"
    simple = f"ST_Simplify({whole}, {simplification_m(COARSE_ZOOM)})"
    coarse = f"CASE WHEN ST_IsEmpty({simple}) THEN ST_Centroid({mercator}) ELSE {simple} END"
    return {"_mercator": whole, "_coarse": coarse}


def _is_flat(connection: duckdb.DuckDBPyConnection, rows: str) -> bool:
    """Whether no point has a height or a measure, which two numbers would lose."""
    return not number(
        connection,
        f"SELECT count(*) FROM {rows} WHERE ST_HasZ(geometry) OR ST_HasM(geometry)",
    )
