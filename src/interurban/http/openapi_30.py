"""The OpenAPI 3.1 document in version 3.0, for clients that know no other yet.

Version 3.1 took over JSON Schema whole; 3.0 has a dialect of its own, where ``null`` is a flag and
a constant an enumeration of one (OpenAPI 3.0.3, Schema Object).
"""

from __future__ import annotations

from typing import Any

__all__ = ["as_openapi_30"]


def as_openapi_30(document: dict[str, Any]) -> dict[str, Any]:
    """The same document in OpenAPI 3.0.3."""
    converted: dict[str, Any] = _converted(document)
    info = {key: value for key, value in document["info"].items() if key != "summary"}
    licence = {"name": document["info"]["license"]["name"]}
    return converted | {"openapi": "3.0.3", "info": info | {"license": licence}}


def _converted(node: Any) -> Any:
    if isinstance(node, list):
        return [_converted(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _converted(value) for key, value in node.items()}
    if "const" in found:
        found["enum"] = [found.pop("const")]
    if isinstance(found.get("type"), list):
        found |= _one_type(found.pop("type"))
    if "oneOf" in found:
        found |= _nullable(found.pop("oneOf"))
    return found


def _one_type(types: list[str]) -> dict[str, Any]:
    real = [name for name in types if name != "null"]
    described: dict[str, Any] = {"nullable": True} if len(real) < len(types) else {}
    if len(real) == 1:
        return described | {"type": real[0]}
    return described | {"anyOf": [{"type": name} for name in real]}


def _nullable(choices: list[dict[str, Any]]) -> dict[str, Any]:
    real = [choice for choice in choices if choice != {"type": "null"}]
    if len(real) == len(choices):
        return {"oneOf": choices}
    return {"nullable": True, "allOf" if len(real) == 1 else "oneOf": real}
