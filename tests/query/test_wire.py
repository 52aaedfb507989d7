"""Questions between nodes: what is written is read again, and nothing else can be made of it."""

from __future__ import annotations

import dataclasses
import json
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from interurban.core import query as q
from interurban.core.errors import BadRequest
from interurban.query.wire import read_query, write_query

from .filters import filters, instants, names, shapes, texts

_ends = st.none() | instants
_degrees = st.floats(-180, 180)
places = st.one_of(
    st.builds(q.BBox, _degrees, _degrees, _degrees, _degrees),
    st.builds(q.Near, _degrees, _degrees, st.floats(0, 1e6), texts),
    st.builds(q.Within, shapes, texts),
    st.builds(q.InArea, names, texts, texts),
)
measures = st.one_of(
    st.just(q.Measure("count")),
    st.builds(q.Measure, st.sampled_from(["sum", "avg", "min", "max"]), names),
    st.builds(q.Measure, st.just("percentile"), names, st.floats(0, 1)),
)
groups = st.one_of(
    st.builds(q.ByField, names),
    st.builds(q.ByTime, st.sampled_from(["year", "month", "weekday", "hour"]), st.none() | names),
    st.builds(q.ByCell, st.integers(0, 24)),
    st.builds(q.ByArea, names),
)


def lists(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=3).map(tuple)


queries = st.builds(
    q.Query,
    names,
    where=st.none() | filters,
    places=lists(places),
    times=lists(st.builds(q.TimeSpan, _ends, _ends, texts)),
    fields=lists(names),
    measures=lists(measures),
    groups=lists(groups),
    order=lists(st.builds(q.Order, names, st.booleans())),
    limit=st.none() | st.integers(0, 10_000),
    offset=st.integers(0, 10_000),
    after=st.none() | st.builds(q.Cursor, st.integers(0, 2**64 - 1), st.integers(0, 2**62)),
    as_of=st.none() | st.integers(1, 10_000) | instants,
)
VALUES = (str, int, float, bool, date, datetime, type(None), BaseGeometry)
CLASSES = tuple(
    getattr(q, name) for name in q.__all__ if dataclasses.is_dataclass(getattr(q, name))
)


def is_made_of_queries(value: Any) -> bool:
    """Whether a value is of the classes of ``core.query`` and of constants, all the way down."""
    if isinstance(value, tuple):
        return all(map(is_made_of_queries, value))
    if isinstance(value, CLASSES):
        parts = [getattr(value, name) for name in value.__dataclass_fields__]
        return all(map(is_made_of_queries, parts))
    return isinstance(value, VALUES)


@given(queries)
@settings(max_examples=250, deadline=None)
def test_what_is_written_is_read_again(query: q.Query) -> None:
    sent = json.dumps(write_query(query), allow_nan=False)
    assert read_query(json.loads(sent)) == query


def test_every_class_of_a_query_can_be_sent() -> None:
    tags = set()

    def look(part: Any) -> None:
        if isinstance(part, dict):
            tags.add(part.get("is"))
            for each in part.values():
                look(each)
        elif isinstance(part, list):
            for each in part:
                look(each)

    @given(queries)
    @settings(max_examples=300, deadline=None, database=None)
    def gather(query: q.Query) -> None:
        look(write_query(query))

    gather()
    assert len(tags - {None}) == len(CLASSES)


junk = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["query", "and", "name", "__class__", "Point", "GeometryCollection"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["is", "parts", "where", "type", "coordinates", "date", "instant"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


@given(queries, st.data())
@settings(max_examples=250, deadline=None)
def test_nothing_else_can_be_made(query: q.Query, data: st.DataObject) -> None:
    document = deepcopy(write_query(query))
    at: Any = document
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans()):
            at = at[key]
            continue
        at[key] = data.draw(junk)
        break
    try:
        found = read_query(document)
    except BadRequest:
        return
    assert is_made_of_queries(found)


@given(junk)
@settings(max_examples=200, deadline=None)
def test_what_is_no_question_is_refused(document: Any) -> None:
    with pytest.raises(BadRequest):
        read_query(document)


ONE = write_query(q.Query("chicago.crimes", where=q.IsNull(q.Name("ward"))))


@pytest.mark.parametrize(
    "change",
    [
        {"where": {"is": "system", "call": "rm"}},
        {"where": {"is": "literal", "value": 1}},
        {"where": {"is": "compare", "op": "OR 1=1", "left": None, "right": None}},
        {"more": 1},
        {"limit": -1},
        {"limit": True},
        {"limit": 1.5},
        {"offset": None},
        {"as_of": "yesterday"},
        {"as_of": {"instant": "2020-01-01T00:00:00"}},
        {"dataset": None},
        {"dataset": "a\0b"},
        {"fields": "all"},
        {"order": [{"is": "order", "by": "x", "descending": 1}]},
        {"places": [{"is": "bbox", "west": float("nan"), "south": 0, "east": 1, "north": 1}]},
        {"places": [{"is": "within", "label": "", "shape": {"type": "Point"}}]},
        {"places": [{"is": "within", "label": "", "shape": {"type": "Point", "coordinates": [1]}}]},
        {"after": {"is": "cursor", "key": 2**64, "row": 1}},
    ],
)
def test_one_wrong_member_is_named_in_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="can't be read as another node's") as refused:
        read_query(ONE | change)
    assert len(refused.value.what) < 250


def test_deep_and_wide_questions_are_refused() -> None:
    deep: Any = {"is": "is null", "operand": {"is": "name", "name": "ward"}}
    for _ in range(200):
        deep = {"is": "not", "part": deep}
    with pytest.raises(BadRequest, match="deep"):
        read_query(ONE | {"where": deep})
    nested: Any = {"type": "Point", "coordinates": [0, 0]}
    for _ in range(200):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    within = {"is": "within", "label": "", "shape": nested}
    with pytest.raises(BadRequest, match="deep"):
        read_query(ONE | {"places": [within]})
    with pytest.raises(BadRequest, match="parts"):
        read_query(ONE | {"fields": ["x"] * 40_000})
    ring = {"type": "LineString", "coordinates": [[0, 0]] * 30_000}
    with pytest.raises(BadRequest, match="corners"):
        read_query(ONE | {"places": [within | {"shape": ring}]})


def test_times_keep_their_instant_and_lose_their_zone() -> None:
    chicago = datetime(2024, 11, 3, 1, 30, tzinfo=ZoneInfo("America/Chicago"), fold=1)
    query = q.Query("a.b", times=(q.TimeSpan(chicago, None),))
    read = read_query(json.loads(json.dumps(write_query(query)))).times[0].start
    assert read == chicago.astimezone(UTC)


@pytest.mark.parametrize(
    "query",
    [
        q.Query("a.b", as_of=datetime(2024, 1, 1)),  # noqa: DTZ001 - that it has no zone is the point
        q.Query("a.b", as_of=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))),
        q.Query("a.b", where=q.Text(("\ud800",))),
        q.Query("a.b", where=q.Distance(shapely.Point(0, 0), float("inf"))),
        q.Query("a.b", where=q.IsNull(q.And(()))),  # type: ignore[arg-type] # it is no operand
    ],
)
def test_what_nobody_could_read_is_not_sent(query: q.Query) -> None:
    with pytest.raises(BadRequest):
        write_query(query)
