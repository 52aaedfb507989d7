"""When things happen: seasons, weekdays and hours of a synthetic city."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from .lattice import Floats, Integers
from .seeds import generator

__all__ = ["HOURS", "Calendar", "Instants", "make_calendar"]

Instants = npt.NDArray[np.datetime64]

HOURS: dict[str, tuple[float, ...]] = {
    "office": (0, 0, 0, 0, 0, 1, 3, 8, 16, 18, 16, 14, 12, 13, 13, 12, 9, 5, 2, 1, 1, 0, 0, 0),
    "awake": (2, 1, 1, 1, 1, 2, 5, 8, 10, 11, 11, 11, 12, 11, 11, 11, 11, 10, 9, 8, 7, 6, 4, 3),
    "night": (10, 7, 6, 4, 3, 2, 2, 4, 6, 7, 7, 8, 10, 8, 9, 10, 10, 11, 11, 11, 11, 11, 11, 10),
    "even": (1,) * 24,
}
"""How the hours of a day share the events, for kinds of activity; any scale."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a city's records and how busy each one is.

    Parameters
    ----------
    first: the first day, local.
    cumulative: share of all events up to the end of each day, increasing to 1, shape (days,).
    offsets: seconds to subtract from local time for UTC, one for each local hour, shape (24 days,).
    """

    first: date
    cumulative: Floats
    offsets: Integers

    def days(self, share: Floats) -> Integers:
        """The day (0 is the first) that lies at each share (0..1) of the whole record."""
        found = np.searchsorted(self.cumulative, share, side="right")
        return np.minimum(found, len(self.cumulative) - 1).astype(np.int64)

    def instants(self, days: Integers, rng: np.random.Generator, hours: str) -> Instants:
        """An instant in UTC on each local day, to the minute, by a profile of ``HOURS``."""
        profile = np.cumsum(np.asarray(HOURS[hours], dtype=np.float64))
        hour = np.searchsorted(profile / profile[-1], rng.random(len(days)), side="right")
        hour = np.minimum(hour, 23)
        seconds = days * 86_400 + hour * 3_600 + rng.integers(0, 60, len(days)) * 60
        seconds -= self.offsets[days * 24 + hour]
        return np.datetime64(self.first, "s") + seconds.astype("timedelta64[s]")

    def dates(self, days: Integers) -> Instants:
        """Those days as calendar dates."""
        return np.datetime64(self.first, "D") + days.astype("timedelta64[D]")


def make_calendar(seed: int, stream: str, zone: ZoneInfo, until: date, years: int) -> Calendar:
    """The busyness of each day of the last ``years`` years before ``until``.

    More in summer than in winter, less on Sundays, a slow trend, and good and bad days. ``stream``
    names the dataset, so that no two have the same days.
    """
    first = until.replace(year=until.year - years, day=min(until.day, 28))
    count = (until - first).days
    rng = generator(seed, stream, "calendar")
    day = np.arange(count)
    of_year = (first.timetuple().tm_yday + day) % 365.25 / 365.25
    season = 1 - 0.22 * np.cos(2 * math.pi * (of_year - 0.04))
    weekday = np.array([1.04, 1.02, 1.03, 1.02, 1.08, 0.97, 0.84])[(first.weekday() + day) % 7]
    trend = 1 + rng.uniform(-0.2, 0.2) * day / count
    busy = season * weekday * trend * rng.gamma(60, 1 / 60, count)
    cumulative = np.cumsum(busy)
    return Calendar(first, cumulative / cumulative[-1], _offsets(zone, first, count))


@lru_cache(maxsize=8)
def _offsets(zone: ZoneInfo, first: date, days: int) -> Integers:
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    seconds = [
        int((moment.utcoffset() or timedelta()).total_seconds())
        for moment in (start + timedelta(hours=hour) for hour in range(days * 24))
    ]
    return np.array(seconds, dtype=np.int64)
