"""A web server on this machine that answers as the portals do, and misbehaves on demand."""

from __future__ import annotations

import gzip
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

DRIP_S = 0.05


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it; ``params`` are of the URL and of a form."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer; ``length`` is a ``Content-Length`` that may lie, ``cut`` a byte to stop at."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    cut: int | None = None
    drip: bool = False


Route = Callable[[Asked], Reply | None]
Fault = Callable[[Asked, Reply], Reply]


def json_reply(document: Any, status: int = 200, **headers: str) -> Reply:
    body = json.dumps(document).encode()
    kind = {"Content-Type": "application/json"}
    return Reply(status, body, kind | {k.replace("_", "-"): v for k, v in headers.items()})


class Portal:
    """What the server answers from: routes in order, and faults for the next requests."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self._routes: list[Route] = []
        self._faults: deque[tuple[str, Fault]] = deque()

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def answers(self, route: Route) -> None:
        self._routes.append(route)

    def misbehaves(self, fault: Fault, times: int = 1, on: str = "") -> None:
        """Apply a fault to the next requests whose path contains ``on``."""
        self._faults.extend([(on, fault)] * times)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        for route in self._routes:
            reply = route(asked)
            if reply is not None:
                break
        else:
            missing = {"error": True, "message": f"There is nothing at {asked.path}"}
            reply = json_reply(missing, 404)
        if self._faults and self._faults[0][0] in asked.path:
            _, fault = self._faults.popleft()
            reply = fault(asked, reply)
        return reply


# Faults


def too_many_requests(seconds: str | None) -> Fault:
    headers = {} if seconds is None else {"Retry-After": seconds}
    return lambda _asked, _reply: Reply(429, b'{"message": "slow down"}', headers)


def server_error(_asked: Asked, _reply: Reply) -> Reply:
    return Reply(500, b'{"error": true, "message": "Internal error", "status": 500}')


def cut_in_the_middle(_asked: Asked, reply: Reply) -> Reply:
    return Reply(reply.status, reply.body, reply.headers, cut=len(reply.body) // 2)


def dripping(_asked: Asked, reply: Reply) -> Reply:
    return Reply(reply.status, reply.body, reply.headers, drip=True)


def length_too_long(_asked: Asked, reply: Reply) -> Reply:
    return Reply(reply.status, reply.body, reply.headers, length=len(reply.body) + 10)


def length_too_short(_asked: Asked, reply: Reply) -> Reply:
    return Reply(reply.status, reply.body, reply.headers, length=len(reply.body) // 2)


def web_page(_asked: Asked, _reply: Reply) -> Reply:
    page = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head></html>"
    return Reply(200, page, {"Content-Type": "text/html"})


def redirect_to(url: str, status: int = 302) -> Fault:
    return lambda _asked, _reply: Reply(status, b"", {"Location": url})


def redirect_to_itself(asked: Asked, _reply: Reply) -> Reply:
    return Reply(302, b"", {"Location": asked.path})


def gzip_bomb(_asked: Asked, _reply: Reply) -> Reply:
    packed = gzip.compress(b'["' + b"a" * (80 << 20) + b'"]', compresslevel=9)
    return Reply(200, packed, {"Content-Encoding": "gzip", "Content-Type": "application/json"})


def twice_packed(_asked: Asked, reply: Reply) -> Reply:
    packed = gzip.compress(gzip.compress(reply.body))
    return Reply(200, packed, {"Content-Encoding": "gzip, gzip"})


@contextmanager
def serving() -> Iterator[Portal]:
    """A portal on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    portal = Portal(f"http://127.0.0.1:{server.server_address[1]}")
    server.portal = portal  # type: ignore[attr-defined]
    # http.server polls for its end; the default half second would be paid by every test.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None:
        """Keep the tests' output clean."""

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.get("content-type") == "application/x-www-form-urlencoded":
            params |= dict(parse_qsl(body.decode(), keep_blank_values=True))
        portal: Portal = self.server.portal  # type: ignore[attr-defined]
        self._send(portal.reply(Asked(self.command, parts.path, params, headers, body)))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        length = len(reply.body) if reply.length is None else reply.length
        if reply.status != 304:
            self.send_header("Content-Length", str(length))
        if reply.cut is not None or reply.length is not None:
            self.close_connection = True
        self.end_headers()
        try:
            if reply.drip:
                self._drip(reply.body)
            else:
                self.wfile.write(reply.body[: reply.cut])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _drip(self, body: bytes) -> None:
        """Send a byte at a time until the client has had enough."""
        gone = threading.Event()
        for at in range(len(body)):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()
            gone.wait(DRIP_S)


def file_route(path: str, body: bytes, *, tag: str = '"v1"', ranges: bool = True) -> Route:
    """A file with an ETag, conditional requests, and ranges if wanted."""
    when = "Wed, 08 Aug 2018 12:00:00 GMT"

    def route(asked: Asked) -> Reply | None:
        if asked.path != path:
            return None
        headers = {"Last-Modified": when}
        if tag:
            headers["ETag"] = tag
        if tag and asked.headers.get("if-none-match") == tag:
            return Reply(304, b"", headers)
        if not tag and asked.headers.get("if-modified-since") == when:
            return Reply(304, b"", headers)
        wanted = asked.headers.get("range")
        if not (ranges and wanted and asked.headers.get("if-range") in (tag, when)):
            return Reply(200, body, headers)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(body):
            return Reply(416, b"", {"Content-Range": f"bytes */{len(body)}"})
        headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Reply(206, body[start:], headers)

    return route
