"""Rolling validation: drop the last years, project them, and compare with what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .fitting import Children, fit
from .plan import Plan
from .simulation import simulate
from .states import Array, Numbers, StateSpace
from .summary import Draws, statistics
from .transitions import Transitions, population_after

__all__ = ["Comparison", "rolling_validation"]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A projected year beside the children there really were.

    Parameters
    ----------
    calendar_year: the year compared.
    years_learnt: calendar years of transitions that the projection was learnt from.
    truth: children there were.
    statistics: of the projection, in the order of ``summary.STATISTICS``.
    inside_need, inside_setting: share of the needs (settings) with children whose number lies
        within the 95 % of draws in the middle.
    """

    calendar_year: int
    years_learnt: int
    truth: int
    statistics: Array
    inside_need: float
    inside_setting: float


def rolling_validation(
    space: StateSpace,
    transitions: Transitions,
    children: Children,
    draws: int,
    seed: int,
    strict: bool = False,
    watch: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Comparison, ...]:
    """Project from every calendar year but the last as if the later ones had not been seen.

    Parameters
    ----------
    draws, seed, strict: as in ``simulate`` and ``fit``.

    Returns
    -------
    For each number of years learnt from, in order, the years after it that are known.
    """
    years = transitions.years
    out = []
    for learnt, last in enumerate(years[:-1], start=1):
        past = transitions.where(transitions.year <= last)
        seed_year, start = population_after(space, past)
        known = {key: people for key, people in children.items() if key[0] <= years[-1] + 1}
        plan = Plan(space, seed_year, start, known, fit(space, past, known, strict=strict))
        trajectory = simulate(plan, draws, seed)
        cube = trajectory.children.reshape(len(trajectory.years), *space.shape, draws)
        for at, year in enumerate(trajectory.years[1:], start=1):
            upto = transitions.where(transitions.year <= year - 1)
            _, flat = population_after(space, upto)
            truth = flat.reshape(space.shape)
            out.append(
                Comparison(
                    year,
                    learnt,
                    int(flat.sum()),
                    statistics(trajectory.children[at].sum(axis=0, dtype=np.int64)),
                    _inside(cube[at].sum(axis=(0, 2)), truth.sum(axis=(0, 2))),
                    _inside(cube[at].sum(axis=(0, 1)), truth.sum(axis=(0, 1))),
                )
            )
        watch(learnt, len(years) - 1)
    return tuple(out)


def _inside(draws: Draws, truth: Numbers) -> float:
    """The share of parts with children that lie within the middle 95 % of their draws."""
    low, high = np.quantile(draws, (0.025, 0.975), axis=-1)
    there = truth > 0
    return float(((low <= truth) & (truth <= high))[there].mean())
