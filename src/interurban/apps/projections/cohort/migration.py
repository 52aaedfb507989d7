"""The flows of migration of the years to come, each with its own years, rule and multiplier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.core.errors import InvalidInput

from .axes import Floats, safe_divide
from .trends import Estimate, Window, estimate, inside, least_squares

__all__ = [
    "OUT_RATE_CAP",
    "FlowRule",
    "cap_out_rates",
    "dated_transition",
    "flow_rates",
    "out_rates",
    "project_flow",
]

OUT_RATE_CAP = 0.8
"""No more than this share of the people of an age leave an area in a year (GLA trend model)."""


@dataclass(frozen=True, slots=True)
class FlowRule:
    """How one flow goes on.

    Parameters
    ----------
    window: years of the past it is estimated from.
    how: ``mean`` of the window or ``trend`` (its straight line a year on, floored at 0).
    multiplier: factor on the estimate, in all years.
    later: another window, which the flow moves to; ``None`` stays with the first.
    moves: the year up to which ``window`` holds and the year from which ``later`` does.
    """

    window: Window
    how: Estimate = "mean"
    multiplier: float = 1.0
    later: Window | None = None
    moves: tuple[int, int] = (0, 0)


def project_flow(
    seen: Floats, seen_years: Sequence[int], rule: FlowRule, years: Sequence[int], part: str
) -> Floats:
    """One flow in the years to come.

    Parameters
    ----------
    seen: people, ``area x ... x year``; numbers of people or rates.
    seen_years: the years of its last axis.
    years: the years to come.
    part: name of the window's parameter, for messages.

    Returns
    -------
    ``year x area x ...``; 1 year long where the flow is the same in all years.

    Raises
    ------
    InvalidInput: a window is not inside the data, or the transition's years are turned round.

    Source: Witan cohort-component model, step 9; GLA trend model for the dated transition.
    """
    first = estimate(seen, seen_years, rule.window, rule.how, part) * rule.multiplier
    if rule.later is None:
        return first[np.newaxis]
    later = estimate(seen, seen_years, rule.later, rule.how, part) * rule.multiplier
    return dated_transition(first, later, years, rule.moves)


def dated_transition(
    first: Floats, later: Floats, years: Sequence[int], moves: tuple[int, int]
) -> Floats:
    """What runs in a straight line from one input to another between two dates.

    Parameters
    ----------
    first, later: of one shape.
    moves: ``first`` holds up to the one year, ``later`` from the other.

    Returns
    -------
    ``year x`` the shape of the inputs.

    Raises
    ------
    InvalidInput: the two years are turned round.

    Source: GLA borough trend model (rates between two dated inputs).
    """
    start, end = moves
    if start > end:
        raise InvalidInput(
            f"The transition of migration begins in {start} and ends in {end}.",
            advice="Give the earlier year first.",
            part="transition_years",
        )
    on = np.array(years, dtype=float)
    share = np.clip((on - start) / (end - start), 0, 1) if end > start else (on >= end) * 1.0
    share = share.reshape(-1, *[1] * first.ndim)
    return np.asarray(first * (1 - share) + later * share)


def out_rates(flows: Floats, exposed: Floats) -> Floats:
    """The share of people who leave in each year, capped at 0.8.

    Parameters
    ----------
    flows: people who left, ``area x sex x age x year``.
    exposed: people aged on, with births at age 0, of the same shape.

    Source: GLA borough trend model, international out-migration as a rate.
    """
    return np.minimum(safe_divide(flows, exposed), OUT_RATE_CAP)


def flow_rates(
    flows: Floats,
    exposed: Floats,
    years: Sequence[int],
    window: Window,
    how: Estimate,
    part: str,
) -> Floats:
    """The share of an origin's people who move to each destination in a year.

    ``flow / people aged on`` in each year of a window, where a flow that is missing (NaN) counts as
    0; of these the mean, or the straight line a year on. Who moves within an area does not move.

    Parameters
    ----------
    flows: people, ``origin x destination x sex x age x year``.
    exposed: people of the origins, aged on, with births at age 0, ``origin x sex x age x year``.

    Returns
    -------
    Rates, ``origin x destination x sex x age``; not capped yet (``cap_out_rates``).

    Raises
    ------
    InvalidInput: the window is not inside the data.

    Source: GLA borough trend model, domestic flows.
    """
    at = inside(years, window, part)
    areas = np.arange(len(flows))

    def of_year(year: int) -> Floats:
        moved = np.nan_to_num(flows[..., year])
        moved[areas, areas] = 0.0
        return safe_divide(moved, exposed[:, np.newaxis, ..., year])

    if how == "trend":
        return least_squares(np.stack([of_year(y) for y in range(at.start, at.stop)], axis=-1))
    total = np.zeros(flows.shape[:-1])
    for year in range(at.start, at.stop):
        total += of_year(year)
    return np.asarray(total / (at.stop - at.start))


def cap_out_rates(rates: Floats) -> Floats:
    """Rates of ``origin x destination x ...`` whose sum over destinations is at most 0.8."""
    total = rates.sum(axis=1, keepdims=True)
    return np.asarray(rates * (OUT_RATE_CAP / np.maximum(total, OUT_RATE_CAP)))
