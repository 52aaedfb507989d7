"""Hides numbers of children so small that they could tell of one child.

A number is hidden if it lies above 0 and below the threshold. Others are hidden with it until none
of the hidden can be worked out from those that are shown: the numbers of a year are bound by
equations (needs add up to all, states to their need), and a hidden number is safe if the equations
leave it open, and if no sum of hidden numbers that one of them gives away is itself small. What is
hidden is marked, never zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .states import Array, Flags, Numbers

__all__ = ["THRESHOLD", "Equation", "amount", "hide", "worked_out"]

THRESHOLD = 5

_CERTAIN = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Equation:
    """``whole = sum of weights * parts``, by places in the list of numbers.

    Parameters
    ----------
    parts: places of the parts.
    whole: place of what they add up to.
    weights: 1 for each part, unless they are worth different amounts.
    """

    parts: Numbers
    whole: int
    weights: Array | None = None


def amount(children: float, digits: int = 0) -> str:
    """A number of children as a sentence may say it: ``1,204``, or ``fewer than 5``."""
    if 0 < children < THRESHOLD:
        return f"fewer than {THRESHOLD}"
    return f"{children:,.{digits}f}"


def hide(
    values: Array, equations: Sequence[Equation], threshold: float = THRESHOLD
) -> tuple[Flags, Flags]:
    """Which numbers are hidden for being small, and which for being in the way.

    Parameters
    ----------
    values: numbers of children, or what they cost; the wholes of weighted equations are never
        small themselves.
    equations: all that a reader knows about how they add up.

    Returns
    -------
    Small, and hidden beside them; no number is both.
    """
    money = np.zeros(len(values), dtype=bool)
    money[[equation.whole for equation in equations if equation.weights is not None]] = True
    small = (values > 0) & (values < threshold) & ~money
    hidden = small.copy()
    if not small.any():
        return small, hidden
    while True:
        known = worked_out(hidden, equations)
        wanted = [
            pick
            for equation in equations
            if _tells(equation, hidden, known, values, threshold)
            and (pick := _smallest_shown(equation, hidden, values)) is not None
        ]
        if not wanted:
            return small, hidden & ~small
        hidden[wanted] = True


def worked_out(hidden: Flags, equations: Sequence[Equation]) -> Flags:
    """Hidden numbers that follow from those that are shown.

    A number follows exactly if its axis lies in the row space of the equations, restricted to what
    is hidden.
    """
    columns = np.nonzero(hidden)[0]
    at = np.full(len(hidden), -1)
    at[columns] = np.arange(len(columns))
    matrix = np.zeros((len(equations), len(columns)))
    for row, equation in enumerate(equations):
        weights = np.ones(len(equation.parts)) if equation.weights is None else equation.weights
        parts = at[equation.parts]
        matrix[row, parts[parts >= 0]] = weights[parts >= 0]
        if at[equation.whole] >= 0:
            matrix[row, at[equation.whole]] = -1
        matrix[row] /= max(float(np.abs(matrix[row]).max(initial=0.0)), 1e-300)
    known = np.zeros(len(hidden), dtype=bool)
    if not len(columns):
        return known
    _, size, rows = np.linalg.svd(matrix, full_matrices=False)
    rows = rows[size > _CERTAIN * max(float(size.max(initial=0.0)), 1e-300)]
    known[columns] = (rows**2).sum(axis=0) > 1 - _CERTAIN
    return known


def _tells(
    equation: Equation, hidden: Flags, known: Flags, values: Array, threshold: float
) -> bool:
    """Whether an equation gives away a hidden number, or a small sum of hidden ones."""
    parts = equation.parts[hidden[equation.parts]]
    if known[parts].any() or known[equation.whole]:
        return True
    if equation.weights is not None or hidden[equation.whole]:
        return False
    return 0 < float(values[parts].sum()) < threshold


def _smallest_shown(equation: Equation, hidden: Flags, values: Array) -> int | None:
    """The smallest part of an equation that is shown and not 0; else another part, or the whole."""
    parts = equation.parts[~hidden[equation.parts]]
    if len(parts):
        some = parts[values[parts] > 0]
        of = some if len(some) else parts
        return int(of[values[of].argmin()])
    return None if hidden[equation.whole] else equation.whole
