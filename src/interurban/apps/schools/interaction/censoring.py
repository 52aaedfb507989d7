"""Numbers that are not told: what a count is when all that is known of it is that it is small.

A count is Poisson round its expectation, and expectations of one kind of pair scatter as a gamma
distribution, so that the count is negative binomial with mean mu and size r (variance
mu + mu^2 / r; Poisson as r goes to infinity). Its probabilities are

    P(T = k) = (1 + mu / r)^-r  c_k  x^k,   x = mu / (1 + mu / r),   c_k = G(k + r) / (k! G(r) r^k)

with G the gamma function, so that everything about a hidden count is a ratio of two short
polynomials in x.

Source: Greenwood & Yule (1920); for counts known to lie between bounds, Terza (1985), A Tobit-type
estimator for the censored Poisson regression model, Economics Letters 18.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .pairs import Matrix

__all__ = ["POISSON", "between", "expected_below", "expected_shown", "posterior"]

F = TypeVar("F", np.float32, np.float64)

POISSON = math.inf
"""The size of a negative binomial distribution that is a Poisson distribution."""

_MOST_NUMBERS = 4_000_000
"""Probabilities that are worked out together: 32 MB."""


def expected_below(mu: NDArray[F], below: int, size: float = POISSON) -> NDArray[F]:
    """E[T | T < below]: what a pair has whose number is not shown; the shape of ``mu``."""
    if below <= 1:
        return np.zeros_like(mu)
    x = _x(mu, size)
    upper, lower = _polynomials(x, below, size)
    return np.asarray(upper / lower, dtype=mu.dtype)


def expected_shown(mu: Matrix, below: int, size: float = POISSON) -> Matrix:
    """E[T; T >= below]: what of an expectation would be shown; the shape of ``mu``."""
    if below <= 1:
        return mu
    upper, _ = _polynomials(_x(mu, size), below, size)
    log_none = -mu if math.isinf(size) else -size * np.log1p(mu / np.float32(size))
    return np.asarray(np.maximum(mu - np.exp(log_none) * upper, 0.0), dtype=mu.dtype)


def between(
    mu: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64],
    size: float = POISSON,
) -> NDArray[np.float64]:  # fmt: skip
    """E[T | low <= T <= high], whole numbers, each pair with bounds of its own; shape (h,)."""
    found = np.zeros(len(mu))
    for some in _of_like_width(high - low):
        found[some] = _between(mu[some], low[some], high[some], size)
    return found


def _of_like_width(width: NDArray[np.float64]) -> Iterator[NDArray[np.intp]]:
    """Places of bounds by how wide they are, no more at a time than there is memory for."""
    doubled = np.log2(width + 1).astype(np.int64)
    for times in np.unique(doubled).tolist():
        places = np.flatnonzero(doubled == times)
        parts = -(-len(places) * 2 ** (times + 1) // _MOST_NUMBERS)
        yield from np.array_split(places, parts)


def _between(
    mu: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], size: float
) -> NDArray[np.float64]:
    """As ``between``, of all pairs at once."""
    first, last = math.floor(low.min()), math.ceil(high.max())
    begin = np.floor(low).astype(np.int64)
    number = np.minimum(begin[:, None] + np.arange(math.ceil((high - begin).max()) + 1), last)
    log_c, k = _log_coefficients(first, last, size)[number - first], number.astype(np.float64)
    log_p = log_c + np.log(np.maximum(_x(mu, size), 1e-12))[:, None] * k
    repeated = begin[:, None] + np.arange(number.shape[1]) > last
    log_p[(k < low[:, None]) | (k > high[:, None]) | repeated] = -np.inf
    p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    return np.asarray((p * k).sum(axis=1) / p.sum(axis=1))


def posterior(mu: Matrix, pupils: Matrix, size: float) -> Matrix:
    """E[expectation | count] = mu (T + r) / (mu + r): what the model says, mended by what is seen.

    Where a school draws more of an area's pupils than its distance would have it, it goes on to.

    Source: the gamma distribution is conjugate to the Poisson; Clayton & Kaldor (1987), Empirical
    Bayes estimates of age-standardized relative risks, Biometrics 43, equation 4.
    """
    if math.isinf(size):
        return mu
    r = np.float32(size)
    return np.asarray(mu * (pupils + r) / (mu + r), dtype=np.float32)


def _x(mu: NDArray[F], size: float) -> NDArray[F]:
    # As large as this, a pair is shown; its powers would leave the range of single precision.
    near = np.minimum(mu, mu.dtype.type(1e4))
    return near if math.isinf(size) else np.asarray(near / (1 + near / size), dtype=mu.dtype)


def _polynomials(x: NDArray[F], below: int, size: float) -> tuple[NDArray[F], NDArray[F]]:
    """Sums of k c_k x^k and of c_k x^k over k < below, by Horner's rule."""
    coefficients = np.exp(_log_coefficients(0, below - 1, size)).tolist()
    upper, lower = np.zeros_like(x), np.zeros_like(x)
    for k in range(below - 1, -1, -1):
        upper *= x
        lower *= x
        upper += x.dtype.type(k * coefficients[k])
        lower += x.dtype.type(coefficients[k])
    return upper, lower


def _log_coefficients(first: int, last: int, size: float) -> NDArray[np.float64]:
    """Logarithms of c_k for k from first to last."""
    if math.isinf(size):
        return np.array([-math.lgamma(k + 1) for k in range(first, last + 1)])
    fixed, log_size = math.lgamma(size), math.log(size)
    return np.array(
        [
            math.lgamma(k + size) - math.lgamma(k + 1) - fixed - k * log_size
            for k in range(first, last + 1)
        ]
    )
