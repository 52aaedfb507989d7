"""The lake: DuckLake's catalogue and files, which hold the truth of every snapshot.

A dataset ``<city>.<name>`` is the table ``lake.<city>.<name>``. The schema ``interurban`` holds the
manifests (one row a snapshot, never deleted) and the rejects of the newest load of each dataset.
Data, rejects and manifest are one commit; the number of that commit is the snapshot's version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from interurban.core.dataset import Snapshot
from interurban.core.errors import StoreError, UnknownDataset

from .home import Home
from .manifest import snapshot_from_json

__all__ = [
    "attach_lake",
    "commit",
    "dataset_path",
    "is_dataset_id",
    "read_snapshots",
]

_ID = re.compile(r"[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}")
_BUSY_MS = 10_000

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS lake.interurban;
CREATE TABLE IF NOT EXISTS lake.interurban.manifests (dataset VARCHAR, manifest VARCHAR);
CREATE TABLE IF NOT EXISTS lake.interurban.rejects (
    dataset VARCHAR, "row" BIGINT, field VARCHAR, value VARCHAR, reason VARCHAR, action VARCHAR
);
CALL lake.set_option('data_inlining_row_limit', 0);
CALL lake.set_option('data_inlining_row_limit', 100, schema => 'interurban');
CALL lake.set_option('parquet_compression', 'zstd');
CALL lake.set_option('parquet_compression_level', 1);
CALL lake.set_option('parquet_version', 2);
CALL lake.set_option('parquet_row_group_size', 65536);
"""


def is_dataset_id(text: str) -> bool:
    """Whether ``text`` may be the id of a dataset."""
    return _ID.fullmatch(text) is not None and not text.startswith("interurban.")


def dataset_path(dataset: str) -> tuple[str, str, str]:
    """Catalog, schema and name of the dataset's table."""
    if not is_dataset_id(dataset):
        raise UnknownDataset(
            f"{dataset!r} can't be a dataset.", advice="An id looks like chicago.crimes."
        )
    city, _, name = dataset.partition(".")
    return "lake", city, name


def attach_lake(connection: duckdb.DuckDBPyConnection, home: Home, *, write: bool) -> None:
    """Attach the lake as ``lake``; a writer makes it when it is not there."""
    if not home.catalogue.exists():
        if not write:
            raise StoreError("Nothing is loaded yet.", advice="Run: interurban load chicago")
        _begin(connection, home)
    _attach(connection, home, home.catalogue, "" if write else ", READ_ONLY")


def _begin(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make an empty lake aside and move it into place: no process ever opens half of one."""
    with home.committing():
        if home.catalogue.exists():
            return
        aside = home.catalogue.with_suffix(".new")
        for left in home.root.glob(f"{aside.name}*"):
            left.unlink()
        _attach(connection, home, aside, "")
        connection.execute(_SCHEMA)
        connection.execute("DETACH lake")
        aside.replace(home.catalogue)


def _attach(connection: duckdb.DuckDBPyConnection, home: Home, catalogue: Path, mode: str) -> None:
    connection.execute(
        f"ATTACH {_text(f'ducklake:sqlite:{catalogue}')} AS lake ("
        f"DATA_PATH {_text(f'{home.data}/')}, OVERRIDE_DATA_PATH true, META_JOURNAL_MODE 'WAL', "
        f"META_BUSY_TIMEOUT {_BUSY_MS}{mode})"
    )


@contextmanager
def commit(connection: duckdb.DuckDBPyConnection, home: Home) -> Iterator[None]:
    """One transaction: all of it or, on any error, nothing."""
    with home.committing():
        connection.execute("BEGIN")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def read_snapshots(connection: duckdb.DuckDBPyConnection, since: int = 0) -> list[Snapshot]:
    """Snapshots committed after version ``since``, oldest first."""
    rows = connection.execute(
        "SELECT manifest, snapshot_id FROM lake.interurban.manifests "
        "WHERE snapshot_id > ? ORDER BY snapshot_id",
        [since],
    ).fetchall()
    return [snapshot_from_json(manifest, version) for manifest, version in rows]


def _text(value: str) -> str:
    """A SQL text constant; ATTACH takes no bound parameters."""
    return "'" + value.replace("'", "''") + "'"
