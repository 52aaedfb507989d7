"""Access over HTTP and on a terminal: shapes, sources, honest checks, refusals, 304."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.apps.schools.reached import reached_home, reached_node
from tests.serving import served
from typer.testing import CliRunner

from interurban.catalog.node import Node
from interurban.cli import app
from interurban.http import Settings

__all__ = ["reached_home", "reached_node"]


@pytest.fixture(scope="module")
def client(reached_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"), requests_per_s=0)
    with (
        served(reached_node, settings) as address,
        httpx.Client(base_url=address, timeout=120) as opened,
    ):
        yield opened


def ok(client: httpx.Client, city: str, **params: str) -> Any:
    answer = client.get(f"/api/schools/{city}/access", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_nearest_school_of_every_area(client: httpx.Client) -> None:
    found = ok(client, "london", stage="primary")
    assert (found["method"], found["unit"], found["factor"]) == ("nearest", "m", 1.3)
    assert len(found["values"]) == 4835
    for area in found["values"]:
        assert isinstance(area["value"], int)
        assert area["nearest"]
        assert 0 <= area["beyond_walk"] <= 1
    assert len(found["classes"]) == 4
    assert found["schools"] == []
    assert found["modelled"]
    assert found["sources"]
    assert "beyond their walking distance" in found["words"]


def test_places_within_reach_with_groups_edge_and_check(client: httpx.Client) -> None:
    found = ok(client, "chicago", stage="high", method="e2sfca")
    assert found["unit"] == "places per child"
    assert 0 < found["gini_inside"] < found["gini"] < 1
    assert found["edge"]["areas_affected"] == sum(area["edge"] for area in found["values"])
    assert found["check"]["median_error"] < 0.10
    assert [one["what"] for one in found["checks"]] == ["metres", "minutes", "minutes"] * 2
    assert [one["way"] for one in found["checks"]] == ["streets"] * 3 + ["straight"] * 3
    kinds = {one["group"] for one in found["groups"]}
    assert len(kinds) == 2
    assert len(found["groups"]) == 10
    assert all(school["children_per_place"] >= 0 for school in found["schools"])


def test_streets_and_straight_lines_can_be_asked_for(client: httpx.Client) -> None:
    along = ok(client, "chicago", stage="high")
    lines = ok(client, "chicago", stage="high", way="straight")
    assert (along["way"], lines["way"]) == ("streets", "straight")
    assert along["streets"]["dataset"] == "chicago.streets"
    assert 0.9 < along["streets"]["connected"] <= 1
    assert "chicago.streets" in {one["dataset"] for one in along["sources"]}
    assert along["values"] != lines["values"]
    # No way is shorter than the straight line: the band at the edge is the reach itself.
    assert along["edge"]["buffer_m"] == along["reach_m"] > lines["edge"]["buffer_m"]
    london = ok(client, "london", stage="primary")
    assert (london["way"], london["streets"]) == ("straight", None)


def test_a_longer_reach_leaves_fewer_children_without_a_place(client: httpx.Client) -> None:
    def without(reach: str) -> float:
        found = ok(client, "chicago", stage="high", method="2sfca", reach_m=reach)
        assert found["reach_m"] == int(reach)
        return sum(area["children"] for area in found["values"] if area["value"] == 0)

    assert without("1000") > without("3000") > without("8000") == 0


def test_what_a_client_holds_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/api/schools/london/access?stage=secondary")
    again = client.get(
        "/api/schools/london/access?stage=secondary",
        headers={"If-None-Match": first.headers["etag"]},
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("london/access?method=best", 400),
        ("london/access?stage=nursery", 400),
        ("london/access?reach_m=10", 400),
        ("london/access?radius=10", 400),
        ("london/access?way=boat", 400),
        ("london/access?way=streets", 400),
        ("paris/access", 404),
    ],
)
def test_what_is_not_understood_is_refused_in_words(
    asked: str, status: int, client: httpx.Client
) -> None:
    answer = client.get(f"/api/schools/{asked}")
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_terminal_says_the_same(client: httpx.Client, reached_home: Path) -> None:
    words = ["schools", "access", "chicago", "--stage", "high", "--method", "e2sfca", "--json"]
    words[3:3] = ["--way", "streets"]
    done = CliRunner().invoke(app, [*words, "--home", str(reached_home)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    over = ok(client, "chicago", stage="high", method="e2sfca", way="streets")
    assert (told["gini"], told["way"]) == (over["gini"], over["way"])
    assert told["words"] == over["words"]
    assert told["how"] == over["how"]
    plain = CliRunner().invoke(app, [*words[:-1], "--home", str(reached_home)])
    assert "median error" in " ".join(plain.output.split())
