"""Rounds of admissions drawn at random: how far the last child would live, and how often.

Each draw makes children (Poisson, as many as are expected), puts each somewhere in its area, lets
it list schools by the fitted preferences, and places all by deferred acceptance. A list is a
Plackett-Luce ranking (Plackett 1975), drawn as a race: school j arrives after an exponential time
with rate w_j, and the first ones to arrive are the list.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.subjects import Booleans, Floats, Indices

from .deferred_acceptance import deferred_acceptance
from .market import Market

__all__ = ["Assumed", "Rounds", "simulate"]

_PRIORITY = 0.5
"""Scores from here on are of children without a priority, by distance or by lot."""

_FURTHEST_M = 200_000.0


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is assumed, beside what the data tell.

    Parameters
    ----------
    choices: schools that a family lists.
    siblings: share of the children with a priority at the school that they like best.
    draws: rounds. seed: of the random numbers: the same seed gives the same rounds.
    """

    choices: int = 6
    siblings: float = 0.4
    draws: int = 200
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Rounds:
    """What came of the draws at s schools.

    Parameters
    ----------
    last_m: (draws, s), how far the last child lives who was taken by distance; infinite where
        nobody was turned away, 0 where all places went to children with a priority, and NaN at a
        school where other rules decide.
    children: in a draw, on average. first: share of them who got their first choice.
    unplaced: share who were taken by no school of their list.
    """

    market: Market
    assumed: Assumed
    last_m: Floats
    children: float
    first: float
    unplaced: float

    def quantiles(self, q: tuple[float, ...]) -> Floats:
        """Of the last distance, over all draws; (len(q), s). Infinite: nobody is turned away."""
        # Not interpolated: between a distance and infinity there is nothing.
        return np.asarray(np.quantile(self.last_m, q, axis=0, method="inverted_cdf"))

    def likelihood(self, metres: Floats) -> Floats:
        """Share of the draws in which a child without a priority is taken.

        Parameters
        ----------
        metres: (s,), from its home to each school.
        """
        share = (metres[None, :] <= self.last_m).mean(axis=0)
        return np.where(self.market.by_distance, share, np.nan)


def simulate(market: Market, assumed: Assumed) -> Rounds:
    """Draw rounds of admissions."""
    random = np.random.default_rng(assumed.seed)
    schools = len(market.column)
    last = np.full((assumed.draws, schools), np.nan)
    children = first = unplaced = 0
    for draw in range(assumed.draws):
        area = np.repeat(np.arange(len(market.home)), random.poisson(market.children))
        metres = _distances(market, area, random)
        choices, away = _lists(market, area, metres, assumed.choices, random)
        sibling = random.random(len(area)) < assumed.siblings
        scores = _scores(market, choices, away, sibling, random)
        taken, full = deferred_acceptance(choices, scores, market.places)
        last[draw] = _last(market, choices, away, sibling, taken, full)
        children += len(area)
        first += int((taken == 0).sum() + (choices[:, 0] < 0).sum())
        # Who ends a list with a school beyond the market is taken there.
        unplaced += int(((taken < 0) & (choices >= 0).all(axis=1)).sum())
    last[:, ~market.by_distance] = np.nan
    everybody = max(children, 1)
    return Rounds(
        market,
        assumed,
        last,
        children / max(assumed.draws, 1),
        first / everybody,
        unplaced / everybody,
    )


def _distances(market: Market, area: Indices, random: np.random.Generator) -> Floats:
    """From each child, somewhere in a circle as large as its area, to its candidates; (n, c)."""
    angle = random.random(len(area)) * (2 * np.pi)
    radius = market.radius_m[area] * np.sqrt(random.random(len(area)))
    home = market.home[area] + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    there = market.metres[market.candidates[area]]
    return np.asarray(np.hypot(there[..., 0] - home[:, :1], there[..., 1] - home[:, 1:]))


def _lists(
    market: Market, area: Indices, metres: Floats, length: int, random: np.random.Generator
) -> tuple[Indices, Floats]:
    """The schools that each child lists and how far they are; (n, length), -1 and NaN past its end.

    A list ends with the first school beyond the market: it takes everybody.
    """
    candidates = market.candidates[area]
    middle = market.home[area]
    there = market.metres[candidates]
    usual = np.hypot(there[..., 0] - middle[:, :1], there[..., 1] - middle[:, 1:])
    nearer = np.exp(market.decay[candidates] * (usual - metres) / 1_000.0)
    rates = market.weights[area]
    rates[:, :-1] *= nearer
    with np.errstate(divide="ignore"):
        arrives = random.standard_exponential(rates.shape) / rates
    length = min(length, candidates.shape[1])
    among = np.argpartition(arrives, length - 1, axis=1)[:, :length]
    order = np.take_along_axis(among, np.argsort(np.take_along_axis(arrives, among, 1), 1), 1)
    ended = np.maximum.accumulate(order == candidates.shape[1], axis=1)
    order = np.minimum(order, candidates.shape[1] - 1)
    choices = np.where(ended, -1, np.take_along_axis(candidates, order, 1))
    return choices, np.where(ended, np.nan, np.take_along_axis(metres, order, 1))


def _scores(
    market: Market,
    choices: Indices,
    metres: Floats,
    sibling: Booleans,
    random: np.random.Generator,
) -> Floats:
    """Where each child stands at each school of its list: a priority, then distance or lot."""
    by_distance = market.by_distance[choices]
    lot = random.random(choices.shape)
    rank = np.where(by_distance, np.nan_to_num(metres) / _FURTHEST_M, lot) * 0.499
    # Brothers and sisters are at the school that a child likes best.
    rank[:, 0] += np.where(sibling, 0.0, _PRIORITY)
    rank[:, 1:] += _PRIORITY
    return rank


def _last(
    market: Market,
    choices: Indices,
    metres: Floats,
    sibling: Booleans,
    taken: Indices,
    full: Booleans,
) -> Floats:
    """How far the last child without a priority lives at each school; (s,)."""
    found = np.zeros(len(market.column))
    plain = (taken > 0) | ((taken == 0) & ~sibling)
    at = np.flatnonzero(plain)
    np.maximum.at(found, choices[at, taken[at]], metres[at, taken[at]])
    return np.where(full, found, np.inf)
