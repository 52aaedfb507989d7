"""Beta-binomial and Dirichlet-multinomial numbers for many cohorts at once, without bias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .states import Array, Numbers

__all__ = ["Placement", "beta_binomial", "dirichlet_multinomial", "placement"]


_NEXT_TO_NOTHING = 1e-300
"""A beta with which every drawn share is 1; NumPy takes no beta of 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Dirichlet parameters of many rows, kept so that a category is found by one search.

    Parameters
    ----------
    total: sum of the row's parameters; 0 for a row that places nobody.
    category: of every positive parameter, row after row.
    cumulative: ``row + share of the row up to and with this category``, rising through all rows.
    last: the place of every row's last category in ``category``.
    """

    total: Array
    category: Numbers
    cumulative: Array
    last: Numbers


def placement(alpha: Array) -> Placement:
    """Prepare Dirichlet parameters, row x category, none negative."""
    total = alpha.sum(axis=1)
    row, category = np.nonzero(alpha)
    share = alpha[row, category] / total[row]
    # Shares add up through all rows; taking off the rows before leaves those of the row itself.
    running = np.cumsum(share)
    ends = np.cumsum(np.bincount(row, minlength=len(alpha)))
    before = np.concatenate([[0.0], running])[np.concatenate([[0], ends[:-1]])]
    return Placement(total, category, row + (running - before[row]), ends - 1)


def beta_binomial(rng: np.random.Generator, n: Numbers, alpha: Array, beta: Array) -> Numbers:
    """How many of n; one number for each cohort, mean ``n * alpha / (alpha + beta)``.

    Parameters
    ----------
    n: people of every cohort, not negative.
    alpha, beta: of every cohort; alpha positive, beta 0 where it happens to everybody.
    """
    return rng.binomial(n, rng.beta(alpha, np.maximum(beta, _NEXT_TO_NOTHING)))


def dirichlet_multinomial(
    rng: np.random.Generator, places: Placement, rows: Numbers, n: Numbers
) -> tuple[Numbers, Numbers]:
    """Spread the n people of every cohort over categories.

    Each person is drawn from Pólya's urn (Blackwell and MacQueen 1973): with k drawn already, from
    the row's own shares with chance ``total / (total + k)``, else as one of the k before, any of
    them alike. Their numbers are exactly Dirichlet-multinomial. Whom a person repeats is settled by
    following the pointers of all people at once, so no loop runs over cohorts, people or draws.

    Parameters
    ----------
    rows: of ``places``, one for each cohort; its total must be positive where n is.

    Returns
    -------
    For each person the cohort (place in ``n``) and the category.
    """
    cohort = np.repeat(np.arange(len(n)), n)
    first = np.repeat(np.cumsum(n) - n, n)
    before = np.arange(len(cohort)) - first
    row = rows[cohort]
    total = places.total[row]
    ball = rng.random(len(cohort)) * (total + before)
    own = ball < total
    # The same uniform number serves twice: below the total it is uniform there, above it as well.
    repeated = first + np.minimum((ball - total).astype(np.int64), before - 1)
    chosen = np.where(own, np.arange(len(cohort)), repeated)
    while True:
        further = chosen[chosen]
        if np.array_equal(further, chosen):
            break
        chosen = further
    share = np.divide(ball, total, out=np.zeros(len(ball)), where=own)
    found = np.searchsorted(places.cumulative, row + share, side="right")
    category = places.category[np.minimum(found, places.last[row])]
    return cohort, category[chosen]
