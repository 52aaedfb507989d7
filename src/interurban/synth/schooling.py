"""What stands beside the schools of a synthetic city: zones, successors, results, programmes, ways.

One function for each standard. Everything is of the register and the rolls of ``rolls``, so that
the tables agree: a zone is served by a school that stands in it, a way ends at a school there is.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from .batch import coded
from .ground import Ground
from .lattice import Floats
from .places import outlines, placed
from .rolls import rolls_of, school_ids, schools_of
from .seeds import generator

__all__ = [
    "area_lookup",
    "attendance_zone",
    "last_distance",
    "school_link",
    "school_measure",
    "school_programme",
    "travel_time",
]

_METRES_PER_DEGREE = 111_195.0
_WAY_FACTOR = 1.3
_MINUTES_PER_KM = {"walk": 12.5, "transit": 4.0, "drive": 2.4}
_PROGRAMMES = ("General", "Languages", "Science", "Music")
_YEARS = 3
_PRIMARY, _SECONDARY = 0, 1


def attendance_zone(ground: Ground, last: int) -> pa.Table:
    """A zone for each area in which a primary school stands, served by the one that draws most."""
    schools, areas = schools_of(ground), ground.usual
    ids = school_ids(len(schools.area))
    primary = np.flatnonzero(schools.phase == _PRIMARY)
    serving = {
        int(area): int(max(primary[schools.area[primary] == area], key=lambda at: schools.draw[at]))
        for area in np.unique(schools.area[primary])
    }
    served = sorted(serving)
    return pa.table(
        {
            "zone_id": [ids[serving[area]] for area in served],
            "school_id": [ids[serving[area]] for area in served],
            "name": [f"Zone of {areas.names[area]}" for area in served],
            "stage": ["primary"] * len(served),
            "first_year_group": np.zeros(len(served), dtype=np.int64),
            "last_year_group": np.full(len(served), 6),
            "year": np.full(len(served), last),
            "geometry": outlines(ground, [areas.rectangles[area] for area in served]),
        }
    )


def area_lookup(ground: Ground, last: int) -> pa.Table:
    """What share of each area of the finest division lies in each of the usual one, by blocks."""
    fine = max(ground.areas.values(), key=lambda areas: len(areas.ids), default=ground.usual)
    pairs = np.stack([fine.of_block.reshape(-1), ground.usual.of_block.reshape(-1)], axis=1)
    found, blocks = np.unique(pairs.astype(np.int64), axis=0, return_counts=True)
    whole = np.bincount(found[:, 0], blocks, len(fine.ids))
    return pa.table(
        {
            "area_id": coded(found[:, 0], fine.ids),
            "area_name": coded(found[:, 0], fine.names),
            "area_kind": [fine.singular] * len(found),
            "target_id": coded(found[:, 1], ground.usual.ids),
            "target_name": coded(found[:, 1], ground.usual.names),
            "target_kind": [ground.usual.singular] * len(found),
            "weight": blocks / whole[found[:, 0]],
            "year": np.full(len(found), last),
        }
    )


def school_link(ground: Ground, last: int) -> pa.Table:
    """The schools that one in ten schools replaced, told from both sides."""
    schools = schools_of(ground)
    ids = school_ids(len(schools.area))
    rng = generator(ground.seed, ground.city.id, "school links")
    new = np.flatnonzero(rng.random(len(ids)) < 0.1)
    new = new if len(new) else np.array([0])
    began = [date(last - int(years), 9, 1) for years in rng.integers(1, 10, len(new))]
    names = [f"{schools.names[at]} School" for at in new]
    old_ids, old_names = [f"{ids[at]}-OLD" for at in new], [f"Old {name}" for name in names]
    now = [ids[at] for at in new]
    return pa.table(
        {
            "school_id": [*now, *old_ids],
            "school_name": [*names, *old_names],
            "linked_id": [*old_ids, *now],
            "linked_name": [*old_names, *names],
            "kind": ["predecessor"] * len(new) + ["successor"] * len(new),
            "manner": ["replaced"] * 2 * len(new),
            "status": ["done"] * 2 * len(new),
            "date": [*began, *began],
        }
    )


def school_measure(ground: Ground, last: int) -> pa.Table:
    """Attendance of every school in the last school years."""
    schools = schools_of(ground)
    count = len(schools.area)
    rng = generator(ground.seed, ground.city.id, "school measures")
    usual = rng.normal(93.5, 2.0, count)
    at = np.tile(np.arange(count), _YEARS)
    value = np.clip(usual[at] + rng.normal(0, 0.6, len(at)), 60, 100)
    return pa.table(
        {
            "school_id": coded(at, school_ids(count)),
            "school_name": coded(at, [f"{name} School" for name in schools.names]),
            "measure": ["Attendance"] * len(at),
            "cohort": ["all pupils"] * len(at),
            "year": np.repeat(np.arange(last - _YEARS + 1, last + 1), count),
            "value": np.round(value, 1),
            "unit": ["%"] * len(at),
            "status": ["shown"] * len(at),
        }
    )


def school_programme(ground: Ground, last: int) -> pa.Table:
    """What secondary schools offer: one programme for whoever comes, and one of their own."""
    schools = schools_of(ground)
    names = [f"{name} School" for name in schools.names]
    rng = generator(ground.seed, ground.city.id, "school programmes")
    own = np.flatnonzero(schools.phase == _SECONDARY)
    kind = rng.integers(1, len(_PROGRAMMES), len(own))
    at, programme = np.concatenate([own, own]), np.concatenate([np.zeros_like(kind), kind])
    return pa.table(
        {
            "school_id": coded(at, school_ids(len(names))),
            "school_name": coded(at, names),
            "programme": coded(programme, _PROGRAMMES),
            "programme_group": coded(programme, _PROGRAMMES),
            "year": np.full(len(at), last),
            "first_year_group": np.full(len(at), 7),
            "last_year_group": np.full(len(at), 13),
            "admissions": coded((programme > 0).astype(np.int64), ("open", "selective")),
        }
    )


def last_distance(ground: Ground, last: int) -> pa.Table:
    """How far the last child lived who got a place at each primary school, in the last years."""
    schools = schools_of(ground)
    own = np.flatnonzero(schools.phase == _PRIMARY)
    rng = generator(ground.seed, ground.city.id, "last distances")
    at = np.repeat(own, _YEARS)
    places = {name: values[at] for name, values in _points(ground).items()}
    return pa.table(
        {
            **places,
            "school_id": coded(at, school_ids(len(schools.area))),
            "school_name": coded(at, [f"{name} School" for name in schools.names]),
            "year": np.tile(np.arange(last - _YEARS + 1, last + 1), len(own)),
            "year_group": np.zeros(len(at), dtype=np.int64),
            "criterion": ["distance"] * len(at),
            "metres": np.round(rng.lognormal(6.7, 0.5, len(at))),
            "status": ["measured"] * len(at),
        }
    )


def travel_time(ground: Ground, last: int) -> pa.Table:
    """Ways from the middle of every area to every secondary school that has pupils."""
    schools, areas = schools_of(ground), ground.usual
    pupils = rolls_of(ground, last)[:, :, -1].sum(axis=1)
    own = np.flatnonzero((schools.phase == _SECONDARY) & (pupils > 0))
    metres = _metres(_middles(ground), _points(ground), own) * _WAY_FACTOR
    area, at = (grid.reshape(-1) for grid in np.indices(metres.shape))
    modes = tuple(_MINUTES_PER_KM)
    mode = np.repeat(np.arange(len(modes)), metres.size)
    way = np.tile(np.round(metres.reshape(-1)), len(modes))
    pace = np.array(list(_MINUTES_PER_KM.values()))[mode]
    area, at = np.tile(area, len(modes)), own[np.tile(at, len(modes))]
    return pa.table(
        {
            "area_id": coded(area, areas.ids),
            "area_name": coded(area, areas.names),
            "school_id": coded(at, school_ids(len(schools.area))),
            "destination": coded(at, [f"{name} School" for name in schools.names]),
            "mode": coded(mode, modes),
            "minutes": np.round(way / 1000 * pace, 1),
            "metres": way,
            "time_of_day": ["8 in the morning"] * len(area),
            "statistic": ["mean"] * len(area),
            "year": np.full(len(area), last),
            "method": [f"straight line times {_WAY_FACTOR}"] * len(area),
        }
    )


def _points(ground: Ground) -> dict[str, Floats]:
    """Where the schools are, as ``longitude`` and ``latitude``."""
    spots = placed(ground, schools_of(ground).spots)
    return {name: np.asarray(spots[name], dtype=np.float64) for name in ("longitude", "latitude")}


def _middles(ground: Ground) -> Floats:
    """Longitude and latitude of the middle of every area; (areas, 2)."""
    lattice = ground.lattice
    at = [((r.i0 + r.i1) // 2, (r.j0 + r.j1) // 2) for r in ground.usual.rectangles]
    return np.array([(lattice.lon[i, j], lattice.lat[i, j]) for i, j in at])


def _metres(middles: Floats, points: dict[str, Floats], own: np.ndarray) -> Floats:
    """Straight lines from areas to schools; (areas, schools)."""
    lon, lat = points["longitude"][own], points["latitude"][own]
    shrink = np.cos(np.radians(lat.mean())) if len(own) else 1.0
    east = (lon[None] - middles[:, :1]) * shrink
    north = lat[None] - middles[:, 1:]
    return np.asarray(np.hypot(east, north) * _METRES_PER_DEGREE)
