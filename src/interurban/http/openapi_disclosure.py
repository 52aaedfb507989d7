"""Safe tables in the OpenAPI document."""

from __future__ import annotations

from .disclosure_api import MOST_SECONDS
from .formats import CSV, JSON_FORMAT
from .openapi_operation import Operation
from .openapi_values import COUNT, FLAG, MAYBE_NUMBER, TEXT, TEXTS, Schema, closed_object

__all__ = ["DISCLOSURE_OPERATIONS", "DISCLOSURE_SCHEMAS"]


_TWO: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


_RULES: dict[str, Schema] = {
    "threshold": {"type": "integer", "minimum": 2, "description": "Hide cells of fewer."},
    "zeros": {**FLAG, "description": "Hide cells of nobody as well."},
    "dominance": {**_TWO, "description": "Hide sums of which the n largest are over k %: [2, 85]."},
    "p": {"type": "number", "description": "Hide sums whose largest part is told to so many %."},
}

DISCLOSURE_SCHEMAS: dict[str, Schema] = {
    "TableQuestion": closed_object(
        {
            "dataset": TEXT,
            "by": {
                "type": "array",
                "items": {"type": ["string", "array"], "items": TEXT},
                "minItems": 1,
                "maxItems": 3,
                "description": "Of each axis a field, time:year or area:<boundary>; or its levels.",
            },
        },
        measure={**TEXT, "default": "count", "description": "count, or sum:<field>."},
        contributor={**TEXT, "description": "The field that says whose number a row's is."},
        rules={
            **closed_object({}, **_RULES),
            "description": "The threshold is the city's when absent.",
        },
        where={
            "type": "object",
            "additionalProperties": {"type": ["string", "array"], "items": TEXT},
            "description": "Conditions, by the names that rows are asked with: datetime, filter.",
        },
        seconds={
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": MOST_SECONDS,
            "description": "How long to look for the least to hide.",
        },
    ),
    "SafeTable": closed_object(
        {
            "dataset": TEXT,
            "version": COUNT,
            "measure": TEXT,
            "rules": closed_object({}, **_RULES),
            "conditions": {**TEXTS, "description": "What the reader's policy changed."},
            "axes": {"type": "array", "items": TEXTS, "description": "The levels of each."},
            "cells": {
                "type": "array",
                "items": closed_object(
                    {
                        "at": {**TEXTS, "description": "A label for each level; Total of totals."},
                        "value": {**MAYBE_NUMBER, "description": "null where hidden, never 0."},
                        "hidden": FLAG,
                        "text": {**TEXT, "description": "To be shown; of hidden ones a hatch."},
                        "shown": {**TEXT, "description": "For a file; [c] where hidden."},
                        "at_least": MAYBE_NUMBER,
                        "at_most": MAYBE_NUMBER,
                    }
                ),
            },
            "hidden": closed_object(
                {"by_rule": COUNT, "beside": COUNT, "needless_at_most": {"type": "number"}}
            ),
            "audit": closed_object({"safe": FLAG, "recovered": COUNT, "narrowest": MAYBE_NUMBER}),
            "source": {"type": "object"},
        }
    ),
}

DISCLOSURE_OPERATIONS = (
    Operation(
        "/api/disclose", "Figures", "A table that tells nobody's number", "SafeTable",
        formats=(JSON_FORMAT, CSV), method="post", body="TableQuestion",
    ),
)  # fmt: skip
