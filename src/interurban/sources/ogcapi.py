"""OGC API - Features: one collection of any server that speaks the standard.

Pages are followed by their ``next`` links. What arrives is held against ``numberMatched``, every
feature's id may come once only, and the first page is asked for again at the end.

Options of the source
---------------------
url: the API's landing page.
collection: the collection's id.
bbox: west, south, east, north in degrees.
datetime: an instant or an interval (``2018-01-01T00:00:00Z/..``).
filter: a CQL2 text, where the server knows Part 3.
page_size: features of one page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx
import numpy as np
import numpy.typing as npt

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import ConfigurationError, SourceChanged, SourceRefused

from ._portal_options import PortalOptions
from ._spool import ATTEMPTS, Scratch
from ._transport_answers import host_of
from .files import read_file
from .reading import Fetching, Reading
from .transport import Answer, Credential, Transport
from .transport_file import fetched
from .transport_guard import expect_url

__all__ = ["open_source"]

_OPTIONS = ("url", "collection", "bbox", "datetime", "filter", "page_size")
_PAGE = 1_000
_GEOJSON = {"Accept": "application/geo+json, application/json;q=0.9"}
_TOKEN = Credential("Authorization", "Bearer ")


def open_source(
    spec: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> Reading | None:
    """Open a collection and start one reading of it.

    Parameters
    ----------
    since: facts of the last reading; a collection whose first page carries the same ``ETag`` or
        ``Last-Modified`` and whose number of features is the same is not read again.

    Returns
    -------
    The reading, geometries in EPSG:4326; ``None`` when nothing has changed since.

    Raises
    ------
    ConfigurationError: an option that is unknown or cannot be.
    SourceUnreachable, SourceRefused: no answer, or a no.
    SourceChanged: the collection changed each time it was read.
    """
    options = PortalOptions(spec, _OPTIONS)
    url = expect_url(options.required("url").rstrip("/"))
    transport = Transport(url, fetching, _TOKEN)
    scratch = Scratch(fetching.work)
    try:
        collection = _Collection(transport, url, options)
        if since is not None and since.cursor and collection.stamp() == since.cursor:
            scratch.remove()
            return None
        path = _consistent(collection, scratch, fetching)
        reading = read_file(path, {}, fetching)
    except BaseException:
        scratch.remove()
        raise
    finally:
        transport.close()
    assert reading is not None
    told = {"origin": collection.origin, "source_time": None, "etag": ""}
    told["cursor"] = collection.validator
    return fetched(reading, told, scratch, {"api": "OGC API - Features"})


def _consistent(collection: _Collection, scratch: Scratch, fetching: Fetching) -> Path:
    for attempt in range(1, ATTEMPTS + 1):
        path = scratch.folder() / "features.ndjson"
        try:
            collection.write(path, fetching)
            return path
        except SourceChanged:
            path.unlink(missing_ok=True)
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


class _Collection:
    """One collection of the API."""

    def __init__(self, transport: Transport, url: str, options: PortalOptions) -> None:
        self.id = options.required("collection")
        self.origin = f"{url}/collections/{quote(self.id, safe='')}"
        self.validator = ""
        self._transport = transport
        params = {"limit": str(options.whole("page_size", _PAGE, 100_000))}
        for key in ("bbox", "datetime", "filter"):
            if value := options.text(key):
                params[key] = value
        if "bbox" in params:
            _expect_box(params["bbox"])
        if "filter" in params:
            params["filter-lang"] = "cql2-text"
        self._first = str(httpx.URL(f"{self.origin}/items", params=params))

    def stamp(self) -> str:
        """What tells whether the first page is as it was; empty where the server does not say."""
        return self._stamp(self._page(self._first))

    def write(self, path: Path, fetching: Fetching) -> None:
        """Write every feature as one line of GeoJSON.

        Raises
        ------
        SourceChanged: they are not of one piece.
        """
        read, keys = 0, []
        first: Answer | None = None
        matched: int | None = None
        with path.open("w", encoding="utf-8") as file:
            for page in self._pages():
                features = page.document["features"]
                if first is None:
                    first, matched = page, page.document.get("numberMatched")
                elif page.document.get("numberMatched") != matched:
                    raise self._moved("the number of features changed")
                file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in features)
                keys.append(_digests(features))
                read += len(features)
                fetching.progress(read, self._transport.received, None)
        digests = np.concatenate(keys) if keys else np.empty(0, np.uint64)
        if len(np.unique(digests)) != len(digests):
            raise self._moved("a feature came twice")
        if matched is not None and read != matched:
            raise self._moved(f"{matched:,} features were expected, {read:,} came")
        again = self._page(self._first)
        if first is None or again.document["features"] != first.document["features"]:
            raise self._moved("the first page is another one now")
        self.validator = self._stamp(again)

    def _pages(self) -> Iterator[Answer]:
        url: str | None = self._first
        seen: set[str] = set()
        while url is not None:
            if url in seen:
                raise SourceRefused(
                    f"The pages of {self.origin} lead in a circle.",
                    advice="Tell the publisher; until then load from a file.",
                )
            seen.add(url)
            page = self._page(url)
            yield page
            url = self._next(page) if page.document["features"] else None

    def _page(self, url: str) -> Answer:
        answer = self._transport.get_json(url, headers=_GEOJSON)
        document = answer.document
        if not isinstance(document, dict) or not isinstance(document.get("features"), list):
            raise SourceRefused(
                f"{host_of(url)} did not answer with features.",
                advice="Check the address and the collection in the pack.",
            )
        return answer

    def _next(self, page: Answer) -> str | None:
        links = page.document.get("links") or ()
        following = [link for link in links if link.get("rel") == "next" and link.get("href")]
        if not following:
            return None
        # A server may offer the next page in several formats.
        json_first = sorted(following, key=lambda link: "json" not in str(link.get("type", "json")))
        url = urljoin(page.url, str(json_first[0]["href"]))
        return _encrypted_as(self.origin, url)

    def _stamp(self, answer: Answer) -> str:
        validator = answer.headers.get("etag") or answer.headers.get("last-modified")
        matched = answer.document.get("numberMatched")
        if not validator or matched is None:
            return ""
        return f"{self._first} {matched} {validator}"

    def _moved(self, how: str) -> SourceChanged:
        return SourceChanged(
            f"The collection {self.id} changed while it was read: {how}.",
            advice="Load it again; the server is being updated.",
        )


def _encrypted_as(home: str, url: str) -> str:
    """A link, encrypted as the API is: servers behind a proxy write the address they have inside.

    Raises
    ------
    SourceRefused: it leads to another host, without encryption.
    """
    one, other = urlsplit(home), urlsplit(url)
    if (one.scheme, other.scheme) != ("https", "http"):
        return url
    if other.hostname == one.hostname and other.port in (None, one.port):
        return "https" + url.removeprefix("http")
    raise SourceRefused(
        f"The next page of {home} is at {other.netloc}, which is not encrypted.",
        advice="Tell the publisher; until then load from a file.",
    )


def _digests(features: list[Mapping[str, Any]]) -> npt.NDArray[np.uint64]:
    """A number for the id of each feature that has one; two ids share one hardly ever."""
    ids = (one["id"] for one in features if one.get("id") is not None)
    digests = (hashlib.blake2b(repr(i).encode(), digest_size=8).digest() for i in ids)
    return np.fromiter((int.from_bytes(digest, "big") for digest in digests), np.uint64)


def _expect_box(text: str) -> None:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6):
        raise ConfigurationError(
            f'"{text}" is no bounding box.',
            advice="Write west,south,east,north in degrees: -87.94,41.64,-87.52,42.03.",
            part="bbox",
        )
