"""The Morton layout: house columns computed from a geometry, and the order of the rows.

The formulas are those of ``interurban.query.grid``, as DuckDB macros, so that they run over any
number of rows inside the engine. (DuckDB's ``greatest`` and ``least`` pass over a missing value,
so each macro asks for it first.)
"""

from __future__ import annotations

import duckdb

from interurban.query.grid import MAX_LATITUDE, NO_PLACE, UNITS

__all__ = ["HOUSE_COLUMNS", "SHAPE_COLUMNS", "create_macros", "house_columns"]

HOUSE_COLUMNS = ("_row", "_key", "_mx", "_my")
SHAPE_COLUMNS = ("_mx0", "_my0", "_mx1", "_my1")

_MACROS = f"""
CREATE OR REPLACE TEMP MACRO grid_x(lon) AS
    CASE WHEN lon IS NOT NULL THEN
        greatest(0, least({UNITS - 1}, floor((lon + 180.0) / 360.0 * {UNITS})))::UINTEGER END;
CREATE OR REPLACE TEMP MACRO grid_y(lat) AS
    CASE WHEN lat IS NOT NULL THEN
        greatest(0, least({UNITS - 1}, floor((0.5 - ln(tan(pi() / 4
            + radians(greatest(-{MAX_LATITUDE}, least({MAX_LATITUDE}, lat))) / 2)) / (2 * pi()))
            * {UNITS})))::UINTEGER END;
CREATE OR REPLACE TEMP MACRO spread16(v) AS (v | (v << 16)) & 281470681808895::UBIGINT;
CREATE OR REPLACE TEMP MACRO spread8(v) AS (v | (v << 8)) & 71777214294589695::UBIGINT;
CREATE OR REPLACE TEMP MACRO spread4(v) AS (v | (v << 4)) & 1085102592571150095::UBIGINT;
CREATE OR REPLACE TEMP MACRO spread2(v) AS (v | (v << 2)) & 3689348814741910323::UBIGINT;
CREATE OR REPLACE TEMP MACRO spread1(v) AS (v | (v << 1)) & 6148914691236517205::UBIGINT;
CREATE OR REPLACE TEMP MACRO spread(v) AS
    spread1(spread2(spread4(spread8(spread16(v::UBIGINT)))));
CREATE OR REPLACE TEMP MACRO morton(x, y) AS spread(x) | (spread(y) << 1);
"""


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the layout's functions known to a connection."""
    connection.execute(_MACROS)


def house_columns(source: str, *, points: bool) -> str:
    """A query over ``source`` that adds the house columns to its columns.

    ``source`` has ``_row`` and, for placed data, ``geometry`` (WGS84); ``points`` says that every
    geometry is one point. Rows are not ordered yet.
    """
    if points:
        located = (
            f"SELECT *, grid_x(ST_X(geometry)) AS _mx, grid_y(ST_Y(geometry)) AS _my FROM {source}"
        )
    else:
        located = f"""
            SELECT * EXCLUDE (_centre),
                grid_x(ST_X(_centre)) AS _mx, grid_y(ST_Y(_centre)) AS _my,
                grid_x(ST_XMin(geometry)) AS _mx0, grid_y(ST_YMax(geometry)) AS _my0,
                grid_x(ST_XMax(geometry)) AS _mx1, grid_y(ST_YMin(geometry)) AS _my1
            FROM (SELECT *, ST_Centroid(geometry) AS _centre FROM {source})"""
    return f"""
        SELECT *, coalesce(morton(_mx, _my), {NO_PLACE}::UBIGINT) AS _key FROM ({located})"""
