"""Why a projection came out as it did: components of change, and what drove two runs apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial

import numpy as np

from .assumptions import Assumptions
from .axes import FLOWS, Floats
from .projection import Projection, project

__all__ = [
    "COMPONENTS",
    "DRIVERS",
    "Components",
    "Drivers",
    "ModeDifference",
    "components_of_change",
    "difference_of_modes",
    "what_drove",
]

COMPONENTS = (
    "births",
    "deaths",
    "domestic_in",
    "domestic_out",
    "international_in",
    "international_out",
    "net_migration",
)
"""Components of change, as the standard ``population_change@1`` has them; all are counts of people.

Births, arrivals and net migration add; deaths and departures take away.
"""

DRIVERS = ("population", "fertility", "mortality", *FLOWS, "mode")
"""What two runs can differ in, in the order in which it is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Components of the change of the people of all ages, year by year.

    ``end = start + births - deaths + net migration + clipped``.

    Parameters
    ----------
    areas, first_year: as those of the projection.
    start, end: people, ``year x area``.
    people: ``component x year x area``, in the order of ``COMPONENTS``.
    clipped: people put in where there would have been fewer than none, ``year x area``.
    """

    areas: tuple[str, ...]
    first_year: int
    start: Floats
    end: Floats
    people: Floats
    clipped: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Drivers:
    """What drove the people of one run away from those of another.

    Parameters
    ----------
    names: the drivers in which the runs differ.
    people: people that each accounts for, ``driver x year x area``; they sum to ``difference``.
    difference: the other run less the one, people, ``year x area``.
    """

    names: tuple[str, ...]
    people: Floats
    difference: Floats


@dataclass(frozen=True, slots=True, eq=False)
class ModeDifference:
    """The corrected mode less the original one, on the same assumptions.

    Parameters
    ----------
    population, deaths: people, ``year x area x sex x age``.
    births: ``year x area x sex``.
    negative: numbers of people below 0 in the original mode, ``year``.
    clipped: people whom the corrected mode put in, ``year x area``.
    """

    years: range
    population: Floats
    births: Floats
    deaths: Floats
    negative: Floats
    clipped: Floats

    def sentences(self) -> tuple[str, ...]:
        """The difference in words."""
        last = self.years[-1]
        people = float(self.population[-1].sum())
        deaths = float(self.deaths.sum())
        infants = float(self.deaths[..., 0].sum())
        people_told = (
            f"In {last} the corrected mode has {people:+,.1f} people against the original."
        )
        deaths_told = (
            f"Over {len(self.years)} years it counts {deaths:+,.1f} deaths, {infants:+,.1f} of "
            "them of infants, who die at this year's births and not at last year's infants."
        )
        negative_told = (
            f"In the original {int(self.negative.sum()):,} numbers of people fall below 0; the "
            f"corrected mode clipped by {float(self.clipped.sum()):,.1f} people."
        )
        return people_told, deaths_told, negative_told


def components_of_change(run: Projection) -> Components:
    """Births, deaths and each flow of every area and year.

    Flows with the rest of the country count as domestic ones; a projection's net migration also
    holds what the accounts of the past could not explain.
    """

    def flow(name: str) -> Floats:
        kind, way = name.split("_")
        named = [name, f"elsewhere_{way}"] if kind == "domestic" else [name]
        total = np.zeros(run.population.shape[:2])
        for each in named:
            if each in run.flows:
                total += run.flows[each].sum(axis=(2, 3))
        return total

    parts = [
        run.births.sum(axis=2),
        run.deaths.sum(axis=(2, 3)),
        *(flow(name) for name in FLOWS),
        run.net_migration.sum(axis=(2, 3)),
    ]
    end = run.population.sum(axis=(2, 3))
    start = np.concatenate([run.start.sum(axis=(1, 2))[np.newaxis], end[:-1]])
    return Components(
        run.areas, run.first_year, start, end, np.stack(parts), run.clipped.sum(axis=(2, 3))
    )


def what_drove(one: Assumptions, other: Assumptions) -> Drivers:
    """How much each driver accounts for in the difference of two runs of the same areas and years.

    Each driver is given its mean effect over all orders in which the drivers of the one run can be
    exchanged for those of the other. So the parts sum to the whole, and no order is preferred. Only
    drivers in which the runs differ are looked at, so that two scenarios take a few runs.

    Raises
    ------
    ValueError: the runs are not of the same areas and years.

    Source: Shapley (1953), as used for decompositions by Shorrocks (2013).
    """
    if one.areas != other.areas or one.years != other.years:
        raise ValueError("two runs are compared over the same areas and years")
    names = tuple(name for name in DRIVERS if _differ(one, other, name))
    people: dict[frozenset[str], Floats] = {}
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            mixed = one
            for name in chosen:
                mixed = mixed.with_driver(name, other)
            people[frozenset(chosen)] = project(mixed).population.sum(axis=(2, 3))
    whole = people[frozenset(names)] - people[frozenset()]
    parts = np.zeros((len(names), *whole.shape))
    for at, name in enumerate(names):
        others = [n for n in names if n != name]
        for size in range(len(names)):
            weight = factorial(size) * factorial(len(names) - size - 1) / factorial(len(names))
            for chosen in combinations(others, size):
                without = frozenset(chosen)
                parts[at] += weight * (people[without | {name}] - people[without])
    return Drivers(names, parts, whole)


def difference_of_modes(assumptions: Assumptions) -> ModeDifference:
    """Run both modes on the same assumptions, and take the original from the corrected one."""
    original = project(replace(assumptions, mode="witan"))
    corrected = project(replace(assumptions, mode="corrected"))
    return ModeDifference(
        assumptions.years,
        corrected.population - original.population,
        corrected.births - original.births,
        corrected.deaths - original.deaths,
        (original.population < 0).sum(axis=(1, 2, 3)).astype(np.float64),
        corrected.clipped.sum(axis=(2, 3)),
    )


def _differ(one: Assumptions, other: Assumptions, name: str) -> bool:
    if name == "mode":
        return one.mode != other.mode
    if name == "fertility" and one.male_share != other.male_share:
        return True
    if name in FLOWS:
        return not np.array_equal(one.flows[name], other.flows[name])
    return not np.array_equal(getattr(one, name), getattr(other, name))
