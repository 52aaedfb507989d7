"""Times as people write them: "last 7 days", "since March", "between 3 and 10 July 2018".

A period is read by its words alone; what stands before it ("since", "before", "between ... and
...") says which side of it is meant. Words are compared in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from .clock import MONTHS, SEASONS, WEEKDAYS, Clock, Period, Unit
from .holidays import read_holiday

__all__ = ["ReadTime", "read_period", "read_time"]

_UNITS: dict[str, Unit] = {
    name: cast("Unit", unit)
    for unit, names in {
        "minute": "minute minutes min mins",
        "hour": "hour hours hr hrs",
        "day": "day days",
        "week": "week weeks",
        "month": "month months",
        "quarter": "quarter quarters",
        "year": "year years yr yrs",
    }.items()
    for name in names.split()
}
_NUMBERS = {
    name: number
    for number, name in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), 1
    )
} | {"a": 1, "an": 1}
_LED_BY = frozenset({"in", "on", "during", "over", "for", "within", "of"})
_TO = frozenset({"to", "-", "–", "—", "until", "till", "through", "thru"})
_ORDINAL = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_ISO_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")
_SLASHED = re.compile(r"([0-9]{1,2})([/.])([0-9]{1,2})(?:\2([0-9]{4}|[0-9]{2}))?")
_YEAR = re.compile(r"(1[89]|20|21)[0-9]{2}")
_QUARTER = re.compile(r"q([1-4])")

_OFTEN_OTHERWISE = frozenset({"may", "march", "mar", "sun", "sat", "mon", "wed", "dec", *SEASONS})
"""Names that are words, too: alone they are a time only behind a preposition or capitalised."""


@dataclass(frozen=True, slots=True)
class ReadTime:
    """A time that was read: its span, and how many words it took."""

    period: Period
    length: int


@dataclass(frozen=True, slots=True)
class _Named:
    """A period by name; ``year`` says that a year was named with it, or none was needed."""

    period: Period
    length: int
    year: int | None = None
    month: int | None = None


def read_time(words: Sequence[str], at: int, clock: Clock) -> ReadTime | None:
    """The longest time that begins at a word, with its preposition; ``None`` when none does.

    Parameters
    ----------
    words: as typed; commas and quotes are not among them.
    """
    lower = [word.lower() for word in words]
    try:
        return _led(lower, at, clock) or _alone(words, lower, at, clock)
    except (ValueError, OverflowError):
        return None


def read_period(text: str, clock: Clock) -> Period | None:
    """The period that a whole text names (``2018-07-01``, ``July 2018``, ``yesterday``)."""
    words = text.lower().replace(",", " ").split()
    try:
        named = _named(words, 0, clock, led=True)
    except (ValueError, OverflowError):
        return None
    return named.period if named is not None and named.length == len(words) else None


# What stands before


def _led(words: Sequence[str], at: int, clock: Clock) -> ReadTime | None:
    """A time behind a preposition."""
    word = _word(words, at)
    if word in ("between", "from"):
        return _between(words, at, clock)
    if word == "up" and _word(words, at + 1) == "to":
        return _bounded(words, at, 2, clock, lambda p: Period(None, p.end))
    if word == "since":
        return _bounded(words, at, 1, clock, lambda p: Period(p.start, None))
    if word in ("before", "after"):
        if word == "before":
            return _bounded(words, at, 1, clock, lambda p: Period(None, p.start))
        return _bounded(words, at, 1, clock, lambda p: Period(p.end, None))
    if word in ("until", "till", "through"):
        return _bounded(words, at, 1, clock, lambda p: Period(None, p.end))
    if word in _LED_BY:
        return _range(words, at, 1, clock, led=True)
    return None


def _bounded(
    words: Sequence[str],
    at: int,
    length: int,
    clock: Clock,
    side: Callable[[Period], Period],
) -> ReadTime | None:
    named = _named(words, at + length, clock, led=True)
    return ReadTime(side(named.period), length + named.length) if named else None


def _between(words: Sequence[str], at: int, clock: Clock) -> ReadTime | None:
    joint = {"and"} if words[at] == "between" else _TO
    both = _two(words, at + 1, joint, clock, led=True)
    if both is not None:
        return ReadTime(both.period, both.length + 1)
    if words[at] == "from":
        return _bounded(words, at, 1, clock, lambda p: Period(p.start, None))
    return None


def _alone(typed: Sequence[str], words: Sequence[str], at: int, clock: Clock) -> ReadTime | None:
    found = _range(words, at, 0, clock, led=False)
    if found is not None and found.length == 1 and words[at] in _OFTEN_OTHERWISE:
        return found if typed[at][0].isupper() else None
    return found


def _range(
    words: Sequence[str], at: int, skipped: int, clock: Clock, *, led: bool
) -> ReadTime | None:
    """One period, or two joined by "to"."""
    start = at + skipped
    found = _two(words, start, _TO, clock, led=led) or _named(words, start, clock, led=led)
    return ReadTime(found.period, skipped + found.length) if found else None


def _two(
    words: Sequence[str], at: int, joint: frozenset[str] | set[str], clock: Clock, *, led: bool
) -> _Named | None:
    """Such as "A to B", both included; a month or day without its year takes the other's."""
    for middle in range(at + 1, min(at + 5, len(words) - 1)):
        if words[middle] not in joint:
            continue
        last = _named(words, middle + 1, clock, led=True)
        if last is None:
            continue
        first = _first_of_two(words[at:middle], last, clock, led=led)
        if first is None or first.start is None or last.period.end is None:
            continue
        if first.start < last.period.end:
            return _Named(Period(first.start, last.period.end), middle + 1 - at + last.length)
    return None


def _first_of_two(words: Sequence[str], last: _Named, clock: Clock, *, led: bool) -> Period | None:
    ordinal = _ORDINAL.fullmatch(words[0]) if len(words) == 1 else None
    if ordinal is not None and last.month is not None and last.year is not None:
        return clock.day(date(last.year, last.month, int(ordinal[1])))
    named = _named(words, 0, clock, led=led)
    if named is None or named.length < len(words):
        return None
    if named.month is not None and named.year is None and last.year is not None:
        earlier = last.month is not None and named.month > last.month
        year = _named([*words, str(last.year - earlier)], 0, clock, led=True)
        return year.period if year is not None and year.length == len(words) + 1 else None
    return named.period


# Periods by name


def _named(words: Sequence[str], at: int, clock: Clock, *, led: bool) -> _Named | None:
    """One period; ``led``: a preposition stands before it, so that "3/7" is a date."""
    if _word(words, at) == "the":
        named = _named(words, at + 1, clock, led=led)
        return _Named(named.period, named.length + 1, named.year, named.month) if named else None
    for reader in (
        _relative, _ago, _window, _this, _last, _holiday, _of_month, _digits, _of_year, _weekday,
    ):  # fmt: skip
        found = reader(words, at, clock)
        if found is not None:
            return found
    return _slashed(words, at, clock) if led else None


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if at < len(words) else ""


def _number(word: str) -> int | None:
    if word.isascii() and word.isdigit() and len(word) <= 4 and int(word):
        return int(word)
    return _NUMBERS.get(word)


def _relative(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    offset = {"today": 0, "yesterday": -1, "tomorrow": 1}.get(_word(words, at))
    if offset is not None:
        return _Named(clock.day(clock.today + timedelta(days=offset)), 1)
    return None


def _ago(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    count, unit = _number(_word(words, at)), _UNITS.get(_word(words, at + 1))
    if count is None or unit is None or _word(words, at + 2) != "ago":
        return None
    if unit in ("minute", "hour"):
        return _Named(clock.window(count, unit), 3)
    return _Named(clock.day(clock.earlier(count, unit)), 3)


def _window(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    """Such as "last 7 days", "past month": up to now; "last month" is the calendar's."""
    if _word(words, at) not in ("last", "past", "previous", "latest"):
        return None
    count, unit = _number(_word(words, at + 1)), _UNITS.get(_word(words, at + 2))
    if count is not None and unit is not None:
        return _Named(clock.window(count, unit), 3)
    if _word(words, at + 1) == "fortnight":
        return _Named(clock.window(2, "week"), 2)
    unit = _UNITS.get(_word(words, at + 1))
    if unit is None:
        return None
    if unit == "day":
        return _Named(clock.window(24, "hour"), 2)
    if words[at] == "past" or unit in ("minute", "hour"):
        return _Named(clock.window(1, unit), 2)
    return _Named(clock.containing(unit, -1), 2)


def _this(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    word = _word(words, at + 1)
    if _word(words, at) == "weekend":
        return _Named(clock.weekend(0 if clock.today.weekday() >= 5 else -1), 1)
    if _word(words, at) not in ("this", "current"):
        return None
    if word == "weekend":
        return _Named(clock.weekend(), 2)
    if word in SEASONS:
        return _Named(clock.latest(clock.season_begins(word), 3), 2)
    unit = _UNITS.get(word)
    if unit in ("week", "month", "quarter", "year"):
        return _Named(clock.containing(unit), 2)
    return None


def _last(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    """Such as "last Monday", "last March", "last summer": the latest that is over."""
    if _word(words, at) not in ("last", "previous"):
        return None
    word = _word(words, at + 1)
    if word == "weekend":
        return _Named(clock.weekend(-1), 2)
    if word in SEASONS:
        return _Named(clock.latest(clock.season_begins(word), 3, complete=True), 2)
    if word in MONTHS:
        return _Named(clock.latest(MONTHS[word], complete=True), 2)
    if word in WEEKDAYS:
        behind = (clock.today.weekday() - WEEKDAYS[word] - 1) % 7 + 1
        return _Named(clock.day(clock.today - timedelta(days=behind)), 2)
    return None


def _holiday(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    """Such as "Easter", "last Christmas", "Thanksgiving 2018": the latest one without a year."""
    skipped = 1 if _word(words, at) in ("last", "previous") else 0
    found = read_holiday(words, at + skipped)
    if found is None:
        return None
    day_in, length = found[0], found[1] + skipped
    year = _word(words, at + length)
    if _YEAR.fullmatch(year):
        day = day_in(int(year))
        return _Named(clock.day(day), length + 1, day.year, day.month)
    day = day_in(clock.today.year)
    if day > clock.today or (skipped and day == clock.today):
        day = day_in(clock.today.year - 1)
    return _Named(clock.day(day), length, None, day.month)


def _of_month(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    """Such as "3 July 2018", "July 3rd", "June 2018", "June", "3rd of July"."""
    first, second = _word(words, at), _word(words, at + 1)
    ordinal = _ORDINAL.fullmatch(first)
    if ordinal is not None:
        skipped = 2 if second == "of" else 1
        month = MONTHS.get(_word(words, at + skipped))
        return _day_of(words, at, skipped + 1, month, int(ordinal[1]), clock) if month else None
    month = MONTHS.get(first)
    if month is None:
        return None
    ordinal = _ORDINAL.fullmatch(second)
    if ordinal is not None and 1 <= int(ordinal[1]) <= 31:
        return _day_of(words, at, 2, month, int(ordinal[1]), clock)
    if _YEAR.fullmatch(second):
        return _Named(clock.month(int(second), month), 2, int(second), month)
    return _Named(clock.latest(month), 1, None, month)


def _day_of(
    words: Sequence[str], at: int, length: int, month: int, day: int, clock: Clock
) -> _Named | None:
    year = _word(words, at + length)
    if _YEAR.fullmatch(year):
        named = date(int(year), month, day)
        return _Named(clock.day(named), length + 1, named.year, month)
    # 29 February was at most eight years ago.
    for back in range(9):
        try:
            named = date(clock.today.year - back, month, day)
        except ValueError:
            continue
        if named <= clock.today:
            return _Named(clock.day(named), length, None, month)
    return None


def _digits(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    """Such as "2018-07-03", "2018-07", "3/7/2018"."""
    word = _word(words, at)
    match = _ISO_DAY.fullmatch(word)
    if match is not None:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        return _Named(clock.day(day), 1, day.year, day.month)
    match = _ISO_MONTH.fullmatch(word)
    if match is not None and 1 <= int(match[2]) <= 12:
        year, month = int(match[1]), int(match[2])
        return _Named(clock.month(year, month), 1, year, month)
    first, dots, last = word.partition("..") if ".." in word else word.partition("/")
    if dots and _ISO_DAY.fullmatch(first) and _ISO_DAY.fullmatch(last):
        begun, over = (clock.day(date.fromisoformat(each)) for each in (first, last))
        return _Named(Period(begun.start, over.end), 1)
    match = _SLASHED.fullmatch(word)
    return _slashed(words, at, clock) if match is not None and match[4] else None


def _slashed(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    match = _SLASHED.fullmatch(_word(words, at))
    if match is None or (match[2] == "." and not match[4]):
        return None
    first, second = int(match[1]), int(match[3])
    day, month = (first, second) if clock.day_first else (second, first)
    if month > 12:
        day, month = month, day
    if match[4] is None:
        named = date(clock.today.year, month, day)
        if named > clock.today:
            named = date(clock.today.year - 1, month, day)
        return _Named(clock.day(named), 1, None, month)
    year = int(match[4])
    if year < 100:
        year += 2000 if year < 70 else 1900
    return _Named(clock.day(date(year, month, day)), 1, year, month)


def _of_year(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    """Such as "2018", "Q2 2018", "2018 Q2", "summer 2018"."""
    first, second = _word(words, at), _word(words, at + 1)
    second = _word(words, at + 2) if second == "of" else second
    length = 3 if _word(words, at + 1) == "of" else 2
    quarter = _QUARTER.fullmatch(first)
    if _YEAR.fullmatch(first):
        quarter = _QUARTER.fullmatch(_word(words, at + 1))
        if quarter is not None:
            return _Named(clock.month(int(first), 3 * int(quarter[1]) - 2, 3), 2, int(first))
        return _Named(clock.month(int(first), 1, 12), 1, int(first))
    if quarter is not None:
        month = 3 * int(quarter[1]) - 2
        if _YEAR.fullmatch(second):
            return _Named(clock.month(int(second), month, 3), length, int(second))
        return _Named(clock.latest(month, 3), 1)
    if first in SEASONS:
        if _YEAR.fullmatch(second):
            return _Named(
                clock.season(int(second), clock.season_begins(first)), length, int(second)
            )
        return _Named(clock.latest(clock.season_begins(first), 3), 1)
    return None


def _weekday(words: Sequence[str], at: int, clock: Clock) -> _Named | None:
    """Such as "Monday": the latest one, today included."""
    weekday = WEEKDAYS.get(_word(words, at))
    if weekday is None:
        return None
    return _Named(clock.day(clock.today - timedelta(days=(clock.today.weekday() - weekday) % 7)), 1)
