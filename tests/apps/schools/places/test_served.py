"""Places and forecasts as the screens and the terminal get them, from a real run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from interurban.catalog.node import Node
from interurban.cli import main
from tests.serving import served


@pytest.fixture(scope="module")
def client(places_node: Node) -> Iterator[httpx.Client]:
    with (
        served(places_node) as address,
        httpx.Client(base_url=f"{address}/api/schools/", timeout=60) as opened,
    ):
        yield opened


def get(client: httpx.Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["sources"], "no number without its source"
    return found


def test_a_planner_finds_the_published_figures_and_changes_the_rule(client: httpx.Client) -> None:
    found = get(client, "chicago/places?stage=elementary&year=2012")
    bands = ("under", "efficient", "over", "unknown")
    assert [found["totals"][band] for band in bands] == [248, 162, 62, 0]
    assert [rule["id"] for rule in found["rules"]] == [
        "2011", "2018", "28 a room", "published", "own",
    ]  # fmt: skip
    inputs = {one["id"]: one["value"] for one in found["rules"][0]["inputs"]}
    assert inputs == {
        "homeroom_share": 0.769, "per_room": 30, "set_aside": 0,
        "efficient_from": 0.8, "efficient_to": 1.2,
    }  # fmt: skip
    own = get(client, "chicago/places?stage=elementary&year=2012&rule=own&efficient_from=0.7")
    assert own["rule"] == "own"
    assert own["totals"]["under"] < 248
    assert own["totals"]["capacity"] == found["totals"]["capacity"]


def test_rows_carry_the_forecast_of_the_newest_run(client: httpx.Client) -> None:
    found = get(client, "chicago/places?stage=elementary")
    assert found["modelled"]
    rows = [row for row in found["rows"] if row["forecast"]]
    assert len(rows) == len(found["rows"]) == 479
    years = [point["year"] for point in rows[0]["forecast"]]
    assert years == [2026, 2027, 2028, 2029, 2030]
    for point in rows[0]["forecast"]:
        ends = [point[end] for end in ("low95", "low80", "median", "high80", "high95")]
        assert ends == sorted(ends)
    unknown = next(row for row in found["rows"] if row["band"] == "unknown")
    assert unknown["capacity"] is None, "what is not known is not 0"
    assert unknown["utilisation"] is None


def test_a_stage_without_places_has_pupils_and_no_zeros(client: httpx.Client) -> None:
    high = get(client, "chicago/places?stage=high&by=area")
    totals = high["totals"]
    assert totals["pupils"] > 90_000
    assert [totals[name] for name in ("capacity", "surplus", "surplus_share", "utilisation")] == [
        None, None, None, None,
    ]  # fmt: skip
    with_pupils = [row for row in high["rows"] if row["pupils"]]
    assert len(with_pupils) > 50
    assert all(row["capacity"] is None and row["forecast"] for row in with_pupils)
    stages = {one["id"]: one["with_places"] for one in high["stages"]}
    assert stages["high"] == 0
    usual = get(client, "chicago/places")
    assert usual["stage"] == "elementary", "it opens where places are known"
    assert stages["elementary"] == sum(row["capacity"] is not None for row in usual["rows"])


def test_a_school_is_told_with_its_past_and_the_back_test(client: httpx.Client) -> None:
    found = get(client, "chicago/forecast?school=609772")
    assert [one["year"] for one in found["observed"]] == list(range(2005, 2026))
    assert found["run"]
    errors = {(e["method"], e["years_ahead"]): e for e in found["errors"]}
    for ahead, goal in {1: 0.055, 3: 0.121, 5: 0.179}.items():
        mine = errors["projection", ahead]
        assert mine["error"] < goal
        assert not mine["baseline"]
        assert errors["same as last year", ahead]["baseline"]
        assert 0.90 <= mine["coverage95"] <= 0.98
    kindergarten = {(e["method"], e["years_ahead"]): e["error"] for e in found["entry_errors"]}
    for ahead, goal in {1: 0.056, 3: 0.120, 5: 0.188}.items():
        assert kindergarten["projection", ahead] < goal


def test_how_to_run_is_what_the_runs_take(client: httpx.Client, places_node: Node) -> None:
    how = get(client, "chicago/forecast?all")["how_to_run"]
    assert how == {
        "model": "school_rolls",
        "city": "chicago",
        "title": "Pupils to come, Chicago",
        "inputs": {"school_rolls": "chicago.school_rolls"},
        "parameters": {"years_ahead": 10},
        "missing": [],
    }


def test_areas_of_chicago_join_what_is_common_with_what_is_each_schools(
    client: httpx.Client,
) -> None:
    area, city = (
        get(client, f"chicago/forecast?{asked}")["forecast"][-1]
        for asked in ("area=1&stage=elementary", "all")
    )
    wide, narrow = ((p["high95"] - p["low95"]) / p["median"] for p in (area, city))
    assert narrow < wide < 0.8


def test_fewer_and_more_entrants_lie_about_the_median(client: httpx.Client) -> None:
    for asked in ("all", "area=1&stage=elementary", "school=609772"):
        found = get(client, f"chicago/forecast?{asked}")
        fewer, more = (one["pupils"] for one in found["variants"])
        assert [one["title"] for one in found["variants"]] == [
            "Fewer children enter", "More children enter",
        ]  # fmt: skip
        for at, point in enumerate(found["forecast"]):
            assert fewer[at]["year"] == point["year"]
            assert fewer[at]["pupils"] < more[at]["pupils"]
            assert point["low95"] < fewer[at]["pupils"] + more[at]["pupils"] < 2 * point["high95"]


def test_boroughs_stand_before_a_run_and_say_that_they_are_none(client: httpx.Client) -> None:
    found = get(client, "london/forecast?area=E09000007&stage=primary")
    assert found["run"] is None
    assert "worked out at once" in found["words"]
    how = found["how_to_run"]
    assert (how["model"], how["missing"]) == ("area_rolls", [])
    assert how["inputs"] == {
        "scorecard": "london.place_scorecard",
        "areas": "london.boroughs",
        "births": "london.births",
        "other_births": "london.births_by_borough",
    }
    assert how["parameters"]["stage"] == "primary"
    assert how["parameters"]["earlier"].startswith("2014 = Primary pupils on roll in 2014/15; 2018")


def test_boroughs_are_those_of_a_run_once_there_is_one(client: httpx.Client) -> None:
    found = get(client, "london/forecast?area=E09000007&stage=secondary")
    run = client.get(f"{str(client.base_url).split('/schools')[0]}/runs/{found['run']}").json()
    assert run["model"] == "area_rolls"
    assert run["inputs"]["scorecard"]["dataset"] == "london.place_scorecard"
    assert "worked out at once" not in found["words"]
    assert any(one["dataset"].startswith("london.") for one in found["sources"])
    assert found["subject"] == "Camden, secondary"
    assert len(found["forecast"]) == 10
    titles = [one["title"] for one in found["variants"]]
    assert titles == ["own growth", "published forecast", "births", "same as last year"]
    assert [one["year"] for one in found["variants"][2]["pupils"]] == [2025, 2026]
    rows = get(client, "london/places?stage=secondary&by=area")["rows"]
    camden = next(row for row in rows if row["id"] == "E09000007")
    assert camden["forecast"] == found["forecast"]
    mine = [e for e in found["errors"] if not e["baseline"]]
    assert [e["years_ahead"] for e in mine] == [1, 2, 3]
    assert all(e["own_error"] is not None for e in mine)
    assert "indication" in mine[2]["note"]


def test_a_school_of_london_says_why_it_is_not_projected(client: httpx.Client) -> None:
    answer = client.get("london/forecast?school=100008")
    assert answer.status_code == 200
    assert answer.json()["forecast"] == []
    assert "no rolls" in answer.json()["words"]


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("chicago/places?stage=nursery", "stage"),
        ("chicago/places?by=ward", "by"),
        ("chicago/places?rule=2012", "rule"),
        ("chicago/places?rule=own&per_room=ten", "per_room"),
        ("chicago/places?rule=own&per_room=900", "per_room"),
        ("chicago/places?per_room=25", "per_room"),
        ("chicago/places?year=1999", "year"),
        ("chicago/places?yaer=2012", "yaer"),
        ("chicago/forecast?school=1", "school"),
        ("chicago/forecast?area=78", "area"),
        ("chicago/forecast?school=609772&area=1", "school"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    path: str, part: str, client: httpx.Client
) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.json()["part"] == part


def test_every_member_is_in_the_openapi_document(client: httpx.Client) -> None:
    document = client.get(f"{str(client.base_url).split('/api/')[0]}/api").json()
    for name, path in (
        ("SchoolPlaces", "chicago/places?by=area"),
        ("SchoolForecast", "chicago/forecast?all"),
    ):
        schema = document["components"]["schemas"][name]
        assert set(schema["required"]) == set(get(client, path))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("places", "chicago", "--year", "2012", "--by", "school"), "248 are under-used"),
        (("places", "london", "--stage", "secondary"), "sixth forms"),
        (("forecast", "chicago", "--school", "609772"), "5.4 %"),
        (("forecast", "london", "--each-area"), "1.01 %"),
        (("forecast", "london", "--area", "E09000007", "--json"), '"Camden, primary"'),
    ],
)
def test_the_terminal_prints_the_same(
    arguments: tuple[str, ...], said: str, places_home: Path,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    command = ["interurban", "schools", *arguments, "--home", str(places_home)]
    monkeypatch.setattr(sys, "argv", command)
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert said in capfd.readouterr().out
