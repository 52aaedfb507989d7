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


def test_examples_ask_for_a_time_that_has_data() -> None:
    def with_data_until(newest: datetime) -> str:
        crimes = replace(WORDS.datasets[0], time_extent=(datetime(2018, 1, 1, tzinfo=UTC), newest))
        return suggest("", Vocabulary(WORDS.cities, [crimes], WORDS.places), NOW)[0].text

    assert with_data_until(NOW - timedelta(days=3)) == "crimes theft last 30 days in Chicago"
    old = datetime(2017, 8, 8, tzinfo=UTC)
    assert with_data_until(old) == "crimes theft in July 2017 in Chicago"


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
