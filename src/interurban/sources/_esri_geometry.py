"""Esri's JSON geometries as shapes (ArcGIS REST API, "Geometry objects").

A polygon is a flat list of rings: those that run clockwise are outlines, the others are holes,
and which outline a hole belongs to is not said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

__all__ = ["shape_of"]

Position = Sequence[float]


def shape_of(geometry: Any) -> shapely.Geometry | None:
    """A shape from Esri JSON; ``None`` for a geometry that is missing or empty.

    Raises
    ------
    ValueError: it is none, or one of curves.
    """
    if not isinstance(geometry, Mapping) or not geometry:
        return None
    if "x" in geometry:
        return _point(geometry)
    if "points" in geometry:
        points = _finite(geometry["points"])
        return shapely.MultiPoint(points) if points else None
    if "paths" in geometry:
        paths = [path for path in map(_finite, geometry["paths"]) if len(path) > 1]
        if not paths:
            return None
        return shapely.LineString(paths[0]) if len(paths) == 1 else shapely.MultiLineString(paths)
    if "rings" in geometry:
        return _polygon([ring for ring in map(_finite, geometry["rings"]) if len(ring) > 2])
    if "xmin" in geometry:
        return shapely.box(*(float(geometry[key]) for key in ("xmin", "ymin", "xmax", "ymax")))
    raise ValueError(f"a geometry of {', '.join(sorted(map(str, geometry)))} is not known")


def _point(geometry: Mapping[str, Any]) -> shapely.Geometry | None:
    """A point; an empty one is written as null or "NaN"."""
    try:
        x, y = float(geometry["x"]), float(geometry["y"])
    except (KeyError, TypeError):
        return None
    return shapely.Point(x, y) if math.isfinite(x) and math.isfinite(y) else None


def _polygon(rings: Sequence[Sequence[Position]]) -> shapely.Geometry | None:
    outlines = [ring for ring in rings if _area(ring) <= 0]
    holes = [ring for ring in rings if _area(ring) > 0]
    if not outlines:
        # Some servers write every ring the other way round.
        outlines, holes = holes, []
    if not outlines:
        return None
    within: list[list[Sequence[Position]]] = [[] for _ in outlines]
    alone: list[Sequence[Position]] = []
    if len(outlines) == 1:
        within[0].extend(holes)
    elif holes:
        _sort_in(holes, outlines, within, alone)
    parts = [
        shapely.Polygon(outline, inner) for outline, inner in zip(outlines, within, strict=True)
    ]
    parts += [shapely.Polygon(ring) for ring in alone]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _sort_in(
    holes: Sequence[Sequence[Position]],
    outlines: Sequence[Sequence[Position]],
    within: list[list[Sequence[Position]]],
    alone: list[Sequence[Position]],
) -> None:
    """Put every hole into the smallest outline around it; one with none around it is an area."""
    areas = [shapely.Polygon(outline) for outline in outlines]
    sizes = np.asarray([area.area for area in areas])
    for hole in holes:
        inside = shapely.Polygon(hole).representative_point()
        around = np.flatnonzero(shapely.contains(areas, inside))
        if len(around):
            within[int(around[np.argmin(sizes[around])])].append(hole)
        else:
            alone.append(hole)


def _finite(positions: Any) -> list[tuple[float, float]]:
    """Positions as pairs, those that are none left out; Z and M are not kept."""
    pairs = [(float(position[0]), float(position[1])) for position in positions]
    return [pair for pair in pairs if math.isfinite(pair[0]) and math.isfinite(pair[1])]


def _area(ring: Sequence[Position]) -> float:
    """Twice the signed area of a ring; negative when it runs clockwise (y to the north)."""
    xy = np.asarray(ring, dtype=np.float64)
    xy = xy - xy[0]
    x, y = xy[:, 0], xy[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
