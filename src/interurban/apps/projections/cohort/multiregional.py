"""The multiregional mode: who leaves one area arrives in another.

Domestic migration is a share of an origin's people for each destination, so that flows answer to
the population and add up: what the areas lose to each other is what they gain from each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .advance import MALE_SHARE, births_by_sex
from .assumptions import Settings, fertility_rates, historic_mortality, mortality_rates
from .axes import FEMALE, Floats, age_on, safe_divide
from .history import History, National
from .migration import (
    OUT_RATE_CAP,
    cap_out_rates,
    dated_transition,
    flow_rates,
    out_rates,
    project_flow,
)
from .projection import Projection
from .rates import exposures, scale_of_births, scale_of_deaths
from .trends import Estimate, estimate

__all__ = [
    "RegionalAssumptions",
    "RegionalSettings",
    "RegionalYear",
    "advance_regions",
    "assume_regions",
    "project_regions",
]


@dataclass(frozen=True, slots=True)
class RegionalSettings:
    """What a person chooses about a multiregional projection.

    Parameters
    ----------
    settings: years, variants, multipliers and the rules of the flows; the rule of ``domestic_in``
        is that of all flows between areas. ``mode`` and ``fertility_base_year`` play no part.
    scale_years: years of the past that set the level of fertility and of mortality.
    scale_how: ``mean`` of those years, or ``trend``: their straight line a year on.
    international_out: ``rate``, a share of the people there, or ``flow``, a number of people.
    """

    settings: Settings
    scale_years: int = 5
    scale_how: Estimate = "mean"
    international_out: str = "flow"


@dataclass(frozen=True, slots=True, eq=False)
class RegionalAssumptions:
    """What is needed to run the areas together.

    Arrays of ``year`` are 1 year long where the same holds in all years.

    Parameters
    ----------
    areas: codes, in the order of every axis of areas.
    first_year: the first year projected; ``population`` is that of the mid-year before.
    population: people, ``area x sex x age``.
    fertility: births a woman aged on, ``year x area x age``.
    mortality: deaths a person aged on, ``year x area x sex x age``.
    rates: the share who move, ``year x origin x destination x sex x age``.
    elsewhere_in: people from the rest of the country, ``year x area x sex x age``.
    elsewhere_out: the share who leave for it, of the same shape.
    international_in: people, of the same shape.
    international_out: people, or the share who leave where ``international_rate``.
    unexplained: people that the accounts of the past could not explain, of the same shape.
    """

    areas: tuple[str, ...]
    first_year: int
    population: Floats
    fertility: Floats
    mortality: Floats
    rates: Floats
    elsewhere_in: Floats
    elsewhere_out: Floats
    international_in: Floats
    international_out: Floats
    international_rate: bool = False
    unexplained: Floats | None = None
    male_share: float = MALE_SHARE

    @property
    def years(self) -> range:
        """The projected years."""
        return range(self.first_year, self.first_year + len(self.fertility))


@dataclass(frozen=True, slots=True, eq=False)
class RegionalYear:
    """What one year brought, the draw last.

    Parameters
    ----------
    population, deaths, clipped: ``area x sex x age x draw``.
    births: ``area x sex x draw``.
    flows: people by the name of the flow, ``area x sex x age x draw``.
    """

    population: Floats
    births: Floats
    deaths: Floats
    flows: Mapping[str, Floats]
    clipped: Floats


def assume_regions(
    history: History,
    between: Floats,
    national: National | None,
    chosen: RegionalSettings,
    unexplained: Floats | None = None,
) -> RegionalAssumptions:
    """Everything that a multiregional projection assumes.

    The level of fertility is ``k``, the births of each of the last years over those that the curve
    by age gives on the aged-on women: its mean, or its straight line a year on. Mortality the same,
    by sex. What the areas' domestic totals hold beyond the flows between them is migration with the
    rest of the country: arrivals are numbers, departures shares.

    Parameters
    ----------
    between: people who moved, ``origin x destination x sex x age x year``, in the years of the
        history's flows; NaN where nothing is known, which counts as 0.
    unexplained: people a year, ``area x sex x age``.

    Raises
    ------
    InvalidInput: a year or a window that the data do not hold.

    Source: GLA borough trend model.
    """
    settings, years = chosen.settings, chosen.settings.years
    seen_years = history.flow_years
    exposed = exposures(history.people_before(seen_years), history.births)
    recent = (max(seen_years[-1] - chosen.scale_years + 1, seen_years[0]), seen_years[-1])

    women = age_on(history.mothers_women[..., np.newaxis])[..., 0]
    curve = safe_divide(history.births_by_mother, women)
    k = scale_of_births(history.births.sum(axis=1), curve, exposed)
    level = estimate(k, seen_years, recent, chosen.scale_how, "scale_years")

    observed = historic_mortality(history)
    how: Estimate = "mean" if settings.mortality_variant.startswith("average") else "trend"
    death_curve = estimate(observed, seen_years, settings.mortality_window, how, "mortality_years")
    deaths_k = scale_of_deaths(history.deaths, death_curve, exposed)
    deaths_level = estimate(deaths_k, seen_years, recent, chosen.scale_how, "scale_years")

    rates, elsewhere_in, elsewhere_out = _domestic(history, between, exposed, settings)
    leaving = history.flows["international_out"]
    if chosen.international_out == "rate":
        leaving = out_rates(leaving, exposed)
    abroad = project_flow(
        leaving,
        seen_years,
        settings.flows["international_out"],
        years,
        "international_out_years",
    )
    if chosen.international_out == "rate":
        abroad = np.minimum(abroad, OUT_RATE_CAP)
    return RegionalAssumptions(
        areas=history.areas,
        first_year=settings.first_year,
        population=history.people(settings.first_year - 1),
        fertility=fertility_rates(
            curve * level[:, np.newaxis],
            settings.fertility_variant,
            national,
            years,
            settings.fertility_multipliers,
        ),
        mortality=mortality_rates(
            (death_curve * deaths_level[..., np.newaxis])[..., np.newaxis],
            range(recent[1], recent[1] + 1),
            (recent[1], recent[1]),
            settings.mortality_variant,
            national,
            years,
            settings.mortality_multipliers,
        ),
        rates=rates,
        elsewhere_in=elsewhere_in,
        elsewhere_out=elsewhere_out,
        international_in=project_flow(
            history.flows["international_in"],
            seen_years,
            settings.flows["international_in"],
            years,
            "international_in_years",
        ),
        international_out=abroad,
        international_rate=chosen.international_out == "rate",
        unexplained=None if unexplained is None else unexplained[np.newaxis],
        male_share=settings.male_share,
    )


def _domestic(
    history: History, between: Floats, exposed: Floats, settings: Settings
) -> tuple[Floats, Floats, Floats]:
    """Rates between the areas, arrivals from elsewhere, and the share who leave for elsewhere.

    The two kinds of leaving share one cap.
    """
    years, rule = history.flow_years, settings.flows["domestic_in"]
    areas = np.arange(len(between))
    arrivals, departures = np.empty_like(exposed), np.empty_like(exposed)
    for year in range(len(years)):
        moved = np.nan_to_num(between[..., year])
        moved[areas, areas] = 0.0
        arrivals[..., year] = history.flows["domestic_in"][..., year] - moved.sum(axis=0)
        departures[..., year] = history.flows["domestic_out"][..., year] - moved.sum(axis=1)
    np.maximum(arrivals, 0.0, out=arrivals)
    np.maximum(departures, 0.0, out=departures)

    def of(window: tuple[int, int]) -> Floats:
        inner = flow_rates(between, exposed, years, window, rule.how, "domestic_in_years")
        outer = estimate(
            safe_divide(departures, exposed), years, window, rule.how, "domestic_in_years"
        )
        both = np.concatenate([inner, outer[:, np.newaxis]], axis=1) * rule.multiplier
        return cap_out_rates(both)

    first = of(rule.window)
    if rule.later is None:
        rates = first[np.newaxis]
    else:
        rates = dated_transition(first, of(rule.later), settings.years, rule.moves)
    return (
        rates[:, :, :-1],
        project_flow(arrivals, years, rule, settings.years, "domestic_in_years"),
        rates[:, :, -1],
    )


def advance_regions(
    population: Floats, assumptions: RegionalAssumptions, step: int
) -> RegionalYear:
    """The areas a year later.

    Age on; births of the aged-on women (``a > 0``); deaths of the aged on and the newborn; then
    migration of those who are left: ``P = N + in - out``, with flows between areas
    ``rate(o, d, s, a) N(o, s, a)``. A number of people below 0 is put to 0, and counted.

    Parameters
    ----------
    population: people when the year began, ``area x sex x age x draw``.
    step: place of the year in ``assumptions.years``.

    Source: GLA borough trend model, by year, steps 1 to 7.
    """

    def at(values: Floats) -> Floats:
        return np.asarray(values[min(step, len(values) - 1)])

    aged = age_on(population)
    women = aged[:, FEMALE, 1:]
    births = births_by_sex(
        women * at(assumptions.fertility)[:, 1:, np.newaxis], assumptions.male_share
    )
    aged[:, :, 0] = births
    deaths = np.minimum(at(assumptions.mortality)[..., np.newaxis], 1.0) * aged
    left = aged - deaths
    rates = at(assumptions.rates)
    abroad = at(assumptions.international_out)[..., np.newaxis]
    flows = {
        "domestic_in": np.einsum("odsa,osaw->dsaw", rates, left),
        "domestic_out": rates.sum(axis=1)[..., np.newaxis] * left,
        "elsewhere_in": at(assumptions.elsewhere_in)[..., np.newaxis],
        "elsewhere_out": at(assumptions.elsewhere_out)[..., np.newaxis] * left,
        "international_in": at(assumptions.international_in)[..., np.newaxis],
        "international_out": abroad * left if assumptions.international_rate else abroad,
    }
    if assumptions.unexplained is not None:
        flows["unexplained_in"] = at(assumptions.unexplained)[..., np.newaxis]
    end = left.copy()
    for name, people in flows.items():
        end += -people if name.endswith("_out") else people
    clipped = np.maximum(-end, 0.0)
    return RegionalYear(np.maximum(end, 0.0, out=end), births, deaths, flows, clipped)


def project_regions(assumptions: RegionalAssumptions) -> Projection:
    """Run the areas together.

    Source: GLA borough trend model.
    """
    steps = len(assumptions.years)
    shape = (steps, *assumptions.population.shape)
    population, deaths, clipped = np.empty(shape), np.empty(shape), np.empty(shape)
    births = np.empty(shape[:3])
    flows: dict[str, Floats] = {}
    moves = np.empty((steps, shape[1], shape[1]))
    now = assumptions.population[..., np.newaxis]
    for step in range(steps):
        year = advance_regions(now, assumptions, step)
        left = (age_on(now, year.births) - year.deaths)[..., 0]
        rates = assumptions.rates[min(step, len(assumptions.rates) - 1)]
        np.einsum("odsa,osa->od", rates, left, out=moves[step])
        now = year.population
        population[step], births[step] = now[..., 0], year.births[..., 0]
        deaths[step], clipped[step] = year.deaths[..., 0], year.clipped[..., 0]
        for name, people in year.flows.items():
            flows.setdefault(name, np.empty(shape))[step] = people[..., 0]
    return Projection(
        areas=assumptions.areas,
        first_year=assumptions.first_year,
        start=assumptions.population,
        population=population,
        births=births,
        deaths=deaths,
        flows=flows,
        clipped=clipped,
        moves=moves,
    )
