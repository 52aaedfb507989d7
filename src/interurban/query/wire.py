"""``Query`` as strict JSON, as one node sends it to another.

Every class of ``core.query`` has a tag (``is``) and members of known kinds; all of them are there
and no others. So whatever a partner sends, nothing else than these classes can be made of it, and
reading what was written gives the same query: floats to the last bit, instants with their zone as
UTC. Shapes are GeoJSON in WGS84, flat and without measures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from interurban.core import query as q

from .wire_values import (
    FLAG,
    FLOAT,
    INSTANT,
    NATURAL,
    SHAPE,
    TEXT,
    VALUE,
    WHEN,
    Form,
    Reading,
    many,
    one_word,
    or_none,
    short,
    wrong,
)

__all__ = ["read_query", "write_query"]


def write_query(query: q.Query) -> dict[str, Any]:
    """A query as JSON.

    Raises
    ------
    BadRequest: a value that no node would read: not a number, a time without a zone, a shape with
        too many corners.
    """
    written: dict[str, Any] = _QUERY.write(query)
    return written


def read_query(document: object) -> q.Query:
    """The query that ``write_query`` wrote.

    Raises
    ------
    BadRequest: it is none, or over a limit; ``part`` is the member at fault.
    """
    query: q.Query = _QUERY.read(Reading(), document)
    return query


@dataclass(frozen=True, slots=True)
class _Class:
    """A class by its tag, and the form of each of its members."""

    tag: str
    of: type
    members: Mapping[str, Form]


def _class(tag: str, of: type, /, **members: Form) -> _Class:
    return _Class(tag, of, MappingProxyType(members))


def _one_of(words: str, *classes: _Class) -> Form:
    """A form for any of some classes, which may hold each other."""
    by_class = {one.of: one for one in classes}
    by_tag = {one.tag: one for one in classes}

    def write(value: Any) -> dict[str, Any]:
        one = by_class.get(type(value))
        if one is None:
            raise wrong(f"{type(value).__name__} is no {words}")
        return {"is": one.tag} | {
            name: form.write(getattr(value, name)) for name, form in one.members.items()
        }

    def read(reading: Reading, value: Any) -> Any:
        reading.enter()
        tag = value.get("is") if type(value) is dict else None
        one = by_tag.get(tag) if type(tag) is str else None
        if one is None:
            raise wrong(f"{short(tag if tag is not None else value)} is no {words}")
        if set(value) != {"is", *one.members}:
            odd = sorted(set(value).symmetric_difference({"is", *one.members}))
            raise wrong(f"a {one.tag} has members too many or too few: {short(odd)}", one.tag)
        found = one.of(
            **{name: form.read(reading, value[name]) for name, form in one.members.items()}
        )
        reading.leave()
        return found

    return Form(write, read)


def _later(form: Callable[[], Form]) -> Form:
    """A form that is defined below."""
    return Form(
        lambda value: form().write(value), lambda reading, value: form().read(reading, value)
    )


_OPERAND = _later(lambda: _OPERANDS)
_FILTER = _later(lambda: _FILTERS)
_OPERANDS: Form = _one_of(
    "operand",
    _class("name", q.Name, name=TEXT),
    _class("literal", q.Literal, value=VALUE),
    _class("call", q.Call, function=one_word("casei", "accenti"), operand=_OPERAND),
    _class(
        "arithmetic",
        q.Arithmetic,
        op=one_word("+", "-", "*", "/", "%", "^", "div"),
        left=_OPERAND,
        right=_OPERAND,
    ),
)
_FILTERS: Form = _one_of(
    "filter",
    _class("and", q.And, parts=many(_FILTER)),
    _class("or", q.Or, parts=many(_FILTER)),
    _class("not", q.Not, part=_FILTER),
    _class(
        "compare",
        q.Compare,
        op=one_word("=", "<>", "<", ">", "<=", ">="),
        left=_OPERAND,
        right=_OPERAND,
    ),
    _class("between", q.Between, operand=_OPERAND, low=_OPERAND, high=_OPERAND),
    _class("in", q.InList, operand=_OPERAND, values=many(_OPERAND)),
    _class("like", q.Like, operand=_OPERAND, pattern=_OPERAND),
    _class("is null", q.IsNull, operand=_OPERAND),
    _class("text", q.Text, words=many(TEXT)),
    _class(
        "spatial",
        q.Spatial,
        op=one_word(
            *("s_intersects", "s_equals", "s_disjoint", "s_touches"),
            *("s_within", "s_overlaps", "s_crosses", "s_contains"),
        ),
        shape=SHAPE,
    ),
    _class("distance", q.Distance, shape=SHAPE, metres=FLOAT),
    _class("during", q.During, start=or_none(INSTANT), end=or_none(INSTANT), field=or_none(TEXT)),
)
_PLACES = _one_of(
    "place",
    _class("bbox", q.BBox, west=FLOAT, south=FLOAT, east=FLOAT, north=FLOAT),
    _class("near", q.Near, lon=FLOAT, lat=FLOAT, metres=FLOAT, label=TEXT),
    _class("within", q.Within, shape=SHAPE, label=TEXT),
    _class("in area", q.InArea, boundary=TEXT, area=TEXT, label=TEXT),
)
_SPANS = _one_of(
    "span of time",
    _class("span", q.TimeSpan, start=or_none(INSTANT), end=or_none(INSTANT), label=TEXT),
)
_MEASURES = _one_of(
    "measure",
    _class(
        "measure",
        q.Measure,
        kind=one_word("count", "sum", "avg", "min", "max", "percentile"),
        field=or_none(TEXT),
        q=or_none(FLOAT),
    ),
)
_GROUPS = _one_of(
    "group",
    _class("by field", q.ByField, field=TEXT),
    _class(
        "by time",
        q.ByTime,
        unit=one_word(
            *("year", "quarter", "month", "week", "day", "hour"),
            *("hour_of_day", "weekday", "month_of_year"),
        ),
        field=or_none(TEXT),
    ),
    _class("by cell", q.ByCell, level=NATURAL),
    _class("by area", q.ByArea, boundary=TEXT),
)
_ORDERS = _one_of("order", _class("order", q.Order, by=TEXT, descending=FLAG))
_CURSORS = _one_of("cursor", _class("cursor", q.Cursor, key=NATURAL, row=NATURAL))
_QUERY = _one_of(
    "query",
    _class(
        "query",
        q.Query,
        dataset=TEXT,
        where=or_none(_FILTER),
        places=many(_PLACES),
        times=many(_SPANS),
        fields=many(TEXT),
        measures=many(_MEASURES),
        groups=many(_GROUPS),
        order=many(_ORDERS),
        limit=or_none(NATURAL),
        offset=NATURAL,
        after=or_none(_CURSORS),
        as_of=or_none(WHEN),
    ),
)
