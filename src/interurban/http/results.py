"""Results of a job: one document, or the outputs as they are, by value or by reference."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from starlette.responses import Response

from interurban.core.errors import TooMuch
from interurban.core.model import Run
from interurban.workspace import export_run

from .execute_request import Output, Wanted
from .json_columns import joined, json_objects
from .links import collection_url, with_query
from .process_documents import CSV_TYPE, PARQUET_TYPE, RESULTS
from .service import JSON, Service, json_answer

__all__ = ["everything", "results"]

_MAX_ROWS = 500_000
_MANY_ROWS = 100_000
_BOUNDARY = "interurban-{run}"
_FORMS = {JSON: "geojson", CSV_TYPE: "csv", PARQUET_TYPE: "parquet"}
_REFERENCE_TYPES = {JSON: "application/geo+json"}
_FRESH = {"Cache-Control": "no-store"}


def everything(run: Run) -> Wanted:
    """What is given of a run that nobody asked for as a process: all of it, in a document."""
    return Wanted({name: Output() for name in run.outputs}, raw=False)


def results(web: Service, base: str, run: Run, wanted: Wanted) -> Response:
    """The results of a successful run, as they are wanted.

    Raises
    ------
    TooMuch: a value has more rows than are given at once.
    """
    outputs = {
        name: _settled(web, run, name, output)
        for name, output in wanted.outputs.items()
        if name in run.outputs  # a model need not give all that it may
    }
    if not wanted.raw:
        return _document(web, base, run, outputs)
    if all(output.transmission == "reference" for output in outputs.values()):
        links = ", ".join(
            f'<{_href(base, run, name, output)}>; rel="{RESULTS}"; title="{name}"'
            for name, output in outputs.items()
        )
        return Response(status_code=204, headers={"Link": links, **_FRESH})
    if len(outputs) == 1:
        name, output = next(iter(outputs.items()))
        content = _value(web, run, name, output.media_type)
        return Response(content, headers=_FRESH, media_type=output.media_type)
    return _multipart(web, base, run, outputs)


def _settled(web: Service, run: Run, name: str, output: Output) -> Output:
    """An output as it is really given: by value, unless it is very large and may be referred to."""
    pin = run.outputs[name]
    rows = web.node.snapshot(pin.dataset, pin.version).rows
    if output.transmission == "any":
        return Output(output.media_type, "reference" if rows > _MANY_ROWS else "value")
    if output.transmission == "value" and rows > _MAX_ROWS:
        raise TooMuch(
            f"{name} has {rows:,} rows; {_MAX_ROWS:,} are given by value.",
            advice='Ask for it with "transmissionMode": "reference".',
            part=name,
        )
    return output


def _document(web: Service, base: str, run: Run, outputs: Mapping[str, Output]) -> Response:
    members = []
    for name, output in outputs.items():
        if output.transmission == "reference":
            content = bytes(json_answer(_reference(base, run, name, output)).body)
        elif output.media_type == JSON:
            content = _value(web, run, name, JSON)
        else:
            qualified = _qualified(_value(web, run, name, output.media_type), output.media_type)
            content = bytes(json_answer(qualified).body)
        members.append(bytes(json_answer(name).body) + b":" + content)
    return Response(b"{" + b",".join(members) + b"}", headers=_FRESH, media_type=JSON)


def _qualified(content: bytes, media_type: str) -> dict[str, Any]:
    if media_type == CSV_TYPE:
        return {"value": content.decode(), "mediaType": media_type}
    text = base64.b64encode(content).decode()
    return {"value": text, "mediaType": media_type, "encoding": "base64"}


def _multipart(web: Service, base: str, run: Run, outputs: Mapping[str, Output]) -> Response:
    """Several raw values as ``multipart/related`` (RFC 2387), a part for each output."""
    boundary = _BOUNDARY.format(run=run.id)
    body = bytearray()
    for name, output in outputs.items():
        head = f"--{boundary}\r\nContent-ID: <{name}>\r\nContent-Type: {output.media_type}\r\n"
        if output.transmission == "reference":
            body += f"{head}Content-Location: {_href(base, run, name, output)}\r\n\r\n".encode()
        else:
            body += f"{head}\r\n".encode() + _value(web, run, name, output.media_type)
        body += b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    media_type = f'multipart/related; boundary="{boundary}"'
    return Response(bytes(body), headers=_FRESH, media_type=media_type)


def _value(web: Service, run: Run, name: str, media_type: str) -> bytes:
    workspace = web.desk.workspace
    if media_type != JSON:
        return export_run(workspace, run.id, _FORMS[media_type], (name,))
    return b"[" + _objects(workspace.output(run.id, name)) + b"]"


def _objects(table: pa.Table) -> bytes:
    texts = (
        joined(json_objects(table.column_names, batch.columns), ",")
        for batch in table.to_batches()
        if batch.num_rows
    )
    return b",".join(texts)


def _reference(base: str, run: Run, name: str, output: Output) -> dict[str, str]:
    media_type = _REFERENCE_TYPES.get(output.media_type, output.media_type)
    return {"href": _href(base, run, name, output), "rel": "item", "type": media_type}


def _href(base: str, run: Run, name: str, output: Output) -> str:
    pin = run.outputs[name]
    items = collection_url(base, pin.dataset, "items")
    return with_query(items, [("as_of", str(pin.version)), ("f", _FORMS[output.media_type])])
