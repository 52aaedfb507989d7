"""One flipped byte anywhere in the log is found, and the entry it is about is named."""

from __future__ import annotations

import random
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from interurban.core.errors import NotFound
from interurban.policy.audit import (
    Event,
    keep_countersignature,
    last_witnessed,
    log_path,
    opened,
    record_all,
    verify,
    witness,
)
from interurban.policy.audit.entries import write
from interurban.policy.audit.tree import completed, leaf_hash

_BLOBS = {"hash", "public", "signature", "salt", "own_signature"}
_KEYS = {
    "entries": ["number"],
    "nodes": ["level", "position"],
    "heads": ["size"],
    "particulars": ["entry", "name"],
    "countersignatures": ["size", "witness"],
    "witnessed": ["node", "size"],
}
TABLES = tuple(_KEYS)


def events(first: int, number: int) -> list[Event]:
    return [
        Event("run", "ended", f"chicago.t{n}", "ada", {"rows": n}, {"title": f"Plan {n}"})
        for n in range(first, first + number)
    ]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 23 entries in three commits, which witnesses another and is witnessed by it."""
    home, other = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("other")
    for first, number in ((0, 7), (7, 1), (8, 13)):
        record_all(home, events(first, number))
        record_all(other, events(first, 2))
        with opened(home) as log, opened(other) as far:
            head, theirs = log.head(), far.head()
            seen = last_witnessed(home, theirs.node)
            path = far.consistency(seen.size, theirs.size) if seen else []
        if number != 1:
            witness(home, theirs, path, theirs.public)
            seen = last_witnessed(other, head.node)
            with opened(home) as log:
                path = log.consistency(seen.size, head.size) if seen else []
            keep_countersignature(home, witness(other, head, path, head.public), far_key(other))
    with sqlite3.connect(log_path(home)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return home


def far_key(home: Path) -> bytes:
    with opened(home) as log:
        return log.head().public


def content(home: Path) -> list[Any]:
    """All that the log says."""
    connection = sqlite3.connect(log_path(home))
    try:
        return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES]
    finally:
        connection.close()


def change(home: Path, statement: str, values: list[Any]) -> None:
    """Change a file of the log, as somebody with an editor of databases would."""
    connection = sqlite3.connect(log_path(home))
    for (trigger,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def test_an_untouched_log_is_in_order(kept: Path) -> None:
    found = verify(kept)
    assert found.ok, found.problems
    assert (found.entries, found.heads, found.countersignatures) == (23, 5, 2)


def test_a_log_that_is_not_there_is_not_in_order(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no audit log"):
        verify(tmp_path)


def test_a_flipped_byte_in_any_value_is_found_and_its_entry_named(
    kept: Path, tmp_path: Path
) -> None:
    """Every value of every row of every table, at a byte chosen by a seed."""
    chosen = random.Random(11)
    flipped = 0
    for table in TABLES:
        connection = sqlite3.connect(log_path(kept))
        columns = [
            name
            for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall()
            if kind in ("TEXT", "BLOB")
        ]
        key = ", ".join(_KEYS[table])
        rows = connection.execute(
            f"SELECT {', '.join(f'CAST({c} AS BLOB)' for c in columns)}, {key} FROM {table}"
        ).fetchall()
        connection.close()
        for row in chosen.sample(rows, min(6, len(rows))):
            where = row[len(columns) :]
            for column, value in zip(columns, row, strict=False):
                at, bit = chosen.randrange(len(value)), 1 << chosen.randrange(7)
                other = bytes(b ^ bit if i == at else b for i, b in enumerate(value))
                home = tmp_path / "copy"
                shutil.copytree(kept, home)
                kind = "BLOB" if column in _BLOBS else "TEXT"
                condition = " AND ".join(f"{name} = ?" for name in _KEYS[table])
                change(
                    home,
                    f"UPDATE {table} SET {column} = CAST(? AS {kind}) WHERE {condition}",
                    [other, *where],
                )
                found = verify(home)
                assert not found.ok, f"{table}.{column}: {value!r} -> {other!r}"
                if table in ("entries", "particulars"):
                    assert where[0] in {p.entry for p in found.problems}
                if table == "nodes":
                    first = (where[1] << where[0]) + 1
                    assert first in {p.entry for p in found.problems}
                flipped += 1
                shutil.rmtree(home)
    assert flipped >= 50


def test_a_flipped_byte_of_the_file_is_found_or_changes_nothing_that_is_said(
    kept: Path, tmp_path: Path
) -> None:
    said = content(kept)
    chosen = random.Random(5)
    raw = log_path(kept).read_bytes()
    found = 0
    for _ in range(120):
        home = tmp_path / "copy"
        shutil.copytree(kept, home)
        at = chosen.randrange(len(raw))
        changed = bytearray(raw)
        changed[at] ^= 1 << chosen.randrange(8)
        log_path(home).write_bytes(changed)
        if verify(home).ok:
            assert content(home) == said, f"the byte at {at} went unseen"
        else:
            found += 1
        shutil.rmtree(home)
    assert found > 20


def test_an_entry_that_was_rewritten_with_all_its_hashes_breaks_the_signed_heads(
    kept: Path, tmp_path: Path
) -> None:
    """Somebody without the key can make every hash fit again, and no signature."""
    home = tmp_path / "copy"
    shutil.copytree(kept, home)
    connection = sqlite3.connect(log_path(home))
    (text,) = connection.execute("SELECT entry FROM entries WHERE number = 9").fetchone()
    forged = text.replace('"ended"', '"began"')
    assert forged != text
    connection.execute("DROP TRIGGER entries_no_update")
    connection.execute("DROP TRIGGER nodes_no_update")
    connection.execute("UPDATE entries SET entry = ? WHERE number = 9", [forged])

    def node(level: int, position: int) -> bytes:
        return bytes(
            connection.execute(
                "SELECT hash FROM nodes WHERE level = ? AND position = ?", [level, position]
            ).fetchone()[0]
        )

    entries = connection.execute("SELECT number, entry FROM entries ORDER BY number").fetchall()
    for number, entry in entries:
        for level, position, hashed in completed(number - 1, leaf_hash(entry.encode()), node):
            connection.execute(
                "UPDATE nodes SET hash = ? WHERE level = ? AND position = ?",
                [hashed, level, position],
            )
    connection.commit()
    connection.close()
    problems = verify(home).problems
    assert [problem.entry for problem in problems] == [9, 10, 23]
    assert all("was signed for" in problem.what for problem in problems)


def test_entries_taken_off_the_end_are_found_by_who_kept_a_head(kept: Path, tmp_path: Path) -> None:
    with opened(kept) as log:
        head = log.head()
    home = tmp_path / "copy"
    shutil.copytree(kept, home)
    last = 8
    for table, condition in (
        ("entries", f"number > {last}"),
        ("heads", f"size > {last}"),
        ("particulars", f"entry > {last}"),
        ("countersignatures", f"size > {last}"),
        ("nodes", f"((position + 1) << level) > {last}"),
        ("witnessed", "size > 2"),
    ):
        change(home, f"DELETE FROM {table} WHERE {condition}", [])
    alone = verify(home)
    assert alone.entries == last
    told = verify(home, head)
    assert any("entries were taken away" in p.what for p in told.problems)
    assert verify(kept, head).ok


def test_particulars_that_vanish_without_an_erasure_are_found(kept: Path, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(kept, home)
    change(home, "DELETE FROM particulars WHERE entry = 3 AND name = 'who'", [])
    (problem,) = verify(home).problems
    assert str(problem).startswith("Entry 3: name of who did it")


def test_what_is_said_of_an_event_is_canonical() -> None:
    text, _ = write(Event("run", "ended", facts={"b": 1, "a": 2}), datetime(2026, 1, 2, tzinfo=UTC))
    assert text == (
        '{"at":"2026-01-02T00:00:00.000+00:00","facts":{"a":2,"b":1},"kind":"run","what":"ended"}'
    )
