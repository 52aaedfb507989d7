"""Conditional requests and caching: an answer is named by the snapshots it was read from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from interurban import __version__

__all__ = ["cache_headers", "etag_of", "not_modified"]


def etag_of(request: Request, media_type: str, versions: Iterable[object]) -> str:
    """The weak ETag of an answer that depends on nothing but the request and some snapshots.

    Parameters
    ----------
    versions: what the answer was read from: versions and content hashes, in a fixed order.
    """
    digest = hashlib.blake2b(digest_size=12)
    query = "&".join(sorted(request.url.query.split("&")))
    host = request.headers.get("host", "")
    for part in (__version__, host, request.url.path, query, media_type, *versions):
        digest.update(str(part).encode("utf-8", "surrogateescape") + b"\0")
    return f'W/"{digest.hexdigest()}"'


def cache_headers(etag: str, *, pinned: bool, vary: str = "Accept") -> dict[str, str]:
    """Headers of an answer that may be kept.

    Parameters
    ----------
    pinned: the address names a version, so the answer never changes; otherwise it is asked after
        each time, which costs a 304 and no query.
    """
    control = "public, max-age=31536000, immutable" if pinned else "public, no-cache"
    return {"ETag": etag, "Cache-Control": control, "Vary": vary}


def not_modified(request: Request, headers: dict[str, str]) -> Response | None:
    """``304`` when the client holds this very answer, else ``None``."""
    held = request.headers.get("if-none-match")
    if held is None:
        return None
    tags = {tag.strip().removeprefix("W/") for tag in held.split(",")}
    if "*" in tags or headers["ETag"].removeprefix("W/") in tags:
        return Response(status_code=304, headers=headers)
    return None
