"""Rows on their way out: what every encoder is given, and how a stream is cut into chunks.

An encoder is a function ``Export -> Iterator[bytes]``; it holds one chunk of rows at a time, so
that ten million rows pass through a laptop.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from interurban.core.standard import Field

from .crs import Crs
from .geometry_text import reprojected

__all__ = ["GEOMETRY", "Drain", "Export", "arrow_schema", "arrow_tables", "sliced"]

GEOMETRY = "geometry"
"""The column of WKB in the batches the node gives."""

_ARROW_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, slots=True)
class Export:
    """One answer as rows.

    Parameters
    ----------
    name: file name without its ending (``chicago.crimes-v12``).
    fields: the fields to give, in order, without the geometry.
    geometry: ``point``, ``line``, ``polygon``, ``mixed``, or ``none`` when it is not given.
    placed: whether every row of the snapshot has a geometry.
    crs: the reference system to give coordinates in.
    source: the members that say where the numbers come from, and on what terms.
    batches: the node's rows: these fields, ``geometry`` as WKB in WGS84, house columns.
    """

    name: str
    fields: tuple[Field, ...]
    geometry: str
    placed: bool
    crs: Crs
    source: Mapping[str, object]
    batches: Iterable[pa.RecordBatch]


class Drain:
    """A file to write into whose content is taken away chunk by chunk."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0
        self.closed = False

    def write(self, data: pa.Buffer | bytes) -> int:
        """Keep some bytes until the next ``take``."""
        part = bytes(data)
        self._parts.append(part)
        self._written += len(part)
        return len(part)

    def tell(self) -> int:
        """Bytes written since the beginning, taken or not."""
        return self._written

    def flush(self) -> None:
        """Nothing to do: everything is kept until it is taken."""

    def close(self) -> None:
        """End of writing; what is kept can still be taken."""
        self.closed = True

    def readable(self) -> bool:
        """Never."""
        return False

    def writable(self) -> bool:
        """Until it is closed."""
        return not self.closed

    def seekable(self) -> bool:
        """Never."""
        return False

    def take(self) -> bytes:
        """Everything written since the last time."""
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


def sliced(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most so many, so that a chunk of text stays small."""
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


def arrow_schema(export: Export) -> pa.Schema:
    """The schema of a typed export: described fields, then WKB, with the source as metadata."""
    columns = [
        pa.field(field.name, _ARROW_TYPES[field.type], metadata=_described(field))
        for field in export.fields
    ]
    if export.geometry != "none":
        extension = {
            "ARROW:extension:name": "geoarrow.wkb",
            "ARROW:extension:metadata": json.dumps({"crs": export.crs.projjson()}),
        }
        columns.append(pa.field(GEOMETRY, pa.binary(), metadata=extension))
    return pa.schema(columns, metadata={"interurban": json.dumps(export.source)})


def arrow_tables(export: Export, schema: pa.Schema, rows: int) -> Iterator[pa.Table]:
    """The rows as tables of about so many rows, cast to the schema, coordinates in ``crs``."""
    gathered: list[pa.RecordBatch] = []
    count = 0
    for batch in export.batches:
        gathered.append(_typed(export, schema, batch))
        count += batch.num_rows
        if count >= rows:
            yield pa.Table.from_batches(gathered, schema)
            gathered, count = [], 0
    if gathered:
        yield pa.Table.from_batches(gathered, schema)


def _typed(export: Export, schema: pa.Schema, batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        batch.column(field.name).cast(schema.field(field.name).type) for field in export.fields
    ]
    if export.geometry != "none":
        shapes = batch.column(GEOMETRY).cast(pa.binary())
        project = export.crs.project(authority_order=False)
        columns.append(reprojected(shapes, project) if project else shapes)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _described(field: Field) -> dict[str, str]:
    said = {"title": field.title, "description": field.description, "unit": field.unit}
    return {key: text for key, text in said.items() if text}
