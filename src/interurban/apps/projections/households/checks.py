"""What is odd in a household projection, in sentences for people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .categories import Array
from .dwellings import Dwellings

__all__ = [
    "AVERAGE_SIZE",
    "LARGEST_CHANGE",
    "average_household_size",
    "clipped",
    "joint",
    "negative_population",
    "size",
    "unplaced",
]

AVERAGE_SIZE = (1.5, 3.5)
"""People per household between which an average household size is believed."""

LARGEST_CHANGE = 0.02
"""Share by which the average household size may change in a year before it is doubted."""

_SHOWN = 5


def average_household_size(in_households: Array, households: Array) -> Array:
    """People in households per household; not a number where there are none. Any axes."""
    people: Array = np.divide(
        in_households, households, out=np.full(households.shape, np.nan), where=households > 0
    )
    return people


def joint(result: Dwellings, areas: Sequence[str]) -> tuple[str, ...]:
    """The jump from the last dwellings counted to the first modelled, largest first.

    The two are joined without smoothing (step 7 of witan.models.household).
    """
    mean = result.dwellings.mean(axis=2)
    jumps: list[tuple[float, str, int, float, float]] = []
    for at, area in enumerate(areas):
        first = next(
            (
                place
                for place in range(1, len(result.years))
                if result.modelled[at, place] and not result.modelled[at, place - 1]
            ),
            None,
        )
        if first is not None:
            before, after = mean[at, first - 1], mean[at, first]
            change = after / before - 1 if before else np.inf
            jumps.append((abs(change), area, result.years[first], before, after))
    return tuple(
        f"Dwellings of {area} go from {before:,.0f} counted to {after:,.0f} modelled in {year} "
        f"({100 * (after / before - 1):+.1f} %): counts and model are joined without smoothing."
        if before
        else f"Dwellings of {area} go from 0 counted to {after:,.0f} modelled in {year}."
        for _, area, year, before, after in sorted(jumps, key=lambda j: (-j[0], j[1]))[:_SHOWN]
    ) + _more(len(jumps), "areas whose first modelled year may jump")


def size(
    in_households: Array, households: Array, areas: Sequence[str], years: Sequence[int]
) -> tuple[str, ...]:
    """Average household sizes that are not to be believed, and changes that are too quick.

    Parameters
    ----------
    in_households, households: totals, area x year x draw; means over the draws are looked at.
    """
    mean = average_household_size(in_households.mean(axis=2), households.mean(axis=2))
    low, high = AVERAGE_SIZE
    out = tuple(
        f"The average household of {areas[a]} in {years[y]} has {mean[a, y]:.2f} people, outside "
        f"{low} to {high}."
        for a, y in np.argwhere((mean < low) | (mean > high))
    )
    change = mean[:, 1:] / mean[:, :-1] - 1
    quick = tuple(
        f"The average household size of {areas[a]} changes by {100 * change[a, y]:+.1f} % from "
        f"{years[y]} to {years[y + 1]}, more than {100 * LARGEST_CHANGE:.0f} %."
        for a, y in np.argwhere(np.abs(change) >= LARGEST_CHANGE)
    )
    turns = _turns(change)
    turning = tuple(
        f"The average household size of {area} both rises and falls by over 0.1 % a year; a "
        "projection would move one way."
        for area, turned in zip(areas, turns, strict=True)
        if turned
    )
    return (
        *_first(out, "sizes outside these bounds"),
        *_first(quick, "changes this quick"),
        *_first(turning, "areas like it"),
    )


def clipped(places: int) -> tuple[str, ...]:
    """That a household population would have been negative."""
    if not places:
        return ()
    sentence = (
        f"In {places:,} combinations of area, age group, sex, relationship, year and draw more "
        "people live in communal establishments than there are residents; their household "
        "population is taken as 0."
    )
    return (sentence,)


def unplaced(people: float) -> tuple[str, ...]:
    """That the statistics know nobody of an age and sex where the projection has people."""
    if people <= 0:
        return ()
    sentence = (
        f"{people:,.0f} people are of an area, age group, sex and year for which the household "
        "statistics have nobody; they are in no household."
    )
    return (sentence,)


def negative_population(population: Array) -> tuple[str, ...]:
    """That the projection itself has fewer people than none."""
    places = int((population < 0).sum())
    if not places:
        return ()
    return (f"The population is negative in {places:,} places; it is used as it is.",)


def _turns(change: Array) -> list[bool]:
    """By area, whether the size moves both up and down by more than 0.1 % a year."""
    return [bool((row > 0.001).any() and (row < -0.001).any()) for row in change]


def _first(sentences: tuple[str, ...], what: str) -> tuple[str, ...]:
    return (*sentences[:_SHOWN], *_more(len(sentences), what))


def _more(count: int, what: str) -> tuple[str, ...]:
    return (f"And {count - _SHOWN:,} more {what}.",) if count > _SHOWN else ()
