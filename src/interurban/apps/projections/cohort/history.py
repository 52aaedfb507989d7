"""What was observed of some areas, and what is expected of the nation, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from interurban.core.errors import InvalidInput

from .axes import AGES, FLOWS, SEXES, Floats

__all__ = ["History", "National"]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The observed past of some areas, in consecutive years.

    Parameters
    ----------
    areas: their codes, in the order of the axis.
    first_population, first_flow: the first year of the people, and of births, deaths and flows.
    population: people at mid-years, ``area x sex x age x year``.
    births: births by sex of the child in years to mid-year, ``area x sex x year``.
    deaths: by age at the end of the year, ``area x sex x age x year``.
    flows: the four of ``FLOWS``, people, ``area x sex x age x year``.
    births_by_mother: births by age of mother in the last year they are known for, ``area x age``
        (ages 0 to 90).
    mothers_women: women at the mid-year before that year, of the same shape.
    """

    areas: tuple[str, ...]
    first_population: int
    first_flow: int
    population: Floats
    births: Floats
    deaths: Floats
    flows: Mapping[str, Floats]
    births_by_mother: Floats
    mothers_women: Floats

    def __post_init__(self) -> None:
        areas, years = len(self.areas), self.births.shape[-1]
        full = (areas, len(SEXES), len(AGES))
        shapes = {
            "population": (self.population.shape[:-1], full),
            "births": (self.births.shape, (areas, len(SEXES), years)),
            "deaths": (self.deaths.shape, (*full, years)),
            "births_by_mother": (self.births_by_mother.shape, (areas, len(AGES))),
            "mothers_women": (self.mothers_women.shape, (areas, len(AGES))),
        }
        shapes |= {name: (self.flows[name].shape, (*full, years)) for name in FLOWS}
        for name, (found, wanted) in shapes.items():
            if found != wanted:
                raise ValueError(f"{name} is {found} where {wanted} is wanted")

    @property
    def population_years(self) -> range:
        """Years of the mid-year population."""
        return range(self.first_population, self.first_population + self.population.shape[-1])

    @property
    def flow_years(self) -> range:
        """Years of births, deaths and flows."""
        return range(self.first_flow, self.first_flow + self.births.shape[-1])

    def people(self, year: int) -> Floats:
        """People at a mid-year, ``area x sex x age``.

        Raises
        ------
        InvalidInput: the data do not hold the year.
        """
        if year not in self.population_years:
            raise InvalidInput(
                f"The population holds {self.population_years[0]} to {self.population_years[-1]}, "
                f"and mid-{year} is needed.",
                advice=f"Load the population of {year}, or choose other years.",
                part="historic_population",
            )
        return self.population[..., year - self.first_population]

    def people_before(self, years: range) -> Floats:
        """People at the mid-years before each of some years, ``area x sex x age x year``."""
        return np.stack([self.people(year - 1) for year in years], axis=-1)

    def born(self, year: int) -> Floats:
        """Births of both sexes in a year, ``area``.

        Raises
        ------
        InvalidInput: the data do not hold the year.
        """
        if year not in self.flow_years:
            raise InvalidInput(
                f"The births hold {self.flow_years[0]} to {self.flow_years[-1]}, "
                f"and those of {year} are needed.",
                advice="Choose a base year of fertility that the births hold.",
                part="fertility_base_year",
            )
        return np.asarray(self.births[..., year - self.first_flow].sum(axis=1))

    def until(self, year: int) -> History:
        """The past as it was known when a year had ended.

        Only the ages of mothers stay those of their one year: a curve whose level the births set.
        """
        return History(
            areas=self.areas,
            first_population=self.first_population,
            first_flow=self.first_flow,
            population=self.population[..., : year - self.first_population + 1],
            births=self.births[..., : year - self.first_flow + 1],
            deaths=self.deaths[..., : year - self.first_flow + 1],
            flows={n: f[..., : year - self.first_flow + 1] for n, f in self.flows.items()},
            births_by_mother=self.births_by_mother,
            mothers_women=self.mothers_women,
        )


@dataclass(frozen=True, slots=True, eq=False)
class National:
    """National rates of one scenario, of which only the change from year to year is used.

    Parameters
    ----------
    first_fertility, first_mortality: first years of the two.
    fertility: births a woman, ``year x age`` (0 to 90); NaN at ages without a national value.
    mortality: deaths a person, ``year x sex x age`` by age at the END of the year: the national
        tables give ages at its start, so that their -1 (born in the year) stands at 0 and 89 at 90.
    """

    first_fertility: int
    first_mortality: int
    fertility: Floats
    mortality: Floats

    def fertility_of(self, years: range) -> Floats:
        """National fertility of some years, ``year x age``.

        Raises
        ------
        InvalidInput: the scenario does not reach that far.
        """
        return _years_of(self.fertility, self.first_fertility, years, "national_fertility")

    def mortality_of(self, years: range) -> Floats:
        """National mortality of some years, ``year x sex x age``.

        Raises
        ------
        InvalidInput: the scenario does not reach that far.
        """
        return _years_of(self.mortality, self.first_mortality, years, "national_mortality")


def _years_of(values: Floats, first: int, years: range, part: str) -> Floats:
    last = first + len(values) - 1
    if years[0] < first or years[-1] > last:
        raise InvalidInput(
            f"The {part.replace('_', ' ')} holds {first} to {last}, "
            f"and {years[0]} to {years[-1]} are needed.",
            advice="Project fewer years, or choose a variant without the national trend.",
            part=part,
        )
    return values[years[0] - first : years[-1] - first + 1]
