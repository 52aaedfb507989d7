"""The ground of a synthetic city with everything named: streets, addresses and areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from interurban.core.city import City

from .areas import Areas, make_areas, usual_count
from .lattice import ARTERIAL, Floats, Integers, Lattice, make_lattice
from .names import place_names
from .seeds import generator

__all__ = ["Ground", "Spots", "make_ground", "uniform"]

_DOORS = 16


@dataclass(frozen=True, slots=True)
class Spots:
    """Places on the streets.

    Parameters
    ----------
    lon, lat: degrees (WGS84), rounded to 6 decimals, shape (n,).
    block: number of the block (``i * ny + j``), shape (n,).
    side: 0 on the street south of the block, 1 on the street west of it, shape (n,).
    """

    lon: Floats
    lat: Floats
    block: Integers
    side: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A city that exists nowhere.

    Parameters
    ----------
    across, along: names of the streets that run west-east (ny + 1) and south-north (nx + 1).
    addresses: of both sides of every block; position ``2 * block + side``.
    areas: by boundary dataset id.
    usual: the division that events state their area in.
    """

    city: City
    seed: int
    lattice: Lattice
    across: tuple[str, ...]
    along: tuple[str, ...]
    addresses: pa.StringArray
    areas: Mapping[str, Areas]
    usual: Areas
    cumulative: Floats

    def spots(self, draws: Floats) -> Spots:
        """Places for uniform draws (0..1), shape (3, n): the block, its street, and the door."""
        lattice = self.lattice
        block = np.searchsorted(self.cumulative, draws[0], side="right")
        block = np.minimum(block, len(self.cumulative) - 1).astype(np.int64)
        side = (draws[1] < 0.5).astype(np.int64)
        i, j = block // lattice.ny, block % lattice.ny
        to_i, to_j = i + 1 - side, j + side
        door = (np.floor(draws[2] * _DOORS) + 0.5) / _DOORS
        lon = lattice.lon[i, j] * (1 - door) + lattice.lon[to_i, to_j] * door
        lat = lattice.lat[i, j] * (1 - door) + lattice.lat[to_i, to_j] * door
        return Spots(np.round(lon, 6), np.round(lat, 6), block, side)

    def area_of(self, spots: Spots) -> Integers:
        """Position in ``usual`` of the area each spot lies in, shape (n,)."""
        return self.usual.of_block.reshape(-1)[spots.block].astype(np.int64)


def make_ground(city: City, boundaries: Mapping[str, str], seed: int) -> Ground:
    """Lay out a city and name what is in it.

    Parameters
    ----------
    boundaries: boundary dataset id to what one of its areas is called.
    """
    lattice = make_lattice(city, seed)
    rng = generator(seed, city.id, "streets")
    names = place_names(rng, lattice.nx + lattice.ny + 2)
    along = _streets(names[: lattice.nx + 1], ("Avenue", "Road"))
    across = _streets(names[lattice.nx + 1 :], ("Street", "Lane"))
    addresses = [
        address
        for i in range(lattice.nx)
        for j in range(lattice.ny)
        for address in (f"{100 * (i + 1)} {across[j]}", f"{100 * (j + 1)} {along[i]}")
    ]
    areas = {
        dataset: make_areas(lattice, city.id, singular, usual_count(dataset, singular), seed)
        for dataset, singular in boundaries.items()
    }
    own = (areas[each.dataset] for each in city.boundaries if each.dataset in areas)
    usual = next(
        (division for division in own if 10 <= len(division.ids) <= 150),
        None,
    ) or make_areas(lattice, city.id, "district", 40, seed)
    return Ground(
        city=city,
        seed=seed,
        lattice=lattice,
        across=across,
        along=along,
        addresses=pa.array(addresses, pa.string()),
        areas=areas,
        usual=usual,
        cumulative=np.cumsum(lattice.weight.reshape(-1)),
    )


def _streets(names: list[str], kinds: tuple[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{name} {kinds[0] if n % ARTERIAL == 0 else kinds[n % 2]}" for n, name in enumerate(names)
    )


def uniform(numbers: Integers, salt: int) -> Floats:
    """A number in 0..1 for each whole number, always the same (SplitMix64, Steele et al., 2014).

    It gives a recurring place (a restaurant, a sensor) the same properties in every row that
    mentions it, without a table of all of them in memory.
    """
    z = numbers.astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15) % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return np.asarray((z >> np.uint64(11)).astype(np.float64) * 2.0**-53)
