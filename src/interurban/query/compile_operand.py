"""Operands of a filter: fields, constants and computations in types that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlglot import exp

from interurban.core import query as q
from interurban.core.dataset import Snapshot
from interurban.core.errors import InvalidFilter, UnknownField

from .sql import DUCKDB_TYPES, Parameters, call, cast, column, table

__all__ = ["Operands", "Table"]

_ARITHMETIC: dict[str, type[exp.Binary]] = {
    "+": exp.Add,
    "-": exp.Sub,
    "*": exp.Mul,
    "/": exp.Div,
    "%": exp.Mod,
}
_NUMBERS = ("integer", "number")


@dataclass(frozen=True, slots=True)
class Table:
    """Where the rows of one snapshot lie for the engine.

    Parameters
    ----------
    path: catalog, schema and name.
    time_zone: IANA name of the city's zone; dates without a zone are read in it.
    hot: it is the hot copy, which also holds ``_mercator`` (shapes in EPSG:3857) and ``_local``
        (the time role's instants in the city's zone).
    """

    path: tuple[str, ...]
    snapshot: Snapshot
    time_zone: str
    hot: bool = False

    @property
    def relation(self) -> exp.Table:
        """The table in a tree."""
        return table(self.path)

    @property
    def points(self) -> bool:
        """Whether every geometry is one point."""
        return self.snapshot.geometry == "point"

    @property
    def placed(self) -> bool:
        """Whether rows can have a geometry at all."""
        return self.snapshot.geometry != "none"

    def type_of(self, name: str, part: str | None = None) -> str:
        """Type of a field; UnknownField names the ones there are."""
        found = self.snapshot.field(name)
        if found is None:
            raise UnknownField(
                f"{self.snapshot.dataset} has no field {name!r}.",
                advice=f"Its fields are {', '.join(f.name for f in self.snapshot.fields)}.",
                part=part or name,
            )
        return found.type


@dataclass(frozen=True, slots=True)
class Operands:
    """Turns the operands of a filter into SQL, in types that fit each other."""

    table: Table
    parameters: Parameters

    def operand(self, node: q.Operand) -> exp.Expr:
        """The operand as it is."""
        match node:
            case q.Name(name):
                self.table.type_of(name, part="filter")
                return column(name)
            case q.Literal(value):
                return self.parameters.bind_literal(value)
            case q.Call(function, operand):
                if self.kind(operand) not in ("string", None):
                    raise InvalidFilter(f"{function.upper()} needs text.", part="filter")
                inner = self.operand(operand)
                return call("lower" if function == "casei" else "strip_accents", inner)
            case q.Arithmetic(op, left, right):
                for side in (left, right):
                    if self.kind(side) not in (*_NUMBERS, None):
                        raise InvalidFilter(f"{op} needs numbers on both sides.", part="filter")
                a, b = (cast(self.operand(side), "DOUBLE") for side in (left, right))
                if op == "^":
                    return call("pow", a, b)
                if op == "div":
                    return call("trunc", exp.Div(this=a, expression=b))
                return exp.paren(_ARITHMETIC[op](this=a, expression=b))

    def kind(self, node: q.Operand) -> str | None:
        """Field type an operand has; ``None`` for the missing value."""
        match node:
            case q.Name(name):
                kind = self.table.type_of(name, part="filter")
                if kind == "geometry":
                    raise InvalidFilter(
                        f"{name} is a geometry and can't be compared.",
                        advice="Use S_INTERSECTS, S_WITHIN or another spatial function.",
                        part="filter",
                    )
                return kind
            case q.Literal(value):
                return _kind_of_value(value)
            case q.Call():
                return "string"
            case q.Arithmetic():
                return "number"

    def alike(self, left: q.Operand, right: q.Operand) -> tuple[exp.Expr, exp.Expr]:
        """Both operands in one comparable type."""
        kind = self.kind(left)
        if isinstance(left, q.Literal) or kind is None:
            kind = self.kind(right) or kind
        about = right if isinstance(left, q.Literal) else left
        return self.typed(left, kind, about), self.typed(right, kind, about)

    def typed(self, node: q.Operand, kind: str | None, about: q.Operand) -> exp.Expr:
        """The operand as ``kind``; a literal is converted, a mismatch names the field."""
        if isinstance(node, q.Literal):
            value = self._convert(node.value, kind, about)
            if value is None:
                return exp.Null()
            if kind in ("integer", "number") and isinstance(value, float):
                return self.parameters.bind(value, "DOUBLE")
            return self.parameters.bind(value, DUCKDB_TYPES[kind or "string"])
        mine = self.kind(node)
        if mine == kind or None in (mine, kind) or {mine, kind} <= set(_NUMBERS):
            return self.operand(node)
        if {mine, kind} == {"date", "datetime"}:
            operand = self.operand(node)
            return self._midnight(operand) if mine == "date" else operand
        raise InvalidFilter(
            f"{_spoken(node)} is {_article(mine)} and {_spoken(about)} is {_article(kind)}: "
            "they can't be compared.",
            part="filter",
        )

    def _convert(self, value: q.Value, kind: str | None, about: q.Operand) -> q.Value:
        """A literal as a value of ``kind``."""
        mine = _kind_of_value(value)
        if mine is None or kind is None or mine == kind:
            return self.aware(value) if isinstance(value, datetime) else value
        if {mine, kind} <= set(_NUMBERS):
            return value
        if kind in ("datetime", "date") and isinstance(value, str | date):
            return self._moment(value, kind, about)
        raise InvalidFilter(
            f"{_spoken(about)} is {_article(kind)}; it can't be compared with {value!r}.",
            advice=_WRITE.get(kind, ""),
            part="filter",
        )

    def _moment(self, value: str | date, kind: str, about: q.Operand) -> q.Value:
        if isinstance(value, str):
            try:
                value = (
                    datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
                )
            except ValueError:
                raise InvalidFilter(
                    f"{_spoken(about)} is {_article(kind)}; {value!r} is not a date.",
                    advice=_WRITE[kind],
                    part="filter",
                ) from None
        if kind == "datetime":
            if not isinstance(value, datetime):
                value = datetime.combine(value, time())
            return self.aware(value)
        return (
            self.aware(value).astimezone(self.zone).date() if isinstance(value, datetime) else value
        )

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.table.time_zone)

    def aware(self, moment: datetime) -> datetime:
        """An instant; a naive time is read in the city's zone."""
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def _midnight(self, day: exp.Expr) -> exp.Expr:
        """The instant a local date begins."""
        return call(
            "timezone",
            self.parameters.bind(self.table.time_zone, "VARCHAR"),
            cast(day, "TIMESTAMP"),
        )


_WRITE = {
    "string": "Put text in quotes.",
    "integer": "Write a number without quotes.",
    "number": "Write a number without quotes.",
    "boolean": "Write TRUE or FALSE.",
    "date": "Write DATE('2018-08-01').",
    "datetime": "Write TIMESTAMP('2018-08-01T00:00:00Z') or DATE('2018-08-01').",
}


def _kind_of_value(value: q.Value) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case datetime():
            return "datetime"
        case date():
            return "date"
        case _:
            return "string"


def _article(kind: str | None) -> str:
    return {
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "date": "a date",
        "datetime": "a time",
        None: "missing",
    }.get(kind, str(kind))


def _spoken(node: q.Operand) -> str:
    return node.name if isinstance(node, q.Name) else "the expression"
