"""What a line may become while it is typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.query.phrase import read_phrase
from interurban.query.suggest import Suggestion, suggest
from interurban.query.vocabulary import Vocabulary

from .words import NOW, WORDS


def offered(text: str, city: str | None = None) -> tuple[Suggestion, ...]:
    return suggest(text, WORDS, NOW, city)


@pytest.mark.parametrize(
    ("typed", "line", "kind"),
    [
        ("cr", "crimes", "dataset"),
        ("crimes", "crimes 2019", "dataset"),
        ("boris b", "boris bikes", "dataset"),
        ("crimes th", "crimes theft", "value"),
        ("crimes theft las", "crimes theft last 7 days", "time"),
        ("crimes last ", "crimes last weekend", "time"),
        ("crimes ", "crimes theft", "value"),
        ("crimes near dal", 'crimes near "Daley Center Plaza"', "place"),
        ("food in Hac", "food in Hackney", "place"),
        ("crimes within 400 m of mill", 'crimes within 400 m of "Millennium Park"', "place"),
        ("crimes hack", "crimes in Hackney", "place"),
        ("crimes near hakney", "crimes near Hackney", "place"),
    ],
)
def test_the_last_words_are_completed(typed: str, line: str, kind: str) -> None:
    assert (line, kind) in [(one.text, one.kind) for one in offered(typed)]


def test_only_the_city_that_is_looked_at_is_offered() -> None:
    assert [one.text for one in offered("cr", "london")] == ["crimes"]
    assert [one.detail for one in offered("food in hyde", "london")] == ["ward, London"]
    assert offered("food in Hac", "chicago") == ()


def test_times_say_which_days_they_are() -> None:
    details = {one.text: one.detail for one in offered("crimes yes")}
    assert details == {"crimes yesterday": "Aug 14, 2018"}


def test_an_empty_line_offers_lines_that_have_an_answer() -> None:
    for city in (None, "chicago", "london"):
        lines = offered("", city)
        assert lines
        assert {one.kind for one in lines} == {"example"}
        for one in lines:
            phrase = read_phrase(one.text, WORDS, NOW, city)
            assert phrase.queries, one.text
            assert not phrase.unread, one.text


def first_example(**crimes: object) -> str:
    dataset = replace(WORDS.datasets[0], **crimes)
    return suggest("", Vocabulary(WORDS.cities, [dataset], WORDS.places), NOW)[0].text


@pytest.mark.parametrize(
    ("ago", "line"),
    [
        (timedelta(days=3), "crimes theft last 7 days in Chicago"),
        (timedelta(days=6, hours=12), "crimes theft last 7 days in Chicago"),
        (timedelta(days=8), "crimes theft last 30 days in Chicago"),
        (timedelta(days=40), "crimes theft in July 2018 in Chicago"),
        (timedelta(days=400), "crimes theft in July 2017 in Chicago"),
    ],
)
def test_examples_ask_for_a_time_in_which_their_value_stands(ago: timedelta, line: str) -> None:
    newest = NOW - ago
    extent = (datetime(2015, 1, 1, tzinfo=UTC), NOW)
    assert first_example(time_extent=extent, newest={"theft": newest}) == line


def test_an_example_has_no_value_whose_time_is_not_known() -> None:
    extent = (datetime(2015, 1, 1, tzinfo=UTC), NOW - timedelta(days=1))
    assert first_example(time_extent=extent) == "crimes last 7 days in Chicago"
    to_come = (datetime(2015, 1, 1, tzinfo=UTC), NOW + timedelta(days=1))
    assert first_example(time_extent=to_come) == "crimes in Chicago"


def test_a_day_has_no_zone() -> None:
    prices = replace(WORDS.datasets[3], time_extent=(datetime(2015, 1, 1, tzinfo=UTC),) * 2)
    found = suggest("", Vocabulary(WORDS.cities, [prices], WORDS.places), NOW, "chicago")
    assert found[0].text == "permits in January 2015"


def test_a_value_that_says_nothing_is_no_example() -> None:
    newest = {"Other": NOW - timedelta(days=1), "burglary": NOW - timedelta(days=2)}
    assert first_example(newest=newest) == "crimes burglary last 7 days in Chicago"


def test_a_city_that_is_looked_at_need_not_be_named() -> None:
    assert [one.text for one in offered("", "london")][:2] == ["crimes", "food"]


def test_examples_take_the_cities_in_turn_and_each_kind_of_thing_once_before_any_twice() -> None:
    # The vocabulary has the datasets that say most first.
    lines = [one.text for one in offered("")]
    assert [line.rpartition(" in ")[2] for line in lines[:4]] == ["Chicago", "London"] * 2
    titles = [one.detail for one in offered("", "chicago")]
    assert titles[:2] == ["Crimes", "Food inspections"]
    assert titles[-1] == "Crimes of 2019, a sample"


def test_a_wrong_city_or_an_endless_line_offers_nothing() -> None:
    assert offered("cr", "paris") == ()
    assert offered("x" * 2_000) == ()


@given(st.text(max_size=30), st.sampled_from([None, "chicago", "london"]), st.integers(1, 10))
@settings(max_examples=500, deadline=None)
def test_suggestions_keep_what_was_typed_and_stay_within_the_limit(
    text: str, city: str | None, limit: int
) -> None:
    found = suggest(text, WORDS, NOW, city, limit)
    assert len(found) <= limit
    assert len({one.text.casefold() for one in found}) == len(found)
