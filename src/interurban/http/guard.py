"""What every answer carries for safety, and the limits every request meets first."""

from __future__ import annotations

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
}
_TOO_LONG = Kind(414, "too-long", "The address is too long")
_BODY = Kind(413, "body", "This request may not carry a body")


class Guarded:
    """Refuse requests that are too long or carry a body; mark every answer.

    Parameters
    ----------
    max_url_bytes: longest path and query together.
    """

    def __init__(self, app: ASGIApp, max_url_bytes: int) -> None:
        self._app = app
        self._max_url_bytes = max_url_bytes

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
            await send(message)

        size = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
        if size > self._max_url_bytes:
            refusal = problem(
                _TOO_LONG,
                f"This address has {size} bytes; {self._max_url_bytes} are allowed.",
                advice="Simplify the shape in the filter, or ask in several requests.",
                part="filter",
            )
            await refusal(scope, receive, marked)
        elif _has_body(Headers(scope=scope)):
            refusal = problem(
                _BODY,
                "Questions are asked in the address; a body is not read.",
                advice="Send the request again without a body.",
            )
            await refusal(scope, receive, marked)
        else:
            await self._app(scope, receive, marked)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
