"""Home areas that somebody asks about: one, those of a place, or those inside a shape.

Areas are always taken whole, so that what is summed over them was shown of each of them before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from interurban.core.errors import UnknownFeature

from .locating import Located
from .reading import Atlas
from .subjects import Floats, Flows, Indices
from .zones import is_zone

__all__ = ["Chosen", "area_chosen", "areas_within", "place_chosen"]

_NONE: Indices = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Areas that were asked about, and what they were chosen by.

    Parameters
    ----------
    areas: their places.
    where: as people say it.
    lonlat: (n, 2), WGS84, where zones are looked up.
    place: what was looked for by name or by coordinates.
    """

    areas: Indices
    where: str
    lonlat: Floats
    place: Located | None = None


def area_chosen(atlas: Atlas, flows: Flows, area: str) -> Chosen:
    """One area by its id.

    Raises
    ------
    UnknownFeature: the flows have none of that id.
    """
    found = flows.areas.index.get(area)
    if found is None:
        raise UnknownFeature(
            f"The flows {flows.id} have no area {area[:60]!r}.",
            advice="Its areas are those of the boundary datasets named with the flows.",
            part="area",
        )
    areas = np.array([found], dtype=np.int64)
    return Chosen(areas, _named(atlas, flows, found), flows.areas.lonlat[areas])


def place_chosen(atlas: Atlas, flows: Flows, place: Located) -> Chosen:
    """The area that a place lies in; of a larger area, all whose point lies in it."""
    inside = _inside(flows, place.area) if place.area is not None else _NONE
    if len(inside) > 1:
        where = f"the {len(inside):,} areas of {place.label}"
        return Chosen(inside, where, flows.areas.lonlat[inside], place)
    at = int(inside[0]) if len(inside) else flows.areas.at(place.lon, place.lat)
    here = np.array([[place.lon, place.lat]])
    if at is None:
        return Chosen(_NONE, place.label, here, place)
    return Chosen(np.array([at]), _named(atlas, flows, at), here, place)


def areas_within(flows: Flows, shape: shapely.Geometry) -> Chosen:
    """All areas whose point lies in a shape (WGS84)."""
    inside = _inside(flows, shape)
    where = "the area drawn" if len(inside) == 1 else f"the {len(inside):,} areas drawn"
    return Chosen(inside, where, flows.areas.lonlat[inside])


def _named(atlas: Atlas, flows: Flows, area: int) -> str:
    """An area as people say it: by its name, or as the zone that it is."""
    name = flows.areas.names[area]
    return f"the zone of {name}" if is_zone(atlas, flows.areas, area) else name


def _inside(flows: Flows, shape: shapely.Geometry) -> Indices:
    """Areas whose point lies in a shape (WGS84)."""
    shaped = flows.areas.shaped
    lonlat = flows.areas.lonlat[shaped]
    shapely.prepare(shape)
    inside = shapely.contains_xy(shape, lonlat[:, 0], lonlat[:, 1])
    return np.asarray(shaped[inside], dtype=np.int64)
