"""How much schools are liked, so that simulated last distances meet the published ones.

Flows tell who got a place, not who wanted one: a school that many were turned away from seems less
liked than it is. A published last distance tells the rest. The weight of each school with one is
multiplied until its middle draw lies where the published figures do: the farther the simulated one
reaches, the more children must like the school. Schools without figures keep the model's weights.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from interurban.apps.schools.subjects import Floats, Indices

from .market import Market
from .simulation import Assumed, simulate

__all__ = ["attracted", "fitted_attraction"]

_ROUNDS = 6
_DRAWS = 10
_MOST = 12.0
"""A school is liked at most so many times more, or less, than its pupils tell."""

_UNLIMITED = 3.0
"""Where nobody is turned away the simulated distance counts as so many times the published one."""

_LEAST_M = 20.0


def fitted_attraction(
    market: Market, schools: Indices, published_m: Floats, assumed: Assumed
) -> Floats:
    """By what the weights of a market's schools are to be multiplied; (s,).

    Parameters
    ----------
    schools: (k,), places in the market. published_m: (k,), the middle of their figures.
    """
    logs = np.zeros(len(market.column))
    for step in range(_ROUNDS):
        few = replace(assumed, draws=_DRAWS, seed=assumed.seed + step)
        middle = simulate(attracted(market, np.exp(logs)), few).quantiles((0.5,))[0, schools]
        reached = np.where(np.isfinite(middle), middle, _UNLIMITED * published_m)
        logs[schools] += np.log(np.maximum(reached, _LEAST_M) / published_m)
        logs = np.clip(logs, -np.log(_MOST), np.log(_MOST))
    return np.exp(logs)


def attracted(market: Market, factors: Floats) -> Market:
    """The market with the weights of its schools multiplied; schools beyond it keep theirs."""
    weights = market.weights.copy()
    weights[:, :-1] *= factors[market.candidates]
    return replace(market, weights=weights)
