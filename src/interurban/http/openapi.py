"""The OpenAPI 3.1 document: every address, its parameters and the shape of its answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban import __version__

from .api_page import api_page
from .formats import AGGREGATE_FORMATS, GEOJSON, HTML, ITEM_FORMATS, JSON_FORMAT, MVT
from .negotiation import Format, choose_format
from .openapi_30 import as_openapi_30
from .openapi_parameters import (
    COMMON_PARAMETERS,
    dataset_parameter,
    form_parameter,
    reference,
)
from .openapi_schemas import SCHEMAS
from .problems import MEDIA_TYPE as PROBLEM
from .request_values import only
from .service import held_or_json, service

__all__ = ["OPENAPI", "OPENAPI_30", "document", "routes"]

OPENAPI = Format("json", "application/vnd.oai.openapi+json;version=3.1", "json")
OPENAPI_30 = Format("openapi30", "application/vnd.oai.openapi+json;version=3.0", "json")
"""The same in the version that OGC API Features 1.0 and its clients (GDAL, OWSLib) ask for."""


_WHICH = (
    *("bbox", "bbox-crs", "datetime", "near", "in", "within", "q"),
    *("filter", "filter-lang", "filter-crs", "as_of", "fields"),
)
_ROWS = ("properties", "sortby", "limit", "crs")
_SCHEMA = Format("schema", "application/schema+json", "json")
_TEXT = Format("text", "text/plain", "txt")


@dataclass(frozen=True, slots=True)
class _Operation:
    """One address.

    ``schema`` names the shape of its JSON answers; other representations are files. ``formats``
    are what ``f`` takes; ``media`` replaces them where there is no ``f``.
    """

    path: str
    tag: str
    summary: str
    schema: str | None
    parameters: tuple[str, ...] = ()
    formats: tuple[Format, ...] = (JSON_FORMAT,)
    takes_f: bool = True
    inline: tuple[dict[str, Any], ...] = ()


def _text(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "string"},
    }


_DATASET = "/collections/{dataset}"
_TILES = f"{_DATASET}/tiles"
_LINE = _text("q", "The line as it is typed.")
_NOW = _text("now", "The time to read 'last week' by (RFC 3339); the present when absent.")
_OPERATIONS = (
    _Operation("/", "Start", "Landing page", "Landing", formats=(JSON_FORMAT, HTML)),
    _Operation("/conformance", "Start", "Standards this API follows", "Conformance"),
    _Operation("/api", "Start", "This document", None, formats=(OPENAPI, OPENAPI_30, HTML)),
    _Operation("/collections", "Datasets", "Every loaded dataset", "Collections"),
    _Operation(_DATASET, "Datasets", "One dataset", "Collection"),
    _Operation(
        f"{_DATASET}/queryables",
        "Datasets",
        "What filters may name",
        "JsonSchema",
        formats=(_SCHEMA, JSON_FORMAT),
    ),
    _Operation(
        f"{_DATASET}/schema",
        "Datasets",
        "What features are made of",
        "JsonSchema",
        formats=(_SCHEMA, JSON_FORMAT),
    ),
    _Operation(f"{_DATASET}/history", "Datasets", "Every version kept", "History"),
    _Operation(
        f"{_DATASET}/rejects",
        "Datasets",
        "What the newest load left out, and why",
        "Rejects",
        ("limit", "rejects-cursor"),
    ),
    _Operation(
        f"{_DATASET}/items",
        "Rows",
        "Features: a page of GeoJSON, or everything as a file",
        "FeatureCollection",
        (*_WHICH, *_ROWS, "cursor", "download"),
        ITEM_FORMATS,
    ),
    _Operation(
        f"{_DATASET}/items/{{feature}}",
        "Rows",
        "One feature",
        "Feature",
        ("feature", "crs", "as_of", "properties"),
        (GEOJSON,),
    ),
    _Operation(f"{_DATASET}/count", "Figures", "How many rows", "Count", _WHICH),
    _Operation(
        f"{_DATASET}/aggregate",
        "Figures",
        "Measures of groups of rows",
        "Aggregate",
        (*_WHICH, "measures", "by", "sortby", "limit"),
        AGGREGATE_FORMATS,
    ),
    _Operation(
        f"{_DATASET}/cells",
        "Figures",
        "Rows in each square of the global grid",
        "Cells",
        (*_WHICH, "level", "zoom"),
    ),
    _Operation(
        f"{_DATASET}/explain",
        "Figures",
        "Which condition emptied an answer, and the nearest one with rows",
        "Explanation",
        _WHICH,
    ),
    _Operation(_TILES, "Tiles", "Tilesets of a dataset", "Tilesets", ("as_of",)),
    _Operation(
        f"{_TILES}/{{tms}}",
        "Tiles",
        "A tileset: OGC metadata and TileJSON",
        "Tileset",
        ("tileMatrixSetId", *_WHICH, "properties"),
    ),
    _Operation(
        f"{_TILES}/{{tms}}/{{z}}/{{row}}/{{col}}",
        "Tiles",
        "One vector tile, layer 'features'",
        None,
        ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol", *_WHICH, "properties"),
        (MVT,),
    ),
    _Operation("/tileMatrixSets", "Tiles", "Tile matrix sets", "TileMatrixSets"),
    _Operation(
        "/tileMatrixSets/{tms}",
        "Tiles",
        "A tile matrix set",
        "TileMatrixSet",
        ("tileMatrixSetId",),
    ),
    _Operation("/api/cities", "App", "Cities of this node", "Cities"),
    _Operation("/api/datasets", "App", "Every dataset, loaded or not", "Datasets", ("city",)),
    _Operation(
        "/api/phrase",
        "App",
        "A line of plain words as questions",
        "Phrase",
        ("city",),
        inline=(_LINE, _NOW),
    ),
    _Operation(
        "/api/suggest",
        "App",
        "How a line may go on",
        "Suggestions",
        ("city",),
        inline=(_LINE, _NOW),
    ),
    _Operation("/api/places", "App", "Places by name", "Places", ("city",), inline=(_LINE,)),
    _Operation("/healthz", "Operation", "Is the node well", "Health", takes_f=False),
    _Operation(
        "/metrics", "Operation", "Prometheus metrics", None, formats=(_TEXT,), takes_f=False
    ),
)


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api", api)]


async def api(request: Request) -> Response:
    """The document, or the same in words."""
    form = choose_format(request, (OPENAPI, OPENAPI_30, HTML))
    only(request, "f")
    web = service(request)
    snapshots = web.node.snapshots()
    described = document(web.base(request), sorted(snapshots))
    if form is HTML:
        return api_page(described)
    if form is OPENAPI_30:
        described = as_openapi_30(described)
    return held_or_json(request, described, list(snapshots.values()), form.media_type)


def document(server: str, loaded: Sequence[str]) -> dict[str, Any]:
    """The OpenAPI document of a node.

    Parameters
    ----------
    server: scheme and host people reach it at.
    loaded: ids of the datasets it serves now.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Interurban",
            "version": __version__,
            "summary": "Open data of cities, by open standards.",
            "description": "OGC API Features, OGC API Tiles and aggregates over one dialect of "
            "filters: the same parameters give the same rows on the map, in a table, in a chart "
            "and in a file.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "paths": {op.path: {"get": _operation(op, list(loaded))} for op in _OPERATIONS},
        "components": {
            "schemas": SCHEMAS,
            "parameters": COMMON_PARAMETERS,
            "responses": {"Problem": _problem_response()},
        },
    }


def _operation(op: _Operation, loaded: list[str]) -> dict[str, Any]:
    return {
        "operationId": _operation_id(op.path),
        "tags": [op.tag],
        "summary": op.summary,
        "parameters": list(_parameters(op, loaded)),
        "responses": _responses(op),
    }


def _operation_id(path: str) -> str:
    words = [part for part in path.replace("{", "").replace("}", "").split("/") if part]
    return "_".join(words) or "landing"


def _parameters(op: _Operation, loaded: list[str]) -> Iterable[dict[str, Any]]:
    if "{dataset}" in op.path:
        yield dataset_parameter(loaded)
    for name in op.parameters:
        yield reference(name)
    yield from op.inline
    if op.takes_f:
        names = [name for form in op.formats for name in (form.name, *form.also)]
        yield form_parameter(names)


def _responses(op: _Operation) -> dict[str, Any]:
    content = {}
    for form in op.formats:
        is_json = "json" in form.media_type
        schema: dict[str, Any] = {"type": "string", "format": "binary"}
        if is_json:
            name = "Metadata" if form.name == "metadata" else op.schema
            schema = {"$ref": f"#/components/schemas/{name}"} if name else {"type": "object"}
        content[form.media_type] = {"schema": schema}
    responses: dict[str, Any] = {"200": {"description": op.summary, "content": content}}
    responses["304"] = {"description": "The client holds this very answer (If-None-Match)."}
    for status in ("400", "404", "406", "413", "414", "503"):
        responses[status] = {"$ref": "#/components/responses/Problem"}
    return responses


def _problem_response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "What was wrong, where, and what to do.",
        "content": {PROBLEM: {"schema": schema}},
    }
