"""Two nodes that watch each other's audit logs: heads are fetched, checked and countersigned.

A partner's log must only have grown since its head was seen last. If it did not, somebody rewrote
it, and nothing is exchanged until people have looked. Entries about witnessing itself are no news:
else two logs would make each other grow for ever.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interurban.core.alliance import Peer
from interurban.core.errors import BadRequest, NotFound, Refused
from interurban.policy.audit import (
    Countersignature,
    Log,
    keep_countersignature,
    last_countersigned,
    last_witnessed,
    log_path,
    opened,
    read_countersignature,
    read_head,
    witness,
)

from .strict import Strict

if TYPE_CHECKING:
    from .opened import Alliance

__all__ = ["Watched", "answer_heads", "newest_entry", "watched", "witness_log"]

_HASH = re.compile(r"[0-9a-f]{64}")
_PATH = 200
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Watched:
    """A head of a log that the other side signed.

    Parameters
    ----------
    size: entries it covers.
    at: when the head was signed by the log's own node, aware.
    """

    size: int
    at: datetime


def newest_entry(home: Path) -> int:
    """Number of the last entry that is news to a witness; 0 when there is none."""
    if not log_path(home).exists():
        return 0
    with opened(home) as log:
        found = log.entries(limit=_LOOKED_AT)
        return next((e.number for e in found if e.said["kind"] != "witness"), 0)


def answer_heads(alliance: Alliance, peer: Peer, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a witness: keep what it signed, and give the newest head and the way there.

    Parameters
    ----------
    asked: ``since``, the size of the head it signed last; ``signed``, a countersignature or null.

    Raises
    ------
    BadRequest: the question can't be read. Refused, NotFound: its signature is under no head here.
    """
    told = Strict(asked, "the question about the log")
    told.only("since", "signed")
    since = told.whole("since")
    if told.has("signed"):
        signed = told.raw("signed")
        if not isinstance(signed, Mapping):
            raise told.refuse("signed", "is no countersignature")
        try:
            keep_countersignature(alliance.home, read_countersignature(signed), peer.public)
        except (ValueError, KeyError, TypeError) as error:
            raise told.refuse("signed", "is no countersignature") from error
    if not log_path(alliance.home).exists():
        return {"head": None, "path": []}
    with opened(alliance.home) as log:
        return _newest(log, since)


def _newest(log: Log, since: int) -> dict[str, Any]:
    try:
        head = log.head()
    except NotFound:
        return {"head": None, "path": []}
    # Who has seen more than there is gets no path: they will draw their conclusion.
    path = log.consistency(since, head.size) if 0 < since <= head.size else []
    return {"head": head.document(), "path": [hashed.hex() for hashed in path]}


def witness_log(alliance: Alliance, peer: Peer) -> Countersignature | None:
    """Check the newest head of a partner's log, countersign it, and hand that over.

    Returns
    -------
    What was signed; ``None`` when the partner's log has no entry yet.

    Raises
    ------
    Refused: the log did not only grow; this is recorded, and the partner is frozen.
    PeerDown: it did not answer.
    """
    with _alone(alliance.home, peer):
        signed = _witnessed(alliance, peer)
    if signed is not None:
        alliance.calls.ask(peer, "heads", {"since": signed.size, "signed": signed.document()})
    return signed


@contextmanager
def _alone(home: Path, peer: Peer) -> Iterator[None]:
    """Nobody else witnesses that log meanwhile: the way from a head is none from a later one."""
    folder = home / "workspace" / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"witness-{peer.id}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _witnessed(alliance: Alliance, peer: Peer) -> Countersignature | None:
    before = last_witnessed(alliance.home, peer.fingerprint)
    since = 0 if before is None else before.size
    answer = alliance.calls.ask(peer, "heads", {"since": since, "signed": None})
    told = Strict(answer.body, "the answer about the log")
    told.only("head", "path")
    document = told.raw("head")
    if document is None and before is None:
        return None
    path = [bytes.fromhex(_hash(told, each)) for each in told.texts("path", 64, _PATH)]
    try:
        if not isinstance(document, Mapping):
            raise Refused(f"The log of {peer.title} has no head any more.")
        signed = witness(alliance.home, read_head(document), path, peer.public)
    except (BadRequest, Refused) as error:
        reason = f"Its audit log: {error.what}"
        alliance.peers.freeze(peer.id, reason, who=peer.id)
        raise Refused(
            f"{peer.title} is frozen. {reason}",
            advice="Ask the people who run that node.",
        ) from error
    return signed


def watched(home: Path, peer: Peer) -> tuple[Watched | None, Watched | None]:
    """The newest head of a partner's log that this node signed, and the reverse."""
    if not log_path(home).exists():
        return None, None
    theirs = last_witnessed(home, peer.fingerprint)
    ours = last_countersigned(home, peer.fingerprint)
    return (
        None
        if theirs is None
        else Watched(theirs.size, datetime.fromisoformat(theirs.said["time"])),
        None if ours is None else Watched(ours.size, datetime.fromisoformat(ours.said["time"])),
    )


def _hash(told: Strict, text: str) -> str:
    if not _HASH.fullmatch(text):
        raise told.refuse("path", "has something that is no hash")
    return text
