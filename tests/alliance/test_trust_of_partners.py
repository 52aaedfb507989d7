"""Rules, safe tables and answers with noise, of a dataset that a partner holds."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import httpx
import pytest

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.catalog.noise import ROW, Asked, answer, beforehand, grant
from interurban.catalog.policies import set_policy
from interurban.core.errors import Refused

from .two_nodes import Two, two_nodes

VISITS = "chicago.visits"
POLICY = """
rules:
  - permit: aggregate
    with: [{only_aggregates: {by: [kind, year], at_least: 10}}]
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("partners")
    with (folder / "visits.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["stop", "kind", "year", "cost"])
        for number in range(200):
            kind = "bus" if number % 4 else "tram"
            rows.writerow([f"S{number}", kind, 2020 + number % 2 * (kind == "bus"), number])
        rows.writerows([f"F{number}", "ferry", 2020, 7] for number in range(3))
    with Node(folder / "owner") as node:
        load_file(node, look_at(node, folder / "visits.csv", VISITS))
        set_policy(node, VISITS, POLICY, "policy.yaml")
    with two_nodes(folder / "owner", folder / "asker") as found:
        yield found


def test_the_rules_are_the_owners(two: Two) -> None:
    with httpx.Client(base_url=two.asker_url, timeout=60) as asker:
        listed = {each["dataset"] for each in asker.get("/api/policies").json()["policies"]}
        assert VISITS not in listed
        answer = asker.get(f"/api/policies/{VISITS}")
        assert answer.status_code == 400
        assert "partner's" in answer.json()["detail"]
        explained = asker.get(f"/api/policies/{VISITS}/explain?action=aggregate").json()
        assert explained["permitted"]
        refused = asker.get(f"/api/policies/{VISITS}/explain?action=export").json()
        assert not refused["permitted"]
    with httpx.Client(base_url=two.owner_url, timeout=60) as owner:
        listed = {each["dataset"] for each in owner.get("/api/policies").json()["policies"]}
        assert VISITS in listed


def test_a_table_is_made_of_the_groups_that_the_owner_gives(two: Two) -> None:
    with httpx.Client(base_url=two.asker_url, timeout=60) as asker:
        made = asker.post("/api/disclose", json={"dataset": VISITS, "by": ["kind", "year"]})
        assert made.status_code == 200, made.text
        cells = {tuple(each["at"]): each for each in made.json()["cells"]}
        assert cells["bus", "Total"]["value"] == 150
        assert "ferry" not in made.text, "three are too few to be told"
        assert cells["tram", "2021"]["text"] == "▨ few or none"
        rows = {"dataset": VISITS, "by": ["kind"], "measure": "sum:cost", "rules": {"p": 10}}
        assert asker.post("/api/disclose", json=rows).status_code == 403


def test_answers_with_noise_are_made_where_the_rows_are(two: Two) -> None:
    asked = Asked(VISITS, "count", 0.5)
    for wanted in (
        lambda: grant(two.asker, VISITS, ROW, "ann", 1, "ada"),
        lambda: beforehand(two.asker, asked),
        lambda: answer(two.asker, asked, "ann"),
    ):
        with pytest.raises(Refused, match="lies with a partner"):
            wanted()
    assert beforehand(two.owner, asked).band is not None
