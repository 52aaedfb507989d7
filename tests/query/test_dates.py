"""Times as people write them, on the clock of the city they ask about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.query.clock import Clock, Period, months_later
from interurban.query.dates import read_period, read_time
from interurban.query.holidays import easter

CHICAGO = ZoneInfo("America/Chicago")
LONDON = ZoneInfo("Europe/London")
# Wednesday 15 August 2018, 21:30 in Chicago; Thursday 16 August, 03:30 in London.
NOW = datetime(2018, 8, 16, 2, 30, tzinfo=UTC)
US = Clock(NOW, CHICAGO, day_first=False)
UK = Clock(NOW, LONDON, day_first=True)


def read(text: str, clock: Clock = US) -> tuple[Period, int] | None:
    found = read_time(text.split(), 0, clock)
    return (found.period, found.length) if found else None


def local(clock: Clock, text: str | None, plus: int = 0) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text) + timedelta(days=plus)
    return moment.replace(tzinfo=clock.zone).astimezone(UTC)


def span(first: str | None, last: str | None, clock: Clock = US) -> Period:
    """First and last day, both included."""
    return Period(local(clock, first), local(clock, last, 1))


AMERICAN: list[tuple[str, str | None, str | None]] = [
    ("today", "2018-08-15", "2018-08-15"),
    ("yesterday", "2018-08-14", "2018-08-14"),
    ("last 7 days", "2018-08-09", "2018-08-15"),
    ("in the last 7 days", "2018-08-09", "2018-08-15"),
    ("over the past seven days", "2018-08-09", "2018-08-15"),
    ("last 2 weeks", "2018-08-02", "2018-08-15"),
    ("past 3 months", "2018-05-16", "2018-08-15"),
    ("last fortnight", "2018-08-02", "2018-08-15"),
    ("2018-03-01..2018-03-31", "2018-03-01", "2018-03-31"),
    ("2018-03-01/2018-03-31", "2018-03-01", "2018-03-31"),
    ("Easter", "2018-04-01", "2018-04-01"),
    ("since Easter", "2018-04-01", None),
    ("since last Christmas", "2017-12-25", None),
    ("on Thanksgiving 2017", "2017-11-23", "2017-11-23"),
    ("New Year's Eve", "2017-12-31", "2017-12-31"),
    ("Memorial Day", "2018-05-28", "2018-05-28"),
    ("past month", "2018-07-16", "2018-08-15"),
    ("past year", "2017-08-16", "2018-08-15"),
    ("past week", "2018-08-09", "2018-08-15"),
    ("this week", "2018-08-13", "2018-08-19"),
    ("last week", "2018-08-06", "2018-08-12"),
    ("this month", "2018-08-01", "2018-08-31"),
    ("last month", "2018-07-01", "2018-07-31"),
    ("this quarter", "2018-07-01", "2018-09-30"),
    ("last quarter", "2018-04-01", "2018-06-30"),
    ("this year", "2018-01-01", "2018-12-31"),
    ("last year", "2017-01-01", "2017-12-31"),
    ("weekend", "2018-08-11", "2018-08-12"),
    ("last weekend", "2018-08-11", "2018-08-12"),
    ("this weekend", "2018-08-18", "2018-08-19"),
    ("last summer", "2017-06-01", "2017-08-31"),
    ("this summer", "2018-06-01", "2018-08-31"),
    ("last winter", "2017-12-01", "2018-02-28"),
    ("winter 2018", "2017-12-01", "2018-02-28"),
    ("in the summer of 2017", "2017-06-01", "2017-08-31"),
    ("fall 2017", "2017-09-01", "2017-11-30"),
    ("last Monday", "2018-08-13", "2018-08-13"),
    ("last Wednesday", "2018-08-08", "2018-08-08"),
    ("on Monday", "2018-08-13", "2018-08-13"),
    ("on Wednesday", "2018-08-15", "2018-08-15"),
    ("on Thursday", "2018-08-09", "2018-08-09"),
    ("since March", "2018-03-01", None),
    ("since 2018", "2018-01-01", None),
    ("since last week", "2018-08-06", None),
    ("since yesterday", "2018-08-14", None),
    ("since 3 months ago", "2018-05-15", None),
    ("a week ago", "2018-08-08", "2018-08-08"),
    ("in 2018", "2018-01-01", "2018-12-31"),
    ("2018", "2018-01-01", "2018-12-31"),
    ("June 2018", "2018-06-01", "2018-06-30"),
    ("2018-06", "2018-06-01", "2018-06-30"),
    ("in June", "2018-06-01", "2018-06-30"),
    ("in August", "2018-08-01", "2018-08-31"),
    ("in September", "2017-09-01", "2017-09-30"),
    ("last March", "2018-03-01", "2018-03-31"),
    ("last August", "2017-08-01", "2017-08-31"),
    ("Q2 2018", "2018-04-01", "2018-06-30"),
    ("2018 Q2", "2018-04-01", "2018-06-30"),
    ("q4", "2017-10-01", "2017-12-31"),
    ("before 1 Feb 2019", None, "2019-01-31"),
    ("after 1 Feb 2018", "2018-02-02", None),
    ("until June", None, "2018-06-30"),
    ("up to 2017", None, "2017-12-31"),
    ("from May", "2018-05-01", None),
    ("between 3 July 2018 and 10 July 2018", "2018-07-03", "2018-07-10"),
    ("between 3 July and 10 August 2018", "2018-07-03", "2018-08-10"),
    ("between 3 and 10 July 2018", "2018-07-03", "2018-07-10"),
    ("from June to August 2017", "2017-06-01", "2017-08-31"),
    ("from November to January 2018", "2017-11-01", "2018-01-31"),
    ("June to August 2017", "2017-06-01", "2017-08-31"),
    ("2016 - 2018", "2016-01-01", "2018-12-31"),
    ("2018-07-01 to 2018-07-15", "2018-07-01", "2018-07-15"),
    ("on 3 July 2018", "2018-07-03", "2018-07-03"),
    ("July 3 2018", "2018-07-03", "2018-07-03"),
    ("July 3rd", "2018-07-03", "2018-07-03"),
    ("3rd of July", "2018-07-03", "2018-07-03"),
    ("September 3", "2017-09-03", "2017-09-03"),
    ("29 February", "2016-02-29", "2016-02-29"),
    ("2018-07-03", "2018-07-03", "2018-07-03"),
    ("3/7/2018", "2018-03-07", "2018-03-07"),
    ("13/7/2018", "2018-07-13", "2018-07-13"),
    ("on 3/7", "2018-03-07", "2018-03-07"),
    ("May", "2018-05-01", "2018-05-31"),
    ("march 2018", "2018-03-01", "2018-03-31"),
]


@pytest.mark.parametrize(("text", "first", "last"), AMERICAN)
def test_words_mean_whole_local_days(text: str, first: str | None, last: str | None) -> None:
    assert read(text) == (span(first, last), len(text.split()))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", "2018-08-16", "2018-08-16"),
        ("on Thursday", "2018-08-16", "2018-08-16"),
        ("3/7/2018", "2018-07-03", "2018-07-03"),
        ("before 3.7.2018", None, "2018-07-02"),
        ("on 3/7", "2018-07-03", "2018-07-03"),
        ("last 7 days", "2018-08-10", "2018-08-16"),
    ],
)
def test_another_city_has_another_clock_and_another_way_to_write_days(
    text: str, first: str | None, last: str | None
) -> None:
    assert read(text, UK) == (span(first, last, UK), len(text.split()))


def test_hours_count_back_from_the_minute() -> None:
    assert read("last 24 hours") == (Period(NOW - timedelta(hours=24), NOW), 3)
    assert read("past hour") == (Period(NOW - timedelta(hours=1), NOW), 2)
    assert read("last 90 mins") == (Period(NOW - timedelta(minutes=90), NOW), 3)
    assert read("last day") == (Period(NOW - timedelta(hours=24), NOW), 2)
    assert read("since 6 hours ago") == (Period(NOW - timedelta(hours=6), None), 4)


@pytest.mark.parametrize(
    "text",
    [
        "may",
        "march",
        "sun",
        "summer",
        "3/7",
        "the",
        "last",
        "last of",
        "since",
        "between 2018",
        "7 days",
        "12345",
        "February 30 2018",
        "31/31/2018",
        "since theft",
        "between 2018 and 2017",
        "in the",
        "0 days ago",
    ],
)
def test_what_is_no_time_is_left_alone(text: str) -> None:
    found = read(text)
    assert found is None or found[1] < len(text.split())


def test_a_time_ends_where_its_words_end() -> None:
    assert read("July 2018 near Daley Center") == (span("2018-07-01", "2018-07-31"), 2)
    assert read("since March in Hackney") == (span("2018-03-01", None), 2)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2018, 3, 11), 23), (date(2018, 11, 4), 25), (date(2018, 8, 15), 24)]
)
def test_a_day_has_the_hours_the_clock_gives_it(day: date, hours: int) -> None:
    period = US.day(day)
    assert period.start is not None
    assert period.end is not None
    assert period.end - period.start == timedelta(hours=hours)


def test_the_last_seven_days_over_a_clock_change_are_seven_local_days() -> None:
    clock = Clock(datetime(2018, 3, 14, 12, tzinfo=UTC), CHICAGO, day_first=False)
    assert read("last 7 days", clock) == (span("2018-03-08", "2018-03-14", clock), 3)
    period = clock.window(7, "day")
    assert period.start is not None
    assert period.end is not None
    assert period.end - period.start == timedelta(days=7) - timedelta(hours=1)


def test_months_are_counted_by_the_calendar() -> None:
    assert months_later(date(2018, 3, 31), -1) == date(2018, 2, 28)
    assert months_later(date(2016, 3, 31), -1) == date(2016, 2, 29)
    assert months_later(date(2018, 1, 15), -1) == date(2017, 12, 15)
    assert months_later(date(2018, 12, 31), 2) == date(2019, 2, 28)


def test_a_whole_text_can_name_a_period() -> None:
    assert read_period("July 3, 2018", US) == span("2018-07-03", "2018-07-03")
    assert read_period("2018", US) == span("2018-01-01", "2018-12-31")
    assert read_period("2018 theft", US) is None
    assert read_period("", US) is None


_WORDS = st.sampled_from(
    "last past this since before between and from to the in on of ago 7 30 31 2018 0 9999 q2 a "
    "days weeks month year hour monday may February summer weekend today 3/7/2018 99/99/9999 "
    "2018-02-30 2018-13 - theft".split()
)
_MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 20), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is its own argument


@given(st.lists(st.one_of(_WORDS, st.text(min_size=1, max_size=4)), max_size=8), _MOMENTS)
@settings(max_examples=2000, deadline=None)
def test_no_words_give_anything_but_a_span_in_order_or_none(
    words: list[str], now: datetime
) -> None:
    for zone, day_first in ((CHICAGO, False), (LONDON, True)):
        found = read_time(words, 0, Clock(now, zone, day_first))
        if found is None:
            continue
        assert 1 <= found.length <= len(words)
        if found.period.start and found.period.end:
            assert found.period.start < found.period.end


def test_summer_is_in_december_south_of_the_equator() -> None:
    auckland = Clock(NOW, ZoneInfo("Pacific/Auckland"), day_first=True, southern=True)
    found = read("summer 2018", auckland)
    assert found is not None
    assert found[0] == span("2017-12-01", "2018-02-28", auckland)


@pytest.mark.parametrize(
    ("year", "day"), [(1818, (3, 22)), (2000, (4, 23)), (2018, (4, 1)), (2038, (4, 25))]
)
def test_easter_is_as_the_tables_have_it(year: int, day: tuple[int, int]) -> None:
    assert easter(year) == date(year, *day)
