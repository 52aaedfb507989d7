"""Coordinate reference systems by name, and which one numbers probably belong to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pyproj import CRS
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError

from interurban.core.errors import ConfigurationError

__all__ = [
    "PROBABLE",
    "ProbableCrs",
    "crs_name",
    "crs_of_wkt",
    "crs_words",
    "local_grids",
    "probable_crs",
]

Box = tuple[float, float, float, float]

_UNITS = {"metre": "metres", "US survey foot": "US survey feet", "foot": "feet"}
_MOST_GRIDS = 60


@dataclass(frozen=True, slots=True)
class ProbableCrs:
    """A projected CRS that city data come in, and where its numbers lie.

    Parameters
    ----------
    box: least and greatest x and y (west, south, east, north) in its own unit.
    """

    name: str
    words: str
    box: Box


PROBABLE: tuple[ProbableCrs, ...] = (
    ProbableCrs(
        "EPSG:3435", "Illinois East, US survey feet", (950_000, 1_750_000, 1_250_000, 2_050_000)
    ),
    ProbableCrs("EPSG:26971", "Illinois East, metres", (290_000, 533_000, 381_000, 625_000)),
    ProbableCrs(
        "EPSG:26916", "UTM zone 16 north, metres", (395_000, 4_580_000, 470_000, 4_700_000)
    ),
    ProbableCrs(
        "EPSG:27700", "British National Grid, metres", (500_000, 150_000, 565_000, 205_000)
    ),
    ProbableCrs(
        "EPSG:3857",
        "web mercator, metres",
        (-20_037_508.35, -20_048_966.11, 20_037_508.35, 20_048_966.11),
    ),
)
"""Most telling first: a box that lies in another one comes before it."""


def crs_name(text: str) -> str:
    """Give the short name of a CRS (``EPSG:27700``), whatever form it is written in.

    Raises
    ------
    ConfigurationError: no such CRS is known.
    """
    if "CRS84" in text:
        return "EPSG:4326"
    try:
        return _short(CRS.from_user_input(text))
    except CRSError as error:
        raise ConfigurationError(
            f'There is no coordinate reference system "{text}".',
            advice="Use a code such as EPSG:4326, EPSG:27700 or EPSG:3435.",
            part="crs",
        ) from error


def crs_of_wkt(text: str) -> str | None:
    """The short name of the CRS that a file carries, or ``None`` when it cannot be read."""
    try:
        return _short(CRS.from_user_input(text))
    except CRSError:
        return None


def probable_crs(box: Box) -> ProbableCrs | None:
    """Say which projected CRS the numbers of a box (west, south, east, north) belong to."""
    west, south, east, north = box
    for known in PROBABLE:
        w, s, e, n = known.box
        if w <= west and s <= south and east <= e and north <= n:
            return known
    return None


def crs_words(name: str) -> str:
    """A CRS as people call it, with its unit."""
    crs = CRS.from_user_input(name)
    return f"{crs.name}, {_UNITS.get(crs.axis_info[0].unit_name, crs.axis_info[0].unit_name)}"


@lru_cache(maxsize=8)
def local_grids(region: Box) -> list[tuple[str, str]]:
    """Projected CRS that were made for where a region (in degrees) lies, the most local first.

    Returns
    -------
    Name and words of each.
    """
    infos = query_crs_info(
        auth_name="EPSG",
        pj_types=PJType.PROJECTED_CRS,
        area_of_interest=AreaOfInterest(*_middle(region)),
        contains=True,
    )
    sized = [
        ((area.east - area.west) * (area.north - area.south), info)
        for info in infos
        if (area := info.area_of_use) is not None and area.west < area.east
    ]
    sized.sort(key=lambda each: (each[0], int(each[1].code)))
    return [(f"EPSG:{info.code}", f"{info.name}") for _, info in sized[:_MOST_GRIDS]]


def _middle(region: Box) -> Box:
    """The middle half: the edge of a region may reach beyond what its grid was made for."""
    west, south, east, north = region
    x, y = (east - west) / 4, (north - south) / 4
    return west + x, south + y, east - x, north - y


def _short(crs: CRS) -> str:
    if crs.to_authority() == ("OGC", "CRS84"):
        return "EPSG:4326"
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else crs.to_wkt()
