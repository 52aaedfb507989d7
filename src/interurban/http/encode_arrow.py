"""Rows in Arrow's own formats: an IPC stream, and GeoParquet 1.1."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from .exports import GEOMETRY, Drain, Export, arrow_schema, arrow_tables

__all__ = ["arrow_chunks", "arrow_table", "parquet_chunks"]

_MESSAGE_ROWS = 16_384
_ROW_GROUP_ROWS = 65_536
_GEOMETRY_TYPES = {
    "point": ["Point"],
    "line": ["LineString", "MultiLineString"],
    "polygon": ["Polygon", "MultiPolygon"],
}


def arrow_chunks(export: Export) -> Iterator[bytes]:
    """An Arrow IPC stream; geometry is WKB marked ``geoarrow.wkb``."""
    described = arrow_schema(export)
    drain = Drain()
    with pa.ipc.new_stream(drain, described) as writer:
        yield drain.take()
        for table in arrow_tables(export, described, _MESSAGE_ROWS):
            writer.write_table(table)
            yield drain.take()
    yield drain.take()


def arrow_table(table: pa.Table, source: dict[str, object]) -> bytes:
    """A small table as an Arrow IPC stream, its source as schema metadata."""
    drain = Drain()
    marked = table.replace_schema_metadata({"interurban": json.dumps(source)})
    with pa.ipc.new_stream(drain, marked.schema) as writer:
        writer.write_table(marked)
    return drain.take()


def parquet_chunks(export: Export) -> Iterator[bytes]:
    """A GeoParquet file, zstd, one row group for each 65,536 rows in the order they lie."""
    described = arrow_schema(export)
    if export.geometry != "none":
        metadata = {**(described.metadata or {}), b"geo": json.dumps(_geo(export)).encode()}
        described = described.with_metadata(metadata)
    drain = Drain()
    with pq.ParquetWriter(drain, described, compression="zstd") as writer:
        for table in arrow_tables(export, described, _ROW_GROUP_ROWS):
            writer.write_table(table, row_group_size=table.num_rows)
            yield drain.take()
    yield drain.take()


def _geo(export: Export) -> dict[str, object]:
    column = {
        "encoding": "WKB",
        "geometry_types": _GEOMETRY_TYPES.get(export.geometry, []),
        "crs": export.crs.projjson(),
    }
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
