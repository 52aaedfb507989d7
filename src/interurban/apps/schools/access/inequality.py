"""How unevenly something is shared among children.

Source: Brown (1994), *Using Gini-style indices to evaluate the spatial patterns of health
practitioners*, Social Science & Medicine 38, eq. 1: the area under the Lorenz curve by trapezoids.
"""

from __future__ import annotations

import numpy as np

from interurban.apps.schools.subjects import Floats

__all__ = ["gini", "lorenz"]


def lorenz(values: Floats, children: Floats) -> tuple[Floats, Floats]:
    """The Lorenz curve: shares of children, from those with least, and of what they have.

    Parameters
    ----------
    values: what each child of an area has, none below 0; NaN where it is not known.
    children: (areas,), none below 0.

    Returns
    -------
    Both (n + 1,), from 0 to 1; two points where there is nothing to share.
    """
    known = np.isfinite(values) & (children > 0)
    order = np.argsort(values[known], kind="stable")
    weight = children[known][order]
    had = weight * values[known][order]
    if not had.sum() > 0:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    people = np.concatenate([[0.0], np.cumsum(weight) / weight.sum()])
    return people, np.concatenate([[0.0], np.cumsum(had) / had.sum()])


def gini(values: Floats, children: Floats) -> float:
    """0 where all children have the same, towards 1 where few have everything.

    ``G = 1 - sum_i (X_i - X_(i-1)) (Y_i + Y_(i-1))`` over the points of the Lorenz curve, each
    child counting once.
    """
    people, had = lorenz(values, children)
    return float(1.0 - np.sum(np.diff(people) * (had[1:] + had[:-1])))
