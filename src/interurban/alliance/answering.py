"""The one door for what partners send: opened, checked, answered, or refused and recorded.

A message passes when its seal is sound, it is meant for this node and of these minutes, it never
came before, and its sender is a partner that both sides have said yes to. Only a request to pair
may come from anybody. Whatever is refused changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock
from types import MappingProxyType
from typing import Any

import structlog

from interurban import __version__
from interurban.catalog.node import Node
from interurban.core.alliance import Peer
from interurban.core.errors import BadRequest, InterurbanError, NotFound, Refused, StoreError
from interurban.policy.audit import record

from .feed import Feed
from .messages import Answer, Message, Sealed, Seen, seal, unseal
from .opened import Alliance
from .pairing import take_asking
from .witnessing import answer_heads

__all__ = ["Answer", "Answering", "Handler"]

_log = structlog.get_logger("interurban.alliance")

_PAIR, _HELLO = "pair", "hello"
_MOST_ASKS = 10_000
_RECORD_S = 60.0
_RECORDS_A_MINUTE = 20


Handler = Callable[[Peer, Message], Answer]
"""Answers a partner's message; what it raises is told to the partner."""


class Answering:
    """Answers partners.

    Parameters
    ----------
    alliance: of this node.
    node: what the feed tells of.
    handlers: kind of message to what answers it, beside ``hello``, ``feed`` and ``heads``.
    """

    def __init__(
        self,
        alliance: Alliance,
        node: Node,
        handlers: Mapping[str, Handler] = MappingProxyType({}),
    ) -> None:
        self._alliance = alliance
        self._feed = Feed(alliance, node)
        self._handlers: dict[str, Handler] = {
            _HELLO: lambda peer, message: Answer({"version": __version__}),  # noqa: ARG005
            "feed": lambda peer, message: Answer(self._feed.page(peer, message.body)),
            "heads": lambda peer, message: Answer(answer_heads(alliance, peer, message.body)),
            **handlers,
        }
        self._seen = Seen()
        self._strangers = Seen(at_most=_MOST_ASKS)
        self._refusals = _Refusals()

    @property
    def kinds(self) -> tuple[str, ...]:
        """What may be asked."""
        return (_PAIR, *self._handlers)

    def answer(
        self, kind: str, sealed: Sealed, *, address: str = "", now: datetime | None = None
    ) -> tuple[Sealed, bytes | None]:
        """Answer a message: the sealed statement, and the data it speaks of, if any.

        Parameters
        ----------
        address: where it came from, for the record of refusals.

        Raises
        ------
        NotFound: nothing of that kind is answered here.
        BadRequest, Refused: the message is not what it has to be; this is recorded.
        InterurbanError: whatever its handler raises.
        """
        try:
            message, peer = self._admitted(kind, sealed, now or datetime.now(UTC))
            standing = {} if peer else take_asking(self._alliance, message, sealed.public)
        except (BadRequest, Refused) as error:
            self.refuse(kind, error, sealed, address)
            raise
        answer = self._handlers[kind](peer, message) if peer else Answer(standing)
        body = dict(answer.body)
        if answer.content is not None:
            body |= {"sha256": sha256(answer.content).hexdigest(), "bytes": len(answer.content)}
        key = self._alliance.key
        return seal(key, kind, message.sender, body, answers=message.id), answer.content

    def close(self) -> None:
        """Begin nothing more."""
        self._feed.close()

    def card(self, body: Mapping[str, Any]) -> Sealed:
        """What this node says of itself to whoever asks first."""
        return seal(self._alliance.key, "card", None, body)

    def _admitted(self, kind: str, sealed: Sealed, now: datetime) -> tuple[Message, Peer | None]:
        """The message and its sender; no sender for a request to pair."""
        own = self._alliance.key.fingerprint
        if kind == _PAIR:
            message = unseal(sealed, kind=kind, own=own, now=now)
            self._strangers.take(message, now)
            return message, None
        if kind not in self._handlers:
            raise NotFound(
                f"Partners ask nothing called {kind[:40]!r} here.",
                advice=f"They ask {', '.join(self.kinds)}.",
            )
        message = unseal(sealed, kind=kind, own=own, now=now)
        peer = self._sender(message)
        if peer is None or peer.standing == "removed":
            raise Refused(
                f"The node {message.sender} is no partner of this one.",
                advice="Pair the two first: interurban peer add URL",
                part="from",
            )
        if peer.standing == "frozen":
            raise Refused(
                "Nothing is exchanged with your node until people have looked at it.",
                advice=f"The reason is: {peer.reason}",
                part="from",
            )
        is_greeted = kind == _HELLO and peer.standing == "asked"
        if not (peer.is_paired or is_greeted):
            raise Refused(
                "The people of this node have not said yes to yours yet.",
                advice="Ask them to compare fingerprints, and to accept it.",
                part="from",
            )
        self._seen.take(message, now)
        if is_greeted:
            # Somebody here compared this key and said yes; a node greets when its people have.
            peer = self._alliance.peers.accept(peer.id, who=peer.id)
        self._alliance.calls.heard(peer)
        return message, peer

    def _sender(self, message: Message) -> Peer | None:
        """Who sent a message; where they are no partner, as it stands at this very moment."""
        peers = self._alliance.peers
        found = peers.by_fingerprint(message.sender)
        if found is None or not found.is_paired:
            peers.look_again()
            found = peers.by_fingerprint(message.sender)
        return found

    def refuse(
        self, kind: str, error: InterurbanError, sealed: Sealed | None, address: str
    ) -> None:
        """Log a refusal, and record it: at most one a minute of each sender and reason."""
        sender = self._known_sender(sealed)
        reason = error.part or type(error).__name__.lower()
        _log.warning(
            "refused a message",
            kind=kind[:40], sender=sender or None, address=address, reason=error.what,
        )  # fmt: skip
        if not self._refusals.is_due((sender or address, kind[:40], reason)):
            return
        facts = {"peer": sender} if sender else {}
        details = {"kind": kind[:40], "reason": error.what[:500], "address": address}
        try:
            record(
                self._alliance.home, "peer", "refused a message",
                who=sender or "unknown", facts=facts, details=details,
            )  # fmt: skip
        except StoreError as failure:
            _log.error("a refusal could not be recorded", reason=str(failure))

    def _known_sender(self, sealed: Sealed | None) -> str:
        """The partner with the key a message came with, whether or not that key signed it."""
        if sealed is None:
            return ""
        known = self._alliance.peers.all()
        return next((peer.id for peer in known if peer.public == sealed.public), "")


class _Refusals:
    """Which refusals are written down, so that nobody fills the disk by being refused."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._last: dict[tuple[str, str, str], float] = {}

    def is_due(self, what: tuple[str, str, str]) -> bool:
        """Whether to record this one, now."""
        now = self._clock()
        with self._lock:
            self._last = {key: at for key, at in self._last.items() if now - at < _RECORD_S}
            if what in self._last or len(self._last) >= _RECORDS_A_MINUTE:
                return False
            self._last[what] = now
            return True
