"""The feed of a node for one partner: what it told, entry by entry, in an order nobody can change.

Each entry names its number, what changed, and the hash of the entry before it; its own hash is
SHA-256 over its canonical JSON. So whoever holds one hash can tell whether what comes after it
goes on from there, and a feed that was rewritten, or lacks an entry, gives itself away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog

from interurban.catalog.node import Node
from interurban.core.alliance import Peer
from interurban.core.errors import InterurbanError
from interurban.policy.audit import canonical

from .peers import GENESIS
from .strict import Strict
from .tables import feed, instant, microseconds
from .telling import Subject, told_now
from .witnessing import newest_entry

if TYPE_CHECKING:
    from .opened import Alliance

__all__ = ["CHANGES", "Entry", "Feed"]

CHANGES = ("insert", "update", "delete")

_log = structlog.get_logger("interurban.alliance")

_PAGE, _PAGE_BYTES = 500, 400_000
_MOST_BYTES = 300_000
"""Longest document of one entry, so that every entry fits into a message."""

_WAIT_S = 1.5
"""How long a partner waits for what changed to be worked out; then it is told what is known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed.

    Parameters
    ----------
    number: from 1, without a gap.
    change: ``insert``, ``update`` or ``delete``.
    kind, subject: of what: ``city`` or ``dataset``, and its id.
    document: as it is now; ``None`` of what is not there any more.
    before: hash of the entry before it.
    at: when it was written, RFC 3339.
    """

    number: int
    change: str
    kind: str
    subject: str
    document: Mapping[str, Any] | None
    before: str
    at: str

    @property
    def hash(self) -> str:
        """SHA-256 over its canonical JSON, hex."""
        return sha256(canonical(self.as_json()).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """As it travels."""
        return {
            "number": self.number,
            "change": self.change,
            "kind": self.kind,
            "subject": self.subject,
            "document": self.document,
            "before": self.before,
            "at": self.at,
        }


class Feed:
    """What this node tells its partners.

    Parameters
    ----------
    alliance: of this node; its feeds are kept there.
    node: what is told.
    """

    def __init__(self, alliance: Alliance, node: Node) -> None:
        self._alliance = alliance
        self._node = node
        self._lock = Lock()
        self._under_way: dict[str, Future[int]] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="alliance-feed")

    def page(self, peer: Peer, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What a partner has not heard yet, in pages.

        Parameters
        ----------
        asked: ``since``, the number of the last entry it has.

        Returns
        -------
        ``entries``; number and hash of the newest one; and how many entries the audit log has.

        Raises
        ------
        BadRequest: it asks for no number.
        """
        told = Strict(asked, "the question about the feed")
        told.only("since")
        since = told.whole("since")
        self._catch_up(peer)
        return self._read(peer, since) | {"log": newest_entry(self._alliance.home)}

    def refresh(self, peer: Peer) -> int:
        """Write down what has changed since the last entry; gives the newest number.

        Raises
        ------
        StoreError: something can't be read now; the feed stays as it is.
        """
        now = {
            subject: document
            for subject, document in told_now(self._alliance, self._node, peer).items()
            if _fits(subject, document)
        }
        with self._alliance.records.reading() as connection:
            number, _, before = _newest(connection, peer.id)
        if not _changes(before, now):
            return number
        with self._alliance.records.writing() as connection:
            # Somebody else may have written them meanwhile: look again where nobody else can.
            number, root, before = _newest(connection, peer.id)
            at = datetime.now(UTC)
            for change, (kind, subject), document in _changes(before, now):
                number += 1
                text = None if document is None else canonical(document)
                entry = Entry(number, change, kind, subject, document, root, _written(at))
                row = {
                    "peer": peer.id,
                    "number": number,
                    "change": change,
                    "kind": kind,
                    "subject": subject,
                    "document": text or "",
                    "before": root,
                    "hash": entry.hash,
                    "at": microseconds(at),
                }
                connection.execute(sa.insert(feed).values(row))
                root = entry.hash
        return number

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _catch_up(self, peer: Peer) -> None:
        """Look for changes, and wait a while for it: a release may have to be written first."""
        with self._lock:
            work = self._under_way.get(peer.id)
            if work is None or work.done():
                work = self._under_way[peer.id] = self._pool.submit(self.refresh, peer)
        with suppress(NotYet):
            try:
                work.result(_WAIT_S)
            except InterurbanError as error:
                _log.warning(
                    "what a partner is told is not up to date", peer=peer.id, why=str(error)
                )

    def _read(self, peer: Peer, since: int) -> dict[str, Any]:
        with self._alliance.records.reading() as connection:
            rows = connection.execute(
                sa.select(feed)
                .where(feed.c.peer == peer.id, feed.c.number > since)
                .order_by(feed.c.number)
                .limit(_PAGE)
            ).all()
            # Asked last: what is written meanwhile is then newer than the page, never missing.
            newest = connection.execute(
                sa.select(feed.c.number, feed.c.hash)
                .where(feed.c.peer == peer.id)
                .order_by(feed.c.number.desc())
                .limit(1)
            ).first()
        entries: list[dict[str, Any]] = []
        size = 0
        for row in rows:
            size += len(row.document.encode())
            if entries and size > _PAGE_BYTES:
                break
            entries.append(_entry(row).as_json())
        number, root = (newest.number, newest.hash) if newest is not None else (0, GENESIS)
        return {"entries": entries, "newest": number, "root": root}


def _entry(row: Any) -> Entry:
    document = json.loads(row.document) if row.document else None
    at = _written(instant(row.at))
    return Entry(row.number, row.change, row.kind, row.subject, document, row.before, at)


def _newest(connection: sa.Connection, peer: str) -> tuple[int, str, dict[Subject, str]]:
    """Number and hash of the last entry, and the newest document of each subject still told."""
    last = (
        sa.select(sa.func.max(feed.c.number).label("number"))
        .where(feed.c.peer == peer)
        .group_by(feed.c.kind, feed.c.subject)
        .subquery()
    )
    rows = connection.execute(
        sa.select(feed).join(last, feed.c.number == last.c.number).where(feed.c.peer == peer)
    ).all()
    if not rows:
        return 0, GENESIS, {}
    newest = max(rows, key=lambda row: row.number)
    told = {(row.kind, row.subject): row.document for row in rows if row.change != "delete"}
    return newest.number, newest.hash, told


def _changes(
    before: Mapping[Subject, str], now: Mapping[Subject, Mapping[str, Any]]
) -> list[tuple[str, Subject, Mapping[str, Any] | None]]:
    """What to write: cities before the datasets in them, and away in the other order."""
    found: list[tuple[str, Subject, Mapping[str, Any] | None]] = []
    for subject, document in now.items():
        if subject not in before:
            found.append(("insert", subject, document))
        elif canonical(document) != before[subject]:
            found.append(("update", subject, document))
    gone = sorted((s for s in before if s not in now), key=lambda s: (s[0] == "city", s))
    return [*found, *(("delete", subject, None) for subject in gone)]


def _fits(subject: Subject, document: Mapping[str, Any]) -> bool:
    size = len(canonical(document).encode("utf-8", "replace"))
    if size > _MOST_BYTES:
        _log.warning("too long to be told", kind=subject[0], subject=subject[1], bytes=size)
    return size <= _MOST_BYTES


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
