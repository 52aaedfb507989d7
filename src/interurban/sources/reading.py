"""What every way in gives back: one reading of one source, as Arrow batches.

A connector builds a ``Reading`` from a schema and an iterator of record batches. The reading is
iterated once, in bounded memory; what could not be split into columns is kept beside it, and the
facts about the bytes (origin, hash, how they were understood) are complete after the last batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interurban.core.dataset import SourceFacts
from interurban.core.errors import InterurbanError

from .transport_patience import Patience

__all__ = [
    "GEOMETRY_COLUMN",
    "KEPT_BROKEN",
    "ROW_COLUMN",
    "Broken",
    "BrokenRows",
    "Fetching",
    "Limits",
    "Reading",
    "no_progress",
    "number_batches",
    "with_rows",
]

GEOMETRY_COLUMN = "geometry"
"""Name of the geometry column: WKB in the CRS that ``facts().reading["crs"]`` names."""

ROW_COLUMN = "_row"
"""Name of the row column: int64, 1-based number of the data row in the source; of a wide table that
was made long, see ``Reading.from_columns``."""

KEPT_BROKEN = 100_000
"""Broken rows kept with their text; more are only counted."""

_KEPT_TEXT = 2_000

Progress = Callable[[int, int, int | None], None]


def no_progress(rows: int, size: int, total: int | None) -> None:
    """Take no notice of progress."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a node accepts from a source before it says no (``TooMuch``).

    Parameters
    ----------
    max_columns: columns of a table.
    max_field_bytes: bytes of one value; a row with a longer one is broken, not the file.
    max_record_bytes: bytes of one row, feature or JSON record.
    max_expanded_bytes: bytes that a compressed file may unpack to.
    max_ratio: unpacked bytes for each packed byte; looked at past 64 MiB unpacked.
    max_members: entries of an archive.
    max_depth: packings around a file, one in another.
    max_whole_bytes: size of a file in a format that cannot be read piece by piece.
    """

    max_columns: int = 4_096
    max_field_bytes: int = 1 << 20
    max_record_bytes: int = 32 << 20
    max_expanded_bytes: int = 256 << 30
    max_ratio: int = 300
    max_members: int = 10_000
    max_depth: int = 3
    max_whole_bytes: int = 256 << 20


@dataclass(frozen=True, slots=True)
class Fetching:
    """What a connector may use while it fetches.

    Parameters
    ----------
    work: scratch folder; what a reading leaves there is removed by ``Reading.close``.
    mirror: folder that relative paths of ``files`` start from, or ``None``.
    progress: called with rows so far, bytes so far and bytes in all (``None``: unknown).
    tokens: app tokens by host name.
    patience: how long portals are waited for.
    """

    work: Path
    mirror: Path | None = None
    progress: Progress = no_progress
    tokens: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that could not even be split into columns: where, what it said, and why."""

    row: int
    text: str
    reason: str


class BrokenRows:
    """Broken records as they are met: the first ``KEPT_BROKEN`` kept, every one counted."""

    def __init__(self) -> None:
        self.kept: list[Broken] = []
        self.count = 0

    def add(self, row: int, text: str, reason: str) -> None:
        """Count one, and keep its first 2,000 characters."""
        self.count += 1
        if len(self.kept) < KEPT_BROKEN:
            self.kept.append(Broken(row, text[:_KEPT_TEXT], reason))


class Reading:
    """One reading of one source; iterate ``batches`` once, then ask for ``facts``.

    Parameters
    ----------
    schema: columns of every batch, ``_row`` among them; text formats give strings.
    batches: the record batches; may raise ``SourceError`` in the middle.
    facts: asked once the last batch is out.
    broken: records that could not be split, filled while the batches are read.
    incremental: the batches are an upsert on the key, not the whole table.
    removed: keys of rows deleted at the source; may be filled while the batches are read.
    close: lets go of files and connections; called once.
    from_columns: headers of the source's columns that became rows, in order; empty when none did.
        With n of them, cell i (from 1) of the source's row r is row ``(r - 1) * n + i``.

    Attributes
    ----------
    failure: what ``batches`` broke off with. An engine that pulls the batches reports it in words
        of its own; these are the ones for people.
    """

    def __init__(
        self,
        schema: pa.Schema,
        batches: Iterable[pa.RecordBatch],
        facts: Callable[[], SourceFacts],
        *,
        broken: BrokenRows | None = None,
        incremental: bool = False,
        removed: Sequence[str] = (),
        close: Callable[[], None] | None = None,
        from_columns: Sequence[str] = (),
    ) -> None:
        self.schema = schema
        self.from_columns = tuple(from_columns)
        self.incremental = incremental
        self.removed = removed
        self.failure: InterurbanError | None = None
        self._batches = self._watched(batches)
        self._ahead: list[pa.RecordBatch] = []
        self._facts = facts
        self._broken = broken if broken is not None else BrokenRows()
        self._close = close

    @property
    def broken(self) -> list[Broken]:
        """Records that could not be split; complete after the last batch."""
        return self._broken.kept

    @property
    def broken_count(self) -> int:
        """How many there were, kept or not."""
        return self._broken.count

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give every batch once, in the order of the source."""
        while self._ahead:
            yield self._ahead.pop(0)
        yield from self._batches

    def sample(self, rows: int = 10_000) -> pa.Table:
        """Look at the first rows without losing them: ``batches`` gives them again.

        Returns
        -------
        At least ``rows`` rows when the source has them (whole batches are read), else all.
        """
        have = sum(batch.num_rows for batch in self._ahead)
        while have < rows and (batch := next(self._batches, None)) is not None:
            self._ahead.append(batch)
            have += batch.num_rows
        return pa.Table.from_batches(self._ahead, schema=self.schema)

    def _watched(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except InterurbanError as error:
            self.failure = error
            raise

    def facts(self) -> SourceFacts:
        """What is known of the bytes that were read; complete after the last batch."""
        return self._facts()

    def told_as(
        self,
        facts: Callable[[], SourceFacts],
        close: Callable[[], None],
        batches: Iterable[pa.RecordBatch] | None = None,
        schema: pa.Schema | None = None,
        from_columns: Sequence[str] | None = None,
    ) -> Reading:
        """Give the same rows with other facts, for bytes that came from elsewhere.

        Parameters
        ----------
        close: in place of this reading's own, which it has to call.
        batches: this reading's batches as they are watched or changed on their way, or ``None``.
        schema, from_columns: of the batches, where they were changed.
        """
        return Reading(
            self.schema if schema is None else schema,
            self.batches() if batches is None else batches,
            facts,
            broken=self._broken,
            incremental=self.incremental,
            removed=self.removed,
            close=close,
            from_columns=self.from_columns if from_columns is None else from_columns,
        )

    def close(self) -> None:
        """Let go of files, connections and scratch space; safe to call twice."""
        close, self._close = self._close, None
        if close is not None:
            close()

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def with_rows(batch: pa.RecordBatch, rows: npt.NDArray[np.int64]) -> pa.RecordBatch:
    """Append the row column; ``rows`` holds one 1-based row number for each row."""
    return pa.RecordBatch.from_arrays(
        [*batch.columns, pa.array(rows, pa.int64())],
        schema=batch.schema.append(pa.field(ROW_COLUMN, pa.int64(), nullable=False)),
    )


def number_batches(batches: Iterable[pa.RecordBatch], first: int = 1) -> Iterator[pa.RecordBatch]:
    """Append consecutive row numbers to batches that have lost no row."""
    for batch in batches:
        yield with_rows(batch, np.arange(first, first + batch.num_rows, dtype=np.int64))
        first += batch.num_rows
