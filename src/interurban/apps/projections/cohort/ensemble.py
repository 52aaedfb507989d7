"""A thousand futures at once, and what they come to.

Areas are worked out one after the other, each with all its draws: that is a megabyte or two, which
stays in the cache, and memory does not grow with the number of areas. Sums over areas are made draw
by draw, so that what areas have in common stays in their sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .advance import advance
from .assumptions import Assumptions
from .axes import AGES, FLOWS, SEXES, Floats
from .shocks import Spread, area_path, national_shocks

__all__ = ["MEASURES", "PROBABILITIES", "Ensemble", "quantiles", "simulate"]

PROBABILITIES = (0.025, 0.1, 0.5, 0.9, 0.975)
"""The median, and the ends of the bands that hold 80 and 95 % of the draws."""

MEASURES = ("population", "births", "deaths", "net_migration")
"""Order of the axis of measures."""


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """What the draws came to.

    Parameters
    ----------
    areas: codes, in the order of the axis.
    first_year: the first year projected.
    probabilities: of the quantiles, rising.
    totals: people of all ages, every draw kept, ``measure x year x area x draw``.
    by_age: quantiles of people, ``year x area x sex x age x probability``.
    together: quantiles of the people of all areas, summed draw by draw,
        ``year x sex x age x probability``.
    negative: numbers of people (area, sex, age, year and draw) below 0, or clipped there.
    """

    areas: tuple[str, ...]
    first_year: int
    probabilities: tuple[float, ...]
    totals: Floats
    by_age: Floats
    together: Floats
    negative: int

    @property
    def years(self) -> range:
        """The projected years."""
        return range(self.first_year, self.first_year + self.totals.shape[1])

    def bands(self) -> Floats:
        """Quantiles of every area's totals, ``measure x year x area x probability``."""
        return quantiles(self.totals, self.probabilities)

    def bands_of(self, areas: Sequence[str]) -> Floats:
        """Quantiles of the sum of some areas, ``measure x year x probability``.

        The areas are summed draw by draw: the band of a sum is not the sum of the bands.
        """
        at = [self.areas.index(area) for area in areas]
        return quantiles(self.totals[:, :, at].sum(axis=2), self.probabilities)

    def warnings(self) -> tuple[str, ...]:
        """A sentence for people about numbers that cannot be of people."""
        if not self.negative:
            return ()
        cells = int(np.prod(self.by_age.shape[:-1])) * self.totals.shape[-1]
        return (f"{self.negative:,} of {cells:,} numbers of people in the draws fell below 0.",)


def quantiles(draws: Floats, probabilities: Sequence[float]) -> Floats:
    """Quantiles over the last axis, by linear interpolation between the draws in order.

    Parameters
    ----------
    draws: ``... x draw``.

    Returns
    -------
    ``... x probability``.

    Source: Hyndman and Fan (1996), definition 7.
    """
    ordered = np.sort(draws, axis=-1)
    at = np.array(probabilities) * (ordered.shape[-1] - 1)
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, ordered.shape[-1] - 1)
    below, above = ordered[..., low], ordered[..., high]
    return np.asarray(below + (above - below) * (at - low))


def simulate(
    assumptions: Assumptions,
    spread: Spread,
    levels: Mapping[str, Floats],
    *,
    draws: int,
    seed: int,
    probabilities: tuple[float, ...] = PROBABILITIES,
    watch: Callable[[int, int], None] | None = None,
) -> Ensemble:
    """Run a projection of single areas in many draws.

    Parameters
    ----------
    assumptions: the middle; without spread every draw is this projection.
    levels: of each flow in the past years, ``area x year`` (``flow_levels``).
    draws, seed: how many, and of which stream; the first draws of a seed are always the same.
    watch: is told how many areas are done, of how many.

    Source: study of Witan, recipe for intervals.
    """
    years = assumptions.years
    past_years = next(iter(levels.values())).shape[1]
    shared = national_shocks(spread, seed, years, draws, past_years)
    shape = (len(years), len(SEXES), len(AGES))
    totals = np.empty((len(MEASURES), len(years), len(assumptions.areas), draws))
    by_age = np.empty((len(years), len(assumptions.areas), *shape[1:], len(probabilities)))
    together = np.zeros((*shape, draws))
    negative = 0
    for area, code in enumerate(assumptions.areas):
        fertility, mortality = area_path(spread, seed, years, code, draws)
        fertility *= shared.fertility
        mortality *= shared.mortality
        now = np.repeat(assumptions.population[[area], ..., np.newaxis], draws, axis=-1)
        for step in range(len(years)):
            level = _levels_of(levels, area, shared.past[step])
            level[FLOWS.index("international_in")] *= shared.international[step]
            net = _net(assumptions, step, area, level)
            year = advance(
                now,
                assumptions.fertility[step, area, :, np.newaxis] * fertility[step],
                assumptions.mortality[step, area, ..., np.newaxis] * mortality[step],
                net,
                mode=assumptions.mode,
                male_share=assumptions.male_share,
            )
            people = year.population
            negative += int((people < 0).sum()) + int((year.clipped > 0).sum())
            totals[0, step, area] = people.sum(axis=(0, 1, 2))
            totals[1, step, area] = year.births.sum(axis=(0, 1))
            totals[2, step, area] = year.deaths.sum(axis=(0, 1, 2))
            totals[3, step, area] = net.sum(axis=(0, 1))
            by_age[step, area] = quantiles(people[0], probabilities)
            together[step] += people[0]
            now = people
        if watch is not None:
            watch(area + 1, len(assumptions.areas))
    return Ensemble(
        areas=assumptions.areas,
        first_year=assumptions.first_year,
        probabilities=probabilities,
        totals=totals,
        by_age=by_age,
        together=quantiles(together, probabilities),
        negative=negative,
    )


def _levels_of(levels: Mapping[str, Floats], area: int, past: npt.NDArray[np.int64]) -> Floats:
    """Levels of the flows of one area in the drawn past years, ``flow x draw``."""
    return np.stack([levels[name][area, past] for name in FLOWS])


def _net(assumptions: Assumptions, step: int, area: int, level: Floats) -> Floats:
    """Net migration of one area in every draw, ``sex x age x draw``."""
    signed = [
        (-1 if name.endswith("_out") else 1) * flow[min(step, len(flow) - 1), area]
        for name, flow in ((name, assumptions.flows[name]) for name in FLOWS)
    ]
    return np.asarray(np.stack(signed, axis=-1) @ level)
