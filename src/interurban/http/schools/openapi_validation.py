"""The validation report in the OpenAPI document."""

from __future__ import annotations

from interurban.http.formats import CSV, JSON_FORMAT
from interurban.http.openapi_operation import Operation
from interurban.http.openapi_values import COUNT, TEXT, Schema, objects_of, open_object

from .openapi_card import CITY

__all__ = ["VALIDATION_OPERATIONS", "VALIDATION_SCHEMAS"]


VALIDATION_SCHEMAS: dict[str, Schema] = {
    "SchoolValidation": {
        "description": "Every check of an atlas's data, each fault with a link to its row.",
        **open_object(
            {
                "checked_at": {**TEXT, "format": "date-time"},
                "passed": COUNT,
                "failed": COUNT,
                "checks": objects_of(
                    {
                        "id": TEXT,
                        "title": {**TEXT, "description": "What holds when it passes."},
                        "what": {**TEXT, "description": "What was looked at."},
                        "result": {**TEXT, "enum": ["passed", "faults", "not applicable"]},
                        "faults": COUNT,
                        "rows": objects_of({"text": TEXT, "link": TEXT}),
                        "limit": COUNT,
                        "note": TEXT,
                    }
                ),
                "as_of": objects_of(
                    {
                        "dataset": TEXT,
                        "title": TEXT,
                        "vintage": TEXT,
                        "superseded_by": {"type": ["string", "null"]},
                        "why": TEXT,
                    }
                ),
                "lacking": {"type": "array", "items": TEXT},
                "words": TEXT,
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
                "schema": TEXT,
            },
        ),
    ),
)
