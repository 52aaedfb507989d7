"""Drift of a school's share: schools that gain on the city, and schools that lose."""

from __future__ import annotations

import numpy as np

from .history import Flags
from .trend import Floats

__all__ = ["drift", "drift_ahead"]

_YEARS = 2
_PRIOR = 100.0
"""Pupils by which a school lies half way between its own drift and none."""

_MOST = 0.15
"""A year; more than that is an opening, a merger or a new building, not a drift."""


def drift(pupils: Floats, itself: Flags, years: int = _YEARS) -> Floats:
    """By how much a school's share of the city has grown in a year, as a log; by school.

    The pupils of the last year over those whom the school would have if it had held its share of
    each of the city's year groups; ``g = log(now / held) / years * n / (n + 100)``. Only year
    groups that it taught in both years count: a school that opens one does not drift. 0 of a
    school that was not itself then.

    Parameters
    ----------
    pupils: school x year group x year.
    itself: school x year (``history.running``).

    Source: local trend of a share, drawn towards none as the mean of a gamma-Poisson model is.
    """
    back = min(years, pupils.shape[2] - 1)
    now, then = pupils[:, :, -1], pupils[:, :, -1 - back]
    taught = (now > 0) & (then > 0) & itself[:, -1 - back, None]
    city_now, city_then = now.sum(axis=0), then.sum(axis=0)
    change = np.divide(city_now, city_then, out=np.zeros_like(city_now), where=city_then > 0)
    came, held = (now * taught).sum(axis=1), (then * change * taught).sum(axis=1)
    there = (came > 0) & (held > 0)
    ratio = np.divide(came, held, out=np.ones_like(came), where=there)
    drawn = np.log(ratio) / back * came / (came + _PRIOR)
    return np.asarray(np.clip(drawn, -_MOST, _MOST))


def drift_ahead(yearly: Floats, weight: float, damping: float, year: int) -> Floats:
    """The factor by which a drift has changed a school's share after some years.

    ``exp(weight g (phi + ... + phi^h))``, the damped trend of ``trend.ahead``.

    Parameters
    ----------
    yearly: ``drift``.
    weight: how much of it goes on.
    damping: phi, 0 to 1.
    year: years ahead, 0 being the next.
    """
    return np.asarray(np.exp(weight * yearly * (damping ** np.arange(1, year + 2)).sum()))
