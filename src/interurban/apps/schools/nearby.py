"""What can be said of a place where no flows are known: whose zone it lies in, and what is near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .reading import Atlas
from .stages import teaching
from .subjects import Booleans, Floats, Indices
from .zones import zones_at, zones_of

__all__ = ["Nearby", "nearby_schools", "nearby_words"]

_MOST = 10


@dataclass(frozen=True, eq=False)
class Nearby:
    """Schools of a stage that are not closed: those of the zones of some places, then the nearest.

    Parameters
    ----------
    schools: (n,), places among the schools of the atlas.
    metres: (n,), straight line from the nearest of the places; NaN of a school without a place.
    zoned: (n,), whether one of the places lies in its zone.
    """

    schools: Indices
    metres: Floats
    zoned: Booleans


def nearby_schools(atlas: Atlas, stage: str, lonlat: Floats, most: int = _MOST) -> Nearby:
    """The schools that serve the zones of some places, and the nearest ones after them.

    Parameters
    ----------
    lonlat: (m, 2), WGS84; NaN of a place that is not known.
    most: of the nearest ones.
    """
    schools, zones = atlas.schools, zones_of(atlas)
    serving = {zones.school_ids[z] for z in zones_at(atlas, lonlat) if zones.stages[z] == stage}
    zoned = np.array([one in serving for one in schools.ids], dtype=np.bool_)
    open_ = np.array([status != "closed" for status in schools.statuses], dtype=np.bool_)
    metres = np.full(len(schools), np.nan)
    placed = lonlat[~np.isnan(lonlat).any(axis=1)] if len(lonlat) else lonlat
    if len(placed):
        there = schools.metres[:, None, :] - atlas.project(placed)[None, :, :]
        metres = np.hypot(there[..., 0], there[..., 1]).min(axis=1)
    reached = np.flatnonzero(teaching(atlas, stage) & open_ & ~zoned & ~np.isnan(metres))
    nearest = reached[np.argsort(metres[reached], kind="stable")[:most]]
    own = np.flatnonzero(zoned)
    own = own[np.argsort(metres[own], kind="stable")]
    found = np.concatenate([own, nearest]).astype(np.int64)
    return Nearby(found, metres[found], zoned[found])


def nearby_words(atlas: Atlas, stage: str, found: Nearby) -> str:
    """What is not known of a place, and what is listed in its stead."""
    named = atlas.settings.stage(stage)
    which = f"{named.name.lower()} schools" if named is not None else "schools"
    said = f"Which {which} children go to is not in the data of {atlas.city.name}."
    if not len(found.schools):
        return f"{said} None of these schools has a place on the map."
    zoned = int(found.zoned.sum())
    near = len(found.schools) - zoned
    listed = [
        *(
            ["the school of its official zone" if zoned == 1 else "those of its zones"]
            * bool(zoned)
        ),
        *([f"the {near} nearest in a straight line"] * bool(near)),
    ]
    return f"{said} Listed instead: {' and '.join(listed)}."
