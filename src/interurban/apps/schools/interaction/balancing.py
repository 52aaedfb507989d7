"""Balancing factors: shares that leave no pupil out and fill every school as it is filled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .pairs import Matrix

__all__ = ["balance", "produce"]

Factors = NDArray[np.float32]
_TINY = np.float32(1e-30)


def produce(deterrence: Matrix, leaving: Factors, attraction: Factors) -> tuple[Factors, Matrix]:
    """Production-constrained flows: every area's pupils go somewhere.

    T_ij = A_i O_i W_j f(c_ij), A_i = 1 / sum_j W_j f(c_ij).

    Source: Wilson (1971), A family of spatial interaction models, Environment and Planning 3.

    Parameters
    ----------
    deterrence: (n, m), f. leaving: (n,), O. attraction: (m,), W.

    Returns
    -------
    A_i O_i (n,), and the flows (n, m).
    """
    rows = np.asarray(leaving / np.maximum(deterrence @ attraction, _TINY), dtype=np.float32)
    return rows, np.asarray(rows[:, None] * deterrence * attraction, dtype=np.float32)


def balance(
    deterrence: Matrix, leaving: Factors, arriving: Factors, start: Factors, rounds: int
) -> tuple[Factors, Factors]:
    """Doubly constrained: A_i O_i and B_j D_j, after rounds of Furness's procedure.

    Areas come last, so that their sums hold to the last digit and those of the schools to what is
    left of the error.

    Source: Furness (1965); Wilson (1971), equations for A_i and B_j.

    Parameters
    ----------
    arriving: (m,), pupils of each school. start: (m,), of B_j D_j.
    """
    columns = start
    for _ in range(rounds):
        rows = leaving / np.maximum(deterrence @ columns, _TINY)
        columns = np.asarray(arriving / np.maximum(rows @ deterrence, _TINY), dtype=np.float32)
    rows = leaving / np.maximum(deterrence @ columns, _TINY)
    return np.asarray(rows, dtype=np.float32), columns
