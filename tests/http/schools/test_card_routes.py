"""Cards, layers and the validation report over HTTP: shapes, sources, refusals, 304."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from tests.apps.schools.whole import whole_home, whole_node
from tests.serving import served

from interurban.catalog.node import Node
from interurban.http import Settings

__all__ = ["whole_home", "whole_node"]

CITIES = ("chicago", "london")
SCHOOL = {"chicago": "609869", "london": "139659"}


@pytest.fixture(scope="module")
def client(whole_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"), requests_per_s=0)
    with (
        served(whole_node, settings) as address,
        httpx.Client(base_url=address, timeout=120) as opened,
    ):
        yield opened


def got(client: httpx.Client, path: str) -> dict[str, Any]:
    answer = client.get(f"/api/schools/{path}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("city", CITIES)
def test_a_card_has_every_part_and_its_sources(client: httpx.Client, city: str) -> None:
    card = got(client, f"{city}/schools/{SCHOOL[city]}")
    parts = {"id", "name", "facts", "measures", "series", "succession", "similar", "programmes"}
    assert parts | {"sources", "stale"} <= set(card)
    sources = {one["dataset"]: one for one in card["sources"]}
    for part in ("facts", "measures"):
        assert card[part]
        assert {one["source"] for one in card[part]} <= set(sources)
    assert all(one["licence"]["title"] for one in sources.values())
    for measure in card["measures"]:
        assert (measure["value"] is None) or measure["status"] == "shown"
        assert measure["higher_is"] in ("", "neutral")


def test_a_chicago_card_tells_programmes_and_21_years(client: httpx.Client) -> None:
    card = got(client, "chicago/schools/609756")
    assert card["programmes"]
    assert {2005, 2025} <= {one["year"] for one in card["series"]}


def test_a_held_card_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/api/schools/london/schools/139659")
    held = {"If-None-Match": first.headers["etag"]}
    assert client.get("/api/schools/london/schools/139659", headers=held).status_code == 304


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("london/schools/nowhere", 404, "school"),
        ("london/schools/139659?score=true", 400, "score"),
        ("london/compare", 400, "schools"),
        ("london/compare?schools=1,2,3,4,5,6,7", 400, "schools"),
        ("london/layers/nothing", 404, "layer"),
        ("london/layers/deprivation?with=nothing", 404, "layer"),
        ("london/layers/deprivation?areas=london.schools", 404, "areas"),
        ("london/layers/deprivation?with=access&areas=london.lsoa_2011", 400, "areas"),
        ("london/validation?limit=-1", 400, "limit"),
        ("london/validation?check=zones", 404, "check"),
    ],
)
def test_what_cannot_be_answered_is_said(
    client: httpx.Client, path: str, status: int, part: str
) -> None:
    answer = client.get(f"/api/schools/{path}")
    assert answer.status_code == status
    assert answer.json()["part"] == part


def test_compare_gives_cards_in_order_and_every_measure(client: httpx.Client) -> None:
    found = got(client, "london/compare?schools=139659,100000")
    assert [one["id"] for one in found["schools"]] == ["139659", "100000"]
    named = {measure["id"] for one in found["schools"] for measure in one["measures"]}
    assert set(found["measures"]) == named == set(found["labels"])


@pytest.mark.parametrize("city", CITIES)
def test_every_layer_that_is_offered_is_drawn(client: httpx.Client, city: str) -> None:
    layers = got(client, f"{city}/layers")["layers"]
    assert len(layers) >= 4
    for one in layers:
        layer = got(client, f"{city}/layers/{one['id']}")
        assert layer["values"]
        assert len(layer["breaks"]) <= 4
        assert layer["breaks"] == sorted(layer["breaks"])
        assert layer["sources"]
        assert layer["areas_dataset"] == one["areas_dataset"]


def test_two_vintages_together_say_which_areas_are_estimated(client: httpx.Client) -> None:
    found = got(client, "london/layers/deprivation?with=deprivation_2011_areas")
    assert found["areas_dataset"] == "london.lsoa_2021"
    assert "by share of area" in found["b"]["words"]
    shared = [one for one in found["cells"] if one.get("how") == "areal share"]
    assert len(shared) == 337
    assert {one["a"] for one in found["cells"]} == {0, 1, 2}


def test_the_report_of_london_counts_the_known_faults(client: httpx.Client) -> None:
    report = got(client, "london/validation?limit=2")
    checks = {one["id"]: one for one in report["checks"]}
    assert checks["schools-once"]["faults"] == 396
    assert checks["flows-totals"]["result"] == "passed"
    assert checks["zones-cover"]["result"] == "not applicable"
    assert "181 are not among the open schools of today" in checks["succession"]["note"]
    assert all(len(one["rows"]) <= 2 for one in report["checks"])
    counted = [one["result"] for one in report["checks"]]
    assert report["passed"] == counted.count("passed")
    assert report["failed"] == counted.count("faults")
    old = {one["dataset"]: one["superseded_by"] for one in report["as_of"]}
    assert old["london.lsoa_2011"] == "london.lsoa_2021"


def test_the_report_of_chicago_knows_its_zones(client: httpx.Client) -> None:
    report = got(client, "chicago/validation?limit=3")
    checks = {one["id"]: one for one in report["checks"]}
    assert "Elementary: 95." in checks["zones-cover"]["note"]
    assert checks["schools-pupils"]["faults"] == 2
    assert any("609943" in row["text"] for row in got_all(client, "chicago", "ids-reused"))


def got_all(client: httpx.Client, city: str, check: str) -> list[dict[str, str]]:
    report = got(client, f"{city}/validation?limit=10000&check={check}")
    rows: list[dict[str, str]] = report["checks"][0]["rows"]
    return rows


@pytest.mark.parametrize("city", CITIES)
def test_every_link_of_the_report_answers(client: httpx.Client, city: str) -> None:
    for check in got(client, f"{city}/validation?limit=1")["checks"]:
        for row in check["rows"]:
            assert client.get(row["link"]).status_code == 200, row


# Files


def test_what_is_compared_comes_as_a_table(client: httpx.Client) -> None:
    answer = client.get("/api/schools/london/compare?schools=139659,100001&f=csv")
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = got(client, "london/compare?schools=139659,100001")["schools"]
    assert len(rows) == sum(len(one["measures"]) for one in told)
    hidden = [row for row in rows if row["status"] == "not applicable"]
    assert hidden
    assert {row["value"] for row in hidden} == {""}
    assert "X-Interurban-Licence" in answer.headers


def test_a_layer_comes_as_a_table_and_with_its_outlines(client: httpx.Client) -> None:
    path = "/api/schools/chicago/layers/tiers"
    asked = {"areas": "chicago.census_tracts_2020"}
    rows = list(csv.DictReader(io.StringIO(client.get(path, params={**asked, "f": "csv"}).text)))
    told = client.get(path, params=asked).json()
    assert len(rows) == len(told["values"])
    assert {row["how"] for row in rows} == {"code", "areal share"}
    shaped = client.get(path, params={**asked, "f": "geojson"}).json()
    assert len(shaped["features"]) == len(rows)
    assert shaped["features"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon")
    table = pq.read_table(io.BytesIO(client.get(path, params={**asked, "f": "parquet"}).content))
    assert table.num_rows == len(rows)
    assert table["value"].to_pylist() == [float(row["value"]) for row in rows]


def test_faults_come_as_a_table(client: httpx.Client) -> None:
    answer = client.get("/api/schools/london/validation?limit=10000&check=schools-once&f=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 396
    assert all(row["link"].startswith("/collections/london.schools_2016/") for row in rows)
