"""Stage 1: households by area, sex, age group and relationship of the one who represents them.

Arrays are area x sex x age group x relationship x year x draw; the population has one place on its
relationship axis, statistics one on the draw axis, and both are broadcast. The source of every
formula is DCLG's household projections as Witan ran them (witan.models.household, steps 2 to 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .categories import COMMUNAL_RATE_FROM, Array, first_age

__all__ = [
    "AREA",
    "GROUP",
    "RELATIONSHIP",
    "StageOne",
    "household_population",
    "households",
    "institutional_population",
    "resident_population",
    "stage_one",
]

AREA, SEX, GROUP, RELATIONSHIP, YEAR, DRAW = range(6)


@dataclass(frozen=True, slots=True, eq=False)
class StageOne:
    """Every step of stage 1, in people or households.

    Parameters
    ----------
    resident, institutional, in_households: people: all, in communal establishments, in households.
    households: households by their representative.
    clipped: places where more people lived in communal establishments than there were residents;
        their household population, which would be negative, is 0.
    unplaced: people of an area, age group and sex for whom the statistics know nobody, so that
        nothing says what their relationships are; they are in no household.
    """

    resident: Array
    institutional: Array
    in_households: Array
    households: Array
    clipped: int
    unplaced: float


def resident_population(population: Array, statistics_residents: Array) -> Array:
    """Residents by relationship: the population, shared as the statistics' own residents are.

    ``Resident_r = P * D_r / sum_r D_r`` (step 2); 0 where the statistics have nobody.

    Parameters
    ----------
    population: P(b,s,y), people, with one place on the relationship axis.
    statistics_residents: D = household + institutional population of the statistics, people.
    """
    whole = statistics_residents.sum(axis=RELATIONSHIP, keepdims=True)
    share = np.divide(
        statistics_residents, whole, out=np.zeros_like(statistics_residents), where=whole != 0
    )
    resident: Array = population * share
    return resident


def institutional_population(
    statistics_institutional: Array,
    statistics_residents: Array,
    resident: Array,
    groups: Sequence[str],
) -> Array:
    """People in communal establishments.

    The statistics' own number under 75, their share of the residents from 75 on:
    ``IN_r / D_r * Resident_r`` (step 3); 0 where the statistics have no residents.
    """
    share = np.divide(
        statistics_institutional,
        statistics_residents,
        out=np.zeros(
            np.broadcast_shapes(statistics_institutional.shape, statistics_residents.shape)
        ),
        where=statistics_residents != 0,
    )
    old = np.array([first_age(group) >= COMMUNAL_RATE_FROM for group in groups])
    return np.where(
        old[:, None, None, None],
        share * resident,
        np.broadcast_to(statistics_institutional, resident.shape),
    )


def household_population(resident: Array, institutional: Array) -> tuple[Array, int]:
    """People in households (step 4), and in how many places that had to be clipped to 0."""
    people = resident - institutional
    negative = people < 0
    return np.where(negative, 0.0, people), int(negative.sum())


def households(in_households: Array, representative_rates: Array) -> Array:
    """Households by their representative: people in households times the rate (step 5)."""
    return in_households * representative_rates


def stage_one(
    population: Array,
    statistics_household: Array,
    statistics_institutional: Array,
    representative_rates: Array,
    groups: Sequence[str],
) -> StageOne:
    """Steps 2 to 5 in one.

    Parameters
    ----------
    population: people, area x sex x age group x 1 x year x draw.
    statistics_household, statistics_institutional: people by the published household projection,
        area x sex x age group x relationship x year x 1.
    representative_rates: households per person in households, 0 to 1, the same axes.
    groups: the labels of the age group axis.
    """
    residents = statistics_household + statistics_institutional
    resident = resident_population(population, residents)
    institutional = institutional_population(statistics_institutional, residents, resident, groups)
    in_households, clipped = household_population(resident, institutional)
    nobody = residents.sum(axis=RELATIONSHIP, keepdims=True) == 0
    unplaced = float(np.where(nobody, population, 0.0).sum())
    return StageOne(
        resident,
        institutional,
        in_households,
        households(in_households, representative_rates),
        clipped,
        unplaced,
    )
