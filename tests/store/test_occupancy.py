"""What an occupancy says of a tile is the count of its points, or not less than it."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from interurban.query.grid import morton_key
from interurban.store import occupancy
from interurban.store.occupancy import LEVEL, Occupancies, Occupancy

COORDINATES = st.integers(2**LEVEL - 20, 2**LEVEL - 1) | st.integers(0, 2**LEVEL - 1)


@given(
    points=st.lists(st.tuples(COORDINATES, COORDINATES), max_size=60),
    tile=st.integers(0, LEVEL + 4),
    most_cells=st.sampled_from([3, 20, 10**6]),
    at=st.integers(0, 59),
)
@settings(max_examples=200, deadline=None)
def test_a_tile_never_holds_more_than_is_said(
    points: list[tuple[int, int]], tile: int, most_cells: int, at: int
) -> None:
    keys = np.array([morton_key(x, y) for x, y in points], np.uint64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(occupancy, "_MOST_CELLS", most_cells)
        known = Occupancy.of(LEVEL, *np.unique(keys, return_counts=True))
    assert len(known.cells) <= most_cells
    x, y = points[at % len(points)] if points else (5, 6)
    shift = LEVEL - tile
    x, y = (x >> shift, y >> shift) if shift >= 0 else (x << -shift, y << -shift)
    held, exact = known.held(tile, x, y)
    true = sum((px >> shift, py >> shift) == (x, y) for px, py in points) if shift >= 0 else 0
    assert held >= true
    if exact:
        assert held == true
    assert exact == (tile <= known.level)


def test_each_table_is_counted_once_and_few_are_kept() -> None:
    kept, counted = Occupancies(2), []

    def count(name: str) -> Occupancy:
        def now() -> Occupancy:
            counted.append(name)
            return Occupancy.of(LEVEL, np.array([], np.uint64), np.array([], np.int64))

        return kept.get((name,), now)

    for name in "aabab":
        count(name)
    assert counted == ["a", "b"]
    count("c")
    count("b")
    count("a")
    assert counted == ["a", "b", "c", "a"]
