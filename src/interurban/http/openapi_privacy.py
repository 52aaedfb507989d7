"""Answers with noise in the OpenAPI document."""

from __future__ import annotations

from .openapi_operation import Operation
from .openapi_values import (
    FLAG,
    MAYBE_NUMBER,
    NUMBER,
    TEXT,
    TEXTS,
    Schema,
    array_of,
    closed_object,
    reference_to,
)
from .privacy_api import MECHANISMS, STATISTICS

__all__ = ["PRIVACY_OPERATIONS", "PRIVACY_SCHEMAS"]


_PRICE: dict[str, Schema] = {
    "rho": {"type": "number", "description": "In zero-concentrated differential privacy."},
    "epsilon": {"type": "number", "description": "In its place: it costs half its square."},
}
_UNIT: Schema = {
    **TEXT,
    "description": "Whose privacy it is: a field that says whose a row is, or row.",
}


PRIVACY_SCHEMAS: dict[str, Schema] = {
    "PrivacyBudget": closed_object(
        {
            "dataset": TEXT,
            "unit": _UNIT,
            "reader": TEXT,
            "granted": NUMBER,
            "remaining": NUMBER,
            "epsilon": {
                **NUMBER,
                "description": "What all of it amounts to, at one in a million.",
            },
        }
    ),
    "PrivacyBudgets": closed_object({"budgets": array_of(reference_to("PrivacyBudget"))}),
    "PrivacySpend": closed_object(
        {
            "number": {"type": "integer"},
            "unit": _UNIT,
            "reader": TEXT,
            "mechanism": {"enum": list(MECHANISMS)},
            "rho": NUMBER,
            "remaining": NUMBER,
            "question": {**TEXT, "description": "SHA-256 of what was asked."},
            "at": {"type": "string", "format": "date-time"},
        }
    ),
    "PrivacyLedger": closed_object(
        {
            "dataset": TEXT,
            "budgets": array_of(reference_to("PrivacyBudget")),
            "spends": array_of(reference_to("PrivacySpend")),
        }
    ),
    "PrivacyGrant": closed_object(
        {"reader": {**TEXT, "description": "Id of an account."}}, **_PRICE, unit=_UNIT
    ),
    "NoisyQuestion": closed_object(
        {"statistic": {"enum": list(STATISTICS)}},
        **_PRICE,
        field={**TEXT, "description": "What is added up."},
        by={**TEXT, "description": "What a histogram is by."},
        between={
            "type": "array",
            "items": NUMBER,
            "minItems": 2,
            "maxItems": 2,
            "description": "Of a sum or a mean: what is beyond is taken as the bound.",
        },
        values={**TEXTS, "description": "Of a histogram: which occur is the data's own secret."},
        unit=_UNIT,
        most={"type": "integer", "minimum": 1, "description": "Rows of one unit that count."},
        grain={**NUMBER, "description": "Values are rounded to multiples of this."},
        mechanism={"enum": list(MECHANISMS), "default": MECHANISMS[0]},
        where={
            "type": "object",
            "additionalProperties": {"type": ["string", "array"], "items": TEXT},
            "description": "Conditions, by the names that rows are asked with: datetime, filter.",
        },
        dry={**FLAG, "default": False, "description": "Only tell the band; it is free."},
    ),
    "NoisyAnswer": closed_object(
        {
            "dataset": TEXT,
            "statistic": {"enum": list(STATISTICS)},
            "unit": _UNIT,
            "mechanism": {"enum": list(MECHANISMS)},
            "dry": FLAG,
            "numbers": {
                "type": "array",
                "items": closed_object(
                    {
                        "name": TEXT,
                        "value": MAYBE_NUMBER,
                        "at_least": MAYBE_NUMBER,
                        "at_most": MAYBE_NUMBER,
                    }
                ),
                "description": "The true number is between the two others 95 times of 100.",
            },
            "band": {
                **MAYBE_NUMBER,
                "description": "Half the width; null of a mean, where it depends on their number.",
            },
            "band_of_parts": {
                **closed_object({"sum": NUMBER, "count": NUMBER}),
                "type": ["object", "null"],
                "description": "Of a mean: the bands of what it is made of.",
            },
            "rho": NUMBER,
            "epsilon": NUMBER,
            "granted": NUMBER,
            "remaining": NUMBER,
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
