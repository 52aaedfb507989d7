"""The outermost layer: every request is timed, counted and logged, and no defect is shown."""

from __future__ import annotations

import secrets
import time
from http import HTTPStatus

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interurban.core.errors import Abandoned

from .metrics import Metrics
from .problems import unexpected
from .workers import ClientGone

__all__ = ["Observed"]

_CLIENT_CLOSED = 499
_BETWEEN_NODES = "/alliance/{kind}"
_log = structlog.get_logger("interurban.http")


class Observed:
    """Time, count and log each request; turn what nobody foresaw into a plain problem document."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and remember how that went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        began = time.perf_counter()
        with self._metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, answer)
            except (Abandoned, ClientGone):
                answer.status = _CLIENT_CLOSED
            except Exception:
                incident = secrets.token_hex(6)
                _log.exception("defect", incident=incident, path=scope["path"])
                if answer.first_byte is not None:
                    raise  # the server cuts the connection: half an answer must not look whole
                await unexpected(incident)(scope, receive, answer)
            finally:
                self._remember(scope, answer, began)

    def _remember(self, scope: Scope, answer: _Answer, began: float) -> None:
        route = scope.get("interurban.route", "unmatched")
        first_byte_s = (answer.first_byte or time.perf_counter()) - began
        status = str(answer.status or _CLIENT_CLOSED)
        self._metrics.requests.labels(scope["method"], route, status).inc()
        self._metrics.seconds.labels(route).observe(first_byte_s)
        # Every partner asks every two seconds what is new: that it was answered is no news.
        is_round = route == _BETWEEN_NODES and answer.status == HTTPStatus.OK
        (_log.debug if is_round else _log.info)(
            "request",
            method=scope["method"],
            path=_path(scope),
            query=_query(scope),
            status=answer.status,
            first_byte_ms=round(1000 * first_byte_s, 1),
            whole_ms=round(1000 * (time.perf_counter() - began), 1),
            bytes=answer.bytes,
        )


def _path(scope: Scope) -> str:
    """The address that was asked; what a share link ends with opens the run, so it is no part."""
    route = str(scope.get("interurban.route", ""))
    return route if route.endswith("{share}") else str(scope["path"])


def _query(scope: Scope) -> str:
    """What was asked for; how somebody signs in is no part of a log."""
    if scope["path"].startswith("/api/sign-in"):
        return ""
    return str(scope["query_string"].decode("ascii", "replace"))


class _Answer:
    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None
        self.first_byte: float | None = None
        self.bytes = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.first_byte = time.perf_counter()
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        await self._send(message)
