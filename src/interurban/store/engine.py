"""The engine: answers permits from hot copies, or from the lake where there is none.

Questions and downloads have a DuckDB each; every query has a cursor of its own and is watched. Hot
copies are attached read-only the first time they are asked for, so any number of processes serve
the same files.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from interurban.core.city import City
from interurban.core.dataset import Reject, Snapshot
from interurban.core.errors import InvalidFilter, StoreError, TooMuch
from interurban.core.pairs import HidePairs
from interurban.core.policy import Obligation, Permit
from interurban.core.query import Query
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

from .areas import AREAS_TABLE, areas_path, build_areas
from .copies import Copies
from .home import Home
from .hot import build_hot_copy, hot_path
from .lake import read_snapshots
from .occupancy import LEVEL, Occupancies, Occupancy
from .point_tile import encode_tile
from .release import is_being_released, release_id, released
from .running import Running

__all__ = ["Counted", "Engine"]

MAX_TILE_FEATURES = 50_000
"""A tile with more features gives counts on a grid instead of the features."""

_TILE_GRID_BITS = 7
_BATCH = 16_384
_DOWNLOADS_MB = 300
"""What all downloads together may hold in memory; a sort of more is done on disk."""

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
    """Answers permits; ``running`` watches over the queries under way.

    Parameters
    ----------
    memory_mb: what DuckDB may hold in memory for all questions together; downloads have their own.
    timeout_s: a question that runs longer is stopped with ``TooMuch``.
    """

    def __init__(self, home: Home, *, memory_mb: int = 2_000, timeout_s: float = 60.0) -> None:
        home.create()
        self.home = home
        self.running = Running(timeout_s)
        self._scratch = home.scratch_folder()
        self._copies = Copies(home, memory_mb=memory_mb, scratch=self._scratch / "questions")
        self._for_downloads: Copies | None = None
        self._areas: set[str] = set()
        self._counts = _Counts(4_096)
        self._occupancies = Occupancies(64)
        self._released: dict[tuple[str, int, str], Snapshot] = {}
        self._snapshots: dict[str, list[Snapshot]] = {}
        self._seen: tuple[object, ...] = ()
        self._newest = 0

    def close(self) -> None:
        """Let go of the copies and the lake."""
        self.running.stop()
        self._copies.close()
        if self._for_downloads is not None:
            self._for_downloads.close()

    # Snapshots

    def history(self) -> Mapping[str, list[Snapshot]]:
        """Every snapshot of every dataset, oldest first; new commits are seen at once."""
        stamp = self._stamp()
        if stamp == self._seen or not self.home.catalogue.exists():
            return self._snapshots
        with self._copies.lock:
            if stamp != self._seen:
                self._copies.attach_lake()
                snapshots = {name: list(all_) for name, all_ in self._snapshots.items()}
                with self._copies.cursor() as cursor:
                    for snapshot in read_snapshots(cursor, self._newest):
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

    def released(
        self,
        snapshot: Snapshot,
        obligations: Sequence[Obligation],
        city: City,
        areas: Mapping[str, Snapshot],
        hide: HidePairs,
        tell: Callable[[Snapshot], None] | None = None,
    ) -> Snapshot:
        """The release of a snapshot under obligations; the snapshot itself without any.

        Parameters
        ----------
        areas: the snapshot of each boundary dataset that places are moved into.
        hide: chooses which counts of a table are hidden beside small ones.
        tell: called with a release that had to be built, before anybody can ask it.
        """
        if not obligations:
            return snapshot
        release = release_id(obligations, tuple(areas.values()))
        asked = (snapshot.dataset, snapshot.version, release)
        found = self._released.get(asked)
        if found is None or not hot_path(self.home, found).exists():
            found = released(self.home, snapshot, obligations, city.time_zone, areas, hide, tell)
            self._released[asked] = found
        return found

    def is_being_released(
        self,
        snapshot: Snapshot,
        obligations: Sequence[Obligation],
        areas: Mapping[str, Snapshot],
    ) -> bool:
        """Whether whoever asks for a release now would wait for somebody who is building it."""
        release = release_id(obligations, tuple(areas.values()))
        if (snapshot.dataset, snapshot.version, release) in self._released:
            return False
        return bool(release) and is_being_released(self.home, snapshot, release)

    def table(self, snapshot: Snapshot, city: City, *, newest: bool) -> Table:
        """Where a snapshot lies: its hot copy (built now if it is the newest and has none)."""
        path = self._copies.known(snapshot)
        if path is None:
            if newest and not snapshot.release and not hot_path(self.home, snapshot).exists():
                build_hot_copy(self.home, snapshot, city.time_zone)
            path = self._copies.attach(snapshot)
        return Table(path, snapshot, city.time_zone, hot=_is_hot(path))

    def _assigned(self, table: Table, boundary: Table) -> tuple[str, ...]:
        """Path of the table of each row's area, worked out now if it is not there."""
        path = areas_path(self.home, table.snapshot, boundary.snapshot)
        alias = f"{table.snapshot.dataset}{table.snapshot.release} {path.stem}"
        if alias not in self._areas:
            with self._copies.lock, self._copies.cursor() as cursor:
                if alias not in self._areas:
                    build_areas(self.home, cursor, table, boundary)
                    self._copies.attach_file(path, alias)
                    self._areas.add(alias)
        return (alias, *AREAS_TABLE)

    # Answers

    def rows(self, permit: Permit, table: Table) -> Iterator[pa.RecordBatch]:
        """Rows of the answer in batches, in bounded memory; columns as ``compile_rows`` gives."""
        copies = self._downloads()
        path = copies.attach(table.snapshot)
        there = replace(table, path=path, hot=_is_hot(path))
        return self._stream(copies, compiler.compile_rows(permit.query, there, as_they_lie=True))

    def feature(self, permit: Permit, table: Table, feature: str) -> pa.Table:
        """The row of that public id; empty when there is none."""
        return self._fetch(compiler.compile_feature(feature, permit.query, table))

    def page(self, permit: Permit, table: Table) -> pa.Table:
        """Rows of the answer at once; for limited queries."""
        return self._fetch(compiler.compile_rows(permit.query, table))

    def count(self, permit: Permit, table: Table) -> Counted:
        """Exact counts of the answer; a snapshot never changes, so they are worked out once."""
        query = permit.query
        if _is_whole(query):
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
            points = compile_tile_points(query, table, z, x, y)
            held, exact = self._occupancy(table).held(z, x, y)
            if not held:
                return b""
        else:
            held, exact = table.snapshot.placed, False
        if held > most and not (exact and _is_whole(query)):
            (held,) = self._one(compile_tile_count(query, table, z, x, y))
        if held <= most and table.points:
            return encode_tile(self._fetch(points), z, x, y)
        if held <= most:
            statement = compile_tile(query, table, z, x, y)
        else:
            statement = compile_tile_grid(query, table, z, x, y, _TILE_GRID_BITS)
        (tile,) = self._one(statement)
        return bytes(tile or b"")

    def _occupancy(self, table: Table) -> Occupancy:
        def count() -> Occupancy:
            everything = Query(table.snapshot.dataset)
            cells = self._fetch(compiler.compile_cells(everything, table, LEVEL))
            numbers = cells.column("cell").to_numpy().astype(np.uint64)
            return Occupancy.of(LEVEL, numbers, cells.column("count").to_numpy())

        return self._occupancies.get(table.path, count)

    def rejects(self, permit: Permit, *, limit: int, offset: int) -> list[Reject]:
        """Broken values of the newest load, by row."""
        self._copies.attach_lake()
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

    def _stream(self, copies: Copies, statement: Statement) -> Iterator[pa.RecordBatch]:
        with copies.cursor() as cursor, _readable(), self.running.over(cursor, timed=False):
            yield from cursor.execute(statement.sql, statement.parameters).to_arrow_reader(_BATCH)

    def _downloads(self) -> Copies:
        """The DuckDB of downloads, made with the first of them."""
        with self._copies.lock:
            if self._for_downloads is None:
                scratch = self._scratch / "downloads"
                self._for_downloads = Copies(self.home, memory_mb=_DOWNLOADS_MB, scratch=scratch)
            return self._for_downloads

    @contextmanager
    def _watched(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose query is stopped when it takes too long, or nobody waits for it."""
        with self._copies.cursor() as cursor, _readable(), self.running.over(cursor):
            yield cursor


def _is_hot(path: tuple[str, ...]) -> bool:
    """Whether a path leads to a hot copy; a view of the lake is a name alone."""
    return len(path) > 1


@contextmanager
def _readable() -> Iterator[None]:
    """DuckDB's errors as ours."""
    try:
        yield
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


def _is_whole(query: Query) -> bool:
    """Whether a query is about every row."""
    return query.where is None and not query.places and not query.times


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
