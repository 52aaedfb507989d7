"""Who lives with whom in a synthetic city: households, the homes they live in, and its census.

A part of every age and sex lives in a couple, was married before, or is single; a few live in
homes and halls; of the others, a share represents a household. That is how household projections
are made, so a model finds all that it needs.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from .batch import coded
from .demography import by_area, named_areas, places
from .ground import Ground
from .lattice import Floats
from .people import AGES, PEOPLE_AHEAD, people_of
from .seeds import generator
from .vital import SEXES

__all__ = ["dwelling_stock", "household_statistic", "household_type_shares", "population"]

_AGE_GROUPS = (*(f"{first}_{first + 4}" for first in range(0, 85, 5)), "85&")
_RELATIONSHIPS = ("C", "P", "S")
_BACK = 14

_COUPLED = np.array(
    [0, 0, 0, .01, .12, .38, .56, .63, .65, .66, .67, .68, .68, .67, .63, .55, .43, .24]
)  # fmt: skip
_MARRIED_BEFORE = np.array(
    [0, 0, 0, 0, .01, .02, .04, .07, .1, .13, .15, .17, .18, .2, .25, .34, .47, .68]
)  # fmt: skip
_SINGLE_RATE = np.array(
    [0, 0, 0, .04, .2, .4, .52, .6, .66, .7, .73, .76, .78, .8, .82, .84, .86, .84]
)  # fmt: skip
_COMMUNAL = np.array(
    [.001, .001, .002, .02, .03, *[.006] * 10, .012, .032, .12]
)  # fmt: skip
"""By age group: shares of the people, and households for each single person."""


_TYPES = {
    "one_person": (0.3, 6.0, 6.0, 0.9),
    "couple_0": (0.4, 12.0, 4.0, 0.25),
    "couple_1": (0.25, 7.0, 2.5, 0.0),
    "couple_2": (0.28, 7.5, 2.2, 0.0),
    "couple_3": (0.1, 7.5, 2.0, 0.0),
    "other_0": (0.12, 11.0, 4.0, 0.05),
    "other_1": (0.1, 7.0, 3.0, 0.0),
    "other_2": (0.07, 7.0, 2.5, 0.0),
    "other_3": (0.03, 7.0, 2.5, 0.0),
    "other": (0.25, 4.0, 2.5, 0.03),
}
"""Types of households: size, middle and spread of a bell over age groups, and a rise with age."""


def household_statistic(ground: Ground, last: int) -> pa.Table:
    """People in and out of households, rates, and households, as a national projection has them.

    For 14 years back and as many ahead; the years ahead hold what is expected.
    """
    years = range(last - _BACK, last + PEOPLE_AHEAD + 1)
    in_households, communal = _living(ground, last, years)
    rates = np.broadcast_to(_rates(ground)[..., None], in_households.shape)
    measures = {
        "household_population": in_households,
        "institutional_population": communal,
        "representative_rate": rates,
        "households": np.round(in_households * rates, 3),
    }
    area, sex, group, relationship, year = places(in_households.shape)
    about = {
        **by_area(ground, area),
        "age_group": coded(group, _AGE_GROUPS),
        "sex": coded(sex, SEXES),
        "relationship": coded(relationship, _RELATIONSHIPS),
        "year": year + years[0],
    }
    tables = [
        pa.table({**about, "measure": coded(0 * area, (name,)), "value": values.ravel()})
        for name, values in measures.items()
    ]
    return pa.concat_tables(tables).unify_dictionaries()


def dwelling_stock(ground: Ground, last: int) -> pa.Table:
    """Homes on record: those lived in, one for each household, and those vacant."""
    years = range(last - _BACK, last + 1)
    households = _households(ground, last, years)
    rng = generator(ground.seed, ground.city.id, "homes")
    empty = rng.uniform(0.015, 0.05, len(households))[:, None]
    vacant = np.round(households * empty / (1 - empty))
    measures = {"dwellings": households + vacant, "vacant": vacant, "households": households}
    area, year = places(households.shape)
    about = {**by_area(ground, area), "year": year + years[0]}
    tables = [
        pa.table({**about, "measure": coded(0 * area, (name,)), "value": values.ravel()})
        for name, values in measures.items()
    ]
    return pa.concat_tables(tables).unify_dictionaries()


def population(ground: Ground, last: int) -> pa.Table:
    """A row for each area: its people at the last mid-year, its households and its land."""
    people = people_of(ground, last).people(last)
    whole = people.sum(axis=(1, 2))
    land = np.array([ground.lattice.hectares(area) for area in ground.usual.rectangles])
    count = len(whole)

    def aged(low: int, high: int) -> Floats:
        return np.asarray(people[:, :, low : high + 1].sum(axis=(1, 2)))

    return pa.table(
        {
            **named_areas(ground, np.arange(count)),
            "reference_date": [date(last, 6, 30)] * count,
            "population": whole,
            "female": people[:, 0].sum(axis=1),
            "male": people[:, 1].sum(axis=1),
            "age_0_15": aged(0, 15),
            "age_16_64": aged(16, 64),
            "age_16_29": aged(16, 29),
            "age_30_44": aged(30, 44),
            "age_45_64": aged(45, 64),
            "age_65_over": aged(65, 90),
            "mean_age": np.round((people * (AGES + 0.5)).sum(axis=(1, 2)) / whole, 1),
            "households": _households(ground, last, range(last, last + 1))[:, 0],
            "land_area": land,
            "density": np.round(whole / land, 2),
        }
    )


def household_type_shares(ground: Ground, last: int) -> pa.Table:
    """How the households of each age of representative are shared among types, as models ask for.

    No standard has it, so it is a file and no dataset.
    """
    years = range(last - _BACK, last + PEOPLE_AHEAD + 1)
    rng = generator(ground.seed, ground.city.id, "household types")
    group = np.arange(float(len(_AGE_GROUPS)))
    weight = np.stack([_type_weights(group, *shape) for shape in _TYPES.values()])
    own = weight * rng.lognormal(0.0, 0.08, (len(ground.usual.ids), len(_TYPES), 1))
    shares = np.round(own / own.sum(axis=1, keepdims=True), 4)
    area, kind, age, year = places((*shares.shape, len(years)))
    return pa.table(
        {
            "area_id": coded(area, ground.usual.ids),
            "age_group": coded(age, _AGE_GROUPS),
            "household_type": coded(kind, tuple(_TYPES)),
            "year": year + years[0],
            "value": np.repeat(shares.ravel(), len(years)),
        }
    )


def _type_weights(group: Floats, size: float, middle: float, spread: float, old: float) -> Floats:
    """How frequent a type is by the age group of who represents the household; any scale."""
    return np.asarray(size * np.exp(-(((group - middle) / spread) ** 2)) + old * group / 17 + 1e-3)


def _households(ground: Ground, last: int, years: range) -> Floats:
    """Whole households, area x year."""
    in_households, _ = _living(ground, last, years)
    return np.asarray(np.round((in_households * _rates(ground)[..., None]).sum(axis=(1, 2, 3))))


def _living(ground: Ground, last: int, years: range) -> tuple[Floats, Floats]:
    """People in households and elsewhere, area x sex x age group x relationship x year."""
    record = people_of(ground, last)
    starts = np.minimum(np.arange(0, 90, 5), 85)
    grouped = np.stack(
        [np.add.reduceat(record.people(year), starts, axis=2) for year in years], axis=-1
    )
    coupled, before = _COUPLED, _MARRIED_BEFORE
    shares = np.stack([coupled, before, 1 - coupled - before], axis=1)
    residents = np.round(grouped[:, :, :, None, :] * shares[..., None], 2)
    # Hardly anybody who lives as a couple lives in a home or a hall.
    away = _COMMUNAL[:, None] * np.array([0.2, 1.6, 1.2])
    communal = np.round(residents * away[..., None], 2)
    return np.round(residents - communal, 2), communal


def _rates(ground: Ground) -> Floats:
    """Households for each person in one, area x sex x age group x relationship; 0 to 1."""
    rng = generator(ground.seed, ground.city.id, "households")
    single = np.stack([_SINGLE_RATE * 0.97, _SINGLE_RATE])
    coupled = np.where(_COUPLED > 0, np.array([[0.09], [0.88]]), 0.0)
    before = np.where(_MARRIED_BEFORE > 0, np.array([[0.9], [0.8]]), 0.0)
    usual = np.stack([coupled, before, single], axis=2)
    area = rng.lognormal(0.0, 0.03, len(ground.usual.ids))
    return np.asarray(np.round(np.minimum(area[:, None, None, None] * usual, 1.0), 4))
