"""Cohort progression: how many of a year group are in the next one a year later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .history import Flags
from .trend import Floats

__all__ = ["Progression", "progression", "window_weights"]


@dataclass(frozen=True, slots=True, eq=False)
class Progression:
    """Ratios from each year group to the next.

    Parameters
    ----------
    schools: school x (year groups - 1), shrunken.
    continuing: by year group; of pupils at schools that have both year groups.
    everywhere: by year group; of all pupils of the city, whichever school they go to.
    """

    schools: Floats
    continuing: Floats
    everywhere: Floats


def window_weights(years: int, recent: bool) -> Floats:
    """Weights of the last years, oldest first: all one, or 1, 2, 3, ... with the last the most."""
    return np.arange(1.0, years + 1.0) if recent else np.ones(years)


def progression(
    pupils: Floats,
    itself: Flags,
    years: int = 4,
    *,
    recent: bool = False,
    mean_of_ratios: bool = False,
    shrinkage: float = 50.0,
) -> Progression:
    """Mean ratio of the last years, drawn towards the city's where a school is small.

    ``S = (m s + k c) / (m + k)``: ``s`` the school's own ratio, ``c`` the city's, ``m`` the pupils
    that ``s`` was seen on (weights of mean 1), ``k`` the shrinkage. ``s`` is the ratio of the sums
    ``sum w roll(g, y) / sum w roll(g - 1, y - 1)``, or the weighted mean of the yearly ratios. A
    school that has not been itself for as long uses the years it has; with none, the city's ratio.

    Parameters
    ----------
    pupils: school x year group x year.
    itself: school x year (``history.running``).
    years: moves from year to year that are looked at, the last ones.
    shrinkage: pupils; 0 takes the school's own ratio wherever there is one.

    Source: GLA School Roll Projections, step 3; shrinkage as the mean of a
    gamma-Poisson model with prior weight k.
    """
    moves = min(years, pupils.shape[2] - 1)
    weights = window_weights(moves, recent)
    weights = weights / weights.mean()
    before, after = pupils[:, :-1, -moves - 1 : -1], pupils[:, 1:, -moves:]
    both = (itself[:, -moves - 1 : -1] & itself[:, -moves:])[:, None, :]
    seen = both & (before > 0) & (after > 0)
    base = (before * seen * weights).sum(axis=2)
    came = (after * seen * weights).sum(axis=2)
    continuing = _divide(came.sum(axis=0), base.sum(axis=0), 1.0)
    if mean_of_ratios:
        ratios = _divide(after, before, 0.0) * seen * weights
        own = _divide(ratios.sum(axis=2), (seen * weights).sum(axis=2), 0.0)
    else:
        own = _divide(came, base, 0.0)
    if shrinkage > 0:
        schools = (base * own + shrinkage * continuing) / (base + shrinkage)
    else:
        schools = np.where(base > 0, own, continuing)
    everywhere = _divide(
        (after.sum(axis=0) * weights).sum(axis=1), (before.sum(axis=0) * weights).sum(axis=1), 0.0
    )
    return Progression(schools, continuing, everywhere)


def _divide(over: Floats, under: Floats, otherwise: float) -> Floats:
    return np.asarray(
        np.divide(over, under, out=np.full(np.shape(under), otherwise), where=under > 0)
    )
