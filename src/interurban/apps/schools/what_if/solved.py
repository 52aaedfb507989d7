"""What a change is solved from, and what it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from interurban.apps.schools.interaction.pairs import Matrix
from interurban.apps.schools.subjects import Floats, Indices

from .before import Before

__all__ = ["After", "Opened", "Place"]


@dataclass(frozen=True, eq=False)
class Place:
    """Where things asked about lie, worked out by whoever knows maps.

    Parameters
    ----------
    metres: (2,), in the working CRS. area: row of the area of a point; ``None`` outside all.
    district: code of it.
    zoned: (n,), shares of the areas that lie in a drawn zone.
    """

    metres: Floats | None = None
    area: int | None = None
    district: str = ""
    zoned: Floats | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A school that opens: its column after the change."""

    column: int
    name: str
    lon: float
    lat: float
    places: float


@dataclass(frozen=True, eq=False)
class After:
    """What a change leads to; k schools more than before.

    Parameters
    ----------
    rows: (r,), the areas that were solved, as places among those of ``before``; of the others
        nobody moves.
    lost, gained: (r, m + k), pupils who leave, and who come. km: (r, m + k).
    added: (n,), children of new homes. unplaced: (n,), who find no place.
    places: (m + k,).
    closed: columns that take nobody any more.
    """

    before: Before
    rows: Indices
    lost: Matrix
    gained: Matrix
    km: Matrix
    added: Floats
    unplaced: Floats
    places: Floats
    opened: tuple[Opened, ...]
    closed: tuple[int, ...]

    @cached_property
    def rolls(self) -> Floats:
        """Pupils of every school after the change; (m + k,)."""
        was = np.append(self.before.rolls, np.zeros(len(self.opened)))
        come = self.gained.sum(axis=0, dtype=np.float64) - self.lost.sum(axis=0, dtype=np.float64)
        return np.asarray(was + come)

    @cached_property
    def pupils(self) -> Matrix:
        """Pupils of every area at every school; (n, m + k)."""
        new = np.zeros((len(self.before.pupils), len(self.opened)), dtype=np.float32)
        found = np.hstack([self.before.pupils, new])
        found[self.rows] += self.gained - self.lost
        return np.asarray(np.maximum(found, 0.0), dtype=np.float32)
