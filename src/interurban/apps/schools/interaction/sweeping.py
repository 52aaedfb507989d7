"""One Newton step of a Poisson likelihood whose area and school effects are swept out.

The effects number thousands and the terms a few, so the effects are never solved for: a term is
freed of its weighted means by area and by school, and what is left has the same step.

Source: Correia, Guimaraes & Zylkin (2020), Fast Poisson estimation with high-dimensional fixed
effects, Stata Journal 20; Frisch & Waugh (1933).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.subjects import Floats

from .balancing import Factors
from .pairs import Matrix

__all__ = ["Swept", "sweep"]

_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Swept:
    """Of k terms, freed of the effects of areas and schools.

    Parameters
    ----------
    information: (k, k). gradient: (k,).
    with_km: (k, m), weighted sums of each term with the distance to each school.
    """

    information: Floats
    gradient: Floats
    with_km: Floats


def sweep(terms: Sequence[Matrix], mu: Matrix, missing: Matrix, km: Matrix) -> Swept:
    """Free terms of the weighted means of areas and of schools.

    Parameters
    ----------
    terms, mu, missing, km: (n, m); the weights, and what the weights lack of the counts.
    """
    by_area, by_school = mu.sum(axis=1) + 1e-6, mu.sum(axis=0) + 1e-6
    weighted_km = mu * km
    mean_km = weighted_km.sum(axis=0) / by_school
    lacking = missing.sum(axis=1), missing.sum(axis=0)
    number = len(terms)
    information, gradient = np.zeros((number, number)), np.zeros(number)
    with_km = np.zeros((number, mu.shape[1]))
    weighted = [mu * term for term in terms]
    sums = [(one.sum(axis=1), one.sum(axis=0)) for one in weighted]
    for k, term in enumerate(terms):
        area, school = _means(sums[k], mu, by_area, by_school)
        for other in range(number):
            rows, columns = sums[other]
            own = np.vdot(weighted[other], term) - area @ rows - school @ columns
            information[k, other] = float(own)
        gradient[k] = float(np.vdot(term, missing) - area @ lacking[0] - school @ lacking[1])
        left = sums[k][1] - area @ mu - school * by_school
        with_km[k] = (
            np.einsum("ij,ij->j", weighted[k], km)
            - area @ weighted_km
            - school * (mean_km * by_school)
            - mean_km * left
        )
    return Swept((information + information.T) / 2, gradient, with_km)


def _means(
    sums: tuple[Factors, Factors], mu: Matrix, by_area: Factors, by_school: Factors
) -> tuple[Factors, Factors]:
    """What of a term is its areas' and its schools' own, by turns."""
    rows, columns = sums
    school = np.zeros_like(by_school)
    for _ in range(_ROUNDS):
        area = np.asarray((rows - mu @ school) / by_area, dtype=np.float32)
        school = np.asarray((columns - area @ mu) / by_school, dtype=np.float32)
    return area, school
