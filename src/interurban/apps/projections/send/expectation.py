"""The exact mean of a projection, without drawing one."""

from __future__ import annotations

import numpy as np

from .plan import Plan, alive, projected_years, rules_of
from .states import Array

__all__ = ["expected_children"]


def expected_children(plan: Plan) -> Array:
    """The mean number of children by calendar year and state.

    Rates and placements are drawn afresh for each year and cohort, independent of how many children
    there are, so the mean of a year follows from the mean of the year before: ``E[next] = sum N *
    (1 - alpha / (alpha + beta)) + sum children * alpha / (alpha + beta)`` for the total, and the
    same state by state with the mean of the placements.

    Returns
    -------
    Year x state (flat over the space); the seed year, then every year projected.
    """
    space = plan.space
    pairs = space.shape[1] * space.shape[2]
    out = [plan.start.astype(np.float64)]
    for year in projected_years(plan):
        rules = rules_of(plan, year)
        followed = np.where(rules.valid, out[-1], 0.0)
        leave = np.where(rules.all_leave, 1.0, rules.leaver[:, 0] / rules.leaver.sum(axis=1))
        staying = followed * (1 - leave)
        moving = staying * rules.mover[:, 0] / rules.mover.sum(axis=1)
        before = space.shape[0]
        spread = (moving[:, None] * _shares(rules.mover_targets)).reshape(before, pairs, pairs)
        later = np.zeros((before, pairs))
        later[1:] = (spread.sum(axis=1) + (staying - moving).reshape(before, pairs))[:-1]
        rate = rules.joiners[:, 0] / rules.joiners.sum(axis=1)
        joining = np.where(np.isnan(rate), 0.0, rate) * alive(plan, year)
        later += joining[:, None] * _shares(rules.joiner_targets)
        out.append(later.ravel())
    return np.array(out)


def _shares(alpha: Array) -> Array:
    whole = alpha.sum(axis=1, keepdims=True)
    shares: Array = np.divide(alpha, whole, out=np.zeros_like(alpha), where=whole > 0)
    return shares
