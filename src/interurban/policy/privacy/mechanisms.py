"""Noise that hides whether any one person is in the data, and how much of it there is.

Both mechanisms add whole numbers, so that the gaps between floating-point numbers give nothing away
(Mironov 2012). The draws are OpenDP's, exact and from the system's source of randomness; the extra
``interurban[dp]`` installs it, and it is imported when noise is drawn.

With sensitivity D (how far one person can move the answer) and budget rho, in zero-concentrated
differential privacy (Bun and Steinke 2016):

- discrete Gaussian, sigma = D2 / sqrt(2 rho) (Canonne, Kamath and Steinke 2020, theorem 4);
- discrete Laplace, b = D1 / sqrt(2 rho), as an eps-private answer costs rho = eps^2 / 2.

Budgets of answers add up.
"""

from __future__ import annotations

import math
from typing import Literal as OneOf
from typing import cast

import numpy as np

from interurban.core.errors import ConfigurationError, InvalidInput

__all__ = ["Mechanism", "band", "epsilon", "noisy", "scale_for"]

Mechanism = OneOf["gaussian", "laplace"]

_WIDEST = 1e12


def scale_for(rho: float, sensitivity: int, mechanism: Mechanism) -> float:
    """Scale of the noise: sigma or b, in units of the answer.

    Parameters
    ----------
    rho: what the answer may cost, above 0.
    sensitivity: by how much one person moves the answers together, at most.

    Raises
    ------
    InvalidInput: a budget or sensitivity that is not above 0, or noise beyond all use.
    """
    if not (math.isfinite(rho) and rho > 0):
        raise InvalidInput("An answer costs a rho above 0.", advice="Try 0.1.", part="rho")
    if sensitivity < 1 or mechanism not in ("gaussian", "laplace"):
        raise InvalidInput("One person moves an answer by at least 1.", part="sensitivity")
    # A billionth more than the formula, so that rounding never makes it cost more than it says.
    scale = sensitivity / math.sqrt(2 * rho) * (1 + 1e-9)
    if scale > _WIDEST:
        raise InvalidInput("The noise would drown any answer.", advice="Allow a larger rho.")
    return scale


def noisy(numbers: list[int], scale: float, mechanism: Mechanism) -> list[int]:
    """Each number with noise of its own.

    Raises
    ------
    ConfigurationError: OpenDP is not installed.
    """
    try:
        import opendp.prelude as dp
    except ImportError as error:
        raise ConfigurationError(
            "Differential privacy needs OpenDP, which is not installed.",
            advice="Install it: pip install 'interurban[dp]'.",
        ) from error
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64"))
    if mechanism == "gaussian":
        measure = dp.m.make_gaussian(
            space, dp.l2_distance(T="f64"), scale, MO="ZeroConcentratedDivergence"
        )
    else:
        measure = dp.m.make_laplace(space, dp.l1_distance(T="i64"), scale)
    return cast("list[int]", measure(numbers)) if numbers else []


def band(scale: float, mechanism: Mechanism, level: float = 0.95) -> int:
    """The least k for which noise lies within k of nothing with at least this probability."""
    if not 0 < level < 1:
        raise InvalidInput("A band holds a share between 0 and 1.", part="level")
    if mechanism == "laplace":
        # P(|N| > k) = 2 q^(k + 1) / (1 + q), with q = exp(-1/b).
        outside = (1 - level) * (1 + math.exp(-1 / scale)) / 2
        return max(0, math.ceil(-math.log(outside) * scale - 1 - 1e-12))
    if scale > 10_000:
        from statistics import NormalDist

        return math.ceil(NormalDist().inv_cdf((1 + level) / 2) * scale)
    steps = np.arange(0, math.ceil(12 * scale) + 2, dtype=np.float64)
    weight = np.exp(-(steps**2) / (2 * scale**2))
    weight[1:] *= 2
    inside = np.cumsum(weight) / weight.sum()
    return int(np.searchsorted(inside, level))


def epsilon(rho: float, delta: float = 1e-6) -> float:
    """The (eps, delta) that so much rho amounts to: ``rho + 2 sqrt(rho ln(1/delta))``.

    Source: Bun and Steinke 2016, proposition 1.3.
    """
    return rho + 2 * math.sqrt(rho * math.log(1 / delta))
