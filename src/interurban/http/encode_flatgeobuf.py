"""Rows as FlatGeobuf, by GDAL (pyogrio), through a file that is gone when the last chunk is read.

GDAL sorts the features for the spatial index on disk, so memory stays small here too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from interurban.core.errors import BadRequest

from .exports import GEOMETRY, Export, arrow_schema, arrow_tables

__all__ = ["flatgeobuf_chunks"]

_BATCH_ROWS = 16_384
_CHUNK_BYTES = 1 << 20
_GEOMETRY_TYPES = {"point": "Point"}


def flatgeobuf_chunks(export: Export) -> Iterator[bytes]:
    """A FlatGeobuf file.

    Raises
    ------
    BadRequest: the dataset has no geometry, and the format must have one.
    """
    if export.geometry == "none":
        raise BadRequest(
            "FlatGeobuf must hold a geometry, and this answer has none.",
            advice="Ask for f=csv, f=parquet or f=arrow.",
            part="f",
        )
    import pyogrio  # brings pandas along, which a node that writes no FlatGeobuf need not load

    described = arrow_schema(export)
    with TemporaryDirectory(prefix="interurban-") as folder:
        path = Path(folder, f"{export.name}.fgb")
        pyogrio.write_arrow(
            _reader(export, described),
            path,
            layer=export.name,
            driver="FlatGeobuf",
            geometry_name=GEOMETRY,
            geometry_type=_GEOMETRY_TYPES.get(export.geometry, "Unknown"),
            crs=export.crs.code,
            # GDAL refuses a feature without a place where there is an index; no row is left out.
            SPATIAL_INDEX="YES" if export.placed else "NO",
        )
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk


def _reader(export: Export, schema: pa.Schema) -> pa.RecordBatchReader:
    batches = (
        batch for table in arrow_tables(export, schema, _BATCH_ROWS) for batch in table.to_batches()
    )
    return pa.RecordBatchReader.from_batches(schema, batches)
