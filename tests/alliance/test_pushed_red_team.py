"""Attempts at what a policy hides, through a partner that asks for it: it has nothing more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from interurban.alliance.asking import Asking
from interurban.catalog.files import look_at
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load, load_file
from interurban.catalog.node import Node
from interurban.catalog.policies import set_policy
from interurban.core import query as q
from interurban.core.errors import (
    BadRequest,
    InterurbanError,
    Refused,
    UnknownDataset,
    UnknownSnapshot,
)
from interurban.query.wire import write_query
from tests.policy.conftest import PEOPLE, ROWS, Person, load_people, people
from tests.policy.test_red_team import ATTEMPTS, ONE, address, secrets, words

from .two_nodes import Two, two_nodes

PARTIAL = """
rules:
  - permit: [use]
    to: [peer:london]
    with:
      - only_rows: "shown = 'public'"
      - without: [name, shown]
      - coarse_place: {to: 500 m}
      - coarse_time: {field: seen_at, to: 60 minutes}
      - capped: {field: age, high: 80}
"""
STATISTICS = """
rules:
  - permit: [aggregate]
    to: [peer:london]
    with:
      - coarse_time: {field: seen_at, to: month}
      - only_aggregates: {by: [ward, seen_at], at_least: 10}
"""
FOR_RESEARCH = """
rules:
  - permit: [use]
    to: [peer:london]
    for: [dpv:AcademicResearch]
"""
COUNT = q.Query(PEOPLE)
HERE = "london.boroughs"


@pytest.fixture(scope="module")
def everyone() -> list[Person]:
    return people()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    owner = load_people(folder, shared_data)
    with Node(owner) as node:  # a second version, one person shorter
        file = folder / "people.csv"
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
        load_file(node, look_at(node, file, PEOPLE))
    with Node(folder / "asker") as node:
        load(node, HERE, Origin(mirror=shared_data))
    with two_nodes(owner, folder / "asker") as both:
        yield both


Under = Callable[[str], Two]


@pytest.fixture(scope="module")
def under(two: Two) -> Under:
    """The two nodes with rules on the owner's people: the same are set once."""
    last = ""

    def set_rules(rules: str) -> Two:
        nonlocal last
        if rules != last:
            set_policy(two.owner, PEOPLE, rules, "rules.yaml")
            two.owner.look_again()
            two.sync()
            last = rules
        return two

    return set_rules


@pytest.fixture
def client(two: Two) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=two.asker_url, timeout=30) as http:
        yield http


def said_by(client: httpx.Client, path: str, folder: Path) -> tuple[int, str]:
    """What an attempt is answered, less what the question itself said."""
    answer = client.get(path)
    assert answer.status_code < 500, answer.text
    said = words(answer.content, answer.headers.get("content-type", ""), folder)
    for asked in re.findall(r"Zquix|Anon-\d*|P\d{5}", path):
        said = said.replace(asked, "")
    return answer.status_code, said


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_attempt_through_the_partner_fails(
    under: Under, client: httpx.Client, everyone: list[Person], tmp_path: Path, attempt: str
) -> None:
    under(PARTIAL)
    path = address(ATTEMPTS[attempt])
    status, said = said_by(client, path, tmp_path)
    found = secrets(everyone).search(said)
    assert found is None, said[max(0, found.start() - 200) : found.end() + 100]
    assert not re.search(r"\b1\d{5}\.\d", said), "a cost of the hidden"
    if status == 200 and "age" in path:
        assert all(int(age) <= 80 for age in re.findall(r'"age": ?(\d+)', said))


def test_what_may_be_had_is_had(under: Under, client: httpx.Client) -> None:
    """Else the attempts could not but fail."""
    under(PARTIAL)
    shown = [one for one in people()[:-1] if one.shown == "public"]
    assert client.get(f"{ONE}/count").json()["count"] == len(shown)
    document = client.get(f"{ONE}/items?limit=10").json()
    assert len(document["features"]) == 10
    assert document["source"]["conditions"]
    listed = {one["id"]: one for one in client.get("/api/datasets").json()["datasets"]}
    assert listed[PEOPLE]["access"]["kind"] == "part"
    assert listed[PEOPLE]["rows"] == len(shown)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_attempt_at_a_single_row_through_the_partner_fails(
    under: Under, client: httpx.Client, everyone: list[Person], tmp_path: Path, attempt: str
) -> None:
    under(STATISTICS)
    path = address(ATTEMPTS[attempt])
    status, said = said_by(client, path, tmp_path)
    assert secrets(everyone).search(said) is None
    assert not re.search(r"\bP\d{5}\b|W99", said), "a row, or a group of few"
    if status == 200 and path.startswith((f"{ONE}/items", f"{ONE}/tiles")):
        pytest.fail("rows were given")


def test_sums_of_whole_groups_are_had(under: Under, client: httpx.Client) -> None:
    under(STATISTICS)
    answer = client.get(f"{ONE}/aggregate?by=ward&measures=count,avg:cost")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["rows"]) > 5


# A partner that asks what it likes


def ask(two: Two, **changes: Any) -> dict[str, Any]:
    """What the owner answers to a message of the asker's own making; its errors are raised."""
    body = {"what": "count", "query": write_query(COUNT), "purpose": "public", "reader": ""}
    snapshot = two.asker.snapshot(HERE)
    asked = {name: value for name, value in (body | changes).items() if value is not None}
    message, _ = two.asker.alliance.calls.fetch(two.peer(), "query", asked)
    if "error" in message.body:
        from interurban.alliance.refusals import raised_by

        raise raised_by(two.peer(), message.body["error"])
    assert snapshot.dataset == HERE
    return dict(message.body)


def test_an_honest_question_is_answered(under: Under) -> None:
    two = under(PARTIAL)
    assert ask(two)["count"] == two.asker.count(COUNT).count


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"agreement": "a1"}, BadRequest),
        ({"account": "administrator"}, BadRequest),
        ({"administrator": True}, BadRequest),
        ({"reader": "someone@example.org"}, BadRequest),
        ({"reader": None}, BadRequest),
        ({"purpose": 1}, BadRequest),
        ({"what": "sql"}, BadRequest),
        ({"what": "rejects"}, BadRequest),
        ({"what": "rows"}, BadRequest),
        ({"what": "rows", "action": "administer"}, BadRequest),
        ({"what": "tile", "z": 2, "x": 4, "y": 0}, BadRequest),
        ({"query": "SELECT 1"}, BadRequest),
        ({"query": write_query(replace(COUNT, dataset="chicago.nothing"))}, UnknownDataset),
        ({"query": write_query(replace(COUNT, as_of=999))}, UnknownSnapshot),
        # What the owner has only from its partner
        ({"query": write_query(q.Query(HERE))}, UnknownDataset),
        (
            {"query": write_query(replace(COUNT, places=(q.InArea(HERE, "E09000001"),)))},
            UnknownDataset,
        ),
        (
            {
                "what": "aggregate",
                "query": write_query(
                    replace(COUNT, measures=(q.Measure("count"),), groups=(q.ByArea(HERE),))
                ),
            },
            UnknownDataset,
        ),
    ],
)
def test_a_forged_question_is_refused(
    under: Under, changes: dict[str, Any], error: type[InterurbanError]
) -> None:
    with pytest.raises(error, match=r"^Chicago Datastore says: "):
        ask(under(PARTIAL), **changes)


def test_house_columns_are_not_told_of(under: Under) -> None:
    two = under(PARTIAL)
    for where in ("_row", "_key", "_mx", "name", "shown"):
        with pytest.raises(BadRequest, match="has no field"):
            ask(two, query=write_query(replace(COUNT, where=q.IsNull(q.Name(where)))))


def test_older_versions_are_not_had_where_only_statistics_are(under: Under) -> None:
    two = under(STATISTICS)
    before, newest = (one.version for one in two.owner._engine.history()[PEOPLE])
    assert ask(two, query=write_query(replace(COUNT, as_of=newest)))["newest"]["version"] == newest
    with pytest.raises(Refused, match="the difference of two would tell"):
        ask(two, query=write_query(replace(COUNT, as_of=before)))


def test_a_purpose_is_decided_on_at_the_owners(under: Under) -> None:
    two = under(FOR_RESEARCH)
    assert ask(two, purpose="dpv:AcademicResearch")["count"] == ROWS - 1
    for purpose in ("public", "dpv:Marketing", "dpv:PublicBenefit", "anything", ""):
        with pytest.raises(Refused, match="says: "):
            ask(two, purpose=purpose)


def test_no_rule_gives_to_another_peer(under: Under) -> None:
    two = under("rules:\n  - permit: [use]\n    to: [peer:paris]\n")
    with pytest.raises(Refused, match="says: "):
        ask(two)
    assert PEOPLE not in two.asker.snapshots()


def test_readers_are_known_by_a_name_that_tells_nothing(under: Under) -> None:
    two = under(PARTIAL)
    asking = Asking(two.asker.alliance.calls, lambda: two.asker.alliance.key, lambda *_: False)
    ann, bob = (replace(two.asker.reader, account=name) for name in ("ann", "bob"))
    peer = two.peer()
    other = replace(peer, fingerprint="0" * 40)
    names = {asking._name(one, who) for one in (peer, other) for who in (ann, bob)}
    assert len(names) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)
    assert asking._name(peer, ann) == asking._name(peer, ann)
    assert asking._name(peer, two.asker.reader) == ""
