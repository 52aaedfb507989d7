"""One DuckDB of this process, and the snapshots that are attached to it.

A process has two. Questions keep the pages they read in memory, which makes the next ones fast; a
download reads everything once, and must neither push those pages out nor need memory for all it
reads. Both read the same files, which never change.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from interurban.core.dataset import Snapshot
from interurban.core.errors import StoreError, UnknownSnapshot

from . import duck
from .home import Home
from .hot import hot_path
from .lake import attach_lake, dataset_path
from .sorted import HOT_TABLE
from .stage import name_sql, text_sql

__all__ = ["Copies"]


class Copies:
    """A DuckDB that attaches snapshots the first time they are asked for.

    Parameters
    ----------
    memory_mb: what it may hold in memory for all its queries together.
    scratch: a folder that no other DuckDB writes to: two that share one crash.
    """

    def __init__(self, home: Home, *, memory_mb: int, scratch: Path) -> None:
        scratch.mkdir(exist_ok=True)
        self.lock = threading.RLock()
        self._home = home
        self._connection = duck.connect(memory_mb=memory_mb, scratch=scratch)
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._lake = False
        self._paths: dict[tuple[str, int, str], tuple[str, ...]] = {}

    def close(self) -> None:
        """Let go of the copies and the lake."""
        while self._idle:
            self._idle.pop().close()
        self._connection.close()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for one query.

        Cursors are used again, because the first query of a new one costs twice as much; one that
        met an error, or was left in the middle, is not.
        """
        try:
            cursor = self._idle.pop()
        except IndexError:
            cursor = self._connection.cursor()
        try:
            yield cursor
        except BaseException:
            cursor.close()
            raise
        self._idle.append(cursor)

    def known(self, snapshot: Snapshot) -> tuple[str, ...] | None:
        """Where an attached snapshot lies; ``None`` when it is not attached yet."""
        return self._paths.get((snapshot.dataset, snapshot.version, snapshot.release))

    def attach(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Catalog, schema and name of its hot copy, or of a view of the lake where it has none.

        Raises
        ------
        UnknownSnapshot: it is no longer kept.
        StoreError: it is a release whose file has gone.
        """
        with self.lock:
            path = self.known(snapshot)
            if path is None:
                path = self._attach(snapshot)
                self._paths[snapshot.dataset, snapshot.version, snapshot.release] = path
        return path

    def attach_file(self, path: Path, alias: str) -> None:
        """Attach a DuckDB file for reading."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"ATTACH {text_sql(str(path))} AS {name_sql(alias)} (READ_ONLY)")

    def attach_lake(self) -> None:
        """Attach the lake for reading, once."""
        with self.lock:
            if not self._lake:
                attach_lake(self._connection, self._home, write=False)
                self._lake = True

    def _attach(self, snapshot: Snapshot) -> tuple[str, ...]:
        alias = f"{snapshot.dataset}@{snapshot.version}{snapshot.release}"
        copy = hot_path(self._home, snapshot)
        if copy.exists():
            try:
                self.attach_file(copy, alias)
                return (alias, *HOT_TABLE)
            except duckdb.IOException:
                copy.unlink(missing_ok=True)
        if snapshot.release:  # the lake would tell what a release keeps back
            raise StoreError(
                f"What may be had of {snapshot.dataset} is being made again.", advice="Try again."
            )
        self.attach_lake()
        table = ".".join(name_sql(part) for part in dataset_path(snapshot.dataset))
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(
                    f"CREATE OR REPLACE VIEW {name_sql(alias)} AS "
                    f"FROM {table} AT (VERSION => {snapshot.version})"
                )
        except duckdb.Error as error:
            raise UnknownSnapshot(
                f"Version {snapshot.version} of {snapshot.dataset} is no longer kept.",
                advice="Ask for the newest, or see its history.",
                part="as_of",
            ) from error
        return (alias,)
