"""Why an answer is empty: which condition emptied it, and the nearest question that has rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.query import Measure, Near, Query, TimeSpan
from interurban.query.parameters import read_parameters, write_parameters

from .conditional import cache_headers, etag_of, not_modified
from .formats import JSON_FORMAT
from .links import Pairs, grouped, query_pairs
from .negotiation import choose_format
from .provenance import instant
from .question import Question, read_question, versions_of
from .service import Service, json_answer, service
from .wording import distance, parameter_words, span

__all__ = ["routes"]

_HELPERS = {"bbox": ("bbox-crs",), "filter": ("filter-lang", "filter-crs")}
_SILENT = frozenset({"as_of", "f", *(name for names in _HELPERS.values() for name in names)})
_WIDER = tuple(2**power for power in range(1, 13))
_WIDEST_M = 50_000.0
_DAY = timedelta(days=1)
_MOST_DAYS = 62
"""Nobody counts a longer time in days."""


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/collections/{dataset}/explain", explain)]


async def explain(request: Request) -> Response:
    """What emptied an answer, and the nearest one that is not empty."""
    choose_format(request, (JSON_FORMAT,))
    web = service(request)
    question = read_question(request, web.node, "explain")
    etag = etag_of(request, JSON_FORMAT.media_type, versions_of(web.node, question))
    headers = cache_headers(etag, pinned=question.pinned)
    held = not_modified(request, headers)
    if held is not None:
        return held
    pairs = query_pairs(request, "f")
    workers = web.workers_for(*question.datasets)
    document = await workers.run(request, partial(_explain, web, question, pairs))
    return json_answer(document, headers)


@dataclass(frozen=True, slots=True)
class _Without:
    """The question without one of its conditions, and how many rows that has."""

    parameter: str
    label: str
    question: Question
    count: int


def _explain(web: Service, question: Question, pairs: Pairs) -> dict[str, Any]:
    count = web.node.count(question.filters).count
    dropped = list(_dropped(web, question, pairs)) if count == 0 else []
    return {
        "count": count,
        "without": [
            {"parameter": one.parameter, "label": one.label, "count": one.count} for one in dropped
        ],
        "newest": instant(_newest(web, replace(question, query=_timeless(question.query)))),
        "nearest": _nearest(web, question, dropped) if count == 0 else None,
        "version": question.snapshot.version,
    }


def _dropped(web: Service, question: Question, pairs: Pairs) -> Iterator[_Without]:
    """Every condition left out in turn; a field's values are one condition."""
    for name in dict.fromkeys(name for name, _ in pairs if name not in _SILENT):
        helpers = _HELPERS.get(name, ())
        mine = [pair for pair in pairs if pair[0] == name or pair[0] in helpers]
        rest = [pair for pair in pairs if pair[0] != name and pair[0] not in helpers]
        values = [value for key, value in mine if key == name]
        label = parameter_words(
            question.city, question.snapshot, name, values, _read(question, mine)
        )
        without = replace(question, query=_read(question, rest))
        yield _Without(name, label, without, web.node.count(without.filters).count)


def _nearest(web: Service, question: Question, dropped: list[_Without]) -> dict[str, Any] | None:
    """The question closest to the one asked that has rows: later, wider, or with one thing less."""
    for candidate, label in _candidates(web, question, dropped):
        count = web.node.count(candidate.filters).count
        if count:
            params = _params(candidate)
            return {"params": params, "label": label, "count": count}
    return None


def _candidates(
    web: Service, question: Question, dropped: list[_Without]
) -> Iterator[tuple[Question, str]]:
    yield from _newest_span(web, question)
    yield from _wider(question)
    for one in sorted(dropped, key=lambda one: one.count):
        yield one.question, f"leaving out: {one.label}"
    anywhere = replace(question.query, places=())
    yield replace(question, query=anywhere), "anywhere in the city"
    yield replace(question, query=_timeless(anywhere)), "anywhere in the city, at any time"


def _newest_span(web: Service, question: Question) -> Iterator[tuple[Question, str]]:
    """The same length of time at the end of the data; what is open stays open."""
    times = question.query.times
    if len(times) != 1 or times[0].start is None:
        return
    newest = _newest(web, replace(question, query=_timeless(question.query)))
    if newest is None:
        return
    zone = question.city.zone
    day = newest.astimezone(zone).date()
    if times[0].end is None:
        for first in (day.replace(day=1), day.replace(month=1, day=1)):
            start = datetime.combine(first, datetime.min.time(), tzinfo=zone)
            open_ended = replace(question.query, times=(TimeSpan(start, None),))
            yield replace(question, query=open_ended), span(question.city, start, None)
        return
    length = times[0].end - times[0].start
    # Whole days stay whole days in the city's own clock.
    end = datetime.combine(day + _DAY, datetime.min.time(), tzinfo=zone)
    start = end - length
    moved = replace(question.query, times=(TimeSpan(start, end),))
    yield replace(question, query=moved), _at_the_end(length, span(question.city, start, end))


def _at_the_end(length: timedelta, dates: str) -> str:
    days = round(length / _DAY)
    if days > _MOST_DAYS:
        return f"{dates}, the end of the data"
    return f"the last {f'{days} days' if days > 1 else 'day'} of the data, {dates}"


def _wider(question: Question) -> Iterator[tuple[Question, str]]:
    """The same place, wider."""
    places = question.query.places
    for position, place in enumerate(places):
        if not isinstance(place, Near):
            continue
        for factor in _WIDER:
            metres = place.metres * factor
            if metres > _WIDEST_M:
                break
            around = replace(place, metres=metres)
            moved = (*places[:position], around, *places[position + 1 :])
            label = f"within {distance(question.city, metres)} instead"
            yield replace(question, query=replace(question.query, places=moved)), label


def _newest(web: Service, question: Question) -> datetime | None:
    """The latest time among the rows of a question."""
    name = question.snapshot.roles.time
    field = question.snapshot.field(name) if name else None
    if field is None:
        return None
    query = replace(question.filters, measures=(Measure("max", field.name),))
    found = web.node.aggregate(query).column(0).combine_chunks()
    if pa.types.is_date(found.type):
        day = found[0].as_py()
        zone = question.city.zone
        return None if day is None else datetime.combine(day, datetime.min.time(), tzinfo=zone)
    moment = found.cast(pa.timestamp("us", tz="UTC"))[0].as_py()
    assert moment is None or isinstance(moment, datetime)
    return moment


def _timeless(query: Query) -> Query:
    return replace(query, times=())


def _read(question: Question, pairs: Pairs) -> Query:
    query = read_parameters(pairs, question.snapshot, question.city, "explain")
    return replace(query, as_of=question.snapshot.version)


def _params(question: Question) -> dict[str, str | list[str]]:
    """The parameters that ask a question."""
    query = question.query if question.pinned else replace(question.query, as_of=None)
    return grouped(write_parameters(query, question.city))
