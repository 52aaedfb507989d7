"""Which area each row lies in, worked out once for each pair of snapshots.

Like a hot copy this is a cache: one read-only DuckDB file beside the copy, built under another name
and renamed, that can be deleted at any time.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import shapely

from interurban.core.dataset import Snapshot
from interurban.query.compile import Table
from interurban.query.compile_areas import compile_area_shapes, compile_areas

from .area_cover import EDGE, cover_areas
from .home import Home
from .stage import name_sql, text_sql

__all__ = ["AREAS_TABLE", "areas_path", "build_areas"]

AREAS_TABLE = ("main", "areas")

_WORTH_COVERING = 50_000
"""Points from which a cover costs less than it saves."""

_POINTS_AN_EDGE, _EDGES = 16, 200_000
_COVER = "area_cover"


def areas_path(home: Home, snapshot: Snapshot, boundary: Snapshot) -> Path:
    """Where the areas of a snapshot's rows lie, whether they are there or not."""
    name = f"{boundary.dataset}-{boundary.version}{boundary.release}-{snapshot.version}.duckdb"
    return home.hot / snapshot.dataset / "areas" / snapshot.release / name


def build_areas(
    home: Home, connection: duckdb.DuckDBPyConnection, table: Table, boundary: Table
) -> Path:
    """Work out the areas if they are not there, and drop those of other versions.

    ``connection`` reaches both tables.
    """
    path = areas_path(home, table.snapshot, boundary.snapshot)
    with home.building(f"{table.snapshot.dataset}-areas"):
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        half.unlink(missing_ok=True)
        alias = name_sql(half.name)
        connection.execute(f"ATTACH {text_sql(str(half))} AS {alias}")
        try:
            cover = _register_cover(connection, table, boundary)
            statement = compile_areas(table, boundary, cover)
            connection.execute(
                f"CREATE TABLE {alias}.{'.'.join(AREAS_TABLE)} AS {statement.sql}",
                statement.parameters,
            )
            connection.execute(f"CHECKPOINT {alias}")
        finally:
            connection.unregister(_COVER)
            connection.execute(f"DETACH {alias}")
        half.replace(path)
        for other in path.parent.glob(f"{boundary.snapshot.dataset}-*.duckdb"):
            if other != path:
                other.unlink(missing_ok=True)
    return path


def _register_cover(
    connection: duckdb.DuckDBPyConnection, table: Table, boundary: Table
) -> str | None:
    """Make the cover of the areas known to a connection; its name, or ``None`` without one."""
    points = table.snapshot.placed
    if not table.points or points < _WORTH_COVERING:
        return None
    statement = compile_area_shapes(boundary)
    areas = connection.execute(statement.sql, statement.parameters).to_arrow_table()
    shapes = shapely.from_wkb(areas.column("geometry").to_numpy())
    cover = cover_areas(shapes, min(_EDGES, points // _POINTS_AN_EDGE))
    if cover is None:
        return None
    known = pa.array(cover.area, mask=cover.area < 0)
    steps = {
        "first": cover.first,
        "edge": cover.area == EDGE,
        "area": areas.column("area").combine_chunks().take(known),
    }
    connection.register(_COVER, pa.table(steps))
    return _COVER
