"""An agreement from request to signatures, in force, and to its end, told to both sides."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from interurban.alliance.agreements import Agreements, By
from interurban.alliance.agreements.documents import agreement_document, sharing_documents
from interurban.alliance.agreements.states import STEPS, next_steps, other
from interurban.catalog.node import Node
from interurban.catalog.policies import set_policy
from interurban.core.alliance import NEXT, Agreement, Role, State
from interurban.core.errors import BadRequest, Conflict, NotFound
from interurban.core.policy import Duty, OnlyAggregates, Policy, Reader, Without
from interurban.policy.audit import verify
from interurban.policy.rights.evaluate import decide
from interurban.store.control import file_in

from .sides import (
    ANN,
    ASSESSED,
    BEGIN,
    COUNTED,
    DATASET,
    END,
    LEE,
    Pair,
    Side,
    copied,
    terms,
    two_sides,
)

CLOSED = "chicago.business_licences"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """What Chicago has; the register of businesses is closed."""
    with Node(tmp_path_factory.mktemp("node")) as opened:
        closed = "rules:\n  - permit: [read]\n    to: [group:licences]\n"
        set_policy(opened, CLOSED, closed, "policy.yaml")
        yield opened


@pytest.fixture(scope="module")
def template(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return two_sides(tmp_path_factory.mktemp("two"), node)


@pytest.fixture
def pair(template: Pair, tmp_path: Path) -> Pair:
    return copied(template, tmp_path)


# The way


def test_both_sides_go_through_the_same_states(pair: Pair) -> None:
    made = pair.to("FINALIZED")
    for side in (pair.chicago, pair.london):
        found = side.agreements.view(made.id)
        assert [step.state for step in found.steps] == list(STEPS.values())[:6]
        assert [step.role for step in found.steps] == ["consumer", "provider"] * 3
        assert found.agreement.terms_hash == made.terms_hash
        assert found.agreement.provider == made.provider
        assert found.agreement.consumer == made.consumer
        assert side.waiting() == []
    messages = [
        [step.message for step in side.agreements.view(made.id).steps]
        for side in (pair.chicago, pair.london)
    ]
    assert messages[0] == messages[1]


def test_every_state_is_recorded_and_no_name_stands_in_the_open(pair: Pair) -> None:
    made = pair.to("FINALIZED")
    for side in (pair.chicago, pair.london):
        said = side.recorded()
        assert [each["facts"]["state"] for each in said] == [
            "requested", "offered", "accepted", "agreed", "verified", "finalized",
        ]  # fmt: skip
        assert said[-1]["facts"] == {
            "id": made.id,
            "state": "finalized",
            "version": 2,
            "terms_hash": made.terms_hash,
        }
        assert not {"Avery", "Okafor"} & set(str(said).replace('"', " ").split())
        assert not verify(side.home).problems


def test_terms_are_haggled_over_until_both_are_content(pair: Pair) -> None:
    chicago, london = pair.chicago.agreements, pair.london.agreements
    made = london.request("chicago", terms(), LEE).id
    pair.sync()
    chicago.offer(made, ANN, pair.datasets, terms(obligations=(COUNTED,)))
    pair.sync()
    london.request_again(made, terms(actions=("read",)), LEE)
    pair.sync()
    assert chicago.get(made).version == 3
    chicago.offer(made, ANN, pair.datasets)
    pair.sync()
    assert (london.get(made).version, london.get(made).terms.actions) == (4, ("read",))


def test_what_is_in_force_is_a_rule_for_the_partner_and_one_for_the_own_readers(pair: Pair) -> None:
    asked = terms(obligations=(COUNTED,), duties=(Duty("attribute", "City of Chicago"),))
    made = pair.to("FINALIZED", asked)
    (rule,) = pair.chicago.agreements.given(DATASET)
    assert (rule.to, rule.purposes) == (("peer:london",), ("dpv:PublicBenefit",))
    assert (rule.not_before, rule.not_after) == (BEGIN, END)
    assert (rule.obligations, rule.duties) == ((COUNTED,), asked.duties)
    assert pair.chicago.agreements.given("chicago.libraries") == ()
    assert pair.london.agreements.given(DATASET) == ()
    pair.forward(days=30)
    taken = pair.london.agreements.taken("chicago", DATASET)
    assert taken is not None
    assert (taken[0].id, taken[1].to) == (made.id, ("group:food-safety",))
    assert pair.london.agreements.taken("chicago", "chicago.libraries") is None


def test_the_purpose_holds_for_kinds_of_it_and_for_nothing_broader(pair: Pair) -> None:
    pair.to("FINALIZED")
    policy = Policy(pair.chicago.agreements.given(DATASET))
    during = BEGIN + timedelta(days=1)

    def may(purpose: str, at: datetime = during) -> bool:
        return decide(policy, Reader("peer:london", purpose=purpose), "read", at).permitted

    assert may("dpv:PublicBenefit")
    assert may("dpv:ImprovePublicServices")
    assert not may("dpv:Purpose")
    assert not may("dpv:Marketing")
    assert not may("public")
    assert not may("dpv:PublicBenefit", BEGIN - timedelta(microseconds=1))
    assert may("dpv:PublicBenefit", END - timedelta(microseconds=1))
    assert not may("dpv:PublicBenefit", END)


def test_the_same_rules_are_the_same_object_until_something_changes(pair: Pair) -> None:
    first = pair.to("FINALIZED")
    given = pair.chicago.agreements.given(DATASET)
    assert pair.chicago.agreements.given(DATASET) is given
    pair.to("FINALIZED", terms(datasets=("chicago.libraries",)))
    assert pair.chicago.agreements.given(DATASET) is given
    pair.chicago.agreements.terminate(first.id, ANN, "It is done.")
    assert pair.chicago.agreements.given(DATASET) == ()


def test_another_process_of_the_node_follows_within_a_second(pair: Pair) -> None:
    made = pair.to("FINALIZED")
    serving = Agreements(pair.chicago.records, pair.chicago.home, pair.chicago.clock)
    assert len(serving.given(DATASET)) == 1
    pair.chicago.agreements.terminate(made.id, ANN, "It is done.")
    end = datetime.now(UTC) + timedelta(seconds=1.5)
    while serving.given(DATASET):
        assert datetime.now(UTC) < end


def test_of_several_agreements_the_one_that_gives_rows_is_asked_by(pair: Pair) -> None:
    pair.to("FINALIZED", terms(obligations=(COUNTED,), actions=("read", "aggregate", "export")))
    rows = pair.to("FINALIZED", terms())
    pair.forward(days=30)
    taken = pair.london.agreements.taken("chicago", DATASET)
    assert taken is not None
    assert taken[0].id == rows.id


# Impact assessment


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"personal_data": True}, True),
        ({"personal_data": True, "actions": ("aggregate",)}, True),
        ({"datasets": (CLOSED,), "obligations": ()}, True),
        ({"datasets": (CLOSED,), "obligations": (), "actions": ("export",)}, True),
        ({"datasets": (CLOSED,), "obligations": (), "actions": ("aggregate",)}, False),
        ({"datasets": (CLOSED,), "obligations": (OnlyAggregates((), 10),)}, False),
        ({}, False),
    ],
)
def test_an_assessment_is_needed_for_people_and_for_closed_rows(
    pair: Pair, changes: dict[str, object], *, needed: bool
) -> None:
    chicago = pair.chicago.agreements
    made = pair.london.agreements.request("chicago", terms(**changes), LEE).id
    pair.sync()
    if not needed:
        assert chicago.offer(made, ANN, pair.datasets).state == "OFFERED"
        return
    with pytest.raises(Conflict, match="can't sign without an impact assessment"):
        chicago.offer(made, ANN, pair.datasets)
    assert chicago.get(made).state == "REQUESTED"
    chicago.assess(made, ASSESSED, ANN)
    offered = chicago.offer(made, ANN, pair.datasets)
    assert offered.terms.assessment == ASSESSED


def test_a_high_risk_that_is_left_can_t_be_signed_away(pair: Pair) -> None:
    asked = terms(personal_data=True, assessment=replace(ASSESSED, residual="high"))
    made = pair.london.agreements.request("chicago", asked, LEE).id
    pair.sync()
    with pytest.raises(Conflict, match="leaves a high risk"):
        pair.chicago.agreements.offer(made, ANN, pair.datasets)


def test_data_that_were_closed_after_the_offer_need_an_assessment_at_the_signature(
    pair: Pair, node: Node
) -> None:
    made = pair.to("ACCEPTED", terms(datasets=("chicago.libraries",), obligations=()))
    text = "rules:\n  - permit: [read]\n    to: [group:libraries]\n"
    set_policy(node, "chicago.libraries", text, "policy.yaml")
    with pytest.raises(Conflict, match=r"chicago\.libraries would be given one by one"):
        pair.chicago.agreements.agree(made.id, ANN, pair.datasets)
    set_policy(node, "chicago.libraries", "rules:\n  - permit: [use]\n", "policy.yaml")


def test_an_assessment_comes_before_the_offer_and_not_after(pair: Pair) -> None:
    made = pair.to("OFFERED")
    with pytest.raises(Conflict, match="its terms stand as they are"):
        pair.chicago.agreements.assess(made.id, ASSESSED, ANN)


# What a provider can't offer


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"datasets": ("chicago.nothing",)}, "no dataset chicago.nothing"),
        ({"obligations": (OnlyAggregates(("no_such_field",), 5),)}, "no_such_field"),
        ({"obligations": (Without(("result",)), COUNTED)}, "can't be kept"),
    ],
)
def test_terms_are_about_what_there_is(pair: Pair, changes: dict[str, object], said: str) -> None:
    made = pair.london.agreements.request("chicago", terms(**changes), LEE).id
    pair.sync()
    with pytest.raises(BadRequest, match=said):
        pair.chicago.agreements.offer(made, ANN, pair.datasets)


# A partner that is down


def test_a_partner_that_is_down_delays_and_never_loses(pair: Pair) -> None:
    pair.chicago.is_down = True
    made = pair.london.agreements.request("chicago", terms(), LEE).id
    assert pair.london.agreements.send_waiting(pair.london) == 0
    assert pair.london.agreements.view(made).waits
    with pytest.raises(NotFound):
        pair.chicago.agreements.get(made)
    pair.forward(days=3)  # far past the minutes in which a message can be used
    pair.chicago.is_down = False
    pair.sync()
    assert pair.chicago.agreements.get(made).state == "REQUESTED"
    assert pair.london.waiting() == []


def test_an_answer_that_is_lost_makes_nothing_happen_twice(pair: Pair) -> None:
    made = pair.london.agreements.request("chicago", terms(), LEE).id
    (body,) = pair.london.waiting()
    for _ in range(3):
        answer = pair.london.hand_over("agreement", body)
        assert answer.body["state"] == "REQUESTED"
    assert len(pair.chicago.agreements.view(made).steps) == 1
    assert len(pair.chicago.recorded()) == 1


def test_what_waits_outlives_the_process(pair: Pair) -> None:
    pair.chicago.is_down = True
    made = pair.london.agreements.request("chicago", terms(), LEE).id
    again = Agreements(pair.london.records, pair.london.home, pair.london.clock)
    pair.chicago.is_down = False
    assert again.send_waiting(pair.london) == 1
    assert pair.chicago.agreements.get(made).state == "REQUESTED"


def test_what_is_refused_waits_a_minute_and_holds_back_what_follows(pair: Pair) -> None:
    chicago, london = pair.chicago, pair.london
    chicago.clock.forward(days=400)  # a clock that is wrong by a year: it thinks all is over
    made = london.agreements.request("chicago", terms(), LEE).id
    (body,) = london.waiting()
    chicago.clock.at = london.clock.at + timedelta(minutes=4)
    with pytest.raises(Conflict):
        london.agreements.accept(made, LEE)
    short = terms(ends=london.clock.at + timedelta(minutes=2), starts=london.clock.at)
    other_one = london.agreements.request("chicago", short, LEE).id
    assert london.agreements.send_waiting(london) == 1  # the first is taken, the second is over
    assert "is over since" in london.agreements.view(other_one).failure
    assert london.agreements.send_waiting(london) == 0
    london.agreements.terminate(other_one, LEE, "It was too short.")
    assert london.agreements.send_waiting(london) == 1
    assert london.waiting() == []
    with pytest.raises(NotFound):
        chicago.agreements.get(other_one)
    assert body not in london.waiting()


# The end


@pytest.mark.parametrize("ending", ["chicago", "london"])
def test_either_side_ends_it_at_once_and_the_other_is_told(pair: Pair, ending: str) -> None:
    made = pair.to("FINALIZED")
    pair.forward(days=30)
    side, who = (pair.chicago, ANN) if ending == "chicago" else (pair.london, LEE)
    side.other.is_down = True
    side.agreements.terminate(made.id, who, "The project is over.")
    assert side.agreements.given(DATASET) == ()
    assert side.agreements.taken("chicago", DATASET) is None
    side.other.is_down = False
    pair.sync()
    for one in (pair.chicago, pair.london):
        found = one.agreements.get(made.id)
        assert (found.state, found.reason) == ("TERMINATED", "The project is over.")
        assert one.agreements.given(DATASET) == ()
        assert one.recorded()[-1]["facts"]["state"] == "terminated"
    with pytest.raises(Conflict, match="ended"):
        side.agreements.terminate(made.id, who, "Again.")


def test_both_may_end_it_at_once(pair: Pair) -> None:
    made = pair.to("FINALIZED")
    pair.chicago.agreements.terminate(made.id, ANN, "We end it.")
    pair.london.agreements.terminate(made.id, LEE, "So do we.")
    pair.sync()
    assert pair.chicago.agreements.get(made.id).reason == "We end it."
    assert pair.london.agreements.get(made.id).reason == "So do we."
    assert pair.chicago.waiting() == pair.london.waiting() == []


def test_an_end_crosses_a_signature(pair: Pair) -> None:
    made = pair.to("AGREED")
    pair.london.agreements.verify(made.id, LEE)
    pair.chicago.agreements.terminate(made.id, ANN, "We thought again.")
    with pytest.raises(Conflict):
        pair.london.hand_over("agreement", pair.london.waiting()[0])
    pair.sync()
    assert pair.london.agreements.get(made.id).state == "TERMINATED"
    assert pair.chicago.agreements.given(DATASET) == ()
    assert pair.london.waiting() == []


def test_an_end_crosses_an_offer(pair: Pair) -> None:
    made = pair.to("REQUESTED")
    pair.chicago.agreements.offer(made.id, ANN, pair.datasets)
    pair.london.agreements.terminate(made.id, LEE, "We found another way.")
    pair.sync()
    for side in (pair.chicago, pair.london):
        found = side.agreements.get(made.id)
        assert (found.state, found.reason) == ("TERMINATED", "We found another way.")
        assert side.waiting() == []


def test_ending_needs_a_reason(pair: Pair) -> None:
    made = pair.to("FINALIZED")
    with pytest.raises(BadRequest, match="needs a reason"):
        pair.chicago.agreements.terminate(made.id, ANN, "  ")


def test_both_sides_are_reminded_once_and_it_runs_out_by_the_clock(pair: Pair) -> None:
    made = pair.to("FINALIZED", terms(remind_days=10))
    for side in (pair.chicago, pair.london):
        agreements = side.agreements
        assert agreements.remind() == ()
        side.clock.at = END - timedelta(days=10)
        assert [each.id for each in agreements.remind()] == [made.id]
        assert agreements.remind() == ()
        document = agreement_document(agreements.view(made.id), side.clock(), acts=True)
        assert (document["ends_soon"], document["expires_in_days"]) == (True, 10)
        side.clock.at = END
        assert [each.id for each in agreements.remind()] == [made.id]
        assert agreements.remind() == ()
        assert [each["what"] for each in side.recorded()][-2:] == ["ends soon", "ran out"]
        document = agreement_document(agreements.view(made.id), side.clock(), acts=True)
        assert (document["ends_soon"], document["in_force"]) == (False, False)
    assert pair.london.agreements.taken("chicago", DATASET) is None


def test_what_was_never_in_force_can_t_be_signed_when_it_is_over(pair: Pair) -> None:
    made = pair.to("AGREED")
    pair.forward(days=500)
    with pytest.raises(Conflict, match="is over since"):
        pair.london.agreements.verify(made.id, LEE)
    with pytest.raises(Conflict, match="is over since"):
        pair.london.agreements.request("chicago", terms(), LEE)


@pytest.mark.parametrize("seed", range(8))
def test_both_sides_come_to_the_same_whatever_happens(pair: Pair, seed: int) -> None:
    """Steps at random, right ones and wrong ones, by either side, while nodes go down and up."""
    rng = random.Random(seed)
    made = pair.london.agreements.request("chicago", terms(), LEE).id
    for _ in range(30):
        side = rng.choice([pair.chicago, pair.london])
        side.is_down = rng.random() < 0.3
        with suppress(Conflict, NotFound):
            if rng.random() < 0.5:
                side.agreements.send_waiting(side)
            elif seed % 2 and rng.random() < 0.05:
                side.agreements.terminate(made, ANN, "We thought again.")
            else:
                rng.choice(list(ways(pair, side, made).values()))()
        pair.forward(seconds=40)
    pair.chicago.is_down = pair.london.is_down = False
    for _ in range(4):
        pair.forward(minutes=2)  # what was refused is sent again after a minute
        pair.sync()
    here, there = pair.chicago.agreements.get(made), pair.london.agreements.get(made)
    assert (here.state, here.version) == (there.state, there.version) or here.state == "TERMINATED"
    assert here.state == there.state
    assert here.terms_hash == there.terms_hash or here.state == "TERMINATED"
    assert pair.chicago.waiting() == pair.london.waiting() == []
    assert bool(pair.chicago.agreements.given(DATASET)) == (here.state == "FINALIZED")


# Who may do what


def ways(pair: Pair, side: Side, made: str) -> dict[str, Callable[[], Agreement]]:
    """Everything that a side might try."""
    found = side.agreements
    return {
        "offer": lambda: found.offer(made, ANN, pair.datasets),
        "accept": lambda: found.accept(made, ANN),
        "agree": lambda: found.agree(made, ANN, pair.datasets),
        "verify": lambda: found.verify(made, ANN),
        "request": lambda: found.request_again(made, terms(), ANN),
    }


@pytest.mark.parametrize("state", list(NEXT)[:4])
def test_nobody_takes_the_other_side_s_step(pair: Pair, state: State) -> None:
    made = pair.to(state)
    for side, role in ((pair.chicago, "provider"), (pair.london, "consumer")):
        allowed = {each.do for each in next_steps(state, cast("Role", role))}
        for do, way in ways(pair, side, made.id).items():
            if do not in allowed:
                with pytest.raises(Conflict) as caught:
                    way()
                assert caught.value.advice
    assert pair.chicago.waiting() == pair.london.waiting() == []


def test_nothing_is_asked_of_a_node_that_is_not_paired(pair: Pair) -> None:
    made = pair.to("FINALIZED")
    with sqlite3.connect(file_in(pair.london.home)) as database:
        database.execute("UPDATE peers SET standing = 'frozen'")
    with pytest.raises(Conflict, match="not paired"):
        pair.london.agreements.request("chicago", terms(), LEE)
    with pytest.raises(NotFound, match="no partner"):
        pair.london.agreements.request("bristol", terms(), LEE)
    pair.london.agreements.terminate(made.id, LEE, "We don't trust it any more.")
    assert pair.london.agreements.send_waiting(pair.london) == 0  # it waits until they talk again


def test_a_frozen_partner_is_given_nothing(pair: Pair) -> None:
    pair.to("FINALIZED")
    assert pair.chicago.agreements.given(DATASET)
    with sqlite3.connect(file_in(pair.chicago.home)) as database:
        database.execute("UPDATE peers SET standing = 'frozen'")
    fresh = Agreements(pair.chicago.records, pair.chicago.home, pair.chicago.clock)
    assert fresh.given(DATASET) == ()


@pytest.mark.parametrize(
    ("name", "office"), [("", "Mayor"), ("Ann", " "), ("A\nB", "x"), ("x" * 91, "x")]
)
def test_who_acts_has_a_name_and_an_office(name: str, office: str) -> None:
    with pytest.raises(BadRequest):
        By(name, office)


# What residents are told


def test_residents_are_told_what_is_shared_and_what_has_ended(pair: Pair) -> None:
    pair.to("OFFERED")  # a draft is nobody's business yet
    ended = pair.to("FINALIZED", terms(title="The first one"))
    pair.chicago.agreements.terminate(ended.id, ANN, "It was replaced.")
    pair.to("FINALIZED", terms(keep_days=30, duties=(Duty("delete", "At the end."),)))
    pair.forward(days=30)
    title = pair.datasets.title
    here, over = sharing_documents(pair.chicago.agreements.views(), pair.chicago.clock(), title)
    assert (here["direction"], here["partner"], here["state"]) == ("given", "London", "in force")
    assert here["what"] == [
        "London may read its rows and ask for counts and statistics.",
        "Without address.",
        "Copies may be kept for 30 days.",
        "Who reads there: people of the group food-safety.",
        "Delete: At the end.",
    ]
    assert (here["purpose"], here["legal_basis"]) == (
        "public benefit",
        "a task in the public interest",
    )
    assert (here["since"], here["until"]) == ("2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z")
    assert here["datasets"] == [{"id": DATASET, "title": "Food inspections"}]
    assert (over["state"], over["reason"]) == ("ended", "It was replaced.")
    (theirs, _) = sharing_documents(pair.london.agreements.views(), pair.london.clock(), title)
    assert (theirs["direction"], theirs["partner"]) == ("received", "Chicago")
    assert theirs["what"][0] == "This city may read its rows and ask for counts and statistics."


def test_every_step_that_can_be_taken_is_named(pair: Pair) -> None:
    assert [each.do for each in next_steps("REQUESTED", "provider")] == [
        "offer",
        "assess",
        "terminate",
    ]
    assert [each.do for each in next_steps("OFFERED", "consumer")] == [
        "accept",
        "request",
        "terminate",
    ]
    assert next_steps("TERMINATED", "provider") == ()
    assert other("provider") == "consumer"
    made = pair.to("OFFERED")
    document = agreement_document(pair.london.agreements.view(made.id), BEGIN, acts=False)
    assert document["next"] == []
    assert "failure" not in document


def test_what_is_agreed_with_a_frozen_partner_is_paused(pair: Pair) -> None:
    made = pair.to("FINALIZED")
    pair.forward(days=30)
    with sqlite3.connect(file_in(pair.chicago.home)) as database:
        database.execute("UPDATE peers SET standing = 'frozen'")
    view = pair.chicago.agreements.view(made.id)
    document = agreement_document(view, pair.chicago.clock(), acts=True)
    assert not document["in_force"]
    assert document["standing"] == "It is paused: nothing is exchanged with London now."
    (shared,) = sharing_documents([view], pair.chicago.clock(), pair.datasets.title)
    assert shared["state"] == "paused"


def test_agreements_end_with_the_partnership(pair: Pair) -> None:
    made, draft = pair.to("FINALIZED"), pair.to("OFFERED")
    assert pair.chicago.agreements.part("london") == 2
    for each in (made, draft):
        found = pair.chicago.agreements.get(each.id)
        assert found.reason == "The two nodes are no partners any more."
    assert pair.chicago.agreements.given(DATASET) == ()
    assert pair.chicago.agreements.part("london") == 0
