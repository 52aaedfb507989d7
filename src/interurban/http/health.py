"""For the people who run the node: is it well, how is it doing, and who hears of weaknesses.

They are answered beside the questions, not behind them: a busy node is not a dead one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban import __version__
from interurban.core.errors import NotFound

from .identity import runs_operations
from .metrics import CONTENT_TYPE_LATEST
from .request_values import only
from .service import json_answer, service

__all__ = ["routes"]

_HOLDS_FOR = timedelta(days=180)


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/healthz", healthz),
        Route("/metrics", metrics),
        Route("/.well-known/security.txt", security_txt),
    ]


async def healthz(request: Request) -> Response:
    """``200`` when the node reads its store; how many datasets it serves."""
    only(request)
    web = service(request)
    snapshots = await run_in_threadpool(web.node.snapshots)
    document = {"status": "ok", "version": __version__, "datasets": len(snapshots)}
    return json_answer(document, {"Cache-Control": "no-store"})


async def metrics(request: Request) -> Response:
    """Counters for Prometheus; where people have accounts, for administrators."""
    only(request)
    await run_in_threadpool(runs_operations, request)
    web = service(request)
    content = await run_in_threadpool(web.metrics.exposition)
    headers = {"Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type=CONTENT_TYPE_LATEST)


async def security_txt(request: Request) -> Response:
    """Whom to tell of a weakness (RFC 9116), where the operator has said so."""
    only(request)
    web = service(request)
    contact = web.settings.security_contact
    if not contact:
        raise NotFound(
            "Nobody is named here to tell of weaknesses.",
            advice="Write to the people who run the node.",
        )
    expires = (datetime.now(UTC) + _HOLDS_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Canonical: {web.base(request)}/.well-known/security.txt",
        "Preferred-Languages: en",
    )
    return Response("".join(f"{line}\n" for line in lines), media_type="text/plain")
