"""Hot copies: one read-only DuckDB file for each snapshot, in natural order.

A copy is a cache. It is built beside its final name and renamed, so a reader never sees half of
one; any of them can be deleted at any time and is built again from the lake when it is needed. A
full load writes its rows in natural order once, as the copy to be, and commits them from there.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from interurban.core.dataset import Snapshot

from . import duck
from .home import Home
from .lake import attach_lake, dataset_path
from .sorted import sorted_rows
from .stage import name_sql

__all__ = ["build_hot_copy", "hot_path", "keep_hot_copy"]

_MEMORY_MB = 1_000


def hot_path(home: Home, snapshot: Snapshot) -> Path:
    """Where the copy of a snapshot, or of a release of one, lies, whether it is there or not."""
    if snapshot.release:
        releases = home.hot / snapshot.dataset / "releases"
        return releases / f"{snapshot.version}-{snapshot.release}.duckdb"
    return home.hot / snapshot.dataset / f"{snapshot.version}.duckdb"


def build_hot_copy(
    home: Home,
    snapshot: Snapshot,
    time_zone: str,
    lake: duckdb.DuckDBPyConnection | None = None,
) -> Path:
    """Build the copy of a snapshot from the lake if it is not there.

    ``lake`` is a connection that has the lake attached; without one a new one is opened.
    """
    path = hot_path(home, snapshot)
    with home.building(snapshot.dataset):
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        for stale in path.parent.glob("*.half*"):
            stale.unlink()
        if lake is not None:
            _copy(lake, snapshot, time_zone, half)
        else:
            with duck.connect(memory_mb=_MEMORY_MB, scratch=home.scratch_folder()) as connection:
                attach_lake(connection, home, write=False)
                _copy(connection, snapshot, time_zone, half)
        half.replace(path)
        _forget_old(path)
    return path


def _copy(
    connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, time_zone: str, half: Path
) -> None:
    source = ".".join(name_sql(part) for part in dataset_path(snapshot.dataset))
    rows = f"{source} AT (VERSION => {snapshot.version})"
    with sorted_rows(connection, rows, snapshot, time_zone, half):
        pass


def keep_hot_copy(home: Home, snapshot: Snapshot, file: Path) -> None:
    """Make a file of sorted rows, which now are a snapshot, its hot copy."""
    path = hot_path(home, snapshot)
    with home.building(snapshot.dataset):
        path.parent.mkdir(parents=True, exist_ok=True)
        file.replace(path)
        _forget_old(path)


def _forget_old(newest: Path, keep: int = 2) -> None:
    """Keep the newest copies; a reader of an older snapshot goes to the lake."""
    copies = sorted(newest.parent.glob("*.duckdb"), key=lambda p: int(p.stem), reverse=True)
    for copy in copies[keep:]:
        copy.unlink(missing_ok=True)
