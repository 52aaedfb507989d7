"""From a CSV file to a committed snapshot, by the same road as ``interurban load FILE``.

Each load runs in a process of its own, which measures itself: wall time, CPU time (user and
system, all threads) and the peak of its resident memory. The two sizes show what memory does as a
file grows.

    python -m benchmarks.load --rows 10000000 --peer-rows 1000000
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from .data import make_csv
from .options import Options, arguments
from .processes import peak_mb
from .report import Table

__all__ = ["DATASET", "GOAL_MB", "GOAL_ROWS", "Load", "load_file", "loaded_home", "measure"]

DATASET = "chicago.benchmark_requests"
GOAL_ROWS, GOAL_MB = 200_000, 2_000
_STEPS = ("looking", "reading", "checking", "sorting", "committing")
_LIMIT_S = 3_600
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Load:
    """One measured load.

    Parameters
    ----------
    seconds, cpu_s: wall and CPU time of the load, without the start of Python.
    peak_mb: highest resident memory of the whole process.
    steps: wall and CPU seconds of each step, in order.
    """

    rows: int
    seconds: float
    cpu_s: float
    peak_mb: float
    steps: dict[str, tuple[float, float]]


def measure(options: Options) -> list[Table]:
    """Load the small and the large file, each into a new data folder."""
    loads = [load_file(options.work, rows) for rows in sorted({options.peer_rows, options.rows})]
    return [_table(loads), _steps_table(loads)]


def load_file(work: Path, rows: int) -> Load:
    """Load the rows into a new data folder in a fresh process; the folder stays."""
    file, home = make_csv(work, rows), _home(work, rows)
    shutil.rmtree(home, ignore_errors=True)
    half = home.with_name(f"{home.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", "--one", str(file), str(half)],
        check=True,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        timeout=_LIMIT_S,
    )
    half.rename(home)
    return Load(**json.loads(answer.stdout.splitlines()[-1]))


def loaded_home(work: Path, rows: int) -> Path:
    """The data folder that holds the rows; loaded if it is not there."""
    home = _home(work, rows)
    if not home.exists():
        load_file(work, rows)
    return home


def _home(work: Path, rows: int) -> Path:
    return work / f"home-{rows}"


def _load_here(file: Path, home: Path) -> Load:
    """The work of the fresh process."""
    import interurban
    from interurban.catalog import loads
    from interurban.catalog.files import look_at

    marks: list[tuple[str, float, float]] = []

    def step(name: str) -> None:
        used = os.times()
        marks.append((name, time.perf_counter(), used.user + used.system))

    with interurban.open(home) as node:
        step("looking")
        snapshot = loads.load_file(node, look_at(node, file, DATASET), step=step)
        step("end")
    spans = {
        name: (round(after[1] - begun, 3), round(after[2] - used, 3))
        for (name, begun, used), after in pairwise(marks)
    }
    first, last = marks[0], marks[-1]
    return Load(snapshot.rows, last[1] - first[1], last[2] - first[2], peak_mb(), spans)


def _table(loads: list[Load]) -> Table:
    rows = [
        (
            f"CSV to snapshot, {load.rows:,} rows",
            f"{load.seconds:.1f}",
            f"{load.rows / load.seconds:,.0f}",
            f"{load.rows / load.cpu_s:,.0f}",
            f"{load.rows / load.cpu_s / GOAL_ROWS:.2f}",
            f"{load.peak_mb:,.0f}",
            f"{load.peak_mb / GOAL_MB:.2f}",
        )
        for load in loads
    ]
    note = ""
    if len(loads) > 1:
        small, large = loads[0], loads[-1]
        note = (
            f"{large.rows / small.rows:.0f} times the rows take "
            f"{large.peak_mb / small.peak_mb:.2f} times the peak memory."
        )
    return Table(
        "Load",
        ("work", "s", "rows/s", "rows/s per core", "of 200,000", "peak MB", "of 2,000 MB"),
        rows,
        note,
    )


def _steps_table(loads: list[Load]) -> Table:
    rows = [
        (f"{load.rows:,} rows", *(_span(load.steps.get(step)) for step in _STEPS)) for load in loads
    ]
    return Table("Steps of the load, s wall / s CPU", ("work", *_STEPS), rows)


def _span(span: tuple[float, float] | None) -> str:
    return f"{span[0]:.1f} / {span[1]:.1f}" if span else "-"


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(asdict(_load_here(Path(sys.argv[2]), Path(sys.argv[3])))))
        return
    for table in measure(arguments(__doc__)):
        print(table.markdown())


if __name__ == "__main__":
    main()
