"""The axes of every array of this model: sexes, ages, and how people grow a year older."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["AGES", "FEMALE", "FLOWS", "MALE", "SEXES", "Floats", "age_on", "safe_divide"]

Floats = npt.NDArray[np.float64]

SEXES = ("F", "M")
"""Order of the axis of sexes."""

FEMALE, MALE = 0, 1

AGES = tuple(range(91))
"""Order of the axis of ages: completed years, the last one open (90 and over)."""

FLOWS = ("domestic_in", "domestic_out", "international_in", "international_out")
"""The four flows of migration, in the order of every axis of flows."""


def age_on(population: Floats, births: Floats | None = None) -> Floats:
    """People a year older: age 0 is filled by births, 90 takes those of 89 and those of 90+.

    Parameters
    ----------
    population: people, ``... x age x draw``.
    births: people, ``... x draw``; none leave age 0 empty.

    Returns
    -------
    People, of the shape of ``population`` (or what it and ``births`` broadcast to).

    Source: Witan cohort-component model, step 3 (exposures) and step 10.
    """
    aged = np.empty_like(population)
    aged[..., 1:, :] = population[..., :-1, :]
    aged[..., -1, :] += population[..., -1, :]
    aged[..., 0, :] = 0.0 if births is None else births
    return aged


def safe_divide(above: Floats, below: Floats) -> Floats:
    """The quotient, and 0 where the divisor is 0."""
    out = np.zeros(np.broadcast_shapes(above.shape, below.shape))
    return np.divide(above, below, out=out, where=below != 0)
