"""What a value must be to stand in a standard, as conditions over the mapped columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from interurban.core.city import City
from interurban.core.standard import Field

from .trees import (
    all_of,
    any_of,
    call,
    case,
    cast,
    column,
    equals,
    glue,
    greater,
    greater_or_equal,
    is_null,
    less,
    negate,
    number,
    one_of,
    text,
)

__all__ = ["Check", "field_checks", "place_checks"]

FIRST_YEAR = 1000
"""Before it, a year is a slip of the pen (0016-07-01), not history."""

LAST_YEAR = 9999

_FAMILIES = {
    "line": ("LINESTRING", "MULTILINESTRING"),
    "polygon": ("POLYGON", "MULTIPOLYGON"),
}
Box = tuple[exp.Expr, ...]
"""West, south, east, north of a shape."""

_CODES_SHOWN = 12
_DECIMALS = 5
"""Decimals of a degree in a reason: about a metre."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that may be wrong with a field.

    Parameters
    ----------
    action: ``row`` when the row is left out, ``value`` when only the value is blanked.
    condition: TRUE for a broken row; over the mapped columns, as is ``reason``.
    reason: a text expression that says what is wrong, in words a person reads.
    """

    field: str
    action: str
    condition: exp.Expr
    reason: exp.Expr


def field_checks(field: Field) -> Iterator[Check]:
    """The checks that a field's type and constraints ask for; ``required`` comes first."""
    value = column(field.name)
    action = "row" if field.required else "value"
    if field.required:
        yield Check(field.name, action, is_null(value), text("required, and there is no value"))
    if field.type == "number":
        not_finite = negate(call("isfinite", value))
        yield Check(field.name, action, not_finite, text("not a finite number"))
    if field.type in ("date", "datetime"):
        yield _era_check(field, action)
    if field.enum:
        known = one_of(value, [text(code) for code in field.enum])
        yield Check(field.name, action, negate(known), _unknown_code(field, value))
    for limit, words, broken in (
        (field.minimum, "less than", less),
        (field.maximum, "more than", greater),
    ):
        if limit is not None:
            condition = broken(value, _limit(limit, field.type))
            yield Check(field.name, action, condition, text(f"{words} {limit}"))


def place_checks(field: Field, kind: str, city: City, *, only_points: bool) -> Iterator[Check]:
    """The checks of a geometry: in the city's region, and of the kind its standard has.

    A standard of points takes every kind: a shape has a middle.

    Parameters
    ----------
    kind: ``point``, ``line``, ``polygon``, or ``any``.
    only_points: whether the mapping can make nothing but single points; that is cheaper to check.
    """
    shape = column(field.name)
    action = "row" if field.required else "value"
    if only_points:
        x, y = call("ST_X", shape), call("ST_Y", shape)
        box: Box = (x, y, x, y)
    else:
        box = tuple(call(f"ST_{side}", shape) for side in ("XMin", "YMin", "XMax", "YMax"))
    yield Check(field.name, action, negate(_meets(box, city.region)), _where_it_is(box, city))
    if kind in _FAMILIES and not only_points:
        name = cast(call("ST_GeometryType", shape), "VARCHAR")
        fits = one_of(name, [text(each) for each in _FAMILIES[kind]])
        reason = glue(text("a shape of the wrong kind: "), call("lower", name))
        yield Check(field.name, action, negate(fits), glue(reason, text(f", not a {kind}")))


def _meets(box: Box, region: tuple[float, float, float, float]) -> exp.Expr:
    west, south, east, north = region
    return all_of(
        greater_or_equal(box[2], number(west)),
        greater_or_equal(number(east), box[0]),
        greater_or_equal(box[3], number(south)),
        greater_or_equal(number(north), box[1]),
    )


def _where_it_is(box: Box, city: City) -> exp.Expr:
    x, y = box[0], box[1]
    shown = glue(_degrees(x), text(", "), _degrees(y))
    unknown = all_of(equals(x, number(0)), equals(y, number(0)))
    swapped = _meets((box[1], box[0], box[3], box[2]), city.region)
    beyond = any_of(greater(call("abs", x), number(180)), greater(call("abs", y), number(90)))
    return case(
        [
            (unknown, text("coordinates are 0,0")),
            (swapped, glue(text("latitude and longitude look swapped: "), shown)),
            (
                beyond,
                glue(
                    text("outside the world: "),
                    shown,
                    text(" are no degrees; they look like feet or metres"),
                ),
            ),
        ],
        otherwise=glue(text(f"outside the region of {city.name}: "), shown),
    )


def _degrees(value: exp.Expr) -> exp.Expr:
    return cast(call("round", value, number(_DECIMALS)), "VARCHAR")


def _era_check(field: Field, action: str) -> Check:
    value = column(field.name)
    kind = "DATE" if field.type == "date" else "TIMESTAMPTZ"
    zone = "" if field.type == "date" else " 00:00:00+00"
    first = cast(text(f"{FIRST_YEAR}-01-01{zone}"), kind)
    last = cast(text(f"{LAST_YEAR}-12-31{zone}"), kind)
    reason = f"the year cannot be right: before {FIRST_YEAR} or after {LAST_YEAR}"
    return Check(field.name, action, any_of(less(value, first), greater(value, last)), text(reason))


def _unknown_code(field: Field, value: exp.Expr) -> exp.Expr:
    shown = ", ".join(field.enum[:_CODES_SHOWN])
    more = " ..." if len(field.enum) > _CODES_SHOWN else ""
    return glue(text('"'), value, text(f'" is not in the code list: {shown}{more}'))


def _limit(limit: float | str, kind: str) -> exp.Expr:
    if isinstance(limit, str):
        return cast(text(limit), "DATE" if kind == "date" else "TIMESTAMPTZ")
    return number(limit)
