"""Models for the page: descriptions, coverage, templates, and the check of files."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import openpyxl
import pytest

MODEL = "/api/models/cohort_component"
DEATHS = f"{MODEL}/tables/historic_deaths"


def check(
    client: httpx.Client, content: bytes, name: str = "deaths.csv", table: str = "historic_deaths"
) -> httpx.Response:
    return client.post(
        f"{MODEL}/tables/{table}/check",
        content=content,
        headers={"Content-Type": "application/octet-stream", "X-File-Name": quote(name)},
    )


@pytest.fixture(scope="module")
def deaths(shared_data: Path) -> bytes:
    return (shared_data / "witan/demography/inputs/bristol_hist_deaths_mye.csv").read_bytes()


def test_models_are_described_whole(client: httpx.Client) -> None:
    for model in client.get("/api/models").json()["models"]:
        found = client.get(f"/api/models/{model['id']}").json()
        assert model.items() <= found.items()
        assert found["graph"]["nodes"]
        for table in (*found["needs"], *found["gives"]):
            names = {field["name"] for field in table["fields"]}
            assert set(table["key"]) <= names
            assert set(table["complete"]) <= set(table["key"])
        for parameter in found["parameters"]:
            assert parameter["title"]
            if parameter["type"] == "choice":
                assert parameter["default"] in parameter["choices"]


def test_a_model_that_is_not_there_has_a_neighbour(client: httpx.Client) -> None:
    answer = client.get("/api/models/cohort_componant")
    assert answer.status_code == 404
    assert "cohort_component" in answer.json()["advice"]


def test_coverage_names_what_serves_and_what_is_missing(modelling: httpx.Client) -> None:
    here = modelling.get(f"{MODEL}/coverage", params={"city": "bristol"}).json()
    assert here["runs"] is True
    assert here["percent"] == 100.0
    serving = {table["table"]: table["serving"] for table in here["tables"]}
    assert serving["historic_population"] == [
        {"dataset": "bristol.population", "title": "Population"}
    ]
    there = modelling.get(f"{MODEL}/coverage", params={"city": "chicago"}).json()
    assert there["runs"] is False
    assert there["missing"]
    assert modelling.get(f"{MODEL}/coverage", params={"city": "paris"}).status_code == 404


def test_templates_are_empty_or_filled(client: httpx.Client, modelling: httpx.Client) -> None:
    answer = client.get(f"{DEATHS}/template.csv")
    assert answer.headers["content-disposition"].endswith('historic_deaths.csv"')
    header = next(csv.reader(io.StringIO(answer.text)))
    assert header == ["area_id", "sex", "age", "year", "people"]
    filled = modelling.get(f"{DEATHS}/template.xlsx", params={"dataset": "bristol.deaths"})
    sheet = openpyxl.load_workbook(io.BytesIO(filled.content)).worksheets[0]
    assert sheet.max_row == 2367
    assert client.get(f"{DEATHS}/template.doc").status_code == 404
    assert client.get(f"{DEATHS}/template.csv?dataset=nothing.here").status_code == 404
    assert client.get(f"{DEATHS}/template.csv?dataset=/etc/passwd").status_code == 404


def test_a_good_file_gets_a_token(modelling: httpx.Client, deaths: bytes) -> None:
    found = check(modelling, deaths).json()
    assert found["ok"] is True
    assert found["rows"] == 2366
    assert found["problem_count"] == 0
    assert found["problems_url"] is None
    assert found["upload"].startswith("upload:")
    columns = {match["field"]: match["column"] for match in found["matches"]}
    assert columns["people"] == "Deaths"
    assert check(modelling, deaths).json()["upload"] == found["upload"]


def test_a_filled_template_passes(modelling: httpx.Client) -> None:
    filled = modelling.get(f"{DEATHS}/template.xlsx", params={"dataset": "bristol.deaths"})
    found = check(modelling, filled.content, "deaths.xlsx").json()
    assert found["ok"] is True, found
    assert found["rows"] == 2366


def test_everything_wrong_with_a_file_is_listed(modelling: httpx.Client, deaths: bytes) -> None:
    lines = deaths.decode().splitlines()
    lines[5] = lines[5].rpartition(",")[0] + ",-3"
    lines[9] = lines[9].rpartition(",")[0] + ",x"
    lines[12] = lines[12].rpartition(",")[0] + ","
    del lines[20]
    found = check(modelling, "\n".join(lines).encode()).json()
    assert found["ok"] is False
    assert found["upload"] is None
    assert [problem["row"] for problem in found["problems"]][:3] == [5, 9, 12]
    assert all(problem["reason"] and problem["hint"] for problem in found["problems"][:3])
    assert sum(kind["count"] for kind in found["kinds"]) == found["problem_count"] == 4
    listed = list(csv.DictReader(io.StringIO(modelling.get(found["problems_url"]).text)))
    assert len(listed) == 4
    assert listed[0]["row"] == "5"


def test_a_dataset_is_checked_like_a_file(modelling: httpx.Client) -> None:
    found = modelling.post(f"{DEATHS}/check", json={"dataset": "bristol.deaths"}).json()
    assert found["ok"] is True
    assert found["upload"] is None
    wrong = modelling.post(f"{DEATHS}/check", json={"dataset": "bristol.national_fertility"})
    assert wrong.status_code == 400
    assert "it is on the standard vital_rate@1" in wrong.json()["detail"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\windows\\deaths.csv", "deaths.csv"),
        (".hidden.csv", "hidden.csv"),
        ("tod\u00e9s f\u00e4lle.csv", "tod\u00e9s f\u00e4lle.csv"),
        ("a\x00b\n.csv", "ab.csv"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"),
    ],
)
def test_the_name_of_a_file_is_never_a_path(
    modelling: httpx.Client, deaths: bytes, name: str, kept: str
) -> None:
    token = check(modelling, deaths, name).json()["upload"]
    started = modelling.post(
        "/api/runs",
        json={
            "model": "cohort_component",
            "city": "bristol",
            "parameters": {"last_year": 2015},
            "inputs": {"historic_deaths": token},
        },
    )
    assert started.status_code == 201, started.text
    pinned = started.json()["inputs"]["historic_deaths"]
    assert pinned["name"] == kept
    assert pinned["dataset"] is None
    modelling.delete(f"/api/runs/{started.json()['id']}")


@pytest.mark.parametrize(
    ("headers", "content", "status", "part"),
    [
        ({}, b"a,b", 415, "Content-Type"),
        ({"Content-Type": "text/plain"}, b'{"dataset": "x.y"}', 415, "Content-Type"),
        ({"Content-Type": "application/json"}, b"{", 400, None),
        ({"Content-Type": "application/json"}, b"[]", 400, None),
        ({"Content-Type": "application/json"}, b"[" * 100_000, 400, None),
        ({"Content-Type": "application/json"}, b'{"dataset": NaN}', 400, None),
        ({"Content-Type": "application/json"}, b'{"dataset": 1e999}', 400, None),
        ({"Content-Type": "application/json"}, b'{"dataset": "\\ud800"}', 400, None),
        ({"Content-Type": "application/json"}, b'{"dataset": 7}', 400, "dataset"),
        ({"Content-Type": "application/json"}, b'{"dataset": "/etc/passwd"}', 404, None),
        ({"Content-Type": "application/json"}, b'{"file": "x"}', 400, "dataset"),
        ({"X-File-Name": "..."}, b"a,b", 400, "X-File-Name"),
        ({"X-File-Name": "a.csv"}, b"", 502, None),
        ({"X-File-Name": "a.csv"}, b"\x00\x01\x02" * 50, 502, None),
        ({"X-File-Name": "a.xlsx"}, b"PK\x03\x04 not a workbook", 502, None),
    ],
)
def test_a_check_that_can_t_be_made_says_why(
    modelling: httpx.Client, headers: dict[str, str], content: bytes, status: int, part: str | None
) -> None:
    answer = modelling.post(f"{DEATHS}/check", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["detail"].endswith(".")
    if part:
        assert problem["part"] == part


def test_problems_are_asked_for_by_upload_or_dataset(modelling: httpx.Client) -> None:
    for query in ("", "upload=x&dataset=bristol.deaths", "upload=upload:0:0", "upload=/etc/passwd"):
        answer = modelling.get(f"{DEATHS}/problems.csv?{query}")
        assert answer.status_code == 400, answer.text


def test_a_table_that_is_not_there(client: httpx.Client) -> None:
    for path in ("template.csv", "problems.csv"):
        answer = client.get(f"{MODEL}/tables/nothing/{path}")
        assert answer.status_code == 404
        assert answer.json()["part"] == "table"


def test_columns_are_told_when_none_fits(modelling: httpx.Client) -> None:
    found: dict[str, Any] = check(modelling, b"colour,shape\nred,round\n").json()
    assert found["ok"] is False
    assert found["problems"][0]["row"] is None
    assert found["unused"] == ["colour", "shape"]
