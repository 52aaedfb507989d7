"""Answers with noise over HTTP: paid for by a budget, told with a band, and refused at nothing."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.http import Settings
from interurban.policy.audit import opened

from .conftest import Serving
from .trust import As, readers

pytest.importorskip("opendp", reason="needs interurban[dp]")

VISITS = "chicago.visits"
ONE = f"/api/privacy/{VISITS}"
ROWS = 2_000
POLICY = """
rules:
  - permit: aggregate
    with:
      - capped: {field: cost, high: 400}
      - only_aggregates: {by: [kind], at_least: 10}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("visits")
    with (folder / "visits.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["rider", "kind", "cost", "note"])
        rows.writerows(
            (f"R{n % 500}", "bus" if n % 4 else "tram", n % 500, f"word{n}") for n in range(ROWS)
        )
    with Node(folder / "home") as node:
        load_file(node, look_at(node, folder / "visits.csv", VISITS))
    return folder / "home"


@pytest.fixture(scope="module")
def by(home: Path, serve: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[As]:
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"))
    with Node(home) as node, serve(node, settings) as address, readers(home, address) as found:
        headers = {"Content-Type": "application/yaml"}
        answer = found("ada").put(f"/api/policies/{VISITS}", content=POLICY, headers=headers)
        assert answer.status_code == 200, answer.text
        yield found


@pytest.fixture(scope="module")
def granted(by: As) -> None:
    for unit in ("row", "rider"):
        answer = by("ada").post(f"{ONE}/grant", json={"reader": "ann", "unit": unit, "rho": 100})
        assert answer.status_code == 201, answer.text


def ask(by: As, name: str | None, /, **members: object) -> dict:
    price = {} if "epsilon" in members else {"rho": 1}
    answer = by(name).post(f"{ONE}/answer", json={**price, "unit": "row", **members})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_budget_is_given_by_administrators(by: As) -> None:
    body = {"reader": "bob", "rho": 1}
    assert by(None).post(f"{ONE}/grant", json=body).status_code == 401
    assert by("bob").post(f"{ONE}/grant", json=body).status_code == 403
    assert by("ada").post(f"{ONE}/grant", json=body | {"reader": "eve"}).status_code == 404
    wrong = by("ada").post(f"{ONE}/grant", json={"reader": "bob"})
    assert (wrong.status_code, wrong.json()["part"]) == (400, "rho")
    assert by("ada").post(f"{ONE}/grant", json={"reader": "bob", "rho": -1}).status_code == 400


def test_noise_is_told_before_and_after(by: As, granted: None) -> None:
    before = ask(by, "ann", statistic="count", dry=True)
    assert before["dry"]
    assert before["numbers"] == [{"name": "rows", "value": None, "at_least": None, "at_most": None}]
    assert before["remaining"] == 100
    after = ask(by, "ann", statistic="count")
    assert after["band"] == before["band"] == 1
    (number,) = after["numbers"]
    assert number["at_most"] - number["at_least"] == 2 * after["band"]
    assert abs(number["value"] - ROWS) < 20
    assert (after["rho"], after["remaining"]) == (1, 99)


def test_noise_answers_what_the_rule_on_groups_would_refuse(by: As, granted: None) -> None:
    exact = by("ann").get(f"/collections/{VISITS}/count", params={"filter": "rider = 'R7'"})
    assert exact.status_code == 403
    one = ask(by, "ann", statistic="count", where={"filter": "rider = 'R7'"})
    assert abs(one["numbers"][0]["value"] - 4) < 20
    riders = ask(by, "ann", statistic="count", unit="rider")
    assert abs(riders["numbers"][0]["value"] - 500) < 20
    kinds = ask(by, "ann", statistic="histogram", by="kind", values=["bus", "tram", "boat"])
    assert [each["name"] for each in kinds["numbers"]] == ["bus", "tram", "boat"]
    assert abs(kinds["numbers"][1]["value"] - 500) < 20
    mean = ask(by, "ann", statistic="mean", field="cost", between=[0, 1000], epsilon=2)
    assert 200 < mean["numbers"][0]["value"] < 270, "capped at 400 before anything is added up"
    assert mean["band"] is None
    total = ask(by, "ann", statistic="sum", field="cost", between=[0, 1000])
    assert abs(total["numbers"][0]["value"] / sum(min(n % 500, 400) for n in range(ROWS)) - 1) < 0.1


def test_at_nothing_it_is_refused(by: As, granted: None) -> None:
    by("ada").post(f"{ONE}/grant", json={"reader": "bob", "rho": 0.5})
    assert ask(by, "bob", statistic="count", rho=0.5)["remaining"] == 0
    refused = by("bob").post(f"{ONE}/answer", json={"statistic": "count", "rho": 0.001})
    assert refused.status_code == 403
    assert "bob has 0 left" in refused.json()["detail"]
    assert ask(by, "bob", statistic="count", dry=True)["remaining"] == 0
    nothing = by("ada").post(f"{ONE}/answer", json={"statistic": "count", "rho": 1})
    assert nothing.status_code == 403
    assert "no privacy budget" in nothing.json()["detail"]
    assert by(None).post(f"{ONE}/answer", json={"statistic": "count"}).status_code == 401


def test_readers_see_their_own_ledger(by: As, granted: None, home: Path) -> None:
    ask(by, "ann", statistic="count")
    mine = by("ann").get(f"{ONE}/ledger").json()
    assert {each["reader"] for each in (*mine["budgets"], *mine["spends"])} == {"ann"}
    everybody = by("ada").get(f"{ONE}/ledger").json()
    assert "bob" in {each["reader"] for each in everybody["spends"]}
    assert {each["reader"] for each in by("bob").get("/api/privacy/budgets").json()["budgets"]} == {
        "bob"
    }
    assert by(None).get("/api/privacy/budgets").status_code == 401
    with opened(home) as log:
        entry = log.entries(limit=1, kind="privacy-spend")[0]
    assert entry.said["dataset"] == VISITS
    assert entry.said["facts"]["rho_millionths"] == 1_000_000
    assert "ann" not in entry.text


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"statistic": "median"}, "statistic"),
        ({"statistic": "sum"}, "field"),
        ({"statistic": "sum", "field": "cost"}, "between"),
        ({"statistic": "sum", "field": "kind", "between": [0, 1]}, "field"),
        ({"statistic": "sum", "field": "cost", "between": [0, 1], "grain": 1e-12}, "grain"),
        ({"statistic": "count", "field": "cost"}, "field"),
        ({"statistic": "count", "unit": "nobody"}, None),
        ({"statistic": "count", "most": 0}, "most"),
        ({"statistic": "count", "mechanism": "cauchy"}, "mechanism"),
        ({"statistic": "histogram", "by": "kind"}, "values"),
        ({"statistic": "histogram", "by": "kind", "field": "cost", "values": ["x"]}, "by"),
        ({"statistic": "count", "where": {"filter": "1/(cost - 7) > 0"}}, "filter"),
        ({"statistic": "count", "where": {"filter": "cost^99999 > 0"}}, "filter"),
        ({"statistic": "count", "where": {"filter": "note LIKE 'word7%'"}}, "filter"),
        ({"statistic": "count", "where": {"as_of": "1"}}, "as_of"),
        ({"statistic": "count", "where": {"sortby": "cost"}}, "sortby"),
        ({"statistic": "count", "rho": 0}, "rho"),
        ({"statistic": "count", "rho": 1, "epsilon": 1}, "rho"),
    ],
)
def test_what_can_not_be_asked_costs_nothing(
    by: As, granted: None, body: dict, part: str | None
) -> None:
    """Nor does it depend on a row: an error that does would be an answer without noise."""
    before = by("ann").get(f"{ONE}/ledger").json()["spends"]
    answer = by("ann").post(f"{ONE}/answer", json={"rho": 1, "unit": "row", **body})
    assert answer.status_code in (400, 403), answer.text
    assert answer.json().get("part") == part
    assert by("ann").get(f"{ONE}/ledger").json()["spends"] == before


def test_a_budget_among_several_is_named(by: As, granted: None) -> None:
    answer = by("ann").post(f"{ONE}/answer", json={"statistic": "count", "rho": 1})
    assert (answer.status_code, answer.json()["part"]) == (400, "unit")


def test_without_opendp_the_advice_is_to_install_it(
    by: As, granted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opendp", None)
    answer = by("ann").post(f"{ONE}/answer", json={"statistic": "count", "rho": 1, "unit": "row"})
    assert answer.status_code == 501
    assert "interurban[dp]" in answer.json()["advice"]


def test_who_may_have_no_statistics_has_none_with_noise(by: As, granted: None) -> None:
    headers = {"Content-Type": "application/yaml"}
    address = f"/api/policies/{VISITS}"
    ada = by("ada")
    for policy, said in (
        ("rules: [{permit: aggregate, to: group:police}]", "certain groups"),
        ("rules: [{permit: aggregate, with: [{crowds: {at_least: 5}}]}]", "how many rows are near"),
    ):
        assert ada.put(address, content=policy, headers=headers).status_code == 200
        answer = by("ann").post(
            f"{ONE}/answer", json={"statistic": "count", "rho": 1, "unit": "row"}
        )
        assert answer.status_code == 403
        assert said in answer.json()["detail"]
    assert ada.put(address, content=POLICY, headers=headers).status_code == 200
