"""Variants of a projection: the rolls if fewer or more children entered than is expected.

How many fewer or more is what projections of the past missed entrants by: nine in ten of such
errors, were they normal, lie above the lower variant, and nine in ten below the upper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from .bands import Errors, growth_beyond
from .history import Rolls
from .projection import Around, Projection, Settings, project
from .trend import Floats

__all__ = ["FEWER", "MORE", "WITHOUT_HOMES", "entry_misses", "project_variants"]

FEWER, MORE = "Fewer children enter", "More children enter"
WITHOUT_HOMES = "Without the new homes"

_SIDE = NormalDist().inv_cdf(0.9)


def entry_misses(rolls: Rolls, errors: Errors, horizon: int) -> Floats:
    """By how much entrants of the whole city were missed; (years ahead,).

    The root mean square of ``log(came / projected)`` over the years projected from, never less than
    a year before; past those measured it grows as it has that far (``growth_beyond``).

    Source: empirical errors of past forecasts, as in the bands of the totals (``bands``).
    """
    came = rolls.pupils[:, 0].sum(axis=0)
    measured = min(errors.error.shape[2], horizon)
    out = np.zeros(horizon)
    for ahead in range(1, measured + 1):
        missed = [
            float(np.log(came[origin + ahead] / said))
            for origin, projection in zip(errors.origins, errors.projections, strict=True)
            if origin + ahead < len(came)
            and came[origin + ahead] > 0
            and (said := float(projection.pupils[:, 0, ahead - 1].sum())) > 0
        ]
        out[ahead - 1] = np.sqrt(np.mean(np.square(missed))) if missed else 0.0
    out[measured:] = out[measured - 1] * growth_beyond(out[:measured], horizon)
    return np.asarray(np.maximum.accumulate(out))


def project_variants(
    rolls: Rolls, horizon: int, settings: Settings, around: Around, errors: Errors
) -> Mapping[str, Projection]:
    """Every school with fewer entrants, with more, and, where homes are given, without them."""
    missed = _SIDE * entry_misses(rolls, errors, horizon)
    usual = np.ones(horizon) if around.entering is None else around.entering
    given = {
        FEWER: replace(around, entering=usual * np.exp(-missed)),
        MORE: replace(around, entering=usual * np.exp(missed)),
    }
    if around.from_homes is not None:
        given[WITHOUT_HOMES] = replace(around, from_homes=None)
    return {name: project(rolls, horizon, settings, one) for name, one in given.items()}
