"""Schools, flows, catchments and feeders over HTTP: complete, sourced, quick, and never leaking."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import shapely

HAVERSTOCK, LAKE_VIEW = "100049", "609719"
SCHOOLS = {"london": HAVERSTOCK, "chicago": LAKE_VIEW}
CITIES = tuple(SCHOOLS)


def ok(client: httpx.Client, path: str, **params: object) -> Any:
    answer = client.get(f"/api/schools/{path}", params={k: str(v) for k, v in params.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


# The map


@pytest.mark.parametrize(("city", "least"), [("london", 4_000), ("chicago", 650)])
def test_all_schools_come_at_once_and_small(
    city: str, least: int, schools_client: httpx.Client
) -> None:
    answer = schools_client.get(f"/api/schools/{city}/schools")
    document = answer.json()
    assert len(document["features"]) >= least
    assert int(answer.headers["content-length"]) < 300_000
    assert document["sources"]
    for feature in document["features"]:
        assert feature["geometry"]["type"] == "Point"
    assert all(school["name"] for school in document["placeless"])


def test_a_school_that_only_flows_name_is_listed_without_a_place(
    schools_client: httpx.Client,
) -> None:
    placed = ok(schools_client, "london/schools")
    with_flows = [f for f in placed["features"] if f["properties"]["has_flows"]]
    assert len(with_flows) + sum(s["has_flows"] for s in placed["placeless"]) == 625


def test_a_stage_takes_its_schools_alone(schools_client: httpx.Client) -> None:
    found = ok(schools_client, "london/schools", stage="secondary")
    assert all("secondary" in f["properties"]["stages"] for f in found["features"])
    assert 700 < len(found["features"]) < 4_000
    assert schools_client.get("/api/schools/london/schools?stage=tertiary").status_code == 400


def test_what_a_client_holds_is_not_sent_again(schools_client: httpx.Client) -> None:
    for path in ("london/schools", f"london/schools/{HAVERSTOCK}/areas", "london/feeders"):
        first = schools_client.get(f"/api/schools/{path}")
        again = schools_client.get(
            f"/api/schools/{path}", headers={"If-None-Match": first.headers["etag"]}
        )
        assert again.status_code == 304, path
        assert not again.content


# A school's areas


@pytest.mark.parametrize("city", CITIES)
def test_areas_add_up_to_what_is_said_of_the_school(
    city: str, schools_client: httpx.Client
) -> None:
    found = ok(schools_client, f"{city}/schools/{SCHOOLS[city]}/areas")
    rows = [feature["properties"] for feature in found["areas"]["features"]]
    assert sum(row["pupils"] or 0 for row in rows) == found["shown"]
    hidden = found["hidden"]
    unseen = found["total"] - found["shown"] - found["homeless"]
    assert hidden["pupils_at_least"] <= unseen <= hidden["pupils_at_most"]
    assert found["sources"]
    assert found["words"].endswith((".", "hidden."))
    for row in rows:
        if row["status"] == "hidden":
            assert row["pupils"] is None
            assert row["rank"] is None
            assert row["tier"] is None
            assert row["at_least"] < row["at_most"]
        else:
            assert row["pupils"] >= found["hidden_below"]
    assert [row["rank"] for row in rows if row["rank"]] == list(
        range(1, 1 + sum(row["status"] == "shown" for row in rows))
    )


def test_hidden_areas_are_drawn_where_the_city_has_them(schools_client: httpx.Client) -> None:
    chicago = ok(schools_client, f"chicago/schools/{LAKE_VIEW}/areas")
    assert chicago["hidden"]["areas"] == sum(
        f["properties"]["status"] == "hidden" for f in chicago["areas"]["features"]
    )
    assert chicago["hidden"]["areas"] > 0
    london = ok(schools_client, f"london/schools/{HAVERSTOCK}/areas")
    assert london["hidden"]["areas"] is None or london["hidden"]["areas"] >= 0
    assert london["hidden"]["pupils_at_least"] > 0, "rows that were left out are not nothing"


def test_homes_outside_the_city_are_listed_and_not_drawn(schools_client: httpx.Client) -> None:
    found = ok(schools_client, "london/schools/136534/areas")["areas"]["features"]
    assert any(f["geometry"] is None and f["properties"]["distance_m"] is None for f in found)


def test_every_year_has_flows_of_its_own(schools_client: httpx.Client) -> None:
    overview = schools_client.get("/api/schools").json()
    chicago = next(city for city in overview["cities"] if city["id"] == "chicago")
    totals = {
        one["year"]: ok(schools_client, f"chicago/schools/{LAKE_VIEW}/areas", flows=one["id"])[
            "total"
        ]
        for one in chicago["flows"]
        if one["stage"] == "high"
    }
    assert len(set(totals.values())) == len(totals) >= 3


@pytest.mark.parametrize("form", ["csv", "geojson", "parquet"])
def test_a_file_has_the_rows_of_the_page(form: str, schools_client: httpx.Client) -> None:
    path = f"/api/schools/chicago/schools/{LAKE_VIEW}/areas"
    page = schools_client.get(path).json()["areas"]["features"]
    answer = schools_client.get(path, params={"f": form})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    if form == "geojson":
        rows = [f["properties"] for f in answer.json()["features"]]
        assert answer.json()["sources"]
    elif form == "csv":
        rows = pacsv.read_csv(io.BytesIO(answer.content)).to_pylist()
        assert "Chicago Public Schools" in answer.headers["x-interurban-attribution"]
    else:
        table = pq.read_table(io.BytesIO(answer.content))
        rows = table.to_pylist()
        assert json.loads(table.schema.metadata[b"interurban"])["sources"]
        assert json.loads(table.schema.metadata[b"geo"])["version"] == "1.1.0"
    assert [str(row["id"]) for row in rows] == [f["id"] for f in page]
    assert [row["pupils"] for row in rows] == [f["properties"]["pupils"] for f in page]


# Schools of areas


def test_an_area_an_address_and_a_postcode_lead_to_the_same_schools(
    schools_client: httpx.Client,
) -> None:
    by_postcode = ok(schools_client, "london/at/schools", q="NW3 2BQ")
    place, area = by_postcode["place"], by_postcode["areas"][0]["id"]
    by_point = ok(schools_client, "london/at/schools", lon=place["lon"], lat=place["lat"])
    by_area = ok(schools_client, f"london/areas/{area}/schools")
    assert by_postcode["schools"] == by_point["schools"] == by_area["schools"]
    assert place["within_m"] == 100
    assert "exact to about 100 m" in by_postcode["words"]
    assert by_area["result"] == "no zone used"


def test_a_resident_of_chicago_learns_the_zone_and_where_pupils_went(
    schools_client: httpx.Client,
) -> None:
    found = ok(schools_client, "chicago/at/schools", q="4015 N Ashland Ave")
    assert found["result"] == "inside zone"
    assert {"high", "elementary"} <= {zone["stage"] for zone in found["zones"]}
    zoned = [school for school in found["schools"] if school["zoned"]]
    assert [school["id"] for school in zoned] == [LAKE_VIEW]
    assert found["schools"][0]["pupils"] >= found["schools"][1]["pupils"]


def test_an_area_is_found_by_its_name(schools_client: httpx.Client) -> None:
    found = ok(schools_client, "london/at/schools", q="Haringey 001A")
    assert [area["name"] for area in found["areas"]] == ["Haringey 001A"]


def test_nothing_is_known_of_the_sea(schools_client: httpx.Client) -> None:
    found = ok(schools_client, "london/at/schools", lon=2.5, lat=55.0)
    assert (found["result"], found["areas"], found["schools"]) == ("no data", [], [])


def square(west: float, south: float, size: float) -> dict[str, Any]:
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


@pytest.mark.parametrize(
    ("city", "west", "south"), [("london", -0.2, 51.5), ("chicago", -87.75, 41.9)]
)
def test_a_drawn_shape_sums_whole_areas_by_the_numbers_they_show(
    city: str, west: float, south: float, schools_client: httpx.Client
) -> None:
    shape = square(west, south, 0.08 if city == "chicago" else 0.015)
    answer = schools_client.post(f"/api/schools/{city}/within/schools", json=shape)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert len(found["areas"]) > 1
    lower: dict[str, float] = {}
    upper: dict[str, float] = {}
    for area in found["areas"]:
        for school in ok(schools_client, f"{city}/areas/{area['id']}/schools")["schools"]:
            lower[school["id"]] = lower.get(school["id"], 0) + school["at_least"]
            upper[school["id"]] = upper.get(school["id"], 0) + school["at_most"]
    said = {school["id"]: school for school in found["schools"]}
    assert {s: said[s]["at_least"] for s in lower} == lower
    # Together no more is told than each area tells by itself.
    assert all(said[s]["at_most"] >= upper[s] for s in upper)
    assert all(s["pupils"] is None or s["pupils"] == s["at_least"] for s in found["schools"])


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Point", "coordinates": [0, 51]},
        {"type": "Polygon", "coordinates": [[[0, 51], [1, 51]]]},
        {"type": "Polygon", "coordinates": [[[0, 500], [1, 51], [1, 52], [0, 500]]]},
        {"type": "Polygon"},
        {},
    ],
)
def test_what_is_no_polygon_is_refused(body: dict[str, Any], schools_client: httpx.Client) -> None:
    answer = schools_client.post("/api/schools/london/within/schools", json=body)
    assert answer.status_code == 400
    assert answer.json()["advice"]


# Catchments and feeders


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("method", ["ranked", "share", "kernel", "zone"])
def test_a_catchment_is_a_feature_with_its_measures(
    city: str, method: str, schools_client: httpx.Client
) -> None:
    found = ok(schools_client, f"{city}/schools/{SCHOOLS[city]}/catchment", method=method)
    said = found["properties"]
    assert found["sources"]
    assert said["result_words"] == (
        "It shows where pupils lived, and says nothing of who will get a place."
    )
    if (city, method) == ("london", "zone"):
        assert found["geometry"] is None
        assert said["parts"] == 0
        return
    shape = shapely.from_geojson(json.dumps(found["geometry"]))
    assert shape.is_valid
    assert shapely.get_num_geometries(shape) == said["parts"]
    assert 0 < said["coverage"] <= 1
    assert 0 < said["area_km2"] < 2_000
    assert said["median_m"] <= said["p90_m"]


def test_more_of_the_pupils_take_more_ground(schools_client: httpx.Client) -> None:
    path = f"london/schools/{HAVERSTOCK}/catchment"
    areas = [ok(schools_client, path, q=q)["properties"]["area_km2"] for q in (30, 50, 80)]
    assert areas == sorted(areas)
    assert schools_client.get(f"/api/schools/{path}?q=0").status_code == 400
    assert schools_client.get(f"/api/schools/{path}?method=circle").status_code == 400


def test_a_place_is_told_what_the_school_s_own_zone_says(schools_client: httpx.Client) -> None:
    path = f"chicago/schools/{LAKE_VIEW}/catchment"
    at_school = ok(schools_client, path, method="zone", lon=-87.669, lat=41.9548)
    down_town = ok(schools_client, path, method="zone", lon=-87.63, lat=41.88)
    assert at_school["properties"]["result"] == "inside zone"
    assert down_town["properties"]["result"] == "outside zone"


def test_all_catchments_of_a_city_are_one_file(schools_client: httpx.Client) -> None:
    found = ok(schools_client, "chicago/catchments", method="zone")
    drawn = [feature for feature in found["features"] if feature["geometry"]]
    assert 40 <= len(drawn) <= 60
    answer = schools_client.get("/api/schools/chicago/catchments?method=zone&f=parquet")
    assert pq.read_table(io.BytesIO(answer.content)).num_rows == len(found["features"])


@pytest.mark.parametrize("city", CITIES)
def test_feeders_join_up_and_say_what_they_are_not(city: str, schools_client: httpx.Client) -> None:
    found = ok(schools_client, f"{city}/feeders", top=25)
    nodes = {node["id"] for node in found["nodes"]}
    assert len(found["links"]) == 25
    assert {end for link in found["links"] for end in (link["source"], link["target"])} == nodes
    assert found["feeder"] == "unknown"
    assert found["words"].startswith("Which schools pupils went to before is not in the data of")


# Every route


@pytest.mark.parametrize(
    "path",
    [
        "london/schools/nothing/areas",
        "london/areas/nothing/schools",
        "london/schools/nothing/catchment",
        "atlantis/schools",
    ],
)
def test_what_there_is_not_is_not_found(path: str, schools_client: httpx.Client) -> None:
    answer = schools_client.get(f"/api/schools/{path}")
    assert answer.status_code == 404
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "london/schools?phase=x",
        f"london/schools/{HAVERSTOCK}/areas?flow=x",
        f"london/schools/{HAVERSTOCK}/areas?flows=london.nothing:2015",
        "london/at/schools?lon=0",
        "london/at/schools?lon=0&lat=51&q=Camden",
        "london/feeders?top=0",
    ],
)
def test_what_is_misspelt_is_not_taken_for_silence(path: str, schools_client: httpx.Client) -> None:
    answer = schools_client.get(f"/api/schools/{path}")
    assert answer.status_code == 400
    assert answer.json()["detail"]
