"""The cells that areas cover: which area a row lies in, from its key alone, nearly everywhere.

Cells that an outline passes through are found first. Every other square of the quadtree lies whole
inside or outside each area, so one point of it tells. What comes out is a step function over Morton
keys; only the rows in cells on an outline need their geometry looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from interurban.query.grid import UNITS, columns_of, deinterleave, interleave, rows_of

__all__ = ["EDGE", "OUTSIDE", "AreaCover", "cover_areas"]

OUTSIDE, EDGE = -1, -2
"""Answers of a step: in no area; on an outline, so that only the geometry tells."""

_Keys = npt.NDArray[np.uint64]

_FINEST = 20
_WEST, _SOUTH, _EAST, _NORTH = -179.9, -85.0, 179.9, 85.0
# Keys and outlines are rounded apart by far less than two units (2 cm).
_MARGIN = 2.0


@dataclass(frozen=True, slots=True)
class AreaCover:
    """A step function: keys from ``first[i]`` up to before ``first[i + 1]`` have one answer.

    Parameters
    ----------
    first: ascending, from 0.
    area: position of the area, or the first of several; else ``OUTSIDE`` or ``EDGE``.
    """

    first: _Keys
    area: npt.NDArray[np.int64]


def cover_areas(shapes: Sequence[BaseGeometry], edges: int) -> AreaCover | None:
    """The cover of areas (WGS84) in order, with about as many ``edges`` or fewer.

    ``None`` where it can't be made: nothing is there, or something lies at the grid's end.
    """
    areas = np.asarray(shapes, dtype=object)
    west, south, east, north = shapely.total_bounds(areas) if len(areas) else [np.nan] * 4
    if not (west > _WEST and south > _SOUTH and east < _EAST and north < _NORTH):
        return None
    begin, end = _pieces(areas)
    # Two areas share most outlines, and a piece crosses a cell by more than its side.
    cells = np.abs(end - begin).max(axis=1).sum() / 360 / 3
    level = _FINEST
    while level > 1 and cells * 2**level > edges:
        level -= 1
    outline = _outline(begin, end, level)
    first, area = [outline << np.uint64(64 - 2 * level)], [np.full(len(outline), EDGE, np.int64)]
    tree = outline
    for upper in range(level - 1, -1, -1):
        above = np.unique(tree >> np.uint64(2))
        squares = (above[:, None] << np.uint64(2) | np.arange(4, dtype=np.uint64)).ravel()
        whole = np.setdiff1d(squares, tree, assume_unique=True)
        first.append(whole << np.uint64(62 - 2 * upper))
        area.append(_area_of(areas, whole, upper + 1))
        tree = above
    return _steps(np.concatenate(first), np.concatenate(area))


def _pieces(areas: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.float64], ...]:
    """Both ends of every straight piece of every outline, in degrees; a lone point is one too."""
    parts = shapely.get_parts(areas)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    lines = np.concatenate((shapely.get_rings(parts[polygons]), parts[~polygons]))
    points, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[1:] == line[:-1])
    lone = np.flatnonzero(np.bincount(line, minlength=len(lines))[line] == 1)
    begin = np.concatenate((points[joined], points[lone]))
    return begin, np.concatenate((points[joined + 1], points[lone]))


def _outline(begin: npt.NDArray[np.float64], end: npt.NDArray[np.float64], level: int) -> _Keys:
    """Every cell of a level that comes within the margin of a piece, in order."""
    side = UNITS >> level
    way = end - begin
    # A degree of latitude is longer on the grid by its secant, so a part nowhere spans more than:
    secant = 1 / np.cos(np.radians(np.maximum(np.abs(begin[:, 1]), np.abs(end[:, 1]))))
    span = np.maximum(np.abs(way[:, 0]), np.abs(way[:, 1]) * secant) / 360 * UNITS
    # Parts shorter than half a cell meet at most two columns and two rows, with their margin.
    cuts = np.maximum(np.ceil(2 * span / side), 1).astype(np.int64)
    piece = np.repeat(np.arange(len(cuts)), cuts)
    step = np.arange(len(piece)) - np.repeat(np.cumsum(cuts) - cuts, cuts)
    ends = [begin[piece] + way[piece] * ((step + n) / cuts[piece])[:, None] for n in (0, 1)]
    x = np.stack([columns_of(at[:, 0]) for at in ends])
    y = np.stack([rows_of(at[:, 1]) for at in ends])
    columns = (np.stack((x.min(0) - _MARGIN, x.max(0) + _MARGIN)) // side).astype(np.uint64)
    rows = (np.stack((y.min(0) - _MARGIN, y.max(0) + _MARGIN)) // side).astype(np.uint64)
    return np.unique(
        np.concatenate([interleave(columns[i], rows[j]) for i in (0, 1) for j in (0, 1)])
    )


def _area_of(areas: npt.NDArray[np.object_], squares: _Keys, level: int) -> npt.NDArray[np.int64]:
    """The first area that each square lies in, by its middle."""
    x, y = (axis + 0.5 for axis in deinterleave(squares))
    longitude = x / 2**level * 360 - 180
    latitude = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y / 2**level))))
    middles = shapely.STRtree(shapely.points(longitude, latitude))
    area, square = middles.query(areas, predicate="intersects")
    found = np.full(len(squares), len(areas), np.int64)
    np.minimum.at(found, square, area)
    return np.where(found == len(areas), OUTSIDE, found)


def _steps(first: _Keys, area: npt.NDArray[np.int64]) -> AreaCover:
    """Neighbours with one answer joined."""
    order = np.argsort(first)
    first, area = first[order], area[order]
    new = np.concatenate(([True], area[1:] != area[:-1]))
    return AreaCover(first[new], area[new])
