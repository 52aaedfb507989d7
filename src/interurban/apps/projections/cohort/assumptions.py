"""What a projection assumes of the years to come, worked out from the past and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from interurban.core.errors import InvalidInput

from .advance import MALE_SHARE, Mode
from .axes import FEMALE, FLOWS, Floats
from .history import History, National
from .migration import FlowRule, project_flow
from .rates import base_fertility, death_rates, exposures, fertility_curve
from .trends import Estimate, Window, chain, estimate

__all__ = [
    "YEARS",
    "Assumptions",
    "FertilityVariant",
    "MortalityVariant",
    "Settings",
    "assume",
    "fertility_rates",
    "historic_fertility",
    "historic_mortality",
    "mortality_rates",
]

YEARS = (1900, 2100)
"""Years that a projection may speak of, both in."""

FertilityVariant = Literal["applynationaltrend", "fixed"]

MortalityVariant = Literal[
    "average-applynationaltrend", "average-fixed", "trend-fixed", "trend-applynationaltrend"
]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person chooses about a projection of single areas.

    Parameters
    ----------
    first_year, last_year: projected, both in; the population of the year before must be known.
    fertility_base_year: whose births set the level of fertility.
    mortality_window: years of the observed death rates.
    flows: a rule for each of ``FLOWS``.
    male_share: boys among the newborn.
    fertility_multipliers, mortality_multipliers: free factors on the rates, ``year x age``;
        ``None`` leaves them.
    """

    first_year: int
    last_year: int
    fertility_base_year: int
    mortality_window: Window
    flows: Mapping[str, FlowRule]
    fertility_variant: FertilityVariant = "applynationaltrend"
    mortality_variant: MortalityVariant = "average-applynationaltrend"
    mode: Mode = "witan"
    male_share: float = MALE_SHARE
    fertility_multipliers: Floats | None = field(default=None, compare=False)
    mortality_multipliers: Floats | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for part, year in (("first_year", self.first_year), ("last_year", self.last_year)):
            if not YEARS[0] <= year <= YEARS[1]:
                raise InvalidInput(
                    f"The year {year} is not between {YEARS[0]} and {YEARS[1]}.",
                    advice="Choose a year between them.",
                    part=part,
                )
        if self.last_year < self.first_year:
            raise InvalidInput(
                f"The projection would end in {self.last_year}, before it begins in "
                f"{self.first_year}.",
                advice="Choose a later last year.",
                part="last_year",
            )

    @property
    def years(self) -> range:
        """The projected years."""
        return range(self.first_year, self.last_year + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Assumptions:
    """What is needed to run, and nothing else.

    Parameters
    ----------
    areas: codes, in the order of the axis.
    first_year: the first year projected; ``population`` is that of the mid-year before.
    population: people, ``area x sex x age``.
    fertility: births a woman, ``year x area x age``.
    mortality: deaths a person, ``year x area x sex x age``.
    flows: the four of ``FLOWS``, people, ``year x area x sex x age``; 1 year long when constant.
    """

    areas: tuple[str, ...]
    first_year: int
    population: Floats
    fertility: Floats
    mortality: Floats
    flows: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    mode: Mode = "witan"
    male_share: float = MALE_SHARE

    @property
    def years(self) -> range:
        """The projected years."""
        return range(self.first_year, self.first_year + len(self.fertility))

    def net(self, step: int) -> Floats:
        """Net migration of the year at a place in ``years``, people, ``area x sex x age``.

        Domestic in less out, plus international in less out.

        Source: Witan cohort-component model, step 9.
        """
        at = {name: flow[min(step, len(flow) - 1)] for name, flow in self.flows.items()}
        return np.asarray(
            at["domestic_in"]
            - at["domestic_out"]
            + at["international_in"]
            - at["international_out"]
        )

    def with_driver(self, name: str, other: Assumptions) -> Assumptions:
        """The same, with one driver (a field, or one of ``FLOWS``) taken from another run."""
        if name in FLOWS:
            return replace(self, flows={**self.flows, name: other.flows[name]})
        if name == "population":
            return replace(self, population=other.population)
        if name == "fertility":
            return replace(self, fertility=other.fertility, male_share=other.male_share)
        if name == "mortality":
            return replace(self, mortality=other.mortality)
        return replace(self, mode=other.mode)


def historic_fertility(history: History, base_year: int) -> Floats:
    """Births a woman by age in the base year, ``area x age``.

    Source: Witan cohort-component model, steps 1 and 2.
    """
    curve = fertility_curve(history.births_by_mother, history.mothers_women)
    women = history.people(base_year - 1)[:, FEMALE]
    return base_fertility(curve, women, history.born(base_year))


def historic_mortality(history: History) -> Floats:
    """Deaths a person by age in every observed year, ``area x sex x age x year``.

    Source: Witan cohort-component model, step 3.
    """
    exposed = exposures(history.people_before(history.flow_years), history.births)
    return death_rates(history.deaths, exposed)


def fertility_rates(
    base: Floats,
    variant: FertilityVariant,
    national: National | None,
    years: range,
    multipliers: Floats | None = None,
) -> Floats:
    """Fertility of the years to come, births a woman, ``year x area x age``.

    Parameters
    ----------
    base: rates of the base year, ``area x age``; they stand in the first year unchanged.
    national: needed by the variant with the national trend.
    multipliers: ``year x age``, applied last.

    Source: Witan cohort-component model, steps 5 and 6.
    """
    if variant == "fixed" or national is None:
        rates = np.repeat(base[np.newaxis], len(years), axis=0)
    else:
        rates = chain(base, national.fertility_of(years))
    return rates if multipliers is None else rates * multipliers[:, np.newaxis, :]


def mortality_rates(
    observed: Floats,
    observed_years: range,
    window: Window,
    variant: MortalityVariant,
    national: National | None,
    years: range,
    multipliers: Floats | None = None,
) -> Floats:
    """Mortality of the years to come, deaths a person, ``year x area x sex x age``.

    Parameters
    ----------
    observed: death rates, ``area x sex x age x year``.
    window: years they are estimated from: their mean, or their straight line a year on.
    national: needed by the variants with the national trend.
    multipliers: ``year x age``, applied last.

    Raises
    ------
    InvalidInput: the window is not inside the data, or the scenario does not reach that far.

    Source: Witan cohort-component model, steps 4 and 6.
    """
    how: Estimate = "mean" if variant.startswith("average") else "trend"
    first = estimate(observed, observed_years, window, how, "mortality_years")
    if variant.endswith("fixed") or national is None:
        rates = np.repeat(first[np.newaxis], len(years), axis=0)
    else:
        rates = chain(first, national.mortality_of(years))
    return rates if multipliers is None else rates * multipliers[:, np.newaxis, np.newaxis, :]


def assume(history: History, national: National | None, settings: Settings) -> Assumptions:
    """Everything that a projection of single areas assumes.

    Raises
    ------
    InvalidInput: a year or a window that the data do not hold.
    """
    years = settings.years
    start = history.people(settings.first_year - 1)
    return Assumptions(
        areas=history.areas,
        first_year=settings.first_year,
        population=start,
        fertility=fertility_rates(
            historic_fertility(history, settings.fertility_base_year),
            settings.fertility_variant,
            national,
            years,
            settings.fertility_multipliers,
        ),
        mortality=mortality_rates(
            historic_mortality(history),
            history.flow_years,
            settings.mortality_window,
            settings.mortality_variant,
            national,
            years,
            settings.mortality_multipliers,
        ),
        flows={
            name: project_flow(
                history.flows[name],
                history.flow_years,
                settings.flows[name],
                years,
                f"{name}_years",
            )
            for name in FLOWS
        },
        mode=settings.mode,
        male_share=settings.male_share,
    )
