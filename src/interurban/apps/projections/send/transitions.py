"""Moves of children between states, coded for arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from interurban.core.errors import BadRequest

from .states import ACADEMIC_YEARS, NONSEND, OUTSIDE, Array, Flags, Numbers, StateSpace

__all__ = ["Transitions", "encode", "population_after"]


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """Moves, each in one place of every array.

    Parameters
    ----------
    year: calendar year of the move.
    from_year, to_year: academic year before and after, as places on ``ACADEMIC_YEARS``.
    from_need, from_setting, to_need, to_setting: places in the state space, ``OUTSIDE`` for none.
    weight: children; 1 unless a scenario changes it.
    """

    year: Numbers
    from_year: Numbers
    from_need: Numbers
    from_setting: Numbers
    to_year: Numbers
    to_need: Numbers
    to_setting: Numbers
    weight: Array

    def __len__(self) -> int:
        return len(self.year)

    def where(self, kept: Flags) -> Transitions:
        """Those that are flagged."""
        return Transitions(*(getattr(self, name)[kept] for name in self.__slots__))

    def weighted(self, weight: Array) -> Transitions:
        """The same moves of other numbers of children."""
        return replace(self, weight=weight)

    @property
    def joins(self) -> Flags:
        """From outside into the system."""
        which: Flags = (self.from_setting == OUTSIDE) & (self.to_setting != OUTSIDE)
        return which

    @property
    def leaves(self) -> Flags:
        """From the system to outside."""
        which: Flags = (self.from_setting != OUTSIDE) & (self.to_setting == OUTSIDE)
        return which

    @property
    def stays(self) -> Flags:
        """In the system before and after."""
        which: Flags = (self.from_setting != OUTSIDE) & (self.to_setting != OUTSIDE)
        return which

    @property
    def moves(self) -> Flags:
        """In the system before and after, in another setting."""
        which: Flags = self.stays & (self.from_setting != self.to_setting)
        return which

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years with a move, in order."""
        return tuple(int(year) for year in np.unique(self.year))


def encode(
    space: StateSpace,
    year: Sequence[int],
    from_state: tuple[Sequence[str], Sequence[str], Sequence[int]],
    to_state: tuple[Sequence[str], Sequence[str], Sequence[int]],
) -> Transitions:
    """Moves as they stand in a table.

    A move with ``NONSEND`` as only one of need and setting counts as outside; ``checks`` says so.

    Parameters
    ----------
    year: calendar years.
    from_state, to_state: settings, needs and academic years, before and after.

    Raises
    ------
    BadRequest: a code that the state space does not have, or an academic year outside its range.
    """
    from_year, from_need, from_setting = _coded(space, *from_state)
    to_year, to_need, to_setting = _coded(space, *to_state)
    return Transitions(
        year=np.asarray(year, dtype=np.int64),
        from_year=from_year,
        from_need=from_need,
        from_setting=from_setting,
        to_year=to_year,
        to_need=to_need,
        to_setting=to_setting,
        weight=np.ones(len(year)),
    )


def population_after(space: StateSpace, transitions: Transitions) -> tuple[int, Numbers]:
    """The children in every state after the last calendar year's moves.

    Returns
    -------
    The seed year (last calendar year + 1), and children by state (flat, whole numbers).

    Raises
    ------
    BadRequest: there is no move.
    """
    if not len(transitions):
        raise BadRequest(
            "There are no transitions to start from.",
            advice="Give the moves of at least one calendar year.",
            part="transitions",
        )
    last = transitions.years[-1]
    here = transitions.where((transitions.year == last) & (transitions.to_setting != OUTSIDE))
    state = np.ravel_multi_index((here.to_year, here.to_need, here.to_setting), space.shape)
    return last + 1, np.bincount(state, minlength=space.size).astype(np.int64)


def _codes(column: Sequence[str], known: tuple[str, ...], what: str) -> Numbers:
    places = {code: at for at, code in enumerate(known)} | {NONSEND: OUTSIDE}
    found, inverse = np.unique(np.asarray(column, dtype=str), return_inverse=True)
    unknown = [str(code) for code in found if code not in places]
    if unknown:
        raise BadRequest(
            f"Unknown {what} in the transitions: {', '.join(repr(code) for code in unknown[:5])}.",
            advice=f"Known are {', '.join(known)}, and {NONSEND} for outside.",
            part="transitions",
        )
    return np.array([places[str(code)] for code in found], dtype=np.int64)[inverse]


def _coded(
    space: StateSpace,
    settings: Sequence[str],
    needs: Sequence[str],
    academic_years: Sequence[int],
) -> tuple[Numbers, Numbers, Numbers]:
    """Academic years, needs and settings of one side of the moves, as places."""
    at = np.asarray(academic_years, dtype=np.int64) - ACADEMIC_YEARS[0]
    if len(at) and (at.min() < 0 or at.max() >= len(ACADEMIC_YEARS)):
        raise BadRequest(
            f"Academic years of the transitions lie outside {ACADEMIC_YEARS[0]} to "
            f"{ACADEMIC_YEARS[-1]}.",
            advice="Check the two columns of academic years.",
            part="transitions",
        )
    need = _codes(needs, space.needs, "need")
    setting = _codes(settings, space.settings, "setting")
    outside = (need == OUTSIDE) | (setting == OUTSIDE)
    return at, np.where(outside, OUTSIDE, need), np.where(outside, OUTSIDE, setting)
