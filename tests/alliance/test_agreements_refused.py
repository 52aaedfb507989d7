"""What a partner may try: refused with the reason, recorded, and nothing half done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interurban.alliance.agreements import signing, taking
from interurban.alliance.agreements.signing import By, Statement
from interurban.alliance.agreements.steps import KIND, Step, body_of, envelope, read_step
from interurban.alliance.agreements.writing import document_of, terms_hash
from interurban.alliance.messages import Sealed, seal
from interurban.catalog.node import Node
from interurban.core.alliance import Agreement, Terms
from interurban.core.errors import BadRequest, Conflict, InterurbanError, NotFound, Refused, TooMuch
from interurban.core.policy import Duty
from interurban.policy.audit import NodeKey, canonical, node_key, opened
from interurban.store.control import file_in

from .sides import ANN, DATASET, END, LEE, Pair, Side, copied, terms, two_sides

EVIL = By("Mallory", "Nobody")
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("two")
    with Node(folder / "node") as node:
        yield two_sides(folder, node)


@pytest.fixture
def pair(template: Pair, tmp_path: Path) -> Pair:
    return copied(template, tmp_path)


@pytest.fixture(scope="module")
def mallory(tmp_path_factory: pytest.TempPathFactory) -> NodeKey:
    """The key of a node that is nobody's partner."""
    return node_key(tmp_path_factory.mktemp("mallory"))


def state_of(side: Side) -> list[Any]:
    """Everything that stands in the tables of agreements."""
    with sqlite3.connect(file_in(side.home)) as database:
        names = ("agreements", "agreement_steps", "alliance_outbox", "alliance_received")
        return [database.execute(f"SELECT * FROM {name}").fetchall() for name in names]


def refused(
    side: Side,
    body: dict[str, Any],
    kind: type[InterurbanError],
    said: str,
    key: NodeKey | None = None,
) -> None:
    """The other side refuses a step of this one with a reason, changes nothing, and records it."""
    sealed = seal(key or side.key, KIND, side.other.key.fingerprint, body, now=side.clock())
    refused_message(side, envelope(sealed), kind, said)


def sealed_by(side: Side, body: dict[str, Any]) -> dict[str, Any]:
    """A step as the message brings it."""
    sealed = seal(side.key, KIND, side.other.key.fingerprint, body, now=side.clock())
    return envelope(sealed)


def refused_message(
    side: Side, body: dict[str, Any], kind: type[InterurbanError], said: str
) -> None:
    before = state_of(side.other)
    with pytest.raises(kind, match=said) as caught:
        side.hand_over("agreement", body)
    assert type(caught.value) is kind
    assert state_of(side.other) == before
    assert side.other.recorded()[-1]["what"] == "refused a step"
    with opened(side.other.home) as log:
        (entry,) = log.entries(limit=1, kind="agreement")
        details = {each.name: json.loads(each.value) for each in log.particulars(entry.number)}
    assert details["reason"] == caught.value.what[:500]


def step(made: Agreement, do: Any, by: By = EVIL, **changes: Any) -> dict[str, Any]:
    """The body of a step about an agreement as it stands."""
    return body_of(replace(Step(made.id, do, made.version, made.terms_hash, by), **changes))


def asking(asked: Terms, **changes: Any) -> dict[str, Any]:
    """The body of a first request."""
    return body_of(Step(UNKNOWN, "REQUESTED", 1, terms_hash(asked), LEE, asked)) | changes


# Seals


def test_a_forged_step_is_refused(pair: Pair) -> None:
    sealed = seal(
        pair.london.key,
        KIND,
        pair.chicago.key.fingerprint,
        asking(terms()),
        now=pair.london.clock(),
    )
    changed = replace(sealed, statement=sealed.statement.replace("PublicBenefit", "Marketing"))
    refused_message(pair.london, envelope(changed), Refused, "signature is not one under")


def test_a_step_of_another_key_is_refused(pair: Pair, mallory: NodeKey) -> None:
    refused(pair.london, asking(terms()), Refused, "another key than the one", mallory)


def test_a_step_that_was_told_to_another_node_is_refused(pair: Pair, mallory: NodeKey) -> None:
    sealed = seal(
        pair.london.key, KIND, mallory.fingerprint, asking(terms()), now=pair.london.clock()
    )
    refused_message(pair.london, envelope(sealed), Refused, "meant for another node")


def test_a_message_of_another_kind_is_no_step(pair: Pair) -> None:
    sealed = seal(
        pair.london.key, "query", pair.chicago.key.fingerprint, asking(terms()),
        now=pair.london.clock(),
    )  # fmt: skip
    refused_message(pair.london, envelope(sealed), Refused, "about 'query'")


def test_a_step_from_the_future_is_refused(pair: Pair) -> None:
    soon = pair.london.clock() + timedelta(hours=1)
    sealed = seal(pair.london.key, KIND, pair.chicago.key.fingerprint, asking(terms()), now=soon)
    refused_message(pair.london, envelope(sealed), Refused, "still to come")


@pytest.mark.parametrize("body", [{}, {"step": None}, {"step": []}, {"step": {"statement": "x"}}])
def test_a_message_without_a_step_is_refused(pair: Pair, body: dict[str, Any]) -> None:
    refused_message(pair.london, body, BadRequest, "no sealed message")


# Replay and order


def test_an_old_step_that_is_sent_again_changes_nothing(pair: Pair) -> None:
    london = pair.london
    made = london.agreements.request("chicago", terms(), LEE).id
    (first,) = london.waiting()
    pair.sync()
    pair.chicago.agreements.offer(made, ANN, pair.datasets)
    pair.sync()
    before = state_of(pair.chicago)
    answer = london.hand_over("agreement", first)
    assert (answer.body["state"], answer.body["new"]) == ("OFFERED", False)
    assert state_of(pair.chicago) == before


def test_the_same_request_in_a_new_message_is_refused(pair: Pair) -> None:
    made = pair.to("OFFERED")
    again = step(made, "REQUESTED", version=1, terms=made.terms)
    refused(pair.london, again, Conflict, "version 1 of the terms")


@pytest.mark.parametrize("do", ["ACCEPTED", "AGREED", "VERIFIED", "FINALIZED"])
def test_steps_out_of_order_are_refused(pair: Pair, do: str) -> None:
    made = pair.to("REQUESTED")
    signature = None
    if do in ("AGREED", "VERIFIED"):
        signature = signed(pair, made, pair.london.key, "consumer")
    refused(pair.london, step(made, do, signature=signature), Conflict, "can't come to|Only the")


def test_a_version_that_is_not_the_next_is_refused(pair: Pair) -> None:
    made = pair.to("REQUESTED")
    offered = step(made, "OFFERED", version=3, terms=made.terms)
    refused(
        pair.chicago, offered, Conflict, "version 3 of the terms, and here they are at version 1"
    )


@pytest.mark.parametrize("do", ["OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED"])
def test_a_step_of_an_agreement_that_is_not_there_is_refused(pair: Pair, do: str) -> None:
    made = replace(pair.to("REQUESTED"), id=UNKNOWN)
    with_terms = {"terms": made.terms} if do == "OFFERED" else {}
    if do in ("AGREED", "VERIFIED"):
        with_terms = {"signature": signed(pair, made, pair.london.key, "consumer")}
    refused(pair.london, step(made, do, **with_terms), NotFound, "no such agreement")


def test_another_partner_s_agreement_is_nobody_else_s(pair: Pair) -> None:
    made = pair.to("OFFERED")
    with sqlite3.connect(file_in(pair.chicago.home)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("UPDATE agreements SET peer = 'bristol'")
    refused(pair.london, step(made, "ACCEPTED"), NotFound, "no such agreement with your node")


def test_what_was_never_there_can_be_ended(pair: Pair) -> None:
    made = replace(pair.to("REQUESTED"), id=UNKNOWN)
    sealed = sealed_by(pair.london, step(made, "TERMINATED", reason="No."))
    assert pair.london.hand_over("agreement", sealed).body["state"] == "TERMINATED"


# Roles


@pytest.mark.parametrize(
    ("state", "do"), [("REQUESTED", "OFFERED"), ("ACCEPTED", "AGREED"), ("AGREED", "FINALIZED")]
)
def test_the_consumer_can_t_play_the_provider(pair: Pair, state: str, do: str) -> None:
    made = pair.to(state)
    changes: dict[str, Any] = {}
    if do == "OFFERED":
        changes = {"version": made.version + 1, "terms": made.terms}
    elif do == "AGREED":
        changes = {"signature": signed(pair, made, pair.london.key, "provider")}
    refused(pair.london, step(made, do, **changes), Conflict, "Only the provider|can't come to")


@pytest.mark.parametrize("state", ["OFFERED", "AGREED"])
def test_the_provider_can_t_play_the_consumer(pair: Pair, state: str) -> None:
    made = pair.to(state)
    do = {"OFFERED": "ACCEPTED", "AGREED": "VERIFIED"}[state]
    signature = None
    if do == "VERIFIED":
        signature = signed(pair, made, pair.chicago.key, "consumer")
    refused(pair.chicago, step(made, do, signature=signature), Conflict, "Only the consumer")


# Terms


def test_terms_that_were_changed_after_the_offer_are_refused(pair: Pair) -> None:
    made = pair.to("OFFERED")
    other = terms_hash(terms(actions=("export",)))
    refused(
        pair.london,
        step(made, "ACCEPTED", terms_hash=other),
        Refused,
        "not those that were offered",
    )


def test_terms_that_are_not_those_of_their_hash_are_refused(pair: Pair) -> None:
    body = asking(terms(), terms_hash=terms_hash(terms(title="Another")))
    refused(pair.london, body, BadRequest, "hash is not that of the terms")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"purpose": "dpv:PublicBenefits"}, "Did you mean|no known purpose"),
        ({"legal_basis": "dpv:Whim"}, "no known legal basis"),
        ({"legal_basis": "public task"}, "not written as this node"),
        ({"ends": "2026-11-30T00:00:00+00:00"}, "end before they begin"),
        ({"starts": "2026-12-01"}, "not written as this node"),
        ({"obligations": [{"without": []}]}, "list is empty"),
        ({"obligations": [{"witout": ["a"]}]}, "not known"),
        ({"obligations": [{"only_rows": "a = '"}]}, "quote|CQL2|filter"),
        ({"obligations": [{"crowds": {"at_least": 1}}]}, "hides nobody"),
        ({"actions": ["read", "aggregate", "read"]}, "not written as this node"),
        ({"actions": ["delete"]}, "no action"),
        ({"readers": ["anyone"]}, "can't be who reads"),
        ({"duties": [{"sing": "loudly"}]}, "not known"),
        ({"datasets": ["../etc/passwd"]}, "no id of a dataset"),
        ({"extra": 1}, "not known"),
        ({"title": "x" * 201}, "at most"),
        ({"keep_days": True}, "whole number"),
        ({"law": "a\u202eb"}, "can't stand here"),
    ],
)
def test_terms_with_a_mistake_are_refused(pair: Pair, changes: dict[str, Any], said: str) -> None:
    document = document_of(terms()) | changes
    hashed = sha256(canonical(document).encode()).hexdigest()
    refused(pair.london, asking(terms(), terms=document, terms_hash=hashed), BadRequest, said)


def test_terms_that_are_over_are_refused(pair: Pair) -> None:
    made = pair.to("OFFERED")
    pair.forward(days=500)
    refused(pair.london, step(made, "ACCEPTED"), Conflict, "is over since")
    refused(pair.london, asking(terms()), Conflict, "is over since")
    later = terms(ends=END + timedelta(days=400))
    sealed = sealed_by(pair.london, asking(later))
    assert pair.london.hand_over("agreement", sealed).body["state"] == "REQUESTED"


# Signatures


def signed(pair: Pair, made: Agreement, key: NodeKey, whose: Any, **changes: Any) -> Any:
    """A signature under an agreement as a side would give it, but for what is changed."""
    said = Statement(
        made.id, made.version, made.terms_hash, pair.chicago.key.fingerprint,
        pair.london.key.fingerprint, whose, "Lee Okafor", "Head", "2026-11-11T00:00:00+00:00",
    )  # fmt: skip
    return signing.sign(key, replace(said, **changes))


def test_a_right_signature_is_taken_and_puts_it_in_force(pair: Pair) -> None:
    made = pair.to("AGREED")
    body = step(made, "VERIFIED", signature=signed(pair, made, pair.london.key, "consumer"))
    sealed = sealed_by(pair.london, body)
    assert pair.london.hand_over("agreement", sealed).body["state"] == "FINALIZED"
    assert pair.chicago.agreements.given(DATASET)


def test_a_signature_of_another_key_is_refused(pair: Pair, mallory: NodeKey) -> None:
    made = pair.to("AGREED")
    forged = signed(pair, made, mallory, "consumer")
    refused(pair.london, step(made, "VERIFIED", signature=forged), Refused, "is of the key")
    assert pair.chicago.agreements.given(DATASET) == ()


def test_a_signature_with_the_right_key_beside_it_is_still_forged(
    pair: Pair, mallory: NodeKey
) -> None:
    made = pair.to("AGREED")
    forged = replace(signed(pair, made, mallory, "consumer"), public=pair.london.key.public)
    refused(pair.london, step(made, "VERIFIED", signature=forged), Refused, "not one under its")


@pytest.mark.parametrize(
    "changes",
    [
        {"agreement": UNKNOWN},
        {"version": 1},
        {"terms_hash": "0" * 64},
        {"role": "provider"},
        {"provider": "0" * 40},
        {"consumer": "0" * 40},
    ],
)
def test_a_signature_under_something_else_is_refused(pair: Pair, changes: dict[str, Any]) -> None:
    made = pair.to("AGREED")
    moved = signed(pair, made, pair.london.key, "consumer", **changes)
    refused(pair.london, step(made, "VERIFIED", signature=moved), Refused, "under something else")


def test_one_side_can_t_sign_for_both(pair: Pair) -> None:
    made = pair.to("AGREED")
    own = signed(pair, made, pair.chicago.key, "consumer")
    refused(pair.london, step(made, "VERIFIED", signature=own), Refused, "is of the key")


def test_the_signature_of_another_agreement_is_refused(pair: Pair) -> None:
    one, two = pair.to("FINALIZED"), pair.to("AGREED")
    refused(
        pair.london, step(two, "VERIFIED", signature=one.consumer), Refused, "under something else"
    )


def test_a_message_s_signature_is_no_signature_under_an_agreement(pair: Pair) -> None:
    made = pair.to("AGREED")
    right = signed(pair, made, pair.london.key, "consumer")
    borrowed = replace(
        right, signature=pair.london.key.sign("alliance message", right.statement.encode())
    )
    refused(pair.london, step(made, "VERIFIED", signature=borrowed), Refused, "not one under its")


def test_the_provider_s_signature_is_checked_by_the_consumer(pair: Pair, mallory: NodeKey) -> None:
    made = pair.to("ACCEPTED")
    forged = signed(pair, made, mallory, "provider")
    refused(pair.chicago, step(made, "AGREED", signature=forged), Refused, "is of the key")


@pytest.mark.parametrize("statement", ["", "{}", "[]", "null", '{"agreement":1}', "{" * 2_000])
def test_a_statement_that_can_t_be_read_is_refused(pair: Pair, statement: str) -> None:
    made = pair.to("AGREED")
    broken = replace(signed(pair, made, pair.london.key, "consumer"), statement=statement)
    refused(pair.london, step(made, "VERIFIED", signature=broken), BadRequest, "can't be read")


# Form


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"more": 1}, "other members"),
        ({"do": "SIGNED"}, "can't be"),
        ({"do": "ACCEPTED"}, "terms come with"),
        ({"version": "1"}, "another type"),
        ({"version": True}, "another type"),
        ({"version": 0}, "can't be"),
        ({"agreement": "../1"}, "can't be"),
        ({"agreement": UNKNOWN.upper().replace("0", "A")}, "can't be"),
        ({"terms_hash": "0"}, "can't be"),
        ({"terms": None}, "terms come with"),
        ({"signature": {}}, "signature comes with"),
        ({"by": {"name": "Ann"}}, "who did it"),
        ({"by": {"name": "Ann", "office": 1}}, "who did it"),
        ({"by": {"name": "Ann\n", "office": "x"}}, "not on one line"),
        ({"reason": "x" * 2_001}, "at most"),
        ({"reason": None}, "another type"),
    ],
)
def test_a_step_of_another_form_is_refused(pair: Pair, changes: dict[str, Any], said: str) -> None:
    refused(pair.london, asking(terms()) | changes, BadRequest, said)


def test_an_end_without_a_reason_is_refused(pair: Pair) -> None:
    made = pair.to("FINALIZED")
    refused(pair.london, step(made, "TERMINATED"), BadRequest, "needs a reason")


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_stands_in_a_member_is_read_or_refused(data: st.DataObject) -> None:
    asked = terms(duties=(Duty("attribute", "Chicago"),))
    body = body_of(Step(UNKNOWN, "REQUESTED", 1, terms_hash(asked), LEE, asked))
    place = data.draw(st.sampled_from([*body, *(("terms", name) for name in body["terms"])]))
    value = data.draw(_json)
    if isinstance(place, tuple):
        body["terms"] = body["terms"] | {place[1]: value}
    else:
        body[place] = value
    try:
        found = read_step(json.loads(json.dumps(body)))
    except BadRequest:
        return
    assert canonical(body_of(found)) == canonical(body)


def test_a_flood_of_requests_is_not_taken(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "_MOST_OPEN", 2)
    for _ in range(2):
        pair.to("REQUESTED")
    refused(pair.london, asking(terms()), TooMuch, "not answered yet")


def test_refusals_fill_no_disk(pair: Pair) -> None:
    for _ in range(50):
        with pytest.raises(BadRequest):
            pair.london.hand_over("agreement", {})
    assert len(pair.chicago.recorded()) == 1


def test_a_kept_step_can_be_checked_by_anybody(pair: Pair) -> None:
    made = pair.to("FINALIZED")
    (*_, last) = pair.london.agreements.view(made.id).steps
    assert isinstance(last.message, Sealed)
    assert last.message.public == pair.chicago.key.public
    assert json.loads(last.message.statement)["body"]["do"] == "FINALIZED"
    assert last.at.tzinfo is UTC
    assert datetime.fromisoformat(json.loads(last.message.statement)["at"]) <= last.at
