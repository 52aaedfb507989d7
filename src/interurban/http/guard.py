"""What every answer carries for safety, and the limits every request meets first."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import Kind, problem

__all__ = ["API_POLICY", "PAGE_POLICY", "Guarded"]

API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of data: a browser that shows it runs and loads nothing."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""Content-Security-Policy of the app: its own files only, and no script in the page.

Plots bring a style element each and the map library makes its workers from blobs, so these two are
allowed; scripts never are.
"""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_ONLY_HTTPS = "max-age=31536000; includeSubDomains"
"""Strict-Transport-Security where people come by https: browsers then try nothing else."""

_TOO_LONG = Kind(414, "too-long", "The address is too long")
_BODY = Kind(413, "body", "This request may not carry a body")
_ELSEWHERE = Kind(403, "elsewhere", "Not from another site's page")
_READS = frozenset(("GET", "HEAD", "OPTIONS"))
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))


class Guarded:
    """Refuse what is too long, has a body without need, or is another page's; mark every answer.

    Anybody's page may read a node, but only its own may start, change or delete something.

    Parameters
    ----------
    max_url_bytes: longest path and query together.
    public_url: the address people reach the node at, when it is not that of the request.
    """

    def __init__(self, app: ASGIApp, max_url_bytes: int, public_url: str = "") -> None:
        self._app = app
        self._max_url_bytes = max_url_bytes
        self._public = urlsplit(public_url).netloc
        self._public_scheme = urlsplit(public_url).scheme

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it is within the limits."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", API_POLICY)
                if (self._public_scheme or scope["scheme"]) == "https":
                    headers.setdefault("Strict-Transport-Security", _ONLY_HTTPS)
            await send(message)

        headers = Headers(scope=scope)
        size = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
        if size > self._max_url_bytes:
            refusal = problem(
                _TOO_LONG,
                f"This address has {size} bytes; {self._max_url_bytes} are allowed.",
                advice="Simplify the shape in the filter, or ask in several requests.",
                part="filter",
            )
            await refusal(scope, receive, marked)
        elif scope["method"] not in _READS and self._is_elsewhere(headers):
            refusal = problem(
                _ELSEWHERE,
                "The page of another site may read this node, and change nothing.",
                advice="Do it in the app itself, or set INTERURBAN_PUBLIC_URL to its address.",
            )
            await refusal(scope, receive, marked)
        elif scope["method"] not in _WITH_BODY and _has_body(headers):
            refusal = problem(
                _BODY,
                "This is asked in the address; a body is not read.",
                advice="Send the request again without a body.",
            )
            await refusal(scope, receive, marked)
        else:
            await self._app(scope, receive, marked)

    def _is_elsewhere(self, headers: Headers) -> bool:
        """Whether a browser says that a page of another site sent this; other clients say none."""
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        origin = headers.get("origin")
        return origin is not None and urlsplit(origin).netloc not in (
            self._public or headers.get("host", ""),
            headers.get("host", ""),
        )


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
