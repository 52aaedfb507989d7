"""Child processes: started, watched through /proc, and stopped by their own id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Unavailable", "cpu_seconds", "memory_mb", "peak_mb", "running", "wait_until"]

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


class Unavailable(Exception):
    """A peer that this machine cannot run; the message says why."""


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
    end: signal.Signals = signal.SIGTERM,
    patience_s: float = 20.0,
) -> Iterator[subprocess.Popen[bytes]]:
    """A child that is stopped at the end, whatever happens.

    Parameters
    ----------
    log: where its output goes.
    environment: variables beside this process's own.
    user: account to run as, and not this process's own.
    end: the signal that asks it to stop; after ``patience_s`` it is killed.
    """
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd="/" if user else log.parent,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
        try:
            yield child
        finally:
            if child.poll() is None:
                child.send_signal(end)
            try:
                child.wait(patience_s)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def wait_until(
    ready: Callable[[], bool], child: subprocess.Popen[bytes], log: Path, limit_s: float = 60.0
) -> None:
    """Wait until a child answers.

    Raises
    ------
    Unavailable: it ended, or did not answer in time; with the last lines it wrote.
    """
    end = time.monotonic() + limit_s
    while not ready():
        if child.poll() is not None or time.monotonic() > end:
            said = " | ".join(log.read_text(errors="replace").splitlines()[-3:])
            raise Unavailable(f"{log.stem} did not start: {said}")
        time.sleep(0.1)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its descendants, ended ones included, in s."""
    return sum(_times(one) for one in _family(pid))


def memory_mb(pid: int) -> float:
    """Proportional memory (PSS) of a process and its descendants, in MB; shared pages count once.

    Where the system hides it from us, resident memory stands in.
    """
    return sum(_held_kb(one) for one in _family(pid)) * 1024 / 1e6


def peak_mb() -> float:
    """Highest resident memory that this process ever had, in MB."""
    found = _kilobytes(_PROC / "self" / "status", "VmHWM")
    if found is None:
        sys.exit("The benchmark reads /proc, so it needs Linux.")
    return found * 1024 / 1e6


def _family(pid: int) -> list[int]:
    """A process and its descendants that are alive."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat from the state on; empty when the process is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _times(pid: int) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _TICKS if fields else 0.0


def _held_kb(pid: int) -> float:
    folder = _PROC / str(pid)
    return _kilobytes(folder / "smaps_rollup", "Pss") or _kilobytes(folder / "status", "VmRSS") or 0


def _kilobytes(file: Path, name: str) -> float | None:
    try:
        for line in file.read_text().splitlines():
            key, _, value = line.partition(":")
            if key == name:
                return float(value.split()[0])
    except OSError:
        pass
    return None
