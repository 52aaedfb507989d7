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
from .trees import (
    all_of,
    any_of,
    call,
    case,
    cast,
    equals,
    number,
    one_of,
    raising,
    text,
    true,
    try_cast,
)

__all__ = [
    "WGS84",
    "angle",
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
_HEX = r"^[0-9A-Fa-f]{42,}$"
_SIGNED = r"([NSEWnsew]?)[\s]*([+-]?)[\s]*"
_PART = r"([0-9]+(?:[.,][0-9]+)?)"
_ANGLE = (
    rf"^\s*{_SIGNED}{_PART}[\s]*(?:[°ºdD:\s][\s]*"
    rf"(?:{_PART}[\s]*(?:['′’m:\s][\s]*(?:{_PART}[\s]*(?:[\"″”s]|'')?)?)?)?)?[\s]*([NSEWnsew]?)\s*$"
)
_LON_LAT = frozenset({"EPSG:4326", "OGC:CRS84", "OGC:CRS84H"})


def point(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``point(lon, lat)`` in degrees, from numbers or text."""
    expect(arguments, "point(longitude, latitude)", 2, 2)
    lon, lat = (read_number([each], setting) for each in arguments)
    return call("ST_Point", lon, lat)


def angle(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``angle(text)``: 41°52'58.4"N, 87.63° W or 41:52:58 as degrees; south and west negative."""
    expect(arguments, "angle(text)", 1, 1)
    (value,) = arguments
    if not is_text(setting.type_of(value)):
        return read_number([value], setting)

    def part(group: int) -> exp.Expr:
        found = call("regexp_extract", value, text(_ANGLE), number(group))
        return call("replace", found, text(","), text("."))

    def fraction(group: int, of: int) -> exp.Expr:
        whole = call("coalesce", try_cast(part(group), "DOUBLE"), number(0))
        return exp.Div(this=whole, expression=number(of))

    # Only the first part is cast for good: it is what a text that is no angle lacks.
    size = exp.Add(
        this=exp.Add(this=cast(part(3), "DOUBLE"), expression=fraction(4, 60)),
        expression=fraction(5, 3600),
    )
    negative = any_of(
        equals(part(2), text("-")),
        *(one_of(call("upper", part(group)), [text("S"), text("W")]) for group in (1, 6)),
    )
    signed = exp.Mul(this=number(-1), expression=exp.Paren(this=size.copy()))
    return case([(negative, signed)], otherwise=size)


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
    """``point_from_text(text)``: "(lat, lon)", also behind an address; "POINT (lon lat)"."""
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
    is_pair = call("contains", value, text(","))
    return case(
        [(is_wkt, call("ST_GeomFromText", value)), (is_pair, call("ST_Point", lon, lat))],
        otherwise=raising("not a point:", value, "GEOMETRY"),
    )


def shape_in(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``shape_in(crs, text)``: any shape from well-known text, GeoJSON, or WKB in hex."""
    expect(arguments, _SHAPE_IN, 2, 2)
    crs = known_crs(constant_text(arguments[0], _SHAPE_IN))
    value = arguments[1]
    if not is_text(setting.type_of(value)):
        raise MappingError("it reads text.", advice=f"It is written {_SHAPE_IN}.")
    shape = case(
        [
            (call("starts_with", value, text("{")), call("ST_GeomFromGeoJSON", value)),
            (call("regexp_matches", value, text(_HEX)), call("ST_GeomFromHEXEWKB", value)),
        ],
        otherwise=call("ST_GeomFromText", value),
    )
    return to_wgs84(call("ST_Force2D", shape), crs)


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
