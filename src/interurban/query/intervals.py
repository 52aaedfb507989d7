"""The ``datetime`` parameter of OGC API: instants, days and intervals, and back.

Outside, an interval includes both its ends, as RFC 3339 and OGC API have it; inside, spans are
half-open, so that months join without gap or overlap. The engine's clock has microseconds: an
included last instant is an excluded next microsecond.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from interurban.core.errors import InvalidTime
from interurban.core.query import TimeSpan

__all__ = ["day_begins", "read_instant", "read_interval", "write_instant", "write_interval"]

_TICK = timedelta(microseconds=1)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}(:[0-9]{2})?)"
    r"(\.(?P<fraction>[0-9]+))?(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_ADVICE = (
    "Write 2018-07-01 or 2018-07-01T12:00:00Z, or an interval: 2018-07-01/2018-07-31, 2018-07-01/.."
)


def read_interval(text: str, zone: tzinfo, part: str = "datetime") -> TimeSpan | None:
    """The half-open span of an instant, a day or an interval; ``None`` when both ends are open.

    Parameters
    ----------
    text: RFC 3339 times, or days; ``..`` or nothing is an open end. A day is the whole of it.
    zone: the city's time zone: days, and times without an offset, are read in it.

    Raises
    ------
    InvalidTime: it is no time, there is none such, or the end lies before the start.
    """
    first, slash, last = text.strip().partition("/")
    if not slash:
        return TimeSpan(*_ends(first, zone, part))
    if "/" in last:
        raise InvalidTime(f"{part}={text[:80]!r} has two slashes.", advice=_ADVICE, part=part)
    start = None if first in ("..", "") else _ends(first, zone, part)[0]
    end = None if last in ("..", "") else _ends(last, zone, part)[1]
    if start is not None and end is not None and end <= start:
        raise InvalidTime(
            f"{part}={text[:80]!r} ends before it begins.",
            advice="Write the earlier time first.",
            part=part,
        )
    return None if start is None and end is None else TimeSpan(start, end)


def write_interval(span: TimeSpan, zone: tzinfo | None = None) -> str:
    """The span as ``read_interval`` reads it; as days where it begins and ends at midnight.

    Parameters
    ----------
    zone: the city's time zone, in which days are written; without it all are instants.
    """
    day = _one_day(span, zone)
    if day is not None:
        return day.isoformat()
    if span.start is not None and span.end == span.start + _TICK:
        return write_instant(span.start)
    start = ".." if span.start is None else _first(span.start, zone)
    end = ".." if span.end is None else _last(span.end, zone)
    return f"{start}/{end}"


def read_instant(text: str, zone: tzinfo, part: str) -> datetime:
    """One instant; a day gives its last microsecond: what was known when it was over.

    Raises
    ------
    InvalidTime: it is no time, or there is none such.
    """
    return _ends(text.strip(), zone, part)[1] - _TICK


def write_instant(moment: datetime) -> str:
    """An aware time as RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_begins(day: date, zone: tzinfo) -> datetime:
    """The instant a day begins in a zone, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _ends(text: str, zone: tzinfo, part: str) -> tuple[datetime, datetime]:
    """First instant, and first instant after, of a day or of an instant."""
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            return day_begins(day, zone), day_begins(day + timedelta(days=1), zone)
        match = _TIME.fullmatch(text)
        if match is not None:
            moment = _instant(match, zone)
            return moment, moment + _TICK
    except (ValueError, OverflowError):
        raise InvalidTime(
            f"There is no such time as {text!r}.", advice=_ADVICE, part=part
        ) from None
    raise InvalidTime(f"{text[:80]!r} is not a time.", advice=_ADVICE, part=part)


def _instant(match: re.Match[str], zone: tzinfo) -> datetime:
    fraction = f".{match['fraction'][:6]:0<6}" if match["fraction"] else ""
    clock = match["time"] + (":00" if len(match["time"]) == 5 else "")
    offset = (match["zone"] or "").upper()
    moment = datetime.fromisoformat(f"{match['date']}T{clock}{fraction}{offset}")
    return (moment if offset else moment.replace(tzinfo=zone)).astimezone(UTC)


def _midnight(moment: datetime, zone: tzinfo | None) -> date | None:
    """The day that begins at this instant, if one does."""
    if zone is None:
        return None
    day = moment.astimezone(zone).date()
    return day if day_begins(day, zone) == moment else None


def _one_day(span: TimeSpan, zone: tzinfo | None) -> date | None:
    if span.start is None or span.end is None:
        return None
    day, following = _midnight(span.start, zone), _midnight(span.end, zone)
    return day if day and following and following - day == timedelta(days=1) else None


def _first(moment: datetime, zone: tzinfo | None) -> str:
    day = _midnight(moment, zone)
    return day.isoformat() if day else write_instant(moment)


def _last(moment: datetime, zone: tzinfo | None) -> str:
    day = _midnight(moment, zone)
    return (day - timedelta(days=1)).isoformat() if day else write_instant(moment - _TICK)
