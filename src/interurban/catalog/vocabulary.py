"""What the search line may name, read from the node's own data and kept while they last.

Words and places of a dataset belong to one snapshot of it: after a commit only those are read
again. They are read through the node like any question, so that the door stands before them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa

from interurban.core.dataset import Dataset, Snapshot
from interurban.core.errors import InterurbanError
from interurban.core.query import ByField, During, Measure, Order, Query
from interurban.core.standard import Field
from interurban.query.vocabulary import DatasetWords, Vocabulary
from interurban.query.wording import folded
from interurban.store.running import Waiter, waited_for

from .gazetteer import Gazetteer, PlaceTable
from .named_places import kind_of_places, named_places
from .packs import Packs

if TYPE_CHECKING:
    from .node import Node

__all__ = ["MOST_OTHER_VALUES", "MOST_VALUES", "Wordbook"]

MOST_VALUES = 500
"""Values of a dataset's category that are known, commonest first."""

MOST_OTHER_VALUES = 200
"""Another field with more values than this (names, addresses) is searched as text instead."""

_MOST_EXAMPLES = 20
"""Values of a category whose newest time is known: lines to begin with are made of them."""

_PATIENCE_S = 1.0

_SHARED_BY_MANY = frozenset(
    {
        "area_statistic",
        "boundary",
        "point_of_interest",
        "sensor_observation",
        "street_segment",
        "transit_line",
        "transit_stop",
        "zone",
    }
)
"""Standards of many different things: libraries of one city are no answer to toilets of another."""

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _State:
    """What a vocabulary was read from: the packs, and the version of every loaded dataset."""

    packs: Packs
    versions: Mapping[str, int]

    def is_of(self, other: _State) -> bool:
        """Whether nothing has changed between the two."""
        return self.packs is other.packs and self.versions == other.versions


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one snapshot gave."""

    version: int
    kind: str
    values: Values
    newest: Mapping[str, datetime]
    places: PlaceTable | None


class Wordbook:
    """The vocabulary of a node as it is now, read on a thread of its own.

    Parameters
    ----------
    node: whose loaded datasets, values and places are read, as any reader may see them.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="wordbook")
        self._reading: Future[None] | None = None
        self._closing = threading.Event()
        self._waiter = Waiter()
        self._known: tuple[_State, Vocabulary] | None = None
        self._entries: dict[str, _Entry] = {}
        self._gazetteer = Gazetteer()
        self._indexed: list[PlaceTable] = []

    def close(self) -> None:
        """Read no more; what is being read is stopped."""
        self._closing.set()
        self._waiter.leave()
        self._reader.shutdown(wait=True, cancel_futures=True)

    def prepare(self) -> None:
        """Begin to read, so that the first line need not wait for all of it."""
        with self._lock:
            self._begin()

    def newest(self) -> Vocabulary:
        """Everything that may be named now; waits until it is read."""
        return self._vocabulary(None)

    def ready(self) -> Vocabulary:
        """The same without a long wait: for a moment after a commit, what was known before it."""
        return self._vocabulary(_PATIENCE_S)

    def _vocabulary(self, patience_s: float | None) -> Vocabulary:
        end = time.monotonic() + (patience_s or 0)
        while True:
            state = self._state()
            with self._lock:
                known = self._known
                if known is not None and known[0].is_of(state):
                    return known[1]
                reading = self._begin()
            if known is None or patience_s is None:
                reading.result()
                continue
            try:
                reading.result(max(0.0, end - time.monotonic()))
            except TimeoutError:
                return known[1]

    def _begin(self) -> Future[None]:
        """The reading under way, or a new one; under the lock."""
        if self._reading is None or self._reading.done():
            self._reading = self._reader.submit(self._read)
        return self._reading

    def _state(self) -> _State:
        versions = {name: found.version for name, found in self._node.snapshots().items()}
        return _State(self._node.packs, versions)

    # Reading; only one thread does it

    def _read(self) -> None:
        state, snapshots = self._state(), self._node.snapshots()
        # As the packs call them: a synthetic dataset is found by the same words as a real one.
        described = sorted(self._node.packs.datasets.values(), key=lambda dataset: dataset.id)
        datasets = [dataset for dataset in described if dataset.id in snapshots]
        datasets.sort(key=lambda dataset: _interest(snapshots[dataset.id]))
        entries: dict[str, _Entry] = {}
        for dataset in datasets:
            if self._closing.is_set():
                return
            with waited_for(self._waiter):
                entries[dataset.id] = self._entry(dataset, snapshots[dataset.id])
        self._entries = entries
        words = [_words(d, snapshots[d.id], self._entries[d.id]) for d in datasets]
        vocabulary = Vocabulary(self._node.cities, words, self._places())
        _ = vocabulary.longest  # makes the indexes here, not under the first line
        self._known = (state, vocabulary)

    def _entry(self, dataset: Dataset, snapshot: Snapshot) -> _Entry:
        kind = kind_of_places(dataset, self._node.city(dataset.city))
        entry = self._entries.get(dataset.id)
        if entry is not None and (entry.version, entry.kind) == (snapshot.version, kind):
            return entry
        if snapshot.peer:
            # To read its values would be to wait for a partner, and nobody's line waits for that.
            return _Entry(snapshot.version, kind, MappingProxyType({}), MappingProxyType({}), None)
        try:
            places = named_places(self._node, snapshot, kind)
            values = dict(_values(self._node, snapshot, named=places is not None))
            newest = _newest(self._node, snapshot, self._node.city(dataset.city).zone)
        except InterurbanError:
            # Refused to readers, or out of order: that must not take the whole line away.
            places, values, newest = None, {}, {}
        return _Entry(
            snapshot.version, kind, MappingProxyType(values), MappingProxyType(newest), places
        )

    def _places(self) -> Gazetteer:
        """The index; made again only when some dataset's places have changed."""
        tables = [entry.places for entry in self._entries.values() if entry.places is not None]
        if list(map(id, tables)) != list(map(id, self._indexed)):
            self._gazetteer, self._indexed = Gazetteer(tables), tables
        return self._gazetteer


def _interest(snapshot: Snapshot) -> tuple[bool, int]:
    """Orders datasets as they are offered: events of some kind at a time and place, most first."""
    roles = snapshot.roles
    whole = bool(roles.time and roles.category and snapshot.placed)
    return not whole, -snapshot.rows


def _words(dataset: Dataset, snapshot: Snapshot, entry: _Entry) -> DatasetWords:
    category = entry.values.get(snapshot.roles.category or "", ())
    narrowing = {folded(value) for value in category} if len(category) > 1 else set()
    standard = snapshot.standard or ""
    return DatasetWords(
        id=dataset.id,
        city=dataset.city,
        title=dataset.title,
        fields=snapshot.fields,
        roles=snapshot.roles,
        # "theft" must narrow the crimes, even where a pack takes it for another word for them;
        # alone it finds them still, being of their category.
        aliases=tuple(alias for alias in dataset.aliases if folded(alias) not in narrowing),
        standard=standard if standard.partition("@")[0] not in _SHARED_BY_MANY else None,
        values=entry.values,
        newest=entry.newest,
        time_extent=snapshot.time_extent,
        placed=snapshot.placed > 0,
    )


def _values(
    node: Node, snapshot: Snapshot, *, named: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Fields with known values, commonest first.

    They are the category, the fields of free text that turn out to have few values, and those
    with a code list, if more than one of its codes stands there.

    Parameters
    ----------
    named: its features are places: their names and ids are no values then.
    """
    roles = snapshot.roles
    for field in snapshot.fields:
        category = field.name == roles.category
        name = named and field.name in (roles.label, roles.key)
        listed = bool(field.enum)
        wanted = category or listed or field.name in roles.search
        if field.type != "string" or field.name == snapshot.id_field or name or not wanted:
            continue
        most = MOST_VALUES if category else MOST_OTHER_VALUES
        values = _commonest(node, snapshot, field, most + 1)
        if category:
            yield field.name, values[:most]
        elif len(values) <= most and not (listed and len(values) < 2):
            yield field.name, values


def _commonest(node: Node, snapshot: Snapshot, field: Field, limit: int) -> tuple[str, ...]:
    query = Query(
        snapshot.dataset,
        measures=(Measure("count"),),
        groups=(ByField(field.name),),
        order=(Order("count", descending=True),),
        limit=limit,
        as_of=snapshot.version,
    )
    values = node.aggregate(query).column(field.name).to_pylist()
    return tuple(value for value in values if value is not None and value.strip())


def _newest(node: Node, snapshot: Snapshot, zone: ZoneInfo) -> dict[str, datetime]:
    """The last instant of each of the commonest values of the category; no time to come counts."""
    category, moment = snapshot.roles.category, snapshot.field(snapshot.roles.time or "")
    if category is None or moment is None:
        return {}
    last = Measure("max", moment.name)
    query = Query(
        snapshot.dataset,
        where=During(None, datetime.now(UTC)),
        measures=(Measure("count"), last),
        groups=(ByField(category),),
        order=(Order("count", descending=True),),
        limit=_MOST_EXAMPLES,
        as_of=snapshot.version,
    )
    found = node.aggregate(query)
    times = found.column(last.name)
    if pa.types.is_timestamp(times.type):
        times = times.cast(pa.timestamp("us", tz="UTC"))
    rows = zip(found.column(category).to_pylist(), times.to_pylist(), strict=True)
    return {
        value: _instant(when, zone)
        for value, when in rows
        if isinstance(value, str) and when is not None
    }


def _instant(when: date | datetime, zone: ZoneInfo) -> datetime:
    """A time as an instant; a day is where it begins in the city."""
    if isinstance(when, datetime):
        return when
    return datetime.combine(when, datetime.min.time(), tzinfo=zone)
