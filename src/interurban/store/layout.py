"""The Morton layout: house columns computed from a geometry, and the order of the rows.

The formulas are those of ``interurban.query.grid``, as DuckDB macros, so that they run over any
number of rows inside the engine. (DuckDB's ``greatest`` and ``least`` pass over a missing value,
so each macro asks for it first.)
"""

from __future__ import annotations

import duckdb

from interurban.query.grid import MAX_LATITUDE, NO_PLACE, UNITS

__all__ = ["create_macros", "house_columns", "point_columns"]

_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
"""Shifts and masks that put a zero between any two bits of a 32-bit number."""

_MACROS = f"""
CREATE OR REPLACE TEMP MACRO grid_x(lon) AS
    CASE WHEN lon IS NOT NULL THEN
        greatest(0, least({UNITS - 1}, floor((lon + 180.0) / 360.0 * {UNITS})))::UINTEGER END;
CREATE OR REPLACE TEMP MACRO grid_y(lat) AS
    CASE WHEN lat IS NOT NULL THEN
        greatest(0, least({UNITS - 1}, floor((0.5 - ln(tan(pi() / 4
            + radians(greatest(-{MAX_LATITUDE}, least({MAX_LATITUDE}, lat))) / 2)) / (2 * pi()))
            * {UNITS})))::UINTEGER END;
"""


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the layout's functions known to a connection."""
    connection.execute(_MACROS)


def house_columns(source: str) -> str:
    """A query over ``source`` that adds the house columns to its columns.

    ``source`` has ``_row`` and ``geometry`` (WGS84, of any kind). Rows are not ordered yet.
    """
    return _keyed(f"""
        SELECT * EXCLUDE (_centre),
            grid_x(ST_X(_centre)) AS _mx, grid_y(ST_Y(_centre)) AS _my,
            grid_x(ST_XMin(geometry)) AS _mx0, grid_y(ST_YMax(geometry)) AS _my0,
            grid_x(ST_XMax(geometry)) AS _mx1, grid_y(ST_YMin(geometry)) AS _my1
        FROM (SELECT *, ST_Centroid(geometry) AS _centre FROM {source})""")


def point_columns(query: str) -> str:
    """The house columns of points: a query with ``_lon`` and ``_lat`` and what it gives beside."""
    return _keyed(f"SELECT *, grid_x(_lon) AS _mx, grid_y(_lat) AS _my FROM ({query})")


def _keyed(query: str) -> str:
    """Add ``_key``: the bits of ``_mx`` and ``_my`` interleaved.

    Each step is a query of its own, so that it is computed once whatever the optimizer may do.
    """
    query = f"SELECT *, _mx::UBIGINT AS _sx, _my::UBIGINT AS _sy FROM ({query})"
    for shift, mask in _SPREAD:
        x, y = (f"(({v} | ({v} << {shift})) & {mask}::UBIGINT) AS {v}" for v in ("_sx", "_sy"))
        query = f"SELECT * REPLACE ({x}, {y}) FROM ({query})"
    key = f"coalesce(_sx | (_sy << 1), {NO_PLACE}::UBIGINT)"
    return f"SELECT * EXCLUDE (_sx, _sy), {key} AS _key FROM ({query})"
