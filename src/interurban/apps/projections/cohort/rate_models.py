"""Rates and flows as models: those of the past, and those to come."""

from __future__ import annotations

from typing import cast

import numpy as np

from interurban.apps.projections import contract
from interurban.core.cube import Cube, Label
from interurban.core.model import Model, Result, Tables, Values, Watch

from .assumptions import (
    FertilityVariant,
    MortalityVariant,
    fertility_rates,
    historic_fertility,
    historic_mortality,
    mortality_rates,
)
from .axes import AGES, FLOWS, SEXES, Floats
from .choices import flow_rule, multipliers_of, period_of
from .cubes import (
    areas_of,
    array_of,
    by_age,
    consecutive_years,
    cube,
    history_of,
    national_fertility_of,
    national_mortality_of,
)
from .history import National
from .migration import project_flow
from .parameters import (
    AREAS,
    FERTILITY,
    FERTILITY_BASE,
    FLOW_RULES,
    MORTALITY,
    PERIOD,
)

__all__ = [
    "HISTORIC_FERTILITY",
    "HISTORIC_MORTALITY",
    "PROJECTED_FERTILITY",
    "PROJECTED_FLOWS",
    "PROJECTED_MORTALITY",
    "SOURCE",
    "rate_warnings",
]

SOURCE = "witan.models.demography (GLA, Mastodon C)"


def rate_warnings(mortality: Floats, which: str) -> tuple[str, ...]:
    """A sentence for people about death rates above 1; ``which`` they are: past, projected."""
    over = int((mortality > 1).sum())
    if not over:
        return ()
    told = (
        f"{over:,} {which} death {'rate is' if over == 1 else 'rates are'} above 1 (by area, sex, "
        "age and year): more died than could have. The corrected mode takes them as 1."
    )
    return (told,)


# Rates of the past


def _historic_fertility(tables: Tables, values: Values, _: Watch) -> Result:
    areas = areas_of(tables, values)
    base_year = int(cast("int", values["fertility_base_year"]))
    history = history_of(tables, areas, ("historic_births", "births_by_mother"))
    rates = historic_fertility(history, base_year)
    labels: tuple[tuple[Label, ...], ...] = (areas, AGES, (base_year,))
    table = Cube(("area_id", "age", "year"), labels, rates[..., np.newaxis], "births per woman")
    return Result({"historic_fertility": table})


def _historic_mortality(tables: Tables, values: Values, _: Watch) -> Result:
    areas = areas_of(tables, values)
    history = history_of(tables, areas, ("historic_births", "historic_deaths"))
    rates = historic_mortality(history)
    table = by_age(areas, history.flow_years, rates, "deaths per person")
    return Result({"historic_mortality": table}, rate_warnings(rates, "past"))


HISTORIC_FERTILITY = Model(
    id="historic_fertility",
    version="1.0.0",
    title="Fertility of the base year",
    summary="Births a woman by single year of age, scaled to the births of the base year.",
    needs=(contract.HISTORIC_POPULATION, contract.HISTORIC_BIRTHS, contract.BIRTHS_BY_MOTHER),
    gives=(contract.HISTORIC_FERTILITY,),
    parameters=(AREAS, FERTILITY_BASE),
    compute=_historic_fertility,
    source=SOURCE,
)

HISTORIC_MORTALITY = Model(
    id="historic_mortality",
    version="1.0.0",
    title="Mortality of the past",
    summary="Deaths a person who could have died, by sex and single year of age.",
    needs=(contract.HISTORIC_POPULATION, contract.HISTORIC_BIRTHS, contract.HISTORIC_DEATHS),
    gives=(contract.HISTORIC_MORTALITY,),
    parameters=(AREAS,),
    compute=_historic_mortality,
    source=SOURCE,
)


# Rates and flows to come


def _projected_fertility(tables: Tables, values: Values, _: Watch) -> Result:
    base = cube(tables, "historic_fertility")
    variant = cast("FertilityVariant", values["fertility_variant"])
    years, national = period_of(values), None
    if variant == "applynationaltrend":
        rates, known = national_fertility_of(tables, str(values["fertility_scenario"]))
        national = National(known[0], known[0], rates, np.empty((0, len(SEXES), len(AGES))))
    factors = multipliers_of(values, "fertility_multipliers", years)
    future = fertility_rates(base.values[..., 0], variant, national, years, factors)
    labels: tuple[tuple[Label, ...], ...] = (base.along("area_id"), AGES, tuple(years))
    table = Cube(("area_id", "age", "year"), labels, np.moveaxis(future, 0, -1), "births per woman")
    return Result({"fertility": table})


def _projected_mortality(tables: Tables, values: Values, _: Watch) -> Result:
    past = cube(tables, "historic_mortality")
    variant = cast("MortalityVariant", values["mortality_variant"])
    years, national = period_of(values), None
    if variant.endswith("applynationaltrend"):
        rates, known = national_mortality_of(tables, str(values["mortality_scenario"]))
        national = National(known[0], known[0], np.empty((0, len(AGES))), rates)
    window = cast("tuple[int, int]", values["mortality_years"])
    future = mortality_rates(
        past.values,
        consecutive_years(past, "historic_mortality"),
        window,
        variant,
        national,
        years,
        multipliers_of(values, "mortality_multipliers", years),
    )
    areas = [str(area) for area in past.along("area_id")]
    table = by_age(areas, years, np.moveaxis(future, 0, -1), "deaths per person")
    return Result({"mortality": table}, rate_warnings(future, "projected"))


def _projected_flows(tables: Tables, values: Values, _: Watch) -> Result:
    areas, years = areas_of(tables, values, "domestic_in"), period_of(values)
    given: dict[str, Cube] = {}
    for flow in FLOWS:
        table = cube(tables, flow)
        seen = array_of(table, flow, area_id=areas, sex=SEXES, age=AGES)
        future = project_flow(
            seen,
            consecutive_years(table, flow),
            flow_rule(values, flow),
            years,
            f"{flow}_years",
        )
        full = np.broadcast_to(future, (len(years), *future.shape[1:]))
        given[f"future_{flow}"] = by_age(areas, years, np.moveaxis(full, 0, -1))
    return Result(given)


PROJECTED_FERTILITY = Model(
    id="projected_fertility",
    version="1.0.0",
    title="Fertility to come",
    summary="The base year's rates, fixed or changing as the national projection's.",
    needs=(contract.HISTORIC_FERTILITY, contract.NATIONAL_FERTILITY),
    gives=(contract.FERTILITY,),
    parameters=(*PERIOD, *FERTILITY),
    compute=_projected_fertility,
    source=SOURCE,
)

PROJECTED_MORTALITY = Model(
    id="projected_mortality",
    version="1.0.0",
    title="Mortality to come",
    summary="Mean or trend of the past, fixed or changing as the national projection's.",
    needs=(contract.HISTORIC_MORTALITY, contract.NATIONAL_MORTALITY),
    gives=(contract.MORTALITY,),
    parameters=(*PERIOD, *MORTALITY),
    compute=_projected_mortality,
    source=SOURCE,
)

PROJECTED_FLOWS = Model(
    id="projected_flows",
    version="1.0.0",
    title="Migration to come",
    summary="The four flows, each from its own years, by its own rule and factor.",
    needs=tuple(contract.HISTORIC_FLOWS[flow] for flow in FLOWS),
    gives=tuple(contract.FUTURE_FLOWS[flow] for flow in FLOWS),
    parameters=(AREAS, *PERIOD, *FLOW_RULES),
    compute=_projected_flows,
    source=SOURCE,
)
