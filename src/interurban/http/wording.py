"""Places, times and filters in a resident's words, as they are written in that city."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from interurban.core import query as q
from interurban.core.city import City
from interurban.core.dataset import Snapshot

__all__ = ["distance", "parameter_words", "span"]

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MOMENT = timedelta(microseconds=1)
_FOOT_M = 0.3048
_MILE_M = 1609.344


def span(city: City, start: datetime | None, end: datetime | None) -> str:
    """A half-open time in words: ``2 - 8 Aug 2018``, ``Aug 2 - 8, 2018``, ``since 2 Aug 2018``."""
    if start is None and end is None:
        return "all times"
    if start is None:
        assert end is not None
        return f"until {_day(city, _last(end).astimezone(city.zone))}"
    first = start.astimezone(city.zone)
    if end is None:
        return f"since {_day(city, first)}"
    last = _last(end).astimezone(city.zone)
    if last.date() == first.date():
        return _day(city, first)
    if _american(city) and last.year == first.year:
        until = str(last.day) if last.month == first.month else _day_of_year(city, last)
        return f"{_day_of_year(city, first)} \u2013 {until}, {last.year}"
    if last.year == first.year:
        since = str(first.day) if last.month == first.month else _day_of_year(city, first)
        return f"{since} \u2013 {_day(city, last)}"
    return f"{_day(city, first)} \u2013 {_day(city, last)}"


def distance(city: City, metres: float) -> str:
    """A length as the city measures: ``400 m``, ``1.5 km``, ``1,300 ft``, ``2 mi``."""
    if city.units == "imperial":
        if metres >= _MILE_M / 2:
            return f"{metres / _MILE_M:.2g} mi"
        return f"{round(metres / _FOOT_M, -1):,.0f} ft"
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def parameter_words(
    city: City, snapshot: Snapshot, name: str, values: Sequence[str], part: q.Query
) -> str:
    """What one parameter asks for.

    Parameters
    ----------
    part: the query that this parameter alone makes.
    """
    if name == "datetime" and part.times:
        return span(city, part.times[0].start, part.times[0].end)
    if name == "near" and part.places:
        place = part.places[0]
        assert isinstance(place, q.Near)
        return f"within {distance(city, place.metres)} of {place.lat:.4f}, {place.lon:.4f}"
    if name == "in":
        return f"in {values[0].partition(':')[2]}"
    if name == "bbox":
        return "the part of the map in view"
    if name == "within":
        return "the area that was drawn"
    if name == "q":
        return f"the words {' '.join(values)}"
    if name == "filter":
        return f"the condition {values[0]}"
    field = snapshot.field(name)
    title = field.title if field is not None and field.title else name
    return f"{title} is {' or '.join(values)}"


def _last(end: datetime) -> datetime:
    """The last moment before an end."""
    return end - _MOMENT


def _american(city: City) -> bool:
    return city.locale == "en-US"


def _day_of_year(city: City, moment: datetime) -> str:
    month = _MONTHS[moment.month - 1]
    return f"{month} {moment.day}" if _american(city) else f"{moment.day} {month}"


def _day(city: City, moment: datetime) -> str:
    comma = "," if _american(city) else ""
    return f"{_day_of_year(city, moment)}{comma} {moment.year}"
