"""What planners may see stays with planners: in files, in runs, and when the rules change."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import served

from interurban.catalog.node import Node
from interurban.catalog.policies import set_policy
from interurban.core.policy import Reader
from interurban.http import Settings

from .truths import CHICAGO, PLANNERS, Twins, linked_home

PATIENCE_S = 120
BASE = "/api/schools/chicago"
FLOWS = {"flows": f"{CHICAGO}:2020"}


def got(client: httpx.Client, path: str, **params: str) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def hidden_of(client: httpx.Client, school: str) -> int:
    """How many areas of a school have no number."""
    areas = got(client, f"{BASE}/schools/{school}/areas", **FLOWS)["areas"]["features"]
    return sum(one["properties"]["pupils"] is None for one in areas)


def test_a_planner_sees_every_number_and_downloads_those_that_anyone_may(twins: Twins) -> None:
    """The rule lets planners read, count and model; it lets them take nothing away."""
    _, school = twins.pairs["chicago"]
    ann, anyone = twins.first.planner, twins.first.anyone
    assert hidden_of(anyone, school) > 0
    assert hidden_of(ann, school) == 0
    for path in (f"schools/{school}/areas", "catchments"):
        for form in ("csv", "parquet"):
            if (path, form) == ("catchments", "csv"):
                continue
            refused = ann.get(f"{BASE}/{path}", params={**FLOWS, "f": form})
            assert refused.status_code == 403, refused.text
            assert "look at more than may be downloaded" in refused.json()["detail"]
    closing = {**FLOWS, "changes": [{"do": "close", "school": school}]}
    assert ann.post(f"{BASE}/what-if", json=closing).status_code == 200
    assert ann.post(f"{BASE}/what-if?f=csv", json=closing).status_code == 403
    whole = [one.get(f"/collections/{CHICAGO}/items?f=csv") for one in (ann, anyone)]
    taken, public = ([*csv.DictReader(io.StringIO(one.text))] for one in whole)
    assert [one["pupils"] for one in taken] == [one["pupils"] for one in public]


def started(client: httpx.Client, title: str) -> str:
    inputs = {
        "flows": CHICAGO,
        "schools": "chicago.school_profiles",
        "zones": "chicago.high_school_zones",
    }
    body = {"model": "school_flows", "city": "chicago", "title": title, "inputs": inputs}
    answer = client.post("/api/runs", json={**body, "parameters": {"stage": "high"}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def over(client: httpx.Client, run: str) -> Any:
    end = time.monotonic() + PATIENCE_S
    while (found := got(client, f"/api/runs/{run}"))["state"] in ("accepted", "running"):
        assert time.monotonic() < end, found
        time.sleep(0.1)
    assert found["state"] == "successful", found["error"]
    return found


def test_a_run_on_every_number_is_nobody_elses(twins: Twins) -> None:
    ann, anyone = twins.first.planner, twins.first.anyone
    on_all, on_shown = started(ann, "On all"), started(anyone, "On what is shown")
    mine, public = over(ann, on_all), over(anyone, on_shown)
    output = mine["outputs"]["modelled_flows"]["dataset"]
    shared = f"/api/shared/{mine['share']}"
    for path in (
        *(f"/api/runs/{on_all}", f"/api/runs/{on_all}/tables/modelled_flows", shared),
        *(f"/api/runs/{on_all}/export.json", f"/jobs/{on_all}", f"/jobs/{on_all}/results"),
        f"/api/compare?a={on_shown}&b={on_all}",
        *(f"/collections/{output}", f"/collections/{output}/items?f=csv"),
    ):
        answer = anyone.get(path)
        assert answer.status_code in (403, 404), f"{path}: {answer.text[:200]}"
    assert anyone.post(f"/api/runs/{on_all}/again").status_code in (403, 404)
    listed = {one["id"] for one in got(anyone, "/api/runs")["runs"]}
    assert on_all not in listed
    assert on_shown in listed
    # Its rows are those that may be read and not downloaded, and come out as they went in.
    assert got(ann, f"/api/runs/{on_all}/tables/modelled_flows")["rows"]
    assert ann.get(f"/api/runs/{on_all}/export.json").status_code == 403
    assert ann.get(f"/collections/{output}/items?f=csv").status_code == 403
    public_rows = anyone.get(
        f"/collections/{public['outputs']['modelled_flows']['dataset']}/items?f=csv"
    )
    statuses = {one["status"] for one in csv.DictReader(io.StringIO(public_rows.text))}
    assert statuses == {"shown", "modelled"}


STRICTER = """\
rules:
  - permit: use
    with:
      - small_counts:
          {field: pupils, below: 9, rows: area_id, columns: school_id, within: [year, stage],
           row_total: area_total, column_total: school_total}
"""


def test_a_stricter_rule_holds_for_whoever_kept_an_answer(twins: Twins, tmp_path: Path) -> None:
    """Nobody is told that what they hold is still right, and what was hidden stays hidden."""
    home = linked_home(twins.first.home, tmp_path / "home")
    _, school = twins.pairs["chicago"]
    path = f"{BASE}/schools/{school}/areas"
    with (
        Node(home) as node,
        served(node, Settings(web_root=tmp_path, requests_per_s=0)) as address,
        httpx.Client(base_url=address, timeout=120) as anyone,
    ):
        before = anyone.get(path, params=FLOWS)
        held = {"If-None-Match": before.headers["etag"]}
        assert anyone.get(path, params=FLOWS, headers=held).status_code == 304
        set_policy(node, CHICAGO, STRICTER, "policy.yaml", who="boss")
        end = time.monotonic() + 30
        while (after := anyone.get(path, params=FLOWS, headers=held)).status_code == 304:
            assert time.monotonic() < end, "the rule never came into force"
        assert after.json()["hidden_below"] == 9
        numbers = (
            {one["id"]: one["properties"]["pupils"] for one in each.json()["areas"]["features"]}
            for each in (before, after)
        )
        first, second = numbers
        assert {area for area, pupils in first.items() if pupils is None} <= {
            area for area in first if second.get(area) is None
        }
        assert min(pupils for pupils in second.values() if pupils is not None) >= 9


@pytest.mark.parametrize(
    "reader",
    [Reader(account="bob"), Reader(account="peer:london"), Reader(organisation=PLANNERS)],
)
def test_nobody_else_is_a_planner(reader: Reader, twins: Twins) -> None:
    """A partner of the alliance asks as the city that it is, whatever its own people may see."""
    assert twins.first.node.seen_by(reader).snapshot(CHICAGO).hidden_below == 5
