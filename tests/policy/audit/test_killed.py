"""Processes that append are killed at random instants: nothing committed is lost, nothing forks."""

from __future__ import annotations

import os
import random
import time
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from interurban.policy.audit import Event, Head, is_consistent, opened, record_all, verify

KILLS = 20
WRITERS = 3


def append(home: Path, told: Path, name: int) -> None:
    """Append groups of 1 to 4 entries until killed; each that is committed is told in a file."""
    file = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for turn in range(1_000_000):
        group = 1 + turn % 4
        events = [
            Event("run", "ended", None, f"writer {name}", {"writer": name, "turn": turn, "of": n})
            for n in range(group)
        ]
        last = record_all(home, events)
        os.write(file, f"{last} {group} {name} {turn}\n".encode())


def heads(home: Path) -> list[Head]:
    with opened(home) as log:
        rows = log.connection.execute(
            "SELECT statement, public, signature FROM heads ORDER BY size"
        ).fetchall()
    return [Head(*row) for row in rows]


def test_twenty_kills_in_the_middle_of_concurrent_appends_lose_nothing(tmp_path: Path) -> None:
    home, told = tmp_path / "home", tmp_path / "told"
    context = get_context("fork")
    chosen = random.Random(7)
    seen: list[Head] = []
    for _ in range(KILLS):
        writers = [context.Process(target=append, args=(home, told, n)) for n in range(WRITERS)]
        before = told.stat().st_size if told.exists() else 0
        for writer in writers:
            writer.start()
        while not told.exists() or told.stat().st_size <= before:
            assert all(writer.is_alive() for writer in writers)
            time.sleep(0.002)
        time.sleep(chosen.uniform(0, 0.06))
        for writer in writers:
            writer.kill()
        for writer in writers:
            writer.join()
        with opened(home) as log:
            seen.append(log.head())

    found = verify(home)
    assert found.ok, found.problems
    with opened(home) as log:
        entries = {e.number: e.said for e in log.entries(limit=1_000_000)}
        assert sorted(entries) == list(range(1, len(entries) + 1))
        for line in told.read_text().splitlines():
            last, group, name, turn = map(int, line.split())
            for n in range(group):
                facts = entries[last - group + 1 + n]["facts"]
                assert facts == {"writer": name, "turn": turn, "of": n}
        # Whatever anybody was shown in between is a beginning of what is there now.
        for older, newer in pairwise(seen):
            path = log.consistency(older.size, newer.size)
            assert is_consistent(older.size, older.root, newer.size, newer.root, path)
    assert {(h.size, h.root) for h in seen} <= {(h.size, h.root) for h in heads(home)}
    assert len({entry["facts"]["writer"] for entry in entries.values()}) > 1, "they wrote at once"
