"""How far pupils live from their schools: quantiles, nearest schools, borders crossed.

Every figure is of pupils, not of rows: a row counts as often as it has pupils. Hidden pupils and
those without a place have no distance and are in none of them; what they are is said beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from .subjects import Booleans, Floats, Flows, Indices

__all__ = [
    "Reach",
    "crossing_share",
    "district_of_schools",
    "flow_reach",
    "nearest_share",
    "ranks_of_choice",
    "reach_of",
    "tiers",
    "weighted_quantiles",
]

_HALF, _NINE_TENTHS = 0.5, 0.9
_TIERS = (50, 80)
"""The two tones of a school's home areas: those that hold half and four fifths of its pupils."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Straight-line distances of some pupils from their schools, in metres; NaN of nobody.

    Parameters
    ----------
    pupils: how many have a distance.
    """

    pupils: float
    mean_m: float
    median_m: float
    p90_m: float


def weighted_quantiles(values: Floats, weights: Floats, q: Sequence[float]) -> Floats:
    """The smallest value at or below which a share of the weight lies; NaN without weight.

    Parameters
    ----------
    values, weights: (n,); a value or weight that is NaN, or a weight of 0, does not count.
    q: shares, 0 to 1.

    Returns
    -------
    (len(q),), in the unit of the values: the inverse of the weighted distribution function
    (Hyndman & Fan 1996, definition 1).
    """
    there = ~np.isnan(values) & (np.nan_to_num(weights) > 0)
    if not there.any():
        return np.full(len(q), np.nan)
    order = np.argsort(values[there], kind="stable")
    ranked, heavy = values[there][order], np.cumsum(weights[there][order])
    # A share that falls on a step exactly must find it in spite of rounding.
    wanted = np.asarray(q) * heavy[-1] * (1 - 1e-12)
    at = np.searchsorted(heavy, wanted, side="left")
    return np.asarray(ranked[np.minimum(at, len(ranked) - 1)], dtype=np.float64)


def reach_of(metres: Floats, pupils: Floats) -> Reach:
    """The reach of some rows of flows.

    Parameters
    ----------
    metres: (n,), distance from home area to school; NaN without one.
    pupils: (n,), NaN where hidden.
    """
    counts = np.where(np.isnan(metres), 0.0, np.nan_to_num(pupils))
    total = float(counts.sum())
    if total == 0:
        return Reach(0.0, np.nan, np.nan, np.nan)
    median, p90 = weighted_quantiles(metres, counts, (_HALF, _NINE_TENTHS))
    mean = float(np.sum(np.nan_to_num(metres) * counts) / total)
    return Reach(total, mean, float(median), float(p90))


def flow_reach(flows: Flows) -> Reach:
    """The reach of all schools together."""
    return reach_of(flows.straight_metres, flows.pupils)


def tiers(pupils: Floats, total: float) -> Indices:
    """Which of the two tones each home area has: 50, 80, or 100 for the rest.

    Areas are taken from the most pupils on; those until half of **all** pupils are reached, the
    hidden ones among them, are of tier 50, then those until four fifths are of tier 80.

    Parameters
    ----------
    pupils: (n,), the most first; NaN where hidden, which get 0.
    total: all pupils of the school, with those that are hidden.
    """
    before = np.concatenate([[0.0], np.cumsum(np.nan_to_num(pupils))])[:-1]
    found = np.full(len(pupils), 100, dtype=np.int64)
    for tier in reversed(_TIERS):
        found[before < total * tier / 100] = tier
    found[np.isnan(pupils)] = 0
    return found


def ranks_of_choice(flows: Flows, schools: Indices) -> Indices:
    """How many of the schools lie nearer to a row's home area than the one attended, plus 1.

    Parameters
    ----------
    schools: places of the schools there were to choose from; each must have a place.

    Returns
    -------
    (f,): 1 for the nearest school, by straight line; 0 where the area or the school has no place,
    or the school is not among them.
    """
    found = np.zeros(len(flows.area), dtype=np.int64)
    placed = ~np.isnan(flows.straight_metres) & np.isin(flows.school, schools)
    if not placed.any():
        return found
    used, inverse = np.unique(flows.area[placed], return_inverse=True)
    here, there = flows.areas.metres[used], flows.schools.metres[schools]
    apart = np.hypot(here[:, 0, None] - there[None, :, 0], here[:, 1, None] - there[None, :, 1])
    apart.sort(axis=1)
    own = flows.straight_metres[placed]
    found[placed] = [
        np.searchsorted(apart[at], metres, side="left") + 1
        for at, metres in zip(inverse, own, strict=True)
    ]
    return found


def nearest_share(flows: Flows, schools: Indices, among: int = 1) -> float:
    """Share of the shown pupils who go to one of their nearest schools; NaN of nobody."""
    ranks = ranks_of_choice(flows, schools)
    pupils = np.where(ranks > 0, np.nan_to_num(flows.pupils), 0.0)
    total = pupils.sum()
    return float(pupils[ranks <= among].sum() / total) if total else np.nan


def crossing_share(flows: Flows) -> float:
    """Share of the shown pupils whose school lies in another district than their home.

    A school with a place outside every district is in another one. Pupils whose home district is
    not known, or whose school has no place, do not count. NaN of nobody.
    """
    home = np.array(flows.areas.districts, dtype=object)[flows.area]
    school = np.array(district_of_schools(flows), dtype=object)[flows.school]
    known: Booleans = (home != "") & ~np.isnan(flows.straight_metres)
    pupils = np.where(known, np.nan_to_num(flows.pupils), 0.0)
    total = pupils.sum()
    return float(pupils[home != school].sum() / total) if total else np.nan


def district_of_schools(flows: Flows) -> tuple[str, ...]:
    """The district that each school lies in, by the home areas' codes; empty outside them."""
    areas, schools = flows.areas, flows.schools
    found = [""] * len(schools)
    placed = np.flatnonzero(~np.isnan(schools.lonlat[:, 0]))
    points = shapely.points(schools.lonlat[placed])
    hits = areas.tree.query(points, predicate="intersects")
    for school, area in zip(*hits, strict=True):
        found[placed[school]] = found[placed[school]] or areas.districts[areas.shaped[area]]
    return tuple(found)
