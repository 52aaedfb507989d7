"""The one door for what partners send: every way to come in with a wrong message is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from interurban.alliance.answering import Answering
from interurban.alliance.messages import Message, Sealed, Seen, seal, unseal
from interurban.alliance.opened import Alliance
from interurban.catalog.node import Node
from interurban.core.errors import BadRequest, NotFound, Refused
from interurban.policy.audit import NodeKey, canonical, node_key, opened


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("empty") / "home") as found:
        yield found


@pytest.fixture
def chicago(prepared: Callable[[str], Path]) -> Iterator[Alliance]:
    with Alliance(prepared("chicago")) as found:
        yield found


@pytest.fixture
def london(tmp_path: Path, chicago: Alliance) -> NodeKey:
    """The key of a partner."""
    key = node_key(tmp_path / "london")
    chicago.peers.add(
        title="London", url="http://london.example", public=key.public, standing="paired"
    )
    return key


@pytest.fixture
def door(chicago: Alliance, node: Node) -> Iterator[Answering]:
    answering = Answering(chicago, node)
    yield answering
    answering.close()


def asked(key: NodeKey, chicago: Alliance, kind: str = "hello", **how: Any) -> Sealed:
    return seal(key, kind, chicago.key.fingerprint, {}, **how)


def recorded(alliance: Alliance) -> list[dict[str, Any]]:
    with opened(alliance.home) as log:
        return [e.said for e in log.entries(limit=100) if e.said["what"] == "refused a message"]


def test_a_partner_is_answered_under_seal(
    door: Answering, chicago: Alliance, london: NodeKey
) -> None:
    question = asked(london, chicago)
    sealed, content = door.answer("hello", question)
    answer = unseal(
        sealed,
        kind="hello",
        own=london.fingerprint,
        public=chicago.key.public,
        answers=json.loads(question.statement)["id"],
    )
    assert content is None
    assert answer.body["version"]


def test_a_forged_message_is_refused(door: Answering, chicago: Alliance, london: NodeKey) -> None:
    question = asked(london, chicago)
    said = json.loads(question.statement)
    changed = replace(question, statement=canonical(said | {"body": {"since": 1}}))
    with pytest.raises(Refused, match="not one under this message"):
        door.answer("hello", changed)
    with pytest.raises(Refused, match="not one under this message"):
        door.answer("hello", replace(question, signature=bytes(64)))


def test_a_message_signed_by_another_key_is_refused(
    door: Answering, chicago: Alliance, london: NodeKey, tmp_path: Path
) -> None:
    other = node_key(tmp_path / "other")
    with pytest.raises(Refused, match="is no partner"):
        door.answer("hello", asked(other, chicago))
    borrowed = replace(asked(london, chicago), public=other.public)
    with pytest.raises(Refused, match="another sender"):
        door.answer("hello", borrowed)


def test_a_message_for_another_node_is_refused(
    door: Answering, chicago: Alliance, london: NodeKey
) -> None:
    with pytest.raises(Refused, match="meant for another node"):
        door.answer("hello", seal(london, "hello", "0" * 40, {}))
    with pytest.raises(Refused, match="meant for another node"):
        door.answer("hello", seal(london, "hello", None, {}))


def test_a_message_about_something_else_is_refused(
    door: Answering, chicago: Alliance, london: NodeKey
) -> None:
    with pytest.raises(Refused, match="about 'feed', not 'hello'"):
        door.answer("hello", asked(london, chicago, "feed"))
    with pytest.raises(NotFound, match="nothing called 'keys'"):
        door.answer("keys", asked(london, chicago, "keys"))


def test_a_message_is_used_once(door: Answering, chicago: Alliance, london: NodeKey) -> None:
    question = asked(london, chicago)
    door.answer("hello", question)
    with pytest.raises(Refused, match="used already"):
        door.answer("hello", question)


def test_a_message_from_before_the_start_is_refused_as_it_may_have_been_used(
    chicago: Alliance, london: NodeKey, node: Node
) -> None:
    question = asked(london, chicago, now=datetime.now(UTC) - timedelta(seconds=30))
    restarted = Answering(chicago, node)
    with pytest.raises(Refused, match="before this node started"):
        restarted.answer("hello", question)
    restarted.close()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_wrong_by_an_hour_is_told_with_both_times(
    door: Answering, chicago: Alliance, london: NodeKey, hours: int
) -> None:
    now = datetime.now(UTC)
    theirs = now + timedelta(hours=hours)
    with pytest.raises(Refused) as refusal:
        door.answer("hello", asked(london, chicago, now=theirs), now=now)
    assert f"{theirs:%H:%M:%S}" in refusal.value.what
    assert f"{now:%H:%M:%S}" in refusal.value.what
    assert "60 minutes" in refusal.value.what
    assert "NTP" in refusal.value.advice


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        ("asked", "not said yes"),
        ("asks", "not said yes"),
        ("frozen", "until people have looked"),
        ("removed", "is no partner"),
    ],
)
def test_only_partners_are_answered(
    door: Answering, chicago: Alliance, tmp_path: Path, standing: Any, words: str
) -> None:
    key = node_key(tmp_path / "other")
    chicago.peers.add(
        title="Other", url="http://other.example", public=key.public, standing=standing
    )
    with pytest.raises(Refused, match=words):
        door.answer("feed", asked(key, chicago, "feed"))


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"statement": "{}", "public_key": "00", "signature": "zz"},
        {"statement": 1, "public_key": "00", "signature": "00"},
        {"statement": "\ud800", "public_key": "00", "signature": "00"},
    ],
)
def test_what_is_no_sealed_message_is_said_to_be_none(document: object) -> None:
    with pytest.raises(BadRequest, match="no sealed message"):
        Sealed.read(document)


@pytest.mark.parametrize(
    "statement",
    ["", "{}", "[" * 100_000, '{"at":1}', "NaN", '"\\ud800"', "9" * 5_000],
)
def test_a_statement_that_can_not_be_read_is_refused(
    door: Answering, london: NodeKey, statement: str
) -> None:
    with pytest.raises(BadRequest, match="no sealed message"):
        door.answer("hello", Sealed(statement, london.public, bytes(64)))


def test_refusals_are_recorded_once_a_minute_for_each_reason(
    door: Answering, chicago: Alliance, london: NodeKey
) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            door.answer("hello", replace(asked(london, chicago), signature=bytes(64)))
        with pytest.raises(Refused):
            door.answer("hello", asked(london, chicago, now=datetime.now(UTC) + timedelta(hours=1)))
    found = recorded(chicago)
    assert len(found) == 2
    assert {entry["facts"]["peer"] for entry in found} == {"london"}


def test_nobody_fills_the_disk_by_being_refused(
    door: Answering, chicago: Alliance, tmp_path: Path
) -> None:
    key = node_key(tmp_path / "stranger")
    for number in range(60):
        with pytest.raises(Refused):
            door.answer("hello", asked(key, chicago), address=f"192.0.2.{number}")
    assert len(recorded(chicago)) == 20


def test_ids_are_remembered_for_as_long_as_a_message_can_be_used() -> None:
    now = datetime.now(UTC)
    seen = Seen(since=now - timedelta(hours=1), at_most=2_000)
    for number in range(5_000):
        at = now + timedelta(seconds=number)
        seen.take(Message("hello", "a", "b", at, f"{number}", {}), at)
    last = now + timedelta(seconds=4_999)
    with pytest.raises(Refused, match="used already"):
        seen.take(Message("hello", "a", "b", last, "4999", {}), last)


def test_more_messages_than_can_be_told_apart_are_refused() -> None:
    now = datetime.now(UTC)
    seen = Seen(since=now, at_most=3)
    for number in range(3):
        seen.take(Message("hello", "a", "b", now, f"{number}", {}), now)
    with pytest.raises(Refused, match="More messages"):
        seen.take(Message("hello", "a", "b", now, "3", {}), now)
