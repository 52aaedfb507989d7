"""Answers with noise in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from .openapi_operation import Operation
from .privacy_api import MECHANISMS, STATISTICS

__all__ = ["PRIVACY_OPERATIONS", "PRIVACY_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_AMOUNT: Schema = {"type": "number"}
_AMOUNT_OR_NULL: Schema = {"type": ["number", "null"]}
_PRICE: dict[str, Schema] = {
    "rho": {"type": "number", "description": "In zero-concentrated differential privacy."},
    "epsilon": {"type": "number", "description": "In its place: it costs half its square."},
}
_UNIT: Schema = {
    **_TEXT,
    "description": "Whose privacy it is: a field that says whose a row is, or row.",
}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


def _list(of: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{of}"}}


PRIVACY_SCHEMAS: dict[str, Schema] = {
    "PrivacyBudget": _object(
        {
            "dataset": _TEXT,
            "unit": _UNIT,
            "reader": _TEXT,
            "granted": _AMOUNT,
            "remaining": _AMOUNT,
            "epsilon": {
                **_AMOUNT,
                "description": "What all of it amounts to, at one in a million.",
            },
        }
    ),
    "PrivacyBudgets": _object({"budgets": _list("PrivacyBudget")}),
    "PrivacySpend": _object(
        {
            "number": {"type": "integer"},
            "unit": _UNIT,
            "reader": _TEXT,
            "mechanism": {"enum": list(MECHANISMS)},
            "rho": _AMOUNT,
            "remaining": _AMOUNT,
            "question": {**_TEXT, "description": "SHA-256 of what was asked."},
            "at": {"type": "string", "format": "date-time"},
        }
    ),
    "PrivacyLedger": _object(
        {"dataset": _TEXT, "budgets": _list("PrivacyBudget"), "spends": _list("PrivacySpend")}
    ),
    "PrivacyGrant": _object(
        {"reader": {**_TEXT, "description": "Id of an account."}}, **_PRICE, unit=_UNIT
    ),
    "NoisyQuestion": _object(
        {"statistic": {"enum": list(STATISTICS)}},
        **_PRICE,
        field={**_TEXT, "description": "What is added up."},
        by={**_TEXT, "description": "What a histogram is by."},
        between={
            "type": "array",
            "items": _AMOUNT,
            "minItems": 2,
            "maxItems": 2,
            "description": "Of a sum or a mean: what is beyond is taken as the bound.",
        },
        values={**_TEXTS, "description": "Of a histogram: which occur is the data's own secret."},
        unit=_UNIT,
        most={"type": "integer", "minimum": 1, "description": "Rows of one unit that count."},
        grain={**_AMOUNT, "description": "Values are rounded to multiples of this."},
        mechanism={"enum": list(MECHANISMS), "default": MECHANISMS[0]},
        where={
            "type": "object",
            "additionalProperties": {"type": ["string", "array"], "items": _TEXT},
            "description": "Conditions, by the names that rows are asked with: datetime, filter.",
        },
        dry={**_FLAG, "default": False, "description": "Only tell the band; it is free."},
    ),
    "NoisyAnswer": _object(
        {
            "dataset": _TEXT,
            "statistic": {"enum": list(STATISTICS)},
            "unit": _UNIT,
            "mechanism": {"enum": list(MECHANISMS)},
            "dry": _FLAG,
            "numbers": {
                "type": "array",
                "items": _object(
                    {
                        "name": _TEXT,
                        "value": _AMOUNT_OR_NULL,
                        "at_least": _AMOUNT_OR_NULL,
                        "at_most": _AMOUNT_OR_NULL,
                    }
                ),
                "description": "The true number is between the two others 95 times of 100.",
            },
            "band": {
                **_AMOUNT_OR_NULL,
                "description": "Half the width; null of a mean, where it depends on their number.",
            },
            "band_of_parts": {
                **_object({"sum": _AMOUNT, "count": _AMOUNT}),
                "type": ["object", "null"],
                "description": "Of a mean: the bands of what it is made of.",
            },
            "rho": _AMOUNT,
            "epsilon": _AMOUNT,
            "granted": _AMOUNT,
            "remaining": _AMOUNT,
        }
    ),
}

_TAG = "Answers with noise"
_MISSING = (("501", "OpenDP is not installed on this node."),)

PRIVACY_OPERATIONS = (
    Operation("/api/privacy/budgets", _TAG, "Privacy budgets of readers", "PrivacyBudgets"),
    Operation(
        "/api/privacy/{dataset}/ledger", _TAG, "What was spent on a dataset", "PrivacyLedger"
    ),
    Operation(
        "/api/privacy/{dataset}/answer", _TAG, "An answer with noise, and its cost", "NoisyAnswer",
        method="post", body="NoisyQuestion", also=_MISSING,
    ),
    Operation(
        "/api/privacy/{dataset}/grant", _TAG, "Give an account a budget", "PrivacyBudget",
        method="post", body="PrivacyGrant", status="201",
    ),
)  # fmt: skip
