"""Layers of the atlas in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.http.openapi_operation import Operation

from .files import ROW_FORMATS
from .openapi_card import CITY

__all__ = ["LAYER_OPERATIONS", "LAYER_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}}
_OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
_SOURCES: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Source"}}
_TOLD: dict[str, Schema] = {
    "id": _TEXT,
    "title": _TEXT,
    "unit": _TEXT,
    "year": {"type": ["integer", "null"]},
    "areas_dataset": {**_TEXT, "description": "Boundary dataset whose outlines it is drawn on."},
    "diverging": {"type": "boolean"},
    "source": _TEXT,
    "mixed_vintages": {
        "type": "boolean",
        "description": "Whether its dataset has codes of several vintages of areas.",
    },
}


def _query(name: str, description: str) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": _TEXT}


def _object(members: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "required": list(members),
        "properties": members | (optional or {}),
    }


LAYER_SCHEMAS: dict[str, Schema] = {
    "SchoolLayers": _object(
        {"layers": {"type": "array", "items": _object(_TOLD)}, "sources": _SOURCES}
    ),
    "SchoolLayer": {
        "description": "One layer with its classes; of two, the class of each in every area.",
        **_object(
            {"areas_dataset": _TEXT, "words": _TEXT, "sources": _SOURCES},
            {
                "values": _OBJECTS,
                "breaks": {**_NUMBERS, "description": "Inner limits, each in the lower class."},
                "middle": {"type": ["number", "null"]},
                "codes": {"type": "object"},
                "cells": _OBJECTS,
                "a": {"type": "object"},
                "b": {"type": "object"},
                "correlation": {"type": ["number", "null"], "description": "Spearman's rho."},
                "without": {"type": "integer", "description": "Areas without a number."},
            },
        ),
    },
}

LAYER_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/schools/{city}/layers",
        "Schools",
        "What can be laid beneath the schools",
        "SchoolLayers",
        inline=(CITY,),
    ),
    Operation(
        "/api/schools/{city}/layers/{layer}",
        "Schools",
        "One layer with its classes, or two together",
        "SchoolLayer",
        formats=ROW_FORMATS,
        inline=(
            CITY,
            {
                "name": "layer",
                "in": "path",
                "required": True,
                "description": "A layer's id.",
                "schema": _TEXT,
            },
            _query("with", "Another layer, for three by three classes."),
            _query("areas", "A boundary dataset to bring the layer onto, in place of its own."),
        ),
    ),
)
