"""The states a child with special educational needs can be in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interurban.core.errors import BadRequest

__all__ = [
    "ACADEMIC_YEARS",
    "ACADEMIC_YEAR_GROUPS",
    "NONSEND",
    "OUTSIDE",
    "Array",
    "Flags",
    "Numbers",
    "StateRule",
    "StateSpace",
    "state_space",
]

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

ACADEMIC_YEARS = tuple(range(-5, 26))
"""National curriculum years; a child is ``academic year + 4`` years old on 31 August. 0 is
Reception."""

ACADEMIC_YEAR_GROUPS = {
    "NCY < 1": (-5, 0),
    "NCY 1-6": (1, 6),
    "NCY 7-11": (7, 11),
    "NCY 12-13": (12, 13),
    "NCY 14+": (14, 25),
}
"""The groups results are given by: first and last academic year, both in."""

NONSEND = "NONSEND"
"""Need and setting of a child outside the system, as the tables write it."""

OUTSIDE = -1
"""Its place among needs and settings."""


@dataclass(frozen=True, slots=True)
class StateRule:
    """One row of the table of valid states: a setting, and who can be there.

    Parameters
    ----------
    first, last: academic years, both in.
    targets: settings that a child may move to from here.
    """

    setting: str
    group: str
    first: int
    last: int
    needs: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StateSpace:
    """All combinations of academic year, need and setting, and which of them are valid.

    Parameters
    ----------
    needs, settings: codes, in the order of the arrays' axes.
    valid: academic year x need x setting.
    allowed: setting x setting; from the first a child may move to the second.
    """

    needs: tuple[str, ...]
    settings: tuple[str, ...]
    valid: Flags
    allowed: Flags

    @property
    def shape(self) -> tuple[int, int, int]:
        """Academic years, needs, settings."""
        return len(ACADEMIC_YEARS), len(self.needs), len(self.settings)

    @property
    def size(self) -> int:
        """How many states there are, valid or not."""
        return int(np.prod(self.shape))

    @property
    def valid_academic_years(self) -> tuple[int, ...]:
        """Academic years with a valid state."""
        return tuple(year for at, year in enumerate(ACADEMIC_YEARS) if self.valid[at].any())

    def place(self, academic_year: int) -> int:
        """Where an academic year stands on its axis."""
        return academic_year - ACADEMIC_YEARS[0]


def state_space(
    rules: Sequence[StateRule], needs: Iterable[str] = (), settings: Iterable[str] = ()
) -> StateSpace:
    """The states of these rules.

    Parameters
    ----------
    needs, settings: further codes that occur in the moves; no state with them is valid, but
        children may be in one.

    Raises
    ------
    BadRequest: no rule, a setting without academic years, or ``NONSEND`` among the codes.
    """
    if not rules:
        raise BadRequest(
            "There are no valid states.",
            advice="Give at least one setting with its academic years and needs.",
            part="states",
        )
    for rule in rules:
        if not ACADEMIC_YEARS[0] <= rule.first <= rule.last <= ACADEMIC_YEARS[-1]:
            raise BadRequest(
                f"Setting {rule.setting} has the academic years {rule.first} to {rule.last}.",
                advice=f"The first must not be after the last, and both lie in "
                f"{ACADEMIC_YEARS[0]} to {ACADEMIC_YEARS[-1]}.",
                part="states",
            )
    all_needs = tuple(sorted({n for rule in rules for n in rule.needs} | set(needs)))
    all_settings = tuple(
        sorted({s for rule in rules for s in (rule.setting, *rule.targets)} | set(settings))
    )
    if NONSEND in (*all_needs, *all_settings):
        raise BadRequest(
            f"{NONSEND} stands among the valid states.",
            advice="It means outside the system and has no row of its own.",
            part="states",
        )
    valid = np.zeros((len(ACADEMIC_YEARS), len(all_needs), len(all_settings)), dtype=bool)
    allowed = np.zeros((len(all_settings), len(all_settings)), dtype=bool)
    for rule in rules:
        setting = all_settings.index(rule.setting)
        first = rule.first - ACADEMIC_YEARS[0]
        last = rule.last - ACADEMIC_YEARS[0] + 1
        for need in rule.needs:
            valid[first:last, all_needs.index(need), setting] = True
        for target in rule.targets:
            allowed[setting, all_settings.index(target)] = True
    return StateSpace(all_needs, all_settings, valid, allowed)
