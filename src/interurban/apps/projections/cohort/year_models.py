"""The loop over years as models: tables in, pure array code, tables out.

A round is three of them (births, deaths, the end of the year), as it was in the original; what it
carries on is the past with one more year.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from interurban.apps.projections import contract
from interurban.core.cube import Cube, Label
from interurban.core.errors import InvalidInput
from interurban.core.model import Model, Result, Tables, Values, Watch

from .advance import Mode, births_by_mother, births_by_sex, close, deaths_of
from .axes import AGES, FLOWS, SEXES, Floats
from .choices import period_of
from .cubes import (
    areas_of,
    array_of,
    by_age,
    by_sex,
    cube,
)
from .explain import COMPONENTS, components_of_change
from .parameters import (
    AREAS,
    MODE,
    NEWBORN,
    PERIOD,
)
from .projection import Projection
from .rate_models import SOURCE

__all__ = [
    "BIRTHS_OF_A_YEAR",
    "COLLECT",
    "DEATHS_OF_A_YEAR",
    "END_OF_A_YEAR",
    "START",
    "components_cube",
    "projection_tables",
]


def projection_tables(run: Projection) -> dict[str, Cube]:
    """A projection as the tables of its contracts."""
    return {
        "population": by_age(run.areas, run.years, np.moveaxis(run.population, 0, -1)),
        "births": by_sex(run.areas, run.years, np.moveaxis(run.births, 0, -1)),
        "deaths": by_age(run.areas, run.years, np.moveaxis(run.deaths, 0, -1)),
        "net_migration": by_age(run.areas, run.years, np.moveaxis(run.net_migration, 0, -1)),
        "components_of_change": components_cube(run),
    }


def components_cube(run: Projection) -> Cube:
    """Components of change as a cube."""
    people = components_of_change(run).people
    labels: tuple[tuple[Label, ...], ...] = (run.areas, COMPONENTS, tuple(run.years))
    return Cube(("area_id", "component", "year"), labels, np.transpose(people, (2, 0, 1)), "people")


# The loop over years


def _start(tables: Tables, values: Values, _: Watch) -> Result:
    """The year before the first, and nothing yet of what the loop adds up.

    What happened in that year plays no part in those to come, and stands as none.
    """
    areas, base = areas_of(tables, values), period_of(values)[0] - 1
    population = cube(tables, "historic_population")
    if base not in population.along("year"):
        years = population.along("year")
        raise InvalidInput(
            f"A projection from {base + 1} starts with the population of {base}, and there is "
            f"none; the table holds {years[0]} to {years[-1]}.",
            advice=f"Choose {int(years[-1]) + 1} as the first year.",
            part="first_year",
        )
    people = array_of(
        population, "historic_population", area_id=areas, sex=SEXES, age=AGES, year=[base]
    )
    nobody = by_age(areas, [base], np.zeros_like(people))
    return Result(
        {
            "population_up_to": by_age(areas, [base], people),
            "births_up_to": by_sex(areas, [base], np.zeros((len(areas), len(SEXES), 1))),
            "deaths_up_to": nobody,
            "net_up_to": nobody,
            "clipped_up_to": nobody,
        }
    )


def _last(table: Cube) -> Floats:
    """The last year of a table, the year as the draw: ``area x sex x age x 1``."""
    return table.values[..., -1:]


def _births_of_a_year(tables: Tables, values: Values, _: Watch) -> Result:
    past, fertility = cube(tables, "population_up_to"), cube(tables, "fertility")
    year = _next_year(past)
    rates = fertility.at(year=year).values[..., np.newaxis]
    born = births_by_sex(
        births_by_mother(_last(past), rates), float(cast("float", values["male_share"]))
    )
    areas = [str(area) for area in past.along("area_id")]
    return Result({"newborn_of_year": by_sex(areas, [year], born)})


def _deaths_of_a_year(tables: Tables, values: Values, _: Watch) -> Result:
    past, mortality = cube(tables, "population_up_to"), cube(tables, "mortality")
    year = _next_year(past)
    died = deaths_of(
        _last(past),
        cube(tables, "newborn_of_year").values,
        mortality.at(year=year).values[..., np.newaxis],
        cast("Mode", values["mode"]),
    )
    areas = [str(area) for area in past.along("area_id")]
    return Result({"deaths_of_year": by_age(areas, [year], died)})


def _end_of_a_year(tables: Tables, values: Values, _: Watch) -> Result:
    past = cube(tables, "population_up_to")
    year = _next_year(past)
    flow = {name: cube(tables, f"future_{name}").at(year=year).values for name in FLOWS}
    net = (
        flow["domestic_in"]
        - flow["domestic_out"]
        + flow["international_in"]
        - flow["international_out"]
    )[..., np.newaxis]
    end = close(
        _last(past),
        cube(tables, "newborn_of_year").values,
        cube(tables, "deaths_of_year").values,
        net,
        cast("Mode", values["mode"]),
    )
    added = {
        "population": end.population,
        "births": end.births,
        "deaths": end.deaths,
        "net": net,
        "clipped": end.clipped,
    }
    return Result(
        {
            f"{name}_so_far": _with_year(cube(tables, f"{name}_up_to"), year, values_of_year)
            for name, values_of_year in added.items()
        }
    )


def _next_year(past: Cube) -> int:
    return int(past.along("year")[-1]) + 1


def _with_year(past: Cube, year: int, values: Floats) -> Cube:
    labels = (*past.labels[:-1], (*past.labels[-1], year))
    return Cube(past.dims, labels, np.concatenate([past.values, values], axis=-1), past.unit)


_UP_TO = (
    contract.POPULATION_UP_TO,
    contract.BIRTHS_UP_TO,
    contract.DEATHS_UP_TO,
    contract.NET_UP_TO,
    contract.CLIPPED_UP_TO,
)
_SO_FAR = (
    contract.POPULATION_SO_FAR,
    contract.BIRTHS_SO_FAR,
    contract.DEATHS_SO_FAR,
    contract.NET_SO_FAR,
    contract.CLIPPED_SO_FAR,
)

START = Model(
    id="start_of_projection",
    version="1.0.0",
    title="Start",
    summary="The population of the year before the first.",
    needs=(contract.HISTORIC_POPULATION,),
    gives=_UP_TO,
    parameters=(AREAS, *PERIOD),
    compute=_start,
    source=SOURCE,
)

BIRTHS_OF_A_YEAR = Model(
    id="births_of_a_year",
    version="1.0.0",
    title="Births of a year",
    summary="Fertility times the women when the year began, shared between girls and boys.",
    needs=(contract.POPULATION_UP_TO, contract.FERTILITY),
    gives=(contract.NEWBORN_OF_YEAR,),
    parameters=(NEWBORN,),
    compute=_births_of_a_year,
    source=SOURCE,
)

DEATHS_OF_A_YEAR = Model(
    id="deaths_of_a_year",
    version="1.0.0",
    title="Deaths of a year",
    summary="Mortality times the people it falls on, as the mode has them.",
    needs=(contract.POPULATION_UP_TO, contract.NEWBORN_OF_YEAR, contract.MORTALITY),
    gives=(contract.DEATHS_OF_YEAR,),
    parameters=(MODE,),
    compute=_deaths_of_a_year,
    source=SOURCE,
)

END_OF_A_YEAR = Model(
    id="end_of_a_year",
    version="1.0.0",
    title="End of a year",
    summary="Everybody a year older, births added, deaths taken away, migration added.",
    needs=(
        *_UP_TO,
        contract.NEWBORN_OF_YEAR,
        contract.DEATHS_OF_YEAR,
        *(contract.FUTURE_FLOWS[flow] for flow in FLOWS),
    ),
    gives=_SO_FAR,
    parameters=(MODE,),
    compute=_end_of_a_year,
    source=SOURCE,
)


# What comes out


def _collect(tables: Tables, values: Values, _: Watch) -> Result:
    years = period_of(values)
    population = cube(tables, "population_so_far")
    areas = tuple(str(area) for area in population.along("area_id"))

    def years_first(name: str) -> Floats:
        return np.moveaxis(cube(tables, name).select("year", years).values, -1, 0)

    run = Projection(
        areas=areas,
        first_year=years[0],
        start=population.at(year=years[0] - 1).values,
        population=years_first("population_so_far"),
        births=years_first("births_so_far"),
        deaths=years_first("deaths_so_far"),
        flows={flow: years_first(f"future_{flow}") for flow in FLOWS},
        clipped=years_first("clipped_so_far"),
    )
    return Result(projection_tables(run), run.warnings())


COLLECT = Model(
    id="collect_projection",
    version="1.0.0",
    title="Results",
    summary="The projected years, their components of change, and what was odd in them.",
    needs=(*_SO_FAR, *(contract.FUTURE_FLOWS[flow] for flow in FLOWS)),
    gives=(
        contract.POPULATION,
        contract.BIRTHS,
        contract.DEATHS,
        contract.NET_MIGRATION,
        contract.COMPONENTS_OF_CHANGE,
    ),
    parameters=PERIOD,
    compute=_collect,
    source=SOURCE,
)
