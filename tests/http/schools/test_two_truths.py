"""Nobody can tell one truth from another where numbers of pupils are hidden, whatever they ask.

Two nodes have part of both cities' flows, and differ in hidden numbers alone. Every route of the
atlas and of its flows is asked of both, in every format and with every parameter that the node's
own OpenAPI document has, by a planner who sees all numbers and by somebody who does not.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from interurban.apps.schools.reading import Atlas
from interurban.http import app as http_app

from .truths import CHICAGO, Twins
from .walk import (
    PREFIXES,
    Question,
    Town,
    alike,
    ask,
    first_questions,
    routes_of,
    some_questions,
    town,
)

WHOLE = "INTERURBAN_WALK" in os.environ
"""The same code answers for both cities: of the one where little is hidden a part is asked."""

REFUSED = {
    "/api/schools/{city}/imports": "it is for administrators",
    "/collections/{dataset}/rejects": "broken rows tell more than may be had",
    "/collections/{dataset}/cells": "flows have no places",
    "/collections/{dataset}/tiles": "flows have no places",
    "/collections/{dataset}/tiles/{tms}": "flows have no places",
    "/collections/{dataset}/tiles/{tms}/{z}/{row}/{col}": "flows have no places",
}
"""What nobody without a right gets an answer from, and why."""


def towns(twins: Twins) -> dict[str, Town]:
    """Both cities, at a pair whose hidden number differs."""
    return {city: town(city, *pair) for city, pair in twins.pairs.items()}


@pytest.fixture(scope="module")
def document(twins: Twins) -> Any:
    """The OpenAPI document of one of the nodes."""
    return twins.first.anyone.get("/api", params={"f": "json"}).json()


@dataclass
class Making:
    """What is being made to be kept, under which datasets, and what it has needed so far."""

    name: str
    under: frozenset[str]
    needed: set[str] = field(default_factory=set)


@pytest.fixture
def kept_under_too_little(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """What atlases keep under fewer datasets than it was made from: others' answers are in it.

    Only datasets count that not everybody may have whole: of the others all have the same. The
    servers run in this process, so every reading of theirs can be watched.
    """
    faults: set[tuple[str, str]] = set()
    here = threading.local()
    cached, table, snapshot = Atlas.cached, Atlas.table, Atlas.snapshot

    def making() -> list[Making]:
        if not hasattr(here, "making"):
            here.making = []
        found: list[Making] = here.making
        return found

    def need(datasets: Iterable[str]) -> None:
        for one in making():
            one.needed.update(datasets)

    def watched(self: Atlas, name: str, datasets: Sequence[str], make: Callable[[], Any]) -> Any:
        need(datasets)

        def made() -> Any:
            described = self.node.packs.datasets
            making().append(Making(name, frozenset(datasets)))
            try:
                return make()
            finally:
                done = making().pop()
                missing = (one for one in done.needed - done.under if one in described)
                faults.update((name, one) for one in missing if not self.node.is_open(one))

        return cached(self, name, datasets, made)

    def read(self: Atlas, dataset: str, fields: Sequence[str] = ()) -> Any:
        need([dataset])
        return table(self, dataset, fields)

    def looked_at(self: Atlas, dataset: str) -> Any:
        need([dataset])
        return snapshot(self, dataset)

    monkeypatch.setattr(Atlas, "cached", watched)
    monkeypatch.setattr(Atlas, "table", read)
    monkeypatch.setattr(Atlas, "snapshot", looked_at)
    return faults


def test_the_document_has_every_route_so_that_the_walk_asks_it(document: Any) -> None:
    there = {
        route.path.replace(":path}", "}")
        for route in http_app.routes()
        if isinstance(route, Route) and route.path.startswith(PREFIXES)
    }
    assert there == routes_of(document)


def walked(twins: Twins, asked: Iterable[Question]) -> tuple[set[str], set[str]]:
    """Ask it all, and expect that nobody can tell the two nodes apart.

    Returns
    -------
    The routes that somebody without a right got an answer from, and those where a planner sees
    something else than they do.
    """
    answered, differs, alike_for_all = set[str](), set[str](), set[str]()
    for question in asked:
        if question.route in alike_for_all:
            # A planner sees there what anybody does.
            held, seen = "", None
        else:
            seen = ask(twins.first.planner, question)
            held = seen.headers.get("etag", "")
        # What a planner was answered with a moment ago is in every cache of this node.
        mine = ask(twins.first.anyone, question, **{"If-None-Match": held})
        other = ask(twins.second.anyone, question)
        assert mine.status_code < 500, f"{question}: {mine.text}"
        same = seen is None or alike(seen, other)
        assert same or mine.status_code != 304, f"{question}: not what a planner holds"
        if mine.status_code != 304:
            assert alike(mine, other), str(question)
        if other.status_code == 200:
            answered.add(question.route)
        if same and question.route not in TELLING:
            alike_for_all.add(question.route)
        if not same and seen is not None:
            differs.add(question.route)
            # And the other way round: a planner gets the numbers after somebody who does not.
            assert alike(ask(twins.first.planner, question), seen), str(question)
    return answered, differs


BASE = "/api/schools/{city}"
TELLING = {
    *(f"{BASE}/{name}" for name in ("feeders", "model", "what-if", "within/schools", "catchments")),
    *(f"{BASE}/{name}" for name in ("schools/{school}/areas", "areas/{area}/schools")),
    *(f"/collections/{{dataset}}/{name}" for name in ("items", "aggregate")),
}
"""Where hidden numbers of Chicago have a part in what its planners see."""


@pytest.mark.parametrize("city", ["chicago", "london"])
def test_no_answer_tells_two_truths_apart(city: str, twins: Twins, document: Any) -> None:
    """Every route in every format; what needs more than flows is asked for in vain here."""
    answered, differs = walked(twins, first_questions(document, towns(twins)[city]))
    assert answered >= TELLING
    if city == "chicago":
        assert differs >= TELLING, "the walk can fail"


@pytest.mark.slow
@pytest.mark.parametrize(("city", "every"), [("chicago", 1), ("london", 1 if WHOLE else 4)])
def test_no_parameter_tells_two_truths_apart(
    city: str, every: int, whole_twins: Twins, kept_under_too_little: set[tuple[str, str]]
) -> None:
    """Every route with every parameter, where everything is loaded that an atlas can say."""
    document = whole_twins.first.anyone.get("/api", params={"f": "json"}).json()
    asked = some_questions(document, towns(whole_twins)[city], every)
    answered, _ = walked(whole_twins, asked)
    refused = REFUSED.keys() | ({f"{BASE}/what-if/replay"} if city == "london" else set())
    assert routes_of(document) - answered == refused, "asked in vain"
    assert not kept_under_too_little


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    one=st.sampled_from(["pupils<4", "pupils>3", "pupils=1", "at_most<7", "area_total>100"]),
    joined=st.sampled_from(["AND", "OR", "AND NOT"]),
    other=st.sampled_from(
        ["stage='high'", "year=2019", "school_name LIKE 'LAKE%'", "status='hidden'", "at_least>1"]
    ),
    group=st.sampled_from(["school_id", "area_id", "year", "status"]),
    order=st.sampled_from(["pupils", "-pupils", "-at_most,pupils", "area_total,-pupils"]),
)
def test_whatever_is_asked_of_the_rows_tells_them_no_better(
    one: str, joined: str, other: str, group: str, order: str, twins: Twins
) -> None:
    where = {"filter": f"{one} {joined} {other}"}
    measures = "count,sum:pupils,avg:pupils,max:pupils"
    for path, params in (
        ("items", {**where, "limit": "20", "sortby": order}),
        ("aggregate", {**where, "measures": measures, "by": group}),
    ):
        question = Question(path, f"/collections/{CHICAGO}/{path}", "get", params)
        first, second = (ask(twin.anyone, question) for twin in (twins.first, twins.second))
        assert first.status_code == 200, first.text
        assert alike(first, second)


def pages(client: httpx.Client, **params: str) -> Iterator[list[str]]:
    """Ids of a dataset's rows, page after page."""
    address: str | None = f"/collections/{CHICAGO}/items"
    while address:
        answer = client.get(address, params=params if address.startswith("/") else None).json()
        yield [one["id"] for one in answer["features"]]
        following = [one["href"] for one in answer["links"] if one["rel"] == "next"]
        address = following[0] if following else None


def test_no_order_of_rows_tells_which_hidden_number_is_larger(twins: Twins) -> None:
    """The published file has each school's areas from the most pupils on."""
    for order in ("pupils", "-pupils"):
        first, second = (
            [*pages(twin.anyone, sortby=order, limit="200")] for twin in (twins.first, twins.second)
        )
        assert len(first) > 2
        assert first == second
