"""What the search line may name, read from the node's own data and kept while they last.

Words and places of a dataset belong to one snapshot of it: a new one is read again, the others
stay. Reading both cities whole takes some seconds, so it is done once and then by the dataset.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from interurban.core.city import BoundarySet
from interurban.core.dataset import Dataset, Snapshot
from interurban.core.query import ByField, Measure, Order, Query
from interurban.query.vocabulary import DatasetWords, Vocabulary

from .gazetteer import Gazetteer, PlaceTable
from .node import Node

__all__ = ["Wordbook"]

_MOST_VALUES = 200
"""A field with more values than this has no vocabulary: names and addresses are searched."""

_MOST_OTHER_PLACES = 5_000
"""A dataset of more places of no known kind (trees, meters) holds nothing to go by."""

_PLACE = "place"
_WHOLE_CITY = "city"
_NAMED: Mapping[str | None, tuple[str, str | None, str]] = MappingProxyType(
    {
        "transit_stop@1": ("stop_name", "mode", "station"),
        "park@1": ("name", None, "park"),
        "school@1": ("name", None, "school"),
        "bike_station@1": ("name", None, "bike station"),
        "point_of_interest@1": ("name", "category", _PLACE),
    }
)
"""Standards whose features are places to go by: field of the name, of the kind, and the kind."""

_KINDS = MappingProxyType({"bus": "bus stop", "library": "library", "intersection": "corner"})


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one snapshot gives."""

    version: int
    words: DatasetWords
    places: tuple[PlaceTable, ...]


class Wordbook:
    """The vocabulary of a node as it is now.

    Parameters
    ----------
    node: whose loaded datasets, values and places are read.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._stamp: tuple[object, ...] = ()
        self._vocabulary: Vocabulary | None = None

    def vocabulary(self) -> Vocabulary:
        """Everything a search line may name now.

        While one thread reads what is new, the others are given what was known before.
        """
        snapshots = self._node.snapshots()
        stamp = (self._node.packs, *((name, s.version) for name, s in sorted(snapshots.items())))
        known = self._vocabulary
        if known is not None and (stamp == self._stamp or self._lock.locked()):
            return known
        with self._lock:
            if self._vocabulary is None or stamp != self._stamp:
                self._vocabulary = self._read(snapshots)
                self._stamp = stamp
            return self._vocabulary

    def _read(self, snapshots: Mapping[str, Snapshot]) -> Vocabulary:
        fresh: dict[str, _Entry] = {}
        for dataset in self._node.datasets():
            snapshot = snapshots.get(dataset.id)
            if snapshot is None:
                continue
            entry = self._entries.get(dataset.id)
            if entry is None or entry.version != snapshot.version:
                entry = self._entry(dataset, snapshot)
            fresh[dataset.id] = entry
        self._entries = fresh
        tables = [table for entry in fresh.values() for table in entry.places]
        words = [entry.words for entry in fresh.values()]
        return Vocabulary(self._node.cities, words, Gazetteer(tables))

    def _entry(self, dataset: Dataset, snapshot: Snapshot) -> _Entry:
        words = DatasetWords(
            id=dataset.id,
            city=dataset.city,
            title=dataset.title,
            fields=snapshot.fields,
            roles=snapshot.roles,
            aliases=dataset.aliases,
            standard=snapshot.standard,
            values={name: values for name, values in self._values(snapshot) if values},
            time_extent=snapshot.time_extent,
            placed=snapshot.placed > 0,
        )
        return _Entry(snapshot.version, words, tuple(self._places(dataset, snapshot)))

    # Values

    def _values(self, snapshot: Snapshot) -> Iterator[tuple[str, Sequence[str]]]:
        """Fields with few enough values to know them all, and these, commonest first."""
        roles = snapshot.roles
        for name in dict.fromkeys((roles.category, roles.label, *roles.search)):
            field = snapshot.field(name) if name else None
            if field is None or field.type != "string" or field.name == snapshot.id_field:
                continue
            query = Query(
                snapshot.dataset,
                measures=(Measure("count"),),
                groups=(ByField(field.name),),
                order=(Order("count", descending=True),),
                limit=_MOST_VALUES + 1,
                as_of=snapshot.version,
            )
            values = self._node.aggregate(query).column(field.name).to_pylist()
            if len(values) <= _MOST_VALUES:
                yield field.name, tuple(value for value in values if value)

    # Places

    def _places(self, dataset: Dataset, snapshot: Snapshot) -> Iterator[PlaceTable]:
        boundary = self._boundary(dataset)
        if snapshot.placed == 0:
            return
        if boundary is not None:
            yield from self._areas(dataset, snapshot, boundary)
        elif snapshot.standard in _NAMED:
            yield from self._features(dataset, snapshot, *_NAMED[snapshot.standard])

    def _areas(
        self, dataset: Dataset, snapshot: Snapshot, boundary: BoundarySet
    ) -> Iterator[PlaceTable]:
        key, label = snapshot.roles.key, snapshot.roles.label
        if key and label and boundary.name != _WHOLE_CITY:
            other = "other_name" if snapshot.field("other_name") else None
            table = self._table(snapshot, {"label": label, "area": key, "other": other})
            yield PlaceTable(dataset.city, dataset.id, boundary.singular, table)

    def _features(
        self, dataset: Dataset, snapshot: Snapshot, label: str, kind_field: str | None, kind: str
    ) -> Iterator[PlaceTable]:
        if snapshot.field(label) is None:
            return
        if kind_field is None or snapshot.field(kind_field) is None:
            table = self._table(snapshot, {"label": label})
            yield PlaceTable(dataset.city, dataset.id, kind, table)
            return
        table = self._table(snapshot, {"label": label, "kind": kind_field})
        kinds = table.column("kind")
        for value in pc.unique(kinds).to_pylist():
            if value not in _KINDS and kind == _PLACE and snapshot.rows > _MOST_OTHER_PLACES:
                continue
            same = pc.is_null(kinds) if value is None else pc.equal(kinds, value)
            own = _KINDS.get(value or "", kind)
            yield PlaceTable(dataset.city, dataset.id, own, table.filter(same))

    def _boundary(self, dataset: Dataset) -> BoundarySet | None:
        city = self._node.city(dataset.city)
        return next((one for one in city.boundaries if one.dataset == dataset.id), None)

    def _table(self, snapshot: Snapshot, fields: Mapping[str, str | None]) -> pa.Table:
        """Text columns under the names given, and ``lon``, ``lat`` of a point of each feature."""
        named = {column: field for column, field in fields.items() if field}
        query = Query(
            snapshot.dataset, fields=tuple(dict.fromkeys(named.values())), as_of=snapshot.version
        )
        parts: list[pa.Table] = []
        for batch in self._node.rows(query).batches:
            shapes = shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False))
            points = shapely.point_on_surface(shapes)
            columns = {
                column: pc.cast(batch.column(field), pa.string()) for column, field in named.items()
            }
            columns["lon"] = pa.array(shapely.get_x(points), pa.float64(), from_pandas=True)
            columns["lat"] = pa.array(shapely.get_y(points), pa.float64(), from_pandas=True)
            parts.append(pa.table(columns))
        if not parts:
            empty = {column: pa.array([], pa.string()) for column in named}
            return pa.table(empty | {axis: pa.array([], pa.float64()) for axis in ("lon", "lat")})
        return pa.concat_tables(parts)
