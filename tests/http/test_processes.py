"""OGC API - Processes Part 1, requirement by requirement (18-062r2): processes and execution."""

from __future__ import annotations

import csv
import io
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from interurban.catalog.node import Node

PROCESS = "/processes/cohort_component"
OGC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
REL = "http://www.opengis.net/def/rel/ogc/1.0"
SUMMARY = {
    "type": "object",
    "required": ["id", "version", "jobControlOptions", "outputTransmission", "links"],
    "properties": {
        "id": {"type": "string"},
        "version": {"type": "string"},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "jobControlOptions": {
            "type": "array",
            "items": {"enum": ["sync-execute", "async-execute", "dismiss"]},
        },
        "outputTransmission": {"type": "array", "items": {"enum": ["value", "reference"]}},
    },
}
STATUS = {
    "type": "object",
    "required": ["jobID", "processID", "status", "type"],
    "properties": {
        "jobID": {"type": "string"},
        "processID": {"type": "string"},
        "type": {"const": "process"},
        "status": {"enum": ["accepted", "running", "successful", "failed", "dismissed"]},
        "message": {"type": "string"},
        "created": {"type": "string", "format": "date-time"},
        "started": {"type": "string", "format": "date-time"},
        "finished": {"type": "string", "format": "date-time"},
        "updated": {"type": "string", "format": "date-time"},
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        "links": {"type": "array", "items": {"type": "object", "required": ["href"]}},
    },
}
TYPES = {"object", "array", "string", "number", "integer", "boolean"}


def execute(client: httpx.Client, body: dict[str, Any], **headers: str) -> httpx.Response:
    return client.post(f"{PROCESS}/execution", json=body, headers=headers)


def inputs(**more: Any) -> dict[str, Any]:
    return {"city": "bristol", "last_year": 2016, **more}


def refused(answer: httpx.Response, part: str, status: int = 400) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["part"] == part
    return problem


# Landing page and conformance


def test_the_landing_page_leads_to_processes_and_jobs(client: httpx.Client) -> None:
    links = {one["rel"]: one["href"] for one in client.get("/?f=json").json()["links"]}
    assert client.get(links[f"{REL}/processes"]).json()["processes"]
    assert "jobs" in client.get(links[f"{REL}/job-list"]).json()


def test_the_classes_that_are_met_are_declared(client: httpx.Client) -> None:
    declared = client.get("/conformance").json()["conformsTo"]
    for name in ("core", "json", "job-list", "dismiss", "ogc-process-description"):
        assert f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}" in declared


# Processes


def test_every_model_is_a_process(client: httpx.Client) -> None:
    found = client.get("/processes").json()
    assert {one["rel"] for one in found["links"]} >= {"self"}
    models = {one["id"] for one in client.get("/api/models").json()["models"]}
    assert {one["id"] for one in found["processes"]} == models
    for one in found["processes"]:
        jsonschema_rs.validate(SUMMARY, one)
        own = next(link["href"] for link in one["links"] if link["rel"] == "self")
        assert client.get(own).json()["id"] == one["id"]


def test_a_page_holds_no_more_processes_than_asked_for(client: httpx.Client) -> None:
    page = client.get("/processes", params={"limit": 2}).json()
    assert len(page["processes"]) == 2
    names = [one["id"] for one in page["processes"]]
    while following := [one["href"] for one in page["links"] if one["rel"] == "next"]:
        page = client.get(following[0]).json()
        assert len(page["processes"]) <= 2
        names += [one["id"] for one in page["processes"]]
    assert names == [one["id"] for one in client.get("/processes").json()["processes"]]
    assert client.get("/processes?limit=0").status_code == 400


def test_a_description_has_inputs_and_outputs_with_schemas(client: httpx.Client) -> None:
    for one in client.get("/processes").json()["processes"]:
        described = client.get(f"/processes/{one['id']}").json()
        jsonschema_rs.validate(SUMMARY, described)
        assert "city" in described["inputs"]
        assert described["outputs"]
        for part in (*described["inputs"].values(), *described["outputs"].values()):
            assert part["title"]
            for schema in part["schema"].get("oneOf", [part["schema"]]):
                # OpenAPI 3.0 knows one type a schema, and no null.
                assert schema["type"] in TYPES
                jsonschema_rs.meta.validate(schema)


def test_a_description_says_what_the_model_says(client: httpx.Client) -> None:
    described = client.get(PROCESS).json()
    model = client.get("/api/models/cohort_component").json()
    for parameter in model["parameters"]:
        found = described["inputs"][parameter["name"]]
        assert found["schema"]["default"] == parameter["default"]
        jsonschema_rs.validate(found["schema"], parameter["default"])
    assert described["inputs"]["fertility_scenario"]["schema"]["enum"]
    assert {table["name"] for table in model["gives"]} == set(described["outputs"])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_process_that_is_not_there(client: httpx.Client, method: str) -> None:
    path = "/processes/nothing" + ("/execution" if method == "POST" else "")
    problem = refused(client.request(method, path, json={}) if method == "POST"
                      else client.get(path), "processID", 404)  # fmt: skip
    assert problem["type"] == f"{OGC}/no-such-process"


# Execution


def test_an_execution_that_need_not_wait_is_a_job(modelling: httpx.Client) -> None:
    answer = execute(modelling, {"inputs": inputs(title="Later")}, prefer="respond-async")
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "respond-async"
    status = answer.json()
    jsonschema_rs.validate(STATUS, status)
    assert status["status"] == "accepted"
    where = answer.headers["location"]
    assert where.endswith(f"/jobs/{status['jobID']}")
    assert modelling.get(where).json()["jobID"] == status["jobID"]
    assert modelling.delete(where).status_code == 200


def test_without_a_preference_the_answer_is_the_result(modelling: httpx.Client) -> None:
    asked = {"inputs": inputs(), "outputs": {"births": {}}}
    answer = execute(modelling, asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    rows = answer.json()
    assert {row["year"] for row in rows} == {2015, 2016}
    assert all(row["people"] > 0 for row in rows)
    monitor = answer.links["monitor"]["url"]
    status = modelling.get(monitor).json()
    jsonschema_rs.validate(STATUS, status)
    assert status["status"] == "successful"
    assert modelling.get(f"{monitor}/results").json() == rows


def test_one_raw_output_is_given_in_the_format_asked_for(modelling: httpx.Client) -> None:
    asked = {
        "inputs": inputs(),
        "outputs": {"births": {"format": {"mediaType": "text/csv"}, "transmissionMode": "value"}},
        "response": "raw",
    }
    answer = execute(modelling, asked)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["sex"] for row in rows} == {"F", "M"}


def test_a_raw_reference_is_a_link_without_content(modelling: httpx.Client) -> None:
    asked = {"inputs": inputs(), "outputs": {"births": {"transmissionMode": "reference"}}}
    answer = execute(modelling, asked)
    assert answer.status_code == 204
    assert not answer.content
    features = modelling.get(answer.links[f"{REL}/results"]["url"]).json()
    assert features["numberMatched"] == 4


def test_a_document_holds_each_output_as_it_was_asked_for(modelling: httpx.Client) -> None:
    asked = {
        "inputs": inputs(),
        "outputs": {
            "births": {"transmissionMode": "reference", "format": {"mediaType": "text/csv"}},
            "components_of_change": {"format": {"mediaType": "text/csv"}},
            "deaths": {},
        },
        "response": "document",
    }
    answer = execute(modelling, asked)
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) == set(asked["outputs"])
    assert found["births"]["type"] == "text/csv"
    assert modelling.get(found["births"]["href"]).headers["content-type"].startswith("text/csv")
    assert found["components_of_change"]["mediaType"] == "text/csv"
    assert found["components_of_change"]["value"].startswith('"area_id"')
    described = modelling.get(PROCESS).json()["outputs"]["deaths"]["schema"]["oneOf"][0]
    jsonschema_rs.validate(described, found["deaths"])


def test_several_raw_outputs_are_parts_of_one_answer(modelling: httpx.Client) -> None:
    asked = {"inputs": inputs(), "outputs": {"births": {}, "components_of_change": {}}}
    answer = execute(modelling, asked)
    media_type = answer.headers["content-type"]
    assert media_type.startswith("multipart/related")
    message = message_from_bytes(f"Content-Type: {media_type}\r\n\r\n".encode() + answer.content)
    parts = {part["Content-ID"]: part.get_content_type() for part in message.get_payload()}
    assert parts == {
        "<births>": "application/json",
        "<components_of_change>": "application/json",
    }


def test_without_outputs_all_of_them_are_meant(modelling: httpx.Client) -> None:
    answer = execute(modelling, {"inputs": inputs(), "response": "document"})
    assert set(answer.json()) == set(modelling.get(PROCESS).json()["outputs"])


def test_tables_are_taken_by_value_and_by_reference(
    modelling: httpx.Client, shared_data: Path
) -> None:
    folder = shared_data / "witan/demography/inputs"
    births = list(csv.DictReader((folder / "bristol_hist_births_mye.csv").open()))
    rows = [
        {
            "area_id": row["GSS.Code"],
            "sex": row["Sex"],
            "year": int(row["Year"]),
            "people": float(row["Births"]),
        }
        for row in births
    ]
    deaths = (folder / "bristol_hist_deaths_mye.csv").read_text()
    wanted = {"outputs": {"components_of_change": {}}}
    base = str(modelling.base_url).rstrip("/")
    given = inputs(
        historic_births=rows,
        historic_deaths={"value": deaths, "mediaType": "text/csv"},
        historic_population={"href": f"{base}/collections/bristol.population"},
        domestic_in={"href": "/collections/bristol.domestic_in/items"},
        domestic_out="bristol.domestic_out",
    )
    ours = execute(modelling, {"inputs": given} | wanted)
    assert ours.status_code == 200, ours.text
    assert ours.json() == execute(modelling, {"inputs": inputs()} | wanted).json()


@pytest.mark.parametrize(
    "href",
    [
        "http://example.org/collections/bristol.population",
        "https://127.0.0.1/collections/bristol.population",
        "file:///etc/passwd",
        "/etc/passwd",
        "/collections/bristol.population/items?sex=F",
        "/collections/upload:0/items",
        "/collections/../../etc/passwd",
        "",
        7,
    ],
)
def test_nothing_is_fetched_from_elsewhere(modelling: httpx.Client, href: object) -> None:
    problem = refused(
        execute(modelling, {"inputs": inputs(historic_population={"href": href})}),
        "historic_population",
    )
    assert "dataset of this node" in problem["detail"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("last_year", "2016"),
        ("last_year", 2016.5),
        ("last_year", [2016]),
        ("last_year", {"href": "/collections/bristol.population"}),
        ("last_year", 10**17),
        ("city", "paris"),
        ("city", None),
        ("title", ""),
        ("title", "x" * 201),
        ("mode", "other"),
        ("domestic_in_years", [2003]),
        ("domestic_in_years", "2003-2014"),
        ("areas", "E06000023"),
        ("historic_births", 7),
        ("historic_births", [{"area_id": "E06000023"}]),
        ("historic_births", [{"area_id": "E06000023", "sex": "X", "year": 1, "people": 1}]),
        ("historic_births", {"value": "a", "mediaType": "text/html"}),
        ("historic_births", {"value": 7, "mediaType": "text/csv"}),
        ("historic_births", {}),
        ("no_such_input", 1),
    ],
)
def test_an_input_is_held_against_its_schema(
    modelling: httpx.Client, name: str, value: object
) -> None:
    refused(execute(modelling, {"inputs": inputs() | {name: value}}), name)


def test_a_path_is_only_ever_the_name_of_a_dataset(
    modelling: httpx.Client, shared_data: Path
) -> None:
    file = shared_data / "witan/demography/inputs/bristol_hist_births_mye.csv"
    answer = execute(modelling, {"inputs": inputs(historic_births=str(file))})
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("#unknown-dataset")


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "city"),
        ({"inputs": []}, "inputs"),
        ({"inputs": {"city": "bristol"}, "outputs": {"nothing": {}}}, "nothing"),
        ({"inputs": {"city": "bristol"}, "outputs": {"births": 1}}, "births"),
        (
            {
                "inputs": {"city": "bristol"},
                "outputs": {"births": {"format": {"mediaType": "image/png"}}},
            },
            "births",
        ),
        ({"inputs": {"city": "bristol"}, "response": "xml"}, "response"),
        ({"inputs": {"city": "bristol"}, "subscriber": {"successUri": "http://a/"}}, "subscriber"),
    ],
)
def test_an_execution_that_can_t_be_read_names_its_part(
    modelling: httpx.Client, body: dict[str, Any], part: str
) -> None:
    refused(execute(modelling, body), part)


def test_broken_rows_are_refused_before_anything_runs(modelling: httpx.Client) -> None:
    before = modelling.get("/api/runs").json()["total"]
    rows = [
        {"area_id": "E06000023", "sex": sex, "year": 2014, "people": -1.0} for sex in ("F", "M")
    ]
    problem = execute(modelling, {"inputs": inputs(historic_births=rows)}).json()
    assert problem["status"] == 400
    assert problem["part"] == "historic_births"
    assert modelling.get("/api/runs").json()["total"] == before


def test_what_takes_too_long_is_dismissed_with_advice(
    serve: Any, bristol: Node, modelling: httpx.Client, tmp_path: Path
) -> None:
    from interurban.http import Settings

    with (
        serve(bristol, Settings(web_root=tmp_path, timeout_s=1)) as address,
        httpx.Client(base_url=address, timeout=60) as hasty,
    ):
        answer = execute(hasty, {"inputs": inputs(title="Hasty")})
        assert answer.status_code == 503, answer.text
        assert "respond-async" in answer.json()["advice"]
        found = hasty.get("/api/runs", params={"title": "Hasty"}).json()["runs"]
        assert [run["state"] for run in found] == ["dismissed"]


def test_a_failed_execution_says_why(modelling: httpx.Client) -> None:
    asked = {"inputs": inputs(fertility_base_year=2001)}
    answer = execute(modelling, asked)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    assert answer.json()["type"].endswith("#run-failed")
