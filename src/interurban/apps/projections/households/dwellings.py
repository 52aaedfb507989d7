"""Dwellings: those counted where there is a count, later those that the households need.

Arrays are area x year x draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.core.errors import BadRequest

from .categories import Array

__all__ = ["Dwellings", "dwellings_needed", "vacancy_rate"]


@dataclass(frozen=True, slots=True, eq=False)
class Dwellings:
    """Dwellings by area, year and draw.

    Parameters
    ----------
    years: along the second axis of ``dwellings``: those counted, then those modelled.
    modelled: area x year; false where the number is a count.
    vacancy: share of the dwellings that stand empty, by area.
    """

    years: tuple[int, ...]
    dwellings: Array
    modelled: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    vacancy: Array


def vacancy_rate(
    dwellings: Array, vacant: Array, years: Sequence[int], vacant_years: Sequence[int]
) -> Array:
    """The share of empty dwellings in the last year with a count of dwellings, by area.

    ``v = vacant / dwellings`` (step 7, witan.models.household).

    Parameters
    ----------
    dwellings, vacant: counts, area x year; not a number where there is none.

    Raises
    ------
    BadRequest: an area has no count of dwellings, or none of vacant ones in its last year, or more
        vacant dwellings than dwellings.
    """
    have = np.isfinite(dwellings)
    if not have.any(axis=1).all():
        raise BadRequest(
            "An area has no count of dwellings in any year.",
            advice="Give at least one year of dwellings and vacant dwellings for every area.",
            part="dwellings",
        )
    last = dwellings.shape[1] - 1 - have[:, ::-1].argmax(axis=1)
    at = {year: place for place, year in enumerate(vacant_years)}
    areas = np.arange(dwellings.shape[0])
    missing = sorted({years[place] for place in last if years[place] not in at})
    empty = (
        vacant[areas, [at[years[place]] for place in last]]
        if not missing
        else np.full(len(areas), np.nan)
    )
    if not np.isfinite(empty).all():
        wanted = missing or sorted(
            {years[p] for p, v in zip(last, empty, strict=True) if np.isnan(v)}
        )
        raise BadRequest(
            f"No count of vacant dwellings for {', '.join(map(str, wanted))}, the last year with "
            "a count of dwellings.",
            advice="Give the vacant dwellings of the same year.",
            part="vacant_dwellings",
        )
    rate: Array = empty / dwellings[areas, last]
    if (rate < 0).any() or (rate >= 1).any():
        raise BadRequest(
            "An area has as many vacant dwellings as dwellings, or fewer than none.",
            advice="Check the vacant dwellings against the dwellings.",
            part="vacant_dwellings",
        )
    return rate


def dwellings_needed(
    households: Array,
    household_years: Sequence[int],
    counted: Array,
    counted_years: Sequence[int],
    vacancy: Array,
    second_homes: float = 0.0,
) -> Dwellings:
    """Dwellings: the count where there is one, ``households / (1 - v - second homes)`` after it.

    Step 7 of the household model. History and model are joined with no smoothing, so the first
    modelled year may jump; ``checks.joint`` says by how much.

    Parameters
    ----------
    households: total households, area x year x draw.
    counted: dwellings counted, area x year; not a number where there is none.
    vacancy: share of dwellings that stand empty, by area.
    second_homes: share of dwellings that are second homes, 0 to below 1.

    Raises
    ------
    BadRequest: vacancy and second homes leave no dwelling to live in.
    """
    lived_in = 1.0 - vacancy - second_homes
    if (lived_in <= 0).any():
        raise BadRequest(
            "Vacant dwellings and second homes together leave no dwelling to live in.",
            advice="Lower the share of second homes.",
            part="second_home_rate",
        )
    areas, _, draws = households.shape
    last = max(
        (y for p, y in enumerate(counted_years) if np.isfinite(counted[:, p]).any()), default=0
    )
    years = tuple(sorted({y for y in household_years if y > last} | set(counted_years)))
    out = np.full((areas, len(years), draws), np.nan)
    model_at = {year: place for place, year in enumerate(household_years)}
    count_at = {year: place for place, year in enumerate(counted_years)}
    modelled = np.ones((areas, len(years)), dtype=bool)
    for place, year in enumerate(years):
        if year in model_at:
            out[:, place] = households[:, model_at[year]] / lived_in[:, None]
        if year in count_at:
            count = counted[:, count_at[year]]
            known = np.isfinite(count)
            out[known, place] = count[known, None]
            modelled[known, place] = False
    return Dwellings(years, out, modelled, vacancy)
