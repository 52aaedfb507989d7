"""The years to come of single areas: the year's step, again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .advance import advance
from .assumptions import Assumptions
from .axes import FLOWS, Floats

__all__ = ["Projection", "project"]


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """What came out, year by year.

    For every year ``population = aged on + births - deaths + migration + clipped``.

    Parameters
    ----------
    areas: codes, in the order of the axis.
    first_year: the first year projected.
    start: people at the mid-year before, ``area x sex x age``.
    population: people, ``year x area x sex x age``.
    births: by sex of the child, ``year x area x sex``.
    deaths: ``year x area x sex x age``.
    flows: people by the name of the flow, ``year x area x sex x age``: the four of ``FLOWS``, and
        in the multiregional mode ``elsewhere_in``, ``elsewhere_out`` (the rest of the country) and
        ``unexplained_in``. Those that end in ``_out`` are people who left.
    clipped: people put in where there would have been fewer than none, of the same shape.
    moves: in the multiregional mode people of all ages who moved, ``year x origin x destination``.
    """

    areas: tuple[str, ...]
    first_year: int
    start: Floats
    population: Floats
    births: Floats
    deaths: Floats
    flows: Mapping[str, Floats]
    clipped: Floats
    moves: Floats | None = None

    @property
    def years(self) -> range:
        """The projected years."""
        return range(self.first_year, self.first_year + len(self.population))

    @property
    def net_migration(self) -> Floats:
        """Those who came less those who left, people, ``year x area x sex x age``."""
        net = np.zeros_like(self.population)
        for name, people in self.flows.items():
            net += -people if name.endswith("_out") else people
        return net

    def warnings(self) -> tuple[str, ...]:
        """Sentences for people about numbers that cannot be of people."""
        told = []
        negative = int((self.population < 0).sum())
        if negative:
            people = -float(self.population[self.population < 0].sum())
            told.append(
                f"{negative:,} numbers of people (area, sex, age and year) are below 0, by "
                f"{people:,.1f} people in all. The corrected mode clips them at 0."
            )
        clipped = int((self.clipped > 0).sum())
        if clipped:
            told.append(
                f"{clipped:,} numbers of people (area, sex, age and year) would have fallen below "
                f"0 and were clipped there: {float(self.clipped.sum()):,.1f} people were put in."
            )
        return tuple(told)


def project(assumptions: Assumptions) -> Projection:
    """Run a projection of single areas.

    Source: Witan cohort-component model, steps 7 to 10.
    """
    steps = len(assumptions.years)
    shape = (steps, *assumptions.population.shape)
    population, deaths, clipped = np.empty(shape), np.empty(shape), np.empty(shape)
    births = np.empty(shape[:3])
    now = assumptions.population[..., np.newaxis]
    for step in range(steps):
        year = advance(
            now,
            assumptions.fertility[step][..., np.newaxis],
            assumptions.mortality[step][..., np.newaxis],
            assumptions.net(step)[..., np.newaxis],
            mode=assumptions.mode,
            male_share=assumptions.male_share,
        )
        now = year.population
        population[step], births[step] = now[..., 0], year.births[..., 0]
        deaths[step], clipped[step] = year.deaths[..., 0], year.clipped[..., 0]
    return Projection(
        areas=assumptions.areas,
        first_year=assumptions.first_year,
        start=assumptions.population,
        population=population,
        births=births,
        deaths=deaths,
        flows={name: np.broadcast_to(assumptions.flows[name], shape) for name in FLOWS},
        clipped=clipped,
    )
