"""Damped multiplicative trend: exponential smoothing of level and growth, growth fading out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "Smoothed", "ahead", "bootstrap", "smooth"]

Floats = npt.NDArray[np.float64]

_LEAST = 0.5
"""What a count of nothing is taken as, so that its ratio to the next year is a number."""


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """Series after the last year seen.

    Parameters
    ----------
    level: by series; ``l`` of the last year.
    growth: by series; ``b`` of the last year, a factor a year.
    residuals: series x (years - 1); ``(y - f) / f`` of every one-step forecast ``f``.
    """

    level: Floats
    growth: Floats
    residuals: Floats
    alpha: float
    beta: float
    phi: float


def smooth(series: Floats, alpha: float = 0.8, beta: float = 0.5, phi: float = 0.85) -> Smoothed:
    """Smooth series by ETS(M, Md, N).

    With ``f = l b^phi`` and ``e = (y - f) / f``: ``l' = f (1 + alpha e)``,
    ``b' = b^phi (1 + beta e)``. The level begins at the first year, without growth.

    Parameters
    ----------
    series: series x year, at least one year; 0 is taken as half of one.
    alpha, beta: smoothing of level and growth, 0 to 1.
    phi: damping, 0 to 1: how much of the growth is left a year later.

    Source: Hyndman, Koehler, Ord and Snyder (2008), Forecasting with Exponential Smoothing, table
    2.3; as in the GLA's sub-regional pupil projections (phi 0.85).
    """
    seen = np.maximum(series, _LEAST)
    level, growth = seen[:, 0].copy(), np.ones(len(seen))
    residuals = np.empty((len(seen), seen.shape[1] - 1))
    for year in range(1, seen.shape[1]):
        level, growth, residuals[:, year - 1] = _step(
            seen[:, year], level, growth, (alpha, beta, phi)
        )
    return Smoothed(level, growth, residuals, alpha, beta, phi)


def _step(
    seen: Floats, level: Floats, growth: Floats, weights: tuple[float, float, float]
) -> tuple[Floats, Floats, Floats]:
    alpha, beta, phi = weights
    forecast = level * growth**phi
    error = (seen - forecast) / forecast
    # Twice the growth or half of it in a year is the opening or closing of something, no trend.
    grown = np.clip(growth**phi * (1.0 + beta * error), 0.5, 2.0)
    return forecast * (1.0 + alpha * error), grown, error


def ahead(smoothed: Smoothed, years: int) -> Floats:
    """Forecasts 1 to ``years`` ahead, ``l b^(phi + ... + phi^h)``; series x year."""
    exponent = np.cumsum(smoothed.phi ** np.arange(1, years + 1))
    out: Floats = smoothed.level[:, None] * smoothed.growth[:, None] ** exponent
    return out


def bootstrap(smoothed: Smoothed, years: int, draws: int, random: np.random.Generator) -> Floats:
    """Futures that meet past one-step errors again, resampled; series x year x draw.

    A draw meets the errors of the same past year in every series, so sums keep their correlation.
    """
    series, past = smoothed.residuals.shape
    out = np.empty((series, years, draws))
    if not past:
        return np.asarray(np.repeat(ahead(smoothed, years)[:, :, None], draws, axis=2))
    level = np.repeat(smoothed.level[:, None], draws, axis=1)
    growth = np.repeat(smoothed.growth[:, None], draws, axis=1)
    met = random.integers(past, size=(years, draws))
    for year in range(years):
        forecast = level * growth**smoothed.phi
        out[:, year] = np.maximum(forecast * (1.0 + smoothed.residuals[:, met[year]]), _LEAST)
        level, growth, _ = _step(
            out[:, year], level, growth, (smoothed.alpha, smoothed.beta, smoothed.phi)
        )
    return out
