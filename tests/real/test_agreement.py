"""Whatever is asked: rows = count = sum of aggregate = sum of cells = union of tiles = export."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import mapbox_vector_tile
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings

from interurban.catalog.node import Node
from interurban.core import query as q
from interurban.query.grid import box_of_degrees
from interurban.store import engine

SETTINGS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CITIES = {"chicago": (-87.95, 41.63, -87.5, 42.05), "london": (-0.52, 51.28, 0.34, 51.7)}


@st.composite
def boxes(draw: st.DrawFn, city: str) -> q.BBox:
    west, south, east, north = CITIES[city]
    xs = sorted(draw(st.tuples(st.floats(west, east), st.floats(west, east))))
    ys = sorted(draw(st.tuples(st.floats(south, north), st.floats(south, north))))
    return q.BBox(xs[0], ys[0], xs[1], ys[1])


@st.composite
def places(draw: st.DrawFn, city: str) -> q.Place:
    box = draw(boxes(city))
    kind = draw(st.sampled_from(["box", "near", "shape", "area"]))
    if kind == "near":
        return q.Near(box.west, box.south, draw(st.floats(1, 20_000)))
    if kind == "shape":
        middle = shapely.Point(box.west, box.south)
        return q.Within(middle.buffer(draw(st.floats(0.001, 0.2)), quad_segs=3))
    if kind == "area" and city == "chicago":
        return q.InArea("chicago.community_areas", str(draw(st.integers(1, 77))))
    if kind == "area":
        return q.InArea("london.boroughs", f"E09{draw(st.integers(1, 33)):06}")
    return box


@st.composite
def filters(draw: st.DrawFn, values: tuple[str, ...], field: str) -> q.Filter:
    leaf = st.one_of(
        st.sampled_from(values).map(lambda v: q.Compare("=", q.Name(field), q.Literal(v))),
        st.lists(st.sampled_from(values), min_size=1, max_size=3).map(
            lambda vs: q.InList(q.Name(field), tuple(map(q.Literal, vs)))
        ),
        st.sampled_from(["%THE%", "B%", "%a_s%"]).map(
            lambda p: q.Like(q.Name(field), q.Literal(p))
        ),
        st.just(q.IsNull(q.Name(field))),
        st.just(q.Text(("street",))),
    )
    return draw(
        st.recursive(
            leaf,
            lambda inner: st.one_of(
                inner.map(q.Not),
                st.lists(inner, min_size=2, max_size=3).map(lambda p: q.And(tuple(p))),
                st.lists(inner, min_size=2, max_size=3).map(lambda p: q.Or(tuple(p))),
            ),
            max_leaves=5,
        )
    )


CRIMES = ("theft", "violence", "other", "burglary", "drugs")
SUBJECTS = {
    "chicago.crimes_2019_sample": ("category", CRIMES, datetime(2019, 1, 1, tzinfo=UTC), 400),
    "london.crimes_city_of_london": ("category", CRIMES, datetime(2022, 6, 1, tzinfo=UTC), 400),
    "london.food_hygiene_2015": (
        "authority",
        ("Hackney", "Camden", "Barnet"),
        datetime(2008, 1, 1, tzinfo=UTC),
        2_600,
    ),
}


@st.composite
def queries(draw: st.DrawFn) -> q.Query:
    dataset = draw(st.sampled_from(sorted(SUBJECTS)))
    field, values, first, days = SUBJECTS[dataset]
    city = dataset.partition(".")[0]
    starts = st.integers(0, days).map(lambda d: first + timedelta(days=d))
    spans = st.tuples(st.none() | starts, st.none() | starts).map(lambda t: q.TimeSpan(*t))
    return q.Query(
        dataset,
        where=draw(st.none() | filters(values, field)),
        places=tuple(draw(st.lists(places(city), max_size=2))),
        times=tuple(draw(st.lists(spans, max_size=1))),
    )


def rows_of(node: Node, query: q.Query) -> pa.Table:
    rows = node.rows(query)
    batches = list(rows.batches)
    return pa.Table.from_batches(batches) if batches else pa.table({"_row": [], "_key": []})


@given(query=queries())
@SETTINGS
def test_every_answer_means_the_same_rows(real_node: Node, query: q.Query) -> None:
    field = SUBJECTS[query.dataset][0]
    if real_node.snapshot(query.dataset).field(field) is None:
        pytest.fail(f"{query.dataset} lost its field {field}")
    rows = rows_of(real_node, query)
    counted = real_node.count(query)
    assert counted.count == rows.num_rows

    by = (q.ByField(field), q.ByTime("month"))
    aggregate = real_node.aggregate(replace(query, measures=(q.Measure("count"),), groups=by))
    assert sum(aggregate.column("count").to_pylist()) == counted.count

    cells = real_node.cells(query, 14)
    assert sum(cells.column("count").to_pylist()) == counted.placed

    assert sorted(tile_rows(real_node, query)) == sorted(
        row
        for row, key in zip(
            rows.column("_row").to_pylist(), rows.column("_key").to_pylist(), strict=True
        )
        if key < 2**64 - 1
    )


def tile_rows(node: Node, query: q.Query, z: int = 12) -> list[int]:
    """Row numbers of every feature on the tiles of a zoom."""
    west, south, east, north = CITIES[query.dataset.partition(".")[0]]
    box = box_of_degrees(west - 0.3, south - 0.3, east + 0.3, north + 0.3)
    shift = 32 - z
    found: list[int] = []
    cells = node.cells(query, z + 2).to_pylist()
    filled = {(cell["x"] >> 2, cell["y"] >> 2) for cell in cells}
    assert all(
        box.x0 >> shift <= x <= box.x1 >> shift and box.y0 >> shift <= y <= box.y1 >> shift
        for x, y in filled
    )
    for x, y in filled:
        tile = node.tile(query, z, x, y)
        layer = mapbox_vector_tile.decode(tile)["features"]
        found += [feature["id"] for feature in layer["features"]]
    return found


@given(query=queries())
@settings(parent=SETTINGS, max_examples=10)
def test_pages_are_the_rows_each_once(real_node: Node, query: q.Query) -> None:
    whole = rows_of(real_node, query).column("_row").to_pylist()
    paged: list[int] = []
    after = None
    while True:
        page = next(iter(real_node.page(replace(query, limit=997, after=after)).batches), None)
        if page is None or not page.num_rows:
            break
        paged += page.column("_row").to_pylist()
        after = q.Cursor(page.column("_key")[-1].as_py(), page.column("_row")[-1].as_py())
    assert paged == whole


@pytest.fixture(scope="module")
def cold_node(real_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """The same data moved to another folder, without hot copies and unable to make any."""
    home = tmp_path_factory.mktemp("moved") / "home"
    shutil.copytree(real_node.home.root, home, ignore=shutil.ignore_patterns("hot", "*.lock"))
    with pytest.MonkeyPatch.context() as patch, Node(home) as node:
        patch.setattr(engine, "build_hot_copy", lambda *_: None)
        yield node


@given(query=queries())
@settings(parent=SETTINGS, max_examples=10)
def test_the_lake_and_the_hot_copy_agree(real_node: Node, cold_node: Node, query: q.Query) -> None:
    """The truth and its cache give the same rows in the same order, also from a moved folder."""
    hot, cold = rows_of(real_node, query), rows_of(cold_node, query)
    assert cold.column("_row").to_pylist() == hot.column("_row").to_pylist()
    month = replace(query, measures=(q.Measure("count"),), groups=(q.ByTime("month"),))
    assert cold_node.aggregate(month).equals(real_node.aggregate(month))


@pytest.mark.parametrize("dataset", ["chicago.l_lines", "chicago.parks"])
def test_lines_and_polygons_are_on_every_tile_they_touch(real_node: Node, dataset: str) -> None:
    query = q.Query(dataset)
    rows = set(rows_of(real_node, query).column("_row").to_pylist())
    seen: set[int] = set()
    z = 11
    box = box_of_degrees(-88.2, 41.5, -87.3, 42.2)
    for x in range(box.x0 >> (32 - z), (box.x1 >> (32 - z)) + 1):
        for y in range(box.y0 >> (32 - z), (box.y1 >> (32 - z)) + 1):
            tile = real_node.tile(query, z, x, y)
            if tile:
                layer = mapbox_vector_tile.decode(tile).get("features", {"features": []})
                seen |= {feature["id"] for feature in layer["features"]}
    assert seen == rows


def test_areas_add_up_to_the_whole(real_node: Node) -> None:
    """Every row is in one area or in none, and the sum is the count."""
    query = q.Query(
        "chicago.crimes_2019_sample",
        measures=(q.Measure("count"),),
        groups=(q.ByArea("chicago.community_areas"),),
    )
    table = real_node.aggregate(query)
    assert sum(table.column("count").to_pylist()) == real_node.snapshot(query.dataset).rows
    published = real_node.aggregate(replace(query, groups=(q.ByField("area_id"),)))
    ours = dict(zip(*(table.column(c).to_pylist() for c in table.column_names), strict=True))
    theirs = dict(
        zip(*(published.column(c).to_pylist() for c in published.column_names), strict=True)
    )
    both = [area for area in ours if area in theirs]
    assert len(both) >= 70
    off = sum(abs(ours[a] - theirs[a]) for a in both)
    assert off / sum(theirs.values()) < 0.03, "blocks are published on the streets between areas"


@pytest.mark.parametrize(
    "where", [None, q.Compare("=", q.Name("category"), q.Literal("theft"))], ids=["all", "filtered"]
)
def test_a_crowded_tile_gives_counts_that_add_up(
    real_node: Node, monkeypatch: pytest.MonkeyPatch, where: q.Filter | None
) -> None:
    """Past the limit a tile holds grid points with a count: no row is hidden or counted twice."""
    monkeypatch.setattr(engine, "MAX_TILE_FEATURES", 100)
    query = q.Query("chicago.crimes_2019_sample", where=where)
    box = box_of_degrees(-87.65, 41.85, -87.65, 41.85)
    for z in (0, 8, 10, 11):
        x, y = box.x0 >> (32 - z), box.y0 >> (32 - z)
        tile = real_node.tile(query, z, x, y)
        assert tile == real_node.tile(query, z, x, y), "equal tiles are equal bytes"
        features = mapbox_vector_tile.decode(tile)["features"]["features"]
        cells = real_node.cells(query, z).to_pylist()
        inside = next(c["count"] for c in cells if (c["x"], c["y"]) == (x, y))
        assert sum(feature["properties"]["count"] for feature in features) == inside
