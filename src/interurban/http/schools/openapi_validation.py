"""The validation report in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.http.formats import CSV, JSON_FORMAT
from interurban.http.openapi_operation import Operation

from .openapi_card import CITY

__all__ = ["VALIDATION_OPERATIONS", "VALIDATION_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}


def _list(members: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(members)}


def _object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


VALIDATION_SCHEMAS: dict[str, Schema] = {
    "SchoolValidation": {
        "description": "Every check of an atlas's data, each fault with a link to its row.",
        **_object(
            {
                "checked_at": {**_TEXT, "format": "date-time"},
                "passed": _COUNT,
                "failed": _COUNT,
                "checks": _list(
                    {
                        "id": _TEXT,
                        "title": {**_TEXT, "description": "What holds when it passes."},
                        "what": {**_TEXT, "description": "What was looked at."},
                        "result": {**_TEXT, "enum": ["passed", "faults", "not applicable"]},
                        "faults": _COUNT,
                        "rows": _list({"text": _TEXT, "link": _TEXT}),
                        "limit": _COUNT,
                        "note": _TEXT,
                    }
                ),
                "as_of": _list(
                    {
                        "dataset": _TEXT,
                        "title": _TEXT,
                        "vintage": _TEXT,
                        "superseded_by": {"type": ["string", "null"]},
                        "why": _TEXT,
                    }
                ),
                "lacking": {"type": "array", "items": _TEXT},
                "words": _TEXT,
                "sources": {"type": "array", "items": {"$ref": "#/components/schemas/Source"}},
            }
        ),
    },
}

VALIDATION_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/schools/{city}/validation",
        "Schools",
        "What is wrong with the data of an atlas, row by row",
        "SchoolValidation",
        formats=(JSON_FORMAT, CSV),
        inline=(
            CITY,
            {
                "name": "limit",
                "in": "query",
                "description": "Faults to list of each check; all are counted. 20 when absent.",
                "schema": {"type": "integer", "minimum": 0, "maximum": 10_000},
            },
            {
                "name": "check",
                "in": "query",
                "description": "Id of the only check to give.",
                "schema": _TEXT,
            },
        ),
    ),
)
