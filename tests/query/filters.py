"""Random filter trees, in the flattened form in which they are read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import shapely
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from interurban.core import query as q

texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12
)
names = st.sampled_from(["ward", "primary_type", "cost", "and", "Straße", 'a "b"', "a.b", "date"])
fields = st.builds(q.Name, names)
numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
days = st.dates(date(1900, 1, 1), date(2200, 1, 1))
instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is its own argument
literals = st.builds(q.Literal, st.one_of(st.booleans(), numbers, texts, days, instants))
_leaves = st.one_of(fields, literals)
operands = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(q.Call, st.sampled_from(["casei", "accenti"]), inner),
        st.builds(
            q.Arithmetic, st.sampled_from(["+", "-", "*", "/", "%", "^", "div"]), inner, inner
        ),
    ),
    max_leaves=5,
)

_lon = st.floats(-179, 178)
_lat = st.floats(-89, 88)


def _short(shape: BaseGeometry) -> BaseGeometry:
    """To a tenth of a metre: the text parser keeps coordinates to the last bit but one."""
    return shapely.transform(shape, lambda xy: np.round(xy, 6))


points = st.builds(shapely.Point, _lon, _lat).map(_short)
boxes = st.builds(lambda x, y: _short(shapely.box(x, y, x + 0.5, y + 0.25)), _lon, _lat)
discs = st.builds(lambda p: _short(p.buffer(0.5, quad_segs=2)), points)
lines = st.builds(lambda x, y: _short(shapely.LineString([(x, y), (x + 1, y + 1)])), _lon, _lat)
shapes = st.one_of(
    points,
    boxes,
    discs,
    lines,
    st.builds(lambda a, b: shapely.MultiPoint([a, b]), points, points),
    st.builds(lambda d, p: shapely.GeometryCollection([d, p]), discs, points),
)

_patterns = st.one_of(
    st.builds(q.Literal, texts),
    st.builds(lambda t: q.Call("casei", q.Literal(t)), texts),
    fields,
)
conditions = st.one_of(
    st.builds(q.Compare, st.sampled_from(["=", "<>", "<", ">", "<=", ">="]), operands, operands),
    st.builds(q.Between, operands, operands, operands),
    st.builds(q.InList, operands, st.lists(operands, min_size=1, max_size=3).map(tuple)),
    st.builds(q.Like, operands, _patterns),
    st.builds(q.IsNull, operands),
    st.builds(
        q.Text,
        st.lists(texts.filter(lambda t: bool(t.strip())), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(
        q.Spatial,
        st.sampled_from(["s_intersects", "s_within", "s_contains", "s_disjoint", "s_crosses"]),
        shapes,
    ),
    st.builds(q.Distance, shapes, st.floats(0.1, 1e5)),
    st.builds(
        lambda ends, field: q.During(*ends, field),
        st.one_of(
            st.tuples(instants, instants).map(lambda e: tuple(sorted(e))),
            st.tuples(st.none(), instants),
            st.tuples(instants, st.none()),
        ),
        st.one_of(st.none(), names),
    ),
    st.sampled_from([q.And(()), q.Or(())]),
)


def _flat(kind: type[q.And] | type[q.Or], parts: list[q.Filter]) -> q.Filter:
    flat: list[q.Filter] = []
    for part in parts:
        nested = isinstance(part, kind) and bool(part.parts)
        flat += part.parts if nested else (part,)
    return kind(tuple(flat))


filters = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(lambda parts: _flat(q.And, parts), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda parts: _flat(q.Or, parts), st.lists(inner, min_size=2, max_size=3)),
        st.builds(q.Not, inner),
    ),
    max_leaves=6,
)
