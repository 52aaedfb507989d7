"""OGC API Features: pages, filters, reference systems and single features."""

from __future__ import annotations

import httpx
import pyproj
import pytest
import shapely

from interurban.catalog.node import Node

CRIMES = "/collections/chicago.crimes_2019_sample"
SCHOOLS = "/collections/london.schools"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"


def everything(client: httpx.Client, path: str, **params: str) -> list[dict]:
    """The features of every page, by following the next links."""
    features, page = [], client.get(path, params=params).json()
    while True:
        features += page["features"]
        following = [one["href"] for one in page["links"] if one["rel"] == "next"]
        if not following:
            return features
        page = client.get(following[0]).json()


def test_the_landing_page_leads_to_everything(client: httpx.Client) -> None:
    links = client.get("/", headers={"Accept": "application/json"}).json()["links"]
    by_rel = {link["rel"]: link["href"] for link in links}
    for rel in ("service-desc", "service-doc", "conformance", "data"):
        assert client.get(by_rel[rel]).status_code == 200, rel


def test_every_link_of_a_collection_answers(client: httpx.Client, server: str) -> None:
    for link in client.get(SCHOOLS).json()["links"]:
        if link["href"].startswith(server):
            answer = client.get(link["href"])
            assert answer.status_code == 200, link
            assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0]


def test_collections_are_the_loaded_datasets(client: httpx.Client, node: Node) -> None:
    found = {one["id"]: one for one in client.get("/collections").json()["collections"]}
    assert set(found) == set(node.snapshots())
    schools = found["london.schools"]
    assert schools["numberOfFeatures"] == node.snapshot("london.schools").rows
    assert schools["crs"][-1] == EPSG.format(27700)
    assert schools["license"]


def test_number_matched_is_exact_whatever_the_page(client: httpx.Client, node: Node) -> None:
    rows = node.snapshot("london.schools").rows
    for limit in (1, 100, 10_000):
        page = client.get(f"{SCHOOLS}/items", params={"limit": limit}).json()
        assert page["numberMatched"] == rows
        assert page["numberReturned"] == len(page["features"]) == min(limit, rows)


@pytest.mark.parametrize("params", [{}, {"sortby": "-name"}, {"phase": "primary"}])
def test_pages_hold_every_row_once(client: httpx.Client, params: dict[str, str]) -> None:
    features = everything(client, f"{SCHOOLS}/items", limit="700", **params)
    matched = client.get(f"{SCHOOLS}/items", params=params).json()["numberMatched"]
    assert len(features) == len({feature["id"] for feature in features}) == matched > 700


def test_a_page_is_sorted_as_asked(client: httpx.Client) -> None:
    page = client.get(f"{SCHOOLS}/items", params={"sortby": "name", "limit": "50"}).json()
    names = [feature["properties"]["name"] for feature in page["features"]]
    assert names == sorted(names)


def test_a_page_knows_its_source(client: httpx.Client, node: Node) -> None:
    source = client.get(f"{CRIMES}/items", params={"limit": "1"}).json()["source"]
    assert source["version"] == node.snapshot("chicago.crimes_2019_sample").version
    assert source["licence"]["title"]
    assert source["attribution"] == "City of Chicago"
    assert source["synthetic"] is False


def test_features_lie_inside_the_box(client: httpx.Client) -> None:
    box = (-0.2, 51.48, -0.1, 51.55)
    features = everything(client, f"{SCHOOLS}/items", bbox=",".join(map(str, box)))
    assert features
    for feature in features:
        x, y = feature["geometry"]["coordinates"]
        assert box[0] <= x <= box[2]
        assert box[1] <= y <= box[3]


def test_a_box_may_be_given_in_another_system(client: httpx.Client) -> None:
    degrees = {"bbox": "-0.2,51.48,-0.1,51.55"}
    swapped = {"bbox": "51.48,-0.2,51.55,-0.1", "bbox-crs": EPSG.format(4326)}
    counts = [client.get(f"{SCHOOLS}/count", params=p).json() for p in (degrees, swapped)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("code", [4326, 3857, 27700])
def test_coordinates_come_in_the_system_asked_for(client: httpx.Client, code: int) -> None:
    params = {"limit": "200", "bbox": "-0.2,51.48,-0.1,51.55"}
    stored = client.get(f"{SCHOOLS}/items", params=params)
    moved = client.get(f"{SCHOOLS}/items", params=params | {"crs": EPSG.format(code)})
    assert moved.headers["Content-Crs"] == f"<{EPSG.format(code)}>"
    to_code = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}")  # the authority's axes
    tolerance = 1e-6 if code == 4326 else 0.05
    for one, other in zip(stored.json()["features"], moved.json()["features"], strict=True):
        expected = to_code.transform(*one["geometry"]["coordinates"])
        assert other["geometry"]["coordinates"] == pytest.approx(expected, abs=tolerance)


def test_cql2_in_both_languages_means_the_same(client: httpx.Client) -> None:
    text = {"filter": "phase = 'primary' AND pupils > 400"}
    json_ = {
        "filter": '{"op":"and","args":[{"op":"=","args":[{"property":"phase"},"primary"]},'
        '{"op":">","args":[{"property":"pupils"},400]}]}',
        "filter-lang": "cql2-json",
    }
    counts = [client.get(f"{SCHOOLS}/count", params=p).json()["count"] for p in (text, json_)]
    assert counts[0] == counts[1] > 0


def test_one_feature_by_its_own_id(client: httpx.Client) -> None:
    first = client.get(f"{SCHOOLS}/items", params={"limit": "1"}).json()["features"][0]
    one = client.get(f"{SCHOOLS}/items/{first['id']}")
    assert one.headers["content-type"] == "application/geo+json"
    assert {key: one.json()[key] for key in first} == first
    assert one.json()["source"]["dataset"] == "london.schools"


def test_one_feature_by_its_row_where_there_is_no_key(client: httpx.Client) -> None:
    page = client.get("/collections/chicago.libraries/items", params={"limit": "3"}).json()
    for feature in page["features"]:
        one = client.get(f"/collections/chicago.libraries/items/{feature['id']}").json()
        assert one["properties"] == feature["properties"]


def test_only_the_properties_asked_for_and_the_id_stays(client: httpx.Client) -> None:
    params = {"properties": "name,phase", "limit": "5"}
    chosen = client.get(f"{SCHOOLS}/items", params=params).json()["features"]
    whole = client.get(f"{SCHOOLS}/items", params={"limit": "5"}).json()["features"]
    assert [one["id"] for one in chosen] == [one["id"] for one in whole]
    assert all(set(one["properties"]) == {"name", "phase"} for one in chosen)


def test_rows_without_a_place_have_no_geometry(client: httpx.Client) -> None:
    features = everything(client, f"{SCHOOLS}/items", limit="10000")
    counted = client.get(f"{SCHOOLS}/count").json()
    placed = [one for one in features if one["geometry"] is not None]
    assert len(placed) == counted["placed"] < counted["count"] == len(features)


def test_polygons_are_valid_geojson_with_counter_clockwise_rings(client: httpx.Client) -> None:
    features = client.get("/collections/london.boroughs/items").json()["features"]
    assert len(features) == 33
    for feature in features:
        shape = shapely.geometry.shape(feature["geometry"])
        parts = shape.geoms if shape.geom_type == "MultiPolygon" else [shape]
        assert all(part.exterior.is_ccw for part in parts)


def test_queryables_and_schema_name_every_field(client: httpx.Client, node: Node) -> None:
    snapshot = node.snapshot("london.schools")
    names = {field.name for field in snapshot.fields}
    for path in ("queryables", "schema"):
        answer = client.get(f"{SCHOOLS}/{path}")
        assert answer.headers["content-type"] == "application/schema+json"
        assert set(answer.json()["properties"]) == names
    properties = client.get(f"{SCHOOLS}/schema").json()["properties"]
    assert properties["school_id"]["x-ogc-role"] == "id"
    assert properties["geometry"]["x-ogc-role"] == "primary-geometry"


def test_times_are_instants_in_utc(client: httpx.Client) -> None:
    page = client.get(f"{CRIMES}/items", params={"limit": "20"}).json()
    assert all(one["properties"]["occurred_at"].endswith("Z") for one in page["features"])


def test_the_catalogue_says_how_the_numbers_of_aggregates_add_up(client: httpx.Client) -> None:
    described = {d["id"]: d for d in client.get("/api/datasets").json()["datasets"]}
    amount = described["london.population"]["amount"]
    assert (amount["kind"], amount["period"], amount["area"]) == (
        "stock",
        "reference_date",
        "area_id",
    )
    assert described["london.schools"]["amount"] is None
    assert described["london.trees"]["amount"] is None  # not loaded
