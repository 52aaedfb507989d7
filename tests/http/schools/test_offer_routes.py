"""Last distances and simulated rounds over HTTP: fixed words, sources, files, and no promise."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from interurban.apps.schools.offers.results import RESULTS

KING_ATHELSTAN, HAVERSTOCK = "102579", "100049"
HERE = {"lon": -0.2915, "lat": 51.4057}
FORBIDDEN = ("entitled", "eligible", "eligibility", "guarantee")


def ok(client: httpx.Client, path: str, **params: object) -> Any:
    answer = client.get(f"/api/schools/{path}", params={k: str(v) for k, v in params.items()})
    assert answer.status_code == 200, answer.text
    assert not any(word in answer.text.lower() for word in FORBIDDEN)
    return answer.json()


def test_a_school_has_its_figures_by_year_with_their_source(schools_client: httpx.Client) -> None:
    found = ok(schools_client, f"london/schools/{KING_ATHELSTAN}/offers")
    (only,) = found["series"]
    assert [one["last_distance_m"] for one in only["years"]] == [1012, 746, 571, 537]
    assert found["sources"][0]["dataset"] == "london.last_distance"
    assert found["sources"][0]["licence"]
    assert "nothing of who will get one" in found["result_words"]


def test_a_school_without_figures_says_so(schools_client: httpx.Client) -> None:
    found = ok(schools_client, f"london/schools/{HAVERSTOCK}/offers")
    assert found["series"] == []
    assert found["words"].startswith("No last distances of Haverstock School")
    assert schools_client.get("/api/schools/london/schools/1/offers").status_code == 404


def test_a_place_gets_fixed_words_and_distances(schools_client: httpx.Client) -> None:
    found = ok(schools_client, "london/at/offers", **HERE)
    assert found["results"] == list(RESULTS)
    by_id = {row["id"]: row for row in found["schools"]}
    assert by_id[KING_ATHELSTAN]["result"] == RESULTS[0]
    assert by_id[KING_ATHELSTAN]["words"].startswith(
        "Within the last distance in every year shown (2013 to 2016)"
    )
    assert {row["result"] for row in found["schools"]} <= set(RESULTS)
    named = ok(schools_client, "london/at/offers", q="KT1 3AR")
    assert named["place"]["within_m"] >= 100
    margins = {row["margin_m"] for row in named["schools"] if row["result"] != "no data"}
    assert min(margins) >= 100, "a postcode is not exact"


def test_figures_come_as_files(schools_client: httpx.Client) -> None:
    answer = schools_client.get("/api/schools/london/offers", params={"f": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 109
    assert {row["status"] for row in rows} == {"measured", "doubtful", "not by distance"}
    places = schools_client.get("/api/schools/london/at/offers", params={**HERE, "f": "geojson"})
    assert places.json()["features"][0]["geometry"]["type"] == "Point"
    shape = ok(schools_client, f"london/schools/{KING_ATHELSTAN}/catchment", method="last")
    assert shape["properties"]["last"]["most_m"] == 1012
    assert shape["properties"]["area_km2"] == pytest.approx(0.906, abs=0.003)
    every = ok(schools_client, "london/catchments", method="last")
    assert 25 <= sum(one["geometry"] is not None for one in every["features"]) <= 36


def test_where_distance_does_not_decide_nothing_is_simulated(schools_client: httpx.Client) -> None:
    found = ok(schools_client, "chicago/offers/simulate", lon=-87.7, lat=41.9)
    assert (found["by_distance"], found["schools"], found["check"]) == (False, [], None)
    assert found["words"].startswith("Not by distance here.")
    assert ok(schools_client, "chicago/at/offers", lon=-87.7, lat=41.9)["by_distance"] is False


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"q": "KT1 3AR", "lon": 0, "lat": 51},
        {**HERE, "siblings": 1.5},
        {**HERE, "demand": "many"},
        {**HERE, "draws": 0},
        {**HERE, "stage": "tertiary"},
    ],
)
def test_nonsense_is_refused(params: dict[str, object], schools_client: httpx.Client) -> None:
    asked = {key: str(value) for key, value in params.items()}
    answer = schools_client.get("/api/schools/london/offers/simulate", params=asked)
    assert answer.status_code == 400, answer.text
