"""Days, weeks, months and years on a city's own clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from .intervals import day_begins

__all__ = ["MONTHS", "SEASONS", "WEEKDAYS", "Clock", "Period", "Unit", "months_later"]

Unit = Literal["minute", "hour", "day", "week", "month", "quarter", "year"]

_MONTH_NAMES = (
    "january february march april may june july august september october november december"
).split()
_DAY_NAMES = "monday tuesday wednesday thursday friday saturday sunday".split()

MONTHS: Mapping[str, int] = MappingProxyType(
    {
        **{name: number for number, name in enumerate(_MONTH_NAMES, 1)},
        **{name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)},
        "sept": 9,
    }
)
"""Names and abbreviations of the months, 1 to 12."""

WEEKDAYS: Mapping[str, int] = MappingProxyType(
    {
        **{name: number for number, name in enumerate(_DAY_NAMES)},
        **{name[:3]: number for number, name in enumerate(_DAY_NAMES)},
        "tues": 1,
        "weds": 2,
        "thur": 3,
        "thurs": 3,
    }
)
"""Names and abbreviations of the days, Monday 0."""

SEASONS: Mapping[str, int] = MappingProxyType(
    {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
)
"""Meteorological seasons of the northern hemisphere by their first month."""


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span; aware, in UTC; ``None`` is open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Clock:
    """What the time is in a city, and how dates are written there.

    Parameters
    ----------
    now: aware.
    day_first: ``3/7`` is 3 July, not March 7.
    southern: its summer begins in December.
    """

    now: datetime
    zone: ZoneInfo
    day_first: bool
    southern: bool = False

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.astimezone(self.zone).date()

    def days(self, first: date, after: date) -> Period:
        """From the start of a day until another begins."""
        return Period(day_begins(first, self.zone), day_begins(after, self.zone))

    def day(self, day: date) -> Period:
        """The whole of one day, 23 to 25 hours long."""
        return self.days(day, day + timedelta(days=1))

    def month(self, year: int, month: int, months: int = 1) -> Period:
        """A month, or several from it on."""
        first = date(year, month, 1)
        return self.days(first, months_later(first, months))

    def season_begins(self, name: str) -> int:
        """The first month of a season here."""
        return (SEASONS[name] + 5) % 12 + 1 if self.southern else SEASONS[name]

    def season(self, year: int, first_month: int) -> Period:
        """A season; a winter has the year of its January."""
        return self.month(year - (first_month == 12), first_month, 3)

    def containing(self, unit: Unit, offset: int = 0) -> Period:
        """The calendar week, month, quarter or year of today, or one so many later."""
        today = self.today
        match unit:
            case "week":
                monday = today - timedelta(days=today.weekday()) + timedelta(weeks=offset)
                return self.days(monday, monday + timedelta(days=7))
            case "month":
                first = months_later(today.replace(day=1), offset)
                return self.days(first, months_later(first, 1))
            case "quarter":
                first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
                first = months_later(first, 3 * offset)
                return self.days(first, months_later(first, 3))
            case "year":
                return self.month(today.year + offset, 1, 12)
            case _:
                return self.day(today + timedelta(days=offset))

    def weekend(self, offset: int = 0) -> Period:
        """Saturday and Sunday of this week, or of one so many later."""
        saturday = self.today - timedelta(days=self.today.weekday() - 5) + timedelta(weeks=offset)
        return self.days(saturday, saturday + timedelta(days=2))

    def window(self, count: int, unit: Unit) -> Period:
        """So many units up to now; of days and longer, whole days with today as the last."""
        if unit in ("minute", "hour"):
            now = self.now.astimezone(UTC)
            return Period(now - timedelta(**{f"{unit}s": count}), now)
        tomorrow = self.today + timedelta(days=1)
        return self.days(self.earlier(count, unit) + timedelta(days=1), tomorrow)

    def earlier(self, count: int, unit: Unit) -> date:
        """The day so many units before today; the last of a month that is too short."""
        match unit:
            case "week":
                return self.today - timedelta(weeks=count)
            case "month" | "quarter" | "year":
                each = {"month": 1, "quarter": 3, "year": 12}[unit]
                return months_later(self.today, -count * each)
            case _:
                return self.today - timedelta(days=count)

    def latest(self, first_month: int, months: int = 1, *, complete: bool = False) -> Period:
        """The latest such month or season that has begun, or that is over."""
        today = self.today
        for year in (today.year, today.year - 1, today.year - 2):
            first = date(year, first_month, 1)
            if (months_later(first, months) if complete else first) <= today:
                return self.days(first, months_later(first, months))
        raise ValueError(f"no month {first_month} before {today}")


def months_later(day: date, months: int) -> date:
    """The same day of another month, or its last day where there is no such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
