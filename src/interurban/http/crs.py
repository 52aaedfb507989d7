"""The coordinate reference systems answers are offered in, and the way from WGS84 into each.

Axis order follows the authority in GeoJSON (OGC API Features Part 2: EPSG:4326 is latitude first)
and is always x, y in GeoParquet, Arrow, FlatGeobuf and CSV, as those formats demand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj

from interurban.core.city import City
from interurban.core.errors import InvalidPlace

from .geometry_text import Floats, Project

__all__ = ["CRS84", "Crs", "find_crs", "offered_crs"]

CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG_URI = "http://www.opengis.net/def/crs/EPSG/0/{}"
_SHORT = re.compile(r"\[?(?P<authority>OGC|EPSG):(?P<code>[A-Za-z0-9]{1,8})\]?")


@dataclass(frozen=True, slots=True)
class Crs:
    """A reference system by its URI and its code as PROJ knows it (``EPSG:27700``).

    ``digits`` are the decimals worth keeping: about a centimetre.
    """

    uri: str
    code: str
    digits: int

    @property
    def is_stored(self) -> bool:
        """Whether rows lie in it already (CRS84)."""
        return self.uri == CRS84_URI

    def project(self, *, authority_order: bool) -> Project | None:
        """The way from longitude, latitude (WGS84) into it; ``None`` when nothing changes.

        Parameters
        ----------
        authority_order: give the axes as the authority orders them, else x, y.
        """
        if self.is_stored:
            return None
        transformer = _transformer(self.code, not authority_order).transform

        def project(x: Floats, y: Floats) -> tuple[Floats, Floats]:
            # PROJ answers infinity for what lies outside a CRS; a missing number is honest.
            ahead, across = (np.asarray(axis, dtype=np.float64) for axis in transformer(x, y))
            outside = ~(np.isfinite(ahead) & np.isfinite(across))
            return np.where(outside, np.nan, ahead), np.where(outside, np.nan, across)

        return project

    def projjson(self) -> Mapping[str, object]:
        """PROJJSON, as GeoParquet and GeoArrow carry it."""
        document: dict[str, object] = pyproj.CRS.from_user_input(self.code).to_json_dict()
        return document


CRS84 = Crs(CRS84_URI, "OGC:CRS84", 7)


def offered_crs(city: City) -> tuple[Crs, ...]:
    """What a city's collections can be had in, the stored one first."""
    working = city.crs.removeprefix("EPSG:")
    return (
        CRS84,
        Crs(_EPSG_URI.format(4326), "EPSG:4326", 7),
        Crs(_EPSG_URI.format(3857), "EPSG:3857", 2),
        Crs(_EPSG_URI.format(working), city.crs, 2),
    )


def find_crs(text: str | None, city: City) -> Crs:
    """The offered CRS a request names by URI or by code (``EPSG:27700``).

    Raises
    ------
    InvalidPlace: the city's collections are not offered in it.
    """
    if not text:
        return CRS84
    offered = offered_crs(city)
    short = _SHORT.fullmatch(text)
    code = f"{short['authority']}:{short['code']}".upper() if short else None
    for crs in offered:
        if text == crs.uri or code == crs.code:
            return crs
    raise InvalidPlace(
        f"The coordinate reference system {text[:80]!r} is not offered here.",
        advice=f"Offered are {', '.join(crs.uri for crs in offered)}.",
        part="crs",
    )


@lru_cache(maxsize=32)
def _transformer(code: str, always_xy: bool) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("OGC:CRS84", code, always_xy=always_xy)
