"""From observed rates and flows to those of the years to come.

What is observed has its year last; what is projected has its year first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from interurban.core.errors import InvalidInput

from .axes import Floats

__all__ = ["Estimate", "Window", "chain", "estimate", "inside", "least_squares", "mean"]

Window = tuple[int, int]
"""First and last year, both in."""

Estimate = Literal["mean", "trend"]


def inside(years: Sequence[int], window: Window, part: str) -> slice:
    """Where a window of years lies among the years of the data.

    Parameters
    ----------
    years: consecutive years of the data.
    part: name of the parameter, for the message.

    Raises
    ------
    InvalidInput: the window is turned round, or not inside the data.
    """
    first, last = window
    if first > last:
        raise InvalidInput(
            f"The years {first} to {last} of {part} are turned round.",
            advice="Give the earlier year first.",
            part=part,
        )
    if first < years[0] or last > years[-1]:
        raise InvalidInput(
            f"The years {first} to {last} of {part} are not all in the data, "
            f"which hold {years[0]} to {years[-1]}.",
            advice="Choose years inside the data.",
            part=part,
        )
    return slice(first - years[0], last - years[0] + 1)


def mean(values: Floats) -> Floats:
    """The mean over the years.

    Parameters
    ----------
    values: ``... x year``.
    """
    return np.asarray(values.mean(axis=-1))


def least_squares(values: Floats) -> Floats:
    """The straight line through the years, read at the year after the last, and floored at 0.

    ``q = i + slope (end + 1)`` by ordinary least squares; of a single year, its value.

    Parameters
    ----------
    values: ``... x year``, consecutive years.

    Source: Witan cohort-component model, step 4.
    """
    count = values.shape[-1]
    if count == 1:
        return np.maximum(values[..., 0], 0.0)
    x = np.arange(count) - (count - 1) / 2
    slope = values @ x / (x @ x)
    return np.asarray(np.maximum(mean(values) + slope * (count - (count - 1) / 2), 0.0))


def estimate(
    values: Floats, years: Sequence[int], window: Window, how: Estimate, part: str
) -> Floats:
    """The value of the first year to come, from a window of the past.

    Parameters
    ----------
    values: ``... x year``.
    years: the years of the last axis.
    how: ``mean`` of the window, or ``trend``: its straight line a year on.
    part: name of the window's parameter, for messages.

    Raises
    ------
    InvalidInput: the window is not inside the data.
    """
    seen = values[..., inside(years, window, part)]
    return mean(seen) if how == "mean" else least_squares(seen)


def chain(first: Floats, national: Floats) -> Floats:
    """Rates that move from year to year as the national ones do.

    ``rate_y = rate_{y-1} n_y / n_{y-1}``. In the first year no national change is applied. An age
    without a national value (NaN), or whose last one is 0, keeps its rate.

    Parameters
    ----------
    first: rates of the first year, ``area x ... x age``.
    national: national rates from the same first year on, ``year x ... x age``.

    Returns
    -------
    Rates, ``year x area x ... x age``.

    Source: Witan cohort-component model, step 6.
    """
    before, after = national[:-1], national[1:]
    known = (before > 0) & ~np.isnan(after)
    change = np.ones_like(national)
    np.divide(after, before, out=change[1:], where=known)
    return np.asarray(first[np.newaxis] * np.cumprod(change, axis=0)[:, np.newaxis])
