"""Questions to all that is on a standard, in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from .openapi_operation import Operation

__all__ = ["TOGETHER_OPERATIONS", "TOGETHER_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_STANDARD: Schema = {
    "name": "standard",
    "in": "query",
    "required": True,
    "description": "A standard by name (crime_incident), or one version of it (crime_incident@1).",
    "schema": _TEXT,
}


def _object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


def _list(of: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(of)}


TOGETHER_SCHEMAS: dict[str, Schema] = {
    "Together": {
        "description": "One table of every dataset that answered, and those that did not.",
        **_object(
            {
                "standard": _TEXT,
                "groups": {**_TEXTS, "description": "dataset and city, then what was asked for."},
                "measures": _TEXTS,
                "complete": {"type": "boolean", "description": "Whether nothing is missing."},
                "answered": _list(
                    {
                        "dataset": _TEXT,
                        "node": {**_TEXT, "description": "The partner; empty of this node's own."},
                        "version": {"type": "integer", "minimum": 0},
                        "source": {"$ref": "#/components/schemas/Source"},
                    }
                ),
                "missing": _list({"dataset": _TEXT, "node": _TEXT, "why": _TEXT}),
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
