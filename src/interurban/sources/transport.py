"""The way to the portals: requests that are repeated, watched and limited.

One ``Transport`` serves one reading. It asks again with growing waits, follows what the portal
says of waiting, breaks off an answer that drips, unpacks no bomb, follows redirects only where
``transport_guard`` lets it, and shows an app token to its own host alone.
"""

from __future__ import annotations

import json
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from interurban import __version__
from interurban.core.errors import (
    ConfigurationError,
    SourceError,
    SourceRefused,
    SourceUnreachable,
    TooMuch,
)

from ._transport_answers import Again, busy, host_of, is_web_page, refusal, web_page
from .reading import Fetching
from .transport_guard import Guard, expect_url, is_same_host
from .transport_patience import Patience

__all__ = ["Answer", "Credential", "Pace", "Transport"]

_HOPS = 10
_ERROR_BODY = 64 << 10
_RATIO_FROM = 64 << 20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PACKINGS = frozenset({"", "identity", "gzip", "x-gzip"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Credential:
    """How a kind of portal wants to be shown an app token: the header, and the text before it."""

    header: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON answer.

    Parameters
    ----------
    document: the parsed body.
    headers: names in lower case.
    url: where it came from, after redirects.
    size: bytes of the body, unpacked.
    """

    document: Any
    headers: Mapping[str, str]
    url: str
    size: int


class Pace:
    """Breaks off an answer that arrives, but too slowly to be waited for."""

    def __init__(self, patience: Patience, url: str) -> None:
        self._patience = patience
        self._url = url
        self._since = patience.clock()
        self._seen = 0

    def seen(self, size: int) -> None:
        """Count bytes that arrived.

        Raises
        ------
        Again: too few arrived in the last stretch.
        """
        self._seen += size
        now = self._patience.clock()
        stretch = now - self._since
        if stretch < self._patience.pace_s:
            return
        if self._seen < self._patience.slowest_bytes_s * stretch:
            raise Again(
                SourceUnreachable(
                    f"{host_of(self._url)} answers too slowly:"
                    f" {self._seen:,} bytes in {stretch:.0f} seconds.",
                    advice="Try again later; the data loaded before stay in use.",
                )
            )
        self._since, self._seen = now, 0


class Transport:
    """A client for one configured URL; close it when the reading is over.

    Parameters
    ----------
    home: the URL as configured: tokens are shown to its host alone, and no answer may lead
        further into the network than it does.
    credential: how the portal wants to see its token, or ``None`` when it takes none.

    Raises
    ------
    ConfigurationError: ``home`` is no web address.
    """

    def __init__(self, home: str, fetching: Fetching, credential: Credential | None = None) -> None:
        self.home = expect_url(home)
        self.limits = fetching.limits
        self.patience = fetching.patience
        self.token = _token_of(home, fetching.tokens)
        self.received = 0
        self._credential = credential
        self._guard = Guard(home)
        self._client = self._connected()

    def close(self) -> None:
        """Let go of the connections; safe to call twice."""
        self._client.close()

    def _connected(self) -> httpx.Client:
        return httpx.Client(
            follow_redirects=False,
            headers={
                "User-Agent": f"interurban/{__version__}",
                "Accept": "application/json, */*;q=0.5",
                "Accept-Encoding": "gzip",
            },
            timeout=httpx.Timeout(self.patience.read_s, connect=self.patience.connect_s, pool=None),
            verify=_trusted(),
        )

    def get_json(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for a JSON document.

        Raises
        ------
        SourceUnreachable: no answer after every attempt.
        SourceRefused: the portal said no, or answered with something else.
        TooMuch: the answer is over the limit of a page.
        """
        whole = str(httpx.URL(url).copy_merge_params(dict(params))) if params else url
        return self.persist(lambda: self._json("GET", whole, dict(headers or {}), None))

    def post_json(self, url: str, *, document: Any = None, form: Any = None) -> Answer:
        """Send a query as a JSON document or as a form, and take its JSON answer.

        Only for questions: they may be asked more than once. Raises as ``get_json`` does.
        """
        request = httpx.Request("POST", url, json=document, data=form)
        content, kind = request.read(), request.headers["content-type"]
        return self.persist(lambda: self._json("POST", url, {"Content-Type": kind}, content))

    def persist(
        self, attempt: Callable[[], T], progressed: Callable[[], bool] = lambda: False
    ) -> T:
        """Do something until it succeeds or patience ends.

        Parameters
        ----------
        attempt: raises ``Again`` where another attempt may succeed.
        progressed: whether the last attempt got further, which makes the count begin anew.
        """
        failures = 0
        while True:
            try:
                return attempt()
            except Again as again:
                failures = 1 if progressed() else failures + 1
                if failures >= self.patience.attempts:
                    raise again.failure from again
                if again.wait_s is not None and again.wait_s > self.patience.longest_asked_s:
                    raise _too_long(self.home, again) from again
                # What went wrong may still lie in the connection, in front of the next answer.
                self._client.close()
                self.patience.sleep(self.patience.wait_s(failures, again.wait_s))
                self._client = self._connected()

    @contextmanager
    def stream(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> Iterator[httpx.Response]:
        """Send one request through its redirects; the body of the answer is still to be read.

        Answers that mean no or not now are raised; 2xx, 304 and 416 are given.
        """
        previous: str | None = None
        try:
            for _ in range(_HOPS + 1):
                self._guard.check(url, previous)
                request = self._client.build_request(
                    method, url, headers={**headers, **self._shown(url)}, content=content
                )
                response = self._client.send(request, stream=True)
                try:
                    self._guard.check_peer(url, response)
                    where = response.headers.get("location")
                    if response.status_code not in _REDIRECTS or not where:
                        self._expect_yes(response, url)
                        yield response
                        return
                    if response.status_code == 303:
                        method, content = "GET", None
                    previous, url = url, urljoin(url, where)
                finally:
                    response.close()
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise Again(_unreachable(url, error)) from error
        except httpx.InvalidURL as error:
            raise SourceRefused(
                f"{host_of(self.home)} leads to an address that cannot be: {url[:100]}",
                advice="Tell the publisher; until then load from a file.",
            ) from error
        raise SourceRefused(
            f"{host_of(self.home)} redirects without end.",
            advice="Open the address in a browser, and write where it ends into the pack.",
        )

    def _json(
        self, method: str, url: str, headers: dict[str, str], content: bytes | None
    ) -> Answer:
        with self.stream(method, url, headers, content) as response:
            body = self._body(response)
            where, got = str(response.url), dict(response.headers)
        try:
            document = json.loads(body)
        except (ValueError, RecursionError) as error:
            if is_web_page(body):
                raise web_page(body, where) from error
            raise Again(
                SourceRefused(
                    f"{host_of(where)} answered with broken JSON every time.",
                    advice="Try again later; if it stays so, tell the publisher.",
                )
            ) from error
        return Answer(document, got, where, len(body))

    def _body(self, response: httpx.Response) -> bytes:
        """Read a whole body, unpacked, within the limits of a page."""
        url = str(response.url)
        expect_packing(response)
        pace = Pace(self.patience, url)
        body = bytearray()
        packed = 0
        for chunk in response.iter_bytes():
            body += chunk
            got, packed = response.num_bytes_downloaded - packed, response.num_bytes_downloaded
            self.received += got
            pace.seen(got)
            bomb = len(body) > _RATIO_FROM and len(body) > self.limits.max_ratio * max(packed, 1)
            if bomb or len(body) > self.limits.max_whole_bytes:
                raise TooMuch(
                    f"An answer of {host_of(url)} unpacks to more than"
                    f" {min(len(body), self.limits.max_whole_bytes) >> 20} MiB.",
                    advice="Ask for smaller pages with page_size in the pack.",
                )
        return bytes(body)

    def _expect_yes(self, response: httpx.Response, url: str) -> None:
        status = response.status_code
        again = busy(status, response.headers, url)
        if again is not None:
            raise again
        if status in (304, 416) or 200 <= status < 300:
            return
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _ERROR_BODY:
                break
        raise refusal(status, _unpacked(bytes(body), response), url)

    def _shown(self, url: str) -> dict[str, str]:
        """The token's header, for requests to its own host that nobody else can read."""
        if self._credential is None or self.token is None or not is_same_host(url, self.home):
            return {}
        if urlsplit(url).scheme == "http" and urlsplit(self.home).scheme == "https":
            return {}
        return {self._credential.header: self._credential.prefix + self.token}


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted, read once: that takes longer than many an answer."""
    return httpx.create_ssl_context()


def expect_packing(response: httpx.Response) -> None:
    """Make sure that a body is packed at most once, in a way that can be unpacked in pieces.

    Raises
    ------
    SourceRefused: it is not.
    """
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing not in _PACKINGS:
        raise SourceRefused(
            f'{host_of(str(response.url))} packs its answer as "{packing[:40]}", which was not'
            " asked for.",
            advice="Tell the publisher; until then load from a file.",
        )


def _token_of(home: str, tokens: Mapping[str, str]) -> str | None:
    """The token for a URL's host; hosts are written with their port or without."""
    host = host_of(home)
    bare = urlsplit(home).hostname or ""
    for key, token in tokens.items():
        named = host_of(key) if "//" in key else key
        if token and named.lower() in (host.lower(), bare):
            if "\n" in token or "\r" in token or not token.isascii():
                raise ConfigurationError(
                    f"The app token for {host} is none.",
                    advice="Copy it again: it is one line of letters and digits.",
                    part="token",
                )
            return token
    return None


def _unreachable(url: str, error: Exception) -> SourceError:
    host = host_of(url)
    if isinstance(error, httpx.TimeoutException):
        why = f"{host} did not answer in time."
    elif isinstance(error, httpx.ConnectError):
        why = f"{host} cannot be reached ({error})."
    else:
        why = f"{host} broke off in the middle of its answer ({error})."
    return SourceUnreachable(
        why,
        advice="Check the network and the address; without a network, load from a mirror.",
    )


def _too_long(url: str, again: Again) -> SourceRefused:
    return SourceRefused(
        f"{host_of(url)} asks to be left alone for {again.wait_s or 0:.0f} seconds.",
        advice="Load again after that, or give an app token: it has a higher limit.",
    )


def _unpacked(body: bytes, response: httpx.Response) -> bytes:
    """An error's body made readable, as far as it goes."""
    if "gzip" not in response.headers.get("content-encoding", ""):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _ERROR_BODY)
    except zlib.error:
        return b""
