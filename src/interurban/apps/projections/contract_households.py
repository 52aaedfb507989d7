"""The tables of the household models, on standards."""

from __future__ import annotations

from types import MappingProxyType

from interurban.core.model import TableContract
from interurban.core.standard import Field

from .households.categories import AGE_GROUPS, HOUSEHOLD_TYPES, RELATIONSHIPS, SEXES

__all__ = [
    "COUNTED_DWELLINGS",
    "DWELLINGS",
    "HOUSEHOLDS",
    "HOUSEHOLDS_BY_TYPE",
    "HOUSEHOLD_POPULATION",
    "HOUSEHOLD_TYPE_SHARES",
    "INSTITUTIONAL_POPULATION",
    "PEOPLE_IN_HOUSEHOLDS",
    "POPULATION",
    "REPRESENTATIVE_RATES",
    "TOTAL_HOUSEHOLDS",
    "VACANT_DWELLINGS",
]

_AREA = Field("area_id", "string", "Area", required=True)
_SEX = Field("sex", "string", "Sex", required=True, enum=SEXES)
_AGE = Field("age", "integer", "Age", unit="years", required=True, minimum=0, maximum=90)
_YEAR = Field("year", "integer", "Year", required=True)
_AGE_GROUP = Field("age_group", "string", "Age group", required=True, enum=AGE_GROUPS)
_RELATIONSHIP = Field(
    "relationship",
    "string",
    "Relationship",
    description="; ".join(f"{code}: {words}" for code, words in RELATIONSHIPS.items()),
    required=True,
    enum=tuple(RELATIONSHIPS),
)
_TYPE = Field(
    "household_type", "string", "Household type", required=True, enum=tuple(HOUSEHOLD_TYPES)
)

_REPRESENTATIVE_KEY = ("area_id", "sex", "age_group", "relationship", "year")


def _number(title: str, unit: str, maximum: float | None = None) -> Field:
    return Field("value", "number", title, unit=unit, required=True, minimum=0, maximum=maximum)


def _by_representative(
    name: str,
    title: str,
    measure: str,
    value: Field,
    description: str = "",
    also: tuple[str, ...] = (),
) -> TableContract:
    return TableContract(
        name,
        title,
        (_AREA, _SEX, _AGE_GROUP, _RELATIONSHIP, _YEAR, value),
        key=_REPRESENTATIVE_KEY,
        value="value",
        complete=_REPRESENTATIVE_KEY,
        standard="household_statistic@1",
        where=MappingProxyType({"measure": measure}),
        description=description,
        also=also,
    )


def _by_year(
    name: str,
    title: str,
    measure: str,
    unit: str,
    description: str = "",
    also: tuple[str, ...] = (),
) -> TableContract:
    return TableContract(
        name,
        title,
        (_AREA, _YEAR, _number(title, unit)),
        key=("area_id", "year"),
        value="value",
        standard="dwelling_stock@1",
        where=MappingProxyType({"measure": measure}),
        description=description,
        also=also,
    )


POPULATION = TableContract(
    "population",
    "Population",
    (_AREA, _SEX, _AGE, _YEAR, Field("population", "number", "People", unit="people")),
    key=("area_id", "sex", "age", "year"),
    value="population",
    complete=("area_id", "sex", "age", "year"),
    standard="population_by_single_year@1",
    description="People by single year of age; 90 is 90 and over.",
)

HOUSEHOLD_POPULATION = _by_representative(
    "household_population",
    "Household population",
    "household_population",
    _number("People in households", "people"),
    "People in households, as the national household projection has them.",
    ("dclg-household-popn",),
)

INSTITUTIONAL_POPULATION = _by_representative(
    "institutional_population",
    "Institutional population",
    "institutional_population",
    _number("People in communal establishments", "people"),
    "People in communal establishments, as the national household projection has them.",
    ("dclg-institutional-popn",),
)

REPRESENTATIVE_RATES = _by_representative(
    "representative_rates",
    "Household representative rates",
    "representative_rate",
    _number("Households per person in households", "households per person", 1),
    "The share of the people in households who represent one.",
    ("dclg-household-representative-rates",),
)

COUNTED_DWELLINGS = _by_year(
    "counted_dwellings",
    "Dwellings counted",
    "dwellings",
    "dwellings",
    "The stock in past years.",
    ("dclg-dwellings",),
)

VACANT_DWELLINGS = _by_year(
    "vacant_dwellings",
    "Vacant dwellings",
    "vacant",
    "dwellings",
    "Dwellings that stand empty, in the last year with a count of dwellings at least.",
    ("vacancy-dwellings",),
)

HOUSEHOLDS = _by_representative(
    "households", "Households", "households", _number("Households", "households")
)

PEOPLE_IN_HOUSEHOLDS = _by_representative(
    "people_in_households",
    "People in households",
    "household_population",
    _number("People in households", "people"),
    "The projected population without the people in communal establishments.",
)

TOTAL_HOUSEHOLDS = _by_year("total_households", "Households, all", "households", "households")

DWELLINGS = _by_year(
    "dwellings",
    "Dwellings",
    "dwellings",
    "dwellings",
    "Counted where there is a count, later those that the households need.",
)

HOUSEHOLD_TYPE_SHARES = TableContract(
    "household_type_shares",
    "Shares of household types",
    (_AREA, _AGE_GROUP, _TYPE, _YEAR, _number("Share", "share")),
    key=("area_id", "age_group", "household_type", "year"),
    value="value",
    complete=("area_id", "age_group", "household_type", "year"),
    description="Shares of the household types by age of the representative, or their numbers.",
)

HOUSEHOLDS_BY_TYPE = TableContract(
    "households_by_type",
    "Households by type",
    (_AREA, _AGE_GROUP, _TYPE, _YEAR, _number("Households", "households")),
    key=("area_id", "age_group", "household_type", "year"),
    value="value",
)
