"""An agreement opens a partner's dataset to those it names, for its purpose, until it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from interurban.alliance.agreements import Datasets
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.catalog.policies import set_policy
from interurban.core import query as q
from interurban.core.alliance import Agreement
from interurban.core.errors import Refused, UnknownDataset
from interurban.core.policy import Obligation, Reader, Without
from interurban.workspace.catalogue import Catalogue
from interurban.workspace.runs import Workspace
from tests.workspace.conftest import DATASET, MODULE, make_home

from .sides import ANN, ASSESSED, LEE, terms
from .two_nodes import Two, two_nodes

ELSEWHERE, PEOPLE = "bristol.population", "london.counted"
HERE = "chicago.libraries"
CLOSED = "rules:\n  - permit: [use]\n    to: [account:nobody]\n"
PURPOSE = "dpv:PublicBenefit"
ANYBODY = Reader()
READER = Reader("lee", purpose=PURPOSE)
COUNT = q.Query(PEOPLE)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    owner = make_home(folder)
    pack = owner / "packs" / "london" / "datasets"
    pack.mkdir(parents=True)
    (pack / "counted.yaml").write_text(
        DATASET.replace(ELSEWHERE, PEOPLE).replace("licence: ogl", "licence: ogl-3")
    )
    with Node(owner) as node:
        load(node, ELSEWHERE, Origin(folder / "mirror"))
        load(node, PEOPLE, Origin(folder / "mirror"))
        set_policy(node, PEOPLE, CLOSED, "rules.yaml")
    with Node(folder / "asker") as node:
        load(node, HERE, Origin(mirror=shared_data))
    with two_nodes(owner, folder / "asker", Catalogue((MODULE,))) as both:
        yield both


def agreed(two: Two, *obligations: Obligation) -> Agreement:
    """An agreement that both sides signed, each step told over HTTP."""
    owner, asker = two.owner.alliance, two.asker.alliance
    now = datetime.now(UTC)
    asked = terms(
        datasets=(PEOPLE,),
        starts=now - timedelta(minutes=1),
        ends=now + timedelta(days=200),
        actions=("read", "aggregate", "derive"),
        readers=("signed-in",),
        obligations=obligations,
        assessment=ASSESSED,
    )
    made = asker.agreements.request("chicago", asked, LEE).id
    asker.agreements.send_waiting(asker.calls)
    owner.agreements.offer(made, ANN, Datasets(two.owner))
    owner.agreements.send_waiting(owner.calls)
    asker.agreements.accept(made, LEE)
    asker.agreements.send_waiting(asker.calls)
    owner.agreements.agree(made, ANN, Datasets(two.owner))
    owner.agreements.send_waiting(owner.calls)
    asker.agreements.verify(made, LEE)
    asker.agreements.send_waiting(asker.calls)
    owner.agreements.send_waiting(owner.calls)
    found = asker.agreements.get(made)
    assert found.state == "FINALIZED"
    two.sync()
    return found


@pytest.fixture
def agreement(two: Two) -> Iterator[Agreement]:
    found = agreed(two)
    yield found
    end(two, found)


def end(two: Two, found: Agreement) -> None:
    owner = two.owner.alliance
    if owner.agreements.get(found.id).state != "TERMINATED":
        owner.agreements.terminate(found.id, ANN, "It is over.")
        owner.agreements.send_waiting(owner.calls)
    two.sync()


def test_a_city_that_only_the_partner_has_is_there(two: Two) -> None:
    assert two.asker.city("bristol").name == "Bristol"
    assert two.asker.count(q.Query(ELSEWHERE)).count == 32
    cities = httpx.get(f"{two.asker_url}/api/cities").json()["cities"]
    assert "bristol" in {city["id"] for city in cities}
    listed = httpx.get(f"{two.asker_url}/api/datasets?city=bristol").json()["datasets"]
    assert [(one["id"], one["licence"]["title"]) for one in listed] == [
        (ELSEWHERE, "Open Government Licence v3.0")
    ]


def test_what_is_closed_is_described_and_not_answered(two: Two) -> None:
    assert two.asker.dataset(PEOPLE).title == "People"
    assert PEOPLE not in two.asker.snapshots()
    for reader in (ANYBODY, READER):
        with pytest.raises(Refused, match="Chicago Datastore says"):
            two.asker.seen_by(reader).count(COUNT)
    listed = {
        one["id"]: one for one in httpx.get(f"{two.asker_url}/api/datasets").json()["datasets"]
    }
    assert listed[PEOPLE]["access"]["kind"] == "closed"
    assert listed[PEOPLE]["loaded"] is False
    assert httpx.get(f"{two.asker_url}/collections/{PEOPLE}/count").status_code == 403
    assert httpx.get(f"{two.asker_url}/collections/{PEOPLE}").status_code == 403


def test_an_agreement_opens_it_to_its_readers_for_its_purpose(
    two: Two, agreement: Agreement
) -> None:
    node = two.asker.seen_by(READER)
    assert node.count(COUNT).count == 32
    assert node.snapshot(PEOPLE).rows == 32
    for other in (ANYBODY, Reader("lee"), replace(READER, purpose="dpv:Marketing")):
        with pytest.raises(Refused):
            two.asker.seen_by(other).count(COUNT)
    with pytest.raises(Refused, match="download"):
        list(node.rows(COUNT, action="export").batches)
    assert httpx.get(f"{two.asker_url}/collections/{PEOPLE}/count").status_code == 403


def test_obligations_of_an_agreement_are_carried_out_at_the_owners(two: Two) -> None:
    found = agreed(two, Without(("sex",)))
    try:
        node = two.asker.seen_by(READER)
        assert node.snapshot(PEOPLE).field("sex") is None
        assert node.snapshot(PEOPLE).conditions == ("Left out: sex.",)
        (batch,) = node.page(q.Query(PEOPLE, limit=1)).batches
        assert "sex" not in batch.schema.names
    finally:
        end(two, found)


def test_a_run_reads_it_and_says_what_it_read(two: Two, agreement: Agreement) -> None:
    node = two.asker.seen_by(READER)
    with Workspace(node, Catalogue((MODULE,))) as workspace:
        begun = workspace.start(
            "growth", "london", inputs={"population": PEOPLE}, parameters={"last_year": 2015}
        )
        ended = workspace.wait(begun.id, 120)
        assert (ended.state, ended.error) == ("successful", "")
        pin = ended.inputs["population"]
        told = node.snapshot(PEOPLE)
        assert (pin.dataset, pin.version, pin.content_hash) == (
            PEOPLE, told.version, told.content_hash,
        )  # fmt: skip
        assert workspace.output(ended.id, "projected").num_rows > 0


def test_what_has_ended_is_closed_again(two: Two) -> None:
    found = agreed(two)
    node = two.asker.seen_by(READER)
    assert node.count(COUNT).count == 32
    two.owner.alliance.agreements.terminate(found.id, ANN, "It is over.")
    with pytest.raises(Refused):
        node.count(COUNT)
    end(two, found)
    with pytest.raises(Refused):
        node.count(COUNT)


def test_rules_stay_the_same_object_until_something_changes(two: Two, agreement: Agreement) -> None:
    assert two.owner.rules_on(PEOPLE) is two.owner.rules_on(PEOPLE)
    assert two.asker.rules_on(PEOPLE) is two.asker.rules_on(PEOPLE)
    assert two.owner.rules_on(ELSEWHERE).is_open
    with pytest.raises(UnknownDataset):
        two.asker.own.seen_by(READER).count(COUNT)
