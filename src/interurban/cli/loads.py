"""Many datasets loaded side by side, in processes of their own, with a bar for each.

A load is mostly one core's work, and processes queue only for the moment of their commit, so as
many run at once as there are cores. A load that fails is told and does not stop the others, and
the processes may be stopped at any instant: a load that is cut off leaves nothing behind.
"""

from __future__ import annotations

import os
import queue
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from interurban.core.errors import ConfigurationError, InterurbanError, Refused, StoreError

from .progress import Bars

if TYPE_CHECKING:
    from interurban.catalog.node import Node

__all__ = ["Job", "Outcome", "load_all"]

_NEWS_EVERY_S = 0.1
_LOOK_EVERY_S = 0.5
_QUESTION_MEMORY_MB = 256


@dataclass(frozen=True, slots=True)
class Job:
    """One dataset to load.

    Parameters
    ----------
    mirror: folder to take the file from; ``None`` asks the portal.
    full: read everything again, even where the source could give only what is new.
    tokens: app tokens by host name.
    """

    dataset: str
    mirror: Path | None = None
    full: bool = False
    tokens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one load ended: the rows of its snapshot, or an error."""

    dataset: str
    rows: int = 0
    left_out: int = 0
    blanked: int = 0
    seconds: float = 0.0
    error: InterurbanError | None = None


@dataclass(frozen=True, slots=True)
class _News:
    """How far a load is: rows, bytes, bytes in all, and what is being done."""

    dataset: str
    worker: int
    rows: int | None = None
    size: int | None = None
    total: int | None = None
    step: str | None = None


def load_all(
    home: Path,
    jobs: Sequence[Job],
    shown: Bars,
    done: Callable[[Outcome], None],
    stop: Event | None = None,
) -> list[Outcome]:
    """Load datasets in the order given, some at once, and say how each one ended.

    Parameters
    ----------
    home: the data folder.
    done: called in this process as each load ends.
    stop: when set, running loads are cut off and the rest is left.

    Returns
    -------
    How each one ended, in the order they did; fewer than ``jobs`` after ``stop``.
    """
    context = get_context("spawn")
    tasks, news = context.Queue(), context.Queue()
    for job in jobs:
        tasks.put(job)
    count = min(len(jobs), os.cpu_count() or 1)
    workers = [
        context.Process(target=_work, args=(n, home, tasks, news), daemon=True)
        for n in range(count)
    ]
    for _ in workers:
        tasks.put(None)
    outcomes: list[Outcome] = []
    with _running(workers), shown.group() as group:
        under_way: dict[int, str] = {}
        while len(outcomes) < len(jobs) and not (stop is not None and stop.is_set()):
            try:
                message = news.get(timeout=_LOOK_EVERY_S)
            except queue.Empty:
                ended = _fallen(workers, under_way)
                if ended is None and not any(worker.is_alive() for worker in workers):
                    break
                if ended is None:
                    continue
                message = ended
            if isinstance(message, Outcome):
                group.finish(message.dataset)
                under_way = {n: name for n, name in under_way.items() if name != message.dataset}
                outcomes.append(message)
                done(message)
            else:
                under_way[message.worker] = message.dataset
                group.advance(
                    message.dataset,
                    rows=message.rows,
                    size=message.size,
                    total=message.total,
                    step=message.step,
                )
    return outcomes


@contextmanager
def _running(workers: Sequence[SpawnProcess]) -> Iterator[None]:
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()


def _fallen(workers: Sequence[SpawnProcess], under_way: dict[int, str]) -> Outcome | None:
    """The load of a process that is no more, which can only have been ended from outside."""
    for n, worker in enumerate(workers):
        if n in under_way and not worker.is_alive():
            name = under_way[n]
            return Outcome(
                name,
                error=StoreError(
                    f"The load of {name} was ended by the system, probably for want of memory.",
                    advice=f"Load it alone with: interurban load {name}",
                ),
            )
    return None


def _work(number: int, home: Path, tasks: Any, news: Any) -> None:
    """One process: take a job, load it, tell how it went, until there is none."""
    # The terminal sends Ctrl-C to every process; only the first one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    from interurban.catalog.node import Node

    with Node(home, memory_mb=_QUESTION_MEMORY_MB) as node:
        while (job := tasks.get()) is not None:
            news.put(_News(job.dataset, number))
            news.put(_load(node, job, number, news))


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, however that came about."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _load(node: Node, job: Job, number: int, news: Any) -> Outcome:
    from interurban.catalog.loading import Origin
    from interurban.catalog.loads import load

    begun = last = time.monotonic()

    def progress(rows: int, size: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _NEWS_EVERY_S:
            last = now
            news.put(_News(job.dataset, number, rows, size, total))

    def step(name: str) -> None:
        news.put(_News(job.dataset, number, step=name))

    origin = Origin(job.mirror, job.tokens)
    try:
        found = load(node, job.dataset, origin, full=job.full, progress=progress, step=step)
    except InterurbanError as error:
        return Outcome(job.dataset, error=error)
    except Exception as error:  # noqa: BLE001 - a fault in one load must not stop the others
        return Outcome(
            job.dataset,
            error=StoreError(
                f"The load failed in a way nobody foresaw ({type(error).__name__}: {error}).",
                advice="Please report it, with what `interurban version` says.",
            ),
        )
    seconds = time.monotonic() - begun
    if (unread := _unread(node, job.dataset)) is not None:
        return Outcome(job.dataset, error=unread)
    return Outcome(job.dataset, found.rows, found.left_out, found.blanked, seconds)


def _unread(node: Node, dataset: str) -> InterurbanError | None:
    """Why nobody can read what was loaded: its policy can't be carried out on these rows."""
    from interurban.core.policy import ANONYMOUS

    try:
        node.own.seen_by(ANONYMOUS).snapshot(dataset)
    except Refused as refused:
        cause = refused.__cause__
        return cause if isinstance(cause, ConfigurationError) else None
    return None
