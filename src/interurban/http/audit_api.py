"""The audit log for everybody: its newest head, its entries, and proofs of both kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.errors import BadRequest, NotFound
from interurban.policy.audit import KINDS, Entry, Log, opened, public_pem

from .audit_page import audit_page
from .request_values import only, single, whole_number
from .service import json_answer, service

__all__ = ["routes"]

T = TypeVar("T")

_FRESH = {"Cache-Control": "no-store"}
_MOST = 1_000
_LAST = 10**15
_SHOWN = 25


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/audit", page),
        Route("/api/audit/head", head),
        Route("/api/audit/entries", entries),
        Route("/api/audit/proof/{entry}", proof),
        Route("/api/audit/consistency", consistency),
    ]


async def page(request: Request) -> Response:
    """What the log is, its newest head and entries, and how to check a proof, in plain words."""
    only(request)

    def read(log: Log) -> Response:
        newest = log.head() if log.size() else None
        signed = [c.witness for c in log.countersignatures(newest.size)] if newest else []
        return audit_page(str(request.base_url), newest, signed, log.entries(limit=_SHOWN))

    return await _with_log(request, read)


async def head(request: Request) -> Response:
    """The newest signed head, or that of a size, with what witnesses signed under it."""
    only(request, "size")
    size = _size(request, "size")

    def read(log: Log) -> dict[str, Any]:
        found = log.head(size)
        signed = [c.document() for c in log.countersignatures(found.size)]
        pem = public_pem(found.public)
        return {**found.document(), "public_key_pem": pem, "countersignatures": signed}

    return json_answer(await _with_log(request, read), _FRESH)


async def entries(request: Request) -> Response:
    """A page of entries, the newest first."""
    only(request, "limit", "before", "kind", "dataset")
    limit = whole_number(request, "limit", 50, 1, _MOST)
    before = _size(request, "before")
    kind, dataset = single(request, "kind") or None, single(request, "dataset") or None
    if kind is not None and kind not in KINDS:
        raise BadRequest(
            f"There is no kind of entry {kind[:40]!r}.",
            advice=f"Known are {', '.join(KINDS)}.",
            part="kind",
        )

    def read(log: Log) -> dict[str, Any]:
        found = log.entries(limit=limit + 1, before=before, kind=kind, dataset=dataset)
        shown = found[:limit]
        return {
            "size": log.size(),
            "entries": [_entry(entry) for entry in shown],
            "next": shown[-1].number if len(found) > limit else None,
        }

    return json_answer(await _with_log(request, read), _FRESH)


async def proof(request: Request) -> Response:
    """That an entry is in the log."""
    only(request, "size")
    size, given = _size(request, "size"), request.path_params["entry"]
    if not (given.isascii() and given.isdigit() and len(given) <= 15):
        raise NotFound(
            f"There is no entry {given[:40]!r}.",
            advice="Entries have numbers from 1.",
            part="entry",
        )
    found = await _with_log(request, lambda log: log.proof(int(given), size))
    return json_answer(found.document(), _FRESH)


async def consistency(request: Request) -> Response:
    """That the log only grew between two sizes."""
    only(request, "from", "to")
    older, newer = _size(request, "from"), _size(request, "to")

    def read(log: Log) -> dict[str, Any]:
        first, last = older or 0, log.size() if newer is None else newer
        path = log.consistency(first, last)
        return {
            "from": first,
            "from_root": log.root(first).hex(),
            "to": last,
            "to_root": log.root(last).hex(),
            "path": [hashed.hex() for hashed in path],
        }

    return json_answer(await _with_log(request, read), _FRESH)


def _entry(entry: Entry) -> dict[str, Any]:
    return {"number": entry.number, **entry.said, "text": entry.text}


def _size(request: Request, name: str) -> int | None:
    if not single(request, name):
        return None
    return whole_number(request, name, 0, 0, _LAST)


async def _with_log(request: Request, read: Callable[[Log], T]) -> T:
    """Read the log on a thread."""
    home = service(request).node.home.root

    def reading() -> T:
        with opened(home) as log:
            return read(log)

    return await run_in_threadpool(reading)
