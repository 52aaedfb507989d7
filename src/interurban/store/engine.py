"""The engine: answers permits from hot copies, or from the lake where there is none.

One DuckDB instance a process; each thread has its own cursor. Hot copies are attached read-only
the first time they are asked for, so any number of processes serve the same files.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from interurban.core.city import City
from interurban.core.dataset import Reject, Snapshot
from interurban.core.errors import InvalidFilter, StoreError, TooMuch, UnknownSnapshot
from interurban.core.policy import Permit
from interurban.query import compile as compiler
from interurban.query.compile import Table
from interurban.query.compile_aggregate import compile_aggregate
from interurban.query.compile_tile import (
    compile_tile,
    compile_tile_count,
    compile_tile_grid,
    compile_tile_points,
)
from interurban.query.grid import deinterleave
from interurban.query.sql import Statement

from . import duck
from .areas import AREAS_TABLE, areas_path, build_areas
from .home import Home
from .hot import HOT_TABLE, build_hot_copy, hot_path
from .lake import attach_lake, dataset_path, read_snapshots
from .point_tile import encode_tile
from .stage import name_sql, text_sql

__all__ = ["Counted", "Engine"]

MAX_TILE_FEATURES = 50_000
"""A tile with more features gives counts on a grid instead of the features."""

_TILE_GRID_BITS = 7
_BATCH = 16_384
_NOT_COMPUTABLE = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
    duckdb.SyntaxException,
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Exact counts: all rows of the answer, and those that have a place."""

    count: int
    placed: int


class Engine:
    """Answers permits; holds the process's DuckDB and its attached copies.

    Parameters
    ----------
    memory_mb: what DuckDB may hold in memory for all queries together.
    timeout_s: a query that runs longer is stopped with ``TooMuch``.
    """

    def __init__(self, home: Home, *, memory_mb: int = 2_000, timeout_s: float = 60.0) -> None:
        home.create()
        self.home = home
        self._connection = duck.connect(memory_mb=memory_mb, scratch=home.scratch)
        self._lock = threading.Lock()
        self._lake = False
        self._attached: dict[tuple[str, int], tuple[str, ...]] = {}
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._areas: set[str] = set()
        self._counts = _Counts(4_096)
        self._snapshots: dict[str, list[Snapshot]] = {}
        self._seen: tuple[object, ...] = ()
        self._newest = 0
        self._watch = _Watch(timeout_s)

    def close(self) -> None:
        """Let go of the copies and the lake."""
        self._watch.stop()
        while self._idle:
            self._idle.pop().close()
        self._connection.close()

    # Snapshots

    def history(self) -> Mapping[str, list[Snapshot]]:
        """Every snapshot of every dataset, oldest first; new commits are seen at once."""
        stamp = self._stamp()
        if stamp == self._seen or not self.home.catalogue.exists():
            return self._snapshots
        with self._lock:
            if stamp != self._seen:
                self._attach_lake()
                snapshots = {name: list(all_) for name, all_ in self._snapshots.items()}
                for snapshot in read_snapshots(self._connection.cursor(), self._newest):
                    snapshots.setdefault(snapshot.dataset, []).append(snapshot)
                    self._newest = snapshot.version
                self._snapshots = snapshots
                self._seen = stamp
        return self._snapshots

    def _stamp(self) -> tuple[object, ...]:
        """Changes whenever another process commits."""
        marks: list[object] = []
        for path in (self.home.catalogue, self.home.catalogue.with_name("catalogue.sqlite-wal")):
            try:
                status = path.stat()
                marks += [status.st_mtime_ns, status.st_size, status.st_ino]
            except FileNotFoundError:
                marks.append(None)
        return tuple(marks)

    def _attach_lake(self) -> None:
        if not self._lake:
            attach_lake(self._connection, self.home, write=False)
            self._lake = True

    def table(self, snapshot: Snapshot, city: City, *, newest: bool) -> Table:
        """Where a snapshot lies: its hot copy (built now if it is the newest and has none)."""
        identity = (snapshot.dataset, snapshot.version)
        path = self._attached.get(identity)
        if path is None:
            copy = hot_path(self.home, snapshot)
            if newest and not copy.exists():
                build_hot_copy(self.home, snapshot, city.time_zone)
            with self._lock:
                path = self._attached.get(identity)
                if path is None:
                    path = self._attach(snapshot)
                    self._attached[identity] = path
        return Table(path, snapshot, city.time_zone, hot=len(path) == 3)

    def _attach(self, snapshot: Snapshot) -> tuple[str, ...]:
        alias = f"{snapshot.dataset}@{snapshot.version}"
        copy = hot_path(self.home, snapshot)
        if copy.exists():
            try:
                self._connection.cursor().execute(
                    f"ATTACH {text_sql(str(copy))} AS {name_sql(alias)} (READ_ONLY)"
                )
                return (alias, *HOT_TABLE)
            except duckdb.IOException:
                copy.unlink(missing_ok=True)
        self._attach_lake()
        table = ".".join(name_sql(part) for part in dataset_path(snapshot.dataset))
        try:
            self._connection.cursor().execute(
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

    def _assigned(self, table: Table, boundary: Table) -> tuple[str, ...]:
        """Path of the table of each row's area, worked out now if it is not there."""
        path = areas_path(self.home, table.snapshot, boundary.snapshot)
        alias = f"{table.snapshot.dataset} {path.stem}"
        if alias not in self._areas:
            with self._lock, self._connection.cursor() as cursor:
                if alias not in self._areas:
                    build_areas(self.home, cursor, table, boundary)
                    cursor.execute(f"ATTACH {text_sql(str(path))} AS {name_sql(alias)} (READ_ONLY)")
                    self._areas.add(alias)
        return (alias, *AREAS_TABLE)

    # Answers

    def rows(self, permit: Permit, table: Table) -> Iterator[pa.RecordBatch]:
        """Rows of the answer in batches, in bounded memory; columns as ``compile_rows`` gives."""
        return self._stream(compiler.compile_rows(permit.query, table))

    def feature(self, permit: Permit, table: Table, feature: str) -> pa.Table:
        """The row of that public id; empty when there is none."""
        return self._fetch(compiler.compile_feature(feature, permit.query, table))

    def page(self, permit: Permit, table: Table) -> pa.Table:
        """Rows of the answer at once; for limited queries."""
        return self._fetch(compiler.compile_rows(permit.query, table))

    def count(self, permit: Permit, table: Table) -> Counted:
        """Exact counts of the answer; a snapshot never changes, so they are worked out once."""
        query = permit.query
        if query.where is None and not query.places and not query.times:
            return Counted(table.snapshot.rows, table.snapshot.placed)
        asked = (table.path, query.where, query.places, query.times)
        found = self._counts.get(asked)
        if found is None:
            count, placed = self._one(compiler.compile_count(query, table))
            found = self._counts.keep(asked, Counted(int(count), int(placed or 0)))
        return found

    def aggregate(self, permit: Permit, table: Table, areas: Mapping[str, Table]) -> pa.Table:
        """Groups and measures of the answer; ``areas``: the table of each boundary it names."""
        assigned = {name: self._assigned(table, boundary) for name, boundary in areas.items()}
        return self._fetch(compile_aggregate(permit.query, table, assigned))

    def cells(self, permit: Permit, table: Table, level: int) -> pa.Table:
        """Columns ``x``, ``y`` (of the 2**level grid) and ``count`` of each cell with rows."""
        found = self._fetch(compiler.compile_cells(permit.query, table, level))
        cells = found.column("cell").to_numpy().astype(np.uint64)
        x, y = deinterleave(cells)
        return pa.table({"x": x, "y": y, "count": found.column("count")})

    def tile(self, permit: Permit, table: Table, z: int, x: int, y: int) -> bytes:
        """One MVT; past ``MAX_TILE_FEATURES`` its features are grid points with a ``count``."""
        query, most = permit.query, MAX_TILE_FEATURES
        if table.points:
            # One more than a tile may hold shows that it is too full, without counting.
            rows = self._fetch(compile_tile_points(query, table, z, x, y, most + 1))
            if rows.num_rows <= most:
                return encode_tile(rows, z, x, y)
            crowded = True
        else:
            crowded = table.snapshot.placed > most and (
                self._one(compile_tile_count(query, table, z, x, y))[0] > most
            )
        if crowded:
            statement = compile_tile_grid(query, table, z, x, y, _TILE_GRID_BITS)
        else:
            statement = compile_tile(query, table, z, x, y)
        (tile,) = self._one(statement)
        return bytes(tile or b"")

    def rejects(self, permit: Permit, *, limit: int, offset: int) -> list[Reject]:
        """Broken values of the newest load, by row."""
        with self._lock:
            self._attach_lake()
        with self._watched() as cursor:
            found = cursor.execute(
                "SELECT \"row\", field, coalesce(value, ''), reason, action "
                "FROM lake.interurban.rejects WHERE dataset = ? "
                'ORDER BY "row", field, reason LIMIT ? OFFSET ?',
                [permit.query.dataset, limit, offset],
            ).fetchall()
        return [Reject(*row) for row in found]

    # Running

    def _fetch(self, statement: Statement) -> pa.Table:
        with self._watched() as cursor:
            found: pa.Table = cursor.execute(statement.sql, statement.parameters).to_arrow_table()
        return found

    def _one(self, statement: Statement) -> tuple[Any, ...]:
        with self._watched() as cursor:
            row: tuple[Any, ...] | None = cursor.execute(
                statement.sql, statement.parameters
            ).fetchone()
        if row is None:
            raise StoreError("The engine gave no answer.", advice="Try again.")
        return row

    def _stream(self, statement: Statement) -> Iterator[pa.RecordBatch]:
        cursor = self._connection.cursor()
        try:
            with _readable():
                reader = cursor.execute(statement.sql, statement.parameters).to_arrow_reader(_BATCH)
                yield from reader
        finally:
            cursor.close()

    @contextmanager
    def _watched(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose query is stopped when it takes too long.

        Cursors are used again, because the first query of a new one costs twice as much; one that
        met an error is not.
        """
        try:
            cursor = self._idle.pop()
        except IndexError:
            cursor = self._connection.cursor()
        try:
            with _readable(), self._watch.over(cursor):
                yield cursor
        except BaseException:
            cursor.close()
            raise
        self._idle.append(cursor)


@contextmanager
def _readable() -> Iterator[None]:
    """DuckDB's errors as ours."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise TooMuch(
            "The question took too long.", advice="Ask for a smaller place or a shorter time."
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise TooMuch(
            "The question needs more memory than this node allows.",
            advice="Ask for fewer rows or groups.",
        ) from error
    except _NOT_COMPUTABLE as error:
        # What a filter computes from the rows' own values is known only when it runs.
        raise InvalidFilter(
            "A value that the question computes can't be: a number is too large, or a pattern of "
            "LIKE ends with a lone backslash.",
            advice="Change the computation in the filter.",
            part="filter",
        ) from error


class _Counts:
    """Counts by what was counted; the least recently asked is forgotten first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[object, Counted] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asked: object) -> Counted | None:
        """The count, if it was asked before."""
        with self._lock:
            found = self._known.get(asked)
            if found is not None:
                self._known.move_to_end(asked)
            return found

    def keep(self, asked: object, counted: Counted) -> Counted:
        """Keep a count."""
        with self._lock:
            self._known[asked] = counted
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return counted


class _Watch:
    """Interrupts queries that run past their time; one thread for all of them."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._running: dict[int, tuple[float, duckdb.DuckDBPyConnection]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, name="query-watch", daemon=True)
        self._thread.start()

    @contextmanager
    def over(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Watch over one query."""
        with self._lock:
            self._running[id(cursor)] = (time.monotonic() + self._timeout_s, cursor)
        try:
            yield
        finally:
            with self._lock:
                del self._running[id(cursor)]

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def _look(self) -> None:
        while not self._stopped.wait(min(1.0, self._timeout_s / 4)):
            now = time.monotonic()
            with self._lock:
                for end, cursor in self._running.values():
                    if end < now:
                        cursor.interrupt()
