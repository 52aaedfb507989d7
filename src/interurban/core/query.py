"""The one representation of every question: map, table, chart, tile, count and export alike.

Dialects (``interurban.query``) turn text into these frozen values; the compiler turns them into
SQL. Nothing here knows either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal as OneOf

from shapely.geometry.base import BaseGeometry

__all__ = [
    "And",
    "Arithmetic",
    "BBox",
    "Between",
    "ByArea",
    "ByCell",
    "ByField",
    "ByTime",
    "Call",
    "Compare",
    "Cursor",
    "Distance",
    "During",
    "Filter",
    "Group",
    "InArea",
    "InList",
    "IsNull",
    "Like",
    "Literal",
    "Measure",
    "Name",
    "Near",
    "Not",
    "Operand",
    "Or",
    "Order",
    "Place",
    "Query",
    "Spatial",
    "Text",
    "TimeSpan",
    "Value",
    "Within",
]

Value = str | int | float | bool | date | datetime | None


# Operands


@dataclass(frozen=True, slots=True)
class Name:
    """A field of the dataset by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; it is always bound, never written into SQL."""

    value: Value


@dataclass(frozen=True, slots=True)
class Call:
    """``casei`` (ignore case) or ``accenti`` (ignore accents) of one operand."""

    function: OneOf["casei", "accenti"]
    operand: Operand


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``+ - * / % ^ div`` of two operands."""

    op: OneOf["+", "-", "*", "/", "%", "^", "div"]
    left: Operand
    right: Operand


Operand = Name | Literal | Call | Arithmetic


# Conditions


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: Filter


@dataclass(frozen=True, slots=True)
class Compare:
    """``= <> < > <= >=`` of two operands; a comparison with a missing value is not true."""

    op: OneOf["=", "<>", "<", ">", "<=", ">="]
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """Low <= operand <= high."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class InList:
    """The operand equals one of the values."""

    operand: Operand
    values: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Like:
    r"""SQL LIKE: ``%`` any run, ``_`` one character, ``\`` escapes."""

    operand: Operand
    pattern: Operand


@dataclass(frozen=True, slots=True)
class IsNull:
    """The operand has no value."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Text:
    """Free text: every word or quoted phrase is contained, case ignored, in a search field."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spatial:
    """A spatial predicate (``s_intersects`` ...) of the feature's geometry and a shape (WGS84)."""

    op: OneOf[
        "s_intersects",
        "s_equals",
        "s_disjoint",
        "s_touches",
        "s_within",
        "s_overlaps",
        "s_crosses",
        "s_contains",
    ]
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Distance:
    """The feature lies within ``metres`` of a shape (WGS84), measured on the ground."""

    shape: BaseGeometry
    metres: float


@dataclass(frozen=True, slots=True)
class During:
    """A time field (``None``: the role's) lies in a half-open interval; ``None`` is open."""

    start: datetime | None
    end: datetime | None
    field: str | None = None


Filter = (
    And | Or | Not | Compare | Between | InList | Like | IsNull | Text | Spatial | Distance | During
)


# Place and time


@dataclass(frozen=True, slots=True)
class BBox:
    """West, south, east, north in degrees (WGS84)."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Near:
    """Within ``metres`` of a point, measured on the ground; ``label`` is what a person typed."""

    lon: float
    lat: float
    metres: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """Inside or touching a drawn shape (WGS84)."""

    shape: BaseGeometry
    label: str = ""


@dataclass(frozen=True, slots=True)
class InArea:
    """Inside one area of a boundary dataset, by the area's id; resolved before compiling."""

    boundary: str
    area: str
    label: str = ""


Place = BBox | Near | Within | InArea


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Half-open interval of the dataset's time field; ``None`` is open. Instants are aware."""

    start: datetime | None
    end: datetime | None
    label: str = ""


# Measures and groups


@dataclass(frozen=True, slots=True)
class Measure:
    """``count`` of rows, or a statistic of a number field; ``percentile`` takes ``q`` in 0..1."""

    kind: OneOf["count", "sum", "avg", "min", "max", "percentile"]
    field: str | None = None
    q: float | None = None

    @property
    def name(self) -> str:
        """Column name of the answer: ``count``, ``avg_cost``, ``p95_cost``."""
        if self.kind == "count":
            return "count"
        if self.kind == "percentile":
            return f"p{100 * (self.q or 0):g}_{self.field}"
        return f"{self.kind}_{self.field}"


@dataclass(frozen=True, slots=True)
class ByField:
    """One group for each value of a field."""

    field: str


@dataclass(frozen=True, slots=True)
class ByTime:
    """One group for each period, in the city's own time zone.

    ``unit``: ``year quarter month week day hour`` are instants (the period's start, local);
    ``hour_of_day`` 0-23, ``weekday`` 1 (Monday)-7 and ``month_of_year`` 1-12 are cycles.
    """

    unit: OneOf[
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "hour",
        "hour_of_day",
        "weekday",
        "month_of_year",
    ]
    field: str | None = None


@dataclass(frozen=True, slots=True)
class ByCell:
    """One group for each cell of the global grid: web-mercator squares, 2**level on a side."""

    level: int


@dataclass(frozen=True, slots=True)
class ByArea:
    """One group for each area of a boundary dataset (the area the feature's centre lies in)."""

    boundary: str


Group = ByField | ByTime | ByCell | ByArea


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a field or a measure's name; missing values come last."""

    by: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the last page ended, in the natural order (Morton key, row number)."""

    key: int
    row: int


@dataclass(frozen=True, slots=True)
class Query:
    """A question to one dataset.

    Parameters
    ----------
    fields: fields to give, in order; empty gives all.
    measures, groups: an aggregate instead of rows when ``measures`` is not empty.
    order: empty is the natural order (neighbours on the map stand together).
    as_of: a snapshot's version, or an instant; ``None`` is the newest.
    after: continue behind this place of the natural order; ``offset`` where ``order`` is given.
    """

    dataset: str
    where: Filter | None = None
    places: tuple[Place, ...] = ()
    times: tuple[TimeSpan, ...] = ()
    fields: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    groups: tuple[Group, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    after: Cursor | None = None
    as_of: int | datetime | None = None
