"""One question to all datasets of a standard: a partner that is down leaves a partial answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from interurban.alliance.together import together
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.cli import app
from interurban.core import query as q
from interurban.core.errors import BadRequest, NotFound, UnknownStandard

from .hostile import hostile
from .two_nodes import OWNER, Two, two_nodes

THEIRS, HERE = "chicago.libraries", "london.tfl_toilets"
STANDARD = "point_of_interest"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    for name, datasets in (("owner", (THEIRS,)), ("asker", (HERE,))):
        with Node(folder / name) as node:
            for dataset in datasets:
                load(node, dataset, Origin(mirror=shared_data))
    with two_nodes(folder / "owner", folder / "asker") as both:
        yield both


def get(two: Two, **params: str) -> httpx.Response:
    return httpx.get(
        f"{two.asker_url}/api/together/aggregate",
        params={"standard": STANDARD} | params,
        timeout=30,
    )


def test_both_cities_stand_in_one_table(two: Two) -> None:
    document = get(two, by="category").json()
    assert document["groups"] == ["dataset", "city", "category"]
    assert document["measures"] == ["count"]
    assert document["complete"] is True
    assert document["missing"] == []
    assert {one["dataset"]: one["node"] for one in document["answered"]} == {
        THEIRS: "Chicago Datastore",
        HERE: "",
    }
    sums: dict[str, int] = {}
    for row in document["rows"]:
        sums[row["dataset"]] = sums.get(row["dataset"], 0) + row["count"]
    assert sums == {
        THEIRS: two.owner.count(q.Query(THEIRS)).count,
        HERE: two.asker.count(q.Query(HERE)).count,
    }
    source = next(one["source"] for one in document["answered"] if one["dataset"] == THEIRS)
    assert source["node"] == "Chicago Datastore"
    assert source["licence"]["title"]


def test_who_can_not_answer_this_question_is_named_with_the_reason(two: Two) -> None:
    found = together(two.asker, f"{STANDARD}@1", [("bbox", "-1,51,1,52")])
    assert found.table.to_pylist() == [{"dataset": THEIRS, "city": "chicago", "count": 0}]
    (missing,) = found.missing
    assert (missing.dataset, missing.node) == (HERE, "")
    assert "place" in missing.why


@pytest.mark.parametrize(
    ("standard", "params", "error"),
    [
        ("point_of_interst", [], UnknownStandard),
        ("crime_incident", [], NotFound),
        (STANDARD, [("by", "area:london.boroughs")], BadRequest),
        (STANDARD, [("by", "nonsense")], BadRequest),
        (STANDARD, [("limit", "3")], BadRequest),
        (STANDARD, [("nonsense", "3")], BadRequest),
    ],
)
def test_what_can_not_be_asked_is_refused(
    two: Two, standard: str, params: list[tuple[str, str]], error: type[Exception]
) -> None:
    with pytest.raises(error):
        together(two.asker, standard, params)


def test_over_http_it_needs_a_standard(two: Two) -> None:
    assert get(two, standard="").status_code == 400
    assert get(two, by="nonsense").status_code == 400
    assert get(two, standard="no_such").status_code == 404


def test_who_does_not_answer_is_named_and_nobody_waits_longer(two: Two, tmp_path: Path) -> None:
    peers, url = two.asker.alliance.peers, two.peer().url
    with hostile(tmp_path) as silent:
        silent.hangs = True
        peers.moved(OWNER, title=two.peer().title, url=silent.url)
        two.asker.alliance.known.look_again()
        try:
            begun = time.monotonic()
            found = together(two.asker, STANDARD, [("by", "category")], deadline_s=0.5)
            assert time.monotonic() - begun < 6, "it waited for the partner"
        finally:
            silent.let_go.set()
            peers.moved(OWNER, title=two.peer().title, url=url)
            two.asker.alliance.known.look_again()
    assert [one.dataset.id for one in found.answered] == [HERE]
    (missing,) = found.missing
    assert (missing.dataset, missing.node) == (THEIRS, "Chicago Datastore")
    assert "did not answer" in missing.why
    assert set(found.table["dataset"].to_pylist()) == {HERE}


def test_a_frozen_partner_is_named_with_the_reason(two: Two) -> None:
    peers = two.asker.alliance.peers
    peers.freeze(OWNER, "Its feed has a gap.")
    two.asker.alliance.known.look_again()
    try:
        document: dict[str, Any] = get(two).json()
    finally:
        peers.resume(OWNER)
        two.sync()
    assert document["complete"] is False
    assert [one["dataset"] for one in document["missing"]] == [THEIRS]
    assert "frozen" in document["missing"][0]["why"]
    assert [row["dataset"] for row in document["rows"]] == [HERE]


def test_on_the_command_line(two: Two) -> None:
    home = ["--home", str(two.asker.home.root)]
    shown = CliRunner().invoke(app, ["together", STANDARD, "--by", "category", *home])
    assert shown.exit_code == 0, shown.output
    for word in (THEIRS, HERE, "Chicago Datastore"):
        assert word in shown.output
    table = CliRunner().invoke(app, ["together", STANDARD, "--format", "csv", *home])
    assert "dataset,city,count" in table.stdout.splitlines()


def test_the_catalogue_of_the_command_line_says_where_data_are(two: Two) -> None:
    home = ["--home", str(two.asker.home.root)]
    listed = CliRunner().invoke(app, ["datasets", "--loaded", *home])
    (line,) = (line for line in listed.output.splitlines() if line.startswith(THEIRS))
    assert line.rstrip().endswith("Chicago Datastore")
    shown = CliRunner().invoke(app, ["show", THEIRS, *home])
    assert "Chicago Datastore" in shown.output
    counted = CliRunner().invoke(app, ["query", THEIRS, "--count", *home])
    assert f"{two.owner.snapshot(THEIRS).rows} rows" in counted.output
    rejects = CliRunner().invoke(app, ["rejects", THEIRS, *home])
    assert rejects.exit_code != 0
