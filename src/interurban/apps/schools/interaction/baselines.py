"""Simple models that the fitted one is to beat."""

from __future__ import annotations

import numpy as np

from .balancing import balance, produce
from .pairs import Matrix, Pairs

__all__ = ["DECAY_PER_KM", "doubly_constrained", "nearest", "power", "production_constrained"]

DECAY_PER_KM = 1.2
"""Of the baselines with exponential decay."""

_ROUNDS = 60
_NEAREST_KM = 0.1


def nearest(pairs: Pairs) -> Matrix:
    """Everybody goes to the nearest school."""
    flows = np.zeros_like(pairs.km)
    flows[np.arange(len(pairs.area)), pairs.km.argmin(axis=1)] = pairs.shown.sum(axis=1)
    return flows


def production_constrained(pairs: Pairs, decay_per_km: float = DECAY_PER_KM) -> Matrix:
    """A school draws by its size and exp(-b c)."""
    deterrence = np.exp(np.float32(-decay_per_km) * pairs.km)
    return produce(deterrence, pairs.shown.sum(axis=1), pairs.shown.sum(axis=0))[1]


def doubly_constrained(pairs: Pairs, decay_per_km: float = DECAY_PER_KM) -> Matrix:
    """Areas and schools have the pupils that they have; decay is exp(-b c)."""
    return _balanced(pairs, np.exp(np.float32(-decay_per_km) * pairs.km))


def power(pairs: Pairs, exponent: float) -> Matrix:
    """The same with decay c^-k; what is nearer than 100 m counts as 100 m."""
    near = np.maximum(pairs.km, np.float32(_NEAREST_KM))
    return _balanced(pairs, near ** np.float32(-exponent))


def _balanced(pairs: Pairs, deterrence: Matrix) -> Matrix:
    leaving, arriving = pairs.shown.sum(axis=1), pairs.shown.sum(axis=0)
    start = np.ones(len(pairs.school), dtype=np.float32)
    rows, columns = balance(deterrence, leaving, arriving, start, _ROUNDS)
    return np.asarray(rows[:, None] * deterrence * columns, dtype=np.float32)
