"""A load can be killed at any instant and loses nothing."""

from __future__ import annotations

import os
import random
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from interurban.catalog.node import Node
from interurban.core import query as q

from . import loader_process

PROCESSES = get_context("forkserver")
"""Each load is a process of its own; what they import is imported once."""

KILLS = int(os.environ.get("INTERURBAN_KILLS", "16"))
"""How often a process is killed; fifty by hand, before a release."""
ROWS = 20_000
DATASET = "chicago.rounds"


def write_round(file: Path, number: int) -> None:
    """A file whose every row carries the number of its round."""
    rows = (
        f"{i},{number},{-87.9 + (i % 400) / 1000:.5f},{41.65 + (i // 400) / 200:.5f}"
        for i in range(ROWS + number)
    )
    file.write_text("id,round,longitude,latitude\n" + "\n".join(rows) + "\n")


def start(home: Path, file: Path) -> tuple[ForkServerProcess, Connection]:
    """A load under way, and where it says how far it is."""
    PROCESSES.set_forkserver_preload([loader_process.__name__])
    said, say = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=loader_process.main, args=(home, file, say))
    process.start()
    say.close()
    return process, said


def ended(process: ForkServerProcess) -> int | None:
    process.join(300)
    return process.exitcode


def served_round(node: Node) -> int:
    """The round that is served, whole: never two rounds at once, never a part of one."""
    by_round = q.Query(DATASET, measures=(q.Measure("count"),), groups=(q.ByField("round"),))
    table = node.aggregate(by_round).to_pylist()
    assert len(table) == 1, "two rounds are served at once"
    number = table[0]["round"]
    assert table[0]["count"] == ROWS + number
    rows = sum(batch.num_rows for batch in node.rows(q.Query(DATASET)).batches)
    assert rows == ROWS + number
    return int(number)


@pytest.mark.slow
def test_kills_lose_nothing(tmp_path: Path) -> None:
    """Kill at random instants between start and end, while another process serves."""
    home, file = tmp_path / "home", tmp_path / "rounds.csv"
    write_round(file, 0)
    begun = time.monotonic()
    first, _said = start(home, file)
    assert ended(first) == 0
    length = time.monotonic() - begun
    chance = random.Random(20161)
    with Node(home) as serving:
        last = served_round(serving)
        survivors = 0
        for number in range(1, KILLS + 1):
            write_round(file, number)
            load, said = start(home, file)
            early = chance.random() < 0.1
            if not early:
                said.recv()  # past looking at the file, where nothing could be lost
            load.join(chance.uniform(0, length * 0.6))
            survivors += load.exitcode is not None
            load.kill()
            ended(load)
            now = served_round(serving)
            assert now in (last, number), "a killed load is served"
            last = now
        assert survivors < KILLS, "no load was killed: the test proves nothing"
        write_round(file, KILLS + 1)
        next_one, _said = start(home, file)
        assert ended(next_one) == 0, "the next load does not work"
        assert served_round(serving) == KILLS + 1
        assert not [p for p in (home / "scratch").iterdir() if (p / "stage.duckdb").exists()]
