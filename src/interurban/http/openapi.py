"""The OpenAPI 3.1 document: every address, its parameters and the shape of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban import __version__

from .api_page import api_page
from .formats import AGGREGATE_FORMATS, GEOJSON, HTML, ITEM_FORMATS, JSON_FORMAT, MVT
from .negotiation import Format, choose_format
from .openapi_30 import as_openapi_30
from .openapi_accounts import (
    ACCOUNT_OPERATIONS,
    ACCOUNT_PARAMETERS,
    ACCOUNT_SCHEMAS,
    SECURITY_SCHEMES,
)
from .openapi_agreements import AGREEMENT_OPERATIONS, AGREEMENT_SCHEMAS
from .openapi_alliance import ALLIANCE_OPERATIONS, ALLIANCE_SCHEMAS
from .openapi_audit import AUDIT_OPERATIONS, AUDIT_SCHEMAS
from .openapi_disclosure import DISCLOSURE_OPERATIONS, DISCLOSURE_SCHEMAS
from .openapi_operation import Operation, operation
from .openapi_parameters import COMMON_PARAMETERS
from .openapi_personal_data import PERSONAL_DATA_OPERATIONS, PERSONAL_DATA_SCHEMAS
from .openapi_policies import POLICY_OPERATIONS, POLICY_SCHEMAS
from .openapi_privacy import PRIVACY_OPERATIONS, PRIVACY_SCHEMAS
from .openapi_run_schemas import RUN_SCHEMAS
from .openapi_runs import RUN_OPERATIONS, RUN_PARAMETERS
from .openapi_schemas import SCHEMAS
from .openapi_together import TOGETHER_OPERATIONS, TOGETHER_SCHEMAS
from .problems import MEDIA_TYPE as PROBLEM
from .request_values import only
from .schools.openapi import SCHOOL_OPERATIONS, SCHOOL_SCHEMAS
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
    Operation("/", "Start", "Landing page", "Landing", formats=(JSON_FORMAT, HTML)),
    Operation("/conformance", "Start", "Standards this API follows", "Conformance"),
    Operation("/api", "Start", "This document", None, formats=(OPENAPI, OPENAPI_30, HTML)),
    Operation("/collections", "Datasets", "Every loaded dataset", "Collections"),
    Operation(_DATASET, "Datasets", "One dataset", "Collection"),
    Operation(
        f"{_DATASET}/queryables",
        "Datasets",
        "What filters may name",
        "JsonSchema",
        formats=(_SCHEMA, JSON_FORMAT),
    ),
    Operation(
        f"{_DATASET}/schema",
        "Datasets",
        "What features are made of",
        "JsonSchema",
        formats=(_SCHEMA, JSON_FORMAT),
    ),
    Operation(f"{_DATASET}/history", "Datasets", "Every version kept", "History"),
    Operation(
        f"{_DATASET}/rejects",
        "Datasets",
        "What the newest load left out, and why",
        "Rejects",
        ("limit", "rejects-cursor"),
    ),
    Operation(
        f"{_DATASET}/items",
        "Rows",
        "Features: a page of GeoJSON, or everything as a file",
        "FeatureCollection",
        (*_WHICH, *_ROWS, "cursor", "download"),
        ITEM_FORMATS,
    ),
    Operation(
        f"{_DATASET}/items/{{feature}}",
        "Rows",
        "One feature",
        "Feature",
        ("feature", "crs", "as_of", "properties"),
        (GEOJSON,),
    ),
    Operation(f"{_DATASET}/count", "Figures", "How many rows", "Count", _WHICH),
    Operation(
        f"{_DATASET}/aggregate",
        "Figures",
        "Measures of groups of rows",
        "Aggregate",
        (*_WHICH, "measures", "by", "sortby", "limit"),
        AGGREGATE_FORMATS,
    ),
    Operation(
        f"{_DATASET}/cells",
        "Figures",
        "Rows in each square of the global grid",
        "Cells",
        (*_WHICH, "level", "zoom"),
    ),
    Operation(
        f"{_DATASET}/explain",
        "Figures",
        "Which condition emptied an answer, and the nearest one with rows",
        "Explanation",
        _WHICH,
    ),
    Operation(_TILES, "Tiles", "Tilesets of a dataset", "Tilesets", ("as_of",)),
    Operation(
        f"{_TILES}/{{tms}}",
        "Tiles",
        "A tileset: OGC metadata and TileJSON",
        "Tileset",
        ("tileMatrixSetId", *_WHICH, "properties"),
    ),
    Operation(
        f"{_TILES}/{{tms}}/{{z}}/{{row}}/{{col}}",
        "Tiles",
        "One vector tile, layer 'features'",
        None,
        ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol", *_WHICH, "properties"),
        (MVT,),
    ),
    Operation("/tileMatrixSets", "Tiles", "Tile matrix sets", "TileMatrixSets"),
    Operation(
        "/tileMatrixSets/{tms}",
        "Tiles",
        "A tile matrix set",
        "TileMatrixSet",
        ("tileMatrixSetId",),
    ),
    Operation("/api/cities", "App", "Cities of this node", "Cities"),
    Operation("/api/datasets", "App", "Every dataset, loaded or not", "Datasets", ("city",)),
    Operation(
        "/api/phrase",
        "App",
        "A line of plain words as questions",
        "Phrase",
        ("city",),
        inline=(_LINE, _NOW),
    ),
    Operation(
        "/api/suggest",
        "App",
        "How a line may go on",
        "Suggestions",
        ("city",),
        inline=(_LINE, _NOW),
    ),
    Operation("/api/places", "App", "Places by name", "Places", ("city",), inline=(_LINE,)),
    Operation("/healthz", "Operation", "Is the node well", "Health", takes_f=False),
    Operation("/metrics", "Operation", "Prometheus metrics", None, formats=(_TEXT,), takes_f=False),
    Operation(
        "/.well-known/security.txt",
        "Operation",
        "Whom to tell of a weakness (RFC 9116)",
        None,
        formats=(_TEXT,),
        takes_f=False,
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
    models = list(web.desk.workspace.catalogue.plans)
    described = document(web.base(request), sorted(snapshots), models)
    if form is HTML:
        return api_page(described)
    if form is OPENAPI_30:
        described = as_openapi_30(described)
    return held_or_json(request, described, list(snapshots.values()), form.media_type)


def document(server: str, loaded: Sequence[str], models: Sequence[str] = ()) -> dict[str, Any]:
    """The OpenAPI document of a node.

    Parameters
    ----------
    server: scheme and host people reach it at.
    loaded: ids of the datasets it serves now.
    models: ids of the models that can be run.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Interurban",
            "version": __version__,
            "summary": "Open data of cities, by open standards.",
            "description": "OGC API Features, OGC API Tiles and aggregates over one dialect of "
            "filters: the same parameters give the same rows on the map, in a table, in a chart "
            "and in a file. Models are run as OGC API Processes.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "security": [{}, *({name: []} for name in SECURITY_SCHEMES)],
        "paths": _paths(loaded, models),
        "components": {
            "schemas": {
                **SCHEMAS,
                **RUN_SCHEMAS,
                **ACCOUNT_SCHEMAS,
                **AGREEMENT_SCHEMAS,
                **ALLIANCE_SCHEMAS,
                **TOGETHER_SCHEMAS,
                **SCHOOL_SCHEMAS,
                **AUDIT_SCHEMAS,
                **POLICY_SCHEMAS,
                **PERSONAL_DATA_SCHEMAS,
                **PRIVACY_SCHEMAS,
                **DISCLOSURE_SCHEMAS,
            },
            "parameters": COMMON_PARAMETERS | RUN_PARAMETERS | ACCOUNT_PARAMETERS,
            "responses": {"Problem": _problem_response()},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _paths(loaded: Sequence[str], models: Sequence[str]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for op in (
        *_OPERATIONS,
        *RUN_OPERATIONS,
        *ACCOUNT_OPERATIONS,
        *AGREEMENT_OPERATIONS,
        *ALLIANCE_OPERATIONS,
        *TOGETHER_OPERATIONS,
        *SCHOOL_OPERATIONS,
        *AUDIT_OPERATIONS,
        *POLICY_OPERATIONS,
        *PERSONAL_DATA_OPERATIONS,
        *PRIVACY_OPERATIONS,
        *DISCLOSURE_OPERATIONS,
    ):
        paths.setdefault(op.path, {})[op.method] = operation(op, loaded, models)
    return paths


def _problem_response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "What was wrong, where, and what to do.",
        "content": {PROBLEM: {"schema": schema}},
    }
