"""What stands in a synthetic city: stops, stations, streets, water, parks and areas.

One function for each standard that describes places. Each takes the ground and the dataset and
gives a table named as the standard's fields; ``geometry`` is WKB (WGS84), or ``longitude`` and
``latitude`` stand for a point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import shapely

from interurban.core.dataset import Dataset

from .batch import coded
from .ground import Ground, Spots
from .lattice import ARTERIAL, Floats, Integers, Rectangle
from .names import place_names
from .seeds import generator

__all__ = ["PLACES", "outlines", "placed", "somewhere"]

_LINE_COLOURS = ("0072B2", "D55E00", "009E73", "CC79A7", "E69F00", "56B4E9", "F0E442", "5B6670")
_LINES = 8
_KINDS = ("Library", "Community centre", "Museum", "Market", "Swimming pool", "Theatre")


def _boundary(ground: Ground, dataset: Dataset) -> pa.Table:
    areas = ground.areas.get(dataset.id, ground.usual)
    return pa.table(
        {
            "area_id": list(areas.ids),
            "name": list(areas.names),
            "kind": [areas.singular] * len(areas.ids),
            "land_area": [ground.lattice.hectares(area) for area in areas.rectangles],
            "geometry": outlines(ground, areas.rectangles),
        }
    )


def _zone(ground: Ground, dataset: Dataset) -> pa.Table:
    rng = generator(ground.seed, dataset.id)
    lattice = ground.lattice
    step = ARTERIAL // 2
    blocks = [
        Rectangle(i, j, min(i + step, lattice.nx), min(j + step, lattice.ny))
        for i in range(0, lattice.nx, step)
        for j in range(0, lattice.ny, step)
    ]
    kinds = ("Residential", "Commercial", "Industrial", "Open space", "Mixed use")
    kind = rng.choice(len(kinds), len(blocks), p=(0.6, 0.13, 0.09, 0.08, 0.1))
    return pa.table(
        {
            "zone_id": [f"SYN-Z-{n}" for n in range(1, len(blocks) + 1)],
            "name": [f"{kinds[k]} {n}" for n, k in enumerate(kind, 1)],
            "zone_type": ["zoning"] * len(blocks),
            "zone_class": coded(kind, kinds),
            "geometry": outlines(ground, blocks),
        }
    )


def _park(ground: Ground, dataset: Dataset) -> pa.Table:
    parks = ground.lattice.parks
    names = place_names(generator(ground.seed, dataset.id), len(parks))
    size = [ground.lattice.hectares(park) for park in parks]
    return pa.table(
        {
            "park_id": [f"SYN-P-{n}" for n in range(1, len(parks) + 1)],
            "name": [f"{name} Park" for name in names],
            "kind": ["city park" if area > 30 else "neighbourhood park" for area in size],
            "land_area": size,
            "geometry": outlines(ground, parks),
        }
    )


def _water_area(ground: Ground, _dataset: Dataset) -> pa.Table:
    lattice = ground.lattice
    river = shapely.Polygon(
        lattice.outline(Rectangle(0, lattice.river, lattice.nx, lattice.river + 1))
    )
    rows = [("SYN-W-1", f"River {_water_name(ground)}", "river", river)]
    if lattice.coast:
        rows.append(("SYN-W-2", f"Lake {_water_name(ground)}", "lake", _lake(ground)))
    return pa.table(
        {
            "water_id": [row[0] for row in rows],
            "name": [row[1] for row in rows],
            "kind": [row[2] for row in rows],
            "geometry": pa.array([shapely.to_wkb(row[3]) for row in rows], pa.binary()),
        }
    )


def _water_name(ground: Ground) -> str:
    return place_names(generator(ground.seed, ground.city.id, "water"), 1)[0]


def _lake(ground: Ground) -> shapely.Polygon:
    """From the coast to the edge of the city's bounds."""
    lattice, (west, south, east, north) = ground.lattice, ground.city.bounds
    edge, far = (-1, east) if lattice.coast == "east" else (0, west)
    shore = np.column_stack([lattice.lon[edge], lattice.lat[edge]])
    near = shore[[0, -1], 0]
    ring = [(near[0], south), *shore, (near[1], north), (far, north), (far, south)]
    return shapely.Polygon(ring)


def _street_segment(ground: Ground, dataset: Dataset) -> pa.Table:
    """Streets, cut at the main streets; side streets do not cross the river.

    A dataset that draws the base map has every street, another one (bike routes, snow routes)
    the main streets.
    """
    lattice = ground.lattice
    every = 1 if dataset.basemap == "street" else ARTERIAL
    lines: list[bytes] = []
    names: list[str] = []
    classes: list[str] = []

    def add(name: str, line: int, corners: tuple[Integers, Integers]) -> None:
        lon, lat = lattice.lon[corners], lattice.lat[corners]
        lines.append(shapely.to_wkb(shapely.LineString(np.column_stack([lon, lat]))))
        names.append(name)
        classes.append("primary" if line % ARTERIAL == 0 else "residential")

    for j in range(0, lattice.ny + 1, every):
        for start, end in _pieces(lattice.nx):
            run = np.arange(start, end + 1)
            add(ground.across[j], j, (run, np.full_like(run, j)))
    for i in range(0, lattice.nx + 1, every):
        for start, end in _pieces(lattice.ny):
            bridge = start <= lattice.river < end
            runs = (
                [(start, lattice.river), (lattice.river + 1, end)]
                if bridge and i % ARTERIAL
                else [(start, end)]
            )
            for first, last in runs:
                if last > first:
                    run = np.arange(first, last + 1)
                    add(ground.along[i], i, (np.full_like(run, i), run))
    return pa.table(
        {
            "segment_id": [f"SYN-S-{n}" for n in range(1, len(lines) + 1)],
            "name": names,
            "road_class": classes,
            "geometry": pa.array(lines, pa.binary()),
        }
    )


def _pieces(count: int) -> list[tuple[int, int]]:
    return [(n, min(n + ARTERIAL, count)) for n in range(0, count, ARTERIAL)]


def _transit_line(ground: Ground, dataset: Dataset) -> pa.Table:
    """Lines through the centre along main streets."""
    courses = _courses(ground)
    wkb = [shapely.to_wkb(shapely.LineString(course[:, 2:])) for course in courses]
    names = _line_names(ground)
    return pa.table(
        {
            "shape_id": [f"SYN-SH-{n}" for n in range(1, len(courses) + 1)],
            "route_id": [f"SYN-R-{n}" for n in range(1, len(courses) + 1)],
            "route_short_name": [name[:3].upper() for name in names],
            "route_long_name": [f"{name} line" for name in names],
            "mode": ["bus" if _is_of_buses(dataset) else "metro"] * len(courses),
            "agency_name": [f"{ground.city.name} Transit (synthetic)"] * len(courses),
            "route_color": list(_LINE_COLOURS[: len(courses)]),
            "geometry": pa.array(wkb, pa.binary()),
        }
    )


def _line_names(ground: Ground) -> list[str]:
    return place_names(generator(ground.seed, ground.city.id, "lines"), _LINES)


def _courses(ground: Ground) -> list[Floats]:
    """Lines through the centre along main streets: i, j, lon, lat of each corner."""
    lattice = ground.lattice
    busiest = int(np.argmax(lattice.weight.sum(axis=1))), int(np.argmax(lattice.weight.sum(axis=0)))
    at_i, at_j = (n // ARTERIAL * ARTERIAL for n in busiest)
    courses = []
    for n in range(_LINES):
        off = (n // 2 - 1) * ARTERIAL * 2
        if n % 2:
            j = np.arange(lattice.ny + 1)
            i = np.full_like(j, np.clip(at_i + off, 0, lattice.nx))
        else:
            i = np.arange(lattice.nx + 1)
            j = np.full_like(i, np.clip(at_j + off, 0, lattice.ny))
        courses.append(np.column_stack([i, j, lattice.lon[i, j], lattice.lat[i, j]]))
    return courses


def _is_of_buses(dataset: Dataset) -> bool:
    return "bus" in dataset.name


def _transit_stop(ground: Ground, dataset: Dataset) -> pa.Table:
    """Stations on the lines; in a dataset of buses, stops along every main street instead."""
    names = _line_names(ground)
    corners: dict[tuple[int, int], list[str]] = {}
    for name, course in zip(names, _courses(ground), strict=True):
        for i, j in course[:: ARTERIAL // 2, :2].astype(int):
            corners.setdefault((i, j), []).append(f"{name} line")
    lattice, buses = ground.lattice, _is_of_buses(dataset)
    if buses:
        corners = {
            (i, j): corners.get((i, j), [])
            for i in range(0, lattice.nx + 1, 2)
            for j in range(0, lattice.ny + 1, 2)
            if i % ARTERIAL == 0 or j % ARTERIAL == 0
        }
    at = np.array(list(corners))
    return pa.table(
        {
            "stop_id": [f"SYN-ST-{n}" for n in range(1, len(at) + 1)],
            "stop_name": [f"{ground.along[i]} & {ground.across[j]}" for i, j in at],
            "mode": ["bus" if buses else "metro"] * len(at),
            "routes": [", ".join(lines) or None for lines in corners.values()],
            "longitude": lattice.lon[at[:, 0], at[:, 1]],
            "latitude": lattice.lat[at[:, 0], at[:, 1]],
        }
    )


def _bike_station(ground: Ground, dataset: Dataset) -> pa.Table:
    rng = generator(ground.seed, dataset.id)
    spots = somewhere(ground, rng, 600)
    capacity = rng.integers(11, 40, 600)
    bikes = np.floor(capacity * rng.random(600)).astype(np.int64)
    place = placed(ground, spots)
    return pa.table(
        {
            **place,
            "station_id": [f"SYN-BS-{n}" for n in range(1, 601)],
            "name": place["address"],
            "capacity": capacity,
            "num_bikes_available": bikes,
            "num_docks_available": capacity - bikes,
            "is_renting": rng.random(600) < 0.98,
            "status": ["in service"] * 600,
        }
    )


def _point_of_interest(ground: Ground, dataset: Dataset) -> pa.Table:
    rng = generator(ground.seed, dataset.id)
    spots = somewhere(ground, rng, 400)
    kind = rng.integers(0, len(_KINDS), 400)
    names = place_names(rng, 400)
    return pa.table(
        {
            **placed(ground, spots),
            "poi_id": [f"SYN-PI-{n}" for n in range(1, 401)],
            "name": [f"{name} {_KINDS[k].lower()}" for name, k in zip(names, kind, strict=True)],
            "category": coded(kind, _KINDS),
        }
    )


def somewhere(ground: Ground, rng: np.random.Generator, count: int) -> Spots:
    """Half where things happen, half spread evenly: people live everywhere."""
    busy = ground.spots(rng.random((3, count)))
    even = rng.random(count) < 0.5
    flat = rng.permutation(np.flatnonzero(ground.lattice.weight.reshape(-1)))[:count]
    cumulative = np.concatenate([[0.0], ground.cumulative])
    middle = (cumulative[flat] + cumulative[flat + 1]) / 2
    quiet = ground.spots(np.stack([middle, rng.random(count), rng.random(count)]))
    return Spots(
        lon=np.where(even, quiet.lon, busy.lon),
        lat=np.where(even, quiet.lat, busy.lat),
        block=np.where(even, quiet.block, busy.block),
        side=np.where(even, quiet.side, busy.side),
    )


def placed(ground: Ground, spots: Spots) -> dict[str, pa.Array]:
    """The columns that say where: address, area, and the point itself."""
    area = ground.area_of(spots)
    return {
        "address": ground.addresses.take(pa.array(2 * spots.block + spots.side)),
        "area_id": coded(area, ground.usual.ids),
        "area_name": coded(area, ground.usual.names),
        "longitude": pa.array(spots.lon),
        "latitude": pa.array(spots.lat),
    }


def outlines(ground: Ground, areas: Sequence[Rectangle]) -> pa.Array:
    """The shapes of rectangles of blocks, as WKB (WGS84)."""
    rings = [shapely.Polygon(ground.lattice.outline(area)) for area in areas]
    return pa.array(list(shapely.to_wkb(rings)), pa.binary())


PLACES: dict[str, Callable[[Ground, Dataset], pa.Table]] = {
    "bike_station": _bike_station,
    "boundary": _boundary,
    "park": _park,
    "point_of_interest": _point_of_interest,
    "street_segment": _street_segment,
    "transit_line": _transit_line,
    "transit_stop": _transit_stop,
    "water_area": _water_area,
    "zone": _zone,
}
"""The maker of each standard's table, by the standard's name."""
