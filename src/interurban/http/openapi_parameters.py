"""The parameters of every address, as OpenAPI 3.1 describes them."""

from __future__ import annotations

from typing import Any

from interurban.query.compile import MAX_LEVEL
from interurban.query.cql2 import LANGUAGES

from .openapi_values import path_parameter, query_parameter
from .tilesets import MAX_ZOOM, TILE_MATRIX_SET

__all__ = [
    "COMMON_PARAMETERS",
    "dataset_parameter",
    "form_parameter",
    "model_parameter",
    "reference",
]

Parameter = dict[str, Any]


def _text(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


_EXPLODED = {"style": "form", "explode": True}
_COMMAS = {"style": "form", "explode": False}
_NUMBERS = {"type": "array", "items": {"type": "number"}}

COMMON_PARAMETERS: dict[str, Parameter] = {
    "bbox": query_parameter(
        "bbox",
        "West, south, east, north in the CRS of bbox-crs. Repeated boxes must all be met.",
        {**_NUMBERS, "minItems": 4, "maxItems": 6},
        **_COMMAS,
    ),
    "bbox-crs": query_parameter("bbox-crs", "CRS of bbox, as a URI; CRS84 when absent.", _text()),
    "datetime": query_parameter(
        "datetime",
        "An instant, a day, or an interval with both ends included: 2018-07-01/2018-07-31, "
        "2018-07-01/.. . Days and local times are the city's own.",
        _text(),
        example="2018-07-01/2018-07-31",
    ),
    "near": query_parameter(
        "near",
        "Longitude, latitude, metres on the ground.",
        {**_NUMBERS, "minItems": 3, "maxItems": 3},
        example=[-87.6298, 41.884, 400],
        **_COMMAS,
    ),
    "in": query_parameter(
        "in",
        "An area of a boundary dataset: <dataset>:<area id>.",
        {"type": "array", "items": _text()},
        **_EXPLODED,
    ),
    "within": query_parameter("within", "A drawn shape, as well-known text (WGS84).", _text()),
    "q": query_parameter(
        "q",
        "Words that must all stand in a search field; quotes hold a phrase together.",
        _text(),
        example='theft "red line"',
    ),
    "filter": query_parameter("filter", "A CQL2 condition.", _text(), example="arrest = TRUE"),
    "filter-lang": query_parameter(
        "filter-lang", "Language of filter.", _text(enum=list(LANGUAGES), default=LANGUAGES[0])
    ),
    "filter-crs": query_parameter("filter-crs", "CRS of the shapes in filter, as a URI.", _text()),
    "as_of": query_parameter(
        "as_of",
        "A version of the dataset, or an instant: the data as they were known then.",
        _text(),
    ),
    "fields": query_parameter(
        "fields",
        "Any field of the dataset by its name: name=value, repeated for one of several.",
        {"type": "object", "additionalProperties": _text()},
        **_EXPLODED,
    ),
    "properties": query_parameter(
        "properties",
        "Only these fields, and the geometry.",
        {"type": "array", "items": _text()},
        **_COMMAS,
    ),
    "sortby": query_parameter(
        "sortby",
        "Fields to sort by; a minus before a name turns it around.",
        {"type": "array", "items": _text()},
        **_COMMAS,
    ),
    "limit": query_parameter(
        "limit",
        "Rows of a page; more than 10,000 gives 10,000.",
        {"type": "integer", "minimum": 1},
    ),
    "cursor": query_parameter("cursor", "Where a page begins; taken from the next link.", _text()),
    "crs": query_parameter("crs", "CRS of the coordinates in the answer, as a URI.", _text()),
    "download": query_parameter(
        "download",
        "true gives everything as a file, without pages.",
        {"type": "boolean", "default": False},
    ),
    "measures": query_parameter(
        "measures",
        "count, or sum, avg, min, max, median, p95 of a field: count,avg:cost,p95:cost.",
        {"type": "array", "items": _text(), "default": ["count"]},
        **_COMMAS,
    ),
    "by": query_parameter(
        "by",
        "Groups: a field, time:month, time:month:<field>, area:<boundary dataset>, cell:<level>.",
        {"type": "array", "items": _text()},
        example=["time:month"],
        **_COMMAS,
    ),
    "level": query_parameter(
        "level",
        "Cells are squares of the 2^level web-mercator grid.",
        {"type": "integer", "minimum": 0, "maximum": MAX_LEVEL},
    ),
    "zoom": query_parameter(
        "zoom",
        "Zoom of the map; chooses a level.",
        {"type": "number", "minimum": 0, "maximum": MAX_LEVEL},
    ),
    "rejects-cursor": query_parameter(
        "cursor", "Rows to pass over.", {"type": "integer", "minimum": 0, "default": 0}
    ),
    "city": query_parameter("city", "A city's id.", _text()),
    "feature": path_parameter("feature", "A feature's id.", _text(minLength=1)),
    "tileMatrixSetId": path_parameter("tms", "Tile matrix set.", _text(enum=[TILE_MATRIX_SET])),
    "tileMatrix": path_parameter(
        "z", "Level.", {"type": "integer", "minimum": 0, "maximum": MAX_ZOOM}
    ),
    "tileRow": path_parameter("row", "Row, from the north.", {"type": "integer", "minimum": 0}),
    "tileCol": path_parameter("col", "Column, from the west.", {"type": "integer", "minimum": 0}),
}


def dataset_parameter(loaded: list[str]) -> Parameter:
    """The collection's id; those that are loaded now are named."""
    return path_parameter("dataset", "Id of a dataset.", _text(enum=loaded) if loaded else _text())


def model_parameter(name: str, models: list[str]) -> Parameter:
    """The id of a model, or of the process that it is; those that can be run are named."""
    return path_parameter(name, "Id of a model.", _text(enum=models) if models else _text())


def form_parameter(names: list[str]) -> Parameter:
    """The representation of an answer."""
    return query_parameter(
        "f", "Representation of the answer.", _text(enum=names, default=names[0])
    )


def reference(name: str) -> Parameter:
    """A reference to one of the common parameters."""
    return {"$ref": f"#/components/parameters/{name}"}
