"""What may be said of a place and a school's last distances: six results, and no others.

A place is held against each year by itself. Nearer to a year's last distance than the place, the
school and the figure are exact to, nothing is said of that year; where that decides, nothing is
said at all. None of the results tells that a child will get a place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .last_distances import DOUBTFUL, Series

__all__ = ["RESULTS", "Held", "PlaceResult", "Result", "place_result"]

Result = Literal[
    "within the last distance in every year",
    "within the last distance in some years",
    "within the last distance in no year",
    "near the edge",
    "places were not given by distance",
    "no data",
]

RESULTS: tuple[Result, ...] = (
    "within the last distance in every year",
    "within the last distance in some years",
    "within the last distance in no year",
    "near the edge",
    "places were not given by distance",
    "no data",
)

Held = Literal["within", "beyond", "near the edge", "not by distance", "doubtful", "no data"]


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """A place held against one series.

    Parameters
    ----------
    result: one of ``RESULTS``.
    years: each year and what is said of it.
    within, of: years within, of those that a place can be held against.
    metres: from the place to the school, in a straight line; NaN where either has no place.
    margin_m: as near to a last distance as this, nothing is said for certain.
    """

    result: Result
    years: tuple[tuple[int, Held], ...]
    within: int
    of: int
    metres: float
    margin_m: float


def place_result(series: Series, metres: float, exact_m: float) -> PlaceResult:
    """Hold a place against the figures of a series.

    Parameters
    ----------
    metres: from the place to the school, straight; NaN where either has no place.
    exact_m: how exact the place is, in metres.
    """
    margin = exact_m + series.rounding_m + series.apart_m
    held: list[tuple[int, Held]] = []
    for offer in series.offers:
        said: Held
        if offer.status == DOUBTFUL:
            said = "doubtful"
        elif not offer.counts:
            said = "not by distance"
        elif np.isnan(metres):
            said = "no data"
        elif abs(metres - offer.metres) <= margin:
            said = "near the edge"
        else:
            said = "within" if metres < offer.metres else "beyond"
        held.append((offer.year, said))
    words = [said for _, said in held]
    within, beyond = words.count("within"), words.count("beyond")
    near = words.count("near the edge")
    result = _result(within, beyond, near, words)
    return PlaceResult(result, tuple(held), within, within + beyond + near, metres, margin)


def _result(within: int, beyond: int, near: int, words: list[Held]) -> Result:
    if not within + beyond + near:
        silent = "no data" in words or "not by distance" not in words
        return "no data" if silent else "places were not given by distance"
    if within and beyond:
        return "within the last distance in some years"
    if near:
        return "near the edge"
    if within:
        return "within the last distance in every year"
    return "within the last distance in no year"
