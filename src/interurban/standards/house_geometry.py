"""Places: coordinates and shapes in any CRS to geometry in WGS84, longitude first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pyproj import CRS
from pyproj.exceptions import CRSError
from sqlglot import exp

from interurban.core.errors import MappingError

from .house import Setting, constant_text, expect, is_geometry, is_text
from .house_values import number as read_number
from .trees import all_of, any_of, call, case, cast, equals, number, raising, text, true

__all__ = [
    "WGS84",
    "point",
    "point_from_text",
    "point_in",
    "shape_in",
    "source_geometry",
    "to_wgs84",
]

WGS84 = "EPSG:4326"

_POINT_IN = "point_in('EPSG:3435', x, y)"
_SHAPE_IN = "shape_in('EPSG:27700', wkt)"
_AUTHORITY_CODE = re.compile(r"[A-Za-z]+:[A-Za-z0-9]+")
_LON_LAT = frozenset({"EPSG:4326", "OGC:CRS84", "OGC:CRS84H"})


def point(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``point(lon, lat)`` in degrees, from numbers or text."""
    expect(arguments, "point(longitude, latitude)", 2, 2)
    lon, lat = (read_number([each], setting) for each in arguments)
    return call("ST_Point", lon, lat)


def point_in(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``point_in(crs, x, y)`` in the unit of the CRS, from numbers or text."""
    expect(arguments, _POINT_IN, 3, 3)
    crs = known_crs(constant_text(arguments[0], _POINT_IN))
    x, y = (read_number([each], setting) for each in arguments[1:])
    # 0,0 is how tables say "unknown"; carried over to degrees it would look like a real place.
    origin = all_of(equals(x, number(0)), equals(y, number(0)))
    there = to_wgs84(call("ST_Point", x, y), crs)
    return case([(origin, call("ST_Point", number(0), number(0)))], otherwise=there)


def point_from_text(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``point_from_text(text)``: "(lat, lon)", also behind an address, or "POINT (lon lat)"."""
    expect(arguments, "point_from_text(text)", 1, 1)
    (value,) = arguments
    if not is_text(setting.type_of(value)):
        raise MappingError("it reads text.", advice="point(lon, lat) reads numbers.")
    inner = call("rtrim", call("split_part", value, text("("), number(-1)), text(") "))
    lat, lon = (
        cast(call("split_part", inner, text(","), number(part)), "DOUBLE") for part in (1, 2)
    )
    is_wkt = any_of(
        *(call("starts_with", value, text(word)) for word in ("POINT", "Point", "point", "SRID"))
    )
    is_pair = all_of(call("contains", value, text("(")), call("contains", value, text(",")))
    return case(
        [(is_wkt, call("ST_GeomFromText", value)), (is_pair, call("ST_Point", lon, lat))],
        otherwise=raising("not a point:", value, "GEOMETRY"),
    )


def shape_in(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``shape_in(crs, wkt)``: any shape from its well-known text."""
    expect(arguments, _SHAPE_IN, 2, 2)
    crs = known_crs(constant_text(arguments[0], _SHAPE_IN))
    value = arguments[1]
    if not is_text(setting.type_of(value)):
        raise MappingError("it reads well-known text.", advice=f"It is written {_SHAPE_IN}.")
    return to_wgs84(call("ST_Force2D", call("ST_GeomFromText", value)), crs)


def source_geometry(column: exp.Expr, type_name: str, crs: str) -> exp.Expr:
    """The source's own geometry column (WKB or GEOMETRY, in ``crs``) in WGS84, flat."""
    shape = column if is_geometry(type_name) else call("ST_GeomFromWKB", column)
    return to_wgs84(call("ST_Force2D", shape), crs)


def to_wgs84(shape: exp.Expr, crs: str) -> exp.Expr:
    """A shape in ``crs``, easting or longitude first, carried over to WGS84 with PROJ."""
    if crs.upper() in _LON_LAT:
        return shape
    return call("ST_Transform", shape, text(crs), text(WGS84), true())


@cache
def known_crs(crs: str) -> str:
    """The same text, after a look whether PROJ knows it.

    Raises
    ------
    MappingError: it is not an authority and a code, or there is no such CRS.
    """
    try:
        if not _AUTHORITY_CODE.fullmatch(crs):
            raise CRSError("not an authority and a code")
        CRS.from_user_input(crs)
    except CRSError as error:
        raise MappingError(
            f'"{crs}" is no coordinate reference system.',
            advice="Name it as EPSG:3435 (Illinois East, feet) or EPSG:27700 (British grid).",
        ) from error
    return crs
