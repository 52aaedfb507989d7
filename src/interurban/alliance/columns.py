"""The columns of an answer, as its question and the snapshot say them, before anybody answers.

Both sides work them out: the owner sends nothing else, and the asker takes nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from interurban.core import query as q
from interurban.core.dataset import Snapshot
from interurban.query.compile import Table, selected_fields

__all__ = ["CELLS", "aggregate_schema", "bytes_of", "row_schema", "table_of"]

CELLS = pa.schema([("x", pa.uint32()), ("y", pa.uint32()), ("count", pa.int64())])
"""Cells of the global grid and how many rows lie in each."""

_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "geometry": pa.binary(),
}
_HOUSE = [pa.field("_key", pa.uint64()), pa.field("_row", pa.int64())]
_GEOMETRY, _SHAPES = "geometry", b"shapes"
_KINDS = {"point": {0}, "line": {1, 5}, "polygon": {3, 6}, "none": set()}
"""What Shapely calls the geometries of each kind of dataset."""

_CYCLES = ("hour_of_day", "weekday", "month_of_year")
_LOCAL = pa.timestamp("us")


def row_schema(query: q.Query, snapshot: Snapshot) -> pa.Schema:
    """Columns of rows: the chosen fields, then ``_key`` and ``_row``.

    Raises
    ------
    UnknownField: the dataset has no such field.
    """
    shapes = {_SHAPES: snapshot.geometry.encode()}
    columns = [
        pa.field(f.name, _TYPES[f.type], metadata=shapes if f.type == "geometry" else None)
        for f in selected_fields(query, _table(snapshot))
    ]
    return pa.schema([*columns, *_HOUSE])


def aggregate_schema(query: q.Query, snapshot: Snapshot) -> pa.Schema:
    """Columns of an aggregate: groups, then measures.

    Raises
    ------
    UnknownField: the dataset has no such field.
    """
    table = _table(snapshot)
    columns = [column for group in _named(query.groups) for column in _group(group, table)]
    for measure in query.measures:
        kind: pa.DataType = pa.float64()
        if measure.kind == "count":
            kind = pa.int64()
        elif measure.kind in ("min", "max"):
            kind = _TYPES[table.type_of(measure.field or "", part="measures")]
        columns.append(pa.field(measure.name, kind))
    return pa.schema(columns)


def _named(groups: tuple[q.Group, ...]) -> Iterator[tuple[q.Group, int]]:
    """Groups with the number of areas before them, which their names depend on."""
    areas = 0
    for group in groups:
        yield group, areas
        areas += isinstance(group, q.ByArea)


def _group(numbered: tuple[q.Group, int], table: Table) -> list[pa.Field]:
    group, areas = numbered
    match group:
        case q.ByField(field):
            return [pa.field(field, _TYPES[table.type_of(field, part="by")])]
        case q.ByTime(unit, field):
            name = field or table.snapshot.roles.time or "time"
            return [pa.field(f"{name}_{unit}", pa.int64() if unit in _CYCLES else _LOCAL)]
        case q.ByCell():
            return [pa.field("cell_x", pa.int64()), pa.field("cell_y", pa.int64())]
        case q.ByArea():
            return [pa.field("area" if not areas else f"area_{areas + 1}", pa.string())]


def _table(snapshot: Snapshot) -> Table:
    return Table((), snapshot, "UTC")


# As bytes


def bytes_of(table: pa.Table) -> bytes:
    """A table as an Arrow IPC stream, as it lies in memory."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def table_of(content: bytes, schema: pa.Schema, most_rows: int) -> pa.Table:
    """The table that somebody sent, if it is what it has to be to the last value.

    Raises
    ------
    ValueError: it is not, and why, as the end of a sentence.
    """
    try:
        found = _read(content, schema, most_rows)
        found.validate(full=True)
        _check_values(found)
    except (pa.ArrowException, OSError, struct.error, IndexError, MemoryError) as error:
        raise ValueError("it is no whole Arrow stream") from error
    except shapely.errors.ShapelyError as error:
        raise ValueError("a geometry in it can't be read") from error
    return found


def _read(content: bytes, schema: pa.Schema, most_rows: int) -> pa.Table:
    buffer = pa.py_buffer(content)
    for message in pa.ipc.MessageReader.open_stream(buffer):
        _expect_plain(message)
    reader = pa.ipc.open_stream(buffer)
    sent = reader.schema
    if sent.names != schema.names:
        raise ValueError(_difference(sent.names, schema.names))
    for there, wanted in zip(sent, schema, strict=True):
        if there.type != wanted.type:
            raise ValueError(f"its column {there.name} is of another type than was told")
    rows = 0
    batches = []
    for batch in reader:
        rows += batch.num_rows
        if rows > most_rows:
            raise ValueError(f"it has more rows than the {most_rows:,} asked for")
        batches.append(batch)
    return pa.Table.from_batches(batches, sent).replace_schema_metadata(None).cast(schema)


def _difference(sent: list[str], wanted: list[str]) -> str:
    more = [name for name in sent if name not in wanted]
    if more:
        return f"it has a column {more[0][:60]!a} that was not asked for"
    missing = [name for name in wanted if name not in sent]
    return f"it has no column {missing[0]}" if missing else "its columns stand in another order"


def _expect_plain(message: pa.ipc.Message) -> None:
    """Nothing that is packed: a few bytes of it could become more than there is memory.

    The metadata are a flatbuffer ``Message {version, header_type, header ...}``; the header of a
    batch is ``RecordBatch {length, nodes, buffers, compression ...}``.
    """
    if message.type == "schema":
        return
    if message.type != "record batch":
        raise ValueError(f"it holds a {message.type}, and only plain batches are taken")
    metadata = bytes(message.metadata)
    (root,) = struct.unpack_from("<I", metadata, 0)
    header = _member(metadata, root, 2)
    if header:
        (offset,) = struct.unpack_from("<I", metadata, header)
        if _member(metadata, header + offset, 3):
            raise ValueError("it is packed, and only plain batches are taken")


def _member(metadata: bytes, table: int, number: int) -> int:
    """Where a member of a flatbuffer's table stands; 0 where it is absent."""
    (back,) = struct.unpack_from("<i", metadata, table)
    vtable = table - back
    if vtable < 0:
        raise IndexError("a table outside of the metadata")
    (size,) = struct.unpack_from("<H", metadata, vtable)
    slot = 4 + 2 * number
    if slot >= size:
        return 0
    (offset,) = struct.unpack_from("<H", metadata, vtable + slot)
    return table + int(offset) if offset else 0


def _check_values(table: pa.Table) -> None:
    """Numbers are numbers, and shapes are shapes in degrees."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_floating(column.type):
            finite = pc.all(pc.is_finite(column)).as_py()
            if finite is False:
                raise ValueError(f"its column {name} has a value that is no number")
        elif name == _GEOMETRY and pa.types.is_binary(column.type):
            shapes = shapely.from_wkb(column.to_numpy())
            wanted = (table.schema.field(name).metadata or {}).get(_SHAPES, b"mixed").decode()
            kinds = set(shapely.get_type_id(shapes[~shapely.is_missing(shapes)]).tolist())
            if wanted != "mixed" and not kinds <= _KINDS[wanted]:
                raise ValueError(f"a geometry in it is no {wanted}")
            corners = shapely.get_coordinates(shapes)
            # What is no number is not within the bounds either.
            if not (np.abs(corners) <= (180.0, 90.0)).all():
                raise ValueError("a geometry in it lies nowhere on Earth")
