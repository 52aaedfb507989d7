"""The global grid: web-mercator integers, Morton keys, tiles and cells.

The world square of EPSG:3857 is divided into 2**32 columns and rows; x grows east, y grows south
from the top left corner of tile 0/0/0, so a unit is 9.3 mm at the equator. A Morton key interleaves
the bits of x (even bits) and y (odd bits), so that every XYZ tile, at every zoom, is one contiguous
range of keys (Morton, 1966).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "MAX_LATITUDE",
    "MERCATOR_HALF_M",
    "NO_PLACE",
    "UNITS",
    "Box",
    "box_of_degrees",
    "columns_of",
    "deinterleave",
    "interleave",
    "morton_key",
    "rows_of",
    "tile_box",
    "tile_keys",
]

UNITS = 2**32
"""Columns, and rows, of the grid."""

NO_PLACE = 2**64 - 1
"""The key of a row without a geometry: behind every place."""

MAX_LATITUDE = 85.0511287798066
"""Degrees; web mercator ends here (atan(sinh(pi)))."""

MERCATOR_HALF_M = 20037508.342789244
"""Half the side of the EPSG:3857 world square, in metres."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of grid units, all four sides inclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def keys(self) -> tuple[int, int]:
        """First and last Morton key that can lie inside."""
        return morton_key(self.x0, self.y0), morton_key(self.x1, self.y1)


def _column(lon: float) -> int:
    return min(UNITS - 1, max(0, math.floor((lon + 180.0) / 360.0 * UNITS)))


def _row(lat: float) -> int:
    lat = min(MAX_LATITUDE, max(-MAX_LATITUDE, lat))
    y = 0.5 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)
    return min(UNITS - 1, max(0, math.floor(y * UNITS)))


def box_of_degrees(west: float, south: float, east: float, north: float) -> Box:
    """The units touched by a rectangle of degrees (WGS84); west <= east, south <= north."""
    return Box(_column(west), _row(north), _column(east), _row(south))


def _spread(v: int) -> int:
    v = (v | v << 16) & 0x0000FFFF0000FFFF
    v = (v | v << 8) & 0x00FF00FF00FF00FF
    v = (v | v << 4) & 0x0F0F0F0F0F0F0F0F
    v = (v | v << 2) & 0x3333333333333333
    return (v | v << 1) & 0x5555555555555555


def morton_key(x: int, y: int) -> int:
    """Interleave two 32-bit numbers: x in the even bits, y in the odd ones."""
    return _spread(x) | _spread(y) << 1


def columns_of(longitudes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Columns of longitudes in degrees, with fractions; shape kept."""
    return (longitudes + 180.0) / 360.0 * UNITS


def rows_of(latitudes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rows of latitudes in degrees, inside ``MAX_LATITUDE``, with fractions; shape kept."""
    south = np.log(np.tan(np.pi / 4 + np.radians(latitudes) / 2)) / (2 * np.pi)
    rows: npt.NDArray[np.float64] = (0.5 - south) * UNITS
    return rows


def interleave(
    columns: npt.NDArray[np.uint64], rows: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint64]:
    """Morton numbers of columns and rows below 2**32: ``morton_key`` of arrays, shape kept."""

    def spread(v: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        for shift, mask in (
            (16, 0x0000FFFF0000FFFF),
            (8, 0x00FF00FF00FF00FF),
            (4, 0x0F0F0F0F0F0F0F0F),
            (2, 0x3333333333333333),
            (1, 0x5555555555555555),
        ):
            v = (v | v << np.uint64(shift)) & np.uint64(mask)
        return v

    return spread(columns) | spread(rows) << np.uint64(1)


def deinterleave(
    keys: npt.NDArray[np.uint64],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Columns and rows of Morton numbers: the inverse of ``morton_key``, shape kept."""

    def gather(v: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
        for shift, mask in (
            (0, 0x5555555555555555),
            (1, 0x3333333333333333),
            (2, 0x0F0F0F0F0F0F0F0F),
            (4, 0x00FF00FF00FF00FF),
            (8, 0x0000FFFF0000FFFF),
            (16, 0x00000000FFFFFFFF),
        ):
            v = (v | v >> np.uint64(shift)) & np.uint64(mask)
        return v.astype(np.uint32)

    return gather(keys), gather(keys >> np.uint64(1))


def tile_box(z: int, x: int, y: int) -> Box:
    """The units of an XYZ tile."""
    side = UNITS >> z
    return Box(x * side, y * side, (x + 1) * side - 1, (y + 1) * side - 1)


def tile_keys(z: int, x: int, y: int) -> tuple[int, int]:
    """The half-open range of keys of an XYZ tile; rows without a place are never inside."""
    shift = 64 - 2 * z
    first = morton_key(x, y) << shift
    return first, min(first + (1 << shift), NO_PLACE)
