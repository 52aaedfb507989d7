"""Rounds of admissions drawn at random: how far the last child would live, and how often.

Each draw makes children (Poisson, as many as are expected), puts each somewhere in its area, lets
it list schools by the fitted preferences, and places all by deferred acceptance. A list is a
Plackett-Luce ranking (Plackett 1975), drawn as a race: school j arrives after an exponential time
with rate w_j, and the first ones to arrive are the list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interurban.apps.schools.subjects import Booleans, Floats, Indices

from .deferred_acceptance import deferred_acceptance
from .market import Market

__all__ = ["Assumed", "Rounds", "simulate", "widened"]

Single = NDArray[np.float32]

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
    demand: children who enter, as a share of those there are in a year group now.
    draws: rounds. seed: of the random numbers: the same seed gives the same rounds.
    """

    choices: int = 6
    siblings: float = 0.4
    demand: float = 1.0
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

    def widened(self, errors: Floats) -> Rounds:
        """The same, each last distance off by an error that the simulation made before.

        The draws differ by chance alone. How far a model is out is no chance: a band of the draws
        would be far too narrow.

        Parameters
        ----------
        errors: (e,), logarithms of published over simulated distances.
        """
        return replace(self, last_m=widened(self.last_m, errors, self.assumed.seed))

    def likelihood(self, metres: Floats) -> Floats:
        """Share of the draws in which a child without a priority is taken.

        Parameters
        ----------
        metres: (s,), from its home to each school.
        """
        share = (metres[None, :] <= self.last_m).mean(axis=0)
        return np.where(self.market.by_distance, share, np.nan)


def widened(last_m: Floats, errors: Floats, seed: int) -> Floats:
    """Last distances, each off by one of the errors; as they are where there are none.

    Parameters
    ----------
    last_m: (draws, s). errors: (e,), logarithms of published over simulated distances.
    """
    if not len(errors):
        return last_m
    drawn = np.random.default_rng(seed).integers(0, len(errors), last_m.shape)
    return np.asarray(last_m * np.exp(errors[drawn]))


def simulate(market: Market, assumed: Assumed) -> Rounds:
    """Draw rounds of admissions."""
    random = np.random.default_rng(assumed.seed)
    known = _known(market)
    last = np.full((assumed.draws, len(market.column)), np.nan)
    children = first = unplaced = 0
    for draw in range(assumed.draws):
        area = np.repeat(
            np.arange(len(market.home)), random.poisson(market.children * assumed.demand)
        )
        metres = _distances(known, area, random)
        choices, away = _lists(market, known, area, metres, assumed.choices, random)
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


@dataclass(frozen=True, eq=False)
class _Known:
    """What is the same in every draw, by area and candidate, as numbers of half the memory.

    Parameters
    ----------
    east, north: (a, c), from the area's point to the school, metres. radius: (a,).
    decay: (a, c), per metre.
    slowness: (a, c + 1), 1 over the rate of each school for a child at the school itself, so that
        the rate falls by its decay with the child's own distance; the last is of schools beyond.
    """

    east: Single
    north: Single
    radius: Single
    decay: Single
    slowness: Single


def _known(market: Market) -> _Known:
    there = market.metres[market.candidates] - market.home[:, None, :]
    decay = market.decay[market.candidates] / 1_000.0
    usual = np.hypot(there[..., 0], there[..., 1])
    with np.errstate(divide="ignore", over="ignore"):
        slowness = 1.0 / market.weights
        slowness[:, :-1] *= np.exp(-decay * usual)
    # Largest numbers, not infinite ones: a time of infinity over zero would be no time at all.
    slowness = np.minimum(slowness, np.finfo(np.float32).max / 1e6)
    parts = (there[..., 0], there[..., 1], market.radius_m, decay, slowness)
    return _Known(*(part.astype(np.float32) for part in parts))


def _distances(known: _Known, area: Indices, random: np.random.Generator) -> Single:
    """From each child, somewhere in a circle as large as its area, to its candidates; (n, c)."""
    angle = random.random((len(area), 1), dtype=np.float32) * np.float32(2 * np.pi)
    radius = known.radius[area, None] * np.sqrt(random.random((len(area), 1), dtype=np.float32))
    east = known.east[area] - radius * np.cos(angle)
    north = known.north[area] - radius * np.sin(angle)
    return np.asarray(np.sqrt(east * east + north * north), dtype=np.float32)


def _lists(
    market: Market,
    known: _Known,
    area: Indices,
    metres: Single,
    length: int,
    random: np.random.Generator,
) -> tuple[Indices, Single]:
    """The schools that each child lists and how far they are; (n, length), -1 and NaN past its end.

    A list ends with the first school beyond the market: it takes everybody.
    """
    count = market.candidates.shape[1]
    arrives = random.standard_exponential((len(area), count + 1), dtype=np.float32)
    arrives *= known.slowness[area]
    arrives[:, :-1] *= np.exp(known.decay[area] * metres)
    length = min(length, count)
    among = np.argpartition(arrives, length - 1, axis=1)[:, :length]
    order = np.take_along_axis(among, np.argsort(np.take_along_axis(arrives, among, 1), 1), 1)
    ended = np.maximum.accumulate(order == count, axis=1)
    order = np.minimum(order, count - 1)
    choices = np.where(ended, -1, market.candidates[area[:, None], order])
    return choices, np.where(ended, np.float32(np.nan), np.take_along_axis(metres, order, 1))


def _scores(
    market: Market,
    choices: Indices,
    metres: Single,
    sibling: Booleans,
    random: np.random.Generator,
) -> Floats:
    """Where each child stands at each school of its list: a priority, then distance or lot."""
    lot = random.random(choices.shape)
    near = np.nan_to_num(metres).astype(np.float64) / _FURTHEST_M
    rank = np.where(market.by_distance[choices], near, lot) * 0.499
    # Brothers and sisters are at the school that a child likes best.
    rank[:, 0] += np.where(sibling, 0.0, _PRIORITY)
    rank[:, 1:] += _PRIORITY
    return rank


def _last(
    market: Market,
    choices: Indices,
    metres: Single,
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
