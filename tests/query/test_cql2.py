"""CQL2 in both its forms becomes one tree, and goes back; a mistake is told in a sentence."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interurban.core.errors import InvalidFilter
from interurban.core.query import (
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Distance,
    During,
    Filter,
    InList,
    IsNull,
    Like,
    Literal,
    Name,
    Not,
    Or,
    Spatial,
    Text,
)
from interurban.query.cql2 import names_in, read_filter, to_json, to_text
from interurban.query.crs import epsg_uri

from .filters import filters

CHICAGO = ZoneInfo("America/Chicago")
NOON = Literal(datetime(2018, 7, 1, 12, tzinfo=UTC))
MIDNIGHT = Literal(datetime(2018, 7, 1, tzinfo=UTC))
A, B, T = Name("a"), Name("b"), Name("t")


def both(tree: Filter) -> tuple[Filter, Filter]:
    return read_filter(to_text(tree)), read_filter(json.dumps(to_json(tree)), "cql2-json")


BASIC: list[tuple[str, Filter]] = [
    ("a = 1", Compare("=", A, Literal(1))),
    ("a <> 'O''Hare'", Compare("<>", A, Literal("O'Hare"))),
    ("a < -1.5e3", Compare("<", A, Literal(-1500))),
    ("a >= 0.1", Compare(">=", A, Literal(0.1))),
    ('"two words" = TRUE', Compare("=", Name("two words"), Literal(True))),
    ("a IS NULL", IsNull(A)),
    ("a IS NOT NULL", Not(IsNull(A))),
    ("NOT a = 1", Not(Compare("=", A, Literal(1)))),
    (
        "a = 1 AND b = 2 OR a = 3",
        Or(
            (
                And((Compare("=", A, Literal(1)), Compare("=", B, Literal(2)))),
                Compare("=", A, Literal(3)),
            )
        ),
    ),
    (
        "a = 1 AND (b = 2 OR a = 3)",
        And(
            (
                Compare("=", A, Literal(1)),
                Or((Compare("=", B, Literal(2)), Compare("=", A, Literal(3)))),
            )
        ),
    ),
    ("t >= DATE('2018-07-01')", Compare(">=", T, Literal(date(2018, 7, 1)))),
    ("t < TIMESTAMP('2018-07-01T12:00:00Z')", Compare("<", T, NOON)),
    ("TRUE", And(())),
    ("FALSE", Or(())),
    ("arrest", Compare("=", Name("arrest"), Literal(True))),
]
ADVANCED: list[tuple[str, Filter]] = [
    ("a LIKE 'x\\_%'", Like(A, Literal("x\\_%"))),
    ("a NOT LIKE '%x'", Not(Like(A, Literal("%x")))),
    ("a BETWEEN 1 AND 10", Between(A, Literal(1), Literal(10))),
    ("a NOT BETWEEN 1 AND 10", Not(Between(A, Literal(1), Literal(10)))),
    ("a IN ('x', 'y')", InList(A, (Literal("x"), Literal("y")))),
    ("a NOT IN (1)", Not(InList(A, (Literal(1),)))),
    (
        "CASEI(a) = CASEI('Straße')",
        Compare("=", Call("casei", A), Call("casei", Literal("Straße"))),
    ),
    (
        "CASEI(ACCENTI(a)) LIKE CASEI(ACCENTI('%é%'))",
        Like(Call("casei", Call("accenti", A)), Call("casei", Call("accenti", Literal("%é%")))),
    ),
    ("a > b", Compare(">", A, B)),
    ("5 < a", Compare("<", Literal(5), A)),
    (
        "a + 2 * b ^ 2 > 0",
        Compare(
            ">",
            Arithmetic("+", A, Arithmetic("*", Literal(2), Arithmetic("^", B, Literal(2)))),
            Literal(0),
        ),
    ),
    ("a DIV 2 = 1", Compare("=", Arithmetic("div", A, Literal(2)), Literal(1))),
    ("a % 2 = 1", Compare("=", Arithmetic("%", A, Literal(2)), Literal(1))),
]
HOUSE: list[tuple[str, Filter]] = [
    ("SEARCH('red line', 'theft')", Text(("red line", "theft"))),
    (
        "S_DWITHIN(geometry, POINT(-87.63 41.88), 400)",
        Distance(shapely.Point(-87.63, 41.88), 400.0),
    ),
    ("T_SPAN(INTERVAL('2018-07-01T12:00:00Z', '..'))", During(NOON.value, None)),  # type: ignore[arg-type]
    (
        "T_SPAN(t, INTERVAL('..', '2018-07-01T12:00:00Z'))",
        During(None, NOON.value, "t"),  # type: ignore[arg-type]
    ),
]


@pytest.mark.parametrize(("text", "tree"), BASIC + ADVANCED + HOUSE)
def test_a_condition_becomes_its_tree_and_goes_back(text: str, tree: Filter) -> None:
    assert read_filter(text) == tree
    assert both(tree) == (tree, tree)


SHAPES = {
    "POINT(-87.6 41.9)": shapely.Point(-87.6, 41.9),
    "POINT(-8.76e1 419E-1)": shapely.Point(-87.6, 41.9),
    "POINT Z (-87.6 41.9 180)": shapely.Point(-87.6, 41.9),
    "LINESTRING(0 0, 1 1)": shapely.LineString([(0, 0), (1, 1)]),
    "POLYGON((0 0, 4 0, 4 4, 0 0), (2 1, 3 1, 3 2, 2 1))": shapely.Polygon(
        [(0, 0), (4, 0), (4, 4)], [[(2, 1), (3, 1), (3, 2)]]
    ),
    "MULTIPOINT((0 0), (1 1))": shapely.MultiPoint([(0, 0), (1, 1)]),
    "MULTILINESTRING((0 0, 1 1), (2 2, 3 3))": shapely.MultiLineString(
        [[(0, 0), (1, 1)], [(2, 2), (3, 3)]]
    ),
    "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))": shapely.MultiPolygon(
        [shapely.Polygon([(0, 0), (1, 0), (1, 1)])]
    ),
    "GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(0 0, 1 1))": shapely.GeometryCollection(
        [shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])]
    ),
    "BBOX(-1, -2, 3, 4)": shapely.box(-1, -2, 3, 4),
    "BBOX(-1, -2, 0, 3, 4, 9)": shapely.box(-1, -2, 3, 4),
    "BBOX(170, -2, -170, 4)": shapely.MultiPolygon(
        [shapely.box(170, -2, 180, 4), shapely.box(-180, -2, -170, 4)]
    ),
}


@pytest.mark.parametrize("function", ["INTERSECTS", "EQUALS", "DISJOINT", "TOUCHES", "OVERLAPS"])
@pytest.mark.parametrize("literal", SHAPES)
def test_every_shape_stands_in_every_spatial_function(function: str, literal: str) -> None:
    tree = read_filter(f"S_{function}(geometry, {literal})")
    assert tree == Spatial(f"s_{function.lower()}", SHAPES[literal])  # type: ignore[arg-type]
    assert both(tree) == (tree, tree)
    assert read_filter(f"S_{function}({literal}, geometry)") == tree


def test_within_turned_around_is_contains() -> None:
    turned = read_filter("S_WITHIN(BBOX(0, 0, 1, 1), geometry)")
    assert turned == Spatial("s_contains", shapely.box(0, 0, 1, 1))
    assert read_filter("S_CONTAINS(POINT(0 0), geometry)").op == "s_within"  # type: ignore[union-attr]


def test_coordinates_are_read_in_the_filter_s_own_system_and_axis_order() -> None:
    south_bank = read_filter("S_WITHIN(geometry, POINT(51.504 -0.128))", crs=epsg_uri(4326))
    assert south_bank.shape.equals_exact(shapely.Point(-0.128, 51.504), 1e-9)  # type: ignore[union-attr]
    grid = read_filter("S_INTERSECTS(geometry, POINT(530000 180000))", crs=epsg_uri(27700))
    assert grid.shape.distance(shapely.Point(-0.1284, 51.5040)) < 1e-4  # type: ignore[union-attr]
    feet = read_filter(
        '{"op": "s_within", "args": [{"property": "geometry"}, '
        '{"bbox": [1170000, 1900000, 1180000, 1910000]}]}',
        "cql2-json",
        crs=epsg_uri(3435),
    )
    assert feet.shape.centroid.distance(shapely.Point(-87.633, 41.895)) < 0.01  # type: ignore[union-attr]


JULY, AUGUST = Literal(date(2018, 7, 1)), Literal(date(2018, 8, 1))
LAST_OF_JULY = Literal(date(2018, 7, 31))
SPAN = "INTERVAL('2018-07-01', '2018-07-31')"
TEMPORAL: list[tuple[str, Filter]] = [
    ("T_AFTER(t, DATE('2018-07-31'))", Compare(">=", T, AUGUST)),
    ("T_BEFORE(t, DATE('2018-07-01'))", Compare("<", T, JULY)),
    (f"T_AFTER(t, {SPAN})", Compare(">=", T, AUGUST)),
    (f"T_BEFORE(t, {SPAN})", Compare("<", T, JULY)),
    (f"T_DURING(t, {SPAN})", And((Compare("<", T, AUGUST), Compare(">=", T, JULY)))),
    (f"T_INTERSECTS(t, {SPAN})", And((Compare("<", T, AUGUST), Compare(">=", T, JULY)))),
    (f"T_DISJOINT(t, {SPAN})", Or((Compare("<", T, JULY), Compare(">=", T, AUGUST)))),
    (
        "T_EQUALS(t, DATE('2018-07-31'))",
        And((Compare(">=", T, LAST_OF_JULY), Compare("<", T, AUGUST))),
    ),
    ("T_EQUALS(t, TIMESTAMP('2018-07-01T12:00:00Z'))", Compare("=", T, NOON)),
    (
        "T_INTERSECTS(t, INTERVAL('2018-07-01T00:00:00Z', '2018-07-01T12:00:00Z'))",
        And((Compare("<=", T, NOON), Compare(">=", T, MIDNIGHT))),
    ),
    ("T_INTERSECTS(t, INTERVAL('2018-07-01T12:00:00Z', '..'))", Compare(">=", T, NOON)),
    ("T_INTERSECTS(t, INTERVAL('..', '..'))", And(())),
    ("T_BEFORE(t, INTERVAL('..', '2018-07-01'))", Or(())),
    (
        "T_INTERSECTS(INTERVAL(a, b), INTERVAL('2018-07-01T00:00:00Z', '2018-07-01T12:00:00Z'))",
        And((Compare("<=", A, NOON), Compare(">=", B, MIDNIGHT))),
    ),
    (
        "T_DURING(INTERVAL(a, b), INTERVAL('2018-07-01T00:00:00Z', '2018-07-01T12:00:00Z'))",
        And((Compare(">", A, MIDNIGHT), Compare("<", B, NOON))),
    ),
    ("T_MEETS(INTERVAL(a, b), INTERVAL('2018-07-01T12:00:00Z', '..'))", Compare("=", B, NOON)),
    ("T_AFTER(TIMESTAMP('2018-07-01T12:00:00Z'), t)", Compare(">", NOON, T)),
    ("T_AFTER(DATE('2018-07-01'), t)", Compare("<", T, JULY)),
]


@pytest.mark.parametrize(("text", "tree"), TEMPORAL)
def test_a_temporal_function_becomes_comparisons_that_hold_whole_days(
    text: str, tree: Filter
) -> None:
    assert read_filter(text) == tree


MOMENTS = [datetime(2018, 7, day, tzinfo=UTC) for day in range(1, 6)]
ALLEN = {
    "t_after": lambda a, b, c, d: a > d,
    "t_before": lambda a, b, c, d: b < c,
    "t_contains": lambda a, b, c, d: a < c and b > d,
    "t_disjoint": lambda a, b, c, d: b < c or a > d,
    "t_during": lambda a, b, c, d: a > c and b < d,
    "t_equals": lambda a, b, c, d: a == c and b == d,
    "t_finishedBy": lambda a, b, c, d: a < c and b == d,
    "t_finishes": lambda a, b, c, d: a > c and b == d,
    "t_intersects": lambda a, b, c, d: not (b < c or a > d),
    "t_meets": lambda a, b, c, d: b == c,
    "t_metBy": lambda a, b, c, d: a == d,
    "t_overlappedBy": lambda a, b, c, d: c < a < d < b,
    "t_overlaps": lambda a, b, c, d: a < c < b < d,
    "t_startedBy": lambda a, b, c, d: a == c and b > d,
    "t_starts": lambda a, b, c, d: a == c and b < d,
}


def holds(node: Filter, row: dict[str, datetime]) -> bool:
    """The comparisons that a temporal function became, on one row."""
    match node:
        case And(parts):
            return all(holds(part, row) for part in parts)
        case Or(parts):
            return any(holds(part, row) for part in parts)
        case Compare(op, left, right):
            x, y = (row[one.name] if isinstance(one, Name) else one.value for one in (left, right))
            return {"=": x == y, "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y}[op]
    raise AssertionError(node)


@pytest.mark.parametrize("function", ALLEN)
def test_the_interval_functions_are_allen_s_relations(function: str) -> None:
    intervals = [(s, e) for s in MOMENTS for e in MOMENTS if s < e]
    for c, d in intervals:
        document = {
            "op": function,
            "args": [
                {"interval": [{"property": "a"}, {"property": "b"}]},
                {"interval": [c.isoformat(), d.isoformat()]},
            ],
        }
        tree = read_filter(json.dumps(document), "cql2-json")
        for a, b in intervals:
            assert holds(tree, {"a": a, "b": b}) == ALLEN[function](a, b, c, d)


def test_a_timestamp_without_a_zone_is_the_city_s_clock() -> None:
    tree = read_filter("t > TIMESTAMP('2018-07-01T00:00:00')", zone=CHICAGO)
    assert tree == Compare(">", T, Literal(datetime(2018, 7, 1, 5, tzinfo=UTC)))
    with pytest.raises(InvalidFilter, match="has no time zone"):
        read_filter("t > TIMESTAMP('2018-07-01T00:00:00')")
    offset = read_filter("t > TIMESTAMP('2018-07-01T00:00:00+02:00')", zone=CHICAGO)
    assert offset == Compare(">", T, Literal(datetime(2018, 6, 30, 22, tzinfo=UTC)))


def test_json_is_read_as_the_text_is() -> None:
    document = {
        "op": "and",
        "args": [
            {"op": "=", "args": [{"op": "casei", "args": [{"property": "a"}]}, "x"]},
            {"op": "and", "args": [
                {"op": "isNull", "args": [{"property": "b"}]},
                {"op": "t_before", "args": [{"property": "t"}, {"date": "2018-07-01"}]},
            ]},
        ],
    }  # fmt: skip
    assert read_filter(json.dumps(document), "cql2-json") == read_filter(
        "CASEI(a) = 'x' AND b IS NULL AND T_BEFORE(t, DATE('2018-07-01'))"
    )


MISTAKES = [
    ("", "The filter is empty"),
    ("a =", "character 4, at its end: expected a field, a value or a condition"),
    ("a == 1", "For equality write one ="),
    ("name ILIKE 'x'", "CASEI"),
    ("a = 1 b = 2", "character 7, before 'b = 2': expected the end, AND, OR"),
    ("(a = 1", "The '\\(' at character 1 of the filter is not closed"),
    ("a = 1)", "The '\\)' at character 6 of the filter closes nothing"),
    ("a = 'x", "The text that begins at character 5 of the filter is not closed"),
    ('"a = 1', "The name that begins at character 1"),
    ("a = ‘x’", "straight quotes"),
    ("a = 1; DROP TABLE crimes", "no ; stands in it"),
    ("a IN ()", "IN needs at least one value"),
    ("a = NULL", "IS NULL"),
    ("a LIKE 5", "LIKE needs a text"),
    ("foo(a) = 1", "There is no function foo"),
    ("nearby(a)", "There is no function nearby"),
    ("A_CONTAINS(a, ('x'))", "no field here holds a list"),
    ("casei(a)", "gives a value, not a condition"),
    ("'x'", "'x' is not a condition"),
    ("(a = 1) = TRUE", "A condition can't stand where a value is needed"),
    ("a = 12345678901234567890", "too large to be compared exactly"),
    ("a = 1e999", "too large"),
    ("t > DATE('2018-02-30')", "'2018-02-30' is not a date"),
    ("t > TIMESTAMP('yesterday')", "'yesterday' is not an instant"),
    ("T_AFTER(t, INTERVAL('2018-08-01', '2018-07-01'))", "ends before it begins"),
    ("T_AFTER(t, INTERVAL('2018-07-01', '2018-08-01T00:00:00Z'))", "not one of each"),
    ("T_AFTER(t, 5)", "5 is not a time"),
    ("T_SOON(t, DATE('2018-07-01'))", "There is no function T_SOON"),
    ("S_WITHIN(shape, POINT(0 0))", "needs the field geometry and a shape"),
    ("S_WITHIN(geometry, geometry)", "needs the field geometry and a shape"),
    ("S_WITHIN(geometry, POINT(41.9 -187.6))", "outside the world"),
    ("S_WITHIN(geometry, POINT(a))", "The shape that holds 'A' can't be read"),
    ("S_WITHIN(geometry, POINT EMPTY)", "can't be read"),
    ("S_WITHIN(geometry, POLYGON((0 0, 1 1)))", "can't be read"),
    ("S_WITHIN(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))", "Self-intersection"),
    ("S_WITHIN(geometry, BBOX(1, 2, 3))", "BBOX needs 4 numbers"),
    ("S_WITHIN(geometry, BBOX(0, 50, 1, 40))", "south"),
    ("S_DWITHIN(geometry, POINT(0 0), -5)", "not more than 0 m"),
    ("S_DWITHIN(geometry, POINT(0 0), '5')", "not a distance"),
    ("SEARCH(5)", "SEARCH needs words"),
    ("POINT(1 2) = a", "A shape can't be compared"),
    ("(" * 65 + "a = 1" + ")" * 65, "nested deeper than 64 levels"),
    ("NOT " * 70 + "a = 1", "too many operators"),
    ("a = 1" + " + 1" * 300, "too many operators"),
    ("a = '\ud800'", "not valid text"),
    ("a = 'x\0y'", "NUL"),
    ("x" * 1_000_001, "longer than 1,000,000 characters"),
    ("a IN (" + "1," * 20_000 + "1)", "more than 10,000 parts"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES)
def test_a_mistake_is_told_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(InvalidFilter, match=words) as caught:
        read_filter(text)
    assert caught.value.part == "filter"
    assert len(str(caught.value)) < 400


JSON_MISTAKES = [
    ("{", "The filter is not JSON"),
    ("[]", "is not a condition"),
    ("{}", "is not a condition"),
    ('{"op": 5}', "is not an operator"),
    ('{"op": "="}', "has no list of arguments"),
    ('{"op": "=", "args": [1]}', "= needs 2 arguments, not 1"),
    ('{"op": "and", "args": [true]}', "AND needs at least two"),
    ('{"op": "=", "args": [{"property": "a"}, NaN]}', "not a number"),
    ('{"op": "=", "args": [{"property": "a"}, "\\ud800"]}', "not valid Unicode"),
    ('{"op": "=", "args": [{"property": "a"}, [1]]}', "is not a value"),
    ('{"op": "=", "args": [{"property": 5}, 1]}', "is not a value"),
    ('{"op": "=", "args": [{"property": "a"}, ' + "9" * 6000 + "]}", "too many digits"),
    ('{"op": "s_within", "args": [{"property": "geometry"}, {"type": "Circle"}]}', "not a shape"),
    (
        '{"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point"}]}',
        "can't be read",
    ),
    ("[" * 100_000, "nested deeper"),
    ('{"op": "not", "args": [' * 500 + "true" + "]}" * 500, "nested deeper than 64 levels"),
    ('{"op": "t_after", "args": [{"property": "t"}, {"interval": ["x", ".."]}]}', "'x'"),
    ('{"op": "t_after", "args": [{"property": "t"}, {"interval": 5}]}', "INTERVAL needs"),
]


@pytest.mark.parametrize(("text", "words"), JSON_MISTAKES)
def test_a_mistake_in_json_is_told_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(InvalidFilter, match=words):
        read_filter(text, "cql2-json")


def test_a_shape_may_not_have_more_corners_than_the_limit() -> None:
    disc = shapely.Point(0, 0).buffer(1, quad_segs=6_000)
    with pytest.raises(InvalidFilter, match="more than 20,000 corners"):
        read_filter(f"S_WITHIN(geometry, {disc.wkt})")


def test_names_are_found_wherever_they_stand() -> None:
    tree = read_filter(
        "a = b + c AND (NOT CASEI(d) LIKE 'x' OR e IN (f, 1)) AND g BETWEEN h AND i AND j IS NULL"
        " AND T_SPAN(k, INTERVAL('..', '..')) AND S_WITHIN(geometry, POINT(0 0)) AND SEARCH('x')"
    )
    assert names_in(tree) == set("abcdefghijk")


def test_the_deepest_filter_allowed_fits_on_a_small_stack() -> None:
    deepest = [
        "(" * 64 + "a = 1" + ")" * 64,
        "a = " + "casei(" * 63 + "b" + ")" * 63,
        "NOT " * 64 + "a = 1",
        "a = 1" + " + 1" * 199,
    ]
    read: list[Filter] = []
    before = threading.stack_size(1024 * 1024)
    try:
        thread = threading.Thread(target=lambda: read.extend(map(read_filter, deepest)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert len(read) == len(deepest)


@given(filters)
@settings(max_examples=400, deadline=None)
def test_every_tree_comes_back_from_text_and_from_json(tree: Filter) -> None:
    assert both(tree) == (tree, tree)


_PIECES = [
    *("a", "geometry", '"', "'", "'x'", "(", ")", ",", "=", "<>", "LIKE", "IN", "BETWEEN", "AND"),
    *("OR", "NOT", "IS NULL", "+", "-", "*", "^", "div", "1", "-1.5", "1e400", "CASEI(", "POINT("),
    *("POLYGON((", "BBOX(", "S_WITHIN(", "T_AFTER(", "INTERVAL(", "DATE('2018-01-01')", "'..'"),
    *("TIMESTAMP('x')", "SEARCH(", "é", "\0", "\u2028", "TRUE", "[", "{", ";", "--", "\\"),
]


@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_PIECES), max_size=14).map(" ".join))
)
@example("BBOX(" + "1 -" * 3000 + "1)")
@example("S_WITHIN(geometry, POINT(" + "1 -" * 3000 + "1))")
@example("a(" * 60 + ")" * 60)
@settings(max_examples=1500, deadline=None)
def test_no_text_gives_anything_but_a_tree_or_a_sentence(text: str) -> None:
    for language in ("cql2-text", "cql2-json"):
        try:
            tree = read_filter(text, language, zone=CHICAGO)  # type: ignore[arg-type]
        except InvalidFilter:
            continue
        assert read_filter(to_text(tree)) == tree


_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
        st.sampled_from(["..", "2018-07-01", "2018-07-01T00:00:00Z"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.builds(
            lambda op, args: {"op": op, "args": args},
            st.sampled_from(
                ["and", "or", "not", "=", "<", "like", "in", "between", "isNull", "casei", "+",
                 "s_within", "s_dwithin", "t_after", "t_during", "t_span", "search", "x"]
            ),
            st.one_of(inner, st.lists(inner, max_size=3)),
        ),
        st.builds(
            lambda key, value: {key: value},
            st.sampled_from(["property", "date", "timestamp", "interval", "bbox", "type"]),
            inner,
        ),
        st.builds(
            lambda kind, coordinates: {"type": kind, "coordinates": coordinates},
            st.sampled_from(["Point", "Polygon", "LineString", "MultiPoint", "x"]),
            inner,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


@given(_JSON)
@settings(max_examples=1500, deadline=None)
def test_no_json_gives_anything_but_a_tree_or_a_sentence(document: object) -> None:
    try:
        tree = read_filter(json.dumps(document), "cql2-json", zone=CHICAGO)
    except InvalidFilter:
        return
    assert read_filter(json.dumps(to_json(tree)), "cql2-json") == tree
