"""Codes of areas of one vintage and of another: which they are, and numbers brought across.

A code is only as good as the outline behind it: statistics offices keep the code of an area that
did not change and give new ones to those that did, but not all do. So an area is taken to be the
same where code and outline agree; everything else is brought over by share of area, and said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from interurban.apps.schools.subjects import Floats, Indices

__all__ = ["BY_AREA", "BY_CODE", "Codes", "Outlines", "brought_over", "vintage_of"]

BY_CODE, BY_AREA = "code", "areal share"

_SAME = 0.9
"""Intersection over union of two outlines of one area: generalising moves lines by metres."""

_ENOUGH = 0.5
"""So much of an area must be covered by areas with a number."""

_TINY = 1e-9
"""Square metres: less is no ground."""


@dataclass(frozen=True, eq=False)
class Outlines:
    """The areas of one boundary dataset.

    Parameters
    ----------
    dataset: its id. title: what a person calls it.
    shapes: (n,), in the working CRS.
    square_metres: (n,).
    """

    dataset: str
    title: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    shapes: NDArray[np.object_]
    square_metres: Floats


@dataclass(frozen=True, slots=True)
class Codes:
    """Which vintage the codes of a table are of.

    Parameters
    ----------
    dataset: the boundary dataset that most are of; empty when none of any is.
    matched: codes of it.
    foreign: number of codes that are only of another dataset, by its id.
    unknown: codes of none.
    missing: areas of the dataset without a row.
    """

    dataset: str
    matched: int
    foreign: Mapping[str, int]
    unknown: tuple[str, ...]
    missing: int

    @property
    def mixed(self) -> bool:
        """Whether codes of several vintages stand in one table."""
        return bool(self.foreign)


def vintage_of(codes: Collection[str], known: Mapping[str, Collection[str]]) -> Codes:
    """The boundary dataset that codes are of, and what is not of it.

    The one with the most of them; of equals the one of which fewest areas are left without a
    row, then the first. A code that several datasets have speaks for each of them.

    Parameters
    ----------
    known: codes of each boundary dataset, in the order they are preferred in.
    """
    given = set(codes)
    sets = {dataset: set(areas) for dataset, areas in known.items()}
    ranked = sorted(sets, key=lambda d: (-len(given & sets[d]), len(sets[d] - given)))
    if not ranked or not given & sets[ranked[0]]:
        return Codes("", 0, {}, tuple(sorted(given)), 0)
    best = ranked[0]
    left, foreign = given - sets[best], {}
    for other, areas in sets.items():
        there = left & areas
        if there:
            foreign[other] = len(there)
            left -= there
    return Codes(
        best,
        len(given & sets[best]),
        foreign,
        tuple(sorted(left)),
        len(sets[best] - given),
    )


def brought_over(
    source: Outlines, values: Floats, target: Outlines, *, adds_up: bool
) -> tuple[Floats, NDArray[np.object_]]:
    """Numbers of the areas of one vintage as numbers of those of another, and how each was got.

    Where code and outline agree (intersection over union of at least 0.9) the number stands as
    it is. Else by areal weighting (Goodchild and Lam 1980): of a stock, sum over source areas s
    of x[s] A(s and t) / A(s); of a rate, sum x[s] A(s and t) / sum A(s and t) over those with a
    number. An area of which less than half is covered by areas with a number has none.

    Parameters
    ----------
    values: of the areas of ``source``; NaN where there is none.
    adds_up: whether they are a stock.

    Returns
    -------
    Values of the areas of ``target``, NaN where there is none; and ``code``, ``areal share`` or
    an empty text for each.
    """
    found = np.full(len(target.ids), np.nan)
    how = np.full(len(target.ids), "", dtype=object)
    there = {one: at for at, one in enumerate(source.ids)}
    pairs = [(there[one], at) for at, one in enumerate(target.ids) if one in there]
    if pairs:
        old, new = np.array(pairs, dtype=np.int64).T
        same = _overlap(source, old, target, new)
        union = source.square_metres[old] + target.square_metres[new] - same
        agree = (same >= _SAME * union) & ~np.isnan(values[old])
        found[new[agree]], how[new[agree]] = values[old[agree]], BY_CODE
    rest = np.flatnonzero(how == "")
    if not len(rest):
        return found, how
    tree = shapely.STRtree(source.shapes)
    at, old = tree.query(target.shapes[rest], predicate="intersects")
    new = rest[at]
    known = ~np.isnan(values[old])
    old, new = old[known], new[known]
    shared = _overlap(source, old, target, new)
    covered = np.bincount(new, shared, len(target.ids))
    # An outline without ground, as make_valid leaves of a broken one, shares none.
    weights = shared / np.maximum(source.square_metres[old], _TINY) if adds_up else shared
    sums = np.bincount(new, weights * values[old], len(target.ids))
    enough = np.maximum(_ENOUGH * target.square_metres[rest], _TINY)
    done = rest[covered[rest] >= enough]
    found[done] = sums[done] if adds_up else sums[done] / covered[done]
    how[done] = BY_AREA
    return found, how


def _overlap(source: Outlines, old: Indices, target: Outlines, new: Indices) -> Floats:
    return np.asarray(shapely.area(shapely.intersection(source.shapes[old], target.shapes[new])))
