"""Making numbers agree: with margins (IPF), with a wanted net flow (regross), with a total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .axes import Floats, safe_divide

__all__ = ["Fitted", "fit_margins", "regross", "scale_to_total"]


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What iterative proportional fitting came to.

    Parameters
    ----------
    values: of the shape of the seed.
    converged: whether every margin is met within the tolerance.
    rounds: how many it took, or the limit.
    largest_error: what the worst cell of a margin is off by, as a share of it (absolute below 1).
    """

    values: Floats
    converged: bool
    rounds: int
    largest_error: float

    def warnings(self) -> tuple[str, ...]:
        """A sentence for people when it did not converge."""
        if self.converged:
            return ()
        told = (
            f"The constraint was not met after {self.rounds} rounds: the worst margin is off by "
            f"{self.largest_error:.2g} of its size. The margins may contradict each other, or ask "
            "for people where the seed has none."
        )
        return (told,)


def fit_margins(
    seed: Floats,
    margins: Sequence[tuple[tuple[int, ...], Floats]],
    *,
    tolerance: float = 1e-8,
    limit: int = 100,
    zero: float = 0.0,
) -> Fitted:
    """Scale an array until its sums are the wanted ones (iterative proportional fitting).

    Parameters
    ----------
    seed: numbers not below 0, of any shape.
    margins: for each its axes, in rising order, and the wanted sums over all other axes, of the
        shape of those axes.
    tolerance: how far off a margin may be, as a share of it (absolute below 1).
    limit: rounds after which it stops and says that it did not converge.
    zero: what stands in for a 0 of the seed (0.001 in GLA's ward model), so that it can grow.

    Raises
    ------
    ValueError: a margin has not the shape of its axes.

    Source: Deming and Stephan (1940); GLA small-area and flexible-area models.
    """
    values = np.where(seed > 0, seed, zero).astype(np.float64)
    for axes, wanted in margins:
        if wanted.shape != tuple(seed.shape[axis] for axis in axes):
            raise ValueError(f"a margin over the axes {axes} of {seed.shape} is {wanted.shape}")
    error = np.inf
    for done in range(1, limit + 1):
        for axes, wanted in margins:
            over = tuple(axis for axis in range(seed.ndim) if axis not in axes)
            values *= np.expand_dims(safe_divide(wanted, values.sum(axis=over)), over)
        error = max(_error(values, axes, wanted) for axes, wanted in margins)
        if error <= tolerance:
            return Fitted(values, True, done, error)
    return Fitted(values, False, limit, float(error))


def _error(values: Floats, axes: tuple[int, ...], wanted: Floats) -> float:
    over = tuple(axis for axis in range(values.ndim) if axis not in axes)
    off = np.abs(values.sum(axis=over) - wanted) / np.maximum(np.abs(wanted), 1.0)
    return float(off.max(initial=0.0))


def regross(
    inflow: Floats, outflow: Floats, wanted: Floats, *, floor: float = 0.01
) -> tuple[Floats, Floats]:
    """Whole flows near the base ones whose difference is the wanted one.

    Of all whole numbers ``i - o = wanted``, those that are most likely when the base flows are the
    means of two Poisson variables. Going from ``o`` to ``o + 1`` multiplies the likelihood by
    ``i0 o0 / ((i + 1)(o + 1))``, which falls as ``o`` grows: the best is the first ``o`` at which
    it is below 1. (The original walks there by quarters of the distance; this is what it seeks.)
    A fraction of the wanted difference goes to the flow that moved most from its base.

    Parameters
    ----------
    inflow, outflow: base flows, people, of one shape.
    wanted: in less out, people, of the same shape.
    floor: what stands in for a base flow of 0, which could never move.

    Returns
    -------
    In and out, people.

    Source: GLA flexible-area model, regross.
    """
    whole = np.rint(wanted)
    i0, o0 = np.maximum(inflow, floor), np.maximum(outflow, floor)
    product = i0 * o0
    lowest = np.maximum(-whole, 0.0)
    # The root of (o + whole + 1)(o + 1) = i0 o0; it cancels for large differences, so the whole
    # numbers beside it are tried.
    root = (-(whole + 2) + np.sqrt(whole**2 + 4 * product)) / 2
    out = np.maximum(np.floor(root), lowest)
    for _ in range(2):
        out = np.where(out - 1 >= lowest, out - ((out + whole) * out > product), out)
    for _ in range(3):
        out = out + ((out + whole + 1) * (out + 1) <= product)
    into = out + whole
    rest = wanted - whole
    in_moved_more = np.abs(into - inflow) >= np.abs(out - outflow)
    # A flow that would fall below 0 leaves its share of the rest to the other.
    to_in = np.where(in_moved_more, into + rest >= 0, out - rest < 0)
    return into + np.where(to_in, rest, 0.0), out - np.where(to_in, 0.0, rest)


def scale_to_total(values: Floats, total: Floats, axes: tuple[int, ...]) -> Floats:
    """Values scaled so that their sum over some axes is a total; where they sum to 0 they stay.

    Parameters
    ----------
    total: of the shape of the axes that are left.

    Source: GLA borough trend model, scaling to the national projection.
    """
    return values * np.expand_dims(safe_divide(total, values.sum(axis=axes)), axes)
