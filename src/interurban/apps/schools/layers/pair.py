"""Two layers together: three classes of each, nine colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Floats, Indices

from .classes import class_of, quantile_breaks, rank_correlation
from .layer import Layer, layer_of, layer_on

__all__ = ["Pair", "pair_of"]

_CLASSES = 3


@dataclass(frozen=True, eq=False)
class Pair:
    """Two layers on the areas of the first.

    Parameters
    ----------
    a, b: the layers. breaks: inner limits of the classes of each.
    classes: (n, 2), 0 the lowest third; -1 of an area without both numbers.
    correlation: Spearman's rho over areas with both; ``None`` where it can't be told.
    """

    a: Layer
    b: Layer
    breaks: tuple[Floats, Floats]
    classes: Indices
    correlation: float | None

    def words(self) -> str:
        """What a person must know: how many areas are in the corners, and what that is not."""
        both = self.classes.min(axis=1) >= 0
        tops = [int(self.classes[both, side].max(initial=0)) for side in (0, 1)]
        a, b = self.a.source.title, self.b.source.title
        high = int((both & (self.classes == tops).all(axis=1)).sum())
        low = int((both & (self.classes == 0).all(axis=1)).sum())
        counted = (
            f"{int(both.sum()):,} of {len(both):,} areas have both numbers; {high:,} are in the "
            f"highest class of both {a} and {b}, {low:,} in the lowest of both."
        )
        said = [counted]
        if self.correlation is not None:
            said.append(f"The rank correlation is {self.correlation:.2f}.")
        said.append("What is found in one place together need not be cause and effect.")
        return " ".join(said)


def pair_of(atlas: Atlas, one: str, other: str) -> Pair:
    """Two layers together, each split into thirds of the areas that have both.

    Raises
    ------
    NotFound: there is no such layer, or its codes are of no boundaries that are loaded.
    """
    a = layer_of(atlas, one)
    b = layer_on(atlas, other, a.outlines.dataset)
    both = ~np.isnan(a.values) & ~np.isnan(b.values)
    breaks = quantile_breaks(a.values[both], _CLASSES), quantile_breaks(b.values[both], _CLASSES)
    classes = np.column_stack([class_of(a.values, breaks[0]), class_of(b.values, breaks[1])])
    classes[~both] = -1
    return Pair(a, b, breaks, classes, rank_correlation(a.values, b.values))
