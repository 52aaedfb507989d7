"""For the people who run the node: is it well, and how is it doing.

Both are answered beside the questions, not behind them: a busy node is not a dead one.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban import __version__

from .identity import runs_operations
from .metrics import CONTENT_TYPE_LATEST
from .request_values import only
from .service import json_answer, service

__all__ = ["routes"]


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/healthz", healthz), Route("/metrics", metrics)]


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
