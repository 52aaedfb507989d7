"""The ground of a synthetic city: a bent street lattice with a river, maybe a coast, and parks.

A city is a lattice of street blocks of about 200 m. Its nodes are displaced by smooth waves, so
that streets curve and every rectangle of blocks is still an exact tile of the plane: areas share
their borders to the last digit. One row of blocks is the river; beyond one side may lie a lake.
Each block has a weight, how much happens there: high in a centre and some subcentres, zero in
water and parks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interurban.core.city import City

from .seeds import generator

__all__ = ["ARTERIAL", "Block", "Floats", "Integers", "Lattice", "Rectangle", "make_lattice"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Block = npt.NDArray[np.int32]

ARTERIAL = 8
"""Every eighth street is a main street: about a mile apart, as in cities laid out by survey."""

_BLOCK_M = 200.0
_METRES_PER_DEGREE_LAT = 111_132.0
_METRES_PER_DEGREE_LON = 111_320.0


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Blocks ``i0 <= i < i1`` (west to east) and ``j0 <= j < j1`` (south to north)."""

    i0: int
    j0: int
    i1: int
    j1: int


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where every street corner is, and how much happens on every block.

    Parameters
    ----------
    lon, lat: corners in degrees (WGS84), shape (nx + 1, ny + 1): west to east, south to north.
    weight: share of all events on each block, shape (nx, ny), sums to 1.
    river: the row of blocks that is the river.
    coast: the side with a lake, ``east``, ``west`` or empty.
    parks: rectangles of blocks, disjoint.
    block_m: side of a block in metres, before bending.
    """

    lon: Floats
    lat: Floats
    weight: Floats
    river: int
    coast: str
    parks: tuple[Rectangle, ...]
    block_m: float

    @property
    def nx(self) -> int:
        """Blocks from west to east."""
        return int(self.weight.shape[0])

    @property
    def ny(self) -> int:
        """Blocks from south to north."""
        return int(self.weight.shape[1])

    def outline(self, area: Rectangle) -> Floats:
        """The closed ring around a rectangle of blocks, anticlockwise, lon/lat, shape (n, 2)."""
        south = [(i, area.j0) for i in range(area.i0, area.i1)]
        east = [(area.i1, j) for j in range(area.j0, area.j1)]
        north = [(i, area.j1) for i in range(area.i1, area.i0, -1)]
        west = [(area.i0, j) for j in range(area.j1, area.j0, -1)]
        corners = np.array([*south, *east, *north, *west, (area.i0, area.j0)])
        i, j = corners[:, 0], corners[:, 1]
        return np.column_stack([self.lon[i, j], self.lat[i, j]])

    def hectares(self, area: Rectangle) -> float:
        """Nominal size of a rectangle of blocks."""
        return (area.i1 - area.i0) * (area.j1 - area.j0) * self.block_m**2 / 10_000


def make_lattice(city: City, seed: int) -> Lattice:
    """Lay out a city inside its bounds.

    Parameters
    ----------
    city: only its id, which salts the seed, and its bounds are used.
    """
    rng = generator(seed, city.id, "plan")
    west, south, east, north = city.bounds
    lon_m = _METRES_PER_DEGREE_LON * math.cos(math.radians((south + north) / 2))
    width, height = (east - west) * lon_m, (north - south) * _METRES_PER_DEGREE_LAT
    coast = str(rng.choice(["east", "west", ""], p=[0.4, 0.1, 0.5]))
    margin = 0.04 * min(width, height)
    left = margin + (0.16 * width if coast == "west" else 0.0)
    right = width - margin - (0.16 * width if coast == "east" else 0.0)
    nx, ny = (_blocks(right - left), _blocks(height - 2 * margin))

    x = np.linspace(left, right, nx + 1)[:, None].repeat(ny + 1, axis=1)
    y = np.linspace(margin, height - margin, ny + 1)[None, :].repeat(nx + 1, axis=0)
    bend_x, bend_y = _waves(rng, x, y, margin)
    river = int(ny * rng.uniform(0.35, 0.65)) // ARTERIAL * ARTERIAL
    meander = _meander(rng, x, y - y[:, river : river + 1], width)
    lon = west + (x + bend_x) / lon_m
    lat = south + (y + bend_y + meander) / _METRES_PER_DEGREE_LAT

    parks = _parks(rng, nx, ny, river)
    return Lattice(
        lon=np.round(lon, 6),
        lat=np.round(lat, 6),
        weight=_weights(rng, nx, ny, river, coast, parks),
        river=river,
        coast=coast,
        parks=parks,
        block_m=(right - left) / nx,
    )


def _blocks(metres: float) -> int:
    return min(400, max(3 * ARTERIAL, round(metres / _BLOCK_M)))


def _waves(rng: np.random.Generator, x: Floats, y: Floats, margin: float) -> tuple[Floats, Floats]:
    """Displace by long waves; their slope stays under 0.3 in all, so that no street folds over."""
    shift = np.zeros((2, *x.shape))
    waves = 5
    for axis in (0, 1):
        for _ in range(waves):
            length = rng.uniform(6, 24) * margin
            amplitude = min(0.3 / waves * length / (2 * math.pi), 0.9 * margin / waves)
            angle, phase = rng.uniform(0, 2 * math.pi, 2)
            along = x * math.cos(angle) + y * math.sin(angle)
            shift[axis] += amplitude * np.sin(2 * math.pi * along / length + phase)
    return shift[0], shift[1]


def _meander(rng: np.random.Generator, x: Floats, off: Floats, width: float) -> Floats:
    """Bend the rows near the river (``off`` metres from it) up and down along its course."""
    course = np.zeros_like(x)
    for length, amplitude in ((width / 2.2, 0.018), (width / 5.1, 0.008)):
        course += amplitude * width * np.sin(2 * math.pi * x / length + rng.uniform(0, 2 * math.pi))
    reach = 0.12 * width
    return np.asarray(course * np.exp(-((off / reach) ** 2)))


def _parks(rng: np.random.Generator, nx: int, ny: int, river: int) -> tuple[Rectangle, ...]:
    taken = np.zeros((nx, ny), dtype=bool)
    taken[:, river] = True
    parks: list[Rectangle] = []
    for _ in range(nx * ny // 140):
        i, j = int(rng.integers(0, nx - 5)), int(rng.integers(0, ny - 5))
        wide, high = (int(n) for n in 1 + rng.integers(0, 5, 2) * (rng.random(2) < 0.4))
        if not taken[i : i + wide, j : j + high].any():
            taken[i : i + wide, j : j + high] = True
            parks.append(Rectangle(i, j, i + wide, j + high))
    return tuple(parks)


def _weights(
    rng: np.random.Generator,
    nx: int,
    ny: int,
    river: int,
    coast: str,
    parks: tuple[Rectangle, ...],
) -> Floats:
    """A centre by the river, a dozen subcentres, lively main streets, and chance."""
    i, j = np.meshgrid(np.arange(nx) + 0.5, np.arange(ny) + 0.5, indexing="ij")
    at = {"east": 0.85, "west": 0.15}.get(coast, 0.5) * nx
    reach = 0.09 * min(nx, ny)

    def bump(x: float, y: float, spread: float) -> Floats:
        return np.asarray(np.exp(-(((i - x) / spread) ** 2 + ((j - y) / spread) ** 2) / 2))

    weight = 0.25 + 9.0 * bump(at, river + 2, reach) + 1.2 * bump(at, river, 3.5 * reach)
    for _ in range(12):
        x, y = rng.uniform(0.05, 0.95) * nx, rng.uniform(0.05, 0.95) * ny
        weight += rng.uniform(0.8, 3.0) * bump(x, y, reach * rng.uniform(0.15, 0.5))
    main = (np.arange(nx) % ARTERIAL == 0)[:, None] | (np.arange(ny) % ARTERIAL == 0)[None, :]
    weight *= np.where(main, 2.0, 1.0) * rng.lognormal(0.0, 0.7, (nx, ny))
    weight[:, river] = 0.0
    for park in parks:
        weight[park.i0 : park.i1, park.j0 : park.j1] = 0.0
    return np.asarray(weight / weight.sum())
