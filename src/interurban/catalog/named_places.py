"""The places of a dataset that people know by name, as the gazetteer takes them.

Which datasets have such places is said by their standard, so that a new city's are found without a
word; a pack may say otherwise with the key ``gazetteer``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot
from interurban.core.query import And, Compare, Filter, IsNull, Literal, Name, Or, Query

from .gazetteer import KIND_RANK, PlaceTable

if TYPE_CHECKING:
    from .node import Node

__all__ = ["MOST_PLACES", "kind_of_places", "named_places"]

MOST_PLACES = 100_000
"""A dataset with more places than this (addresses, trees) is no list of names people know."""

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "bike_station": "bike station",
        "boundary": "area",
        "park": "park",
        "point_of_interest": "place",
        "school": "school",
        "transit_stop": "station",
    }
)
"""Standards whose features are places to go by, and what one is called."""

_STATIONS = (
    Compare("<>", Name("mode"), Literal("bus")),
    Compare("<=", Name("location_type"), Literal(1)),
)
"""Bus stops have the names of what they stand before, and entrances those of their station."""

_OTHER_NAMES = "other_name"
_AREA_RANK = 2


def kind_of_places(dataset: Dataset, city: City) -> str:
    """What a place of a dataset is called; empty when its features are no places to go by.

    The pack's own word counts most, then that of the city's boundary set, then the standard's.
    """
    if dataset.gazetteer is not None:
        return dataset.gazetteer
    standard = _standard(dataset)
    singular = next((one.singular for one in city.boundaries if one.dataset == dataset.id), "")
    return singular or _KINDS.get(standard, "")


def named_places(node: Node, snapshot: Snapshot, kind: str) -> PlaceTable | None:
    """The named places of one snapshot; ``None`` when it has none.

    Of an area or a line the place is a point on it.

    Parameters
    ----------
    kind: as ``kind_of_places`` gives it.

    Raises
    ------
    InterurbanError: they may not be read, or cannot be.
    """
    dataset = node.dataset(snapshot.dataset)
    columns = dict(_columns(snapshot, boundary=_standard(dataset) == "boundary"))
    if not kind or "label" not in columns or not 0 < snapshot.placed <= MOST_PLACES:
        return None
    query = Query(
        snapshot.dataset,
        where=_stations(snapshot) if _standard(dataset) == "transit_stop" else None,
        fields=tuple(dict.fromkeys(columns.values())),
        as_of=snapshot.version,
    )
    parts = [_part(batch, columns, kind) for batch in node.rows(query).batches]
    if not parts:
        return None
    # A division of a city is one, whatever word that city has for it.
    rank = _AREA_RANK if _standard(dataset) == "boundary" and kind not in KIND_RANK else None
    return PlaceTable(dataset.city, dataset.id, kind, pa.concat_tables(parts), rank)


def _columns(snapshot: Snapshot, *, boundary: bool) -> Iterator[tuple[str, str]]:
    """Which fields are the columns of a ``PlaceTable``.

    Only areas of a boundary set can be asked by ``in``; others are places like any. One without
    names has its ids.
    """
    key = snapshot.roles.key if boundary else None
    label = snapshot.roles.label or key
    if label is not None:
        yield "label", label
    if key is not None:
        yield "area", key
    if boundary and snapshot.field(_OTHER_NAMES) is not None:
        yield "other", _OTHER_NAMES


def _standard(dataset: Dataset) -> str:
    """The standard's name without its version."""
    return (dataset.standard or "").partition("@")[0]


def _stations(snapshot: Snapshot) -> Filter:
    """The stops that stand for themselves, by what the dataset says of them."""
    known = {field.name for field in snapshot.fields}
    return And(
        tuple(
            Or((IsNull(condition.left), condition))
            for condition in _STATIONS
            if isinstance(condition.left, Name) and condition.left.name in known
        )
    )


def _part(batch: pa.RecordBatch, columns: Mapping[str, str], kind: str) -> pa.Table:
    """Columns of text, and ``lon`` and ``lat`` in degrees, empty where a row has no place."""
    shapes = shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False))
    points = shapely.point_on_surface(shapes)
    table = {name: batch.column(field).cast(pa.string()) for name, field in columns.items()}
    if "area" in table:
        table["label"] = _area_labels(table["label"], table["area"], kind)
    table["lon"] = pa.array(shapely.get_x(points), pa.float64(), from_pandas=True)
    table["lat"] = pa.array(shapely.get_y(points), pa.float64(), from_pandas=True)
    return pa.table(table)


def _area_labels(labels: pa.Array, areas: pa.Array, kind: str) -> pa.Array:
    """The names of areas; one that has only a number, or none, is called after its kind."""
    labels = pc.coalesce(labels, areas)
    called = pc.binary_join_element_wise(kind[:1].upper() + kind[1:], labels, " ")
    return pc.if_else(pc.utf8_is_digit(labels), called, labels)
