"""Values as portals write them in JSON, made into columns of text and geometry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import shapely

from .reading import GEOMETRY_COLUMN, ROW_COLUMN

__all__ = ["geometries_of", "geometry_array", "instant_text", "schema_of", "text_array", "text_of"]


def instant_text(text: str) -> datetime | None:
    """A portal's time; without a zone it is UTC (CKAN). ``None`` when it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def text_of(value: object) -> str | None:
    """A JSON value as text: numbers as JSON writes them, objects and lists as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def text_array(values: Sequence[object]) -> pa.Array:
    """A column of text."""
    return pa.array([text_of(value) for value in values], pa.string())


def geometries_of(values: Sequence[object]) -> list[shapely.Geometry | None]:
    """GeoJSON geometries as shapes; what is none stays ``None``."""
    texts = [json.dumps(value) if isinstance(value, Mapping) else None for value in values]
    return list(shapely.from_geojson(texts, on_invalid="ignore"))


def geometry_array(shapes: Sequence[shapely.Geometry | None]) -> pa.Array:
    """A column of WKB; an empty shape is no shape."""
    some = [shape if shape is not None and not shape.is_empty else None for shape in shapes]
    wkb: Any = shapely.to_wkb(some) if some else []
    return pa.array(list(wkb), pa.binary())


def schema_of(columns: Sequence[str], *, geometry: bool) -> pa.Schema:
    """Columns of text, then the geometry if there is one, then the row number."""
    fields = [pa.field(name, pa.string()) for name in columns]
    if geometry:
        fields.append(pa.field(GEOMETRY_COLUMN, pa.binary()))
    return pa.schema([*fields, pa.field(ROW_COLUMN, pa.int64(), nullable=False)])
