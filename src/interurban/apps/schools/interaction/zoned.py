"""Which share of each home area lies in the zone of each school."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from interurban.apps.schools.subjects import Areas, Indices, Schools

from .pairs import Matrix

__all__ = ["shares_in_zones"]

_SLIVER = 0.02
"""A smaller share is a seam between two outlines."""


def shares_in_zones(
    areas: Areas,
    outlines: NDArray[np.object_],
    schools: Schools,
    served_by: Mapping[int, tuple[str, ...]],
    school_ids: tuple[str, ...],
    projected: NDArray[np.object_],
) -> Matrix | None:
    """Shares of areas in zones, (areas, schools); ``None`` when no zone is a known school's.

    Parameters
    ----------
    outlines: (areas,), shapes of the areas in the working CRS; ``None`` without one.
    served_by: the schools of each area that is itself a zone: it lies in theirs whole, and in no
        other.
    school_ids: the school that serves each zone.
    projected: (zones,), the zones in the working CRS.
    """
    found = np.zeros((len(areas), len(schools)), dtype=np.float32)
    for area, served in served_by.items():
        for school in served:
            if (at := schools.index.get(school)) is not None:
                found[area, at] = 1.0
    rest = np.array([at for at in areas.shaped.tolist() if at not in served_by], dtype=np.int64)
    if len(rest) and len(projected):
        _overlay(found, rest, outlines, schools, school_ids, projected)
    return found if found.any() else None


def _overlay(
    found: Matrix,
    rest: Indices,
    outlines: NDArray[np.object_],
    schools: Schools,
    school_ids: tuple[str, ...],
    projected: NDArray[np.object_],
) -> None:
    zone, area = shapely.STRtree(outlines[rest]).query(projected, predicate="intersects")
    common = shapely.area(shapely.intersection(projected[zone], outlines[rest][area]))
    share = common / shapely.area(outlines[rest][area])
    for z, a, s in zip(zone.tolist(), rest[area].tolist(), share.tolist(), strict=True):
        at = schools.index.get(school_ids[z])
        if at is not None and s >= _SLIVER:
            found[a, at] = min(1.0, found[a, at] + s)
