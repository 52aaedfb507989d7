"""The URL dialect: what each parameter means, how mistakes are told, and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interurban.core import query as q
from interurban.core.errors import (
    BadRequest,
    InterurbanError,
    InvalidFilter,
    InvalidPlace,
    InvalidTime,
    UnknownField,
)
from interurban.query.crs import CRS84, epsg_uri, read_crs
from interurban.query.cursors import read_cursor, write_cursor
from interurban.query.intervals import read_interval, write_interval
from interurban.query.parameters import KINDS, Kind, read_parameters, write_parameters

from .cities import CHICAGO, CRIMES
from .filters import filters

ZONE = CHICAGO.zone


def read(url: str, kind: Kind = "items") -> q.Query:
    return read_parameters(parse_qsl(url, keep_blank_values=True), CRIMES, CHICAGO, kind)


def asked(**parts: object) -> q.Query:
    return replace(q.Query("chicago.crimes"), **parts)  # type: ignore[arg-type]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def eq(name: str, value: q.Value) -> q.Compare:
    return q.Compare("=", q.Name(name), q.Literal(value))


TICK = timedelta(microseconds=1)
MEANINGS: list[tuple[str, q.Query]] = [
    ("", asked()),
    ("bbox=-87.7,41.8,-87.6,41.9", asked(places=(q.BBox(-87.7, 41.8, -87.6, 41.9),))),
    ("bbox=-87.7,41.8,0,-87.6,41.9,500", asked(places=(q.BBox(-87.7, 41.8, -87.6, 41.9),))),
    (
        "bbox=41.8,-87.7,41.9,-87.6&bbox-crs=" + epsg_uri(4326),
        asked(places=(q.BBox(-87.7, 41.8, -87.6, 41.9),)),
    ),
    (
        "bbox=170,-10,-170,10",
        asked(places=(q.Within(
            shapely.MultiPolygon([shapely.box(170, -10, 180, 10), shapely.box(-180, -10, -170, 10)])
        ),)),
    ),
    ("near=-87.63,41.88,400", asked(places=(q.Near(-87.63, 41.88, 400.0),))),
    (
        "in=chicago.wards:42&in=chicago.zips:60614",
        asked(places=(q.InArea("chicago.wards", "42"), q.InArea("chicago.zips", "60614"))),
    ),
    ("in=london.boroughs:E09:12", asked(places=(q.InArea("london.boroughs", "E09:12"),))),
    (
        "within=POLYGON((0 0, 1 0, 1 1, 0 0))",
        asked(places=(q.Within(shapely.Polygon([(0, 0), (1, 0), (1, 1)])),)),
    ),
    (
        "datetime=2018-07-01",
        asked(times=(q.TimeSpan(utc(2018, 7, 1, 5), utc(2018, 7, 2, 5)),)),
    ),
    (
        "datetime=2018-07-01/2018-07-31",
        asked(times=(q.TimeSpan(utc(2018, 7, 1, 5), utc(2018, 8, 1, 5)),)),
    ),
    ("datetime=2018-07-01/..", asked(times=(q.TimeSpan(utc(2018, 7, 1, 5), None),))),
    ("datetime=/2018-07-31", asked(times=(q.TimeSpan(None, utc(2018, 8, 1, 5)),))),
    ("datetime=../..", asked()),
    (
        "datetime=2018-07-01T12:00:00Z",
        asked(times=(q.TimeSpan(utc(2018, 7, 1, 12), utc(2018, 7, 1, 12) + TICK),)),
    ),
    (
        "datetime=2018-07-01T12:00:00%2B02:00/2018-07-01T12:00:00.5Z",
        asked(times=(q.TimeSpan(utc(2018, 7, 1, 10), utc(2018, 7, 1, 12, 0, 0, 500_001)),)),
    ),
    ("datetime=2018-07-01T12:00/..", asked(times=(q.TimeSpan(utc(2018, 7, 1, 17), None),))),
    ('q=theft "red line"', asked(where=q.Text(("theft", "red line")))),
    ("q=a&q=b", asked(where=q.Text(("a", "b")))),
    ("q=", asked()),
    ("ward=42", asked(where=eq("ward", "42"))),
    ("ward=1, 2", asked(where=eq("ward", "1, 2"))),
    (
        "ward=42&ward=43&ward=42",
        asked(where=q.InList(q.Name("ward"), (q.Literal("42"), q.Literal("43")))),
    ),
    ("arrest=TRUE", asked(where=eq("arrest", True))),
    ("cost=1.5e3", asked(where=eq("cost", 1500))),
    ("victims=-2", asked(where=eq("victims", -2))),
    ("reported_on=2018-07-01", asked(where=eq("reported_on", date(2018, 7, 1)))),
    (
        "occurred_at=2018-07-01",
        asked(where=q.During(utc(2018, 7, 1, 5), utc(2018, 7, 2, 5), "occurred_at")),
    ),
    ("filter=ward='42'", asked(where=eq("ward", "42"))),
    (
        'filter-lang=cql2-json&filter={"op":"isNull","args":[{"property":"ward"}]}',
        asked(where=q.IsNull(q.Name("ward"))),
    ),
    (
        "filter=S_WITHIN(geometry,POINT(41.9 -87.6))&filter-crs=EPSG:4326",
        asked(where=q.Spatial("s_within", shapely.Point(-87.6, 41.9))),
    ),
    (
        "filter=cost>5 AND ward='42'&arrest=true&q=x",
        asked(where=q.And((
            q.Text(("x",)), eq("arrest", True), eq("ward", "42"),
            q.Compare(">", q.Name("cost"), q.Literal(5)),
        ))),
    ),
    ("properties=ward,arrest", asked(fields=("ward", "arrest"))),
    (
        "sortby=-cost,%2Bward,arrest",
        asked(order=(q.Order("cost", True), q.Order("ward"), q.Order("arrest"))),
    ),
    ("limit=10", asked(limit=10)),
    ("limit=10001", asked(limit=10_000)),
    ("cursor=" + write_cursor(q.Cursor(2**64 - 1, 5)), asked(after=q.Cursor(2**64 - 1, 5))),
    (
        "sortby=cost&cursor=" + write_cursor(2000),
        asked(order=(q.Order("cost"),), offset=2000),
    ),
    ("as_of=7", asked(as_of=7)),
    ("as_of=2018-08-09T00:00:00Z", asked(as_of=utc(2018, 8, 9))),
    ("as_of=2018-08-08", asked(as_of=utc(2018, 8, 9, 5) - TICK)),
    ("f=csv&crs=" + epsg_uri(27700), asked()),
]  # fmt: skip


@pytest.mark.parametrize(("url", "query"), MEANINGS)
def test_a_parameter_means(url: str, query: q.Query) -> None:
    assert read(url) == query


@pytest.mark.parametrize(("url", "query"), MEANINGS)
def test_a_query_is_written_so_that_it_is_read_again(url: str, query: q.Query) -> None:
    for city in (CHICAGO, None):
        assert read_parameters(write_parameters(query, city), CRIMES, CHICAGO) == query


AGGREGATES: list[tuple[str, tuple[q.Measure, ...], tuple[q.Group, ...]]] = [
    ("", (q.Measure("count"),), ()),
    (
        "measures=count,avg:cost,p95:cost,p99.9:cost,median:victims&by=ward,time:month",
        (
            q.Measure("count"), q.Measure("avg", "cost"), q.Measure("percentile", "cost", 0.95),
            q.Measure("percentile", "cost", 99.9 / 100), q.Measure("percentile", "victims", 0.5),
        ),
        (q.ByField("ward"), q.ByTime("month")),
    ),
    (
        "by=time:weekday:reported_on,area:chicago.wards,cell:14",
        (q.Measure("count"),),
        (q.ByTime("weekday", "reported_on"), q.ByArea("chicago.wards"), q.ByCell(14)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("url", "measures", "groups"), AGGREGATES)
def test_measures_and_groups(
    url: str, measures: tuple[q.Measure, ...], groups: tuple[q.Group, ...]
) -> None:
    query = read(url, "aggregate")
    assert (query.measures, query.groups) == (measures, groups)
    assert read_parameters(write_parameters(query), CRIMES, CHICAGO, "aggregate") == query


MISTAKES: list[tuple[str, type[BadRequest], str, str]] = [
    ("bboxx=1,2,3,4", BadRequest, "bboxx", "Did you mean bbox"),
    ("wrd=1", BadRequest, "wrd", "Did you mean ward?"),
    ("measures=count", BadRequest, "measures", "no parameter"),
    ("bbox=1,2,3", InvalidPlace, "bbox", "west,south,east,north"),
    ("bbox=a,b,c,d", InvalidPlace, "bbox", "can't be read"),
    ("bbox=nan,0,1,1", InvalidPlace, "bbox", "can't be read"),
    ("bbox=1e999,0,1,1", InvalidPlace, "bbox", "too large"),
    ("bbox=-187,41,-86,42", InvalidPlace, "bbox", "-187 41 lies outside the world"),
    ("bbox=41.8,-187.7,41.9,-87.6", InvalidPlace, "bbox", "longitude .* before latitude"),
    ("bbox=-87.7,41.9,-87.6,41.8", InvalidPlace, "bbox", "south"),
    ("bbox=0,0,1,1&bbox-crs=EPSG:99999", BadRequest, "bbox-crs", "27700"),
    ("near=-87.6,41.8", InvalidPlace, "near", "longitude,latitude,metres"),
    ("near=-87.6,41.8,0", InvalidPlace, "near", "more than 0"),
    ("near=-87.6,41.8,1e9", InvalidPlace, "near", "100,000 m"),
    ("near=-87.6,141.8,5", InvalidPlace, "near", "outside the world"),
    ("in=ward 42", InvalidPlace, "in", "chicago.wards:42"),
    ("in=chicago.wards:", InvalidPlace, "in", "not an area"),
    ("within=CIRCLE(1 2)", InvalidPlace, "within", "POLYGON"),
    ("within=POINT(0 0)) OR (TRUE", InvalidPlace, "within", "within"),
    ("within=POLYGON((0 0, 1 1, 0 1, 1 0, 0 0))", InvalidPlace, "within", "Self-intersection"),
    ("datetime=yesterday", InvalidTime, "datetime", "not a time"),
    ("datetime=2018-02-30", InvalidTime, "datetime", "no such time"),
    ("datetime=2018-07-01T25:00:00Z", InvalidTime, "datetime", "no such time"),
    ("datetime=2018-08-01/2018-07-01", InvalidTime, "datetime", "ends before"),
    ("datetime=2018/2019/2020", InvalidTime, "datetime", "two slashes"),
    ("datetime=9999-12-31/..", InvalidTime, "datetime", "no such time"),
    ("arrest=maybe", BadRequest, "arrest", "true or false"),
    ("cost=cheap", BadRequest, "cost", "a number"),
    ("victims=1.5", BadRequest, "victims", "a whole number"),
    ("victims=" + "9" * 30, BadRequest, "victims", "a whole number"),
    ("reported_on=2018-13-01", InvalidTime, "reported_on", "not a date"),
    ("occurred_at=soon", InvalidTime, "occurred_at", "not a time"),
    ("geometry=x", BadRequest, "geometry", "bbox"),
    ("filter=ward =", InvalidFilter, "filter", "expected"),
    ("filter=TRUE&filter-lang=sql", BadRequest, "filter-lang", "cql2-text or cql2-json"),
    ("filter=TRUE&filter-crs=x", BadRequest, "filter-crs", "EPSG"),
    ("properties=ward,colour", UnknownField, "properties", "colour"),
    ("properties=ward,,arrest", BadRequest, "properties", "empty item"),
    ("sortby=-colour", UnknownField, "sortby", "colour"),
    ("sortby=-", BadRequest, "sortby", "no field"),
    ("limit=0", BadRequest, "limit", "1 to 10000"),
    ("limit=-1", BadRequest, "limit", "1 to 10000"),
    ("limit=many", BadRequest, "limit", "1 to 10000"),
    ("limit=1.5", BadRequest, "limit", "1 to 10000"),
    ("limit=", BadRequest, "limit", "1 to 10000"),
    ("limit=1&limit=2", BadRequest, "limit", "twice"),
    ("cursor=abc", BadRequest, "cursor", "not given by this service"),
    ("cursor=é", BadRequest, "cursor", "not given by this service"),
    ("cursor=" + write_cursor(5), BadRequest, "cursor", "another order"),
    ("sortby=ward&cursor=" + write_cursor(q.Cursor(1, 1)), BadRequest, "cursor", "another order"),
    ("as_of=never", InvalidTime, "as_of", "not a time"),
]


@pytest.mark.parametrize(("url", "error", "part", "words"), MISTAKES)
def test_a_mistake_names_its_parameter(
    url: str, error: type[BadRequest], part: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=words) as caught:
        read(url)
    assert type(caught.value) is error
    assert caught.value.part == part


AGGREGATE_MISTAKES = [
    ("measures=total", "measures", "is no measure"),
    ("measures=avg", "measures", "missing"),
    ("measures=avg:ward", "measures", "no number"),
    ("measures=p101:cost", "measures", "is no measure"),
    ("by=colour", "by", "no field"),
    ("by=time:decade", "by", "no unit"),
    ("by=time:month:ward", "by", "no time"),
    ("by=cell:99", "by", "level"),
    ("by=area:wards", "by", "no boundary dataset"),
    ("by=shape:x", "by", "no group"),
    ("cursor=x", "cursor", "no parameter"),
]


@pytest.mark.parametrize(("url", "part", "words"), AGGREGATE_MISTAKES)
def test_a_mistake_in_an_aggregate_names_its_parameter(url: str, part: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words) as caught:
        read(url, "aggregate")
    assert caught.value.part == part


def test_text_that_is_no_unicode_is_refused() -> None:
    for pair in [("q", "\ud800"), ("\ud800", "x"), ("q", "a\0b")]:
        with pytest.raises(BadRequest, match="not Unicode"):
            read_parameters([pair], CRIMES, CHICAGO)


def test_a_reserved_name_is_never_a_field() -> None:
    """The dataset has a field called limit; it is asked for in a filter."""
    assert read("limit=5").limit == 5
    query = read("filter=limit=5")
    assert query.where == eq("limit", 5)
    assert write_parameters(query) == [("filter", "limit = 5")]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        (CRS84, CRS84),
        ("CRS84", CRS84),
        ("EPSG:27700", epsg_uri(27700)),
        ("urn:ogc:def:crs:EPSG::3435", epsg_uri(3435)),
        ("http://www.opengis.net/def/crs/EPSG/9.9.1/4326", epsg_uri(4326)),
        ("<http://www.opengis.net/def/crs/EPSG/0/3857>", epsg_uri(3857)),
    ],
)
def test_a_system_goes_by_every_name_the_ogc_gives_it(name: str, uri: str) -> None:
    assert read_crs(name, "crs") == uri


@pytest.mark.parametrize(
    ("box", "code"),
    [
        ("530000,180000,531000,181000", 27700),
        ("-14289.0,6710891.5,-12643.7,6712540.5", 3857),
        ("51.50376,-0.12836,51.51298,-0.11358", 4326),
    ],
)
def test_a_box_is_the_same_in_every_system(box: str, code: int) -> None:
    (place,) = read(f"bbox={box}&bbox-crs={epsg_uri(code)}").places
    assert isinstance(place, q.BBox)
    assert place.west == pytest.approx(-0.1284, abs=2e-4)
    assert place.north == pytest.approx(51.5130, abs=2e-4)


def test_a_box_in_feet_is_a_box_in_the_loop() -> None:
    (place,) = read(f"bbox=1175000,1899000,1177000,1902000&bbox-crs={epsg_uri(3435)}").places
    assert isinstance(place, q.BBox)
    assert place.west < -87.630 < place.east
    assert place.south < 41.882 < place.north


def test_a_day_is_as_long_as_the_city_s_clock_says() -> None:
    for day, hours in [("2018-03-11", 23), ("2018-11-04", 25), ("2018-07-01", 24)]:
        span = read_interval(day, ZONE)
        assert span is not None
        assert span.start is not None
        assert span.end is not None
        assert span.end - span.start == timedelta(hours=hours)
        assert write_interval(span, ZONE) == day


_DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 30))
_MOMENTS = st.one_of(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is its own argument
    _DAYS.map(lambda d: datetime(d.year, d.month, d.day, tzinfo=ZONE).astimezone(UTC)),
)


@given(st.lists(_MOMENTS, min_size=2, max_size=2, unique=True).map(sorted), st.booleans())
def test_every_span_is_read_as_it_was_written(ends: list[datetime], days: bool) -> None:
    span = q.TimeSpan(ends[0], ends[1])
    assert read_interval(write_interval(span, ZONE if days else None), ZONE) == span


_CURSORS = st.builds(q.Cursor, st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1))


@given(st.one_of(st.integers(1, 2**63 - 1), _CURSORS))
def test_every_cursor_is_read_as_it_was_written(where: q.Cursor | int) -> None:
    assert read_cursor(write_cursor(where)) == where


_places = st.one_of(
    st.builds(
        lambda x, y, w, h: q.BBox(x, y, min(x + w, 180.0), min(y + h, 90.0)),
        st.floats(-180, 179), st.floats(-90, 89), st.floats(0, 1), st.floats(0, 1),
    ),
    st.builds(q.Near, st.floats(-180, 180), st.floats(-90, 90), st.floats(0.01, 100_000)),
    st.builds(q.InArea, st.just("chicago.wards"), st.sampled_from(["42", "a:b", "Near West"])),
    st.just(q.Within(shapely.Point(-87.6, 41.8).buffer(0.01, quad_segs=1))),
)  # fmt: skip
_queries = st.builds(
    q.Query,
    dataset=st.just("chicago.crimes"),
    where=st.one_of(st.none(), filters),
    places=st.lists(_places, max_size=3).map(tuple),
    times=st.lists(
        st.lists(_MOMENTS, min_size=2, max_size=2, unique=True).map(
            lambda e: q.TimeSpan(min(e), max(e))
        ),
        max_size=2,
    ).map(tuple),
    fields=st.lists(st.sampled_from(["ward", "cost"]), unique=True).map(tuple),
    order=st.lists(st.builds(q.Order, st.sampled_from(["ward", "cost"]), st.booleans())).map(tuple),
    limit=st.one_of(st.none(), st.integers(1, 10_000)),
    as_of=st.one_of(st.none(), st.integers(0, 2**60), _MOMENTS),
)


def _writable(query: q.Query) -> bool:
    try:
        read_parameters(write_parameters(query, CHICAGO), CRIMES, CHICAGO)
    except BadRequest:
        return False
    return True


@given(_queries.filter(_writable))
@settings(max_examples=300, deadline=None)
def test_reading_and_writing_settle_after_one_turn(query: q.Query) -> None:
    """A filter's equalities move to parameters of their own on the first turn, then all stands."""
    settled = read_parameters(write_parameters(query, CHICAGO), CRIMES, CHICAGO)
    url = urlencode(write_parameters(settled, CHICAGO))
    assert read(url) == settled
    unfiltered = replace(query, where=None)
    assert read_parameters(write_parameters(unfiltered), CRIMES, CHICAGO) == unfiltered


_NAMES = sorted({n for names in KINDS.values() for n in names} | {f.name for f in CRIMES.fields})
_VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "1", "-1", "1,2,3", "1,2,3,4", "a,b", "..", "2018-01-01", "2018-01-01/..", "count",
         "avg:cost", "time:month", "cql2-json", "{}", "TRUE", "EPSG:4326", "POINT(1 1)", "é" * 9]
    ),
)  # fmt: skip


@given(
    st.lists(
        st.tuples(st.one_of(st.sampled_from(_NAMES), st.text(max_size=5)), _VALUES), max_size=4
    ),
    st.sampled_from(sorted(KINDS)),
)
@example([("datetime", "0001-01-01")], "items")
@example([("bbox", "٣,1,2,3")], "items")
@example([("limit", "²")], "items")
@example([("as_of", "²")], "items")
@settings(max_examples=1500, deadline=None)
def test_no_parameter_gives_anything_but_a_query_or_a_sentence(
    params: list[tuple[str, str]], kind: Kind
) -> None:
    try:
        read_parameters(params, CRIMES, CHICAGO, kind)
    except InterurbanError as error:
        assert isinstance(error, BadRequest)  # noqa: PT017 - other results are fine too


def test_a_zone_is_only_as_good_as_its_rules() -> None:
    """Midnight that a clock change skips is the instant the day really begins."""
    span = read_interval("2018-11-04", ZoneInfo("America/Sao_Paulo"))
    assert span is not None
    assert span.start == utc(2018, 11, 4, 3)


def test_a_file_holds_as_many_rows_as_are_asked_for() -> None:
    """Only a page has a greatest size: a download is never cut short behind one's back."""
    assert read("limit=5000000", kind="export").limit == 5_000_000
    assert read("limit=5000000").limit == 10_000
