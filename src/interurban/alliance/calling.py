"""Questions to partners: one kept-open connection pool for each, and no one waits for a dead node.

Every question is a sealed message, and so is its answer, which is checked before anybody sees it.
A call ends when its time is over, whatever the partner does: it may drip, hang, or send too much.
After three failures in a row a partner is left alone for a while: calls to it fail at once.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock, Thread
from typing import Any, TypeVar

import httpx

from interurban import __version__
from interurban.core.alliance import Peer
from interurban.core.errors import InterurbanError, NotFound, PeerDown, Refused, SourceError
from interurban.policy.audit import NodeKey, fingerprint
from interurban.sources.transport_guard import Guard, Scope, scope_of

from .messages import Message, Sealed, seal, unpacked, unseal
from .peers import Peers

__all__ = ["MOST_BYTES", "SEALED_HEADER", "Calls", "reach_of"]

MOST_BYTES = 1 << 20
"""Longest message between nodes, as it travels."""

SEALED_HEADER = "Interurban-Sealed"
"""Where the statement stands that comes with bytes: base64url of the sealed message's JSON."""

T = TypeVar("T")

_AT_ONCE = 8
_FAILURES = 3
_ALONE_S, _LONGEST_ALONE_S = 5.0, 60.0
_HEARD_S = 10.0
_MAX_WORDS = 500


@dataclass(slots=True)
class _Line:
    """The connections to one partner, and how they fare."""

    url: str
    client: httpx.AsyncClient
    guard: Guard
    is_checked: bool = False
    failures: int = 0
    alone_until: float = 0.0
    heard_at: float = -_HEARD_S


@dataclass(frozen=True, slots=True)
class _Came:
    """An answer: status, headers and body."""

    status: int
    headers: httpx.Headers
    body: bytes


class _TooLong(Exception):
    """An answer over its limit."""


class Calls:
    """The way to ask partners; any thread may use it.

    Parameters
    ----------
    key: gives the node's key.
    peers: is told how calls went.
    clock: seconds that only grow.
    """

    def __init__(
        self,
        key: Callable[[], NodeKey],
        peers: Peers,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key = key
        self._peers = peers
        self._clock = clock
        self._lock = Lock()
        self._lines: dict[str, _Line] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._is_closed = False

    # Asking

    def ask(
        self, peer: Peer, kind: str, body: Mapping[str, Any], *, timeout_s: float = 5.0
    ) -> Message:
        """Put a question to a partner, and give its answer.

        Parameters
        ----------
        timeout_s: of the whole of it.

        Raises
        ------
        PeerDown: there was no answer in time, or none that a node gives.
        Refused: the partner says no, in its own words; or nothing is exchanged with it.
        """
        asked, sealed = self._sealed(peer, kind, body)
        came = self._send(peer, kind, sealed, timeout_s, MOST_BYTES)
        try:
            answer = Sealed.read(json.loads(came.body))
        except (ValueError, RecursionError, InterurbanError) as error:
            raise self._unsigned(peer) from error
        return self._opened(peer, kind, answer, asked)

    def fetch(
        self,
        peer: Peer,
        kind: str,
        body: Mapping[str, Any],
        *,
        timeout_s: float = 10.0,
        at_most: int = 64 << 20,
    ) -> tuple[Message, bytes]:
        """Put a question whose answer is data: the sealed statement, and the bytes it speaks of.

        Raises as ``ask`` does.
        """
        asked, sealed = self._sealed(peer, kind, body)
        came = self._send(peer, kind, sealed, timeout_s, at_most)
        try:
            statement = unpacked(came.headers.get(SEALED_HEADER, ""))
        except InterurbanError as error:
            raise self._unsigned(peer) from error
        answer = self._opened(peer, kind, statement, asked)
        said = (answer.body.get("sha256"), answer.body.get("bytes"))
        if said != (sha256(came.body).hexdigest(), len(came.body)):
            raise Refused(
                f"What {peer.title} sent is not what it signed.",
                advice="Somebody between the two nodes may have changed it; try again.",
            )
        return answer, came.body

    def waits_s(self, peer: str) -> float:
        """Seconds for which a partner is still left alone; 0 when it may be asked."""
        line = self._lines.get(peer)
        return max(0.0, line.alone_until - self._clock()) if line is not None else 0.0

    def heard(self, peer: Peer) -> None:
        """Note that a partner lives, as it asks: one that was left alone may be tried again."""
        with self._lock:
            line, now = self._lines.get(peer.id), self._clock()
            if line is not None and line.failures and now - line.heard_at > _HEARD_S:
                line.heard_at = line.alone_until = now

    def close(self) -> None:
        """Break off what is under way, and let go of the connections."""
        with self._lock:
            self._is_closed = True
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
            lines, self._lines = list(self._lines.values()), {}
        if loop is None or thread is None:
            return

        async def end() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            for line in lines:
                with suppress(Exception):
                    await line.client.aclose()

        asyncio.run_coroutine_threadsafe(end(), loop).result(5.0)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5.0)
        loop.close()

    # What anybody may ask

    def card(self, url: str, *, timeout_s: float = 5.0) -> tuple[Message, bytes]:
        """What a node that is no partner yet says of itself, and the key that signed it.

        Parameters
        ----------
        url: as a person typed it, checked by ``pairing.checked_url``.

        Raises
        ------
        PeerDown: nothing answers there, or no node. Refused: it is not what it says.
        """
        sealed = self._stranger(url, "card", None, timeout_s)
        own = self._key().fingerprint
        return unseal(sealed, kind="card", own=own, first=True), sealed.public

    def first(
        self, url: str, public: bytes, kind: str, body: Mapping[str, Any], *, timeout_s: float = 5.0
    ) -> Message:
        """Ask a node that may be no partner yet; a person has compared its key.

        Raises as ``card`` does.
        """
        key = self._key()
        asked = seal(key, kind, fingerprint(public), body)
        answer = self._stranger(url, kind, asked, timeout_s)
        return unseal(answer, kind=kind, own=key.fingerprint, public=public, answers=_id_of(asked))

    def _stranger(self, url: str, kind: str, asked: Sealed | None, timeout_s: float) -> Sealed:
        line = self._new_line(url)

        async def work() -> _Came:
            try:
                return await self._exchange(line, kind, asked, timeout_s, MOST_BYTES)
            finally:
                await line.client.aclose()

        host = httpx.URL(url).netloc.decode()
        try:
            came = self._run(work())
        except (httpx.HTTPError, TimeoutError, _TooLong, OSError) as error:
            raise PeerDown(
                f"No node answered at {host} within {timeout_s:g} s: {_why(error)}.",
                peer="",
                advice="Check the address, and that the node runs there.",
                part="url",
            ) from error
        except SourceError as error:
            raise Refused(f"{host} leads to where no node can be.", part="url") from error
        if came.status != 200:
            words = _words(came)
            if words and 400 <= came.status < 500:
                raise Refused(f"The node at {host} says: {words}", part="url")
            raise PeerDown(f"What answers at {host} is no node.", peer="", part="url")
        try:
            return Sealed.read(json.loads(came.body))
        except (ValueError, RecursionError, InterurbanError) as error:
            raise PeerDown(f"What answers at {host} is no node.", peer="", part="url") from error

    # One exchange

    def _sealed(self, peer: Peer, kind: str, body: Mapping[str, Any]) -> tuple[str, Sealed]:
        if not peer.is_paired:
            reason = f": {peer.reason}" if peer.reason else "."
            raise Refused(
                f"Nothing is exchanged with {peer.title}, which is {peer.standing}{reason}",
                advice=f"See how it stands with: interurban peer show {peer.id}",
            )
        sealed = seal(self._key(), kind, peer.fingerprint, body)
        return _id_of(sealed), sealed

    def _opened(self, peer: Peer, kind: str, sealed: Sealed, asked: str) -> Message:
        own = self._key().fingerprint
        message = unseal(sealed, kind=kind, own=own, public=peer.public, answers=asked)
        self._peers.saw(peer.id)
        return message

    def _send(self, peer: Peer, kind: str, sealed: Sealed, timeout_s: float, at_most: int) -> _Came:
        line = self._line(peer)
        self._expect_patience(peer, line, timeout_s)
        try:
            came = self._run(self._exchange(line, kind, sealed, timeout_s, at_most))
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise self._down(peer, line, error, timeout_s) from error
        except (_TooLong, SourceError) as error:
            line.failures = 0
            said = (
                f"{peer.title}'s node: {error}"
                if isinstance(error, _TooLong)
                else f"The address of {peer.title} leads to where no node can be."
            )
            self._peers.failed(peer.id, said)
            raise Refused(said) from error
        if came.status >= 500 and not _words(came):
            raise self._down(peer, line, None, timeout_s)
        line.failures, line.alone_until = 0, 0.0
        if came.status == 200:
            return came
        said = _words(came) or f"no, without a reason (HTTP {came.status})."
        self._peers.failed(peer.id, said)
        if came.status >= 500 or came.status == 429:
            raise PeerDown(f"{peer.title}'s node can't answer now: {said}", peer=peer.id)
        if came.status == 404:
            raise NotFound(f"{peer.title} says: {said}")
        raise Refused(f"{peer.title} says: {said}")

    def _expect_patience(self, peer: Peer, line: _Line, timeout_s: float) -> None:
        """Let one call through when a partner was left alone long enough; others fail at once."""
        now = self._clock()
        with self._lock:
            wait_s = line.alone_until - now
            if wait_s <= 0 and line.failures >= _FAILURES:
                line.alone_until = now + timeout_s
        if wait_s > 0:
            raise PeerDown(
                f"{peer.title}'s node did not answer lately.",
                peer=peer.id,
                advice=f"It is asked again in {wait_s:.0f} s.",
            )

    def _down(self, peer: Peer, line: _Line, error: Exception | None, timeout_s: float) -> PeerDown:
        with self._lock:
            line.failures += 1
            beyond = line.failures - _FAILURES
            if beyond >= 0:
                alone_s = min(_ALONE_S * 2 ** min(beyond, 8), _LONGEST_ALONE_S)
                line.alone_until = self._clock() + alone_s
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            said = f"{peer.title}'s node did not answer within {timeout_s:g} s."
        else:
            said = f"{peer.title}'s node did not answer: {_why(error)}."
        self._peers.failed(peer.id, said)
        return PeerDown(said, peer=peer.id, advice="The rest is answered without it.")

    def _unsigned(self, peer: Peer) -> Refused:
        return Refused(
            f"What answers at {peer.url} did not sign its answer: it is not {peer.title}'s node.",
            advice="Ask the people of that node whether its address changed.",
        )

    async def _exchange(
        self, line: _Line, kind: str, sealed: Sealed | None, timeout_s: float, at_most: int
    ) -> _Came:
        address = f"{line.url}/alliance/{kind}"
        content = None
        if sealed is not None:
            content = json.dumps(sealed.document(), ensure_ascii=False).encode()
        async with asyncio.timeout(timeout_s):
            if not line.is_checked:
                # Names are looked up, which would hold up all other calls.
                await asyncio.to_thread(line.guard.check, address)
                line.is_checked = True
            async with line.client.stream(
                "GET" if content is None else "POST",
                address,
                content=content,
                headers={"Content-Type": "application/json"} if content is not None else None,
            ) as response:
                line.guard.check_peer(address, response)
                body = bytearray()
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > at_most:
                        raise _TooLong(f"it sent more than {at_most:,} bytes.")
                return _Came(response.status_code, response.headers, bytes(body))

    # Connections

    def _line(self, peer: Peer) -> _Line:
        with self._lock:
            line = self._lines.get(peer.id)
            if line is not None and line.url == peer.url:
                return line
            if line is not None and self._loop is not None:
                asyncio.run_coroutine_threadsafe(line.client.aclose(), self._loop)
            made = self._lines[peer.id] = self._new_line(peer.url)
            return made

    def _new_line(self, url: str) -> _Line:
        host = httpx.URL(url).host
        client = httpx.AsyncClient(
            follow_redirects=False,
            trust_env=not _is_loopback(host),
            headers={
                "User-Agent": f"interurban/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            },
            timeout=None,  # noqa: S113 - the whole exchange has a limit
            limits=httpx.Limits(max_connections=_AT_ONCE, keepalive_expiry=30.0),
        )
        return _Line(url, client, Guard(url))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Work on the loop that all connections live on; begun with the first call."""
        with self._lock:
            if self._is_closed:
                work.close()
                raise TimeoutError("this node is closing")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(
                    target=self._loop.run_forever, name="alliance-calls", daemon=True
                )
                self._thread.start()
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError as error:
            raise TimeoutError("this node is closing") from error


def reach_of(url: str) -> Scope:
    """How far inside the network the host of an address lies, as far as its name alone tells."""
    host = httpx.URL(url).host
    try:
        return scope_of(host)
    except ValueError:
        return Scope.LOOPBACK if _is_loopback(host) else Scope.PUBLIC


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return scope_of(host) is Scope.LOOPBACK
    except ValueError:
        return False


def _id_of(sealed: Sealed) -> str:
    return str(json.loads(sealed.statement)["id"])


def _words(came: _Came) -> str:
    """What a problem document says, cut to what can be shown; empty when it is none."""
    if not came.headers.get("content-type", "").startswith("application/problem+json"):
        return ""
    try:
        document = json.loads(came.body)
        said = f"{document['detail']} {document.get('advice', '')}"
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    plain = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return plain[:_MAX_WORDS]


def _why(error: Exception | None) -> str:
    match error:
        case None:
            return "it is not ready"
        case TimeoutError() | httpx.TimeoutException():
            return "it took too long"
        case httpx.ConnectError():
            return "nothing listens there"
        case _TooLong():
            return str(error).rstrip(".")
        case _:
            return "the connection broke"
