"""A run can be killed at any instant, and so can whoever started it: nothing is lost."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core.model import Run
from interurban.core.query import Query
from interurban.workspace import Catalogue, Workspace

from . import run_process
from .conftest import MODULE, make_home

PROCESSES = get_context("forkserver")
"""Each start is a process of its own; what they import is imported once."""

KILLS = int(os.environ.get("INTERURBAN_KILLS", "8"))
"""How often a process is killed; twenty by hand, before a release."""
RATE = "0.1"


def start(home: Path) -> tuple[ForkServerProcess, str, int]:
    """A process that has started a run, the run, and the process that works it out."""
    PROCESSES.set_forkserver_preload([run_process.__name__])
    said, say = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=run_process.main, args=(home, RATE, say))
    process.start()
    say.close()
    run, worker = said.recv()
    return process, run, worker


def shown(node: Node, run: str) -> list[str]:
    """The run's datasets as any reader finds them."""
    node.look_again()
    return sorted(d.id for d in node.datasets() if f".run_{run}_" in d.id)


def assert_whole(node: Node, run: Run) -> None:
    """Every output of a run is there, with every row."""
    assert len(shown(node, run.id)) == 2
    assert node.count(Query(run.outputs["projected"].dataset)).count == 2 * 2 * 4 * 5
    assert node.count(Query(run.outputs["total"].dataset)).count == 2 * 5


@pytest.mark.slow
def test_kills_lose_nothing(tmp_path: Path) -> None:
    """Kill the worker, or who started it, or both, at random instants from start to end."""
    home = make_home(tmp_path)
    chance = random.Random(20162)
    with Node(home) as node, Workspace(node, Catalogue((MODULE,))) as workspace:
        load(node, "bristol.population", Origin(tmp_path / "mirror"))
        first, whole, _ = start(home)
        began = time.monotonic()
        first.join(300)
        assert first.exitcode == 0
        length = time.monotonic() - began
        wanted = {name: pin.content_hash for name, pin in workspace.run(whole).outputs.items()}
        cut_short = 0
        done = [whole]
        for number in range(KILLS):
            process, run, worker = start(home)
            time.sleep(chance.uniform(0, 0.8 * length))
            # Every second run works everything out anew; the others find parts in the cache.
            if number % 2:
                for entry in workspace.folder.cache.glob("*/*"):
                    entry.unlink(missing_ok=True)
            before = workspace.run(run).state
            if number % 3 != 1:
                with contextlib.suppress(ProcessLookupError):  # it was faster
                    os.kill(worker, signal.SIGKILL)
            if number % 3 != 0:
                process.kill()
            cut_short += before != "successful"
            visible = shown(node, run)
            assert len(visible) in (0, 2), "a part of a run is shown"
            for dataset in visible:
                assert node.count(Query(dataset)).count in (10, 80)
            ended = workspace.wait(run, 300)
            process.kill()
            process.join(30)
            assert (ended.state, ended.error) == ("successful", "")
            assert {n: pin.content_hash for n, pin in ended.outputs.items()} == wanted
            done.append(run)
            for each in done:
                assert_whole(node, workspace.run(each))
        assert cut_short >= KILLS // 2, "too few runs were cut short: the test proves little"
        assert len(workspace.runs()) == KILLS + 1
        assert workspace.recover() == []
