"""The front door: landing page, conformance, and the list of collections with their schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.dataset import Dataset, Snapshot

from .collection_documents import SCHEMA_JSON, collection, queryables, schema
from .formats import HTML, JSON_FORMAT
from .links import link
from .negotiation import Format, choose_format
from .openapi import OPENAPI, OPENAPI_30
from .partner_documents import node_of
from .process_documents import JOB_LIST, PROCESSES
from .request_values import only
from .service import JSON, held_or_json, service
from .web import app_page

__all__ = ["CONFORMS_TO", "routes"]

Describe = Callable[[str, Dataset, Snapshot], dict[str, Any]]

_SCHEMA = Format("schema", SCHEMA_JSON, "json")
_OGC = "http://www.opengis.net/spec"
CONFORMS_TO = tuple(
    f"{_OGC}/{name}"
    for name in (
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-1/1.0/conf/landing-page",
        "ogcapi-common-1/1.0/conf/json",
        "ogcapi-common-2/1.0/conf/collections",
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-2/1.0/conf/crs",
        "ogcapi-features-3/1.0/conf/filter",
        "ogcapi-features-3/1.0/conf/features-filter",
        "ogcapi-features-3/1.0/conf/queryables",
        "ogcapi-features-3/1.0/conf/queryables-query-parameters",
        "ogcapi-features-5/1.0/conf/schemas",
        "ogcapi-tiles-1/1.0/conf/core",
        "ogcapi-tiles-1/1.0/conf/tileset",
        "ogcapi-tiles-1/1.0/conf/tilesets-list",
        "ogcapi-tiles-1/1.0/conf/geodata-tilesets",
        "ogcapi-tiles-1/1.0/conf/mvt",
        "cql2/1.0/conf/cql2-text",
        "cql2/1.0/conf/cql2-json",
        "cql2/1.0/conf/basic-cql2",
        "cql2/1.0/conf/advanced-comparison-operators",
        "cql2/1.0/conf/case-insensitive-comparison",
        "cql2/1.0/conf/accent-insensitive-comparison",
        "cql2/1.0/conf/basic-spatial-functions",
        "cql2/1.0/conf/basic-spatial-functions-plus",
        "cql2/1.0/conf/spatial-functions",
        "cql2/1.0/conf/property-property",
        "cql2/1.0/conf/arithmetic",
        "ogcapi-processes-1/1.0/conf/core",
        "ogcapi-processes-1/1.0/conf/json",
        "ogcapi-processes-1/1.0/conf/job-list",
        "ogcapi-processes-1/1.0/conf/dismiss",
        "ogcapi-processes-1/1.0/conf/ogc-process-description",
    )
)


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/", landing),
        Route("/conformance", conformance),
        Route("/collections", collections),
        Route("/collections/{dataset}", one_collection),
        Route("/collections/{dataset}/queryables", one_queryables),
        Route("/collections/{dataset}/schema", one_schema),
    ]


async def landing(request: Request) -> Response:
    """The app for people, the OGC landing page for programs."""
    form = choose_format(request, (JSON_FORMAT, HTML))
    if form is HTML:
        return app_page(request)
    only(request, "f")
    base = service(request).base(request)
    return held_or_json(request, _landing(base), [])


def _landing(base: str) -> dict[str, Any]:
    tiles = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
    return {
        "title": "Interurban",
        "description": "Open data of cities: maps, tables, charts and downloads, with sources.",
        "links": [
            link("self", f"{base}/?f=json", JSON, "This document"),
            link("alternate", f"{base}/?f=html", "text/html", "The app"),
            link("service-desc", f"{base}/api?f=json", OPENAPI.media_type, "OpenAPI 3.1"),
            link("service-desc", f"{base}/api?f=openapi30", OPENAPI_30.media_type, "OpenAPI 3.0"),
            link("service-doc", f"{base}/api?f=html", "text/html", "This API in words"),
            link("conformance", f"{base}/conformance", JSON, "Standards this API follows"),
            link("data", f"{base}/collections", JSON, "The datasets"),
            link(tiles, f"{base}/tileMatrixSets", JSON, "Tile matrix sets"),
            link(PROCESSES, f"{base}/processes", JSON, "The models that can be run"),
            link(JOB_LIST, f"{base}/jobs", JSON, "Their runs"),
        ],
    }


async def conformance(request: Request) -> Response:
    """The standards this API follows."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    return held_or_json(request, {"conformsTo": list(CONFORMS_TO)}, [])


async def collections(request: Request) -> Response:
    """Every dataset that is loaded."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    base = web.base(request)
    snapshots = web.node.snapshots()
    described = []
    for dataset_id, snapshot in sorted(snapshots.items()):
        city, dataset = web.described(dataset_id)
        document = collection(base, city, dataset, snapshot)
        described.append(document | {"node": node_of(web.node, dataset_id)})
    listed = {
        "links": [link("self", f"{base}/collections", JSON, "This document")],
        "numberMatched": len(described),
        "numberReturned": len(described),
        "collections": described,
    }
    return held_or_json(request, listed, list(snapshots.values()))


async def one_collection(request: Request) -> Response:
    """One dataset."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    city, dataset = web.described(request.path_params["dataset"])
    snapshot = web.node.snapshot(dataset.id)
    document = collection(web.base(request), city, dataset, snapshot)
    document["node"] = node_of(web.node, dataset.id)
    return held_or_json(request, document, [snapshot])


async def one_queryables(request: Request) -> Response:
    """What filters on a dataset may name."""
    return _described(request, queryables)


async def one_schema(request: Request) -> Response:
    """What the features of a dataset are made of."""
    return _described(request, schema)


def _described(request: Request, document: Describe) -> Response:
    choose_format(request, (_SCHEMA, JSON_FORMAT))
    only(request, "f")
    web = service(request)
    _, dataset = web.described(request.path_params["dataset"])
    snapshot = web.node.snapshot(dataset.id)
    body = document(web.base(request), dataset, snapshot)
    return held_or_json(request, body, [snapshot], SCHEMA_JSON)
