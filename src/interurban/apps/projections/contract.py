"""The tables of the cohort-component model, on standards."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from interurban.core.model import TableContract
from interurban.core.standard import Field

from .cohort.axes import FLOWS, SEXES
from .cohort.explain import COMPONENTS
from .cohort.rates import CHILDBEARING

__all__ = [
    "BANDS",
    "BAND_ENDS",
    "BIRTHS",
    "BIRTHS_BY_MOTHER",
    "BIRTHS_SO_FAR",
    "BIRTHS_UP_TO",
    "CLIPPED_SO_FAR",
    "CLIPPED_UP_TO",
    "COMPONENTS_OF_CHANGE",
    "COVERAGE",
    "DEATHS",
    "DEATHS_OF_YEAR",
    "DEATHS_SO_FAR",
    "DEATHS_UP_TO",
    "DIFFERENCE",
    "FERTILITY",
    "FUTURE_FLOWS",
    "HISTORIC_BIRTHS",
    "HISTORIC_DEATHS",
    "HISTORIC_FERTILITY",
    "HISTORIC_FLOWS",
    "HISTORIC_MORTALITY",
    "HISTORIC_POPULATION",
    "MIGRATION_BETWEEN",
    "MORTALITY",
    "MOVES",
    "NATIONAL_FERTILITY",
    "NATIONAL_MORTALITY",
    "NET_MIGRATION",
    "NET_SO_FAR",
    "NET_UP_TO",
    "NEWBORN_OF_YEAR",
    "POPULATION",
    "POPULATION_BANDS",
    "POPULATION_SO_FAR",
    "POPULATION_UP_TO",
    "optional",
]

_AREA = Field("area_id", "string", "Area", required=True)
_SEX = Field("sex", "string", "Sex", required=True, enum=SEXES)
_AGE = Field("age", "integer", "Age", unit="years", required=True, minimum=0, maximum=90)
_YEAR = Field("year", "integer", "Year", required=True)
_BY_AGE = ("area_id", "sex", "age", "year")
_BY_SEX = ("area_id", "sex", "year")

_FLOW_TITLES = {
    "domestic_in": "Arrivals from the rest of the country",
    "domestic_out": "Departures to the rest of the country",
    "international_in": "Arrivals from abroad",
    "international_out": "Departures abroad",
}


def _people(name: str, *, minimum: float | None = 0) -> Field:
    return Field(name, "number", "People", unit="people", required=True, minimum=minimum)


def _population(
    name: str,
    title: str,
    description: str,
    *,
    minimum: float | None = None,
) -> TableContract:
    """People by area, sex, single year of age and year."""
    return TableContract(
        name,
        title,
        (_AREA, _SEX, _AGE, _YEAR, _people("population", minimum=minimum)),
        key=_BY_AGE,
        value="population",
        complete=_BY_AGE,
        standard="population_by_single_year@1",
        description=description,
    )


def _change(
    name: str,
    title: str,
    component: str,
    description: str,
    *,
    key: tuple[str, ...] = _BY_AGE,
    minimum: float | None = 0,
    age: Field = _AGE,
    also: tuple[str, ...] = (),
) -> TableContract:
    """One component of change."""
    fields = {"area_id": _AREA, "sex": _SEX, "age": age, "year": _YEAR}
    return TableContract(
        name,
        title,
        (*(fields[k] for k in key), _people("people", minimum=minimum)),
        key=key,
        value="people",
        complete=key,
        standard="population_change@1",
        where=MappingProxyType({"component": component}),
        description=description,
        also=also,
    )


def _between_models(
    name: str,
    title: str,
    value: str,
    unit: str,
    key: tuple[str, ...] = _BY_AGE,
    description: str = "",
) -> TableContract:
    """What passes from model to model, on no standard."""
    fields = {"area_id": _AREA, "sex": _SEX, "age": _AGE, "year": _YEAR}
    return TableContract(
        name,
        title,
        (*(fields[k] for k in key), Field(value, "number", title, unit=unit, required=True)),
        key=key,
        value=value,
        description=description,
    )


def optional(table: TableContract) -> TableContract:
    """The same table, for a model that runs without it."""
    return replace(table, required=False)


HISTORIC_POPULATION = _population(
    "historic_population",
    "Population",
    "People at mid-year by single year of age; 90 is 90 and over. The last year is where a "
    "projection starts.",
    minimum=0,
)

HISTORIC_BIRTHS = _change(
    "historic_births",
    "Births",
    "births",
    "Births by sex of the child, from mid-year to mid-year, named by the year it ends in.",
    key=_BY_SEX,
)

BIRTHS_BY_MOTHER = _change(
    "births_by_mother",
    "Births by age of mother",
    "births_by_mother",
    "Births by single year of age of the mother, in the last year it is known for.",
    key=("area_id", "age", "year"),
    also=("historic-births-by-age-mother", "ons-proj-births-by-age-mother"),
    age=Field(
        "age",
        "integer",
        "Age of mother",
        unit="years",
        required=True,
        minimum=CHILDBEARING[0],
        maximum=CHILDBEARING[1],
    ),
)

HISTORIC_DEATHS = _change(
    "historic_deaths", "Deaths", "deaths", "Deaths by age at the end of the year."
)

HISTORIC_FLOWS = {
    flow: _change(
        flow,
        _FLOW_TITLES[flow],
        flow,
        "People by age at the end of the year.",
        also=(f"{flow.replace('_', '-')}-migrants",),
    )
    for flow in FLOWS
}

MIGRATION_BETWEEN = TableContract(
    "migration_between",
    "Migration between areas",
    (
        Field("origin_id", "string", "From", required=True),
        Field("destination_id", "string", "To", required=True),
        _SEX,
        _AGE,
        _YEAR,
        _people("people"),
    ),
    key=("origin_id", "destination_id", "sex", "age", "year"),
    value="people",
    standard="migration_flow@1",
    description="People who moved from one area to another; what is not there counts as nobody.",
)

_SCENARIO = Field("scenario", "string", "Scenario", required=True)

NATIONAL_FERTILITY = TableContract(
    "national_fertility",
    "National fertility",
    (
        _SCENARIO,
        Field("age", "integer", "Age", unit="years", required=True, minimum=0, maximum=90),
        _YEAR,
        Field(
            "value",
            "number",
            "Births",
            unit="per 1,000 women",
            required=True,
            minimum=0,
            maximum=1_000,
        ),
    ),
    key=("scenario", "age", "year"),
    value="value",
    standard="vital_rate@1",
    where=MappingProxyType({"rate": "fertility"}),
    description="Births per 1,000 women of the national projection, by scenario; only its change "
    "from year to year is used.",
    required=False,
    also=("future-fertility-trend-assumption",),
)

NATIONAL_MORTALITY = TableContract(
    "national_mortality",
    "National mortality",
    (
        _SCENARIO,
        _SEX,
        Field("age", "integer", "Age", unit="years", required=True, minimum=-1, maximum=125),
        _YEAR,
        Field(
            "value",
            "number",
            "Deaths",
            unit="per 100,000 people",
            required=True,
            minimum=0,
            maximum=100_000,
        ),
    ),
    key=("scenario", "sex", "age", "year"),
    value="value",
    standard="vital_rate@1",
    where=MappingProxyType({"rate": "mortality"}),
    description="Deaths per 100,000 people of the national projection, by scenario and by age when "
    "the year began (-1: born in it); only its change from year to year is used.",
    required=False,
    also=("future-mortality-trend-assumption",),
)

HISTORIC_FERTILITY = _between_models(
    "historic_fertility",
    "Fertility of the base year",
    "rate",
    "births per woman",
    ("area_id", "age", "year"),
    "Births a woman by age when the year began.",
)
HISTORIC_MORTALITY = _between_models(
    "historic_mortality",
    "Mortality of the past",
    "rate",
    "deaths per person",
    description="Deaths a person by age at the end of the year.",
)
FERTILITY = _between_models(
    "fertility",
    "Fertility to come",
    "rate",
    "births per woman",
    ("area_id", "age", "year"),
    "Births a woman by age when the year began.",
)
MORTALITY = _between_models(
    "mortality",
    "Mortality to come",
    "rate",
    "deaths per person",
    description="Deaths a person by age at the end of the year.",
)
FUTURE_FLOWS = {
    flow: _between_models(
        f"future_{flow}",
        f"{_FLOW_TITLES[flow]}, to come",
        "people",
        "people",
        description="People by age at the end of the year.",
    )
    for flow in FLOWS
}

POPULATION_UP_TO = _between_models(
    "population_up_to", "Population until the year", "people", "people"
)
BIRTHS_UP_TO = _between_models("births_up_to", "Births until the year", "people", "people", _BY_SEX)
DEATHS_UP_TO = _between_models("deaths_up_to", "Deaths until the year", "people", "people")
NET_UP_TO = _between_models("net_up_to", "Net migration until the year", "people", "people")
CLIPPED_UP_TO = _between_models("clipped_up_to", "Clipped until the year", "people", "people")
NEWBORN_OF_YEAR = _between_models(
    "newborn_of_year", "Births of the year", "people", "people", _BY_SEX
)
DEATHS_OF_YEAR = _between_models("deaths_of_year", "Deaths of the year", "people", "people")
POPULATION_SO_FAR = _between_models(
    "population_so_far", "Population with the year", "people", "people"
)
BIRTHS_SO_FAR = _between_models(
    "births_so_far", "Births with the year", "people", "people", _BY_SEX
)
DEATHS_SO_FAR = _between_models("deaths_so_far", "Deaths with the year", "people", "people")
NET_SO_FAR = _between_models("net_so_far", "Net migration with the year", "people", "people")
CLIPPED_SO_FAR = _between_models("clipped_so_far", "Clipped with the year", "people", "people")

POPULATION = _population(
    "population",
    "Projected population",
    "People at mid-year by single year of age; 90 is 90 and over.",
)
BIRTHS = _change(
    "births", "Projected births", "births", "Births by sex of the child.", key=_BY_SEX, minimum=None
)
DEATHS = _change(
    "deaths", "Projected deaths", "deaths", "Deaths by age at the end of the year.", minimum=None
)
NET_MIGRATION = _change(
    "net_migration",
    "Projected net migration",
    "net_migration",
    "Those who came less those who left.",
    minimum=None,
)
COMPONENTS_OF_CHANGE = TableContract(
    "components_of_change",
    "Components of change",
    (
        _AREA,
        Field("component", "string", "Component", required=True, enum=COMPONENTS),
        _YEAR,
        _people("people", minimum=None),
    ),
    key=("area_id", "component", "year"),
    value="people",
    standard="population_change@1",
    description="Births, deaths and each flow of every area and year, all ages and both sexes.",
)
MOVES = TableContract(
    "moves",
    "Projected moves between areas",
    (
        Field("origin_id", "string", "From", required=True),
        Field("destination_id", "string", "To", required=True),
        _YEAR,
        _people("people"),
    ),
    key=("origin_id", "destination_id", "year"),
    value="people",
    standard="migration_flow@1",
    description="People of all ages who move from one area to another.",
)
DIFFERENCE = _population(
    "difference",
    "Corrected less original population",
    "People of the corrected mode less those of the original one, by single year of age.",
)

BAND_ENDS = {
    "lower_95": "Lower end of the 95 % band",
    "lower_80": "Lower end of the 80 % band",
    "median": "Median",
    "upper_80": "Upper end of the 80 % band",
    "upper_95": "Upper end of the 95 % band",
}
"""Quantiles that are given, in the order of ``PROBABILITIES``."""

POPULATION_BANDS = {
    end: _population(
        f"population_{end}",
        f"Projected population, {title[0].lower()}{title[1:]}",
        "Of all draws; the ends of ages or areas do not add up to the end of their sum.",
    )
    for end, title in BAND_ENDS.items()
}


def _statistic(name: str, title: str, description: str) -> TableContract:
    """Records on the long table of statistics."""
    return TableContract(
        name,
        title,
        (
            _AREA,
            Field("measure", "string", "Measure", required=True),
            Field("breakdown", "string", "Part", required=True),
            Field("time_period", "date", "First day", required=True),
            Field("value", "number", "Value", required=True),
            Field("unit", "string", "Unit"),
            Field("status", "string", "Status"),
        ),
        key=("area_id", "measure", "breakdown", "time_period"),
        standard="area_statistic@1",
        description=description,
    )


BANDS = _statistic(
    "bands",
    "Bands of the totals",
    "People, births, deaths and net migration of every area and of all areas together: the median "
    "and the bands of 80 and 95 % of the draws. The status says how the bands held in a back-test.",
)
COVERAGE = _statistic(
    "coverage",
    "Back-test of the bands",
    "How the bands of earlier projections from the same data held, by years ahead.",
)
