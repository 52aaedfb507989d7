"""Findings of personal data in the OpenAPI document."""

from __future__ import annotations

from .openapi_operation import Operation
from .openapi_values import COUNT, FLAG, INSTANT, TEXT, TEXTS, Schema, closed_object
from .personal_data_api import DEEDS

__all__ = ["PERSONAL_DATA_OPERATIONS", "PERSONAL_DATA_SCHEMAS"]


_SUMMARY: dict[str, Schema] = {
    "dataset": TEXT,
    "title": TEXT,
    "version": COUNT,
    "state": {
        "enum": ["nothing", "told", "blocked", "signed-off", "failed"],
        "description": "told: found, and open all the same; failed: could not be looked at.",
    },
    "reason": {**TEXT, "description": "Why it is not open; empty when it is."},
    "looked_at": {**COUNT, "description": "Rows; fewer than all of a large table."},
    "rows": COUNT,
    "at": INSTANT,
    "kinds": {**TEXTS, "description": "What was found, each kind once."},
}

PERSONAL_DATA_SCHEMAS: dict[str, Schema] = {
    "PersonalDataSummary": closed_object(_SUMMARY),
    "PersonalDataList": closed_object(
        {
            "datasets": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/PersonalDataSummary"},
            }
        }
    ),
    "PersonalData": closed_object(
        {
            **_SUMMARY,
            "findings": {
                "type": "array",
                "items": closed_object(
                    {
                        "fields": TEXTS,
                        "kind": TEXT,
                        "values": {**COUNT, "description": "Rows that hold one."},
                        "looked_at": COUNT,
                        "confidence": {"enum": ["high", "medium", "low"]},
                        "examples": {**TEXTS, "description": "Masked, always."},
                        "why": TEXT,
                        "waiting": {**FLAG, "description": "It keeps the dataset closed."},
                        "signed_off": FLAG,
                    }
                ),
            },
            "sign_offs": {
                "type": "array",
                "items": closed_object(
                    {
                        "who": TEXT,
                        "reason": TEXT,
                        "at": INSTANT,
                        "version": COUNT,
                        "findings": COUNT,
                    }
                ),
            },
        }
    ),
    "PersonalDataDeed": closed_object(
        {"do": {"enum": list(DEEDS), "description": "What is to be done about the findings."}},
        reason={**TEXT, "description": "Of a sign-off: why it may be open, in a sentence."},
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
