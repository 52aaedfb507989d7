"""Access of the atlas in the OpenAPI document."""

from __future__ import annotations

from interurban.apps.schools.access.access import METHODS
from interurban.http.openapi_operation import Operation
from interurban.http.openapi_values import (
    MAYBE_NUMBER,
    SOURCES,
    TEXT,
    WHOLE,
    Schema,
    objects_of,
    open_object,
)

from .openapi_card import CITY

__all__ = ["ACCESS_OPERATIONS", "ACCESS_SCHEMAS"]


_CHECK = open_object(
    {
        "against": TEXT,
        "what": {**TEXT, "enum": ["metres", "minutes"]},
        "median_error": {**MAYBE_NUMBER, "description": "As a share of theirs, without sign."},
        "within_10": {**MAYBE_NUMBER, "description": "Share of ways within a tenth of theirs."},
        "bias": {**MAYBE_NUMBER, "description": "Median of ours over theirs, less 1."},
        "best_factor": {**MAYBE_NUMBER, "description": "Median of theirs over the straight line."},
        "rows": WHOLE,
    }
)

ACCESS_SCHEMAS: dict[str, Schema] = {
    "SchoolAccess": open_object(
        {
            "stage": TEXT,
            "method": {**TEXT, "enum": list(METHODS)},
            "reach_m": MAYBE_NUMBER,
            "factor": {**MAYBE_NUMBER, "description": "Length of the way over the straight line."},
            "areas_dataset": {**TEXT, "description": "Its tiles have the outlines."},
            "unit": TEXT,
            "values": objects_of(
                {
                    "id": TEXT,
                    "name": TEXT,
                    "value": {**MAYBE_NUMBER, "description": "Metres, or places per child."},
                    "lon": MAYBE_NUMBER,
                    "lat": MAYBE_NUMBER,
                    "children": MAYBE_NUMBER,
                    "beyond_walk": {
                        **MAYBE_NUMBER,
                        "description": "Share beyond the walking distance.",
                    },
                    "nearest": {"type": ["string", "null"], "description": "Id of a school."},
                    "edge": {"type": "boolean", "description": "Its reach leaves the city."},
                }
            ),
            "classes": {"type": "array", "items": MAYBE_NUMBER},
            "gini": MAYBE_NUMBER,
            "gini_inside": {**MAYBE_NUMBER, "description": "Without the areas at the edge."},
            "groups": objects_of(
                {
                    "group": TEXT,
                    "label": TEXT,
                    "children": MAYBE_NUMBER,
                    "mean": MAYBE_NUMBER,
                    "share_beyond_walk": MAYBE_NUMBER,
                }
            ),
            "schools": objects_of(
                {
                    "id": TEXT,
                    "places": MAYBE_NUMBER,
                    "places_per_child": MAYBE_NUMBER,
                    "children_per_place": {**MAYBE_NUMBER, "description": "Crowdedness (i2SFCA)."},
                }
            ),
            "edge": open_object({"buffer_m": MAYBE_NUMBER, "areas_affected": WHOLE}),
            "check": {"oneOf": [_CHECK, {"type": "null"}]},
            "checks": {"type": "array", "items": _CHECK},
            "modelled": {"type": "boolean"},
            "words": TEXT,
            "how": TEXT,
            "sources": SOURCES,
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
                "schema": TEXT,
            },
            {
                "name": "method",
                "in": "query",
                "description": "The nearest school, or a floating catchment.",
                "schema": {**TEXT, "enum": list(METHODS), "default": "nearest"},
            },
            {
                "name": "reach_m",
                "in": "query",
                "description": "Reach of floating catchments along the way, in metres; the walk "
                "of the stage's youngest without it.",
                "schema": {**WHOLE, "minimum": 200, "maximum": 50_000},
            },
        ),
    ),
)
