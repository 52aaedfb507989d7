"""Floating catchments: places within reach of each child, shared among all children in reach.

Sources: Luo and Wang (2003), *Measures of spatial accessibility to health care in a GIS
environment*, Environment and Planning B 30, eq. 1-2 (2SFCA); Luo and Qi (2009), *An enhanced
two-step floating catchment area method*, Health & Place 15, eq. 2-3 and its first set of weights
(E2SFCA); McGrail and Humphreys (2009), *The index of rural access*, Australian and New Zealand
Journal of Public Health 33, eq. 3 (continuous decay, flat in the nearest sixth); McGrail (2012),
*Spatial accessibility of primary health care utilising the two step floating catchment area
method*, International Journal of Health Geographics 11, on what stepped and continuous weights
change; Wang (2018), *Inverted two-step floating catchment area method for measuring facility
crowdedness*, The Professional Geographer 70, eq. 3.

All distances are metres; pairs are sparse: only those within reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from interurban.apps.schools.subjects import Floats, Indices

__all__ = ["DECAYS", "Reached", "access", "crowdedness", "ratios", "within_reach"]

_ZONES = (1 / 3, 2 / 3)
_WEIGHTS = (1.0, 0.68, 0.22)
_FLAT = 1 / 6
_POWER = 1.5


@dataclass(frozen=True, eq=False)
class Reached:
    """Pairs of area and school within reach of one another.

    Parameters
    ----------
    area, school: (pairs,), places. weight: (pairs,), f(d), in (0, 1].
    areas, schools: how many there are.
    """

    area: Indices
    school: Indices
    weight: Floats
    areas: int
    schools: int


def _same(_: Floats, __: float) -> Floats:
    return np.ones_like(_)


def _stepped(metres: Floats, reach: float) -> Floats:
    return np.asarray(_WEIGHTS)[np.searchsorted(np.multiply(_ZONES, reach), metres, side="left")]


def _continuous(metres: Floats, reach: float) -> Floats:
    flat = _FLAT * reach
    return np.where(
        metres <= flat, 1.0, (np.maximum(reach - metres, 0.0) / (reach - flat)) ** _POWER
    )


DECAYS: dict[str, Callable[[Floats, float], Floats]] = {
    "none": _same,
    "stepped": _stepped,
    "continuous": _continuous,
}
"""Weights by distance and reach: all the same (2SFCA), three rings (E2SFCA), or without steps."""


def within_reach(
    areas: Floats, schools: Floats, reach: float, factor: float, decay: str
) -> Reached:
    """The pairs of an area's point and a school that lie within reach.

    Parameters
    ----------
    areas, schools: (n, 2), x and y in metres, all known.
    reach: along the way, in metres; the way is ``factor`` times the straight line.
    decay: one of ``DECAYS``.
    """
    tree = shapely.STRtree(shapely.points(schools))
    found = tree.query(shapely.points(areas), predicate="dwithin", distance=reach / factor)
    area, school = found.astype(np.int64)
    metres = factor * np.hypot(*(areas[area] - schools[school]).T)
    weight = DECAYS[decay](metres, reach)
    kept = weight > 0
    return Reached(area[kept], school[kept], weight[kept], len(areas), len(schools))


def ratios(reached: Reached, children: Floats, places: Floats) -> Floats:
    """First step: places of each school for each child in its reach; (schools,).

    ``R_j = S_j / sum_k P_k f(d_kj)``. NaN where no child is in reach.
    """
    weight = children[reached.area] * reached.weight
    demand = np.bincount(reached.school, weight, reached.schools)
    return np.asarray(np.divide(places, demand, out=np.full(len(places), np.nan), where=demand > 0))


def access(reached: Reached, children: Floats, places: Floats) -> Floats:
    """Second step: places for each child of an area; (areas,), 0 where no school is in reach.

    ``A_i = sum_j R_j f(d_ij)``. Weighted by children, its sum is the places of all schools that
    any child can reach.
    """
    per_child = np.nan_to_num(ratios(reached, children, places))
    values = per_child[reached.school] * reached.weight
    return np.asarray(np.bincount(reached.area, values, reached.areas), dtype=np.float64)


def crowdedness(reached: Reached, children: Floats, places: Floats) -> Floats:
    """The demand view (i2SFCA): children that lean on each place of a school; (schools,).

    ``C_j = sum_k P_k f(d_kj) / sum_l S_l f(d_kl)``. It shows which schools are pressed where
    ``access`` shows which areas lack places; neither is how full a school is.
    """
    offered = np.bincount(reached.area, places[reached.school] * reached.weight, reached.areas)
    lean = np.divide(children, offered, out=np.zeros(len(children)), where=offered > 0)
    values = lean[reached.area] * reached.weight
    return np.asarray(np.bincount(reached.school, values, reached.schools), dtype=np.float64)
