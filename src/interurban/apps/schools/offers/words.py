"""Last distances in plain words; no sentence speaks of a right to a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from interurban.apps.schools.words import school_year

from .last_distances import DOUBTFUL, LastDistances, Series
from .results import PlaceResult

__all__ = [
    "as_published",
    "city_words",
    "entry_words",
    "place_words",
    "result_words",
    "series_words",
    "years_words",
]


_KILOMETRE_M, _MILE_M = 1_000.0, 1_609.344


def as_published(metres: float, units: str = "metric") -> str:
    """A last distance as exact as it is published: ``537 m``, ``1.01 km``, ``0.33 miles``."""
    if units == "imperial":
        return f"{metres / _MILE_M:.2f} miles"
    if metres < _KILOMETRE_M:
        return f"{metres:,.0f} m"
    return f"{metres / _KILOMETRE_M:,.2f} km"


def years_words(years: Sequence[int]) -> str:
    """Years as people write them: ``2013 to 2016``; ``2014, 2016 and 2020 to 2022``."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    if not runs:
        return "no year"
    told = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else told[0]


def entry_words(series: Series) -> str:
    """The entry and the criterion: ``Reception, by distance``; ``entry into year 3, siblings``."""
    if series.year_group is None:
        entry = "entry not stated"
    elif series.year_group == 0:
        entry = "first year"
    else:
        entry = f"year {series.year_group}"
    return f"{entry}, {series.criterion}" if series.criterion else entry


def series_words(series: Series, units: str = "metric", calendar: bool = False) -> str:
    """How far, and by how much it moved.

    Parameters
    ----------
    units: of the city. calendar: whether its school years lie in one calendar year.
    """
    latest, bounds = series.latest, series.bounds
    said: list[str] = []
    if latest is None or bounds is None:
        years = years_words([one.year for one in series.offers])
        said.append(f"In {years} no place was given by distance, as far as is published.")
    else:
        said.append(
            f"For entry in {school_year(latest.year, calendar)} the last child offered a place by "
            f"distance lived {as_published(latest.metres, units)} away."
        )
        if len(series.measured) > 1:
            measured = years_words([one.year for one in series.measured])
            said.append(
                f"Over {measured} it lay between {as_published(bounds[0], units)} and "
                f"{as_published(bounds[1], units)}."
            )
        if series.moves:
            middle = float(np.median([abs(one.share) for one in series.moves]))
            said.append(f"From one year to the next it moved by {middle:.0%} in the middle.")
        without = [one.year for one in series.offers if one.status == "not by distance"]
        if without:
            said.append(f"In {years_words(without)} places were not given by distance.")
    doubtful = [one for one in series.offers if one.status == DOUBTFUL]
    if doubtful:
        told = ", ".join(f"{as_published(one.metres, units)} in {one.year}" for one in doubtful)
        said.append(f"Published, but doubtful, and held against nothing: {told}.")
    return " ".join(said)


def result_words(found: PlaceResult, units: str = "metric") -> str:
    """What is said of a place and a school, with the years it is said of."""
    told = [year for year, held in found.years if held in ("within", "beyond", "near the edge")]
    years = years_words(told)
    if found.result == "no data":
        return "No data: no last distance is known that this place could be held against."
    if found.result == "places were not given by distance":
        return f"Places were not given by distance in {years_words([y for y, _ in found.years])}."
    away = f"{as_published(found.metres, units)} away in a straight line"
    if found.result == "near the edge":
        near = years_words([year for year, held in found.years if held == "near the edge"])
        return (
            f"Near the edge: {away}, within {as_published(found.margin_m, units)} of the last "
            f"distance of {near}. Ask the school or the authority."
        )
    if found.within == found.of:
        begin = f"Within the last distance in every year shown ({years})"
    elif not found.within:
        begin = f"Within the last distance in no year shown ({years})"
    else:
        begin = f"Within the last distance in {found.within} of {found.of} years shown ({years})"
    return f"{begin}: {away}."


def place_words(where: str, stage: str, results: Sequence[PlaceResult]) -> str:
    """What is known around a place.

    Parameters
    ----------
    results: of the schools that have last distances, the nearest first.
    """
    if not results:
        return f"No last distances of {stage} schools near {where} are known here."
    count = len(results)
    schools = "one school" if count == 1 else f"{count:,} schools"
    kinds = Counter(one.result for one in results)
    told = "; ".join(f"{one}: {number:,}" for one, number in kinds.items())
    return f"Of {schools} near {where} last distances are published. It is {told}."


def city_words(found: LastDistances, city: str) -> str:
    """What there is of a city."""
    if not found.series and not found.unmatched:
        return f"No last distances of {city} are loaded, or none may be shown to you."
    schools = len(found.by_school)
    said = [f"Last distances of {schools:,} schools, entry in {years_words(found.years)}."]
    if found.by_name:
        said.append(f"{found.by_name:,} of them were found by name and place, as no id is stated.")
    if found.unmatched:
        names = ", ".join(one.name for one in found.unmatched[:3])
        more = " ..." if len(found.unmatched) > 3 else ""
        said.append(f"{len(found.unmatched):,} could not be matched to a school: {names}{more}.")
    return " ".join(said)
