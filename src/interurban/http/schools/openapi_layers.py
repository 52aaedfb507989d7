"""Layers of the atlas in the OpenAPI document."""

from __future__ import annotations

from interurban.http.openapi_operation import Operation
from interurban.http.openapi_values import SOURCES, TEXT, Schema, query_parameter

from .files import ROW_FORMATS
from .openapi_card import CITY

__all__ = ["LAYER_OPERATIONS", "LAYER_SCHEMAS"]


_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}}
_OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
_TOLD: dict[str, Schema] = {
    "id": TEXT,
    "title": TEXT,
    "unit": TEXT,
    "year": {"type": ["integer", "null"]},
    "areas_dataset": {**TEXT, "description": "Boundary dataset whose outlines it is drawn on."},
    "diverging": {"type": "boolean"},
    "source": TEXT,
    "mixed_vintages": {
        "type": "boolean",
        "description": "Whether its dataset has codes of several vintages of areas.",
    },
}


def _object(members: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "required": list(members),
        "properties": members | (optional or {}),
    }


LAYER_SCHEMAS: dict[str, Schema] = {
    "SchoolLayers": _object(
        {"layers": {"type": "array", "items": _object(_TOLD)}, "sources": SOURCES}
    ),
    "SchoolLayer": {
        "description": "One layer with its classes; of two, the class of each in every area.",
        **_object(
            {"areas_dataset": TEXT, "words": TEXT, "sources": SOURCES},
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
                "schema": TEXT,
            },
            query_parameter("with", "Another layer, for three by three classes."),
            query_parameter(
                "areas", "A boundary dataset to bring the layer onto, in place of its own."
            ),
        ),
    ),
)
