"""Rows as CSV (RFC 4180, UTF-8): plain columns and nothing else.

Points give ``longitude`` and ``latitude`` (``x`` and ``y`` in another CRS), other shapes one
column of well-known text. Where the data come from stands in the response's headers, never in the
file, so that every reader of CSV can read it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv as pacsv

from .exports import GEOMETRY, Drain, Export, sliced
from .geometry_text import coordinates, wkt_text
from .json_columns import instant_text

__all__ = ["csv_chunks", "csv_table"]

_CHUNK_ROWS = 5_000


def csv_chunks(export: Export) -> Iterator[bytes]:
    """The header, then the rows."""
    yield _header(_column_names(export))
    for batch in sliced(export.batches, _CHUNK_ROWS):
        yield _lines(_column_names(export), _columns(export, batch))


def csv_table(table: pa.Table) -> bytes:
    """A small table, as it is, as CSV."""
    columns = [_text(column.combine_chunks()) for column in table.columns]
    return _header(table.column_names) + _lines(table.column_names, columns)


def _column_names(export: Export) -> list[str]:
    names = [field.name for field in export.fields]
    if export.geometry == "point":
        pair = ["longitude", "latitude"] if export.crs.is_stored else ["x", "y"]
        clash = not set(names).isdisjoint(pair)
        return names + [f"geometry_{name}" if clash else name for name in pair]
    return names if export.geometry == "none" else [*names, GEOMETRY]


def _columns(export: Export, batch: pa.RecordBatch) -> list[pa.Array]:
    columns = [_text(batch.column(field.name)) for field in export.fields]
    if export.geometry == "none":
        return columns
    shapes = batch.column(GEOMETRY)
    project = export.crs.project(authority_order=False)
    if export.geometry == "point":
        return columns + list(coordinates(shapes, export.crs.digits, project))
    return [*columns, wkt_text(shapes, export.crs.digits, project)]


def _text(column: pa.Array) -> pa.Array:
    return instant_text(column) if pa.types.is_timestamp(column.type) else column


def _header(names: list[str]) -> bytes:
    return _written(pa.table({name: pa.array([], pa.string()) for name in names}), header=True)


def _lines(names: list[str], columns: list[pa.Array]) -> bytes:
    return _written(pa.Table.from_arrays(columns, names=names), header=False)


def _written(table: pa.Table, *, header: bool) -> bytes:
    drain = Drain()
    options = pacsv.WriteOptions(include_header=header, quoting_style="needed")
    pacsv.write_csv(table, drain, write_options=options)
    return drain.take()
