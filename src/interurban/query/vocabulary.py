"""The words a search line may use: datasets and their values, cities, and places by name.

The catalogue fills a ``Vocabulary`` from packs and snapshots; the search line knows nothing else
of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol

from interurban.core.city import City
from interurban.core.standard import Field, Roles

__all__ = ["DatasetWords", "FoundPlace", "Match", "PlaceFinder", "Vocabulary"]

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

    def search(self, text: str, city: str | None = None, limit: int = 10) -> Sequence[FoundPlace]:
        """Places of this name, of one that begins so, of one with these words, or like them."""


@dataclass(frozen=True, slots=True)
class DatasetWords:
    """What the search line needs to know of one loaded dataset.

    Parameters
    ----------
    aliases: words that mean this dataset, beside its title and its name.
    values: known values of its text fields, in the data's own spelling, commonest first.
    time_extent: first and last instant of its time field.
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

    @property
    def name(self) -> str:
        """The part of the id after the city."""
        return self.id.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All that a search line may name.

    Parameters
    ----------
    cities: by id, in the order in which they are shown.
    datasets: loaded ones; where two answer to the same word, the one that stands first is meant.
    """

    cities: Mapping[str, City]
    datasets: Sequence[DatasetWords]
    places: PlaceFinder
