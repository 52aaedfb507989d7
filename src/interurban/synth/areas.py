"""Areas of a synthetic city: its blocks divided into parts of about equal activity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lattice import Block, Lattice, Rectangle
from .names import place_names
from .seeds import generator

__all__ = ["Areas", "make_areas", "usual_count"]

_USUAL = {
    "lsoa": 4_800,
    "msoa": 1_000,
    "tract": 800,
    "beat": 277,
    "police district": 25,
    "borough": 33,
    "ward": 50,
    "zip": 60,
    "postcode": 120,
    "community": 77,
    "quarter": 12,
    "neighbo": 98,
    "greater": 1,
    "city": 1,
}
"""How many areas of a kind a city of millions has, by a word of its name; the first one found."""


@dataclass(frozen=True, slots=True)
class Areas:
    """One way of dividing the city.

    Parameters
    ----------
    singular: what one of them is called.
    ids, names, rectangles: one of each for every area, in the same order.
    of_block: position of the area that each block lies in, shape (nx, ny).
    """

    singular: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    rectangles: tuple[Rectangle, ...]
    of_block: Block


def usual_count(*names: str) -> int:
    """How many areas of a kind a city of millions has, from what it is called; 60 if unknown."""
    text = " ".join(names).lower().replace("_", " ")
    return next((count for word, count in _USUAL.items() if word in text), 60)


def make_areas(lattice: Lattice, city: str, singular: str, count: int, seed: int) -> Areas:
    """Divide the city into about ``count`` rectangles of blocks that tile it exactly.

    The same city, kind and seed give the same areas. There are fewer than ``count`` when the
    blocks do not suffice.
    """
    rectangles = tuple(_split(lattice, Rectangle(0, 0, lattice.nx, lattice.ny), count))
    of_block = np.empty((lattice.nx, lattice.ny), dtype=np.int32)
    for position, area in enumerate(rectangles):
        of_block[area.i0 : area.i1, area.j0 : area.j1] = position
    digits = len(str(len(rectangles)))
    ids = tuple(str(n).zfill(digits) for n in range(1, len(rectangles) + 1))
    rng = generator(seed, city, "areas", singular)
    if len(rectangles) <= 400:
        names = tuple(place_names(rng, len(rectangles)))
    else:
        names = tuple(f"{singular.capitalize()} {area_id}" for area_id in ids)
    return Areas(singular, ids, names, rectangles, of_block)


def _split(lattice: Lattice, area: Rectangle, count: int) -> list[Rectangle]:
    """Cut across the longer side where the activity on both sides is as their share of areas."""
    wide, high = area.i1 - area.i0, area.j1 - area.j0
    if count <= 1 or wide * high <= 1:
        return [area]
    lower = count // 2
    weight = lattice.weight[area.i0 : area.i1, area.j0 : area.j1] + 0.1 / lattice.weight.size
    across = weight.sum(axis=1 if wide >= high else 0)
    cut = int(np.searchsorted(np.cumsum(across), across.sum() * lower / count)) + 1
    cut = min(max(cut, 1), len(across) - 1)
    if wide >= high:
        one = Rectangle(area.i0, area.j0, area.i0 + cut, area.j1)
        two = Rectangle(area.i0 + cut, area.j0, area.i1, area.j1)
    else:
        one = Rectangle(area.i0, area.j0, area.i1, area.j0 + cut)
        two = Rectangle(area.i0, area.j0 + cut, area.i1, area.j1)
    return _split(lattice, one, lower) + _split(lattice, two, count - lower)
