"""The whole log is worked out again from what it says, and every byte that disagrees is named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from interurban.core.errors import InterurbanError, NotFound, StoreError

from . import tree
from .entries import WHO, Particular, canonical, hash_particular
from .heads import Countersignature, Head
from .keys import node_key
from .log import Log, log_path, opened

__all__ = ["Problem", "Verified", "verify"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the log that can't be; ``entry`` is the number it is about, if one."""

    what: str
    entry: int | None = None

    def __str__(self) -> str:
        return self.what if self.entry is None else f"Entry {self.entry}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong.

    Parameters
    ----------
    erased: entries whose particulars were deleted, as later entries say.
    """

    entries: int
    heads: int
    countersignatures: int
    erased: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(home: Path, since: Head | None = None, public: bytes | None = None) -> Verified:
    """Recompute every hash, root and signature of the log of a data folder.

    Parameters
    ----------
    since: a head that somebody kept; the log must have only grown since.
    public: the key that signed it; that of this node when absent.

    Raises
    ------
    NotFound: there is no log.
    """
    if not log_path(home).exists():
        raise NotFound("There is no audit log here.", advice="It begins with the first load.")
    problems: list[Problem] = []
    check = None
    try:
        with opened(home) as log:
            check = _Check(log, node_key(home).public if public is None else public)
            problems.extend(check.problems())
            if since is not None:
                problems += check.since(since)
    except StoreError as error:
        problems.append(Problem(error.what))
    found = tuple(dict.fromkeys(problems))
    if check is None:
        return Verified(0, 0, 0, 0, found)
    return Verified(check.entries, check.heads, check.countersigned, check.erased, found)


class _Check:
    """One reading of the log, in one transaction."""

    def __init__(self, log: Log, public: bytes) -> None:
        self._log, self._sql, self._public = log, log.connection, public
        self.entries = self.heads = self.countersigned = self.erased = 0

    def problems(self) -> Iterator[Problem]:
        self._sql.execute("BEGIN")
        try:
            yield from self._entries()
            yield from self._nodes()
            yield from self._particulars()
            yield from self._heads()
            yield from self._countersignatures()
            yield from self._witnessed()
            for (said,) in self._sql.execute("PRAGMA integrity_check(10)"):
                if said != "ok":
                    yield Problem(f"The file itself is damaged: {said}.")
        finally:
            self._sql.execute("ROLLBACK")

    def since(self, head: Head) -> Iterator[Problem]:
        """Whether the log goes on from a head that was kept elsewhere."""
        if not head.is_sound() or head.public != self._public:
            yield Problem("The head that was kept is not one that this node signed.")
        elif head.size > self.entries:
            yield Problem(
                f"The log has {self.entries} entries, and had {head.size} when the head that was "
                "kept was signed: entries were taken away."
            )
        elif self._log.root(head.size) != head.root:
            yield Problem(
                f"The first {head.size} entries are not those of the head that was kept: the log "
                "was rewritten."
            )

    def _entries(self) -> Iterator[Problem]:
        """Numbers without a gap, and each entry with its own hash."""
        rows = self._sql.execute(
            "SELECT number, CAST(entry AS BLOB), hash FROM entries "
            "LEFT JOIN nodes ON level = 0 AND position = number - 1 ORDER BY number"
        )
        for number, text, hashed in rows:
            self.entries += 1
            if number != self.entries:
                yield Problem(f"Entries {self.entries} to {number - 1} are not there.", number)
                self.entries = number
            if hashed is None:
                yield Problem("its hash is not there.", number)
            elif tree.leaf_hash(text) != hashed:
                yield Problem("what it says and its hash do not belong together.", number)

    def _nodes(self) -> Iterator[Problem]:
        """Each hash is that of the two below it; none is missing and none is too much."""
        rows = self._sql.execute(
            "SELECT n.level, n.position, n.hash, l.hash, r.hash FROM nodes n "
            "LEFT JOIN nodes l ON l.level = n.level - 1 AND l.position = 2 * n.position "
            "LEFT JOIN nodes r ON r.level = n.level - 1 AND r.position = 2 * n.position + 1 "
            "WHERE n.level > 0"
        )
        for level, position, hashed, left, right in rows:
            if left is None or right is None or tree.node_hash(left, right) != hashed:
                first = (position << level) + 1
                last = (position + 1) << level
                yield Problem(f"the hash over entries {first} to {last} is not theirs.", first)
        counted = self._sql.execute(
            "SELECT level, count(*), max(position) FROM nodes GROUP BY level ORDER BY level"
        )
        known = {level: (count, top) for level, count, top in counted}
        levels = self.entries.bit_length()
        for level in sorted(known.keys() | set(range(levels))):
            wanted = self.entries >> level if 0 <= level < levels else 0
            count, top = known.get(level, (0, -1))
            if count != wanted or top != wanted - 1:
                yield Problem(f"There are {count} hashes of level {level}, not {wanted}.")

    def _particulars(self) -> Iterator[Problem]:
        """What is kept beside an entry is what it has the hash of; what is not, was erased."""
        missing: dict[int, set[str]] = {}
        rows = self._sql.execute("SELECT number, CAST(entry AS BLOB) FROM entries ORDER BY number")
        kept = self._kept()
        coming = next(kept, None)
        for number, text in rows:
            try:
                said = json.loads(text)
                hashes = dict(said.get("hashed", {}))
                if said.get("kind") == "erasure":
                    self.erased += missing.pop(said["facts"]["entry"], None) is not None
            except (ValueError, TypeError, KeyError, AttributeError):
                yield Problem("it can't be read.", number)
                hashes = {}
            while coming is not None and coming[0] <= number:
                entry, particular = coming
                if entry < number or hashes.pop(particular.name, "") != _hash(particular):
                    yield Problem(
                        f"the {_named(particular.name)} kept beside it is not the one it has the "
                        "hash of.",
                        entry,
                    )
                coming = next(kept, None)
            if hashes:
                missing[number] = set(hashes)
        if coming is not None:
            yield Problem(f"Particulars are kept of entry {coming[0]}, which is not there.")
        for number, names in missing.items():
            listed = ", ".join(_named(name) for name in sorted(names))
            yield Problem(f"{listed} kept beside it is gone, and no entry says why.", number)

    def _kept(self) -> Iterator[tuple[int, Particular]]:
        rows = self._sql.execute(
            "SELECT entry, CAST(name AS BLOB), salt, CAST(value AS BLOB) FROM particulars "
            "ORDER BY entry, name"
        )
        for entry, name, salt, value in rows:
            yield (
                entry,
                Particular(
                    name.decode("utf-8", "replace"),
                    salt if isinstance(salt, bytes) else b"",
                    value.decode("utf-8", "replace"),
                ),
            )

    def _heads(self) -> Iterator[Problem]:
        """Every head is signed by this node, and its root is that of the entries it covers."""
        before = 0
        for size, head in self._read_heads():
            self.heads += 1
            about = before + 1
            told = f"The head of {size} entries"
            if not head.is_sound() or head.public != self._public or head.size != size:
                yield Problem(f"{told} is not as this node signed it.")
            elif size > self.entries:
                yield Problem(f"{told} covers entries that are not there.")
            elif self._log.root(size) != head.root:
                yield Problem(
                    f"the entries from here to {size} are not those that the head of {size} "
                    "entries was signed for.",
                    about,
                )
            before = size
        if before != self.entries:
            yield Problem("no signed head covers the entries from here on.", before + 1)

    def _read_heads(self) -> Iterator[tuple[int, Head]]:
        rows = self._sql.execute(
            "SELECT size, CAST(statement AS BLOB), public, signature FROM heads ORDER BY size"
        )
        for size, statement, public, signature in rows:
            yield size, Head(_text(statement), _bytes(public), _bytes(signature))

    def _countersignatures(self) -> Iterator[Problem]:
        rows = self._sql.execute(
            "SELECT size, CAST(witness AS BLOB), CAST(statement AS BLOB), public, signature "
            "FROM countersignatures"
        ).fetchall()
        for size, witness, statement, public, signature in rows:
            self.countersigned += 1
            signed = Countersignature(_text(statement), _bytes(public), _bytes(signature))
            try:
                sound = signed.is_sound(self._log.head(size)) and signed.witness == _text(witness)
            except (InterurbanError, sqlite3.Error):
                sound = False
            if not sound:
                yield Problem(f"The countersignature of the head of {size} entries does not hold.")

    def _witnessed(self) -> Iterator[Problem]:
        """Heads of others that were countersigned here: each follows from the one before."""
        rows = self._sql.execute(
            "SELECT CAST(node AS BLOB), size, CAST(statement AS BLOB), public, signature, "
            "CAST(path AS BLOB), CAST(own_statement AS BLOB), own_signature FROM witnessed "
            "ORDER BY node, size"
        ).fetchall()
        before: dict[str, Head] = {}
        for node, size, statement, public, signature, path, own, own_signature in rows:
            head = Head(_text(statement), _bytes(public), _bytes(signature))
            signed = Countersignature(_text(own), self._public, _bytes(own_signature))
            sound = head.is_sound() and signed.is_sound(head)
            if sound and (head.node, head.size) == (_text(node), size):
                last = before.get(head.node)
                sound = last is None or tree.is_consistent(
                    last.size, last.root, head.size, head.root, _path(path)
                )
                sound = sound and _text(path) == json.dumps([h.hex() for h in _path(path)])
                before[head.node] = head
            else:
                sound = False
            if not sound:
                yield Problem(f"The head of {size} entries of node {_text(node)} does not hold.")


def _named(name: str) -> str:
    return "name of who did it" if name == WHO else f"detail {name!r}"


def _hash(particular: Particular) -> str:
    try:
        if canonical(json.loads(particular.value)) != particular.value:
            return "not canonical"
    except ValueError:
        return "not JSON"
    return hash_particular(particular)


def _path(path: bytes) -> list[bytes]:
    try:
        return [bytes.fromhex(hashed) for hashed in json.loads(path)]
    except (ValueError, TypeError):
        return []


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
