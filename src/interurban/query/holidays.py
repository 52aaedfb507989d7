"""Days that people name instead of dating them: Easter, Christmas, Thanksgiving."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

__all__ = ["easter", "read_holiday"]

DayOfYear = Callable[[int], date]


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar.

    Source: the anonymous algorithm in J. Meeus, Astronomical Algorithms (1991), chapter 8.
    """
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    moved = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * moved) // 451
    month, day = divmod(h + moved - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _fixed(month: int, day: int) -> DayOfYear:
    return lambda year: date(year, month, day)


def _after_easter(days: int) -> DayOfYear:
    return lambda year: easter(year) + timedelta(days=days)


def _nth(month: int, weekday: int, number: int) -> DayOfYear:
    """The so-manyth weekday (Monday 0) of a month; number 0 is the last one."""

    def found(year: int) -> date:
        first = date(year, month, 1) if number else date(year, month + 1, 1)
        ahead = (weekday - first.weekday()) % 7
        return first + timedelta(days=ahead + 7 * (number - 1))

    return found


_HOLIDAYS: Mapping[str, DayOfYear] = MappingProxyType(
    {
        "new year": _fixed(1, 1),
        "new year's": _fixed(1, 1),
        "new year's day": _fixed(1, 1),
        "new years day": _fixed(1, 1),
        "valentine's day": _fixed(2, 14),
        "good friday": _after_easter(-2),
        "easter": easter,
        "easter sunday": easter,
        "easter monday": _after_easter(1),
        "memorial day": _nth(5, 0, 0),
        "independence day": _fixed(7, 4),
        "labor day": _nth(9, 0, 1),
        "halloween": _fixed(10, 31),
        "bonfire night": _fixed(11, 5),
        "thanksgiving": _nth(11, 3, 4),
        "christmas eve": _fixed(12, 24),
        "christmas": _fixed(12, 25),
        "christmas day": _fixed(12, 25),
        "xmas": _fixed(12, 25),
        "boxing day": _fixed(12, 26),
        "new year's eve": _fixed(12, 31),
    }
)
_LONGEST = 3


def read_holiday(words: Sequence[str], at: int) -> tuple[DayOfYear, int] | None:
    """The longest holiday named at a word: its day in any year, and how many words it took.

    Parameters
    ----------
    words: in lower case.
    """
    for length in range(_LONGEST, 0, -1):
        name = " ".join(words[at : at + length]).replace("’", "'")
        found = _HOLIDAYS.get(name)
        if found is not None and at + length <= len(words):
            return found, length
    return None
