"""What requests bring along: JSON objects and files, never more than the node takes."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request

from interurban.core.errors import BadRequest, TooMuch

from .problems import UnreadableBody
from .service import service
from .workers import ClientGone

__all__ = ["brings_file", "file_name", "no_body", "read_object", "read_text", "save_file"]

_CHUNK_BYTES = 1 << 20
_NAME_CHARACTERS = 120
_FILE_NAME = "X-File-Name"
_DIGITS = 18
_MOST_TEXT = 262_144


async def read_object(request: Request, at_most: int | None = None) -> dict[str, Any]:
    """The JSON object of a body; numbers are finite, texts are Unicode.

    Parameters
    ----------
    at_most: longest body in bytes, where it is shorter than the node's limit.

    Raises
    ------
    UnreadableBody: it is not said to be JSON.
    BadRequest: it is no JSON object.
    TooMuch: it is over the node's limit.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnreadableBody(
            f"A body of {media_type[:80] or 'no media type'} is not read here.",
            advice="Send a JSON object with Content-Type: application/json.",
            part="Content-Type",
        )
    web = service(request)
    body = bytearray()
    limit = min(at_most or web.settings.max_body_bytes, web.settings.max_body_bytes)
    async for chunk in _chunks(request, limit):
        body += chunk
    return await web.workers.run(request, lambda: _object(bytes(body)))


async def read_text(
    request: Request, media_types: Sequence[str], at_most: int = _MOST_TEXT
) -> tuple[str, str]:
    """A body that is a text, and its media type; both empty where there is no body.

    Parameters
    ----------
    media_types: those that are read here.
    at_most: bytes.

    Raises
    ------
    UnreadableBody: it is said to be something else.
    BadRequest: it is no UTF-8.
    TooMuch: it is longer.
    """
    body = bytearray()
    async for chunk in _chunks(request, at_most):
        body += chunk
    if not body.strip():
        return "", ""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in media_types:
        raise UnreadableBody(
            f"A body of {media_type[:80] or 'no media type'} is not read here.",
            advice=f"Say in Content-Type what it is: {', '.join(media_types)}.",
            part="Content-Type",
        )
    try:
        return body.decode(), media_type
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"The body is no UTF-8 at byte {error.start}.", advice="Send it in UTF-8."
        ) from error


async def no_body(request: Request) -> None:
    """Pass over an empty body.

    Raises
    ------
    BadRequest: there is one.
    """
    async for chunk in _chunks(request, service(request).settings.max_body_bytes):
        if chunk.strip() not in (b"", b"{}"):
            raise BadRequest("This takes no body.", advice="Send the request without one.")


def brings_file(request: Request) -> bool:
    """Whether the body is a file, and not JSON about something else."""
    return _FILE_NAME in request.headers


def file_name(request: Request) -> str:
    """The name of the file that a body is: never a path, never hidden.

    Raises
    ------
    BadRequest: there is none.
    """
    said = unquote(request.headers.get(_FILE_NAME, ""), errors="replace")
    base = re.split(r"[/\\]", said)[-1]
    name = re.sub(r"[\x00-\x1f\x7f-\x9f\ufffd]|^[\s.]+", "", base).strip()
    if not name:
        raise BadRequest(
            "The file has no name.",
            advice=f"Give it, percent-encoded, in the header {_FILE_NAME}.",
            part=_FILE_NAME,
        )
    stem, dot, ending = name.rpartition(".")
    room = _NAME_CHARACTERS - len(ending) - 1
    return f"{stem[:room]}{dot}{ending}" if room > 0 else name[:_NAME_CHARACTERS]


async def save_file(request: Request, target: Path) -> int:
    """Write a body to a file; gives its size in bytes.

    Raises
    ------
    TooMuch: it is over the node's limit.
    """
    size, waiting = 0, bytearray()
    with target.open("wb") as file:
        async for chunk in _chunks(request, service(request).settings.max_upload_bytes):
            waiting += chunk
            size += len(chunk)
            if len(waiting) >= _CHUNK_BYTES:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))
    return size


async def _chunks(request: Request, limit: int) -> Any:
    announced = request.headers.get("content-length", "0")
    size = int(announced) if announced.isdigit() else 0
    seen = 0
    try:
        if size <= limit:
            async for chunk in request.stream():
                seen += len(chunk)
                if seen > limit:
                    break
                yield chunk
    except ClientDisconnect as error:
        raise ClientGone from error
    if max(size, seen) > limit:
        raise TooMuch(
            f"This is more than {_size(limit)}, the most this node takes.",
            advice="Send less: fewer areas, years or columns, or a compressed file.",
        )


def _size(count: int) -> str:
    """So many bytes as people say it: ``67 MB``; whole ones where they are few."""
    return f"{count / 1e6:,.0f} MB" if count >= 1_000_000 else f"{count:,} bytes"


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body, parse_constant=_no_number, parse_float=_finite, parse_int=_whole)
        # A lone surrogate is no text; nothing could store or print it.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "a value can't be so"
        raise BadRequest(
            f"The body is no JSON that can be read: {reason[:200]}.",
            advice="Send one JSON object in UTF-8.",
        ) from error
    if not isinstance(found, dict):
        raise BadRequest("The body is no JSON object.", advice="Send one in braces.")
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _whole(text: str) -> int:
    return int(text) if len(text) <= _DIGITS else int(_no_number(text))
