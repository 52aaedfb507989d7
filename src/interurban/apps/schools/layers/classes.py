"""Classes for the colours of a map: five of one layer, three by three of two."""

from __future__ import annotations

import numpy as np

from interurban.apps.schools.subjects import Floats, Indices

__all__ = ["class_of", "quantile_breaks", "rank_correlation"]


def quantile_breaks(values: Floats, classes: int) -> Floats:
    """Inner limits of classes with as equal numbers of areas as ties allow, rising.

    A value belongs to the class whose upper limit it does not exceed. Where many areas have one
    value there are fewer classes: no class is ever empty.

    Parameters
    ----------
    values: (n,), NaN where there is none.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(0)
    at = np.arange(1, classes) / classes
    limits = np.unique(np.quantile(known, at, method="inverted_cdf"))
    return np.asarray(limits[limits < known.max()], dtype=np.float64)


def class_of(values: Floats, breaks: Floats) -> Indices:
    """Class of each value, 0 the lowest; -1 where there is none."""
    found = np.searchsorted(breaks, values, side="left").astype(np.int64)
    return np.where(np.isnan(values), -1, found)


def rank_correlation(one: Floats, other: Floats) -> float | None:
    """Spearman's rho: Pearson's correlation of ranks, ties given their mean rank.

    ``None`` where fewer than three areas have both, or one layer is the same everywhere.
    """
    both = ~np.isnan(one) & ~np.isnan(other)
    if both.sum() < 3:
        return None
    ranks = [_ranks(values[both]) for values in (one, other)]
    if any(rank.std() == 0 for rank in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Floats) -> Floats:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)
