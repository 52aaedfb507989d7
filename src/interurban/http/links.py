"""Addresses of this node: absolute, safe whatever the request claims, and with every parameter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from starlette.requests import Request

__all__ = [
    "Link",
    "Pairs",
    "base_url",
    "collection_url",
    "grouped",
    "link",
    "query_pairs",
    "with_query",
]

Link = dict[str, str]
Pairs = list[tuple[str, str]]

_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def base_url(request: Request, public_url: str) -> str:
    """Scheme and host people reach the node at, without a slash at the end.

    The Host header is believed only if it looks like a host; it ends up in links.
    """
    if public_url:
        return public_url.rstrip("/")
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        server = request.scope.get("server") or ("localhost", None)
        host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
    return f"{request.scope['scheme']}://{host}{request.scope.get('root_path', '').rstrip('/')}"


def collection_url(base: str, dataset: str, *rest: str) -> str:
    """The address of a collection, or of something below it."""
    parts = ("collections", dataset, *rest)
    return "/".join([base, *(quote(part, safe="") for part in parts)])


def query_pairs(request: Request, *without: str) -> Pairs:
    """The request's parameters in their order, but for some."""
    return [(key, value) for key, value in request.query_params.multi_items() if key not in without]


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Parameters as an object; a list where one is given several times."""
    found: dict[str, str | list[str]] = {}
    for name, value in pairs:
        before = found.get(name)
        if before is None:
            found[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            found[name] = [before, value]
    return found


def with_query(url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """An address with parameters; commas, colons and slashes stay readable."""
    text = urlencode(list(pairs), safe=",:/", quote_via=quote, errors="surrogatepass")
    return f"{url}?{text}" if text else url


def link(rel: str, href: str, media_type: str, title: str = "") -> Link:
    """A link object as the OGC API documents have it."""
    found = {"rel": rel, "href": href, "type": media_type}
    return found | {"title": title} if title else found
