"""Imports of files of known layouts in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.http.openapi_operation import Operation

from .openapi_card import CITY

__all__ = ["IMPORT_OPERATIONS", "IMPORT_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}


def _object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


def _list(of: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(of)}


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


IMPORT_SCHEMAS: dict[str, Schema] = {
    "SchoolImportLayouts": _object({"layouts": _list({"id": _TEXT, "words": _TEXT})}),
    "SchoolImport": _object(
        {
            "layout": _TEXT,
            "words": _TEXT,
            "dataset": _TEXT,
            "standard": _TEXT,
            "title": _TEXT,
            "publisher": _TEXT,
            "attribution": _TEXT,
            "vintage": _TEXT,
            "stage": {"type": ["string", "null"]},
            "hidden_below": _WHOLE,
            "rows": _WHOLE,
            "found": _TEXTS,
            "warnings": _TEXTS,
            "areas": _list({"dataset": _TEXT, "areas": _WHOLE, "found": _WHOLE}),
            "loaded": {
                "type": ["object", "null"],
                "description": "Null where the file was only looked at.",
                "properties": {"rows": _WHOLE, "left_out": _WHOLE, "blanked": _WHOLE},
            },
        }
    ),
}

IMPORT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/schools/imports",
        "Schools",
        "Layouts of files that are recognised",
        "SchoolImportLayouts",
    ),
    Operation(
        "/api/schools/{city}/imports",
        "Schools",
        "Look at a planner's file, or load it into the atlas",
        "SchoolImport",
        ("X-File-Name",),
        inline=(
            CITY,
            _query("load", "Load it; otherwise it is only looked at.", {"type": "boolean"}),
            _query("as", "The dataset it becomes, as city.name.", _TEXT),
            _query("year", "Year in which the school year begins.", _WHOLE),
        ),
        method="post",
        file=True,
    ),
)
