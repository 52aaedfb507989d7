"""Attempts at what a policy hides, on every way out over HTTP; not one may tell anything."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import mapbox_vector_tile
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
from starlette.testclient import TestClient

from interurban.catalog.node import Node
from interurban.catalog.noise import ROW, Asked, answer, grant, ledger
from interurban.core import query as q
from interurban.core.errors import BadRequest
from interurban.core.policy import (
    ACTIONS,
    Action,
    Capped,
    CoarsePlace,
    CoarseTime,
    Obligation,
    OnlyAggregates,
    OnlyRows,
    Without,
)
from interurban.http import create_app
from interurban.policy.privacy import Answer

from .conftest import PEOPLE, ROWS, Person, Set

ONE = f"/collections/{PEOPLE}"
VERY_LARGE = 100_000
"""Costs of hidden people begin here."""

PARTIAL = (
    OnlyRows(q.Compare("=", q.Name("shown"), q.Literal("public"))),
    Without(("name", "shown")),
    CoarsePlace(500.0),
    CoarseTime("seen_at", 60),
    Capped("age", high=80),
)
STATISTICS = (CoarseTime("seen_at", "month"), OnlyAggregates(("ward", "seen_at"), 10))

ATTEMPTS = {
    # Rows that are not shown
    "all of it": "/items?limit=10000",
    "a row by its id": "/items/P00010",
    "a row by its number": "/items/11",
    "rows of the other kind": "/items?shown=kept",
    "rows that are not public": "/items?filter=NOT shown='public'",
    "rows with a cost of theirs": "/items?filter=cost>100000",
    "rows sorted by their cost": "/items?sortby=-cost&limit=5",
    "rows past the end": "/items?limit=1000&offset=2600",
    "rows of an earlier version": "/items?as_of=1&limit=10000",
    "rows of the time before the policy": "/items?as_of=2100-01-01T00:00:00Z&limit=10000",
    "ids in a list": "/items?filter=id IN ('P00000','P00010','P00020')",
    "ids by a pattern": "/items?filter=id LIKE 'P%250'",
    "ids by a range": "/items?filter=id BETWEEN 'P00009' AND 'P00011'",
    "everything or nothing": "/items?filter=cost>0 OR cost IS NULL&limit=10000",
    "a nested negation": "/items?filter=NOT (NOT (cost > 99999))&limit=10000",
    "as CQL2 JSON": (
        '/items?filter-lang=cql2-json&filter={"op":">","args":[{"property":"cost"},99999]}'
    ),
    "a division that shows itself": "/items?filter=1/(cost-cost) > 0",
    "an overflow that shows itself": "/items?filter=cost^9999 > 0",
    # Fields that are left out
    "a field by name": "/items?properties=name&limit=10000",
    "a field among others": "/items?properties=id,name&limit=10000",
    "a field by the filter": "/items?filter=name LIKE 'Zquix%'",
    "a field by case": "/items?filter=CASEI(name) LIKE CASEI('zquix%')",
    "a field by equality": "/items?name=Zquix-00010",
    "a field by order": "/items?sortby=name",
    "a field by free text": "/items?q=Zquix&limit=10000",
    "a field by a phrase": '/items?q="Anon-00011"&limit=10000',
    "a field by a facet": "/aggregate?by=name&limit=10000",
    "a field by its largest": "/aggregate?measures=max:name",
    "a field that chose the rows": "/aggregate?by=shown",
    "house columns": "/items?properties=_lon,_lat,_row,_key",
    "a house column in a filter": "/items?filter=_row < 5",
    "coordinates by another name": "/items?properties=lon,lat&limit=10000",
    "coordinates by a filter": "/items?filter=lon < -87.6&limit=10000",
    # Numbers
    "the largest cost": "/aggregate?measures=max:cost",
    "the sum of costs": "/aggregate?measures=sum:cost,avg:cost",
    "a high percentile": "/aggregate?measures=p99.99:cost",
    "the oldest": "/aggregate?measures=max:age",
    "ages past the cap": "/aggregate?by=age&limit=1000",
    "ages past the cap, as rows": "/items?filter=age>80&limit=10000",
    # Places and times
    "a very small box": "/items?bbox=-87.6900,41.8100,-87.6899,41.8101",
    "near a point": "/items?near=-87.65,41.85,1&limit=10000",
    "the finest cells": "/cells?level=24",
    "cells of the filter": "/cells?level=24&filter=cost>100000",
    "by the minute": "/aggregate?by=time:hour:seen_at&limit=10000",
    "a second of time": "/items?datetime=2024-01-05T10:07:00Z/2024-01-05T10:07:01Z&limit=10000",
    "an area of the city": "/items?in=chicago.community_areas:32&limit=10000",
    "by area": "/aggregate?by=area:chicago.community_areas",
    "a tile far out": "/tiles/WebMercatorQuad/0/0/0",
    "a tile of the city": "/tiles/WebMercatorQuad/8/95/65",
    "a tile with a filter": "/tiles/WebMercatorQuad/8/95/65?filter=cost>100000",
    "a tile of a field": "/tiles/WebMercatorQuad/8/95/65?properties=name",
    # Other encoders
    "as CSV": "/items?f=csv",
    "as Parquet": "/items?f=parquet",
    "as Arrow": "/items?f=arrow",
    "as FlatGeobuf": "/items?f=fgb",
    "as a download": "/items?download=true",
    "as CSV of a field": "/items?f=csv&properties=name",
    "as CSV of hidden rows": "/items?f=csv&shown=kept",
    "in another CRS": "/items?crs=http://www.opengis.net/def/crs/EPSG/0/26971&limit=10000",
    "what is beside a file": "/items?f=csv&download=true&metadata=true",
    # What is said about it
    "the collection": "",
    "its queryables": "/queryables",
    "its schema": "/schema",
    "its history": "/history",
    "its rejects": "/rejects",
    "why an answer is empty": "/explain?filter=cost>100000",
    "why a name is not found": "/explain?q=Zquix",
    "the catalogue": "!/api/datasets",
    "the list of collections": "!/collections",
    "the search line": "!/api/phrase?q=people Zquix&city=chicago",
    "its suggestions": "!/api/suggest?q=Zqu&city=chicago",
    "its places": "!/api/places?q=Zquix&city=chicago",
    "numbers for operations": "!/metrics",
    "a form filled in for a model": (
        f"!/api/models/cohort_component/tables/historic_births/template.csv?dataset={PEOPLE}"
    ),
    "what a model finds wrong": (
        f"!/api/models/cohort_component/tables/historic_births/problems.csv?dataset={PEOPLE}"
    ),
    # What is said about rules, findings and budgets
    "the rules on everything": "!/api/policies",
    "the rules": f"!/api/policies/{PEOPLE}",
    "the rules as ODRL": f"!/api/policies/{PEOPLE}?f=jsonld",
    "an older version of the rules": f"!/api/policies/{PEOPLE}?version=1",
    "why it is so": f"!/api/policies/{PEOPLE}/explain?action=export",
    "what somebody else may have": f"!/api/policies/{PEOPLE}/explain?to=account:ada",
    "what another purpose would give": f"!/api/policies/{PEOPLE}/explain?purpose=dpv:Purpose",
    "what holds in a hundred years": f"!/api/policies/{PEOPLE}/explain?at=2126-01-01T00:00:00Z",
    "findings of personal data": "!/api/personal-data",
    "examples of personal data": f"!/api/personal-data/{PEOPLE}",
    "budgets of others": "!/api/privacy/budgets",
    "what others asked": f"!/api/privacy/{PEOPLE}/ledger",
}

TABLE = "/api/disclose"
POSTS: dict[str, tuple[str, dict]] = {
    "a table by a field": (TABLE, {"by": ["name"]}),
    "a table by id": (TABLE, {"by": ["id"], "where": {"filter": "cost > 99999"}}),
    "a table of one row": (TABLE, {"by": ["ward"], "where": {"filter": "id = 'P00010'"}}),
    "a table of hidden rows": (TABLE, {"by": ["kind"], "where": {"shown": "kept"}}),
    "a table by what chose the rows": (TABLE, {"by": ["shown"]}),
    "a table by the minute": (TABLE, {"by": ["time:hour:seen_at"]}),
    "a table by coordinates": (TABLE, {"by": ["lon"]}),
    "a table by area": (TABLE, {"by": ["area:chicago.community_areas"]}),
    "a table by house columns": (TABLE, {"by": ["_row"]}),
    "a table of a small group": (TABLE, {"by": ["ward", "kind"], "rules": {"threshold": 2}}),
    "a sum of few": (TABLE, {"by": ["kind"], "measure": "sum:cost", "rules": {"threshold": 2}}),
    "who is most of a sum": (
        TABLE,
        {"by": ["ward"], "measure": "sum:cost", "contributor": "name", "rules": {"p": 1}},
    ),
    "the largest of a sum": (
        TABLE,
        {"by": ["kind"], "measure": "sum:cost", "rules": {"dominance": [1, 1]}},
    ),
    "a table as a file": (f"{TABLE}?f=csv", {"by": ["ward", "kind"]}),
    "an answer with no budget": (
        f"/api/privacy/{PEOPLE}/answer",
        {"statistic": "count", "rho": 1000, "where": {"filter": "id = 'P00010'"}},
    ),
    "a budget of one's own": (f"/api/privacy/{PEOPLE}/grant", {"reader": "me", "rho": 1000}),
    "rules of one's own": (f"/api/policies/{PEOPLE}/check", {}),
    "a sign-off of one's own": (
        f"/api/personal-data/{PEOPLE}",
        {"do": "sign-off", "reason": "I should like to see it."},
    ),
}


@pytest.fixture
def partly(under: Set) -> Iterator[TestClient]:
    with TestClient(create_app(under(*PARTIAL))) as client:
        yield client


@pytest.fixture
def statistics(under: Set) -> Iterator[TestClient]:
    with TestClient(create_app(under(*STATISTICS, actions=("aggregate",)))) as client:
        yield client


def address(path: str) -> str:
    return path[1:] if path.startswith("!") else ONE + path


def words(content: bytes, kind: str, folder: Path) -> str:
    """Everything that an answer says, as text, whatever it is encoded in."""
    if "parquet" in kind:
        return str(pq.read_table(io.BytesIO(content)).to_pylist())
    if "arrow" in kind:
        return str(pa.ipc.open_stream(content).read_all().to_pylist())
    if "mapbox" in kind:
        return str(mapbox_vector_tile.decode(content)) if content else ""
    if "flatgeobuf" in kind:
        file = folder / "answer.fgb"
        file.write_bytes(content)
        return str(pyogrio.read_dataframe(file).to_dict("records"))
    return content.decode()


def secrets(everyone: list[Person]) -> re.Pattern[str]:
    """What must be in no answer: hidden ids, all names, true coordinates, costs of the hidden."""
    hidden = [one for one in everyone if one.shown == "kept"]
    told = [one.id for one in hidden]
    told += [f"{one.cost:.2f}".rstrip("0").rstrip(".") for one in hidden]
    told += [f"{value:.6f}" for one in everyone[:400] for value in (one.lon, one.lat)]
    return re.compile("Zquix|Anon-|" + "|".join(map(re.escape, told)))


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_attempt_at_hidden_rows_and_values_fails(
    partly: TestClient, everyone: list[Person], tmp_path: Path, attempt: str
) -> None:
    path = address(ATTEMPTS[attempt])
    answer = partly.get(path)
    assert answer.status_code < 500, answer.text
    said = words(answer.content, answer.headers.get("content-type", ""), tmp_path)
    # The question itself, repeated in a link or a sentence, is nothing new.
    for asked in re.findall(r"Zquix|Anon-\d*|P\d{5}", path):
        said = said.replace(asked, "")
    found = secrets(everyone).search(said)
    assert found is None, said[max(0, found.start() - 200) : found.end() + 100]
    assert not re.search(r"\b1\d{5}\.\d", said), "a cost of the hidden"
    if answer.status_code == 200 and "age" in path:
        assert all(int(age) <= 80 for age in re.findall(r'"age": ?(\d+)', said))


def asked(client: TestClient, attempt: str) -> tuple[int, str]:
    """What an attempt that sends something is answered with."""
    path, body = POSTS[attempt]
    about = {"dataset": PEOPLE} if path.startswith(TABLE) else {}
    answer = client.post(path, json={**about, **body})
    assert answer.status_code < 500, answer.text
    said = answer.text
    for word in re.findall(r"Zquix|Anon-\d*|P\d{5}", str(body)):
        said = said.replace(word, "")
    return answer.status_code, said


@pytest.mark.parametrize("attempt", POSTS)
def test_an_attempt_that_sends_something_tells_of_nothing_hidden(
    partly: TestClient, everyone: list[Person], attempt: str
) -> None:
    _, said = asked(partly, attempt)
    found = secrets(everyone).search(said)
    assert found is None, said[max(0, found.start() - 200) : found.end() + 100]
    assert f"{ROWS:,}" not in said
    assert '"kept"' not in said


@pytest.mark.parametrize("attempt", POSTS)
def test_an_attempt_that_sends_something_tells_of_no_row_where_only_statistics_may_be_had(
    statistics: TestClient, everyone: list[Person], attempt: str
) -> None:
    _, said = asked(statistics, attempt)
    assert secrets(everyone).search(said) is None
    assert not re.search(r"\bP\d{5}\b|W99", said)


def test_tables_do_tell_where_nothing_is_hidden(under: Set) -> None:
    with TestClient(create_app(under())) as client:
        for attempt in ("a table by what chose the rows", "a table by id", "a table by area"):
            assert asked(client, attempt)[0] == 200, attempt
        assert '"kept"' in asked(client, "a table by what chose the rows")[1]


@pytest.mark.parametrize("rules", [PARTIAL, STATISTICS])
def test_an_answer_with_next_to_no_noise_is_of_what_is_shown(
    under: Set, everyone: list[Person], rules: tuple[Obligation, ...]
) -> None:
    """A budget this large buys the true number; of what is hidden there is none to buy."""
    pytest.importorskip("opendp", reason="needs interurban[dp]")
    actions: tuple[Action, ...] = ("aggregate",) if rules is STATISTICS else ACTIONS
    node = under(*rules, actions=actions)
    grant(node, PEOPLE, ROW, "ann", 1000, "ada")
    hidden = rules is PARTIAL

    def told(**how: object) -> float:
        found = answer(node, Asked(PEOPLE, "count", 25, **how), "ann")  # type: ignore[arg-type]
        assert isinstance(found, Answer)
        return found.numbers[0]

    shown = [one for one in everyone if one.shown == "public" or not hidden]
    assert abs(told() - len(shown)) <= 2
    one = told(narrowed=(("filter", "id = 'P00010'"),))
    assert abs(one - (0 if hidden else 1)) <= 2
    rich = told(narrowed=(("filter", "cost > 100000"),))
    assert abs(rich - (0 if hidden else ROWS / 10)) <= 2
    for beyond in ("name = 'Zquix-00010'", "shown = 'kept'") if hidden else ():
        with pytest.raises(BadRequest):
            told(narrowed=(("filter", beyond),))
    for clever in ("cost^9999 > 0", "1/(cost-cost) > 0", "id LIKE 'P%250'"):
        before = left(node)
        with pytest.raises(BadRequest):
            told(narrowed=(("filter", clever),))
        assert left(node) == before


def left(node: Node) -> float:
    with ledger(node.home.root) as kept:
        return next(each.remaining for each in kept.accounts() if each.dataset == PEOPLE)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_attempt_at_a_single_row_fails_where_only_statistics_may_be_had(
    statistics: TestClient, everyone: list[Person], tmp_path: Path, attempt: str
) -> None:
    path = address(ATTEMPTS[attempt])
    answer = statistics.get(path)
    assert answer.status_code < 500, answer.text
    said = words(answer.content, answer.headers.get("content-type", ""), tmp_path)
    for asked in re.findall(r"Zquix|Anon-\d*|P\d{5}", path):
        said = said.replace(asked, "")
    assert secrets(everyone).search(said) is None
    assert not re.search(r"\bP\d{5}\b|W99", said), "a row, or a group of few"
    if answer.status_code == 200 and path.startswith((f"{ONE}/items", f"{ONE}/tiles")):
        pytest.fail("rows were given")


def test_the_attempts_do_tell_where_nothing_is_hidden(
    under: Set, everyone: list[Person], tmp_path: Path
) -> None:
    """Else the tests above could not fail."""
    telling = []
    with TestClient(create_app(under())) as client:
        for attempt, path in ATTEMPTS.items():
            answer = client.get(address(path))
            said = words(answer.content, answer.headers.get("content-type", ""), tmp_path)
            if answer.status_code == 200 and secrets(everyone).search(said):
                telling.append(attempt)
    assert len(telling) >= 40, sorted(set(ATTEMPTS) - set(telling))


def count(client: TestClient, condition: str) -> int | None:
    answer = client.get(f"{ONE}/count", params={"filter": condition})
    return answer.json()["count"] if answer.status_code == 200 else None


def test_counts_are_those_of_what_is_shown(partly: TestClient, everyone: list[Person]) -> None:
    shown = [one for one in everyone if one.shown == "public"]
    assert count(partly, "cost > 0") == len(shown)
    assert count(partly, "cost > 100000") == 0
    assert count(partly, "id = 'P00010'") == 0
    assert count(partly, "age > 80") == 0
    document = partly.get(ONE).json()
    assert str(ROWS) not in json.dumps(document)


def test_the_size_of_an_answer_is_that_of_what_is_shown(partly: TestClient) -> None:
    hidden = partly.get(f"{ONE}/items", params={"filter": "id = 'P00010'"})
    nobody = partly.get(f"{ONE}/items", params={"filter": "id = 'X99999'"})
    assert hidden.json()["features"] == nobody.json()["features"] == []
    assert len(hidden.content) == len(nobody.content)


def test_errors_are_the_same_for_what_is_hidden_and_what_is_not_there(partly: TestClient) -> None:
    hidden, nobody = (partly.get(f"{ONE}/items/{one}") for one in ("P00010", "X99999"))
    assert hidden.status_code == nobody.status_code == 404
    assert hidden.json()["detail"].replace("P00010", "X99999") == nobody.json()["detail"]
    left_out, unknown = (
        partly.get(f"{ONE}/items", params={"properties": name}) for name in ("name", "nome")
    )
    assert left_out.status_code == unknown.status_code == 400
    assert set(left_out.json()) == set(unknown.json())


def test_a_validator_of_the_whole_is_none_of_a_part(under: Set) -> None:
    everything = f"{ONE}/items?limit=5"
    with TestClient(create_app(under())) as client:
        tag = client.get(everything).headers["etag"]
    with TestClient(create_app(under(*PARTIAL))) as client:
        answer = client.get(everything, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


def test_a_model_reads_what_its_reader_may_have(statistics: TestClient) -> None:
    body = {"model": "cohort_component", "city": "chicago", "inputs": {"historic_births": PEOPLE}}
    answer = statistics.post("/api/runs", json=body)
    assert answer.status_code in (400, 403), answer.text
    checked = statistics.post(
        "/api/models/cohort_component/tables/historic_births/check", json={"dataset": PEOPLE}
    )
    assert checked.status_code == 403
