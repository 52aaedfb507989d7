"""What partners told this node: the newest of each city and dataset, and who told it first.

Nothing is merged. A city or a dataset is described by the partner who told it first; what others
tell of it later is kept beside it, listed as a conflict, and shown to nobody.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
import structlog

from interurban.core.alliance import Peer
from interurban.core.city import City
from interurban.core.errors import BadRequest
from interurban.store.control import Records

from .peers import Peers
from .tables import known, peers
from .told import Told, read_city, read_dataset

__all__ = ["CITY", "DATASET", "Conflict", "Known", "kept"]

_log = structlog.get_logger("interurban.alliance")

CITY, DATASET = "city", "dataset"
"""Kinds of what is told."""

_LOOK_S = 1.0
_COUNTED = ("paired", "frozen")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that a partner told and that is not taken from it.

    Parameters
    ----------
    kind: ``city`` or ``dataset``.
    taken_from: id of the partner it is taken from; empty where it is this node's own.
    """

    kind: str
    subject: str
    peer: str
    taken_from: str


def kept(document: Mapping[str, Any], first_at: int) -> str:
    """What stands in the table: the document, and when its partner told it first (microseconds)."""
    return json.dumps({"first": first_at, "told": document}, ensure_ascii=False)


class Known:
    """What partners told; a sync of another process is seen within a second.

    Parameters
    ----------
    records: opens the tables.
    peers: those who told it; of frozen ones it is still known, of removed ones no more.
    """

    def __init__(self, records: Callable[[], Records], peers: Peers) -> None:
        self._records = records
        self._peers = peers
        self._lock = Lock()
        self._looked = -_LOOK_S
        self._changes = 0
        self._seen: tuple[tuple[str, str, str], ...] = ()
        self._said = _Said()

    def datasets(self) -> Mapping[str, Told]:
        """Every dataset that a partner has, by id, each from the partner who told it first."""
        return self._newest().datasets

    def cities(self) -> Mapping[str, City]:
        """Every city that a partner described."""
        return self._newest().cities

    def city(self, city: str) -> City | None:
        """A city as the partner described it who told it first, or ``None``."""
        return self._newest().cities.get(city)

    def of(self, peer: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Ids of the cities and of the datasets that one partner told."""
        told = self._newest().told
        return (
            tuple(sorted(s for p, kind, s in told if (p, kind) == (peer, CITY))),
            tuple(sorted(s for p, kind, s in told if (p, kind) == (peer, DATASET))),
        )

    def conflicts(self, own: Collection[str] = ()) -> tuple[Conflict, ...]:
        """What was told and is not taken: by somebody else first, or this node has it itself.

        Parameters
        ----------
        own: ids of the datasets that are loaded here.
        """
        newest = self._newest()
        found = []
        for peer, kind, subject in sorted(newest.told, key=lambda each: (each[1], each[2])):
            taken_from = newest.first[kind, subject]
            if kind == DATASET and subject in own:
                found.append(Conflict(kind, subject, peer, ""))
            elif taken_from != peer:
                found.append(Conflict(kind, subject, peer, taken_from))
        return tuple(found)

    def look_again(self) -> None:
        """See at once what was taken in meanwhile."""
        self._changes += 1
        self._looked = -_LOOK_S

    def _newest(self) -> _Said:
        now = time.monotonic()
        if now - self._looked > _LOOK_S:
            with self._lock:
                if now - self._looked > _LOOK_S:
                    before = self._changes
                    self._look()
                    self._looked = now
                    if self._changes != before:  # while it was read
                        self._looked = -_LOOK_S
        return self._said

    def _look(self) -> None:
        told_by = [peer for peer in self._peers.all() if peer.standing in _COUNTED]
        seen = self._stamp(told_by)
        standings = {peer.id: peer for peer in told_by}
        if seen != self._seen:
            self._said = self._read(standings) if told_by else _Said()
            self._seen = seen
        elif told_by:
            self._said = self._said.by(standings)

    def _stamp(self, told_by: Sequence[Peer]) -> tuple[tuple[str, str, str], ...]:
        """How far each partner's feed was taken in: the hash of its last entry says it exactly."""
        if not told_by:
            return ()
        with self._records().reading() as connection:
            rows = connection.execute(sa.select(peers.c.id, peers.c.feed_root))
            roots = {row.id: row.feed_root for row in rows}
        return tuple((peer.id, peer.title, roots.get(peer.id, "")) for peer in told_by)

    def _read(self, told_by: Mapping[str, Peer]) -> _Said:
        wanted = sa.select(known).where(known.c.peer.in_(list(told_by)))
        with self._records().reading() as connection:
            rows = connection.execute(wanted).all()
        documents = {(row.peer, row.kind, row.subject): json.loads(row.document) for row in rows}
        order = sorted(documents, key=lambda key: (documents[key]["first"], key))
        first: dict[tuple[str, str], str] = {}
        for peer, kind, subject in order:
            first.setdefault((kind, subject), peer)
        cities: dict[str, City] = {}
        datasets: dict[str, Told] = {}
        for (kind, subject), peer in sorted(first.items()):
            told = documents[peer, kind, subject]["told"]
            try:
                if kind == CITY:
                    cities[subject] = read_city(told, subject)
                else:
                    datasets[subject] = read_dataset(told, subject, told_by[peer])
            except BadRequest as error:  # taken in by another version, which knew it otherwise
                _log.warning("what a partner told can't be read any more", why=str(error))
        return _Said(
            frozenset(documents),
            first,
            MappingProxyType(cities),
            MappingProxyType(datasets),
        )


@dataclass(frozen=True, slots=True)
class _Said:
    """All that was told: by whom, who told each first, and that of the first ones."""

    told: frozenset[tuple[str, str, str]] = frozenset()
    first: Mapping[tuple[str, str], str] = field(default_factory=dict)
    cities: Mapping[str, City] = field(default_factory=dict)
    datasets: Mapping[str, Told] = field(default_factory=dict)

    def by(self, peers: Mapping[str, Peer]) -> _Said:
        """The same, with partners as they stand now."""
        told = {
            name: one if one.peer == peers[one.peer.id] else replace(one, peer=peers[one.peer.id])
            for name, one in self.datasets.items()
        }
        if all(told[name] is one for name, one in self.datasets.items()):
            return self
        return replace(self, datasets=MappingProxyType(told))
