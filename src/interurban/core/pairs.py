"""What may be told of counts of pairs, and who decides it: the word between release and policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["HiddenPairs", "HidePairs", "Untold"]

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


@dataclass(frozen=True, eq=False)
class Untold:
    """What earlier versions of the same table did not tell.

    It has to stay untold: what one version hides, another would show by the way.

    Parameters
    ----------
    pairs: (pairs,). rows: (rows,), whose totals were not told. columns: (columns,), withheld.
    """

    pairs: _Mask
    rows: _Mask
    columns: _Mask


class HidePairs(Protocol):
    """Chooses what may be told, with the numbers and shapes of ``policy.disclosure.hide_pairs``."""

    def __call__(
        self,
        row: _Ints,
        column: _Ints,
        counts: _Floats,
        row_totals: _Floats,
        column_totals: _Floats,
        below: int,
        before: Untold | None = None,
        secret: int | None = None,
    ) -> HiddenPairs:
        """What may be told of counts of pairs."""
