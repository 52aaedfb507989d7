"""The words a search line may use: datasets and their values, cities, and places by name.

The catalogue fills a ``Vocabulary`` from packs and snapshots; the search line knows nothing else
of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Literal, Protocol

from interurban.core.city import City
from interurban.core.standard import Field, Roles

from .wording import folded

__all__ = ["DatasetWords", "FoundPlace", "KnownValue", "Match", "PlaceFinder", "Vocabulary"]

Match = Literal["exact", "prefix", "words", "similar"]
"""How a name was found: as it is, as its beginning, by all its words, or by words like them."""


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place that has the name, or one like it.

    Parameters
    ----------
    kind: what it is, in words (``station``, ``borough``).
    lon, lat: degrees (WGS84); of an area, a point inside it.
    area: boundary dataset and area id when it is an area of a boundary set.
    """

    name: str
    kind: str
    city: str
    lon: float
    lat: float
    dataset: str
    area: tuple[str, str] | None = None
    match: Match = "exact"


class PlaceFinder(Protocol):
    """Places by name, best first; the gazetteer is one."""

    def named(self, name: str, city: str | None = None) -> Sequence[FoundPlace]:
        """Places of exactly this name; case, accents, punctuation and abbreviations ignored."""

    def search(
        self, text: str, city: str | None = None, limit: int = 10, *, similar: bool = True
    ) -> Sequence[FoundPlace]:
        """Places of this name, of one that begins so, of one with these words, or like them."""


@dataclass(frozen=True, slots=True)
class DatasetWords:
    """What the search line needs to know of one loaded dataset.

    Parameters
    ----------
    aliases: words that mean this dataset, beside its title and its name.
    values: known values of its text fields, in the data's own spelling, commonest first.
    time_extent: first and last instant of its time field.
    newest: last instant of each of the commonest values of its category.
    placed: whether it has places at all.
    """

    id: str
    city: str
    title: str
    fields: tuple[Field, ...]
    roles: Roles = field(default_factory=Roles)
    aliases: tuple[str, ...] = ()
    standard: str | None = None
    values: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    time_extent: tuple[datetime, datetime] | None = None
    newest: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    placed: bool = True

    @property
    def name(self) -> str:
        """The part of the id after the city."""
        return self.id.partition(".")[2]


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A value that a text field of a dataset is known to have."""

    dataset: str
    field: str
    value: str


@dataclass(frozen=True)
class Vocabulary:
    """All that a search line may name; make it once for a state of the node, it keeps indexes.

    Parameters
    ----------
    cities: by id, in the order in which they are shown.
    datasets: loaded ones; where two answer to the same word, the one that stands first is meant.
    """

    cities: Mapping[str, City]
    datasets: Sequence[DatasetWords]
    places: PlaceFinder

    @cached_property
    def by_id(self) -> Mapping[str, DatasetWords]:
        """Datasets by id."""
        return {dataset.id: dataset for dataset in self.datasets}

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """Folded id, with its city, to the id."""
        return {folded(dataset.id): dataset.id for dataset in self.datasets}

    @cached_property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """Folded alias, title or name to the ids it means; who is called so first, first."""
        own: dict[str, list[str]] = {}
        others: dict[str, list[str]] = {}
        for dataset in self.datasets:
            for name in (dataset.name, *dataset.aliases[:1]):
                own.setdefault(folded(name), []).append(dataset.id)
            for name in (dataset.title, *dataset.aliases[1:]):
                others.setdefault(folded(name), []).append(dataset.id)
        keys = (key for key in dict.fromkeys((*own, *others)) if key)
        return {
            key: tuple(dict.fromkeys([*own.get(key, ()), *others.get(key, ())])) for key in keys
        }

    @cached_property
    def values(self) -> Mapping[str, tuple[KnownValue, ...]]:
        """Folded value to where it stands; the category of a dataset before its other fields."""
        found: dict[str, list[KnownValue]] = {}
        for dataset in self.datasets:
            category = dataset.roles.category
            for field_name in sorted(dataset.values, key=lambda name: name != category):
                for value in dataset.values[field_name]:
                    known = KnownValue(dataset.id, field_name, value)
                    found.setdefault(folded(value), []).append(known)
        return {key: tuple(known) for key, known in found.items() if key}

    @cached_property
    def longest(self) -> int:
        """Words of the longest name or value."""
        return max(
            (key.count(" ") + 1 for key in (*self.ids, *self.names, *self.values)), default=1
        )
