"""What a node tells a partner: what that partner may have, under which conditions, and no more."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from interurban.alliance import tables
from interurban.alliance.feed import Entry, Feed, _changes
from interurban.alliance.joined import JoinedNode
from interurban.alliance.opened import Alliance
from interurban.alliance.peers import GENESIS
from interurban.alliance.syncing import _applied, sync
from interurban.alliance.telling import told_now
from interurban.alliance.told import city_document, read_city, read_dataset
from interurban.alliance.witnessing import answer_heads, newest_entry, watched, witness_log
from interurban.catalog.files import look_at
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load, load_file
from interurban.catalog.node import Node
from interurban.catalog.policies import set_policy
from interurban.core.alliance import Peer
from interurban.core.errors import BadRequest, Refused
from interurban.policy.audit import canonical, node_key, opened, record
from interurban.policy.rights.policy_files import read_policy

from .hostile import Partner, city, dataset, hostile, story

LIBRARIES, CAMERAS, OWN = "chicago.libraries", "chicago.speed_cameras", "chicago.members"

AT = "2026-11-23T12:00:00.000000+00:00"
LONDON = Peer(
    "london", "London", "http://london.example", bytes(32), "0" * 40, "paired",
    datetime.fromisoformat(AT),
)  # fmt: skip

CLOSED = """
rules:
  - permit: [use]
    to: [organisation:city]
    because: It is for the city's own staff.
"""
COUNTS = """
rules:
  - permit: [aggregate]
    to: [peer:london]
    because: Both cities agreed on it.
    with:
      - only_aggregates: {by: [postal_code], at_least: 2}
"""
PART = """
rules:
  - permit: [use]
    to: [peer:london]
    because: Both cities agreed on it.
    with:
      - without: [phone]
"""


@pytest.fixture(scope="module")
def loaded(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with two datasets of its pack, and a file of somebody's own with people in it."""
    folder = tmp_path_factory.mktemp("feed")
    members = folder / "members.csv"
    members.write_text(
        "name,email,lat,lon\n"
        + "".join(
            f"Ann {n},ann{n}.smith@gmail.com,41.88{n % 10},-87.63{n % 10}\n" for n in range(30)
        )
    )
    with Node(folder / "home") as node:
        for dataset in (LIBRARIES, CAMERAS):
            load(node, dataset, Origin(mirror=shared_data))
        load_file(node, look_at(node, members, OWN))
        yield node


@pytest.fixture
def node(loaded: Node) -> Iterator[Node]:
    """The node, with no policy but that of its pack."""
    yield loaded
    for name in (LIBRARIES, CAMERAS, OWN):
        for file in (loaded.home.root / "policies" / name).glob("*"):
            file.unlink()
    loaded.look_again()
    root, zone = loaded.home.root, loaded.city("chicago").zone
    while any(read_policy(root, name, zone) for name in (LIBRARIES, CAMERAS, OWN)):
        time.sleep(0.05)  # a change of the folder is seen within a second


@pytest.fixture
def here(prepared: Callable[[str], Path]) -> Iterator[Alliance]:
    with Alliance(prepared("here")) as found:
        yield found


@pytest.fixture
def peer(here: Alliance, tmp_path: Path) -> Peer:
    return enter(here, tmp_path / "london", "London")


@pytest.fixture
def london(tmp_path: Path) -> Iterator[Partner]:
    with hostile(tmp_path / "served") as found:
        yield found


def enter(alliance: Alliance, folder: Path, title: str, url: str = "http://127.0.0.1:9") -> Peer:
    public = node_key(folder).public
    return alliance.peers.add(title=title, url=url, public=public, standing="paired")


def told(here: Alliance, node: Node, peer: Peer) -> dict[str, Any]:
    return {name: said for (_, name), said in told_now(here, node, peer).items()}


def entries(here: Alliance, peer: Peer) -> list[dict[str, Any]]:
    chosen = sa.select(tables.feed).where(tables.feed.c.peer == peer.id).order_by("number")
    with here.records.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(chosen)]


# What is told


def test_an_open_dataset_is_told_as_it_is(here: Alliance, node: Node, peer: Peer) -> None:
    document = json.loads(canonical(told(here, node, peer)[LIBRARIES]))
    read = read_dataset(document, LIBRARIES, peer)
    own = node.snapshot(LIBRARIES)
    # What only helps this node to load it again is not told.
    assert read.snapshot == replace(
        own, peer="London", source=replace(own.source, etag="", cursor="")
    )
    assert read.dataset.title == node.dataset(LIBRARIES).title
    assert (read.dataset.live, read.dataset.mirror) == (None, None)
    assert read.access.kind == "open"
    assert "libraries.csv" not in canonical(document["dataset"])


def test_a_city_is_told_as_it_is_and_only_where_there_are_data(
    here: Alliance, node: Node, peer: Peer
) -> None:
    found = told(here, node, peer)
    assert read_city(json.loads(canonical(found["chicago"])), "chicago") == node.city("chicago")
    assert "london" not in found


def test_every_bundled_city_can_be_told(node: Node) -> None:
    for found in node.cities.values():
        assert read_city(json.loads(canonical(city_document(found))), found.id) == found


def test_of_a_closed_dataset_nothing_is_told_but_that_it_is_there(
    here: Alliance, node: Node, peer: Peer
) -> None:
    set_policy(node, LIBRARIES, CLOSED, "closed.yaml")
    snapshot = node.seen_by(replace(node.reader, organisation="city")).snapshot(LIBRARIES)
    document = json.loads(canonical(told(here, node, peer)[LIBRARIES]))
    assert document["snapshot"] is None
    assert document["access"]["kind"] == "closed"
    assert "certain organisations" in document["access"]["reason"]
    assert document["dataset"]["title"] == node.dataset(LIBRARIES).title
    assert "name" in document["fields"]
    assert str(snapshot.rows) not in canonical(document)
    assert read_dataset(document, LIBRARIES, peer).snapshot is None


def test_where_only_counts_may_be_had_the_snapshot_is_that_of_the_counts(
    here: Alliance, node: Node, peer: Peer
) -> None:
    set_policy(node, LIBRARIES, COUNTS, "counts.yaml")
    document = told(here, node, peer)[LIBRARIES]
    assert document["access"]["kind"] == "statistics"
    assert "smaller groups are left out" in document["access"]["conditions"][0]
    assert document["snapshot"]["rows"] < 81
    assert document["snapshot"]["release"]


def test_fields_that_a_partner_may_not_have_are_not_named(
    here: Alliance, node: Node, peer: Peer
) -> None:
    set_policy(node, LIBRARIES, PART, "part.yaml")
    document = told(here, node, peer)[LIBRARIES]
    assert document["access"]["kind"] == "part"
    assert "phone" not in [field["name"] for field in document["snapshot"]["fields"]]
    assert "phone" not in document["fields"]


def test_a_file_of_somebody_s_own_is_told_to_nobody_who_may_not_have_it(
    here: Alliance, node: Node, peer: Peer, tmp_path: Path
) -> None:
    assert OWN not in told(here, node, peer)
    set_policy(node, OWN, PART.replace("without: [phone]", "without: [email]"), "own.yaml")
    assert OWN in told(here, node, peer)
    assert OWN not in told(here, node, enter(here, tmp_path / "leeds", "Leeds"))


def test_what_is_only_known_from_another_partner_is_not_told_on(
    here: Alliance, london: Partner, node: Node, tmp_path: Path
) -> None:
    first = here.peers.add(
        title="London", url=london.url, public=london.key.public, standing="paired"
    )
    london.tells(story("london.trees"))
    sync(here, first)
    second = enter(here, tmp_path / "leeds", "Leeds")
    with JoinedNode(node.home.root, alliance=here) as joined:
        assert "london.trees" in {dataset.id for dataset in joined.datasets()}
        assert set(told(here, joined.own, second)) == {"chicago", LIBRARIES, CAMERAS}


# The feed


def test_a_feed_is_a_chain_and_grows_only_by_what_changed(
    here: Alliance, node: Node, peer: Peer
) -> None:
    feed = Feed(here, node)
    assert feed.refresh(peer) == 3
    assert feed.refresh(peer) == 3
    set_policy(node, LIBRARIES, CLOSED, "closed.yaml")
    assert feed.refresh(peer) == 4
    page = feed.page(peer, {"since": 0})
    feed.close()
    said = [(e["number"], e["change"], e["kind"], e["subject"]) for e in page["entries"]]
    assert said == [
        (1, "insert", "city", "chicago"),
        (2, "insert", "dataset", LIBRARIES),
        (3, "insert", "dataset", CAMERAS),
        (4, "update", "dataset", LIBRARIES),
    ]
    before = GENESIS
    for told_entry in page["entries"]:
        assert told_entry["before"] == before
        before = Entry(**told_entry).hash
    assert (page["newest"], page["root"]) == (4, before)


def test_what_is_not_told_any_more_is_deleted_and_its_city_last(
    here: Alliance, node: Node, peer: Peer
) -> None:
    feed = Feed(here, node)
    feed.refresh(peer)
    with Node(here.home) as empty:
        Feed(here, empty).refresh(peer)
    said = [(e["change"], e["subject"]) for e in entries(here, peer)[3:]]
    assert said == [("delete", LIBRARIES), ("delete", CAMERAS), ("delete", "chicago")]


def test_every_partner_has_a_feed_of_its_own(
    here: Alliance, node: Node, peer: Peer, tmp_path: Path
) -> None:
    feed, leeds = Feed(here, node), enter(here, tmp_path / "leeds", "Leeds")
    set_policy(node, LIBRARIES, PART, "part.yaml")
    feed.refresh(peer)
    feed.refresh(leeds)
    kinds = [
        json.loads(e["document"])["access"]["kind"]
        for whose in (peer, leeds)
        for e in entries(here, whose)
        if e["subject"] == LIBRARIES
    ]
    assert kinds == ["part", "closed"]


def test_a_page_begins_after_what_the_partner_has(here: Alliance, node: Node, peer: Peer) -> None:
    feed = Feed(here, node)
    assert [e["number"] for e in feed.page(peer, {"since": 2})["entries"]] == [3]
    assert feed.page(peer, {"since": 3})["entries"] == []
    for wrong in ({}, {"since": -1}, {"since": "1"}, {"since": 1, "more": 2}):
        with pytest.raises(BadRequest):
            feed.page(peer, wrong)
    feed.close()


def test_a_page_fits_into_a_message_however_much_there_is_to_tell(
    here: Alliance, node: Node, peer: Peer
) -> None:
    story_of = [dataset(f"chicago.d{number}", notes="n" * 9_000) for number in range(60)]
    with here.records.writing() as connection:
        root = GENESIS
        for number, described in enumerate(story_of, 1):
            subject = described["dataset"]["id"]
            entry = Entry(number, "insert", "dataset", subject, described, root, AT)
            row = entry.as_json() | {
                "peer": peer.id,
                "document": canonical(described),
                "hash": entry.hash,
                "at": tables.microseconds(datetime.fromisoformat(AT)),
            }
            connection.execute(sa.insert(tables.feed).values(row))
            root = entry.hash
    feed = Feed(here, node)
    page = feed.page(peer, {"since": 0})
    feed.close()
    assert 30 < len(page["entries"]) < 60
    assert len(canonical(page)) < 500_000


TOLD = st.dictionaries(
    st.sampled_from([f"london.d{number}" for number in range(6)]),
    st.sampled_from(["Trees", "Homes", "Parks"]),
    max_size=6,
)


@given(st.lists(TOLD, max_size=6))
def test_who_follows_a_feed_knows_what_is_told(states: list[dict[str, str]]) -> None:
    entries: list[Entry] = []
    before: dict[tuple[str, str], str] = {}
    now: dict[tuple[str, str], dict[str, Any]] = {}
    for state in states:
        now = {("city", "london"): city()} if state else {}
        now |= {("dataset", name): dataset(name, title=title) for name, title in state.items()}
        for change, (kind, subject), document in _changes(before, now):
            root = entries[-1].hash if entries else GENESIS
            entries.append(Entry(len(entries) + 1, change, kind, subject, document, root, AT))
        before = {subject: canonical(document) for subject, document in now.items()}
    after = _applied(LONDON, {}, entries)
    assert {subject: json.loads(one.text)["told"] for subject, one in after.items()} == now


# Witnesses


@pytest.fixture
def watching(here: Alliance, london: Partner, tmp_path: Path) -> tuple[Alliance, Peer]:
    """A partner whose audit log has three entries, and answers as a node does."""
    peer = here.peers.add(
        title="London", url=london.url, public=london.key.public, standing="paired"
    )
    theirs = Alliance(tmp_path / "served")
    me = theirs.peers.add(
        title="Chicago", url="http://127.0.0.1:9", public=here.key.public, standing="paired"
    )
    for number in range(3):
        record(theirs.home, "upkeep", "files joined", facts={"number": number})
    london.says["heads"] = lambda message: answer_heads(theirs, me, message.body)
    return theirs, peer


def test_a_log_that_grew_is_countersigned_and_keeps_that(
    here: Alliance, watching: tuple[Alliance, Peer]
) -> None:
    theirs, peer = watching
    size = newest_entry(theirs.home)
    first = witness_log(here, peer)
    assert first is not None
    assert first.size == size
    record(theirs.home, "upkeep", "files joined")
    witness_log(here, peer)
    seen, signed = watched(here.home, peer)
    assert seen is not None
    assert (seen.size, signed) == (size + 1, None)
    ours = watched(theirs.home, theirs.peers.get("chicago"))[1]
    assert ours is not None
    assert ours.size == size + 1
    theirs.close()


def test_witnessing_is_no_news_so_that_two_logs_come_to_rest(
    here: Alliance, watching: tuple[Alliance, Peer]
) -> None:
    theirs, peer = watching
    before = newest_entry(here.home)
    witness_log(here, peer)
    assert newest_entry(here.home) == before
    with opened(here.home) as log:
        assert log.size() > before
    theirs.close()


def test_a_log_that_was_rewritten_freezes_the_partner(
    here: Alliance, london: Partner, watching: tuple[Alliance, Peer], tmp_path: Path
) -> None:
    theirs, peer = watching
    witness_log(here, peer)
    for file in (theirs.home / "audit").glob("*"):
        file.unlink()
    for number in range(9):
        record(theirs.home, "upkeep", "files joined", facts={"number": number + 100})
    with pytest.raises(Refused, match="it was rewritten"):
        witness_log(here, peer)
    here.peers.look_again()
    assert here.peers.get(peer.id).standing == "frozen"
    with opened(here.home) as log:
        said = [entry.said["what"] for entry in log.entries(limit=2)]
    assert said == ["frozen", "refused a head"]
    theirs.close()


def test_a_log_that_became_shorter_freezes_the_partner(
    here: Alliance, london: Partner, watching: tuple[Alliance, Peer]
) -> None:
    theirs, peer = watching
    witness_log(here, peer)
    for file in (theirs.home / "audit").glob("*"):
        file.unlink()
    with pytest.raises(Refused, match="has no head any more"):
        witness_log(here, peer)
    here.peers.look_again()
    assert "Its audit log" in here.peers.get(peer.id).reason
    theirs.close()
