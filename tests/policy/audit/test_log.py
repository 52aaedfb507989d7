"""The log keeps what is recorded, says nothing of people, and lets them be forgotten."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from interurban.core.errors import BadRequest, NotFound, StoreError
from interurban.policy.audit import (
    Event,
    is_consistent,
    is_included,
    node_key,
    opened,
    record,
    record_all,
    verify,
)
from interurban.policy.audit.entries import hash_particular
from interurban.policy.audit.tree import leaf_hash


def events(number: int) -> list[Event]:
    return [
        Event(
            "run", "ended", f"chicago.table_{n}", "account:ada",
            {"rows": n}, {"title": f"Plan of Ada {n}"},
        )
        for n in range(number)
    ]  # fmt: skip


def test_an_entry_says_what_was_done_and_never_who(tmp_path: Path) -> None:
    number = record(
        tmp_path, "account", "added to a group", dataset="london.trees", who="ada@example.org",
        facts={"members": 3}, details={"group": "The planners of Ada"},
    )  # fmt: skip
    with opened(tmp_path) as log:
        text = log.entry(number).text
        # Not "ada" alone, which may stand in a hash by chance.
        assert not [word for word in ("ada@", "example", "planners") if word in text.lower()]
        said = log.entry(number).said
        assert (said["kind"], said["what"], said["dataset"]) == (
            "account", "added to a group", "london.trees",
        )  # fmt: skip
        assert said["facts"] == {"members": 3}
        kept = {p.name: p for p in log.particulars(number)}
        assert json.loads(kept["who"].value) == "ada@example.org"
        assert {name: hash_particular(p) for name, p in kept.items()} == said["hashed"]


def test_the_same_person_has_another_hash_in_each_entry(tmp_path: Path) -> None:
    record_all(tmp_path, events(2))
    with opened(tmp_path) as log:
        first, second = (log.entry(n).said["hashed"] for n in (1, 2))
    assert first["who"] != second["who"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "gossip"},
        {"what": "Ada Lovelace signed in!"},
        {"facts": {"who": "Ada Lovelace"}},
        {"facts": {"mail": "ada@example.org"}},
        {"facts": {"share": 0.5}},
        {"facts": {"ok": True}},
        {"dataset": "Ada's list"},
        {"details": {"who": "ada"}},
    ],
)
def test_words_of_people_can_not_stand_in_the_open(wrong: dict[str, object]) -> None:
    given = {"kind": "run", "what": "ended"} | wrong
    with pytest.raises(ValueError, match=r"not|no kind"):
        Event(**given)  # type: ignore[arg-type]


def test_an_erased_person_is_in_no_file_any_more_and_the_log_still_holds(tmp_path: Path) -> None:
    record(
        tmp_path, "account", "added", who="grace-hopper", details={"name": "Rear Admiral Hopper"}
    )
    record_all(tmp_path, events(5))
    with opened(tmp_path) as log:
        before = log.entry(1).text
        erased = log.erase(1, "local:keeper")
        assert log.particulars(1) == []
        assert log.entry(1).text == before
        assert log.entry(erased).said["facts"] == {"entry": 1}
    left = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"grace-hopper" not in left
    assert b"Rear Admiral" not in left
    found = verify(tmp_path)
    assert found.ok, found.problems
    assert found.erased == 1


def test_every_commit_leaves_a_signed_head_over_all_that_is_there(tmp_path: Path) -> None:
    for number in (1, 3, 4):
        record_all(tmp_path, events(number))
    with opened(tmp_path) as log:
        assert log.size() == 8
        heads = [log.head(size) for size in (1, 4, 8)]
        assert log.head() == heads[-1]
        assert all(head.is_sound() for head in heads)
        assert heads[-1].node == node_key(tmp_path).fingerprint
        for older, newer in ((0, 1), (0, 2), (1, 2)):
            a, b = heads[older], heads[newer]
            path = log.consistency(a.size, b.size)
            assert is_consistent(a.size, a.root, b.size, b.root, path)


def test_every_entry_is_proven_against_every_later_head(tmp_path: Path) -> None:
    for _ in range(3):
        record_all(tmp_path, events(4))
    with opened(tmp_path) as log:
        for size in (4, 8, 12):
            for number in range(1, size + 1):
                proof = log.proof(number, size)
                leaf = leaf_hash(proof.entry.text.encode())
                assert is_included(leaf, number - 1, size, proof.path, proof.head.root)
        with pytest.raises(NotFound, match="newer than the head"):
            log.proof(9, 8)
        with pytest.raises(NotFound, match="no entry 13"):
            log.proof(13)
        with pytest.raises(BadRequest, match="has not grown"):
            log.consistency(5, 3)


def test_entries_are_found_by_kind_and_dataset_the_newest_first(tmp_path: Path) -> None:
    record_all(tmp_path, events(3))
    record(tmp_path, "policy", "changed", dataset="chicago.table_1")
    with opened(tmp_path) as log:
        assert [e.number for e in log.entries(limit=2)] == [4, 3]
        assert [e.number for e in log.entries(limit=9, before=3)] == [2, 1]
        assert [e.number for e in log.entries(limit=9, dataset="chicago.table_1")] == [4, 2]
        assert [e.number for e in log.entries(limit=9, kind="policy")] == [4]


def test_the_key_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(node_key(tmp_path).public)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    file = tmp_path / "keys" / "node.pem"
    assert [path.name for path in file.parent.iterdir()] == ["node.pem"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "PRIVATE" not in repr(node_key(tmp_path))
    file.chmod(0o644)
    with pytest.raises(StoreError, match="read by others"):
        node_key(tmp_path)


def test_a_log_is_not_gone_on_with_under_another_key(tmp_path: Path) -> None:
    record(tmp_path, "run", "ended")
    (tmp_path / "keys" / "node.pem").unlink()
    with pytest.raises(StoreError, match="not the one that its audit log is signed with"):
        record(tmp_path, "run", "ended")


def test_nothing_in_the_log_is_changed_even_by_its_own_program(tmp_path: Path) -> None:
    record(tmp_path, "run", "ended")
    with opened(tmp_path) as log, pytest.raises(Exception, match="nothing in the log is changed"):
        log.connection.execute("UPDATE entries SET entry = '{}'")


def test_more_than_a_thousand_entries_a_second(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append(events(1))
        started = time.perf_counter()
        for _ in range(20):
            log.append(events(100))
        rate = 2_000 / (time.perf_counter() - started)
    assert rate > 1_000, f"{rate:,.0f} entries a second"


@pytest.mark.skipif(os.name != "posix", reason="needs permissions of files")
def test_a_log_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="The audit log can't be used"):
        record(tmp_path, "run", "ended")
