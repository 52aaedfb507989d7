"""Access of the atlas in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.apps.schools.access.access import METHODS
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
        "median_error": {**_MAYBE, "description": "As a share of theirs, without sign."},
        "within_10": {**_MAYBE, "description": "Share of ways within a tenth of theirs."},
        "bias": {**_MAYBE, "description": "Median of ours over theirs, less 1."},
        "best_factor": {**_MAYBE, "description": "Median of theirs over the straight line."},
        "rows": _WHOLE,
    }
)

ACCESS_SCHEMAS: dict[str, Schema] = {
    "SchoolAccess": _object(
        {
            "stage": _TEXT,
            "method": {**_TEXT, "enum": list(METHODS)},
            "reach_m": _MAYBE,
            "factor": {**_MAYBE, "description": "Length of the way over the straight line."},
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
            "checks": {"type": "array", "items": _CHECK},
            "modelled": {"type": "boolean"},
            "words": _TEXT,
            "how": _TEXT,
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
        ),
    ),
)
