"""Files from the web: fetched in pieces, taken up again where they broke off, not fetched twice."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from interurban.core.errors import SourceUnreachable, TooMuch

from ._transport_answers import Again, host_of
from .transport import Pace, Transport, expect_packing

__all__ = ["Download", "download", "instant_of", "validator_of"]

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_NAMED = re.compile(r"filename\*?=(?:UTF-8'[^']*')?\"?([^\";]+)", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.() -]+")
_SPARE_BYTES = 64 << 20

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Download:
    """A file that was fetched.

    Parameters
    ----------
    path: where it lies.
    validator: ``ETag``, or else ``Last-Modified``, as the portal wrote it; empty without either.
    modified: when the publisher last changed it, if the portal says.
    """

    path: Path
    validator: str
    modified: datetime | None


def download(
    transport: Transport,
    url: str,
    folder: Path,
    *,
    validator: str = "",
    progress: Progress = lambda _size, _total: None,
) -> Download | None:
    """Fetch a file into a folder.

    Parameters
    ----------
    folder: an empty folder; the file gets the name the portal gives it.
    validator: of the last download; an unchanged file is not fetched again.
    progress: called with bytes so far and in all.

    Returns
    -------
    The file; ``None`` when it has not changed since.

    Raises
    ------
    SourceUnreachable: it broke off too often.
    SourceRefused: the portal said no.
    TooMuch: over the limits, or more than the disk has room for.
    """
    fetch = _Fetch(transport, url, folder / "arriving", validator, progress)
    if not transport.persist(fetch.attempt, fetch.progressed):
        return None
    path = folder / fetch.name
    fetch.target.rename(path)
    return Download(path, fetch.validator, instant_of(fetch.modified))


def validator_of(headers: httpx.Headers) -> str:
    """What says whether a document is still the same: its ``ETag``, or its time."""
    return str(headers.get("etag") or headers.get("last-modified") or "")


def instant_of(header: str | None) -> datetime | None:
    """An HTTP date as an instant."""
    if not header:
        return None
    try:
        found = parsedate_to_datetime(header)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


class _Fetch:
    """One file on its way, through as many attempts as it takes."""

    def __init__(
        self, transport: Transport, url: str, target: Path, known: str, progress: Progress
    ) -> None:
        self.target = target
        self.name = _name_in(url)
        self.validator = ""
        self.modified: str | None = None
        self._transport = transport
        self._url = url
        self._known = known
        self._progress = progress
        self._have = 0
        self._before = 0
        self._resume = ""

    def progressed(self) -> bool:
        """Whether the last attempt brought bytes that the next one can build on."""
        further = self._have > self._before and bool(self._resume)
        self._before = self._have
        return further

    def attempt(self) -> bool:
        """Fetch what is still missing; False when the portal says that nothing has changed."""
        with self._transport.stream("GET", self._url, self._asked()) as response:
            if response.status_code == 304:
                return False
            if response.status_code == 416:
                self._restart()
                raise Again(_cut(self._url, "no longer has the rest"))
            expect_packing(response)
            total = self._agree(response)
            self._receive(response, total)
        if total is not None and self._have != total:
            if self._have > total:
                self._restart()
            raise Again(_cut(self._url, f"gave {self._have:,} of {total:,} bytes"))
        return True

    def _asked(self) -> dict[str, str]:
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if self._have and self._resume:
            headers["Range"] = f"bytes={self._have}-"
            headers["If-Range"] = self._resume
        elif self._known:
            is_tag = self._known.startswith(('"', 'W/"'))
            headers["If-None-Match" if is_tag else "If-Modified-Since"] = self._known
        return headers

    def _agree(self, response: httpx.Response) -> int | None:
        """Continue where we are, or start anew; gives the file's size, if it is known."""
        headers = response.headers
        if response.status_code == 206:
            part = _RANGE.fullmatch(headers.get("content-range", ""))
            if part is None or int(part.group(1)) != self._have:
                self._restart()
                raise Again(_cut(self._url, "gave another part than the one asked for"))
            return None if part.group(2) == "*" else int(part.group(2))
        self._restart()
        self.validator = validator_of(headers)
        self.modified = headers.get("last-modified")
        strong = self.validator if self.validator.startswith('"') else ""
        self._resume = strong or self.modified or ""
        named = _NAMED.search(headers.get("content-disposition", ""))
        self.name = _safe(unquote(named.group(1))) if named else _name_in(str(response.url))
        size = headers.get("content-length", "")
        return int(size) if size.isdigit() else None

    def _restart(self) -> None:
        self._have, self._resume = 0, ""

    def _receive(self, response: httpx.Response, total: int | None) -> None:
        limit = self._transport.limits.max_expanded_bytes
        free = shutil.disk_usage(self.target.parent).free + self._have - _SPARE_BYTES
        if total is not None and total > min(limit, free):
            raise _too_large(self._url, total, min(limit, free))
        pace = Pace(self._transport.patience, self._url)
        with self.target.open("r+b" if self._have else "wb") as file:
            file.seek(self._have)
            file.truncate()
            for chunk in response.iter_raw():
                file.write(chunk)
                self._have += len(chunk)
                self._transport.received += len(chunk)
                if self._have > min(limit, free):
                    raise _too_large(self._url, self._have, min(limit, free))
                self._progress(self._have, total)
                pace.seen(len(chunk))


def _name_in(url: str) -> str:
    return _safe(unquote(Path(urlsplit(url).path).name))


def _safe(name: str) -> str:
    """A file name that can do no harm, its extension kept."""
    plain = _UNSAFE.sub("_", Path(name.replace("\\", "/")).name).lstrip(". ")[-120:]
    return plain if plain not in ("", "arriving") else "download"


def _cut(url: str, how: str) -> SourceUnreachable:
    return SourceUnreachable(
        f"{host_of(url)} broke off a file: it {how}.",
        advice="Try again later; the data loaded before stay in use.",
    )


def _too_large(url: str, size: int, limit: int) -> TooMuch:
    return TooMuch(
        f"A file of {host_of(url)} has {size:,} bytes or more; there is room for {limit:,}.",
        advice="Make room on the disk, or load a smaller part of it.",
    )
