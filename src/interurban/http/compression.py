"""Content coding of answers: zstd, Brotli or gzip, whichever the client likes best.

A whole answer is compressed at once, a stream chunk by chunk as it passes. Answers carry weak
ETags, so one validator serves every coding.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Protocol

import pyarrow as pa
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .exports import Drain
from .negotiation import choose_coding

__all__ = ["Compressed"]

_SMALLEST = 512
_INLINE_BYTES = 65_536
_BROTLI_QUALITY = 4
_GZIP_LEVEL = 4
_WHOLE = ("zstd", "br", "gzip")
_STREAMED = ("zstd", "gzip")
_COMPRESSIBLE = (
    "application/json",
    "application/geo+json",
    "application/problem+json",
    "application/schema+json",
    "application/vnd.oai.openapi+json",
    "application/vnd.mapbox-vector-tile",
    "application/vnd.apache.arrow.stream",
    "image/svg+xml",
    "text/",
)


class Compressed:
    """Compress what passes, where the client can read it and it is worth it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and compress its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accept = Headers(scope=scope).get("accept-encoding", "")
        await self._app(scope, receive, _Coder(accept, send))


class _Stream(Protocol):
    def feed(self, data: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


class _Coder:
    """The answer of one request: its start is held back until its first chunk is known."""

    def __init__(self, accept: str, send: Send) -> None:
        self._accept = accept
        self._send = send
        self._start: Message | None = None
        self._stream: _Stream | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._start is not None:
            start, self._start = self._start, None
            await self._begin(start, message)
        elif self._stream is not None:
            await self._continue(message)
        else:
            await self._send(message)

    async def _begin(self, start: Message, message: Message) -> None:
        headers = MutableHeaders(raw=start["headers"])
        body, more = message.get("body", b""), message.get("more_body", False)
        coding = None
        if _compressible(headers):
            headers.add_vary_header("Accept-Encoding")
            if more or len(body) >= _SMALLEST:
                coding = choose_coding(self._accept, _STREAMED if more else _WHOLE)
        if coding is None:
            await self._send(start)
            await self._send(message)
            return
        headers["Content-Encoding"] = coding
        if more:
            del headers["Content-Length"]
            self._stream = _Zstd() if coding == "zstd" else _Gzip()
            await self._send(start)
            await self._continue(message)
            return
        packed = await _aside(len(body), _pack, coding, body)
        headers["Content-Length"] = str(len(packed))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": packed})

    async def _continue(self, message: Message) -> None:
        assert self._stream is not None
        body, more = message.get("body", b""), message.get("more_body", False)
        packed = await _aside(len(body), self._stream.feed, body)
        if not more:
            packed += self._stream.finish()
        await self._send({"type": "http.response.body", "body": packed, "more_body": more})


class _Zstd:
    def __init__(self) -> None:
        self._drain = Drain()
        self._stream = pa.CompressedOutputStream(pa.PythonFile(self._drain, "w"), "zstd")

    def feed(self, data: bytes) -> bytes:
        self._stream.write(data)
        self._stream.flush()
        return self._drain.take()

    def finish(self) -> bytes:
        self._stream.close()
        return self._drain.take()


class _Gzip:
    def __init__(self) -> None:
        self._stream = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)

    def feed(self, data: bytes) -> bytes:
        return self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._stream.flush()


def _pack(coding: str, body: bytes) -> bytes:
    if coding == "zstd":
        return bytes(pa.Codec("zstd", compression_level=1).compress(body))
    if coding == "br":
        return bytes(pa.Codec("brotli", compression_level=_BROTLI_QUALITY).compress(body))
    return zlib.compress(body, _GZIP_LEVEL, 31)


def _compressible(headers: MutableHeaders) -> bool:
    if "content-encoding" in headers:
        return False
    return headers.get("content-type", "").startswith(_COMPRESSIBLE)


async def _aside(size: int, work: Callable[..., bytes], *arguments: object) -> bytes:
    """Do the work here when it is small, else in a thread: the loop serves others meanwhile."""
    if size <= _INLINE_BYTES:
        return work(*arguments)
    return await asyncio.to_thread(work, *arguments)
