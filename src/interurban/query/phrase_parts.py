"""What a search line is made of, before and after it is understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from interurban.core.query import Query

from .vocabulary import FoundPlace

__all__ = [
    "Chip",
    "ChipKind",
    "CityPart",
    "ConditionPart",
    "DatasetPart",
    "LimitPart",
    "LoosePart",
    "Part",
    "Phrase",
    "PlacePart",
    "TextPart",
    "TimePart",
    "Unread",
    "ValuePart",
]

ChipKind = Literal["dataset", "text", "field", "near", "in", "time", "limit"]


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing the line says.

    Parameters
    ----------
    label: what it means, in words.
    start, end: the characters of the line it stands for; without them the line means the rest.
    detail: more to show beside it: the dates of a sliding window, the kind of a place.
    """

    kind: ChipKind
    label: str
    start: int
    end: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """Characters of the line that could not be used."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A search line as it was understood.

    Parameters
    ----------
    chips: in the order of the line.
    queries: one for each dataset meant, those of one city together.
    hints: sentences for the person who typed it.
    places: the places that were found, best first for each chip.
    """

    text: str
    chips: tuple[Chip, ...]
    queries: tuple[Query, ...]
    unread: tuple[Unread, ...] = ()
    hints: tuple[str, ...] = ()
    places: tuple[FoundPlace, ...] = ()


# Before it is understood


@dataclass(frozen=True, slots=True)
class DatasetPart:
    """A word for datasets: those it means, in any city, first meant first.

    ``city``: the one it was named with (``chicago.crimes``); none other is meant then.
    """

    datasets: tuple[str, ...]
    city: str | None = None


@dataclass(frozen=True, slots=True)
class TextPart:
    """A word or phrase that text must contain."""

    text: str


@dataclass(frozen=True, slots=True)
class ValuePart:
    """A word that may be a known value: of which datasets and fields, and as they spell it."""

    text: str
    key: str


@dataclass(frozen=True, slots=True)
class ConditionPart:
    """``column:value``, ``column > value``, ``column:low..high``."""

    name: str
    op: str
    value: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class PlacePart:
    """A place: inside an area, or near a point.

    Parameters
    ----------
    found: places of that name, best first; empty for bare coordinates.
    point: longitude and latitude where coordinates were given.
    distance: as typed (``1/4 mi``), for the label.
    """

    kind: Literal["near", "in"]
    name: str
    found: Sequence[FoundPlace] = ()
    point: tuple[float, float] | None = None
    metres: float | None = None
    distance: str = ""


@dataclass(frozen=True, slots=True)
class CityPart:
    """A city by its name."""

    city: str


@dataclass(frozen=True, slots=True)
class TimePart:
    """A time by its words; each city reads them on its own clock."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitPart:
    """At most so many rows."""

    rows: int


@dataclass(frozen=True, slots=True)
class LoosePart:
    """Words that are nothing by themselves, and why."""

    hint: str = ""


Part = (
    DatasetPart
    | TextPart
    | ValuePart
    | ConditionPart
    | PlacePart
    | CityPart
    | TimePart
    | LimitPart
    | LoosePart
)
