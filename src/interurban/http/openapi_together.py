"""Questions to all that is on a standard, in the OpenAPI document."""

from __future__ import annotations

from .openapi_operation import Operation
from .openapi_values import TEXT, TEXTS, Schema, objects_of, open_object

__all__ = ["TOGETHER_OPERATIONS", "TOGETHER_SCHEMAS"]


_STANDARD: Schema = {
    "name": "standard",
    "in": "query",
    "required": True,
    "description": "A standard by name (crime_incident), or one version of it (crime_incident@1).",
    "schema": TEXT,
}


TOGETHER_SCHEMAS: dict[str, Schema] = {
    "Together": {
        "description": "One table of every dataset that answered, and those that did not.",
        **open_object(
            {
                "standard": TEXT,
                "groups": {**TEXTS, "description": "dataset and city, then what was asked for."},
                "measures": TEXTS,
                "complete": {"type": "boolean", "description": "Whether nothing is missing."},
                "answered": objects_of(
                    {
                        "dataset": TEXT,
                        "node": {**TEXT, "description": "The partner; empty of this node's own."},
                        "version": {"type": "integer", "minimum": 0},
                        "source": {"$ref": "#/components/schemas/Source"},
                    }
                ),
                "missing": objects_of({"dataset": TEXT, "node": TEXT, "why": TEXT}),
                "rows": {"type": "array", "items": {"type": "object"}},
            }
        ),
    }
}

TOGETHER_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/together/aggregate",
        "Alliance",
        "Measures of groups over every dataset of a standard, here and at partners'",
        "Together",
        (
            *("measures", "by", "bbox", "bbox-crs", "datetime", "near", "in", "within", "q"),
            *("filter", "filter-lang", "filter-crs", "fields"),
        ),
        inline=(_STANDARD,),
    ),
)
