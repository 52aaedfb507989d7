"""From the tables of the contracts to the arrays of this model, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from interurban.core.cube import Cube, Label
from interurban.core.errors import InvalidInput
from interurban.core.model import Tables, Values

from .axes import AGES, FEMALE, FLOWS, SEXES, Floats
from .history import History, National
from .rates import CHILDBEARING

__all__ = [
    "HISTORY",
    "areas_of",
    "array_of",
    "births_by_mother_of",
    "by_age",
    "by_sex",
    "consecutive_years",
    "cube",
    "history_of",
    "national_fertility_of",
    "national_mortality_of",
    "national_of",
    "national_tables_of",
    "tables_of",
]

HISTORY = ("historic_births", "births_by_mother", "historic_deaths", *FLOWS)
"""Tables of the past beside the population."""


def cube(tables: Tables, name: str) -> Cube:
    """A table that is one number by labels.

    Raises
    ------
    InvalidInput: it is not there.
    """
    table = tables.get(name)
    if table is None:
        raise InvalidInput(
            f"The table {name} is not there, and these settings need it.",
            advice="Choose a dataset for it, or a variant that does without.",
            part=name,
        )
    if not isinstance(table, Cube):
        raise TypeError(f"{name} is a table of records")
    return table


def areas_of(tables: Tables, values: Values, name: str = "historic_population") -> tuple[str, ...]:
    """The areas to project: those that were chosen, or all of a table."""
    there = tuple(str(area) for area in cube(tables, name).along("area_id"))
    chosen = values.get("areas", ())
    wanted = tuple(str(area) for area in chosen) if isinstance(chosen, tuple) else ()
    missing = [area for area in wanted if area not in there]
    if missing:
        raise InvalidInput(
            f"There is no population of {_few(missing)}.",
            advice=f"There are {len(there):,} areas: {_few(there)}.",
            part="areas",
        )
    return wanted or there


def consecutive_years(table: Cube, name: str) -> range:
    """The years of a table, which must follow on each other.

    Raises
    ------
    InvalidInput: a year is left out.
    """
    years = [int(year) for year in table.along("year")]
    span = range(years[0], years[-1] + 1) if years else range(0)
    if not years or years != list(span):
        missing = [str(year) for year in span if year not in years]
        raise InvalidInput(
            f"The years of {name} do not follow on each other: {_few(missing) or 'all'} left out.",
            advice="Add the years that are missing, or leave out those before them.",
            part=name,
        )
    return span


def array_of(table: Cube, name: str, **labels: Sequence[Label]) -> Floats:
    """The numbers of a table at some labels of some dimensions, in the order of the contract's key.

    Raises
    ------
    InvalidInput: a label is not there, or a number.
    """
    for dim, wanted in labels.items():
        there = table.along(dim)
        if there == tuple(wanted):
            continue
        known = set(there)
        missing = [label for label in wanted if label not in known]
        if missing:
            raise InvalidInput(
                f"The table {name} has no {dim.removesuffix('_id')} {_few(missing)}.",
                advice="Add the rows that are missing; write 0 where it is none.",
                part=name,
            )
        table = table.select(dim, list(wanted))
    gaps = np.argwhere(np.isnan(table.values))
    if len(gaps):
        here = zip(table.dims, table.labels, gaps[0], strict=True)
        first = ", ".join(f"{dim} {at[place]}" for dim, at, place in here)
        raise InvalidInput(
            f"The table {name} lacks {len(gaps):,} numbers; the first is that of {first}.",
            advice="Add the rows that are missing; write 0 where it is none.",
            part=name,
        )
    return table.values


def by_age(
    areas: Sequence[str], years: Sequence[int], values: Floats, unit: str = "people"
) -> Cube:
    """``area x sex x age x year`` as a cube."""
    dims = ("area_id", "sex", "age", "year")
    return Cube(dims, (tuple(areas), SEXES, AGES, tuple(years)), values, unit)


def by_sex(areas: Sequence[str], years: Sequence[int], values: Floats) -> Cube:
    """``area x sex x year`` as a cube."""
    return Cube(("area_id", "sex", "year"), (tuple(areas), SEXES, tuple(years)), values, "people")


def births_by_mother_of(tables: Tables, areas: Sequence[str]) -> tuple[Floats, int]:
    """Births by age of mother, ``area x age`` (0 to 90), and the last year they are known for."""
    table = cube(tables, "births_by_mother")
    year = max(int(year) for year in table.along("year"))
    known = array_of(table.select("year", [year]), "births_by_mother", area_id=areas)[..., 0]
    births = np.zeros((len(areas), len(AGES)))
    births[:, [int(age) for age in table.along("age")]] = known
    return births, year


def history_of(tables: Tables, areas: Sequence[str], needs: Sequence[str] = HISTORY) -> History:
    """The observed past as arrays, over the years that births, deaths and flows have in common.

    Each of them needs the population of the mid-year before, and not that of its own end.

    Parameters
    ----------
    needs: tables of ``HISTORY`` that must be there; of the others, one that is not is all 0.

    Raises
    ------
    InvalidInput: a table, an area, an age or a year is not there.
    """
    population = cube(tables, "historic_population")
    people_years = consecutive_years(population, "historic_population")
    changes = {
        name: cube(tables, name)
        for name in HISTORY
        if name != "births_by_mother" and (name in tables or name in needs)
    }
    spans = [consecutive_years(table, name) for name, table in changes.items()]
    years = range(
        max([people_years[0] + 1, *(span[0] for span in spans)]),
        min([people_years[-1] + 1, *(span[-1] for span in spans)]) + 1,
    )
    if not years:
        raise InvalidInput(
            "Population, births, deaths and migration have no year in common.",
            advice="Give tables of the same years.",
            part="historic_population",
        )

    def change(name: str) -> Floats:
        if name not in changes:
            return np.zeros((len(areas), len(SEXES), len(AGES), len(years)))
        ages = {"age": AGES} if "age" in changes[name].dims else {}
        return array_of(changes[name], name, area_id=areas, sex=SEXES, year=years, **ages)

    people = array_of(population, "historic_population", area_id=areas, sex=SEXES, age=AGES)
    births_by_mother = mothers_women = np.zeros((len(areas), len(AGES)))
    if "births_by_mother" in tables or "births_by_mother" in needs:
        births_by_mother, year = births_by_mother_of(tables, areas)
        if year - 1 not in people_years:
            raise InvalidInput(
                f"Births by age of mother are of {year}, and there is no population of {year - 1} "
                "to hold them against.",
                advice="Give the population of that year too.",
                part="historic_population",
            )
        mothers_women = people[:, FEMALE, :, year - 1 - people_years[0]]
    return History(
        areas=tuple(areas),
        first_population=people_years[0],
        first_flow=years[0],
        population=people,
        births=change("historic_births"),
        deaths=change("historic_deaths"),
        flows={flow: change(flow) for flow in FLOWS},
        births_by_mother=births_by_mother,
        mothers_women=mothers_women,
    )


def tables_of(history: History, mothers_year: int) -> dict[str, Cube]:
    """The past as the tables of the contracts: the way back of ``history_of``.

    Parameters
    ----------
    mothers_year: the year of the births by age of mother, which the history does not hold.
    """
    years, areas = history.flow_years, history.areas
    ages = tuple(range(CHILDBEARING[0], CHILDBEARING[1] + 1))
    mothers = history.births_by_mother[:, ages[0] : ages[-1] + 1, np.newaxis]
    return {
        "historic_population": by_age(areas, history.population_years, history.population),
        "historic_births": by_sex(areas, years, history.births),
        "births_by_mother": Cube(
            ("area_id", "age", "year"), (areas, ages, (mothers_year,)), mothers, "people"
        ),
        "historic_deaths": by_age(areas, years, history.deaths),
        **{flow: by_age(areas, years, history.flows[flow]) for flow in FLOWS},
    }


def national_tables_of(
    national: National, fertility_scenario: str, mortality_scenario: str
) -> dict[str, Cube]:
    """National rates as the tables of the contracts: the way back of ``national_of``."""
    known = np.flatnonzero(~np.isnan(national.fertility[0]))
    births = national.fertility[:, known].T[np.newaxis] * 1_000
    deaths = np.moveaxis(national.mortality, 0, -1)[np.newaxis] * 100_000
    birth_years = range(
        national.first_fertility, national.first_fertility + len(national.fertility)
    )
    death_years = range(
        national.first_mortality, national.first_mortality + len(national.mortality)
    )
    began = tuple(age - 1 for age in AGES)
    return {
        "national_fertility": Cube(
            ("scenario", "age", "year"),
            ((fertility_scenario,), tuple(int(age) for age in known), tuple(birth_years)),
            births,
            "per 1,000 women",
        ),
        "national_mortality": Cube(
            ("scenario", "sex", "age", "year"),
            ((mortality_scenario,), SEXES, began, tuple(death_years)),
            deaths,
            "per 100,000 people",
        ),
    }


def national_fertility_of(tables: Tables, scenario: str) -> tuple[Floats, range]:
    """National births a woman of a scenario, ``year x age``, NaN where there is none."""
    table = _scenario(cube(tables, "national_fertility"), scenario, "national_fertility")
    years = consecutive_years(table, "national_fertility")
    rates = np.full((len(years), len(AGES)), np.nan)
    rates[:, [int(age) for age in table.along("age")]] = table.values.T / 1_000
    return rates, years


def national_mortality_of(tables: Tables, scenario: str) -> tuple[Floats, range]:
    """National deaths a person of a scenario by age at the END of the year, ``year x sex x age``.

    The table's ages are those when the year began: -1 stands at 0, and 89 at 90.
    """
    table = _scenario(cube(tables, "national_mortality"), scenario, "national_mortality")
    years = consecutive_years(table, "national_mortality")
    began = [age - 1 for age in AGES]
    rates = array_of(table, "national_mortality", sex=SEXES, age=began)
    return np.moveaxis(rates, -1, 0) / 100_000, years


def national_of(tables: Tables, values: Values) -> National | None:
    """National rates of the chosen scenarios; ``None`` where neither variant needs them.

    A table that no variant needs may be absent: its rates are then never asked for.
    """
    fertility = values["fertility_variant"] == "applynationaltrend"
    mortality = str(values["mortality_variant"]).endswith("applynationaltrend")
    if not (fertility or mortality):
        return None
    births, birth_years = np.empty((0, len(AGES))), range(0)
    deaths, death_years = np.empty((0, len(SEXES), len(AGES))), range(0)
    if fertility:
        births, birth_years = national_fertility_of(tables, str(values["fertility_scenario"]))
    if mortality:
        deaths, death_years = national_mortality_of(tables, str(values["mortality_scenario"]))
    return National(birth_years.start, death_years.start, births, deaths)


def _scenario(table: Cube, scenario: str, name: str) -> Cube:
    there = [str(label) for label in table.along("scenario")]
    if scenario not in there:
        raise InvalidInput(
            f"The table {name} has no scenario {scenario!r}.",
            advice=f"There are: {', '.join(there)}.",
            part=name,
        )
    return table.at(scenario=scenario)


def _few(labels: Sequence[Label]) -> str:
    words = [str(label) for label in labels]
    return ", ".join(words) if len(words) <= 5 else f"{', '.join(words[:4])} and others"
