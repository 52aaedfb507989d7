"""Messages between nodes: sealed by the sender's key, for one receiver, once, and only for minutes.

A sealed message is a *statement*, canonical JSON, and an Ed25519 signature under it. The statement
names its kind, its sender and its receiver by fingerprint, the instant, an id of its own and, in an
answer, the id of the message it answers; so none can be forged, sent on to another node, sent again
later, or passed off as the answer to something else.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from types import MappingProxyType
from typing import Any

from interurban.core.errors import BadRequest, Refused
from interurban.policy.audit import NodeKey, canonical, fingerprint, is_signed

__all__ = ["FRESH", "Answer", "Message", "Sealed", "Seen", "packed", "seal", "unpacked", "unseal"]

FRESH = timedelta(minutes=5)
"""How far the clocks of two nodes may lie apart, and how long a message can be used."""

_KIND = "alliance message"
_MEMBERS = {"answers", "at", "body", "from", "id", "kind", "to"}
_ID_BYTES = 16
_FIRST = "first"
"""Stands for the receiver where the sender can't know its key yet: when it first asks."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a node told another.

    Parameters
    ----------
    kind: what it is about (``feed``, ``query``, ``agreement`` ...); an answer's kind is that of
        its question.
    sender, to: fingerprints.
    answers: id of the message it answers; empty for a question.
    """

    kind: str
    sender: str
    to: str
    at: datetime
    id: str
    body: Mapping[str, Any]
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a node answers to a message, before it is sealed.

    Parameters
    ----------
    body: facts as JSON; of ``content``, its ``sha256`` and ``bytes`` are added.
    content: data that travel beside the statement.
    """

    body: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message as it travels and is kept: the statement, the sender's key, the signature."""

    statement: str
    public: bytes
    signature: bytes

    def document(self) -> dict[str, str]:
        """As JSON."""
        return {
            "statement": self.statement,
            "public_key": self.public.hex(),
            "signature": self.signature.hex(),
        }

    @classmethod
    def read(cls, document: object) -> Sealed:
        """Read what ``document`` wrote.

        Raises
        ------
        BadRequest: it is no sealed message.
        """
        if not isinstance(document, Mapping):
            raise _unreadable("it is not an object")
        parts = [document.get(name) for name in ("statement", "public_key", "signature")]
        try:
            statement, public, signature = (part for part in parts if isinstance(part, str))
            statement.encode()  # half a character is no text, and nothing could be signed with it
            return cls(statement, bytes.fromhex(public), bytes.fromhex(signature))
        except ValueError as error:
            raise _unreadable("statement, public_key or signature is missing") from error


class Seen:
    """Ids of messages that came lately; a message that comes a second time is refused.

    Parameters
    ----------
    since: when this process began to remember; what was sealed before is refused, as it may have
        been used already.
    at_most: ids kept; more in ``FRESH`` are not taken.
    """

    def __init__(self, since: datetime | None = None, at_most: int = 1_000_000) -> None:
        self._since = since or datetime.now(UTC)
        self._at_most = at_most
        self._ids: dict[str, datetime] = {}
        self._lock = Lock()

    def take(self, message: Message, now: datetime) -> None:
        """Note a message; Refused when it was there before, or may have been."""
        with self._lock:
            if len(self._ids) > 1_000 and next(iter(self._ids.values())) < now - 2 * FRESH:
                self._ids = {k: at for k, at in self._ids.items() if at >= now - 2 * FRESH}
            if message.id in self._ids:
                raise Refused("This message was used already.", advice="Seal a new one.", part="id")
            # The sender's clock may be behind ours, so a second of grace is all a restart costs.
            if message.at < self._since - timedelta(seconds=1):
                raise Refused(
                    "This message was sealed before this node started.",
                    advice="Seal a new one.",
                    part="at",
                )
            if len(self._ids) >= self._at_most:
                raise Refused("More messages came than can be told apart.", advice="Try later.")
            self._ids[message.id] = message.at


def seal(
    key: NodeKey,
    kind: str,
    to: str | None,
    body: Mapping[str, Any],
    *,
    answers: str = "",
    now: datetime | None = None,
) -> Sealed:
    """Seal a message.

    Parameters
    ----------
    to: fingerprint of the receiver; ``None`` where its key can't be known yet.
    answers: id of the message it answers.
    """
    statement = canonical(
        {
            "answers": answers,
            "at": (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds"),
            "body": body,
            "from": key.fingerprint,
            "id": secrets.token_hex(_ID_BYTES),
            "kind": kind,
            "to": to or _FIRST,
        }
    )
    return Sealed(statement, key.public, key.sign(_KIND, statement.encode()))


def unseal(
    sealed: Sealed,
    *,
    kind: str,
    own: str,
    public: bytes | None = None,
    answers: str = "",
    now: datetime | None = None,
    first: bool = False,
    fresh: bool = True,
) -> Message:
    """Open a message, if it is what it says and meant for this node now.

    Parameters
    ----------
    kind: what it has to be about.
    own: this node's fingerprint.
    public: the sender's key, as it is known; ``None`` where anybody may ask.
    answers: id of the message that it has to answer.
    first: whether it may be meant for whoever answers here.
    fresh: whether it has to be of these minutes; not for what was kept.

    Raises
    ------
    BadRequest: it can't be read.
    Refused: it is forged, for somebody else, of another kind, or too old or new.
    """
    message = _read(sealed)
    if fingerprint(sealed.public) != message.sender:
        raise Refused("The message names another sender than the key it comes with.", part="from")
    if public is not None and sealed.public != public:
        raise Refused(
            f"The message is signed by {message.sender}, which is another key than the one the "
            "two nodes agreed on.",
            advice="Compare fingerprints by telephone, then pair the nodes again.",
            part="public_key",
        )
    if not is_signed(sealed.public, _KIND, sealed.statement.encode(), sealed.signature):
        raise Refused("The signature is not one under this message.", part="signature")
    if message.kind != kind:
        raise Refused(f"This is a message about {message.kind!r}, not {kind!r}.", part="kind")
    if message.to != own and not (first and message.to == _FIRST):
        raise Refused("This message is meant for another node.", part="to")
    if message.answers != answers:
        raise Refused("This answers another message.", part="answers")
    if fresh:
        _check_clock(message, now or datetime.now(UTC))
    return message


def _check_clock(message: Message, now: datetime) -> None:
    apart = message.at - now
    if abs(apart) > FRESH:
        side = "ahead of" if apart > timedelta() else "behind"
        raise Refused(
            f"The message was sealed at {message.at:%H:%M:%S} UTC, and here it is "
            f"{now.astimezone(UTC):%H:%M:%S}: it is old, or its sender's clock is {side} ours by "
            f"{abs(apart).total_seconds() / 60:.0f} minutes.",
            advice="Set both clocks by a time server (NTP).",
            part="at",
        )


def _read(sealed: Sealed) -> Message:
    try:
        said = json.loads(sealed.statement)
        if set(said) != _MEMBERS or canonical(said) != sealed.statement:
            raise _unreadable("its statement is not canonical, or has other members")
        at = datetime.fromisoformat(said["at"])
        texts = [said[name] for name in ("answers", "from", "id", "kind", "to")]
        if not isinstance(said["body"], dict) or not all(isinstance(t, str) for t in texts):
            raise _unreadable("a member is of another type")
        if at.tzinfo is None or len(said["id"]) != 2 * _ID_BYTES:
            raise _unreadable("its time or its id is wrong")
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable("its statement can't be read") from error
    return Message(
        said["kind"], said["from"], said["to"], at, said["id"], said["body"], said["answers"]
    )


def _unreadable(why: str) -> BadRequest:
    return BadRequest(f"This is no sealed message: {why}.", advice="See docs/alliance.md.")


def packed(sealed: Sealed) -> str:
    """A sealed message as it stands in a header."""
    text = json.dumps(sealed.document(), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def unpacked(header: str) -> Sealed:
    """Read what ``packed`` wrote; BadRequest when it is none."""
    try:
        document = json.loads(base64.urlsafe_b64decode(header.encode()))
    except (ValueError, RecursionError):
        document = None
    return Sealed.read(document)
