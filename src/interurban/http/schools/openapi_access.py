"""Access of the atlas in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.apps.schools.access.access import METHODS
from interurban.apps.schools.access.ways import WAYS
from interurban.http.openapi_operation import Operation

from .openapi_card import CITY

__all__ = ["ACCESS_OPERATIONS", "ACCESS_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["number", "null"]}
_WHOLE: Schema = {"type": "integer"}
_SOURCES: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Source"}}


def _object(members: dict[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "required": list(members), "properties": members, **more}


def _list(of: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(of)}


_CHECK = _object(
    {
        "against": _TEXT,
        "what": {**_TEXT, "enum": ["metres", "minutes"]},
        "way": {**_TEXT, "enum": list(WAYS)},
        "median_error": {**_MAYBE, "description": "As a share of theirs, without sign."},
        "within_10": {**_MAYBE, "description": "Share of ways within a tenth of theirs."},
        "bias": {**_MAYBE, "description": "Median of ours over theirs, less 1."},
        "best_factor": {**_MAYBE, "description": "Median of theirs over the straight line."},
        "rows": _WHOLE,
    }
)

_STREETS = _object(
    {
        "dataset": _TEXT,
        "vintage": _TEXT,
        "lines": {**_MAYBE, "description": "None while nothing is loaded."},
        "length_m": {**_MAYBE, "description": "Of all lines that may be walked."},
        "connected": {**_MAYBE, "description": "Share of that length that hangs together."},
        "areas_off": {**_WHOLE, "description": "Without a street near; straight lines for them."},
        "schools_off": _WHOLE,
        "limit_m": {**_MAYBE, "description": "How far from a street is still near."},
        "usable": {"type": "boolean"},
    }
)

ACCESS_SCHEMAS: dict[str, Schema] = {
    "SchoolAccess": _object(
        {
            "stage": _TEXT,
            "method": {**_TEXT, "enum": list(METHODS)},
            "reach_m": _MAYBE,
            "factor": {**_MAYBE, "description": "Length of the way over the straight line."},
            "way": {**_TEXT, "enum": list(WAYS), "description": "How distances go."},
            "why_straight": {
                **_TEXT,
                "description": "Why they go straight though streets are named; else empty.",
            },
            "streets": {
                "oneOf": [_STREETS, {"type": "null"}],
                "description": "What the city's pack names for ways.",
            },
            "areas_dataset": {**_TEXT, "description": "Its tiles have the outlines."},
            "unit": _TEXT,
            "values": _list(
                {
                    "id": _TEXT,
                    "name": _TEXT,
                    "value": {**_MAYBE, "description": "Metres, or places per child."},
                    "lon": _MAYBE,
                    "lat": _MAYBE,
                    "children": _MAYBE,
                    "beyond_walk": {**_MAYBE, "description": "Share beyond the walking distance."},
                    "nearest": {"type": ["string", "null"], "description": "Id of a school."},
                    "edge": {"type": "boolean", "description": "Its reach leaves the city."},
                }
            ),
            "classes": {"type": "array", "items": _MAYBE},
            "gini": _MAYBE,
            "gini_inside": {**_MAYBE, "description": "Without the areas at the edge."},
            "groups": _list(
                {
                    "group": _TEXT,
                    "label": _TEXT,
                    "children": _MAYBE,
                    "mean": _MAYBE,
                    "share_beyond_walk": _MAYBE,
                }
            ),
            "schools": _list(
                {
                    "id": _TEXT,
                    "places": _MAYBE,
                    "places_per_child": _MAYBE,
                    "children_per_place": {**_MAYBE, "description": "Crowdedness (i2SFCA)."},
                }
            ),
            "edge": _object({"buffer_m": _MAYBE, "areas_affected": _WHOLE}),
            "check": {"oneOf": [_CHECK, {"type": "null"}]},
            "checks": {
                "type": "array",
                "items": _CHECK,
                "description": "Of both ways where there are streets, the one taken first.",
            },
            "modelled": {"type": "boolean"},
            "words": _TEXT,
            "how": {"type": "array", "items": _TEXT, "description": "Paragraphs."},
            "checked": {
                "type": "array",
                "items": _TEXT,
                "description": "What the checks come to, a sentence for each.",
            },
            "sources": _SOURCES,
        }
    ),
}

ACCESS_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/schools/{city}/access",
        "Schools",
        "Nearest school, or places within reach of each child, by area and by group",
        "SchoolAccess",
        inline=(
            CITY,
            {
                "name": "stage",
                "in": "query",
                "description": "A stage's id; the first of the city without it.",
                "schema": _TEXT,
            },
            {
                "name": "method",
                "in": "query",
                "description": "The nearest school, or a floating catchment.",
                "schema": {**_TEXT, "enum": list(METHODS), "default": "nearest"},
            },
            {
                "name": "reach_m",
                "in": "query",
                "description": "Reach of floating catchments along the way, in metres; the walk "
                "of the stage's youngest without it.",
                "schema": {**_WHOLE, "minimum": 200, "maximum": 50_000},
            },
            {
                "name": "way",
                "in": "query",
                "description": "Along streets, or straight lines times a factor; the better one, "
                "by the checks, without it.",
                "schema": {**_TEXT, "enum": list(WAYS)},
            },
        ),
    ),
)
