"""Safe tables in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from .disclosure_api import MOST_SECONDS
from .formats import CSV, JSON_FORMAT
from .openapi_operation import Operation

__all__ = ["DISCLOSURE_OPERATIONS", "DISCLOSURE_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_AMOUNT_OR_NULL: Schema = {"type": ["number", "null"]}
_TWO: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


_RULES: dict[str, Schema] = {
    "threshold": {"type": "integer", "minimum": 2, "description": "Hide cells of fewer."},
    "zeros": {**_FLAG, "description": "Hide cells of nobody as well."},
    "dominance": {**_TWO, "description": "Hide sums of which the n largest are over k %: [2, 85]."},
    "p": {"type": "number", "description": "Hide sums whose largest part is told to so many %."},
}

DISCLOSURE_SCHEMAS: dict[str, Schema] = {
    "TableQuestion": _object(
        {
            "dataset": _TEXT,
            "by": {
                "type": "array",
                "items": {"type": ["string", "array"], "items": _TEXT},
                "minItems": 1,
                "maxItems": 3,
                "description": "Of each axis a field, time:year or area:<boundary>; or its levels.",
            },
        },
        measure={**_TEXT, "default": "count", "description": "count, or sum:<field>."},
        contributor={**_TEXT, "description": "The field that says whose number a row's is."},
        rules={
            **_object({}, **_RULES),
            "description": "The threshold is the city's when absent.",
        },
        where={
            "type": "object",
            "additionalProperties": {"type": ["string", "array"], "items": _TEXT},
            "description": "Conditions, by the names that rows are asked with: datetime, filter.",
        },
        seconds={
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": MOST_SECONDS,
            "description": "How long to look for the least to hide.",
        },
    ),
    "SafeTable": _object(
        {
            "dataset": _TEXT,
            "version": _COUNT,
            "measure": _TEXT,
            "rules": _object({}, **_RULES),
            "conditions": {**_TEXTS, "description": "What the reader's policy changed."},
            "axes": {"type": "array", "items": _TEXTS, "description": "The levels of each."},
            "cells": {
                "type": "array",
                "items": _object(
                    {
                        "at": {**_TEXTS, "description": "A label for each level; Total of totals."},
                        "value": {**_AMOUNT_OR_NULL, "description": "null where hidden, never 0."},
                        "hidden": _FLAG,
                        "text": {**_TEXT, "description": "To be shown; of hidden ones a hatch."},
                        "shown": {**_TEXT, "description": "For a file; [c] where hidden."},
                        "at_least": _AMOUNT_OR_NULL,
                        "at_most": _AMOUNT_OR_NULL,
                    }
                ),
            },
            "hidden": _object(
                {"by_rule": _COUNT, "beside": _COUNT, "needless_at_most": {"type": "number"}}
            ),
            "audit": _object({"safe": _FLAG, "recovered": _COUNT, "narrowest": _AMOUNT_OR_NULL}),
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
