"""The constants of CQL2 JSON: scalars, days, instants and shapes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from interurban.core.errors import InvalidPlace
from interurban.core.query import Value

from .cql2_scan import EXAMPLE, invalid
from .crs import to_lonlat, to_lonlat_box

__all__ = [
    "read_constant",
    "read_day",
    "read_instant",
    "read_shape",
    "read_text",
    "shown",
    "vertices_in",
]

_SHAPES = (
    *("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"),
    "GeometryCollection",
)


def read_constant(value: Any) -> Value:
    """A text, a number or a truth.

    Raises
    ------
    InvalidFilter: it is something else, or the engine can't hold it.
    """
    match value:
        case bool():
            return value
        case int():
            if abs(value) >= 2**63:
                raise invalid(f"{str(value)[:40]} is too large a number.", "Compare it as text.")
            return value
        case float():
            if not math.isfinite(value):
                raise invalid("A number of the filter is too large.", "Give a finite number.")
            # The text parser has only floating point; whole numbers are whole again here.
            return int(value) if value.is_integer() and abs(value) <= 2**53 else value
        case str():
            return read_text(value)
        case None:
            raise invalid("A missing value can't be compared.", "Write name IS NULL.")
        case _:
            raise invalid(f"{shown(value)} is not a value.", EXAMPLE)


def read_text(value: str) -> str:
    """Text that the engine can be given.

    Raises
    ------
    InvalidFilter: it is no Unicode, or holds a NUL.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise invalid("A text of the filter is not valid Unicode.", "Send UTF-8.") from None
    if "\0" in value:
        raise invalid("A text of the filter holds a NUL character.", "Leave it out.")
    return value


def read_day(text: Any) -> date:
    """A day (``2018-07-01``).

    Raises
    ------
    InvalidFilter: it is none.
    """
    try:
        return date.fromisoformat(text.strip())
    except (ValueError, AttributeError):
        raise invalid(f"{shown(text)} is not a date.", "Write DATE('2018-07-01').") from None


def read_instant(text: Any, zone: tzinfo | None) -> datetime:
    """An instant, in UTC.

    Parameters
    ----------
    zone: what a time without an offset is read in; ``None`` refuses it.

    Raises
    ------
    InvalidFilter: it is none.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            if zone is None or len(text.strip()) <= 10:
                raise invalid(f"{shown(text)} has no time zone.", "End it with Z or an offset.")
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, AttributeError, OverflowError):
        raise invalid(
            f"{shown(text)} is not an instant.", "Write TIMESTAMP('2018-07-01T00:00:00Z')."
        ) from None


def read_shape(node: Mapping[str, Any], crs: str) -> BaseGeometry:
    """A GeoJSON geometry or ``{"bbox": [...]}`` in WGS84, longitude first.

    Parameters
    ----------
    crs: URI of the system its coordinates are in.

    Raises
    ------
    InvalidFilter: it is neither, empty, not valid, or outside the world.
    """
    try:
        if "bbox" in node:
            return _box(node["bbox"], crs)
        if node.get("type") not in _SHAPES:
            raise invalid(
                f"{shown(node)} is not a shape.", "Write POINT, POLYGON, BBOX or GeoJSON."
            )
        shape = to_lonlat(shapely.geometry.shape(node), crs, "filter")
    except InvalidPlace as error:
        raise invalid(error.what, error.advice) from None
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise invalid(f"A shape can't be read: {error}.", "Check its positions.") from None
    if shape.is_empty:
        raise invalid("A shape is empty.", "Give it at least one position.")
    if not shape.is_valid:
        raise invalid(
            f"A shape is not valid: {shapely.is_valid_reason(shape)}.",
            "Draw it so that its outline does not cross itself.",
        )
    return shape


def vertices_in(node: Any) -> int:
    """Corners of a GeoJSON geometry, counted without building it."""
    return sum(1 for _ in _numbers(node)) // 2


def shown(node: Any) -> str:
    """A node in a message, cut short."""
    text = repr(node) if not isinstance(node, Mapping) else str(sorted(map(str, node)))
    return text if len(text) <= 60 else f"{text[:57]}..."


def _box(numbers: Any, crs: str) -> BaseGeometry:
    if (
        not isinstance(numbers, list)
        or len(numbers) not in (4, 6)
        or any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers)
    ):
        raise invalid(
            "BBOX needs 4 numbers (or 6, with heights).", "Write west, south, east, north."
        )
    flat = numbers if len(numbers) == 4 else [*numbers[0:2], *numbers[3:5]]
    corners = (float(flat[0]), float(flat[1]), float(flat[2]), float(flat[3]))
    west, south, east, north = to_lonlat_box(corners, crs, "filter")
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.MultiPolygon(
        [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    )


def _numbers(node: Any) -> Iterator[float]:
    """Every number of a GeoJSON geometry, whatever else stands in it."""
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            stack += [one.get("coordinates"), one.get("geometries")]
        elif isinstance(one, list):
            stack += one
        elif isinstance(one, int | float):
            yield one
