"""The model and what-if over HTTP: as they are documented, sourced, and refusing nonsense."""

from __future__ import annotations

import httpx
import pytest

CHANGES = [{"do": "close", "school": "609680"}]


def test_the_model_is_told_beside_simple_ones(schools_client: httpx.Client) -> None:
    answer = schools_client.get("/api/schools/chicago/model")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["modelled"] is True
    assert told["fit"]["cpc"] > max(one["cpc"] for one in told["baselines"])
    assert sum(one["observed"] for one in told["by_distance"]) == pytest.approx(
        told["pupils_shown"], abs=21
    )
    assert {one["kind"] for one in told["terms"]} >= {"zone", "open"}
    assert told["sources"]
    assert told["hidden_below"] == 5
    again = schools_client.get(
        "/api/schools/chicago/model", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


def test_a_closure_is_solved_in_no_time_with_everything_a_planner_asks(
    schools_client: httpx.Client,
) -> None:
    schools_client.post("/api/schools/chicago/what-if", json={"changes": CHANGES})
    answer = schools_client.post("/api/schools/chicago/what-if", json={"changes": CHANGES})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["solved_ms"] < 500
    assert told["closed"][0]["id"] == "609680"
    assert told["moved"] == told["closed"][0]["pupils"]
    gained = sum(row["more"] for row in told["receiving"])
    assert gained == pytest.approx(told["moved"], rel=0.1)
    assert told["words"].startswith(f"{told['moved']:,} pupils would move")
    assert told["areas"]["features"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon")
    for feature in told["areas"]["features"]:
        moved = feature["properties"]["pupils_moved"]
        assert moved is None or moved >= told["hidden_below"]
    assert told["assumptions"]
    assert told["sources"]


def test_what_a_change_begins_from_is_told_before_there_is_any(
    schools_client: httpx.Client,
) -> None:
    answer = schools_client.get("/api/schools/chicago/what-if")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["words"].startswith(f"{told['pupils']:,} pupils of {told['areas']} areas")
    assert told["modelled"] is False
    assert told["sources"]
    kept = {"If-None-Match": answer.headers["ETag"]}
    assert schools_client.get("/api/schools/chicago/what-if", headers=kept).status_code == 304
    assert schools_client.get("/api/schools/chicago/what-if?stage=nursery").status_code == 400


def test_the_same_comes_as_a_table(schools_client: httpx.Client) -> None:
    answer = schools_client.post("/api/schools/chicago/what-if?f=csv", json={"changes": CHANGES})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "MODELLED" in answer.headers["content-disposition"]
    assert answer.text.splitlines()[0] == "what,id,name,measure,value,unit"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "no changes"),
        ({"changes": CHANGES, "x": 1}, "no member"),
        ({"changes": CHANGES, "full": "maybe"}, "full"),
        ({"changes": CHANGES, "stage": "nursery"}, "no flows of the stage"),
        ({"changes": [{"do": "close", "school": "000000"}]}, "No pupils of"),
        ({"changes": [*CHANGES, *CHANGES]}, "closed already"),
    ],
)
def test_nonsense_is_refused_in_words(
    body: dict[str, object], words: str, schools_client: httpx.Client
) -> None:
    answer = schools_client.post("/api/schools/chicago/what-if", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


def test_a_city_without_closings_says_so(schools_client: httpx.Client) -> None:
    answer = schools_client.get("/api/schools/london/what-if/replay")
    assert answer.status_code == 400
    assert "no closings" in answer.json()["detail"]


def test_modelled_flows_need_a_stage_that_is_modelled(schools_client: httpx.Client) -> None:
    answer = schools_client.get(
        "/api/schools/chicago/model/flows", params={"stage": "high", "area": "609719"}
    )
    assert answer.status_code == 400
    assert "elementary" in answer.json()["advice"]
