"""What a portal's answer means: go on, ask again, or say in plain words what it refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from interurban.core.errors import SourceError, SourceRefused, SourceUnreachable

from .transport_patience import retry_after_s

__all__ = ["Again", "busy", "host_of", "is_web_page", "message_of", "refusal", "spoken", "web_page"]

_LONGEST_MESSAGE = 300
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_BUSY = frozenset({202, 408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 598, 599})
_MESSAGES = ("message", "detail", "error_description", "description", "title", "error")

_ADVICE = {
    400: "Check the filter and the columns in the pack.",
    401: "Give an app token, or ask the publisher for access.",
    403: "The data may not be open; give an app token, or ask the publisher for access.",
    404: "Look the dataset up at the portal: it may have moved or been withdrawn.",
    410: "The publisher has withdrawn it; look for its successor at the portal.",
}


class Again(Exception):
    """One attempt failed, and another may succeed.

    Parameters
    ----------
    failure: what to say when no attempt is left.
    wait_s: what the portal asked for.
    """

    def __init__(self, failure: SourceError, wait_s: float | None = None) -> None:
        super().__init__(failure.what)
        self.failure = failure
        self.wait_s = wait_s


def host_of(url: str) -> str:
    """The host, and the port when it is not the usual one: what a person calls the portal."""
    return urlsplit(url).netloc.rpartition("@")[2]


def busy(status: int, headers: Mapping[str, str], url: str) -> Again | None:
    """The portal's request for patience, when its answer is one."""
    if status not in _BUSY:
        return None
    wait = retry_after_s(headers.get("retry-after"))
    if status == 429:
        return Again(
            SourceRefused(
                f"{host_of(url)} takes no more requests from here for now (429).",
                advice="Try again later, or give an app token: it has a higher limit.",
            ),
            wait,
        )
    return Again(
        SourceUnreachable(
            f"{host_of(url)} is in trouble: it answered {status} every time.",
            advice="Try again later; the data loaded before stay in use.",
        ),
        wait,
    )


def refusal(status: int, body: bytes, url: str) -> SourceRefused:
    """The portal's no, in its own words where it has any."""
    said = message_of(body)
    return SourceRefused(
        f"{host_of(url)} refused the request ({status}){spoken(said)}",
        advice=_ADVICE.get(status, "Check the source in the pack."),
    )


def spoken(message: str) -> str:
    """Someone's message as the end of a sentence of ours."""
    if not message:
        return "."
    return f": {message}" if message[-1] in ".!?" else f": {message}."


def message_of(body: bytes) -> str:
    """The message in an error's body, whatever its form; empty when there is none."""
    text = body.decode("utf-8", errors="replace").strip()
    try:
        return _shortened(_said(json.loads(text)))
    except ValueError:
        pass
    if text.startswith("<"):
        title = _TITLE.search(text)
        return _shortened(unescape(title.group(1))) if title else ""
    return _shortened(text)


def is_web_page(body: bytes) -> bool:
    """Whether a body is a page for people."""
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or (
        start.startswith(b"<") and b"<html" in start
    )


def web_page(body: bytes, url: str) -> SourceRefused:
    """What to say when a page for people came in place of data."""
    title = message_of(body)
    said = f' titled "{title}"' if title else ""
    return SourceRefused(
        f"{host_of(url)} answered with a web page{said} instead of data.",
        advice="Open the address in a browser: the portal may be closed for maintenance or have"
        " moved.",
    )


def _said(document: Any) -> str:
    if isinstance(document, str):
        return document
    if isinstance(document, list):
        return _said(document[0]) if document else ""
    if not isinstance(document, dict):
        return ""
    for key in _MESSAGES:
        if (value := document.get(key)) and not isinstance(value, bool | int):
            said = _said(value)
            if said:
                return said
    return ""


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + " ..."
