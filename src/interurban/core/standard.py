"""A standard: the shared data model that every city's tables are mapped to."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["AMOUNT_KINDS", "FIELD_TYPES", "Amount", "Field", "Roles", "Standard"]

FIELD_TYPES = ("string", "integer", "number", "boolean", "date", "datetime", "geometry")
"""Types of a field, as in Frictionless Table Schema (``geometry``: WGS84, lon/lat)."""

AMOUNT_KINDS = ("flow", "stock", "rate")
"""How numbers add up, after Lenz and Shoshani, "Summarizability in OLAP" (1997).

A ``flow`` (crimes, kWh) adds up over areas and over time; a ``stock`` (people, dwellings) over
areas within one period; a ``rate`` (a price, a share, an index) never does: it is averaged.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a standard or of a dataset.

    Parameters
    ----------
    type: one of ``FIELD_TYPES``; ``datetime`` is an instant (with time zone).
    unit: the unit in words a person reads (``m``, ``USD``, ``kWh/m2``), empty when there is none.
    required: a row without it is left out; otherwise a broken value is only blanked.
    enum: the code list, empty when any value may stand.
    extra: the city's own column, not part of the standard.
    """

    name: str
    type: str
    title: str = ""
    description: str = ""
    unit: str = ""
    required: bool = False
    enum: tuple[str, ...] = ()
    minimum: float | str | None = None
    maximum: float | str | None = None
    source: str = ""
    extra: bool = False


@dataclass(frozen=True, slots=True)
class Roles:
    """Which field plays which part on a screen and in a query; ``None`` when none does.

    ``time`` is the field of the time slider, ``category`` colours the map and the chart,
    ``label`` names a feature, ``key`` identifies it, ``search`` are read by free text,
    ``value`` is the number a choropleth or a sensor shows.
    """

    key: str | None = None
    time: str | None = None
    category: str | None = None
    label: str | None = None
    value: str | None = None
    search: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """How the numbers of a standard whose rows are aggregates add up; they play the role ``value``.

    Parameters
    ----------
    kind: one of ``AMOUNT_KINDS``; empty when the unit of each row tells.
    period: the field that says when; a date, or an integer year.
    area: the field with the code of the area in a boundary dataset.
    parent: the field with what an area is a part of, as ``area_name`` names it: a row about an
        area that others are parts of is a total.
    apart: fields whose values are different things, never added to one another.
    unit: the field with the unit of each row; empty when the field ``value`` has one for all.
    words: what is counted, in a sentence; empty when the unit says it.
    """

    kind: str = ""
    period: str = ""
    area: str = ""
    parent: str = ""
    apart: tuple[str, ...] = ()
    unit: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Standard:
    """A shared data model with a version (``service_request@1``).

    ``geometry`` says what a feature may be: ``point``, ``line``, ``polygon``, ``any`` or ``none``.
    ``amount`` is there when each row is an aggregate of many things, not one of them.
    """

    name: str
    version: int
    title: str
    description: str
    based_on: str
    geometry: str
    fields: tuple[Field, ...]
    roles: Roles = field(default_factory=Roles)
    amount: Amount | None = None

    @property
    def id(self) -> str:
        """Name and version as they are written everywhere: ``service_request@1``."""
        return f"{self.name}@{self.version}"
