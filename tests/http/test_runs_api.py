"""Runs for the page: started, followed, read, compared, shared, downloaded and taken back."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pyarrow.parquet as pq
import pytest

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.http import Settings

from .conftest import over

EXPECTED = "witan/demography/expected/bristol_end_population_2015.csv"


def start(client: httpx.Client, **asked: Any) -> httpx.Response:
    body = {"model": "cohort_component", "city": "bristol", "parameters": {"last_year": 2015}}
    return client.post("/api/runs", json=body | asked)


# What a run gives


def test_a_run_gives_what_witan_gave(
    modelling: httpx.Client, plan: dict[str, Any], shared_data: Path
) -> None:
    """Through the browser's own door: to 1e-10, in numbers that lost no figure on their way."""
    table = modelling.get(
        f"/api/runs/{plan['id']}/tables/population", params={"where.year": "2015"}
    ).json()
    columns = table["columns"]
    ours = dict(
        zip(zip(columns["sex"], columns["age"], strict=True), columns["population"], strict=True)
    )
    rows = csv.DictReader((shared_data / EXPECTED).open())
    theirs = {(r["Sex"], int(r["Age"])): float(r["Popn"]) for r in rows if r["Year"] == "2015"}
    assert len(theirs) == 182
    assert ours.keys() == theirs.keys()
    assert max(abs(ours[key] - theirs[key]) for key in theirs) < 1e-10 * max(theirs.values())


def test_a_run_says_what_it_was(modelling: httpx.Client, plan: dict[str, Any]) -> None:
    assert plan["state"] == "successful"
    assert plan["progress"] == 100
    assert plan["title"] == "The plan"
    assert plan["modelled"] is True
    assert plan["parameters"]["last_year"] == 2017
    assert plan["inputs"]["historic_deaths"]["dataset"] == "bristol.deaths"
    assert any("repeat" in warning for warning in plan["warnings"])
    for one in plan["links"]:
        assert modelling.get(one["href"]).status_code == 200, one


def test_outputs_are_datasets_at_once(modelling: httpx.Client) -> None:
    run = over(modelling, start(modelling, title="At once").json()["id"])
    found = {one["id"]: one for one in modelling.get("/collections").json()["collections"]}
    listed = modelling.get("/api/datasets", params={"city": "bristol"}).json()["datasets"]
    modelled = {one["id"] for one in listed if one["modelled"]}
    for output in run["outputs"].values():
        assert output["dataset"] in found
        assert output["dataset"] in modelled
        source = found[output["dataset"]]["source"]
        assert source["kind"] == "modelled"
        assert source["modelled"] is True
        assert source["notice"].startswith("MODELLED")
        assert run["id"] in source["origin"]
        items = modelling.get(f"/collections/{output['dataset']}/items?f=csv")
        assert items.headers["x-interurban-modelled"].startswith("MODELLED")
        assert "-MODELLED.csv" in items.headers["content-disposition"]
        assert items.text.count("\n") == output["rows"] + 1


def test_observed_data_are_not_called_modelled(modelling: httpx.Client) -> None:
    source = modelling.get("/collections/bristol.population").json()["source"]
    assert source["modelled"] is False
    assert "notice" not in source


# Starting


def test_versions_of_a_title_are_counted(
    modelling: httpx.Client, plan: dict[str, Any], other: dict[str, Any]
) -> None:
    assert other["version"] > plan["version"]
    found = modelling.get("/api/runs", params={"title": "The plan", "city": "bristol"}).json()
    assert found["total"] == len(found["runs"])
    assert {plan["id"], other["id"]} <= {run["id"] for run in found["runs"]}


def test_the_same_again_gives_the_same_bytes(modelling: httpx.Client, plan: dict[str, Any]) -> None:
    answer = modelling.post(f"/api/runs/{plan['id']}/again")
    assert answer.status_code == 201
    assert answer.headers["location"].endswith(answer.json()["id"])
    twin = over(modelling, answer.json()["id"])
    for name, output in plan["outputs"].items():
        assert twin["outputs"][name]["content_hash"] == output["content_hash"]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ({"model": "nothing"}, 404, "model"),
        ({"city": "paris"}, 404, "city"),
        ({"city": "chicago"}, 400, "inputs"),
        ({"model": 7}, 400, "model"),
        ({"title": "x" * 201}, 400, "title"),
        ({"title": "two\nlines"}, 400, "title"),
        ({"colour": "red"}, 400, "colour"),
        ({"parameters": []}, 400, "parameters"),
        ({"parameters": {"last_yaer": 2016}}, 400, "parameters"),
        ({"parameters": {"last_year": "1e999"}}, 400, "parameters"),
        ({"parameters": {"last_year": None}}, 400, "parameters"),
        ({"parameters": {"last_year": {"a": 1}}}, 400, "parameters"),
        ({"parameters": {"domestic_in_years": [2003]}}, 400, "parameters"),
        ({"parameters": {"areas": [1, 2]}}, 400, "parameters"),
        ({"inputs": {"nothing": "bristol.deaths"}}, 400, "inputs"),
        ({"inputs": {"historic_deaths": 7}}, 400, "inputs"),
        ({"inputs": {"historic_deaths": "bristol.nothing"}}, 404, None),
        ({"inputs": {"historic_deaths": "/etc/passwd"}}, 404, None),
        ({"inputs": {"historic_deaths": "upload:../../x:1"}}, 400, "historic_deaths"),
        ({"inputs": {"historic_deaths": f"upload:{'0' * 64}:{'0' * 8}"}}, 400, "historic_deaths"),
    ],
)
def test_a_run_that_can_t_be_started_names_its_part(
    modelling: httpx.Client, asked: dict[str, Any], status: int, part: str | None
) -> None:
    before = modelling.get("/api/runs").json()["total"]
    answer = start(modelling, **asked)
    assert answer.status_code == status, answer.text
    if part:
        assert answer.json()["part"] == part
    assert modelling.get("/api/runs").json()["total"] == before


def test_a_file_of_one_s_own_is_run_by_its_token(
    modelling: httpx.Client, shared_data: Path
) -> None:
    content = (shared_data / "witan/demography/inputs/bristol_hist_births_mye.csv").read_bytes()
    checked = modelling.post(
        "/api/models/cohort_component/tables/historic_births/check",
        content=content,
        headers={"X-File-Name": "ours.csv"},
    ).json()
    run = start(modelling, inputs={"historic_births": checked["upload"]}).json()
    done = over(modelling, run["id"])
    assert done["state"] == "successful", done["error"]
    assert done["inputs"]["historic_births"]["name"] == "ours.csv"
    book = modelling.get(f"/api/runs/{run['id']}/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(book.content))["Sources"]
    assert "ours.csv" in {cell.value for row in sheet.iter_rows() for cell in row}


def test_a_node_takes_so_many_runs_at_once(serve: Any, bristol: Node, tmp_path: Path) -> None:
    settings = Settings(web_root=tmp_path, max_runs=1)
    with serve(bristol, settings) as address, httpx.Client(base_url=address) as narrow:
        first = start(narrow, title="One at a time")
        assert first.status_code == 201, first.text
        second = start(narrow)
        assert second.status_code == 429
        assert second.headers["retry-after"]
        assert second.json()["type"].endswith("#too-many-runs")
        narrow.post(f"/api/runs/{first.json()['id']}/dismiss")


def test_a_node_can_take_none(
    serve: Any, bristol: Node, plan: dict[str, Any], tmp_path: Path
) -> None:
    here = f"/api/runs/{plan['id']}"
    settings = Settings(web_root=tmp_path, max_runs=0)
    with serve(bristol, settings) as address, httpx.Client(base_url=address) as closed:
        assert start(closed).status_code == 403
        assert closed.post(f"{here}/again").status_code == 403
        assert closed.patch(here, json={"title": "Mine"}).status_code == 403
        assert closed.delete(here).status_code == 403
        assert closed.delete(f"/jobs/{plan['id']}").status_code == 403
        assert closed.get(here).json()["title"] == "The plan"


def test_what_is_too_large_is_refused(serve: Any, bristol: Node, tmp_path: Path) -> None:
    settings = Settings(
        web_root=tmp_path, max_body_bytes=1_000, max_upload_bytes=2_000, upload_space_mb=0
    )
    check = "/api/models/cohort_component/tables/historic_births/check"
    with serve(bristol, settings) as address, httpx.Client(base_url=address) as small:
        assert start(small, title="x" * 2_000).status_code == 413
        for content in (b"x" * 3_000, iter([b"x" * 1_500, b"x" * 1_500])):
            answer = small.post(check, content=content, headers={"X-File-Name": "a.csv"})
            assert answer.status_code == 413, answer.text
        full = small.post(check, content=b"a,b\n1,2\n", headers={"X-File-Name": "a.csv"})
        assert full.status_code == 413
        assert "room" in full.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
    ],
)
def test_another_site_s_page_changes_nothing(
    modelling: httpx.Client, plan: dict[str, Any], headers: dict[str, str]
) -> None:
    here = f"/api/runs/{plan['id']}"
    for method, path in (
        ("POST", "/api/runs"), ("POST", f"{here}/again"), ("POST", f"{here}/dismiss"),
        ("DELETE", here), ("PATCH", here), ("DELETE", f"/jobs/{plan['id']}"),
    ):  # fmt: skip
        answer = modelling.request(method, path, headers=headers)
        assert answer.status_code == 403, (method, path)
    assert modelling.get(here, headers=headers).status_code == 200
    own = {"Origin": str(modelling.base_url).rstrip("/")}
    assert modelling.patch(here, json={"title": "The plan"}, headers=own).status_code == 200


# Looking after runs


def test_a_run_is_renamed_shared_dismissed_and_deleted(modelling: httpx.Client) -> None:
    run = start(modelling, title="Draft").json()
    here = f"/api/runs/{run['id']}"
    dismissed = modelling.post(f"{here}/dismiss").json()
    assert dismissed["state"] == "dismissed"
    assert modelling.post(f"{here}/dismiss").status_code == 400
    renamed = modelling.patch(here, json={"title": "  Second   draft "}).json()
    assert renamed["title"] == "Second draft"
    for body in ({}, {"title": 7}, {"title": ""}, {"title": "a", "state": "x"}):
        assert modelling.patch(here, json=body).status_code == 400
    assert modelling.get(f"/api/shared/{run['share']}").json()["id"] == run["id"]
    assert modelling.get("/api/shared/nothing").status_code == 404
    assert modelling.delete(here).status_code == 204
    for gone in (here, f"/api/shared/{run['share']}"):
        answer = modelling.get(gone)
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("#unknown-run")


def test_runs_are_listed_by_what_they_are(
    modelling: httpx.Client, plan: dict[str, Any], other: dict[str, Any]
) -> None:
    def listed(**params: Any) -> list[str]:
        return [run["id"] for run in modelling.get("/api/runs", params=params).json()["runs"]]

    everything = listed(limit=1000)
    assert {plan["id"], other["id"]} <= set(everything)
    assert listed(limit=1, offset=1) == everything[1:2]
    assert plan["id"] in listed(state="successful,failed", model="cohort_component")
    assert plan["id"] not in listed(state="failed")
    assert listed(model="send_projection") == []
    assert modelling.get("/api/runs?state=odd").json()["part"] == "state"
    assert modelling.get("/api/runs?limit=0").json()["part"] == "limit"


def test_other_methods_are_refused_by_name(modelling: httpx.Client) -> None:
    answer = modelling.put("/api/runs/x")
    assert answer.status_code == 405
    assert {"GET", "PATCH", "DELETE"} <= set(answer.headers["allow"].split(", "))


# Tables and files


def test_a_table_is_given_by_columns(modelling: httpx.Client, plan: dict[str, Any]) -> None:
    here = f"/api/runs/{plan['id']}/tables/population"
    whole = modelling.get(here).json()
    assert whole["rows"] == whole["of"] == plan["outputs"]["population"]["rows"]
    assert whole["units"]["population"] == "people"
    keys = list(zip(*(whole["columns"][name] for name in whole["key"]), strict=True))
    assert keys == sorted(keys)
    some = modelling.get(
        here,
        params={"where.age": ["30", "31"], "where.sex": "F", "columns": "age,population"},
    ).json()
    assert set(some["columns"]) == {"age", "population"}
    assert some["columns"]["age"] == [30] * 3 + [31] * 3
    few = modelling.get(here, params={"limit": 5}).json()
    assert (few["rows"], few["of"]) == (5, whole["of"])
    none = modelling.get(here, params={"where.year": "1900"}).json()
    assert (none["rows"], none["of"]) == (0, 0)


def test_sums_are_those_of_the_rows(modelling: httpx.Client, plan: dict[str, Any]) -> None:
    here = f"/api/runs/{plan['id']}/tables/population"
    rows = modelling.get(here, params={"where.sex": "M"}).json()["columns"]
    sums = modelling.get(here, params={"where.sex": "M", "group": "year"}).json()["columns"]
    for year, total in zip(sums["year"], sums["population"], strict=True):
        ours = math.fsum(
            people
            for at, people in zip(rows["year"], rows["population"], strict=True)
            if at == year
        )
        assert total == pytest.approx(ours, rel=1e-12)


def test_a_table_that_did_not_change_is_not_sent_again(
    modelling: httpx.Client, plan: dict[str, Any]
) -> None:
    here = f"/api/runs/{plan['id']}/tables/births"
    tag = modelling.get(here).headers["etag"]
    assert modelling.get(here, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("query", "status", "part"),
    [
        ("population?where.colour=red", 400, "where"),
        ("population?where.age=old", 400, "where.age"),
        ("population?where.age=" + "9" * 40, 400, "where.age"),
        ("population?columns=age,colour", 400, "columns"),
        ("population?group=colour", 400, "group"),
        ("population?group=population", 400, "group"),
        ("population?colour=red", 400, "colour"),
        ("population?limit=0", 400, "limit"),
        ("population?where.sex=%00", 400, "where.sex"),
        ("nothing", 404, "table"),
    ],
)
def test_a_table_that_can_t_be_given_names_its_part(
    modelling: httpx.Client, plan: dict[str, Any], query: str, status: int, part: str
) -> None:
    answer = modelling.get(f"/api/runs/{plan['id']}/tables/{query}")
    assert answer.status_code == status, answer.text
    assert answer.json()["part"] == part


def test_a_run_is_downloaded_in_every_format(modelling: httpx.Client, plan: dict[str, Any]) -> None:
    here = f"/api/runs/{plan['id']}/export"
    births = modelling.get(f"{here}.csv", params={"table": "births"})
    assert "MODELLED.csv" in births.headers["content-disposition"]
    assert births.text.count("\n") == plan["outputs"]["births"]["rows"] + 1
    book = openpyxl.load_workbook(io.BytesIO(modelling.get(f"{here}.xlsx").content))
    assert {*plan["outputs"], "Sources", "Parameters", "Warnings", "Run"} == set(book.sheetnames)
    parquet = modelling.get(f"{here}.parquet", params={"table": "deaths"}).content
    record = json.loads(pq.read_schema(io.BytesIO(parquet)).metadata[b"interurban"])
    assert record["run"] == plan["id"]
    document = modelling.get(f"{here}.json").json()
    assert document["sources"][0]["licence"] == "Open Government Licence v3.0"
    assert set(document["tables"]) == set(plan["outputs"])
    assert modelling.get(f"{here}.csv").status_code == 400
    assert modelling.get(f"{here}.pdf").status_code == 404
    assert modelling.get(f"{here}.csv?table=nothing").status_code == 404


def test_a_failed_run_says_what_was_wrong_with_its_input(
    modelling: httpx.Client, bristol: Node, tmp_path: Path
) -> None:
    deaths = modelling.get("/collections/bristol.deaths/items?f=csv").text.splitlines()
    (tmp_path / "deaths.csv").write_text("\n".join(deaths[:-2]))
    load_file(bristol, look_at(bristol, tmp_path / "deaths.csv", "bristol.fewer_deaths"))
    asked = {"inputs": {"historic_deaths": "bristol.fewer_deaths"}}
    run = over(modelling, start(modelling, **asked).json()["id"])
    assert run["state"] == "failed"
    assert run["error"]
    listed = modelling.get(run["problems"]["historic_deaths"])
    assert listed.text.startswith('"row"')
    assert modelling.get(f"/api/runs/{run['id']}/problems/births.csv").status_code == 404
    assert modelling.get(f"/api/runs/{run['id']}/export.xlsx").status_code == 404
    assert modelling.get(f"/api/runs/{run['id']}/tables/population").status_code == 404


# Two runs


def test_two_runs_are_compared(
    modelling: httpx.Client, plan: dict[str, Any], other: dict[str, Any]
) -> None:
    found = modelling.get("/api/compare", params={"a": plan["id"], "b": other["id"]}).json()
    changed = {change["name"]: change for change in found["parameters"]}
    assert set(changed) == {"fertility_scenario", "domestic_in_multiplier"}
    assert changed["domestic_in_multiplier"]["a"] == 1.0
    assert changed["domestic_in_multiplier"]["b"] == 0.9
    assert changed["fertility_scenario"]["title"]
    assert found["inputs"] == []
    assert "last_year" in found["same"]
    assert {table["table"] for table in found["tables"]} == set(plan["outputs"])
    assert all(table["changed"] for table in found["tables"])
    drivers = {driver["component"]: driver["difference"] for driver in found["drivers"]}
    assert drivers["births"] != 0
    assert drivers["deaths"] != 0
    assert found["drivers"][0]["component"] in ("domestic_in", "net_migration")
    assert found["drivers"][0]["difference"] < 0


def test_a_table_of_two_runs_is_aligned(
    modelling: httpx.Client, plan: dict[str, Any], other: dict[str, Any]
) -> None:
    both = {"a": plan["id"], "b": other["id"], "table": "population"}
    whole = modelling.get("/api/compare/table", params=both).json()
    assert whole["of"] == plan["outputs"]["population"]["rows"]
    by_year = modelling.get(
        "/api/compare/table", params=both | {"where.sex": "F", "group": "year"}
    ).json()["columns"]
    assert by_year["year"] == [2015, 2016, 2017]
    for run, side in ((plan, "a"), (other, "b")):
        own = modelling.get(
            f"/api/runs/{run['id']}/tables/population", params={"where.sex": "F", "group": "year"}
        ).json()["columns"]["population"]
        assert by_year[side] == pytest.approx(own, rel=1e-12)
    for a, b, difference, percent in zip(
        *(by_year[name] for name in ("a", "b", "difference", "percent")), strict=True
    ):
        assert difference == pytest.approx(b - a)
        assert percent == pytest.approx(100 * (b - a) / a)


@pytest.mark.parametrize(
    ("query", "status", "part"),
    [
        ("", 400, "a"),
        ("?a={a}", 400, "b"),
        ("?a={a}&b=nothing", 404, "run"),
        ("/table?a={a}&b={b}", 404, "table"),
        ("/table?a={a}&b={b}&table=nothing", 404, "table"),
        ("/table?a={a}&b={b}&table=population&group=colour", 400, "group"),
        ("/table?a={a}&b={b}&table=population&where.colour=red", 400, "where.colour"),
    ],
)
def test_a_comparison_that_can_t_be_made_names_its_part(
    modelling: httpx.Client,
    plan: dict[str, Any],
    other: dict[str, Any],
    query: str,
    status: int,
    part: str,
) -> None:
    answer = modelling.get("/api/compare" + query.format(a=plan["id"], b=other["id"]))
    assert answer.status_code == status, answer.text
    assert answer.json()["part"] == part
