"""Answers in words: what is hidden is said as plainly as what is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from interurban.apps.schools.flows import home_areas, local_schools
from interurban.apps.schools.words import (
    areas_words,
    distance,
    ground,
    pupils,
    school_year,
    schools_words,
)

from .by_hand import flows_of


def test_numbers_are_said_as_people_say_them() -> None:
    assert school_year(2015) == "2015-16"
    assert school_year(1999) == "1999-00"
    assert [distance(m) for m in (854, 1_420, 12_340)] == ["850 m", "1.4 km", "12 km"]
    miles = [distance(m, "imperial") for m in (100, 650, 1_609, 4_900, 20_000)]
    assert miles == ["330 feet", "0.4 miles", "1 mile", "3.0 miles", "12 miles"]
    assert [ground(m2) for m2 in (10_000, 860_000, 26_300_000)] == [
        "0.01 km²",
        "0.86 km²",
        "26.3 km²",
    ]
    acres = [ground(m2, "imperial") for m2 in (4_047, 10_000, 860_000, 26_300_000)]
    assert acres == ["1 acre", "2 acres", "0.33 square miles", "10.2 square miles"]
    assert [pupils(n) for n in (1, 1_042)] == ["1 pupil", "1,042 pupils"]


def test_what_is_hidden_is_said_as_plainly_as_what_is_shown() -> None:
    flows = flows_of([[10], [6], [3]], hidden_below=5)
    words = areas_words(flows, home_areas(flows, 0))
    assert "Of the 19 pupils of School 0 in 2020-21" in words
    assert (
        "3 pupils, 16%, lived in areas whose numbers are hidden: they are below 5, or would give "
        "away one that is." in words
    )
    assert "0 pupils" not in words
    there = schools_words(flows, local_schools(flows, [2]), "Area 2")
    assert "In 2020-21, 3 pupils who lived in Area 2 went to 1 school." in there
    assert "hidden" in there


def test_where_too_many_are_hidden_no_tone_is_promised() -> None:
    some = flows_of([[10], [4], [4]], hidden_below=5)
    assert (
        "The areas shown hold 56% of all its pupils: which areas hold four fifths"
        in areas_words(some, home_areas(some, 0))
    )
    most = flows_of([[6], [4], [4]], hidden_below=5)
    assert "hold 43% of all its pupils: which areas hold half of them can't be told" in areas_words(
        most, home_areas(most, 0)
    )


def test_of_nobody_it_is_said_that_there_is_nobody() -> None:
    flows = flows_of([[10, 0], [6, 0]])
    assert (
        areas_words(flows, home_areas(flows, 1))
        == "These data, of 2020-21, have no pupils of School 1."
    )
    assert schools_words(flows, local_schools(flows, []), "") == "No area with pupils lies there."


def test_modelled_numbers_are_said_to_be_so() -> None:
    flows = replace(flows_of([[10]]), modelled=True)
    assert areas_words(flows, home_areas(flows, 0)).endswith("were modelled, not counted.")
    rest = replace(flows, school_totals=np.array([33.0]), dropped=True)
    words = areas_words(rest, home_areas(rest, 0))
    assert "The other 23 pupils are spread thinly over further areas." in words
    assert "hidden" not in words
