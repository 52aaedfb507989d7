"""Spans and distances in words, as people write them in a city."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .clock import Clock, Period

__all__ = ["spoken_distance", "spoken_period"]


def spoken_period(period: Period, clock: Clock) -> str:
    """Such as "9 – 15 Aug 2018", "Aug 9 – 15, 2018" or "since 1 Mar 2018"; times if no midnight."""
    first = _local(period.start, clock)
    after = _local(period.end, clock)
    if first is not None and after is not None:
        if _midnight(first) and _midnight(after):
            return _days(first.date(), after.date() - timedelta(days=1), clock)
        return f"{_moment(first, clock)} – {_moment(after, clock)}"
    if first is not None:
        return f"since {_moment(first, clock)}"
    if after is not None:
        last = after - timedelta(days=1) if _midnight(after) else after
        return f"until {_moment(last, clock)}"
    return "any time"


def spoken_distance(metres: float) -> str:
    """Such as "400 m", "2.5 km"."""
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.3g} km"


def _local(moment: datetime | None, clock: Clock) -> datetime | None:
    return moment.astimezone(clock.zone) if moment is not None else None


def _midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)


def _moment(moment: datetime, clock: Clock) -> str:
    day = _day(moment.date(), clock)
    return day if _midnight(moment) else f"{day} {moment:%H:%M}"


def _day(day: date, clock: Clock) -> str:
    return (
        f"{day.day} {day:%b} {day.year}" if clock.day_first else f"{day:%b} {day.day}, {day.year}"
    )


def _days(first: date, last: date, clock: Clock) -> str:
    if first == last:
        return _day(first, clock)
    whole_year = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    if whole_year:
        return str(first.year) if first.year == last.year else f"{first.year} – {last.year}"
    if first.year != last.year:
        return f"{_day(first, clock)} – {_day(last, clock)}"
    if first.month == last.month:
        days = f"{first.day} – {last.day}"
        if clock.day_first:
            return f"{days} {first:%b} {first.year}"
        return f"{first:%b} {days}, {first.year}"
    if clock.day_first:
        return f"{first.day} {first:%b} – {_day(last, clock)}"
    return f"{first:%b} {first.day} – {_day(last, clock)}"
