"""Socrata's column types, flattened to columns of text and one geometry.

Values of several parts become several columns, named as the portal's own CSV and filters name
them: ``x_latitude``, ``x_address``, ``x_description``, ``x_filename`` ... The first column that
holds places gives the geometry. A point is also kept as text (WKT) under its own name; lines and
polygons are too long for that unless they are a second geometry.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import shapely

from ._names import feature_names
from ._portal_values import geometries_of, geometry_array, schema_of, text_array, text_of

__all__ = ["SocrataColumns", "columns_of_view"]

_POINTS = frozenset({"point", "location"})
_SHAPES = frozenset(
    {"line", "polygon", "multipoint", "multiline", "multipolygon", "geospatial", "linestring"}
)
_PARTS: dict[str, tuple[str, ...]] = {
    "location": ("latitude", "longitude", "address", "city", "state", "zip"),
    "url": ("", "description"),
    "phone": ("", "type"),
    "document": ("", "file_id", "content_type"),
    "photo": ("",),
}
_HUMAN = ("address", "city", "state", "zip")
_FIRST = {"url": "url", "phone": "phone_number", "document": "filename", "photo": "file_id"}
_KEYS = {"phone": {"type": "phone_type"}}


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of the result: the field it is read from, and how."""

    name: str
    field: str
    read: Callable[[Any], object]


class SocrataColumns:
    """How the rows of one dataset become batches.

    Parameters
    ----------
    fields: field names and types, in the portal's order.
    """

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self.fields = tuple(name for name, _ in fields)
        self.place = next((f for f in fields if f[1] in _POINTS | _SHAPES), None)
        wanted = [column for name, kind in fields for column in self._flattened(name, kind)]
        named = feature_names([column.name for column in wanted])
        self._columns = tuple(
            _Column(name, column.field, column.read)
            for name, column in zip(named.names, wanted, strict=True)
        )
        self.changes = named.changes
        self.schema: pa.Schema = schema_of(named.names, geometry=self.place is not None)

    def batch(self, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
        """Rows as the portal gave them, without row numbers; a key that is missing is null."""
        arrays = [
            text_array([column.read(row.get(column.field)) for row in rows])
            for column in self._columns
        ]
        if self.place is not None:
            name, kind = self.place
            values = [row.get(name) for row in rows]
            shapes = [_point(v) for v in values] if kind in _POINTS else geometries_of(values)
            arrays.append(geometry_array(shapes))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema.remove(len(self.schema) - 1))

    def _flattened(self, name: str, kind: str) -> list[_Column]:
        if kind in _PARTS:
            keys = _KEYS.get(kind, {})
            parts = [
                _Column(
                    f"{name}_{part}" if part else name,
                    name,
                    _part(keys.get(part, part) or _FIRST[kind]),
                )
                for part in _PARTS[kind]
            ]
            return [_Column(name, name, _point_text), *parts] if kind == "location" else parts
        if kind == "point":
            return [_Column(name, name, _point_text)]
        if kind in _SHAPES:
            is_place = self.place is not None and self.place[0] == name
            return [] if is_place else [_Column(name, name, _shape_text)]
        return [_Column(name, name, text_of)]


def columns_of_view(view: Mapping[str, Any], wanted: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Fields and types in a dataset's description (``/api/views/{id}``).

    Parameters
    ----------
    wanted: only these, in this order; system fields (``:id``) may be among them.
    """
    described = {
        str(column["fieldName"]): str(column.get("dataTypeName", "text")).lower()
        for column in view.get("columns") or ()
        if column.get("fieldName") and not str(column["fieldName"]).startswith(":@")
    }
    if not wanted:
        return list(described.items())
    return [(name, described.get(name, "text")) for name in wanted]


def _part(key: str) -> Callable[[Any], object]:
    def read(value: Any) -> object:
        if isinstance(value, Mapping):
            return _human(value).get(key) if key in _HUMAN else value.get(key)
        return value if key in _FIRST.values() else None

    return read


def _human(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The address within a location; it is JSON in a JSON text."""
    address = value.get("human_address")
    if isinstance(address, str):
        try:
            address = json.loads(address)
        except ValueError:
            return {"address": address}
    if not isinstance(address, Mapping):
        return {}
    return {key: part or None for key, part in address.items()}


def _position(value: Any) -> tuple[float, float] | None:
    """Longitude and latitude of a point, which comes as GeoJSON or as two named numbers."""
    if not isinstance(value, Mapping):
        return None
    try:
        if "coordinates" in value:
            lon, lat = value["coordinates"][:2]
        else:
            lon, lat = value["longitude"], value["latitude"]
        position = float(lon), float(lat)
    except (KeyError, TypeError, ValueError):
        return None
    return position if all(map(math.isfinite, position)) else None


def _point(value: Any) -> shapely.Geometry | None:
    position = _position(value)
    return None if position is None else shapely.Point(position)


def _point_text(value: Any) -> str | None:
    position = _position(value)
    return None if position is None else f"POINT ({position[0]!r} {position[1]!r})"


def _shape_text(value: Any) -> str | None:
    shape = geometries_of([value])[0]
    return None if shape is None else shapely.to_wkt(shape, rounding_precision=-1)
