"""Numbers, flags, words and codes as the cities' files write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.core.errors import MappingError

from .conftest import Run, Unreadable


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$1,234", 1234.0),
        ("1,234.5", 1234.5),
        ("15,000.2321964", 15000.2321964),
        ("£91,449", 91449.0),
        ("12 %", 12.0),
        ("-0.5", -0.5),
        ("  7.0 ", 7.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("", None),
        ("   ", None),
    ],
)
def test_number_reads_signs_and_grouping(run: Run, text: str, value: float | None) -> None:
    assert run("number(x)", text) == value


@pytest.mark.parametrize("text", ["1,2", "1.234,5", "n/a", "12 34", "$", "1,2345", "Labour"])
def test_what_is_no_number_is_never_guessed(run: Run, text: str) -> None:
    with pytest.raises(Unreadable):
        run("number(x)", text)


def test_a_decimal_comma_must_be_said(run: Run) -> None:
    assert run("number(x, ',')", "1.234,5") == 1234.5
    assert run("number(x, ',')", "0,75") == 0.75
    with pytest.raises(Unreadable):
        run("number(x, ',')", "1,234.5")
    with pytest.raises(MappingError, match="no decimal mark"):
        run("number(x, ';')", "1")


@pytest.mark.parametrize(
    ("text", "value"),
    [("19", 19), ("19.0", 19), ("1,234", 1234), ("-3", -3), ("$1,000.00", 1000), ("", None)],
)
def test_whole_reads_whole_numbers(run: Run, text: str, value: int | None) -> None:
    assert run("whole(x)", text) == value


@pytest.mark.parametrize("text", ["1.5", "1,5", "x", "0.01"])
def test_whole_never_rounds(run: Run, text: str) -> None:
    with pytest.raises(Unreadable):
        run("whole(x)", text)


def test_whole_keeps_every_digit(run: Run) -> None:
    assert run("whole(x)", "9007199254740993") == 9007199254740993


def test_whole_of_a_typed_column(run: Run) -> None:
    assert run("whole(x)", 7.0, "DOUBLE") == 7
    assert run("whole(x)", 7, "INTEGER") == 7
    with pytest.raises(Unreadable, match="not a whole number"):
        run("whole(x)", 7.5, "DOUBLE")


@given(value=st.integers(-(2**62), 2**62))
@settings(max_examples=15, deadline=None)
def test_whole_reads_back_every_integer(run: Run, value: int) -> None:
    assert run("whole(x)", f"{value:,}") == value
    assert run("whole(x)", str(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, True) for word in ("Y", "true", "True", "1", "yes", "t")),
        *((word, False) for word in ("N", "false", "FALSE", "0", "No", "F")),
        *((word, None) for word in (" ", "")),
    ],
)
def test_flag_reads_yes_and_no(run: Run, text: str, value: bool | None) -> None:
    assert run("flag(x)", text) is value


def test_flag_does_not_guess(run: Run) -> None:
    with pytest.raises(Unreadable, match="neither yes nor no: perhaps"):
        run("flag(x)", "perhaps")
    assert run("flag(x)", 1, "INTEGER") is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3352 N BROADWAY ", "3352 N BROADWAY"),
        ("  a   b  ", "a b"),
        ("On or\tnear\r\nHigh Street", "On or near High Street"),
        ("a\u00a0b", "a b"),
        (" \t ", None),
        ("", None),
        ("Ö", "Ö"),
    ],
)
def test_clean_leaves_one_blank_between_words(run: Run, text: str, value: str | None) -> None:
    assert run("clean(x)", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("MOUNT GREENWOOD", "Mount Greenwood"),
        ("city of london", "City Of London"),
        ("W 18TH PL", "W 18th Pl"),
        ("STRATFORD-UPON-AVON", "Stratford-Upon-Avon"),
        ("N ABERDEEN ST & N OGDEN AVE", "N Aberdeen St & N Ogden Ave"),
        ("", None),
    ],
)
def test_title_case(run: Run, text: str, value: str | None) -> None:
    assert run("title_case(x)", text) == value


def test_code_translates_and_says_what_it_does_not_know(run: Run) -> None:
    assert run("code(x, 'A', 'alpha', 'B', 'beta')", "B") == "beta"
    assert run("code(x, 'A', 'alpha', 'B', 'beta')", "") is None
    with pytest.raises(Unreadable, match="no code for C"):
        run("code(x, 'A', 'alpha', 'B', 'beta')", "C")


def test_code_with_a_default_takes_everything_but_nothing(run: Run) -> None:
    assert run("code(x, 'A', 'alpha', 'other')", "Z") == "other"
    assert run("code(x, 'A', 'alpha', 'other')", " ") is None
    assert run("code(x, 'A', 'alpha', NULL)", "Z") is None
    assert run("code(x, '1', 'one', 'more')", 2, "BIGINT") == "more"


def test_a_column_loses_the_blanks_around_it(run: Run) -> None:
    assert run("x", "  41 ") == "41"
    assert run("x", "\t41") == "41"
    assert run("x", "\r\n") is None
    assert run("x || '!'", " ") is None
    assert run("coalesce(x, 'none')", " ") == "none"


def test_a_text_of_nothing_is_no_value(run: Run) -> None:
    assert run("replace(x, '#', '')", "#") is None
    assert run("concat(x, '')", None) is None


def test_a_heavy_value_is_computed_once(run: Run) -> None:
    nested = "whole(number(clean(replace(replace(x, 'EUR', ''), '#', ''))))"
    assert run(nested, "EUR 1,200.0 #") == 1200
    json = """CASE greatest(whole(json_extract_string(x, '$.a')), 1)
        WHEN whole(json_extract_string(x, '$.a')) THEN 'a' WHEN 1 THEN 'one' END"""
    assert run(json, '{"a": 5}') == "a"
    assert run(json, '{"a": 0}') == "one"


def test_arguments_that_cannot_be_say_how_it_is_written(run: Run) -> None:
    with pytest.raises(MappingError, match=r"code: it has 2 arguments\. It is written"):
        run("code(x, 'A')", "A")
    with pytest.raises(MappingError, match=r"clean: it has 0 arguments\."):
        run("clean()", "A")
    with pytest.raises(MappingError, match="text in single quotes"):
        run("to_time(x, x)", "A")
