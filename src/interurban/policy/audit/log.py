"""The log's store: one SQLite file, to which entries are added and in which nothing is changed.

Entries, the hashes of every complete tree over them, their particulars and a signed head are
written in one transaction that is on the disk before it counts. So a process that is killed at
any instant leaves the log as it was or longer, never between; and as SQLite lets one writer in at
a time, several processes add to one log and never to two.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from interurban.core.errors import BadRequest, NotFound, StoreError

from . import tree
from .entries import Event, Particular, write
from .heads import Countersignature, Head, sign_head
from .keys import node_key

__all__ = ["Entry", "Log", "Proof", "log_path", "opened"]

_BUSY_MS = 30_000
_VERSION = 1

_SCHEMA = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    kind TEXT GENERATED ALWAYS AS
        (CASE WHEN json_valid(entry) THEN json_extract(entry, '$.kind') END) VIRTUAL,
    dataset TEXT GENERATED ALWAYS AS
        (CASE WHEN json_valid(entry) THEN json_extract(entry, '$.dataset') END) VIRTUAL
);
CREATE INDEX entries_by_dataset ON entries (dataset, kind, number);
CREATE TABLE nodes (
    level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (level, position)
) WITHOUT ROWID;
CREATE TABLE heads (
    size INTEGER PRIMARY KEY, statement TEXT NOT NULL, public BLOB NOT NULL, signature BLOB NOT NULL
);
CREATE TABLE particulars (
    entry INTEGER NOT NULL, name TEXT NOT NULL, salt BLOB NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (entry, name)
) WITHOUT ROWID;
CREATE TABLE countersignatures (
    size INTEGER NOT NULL, witness TEXT NOT NULL, statement TEXT NOT NULL, public BLOB NOT NULL,
    signature BLOB NOT NULL, PRIMARY KEY (size, witness)
) WITHOUT ROWID;
CREATE TABLE witnessed (
    node TEXT NOT NULL, size INTEGER NOT NULL, statement TEXT NOT NULL, public BLOB NOT NULL,
    signature BLOB NOT NULL, path TEXT NOT NULL, own_statement TEXT NOT NULL,
    own_signature BLOB NOT NULL, PRIMARY KEY (node, size)
) WITHOUT ROWID;
"""
_KEPT = ("entries", "nodes", "heads", "countersignatures", "witnessed")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands in the log; ``number`` counts from 1, ``text`` is canonical JSON."""

    number: int
    text: str

    @property
    def said(self) -> dict[str, Any]:
        """The entry, read."""
        read: dict[str, Any] = json.loads(self.text)
        return read


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry stands in the log whose head is given.

    Parameters
    ----------
    path: hashes from the leaf's sibling up to the root.
    """

    entry: Entry
    head: Head
    path: tuple[bytes, ...]

    def document(self) -> dict[str, Any]:
        """As JSON for others: all that a check needs."""
        return {
            "entry": self.entry.number,
            "text": self.entry.text,
            "leaf_index": self.entry.number - 1,
            "leaf_hash": tree.leaf_hash(self.entry.text.encode()).hex(),
            "path": [hashed.hex() for hashed in self.path],
            "head": self.head.document(),
        }


def log_path(home: Path) -> Path:
    """Where the log of a data folder lies, whether it is there or not."""
    return home / "audit" / "log.sqlite"


@contextmanager
def opened(home: Path) -> Iterator[Log]:
    """The log of a data folder; it is begun if there is none.

    Raises
    ------
    StoreError: it can't be opened, read or written.
    """
    path = log_path(home)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(path)
        try:
            yield Log(home, connection)
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"The audit log can't be used: {error}.",
            advice="See what is wrong with: interurban audit verify",
        ) from error


class Log:
    """The log, opened by one thread; made by ``opened``."""

    def __init__(self, home: Path, connection: sqlite3.Connection) -> None:
        self.home = home
        self.connection = connection

    # Adding

    def append(self, events: Iterable[Event], at: datetime | None = None) -> int:
        """Add entries and sign the new head, all of it or nothing.

        Parameters
        ----------
        at: when it happened (aware); now when absent.

        Returns
        -------
        The number of the last entry.

        Raises
        ------
        StoreError: the key can't be used, or the file not be written.
        """
        with self.writing():
            return self._append(events, at)

    def erase(self, number: int, who: str) -> int:
        """Delete the particulars of an entry, and record that this was done.

        The entry stays, with hashes that say nothing any more.

        Returns
        -------
        The number of the entry that records it.

        Raises
        ------
        NotFound: there is no such entry.
        """
        told = Event("erasure", "deleted particulars", None, who, {"entry": number})
        with self.writing():
            self.entry(number)
            self.connection.execute("DELETE FROM particulars WHERE entry = ?", [number])
            erased = self._append([told], None)
        # What is deleted is overwritten in the file; let go of the copies in its journal too.
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction; writers queue."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def _append(self, events: Iterable[Event], at: datetime | None) -> int:
        key, size, nodes = node_key(self.home), self.size(), _Nodes(self.connection)
        if size and self.head().public != key.public:
            raise StoreError(
                "The node's key is not the one that its audit log is signed with.",
                advice="Put keys/node.pem of the data folder back from a backup.",
            )
        now = at or datetime.now(UTC)
        for event in events:
            text, particulars = write(event, now)
            self._add(size, text, particulars, nodes)
            size += 1
        if nodes.added:
            self._keep(nodes.added)
            self._sign(sign_head(key, size, tree.root(size, nodes), _now()))
        return size

    def _add(self, size: int, text: str, particulars: Sequence[Particular], nodes: _Nodes) -> None:
        number = size + 1
        self.connection.execute("INSERT INTO entries (number, entry) VALUES (?, ?)", [number, text])
        self.connection.executemany(
            "INSERT INTO particulars VALUES (?, ?, ?, ?)",
            [(number, p.name, p.salt, p.value) for p in particulars],
        )
        for level, position, hashed in tree.completed(size, tree.leaf_hash(text.encode()), nodes):
            nodes.add(level, position, hashed)

    def _keep(self, added: dict[tuple[int, int], bytes]) -> None:
        self.connection.executemany(
            "INSERT INTO nodes VALUES (?, ?, ?)",
            [(level, position, hashed) for (level, position), hashed in added.items()],
        )

    def _sign(self, head: Head) -> None:
        self.connection.execute(
            "INSERT INTO heads VALUES (?, ?, ?, ?)",
            [head.size, head.statement, head.public, head.signature],
        )

    # Reading

    def size(self) -> int:
        """How many entries there are."""
        found = self.connection.execute("SELECT coalesce(max(number), 0) FROM entries").fetchone()
        return int(found[0])

    def entry(self, number: int) -> Entry:
        """The entry of that number, from 1.

        Raises
        ------
        NotFound: there is none.
        """
        row = self.connection.execute(
            "SELECT number, entry FROM entries WHERE number = ?", [number]
        ).fetchone()
        if row is None:
            raise NotFound(
                f"The log has no entry {number}.",
                advice=f"It has entries 1 to {self.size()}." if self.size() else "It is empty.",
                part="entry",
            )
        return Entry(*row)

    def entries(
        self,
        *,
        limit: int,
        before: int | None = None,
        kind: str | None = None,
        dataset: str | None = None,
    ) -> list[Entry]:
        """Entries, the newest first.

        Parameters
        ----------
        before: only those with a smaller number.
        kind, dataset: only those of this kind, about this dataset.
        """
        conditions = ["number < ?"]
        wanted: list[Any] = [before if before is not None else 1 << 62]
        for column, value in (("kind", kind), ("dataset", dataset)):
            if value is not None:
                conditions.append(f"{column} = ?")
                wanted.append(value)
        rows = self.connection.execute(
            f"SELECT number, entry FROM entries WHERE {' AND '.join(conditions)} "  # noqa: S608
            "ORDER BY number DESC LIMIT ?",
            [*wanted, limit],
        )
        return [Entry(*row) for row in rows]

    def particulars(self, number: int) -> list[Particular]:
        """What is kept beside an entry; nothing when it was erased. For administrators only."""
        rows = self.connection.execute(
            "SELECT name, salt, value FROM particulars WHERE entry = ? ORDER BY name", [number]
        )
        return [Particular(*row) for row in rows]

    def head(self, size: int | None = None) -> Head:
        """The newest head, or the one that covers exactly ``size`` entries.

        Raises
        ------
        NotFound: nothing is recorded yet, or no head of that size was signed.
        """
        row = self.connection.execute(
            "SELECT statement, public, signature FROM heads WHERE size = coalesce(?, size) "
            "ORDER BY size DESC LIMIT 1",
            [size],
        ).fetchone()
        if row is None:
            said = "The log has no entry yet." if size is None else f"No head of {size} was signed."
            raise NotFound(said, advice="It begins with the first load.", part="size")
        return Head(*row)

    def countersignatures(self, size: int) -> list[Countersignature]:
        """What witnesses signed under the head of that size."""
        rows = self.connection.execute(
            "SELECT statement, public, signature FROM countersignatures WHERE size = ? "
            "ORDER BY witness",
            [size],
        )
        return [Countersignature(*row) for row in rows]

    def proof(self, number: int, size: int | None = None) -> Proof:
        """That an entry is in the log.

        Parameters
        ----------
        size: of the head it is proven against; the newest when absent.

        Raises
        ------
        NotFound: there is no such entry, or no head of that size.
        """
        entry, head = self.entry(number), self.head(size)
        if number > head.size:
            raise NotFound(
                f"Entry {number} is newer than the head of {head.size} entries.",
                advice="Ask for the proof against a newer head.",
                part="size",
            )
        path = tree.inclusion_path(number - 1, head.size, _Nodes(self.connection))
        return Proof(entry, head, tuple(path))

    def consistency(self, older: int, newer: int) -> list[bytes]:
        """The path that shows that the log only grew from one size to another.

        Raises
        ------
        BadRequest: the log never had these sizes, in this order.
        """
        if not 0 <= older <= newer <= self.size():
            raise BadRequest(
                f"The log has not grown from {older} to {newer} entries.",
                advice=f"Give two sizes from 0 to {self.size()}, the smaller one first.",
                part="from",
            )
        return tree.consistency_path(older, newer, _Nodes(self.connection))

    def root(self, size: int) -> bytes:
        """The root of the first ``size`` entries."""
        return tree.root(size, _Nodes(self.connection))


class _Nodes:
    """Complete trees by level and position: those in the file, and those not written yet."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.added: dict[tuple[int, int], bytes] = {}

    def add(self, level: int, position: int, hashed: bytes) -> None:
        self.added[level, position] = hashed

    def __call__(self, level: int, position: int) -> bytes:
        known = self.added.get((level, position))
        if known is not None:
            return known
        row = self._connection.execute(
            "SELECT hash FROM nodes WHERE level = ? AND position = ?", [level, position]
        ).fetchone()
        if row is None:
            raise StoreError(
                f"The audit log lacks a hash over entry {(position << level) + 1}.",
                advice="See what is wrong with: interurban audit verify",
            )
        return bytes(row[0])


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MS / 1_000)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        if connection.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
            _begin(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(connection: sqlite3.Connection) -> None:
    """Make the tables, with triggers that keep even us from changing what is written."""
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
        for table in _KEPT:
            for change in ("UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'nothing in the log is changed'); END"
                )
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
