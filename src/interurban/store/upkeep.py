"""Upkeep of the lake: small files are joined, and versions that nobody needs are forgotten.

Both are commits of DuckLake like any other: readers see the lake before or after, and a process
that is killed in the middle has changed nothing that counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from . import duck
from .home import Home
from .lake import attach_lake, read_snapshots
from .stage import number

__all__ = ["Freed", "compact", "forget_old"]

_MEMORY_MB = 1_000


@dataclass(frozen=True, slots=True)
class Freed:
    """What an upkeep let go of: versions forgotten, files deleted, and their bytes."""

    versions: int
    files: int
    size: int


def compact(home: Home) -> tuple[int, int]:
    """Join the small files that updates leave behind; every version stays as it is.

    Returns
    -------
    Data files of the newest versions before and after.

    Raises
    ------
    StoreError: nothing is loaded.
    """
    with _lake(home) as connection:
        before = _files(connection)
        with home.committing():
            connection.execute("CALL ducklake_rewrite_data_files('lake')")
            connection.execute("CALL ducklake_merge_adjacent_files('lake')")
        return before, _files(connection)


def forget_old(home: Home, keep: int) -> Freed:
    """Forget all but the newest ``keep`` versions of each dataset, and delete unneeded files.

    A question to a version that is being forgotten at this moment may end in an error; no question
    to one that is kept does.

    Raises
    ------
    StoreError: nothing is loaded.
    """
    with _lake(home) as connection, home.committing():
        kept = _newest(connection, keep)
        known = _commits(connection)
        forgotten = [
            snapshot.version
            for snapshot in read_snapshots(connection)
            if snapshot.version not in kept
        ]
        connection.execute(
            "DELETE FROM lake.interurban.manifests WHERE list_contains(?, snapshot_id)",
            [forgotten],
        )
        # The newest commit of all is where the lake stands; DuckLake itself never lets go of it.
        expired = [version for version in known if version not in kept and version != known[-1]]
        if expired:
            connection.execute("CALL ducklake_expire_snapshots('lake', versions => ?)", [expired])
        before = _sizes(home)
        connection.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")
        # Left by killed loads. No load is writing now: it would hold the commit's lock.
        connection.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)")
        after = _sizes(home)
    gone = before.keys() - after.keys()
    return Freed(len(forgotten), len(gone), sum(before[name] for name in gone))


@contextmanager
def _lake(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duck.connect(memory_mb=_MEMORY_MB, scratch=home.scratch_folder())
    try:
        # Where nothing is loaded it must say so, not begin a lake.
        attach_lake(connection, home, write=home.catalogue.exists())
        yield connection
    finally:
        connection.close()


def _newest(connection: duckdb.DuckDBPyConnection, keep: int) -> set[int]:
    """The versions to keep."""
    by_dataset: dict[str, list[int]] = {}
    for snapshot in read_snapshots(connection):
        by_dataset.setdefault(snapshot.dataset, []).append(snapshot.version)
    return {version for versions in by_dataset.values() for version in versions[-keep:]}


def _commits(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """Every commit the lake remembers, oldest first."""
    rows = connection.execute(
        "SELECT snapshot_id FROM ducklake_snapshots('lake') ORDER BY snapshot_id"
    ).fetchall()
    return [int(commit) for (commit,) in rows]


def _files(connection: duckdb.DuckDBPyConnection) -> int:
    return number(connection, "SELECT sum(file_count) FROM ducklake_table_info('lake')")


def _sizes(home: Home) -> dict[str, int]:
    return {str(file): file.stat().st_size for file in home.data.rglob("*.parquet")}
