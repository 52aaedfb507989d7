"""A city: its identity, its clock, its ruler and its boundary sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

__all__ = ["NOT_STATED", "BoundarySet", "City", "Licence"]


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms a dataset is published under, and the words that must stand beside it."""

    id: str
    title: str
    url: str
    attribution: str


NOT_STATED = Licence("not-stated", "Not stated", "", "Not stated")
"""Of data whose publisher names no terms, and of files of people's own; every city knows it."""


@dataclass(frozen=True, slots=True)
class BoundarySet:
    """One way of dividing a city, with the years it was in force.

    Parameters
    ----------
    name: the kind of area, the same for every vintage (``wards``).
    dataset: id of the boundary dataset that holds the polygons.
    singular: what one of them is called (``ward``).
    valid_from, valid_to: first and last day in force; ``None`` is open.
    """

    name: str
    dataset: str
    singular: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class City:
    """A place with an id, a time zone, a working CRS and boundary sets.

    Parameters
    ----------
    time_zone: IANA name; naive times of this city's sources are read in it.
    crs: working CRS in metres (``EPSG:26971``); lengths and areas are computed in it.
    bounds: west, south, east, north in degrees (WGS84): the first view of the map.
    region: the same, wider: a coordinate outside it is not of this city.
    units: ``metric`` or ``imperial``, the default of its screens.
    suppression_threshold: counts of people below this are hidden where a policy asks for it.
    """

    id: str
    name: str
    country: str
    time_zone: str
    crs: str
    bounds: tuple[float, float, float, float]
    region: tuple[float, float, float, float]
    locale: str
    units: str
    suppression_threshold: int
    boundaries: tuple[BoundarySet, ...] = ()
    licences: tuple[Licence, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as Python knows it."""
        return ZoneInfo(self.time_zone)
