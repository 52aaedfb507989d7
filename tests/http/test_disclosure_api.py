"""Safe tables over HTTP: hidden cells are drawn as hidden, and nothing says why one is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.http import Settings

from .conftest import Serving
from .trust import As, readers

SHOPS = "chicago.shops"
POLICY = """
rules:
  - permit: aggregate
    with: [{only_aggregates: {by: [ward, trade], at_least: 3}}]
  - permit: use
    to: [account: ann]
"""
FIRMS = [  # ward, trade, firm, turnover, how many
    ("North", "baker", "A", 900, 1),
    ("North", "baker", "B", 50, 1),
    ("North", "baker", "C", 5, 10),
    ("North", "smith", "D", 20, 12),
    ("North", "cook", "L", 20, 9),
    ("South", "baker", "E", 30, 9),
    ("South", "smith", "F", 10, 3),
    ("South", "cook", "G", 10, 14),
    ("West", "baker", "H", 10, 8),
    ("West", "smith", "I", 10, 2),
    ("West", "cook", "J", "", 7),
    ("West", "cook", "K", 70, 1),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shops")
    with (folder / "shops.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["shop", "ward", "trade", "firm", "turnover"])
        number = 0
        for ward, trade, firm, turnover, many in FIRMS:
            for _ in range(many):
                number += 1
                rows.writerow([f"S{number}", ward, trade, firm, turnover])
    with Node(folder / "home") as node:
        load_file(node, look_at(node, folder / "shops.csv", SHOPS))
    return folder / "home"


@pytest.fixture(scope="module")
def by(home: Path, serve: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[As]:
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"))
    with Node(home) as node, serve(node, settings) as address, readers(home, address) as found:
        yield found


def table(client: httpx.Client, **asked: object) -> dict:
    answer = client.post("/api/disclose", json={"dataset": SHOPS, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def cells(document: dict) -> dict[tuple[str, ...], dict]:
    return {tuple(each["at"]): each for each in document["cells"]}


def test_a_small_cell_and_what_would_give_it_away_are_hidden(by: As) -> None:
    made = table(by(None), by=["ward", "trade"])
    assert made["axes"] == [["ward"], ["trade"]]
    assert made["rules"] == {"threshold": 5, "zeros": False}
    found = cells(made)
    assert found["Total", "Total"]["value"] == sum(each[-1] for each in FIRMS)
    for small in (("South", "smith"), ("West", "smith")):
        assert found[small]["hidden"]
        assert found[small]["value"] is None
        assert found[small]["shown"] == "[c]"
        assert found[small]["text"].startswith("▨ ")
        assert found[small]["at_most"] - found[small]["at_least"] >= 5
    hidden = [each for each in found.values() if each["hidden"]]
    assert len(hidden) == made["hidden"]["by_rule"] + made["hidden"]["beside"]
    assert len(hidden) > 2
    assert made["audit"] == {"safe": True, "recovered": 0, "narrowest": made["audit"]["narrowest"]}
    assert {frozenset(each) for each in hidden} == {frozenset(made["cells"][0])}
    assert "primary" not in str(made)


def test_levels_have_totals_of_their_own(by: As) -> None:
    found = cells(table(by(None), by=[["ward", "trade"]], rules={"threshold": 10}))
    assert ("North", "Total") in found
    assert found["South", "smith"]["hidden"]


def test_sums_are_hidden_where_one_firm_is_most_of_them(by: As) -> None:
    asked = {"by": ["ward", "trade"], "measure": "sum:turnover", "contributor": "firm"}
    threshold = cells(table(by(None), by=["ward"], measure="sum:turnover", rules={"threshold": 2}))
    assert not threshold["North",]["hidden"]
    made = table(by(None), **asked, rules={"threshold": 2, "dominance": [1, 80]})
    assert made["rules"]["dominance"] == [1, 80]
    assert cells(made)["North", "baker"]["hidden"]


def test_rows_without_a_value_hide_nobody(by: As) -> None:
    """Of eight cooks of the West one has a turnover, which would be told exactly."""
    found = cells(table(by(None), by=["ward", "trade"], measure="sum:turnover"))
    assert found["West", "cook"]["hidden"]
    assert not found["South", "cook"]["hidden"] or found["South", "cook"]["value"] is None


def test_conditions_choose_rows(by: As) -> None:
    found = cells(table(by(None), by=["trade"], where={"ward": ["North", "South"]}))
    assert found["Total",]["value"] == sum(e[-1] for e in FIRMS if e[0] != "West")


def test_the_file_has_no_number_in_place_of_a_hidden_one(by: As) -> None:
    answer = by(None).post("/api/disclose?f=csv", json={"dataset": SHOPS, "by": ["ward", "trade"]})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["shown"] for row in rows if row["hidden"] == "true"} == {"[c]"}


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "dataset"),
        ({"dataset": SHOPS}, "by"),
        ({"dataset": SHOPS, "by": []}, "by"),
        ({"dataset": SHOPS, "by": ["ward", "ward"]}, "by"),
        ({"dataset": SHOPS, "by": ["wards"]}, "by"),
        ({"dataset": SHOPS, "by": ["ward,trade"]}, "by"),
        ({"dataset": SHOPS, "by": [7]}, "by"),
        ({"dataset": SHOPS, "by": ["ward"], "measure": "max:turnover"}, "measure"),
        ({"dataset": SHOPS, "by": ["ward"], "contributor": "firm"}, "contributor"),
        ({"dataset": SHOPS, "by": ["ward"], "rules": {"threshold": 1}}, "at_least"),
        ({"dataset": SHOPS, "by": ["ward"], "rules": {"dominance": [0.5, 3]}}, "dominance"),
        ({"dataset": SHOPS, "by": ["ward"], "rules": {"dominance": [1, 3]}}, "dominance"),
        ({"dataset": SHOPS, "by": ["ward"], "rules": {"q": 1}}, "q"),
        ({"dataset": SHOPS, "by": ["ward"], "seconds": 100}, "seconds"),
        ({"dataset": SHOPS, "by": ["ward"], "where": {"limit": "3"}}, "limit"),
        ({"dataset": SHOPS, "by": ["ward"], "where": {"ward": "Nowhere"}}, "filter"),
    ],
)
def test_what_can_not_be_made_is_told(by: As, body: dict, part: str) -> None:
    answer = by(None).post("/api/disclose", json=body)
    assert (answer.status_code, answer.json().get("part")) == (400, part), answer.text


def test_whoever_may_have_groups_only_has_a_table_of_these(by: As) -> None:
    ada, address = by("ada"), f"/api/policies/{SHOPS}"
    headers = {"Content-Type": "application/yaml"}
    policy = POLICY.replace("account: ann", "'account:ann'")
    assert ada.put(address, content=policy, headers=headers).status_code == 200
    whole = cells(table(by("ann"), by=["ward", "trade"]))
    part = cells(table(by("bob"), by=["ward", "trade"]))
    assert whole["Total", "Total"]["value"] - part["Total", "Total"]["value"] == 2
    left_out = part["West", "smith"]
    assert (left_out["value"], left_out["hidden"], left_out["shown"]) == (None, True, "[c]")
    assert left_out["text"] == "▨ few or none"
    assert "smaller groups are left out" in table(by("bob"), by=["ward"])["conditions"][0]
    for beyond in (
        {"by": ["firm"]},
        {"by": ["ward"], "where": {"firm": "A"}},
        {"by": ["ward"], "measure": "sum:turnover", "rules": {"dominance": [1, 80]}},
    ):
        answer = by("bob").post("/api/disclose", json={"dataset": SHOPS, **beyond})
        assert answer.status_code in (400, 403), answer.text
    closed = "rules: [{permit: use, to: group:police}]"
    assert ada.put(address, content=closed, headers=headers).status_code == 200
    refused = by("bob").post("/api/disclose", json={"dataset": SHOPS, "by": ["ward"]})
    assert refused.status_code == 403
