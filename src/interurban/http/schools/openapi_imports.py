"""Imports of files of known layouts in the OpenAPI document."""

from __future__ import annotations

from interurban.http.openapi_operation import Operation
from interurban.http.openapi_values import (
    TEXT,
    TEXTS,
    WHOLE,
    Schema,
    objects_of,
    open_object,
    query_parameter,
)

from .openapi_card import CITY

__all__ = ["IMPORT_OPERATIONS", "IMPORT_SCHEMAS"]


IMPORT_SCHEMAS: dict[str, Schema] = {
    "SchoolImportLayouts": open_object({"layouts": objects_of({"id": TEXT, "words": TEXT})}),
    "SchoolImport": open_object(
        {
            "layout": TEXT,
            "words": TEXT,
            "dataset": TEXT,
            "standard": TEXT,
            "title": TEXT,
            "publisher": TEXT,
            "attribution": TEXT,
            "vintage": TEXT,
            "stage": {"type": ["string", "null"]},
            "hidden_below": WHOLE,
            "rows": WHOLE,
            "found": TEXTS,
            "warnings": TEXTS,
            "areas": objects_of({"dataset": TEXT, "areas": WHOLE, "found": WHOLE}),
            "loaded": {
                "type": ["object", "null"],
                "description": "Null where the file was only looked at.",
                "properties": {"rows": WHOLE, "left_out": WHOLE, "blanked": WHOLE},
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
            query_parameter(
                "load", "Load it; otherwise it is only looked at.", {"type": "boolean"}
            ),
            query_parameter("as", "The dataset it becomes, as city.name.", TEXT),
            query_parameter("year", "Year in which the school year begins.", WHOLE),
        ),
        method="post",
        file=True,
    ),
)
