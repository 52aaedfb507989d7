"""One operation of the OpenAPI document: its address, parameters, body and answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .formats import JSON_FORMAT
from .negotiation import Format
from .openapi_parameters import dataset_parameter, form_parameter, model_parameter, reference

__all__ = ["Operation", "operation"]

_REFUSALS = ("400", "401", "403", "404", "406", "413", "414", "429", "503")
_REFUSED_WRITES = (*_REFUSALS, "415", "422")
_BINARY = {"type": "string", "format": "binary"}
_SCHEMAS = {"metadata": "Metadata", "jsonld": "OdrlPolicy"}
"""Shapes of representations that are the same wherever they are offered."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One address and method.

    Parameters
    ----------
    schema: names the shape of its JSON answers; other representations are files.
    formats: what ``f`` takes; without ``f``, the media types of the answer.
    files: those of them that are another document than ``schema``, even where they are JSON.
    method: in lower case.
    body: names the shape of the JSON it takes.
    file: it takes a file in place of JSON, too.
    texts: media types of the texts it takes.
    needs_body: it is refused without one.
    status: of a success; further ones by ``also``: status to its meaning.
    """

    path: str
    tag: str
    summary: str
    schema: str | None
    parameters: tuple[str, ...] = ()
    formats: tuple[Format, ...] = (JSON_FORMAT,)
    files: tuple[Format, ...] = ()
    takes_f: bool = True
    inline: tuple[dict[str, Any], ...] = ()
    method: str = "get"
    body: str | None = None
    file: bool = False
    texts: tuple[str, ...] = ()
    needs_body: bool = True
    status: str = "200"
    also: tuple[tuple[str, str], ...] = ()


def operation(op: Operation, loaded: Sequence[str], models: Sequence[str]) -> dict[str, Any]:
    """An operation as the document has it.

    Parameters
    ----------
    loaded: ids of the datasets that are served now.
    models: ids of the models that can be run.
    """
    described: dict[str, Any] = {
        "operationId": _operation_id(op),
        "tags": [op.tag],
        "summary": op.summary,
        "parameters": list(_parameters(op, loaded, models)),
        "responses": _responses(op),
    }
    content: dict[str, Any] = {}
    if op.body is not None:
        schema = {"$ref": f"#/components/schemas/{op.body}"}
        content["application/json"] = {"schema": schema}
    if op.file:
        content["application/octet-stream"] = {"schema": _BINARY}
    content |= {media_type: {"schema": {"type": "string"}} for media_type in op.texts}
    if content:
        described["requestBody"] = {"required": op.needs_body, "content": content}
    return described


def _operation_id(op: Operation) -> str:
    words = [part for part in op.path.replace("{", "").replace("}", "").split("/") if part]
    name = "_".join(words) or "landing"
    return name if op.method == "get" else f"{op.method}_{name}"


def _parameters(
    op: Operation, loaded: Sequence[str], models: Sequence[str]
) -> Iterable[dict[str, Any]]:
    if "{dataset}" in op.path:
        yield dataset_parameter(list(loaded))
    for name in ("model", "process"):
        if f"{{{name}}}" in op.path:
            yield model_parameter(name, list(models))
    for name in op.parameters:
        yield reference(name)
    yield from op.inline
    if op.takes_f:
        names = [name for form in op.formats for name in (form.name, *form.also)]
        yield form_parameter(names)


def _responses(op: Operation) -> dict[str, Any]:
    content = {}
    for form in op.formats:
        is_json = "json" in form.media_type
        schema: dict[str, Any] = _BINARY
        if is_json:
            name = None if form in op.files else _SCHEMAS.get(form.name, op.schema)
            schema = {"$ref": f"#/components/schemas/{name}"} if name else {"type": "object"}
        content[form.media_type] = {"schema": schema}
    success: dict[str, Any] = {"description": op.summary}
    if content:
        success["content"] = content
    responses: dict[str, Any] = {op.status: success}
    responses |= {status: {"description": said} for status, said in op.also}
    if op.method == "get":
        responses["304"] = {"description": "The client holds this very answer (If-None-Match)."}
    for status in _REFUSALS if op.method == "get" else _REFUSED_WRITES:
        responses[status] = {"$ref": "#/components/responses/Problem"}
    return responses
