"""Two logs that watch each other: heads of others are checked and countersigned.

A head is countersigned only when it is signed by the node it names and when its log has only grown
since the head of it that was seen last. Whoever rewrites a log can't show this any more, and what
was signed before stands against them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from interurban.core.errors import Refused

from . import tree
from .entries import Event
from .heads import Countersignature, Head, countersign
from .keys import node_key
from .log import Log, opened

__all__ = ["keep_countersignature", "last_countersigned", "last_witnessed", "witness"]


def witness(home: Path, head: Head, path: Sequence[bytes], public: bytes) -> Countersignature:
    """Check the head of another node's log, keep it, and countersign it.

    Parameters
    ----------
    head: as the other node sent it.
    path: the consistency path from the head that ``last_witnessed`` gives to this one; empty for
        the first.
    public: the other node's key, as it was agreed when the two were paired.

    Raises
    ------
    Refused: it is not signed with that key, or the log did not only grow. Both are recorded.
    """
    with opened(home) as log:
        before = _last(log, head.node) if head.is_sound() and head.public == public else None
        reason = _wrong(head, path, public, before)
        if reason:
            log.append([Event("witness", "refused a head", details={"reason": reason})])
            raise Refused(reason, advice="Stop syncing, and ask the people who run that node.")
        known = _signed(log, head)
        if known is not None:
            return known
        key = node_key(home)
        signed = countersign(key, head, datetime.now(UTC).isoformat(timespec="milliseconds"))
        with log.writing():
            log.connection.execute(
                "INSERT OR IGNORE INTO witnessed VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    head.node, head.size, head.statement, head.public, head.signature,
                    json.dumps([hashed.hex() for hashed in path]),
                    signed.statement, signed.signature,
                ],
            )  # fmt: skip
        seen: dict[str, int | str] = {"node": head.node, "size": head.size}
        log.append([Event("witness", "signed a head", facts=seen)])
        return signed


def last_witnessed(home: Path, node: str) -> Head | None:
    """The newest head of another node's log that was countersigned here."""
    with opened(home) as log:
        return _last(log, node)


def last_countersigned(home: Path, witness: str) -> Head | None:
    """The newest head of the own log that a witness signed, by the witness's fingerprint."""
    with opened(home) as log:
        row = log.connection.execute(
            "SELECT max(size) FROM countersignatures WHERE witness = ?", [witness]
        ).fetchone()
        return None if row[0] is None else log.head(row[0])


def keep_countersignature(home: Path, signed: Countersignature, public: bytes) -> None:
    """Keep what another node signed under a head of the own log.

    Parameters
    ----------
    public: the witness's key, as it was agreed when the two were paired.

    Raises
    ------
    NotFound: no such head was signed here.
    Refused: it is not that witness's signature under that head.
    """
    with opened(home) as log:
        try:
            head = log.head(signed.size)
        except (ValueError, KeyError, TypeError) as error:
            raise Refused("This is not a countersignature of a head.") from error
        if signed.public != public or not signed.is_sound(head):
            raise Refused(
                f"This is not the witness's signature under the head of {head.size} entries.",
                advice="Ask the witness to sign the head that this node gave it.",
            )
        with log.writing():
            log.connection.execute(
                "INSERT OR IGNORE INTO countersignatures VALUES (?, ?, ?, ?, ?)",
                [head.size, signed.witness, signed.statement, signed.public, signed.signature],
            )


def _wrong(head: Head, path: Sequence[bytes], public: bytes, before: Head | None) -> str:
    """Why a head can't be countersigned; empty when it can."""
    if not head.is_sound():
        return "The head is not signed by the node it names."
    if head.public != public:
        return "The head is signed with another key than the one agreed with that node."
    if before is None:
        return ""
    if before.size > head.size:
        return (
            f"The log has {head.size} entries and had {before.size}: entries were taken away, "
            "or this head is an old one."
        )
    if not tree.is_consistent(before.size, before.root, head.size, head.root, path):
        return f"The log does not go on from the {before.size} entries it had: it was rewritten."
    return ""


def _last(log: Log, node: str) -> Head | None:
    row = log.connection.execute(
        "SELECT statement, public, signature FROM witnessed WHERE node = ? "
        "ORDER BY size DESC LIMIT 1",
        [node],
    ).fetchone()
    return None if row is None else Head(*row)


def _signed(log: Log, head: Head) -> Countersignature | None:
    row = log.connection.execute(
        "SELECT own_statement, own_signature FROM witnessed WHERE node = ? AND size = ?",
        [head.node, head.size],
    ).fetchone()
    return None if row is None else Countersignature(row[0], node_key(log.home).public, row[1])
