"""CKAN, DataPress, Opendatasoft and OGC API: rows and files of one piece from each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import ConfigurationError, SourceChanged, SourceRefused, TooMuch
from interurban.sources import Fetching, open_source
from interurban.sources.discovery import discover, parse_address
from interurban.sources.ogcapi import _encrypted_as

from .portal_kinds import Ckan, DataPress, OgcFeatures, Opendatasoft, Row
from .portal_server import (
    Fault,
    Portal,
    cut_in_the_middle,
    file_route,
    length_too_long,
    server_error,
    too_many_requests,
    web_page,
)

PASSING = [server_error, cut_in_the_middle, length_too_long, too_many_requests("1")]
CSV = b"borough,homes\nHackney,12\nCamden,7\n"


def read(
    source: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> tuple[list[Row], SourceFacts]:
    reading = open_source(source, fetching, since)
    assert reading is not None
    with reading:
        rows = [row for batch in reading.batches() for row in batch.to_pylist()]
        return rows, reading.facts()


@pytest.fixture(autouse=True)
def nothing_is_left_behind(fetching: Fetching) -> Iterator[None]:
    yield
    assert not fetching.work.exists() or list(fetching.work.iterdir()) == []


# CKAN


@pytest.fixture
def ckan(portal: Portal) -> Ckan:
    resources = [
        {
            "id": "rows-1",
            "name": "Homes",
            "format": "CSV",
            "url": f"{portal.url}/homes.csv",
            "datastore_active": True,
            "last_modified": "2018-08-08T10:00:00.000000",
        },
        {"id": "map-1", "name": "Map", "format": "PDF", "url": f"{portal.url}/map.pdf"},
    ]
    served = Ckan({"homes": {"name": "homes", "title": "Homes", "resources": resources}})
    served.stores["rows-1"] = [
        {"_id": number, "borough": f"Borough {number}", "homes": number * 10, "note": None}
        for number in range(1, 9)
    ]
    portal.answers(served)
    portal.answers(file_route("/homes.csv", CSV))
    return served


def homes(portal: Portal, **options: Any) -> SourceSpec:
    return SourceSpec("ckan", {"domain": portal.url, "package": "homes", **options})


def test_rows_of_a_datastore_are_paged(portal: Portal, ckan: Ckan, fetching: Fetching) -> None:
    rows, facts = read(homes(portal, format="csv"), fetching)
    assert [row["borough"] for row in rows] == [f"Borough {number}" for number in range(1, 9)]
    assert rows[0] == {"borough": "Borough 1", "homes": "10", "note": None, "_row": 1}
    assert facts.source_time is not None
    assert facts.reading["format"] == "CKAN datastore"
    assert open_source(homes(portal, format="csv"), fetching, facts) is None


def test_rows_of_a_datastore_are_filtered(portal: Portal, ckan: Ckan, fetching: Fetching) -> None:
    rows, _ = read(homes(portal, resource="rows-1", filters={"homes": 30}), fetching)
    assert [row["borough"] for row in rows] == ["Borough 3"]


def test_a_resource_can_be_fetched_as_the_file_it_is(
    portal: Portal, ckan: Ckan, fetching: Fetching
) -> None:
    source = homes(portal, resource="Homes", via="file")
    rows, facts = read(source, fetching)
    assert rows[0] == {"borough": "Hackney", "homes": "12", "_row": 1}
    assert facts.origin == f"{portal.url}/homes.csv"
    assert open_source(source, fetching, facts) is None


@pytest.mark.parametrize("fault", PASSING)
def test_trouble_between_pages_loses_no_row(
    portal: Portal, ckan: Ckan, fetching: Fetching, fault: Fault
) -> None:
    portal.misbehaves(fault, times=2, on="datastore_search")
    rows, _ = read(homes(portal, resource="rows-1"), fetching)
    assert len(rows) == 8


@pytest.mark.parametrize("change", ["add", "remove", "swap"])
def test_a_datastore_that_changes_between_pages_is_read_anew(
    portal: Portal, ckan: Ckan, fetching: Fetching, change: str
) -> None:
    def before(number: int) -> None:
        store = ckan.stores["rows-1"]
        if number == 4 and change in ("remove", "swap"):
            store.pop(0)
        if number == 4 and change in ("add", "swap"):
            store.append({"_id": 9, "borough": "Borough 9", "homes": 90, "note": None})

    ckan.before = before
    rows, _ = read(homes(portal, resource="rows-1"), fetching)
    expected = [row["borough"] for row in ckan.stores["rows-1"]]
    assert [row["borough"] for row in rows] == expected


def test_a_datastore_that_never_stands_still_is_told(
    portal: Portal, ckan: Ckan, fetching: Fetching
) -> None:
    def before(number: int) -> None:
        new = {"_id": 100 + number, "borough": "New", "homes": 1, "note": None}
        ckan.stores["rows-1"].append(new)

    ckan.before = before
    with pytest.raises(SourceChanged, match="Homes changed while it was read"):
        read(homes(portal, resource="rows-1"), fetching)


def test_several_resources_are_listed_to_choose_from(
    portal: Portal, ckan: Ckan, fetching: Fetching
) -> None:
    with pytest.raises(ConfigurationError, match=r"2 resources .* Homes \(csv, rows-1\)"):
        open_source(homes(portal), fetching)
    with pytest.raises(ConfigurationError, match='no resource "Houses"'):
        open_source(homes(portal, resource="Houses"), fetching)


def test_a_missing_package_is_told(portal: Portal, ckan: Ckan, fetching: Fetching) -> None:
    with pytest.raises(SourceRefused, match=r"\(404\): Not found"):
        open_source(SourceSpec("ckan", {"domain": portal.url, "package": "x"}), fetching)


@pytest.mark.parametrize("name", ["v26_package_show_create", "v26_package_show_inspire"])
def test_recorded_packages_of_data_gov_uk_are_understood(
    shared_data: Path, portal: Portal, fetching: Fetching, name: str
) -> None:
    folder = shared_data / "portals" / "ckan_datagovuk"
    package = json.loads((folder / f"{name}.json").read_text())["result"]
    first = package["resources"][0]
    first["url"] = f"{portal.url}/homes.csv"
    portal.answers(Ckan({package["name"]: package}))
    portal.answers(file_route("/homes.csv", CSV))
    address = SourceSpec(
        "ckan", {"domain": portal.url, "package": package["name"], "resource": first["id"]}
    )
    rows, _ = read(address, fetching)
    assert len(rows) == 2


def test_a_recorded_package_without_resources_is_told(
    shared_data: Path, portal: Portal, fetching: Fetching
) -> None:
    folder = shared_data / "portals" / "ckan_datagovuk"
    package = json.loads((folder / "v26_new_api_package_show_empty.json").read_text())["result"]
    portal.answers(Ckan({"empty": package}))
    with pytest.raises(ConfigurationError, match="none at all"):
        open_source(SourceSpec("ckan", {"domain": portal.url, "package": "empty"}), fetching)


def test_a_catalogue_is_searched_page_by_page(
    portal: Portal, ckan: Ckan, fetching: Fetching
) -> None:
    ckan.packages |= {f"homes-{n}": {"name": f"homes-{n}", "title": f"{n}"} for n in range(6)}
    listed = list(discover(f"ckan:{portal.url}", "homes", fetching=fetching))
    assert len({one.address for one in listed}) == 7


# DataPress


@pytest.fixture
def datapress(portal: Portal) -> DataPress:
    dataset = {
        "slug": "house-prices",
        "title": "House prices",
        "resources": {
            "9ba8c833": {
                "title": "prices.csv",
                "format": "csv",
                "url": "/download/house-prices/prices.csv",
                "check_timestamp": "2018-08-08T10:00:00Z",
            }
        },
    }
    served = DataPress({"house-prices": dataset, "trees": {"title": "Trees", "resources": {}}})
    portal.answers(served)
    portal.answers(file_route("/download/house-prices/prices.csv", CSV))
    return served


def test_a_dataset_of_the_london_datastore_is_read(
    portal: Portal, datapress: DataPress, fetching: Fetching
) -> None:
    source = SourceSpec("ckan", {"domain": portal.url, "package": "house-prices"})
    rows, facts = read(source, fetching)
    assert len(rows) == 2
    assert facts.origin == f"{portal.url}/download/house-prices/prices.csv"


def test_a_catalogue_that_ignores_the_question_is_searched_here(
    portal: Portal, datapress: DataPress, fetching: Fetching
) -> None:
    listed = list(discover(f"ckan:{portal.url}", "house", fetching=fetching))
    assert [one.title for one in listed] == ["House prices"]


# Opendatasoft

ODS_FIELDS = [{"name": "name", "type": "text"}, {"name": "age", "type": "int"}]


@pytest.fixture
def trees(portal: Portal) -> Opendatasoft:
    records = [{"name": f"Tree {number}", "age": number} for number in range(250)]
    served = Opendatasoft("trees", ODS_FIELDS, records)
    portal.answers(served)
    return served


def ods(portal: Portal, **options: Any) -> SourceSpec:
    return SourceSpec("opendatasoft", {"domain": portal.url, "dataset": "trees", **options})


def test_an_export_is_read(portal: Portal, trees: Opendatasoft, fetching: Fetching) -> None:
    rows, facts = read(ods(portal), fetching)
    assert len(rows) == 250
    assert rows[7] == {"name": "Tree 7", "age": "7", "_row": 8}
    assert facts.origin == f"{portal.url}/explore/dataset/trees"
    assert facts.source_time is not None
    assert open_source(ods(portal), fetching, facts) is None


def test_an_export_with_places_is_read_as_geojson(
    portal: Portal, trees: Opendatasoft, fetching: Fetching
) -> None:
    trees.fields.append({"name": "shape", "type": "geo_shape"})
    for record in trees.records:
        record["shape"] = {"type": "Point", "coordinates": [-0.1, 51.5]}
    rows, facts = read(ods(portal), fetching)
    assert shapely.from_wkb(rows[0]["geometry"]).coords[0] == (-0.1, 51.5)
    assert facts.reading["crs"] == "EPSG:4326"


def test_without_exports_records_are_paged(
    portal: Portal, trees: Opendatasoft, fetching: Fetching
) -> None:
    trees.exports = False
    rows, _ = read(ods(portal), fetching)
    assert [row["name"] for row in rows] == [f"Tree {number}" for number in range(250)]


def test_more_records_than_can_be_paged_are_told(
    portal: Portal, trees: Opendatasoft, fetching: Fetching
) -> None:
    trees.exports = False
    trees.records *= 50
    with pytest.raises(TooMuch, match=r"12,500 records are more than the 10,000"):
        open_source(ods(portal), fetching)


@pytest.mark.parametrize("fault", PASSING)
def test_an_export_that_broke_off_is_fetched_again(
    portal: Portal, trees: Opendatasoft, fetching: Fetching, fault: Fault
) -> None:
    portal.misbehaves(fault, times=3, on="/exports/")
    rows, _ = read(ods(portal), fetching)
    assert len(rows) == 250


def test_an_export_overtaken_by_a_change_is_fetched_again(
    portal: Portal, trees: Opendatasoft, fetching: Fetching
) -> None:
    exports: list[str] = []

    def before(path: str) -> None:
        if "/exports/" in path:
            exports.append(path)
            return
        if len(exports) == 1:
            trees.processed = "2023-06-02T12:00:00+00:00"

    trees.before = before
    rows, facts = read(ods(portal), fetching)
    assert (len(exports), len(rows)) == (2, 250)
    assert "2023-06-02" in facts.cursor


def test_an_export_that_is_not_whole_is_told(
    portal: Portal, trees: Opendatasoft, fetching: Fetching
) -> None:
    kept = trees.records

    def before(path: str) -> None:
        trees.records = kept[:200] if "/exports/" in path else kept

    trees.before = before
    with pytest.raises(SourceChanged, match="gave 200 rows and says it has 250"):
        read(ods(portal), fetching)


# OGC API - Features


@pytest.fixture
def collection(portal: Portal) -> OgcFeatures:
    served = OgcFeatures(
        portal.url,
        [
            {
                "type": "Feature",
                "id": number,
                "geometry": {"type": "Point", "coordinates": [number / 10, 51.5]},
                "properties": {"name": f"Tree {number}", "age": number},
            }
            for number in range(10)
        ],
    )
    portal.answers(served)
    return served


def ogc(portal: Portal, **options: Any) -> SourceSpec:
    given = {"url": portal.url, "collection": "trees", "page_size": 3, **options}
    return SourceSpec("ogcapi", given)


def test_pages_are_followed_to_the_last(
    portal: Portal, collection: OgcFeatures, fetching: Fetching
) -> None:
    rows, facts = read(ogc(portal), fetching)
    assert [row["name"] for row in rows] == [f"Tree {number}" for number in range(10)]
    assert rows[3]["id"] == "3"
    assert shapely.from_wkb(rows[3]["geometry"]).x == 0.3
    assert facts.reading["crs"] == "EPSG:4326"
    assert facts.origin == f"{portal.url}/collections/trees"
    assert all("html" not in asked.params.get("f", "") for asked in portal.asked)
    assert open_source(ogc(portal), fetching, facts) is None


def test_a_box_is_asked_of_the_server(
    portal: Portal, collection: OgcFeatures, fetching: Fetching
) -> None:
    rows, _ = read(ogc(portal, bbox="0.15,51,0.45,52"), fetching)
    assert [row["name"] for row in rows] == ["Tree 2", "Tree 3", "Tree 4"]
    with pytest.raises(ConfigurationError, match="no bounding box"):
        open_source(ogc(portal, bbox="London"), fetching)


@pytest.mark.parametrize("fault", PASSING)
def test_trouble_on_a_page_loses_no_feature(
    portal: Portal, collection: OgcFeatures, fetching: Fetching, fault: Fault
) -> None:
    portal.misbehaves(fault, times=3, on="/items")
    rows, _ = read(ogc(portal), fetching)
    assert len(rows) == 10


@pytest.mark.parametrize("change", ["add", "remove", "swap"])
def test_a_collection_that_changes_between_pages_is_read_anew(
    portal: Portal, collection: OgcFeatures, fetching: Fetching, change: str
) -> None:
    def before(number: int) -> None:
        if number == 3 and change in ("remove", "swap"):
            collection.features.pop(0)
        if number == 3 and change in ("add", "swap"):
            collection.features.append({**collection.features[0], "id": 99})

    collection.before = before
    rows, _ = read(ogc(portal), fetching)
    assert [row["id"] for row in rows] == [str(one["id"]) for one in collection.features]


def test_a_collection_that_never_stands_still_is_told(
    portal: Portal, collection: OgcFeatures, fetching: Fetching
) -> None:
    def before(number: int) -> None:
        collection.features.append({**collection.features[0], "id": 100 + number})

    collection.before = before
    with pytest.raises(SourceChanged, match="trees changed while it was read"):
        open_source(ogc(portal), fetching)


def test_a_web_page_in_place_of_features_is_told(
    portal: Portal, collection: OgcFeatures, fetching: Fetching
) -> None:
    portal.misbehaves(web_page, on="/items")
    with pytest.raises(SourceRefused, match="web page"):
        open_source(ogc(portal), fetching)


def test_links_stay_as_encrypted_as_the_api() -> None:
    home = "https://host/api/collections/trees"
    assert _encrypted_as(home, "http://host/api/x?start=3") == "https://host/api/x?start=3"
    assert _encrypted_as("http://host/api", "http://host/x") == "http://host/x"
    with pytest.raises(SourceRefused, match="not encrypted"):
        _encrypted_as(home, "http://elsewhere/x")


# Addresses


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("ckan:data.gov.uk/homes", {"domain": "data.gov.uk", "package": "homes"}),
        (
            "ckan:data.gov.uk/homes/rows-1",
            {"domain": "data.gov.uk", "package": "homes", "resource": "rows-1"},
        ),
        (
            "arcgis:https://host/x/FeatureServer/0",
            {"url": "https://host/x/FeatureServer/0"},
        ),
        ("opendatasoft:host/trees", {"domain": "host", "dataset": "trees"}),
        (
            "ogcapi:https://host/api/collections/trees",
            {"url": "https://host/api", "collection": "trees"},
        ),
    ],
)
def test_a_dataset_is_named_in_one_line(address: str, options: dict[str, str]) -> None:
    assert dict(parse_address(address).options) == options
