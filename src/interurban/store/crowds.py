"""Cells with a crowd in each: a quadtree in which no place tells of fewer than k rows.

A cell is divided into quarters. Those with k rows or more are looked at again. Those with fewer
stay with one another at the middle of the cell where they are k or more together; otherwise the
cell is not divided, or, where they are only a few of many, they lose their place. Whatever lost its
place is made k rows as well. (k-anonymous cells: Gruteser and Grunwald, "Anonymous usage of
location-based services", 2003, with a rule for what is left over.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NOWHERE", "Crowds", "crowded_cells"]

NOWHERE = 0
"""The level of rows that have no place: the whole world is none."""

_FINEST = 22
"""Level of the smallest cells: squares of about 10 m on the equator."""

_FEW = 0.02
"""Share of the rows of a cell that may lose their place, for the others to be told better."""


@dataclass(frozen=True, slots=True)
class Crowds:
    """Ranges of keys in order, which hold every row that has a place.

    Parameters
    ----------
    first: (ranges,) Morton key where a range begins.
    level: (ranges,) the row's place is the middle of its cell of the 2**level grid.
    rows: (ranges,) how many there are.
    """

    first: npt.NDArray[np.uint64]
    level: npt.NDArray[np.int8]
    rows: npt.NDArray[np.int64]


def crowded_cells(keys: npt.NDArray[np.uint64], at_least: int) -> Crowds:
    """Cells of rows, so that none tells of fewer than ``at_least``.

    Parameters
    ----------
    keys: (rows,) Morton keys of the rows with a place, sorted.
    """
    if len(keys) < at_least:
        return _crowds([(keys[:1], NOWHERE, np.full(len(keys[:1]), len(keys)))])
    found: list[tuple[npt.NDArray[np.uint64], int, npt.NDArray[np.int64]]] = []
    # Rows of the cells that may be divided, and where each such cell begins among them.
    rows, starts = keys, np.zeros(1, np.intp)
    for level in range(_FINEST):
        if not len(starts):
            break
        quarter = rows >> np.uint64(64 - 2 * (level + 1))
        begins = np.flatnonzero(np.r_[True, quarter[1:] != quarter[:-1]])
        sizes = np.diff(np.r_[begins, len(rows)])
        cells = np.searchsorted(begins, starts)  # a cell begins where its first quarter does
        small = sizes < at_least
        left = np.add.reduceat(np.where(small, sizes, 0), cells)
        whole = np.diff(np.r_[starts, len(rows)])
        whole_stays = (left > 0) & (left < at_least) & (left > _FEW * whole)
        of_quarter = np.repeat(np.arange(len(starts)), np.diff(np.r_[cells, len(begins)]))
        stays = whole_stays[of_quarter] | (small & (left[of_quarter] >= at_least))
        lost = small & ~stays
        for chosen, at in ((stays, level), (lost, NOWHERE)):
            found.append((rows[begins[chosen]], at, sizes[chosen]))
        again = ~(stays | lost)
        rows = rows[np.repeat(again, sizes)]
        starts = np.r_[0, np.cumsum(sizes[again])][: np.count_nonzero(again)].astype(np.intp)
    if len(starts):
        found.append((rows[starts], _FINEST, np.diff(np.r_[starts, len(rows)])))
    return _with_company(_crowds(found), at_least)


def _crowds(found: list[tuple[npt.NDArray[np.uint64], int, npt.NDArray[np.int64]]]) -> Crowds:
    first = np.concatenate([first for first, _, _ in found])
    level = np.concatenate([np.full(len(first), level, np.int8) for first, level, _ in found])
    rows = np.concatenate([rows for _, _, rows in found]).astype(np.int64)
    order = np.argsort(first, kind="stable")
    return Crowds(first[order], level[order], rows[order])


def _with_company(crowds: Crowds, at_least: int) -> Crowds:
    """Rows without a place are as many as any crowd: the smallest ones join them."""
    lost = int(crowds.rows[crowds.level == NOWHERE].sum())
    if not 0 < lost < at_least:
        return crowds
    shift = (64 - 2 * crowds.level.astype(np.int64)).clip(0, 63).astype(np.uint64)
    cell = np.stack([crowds.level.astype(np.uint64), crowds.first >> shift])
    _, of = np.unique(cell, axis=1, return_inverse=True)
    people = np.bincount(of.ravel(), weights=crowds.rows)
    people[of.ravel()[crowds.level == NOWHERE]] = np.inf
    order = np.argsort(people, kind="stable")
    needed = np.searchsorted(np.cumsum(people[order]), at_least - lost) + 1
    level = crowds.level.copy()
    level[np.isin(of.ravel(), order[:needed])] = NOWHERE
    return Crowds(crowds.first, level, crowds.rows)
