"""Births and deaths by age: the rates that a synthetic city's people live and die by.

They are round figures of a rich country of today. An area's own rates are these times a factor; a
national projection (the standard ``vital_rate``) is these, going on as they have gone.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .batch import coded
from .ground import Ground
from .lattice import Floats, Integers

__all__ = ["MOTHERS", "SEXES", "death_rates", "fertility_rates", "vital_rate"]

SEXES = ("F", "M")

MOTHERS = np.arange(15, 45)
"""Ages of mothers, in completed years."""

_NATIONAL_MOTHERS = np.arange(15, 47)
_OLDEST = 105
_AHEAD = 25
_BACK = 24
_FERTILITY_SCENARIOS = {
    "principal": (1.0, 0.0),
    "low": (1.0, -0.006),
    "high": (1.0, 0.006),
    "principal-2012": (1.02, 0.0),
    "low-2012": (1.02, -0.006),
    "high-2012": (1.02, 0.006),
}
"""By scenario: a factor on all years, and the yearly change once the record has ended."""

_MORTALITY_SCENARIOS = {"principal": 0.0, "low": -0.006, "high": 0.006}
_IMPROVEMENT = 0.012
_YEAR_OF_LEVEL = 2014


def fertility_rates(ages: Integers, year: int) -> Floats:
    """Births to a woman in a year, by her age when it began: 1.75 in a life; shape of ``ages``.

    A bell around 30.5 years, which moves to older ages by a year in 20.
    """
    middle = 30.5 + 0.05 * (year - _YEAR_OF_LEVEL)
    bell = np.exp(-(((ages - middle) / 5.9) ** 2) / 2)
    whole = np.exp(-(((np.arange(15, 50) - middle) / 5.9) ** 2) / 2).sum()
    return np.asarray(1.75 * bell / whole)


def death_rates(ages: Integers, year: int) -> Floats:
    """Share of people who die in a year, by sex and age at its end, shape (2, ages).

    The law of Gompertz and Makeham, and infants apart; it falls by 1.2 % a year.
    """
    old = np.exp(np.array([[-11.96], [-11.13]]) + np.array([[0.111], [0.104]]) * ages)
    accidents = np.array([[1.5e-4], [3.5e-4]])
    infants = np.array([[3.2e-3], [3.9e-3]]) * (ages == 0)
    fall = (1 - _IMPROVEMENT) ** (year - _YEAR_OF_LEVEL)
    return np.asarray(np.minimum((old + accidents + infants) * fall, 0.95))


def vital_rate(_ground: Ground, last: int) -> pa.Table:
    """Scenarios of a national projection: fertility and mortality by age and year."""
    years = range(last - _BACK, last + _AHEAD + 1)
    births = [
        _births(scenario, level, change, year, max(0, year - last))
        for scenario, (level, change) in _FERTILITY_SCENARIOS.items()
        for year in years
    ]
    deaths = [
        _deaths(scenario, change, year, max(0, year - last))
        for scenario, change in _MORTALITY_SCENARIOS.items()
        for year in years
    ]
    return pa.concat_tables([*births, *deaths]).unify_dictionaries()


def _births(scenario: str, level: float, change: float, year: int, ahead: int) -> pa.Table:
    rates = 1_000 * level * (1 + change) ** ahead * fertility_rates(_NATIONAL_MOTHERS, year)
    sex = np.zeros(len(rates), dtype=np.int64)
    return _rows("fertility", scenario, sex, _NATIONAL_MOTHERS, year, np.round(rates, 3), 1_000)


def _deaths(scenario: str, change: float, year: int, ahead: int) -> pa.Table:
    """By age when the year began: who is 0 at its end was born in it, and stands at -1."""
    at_end = np.arange(_OLDEST)
    rates = 100_000 * (1 + change) ** ahead * death_rates(at_end, year)
    sex = np.repeat(np.arange(2), _OLDEST)
    began = np.tile(at_end - 1, 2)
    return _rows("mortality", scenario, sex, began, year, np.round(rates.ravel(), 2), 100_000)


def _rows(
    rate: str, scenario: str, sex: Integers, age: Integers, year: int, value: Floats, per: int
) -> pa.Table:
    one = np.zeros(len(value), dtype=np.int64)
    return pa.table(
        {
            "rate": coded(one, (rate,)),
            "scenario": coded(one, (scenario,)),
            "sex": coded(sex, SEXES),
            "age": age,
            "year": one + year,
            "value": value,
            "per": one + per,
        }
    )
