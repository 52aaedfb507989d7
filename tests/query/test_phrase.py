"""The search line: what people type, and exactly what it becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.core import query as q
from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, InvalidTime, UnknownCity
from interurban.query.parameters import read_parameters, write_parameters
from interurban.query.phrase import MAX_CHARACTERS, Phrase, read_phrase

from .cities import CRIMES
from .words import NOW, WORDS

Urls = dict[str, list[tuple[str, str]]]


def read(text: str, city: str | None = None) -> Phrase:
    return read_phrase(text, WORDS, NOW, city)


def urls(phrase: Phrase) -> Urls:
    """Each query as the parameters of its URL, which are exact and readable."""
    return {
        query.dataset: write_parameters(query, WORDS.cities[query.dataset.partition(".")[0]])
        for query in phrase.queries
    }


CC, LC = "chicago.crimes", "london.crimes"
FOOD, PERMITS = "chicago.food_inspections", "chicago.building_permits"
DALEY = ("near", "-87.6296,41.8842,400")
THEFT = ("category", "theft")
HACKNEY = ("in", "london.boroughs_2014:E09000012")
JULY = "T_SPAN(issued_on, INTERVAL('2018-07-01T05:00:00Z', '2018-08-01T05:00:00Z'))"

LINES: list[tuple[str, str | None, Urls]] = [
    # The two of the brief
    (
        'crimes theft near "Daley Center" 400 m last 7 days',
        None,
        {CC: [THEFT, DALEY, ("datetime", "2018-08-09/2018-08-15")]},
    ),
    (
        "food in Hackney since March",
        None,
        {
            "london.food_hygiene": [
                ("in", "london.boroughs_2014:E09000012"),
                ("datetime", "2018-03-01/.."),
            ]
        },
    ),
    ("theft near Daley Center", None, {CC: [THEFT, DALEY]}),
    (
        "„Daley Center“ theft near «Daley Center»",
        None,
        {CC: [("q", '"Daley Center"'), THEFT, DALEY]},
    ),
    ("crimes ward 42", None, {CC: [("in", "chicago.wards_2015:42")]}),
    ("burglary Hackney", None, {LC: [("category", "burglary"), HACKNEY]}),
    # Datasets
    ("crimes", None, {CC: [], LC: []}),
    ("crimes", "chicago", {CC: []}),
    ("CRIME", "london", {LC: []}),
    ("offences", "chicago", {CC: []}),
    ("chicago.crimes", None, {CC: []}),
    ("chicago crimes", None, {CC: []}),
    ("food_inspections 60614", None, {FOOD: [("in", "chicago.zip_codes:60614")]}),
    ("crimes 2019", "chicago", {"chicago.crimes_2019_sample": []}),
    ("crimes in 2019", "chicago", {CC: [("datetime", "2019-01-01/2019-12-31")]}),
    ("divvy", None, {"chicago.divvy_stations": [], "london.cycle_hire_stations": []}),
    ("divvy", "london", {"london.cycle_hire_stations": []}),
    ("tube", "chicago", {"london.tfl_stations": []}),
    ("crimes and food", "chicago", {CC: [], FOOD: []}),
    # Text and values
    ("thefts", None, {CC: [THEFT], LC: [THEFT]}),
    ("show me all the thefts, please!", "london", {LC: [THEFT]}),
    ("crimes Theft Burglary", "chicago", {CC: [THEFT, ("category", "burglary")]}),
    ("anti-social behavior", "london", {LC: [("category", "anti-social behaviour")]}),
    (
        "crimes motor vehicle theft",
        None,
        {CC: [("primary_type", "MOTOR VEHICLE THEFT")], LC: [("q", '"motor vehicle theft"')]},
    ),
    ('crimes "red line" bike', "chicago", {CC: [("q", '"red line" bike')]}),
    ('crimes "theft"', "chicago", {CC: [THEFT]}),
    ("food pass with conditions", "chicago", {FOOD: [("result", "pass with conditions")]}),
    ("crimes may", "chicago", {CC: [("q", "may")]}),
    # Columns
    ("crimes ward:42", None, {CC: [("filter", "CASEI(ward) LIKE CASEI('%42%')")]}),
    ("crimes ward=42", None, {CC: [("ward", "42")]}),
    (
        'crimes block:"N STATE"',
        "chicago",
        {CC: [("filter", "CASEI(location) LIKE CASEI('%N STATE%')")]},
    ),
    ("crimes type:theft", "chicago", {CC: [("primary_type", "THEFT")]}),
    ("crimes chicago.crimes.ward=42", None, {CC: [("ward", "42")]}),
    ("crimes arrest:no", None, {CC: [("arrest", "false")]}),
    ("crimes arrest!=no", None, {CC: [("arrest", "true")]}),
    ("permits cost>100000", None, {PERMITS: [("filter", "cost > 100000")]}),
    ("permits cost > $1,000", None, {PERMITS: [("filter", "cost > 1000")]}),
    ("permits cost:1000..5000", None, {PERMITS: [("filter", "cost BETWEEN 1000 AND 5000")]}),
    (
        "permits issued:2018-07",
        None,
        {PERMITS: [("filter", JULY)]},
    ),
    (
        'permits issued>="1 July 2018"',
        None,
        {PERMITS: [("filter", "T_SPAN(issued_on, INTERVAL('2018-07-01T05:00:00Z', '..'))")]},
    ),
    # Near
    ("crimes near Daley Center", None, {CC: [DALEY]}),
    ("crimes near daley center theft", None, {CC: [THEFT, DALEY]}),
    ("theft near Daley Center crimes", None, {CC: [THEFT, DALEY]}),
    ("crimes within 1/4 mi of Daley Center", None, {CC: [("near", "-87.6296,41.8842,402.336")]}),
    ("crimes 400m from Daley Center", None, {CC: [DALEY]}),
    (
        "crimes near Daley Center within 1/2 mile",
        None,
        {CC: [("near", "-87.6296,41.8842,804.672")]},
    ),
    ("crimes near Daley Center, 1000 ft", None, {CC: [("near", "-87.6296,41.8842,304.8")]}),
    ("crimes half a mile from Millennium Park", None, {CC: [("near", "-87.6241,41.881,804.672")]}),
    ("crimes near 41.8270, -87.6423", None, {CC: [("near", "-87.6423,41.827,400")]}),
    ("crimes 41.8270, -87.6423", None, {CC: [("near", "-87.6423,41.827,400")]}),
    ("crimes near -87.6423, 41.8270", None, {CC: [("near", "-87.6423,41.827,400")]}),
    (
        "crimes within 3/4 mi of 41.8270, -87.6423",
        None,
        {CC: [("near", "-87.6423,41.827,1207.008")]},
    ),
    ("crimes near State & Madison", None, {CC: [("near", "-87.6278,41.882,400")]}),
    ("crimes at the corner of madison and state st", None, {CC: [("near", "-87.6278,41.882,400")]}),
    ("food near May & Lake", None, {FOOD: [("near", "-87.6556,41.8854,400")]}),
    ("crimes near King's Cross", None, {LC: [("near", "-0.1227,51.5321,400")]}),
    ("crimes near kings cross", "chicago", {LC: [("near", "-0.1227,51.5321,400")]}),
    ("crimes London Bridge", None, {LC: [("near", "-0.0864,51.5052,400")]}),
    # In
    ("crimes in the Loop", None, {CC: [("in", "chicago.community_areas:32")]}),
    ("crimes in Austin", None, {CC: [("in", "chicago.community_areas:25")]}),
    ("crimes in ward 42", None, {CC: [("in", "chicago.wards_2015:42")]}),
    ("crimes in the 42nd ward", None, {CC: [("in", "chicago.wards_2015:42")]}),
    (
        "crimes in ward 42 since June 2023",
        None,
        {CC: [("in", "chicago.wards_2023:42"), ("datetime", "2023-06-01/..")]},
    ),
    ("crimes in 60614", None, {CC: [("in", "chicago.zip_codes:60614")]}),
    ("crimes in zip 60614", None, {CC: [("in", "chicago.zip_codes:60614")]}),
    ("crimes Hackney", None, {LC: [("in", "london.boroughs_2014:E09000012")]}),
    ("crimes in Hackney borough", None, {LC: [("in", "london.boroughs_2014:E09000012")]}),
    (
        "crimes in Hyde Park",
        None,
        {CC: [("in", "chicago.community_areas:41")], LC: [("in", "london.wards_2014:E05000640")]},
    ),
    ("crimes in Hyde Park", "london", {LC: [("in", "london.wards_2014:E05000640")]}),
    ("crimes in Millennium Park", None, {CC: [("near", "-87.6241,41.881,400")]}),
    ("crimes in chicago", "london", {CC: []}),
    ("London crimes", None, {LC: []}),
    # Time
    ("crimes today", "chicago", {CC: [("datetime", "2018-08-15")]}),
    ("crimes today", "london", {LC: [("datetime", "2018-08-16")]}),
    ("crimes today", None, {CC: [("datetime", "2018-08-15")], LC: [("datetime", "2018-08-16")]}),
    ("crimes on 3/7/2018", "chicago", {CC: [("datetime", "2018-03-07")]}),
    ("crimes on 3/7/2018", "london", {LC: [("datetime", "2018-07-03")]}),
    ("crimes last weekend", "chicago", {CC: [("datetime", "2018-08-11/2018-08-12")]}),
    ("crimes July 3, 2018", "chicago", {CC: [("datetime", "2018-07-03")]}),
    (
        "crimes between 3 and 10 July 2018 in the Loop",
        None,
        {CC: [("in", "chicago.community_areas:32"), ("datetime", "2018-07-03/2018-07-10")]},
    ),
    (
        "crimes last 24 hours",
        "chicago",
        {CC: [("datetime", "2018-08-15T02:30:00Z/2018-08-16T02:29:59.999999Z")]},
    ),
    # Limits
    ("crimes top 10", "chicago", {CC: [("limit", "10")]}),
    ("crimes $max:50", "chicago", {CC: [("limit", "50")]}),
    # Nothing to ask yet
    ("", None, {}),
    ("   ", None, {}),
    ("41.8270, -87.6423", None, {}),
    ("Daley Center Plaza", None, {}),
]


@pytest.mark.parametrize(("text", "city", "expected"), LINES)
def test_a_line_becomes_queries(text: str, city: str | None, expected: Urls) -> None:
    assert urls(read(text, city)) == expected


@pytest.mark.parametrize(("text", "city", "expected"), LINES)
def test_a_line_that_is_used_up_leaves_nothing_unread(
    text: str, city: str | None, expected: Urls
) -> None:
    assert read(text, city).unread == ()


CHIPS: list[tuple[str, list[tuple[str, str, str, str]]]] = [
    (
        'crimes theft near "Daley Center" 400 m last 7 days',
        [
            ("dataset", "Crimes", "chicago.crimes", "crimes"),
            ("field", "Category: theft", "", "theft"),
            (
                "near",
                "within 400 m of Daley Center Plaza",
                "bike station",
                'near "Daley Center" 400 m',
            ),
            ("time", "last 7 days", "Aug 9 – 15, 2018", "last 7 days"),
        ],
    ),
    (
        "food in Hackney since March",
        [
            ("dataset", "Food hygiene ratings", "london.food_hygiene", "food"),
            ("in", "in Hackney", "borough", "in Hackney"),
            ("time", "since 1 Mar 2018", "since March", "since March"),
        ],
    ),
    (
        "thefts within 1/4 mi of Daley Center, top 5",
        [
            ("field", "Category: theft", "", "thefts"),
            (
                "near",
                "within 1/4 mi of Daley Center Plaza",
                "bike station",
                "within 1/4 mi of Daley Center",
            ),
            ("limit", "at most 5", "", ", top 5"),
        ],
    ),
    (
        'crimes "red line" arrest:yes in Chicago',
        [
            ("dataset", "Crimes", "chicago.crimes", "crimes"),
            ("text", "red line", "", '"red line"'),
            ("field", "arrest: yes", "", "arrest:yes"),
            ("in", "in Chicago", "city", "in Chicago"),
        ],
    ),
    (
        "crimes",
        [("dataset", "Crimes and Street crimes", "chicago.crimes, london.crimes", "crimes")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), CHIPS)
def test_chips_say_what_was_understood_and_where_it_stands(
    text: str, expected: list[tuple[str, str, str, str]]
) -> None:
    chips = read(text).chips
    assert [(c.kind, c.label, c.detail, text[c.start : c.end]) for c in chips] == expected


HINTS: list[tuple[str, str | None, list[str], str]] = [
    ("crmes in Hackney", None, [], "“crmes” is searched for as text. Did you mean crimes?"),
    ("crimes theff", "chicago", [], "Did you mean theft?"),
    ("crimes near Xyzzy", None, ["near Xyzzy"], "No place here is called “Xyzzy”."),
    ("crimes near Daley Hospital", None, ["near Daley Hospital"], "No place here is called"),
    ("crimes near me", None, ["near me"], "say near which place"),
    ("crimes in Hackney and Camden", None, ["and Camden"], "One place at a time"),
    ("crimes near Hakney", None, ["near Hakney"], "Did you mean Hackney?"),
    ("crimes wrd:42", "chicago", ["wrd:42"], "Crimes has no field wrd. Did you mean ward?"),
    ("crimes arrest:maybe", "chicago", ["arrest:maybe"], "does not fit the field arrest"),
    ("crimes in Austin", None, [], "it is also a neighborhood"),
    ("crimes near Lincoln", None, [], "Lincoln is taken as the school; there is 1 more"),
    ("crimes in Millennium Park", None, [], "has no boundary here; 400 m around it are meant"),
    ("crimes near Hackney", None, [], "For all of it write “in Hackney”"),
    ("crimes in Hackney", "chicago", [], "Hackney is in London."),
    ("tube", "chicago", [], "Only London has tube stations here."),
    ("tube in Wicker Park", None, ["tube"], "Chicago has no tube here."),
    ("crimes in chicago in Hackney", None, ["in Hackney"], "Hackney is not in Chicago."),
    ("divvy last week", "chicago", [], "Divvy stations has no times; “last week” is left out"),
    ("house prices in Hackney", None, [], "House prices has no places; “Hackney” is left out"),
    ("crimes or food", "chicago", ["or"], "“or” can't be used here"),
    ("crimes weekends", None, ["weekends"], "see them in the chart"),
    ("crimes within 400 m", None, ["within 400 m"], "Say of which place"),
    ("crimes top 99999", None, ["top 99999"], "At most 10,000 rows"),
    ("crimes 98.5, 200.5", None, ["98.5, 200.5"], "latitude, longitude"),
    ("Daley Center Plaza", None, [], "Say what to look for as well, for example crimes, food"),
]


@pytest.mark.parametrize(("text", "city", "unread", "hint"), HINTS)
def test_what_could_not_be_used_is_told(
    text: str, city: str | None, unread: list[str], hint: str
) -> None:
    phrase = read(text, city)
    assert [piece.text for piece in phrase.unread] == unread
    assert any(hint in one for one in phrase.hints), phrase.hints


def test_a_dataset_that_lacks_a_field_another_has_is_not_asked_without_it() -> None:
    """London's crimes have no wards: they would answer a question that was not asked."""
    assert [query.dataset for query in read("crimes ward=42").queries] == [CC]


def test_labels_of_places_and_times_keep_the_words() -> None:
    (query,) = read('crimes near "Daley Center" last 7 days').queries
    assert query.places[0].label == "Daley Center Plaza"  # type: ignore[union-attr]
    assert query.times[0].label == "last 7 days"


def test_places_come_with_the_phrase_even_without_a_dataset() -> None:
    (place,) = read("Daley Center Plaza").places
    assert (place.kind, place.lon, place.lat) == ("bike station", -87.6296, 41.8842)


def test_a_window_slides_with_now_and_keeps_to_local_days_over_a_clock_change() -> None:
    march = datetime(2018, 3, 14, 12, tzinfo=UTC)
    (query,) = read_phrase("crimes last 7 days", WORDS, march, "chicago").queries
    assert query.times[0].start == datetime(2018, 3, 8, 6, tzinfo=UTC)
    assert query.times[0].end == datetime(2018, 3, 15, 5, tzinfo=UTC)


def test_bad_questions_are_refused() -> None:
    with pytest.raises(BadRequest, match="longer than 1,000"):
        read("x" * (MAX_CHARACTERS + 1))
    with pytest.raises(BadRequest, match="not valid text"):
        read("crimes \ud800")
    with pytest.raises(UnknownCity, match="There are chicago, london"):
        read("crimes", "paris")
    with pytest.raises(InvalidTime, match="no time zone"):
        read_phrase("crimes", WORDS, datetime(2018, 1, 1))  # noqa: DTZ001 - that is the mistake


_PIECES = st.sampled_from(
    [
        *("crimes", "food", "theft", "near", "in", "within", "of", "from", "400 m", "1/4", "mi"),
        *('"Daley Center"', "Hackney", "ward", "42", "ward:42", "cost>1", "d:", ":", '"', "“", "”"),
        *("41.8270, -87.6423", "1.5,2.5", "last", "7", "days", "since", "March", "2018", "between"),
        *("and", "to", "or", "the", "$max:5", "$max:0", "top", "60614", "London", "chicago", "é"),
        *(
            "3/7/2018",
            "31/12",
            "0/0",
            "..",
            ",",
            "!",
            "(",
            "\u2028",
            "ﬁ",
            "İ",
            "½",
            "State & Madison",
        ),
        *(
            "date:2018..2017",
            "date<x",
            "-",
            "–",
            "a mile",
            "half",
            "1e9 m",
            "9999999 km",
            "arrest:no",
        ),
    ]
)
_LINES = st.one_of(st.text(max_size=40), st.lists(_PIECES, max_size=10).map(" ".join))
_ALL_FIELDS = replace(
    CRIMES,
    fields=tuple({f.name: f for d in WORDS.datasets for f in d.fields}.values()),
)


@given(_LINES, st.sampled_from([None, "chicago", "london"]))
@settings(max_examples=1500, deadline=None)
def test_every_character_is_told_of_and_every_query_is_a_url(line: str, city: str | None) -> None:
    try:
        phrase = read(line, city)
    except BadRequest:
        return
    told = set()
    spans = [(p.start, p.end) for p in (*phrase.chips, *phrase.unread)]
    for start, end in spans:
        assert 0 <= start < end <= len(line)
        told.update(range(start, end))
    assert all(character.isspace() or n in told for n, character in enumerate(line))
    assert sum(end - start for start, end in spans) == len(told), "no two of them overlap"
    for query in phrase.queries:
        where = WORDS.cities[query.dataset.partition(".")[0]]
        snapshot: Snapshot = replace(_ALL_FIELDS, dataset=query.dataset)
        again = read_parameters(write_parameters(query, where), snapshot, where)
        assert again == _without_labels(query)


def _without_labels(query: q.Query) -> q.Query:
    return replace(
        query,
        places=tuple(replace(place, label="") for place in query.places),  # type: ignore[type-var]
        times=tuple(replace(span, label="") for span in query.times),
    )


def test_a_line_reads_the_same_in_any_zone_of_now() -> None:
    here = NOW.astimezone(ZoneInfo("Asia/Tokyo"))
    assert read_phrase("crimes today", WORDS, here).queries == read("crimes today").queries


def test_the_lines_of_the_documentation_are_understood(repository: Path) -> None:
    page = (repository / "docs" / "search-line.md").read_text(encoding="utf-8")
    lines = page.split("```")[1].strip().splitlines()
    assert len(lines) >= 3
    for line in lines:
        phrase = read(line)
        assert phrase.queries, line
        assert not phrase.unread, line
        assert not phrase.hints, line
