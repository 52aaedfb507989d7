"""A cover says of every key what the shapes themselves say, or that it does not know."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from shapely.geometry.base import BaseGeometry

from interurban.query.grid import box_of_degrees, morton_key
from interurban.store.area_cover import EDGE, OUTSIDE, AreaCover, cover_areas

# Multiples of 1/64 degree are exact, so points lie exactly on borders and corners.
STEPS = st.integers(-96, 96).map(lambda n: n / 64)
POINTS = st.tuples(STEPS, STEPS)


@st.composite
def areas(draw: st.DrawFn) -> list[BaseGeometry]:
    """Boxes that share borders, hulls that overlap them, rings with holes, lines and points."""
    found: list[BaseGeometry] = [
        shapely.box(x / 2, y / 2, (x + 1) / 2, (y + 1) / 2)
        for x, y in draw(st.sets(st.tuples(st.integers(-3, 2), st.integers(-3, 2)), max_size=9))
    ]
    for corners in draw(st.lists(st.lists(POINTS, min_size=1, max_size=5), max_size=4)):
        shape = shapely.MultiPoint(corners).convex_hull
        found.append(shape)
        found.append(shape.buffer(0.5).difference(shape.buffer(0.25)))
    found.append(shapely.union_all(found[::2]) if found else shapely.box(0, 0, 1, 1))
    return draw(st.permutations(found))


def answer(cover: AreaCover, lon: float, lat: float) -> int:
    box = box_of_degrees(lon, lat, lon, lat)
    key = np.uint64(morton_key(box.x0, box.y0))
    return int(cover.area[np.searchsorted(cover.first, key, side="right") - 1])


@given(
    shapes=areas(), points=st.lists(POINTS, min_size=1, max_size=40), edges=st.integers(1, 5_000)
)
@settings(max_examples=80, deadline=None)
def test_a_cover_is_right_wherever_it_answers(
    shapes: list[BaseGeometry], points: list[tuple[float, float]], edges: int
) -> None:
    cover = cover_areas(shapes, edges)
    assert cover is not None
    assert cover.first[0] == 0
    assert (np.diff(cover.first.astype(object)) > 0).all()
    corners = shapely.get_coordinates(shapes[0])[:10].tolist()
    for lon, lat in [*points, *corners]:
        here = shapely.Point(lon, lat)
        true = next((i for i, s in enumerate(shapes) if shapely.intersects(s, here)), OUTSIDE)
        assert answer(cover, lon, lat) in (true, EDGE)
        if any(shapely.intersects(shape.boundary, here) for shape in shapes if shape.area):
            assert answer(cover, lon, lat) == EDGE, "on an outline only the geometry tells"


def test_nearly_everything_is_known_without_geometry() -> None:
    """For a round area of 20 km, 2,000 cells leave less than 2 % of its square unknown."""
    city = shapely.Point(-0.1, 51.5).buffer(0.1, quad_segs=64)
    cover = cover_areas([city], 2_000)
    assert cover is not None
    lon, lat = np.meshgrid(np.linspace(-0.2, 0, 80), np.linspace(51.4, 51.6, 80))
    told = [answer(cover, *at) for at in zip(lon.ravel(), lat.ravel(), strict=True)]
    assert told.count(EDGE) / len(told) < 0.02
    assert told.count(0) > 0.7 * len(told)


def test_a_long_straight_border_is_an_edge_all_along() -> None:
    """Also where web mercator stretches latitudes by more than ten along one piece."""
    wedge = shapely.Polygon([(-100, -84), (10, 84.5), (80, 0)])
    cover = cover_areas([wedge], 20_000)
    assert cover is not None
    for share in np.linspace(0.001, 0.999, 4_001):
        on = shapely.line_interpolate_point(wedge.exterior, share, normalized=True)
        assert answer(cover, on.x, on.y) == EDGE


@pytest.mark.parametrize(
    "shapes",
    [[], [shapely.Polygon()], [shapely.box(170, 0, 180, 5)], [shapely.box(0, 80, 5, 90)]],
    ids=["nothing", "empty", "at the date line", "at the pole"],
)
def test_there_is_no_cover_where_keys_end(shapes: list[BaseGeometry]) -> None:
    assert cover_areas(shapes, 1_000) is None
