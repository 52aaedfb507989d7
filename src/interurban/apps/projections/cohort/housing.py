"""Population led by housing: how many people an area's homes hold (average household size).

Average household size (AHS) is people in private households per household.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .axes import Floats, safe_divide

__all__ = ["HouseholdSizeRule", "HousingLed", "household_size", "led_by_housing"]

HouseholdSizeRule = Literal["trend", "external", "capped", "floating"]


@dataclass(frozen=True, slots=True, eq=False)
class HousingLed:
    """A population that fits its homes.

    Parameters
    ----------
    population: people, ``area x sex x age``.
    domestic_in, domestic_out: people, of the same shape, after the change.
    target: people that the homes hold, communal establishments with them, ``area``.
    """

    population: Floats
    domestic_in: Floats
    domestic_out: Floats
    target: Floats


def household_size(
    rule: HouseholdSizeRule,
    trend: Floats,
    external: Floats,
    *,
    observed: bool = False,
    cap: Floats | None = None,
    mix: float = 0.0,
) -> Floats:
    """The average household size of a year, by one of four rules.

    - While homes are ``observed`` (to the last year of housing statistics): ``trend``; where there
      is a cap, ``min(trend, cap)``.
    - ``trend``, no cap: ``max(trend, external)``.
    - ``capped``: the cap where it is below the trend or below the external size; else
      ``max(trend, external)``.
    - ``external``: the external size (Witan's DCLG variant).
    - ``floating``: ``external + mix (trend - external)``.

    Parameters
    ----------
    trend: household population of the trend projection over households, people per household.
    external: of the official household projection, of the same shape.
    cap: people per household, usually the trend's in a cap year; needed by ``capped``.
    mix: 0 (external) to 1 (trend).

    Raises
    ------
    ValueError: ``capped`` without a cap, or a mix outside 0 to 1.

    Source: GLA housing-led borough model to 2019-based, AHS choice.
    """
    if rule == "capped" and cap is None:
        raise ValueError("the capped rule needs a cap")
    if not 0.0 <= mix <= 1.0:
        raise ValueError(f"a mix of {mix} is not between 0 and 1")
    if observed:
        return trend if cap is None else np.minimum(trend, cap)
    if rule == "external":
        return external
    if rule == "floating":
        return np.asarray(external + mix * (trend - external))
    largest = np.maximum(trend, external)
    if rule == "trend" or cap is None:
        return largest
    return np.where((cap < trend) | (cap < external), cap, largest)


def led_by_housing(
    population: Floats,
    domestic_in: Floats,
    domestic_out: Floats,
    households: Floats,
    size: Floats,
    communal: Floats,
    *,
    keep_total: bool = False,
) -> HousingLed:
    """A trend population moved to what the homes hold.

    ``target = households AHS + communal``; what is wanting is added to the domestic arrivals, what
    is too many to the departures, in proportion to them by age and sex.

    Parameters
    ----------
    population: the trend's people, ``area x sex x age``.
    domestic_in, domestic_out: the trend's flows, people, of the same shape.
    households: ``area``.
    size: people per household, ``area``.
    communal: people in communal establishments, ``area``.
    keep_total: scale the targets so that the areas together keep their people (one housing market).

    Source: GLA housing-led borough model to 2019-based.
    """
    people = population.sum(axis=(1, 2))
    target = households * size + communal
    if keep_total:
        target = target * (people.sum() / target.sum())
    change = target - people

    def spread(flow: Floats, more: Floats) -> Floats:
        share = safe_divide(flow, flow.sum(axis=(1, 2), keepdims=True))
        return np.asarray(flow + share * more[:, np.newaxis, np.newaxis])

    into = spread(domestic_in, np.maximum(change, 0.0))
    out = spread(domestic_out, np.maximum(-change, 0.0))
    led = population + (into - domestic_in) - (out - domestic_out)
    return HousingLed(led, into, out, target)
