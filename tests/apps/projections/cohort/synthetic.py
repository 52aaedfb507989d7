"""Synthetic areas: Bristol's past, perturbed, with made-up moves between them."""

from __future__ import annotations

import numpy as np

from interurban.apps.projections.cohort.axes import FLOWS, Floats
from interurban.apps.projections.cohort.history import History


def synthetic_areas(bristol: History, count: int, seed: int = 7) -> History:
    """Areas with Bristol's shape, each of another size, and noise of a few per cent."""
    random = np.random.default_rng(seed)
    size = random.uniform(0.4, 1.6, count)

    def like(values: Floats) -> Floats:
        scale = size.reshape(-1, *[1] * (values.ndim - 1))
        noise = random.normal(1.0, 0.02, (count, *values.shape[1:]))
        return np.maximum(values * scale * noise, 0.0)

    population = like(bristol.population)
    return History(
        areas=tuple(f"SYN{number:04}" for number in range(count)),
        first_population=bristol.first_population,
        first_flow=bristol.first_flow,
        population=population,
        births=like(bristol.births),
        deaths=like(bristol.deaths),
        flows={name: like(bristol.flows[name]) for name in FLOWS},
        births_by_mother=like(bristol.births_by_mother),
        mothers_women=population[:, 0, :, 2012 - bristol.first_population],
    )


def moves_between(history: History, share: float = 0.6, seed: int = 11) -> Floats:
    """Flows from area to area that take up a share of the domestic departures.

    ``origin x destination x sex x age x year``; some pairs are unknown (NaN).
    """
    random = np.random.default_rng(seed)
    count = len(history.areas)
    pull = random.uniform(0.2, 1.0, (count, count))
    np.fill_diagonal(pull, 0.0)
    pull /= pull.sum(axis=1, keepdims=True)
    flows = share * pull[:, :, None, None, None] * history.flows["domestic_out"][:, None]
    flows[0, 1] = np.nan
    return np.asarray(flows)
