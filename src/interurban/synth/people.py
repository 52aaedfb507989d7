"""The people of a synthetic city: who was born, died and moved, and so who lives where.

Whole people in whole years, drawn one after another: those of a mid-year are those of the one
before, a year older, with everybody who was born, died, came or left in between. Nobody is there
who did not come, so every table of them adds up with every other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .areas import Areas
from .ground import Ground
from .lattice import Floats, Integers, Rectangle
from .seeds import generator
from .vital import MOTHERS, death_rates, fertility_rates

__all__ = ["AGES", "FLOWS", "PEOPLE_AHEAD", "People", "people_of"]

AGES = np.arange(91)
"""Completed years; the last is 90 and over."""

FLOWS = ("domestic_in", "domestic_out", "international_in", "international_out")

PEOPLE_AHEAD = 14
"""Years after the record for which there is an expectation."""

_YEARS = 25
_PEOPLE_PER_HECTARE = 25
_BOYS = 105 / 205

Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """A record of 25 mid-years, and what is expected after it.

    Parameters
    ----------
    years: of the mid-years; what happened in the year up to each of them but the first is told by
        the arrays of ``change year``.
    population: area x sex (F, M) x age x year.
    births: area x sex x change year.
    mothers: births by age of mother (``MOTHERS``), area x age x change year.
    deaths: by age at the end of the year, area x sex x age x change year.
    flows: the four of ``FLOWS``, likewise.
    moved: who moved between two areas: columns origin, destination, sex, age, year, people.
    expected: people of the ``PEOPLE_AHEAD`` years after, area x sex x age x year; fractions.
    """

    areas: Areas
    years: range
    population: Integers
    births: Integers
    mothers: Integers
    deaths: Integers
    flows: Mapping[str, Integers]
    moved: Integers
    expected: Floats

    def people(self, year: int) -> Floats:
        """People at a mid-year, on record or expected; area x sex x age."""
        if year <= self.years[-1]:
            return np.asarray(self.population[..., year - self.years[0]], dtype=np.float64)
        return self.expected[..., year - self.years[-1] - 1]


@dataclass(frozen=True, slots=True, eq=False)
class _Habits:
    """What is likely in each area, as shares of the people there, or people a year.

    Parameters
    ----------
    fertility: factor on births, area; mortality: on deaths, area.
    leave: share who leave for elsewhere in the country or city, area x age.
    goes: where they go: to each area, and, last, out of the city; area x (areas + 1).
    come: people who come from elsewhere in the country, area x sex x age.
    arrive: people who come from abroad, of the same shape; depart: share who go there, age.
    """

    fertility: Floats
    mortality: Floats
    leave: Floats
    goes: Floats
    come: Floats
    arrive: Floats
    depart: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Year:
    population: Integers
    births: Integers
    mothers: Integers
    deaths: Integers
    flows: Mapping[str, Integers]
    moved: Integers


@lru_cache(maxsize=1)
def people_of(ground: Ground, last: int) -> People:
    """The record of a city up to mid-year ``last``; the last one asked for is kept.

    Everything is drawn from the seed and the city alone, whichever of its tables are made.
    """
    years = range(last - _YEARS + 1, last + 1)
    habits, now = _habits(ground), _beginning(ground)
    record, moved = [now], list[Integers]()
    happened: list[_Year] = []
    for year in years[1:]:
        one = _live(generator(ground.seed, ground.city.id, "people", year), now, habits, year)
        now = one.population
        record.append(now)
        happened.append(one)
        moved.append(np.insert(one.moved, 4, year, axis=1))
    ahead: list[Floats] = []
    expected = now.astype(np.float64)
    for year in range(last + 1, last + PEOPLE_AHEAD + 1):
        expected = _expect(expected, habits, year)
        ahead.append(expected)
    return People(
        areas=ground.usual,
        years=years,
        population=np.stack(record, axis=-1),
        births=np.stack([one.births for one in happened], axis=-1),
        mothers=np.stack([one.mothers for one in happened], axis=-1),
        deaths=np.stack([one.deaths for one in happened], axis=-1),
        flows={name: np.stack([one.flows[name] for one in happened], axis=-1) for name in FLOWS},
        moved=np.concatenate(moved),
        expected=np.stack(ahead, axis=-1),
    )


def _live(rng: np.random.Generator, before: Integers, habits: _Habits, year: int) -> _Year:
    """One year of life: ageing with births, then deaths, moves and arrivals."""
    women = before[:, 0, MOTHERS[0] : MOTHERS[-1] + 1]
    mothers = rng.poisson(women * habits.fertility[:, None] * fertility_rates(MOTHERS, year))
    boys = rng.binomial(mothers.sum(axis=1), _BOYS)
    births = np.stack([mothers.sum(axis=1) - boys, boys], axis=1)
    aged = _aged(before, births)
    deaths = rng.binomial(aged, np.minimum(_deadly(habits, year), 1.0))
    left = rng.binomial(aged - deaths, habits.leave[:, None, :])
    # The last place on the axis of destinations is the rest of the country.
    goes = rng.multinomial(left, habits.goes[:, None, None, :])
    departed = rng.binomial(aged - deaths - left, habits.depart)
    came, arrived = rng.poisson(habits.come), rng.poisson(habits.arrive)
    between = goes[..., :-1]
    domestic_in = between.sum(axis=0).transpose(2, 0, 1) + came
    origin, sex, age, destination = np.nonzero(between)
    return _Year(
        population=aged - deaths - left - departed + domestic_in + arrived,
        births=births,
        mothers=mothers,
        deaths=deaths,
        flows=dict(zip(FLOWS, (domestic_in, left, arrived, departed), strict=True)),
        moved=np.column_stack(
            [origin, destination, sex, age, between[origin, sex, age, destination]]
        ),
    )


def _expect(before: Floats, habits: _Habits, year: int) -> Floats:
    """The same year without chance."""
    women = before[:, 0, MOTHERS[0] : MOTHERS[-1] + 1]
    born = (women * habits.fertility[:, None] * fertility_rates(MOTHERS, year)).sum(axis=1)
    aged = _aged(before, np.stack([born * (1 - _BOYS), born * _BOYS], axis=1))
    alive = aged * (1 - np.minimum(_deadly(habits, year), 1.0))
    left = alive * habits.leave[:, None, :]
    inside = np.einsum("osx,od->dsx", left, habits.goes[:, :-1])
    stayed = (alive - left) * (1 - habits.depart)
    return np.asarray(stayed + inside + habits.come + habits.arrive)


def _aged(before: npt.NDArray[Number], births: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Everybody a year older; the newborn at 0, those of 89 and of 90 and over at 90."""
    aged = np.empty_like(before)
    aged[..., 1:] = before[..., :-1]
    aged[..., -1] += before[..., -1]
    aged[..., 0] = births
    return aged


def _deadly(habits: _Habits, year: int) -> Floats:
    """Share who die by area, sex and age at the end of the year; those of 90 and over as at 92."""
    ages = np.append(AGES[:-1], 92)
    return habits.mortality[:, None, None] * death_rates(ages, year)


def _habits(ground: Ground) -> _Habits:
    rng = generator(ground.seed, ground.city.id, "habits")
    inner, size = _inner(ground), _size(ground)
    count = len(size)
    young = np.exp(-(((AGES - 24) / 7.0) ** 2))
    family = np.exp(-(((AGES - 34) / 7.0) ** 2)) + 1.1 * np.exp(-(((AGES - 2) / 4.0) ** 2))
    # Young people come to the middle of the city; families go to its outskirts.
    leave = 0.012 + 0.055 * young + np.outer(0.02 + 0.03 * inner, family)
    goes = _places_to_go(ground, size)
    by_age = 0.2 + 6.0 * young + 0.4 * family
    draw = size * (0.6 + 0.8 * inner)
    leavers = float((size[:, None] * leave * goes[:, -1:]).sum()) / len(AGES)
    come = np.outer(draw / draw.sum(), by_age / by_age.sum()) * leavers * 0.97
    abroad = np.exp(-(((AGES - 26) / 8.0) ** 2)) + 0.08
    arrive = np.outer(draw / draw.sum(), abroad / abroad.sum()) * size.sum() * 0.009
    halves = np.array([0.5, 0.5])[None, :, None]
    return _Habits(
        fertility=rng.lognormal(0.0, 0.09, count),
        mortality=rng.lognormal(0.0, 0.09, count),
        leave=leave,
        goes=goes,
        come=come[:, None, :] * halves,
        arrive=arrive[:, None, :] * halves,
        depart=0.002 + 0.016 * np.exp(-(((AGES - 28) / 9.0) ** 2)),
    )


def _places_to_go(ground: Ground, size: Floats) -> Floats:
    """To near and large areas rather than to far and small ones; three in ten leave the city."""
    areas = ground.usual.rectangles
    middle = np.array([(a.i0 + a.i1, a.j0 + a.j1) for a in areas], dtype=np.float64) / 2
    far = np.linalg.norm(middle[:, None] - middle[None], axis=-1)
    pull = size[None, :] * np.exp(-far / (0.25 * ground.lattice.nx + 1))
    np.fill_diagonal(pull, 0.0)
    whole = pull.sum(axis=1, keepdims=True)
    inside = np.divide(0.7 * pull, whole, out=np.zeros_like(pull), where=whole > 0)
    return np.column_stack([inside, 1 - inside.sum(axis=1)])


def _beginning(ground: Ground) -> Integers:
    """The people of the first mid-year, area x sex x age."""
    inner, size = _inner(ground), _size(ground)
    alive = np.cumprod(1 - death_rates(AGES, 2002), axis=1)
    alive[:, -1] *= 4.5
    young = np.exp(-(((AGES - 27) / 8.0) ** 2))
    family = np.exp(-(((AGES - 7) / 7.0) ** 2)) + np.exp(-(((AGES - 40) / 9.0) ** 2))
    shape = 1 + np.outer(0.2 + 0.9 * inner, young) + np.outer(0.5 * (1 - inner), family)
    shape *= np.where(AGES > 50, 0.985 ** (AGES - 50), 1.0)
    people = alive[None] * shape[:, None, :]
    share = people / people.sum(axis=(1, 2), keepdims=True)
    return np.asarray(np.round(size[:, None, None] * share), dtype=np.int64)


def _size(ground: Ground) -> Floats:
    """People of each area when the record begins: 25 a hectare of city, more where it is busy."""
    rng = generator(ground.seed, ground.city.id, "size")
    lattice, areas = ground.lattice, ground.usual.rectangles
    hectares = np.array([lattice.hectares(area) for area in areas])
    busy = np.array([_busy(ground, area) for area in areas])
    share = (0.5 * busy / busy.sum() + 0.5 * hectares / hectares.sum()) * rng.lognormal(
        0.0, 0.12, len(areas)
    )
    return np.asarray(_PEOPLE_PER_HECTARE * hectares.sum() * share / share.sum())


def _inner(ground: Ground) -> Floats:
    """How much an area is like the middle of the city, from 0 to 1 by rank."""
    areas = ground.usual.rectangles
    density = np.array([_busy(ground, a) / ground.lattice.hectares(a) for a in areas])
    rank = np.argsort(np.argsort(density)).astype(np.float64)
    return np.asarray(rank / max(1, len(areas) - 1))


def _busy(ground: Ground, area: Rectangle) -> float:
    return float(ground.lattice.weight[area.i0 : area.i1, area.j0 : area.j1].sum()) + 1e-4
