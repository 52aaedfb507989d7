"""What happened to a dataset: its versions, and what its newest load left out."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.dataset import Snapshot

from .conditional import cache_headers, etag_of, not_modified
from .formats import JSON_FORMAT
from .links import collection_url, link, with_query
from .negotiation import choose_format
from .provenance import instant
from .request_values import only, whole_number
from .service import JSON, held_or_json, json_answer, service

__all__ = ["routes"]

_PAGE = 100
_MAX_PAGE = 10_000


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/collections/{dataset}/history", history),
        Route("/collections/{dataset}/rejects", rejects),
    ]


async def history(request: Request) -> Response:
    """Every version of a dataset that is kept, newest first."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    newest = web.node.snapshot(request.path_params["dataset"])
    versions = web.node.history(newest.dataset)
    document = {
        "dataset": newest.dataset,
        "versions": [_version(snapshot) for snapshot in versions],
    }
    return held_or_json(request, document, versions)


async def rejects(request: Request) -> Response:
    """What the newest load left out or blanked, with reasons."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "limit", "cursor")
    limit = whole_number(request, "limit", _PAGE, 1, 10**18)
    offset = whole_number(request, "cursor", 0, 0, 10**18)
    limit = min(limit, _MAX_PAGE)
    web = service(request)
    snapshot = web.node.snapshot(request.path_params["dataset"])
    etag = etag_of(request, JSON, [snapshot.version])
    headers = cache_headers(etag, pinned=False)
    held = not_modified(request, headers)
    if held is not None:
        return held
    read = partial(web.node.rejects, snapshot.dataset, limit=limit + 1, offset=offset)
    found = await web.workers.run(request, read)
    here = collection_url(web.base(request), snapshot.dataset, "rejects")
    links = [link("self", with_query(here, request.query_params.multi_items()), JSON)]
    if len(found) > limit:
        following = [("limit", str(limit)), ("cursor", str(offset + limit))]
        links.append(link("next", with_query(here, following), JSON, "Next page"))
    document = {
        "dataset": snapshot.dataset,
        "version": snapshot.version,
        "left_out": snapshot.left_out,
        "blanked": snapshot.blanked,
        "rejects": [asdict(reject) for reject in found[:limit]],
        "links": links,
    }
    return json_answer(document, headers)


def _version(snapshot: Snapshot) -> dict[str, Any]:
    facts = snapshot.source
    return {
        "version": snapshot.version,
        "committed_at": instant(snapshot.committed_at),
        "rows": snapshot.rows,
        "placed": snapshot.placed,
        "left_out": snapshot.left_out,
        "blanked": snapshot.blanked,
        "standard": snapshot.standard,
        "content_hash": snapshot.content_hash,
        "mapping_hash": snapshot.mapping_hash,
        "source": {
            "origin": facts.origin,
            "kind": facts.kind,
            "sha256": facts.sha256,
            "source_time": instant(facts.source_time),
            "reading": dict(facts.reading),
        },
    }
