"""Who leaves, who stays and where to, when what schools draw changes.

With the share s_ij of the pupils of area i who choose school j, and s'_ij after a change, nobody
moves who need not: of the pupils at school j the share min(1, s'_ij / s_ij) stays, and the others
go to the schools whose share has grown, in proportion to that growth. When one school closes this
is the logit rule: its pupils choose among the other schools as their neighbours do.

Sources: Huff (1963), A probabilistic analysis of shopping center trade areas; the maximal coupling
of two distributions, Lindvall (1992), Lectures on the coupling method, theorem 5.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.interaction.balancing import Factors
from interurban.apps.schools.interaction.pairs import Matrix
from interurban.apps.schools.subjects import Floats

__all__ = ["Draw", "Moves", "Shares", "over", "scale_to", "shared_out", "stream_moves"]

_HALVINGS = 40
_TINY = 1e-30


@dataclass(frozen=True, eq=False)
class Moves:
    """What pupils of one stream do; n areas, c columns that change.

    Parameters
    ----------
    leaving: (n, c), pupils who leave. growth: (n, c), by how much the share of a school grows.
    share_leaving: (n,), the part of the pupils of every other school who leave.
    factor: (n,), by how much the share of another school grows for each unit of what it draws.
    held, others: (n,), pupils at all other schools, and what these draw.
    """

    leaving: Matrix
    growth: Matrix
    share_leaving: Floats
    factor: Floats
    held: Floats
    others: Floats


def stream_moves(
    pupils: Matrix,
    was: Matrix,
    now: Matrix,
    of: Factors,
    choice: Factors,
    *,
    held: Floats,
    others: Floats,
) -> Moves:
    """What pupils of one stream do when some columns change and all others stay as they are.

    A share is what a school draws over what all draw. With R and R' what all draw before and after
    it, the share of every column that stays is multiplied by R / R'.

    Parameters
    ----------
    pupils, was, now: (n, c), of the columns that change: pupils, and what they draw before and
        after. of, choice: (c,), of the stream. held, others: (n,), as of ``Moves``.
    """
    before, after = was * choice, now * choice
    reach = np.maximum(before.sum(axis=1, dtype=np.float64) + others, _TINY)
    reached = np.maximum(after.sum(axis=1, dtype=np.float64) + others, _TINY)
    share = before / reach[:, None]
    growth = after / reached[:, None] - share
    goes = np.divide(-growth, share, out=np.zeros_like(share), where=(share > 0) & (growth < 0))
    return Moves(
        leaving=np.asarray(pupils * of * goes, dtype=np.float32),
        growth=np.asarray(np.maximum(growth, 0.0), dtype=np.float32),
        share_leaving=np.where(others > 0, np.maximum(1.0 - reach / reached, 0.0), 0.0),
        factor=np.maximum(1.0 / reached - 1.0 / reach, 0.0),
        held=held,
        others=others,
    )


class Shares:
    """A sum of products of a number by area and a number by school, kept as these."""

    def __init__(self) -> None:
        self.each: list[Floats] = []
        self.weights: list[Factors] = []

    def add(self, each: Floats, weights: Factors) -> None:
        """Add one product: (n,) by (m,)."""
        if each.any():
            self.each.append(each)
            self.weights.append(weights)

    def of(self, shape: tuple[int, ...]) -> Matrix:
        """The sum; (n, m)."""
        if not self.each:
            return np.zeros(shape, dtype=np.float32)
        each = np.column_stack(self.each).astype(np.float32)
        return np.asarray(each @ np.stack(self.weights), dtype=np.float32)


def over(pupils: Floats, draw: Floats) -> Floats:
    """Pupils for each unit of what is drawn; 0 where nothing is."""
    return np.asarray(np.divide(pupils, draw, out=np.zeros_like(pupils), where=draw > 0))


def shared_out(pupils: Floats, weights: Matrix) -> Matrix:
    """Pupils of each area by weights; those of an area without any weight are left out."""
    total = weights.sum(axis=1)
    each = np.divide(pupils, total, out=np.zeros_like(pupils), where=total > 0)
    return np.asarray(weights * each.astype(np.float32)[:, None], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Draw:
    """One school among the others, for the pupils of one stream; all (n,) but ``weight``.

    Parameters
    ----------
    own, others: draw of the school, and of all other schools. share: of the school, before.
    pupils: of the stream in each area. staying: of these, at the school before.
    elsewhere: pupils of the stream who stay at the school in areas that are not looked at.
    """

    weight: float
    own: Floats
    others: Floats
    share: Floats
    pupils: Floats
    staying: Floats
    elsewhere: float = 0.0

    def drawn(self, scale: float) -> float:
        """Pupils of the school if its draw is multiplied by something."""
        now = self.own * scale / np.maximum(self.own * scale + self.others, 1e-30)
        ratio = np.divide(now, self.share, out=np.ones_like(now), where=self.share > 0)
        kept = self.staying * np.minimum(ratio, 1.0)
        come = np.maximum(now - self.share, 0.0) * self.pupils
        return self.elsewhere + float((kept + come).sum())


def scale_to(draws: Sequence[Draw], most: float) -> float:
    """What a school's draw is to be multiplied by so that it has no more pupils than places."""
    if sum(one.drawn(1.0) for one in draws) <= most:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = sum(one.drawn(middle) for one in draws) < most
        low, high = (middle, high) if fits else (low, middle)
    return low
