"""Which schools are most like one: nearest in what they are given, not in what they achieve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.subjects import Booleans, Floats, Indices

__all__ = ["METHOD", "Similar", "listed", "most_similar"]

METHOD = (
    "Similar schools are the open schools of the same stages, likewise paid for by the public or "
    "by parents, whose {features} are nearest: the root of the mean squared difference, each in "
    "standard deviations among those schools. Results are not among what is compared."
)
"""What a person is told; ``{features}`` is the list of what is compared."""

_SHARED = 0.5
"""Two schools can be compared when both state at least so much of what one of them states."""


@dataclass(frozen=True, eq=False)
class Similar:
    """The schools most like one, the nearest first.

    Parameters
    ----------
    places: of the schools.
    distances: of each, in standard deviations.
    features: which columns could be compared at all.
    """

    places: Indices
    distances: Floats
    features: Booleans


def most_similar(features: Floats, at: int, among: Booleans, count: int) -> Similar:
    """The schools nearest to one.

    d(i, j) = sqrt(mean over shared features k of ((x[i,k] - x[j,k]) / s[k])^2), s[k] the standard
    deviation among the schools compared: Euclidean distance in standardised features, as in the
    Families of Schools of the Education Endowment Foundation (England), with Gower's (1971) way
    of leaving out what one of the two does not state. A feature that is the same everywhere tells
    nothing and is left out.

    Parameters
    ----------
    features: (n, k), NaN where not stated; sizes on a log scale.
    at: place of the school.
    among: (n,), which schools may be similar; the school itself never is.
    count: how many to give at most.
    """
    others = among.copy()
    others[at] = False
    places = np.flatnonzero(others)
    crowd = features[np.append(places, at)]
    known = ~np.isnan(crowd)
    counts = known.sum(axis=0)
    middle = np.where(counts > 0, np.nansum(crowd, axis=0) / np.maximum(counts, 1), 0.0)
    spread = np.sqrt(np.nansum((crowd - middle) ** 2, axis=0) / np.maximum(counts, 1))
    used = (counts > 1) & (spread > 0) & ~np.isnan(features[at])
    if not used.any() or not len(places):
        return Similar(places[:0], np.zeros(0), used)
    gaps = (features[places][:, used] - features[at, used]) / spread[used]
    shared = ~np.isnan(gaps)
    enough = shared.mean(axis=1) >= _SHARED
    with np.errstate(invalid="ignore"):
        far = np.sqrt(np.nansum(gaps**2, axis=1) / shared.sum(axis=1))
    places, far = places[enough], far[enough]
    order = np.lexsort((places, far))[:count]
    return Similar(places[order], far[order], used)


def listed(words: Sequence[str]) -> str:
    """Words as a person lists them: ``one, two and three``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
