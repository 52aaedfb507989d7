"""Rolls of the past: pupils by school, year group and year, and since when a school is itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from interurban.core.errors import InvalidInput

from .trend import Floats

__all__ = ["Flags", "Indices", "Rolls", "last_group", "running", "usual_ends"]

Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

_USUAL = 0.1
"""Share of the schools whose last year group makes it the end of a phase."""


@dataclass(frozen=True, slots=True, eq=False)
class Rolls:
    """Pupils on roll.

    Parameters
    ----------
    schools: ids, in the order of the first axis; ``names`` and ``areas`` (planning areas) likewise.
    year_groups: without a gap, the first being the one that children enter school at.
    years: in which school years begin, without a gap.
    pupils: school x year group x year; 0 where a school has none, or was not there.
    """

    schools: tuple[str, ...]
    names: tuple[str, ...]
    areas: tuple[str, ...]
    year_groups: tuple[int, ...]
    years: tuple[int, ...]
    pupils: Floats

    def until(self, year: int) -> Rolls:
        """As they were known in a year: nothing of the later ones."""
        kept = self.years.index(year) + 1
        return replace(self, years=self.years[:kept], pupils=self.pupils[:, :, :kept])

    @property
    def totals(self) -> Floats:
        """Pupils by school and year."""
        return np.asarray(self.pupils.sum(axis=1))

    def places_of_areas(self) -> tuple[tuple[str, ...], Indices]:
        """Planning areas in alphabetical order, and which of them each school lies in."""
        names = tuple(sorted(set(self.areas)))
        at = {name: place for place, name in enumerate(names)}
        return names, np.array([at[area] for area in self.areas], dtype=np.int64)

    def check(self) -> None:
        """Refuse what no projection can begin with.

        Raises
        ------
        InvalidInput: fewer than two years, no school open in the last one, or less than nobody.
        """
        if len(self.years) < 2:
            raise InvalidInput(
                "Rolls of one year only: nothing can be learnt about how pupils move up.",
                advice="Give at least two school years, better five.",
                part="school_rolls",
            )
        if not (self.pupils[:, :, -1] > 0).any():
            raise InvalidInput(
                f"No school has a pupil in {self.years[-1]}, the last year.",
                part="school_rolls",
            )
        if (self.pupils < 0).any() or not np.isfinite(self.pupils).all():
            raise InvalidInput("A roll is below 0 or no number.", part="school_rolls")


def running(pupils: Floats) -> Flags:
    """In which years each school already was the one of the last year; school x year.

    A year without pupils ends the past of a school: an id that comes back is another school. So is
    one whose year groups have none in common with those of a year before, moved up or not: the id
    was given to another school.

    Parameters
    ----------
    pupils: school x year group x year.
    """
    taught: Flags = pupils > 0
    there: Flags = np.asarray(taught.any(axis=1))
    same = np.ones_like(there)
    moved = np.zeros_like(taught)
    moved[:, 1:] = taught[:, :-1]
    common = taught[:, :, 1:] & (taught | moved)[:, :, :-1]
    same[:, :-1] = common.any(axis=1)
    unbroken = there & np.concatenate([same[:, :-1], there[:, -1:]], axis=1)
    return np.asarray(np.cumprod(unbroken[:, ::-1], axis=1)[:, ::-1] > 0)


def usual_ends(taught: Flags) -> tuple[int, ...]:
    """Places of the year groups that phases usually end with: the last of a tenth of the schools.

    Parameters
    ----------
    taught: school x year group, of the last year.
    """
    last = last_group(taught)
    last = last[last >= 0]
    if not last.size:
        return (taught.shape[1] - 1,)
    share = np.bincount(last, minlength=taught.shape[1]) / last.size
    found = {int(at) for at in np.flatnonzero(share >= _USUAL)}
    return tuple(sorted(found | {int(last.max())}))


def last_group(taught: Flags) -> Indices:
    """Place of the last year group of each school; -1 of a school without pupils."""
    return np.asarray(np.where(taught, np.arange(taught.shape[1]), -1).max(axis=1))
