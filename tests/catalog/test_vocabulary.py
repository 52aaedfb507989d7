"""The search line of a node: what it may name comes from the loaded data and the packs alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.third_city import city_with

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.catalog.vocabulary import Wordbook
from interurban.core.errors import ConfigurationError
from interurban.core.policy import Policy
from interurban.core.query import ByField, Measure, Order, Query
from interurban.query.parameters import write_parameters

LOADED = (
    "chicago.bus_stops",
    "chicago.community_areas",
    "chicago.crimes_2019_sample",
    "chicago.divvy_stations",
    "chicago.intersections",
    "chicago.libraries",
    "chicago.neighborhoods",
    "chicago.speed_cameras",
    "chicago.wards_2015",
    "chicago.wards_2023",
    "london.boroughs",
    "london.boroughs_2014",
    "london.cycle_hire_stations",
    "london.food_hygiene",
    "london.tfl_stations",
)
NOW = datetime(2019, 6, 15, 17, tzinfo=UTC)

Params = list[tuple[str, str]]


@pytest.fixture(scope="module")
def node(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("vocabulary") / "home") as opened:
        for dataset in LOADED:
            load(opened, dataset, Origin(mirror=shared_data))
        yield opened


def asked(node: Node, line: str, city: str | None = None) -> dict[str, Params]:
    """Each dataset that a line asks, and the parameters of its URL."""
    phrase = node.phrase(line, city, NOW)
    assert not phrase.unread, phrase.unread
    return {
        query.dataset: write_parameters(query, node.city(node.dataset(query.dataset).city))
        for query in phrase.queries
    }


CRIMES, FOOD = "chicago.crimes_2019_sample", "london.food_hygiene"
LINES: list[tuple[str, dict[str, Params]]] = [
    (
        'crime sample theft near "Daley Center" 400 m last 7 days',
        {
            CRIMES: [
                ("category", "theft"),
                ("near", "-87.629634,41.884241,400"),
                ("datetime", "2019-06-09/2019-06-15"),
            ]
        },
    ),
    (
        "food in Hackney since March",
        {FOOD: [("in", "london.boroughs_2014:E09000012"), ("datetime", "2019-03-01/..")]},
    ),
    ("crime sample in Austin", {CRIMES: [("in", "chicago.community_areas:25")]}),
    ("crime sample in ward 42", {CRIMES: [("in", "chicago.wards_2015:42")]}),
    (
        "crime sample in ward 42 since June 2023",
        {CRIMES: [("in", "chicago.wards_2023:42"), ("datetime", "2023-06-01/..")]},
    ),
    (
        "crime sample near Wicker Park",
        {CRIMES: [("near", "-87.67986404199218,41.908872,400")]},
    ),
    (
        "food near Elephant & Castle 1/4 mile",
        {FOOD: [("near", "-0.1007,51.49452,402.336")]},
    ),
    (
        "crime sample near State and Madison",
        {CRIMES: [("near", "-87.62781,41.88204,400")]},
    ),
    ("divvy", {"chicago.divvy_stations": [], "london.cycle_hire_stations": []}),
    ("libraries", {"chicago.libraries": []}),
]


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_a_line_asks_what_it_says(node: Node, line: str, expected: dict[str, Params]) -> None:
    found = asked(node, line)
    assert found.keys() == expected.keys()
    for dataset, params in expected.items():
        for (name, value), (wanted_name, wanted) in zip(found[dataset], params, strict=True):
            assert name == wanted_name
            if name == "near":
                near = [float(part) for part in value.split(",")]
                assert near == pytest.approx([float(part) for part in wanted.split(",")], abs=2e-3)
            else:
                assert value == wanted


def test_what_is_understood_has_an_answer(node: Node) -> None:
    (query,) = node.phrase("food in Hackney since March 2010", now=NOW).queries
    assert 0 < node.count(query).count < node.snapshot(FOOD).rows


@pytest.mark.parametrize(
    ("name", "kind", "dataset"),
    [
        ("Hackney", "borough", "london.boroughs"),
        ("Loop", "community area", "chicago.community_areas"),
        ("Wicker Park", "neighborhood", "chicago.neighborhoods"),
        ("Ward 42", "ward", "chicago.wards_2015"),
        ("Blackstone", "library", "chicago.libraries"),
        ("Daley Center Plaza", "bike station", "chicago.divvy_stations"),
        ("W Madison St & N State St", "corner", "chicago.intersections"),
        ("Bank", "station", "london.tfl_stations"),
        ("Clark/Lake", "station", "chicago.bus_stops"),
    ],
)
def test_places_are_of_the_kind_their_dataset_says(
    node: Node, name: str, kind: str, dataset: str
) -> None:
    place = node.places(name)[0]
    assert (place.kind, place.dataset, place.match) == (kind, dataset, "exact")


def test_an_area_is_known_by_the_id_it_is_asked_for_with(node: Node) -> None:
    for place in node.places("Austin", "chicago"):
        if place.area is not None:
            boundary, _ = place.area
            (query,) = node.phrase(f"crime sample in {place.name}", "chicago", NOW).queries
            assert node.count(query).count > 0
            assert boundary in ("chicago.community_areas", "chicago.neighborhoods")


def test_a_bus_stop_is_no_place_to_go_by_and_neither_is_a_camera(node: Node) -> None:
    every = [place for one in ("Ashland", "Western", "Halsted") for place in node.places(one)]
    assert {place.kind for place in every} <= {"station", "corner", "bike station"}
    assert "chicago.speed_cameras" not in {place.dataset for place in every}


def test_the_category_is_known_commonest_first(node: Node) -> None:
    known = node.vocabulary.by_id[CRIMES].values["category"]
    counts = node.aggregate(
        Query(
            CRIMES,
            measures=(Measure("count"),),
            groups=(ByField("category"),),
            order=(Order("count", descending=True),),
        )
    )
    assert list(known) == counts.column("category").to_pylist()
    assert len(known) > 5


def test_names_and_ids_are_no_values(node: Node) -> None:
    values = node.vocabulary.by_id
    assert "location" not in values[CRIMES].values
    assert "name" not in values["chicago.libraries"].values
    assert not values["london.boroughs"].values


def test_an_empty_line_offers_events_before_lists_of_places(node: Node) -> None:
    first, *_ = node.suggest("", "chicago", NOW)
    assert first.kind == "example"
    assert first.detail == "Crimes 2019 (sample)"


def test_a_name_of_one_city_comes_before_a_slip_of_the_other(node: Node) -> None:
    assert node.suggest("food in hack", now=NOW)[0].label == "Hackney"


def test_a_field_goes_by_the_word_it_ends_in(node: Node) -> None:
    (query,) = node.phrase("crime sample type:theft", "chicago", NOW).queries
    assert node.count(query).count > 0


# Kept while they last


def test_many_at_once_read_it_once(node: Node) -> None:
    wordbook = Wordbook(node)
    with ThreadPoolExecutor(8) as readers:
        found = list(readers.map(lambda _: wordbook.newest(), range(16)))
    wordbook.close()
    assert len({id(vocabulary) for vocabulary in found}) == 1


def test_a_commit_is_known_and_reads_only_what_is_new(shared_data: Path, tmp_path: Path) -> None:
    with Node(tmp_path / "home") as node:
        assert node.phrase("boroughs").queries == ()
        load(node, "london.boroughs", Origin(mirror=shared_data))
        before = node.vocabulary
        assert before.places.named("Hackney")
        assert node.vocabulary is before
        load(node, "chicago.beach_water_quality", Origin(mirror=shared_data))
        after = node.vocabulary
        assert set(after.by_id) == {"london.boroughs", "chicago.beach_water_quality"}
        assert after.places is before.places


def test_a_line_does_not_wait_long_for_what_is_new(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Node(tmp_path / "home") as node:
        load(node, "london.boroughs", Origin(mirror=shared_data))
        before = node.vocabulary
        load(node, "chicago.libraries", Origin(mirror=shared_data))
        go_on, rows = threading.Event(), node.rows

        def late(query: Query) -> object:
            assert go_on.wait(30)
            return rows(query)

        monkeypatch.setattr(node, "rows", late)
        assert node.places("Hackney")
        assert node.places("Albany Park") == []
        go_on.set()
        assert node.vocabulary is not before
        assert node.places("Albany Park")


def test_a_node_that_begins_to_read_can_be_closed_at_once(node: Node) -> None:
    wordbook = Wordbook(node)
    wordbook.prepare()
    wordbook.close()
    with pytest.raises(RuntimeError):
        wordbook.newest()


def test_what_readers_may_not_see_is_not_told_by_the_line(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Node(tmp_path / "home") as node:
        load(node, "chicago.libraries", Origin(mirror=shared_data))
        load(node, "london.boroughs", Origin(mirror=shared_data))
        datasets = node.packs.datasets
        closed = replace(datasets["chicago.libraries"], policy=Policy())
        packs = replace(node.packs, datasets={**datasets, closed.id: closed})
        monkeypatch.setattr(node._registry, "_packs", packs)
        assert node.places("Albany Park") == []
        assert "chicago.libraries" not in node.vocabulary.by_id
        assert node.places("Hackney")


# A third city

CITY = city_with("{name: wards, dataset: springfield.wards, singular: ward}")
COMMON = """\
publisher: City of Springfield
licence: open
attribution: City of Springfield
frequency: once
summary: Of the city.
"""
WARDS = """\
id: springfield.wards
title: Wards
theme: boundaries
standard: boundary@1
mirror: {type: files, path: wards.csv}
mapping: {area_id: id, geometry: "shape_in('EPSG:4326', shape)"}
"""
POOLS = """\
id: springfield.pools
title: Places to swim
theme: services
standard: point_of_interest@1
gazetteer: swimming pool
aliases: [pools, outdoor]
mirror: {type: files, path: pools.csv}
mapping: {poi_id: id, name: name, category: kind, geometry: "point(lon, lat)"}
"""
POOLS_CSV = """\
id,name,kind,lon,lat
1,Evergreen,outdoor,-89.65,39.75
2,Shelbyville Road,indoor,-89.64,39.76
3,Lake,outdoor,-89.71,39.71
"""
WARDS_CSV = """\
id,shape
1,"POLYGON ((-89.7 39.7, -89.6 39.7, -89.6 39.8, -89.7 39.8, -89.7 39.7))"
"""


@pytest.fixture
def third(tmp_path: Path) -> Path:
    """A folder with the pack of a third city and its files."""
    folder = tmp_path / "springfield"
    (folder / "datasets").mkdir(parents=True)
    (folder / "city.yaml").write_text(CITY)
    (folder / "datasets" / "wards.yaml").write_text(WARDS + COMMON)
    (folder / "datasets" / "pools.yaml").write_text(POOLS + COMMON)
    (tmp_path / "wards.csv").write_text(WARDS_CSV)
    (tmp_path / "pools.csv").write_text(POOLS_CSV)
    return folder


def open_third(folder: Path) -> Node:
    node = Node(folder.parent / "home", packs=[folder])
    for dataset in ("springfield.wards", "springfield.pools"):
        load(node, dataset, Origin(mirror=folder.parent))
    return node


def test_a_third_city_is_asked_by_its_packs_alone(third: Path) -> None:
    with open_third(third) as node:
        assert node.places("evergreen", "springfield")[0].kind == "swimming pool"
        assert node.places("ward 1", "springfield")[0].name == "Ward 1"
        assert asked(node, "pools in ward 1") == {
            "springfield.pools": [("in", "springfield.wards:1")]
        }
        (query,) = node.phrase("pools in ward 1").queries
        assert node.count(query).count == 2


def test_a_value_narrows_even_where_the_pack_calls_the_dataset_so(third: Path) -> None:
    with open_third(third) as node:
        assert asked(node, "pools outdoor") == {"springfield.pools": [("category", "outdoor")]}


def test_a_pack_keeps_its_places_out(third: Path) -> None:
    pools = third / "datasets" / "pools.yaml"
    pools.write_text(pools.read_text().replace("swimming pool", "false"))
    with open_third(third) as node:
        assert node.places("evergreen", "springfield") == []


def test_places_need_a_field_that_names_them(third: Path) -> None:
    (third / "datasets" / "readings.yaml").write_text(
        "id: springfield.readings\ntitle: Readings\ntheme: environment\n" + COMMON
        + "gazetteer: meter\nroles: {key: id}\nmirror: {type: files, path: pools.csv}\n"
    )  # fmt: skip
    with pytest.raises(ConfigurationError, match="no field names the places"):
        Node(third.parent / "home", packs=[third])
