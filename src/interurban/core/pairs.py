"""What may be told of counts of pairs, and who decides it: the word between release and policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["HiddenPairs", "HidePairs"]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class HiddenPairs:
    """What may be told of each pair. Nobody who is shown it is told which were hidden first.

    Parameters
    ----------
    hidden: (pairs,), the number is not told; never of a pair that is withheld.
    withheld: (pairs,), not even that there is such a pair: its column has no rows.
    low, high: (pairs,), what follows for a hidden number from one shown sum after the other, so
        never closer than anybody can work it out. ``high`` may be infinite.
    row_totals_hidden: (rows,), the total is not told either.
    """

    hidden: _Mask
    withheld: _Mask
    low: _Floats
    high: _Floats
    row_totals_hidden: _Mask


HidePairs = Callable[[_Ints, _Ints, _Floats, _Floats, _Floats, int], HiddenPairs]
"""Row and column of each pair, its count, the totals of rows and of columns, and below what a count
is small; the numbers and shapes of ``policy.disclosure.hide_pairs``."""
