"""The URL dialect: query parameters to a ``Query``, and back.

One dialect serves items, counts, aggregates, cells, tiles and exports, so a link to one of them
is a link to all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Literal

from interurban.core import query as q
from interurban.core.city import City
from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, UnknownField

from . import parameter_values as values
from .cql2 import LANGUAGES, read_filter, to_text
from .cql2_writing import shape_text
from .crs import CRS84, read_crs
from .cursors import read_cursor, write_cursor
from .intervals import read_instant, read_interval, write_instant, write_interval

__all__ = ["KINDS", "RESERVED", "Kind", "arranged", "read_parameters", "write_parameters"]

Kind = Literal["items", "aggregate", "cells", "count", "explain", "tile", "export"]

_WHICH = (
    *("bbox", "bbox-crs", "datetime", "near", "in", "within", "q"),
    *("filter", "filter-lang", "filter-crs", "as_of"),
)
_ROWS = ("properties", "sortby", "limit", "crs")

KINDS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "items": (*_WHICH, *_ROWS, "cursor", "f"),
        "aggregate": (*_WHICH, "measures", "by", "sortby", "limit", "f"),
        "cells": (*_WHICH, "level", "zoom", "f"),
        "count": (*_WHICH, "f"),
        "explain": (*_WHICH, "f"),
        "tile": (*_WHICH, "properties", "f"),
        "export": (*_WHICH, *_ROWS, "f"),
    }
)
"""The parameters that each kind of answer knows, beside the dataset's own fields."""

RESERVED = frozenset(name for names in KINDS.values() for name in names)
"""Names that are never a field; such a field is asked for in ``filter``."""

_REPEATABLE = frozenset({"bbox", "datetime", "near", "in", "within", "q"})
_SCALARS = (bool, int, float, str)


def read_parameters(
    params: Iterable[tuple[str, str]], snapshot: Snapshot, city: City, kind: Kind = "items"
) -> q.Query:
    """The query that the parameters of a URL mean.

    Parameters
    ----------
    params: decoded names and values, in the order of the URL. ``f``, ``crs``, ``level`` and
        ``zoom`` are let pass where the kind knows them, and left for the encoder.
    snapshot: whose fields may be named, and give the values their types.
    city: whose time zone days and local times are read in.
    kind: the answer that is asked for.

    Returns
    -------
    Query
        Conditions stand in the order ``q``, fields, ``filter``; places in the order given.
        An aggregate without measures counts.

    Raises
    ------
    BadRequest: a parameter that is unknown, given twice, or can't be read; ``part`` names it.
    """
    given = _Given(snapshot, kind)
    for name, value in params:
        given.take(name, value)
    once, zone = given.once, city.zone
    order = values.read_order(once["sortby"]) if "sortby" in once else ()
    if kind != "aggregate":
        _known(snapshot, "sortby", (one.by for one in order))
    chosen = tuple(values.split(once["properties"], "properties")) if "properties" in once else ()
    _known(snapshot, "properties", chosen)
    after, offset = _page(once.get("cursor"), order)
    most = None if kind == "export" else values.MAX_LIMIT
    return q.Query(
        dataset=snapshot.dataset,
        where=_where(given, zone),
        places=_places(given),
        times=tuple(
            span
            for name, text in given.repeated
            if name == "datetime" and (span := read_interval(text, zone)) is not None
        ),
        fields=chosen,
        measures=_measures(once.get("measures"), snapshot, kind),
        groups=values.read_groups(once["by"], snapshot.fields) if "by" in once else (),
        order=order,
        limit=values.read_limit(once["limit"], most) if "limit" in once else None,
        offset=offset,
        after=after,
        as_of=_version(once["as_of"], zone) if "as_of" in once else None,
    )


@dataclass(slots=True)
class _Given:
    """The parameters sorted by what may be done with them."""

    snapshot: Snapshot
    kind: Kind
    once: dict[str, str] = field(default_factory=dict)
    repeated: list[tuple[str, str]] = field(default_factory=list)
    equal: dict[str, list[str]] = field(default_factory=dict)

    def take(self, name: str, value: str) -> None:
        """Puts one parameter where it belongs."""
        if not _clean(name) or not _clean(value):
            raise BadRequest("A parameter holds text that is not Unicode.", part=None)
        if name in _REPEATABLE:
            self.repeated.append((name, value))
        elif name in KINDS[self.kind]:
            if name in self.once:
                raise BadRequest(f"{name} is given twice.", advice="Give it once.", part=name)
            self.once[name] = value
        elif name not in RESERVED and self.snapshot.field(name) is not None:
            self.equal.setdefault(name, []).append(value)
        else:
            known = (*KINDS[self.kind], *(f.name for f in self.snapshot.fields))
            raise BadRequest(
                f"There is no parameter {name[:60]!r} here.",
                advice=values.advice_for(name[:60], known),
                part=name[:60],
            )


def _clean(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _known(snapshot: Snapshot, part: str, names: Iterable[str]) -> None:
    for name in names:
        if snapshot.field(name) is None:
            raise UnknownField(
                f"{snapshot.dataset} has no field {name[:60]!r}.",
                advice=values.advice_for(name[:60], (f.name for f in snapshot.fields)),
                part=part,
            )


def _where(given: _Given, zone: tzinfo) -> q.Filter | None:
    parts: list[q.Filter] = [
        q.Text(values.read_words(text)) for name, text in given.repeated if name == "q"
    ]
    for name, texts in given.equal.items():
        found = given.snapshot.field(name)
        assert found is not None
        parts.append(values.read_condition(found, texts, zone))
    language = given.once.get("filter-lang", LANGUAGES[0])
    if language not in LANGUAGES:
        raise BadRequest(
            f"filter-lang={language[:40]!r} is not known.",
            advice=f"Give {' or '.join(LANGUAGES)}.",
            part="filter-lang",
        )
    crs = read_crs(given.once.get("filter-crs", CRS84), "filter-crs")
    if "filter" in given.once:
        tree = read_filter(given.once["filter"], language, crs, zone)
        parts += tree.parts if isinstance(tree, q.And) and tree.parts else (tree,)
    return arranged(parts)


def arranged(parts: Iterable[q.Filter]) -> q.Filter | None:
    """All of the conditions, in the order in which a URL gives them again: words, fields, rest."""
    words, equal, rest = _sorted(parts)
    found = [*([q.Text(words)] if words else []), *equal.values(), *rest]
    return found[0] if len(found) == 1 else q.And(tuple(found)) if found else None


def _sorted(
    parts: Iterable[q.Filter],
) -> tuple[tuple[str, ...], dict[str, q.Compare | q.InList], list[q.Filter]]:
    """Conditions by how a URL writes them: words of ``q``, one equality a field, the rest."""
    words: list[str] = []
    equal: dict[str, q.Compare | q.InList] = {}
    rest: list[q.Filter] = []
    for part in parts:
        name = _equality(part)
        if isinstance(part, q.Text) and all(map(_is_word, part.words)):
            words += part.words
        elif name is not None and name not in equal and isinstance(part, q.Compare | q.InList):
            equal[name] = part
        else:
            rest.append(part)
    return tuple(words), equal, rest


def _is_word(word: str) -> bool:
    return values.read_words(_write_word(word)) == (word,)


def _equality(part: q.Filter) -> str | None:
    """The field when the condition can be written ``field=value``."""
    match part:
        case q.Compare("=", q.Name(name), q.Literal(value)):
            scalars = [value]
        case q.InList(q.Name(name), operands) if len(operands) > 1:
            scalars = [one.value if isinstance(one, q.Literal) else None for one in operands]
        case _:
            return None
    plain = all(isinstance(one, _SCALARS) for one in scalars) and name not in RESERVED
    return name if plain and len(set(scalars)) == len(scalars) else None


def _places(given: _Given) -> tuple[q.Place, ...]:
    crs = read_crs(given.once.get("bbox-crs", CRS84), "bbox-crs")
    found: list[q.Place] = []
    for name, text in given.repeated:
        match name:
            case "bbox":
                found.append(values.read_bbox(text, crs))
            case "near":
                found.append(values.read_near(text))
            case "in":
                found.append(values.read_area(text))
            case "within":
                found.append(values.read_within(text))
    return tuple(found)


def _measures(text: str | None, snapshot: Snapshot, kind: Kind) -> tuple[q.Measure, ...]:
    if text is not None:
        return values.read_measures(text, snapshot.fields)
    return (q.Measure("count"),) if kind == "aggregate" else ()


def _page(text: str | None, order: Sequence[q.Order]) -> tuple[q.Cursor | None, int]:
    if text is None:
        return None, 0
    where = read_cursor(text)
    if isinstance(where, q.Cursor) == bool(order):
        raise BadRequest(
            "cursor belongs to another order of the rows.",
            advice="Follow the link to the next page as it is.",
            part="cursor",
        )
    return (where, 0) if isinstance(where, q.Cursor) else (None, where)


def _version(text: str, zone: tzinfo) -> int | datetime:
    if re.fullmatch(r"\s*[0-9]{1,18}\s*", text):
        return int(text)
    return read_instant(text, zone, "as_of")


# Back


def write_parameters(query: q.Query, city: City | None = None) -> list[tuple[str, str]]:
    """The parameters that mean the query; ``read_parameters`` gives it again, without labels.

    Parameters
    ----------
    city: writes spans of whole days as days of its time zone; without it all are instants.
    """
    written = [*_write_where(query.where), *map(_write_place, query.places)]
    zone = city.zone if city is not None else None
    written += [("datetime", write_interval(span, zone)) for span in query.times]
    if query.fields:
        written.append(("properties", ",".join(query.fields)))
    if query.measures and query.measures != (q.Measure("count"),):
        written.append(("measures", ",".join(map(_write_measure, query.measures))))
    if query.groups:
        written.append(("by", ",".join(map(_write_group, query.groups))))
    if query.order:
        orders = (f"-{one.by}" if one.descending else one.by for one in query.order)
        written.append(("sortby", ",".join(orders)))
    if query.limit is not None:
        written.append(("limit", str(query.limit)))
    if query.after is not None or query.offset:
        written.append(("cursor", write_cursor(query.after or query.offset)))
    if query.as_of is not None:
        moment = query.as_of
        text = write_instant(moment) if isinstance(moment, datetime) else str(moment)
        written.append(("as_of", text))
    return written


def _write_where(where: q.Filter | None) -> list[tuple[str, str]]:
    """Words and equalities as parameters of their own, the rest as one filter."""
    if where is None:
        return []
    parts = where.parts if isinstance(where, q.And) and where.parts else (where,)
    words, equal, rest = _sorted(parts)
    written = [("q", " ".join(map(_write_word, words)))] if words else []
    for name, part in equal.items():
        literals = (part.right,) if isinstance(part, q.Compare) else part.values
        written += [(name, _write_scalar(one)) for one in literals]
    if rest:
        tree = rest[0] if len(rest) == 1 else q.And(tuple(rest))
        written.append(("filter", to_text(tree)))
    return written


def _write_scalar(literal: q.Operand) -> str:
    value = literal.value if isinstance(literal, q.Literal) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, float) else str(value)


def _write_word(word: str) -> str:
    return word if values.read_words(word) == (word,) else f'"{word}"'


def _number(value: float) -> str:
    """The shortest text of a number that reads back as it."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def _write_place(place: q.Place) -> tuple[str, str]:
    match place:
        case q.BBox(west, south, east, north):
            return "bbox", ",".join(map(_number, (west, south, east, north)))
        case q.Near(lon, lat, metres):
            return "near", ",".join(map(_number, (lon, lat, metres)))
        case q.InArea(boundary, area):
            return "in", f"{boundary}:{area}"
        case q.Within(shape):
            return "within", shape_text(shape)


def _write_measure(measure: q.Measure) -> str:
    match measure:
        case q.Measure("count"):
            return "count"
        case q.Measure("percentile", field, fraction):
            return f"p{100 * (fraction or 0):g}:{field}"
        case q.Measure(kind, field):
            return f"{kind}:{field}"


def _write_group(group: q.Group) -> str:
    match group:
        case q.ByField(name):
            return name
        case q.ByTime(unit, name):
            return f"time:{unit}:{name}" if name else f"time:{unit}"
        case q.ByCell(level):
            return f"cell:{level}"
        case q.ByArea(boundary):
            return f"area:{boundary}"
