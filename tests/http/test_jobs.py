"""OGC API - Processes Part 1, requirement by requirement (18-062r2): jobs, results, dismissal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import jsonschema_rs
import pytest

from .conftest import over
from .test_processes import OGC, STATUS, execute, inputs, refused


def later(client: httpx.Client, **more: Any) -> dict[str, Any]:
    """A job that is under way."""
    answer = execute(client, {"inputs": inputs(**more)}, prefer="respond-async")
    assert answer.status_code == 201, answer.text
    status: dict[str, Any] = answer.json()
    return status


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("DELETE", ""), ("GET", "/results")],
)
@pytest.mark.parametrize("job", ["nothing", "%ff%fe", "' OR 1=1 --"])
def test_a_job_that_is_not_there(client: httpx.Client, method: str, path: str, job: str) -> None:
    problem = refused(client.request(method, f"/jobs/{job}{path}"), "jobID", 404)
    assert problem["type"] == f"{OGC}/no-such-job"


def test_a_job_tells_how_far_it_is(modelling: httpx.Client, plan: dict[str, Any]) -> None:
    status = modelling.get(f"/jobs/{plan['id']}").json()
    jsonschema_rs.validate(STATUS, status)
    assert status["status"] == "successful"
    assert status["progress"] == 100
    times = [datetime.fromisoformat(status[name]) for name in ("created", "started", "finished")]
    assert times == sorted(times)
    links = {one["rel"]: one["href"] for one in status["links"]}
    assert modelling.get(links["self"]).json() == status
    assert modelling.get(links["http://www.opengis.net/def/rel/ogc/1.0/results"]).json()


def test_results_of_a_job_that_is_not_over_are_not_ready(modelling: httpx.Client) -> None:
    job = later(modelling)["jobID"]
    problem = refused(modelling.get(f"/jobs/{job}/results"), "jobID", 404)
    assert problem["type"] == f"{OGC}/result-not-ready"
    modelling.delete(f"/jobs/{job}")


def test_a_failed_job_gives_its_reason_in_place_of_results(modelling: httpx.Client) -> None:
    job = later(modelling, fertility_base_year=2001)["jobID"]
    failed = over(modelling, job)
    assert failed["state"] == "failed"
    status = modelling.get(f"/jobs/{job}").json()
    assert status["message"] == failed["error"] != ""
    answer = modelling.get(f"/jobs/{job}/results")
    assert answer.status_code == 422
    assert answer.json()["detail"] == failed["error"]
    assert not [name for name in collections(modelling) if job in name]


def test_what_a_run_gave_is_a_document_of_results(
    modelling: httpx.Client, plan: dict[str, Any]
) -> None:
    found = modelling.get(f"/jobs/{plan['id']}/results").json()
    assert set(found) == set(plan["outputs"])
    assert len(found["births"]) == plan["outputs"]["births"]["rows"]


# The list of jobs


def listed(client: httpx.Client, **params: Any) -> list[str]:
    """Ids of every page."""
    page = client.get("/jobs", params=params).json()
    names = [one["jobID"] for one in page["jobs"]]
    while following := [one["href"] for one in page["links"] if one["rel"] == "next"]:
        page = client.get(following[0]).json()
        names += [one["jobID"] for one in page["jobs"]]
    return names


def test_jobs_are_listed_page_by_page(
    modelling: httpx.Client, plan: dict[str, Any], other: dict[str, Any]
) -> None:
    page = modelling.get("/jobs", params={"limit": 1}).json()
    assert len(page["jobs"]) == 1
    assert {one["rel"] for one in page["links"]} >= {"self", "next"}
    for one in modelling.get("/jobs").json()["jobs"]:
        jsonschema_rs.validate(STATUS, one)
    assert {plan["id"], other["id"]} <= set(listed(modelling, limit=1))
    assert listed(modelling, limit=1) == listed(modelling)


def test_jobs_are_narrowed_by_each_parameter(modelling: httpx.Client, plan: dict[str, Any]) -> None:
    job = plan["id"]
    created = datetime.fromisoformat(plan["created_at"])
    before, after = created - timedelta(seconds=1), created + timedelta(seconds=1)

    def has(**params: Any) -> bool:
        return job in listed(modelling, **params)

    assert has(type="process")
    assert not has(type="other")
    assert has(processID="cohort_component")
    assert has(processID=["send_projection", "cohort_component"])
    assert not has(processID="send_projection")
    assert has(status="successful,failed")
    assert not has(status="failed")
    assert has(datetime=created.isoformat())
    assert has(datetime=f"{before.isoformat()}/{after.isoformat()}")
    assert has(datetime=f"../{after.isoformat()}")
    assert has(datetime=f"{before.isoformat()}/")
    assert not has(datetime=f"{after.isoformat()}/..")
    assert has(minDuration=0)
    assert not has(minDuration=3600)
    assert has(maxDuration=3600)
    assert not has(maxDuration=0)


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("limit=0", "limit"),
        ("limit=ten", "limit"),
        ("datetime=yesterday", "datetime"),
        ("datetime=2026-01-01T00:00:00", "datetime"),
        ("datetime=../..", "datetime"),
        ("datetime=2026-01-02T00:00:00Z/2026-01-01T00:00:00Z", "datetime"),
        ("minDuration=-1", "minDuration"),
        ("maxDuration=long", "maxDuration"),
        ("status=%00", "status"),
        ("status=lost", "status"),
        ("status=successful,lost", "status"),
        ("colour=red", "colour"),
    ],
)
def test_a_list_that_can_t_be_made_names_its_part(
    client: httpx.Client, query: str, part: str
) -> None:
    refused(client.get(f"/jobs?{query}"), part)


# Dismissal


def collections(client: httpx.Client) -> list[str]:
    return [one["id"] for one in client.get("/collections").json()["collections"]]


def test_a_job_under_way_is_dismissed(modelling: httpx.Client) -> None:
    job = later(modelling)["jobID"]
    answer = modelling.delete(f"/jobs/{job}")
    assert answer.status_code == 200
    jsonschema_rs.validate(STATUS, answer.json())
    assert answer.json()["status"] == "dismissed"
    assert modelling.get(f"/jobs/{job}").json()["status"] == "dismissed"
    assert modelling.get(f"/jobs/{job}/results").status_code == 404
    assert not [name for name in collections(modelling) if job in name]


def test_a_job_that_is_over_is_deleted_with_its_results(modelling: httpx.Client) -> None:
    job = later(modelling)["jobID"]
    assert over(modelling, job)["state"] == "successful"
    assert [name for name in collections(modelling) if job in name]
    answer = modelling.delete(f"/jobs/{job}")
    assert answer.status_code == 200
    assert answer.json()["status"] == "dismissed"
    assert modelling.get(f"/jobs/{job}").json()["type"] == f"{OGC}/no-such-job"
    assert job not in listed(modelling)
    assert not [name for name in collections(modelling) if job in name]
