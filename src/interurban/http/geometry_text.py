"""Geometries as text: WKB columns to GeoJSON, WKT and plain coordinates, in any offered CRS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

__all__ = ["Project", "coordinates", "geojson_text", "reprojected", "wkt_text"]

Floats = npt.NDArray[np.float64]
Project = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Longitudes and latitudes (degrees, WGS84) to the two coordinates of another CRS."""

_POINT_BYTES = 21
_POINT_HEAD = np.frombuffer(b"\x01\x01\x00\x00\x00", dtype=np.uint8)


def geojson_text(column: pa.Array, digits: int, project: Project | None = None) -> pa.Array:
    """GeoJSON geometry objects as text; ``null`` where there is none, or none in that CRS.

    Parameters
    ----------
    column: WKB (binary), WGS84, longitude first.
    digits: decimals kept of a coordinate.
    project: how to bring the coordinates into another CRS; ``None`` leaves them.
    """
    points = _points(column)
    if points is not None:
        x, y = _projected(points, project)
        text = pc.binary_join_element_wise(
            '{"type":"Point","coordinates":[',
            _numbers(x, digits),
            ",",
            _numbers(y, digits),
            "]}",
            "",
        )
        placed = pa.array(np.isfinite(x) & np.isfinite(y))
        return pc.fill_null(pc.if_else(placed, text, None), "null")
    # RFC 7946 asks for counter-clockwise outer rings; sources know no such rule.
    shapes = shapely.orient_polygons(_shapes(column, digits, project))
    return pc.fill_null(pa.array(shapely.to_geojson(shapes), pa.string()), "null")


def wkt_text(column: pa.Array, digits: int, project: Project | None = None) -> pa.Array:
    """Well-known text; a missing geometry stays null. Parameters as ``geojson_text``."""
    shapes = _shapes(column, digits, project)
    return pa.array(shapely.to_wkt(shapes, rounding_precision=digits, trim=True), pa.string())


def coordinates(
    column: pa.Array, digits: int, project: Project | None = None
) -> tuple[pa.Array, pa.Array]:
    """The two coordinates of points as numbers; null where there is no point.

    Parameters as ``geojson_text``.
    """
    points = _points(column)
    if points is None:
        shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
        points = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    x, y = (np.round(axis, digits) for axis in _projected(points, project))
    return pa.array(x, from_pandas=True), pa.array(y, from_pandas=True)


def reprojected(column: pa.Array, project: Project) -> pa.Array:
    """WKB in another CRS; nulls stay null."""
    shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    moved = shapely.transform(shapes, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1])))
    return pa.array(shapely.to_wkb(moved), pa.binary())


def _points(column: pa.Array) -> Floats | None:
    """Coordinates (n, 2) when every geometry is a plain little-endian WKB point, else ``None``.

    Missing geometries give NaN.
    """
    if column.null_count == len(column):
        return np.full((len(column), 2), np.nan)
    if not pc.all(pc.equal(pc.binary_length(column), _POINT_BYTES)).as_py():
        return None
    raw = _packed(pc.drop_null(column)).reshape(-1, _POINT_BYTES)
    if not (raw[:, :5] == _POINT_HEAD).all():
        return None
    found = np.ascontiguousarray(raw[:, 5:]).view("<f8")
    if not np.isfinite(found).all():  # POINT EMPTY is a point of NaN
        return None
    if column.null_count == 0:
        return found
    points = np.full((len(column), 2), np.nan)
    points[column.is_valid().to_numpy(zero_copy_only=False)] = found
    return points


def _packed(column: pa.Array) -> npt.NDArray[np.uint8]:
    """The bytes of all values of a binary array without nulls, one behind the other."""
    wide = pa.types.is_large_binary(column.type)
    _, offsets, data = column.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64 if wide else np.int32)
    first, last = starts[column.offset], starts[column.offset + len(column)]
    return np.frombuffer(data, dtype=np.uint8)[first:last]


def _projected(points: Floats, project: Project | None) -> tuple[Floats, Floats]:
    x, y = points[:, 0], points[:, 1]
    return project(x, y) if project else (x, y)


def _numbers(values: Floats, digits: int) -> pa.Array:
    return pc.cast(pa.array(np.round(values, digits)), pa.string())


def _shapes(column: pa.Array, digits: int, project: Project | None) -> npt.NDArray[np.object_]:
    shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))

    def move(xy: Floats) -> Floats:
        if project:
            xy = np.column_stack(project(xy[:, 0], xy[:, 1]))
        return np.round(xy, digits)

    moved: npt.NDArray[np.object_] = shapely.transform(shapes, move)
    if project:
        xy, owners = shapely.get_coordinates(moved, return_index=True)
        moved[np.unique(owners[np.isnan(xy).any(axis=1)])] = None
    return moved
