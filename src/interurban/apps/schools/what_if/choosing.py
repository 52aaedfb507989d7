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

from interurban.apps.schools.interaction.pairs import Matrix
from interurban.apps.schools.subjects import Floats

__all__ = ["Draw", "partings", "scale_to", "shared_out"]

_HALVINGS = 40


def partings(pupils: Matrix, was: Matrix, now: Matrix) -> tuple[Matrix, Matrix]:
    """Pupils who leave each school, and by how much the share of each school grows; (n, m).

    Parameters
    ----------
    pupils: (n, m). was, now: (n, m), what schools draw, before and after a change.
    """
    share = now / np.maximum(now.sum(axis=1), np.float32(1e-30))[:, None]
    before = was / np.maximum(was.sum(axis=1), np.float32(1e-30))[:, None]
    growth = share - before
    goes = np.divide(-growth, before, out=np.zeros_like(before), where=(before > 0) & (growth < 0))
    return pupils * goes, np.maximum(growth, np.float32(0.0))


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
