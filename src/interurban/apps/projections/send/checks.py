"""What is odd in the tables of a SEND projection, in sentences for people (checks at input)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .disclosure import amount
from .simulation import Trajectory
from .states import ACADEMIC_YEARS, NONSEND, OUTSIDE, StateSpace
from .transitions import Transitions

__all__ = ["cost_warnings", "half_outside", "input_warnings", "outcome_warnings"]

Codes = np.ndarray[tuple[int], np.dtype[np.str_]]

_SHOWN = 8


def half_outside(settings: Codes, needs: Codes, side: str) -> tuple[str, ...]:
    """Moves with ``NONSEND`` as only one of need and setting."""
    rows = int(((settings == NONSEND) != (needs == NONSEND)).sum())
    if not rows:
        return ()
    sentence = (
        f"{amount(rows)} transitions have {NONSEND} as only one of need and setting {side}; the "
        "child counts as outside."
    )
    return (sentence,)


def input_warnings(space: StateSpace, transitions: Transitions) -> tuple[str, ...]:
    """All that is odd in transitions and states."""
    return (
        *_ageing(transitions),
        *_gaps(transitions),
        *_outside_their_range(space, transitions),
    )


def cost_warnings(
    trajectory: Trajectory, costs: Mapping[tuple[str, str], float]
) -> tuple[str, ...]:
    """Needs and settings that children are in, in any future, and that have no cost."""
    space = trajectory.space
    there = trajectory.children.any(axis=(0, 2)).reshape(space.shape).any(axis=0)
    sentences = [
        f"There is no cost for need {space.needs[need]} in setting {space.settings[setting]}; "
        "children there count as 0 pounds."
        for need, setting in np.argwhere(there)
        if (space.needs[need], space.settings[setting]) not in costs
    ]
    return _first(sentences, "without a cost")


def outcome_warnings(trajectory: Trajectory) -> tuple[str, ...]:
    """Children whom the projection lost on the way, as means over the draws."""
    out = []
    for year, vanished, outgrown in zip(
        trajectory.years,
        trajectory.vanished.mean(axis=1),
        trajectory.outgrown.mean(axis=1),
        strict=True,
    ):
        if vanished > 0:
            out.append(
                f"On the way to {year}, {amount(vanished, 1)} children vanish: their state before "
                "is not among the valid states."
            )
        if outgrown > 0:
            out.append(
                f"On the way to {year}, {amount(outgrown, 1)} children are past academic year "
                f"{ACADEMIC_YEARS[-1]}."
            )
    return tuple(out)


def _ageing(transitions: Transitions) -> tuple[str, ...]:
    wrong = int((transitions.to_year != transitions.from_year + 1).sum())
    if not wrong:
        return ()
    sentence = (
        f"{amount(wrong)} transitions do not go up by one academic year: the second must be the "
        "first plus 1."
    )
    return (sentence,)


def _gaps(transitions: Transitions) -> tuple[str, ...]:
    """Academic years, within those that occur, for which some kind of move was never seen."""
    if not len(transitions):
        return ()
    first = int(min(transitions.from_year.min(), transitions.to_year.min()))
    last = int(max(transitions.from_year.max(), transitions.to_year.max()))
    before, after = set(range(first, last)), set(range(first + 1, last + 1))
    kinds = (
        ("joiners to", after, transitions.to_year, transitions.joins),
        ("leavers from", before, transitions.from_year, transitions.leaves),
        ("movers from", before, transitions.from_year, transitions.moves),
        ("transitions to", after, transitions.to_year, np.ones(len(transitions), dtype=bool)),
        ("transitions from", before, transitions.from_year, np.ones(len(transitions), dtype=bool)),
    )
    out = []
    for words, wanted, column, which in kinds:
        missing = sorted(wanted - set(column[which].tolist()))
        if missing:
            years = ", ".join(str(ACADEMIC_YEARS[at]) for at in missing)
            out.append(f"There are no {words} academic year {years}.")
    return tuple(out)


def _outside_their_range(space: StateSpace, transitions: Transitions) -> tuple[str, ...]:
    """Settings that occur at an academic year, or with a need, where they are not valid.

    The need is not said: with the setting and the academic year it could point at one child.
    """
    found: dict[int, set[int]] = {}
    for side in ("from", "to"):
        at, need, setting = (
            getattr(transitions, f"{side}_{part}") for part in ("year", "need", "setting")
        )
        wrong = (setting != OUTSIDE) & ~space.valid[at, need, setting]
        for where, which in zip(at[wrong].tolist(), setting[wrong].tolist(), strict=True):
            found.setdefault(which, set()).add(where)
    sentences = [
        f"Setting {space.settings[setting]} occurs outside its valid states, at academic year "
        f"{', '.join(str(ACADEMIC_YEARS[at]) for at in sorted(found[setting]))}."
        for setting in sorted(found)
    ]
    return _first(sentences, "settings like it")


def _first(sentences: list[str], what: str) -> tuple[str, ...]:
    more = len(sentences) - _SHOWN
    return (*sentences[:_SHOWN], *((f"And {more:,} more {what}.",) if more > 0 else ()))
