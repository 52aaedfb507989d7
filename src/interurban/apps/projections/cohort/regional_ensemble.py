"""Areas together in many draws: shocks on rates and levels, moves that still add up in each draw.

All areas of a year are needed at once, so draws are taken in parts that fit the cache; every part
uses the same random numbers whatever its size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .advance import births_by_sex
from .axes import AGES, FEMALE, SEXES, Floats, age_on, safe_divide
from .ensemble import MEASURES, PROBABILITIES, Ensemble, quantiles
from .history import History
from .migration import cap_out_rates
from .multiregional import RegionalAssumptions
from .shocks import NationalShocks, Spread, area_path, flow_levels, national_shocks
from .trends import Window

__all__ = ["RegionalLevels", "regional_levels", "simulate_regions"]

_PART = 128
"""Draws that are worked out at once, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionalLevels:
    """How high flows stood in each past year, against the mean of the years they are taken from.

    Parameters
    ----------
    between: ``year x origin x destination``.
    totals: ``elsewhere`` and the international flows by name, ``area x year``.
    """

    between: Floats
    totals: Mapping[str, Floats]


def regional_levels(
    history: History, between: Floats, windows: Mapping[str, Window], spread: Spread
) -> RegionalLevels:
    """Levels of the past years, of moves between areas and of the areas' other flows.

    Parameters
    ----------
    between: people who moved, ``origin x destination x sex x age x year``.
    windows: of each of ``FLOWS``; that of ``domestic_in`` is that of moves between areas.
    """
    totals = flow_levels(history.flows, history.flow_years, windows, spread)
    first, last = windows["domestic_in"]
    years = history.flow_years
    moved = np.stack([np.nan_to_num(between[..., at]).sum(axis=(2, 3)) for at in range(len(years))])
    usual = moved[first - years[0] : last - years[0] + 1].mean(axis=0)
    level = np.where(usual > 0, safe_divide(moved, usual), 1.0)
    return RegionalLevels(np.maximum(1.0 + spread.flows * (level - 1.0), 0.0), totals)


def simulate_regions(
    assumptions: RegionalAssumptions,
    spread: Spread,
    levels: RegionalLevels,
    *,
    draws: int,
    seed: int,
    part: int = _PART,
    probabilities: tuple[float, ...] = PROBABILITIES,
    watch: Callable[[int, int], None] | None = None,
) -> Ensemble:
    """Run areas together in many draws.

    Parameters
    ----------
    part: draws that are worked out at once; the result does not depend on it but for rounding.
    watch: is told how many years are done, of how many.

    Source: study of Witan, recipe for intervals; GLA borough trend model for the year.
    """
    areas, years = assumptions.areas, assumptions.years
    shared = national_shocks(spread, seed, years, draws, len(levels.between))
    own = [area_path(spread, seed, years, area, draws) for area in areas]
    fertility = np.stack([path for path, _ in own], axis=1) * shared.fertility[:, np.newaxis]
    mortality = np.stack([path for _, path in own], axis=1) * shared.mortality[:, np.newaxis]
    totals = np.empty((len(MEASURES), len(years), len(areas), draws))
    by_age = np.empty((len(years), len(areas), len(SEXES), len(AGES), len(probabilities)))
    together = np.empty((len(years), len(SEXES), len(AGES), len(probabilities)))
    people = np.repeat(assumptions.population[..., np.newaxis], draws, axis=-1)
    negative = 0
    for step in range(len(years)):
        for start in range(0, draws, part):
            at = slice(start, start + part)
            factors = (fertility[step, :, at], mortality[step, :, at])
            ended = _advance(people[..., at], assumptions, step, factors, shared, at, levels)
            people[..., at] = ended.population
            totals[1:, step, :, at] = np.stack([ended.births, ended.deaths, ended.net])
            negative += ended.negative
        totals[0, step] = people.sum(axis=(1, 2))
        for area in range(len(areas)):
            by_age[step, area] = quantiles(people[area], probabilities)
        together[step] = quantiles(people.sum(axis=0), probabilities)
        if watch is not None:
            watch(step + 1, len(years))
    return Ensemble(
        areas, assumptions.first_year, probabilities, totals, by_age, together, negative
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Ended:
    """A year of some draws: people by ``area x sex x age x draw``, sums by ``area x draw``."""

    population: Floats
    births: Floats
    deaths: Floats
    net: Floats
    negative: int


def _advance(
    population: Floats,
    assumptions: RegionalAssumptions,
    step: int,
    factors: tuple[Floats, Floats],
    shared: NationalShocks,
    at: slice,
    levels: RegionalLevels,
) -> _Ended:
    """The year of ``advance_regions``, with the factors and levels of some draws."""

    def year_of(values: Floats) -> Floats:
        return np.asarray(values[min(step, len(values) - 1)])

    def level_of(flow: str) -> Floats:
        return levels.totals[flow][:, shared.past[step, at]][:, np.newaxis, np.newaxis]

    fertility, mortality = factors
    left = age_on(population)
    girls = left[:, FEMALE, 1:] * year_of(assumptions.fertility)[:, 1:, np.newaxis]
    births = births_by_sex(girls * fertility[:, np.newaxis], assumptions.male_share)
    left[:, :, 0] = births
    rates = year_of(assumptions.mortality)[..., np.newaxis] * mortality[:, np.newaxis, np.newaxis]
    deaths = np.minimum(rates, 1.0) * left
    left -= deaths
    net = _moves(left, year_of(assumptions.rates), shared.past[step, at], levels.between)
    elsewhere_out = year_of(assumptions.elsewhere_out)[..., np.newaxis] * left
    net -= elsewhere_out * level_of("domestic_out")
    net += year_of(assumptions.elsewhere_in)[..., np.newaxis] * level_of("domestic_in")
    abroad = year_of(assumptions.international_out)[..., np.newaxis] * level_of("international_out")
    net -= abroad * left if assumptions.international_rate else abroad
    arrivals = level_of("international_in") * shared.international[step, at]
    net += year_of(assumptions.international_in)[..., np.newaxis] * arrivals
    if assumptions.unexplained is not None:
        net += year_of(assumptions.unexplained)[..., np.newaxis]
    left += net
    negative = int((left < 0).sum())
    np.maximum(left, 0.0, out=left)
    return _Ended(
        left,
        births.sum(axis=1),
        deaths.sum(axis=(1, 2)),
        net.sum(axis=(1, 2)),
        negative,
    )


def _moves(left: Floats, rates: Floats, past: npt.NDArray[np.int64], between: Floats) -> Floats:
    """Arrivals less departures between the areas, ``area x sex x age x draw``.

    Draws of the same past year share one matrix of rates; what leaves an area in a draw is what
    arrives in the others.
    """
    net = np.empty_like(left)
    for year in np.unique(past):
        chosen = np.flatnonzero(past == year)
        scaled = rates * between[year][:, :, np.newaxis, np.newaxis]
        scaled = cap_out_rates(scaled)
        people = left[..., chosen].transpose(1, 2, 0, 3)
        arrived = scaled.transpose(2, 3, 1, 0) @ people
        departed = scaled.sum(axis=1).transpose(1, 2, 0)[..., np.newaxis] * people
        net[..., chosen] = (arrived - departed).transpose(2, 0, 1, 3)
    return net
