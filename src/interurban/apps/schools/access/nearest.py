"""The nearest school of each area, and which children live further than they are asked to walk.

The way here is the straight line times a factor that is told with every number; ``streets`` finds
those along streets. Walking distances are those of the pack: in England 2 miles under 8 and 3 miles
from 8 on (Education Act 1996, section 444(5)).
"""

from __future__ import annotations

import numpy as np
import shapely

from interurban.apps.schools.settings import Stage
from interurban.apps.schools.subjects import Floats, Indices

__all__ = ["beyond_walk", "nearest_school"]


def nearest_school(areas: Floats, schools: Floats, factor: float) -> tuple[Indices, Floats]:
    """The nearest school of each point, and how far it is.

    Parameters
    ----------
    areas: (n, 2), x and y in metres; NaN where there is none. schools: (m, 2), all known, m > 0.

    Returns
    -------
    Places among the schools, -1 where there is no point; metres along the way, NaN there.
    """
    found, metres = np.full(len(areas), -1, dtype=np.int64), np.full(len(areas), np.nan)
    known = np.flatnonzero(np.isfinite(areas[:, 0]))
    tree = shapely.STRtree(shapely.points(schools))
    (at, school), straight = tree.query_nearest(
        shapely.points(areas[known]), return_distance=True, all_matches=False
    )
    found[known[at]], metres[known[at]] = school, factor * straight
    return found, metres


def beyond_walk(metres: Floats, stage: Stage) -> Floats:
    """The share of an area's children of the stage that live beyond their walking distance.

    Each year of age counts the same; its distance is that of the oldest rule it has reached.
    """
    ages = range(stage.ages[0], stage.ages[1] + 1)
    share = np.zeros(len(metres))
    for age in ages:
        limits = [walk.metres for walk in stage.walking if walk.from_age <= age]
        if limits:
            share += metres > limits[-1]
    return np.where(np.isfinite(metres), share / len(ages), np.nan)
