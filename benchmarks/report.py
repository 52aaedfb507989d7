"""Tables of results, and the machine they were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

__all__ = ["Table", "machine"]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the first column is text, the others are numbers."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """The table as Markdown, under its title."""
        lines = [f"### {self.title}", "", _line(self.head)]
        lines.append(_line(["---", *("---:" for _ in self.head[1:])]))
        lines += [_line(row) for row in self.rows]
        if self.note:
            lines += ["", self.note]
        return "\n".join([*lines, ""])


def machine() -> str:
    """When and where this was measured, in one paragraph; a busy machine is called busy."""
    cores = os.cpu_count() or 1
    load = os.getloadavg()[0]
    busy = (
        f" **The machine was busy** (load {load:.1f} on {cores} cores before the first measure): "
        "compare CPU and ratios, not times."
        if load > cores / 2
        else ""
    )
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {cores} x {_processor()}, {memory_gb:.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"DuckDB {version('duckdb')}, Interurban {version('interurban')}.{busy}\n"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
