"""The values of the URL parameters, each read by itself."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from datetime import date, tzinfo
from typing import Any, cast

import shapely

from interurban.core import query as q
from interurban.core.errors import BadRequest, InvalidFilter, InvalidPlace, InvalidTime
from interurban.core.standard import Field

from .compile_filter import MAX_METRES
from .cql2 import read_filter
from .crs import CRS84, to_lonlat_box
from .intervals import read_interval

__all__ = [
    "MAX_LIMIT",
    "advice_for",
    "read_area",
    "read_bbox",
    "read_condition",
    "read_groups",
    "read_limit",
    "read_measures",
    "read_near",
    "read_order",
    "read_within",
    "read_words",
    "split",
]

MAX_LIMIT = 10_000
"""Rows of one page; an export has no such limit."""

_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
_DATASET = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
_STATISTICS = ("sum", "avg", "min", "max", "median")
_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]+)?|100)")
_UNITS = (
    *("year", "quarter", "month", "week", "day", "hour"),
    *("hour_of_day", "weekday", "month_of_year"),
)
_WORD = re.compile(r'"([^"]*)"?|([^\s"]+)')
_TRUTH = {
    **dict.fromkeys(("true", "yes", "1"), True),
    **dict.fromkeys(("false", "no", "0"), False),
}


def advice_for(name: str, known: Iterable[str]) -> str:
    """Names like the one that was not found, or all of them when they are few."""
    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"There are {', '.join(names)}."


def split(text: str, part: str) -> list[str]:
    """The items of a comma list, none of them empty."""
    items = [item.strip() for item in text.split(",")]
    if not all(items):
        raise BadRequest(
            f"{part}={text[:80]!r} has an empty item.", advice="Write a,b,c.", part=part
        )
    return items


def read_words(text: str) -> tuple[str, ...]:
    """Words and "quoted phrases" of free text, in order."""
    found = ((phrase or word).strip() for phrase, word in _WORD.findall(text))
    return tuple(word for word in found if word)


def read_limit(text: str, most: int | None = MAX_LIMIT) -> int:
    """How many rows; more than a page holds gives a full page, as OGC API has it.

    Parameters
    ----------
    most: rows of a page; ``None`` for a file, which has no pages.

    Raises
    ------
    BadRequest: it is no whole number above 0.
    """
    if not re.fullmatch(r"[0-9]{1,18}", text.strip()) or int(text) < 1:
        raise BadRequest(
            f"limit={text[:40]!r} is not a number of rows.",
            advice=f"Give a whole number from 1 to {MAX_LIMIT}.",
            part="limit",
        )
    return min(int(text), most or int(text))


# Place


def _numbers(text: str, part: str, counts: tuple[int, ...], advice: str) -> list[float]:
    items = text.split(",")
    if len(items) not in counts or not all(_NUMBER.fullmatch(item) for item in items):
        raise InvalidPlace(f"{part}={text[:80]!r} can't be read.", advice=advice, part=part)
    values = [float(item) for item in items]
    if not all(math.isfinite(value) for value in values):
        raise InvalidPlace(f"{part} has a number that is too large.", advice=advice, part=part)
    return values


def read_bbox(text: str, crs: str) -> q.BBox | q.Within:
    """A box; one that crosses the antimeridian becomes the two boxes on its sides.

    Parameters
    ----------
    text: 4 numbers, or 6 with heights, which are left aside; west, south, east, north.
    crs: URI of the system they are in.

    Raises
    ------
    InvalidPlace: not so many numbers, outside the world, or upside down.
    """
    v = _numbers(text, "bbox", (4, 6), "Write bbox=west,south,east,north.")
    corners = (v[0], v[1], v[2], v[3]) if len(v) == 4 else (v[0], v[1], v[3], v[4])
    west, south, east, north = to_lonlat_box(corners, crs, "bbox")
    if west <= east:
        return q.BBox(west, south, east, north)
    halves = [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    return q.Within(shapely.MultiPolygon(halves))


def read_near(text: str) -> q.Near:
    """A point and a distance: ``lon,lat,metres``.

    Raises
    ------
    InvalidPlace: not three numbers, a point outside the world, or a distance out of bounds.
    """
    advice = "Write near=longitude,latitude,metres, as near=-87.6298,41.8838,400."
    lon, lat, metres = _numbers(text, "near", (3,), advice)
    to_lonlat_box((lon, lat, lon, lat), CRS84, "near")
    if not 0 < metres <= MAX_METRES:
        raise InvalidPlace(
            f"near has a distance of {metres:g} m.",
            advice=f"Give more than 0 and at most {MAX_METRES:,.0f} m.",
            part="near",
        )
    return q.Near(lon, lat, metres)


def read_area(text: str) -> q.InArea:
    """One area of a boundary dataset: ``dataset:area``.

    Raises
    ------
    InvalidPlace: it has another form; whether there is such an area is the catalogue's to know.
    """
    boundary, colon, area = text.partition(":")
    if not colon or not area.strip() or not _DATASET.fullmatch(boundary.strip()):
        raise InvalidPlace(
            f"in={text[:80]!r} is not an area.",
            advice="Write in=boundary dataset:area, as in=chicago.wards:42.",
            part="in",
        )
    return q.InArea(boundary.strip(), area.strip())


def read_within(text: str) -> q.Within:
    """A drawn shape as well-known text, longitude first.

    Raises
    ------
    InvalidPlace: it is no shape, not valid, too large, or outside the world.
    """
    try:
        tree = read_filter(f"S_INTERSECTS(geometry, {text})")
    except InvalidFilter as error:
        raise InvalidPlace(
            f"The shape of within can't be read. {error.what}",
            advice="Write within=POLYGON((longitude latitude, ...)).",
            part="within",
        ) from None
    if not isinstance(tree, q.Spatial):
        raise InvalidPlace(
            "within holds more than a shape.", advice="Write one POLYGON.", part="within"
        )
    return q.Within(tree.shape)


# Measures, groups, order


def read_measures(text: str, fields: Iterable[Field]) -> tuple[q.Measure, ...]:
    """``count,avg:cost,p95:cost,median:cost``, each over a number.

    Raises
    ------
    BadRequest: no such measure, or a field that is not a number.
    """
    numbers = [f.name for f in fields if f.type in ("number", "integer")]
    return tuple(_measure(item, numbers) for item in split(text, "measures"))


def _measure(item: str, numbers: list[str]) -> q.Measure:
    if item == "count":
        return q.Measure("count")
    kind, _, field = item.partition(":")
    percentile = _PERCENTILE.fullmatch(kind)
    if percentile is None and kind not in _STATISTICS:
        raise BadRequest(
            f"measures has {item[:40]!r}, which is no measure.",
            advice="Write count, or sum, avg, min, max, median or p95 with a field, as avg:cost.",
            part="measures",
        )
    if field not in numbers:
        what = "no number of this dataset" if field else "missing"
        raise BadRequest(
            f"The field of {kind} in measures ({field[:40]!r}) is {what}.",
            advice=advice_for(field, numbers) if numbers else "It has no numbers; count its rows.",
            part="measures",
        )
    if percentile is not None:
        return q.Measure("percentile", field, float(percentile[1]) / 100)
    if kind == "median":
        return q.Measure("percentile", field, 0.5)
    return q.Measure(cast("Any", kind), field)


def read_groups(text: str, fields: Iterable[Field]) -> tuple[q.Group, ...]:
    """``category,time:month,time:day:issued_on,area:chicago.wards,cell:14``.

    Raises
    ------
    BadRequest: no such group, unit, level or field.
    """
    by_name = {f.name: f for f in fields if f.type != "geometry"}
    return tuple(_group(item, by_name) for item in split(text, "by"))


def _group(item: str, fields: dict[str, Field]) -> q.Group:
    kind, colon, rest = item.partition(":")
    if not colon:
        if item not in fields:
            raise _no_group(f"{item[:40]!r} is no field of this dataset", advice_for(item, fields))
        return q.ByField(item)
    if kind == "time":
        return _by_time(rest, fields)
    if kind == "cell":
        if not re.fullmatch(r"[0-9]{1,2}", rest) or int(rest) > 24:
            raise _no_group(f"the level {rest[:40]!r} is none", "Write cell:0 to cell:24.")
        return q.ByCell(int(rest))
    if kind == "area":
        if not _DATASET.fullmatch(rest):
            raise _no_group(
                f"{rest[:40]!r} is no boundary dataset", "Write for example area:chicago.wards."
            )
        return q.ByArea(rest)
    raise _no_group(
        f"{item[:40]!r} is no group", "Write a field, time:month, area:chicago.wards or cell:14."
    )


def _by_time(text: str, fields: dict[str, Field]) -> q.ByTime:
    unit, _, name = text.partition(":")
    if unit not in _UNITS:
        raise _no_group(f"{unit[:40]!r} is no unit of time", f"There are {', '.join(_UNITS)}.")
    times = [f.name for f in fields.values() if f.type in ("date", "datetime")]
    if name and name not in times:
        raise _no_group(
            f"{name[:40]!r} is no time of this dataset",
            advice_for(name, times) if times else "It has none.",
        )
    return q.ByTime(cast("Any", unit), name or None)


def _no_group(what: str, advice: str) -> BadRequest:
    return BadRequest(f"by can't be read: {what}.", advice=advice, part="by")


def read_order(text: str) -> tuple[q.Order, ...]:
    """``-a,b``: descending by a, then ascending by b."""
    orders = []
    for item in split(text, "sortby"):
        name = item.lstrip("+-").strip() if item[0] in "+-" else item
        if not name:
            raise BadRequest("sortby names no field.", advice="Write sortby=-a,b.", part="sortby")
        orders.append(q.Order(name, descending=item.startswith("-")))
    return tuple(orders)


# Equality


def read_condition(field: Field, values: list[str], zone: tzinfo) -> q.Filter:
    """``field=value``; repeated, the field has one of the values.

    Raises
    ------
    BadRequest: a value that the field's type can't have.
    """
    if field.type == "geometry":
        raise BadRequest(
            f"{field.name} is a geometry.", advice="Use bbox, near, in or within.", part=field.name
        )
    if field.type == "datetime":
        spans = tuple(_during(field.name, value, zone) for value in values)
        return spans[0] if len(spans) == 1 else q.Or(spans)
    literals = tuple(dict.fromkeys(_literal(field, value) for value in values))
    if len(literals) == 1:
        return q.Compare("=", q.Name(field.name), literals[0])
    return q.InList(q.Name(field.name), literals)


def _during(name: str, value: str, zone: tzinfo) -> q.During:
    span = read_interval(value, zone, part=name)
    return q.During(span.start if span else None, span.end if span else None, name)


def _literal(field: Field, text: str) -> q.Literal:
    match field.type:
        case "integer" if re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text):
            return q.Literal(int(text))
        case "number" if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            return q.Literal(float(text))
        case "boolean" if text.strip().lower() in _TRUTH:
            return q.Literal(_TRUTH[text.strip().lower()])
        case "date":
            return q.Literal(_date(field, text))
        case "string":
            return q.Literal(text)
    wanted = {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
    }[field.type]
    raise BadRequest(
        f"{field.name}={text[:60]!r} is not {wanted}.", advice=f"Give {wanted}.", part=field.name
    )


def _date(field: Field, text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]", text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise InvalidTime(
        f"{field.name}={text[:60]!r} is not a date.", advice="Write 2018-07-01.", part=field.name
    )
