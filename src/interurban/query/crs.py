"""Coordinate reference systems by the names the OGC gives them, and their way to WGS84.

Inside the house every coordinate is WGS84, longitude first. A reader may write a box or a filter
in another system; the order of its axes is the authority's own, so EPSG:4326 is latitude first.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from interurban.core.errors import BadRequest, InvalidPlace

__all__ = ["CRS84", "epsg_uri", "read_crs", "to_lonlat", "to_lonlat_box"]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
"""WGS84, longitude first: what is meant where no system is named."""

_EPSG = re.compile(
    r"(?:https?://www\.opengis\.net/def/crs/EPSG/[0-9.]+/"
    r"|urn:ogc:def:crs:EPSG:[0-9.]*:"
    r"|EPSG:)(?P<code>[0-9]{4,6})",
    re.IGNORECASE,
)


def epsg_uri(code: int) -> str:
    """The OGC's URI of an EPSG code."""
    return f"http://www.opengis.net/def/crs/EPSG/0/{code}"


def read_crs(text: str, part: str) -> str:
    """The canonical URI of a coordinate reference system.

    Parameters
    ----------
    text: a URI of the OGC, ``EPSG:27700``, ``urn:ogc:def:crs:EPSG::27700`` or ``CRS84``;
        a Link header's angle brackets may stand around a URI.
    part: the parameter it came in, for the message.

    Raises
    ------
    BadRequest: the name can't be read, or the system has no plane or longitude and latitude.
    """
    name = text.strip()
    if name.startswith("<") and name.endswith(">"):
        name = name[1:-1]
    if name.lower().replace("https://", "http://") in {"crs84", "ogc:crs84", CRS84.lower()}:
        return CRS84
    match = _EPSG.fullmatch(name)
    if match is not None:
        uri = epsg_uri(int(match["code"]))
        if _known(uri):
            return uri
    raise BadRequest(
        f"{part}={text[:100]!r} is not a coordinate reference system known here.",
        advice=f"Write {CRS84}, or an EPSG code as {epsg_uri(27700)}.",
        part=part,
    )


def to_lonlat(shape: BaseGeometry, crs: str, part: str) -> BaseGeometry:
    """The shape in WGS84, longitude first, without heights.

    Parameters
    ----------
    shape: coordinates in the axis order of ``crs``.
    crs: a URI that ``read_crs`` gave.

    Raises
    ------
    InvalidPlace: a coordinate is no number, or lies outside the world.
    """
    flat = shapely.force_2d(shape)
    if crs != CRS84:
        flat = shapely.transform(flat, lambda xy: _transformed(xy, crs))
    coordinates = shapely.get_coordinates(flat)
    _check(coordinates, shapely.get_coordinates(shape), crs, part)
    return flat


def to_lonlat_box(
    box: tuple[float, float, float, float], crs: str, part: str
) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of a box in ``crs``; its edges are followed densely.

    A box in WGS84 whose west is greater than its east crosses the antimeridian and is kept so.

    Raises
    ------
    InvalidPlace: a corner is outside the world, or the box is upside down.
    """
    if crs == CRS84:
        corners = np.array(box, dtype=float).reshape(2, 2)
        _check(corners, corners, crs, part)
        west, south, east, north = box
    else:
        low_high = np.array(box, dtype=float).reshape(2, 2)
        _check_order(low_high, crs, part)
        _check(_transformed(low_high, crs), low_high, crs, part)
        bounds = _transformer(crs).transform_bounds(*box, densify_pts=21)
        corners = np.array(bounds, dtype=float).reshape(2, 2)
        _check(corners, low_high, crs, part)
        west, south, east, north = (float(v) for v in bounds)
    if south > north:
        raise InvalidPlace(
            f"{part} has its south ({south:g}) above its north ({north:g}).",
            advice="Write west,south,east,north.",
            part=part,
        )
    return west, south, east, north


def _check_order(low_high: npt.NDArray[np.float64], crs: str, part: str) -> None:
    if (low_high[0] > low_high[1]).any():
        raise InvalidPlace(
            f"{part} has its first corner beyond its second.",
            advice=f"Write the lower corner first, in the axis order of {_short(crs)}.",
            part=part,
        )


def _check(
    lonlat: npt.NDArray[np.float64], given: npt.NDArray[np.float64], crs: str, part: str
) -> None:
    """Refuses what is not a number or not on the globe, in the words of what was given."""
    inside = (np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)
    if bool(inside.all()):
        return
    x, y = (float(v) for v in given[int(np.argmin(inside))][:2])
    advice = (
        "Write longitude (-180 to 180) before latitude (-90 to 90)."
        if crs == CRS84
        else f"Check that the coordinates are in {_short(crs)}, in its own axis order."
    )
    where = f"{x:g} {y:g}" if math.isfinite(x) and math.isfinite(y) else "a coordinate"
    raise InvalidPlace(f"{where} lies outside the world.", advice=advice, part=part)


def _short(crs: str) -> str:
    return "CRS84" if crs == CRS84 else f"EPSG:{crs.rpartition('/')[2]}"


def _transformed(xy: npt.NDArray[np.float64], crs: str) -> npt.NDArray[np.float64]:
    lon, lat = _transformer(crs).transform(xy[:, 0], xy[:, 1])
    return np.column_stack((lon, lat))


@lru_cache(maxsize=64)
def _transformer(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=False)


@lru_cache(maxsize=256)
def _known(uri: str) -> bool:
    try:
        crs = pyproj.CRS.from_user_input(uri)
    except CRSError:
        return False
    return len(crs.axis_info) == 2 and (crs.is_geographic or crs.is_projected)
