"""Ways along streets: networks worked out by hand, laws, fallbacks, and streets that are no use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.apps.schools.access.access import Access, access_of
from interurban.apps.schools.access.streets.found import streets_of
from interurban.apps.schools.access.streets.homes import homes_along
from interurban.apps.schools.access.streets.network import (
    Doors,
    Network,
    doors_of,
    network_of,
)
from interurban.apps.schools.access.streets.routes import (
    Routes,
    distances,
    nearest,
    routes_of,
    spots_of,
    to_spots,
)
from interurban.apps.schools.access.words import checks_in_words, how_made
from interurban.apps.schools.reading import open_atlas
from interurban.apps.schools.settings import FlowSource
from interurban.apps.schools.subjects import Floats
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core.errors import BadRequest, ConfigurationError

from . import springfield

FAR = 300.0


def network(*lines: list[tuple[float, float]], classes: list[str] | None = None) -> Network:
    made = np.array([shapely.LineString(one) for one in lines], dtype=object)
    return network_of(made, classes or [""] * len(lines))


def ways(
    net: Network, schools: list[tuple[float, float]], homes: list[tuple[float, float]]
) -> Floats:
    """Metres from each school to each home."""
    routes = routes_of(net, doors_of(net, np.array(schools, dtype=float), FAR))
    spots = spots_of(routes, doors_of(net, np.array(homes, dtype=float), FAR))
    found = distances(routes, np.arange(len(schools)), np.inf)
    return np.array([to_spots(routes, spots, far) for _, far in found])


def grid(
    columns: int, rows: int, step: float, without: set[tuple[str, int, int]] | None = None
) -> Network:
    """Streets between the corners of squares, each side of a square a line of its own."""
    gone = without or set()
    lines = [
        [(i * step, j * step), ((i + 1) * step, j * step)]
        for i in range(columns - 1)
        for j in range(rows)
        if ("across", i, j) not in gone
    ]
    lines += [
        [(i * step, j * step), (i * step, (j + 1) * step)]
        for i in range(columns)
        for j in range(rows - 1)
        if ("up", i, j) not in gone
    ]
    return network(*lines)


# Networks


def test_streets_meet_where_they_share_a_vertex_and_nowhere_else() -> None:
    """A street of 200 m, another that leaves it half way, and a bridge over it."""
    net = network([(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 100)], [(50, -50), (50, 50)])
    assert sorted(net.metres.tolist()) == [100, 100, 100]
    assert (net.nodes, net.length, net.connected) == (4, 400, 0.75)


def test_ends_within_a_metre_are_one_place_and_others_are_not() -> None:
    assert network([(0, 0), (100, 0)], [(100.6, 0.5), (200, 0)]).connected == 1
    assert network([(0, 0), (100, 0)], [(101.2, 0.5), (200, 0)]).connected < 0.6


def test_a_finely_drawn_curve_keeps_its_length() -> None:
    """Vertices are not drawn together, however near they are, but for the metre at each end."""
    turn = np.linspace(0, np.pi, 500)
    curve = [(50 * np.cos(at), 50 * np.sin(at)) for at in turn]
    assert network(curve).length == pytest.approx(50 * np.pi, abs=2)


def test_motorways_and_what_is_no_line_are_left_out() -> None:
    lines = np.array(
        [
            shapely.LineString([(0, 0), (100, 0)]),
            shapely.LineString([(0, 0), (0, 900)]),
            shapely.MultiLineString([[(100, 0), (100, 50)], [(0, 0), (0, 50)]]),
            None,
            shapely.Point(0, 0),
        ],
        dtype=object,
    )
    net = network_of(lines, ["", "motorway", "", "", ""])
    assert (net.segments, net.closed, net.length, net.connected) == (5, 1, 200, 1)


def test_nothing_to_walk_on_is_an_empty_network() -> None:
    for lines in ([], [[(0.0, 0.0), (9.0, 0.0)]]):
        net = network(*lines, classes=["motorway"] * len(lines))
        assert (len(net.metres), net.connected) == (0, 0)


# Ways


def test_a_way_by_hand() -> None:
    """10 m to the street, 50 m along it, 100 m up the other, 5 m from it."""
    net = network([(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 100)])
    assert ways(net, [(150, 10)], [(105, 100)]) == pytest.approx(np.array([[165]]))


def test_home_and_school_on_one_street_need_no_corner() -> None:
    net = network([(0, 0), (1000, 0)], [(1000, 0), (1000, 500)])
    found = ways(net, [(300, 4), (300, -4), (0, 0)], [(320, 0), (300, 3), (1000, 0)])
    assert found[0] == pytest.approx([24, 7, 704])
    assert found[1] == pytest.approx([24, 7, 704])
    assert found[2] == pytest.approx([320, 303, 1000])


def test_of_two_streets_between_the_same_corners_the_shorter_is_gone() -> None:
    net = network([(0, 0), (50, 80), (100, 0)], [(0, 0), (100, 0)], [(100, 0), (200, 0)])
    assert ways(net, [(0, 0)], [(200, 0)])[0, 0] == pytest.approx(200)


def test_a_blind_alley_and_a_loop_are_gone_to_their_middle() -> None:
    """A ring of 400 m that hangs on one corner: half of it is 200 m whichever way round."""
    ring = [(100, 0), (200, 0), (200, 100), (100, 100), (100, 0)]
    net = network([(0, 0), (100, 0)], ring)
    assert ways(net, [(0, 0)], [(200, 100)])[0, 0] == pytest.approx(300)


def test_on_a_grid_a_way_is_as_long_as_its_columns_and_rows() -> None:
    net = grid(9, 7, 100)
    corners = [(i * 100.0, j * 100.0) for i in range(9) for j in range(7)]
    found = ways(net, [(200, 300)], corners)[0]
    assert found == pytest.approx([abs(x - 200) + abs(y - 300) for x, y in corners], abs=1e-4)


def river_with_a_bridge() -> Network:
    """Seven columns, and between the rows 2 and 3 a river with one bridge at column 6."""
    return grid(7, 6, 100, {("up", i, 2) for i in range(6)})


def test_over_the_river_one_goes_by_the_bridge() -> None:
    net = river_with_a_bridge()
    assert ways(net, [(0, 300)], [(0, 200)])[0, 0] == pytest.approx(600 + 100 + 600)


def test_the_nearest_school_is_not_the_one_across_the_river() -> None:
    net = river_with_a_bridge()
    schools = np.array([[0.0, 300], [400, 0]])
    routes = routes_of(net, doors_of(net, schools, FAR))
    homes = spots_of(routes, doors_of(net, np.array([[0.0, 200], [600, 200]]), FAR))
    found, metres = nearest(routes, np.arange(2), homes)
    assert found.tolist() == [1, 1]
    assert metres == pytest.approx([600, 400], abs=1e-4)


def test_what_lies_beyond_the_cutoff_is_infinitely_far() -> None:
    net = grid(9, 2, 100)
    routes = routes_of(net, doors_of(net, np.array([[0.0, 0.0]]), FAR))
    spots = spots_of(routes, doors_of(net, np.array([[300.0, 0], [800, 0]]), FAR))
    ((_, far),) = distances(routes, np.arange(1), 500)
    assert to_spots(routes, spots, far) == pytest.approx([300, np.inf], abs=1e-4)


def test_who_lives_far_from_every_street_has_no_door() -> None:
    net = network([(0, 0), (100, 0)])
    doors = doors_of(net, np.array([[50.0, 299], [50, 301], [np.nan, np.nan]]), FAR)
    assert doors.near.tolist() == [True, False, False]
    assert doors.metres[0] == 299


sides = st.sets(
    st.tuples(st.sampled_from(["across", "up"]), st.integers(0, 4), st.integers(0, 4)), max_size=14
)
places = st.tuples(st.floats(-40, 440), st.floats(-40, 440))


@settings(max_examples=50, deadline=None)
@given(sides, st.lists(places, min_size=3, max_size=3))
def test_ways_are_distances(
    without: set[tuple[str, int, int]], three: list[tuple[float, float]]
) -> None:
    """Never shorter than the straight line, as long there as back, no shorter by a detour."""
    net = grid(5, 5, 100, without)
    doors = doors_of(net, np.array(three), 1_000)
    routes = routes_of(net, doors)
    spots = spots_of(routes, doors)
    far = np.array(
        [to_spots(routes, spots, one) for _, one in distances(routes, np.arange(3), 1e9)]
    )
    straight = np.hypot(*(np.array(three)[:, None] - np.array(three)[None]).transpose(2, 0, 1))
    between = ~np.eye(3, dtype=bool)
    assert (far >= straight - 1e-3)[between].all()
    assert np.allclose(far, far.T, atol=1e-3)
    assert far[0, 2] <= far[0, 1] + far[1, 2] + 1e-3


@settings(max_examples=30, deadline=None)
@given(sides, st.lists(places, min_size=1, max_size=4), st.lists(places, min_size=1, max_size=6))
def test_one_search_for_the_nearest_finds_what_searches_for_each_find(
    without: set[tuple[str, int, int]],
    schools: list[tuple[float, float]],
    homes: list[tuple[float, float]],
) -> None:
    net = grid(5, 5, 100, without)
    routes = routes_of(net, doors_of(net, np.array(schools), 1_000))
    spots = spots_of(routes, doors_of(net, np.array(homes), 1_000))
    each = [to_spots(routes, spots, one) for _, one in _all(routes)]
    found, metres = nearest(routes, np.arange(len(schools)), spots)
    assert metres == pytest.approx(np.min(each, axis=0), abs=1e-3)
    assert np.array(each)[found, np.arange(len(homes))] == pytest.approx(metres, abs=1e-3)


def _all(routes: Routes) -> list[tuple[int, Floats]]:
    return list(distances(routes, np.arange(len(routes.doors.piece)), np.inf))


# Homes


def test_homes_stand_along_the_streets_of_their_area_by_their_length() -> None:
    """300 m of street in the west, 100 m in the east; the school stands in the far west."""
    net = network([(0, 0), (300, 0)], [(300, 0), (400, 0)], [(400, 0), (400, 50)])
    routes = routes_of(net, _nobody())
    shapes = np.array([shapely.box(-1, -1, 401, 1), shapely.box(800, 0, 900, 9), None])
    points = np.array([[1.0, 0], [500, 0], [np.nan, np.nan]])
    homes = homes_along(routes, shapes, points, FAR)
    assert homes.share.tolist() == [0.75, 0.25, 1]
    assert homes.area.tolist() == [0, 0, 1]
    assert homes.near.tolist() == [True, True, False]
    # The second area has no street: its point comes to the corner of the other's, 100 m away.
    assert homes.spots.metres.tolist() == [0, 0, 100]
    assert homes.mean(np.array([150.0, 350, 7]))[:2].tolist() == [200, 7]
    assert homes.most(np.array([4, 2, 0])).tolist() == [4, 0, -1]


def test_nobody_lives_on_a_footpath_or_a_trunk_road() -> None:
    net = network(
        [(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)],
        classes=["footway", "residential", "trunk"],
    )  # fmt: skip
    routes = routes_of(net, _nobody())
    homes = homes_along(routes, np.array([shapely.box(0, -1, 300, 1)]), np.array([[0.0, 0]]), FAR)
    assert homes.xy.tolist() == [[150, 0]]


def _nobody() -> Doors:
    return Doors(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


# A city

Square = tuple[float, float]
NORTH = 3
"""Streets of the city run every third of a square."""


def city_streets(*, bridge: bool = True) -> list[list[Square]]:
    """A grid over the four areas of springfield, parted by a river between its two columns."""
    steps = [at / NORTH for at in range(2 * NORTH + 1)]
    lines = []
    for y in steps:
        west, east = [x for x in steps if x < 1], [x for x in steps if x > 1]
        lines += [[(a, y), (b, y)] for side in (west, east) for a, b in pairwise(side)]
    for x in steps:
        if x != 1:
            lines += [[(x, a), (x, b)] for a, b in pairwise(steps)]
    if bridge:
        lines.append([(1 - 1 / NORTH, 0), (1 + 1 / NORTH, 0)])
    return lines


STREETS = {
    "streets": city_streets(),
    "banks": city_streets(bridge=False),
    "corner": [line for line in city_streets() if all(x <= 0.7 and y <= 0.7 for x, y in line)],
    "planned": [],
}
"""Streets of the city by name: whole, without the bridge, around the school alone; not loaded."""

Chosen = Callable[[str], Node]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chosen]:
    """Springfield with children, a school in its south west, and ways along streets by name."""
    folder = tmp_path_factory.mktemp("city")
    pack, files = springfield.write(folder, faulty=False)
    schools = (files / "schools.csv").read_text().splitlines()
    (files / "schools.csv").write_text("\n".join(schools[:2]) + "\n")
    streets = folder / "streets"
    (streets / "datasets").mkdir(parents=True)
    (streets / "datasets" / "others.yaml").write_text(OTHERS)
    for name, lines in STREETS.items():
        (streets / "datasets" / f"{name}.yaml").write_text(DATASET.format(name=name))
        (files / f"{name}.geojson").write_text(_geojson(lines))
    with Node(folder / "home", packs=[pack, streets]) as node:
        for name in ("areas", "schools", "scores", *(one for one, has in STREETS.items() if has)):
            load(node, f"springfield.{name}", Origin(mirror=files))
        atlas = open_atlas(node, "springfield")
        areas = atlas.areas(FlowSource("springfield.scores", "primary", ("springfield.areas",)))
        far = np.hypot(*(areas.metres - atlas.schools.metres[0]).T)
        rows = [f"{one},{max(metres, 1)}" for one, metres in zip(areas.ids, far, strict=True)]
        (files / "others.csv").write_text("\n".join(["area,metres", *rows]) + "\n")
        load(node, "springfield.others", Origin(mirror=files))
    opened: list[Node] = []

    def along(said: str) -> Node:
        extra = folder / f"said-{len(opened)}"
        (extra / "datasets").mkdir(parents=True)
        (extra / "apps").mkdir()
        (extra / "apps" / "schools.yaml").write_text(SAID.format(said=said))
        opened.append(Node(folder / "home", packs=[pack, streets, extra]))
        return opened[-1]

    yield along
    for node in opened:
        node.close()


DATASET = """\
id: springfield.{name}
title: Streets
summary: Streets of a city that exists in tests alone.
theme: base map
publisher: City of Springfield
licence: open
attribution: City of Springfield
frequency: once
standard: street_segment@1
vintage: '2020'
mirror: {{type: files, path: {name}.geojson}}
mapping: {{road_class: kind}}
"""

OTHERS = """\
id: springfield.others
title: By somebody else
summary: Distances of somebody who flies straight over the river.
theme: transport
publisher: City of Springfield
licence: open
attribution: City of Springfield
frequency: once
standard: travel_time@1
mirror: {type: files, path: others.csv}
mapping: {area_id: area, metres: number(metres)}
"""

SAID = """\
city: springfield
children:
  - {{dataset: springfield.scores, areas: [springfield.areas], measure: Score, ages: [4, 10]}}
access:
  streets: {{dataset: springfield.{said}}}
"""


def _geojson(lines: list[list[Square]]) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"kind": "residential"},
            "geometry": {
                "type": "LineString",
                "coordinates": [springfield.box(*corner)[:2] for corner in line],
            },
        }
        for line in lines
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def access_in(node: Node, method: str = "nearest", way: str = "", reach: float = 3000) -> Access:
    atlas = open_atlas(node, "springfield")
    return access_of(atlas, atlas.settings.stages[0], method, reach, way)


@pytest.fixture(scope="module")
def parted(city: Chosen) -> Node:
    """A city of two banks, the school on the western one, with a bridge in the far south."""
    return city("streets")


def test_streets_are_taken_unasked_and_the_answer_says_which(parted: Node) -> None:
    found = access_in(parted)
    assert found.choice.way.name == "streets"
    assert (found.areas_off, found.schools_off) == (0, 0)
    how = how_made(found)[0]
    assert "go along Streets (2020)" in how
    assert "100.0% of the length hang together" in how
    assert "springfield.streets" in found.datasets


def test_across_the_river_the_way_is_longer_than_any_straight_line(parted: Node) -> None:
    along, lines = access_in(parted), access_in(parted, way="straight")
    by_area = dict(zip(along.homes.areas.ids, along.values / lines.values, strict=True))
    # The school is in the middle of the south west; the bridge lies south of both.
    assert by_area["N2"] > 1.1
    assert by_area["N4"] > 1.1
    assert lines.choice.why == ""
    assert "straight lines times 1" in how_made(lines)[0]


def test_the_places_of_a_school_are_shared_among_those_who_reach_it_by_street(
    parted: Node,
) -> None:
    reach = 1500
    along = access_in(parted, "2sfca", reach=reach)
    lines = access_in(parted, "2sfca", "straight", reach)
    assert (along.values > 0).sum() <= (lines.values > 0).sum()
    children = along.homes.children
    for one in (along, lines):
        assert float(one.values @ children) == pytest.approx(float(one.supply.places.sum()))


def test_who_asks_for_no_way_that_there_is_is_told(parted: Node) -> None:
    with pytest.raises(BadRequest, match="no way 'boat'"):
        access_in(parted, way="boat")


def test_broken_streets_are_refused_in_words(city: Chosen) -> None:
    """Without the bridge each bank holds half of the streets."""
    node = city("banks")
    found = access_in(node)
    assert found.choice.way.name == "straight"
    assert "only 50% of the length hang together" in how_made(found)[0]
    with pytest.raises(BadRequest, match="only 50%"):
        access_in(node, way="streets")


def test_streets_that_are_not_loaded_are_named(city: Chosen) -> None:
    found = access_in(city("planned"))
    assert found.choice.way.name == "straight"
    assert "springfield.planned is not loaded" in how_made(found)[0]


def test_streets_of_a_part_of_the_city_wait_until_they_are_asked_for(city: Chosen) -> None:
    """Streets around the school alone: three of four areas go by straight lines."""
    node = city("corner")
    found = access_in(node)
    assert "near 25% of the areas only" in how_made(found)[0]
    asked = access_in(node, way="streets")
    assert asked.areas_off == 3
    assert "3 areas and 0 schools lie more than 300 m from a street" in how_made(asked)[1]
    lines = access_in(node, way="straight")
    at = [one in ("N2", "N3", "N4") for one in asked.homes.areas.ids]
    assert asked.values[at] == pytest.approx(lines.values[at])


def test_a_pack_says_which_copy_of_its_streets_is_no_network(city: Chosen) -> None:
    node = city("streets, not_for_ways: [mirror], because: They zigzag.")
    found = access_in(node)
    assert found.choice.why == (
        "springfield.streets as it is loaded here is not meant for ways: They zigzag."
    )
    assert access_in(node, way="streets").choice.way.name == "streets"


def test_streets_further_off_than_lines_do_not_win_unseen(city: Chosen) -> None:
    check = "{dataset: springfield.others, stage: primary, areas: springfield.areas"
    node = city("streets}\n  checks:\n    - " + check)
    found = access_in(node)
    assert found.choice.way.name == "straight"
    assert found.choice.why.startswith(
        "Against By somebody else the median error along streets is "
    )
    assert found.choice.why.endswith("and that of straight lines 0.0%.")
    assert [(one.way, one.rows) for one in found.checks] == [("straight", 4), ("streets", 4)]
    asked = access_in(node, way="streets")
    assert [one.way for one in asked.checks] == ["streets", "straight"]
    assert "% along streets and 0.0% by straight lines" in checks_in_words(asked.checks)[0]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("areas", "not of the standard street_segment"),
        ("paths", 'no dataset "springfield.paths"'),
        ("streets, not_for_ways: [mirror]", "this key is missing"),
        ("streets, metres: 1", "this key is not known"),
    ],
)
def test_what_a_pack_says_wrongly_of_its_streets_is_told(
    said: str, wrong: str, city: Chosen
) -> None:
    with pytest.raises(ConfigurationError, match=wrong):
        access_in(city(said))


def test_the_streets_of_the_docs_load_as_they_are_written(tmp_path: Path) -> None:
    """Both files of docs/schools.md, and a layer with the fields of Geofabrik's shapefiles."""
    text = (Path(__file__).parents[3] / "docs" / "schools.md").read_text()
    said = text[text.index("### Streets for London") :].split("```yaml\n")[1:3]
    pack = tmp_path / "london_streets"
    for name, block in zip(("datasets/streets.yaml", "apps/schools.yaml"), said, strict=True):
        (pack / name).parent.mkdir(parents=True)
        (pack / name).write_text(block.split("```")[0])
    _geofabrik(tmp_path)
    with Node(tmp_path / "home", packs=[pack]) as node:
        loaded = load(node, "london.streets", Origin(mirror=tmp_path))
        assert (loaded.rows, loaded.left_out, loaded.blanked) == (4, 0, 0)
        found = streets_of(open_atlas(node, "london"))
    assert found is not None
    assert found.network is not None
    assert (found.network.segments, found.network.closed, found.against) == (4, 1, "")
    assert sorted(found.network.classes) == ["footway", "primary", "residential"]


def _geofabrik(folder: Path) -> None:
    """Four lines around a corner in London, one of them a motorway, as a zipped shapefile."""
    lines = [
        shapely.LineString([(-0.1, 51.5), (x, y)])
        for x, y in ((-0.09, 51.5), (-0.1, 51.51), (-0.11, 51.5), (-0.1, 51.49))
    ]
    columns = {
        "osm_id": ["1", "2", "3", "4"],
        "code": [5111, 5131, 5122, 5155],
        "fclass": ["motorway", "primary_link", "living_street", "steps"],
        "name": ["", "High Street", "", ""],
        "ref": ["M25", "A1", "", ""],
        "oneway": ["F", "F", "B", "B"],
        "maxspeed": [112, 0, 32, 0],
        "layer": [0, 0, 0, 0],
        "bridge": ["F", "F", "F", "F"],
        "tunnel": ["F", "F", "F", "T"],
    }
    shapes = folder / "shapes"
    shapes.mkdir()
    pyogrio.raw.write(
        shapes / "gis_osm_roads_free_1.shp",
        shapely.to_wkb(np.array(lines, dtype=object)),
        [np.array(one, object if isinstance(one[0], str) else int) for one in columns.values()],
        list(columns),
        geometry_type="LineString",
        crs="EPSG:4326",
        driver="ESRI Shapefile",
    )
    with ZipFile(folder / "greater-london-latest-free.shp.zip", "w") as packed:
        for part in shapes.iterdir():
            packed.write(part, part.name)
