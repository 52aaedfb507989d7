"""An answer in rows, whoever gave it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from interurban.core.dataset import Snapshot
from interurban.core.standard import Field

__all__ = ["Rows"]


@dataclass(frozen=True, slots=True)
class Rows:
    """What an answer was read from, its fields in order, and its batches.

    Batches have a column for each field (``geometry`` as WKB), then ``_key`` and ``_row``.
    """

    snapshot: Snapshot
    fields: tuple[Field, ...]
    batches: Iterator[pa.RecordBatch]
