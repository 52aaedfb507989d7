"""The options that every part of the benchmark understands."""

from __future__ import annotations

import argparse
import fcntl
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["Options", "arguments"]

_WORK = Path(__file__).parent / "results"
_HELD: list[IO[str]] = []
"""The lock of the work folder; it ends with the process."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured, and for how long.

    Parameters
    ----------
    rows: rows of the large table, which ours is measured on alone.
    peer_rows: rows of the table that the peers hold as well.
    work: folder for the rows, the data folders, the peers and the results.
    requests, seconds: of one measure, at most; whichever comes first ends it.
    rounds: turns that ours and the peer take.
    only: the parts to run; empty runs all.
    """

    rows: int
    peer_rows: int
    work: Path
    requests: int
    seconds: float
    rounds: int
    only: tuple[str, ...]


def arguments(about: str | None, parts: tuple[str, ...] = ()) -> Options:
    """Read the command line; a polite kill then unwinds, so that every child is stopped."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=_rows, default=10_000_000, help="rows of ours alone")
    parser.add_argument("--peer-rows", type=_rows, default=1_000_000, help="rows beside the peers")
    parser.add_argument("--work", type=Path, default=_WORK, help="folder to work in")
    parser.add_argument("--requests", type=int, default=100, help="of one measure, at most")
    parser.add_argument("--seconds", type=float, default=6.0, help="of one measure, at most")
    parser.add_argument("--rounds", type=int, default=3, help="turns of ours and the peer")
    if parts:
        parser.add_argument("--only", nargs="+", choices=parts, default=(), help="parts to run")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    work = given.work.resolve()
    _claim(work)
    return Options(
        rows=given.rows,
        peer_rows=given.peer_rows,
        work=work,
        requests=given.requests,
        seconds=given.seconds,
        rounds=given.rounds,
        only=tuple(given.only) if parts else (),
    )


def _claim(work: Path) -> None:
    """Hold a work folder for this run; two at once would measure, and destroy, each other."""
    work.mkdir(parents=True, exist_ok=True)
    lock = (work / ".lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another benchmark is running in {work}. Wait for it, or name another --work.")
    _HELD.append(lock)


def _rows(text: str) -> int:
    rows = int(text.replace("_", "").replace(",", ""))
    if not 1_000 <= rows <= 1_000_000_000:
        raise argparse.ArgumentTypeError("give from 1,000 to 1,000,000,000 rows")
    return rows
