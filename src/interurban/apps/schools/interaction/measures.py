"""How near a model comes to what was counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.subjects import Booleans

from .pairs import Matrix

__all__ = ["Fitness", "common_part_of_commuters", "fitness", "squared_correlation"]


@dataclass(frozen=True, slots=True)
class Fitness:
    """Of a model beside the pupils that are shown.

    Parameters
    ----------
    cpc: common part of commuters, 0 to 1.
    r2: squared correlation over all pairs, those without pupils among them.
    mean_m: mean straight line of its pupils, metres.
    crossing: share of its pupils who go to school in another district; ``None`` without districts.
    pupils: that it has in all.
    """

    cpc: float
    r2: float
    mean_m: float
    crossing: float | None
    pupils: float


def fitness(
    modelled: Matrix, shown: Matrix, km: Matrix, same: Matrix | None, compared: Booleans
) -> Fitness:
    """All measures of one model; matrices are (n, m), pairs not ``compared`` are left out."""
    modelled = np.where(compared, modelled, 0.0)
    total = float(modelled.sum(dtype=np.float64)) or 1.0
    return Fitness(
        cpc=common_part_of_commuters(modelled, np.where(compared, shown, 0.0)),
        r2=squared_correlation(modelled[compared], shown[compared]),
        mean_m=1000.0 * float((modelled * km).sum(dtype=np.float64)) / total,
        crossing=None
        if same is None
        else 1.0 - float((modelled * same).sum(dtype=np.float64)) / total,
        pupils=total,
    )


def common_part_of_commuters(modelled: Matrix, observed: Matrix) -> float:
    """2 sum(min(T, T')) / (sum T + sum T'): 1 when they agree, 0 when nothing does.

    Source: Lenormand, Huet, Gargiulo & Deffuant (2012), A universal model of commuting networks,
    PLoS ONE 7(10), equation 3.
    """
    both = modelled.sum(dtype=np.float64) + observed.sum(dtype=np.float64)
    shared = np.minimum(modelled, observed).sum(dtype=np.float64)
    return float(2.0 * shared / both) if both > 0 else 0.0


def squared_correlation(modelled: Matrix, observed: Matrix) -> float:
    """The square of Pearson's correlation over all pairs."""
    x, y = np.asarray(modelled, np.float64).ravel(), np.asarray(observed, np.float64).ravel()
    x, y = x - x.mean(), y - y.mean()
    spread = float(x @ x) * float(y @ y)
    return float(x @ y) ** 2 / spread if spread > 0 else 0.0
