"""What a partner tells is taken in whole, in order and checked, or not at all."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from interurban.alliance import tables
from interurban.alliance.calling import Calls
from interurban.alliance.feed import Entry
from interurban.alliance.opened import Alliance
from interurban.alliance.syncing import sync
from interurban.core.alliance import Peer
from interurban.core.errors import BadRequest, InterurbanError, PeerDown, Refused
from interurban.policy.audit import opened

from .hostile import Partner, chain, city, dataset, hostile, story


@pytest.fixture
def here(prepared: Callable[[str], Path]) -> Iterator[Alliance]:
    with Alliance(prepared("here")) as found:
        yield found


@pytest.fixture
def london(tmp_path: Path) -> Iterator[Partner]:
    with hostile(tmp_path / "london") as found:
        yield found


@pytest.fixture
def peer(here: Alliance, london: Partner) -> Peer:
    return here.peers.add(
        title="London", url=london.url, public=london.key.public, standing="paired"
    )


def known(here: Alliance, peer: Peer) -> tuple[str, ...]:
    """Ids of the datasets that the partner told, as they stand in the tables."""
    chosen = sa.select(tables.known.c.subject).where(
        tables.known.c.peer == peer.id, tables.known.c.kind == "dataset"
    )
    with here.records.reading() as connection:
        return tuple(sorted(connection.scalars(chosen)))


def taken(here: Alliance, peer: Peer) -> int:
    here.peers.look_again()
    return here.peers.get(peer.id).feed


def frozen(here: Alliance, peer: Peer) -> str:
    """Why a partner is frozen."""
    here.peers.look_again()
    found = here.peers.get(peer.id)
    assert found.standing == "frozen"
    with opened(here.home) as log:
        newest = log.entries(limit=1, kind="peer")[0].said
    assert (newest["what"], newest["facts"]["peer"]) == ("frozen", peer.id)
    return found.reason


# What is taken in


def test_a_feed_is_taken_in_and_then_only_what_is_new(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    told = story("london.trees", "london.homes")
    london.tells(told[:2])
    assert sync(here, peer).entries == 2
    assert known(here, peer) == ("london.trees",)
    london.tells(told)
    assert sync(here, peer).entries == 1
    assert sync(here, peer).entries == 0
    assert known(here, peer) == ("london.homes", "london.trees")
    found = here.known.datasets()["london.trees"]
    assert (found.dataset.title, found.access.kind, found.snapshot) == ("Trees", "closed", None)
    assert found.fields == ("name",)


def test_an_update_replaces_and_a_delete_takes_away(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    trees = dataset("london.trees")
    london.tells(
        chain(
            ("insert", "city", "london", city()),
            ("insert", "dataset", "london.trees", trees),
            ("insert", "dataset", "london.homes", dataset("london.homes")),
            ("update", "dataset", "london.trees", dataset("london.trees", title="All trees")),
            ("delete", "dataset", "london.homes", None),
        )
    )
    sync(here, peer)
    assert {n: t.dataset.title for n, t in here.known.datasets().items()} == {
        "london.trees": "All trees"
    }


def test_a_long_feed_comes_in_pages(here: Alliance, london: Partner, peer: Peer) -> None:
    told = story(*(f"london.d{number}" for number in range(1_200)))
    newest = {"newest": told[-1].number, "root": told[-1].hash, "log": 0}
    london.says["feed"] = lambda message: {
        "entries": [e.as_json() for e in told[message.body["since"] :][:500]],
        **newest,
    }
    assert sync(here, peer).entries == 1_201
    assert len(known(here, peer)) == 1_200


# What can't be true


def test_a_feed_with_a_gap_freezes_the_partner(here: Alliance, london: Partner, peer: Peer) -> None:
    told = story("london.trees", "london.homes", "london.parks")
    london.tells([told[0], told[1], told[3]])
    with pytest.raises(Refused, match="nothing of what it sent was taken in"):
        sync(here, peer)
    assert "has a gap: entry 4 came after 2" in frozen(here, peer)
    assert (known(here, peer), taken(here, peer)) == ((), 0)
    with pytest.raises(Refused, match="which is frozen"):
        sync(here, here.peers.get(peer.id))


def test_a_feed_that_lacks_its_end_freezes_the_partner(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    told = story("london.trees", "london.homes")
    london.tells(told[:2], newest=3, root=told[2].hash)
    with pytest.raises(Refused):
        sync(here, peer)
    assert "nothing came after entry 2 of 3" in frozen(here, peer)
    assert known(here, peer) == ()


def test_a_feed_that_was_rewritten_freezes_the_partner(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.tells(story("london.trees"))
    sync(here, peer)
    london.tells(story("london.homes", "london.parks"))
    with pytest.raises(Refused):
        sync(here, peer)
    assert "was rewritten: entry 3 does not follow 2" in frozen(here, peer)
    assert known(here, peer) == ("london.trees",)


def test_another_history_of_the_same_length_freezes_the_partner(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.tells(story("london.trees"))
    sync(here, peer)
    london.tells(story("london.homes"))
    with pytest.raises(Refused):
        sync(here, peer)
    assert "was rewritten: its entry 2 is not the one it had" in frozen(here, peer)


def test_a_feed_that_became_shorter_freezes_the_partner(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.tells(story("london.trees"))
    sync(here, peer)
    london.tells([])
    with pytest.raises(Refused):
        sync(here, peer)
    assert "ends at entry 0, and this node has taken 2" in frozen(here, peer)


def test_an_entry_that_does_not_follow_from_what_was_told_freezes_the_partner(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.tells(
        chain(("insert", "city", "london", city()), ("delete", "dataset", "london.trees", None))
    )
    with pytest.raises(Refused):
        sync(here, peer)
    assert "entry 2 is of a dataset that was not told before" in frozen(here, peer)


def test_resuming_reads_all_anew(here: Alliance, london: Partner, peer: Peer) -> None:
    london.tells(story("london.trees"))
    sync(here, peer)
    london.tells(story("london.homes"))
    with pytest.raises(Refused):
        sync(here, peer)
    here.peers.resume(peer.id)
    assert known(here, peer) == ()
    assert sync(here, here.peers.get(peer.id)).newest == 2
    assert known(here, peer) == ("london.homes",)


# What can't be read


def _without_title() -> dict[str, Any]:
    told = dataset("london.trees")
    del told["dataset"]["title"]
    return told


def _closed_with(**members: Any) -> dict[str, Any]:
    return dataset("london.trees") | members


WRONG: Mapping[str, Callable[[], dict[str, Any]]] = {
    "another id": lambda: dataset("london.homes"),
    "no title": _without_title,
    "a title of a book": lambda: dataset("london.trees", title="x" * 301),
    "an empty title": lambda: dataset("london.trees", title="  "),
    "half a character": lambda: dataset("london.trees", title="\x00"),
    "an unknown member": lambda: dataset("london.trees", sql="DROP TABLE"),
    "no access": lambda: _closed_with(access={}),
    "an unknown access": lambda: _closed_with(
        access={"kind": "all", "reason": "", "agreement": None, "conditions": []}
    ),
    "content of what is closed": lambda: _closed_with(snapshot={"rows": 3}),
    "a house column": lambda: _closed_with(fields=["_key"]),
    "too many fields": lambda: _closed_with(fields=["a"] * 1_001),
    "a text for a list": lambda: dataset("london.trees", aliases="trees"),
    "a standard that is none": lambda: dataset("london.trees", standard="../etc"),
}


@pytest.mark.parametrize("why", WRONG)
def test_a_description_that_is_not_one_is_refused_whole(
    here: Alliance, london: Partner, peer: Peer, why: str
) -> None:
    london.tells(
        chain(
            ("insert", "city", "london", city()),
            ("insert", "dataset", "london.homes", dataset("london.homes")),
            ("insert", "dataset", "london.trees", WRONG[why]()),
        )
    )
    with pytest.raises(BadRequest):
        sync(here, peer)
    here.peers.look_again()
    found = here.peers.get(peer.id)
    assert (found.standing, found.feed, known(here, peer)) == ("paired", 0, ())
    assert found.failure


CITIES: Mapping[str, dict[str, Any]] = {
    "a box off the earth": {"bounds": [-0.5, 51.2, 0.3, 151.7]},
    "a box the wrong way round": {"bounds": [0.3, 51.2, -0.5, 51.7]},
    "a number that is none": {"bounds": [True, 51.2, 0.3, 51.7]},
    "no time zone": {"time_zone": "Europe/Londinium"},
    "a path for a time zone": {"time_zone": "../../etc/passwd"},
    "no CRS": {"crs": "EPSG:4326; DROP"},
    "an address that runs": {
        "licences": [{"id": "a", "title": "", "url": "javascript:alert(1)", "attribution": ""}]
    },
    "a threshold below nothing": {"suppression_threshold": -1},
}


@pytest.mark.parametrize("why", CITIES)
def test_a_city_that_can_not_be_is_refused(
    here: Alliance, london: Partner, peer: Peer, why: str
) -> None:
    london.tells(chain(("insert", "city", "london", city() | CITIES[why])))
    with pytest.raises(BadRequest):
        sync(here, peer)
    assert here.known.cities() == {}


def test_a_dataset_of_a_city_that_was_not_told_is_refused(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.tells(chain(("insert", "dataset", "london.trees", dataset("london.trees"))))
    with pytest.raises(BadRequest, match="not of its city"):
        sync(here, peer)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"entries": [], "newest": 0, "root": "0", "log": 0, "more": 1},
        {"entries": {}, "newest": 0, "root": "0" * 64, "log": 0},
        {"entries": [[]], "newest": 0, "root": "0" * 64, "log": 0},
        {"entries": [], "newest": -1, "root": "0" * 64, "log": 0},
        {"entries": [], "newest": 1.5, "root": "0" * 64, "log": 0},
    ],
)
def test_an_answer_that_is_no_page_of_a_feed_is_refused(
    here: Alliance, london: Partner, peer: Peer, body: dict[str, Any]
) -> None:
    london.says["feed"] = lambda _: body
    with pytest.raises(BadRequest):
        sync(here, peer)


# The brake


def test_much_that_is_deleted_waits_for_somebody_to_confirm(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    told = story(*(f"london.d{number}" for number in range(20)))
    london.tells(told)
    sync(here, peer)
    gone = told + _deletes(told, 6)
    london.tells(gone)
    with pytest.raises(Refused, match="takes away 6 of the 21"):
        sync(here, peer)
    here.peers.look_again()
    assert here.peers.get(peer.id).is_paired
    assert "--deletes" not in here.peers.get(peer.id).failure
    assert len(known(here, peer)) == 20
    assert sync(here, peer, deletes=True).entries == 6
    assert len(known(here, peer)) == 14


def test_few_deletes_and_what_is_told_again_need_nobody(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    told = story(*(f"london.d{number}" for number in range(20)))
    london.tells(told)
    sync(here, peer)
    told += _deletes(told, 5)
    london.tells(told)
    assert sync(here, peer).entries == 5


def _deletes(told: list[Entry], number: int) -> list[Entry]:
    found: list[Entry] = []
    for entry in told[-number:]:
        last = found[-1] if found else told[-1]
        found.append(
            replace(entry, number=last.number + 1, change="delete", document=None, before=last.hash)
        )
    return found


# Who speaks for what


def test_two_partners_that_tell_the_same_are_listed_and_the_first_is_shown(
    here: Alliance, london: Partner, peer: Peer, tmp_path: Path
) -> None:
    london.tells(story("london.trees"))
    sync(here, peer)
    with hostile(tmp_path / "other") as other:
        second = here.peers.add(
            title="A Datastore", url=other.url, public=other.key.public, standing="paired"
        )
        other.tells(
            chain(
                ("insert", "city", "london", city() | {"name": "Londinium"}),
                ("insert", "dataset", "london.trees", dataset("london.trees", title="Mine")),
                ("insert", "dataset", "london.homes", dataset("london.homes")),
            )
        )
        sync(here, second)
    here.known.look_again()
    found = here.known.datasets()
    assert found["london.trees"].dataset.title == "Trees"
    assert found["london.homes"].peer.id == "a-datastore"
    told = here.known.city("london")
    assert told is not None
    assert told.name == "London"
    clashes = {(c.kind, c.subject, c.peer, c.taken_from) for c in here.known.conflicts()}
    assert clashes == {
        ("city", "london", "a-datastore", "london"),
        ("dataset", "london.trees", "a-datastore", "london"),
    }
    own = here.known.conflicts(own=["london.homes"])
    assert ("dataset", "london.homes", "a-datastore", "") in {
        (c.kind, c.subject, c.peer, c.taken_from) for c in own
    }


def test_what_a_removed_partner_told_is_forgotten(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.tells(story("london.trees"))
    sync(here, peer)
    here.peers.remove(peer.id)
    here.known.look_again()
    assert here.known.datasets() == {}


# A partner that is down, slow, or too much


def test_a_partner_that_hangs_is_left_after_the_time_it_has(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.hangs = True
    began = time.monotonic()
    with pytest.raises(PeerDown, match=r"did not answer within 0\.3 s") as down:
        here.calls.ask(peer, "hello", {}, timeout_s=0.3)
    assert time.monotonic() - began < 1
    assert down.value.peer == "london"


def test_a_partner_that_drips_is_left_after_the_time_it_has(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.says["hello"] = lambda _: {}
    london.sends_slowly = True
    began = time.monotonic()
    with pytest.raises(PeerDown, match=r"did not answer within 0\.4 s"):
        here.calls.ask(peer, "hello", {}, timeout_s=0.4)
    assert time.monotonic() - began < 1


def test_a_partner_that_sends_too_much_is_broken_off(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.sends = b" " * (2 << 20)
    with pytest.raises(Refused, match="more than 1,048,576 bytes"):
        here.calls.ask(peer, "hello", {})


def test_an_answer_that_was_sent_before_is_refused(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.says["hello"] = lambda _: {}
    kept: list[bytes] = []
    answer = london.answer
    london.answer = lambda kind, document: kept.append(answer(kind, document)) or kept[0]  # type: ignore[method-assign,func-returns-value]
    here.calls.ask(peer, "hello", {})
    with pytest.raises(Refused, match="answers another message"):
        here.calls.ask(peer, "hello", {})


def test_an_answer_without_a_signature_is_refused(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.sends = b'{"entries": []}'
    with pytest.raises(Refused, match="did not sign"):
        sync(here, peer)


def test_a_partner_is_told_in_its_own_words_when_it_says_no(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.status = 403
    london.headers = {"Content-Type": "application/problem+json"}
    london.sends = json.dumps({"detail": "Not\x1b today.", "advice": "Come tomorrow."}).encode()
    with pytest.raises(Refused, match=r"London says: Not today\. Come tomorrow\."):
        here.calls.ask(peer, "hello", {})


def test_a_partner_that_is_down_is_left_alone_for_a_while(here: Alliance, tmp_path: Path) -> None:
    with hostile(tmp_path / "london") as london:
        peer = here.peers.add(
            title="London", url=london.url, public=london.key.public, standing="paired"
        )
    now = [100.0]
    calls = Calls(lambda: here.key, here.peers, clock=lambda: now[0])
    for _ in range(3):
        with pytest.raises(PeerDown, match="nothing listens there"):
            calls.ask(peer, "hello", {})
    with pytest.raises(PeerDown, match="did not answer lately") as down:
        calls.ask(peer, "hello", {})
    assert "5 s" in down.value.advice
    waits = []
    for _ in range(6):
        now[0] += calls.waits_s(peer.id) + 0.1
        with pytest.raises(PeerDown, match="nothing listens there"):
            calls.ask(peer, "hello", {})
        waits.append(round(calls.waits_s(peer.id)))
    assert waits == [10, 20, 40, 60, 60, 60]
    calls.heard(peer)
    assert calls.waits_s(peer.id) == 0
    calls.close()


def test_bytes_that_are_not_those_that_were_signed_are_refused(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.says["hello"] = lambda _: {"sha256": "0" * 64, "bytes": 3}
    with pytest.raises(InterurbanError, match="did not sign"):
        here.calls.fetch(peer, "hello", {})


def test_a_process_that_is_killed_while_it_takes_something_in_has_taken_in_nothing(
    here: Alliance, london: Partner, peer: Peer
) -> None:
    london.tells(story(*(f"london.d{number}" for number in range(400))))
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from interurban.alliance import syncing\n"
        "from interurban.alliance.opened import Alliance\n"
        "written = syncing._write\n"
        "def write(*arguments):\n"
        "    written(*arguments)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "syncing._write = write\n"
        "here = Alliance(Path(sys.argv[1]))\n"
        "syncing.sync(here, here.peers.get('london'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(here.home)], timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert (known(here, peer), taken(here, peer)) == ((), 0)
    assert sync(here, peer).entries == 401
    assert len(known(here, peer)) == 400
