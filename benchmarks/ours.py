"""Interurban as a server of its own process, started as an operator starts it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .client import answers
from .processes import running, wait_until

__all__ = ["Server", "serving"]

_ADDRESS = re.compile(r"http://localhost:(\d+)")


@dataclass(frozen=True, slots=True)
class Server:
    """A server on this machine: what it is called, its processes and its port.

    ``pids`` are the first processes of everything that answers: the server and its database.
    """

    name: str
    pids: tuple[int, ...]
    port: int


@contextmanager
def serving(home: Path, work: Path) -> Iterator[Server]:
    """``interurban serve`` over a data folder, on any free port, one process."""
    log = work / "interurban.log"
    command = [sys.executable, "-m", "interurban", "serve", "--port", "0", "--home", str(home)]
    with running(command, log=log) as child:
        wait_until(lambda: answers(_port(log), "/healthz"), child, log)
        yield Server("Interurban", (child.pid,), _port(log) or 0)


def _port(log: Path) -> int | None:
    found = _ADDRESS.search(log.read_text(errors="replace"))
    return int(found[1]) if found else None
