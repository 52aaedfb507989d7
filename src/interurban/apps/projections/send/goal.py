"""Finds how much a move must change for a number of children to be met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from interurban.core.errors import BadRequest

from .disclosure import amount

__all__ = ["Found", "goal_seek"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a goal seek came to.

    Parameters
    ----------
    factor: what to multiply the moves by.
    outcome: the children that gives.
    tried: every factor tried with its outcome, in order.
    """

    factor: float
    outcome: float
    tried: tuple[tuple[float, float], ...]


def goal_seek(
    outcome: Callable[[float], float],
    target: tuple[float, float],
    largest: float = 100.0,
    tries: int = 60,
) -> Found:
    """Step a factor until the outcome lies in the target range.

    The factor starts at 1, doubles or halves until the target lies between two that were tried, and
    then halves the gap. The outcome may rise or fall with the factor, but must do so throughout; a
    mean from ``expectation`` does, and makes the search exact and quick.

    Parameters
    ----------
    outcome: children for a factor.
    target: the range to meet, both ends in.
    largest: the factor beyond which the target counts as out of reach.

    Raises
    ------
    BadRequest: the range is upside down, or cannot be reached; the sentence says how far it goes.
    """
    low, high = target
    if low > high:
        raise BadRequest(
            f"The target goes from {low:g} down to {high:g}.",
            advice="Give the lower end first.",
            part="target",
        )
    tried: list[tuple[float, float]] = []

    def miss(factor: float) -> float:
        """How far above (+) or below (-) the target; 0 when it is met."""
        tried.append((factor, outcome(factor)))
        children = tried[-1][1]
        return max(children - high, 0.0) + min(children - low, 0.0)

    def found() -> Found:
        return Found(*tried[-1], tuple(tried))

    near, error = 1.0, miss(1.0)
    if not error:
        return found()
    start = error
    for path in (_steps_up(largest), _steps_down()):
        near, error = 1.0, start
        for far in path:
            beyond = miss(far)
            if not beyond:
                return found()
            if (beyond > 0) != (error > 0):
                return _halve(miss, found, (near, error), (far, beyond), tries)
            if abs(beyond) > abs(error):
                break
            near, error = far, beyond
    miss(0.0)
    reached = [children for _, children in tried]
    raise BadRequest(
        f"{low:g} to {high:g} children cannot be reached: changing these moves by 0 to {largest:g} "
        f"gives {amount(min(reached), 1)} to {amount(max(reached), 1)}.",
        advice="Choose other moves, or a target within what they give.",
        part="target",
    )


def _halve(
    miss: Callable[[float], float],
    found: Callable[[], Found],
    one: tuple[float, float],
    other: tuple[float, float],
    tries: int,
) -> Found:
    for _ in range(tries):
        middle = (one[0] + other[0]) / 2
        error = miss(middle)
        if not error:
            return found()
        if (error > 0) == (one[1] > 0):
            one = middle, error
        else:
            other = middle, error
    raise BadRequest(
        "No factor meets the target closely enough.",
        advice="Widen the target range.",
        part="target",
    )


def _steps_up(largest: float) -> list[float]:
    steps, step = [], 2.0
    while step < largest:
        steps.append(step)
        step *= 2
    return [*steps, largest]


def _steps_down() -> list[float]:
    return [0.5**power for power in range(1, 8)] + [0.0]
