"""One year of a population: births, deaths, migration, and everybody a year older.

Two modes differ in who dies. ``witan`` repeats the original to the letter: deaths at an age are
those of the people who had that age when the year began, taken from the people who have it when
the year ends; infants die at the rate of last year's infants; nothing stops a number of people
falling below 0. ``corrected`` lets the people die who were exposed (this year's births at age 0,
those a year younger at every other), caps the rates at 1, and clips at 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .axes import FEMALE, Floats, age_on

__all__ = [
    "MALE_SHARE",
    "Mode",
    "Year",
    "advance",
    "births_by_mother",
    "births_by_sex",
    "close",
    "deaths_of",
]

Mode = Literal["witan", "corrected"]

MALE_SHARE = 105 / 205
"""Boys among the newborn: 105 to 100 girls."""


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """What one year brought.

    ``population = aged on + births - deaths + net + clipped``, to rounding.

    Parameters
    ----------
    population: people at its end, ``area x sex x age x draw``.
    births: by sex of the child, ``area x sex x draw``.
    deaths: by age, ``area x sex x age x draw``.
    clipped: people put in where there would have been fewer than none; all 0 in ``witan`` mode.
    """

    population: Floats
    births: Floats
    deaths: Floats
    clipped: Floats


def births_by_mother(population: Floats, fertility: Floats) -> Floats:
    """Births by age of the mother when the year began.

    ``B(a) = f(a) P_{y-1}(F, a)``.

    Parameters
    ----------
    population: people when the year began, ``area x sex x age x draw``.
    fertility: births a woman, ``area x age x draw``.

    Returns
    -------
    Births, ``area x age x draw``.

    Source: Witan cohort-component model, step 7.
    """
    return np.asarray(population[:, FEMALE] * fertility)


def births_by_sex(births: Floats, male_share: float = MALE_SHARE) -> Floats:
    """Births of all mothers, by sex of the child.

    Parameters
    ----------
    births: by age of mother, ``area x age x draw``.

    Returns
    -------
    Births, ``area x sex x draw``, girls first.

    Source: Witan cohort-component model, step 7.
    """
    total = births.sum(axis=1)
    return np.stack([(1 - male_share) * total, male_share * total], axis=1)


def deaths_of(population: Floats, births: Floats, mortality: Floats, mode: Mode) -> Floats:
    """Deaths of a year by age; what age means is the mode's (see the module).

    Parameters
    ----------
    population: people when the year began, ``area x sex x age x draw``.
    births: of the year by sex, ``area x sex x draw``.
    mortality: deaths a person, ``area x sex x age x draw``.

    Source: Witan cohort-component model, steps 3 and 8.
    """
    if mode == "witan":
        return np.asarray(mortality * population)
    return np.asarray(np.minimum(mortality, 1.0) * age_on(population, births))


def advance(
    population: Floats,
    fertility: Floats,
    mortality: Floats,
    net: Floats,
    *,
    mode: Mode,
    male_share: float = MALE_SHARE,
) -> Year:
    """A population a year later.

    Parameters
    ----------
    population: people when the year began, ``area x sex x age x draw``.
    fertility: births a woman, ``area x age x draw``.
    mortality: deaths a person, ``area x sex x age x draw``.
    net: people who came less those who left, ``area x sex x age x draw``.
    male_share: boys among the newborn.

    Source: Witan cohort-component model, steps 7 to 10.
    """
    births = births_by_sex(births_by_mother(population, fertility), male_share)
    deaths = deaths_of(population, births, mortality, mode)
    return close(population, births, deaths, net, mode)


def close(population: Floats, births: Floats, deaths: Floats, net: Floats, mode: Mode) -> Year:
    """The end of a year whose births, deaths and migration are known.

    ``P_y = aged on(P_{y-1}), births at age 0, - deaths + net``.

    Parameters
    ----------
    population: people when the year began, ``area x sex x age x draw``.
    births: ``area x sex x draw``; deaths, net: ``area x sex x age x draw``.

    Source: Witan cohort-component model, step 10.
    """
    end = age_on(population, births)
    end -= deaths
    end += net
    if mode == "witan":
        return Year(end, births, deaths, np.zeros_like(end))
    clipped = np.maximum(-end, 0.0)
    return Year(np.maximum(end, 0.0, out=end), births, deaths, clipped)
