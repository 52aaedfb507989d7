"""The parameters of every address, as OpenAPI 3.1 describes them."""

from __future__ import annotations

from typing import Any

from interurban.query.compile import MAX_LEVEL
from interurban.query.cql2 import LANGUAGES

from .tilesets import MAX_ZOOM, TILE_MATRIX_SET

__all__ = [
    "COMMON_PARAMETERS",
    "dataset_parameter",
    "form_parameter",
    "model_parameter",
    "reference",
]

Parameter = dict[str, Any]


def _query(name: str, description: str, schema: dict[str, Any], **more: Any) -> Parameter:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _path(name: str, description: str, schema: dict[str, Any]) -> Parameter:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
    }


def _text(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


_EXPLODED = {"style": "form", "explode": True}
_COMMAS = {"style": "form", "explode": False}
_NUMBERS = {"type": "array", "items": {"type": "number"}}

COMMON_PARAMETERS: dict[str, Parameter] = {
    "bbox": _query(
        "bbox",
        "West, south, east, north in the CRS of bbox-crs. Repeated boxes must all be met.",
        {**_NUMBERS, "minItems": 4, "maxItems": 6},
        **_COMMAS,
    ),
    "bbox-crs": _query("bbox-crs", "CRS of bbox, as a URI; CRS84 when absent.", _text()),
    "datetime": _query(
        "datetime",
        "An instant, a day, or an interval with both ends included: 2018-07-01/2018-07-31, "
        "2018-07-01/.. . Days and local times are the city's own.",
        _text(),
        example="2018-07-01/2018-07-31",
    ),
    "near": _query(
        "near",
        "Longitude, latitude, metres on the ground.",
        {**_NUMBERS, "minItems": 3, "maxItems": 3},
        example=[-87.6298, 41.884, 400],
        **_COMMAS,
    ),
    "in": _query(
        "in",
        "An area of a boundary dataset: <dataset>:<area id>.",
        {"type": "array", "items": _text()},
        **_EXPLODED,
    ),
    "within": _query("within", "A drawn shape, as well-known text (WGS84).", _text()),
    "q": _query(
        "q",
        "Words that must all stand in a search field; quotes hold a phrase together.",
        _text(),
        example='theft "red line"',
    ),
    "filter": _query("filter", "A CQL2 condition.", _text(), example="arrest = TRUE"),
    "filter-lang": _query(
        "filter-lang", "Language of filter.", _text(enum=list(LANGUAGES), default=LANGUAGES[0])
    ),
    "filter-crs": _query("filter-crs", "CRS of the shapes in filter, as a URI.", _text()),
    "as_of": _query(
        "as_of",
        "A version of the dataset, or an instant: the data as they were known then.",
        _text(),
    ),
    "fields": _query(
        "fields",
        "Any field of the dataset by its name: name=value, repeated for one of several.",
        {"type": "object", "additionalProperties": _text()},
        **_EXPLODED,
    ),
    "properties": _query(
        "properties",
        "Only these fields, and the geometry.",
        {"type": "array", "items": _text()},
        **_COMMAS,
    ),
    "sortby": _query(
        "sortby",
        "Fields to sort by; a minus before a name turns it around.",
        {"type": "array", "items": _text()},
        **_COMMAS,
    ),
    "limit": _query(
        "limit",
        "Rows of a page; more than 10,000 gives 10,000.",
        {"type": "integer", "minimum": 1},
    ),
    "cursor": _query("cursor", "Where a page begins; taken from the next link.", _text()),
    "crs": _query("crs", "CRS of the coordinates in the answer, as a URI.", _text()),
    "download": _query(
        "download",
        "true gives everything as a file, without pages.",
        {"type": "boolean", "default": False},
    ),
    "measures": _query(
        "measures",
        "count, or sum, avg, min, max, median, p95 of a field: count,avg:cost,p95:cost.",
        {"type": "array", "items": _text(), "default": ["count"]},
        **_COMMAS,
    ),
    "by": _query(
        "by",
        "Groups: a field, time:month, time:month:<field>, area:<boundary dataset>, cell:<level>.",
        {"type": "array", "items": _text()},
        example=["time:month"],
        **_COMMAS,
    ),
    "level": _query(
        "level",
        "Cells are squares of the 2^level web-mercator grid.",
        {"type": "integer", "minimum": 0, "maximum": MAX_LEVEL},
    ),
    "zoom": _query(
        "zoom",
        "Zoom of the map; chooses a level.",
        {"type": "number", "minimum": 0, "maximum": MAX_LEVEL},
    ),
    "rejects-cursor": _query(
        "cursor", "Rows to pass over.", {"type": "integer", "minimum": 0, "default": 0}
    ),
    "city": _query("city", "A city's id.", _text()),
    "feature": _path("feature", "A feature's id.", _text(minLength=1)),
    "tileMatrixSetId": _path("tms", "Tile matrix set.", _text(enum=[TILE_MATRIX_SET])),
    "tileMatrix": _path("z", "Level.", {"type": "integer", "minimum": 0, "maximum": MAX_ZOOM}),
    "tileRow": _path("row", "Row, from the north.", {"type": "integer", "minimum": 0}),
    "tileCol": _path("col", "Column, from the west.", {"type": "integer", "minimum": 0}),
}


def dataset_parameter(loaded: list[str]) -> Parameter:
    """The collection's id; those that are loaded now are named."""
    return _path("dataset", "Id of a dataset.", _text(enum=loaded) if loaded else _text())


def model_parameter(name: str, models: list[str]) -> Parameter:
    """The id of a model, or of the process that it is; those that can be run are named."""
    return _path(name, "Id of a model.", _text(enum=models) if models else _text())


def form_parameter(names: list[str]) -> Parameter:
    """The representation of an answer."""
    return _query("f", "Representation of the answer.", _text(enum=names, default=names[0]))


def reference(name: str) -> Parameter:
    """A reference to one of the common parameters."""
    return {"$ref": f"#/components/parameters/{name}"}
