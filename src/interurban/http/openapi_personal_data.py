"""Findings of personal data in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from .openapi_operation import Operation
from .personal_data_api import DEEDS

__all__ = ["PERSONAL_DATA_OPERATIONS", "PERSONAL_DATA_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_INSTANT: Schema = {"type": "string", "format": "date-time"}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


_SUMMARY: dict[str, Schema] = {
    "dataset": _TEXT,
    "title": _TEXT,
    "version": _COUNT,
    "state": {
        "enum": ["nothing", "told", "blocked", "signed-off", "failed"],
        "description": "told: found, and open all the same; failed: could not be looked at.",
    },
    "reason": {**_TEXT, "description": "Why it is not open; empty when it is."},
    "looked_at": {**_COUNT, "description": "Rows; fewer than all of a large table."},
    "rows": _COUNT,
    "at": _INSTANT,
    "kinds": {**_TEXTS, "description": "What was found, each kind once."},
}

PERSONAL_DATA_SCHEMAS: dict[str, Schema] = {
    "PersonalDataSummary": _object(_SUMMARY),
    "PersonalDataList": _object(
        {
            "datasets": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/PersonalDataSummary"},
            }
        }
    ),
    "PersonalData": _object(
        {
            **_SUMMARY,
            "findings": {
                "type": "array",
                "items": _object(
                    {
                        "fields": _TEXTS,
                        "kind": _TEXT,
                        "values": {**_COUNT, "description": "Rows that hold one."},
                        "looked_at": _COUNT,
                        "confidence": {"enum": ["high", "medium", "low"]},
                        "examples": {**_TEXTS, "description": "Masked, always."},
                        "why": _TEXT,
                        "waiting": {**_FLAG, "description": "It keeps the dataset closed."},
                        "signed_off": _FLAG,
                    }
                ),
            },
            "sign_offs": {
                "type": "array",
                "items": _object(
                    {
                        "who": _TEXT,
                        "reason": _TEXT,
                        "at": _INSTANT,
                        "version": _COUNT,
                        "findings": _COUNT,
                    }
                ),
            },
        }
    ),
    "PersonalDataDeed": _object(
        {"do": {"enum": list(DEEDS), "description": "What is to be done about the findings."}},
        reason={**_TEXT, "description": "Of a sign-off: why it may be open, in a sentence."},
    ),
}

_ONE = "/api/personal-data/{dataset}"
_TAG = "Personal data"

PERSONAL_DATA_OPERATIONS = (
    Operation("/api/personal-data", _TAG, "Datasets with findings", "PersonalDataList"),
    Operation(_ONE, _TAG, "What was found in a dataset", "PersonalData"),
    Operation(
        _ONE, _TAG, "Sign findings off, take that back, or look again", "PersonalData",
        method="post", body="PersonalDataDeed",
    ),
)  # fmt: skip
