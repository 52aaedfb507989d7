"""From what was observed to rates: births a woman, deaths a person, by single year of age.

Observed arrays have the year last: population ``area x sex x age x year``.
"""

from __future__ import annotations

import numpy as np

from .axes import AGES, FEMALE, Floats, safe_divide

__all__ = [
    "CHILDBEARING",
    "base_fertility",
    "death_rates",
    "exposures",
    "fertility_curve",
    "scale_of_births",
    "scale_of_deaths",
]

CHILDBEARING = (15, 44)
"""Ages of mothers, both in, of which births are observed."""


def fertility_curve(births_by_mother: Floats, women_before: Floats) -> Floats:
    """Births a woman by age in the last year that mothers' ages are known for.

    ``f0(a) = B(a, yb) / P_{yb-1}(F, a)``, and 0 where nobody was exposed or outside 15 to 44.
    Mothers are not aged on: births of a year over the women of that age at its start.

    Parameters
    ----------
    births_by_mother: births in the year ``yb``, ``area x age`` (ages 0 to 90).
    women_before: women at mid-year ``yb - 1``, ``area x age``.

    Returns
    -------
    Births a woman and year, ``area x age``.

    Source: Witan cohort-component model, step 1.
    """
    ages = np.array(AGES)
    fertile = (ages >= CHILDBEARING[0]) & (ages <= CHILDBEARING[1])
    return np.where(fertile, safe_divide(births_by_mother, women_before), 0.0)


def base_fertility(curve: Floats, women_before: Floats, births: Floats) -> Floats:
    """The curve, raised or lowered so that it gives the births of the base year.

    ``k = births / sum_a f0(a) P_{base-1}(F, a)``; ``f_base(a) = k f0(a)``.

    Parameters
    ----------
    curve: births a woman, ``area x age``.
    women_before: women at mid-year ``base - 1``, ``area x age``.
    births: births of both sexes in the base year, ``area``.

    Returns
    -------
    Births a woman and year, ``area x age``; 0 in an area where the curve gives no births.

    Source: Witan cohort-component model, step 2.
    """
    expected = (curve * women_before).sum(axis=1)
    return safe_divide(births, expected)[:, np.newaxis] * curve


def exposures(population: Floats, births: Floats) -> Floats:
    """Who could have died in a year, by age at its end.

    Births at age 0; those a year younger at 1 to 89; those of 89 and of 90+ at 90.

    Parameters
    ----------
    population: people at mid-years ``y - 1``, ``area x sex x age x year``.
    births: births by sex of the child in the years ``y``, ``area x sex x year``.

    Returns
    -------
    People, ``area x sex x age x year`` for the years ``y``.

    Source: Witan cohort-component model, step 3.
    """
    exposed = np.empty_like(population)
    exposed[:, :, 1:, :] = population[:, :, :-1, :]
    exposed[:, :, -1, :] += population[:, :, -1, :]
    exposed[:, :, 0, :] = births
    return exposed


def death_rates(deaths: Floats, exposed: Floats) -> Floats:
    """Deaths a person and year, ``D / R``, and 0 where nobody was exposed.

    Parameters
    ----------
    deaths: deaths by age at the end of the year, ``area x sex x age x year``.
    exposed: people, of the same shape.

    Source: Witan cohort-component model, step 3.
    """
    return safe_divide(deaths, exposed)


def scale_of_births(births: Floats, curve: Floats, exposed: Floats) -> Floats:
    """How far each year's births stood above those that a curve of rates gives.

    ``k_y = births_y / sum_a f(a) W_y(a)`` with the aged-on women ``W``.

    Parameters
    ----------
    births: births of both sexes, ``area x year``.
    curve: births a woman, ``area x age``.
    exposed: ``exposures`` of the same years, ``area x sex x age x year``.

    Returns
    -------
    Factors, ``area x year``.

    Source: GLA borough trend model, fertility.
    """
    expected = np.einsum("ga,gay->gy", curve[:, 1:], exposed[:, FEMALE, 1:, :])
    return safe_divide(births, expected)


def scale_of_deaths(deaths: Floats, curve: Floats, exposed: Floats) -> Floats:
    """How far each year's deaths stood above those that a curve of rates gives, by sex.

    Parameters
    ----------
    deaths: ``area x sex x age x year``.
    curve: deaths a person, ``area x sex x age``.
    exposed: people, ``area x sex x age x year``.

    Returns
    -------
    Factors, ``area x sex x year``.

    Source: GLA borough trend model, mortality.
    """
    expected = np.einsum("gsa,gsay->gsy", curve, exposed)
    return safe_divide(deaths.sum(axis=2), expected)
