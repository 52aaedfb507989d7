"""What the parts of the OpenAPI document are made of: plain values, lists and objects."""

from __future__ import annotations

from typing import Any

__all__ = [
    "COUNT",
    "FLAG",
    "INSTANT",
    "MAYBE_INSTANT",
    "MAYBE_NUMBER",
    "MAYBE_TEXT",
    "MAYBE_WHOLE",
    "NUMBER",
    "OBJECT",
    "SOURCES",
    "TEXT",
    "TEXTS",
    "WHOLE",
    "Schema",
    "array_of",
    "closed_object",
    "objects_of",
    "open_object",
    "or_null",
    "path_parameter",
    "query_parameter",
    "reference_to",
]

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
OBJECT: Schema = {"type": "object"}
MAYBE_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
_SOME_TEXT: Schema = {"type": "string", "minLength": 1}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}


def reference_to(name: str) -> Schema:
    """A shape of the document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def array_of(items: Schema, **more: Any) -> Schema:
    """A list of one kind of things."""
    return {"type": "array", "items": items, **more}


def open_object(required: dict[str, Schema], **optional: Schema) -> Schema:
    """An object that later versions may say more in."""
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def objects_of(required: dict[str, Schema]) -> Schema:
    """A list of objects with these members."""
    return array_of(open_object(required))


def closed_object(required: dict[str, Schema], **optional: Schema) -> Schema:
    """An object with these members and no others."""
    return {**open_object(required, **optional), "additionalProperties": False}


def or_null(schema: Schema) -> Schema:
    """A thing, or nothing."""
    return {"oneOf": [schema, {"type": "null"}]}


def query_parameter(name: str, description: str, schema: Schema = TEXT, **more: Any) -> Schema:
    """A parameter behind the question mark."""
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def path_parameter(name: str, description: str, schema: Schema = _SOME_TEXT) -> Schema:
    """A parameter in the path; each must be given."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
    }


SOURCES: Schema = array_of(reference_to("Source"))
