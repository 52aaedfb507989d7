"""Parquet and GeoParquet as Arrow batches, types kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from interurban.core.errors import UnreadableFile

from ._content import Content
from ._crs import crs_name, crs_of_wkt
from ._names import expect_columns, feature_names
from .reading import GEOMETRY_COLUMN, ROW_COLUMN, BrokenRows, number_batches

__all__ = ["ParquetTable"]

_BATCH = 16_384
_BUFFER = 1 << 20
_PLACE_NAMES = frozenset("geometry geom the_geom wkb wkb_geometry shape".split())
_LOOKED_AT = 20
_WIDEST_DECIMAL = 38


class ParquetTable:
    """One reading of a Parquet file.

    Parameters
    ----------
    content: the file, unpacked.
    crs: CRS as a person named it; wins over the file's own.
    """

    def __init__(self, content: Content, crs: str | None) -> None:
        self._name = content.name
        self.broken = BrokenRows()
        try:
            # Buffered streams read a row group piece by piece, however large it is.
            self._file = pq.ParquetFile(content.path, buffer_size=_BUFFER, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(
                f"{content.name} is damaged or cut short: its Parquet footer cannot be read.",
                advice="Fetch it again; the download was probably interrupted.",
            ) from error
        own = self._file.schema_arrow
        expect_columns(len(own), content.name, content.limits)
        metadata = self._file.metadata.metadata or {}
        place, self.crs = _geometry(own, metadata, content.name)
        if place is None:
            place = self._bare_wkb(own)
            self.crs = "EPSG:4326" if place is not None else ""
        if place is not None and crs is not None:
            self.crs = crs_name(crs)
        self._boxes = sorted(_boxes(metadata) & set(own.names))
        self._order = [
            at for at, name in enumerate(own.names) if at != place and name not in self._boxes
        ]
        self._named = feature_names([own.field(at).name for at in self._order])
        fields = [
            pa.field(name, _plain_type(own.field(at).type))
            for name, at in zip(self._named.names, self._order, strict=True)
        ]
        if place is not None:
            self._order.append(place)
            fields.append(pa.field(GEOMETRY_COLUMN, pa.binary()))
        self._schema = pa.schema(fields)
        self.schema = self._schema.append(pa.field(ROW_COLUMN, pa.int64(), nullable=False))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def reading(self) -> dict[str, str]:
        """How the file was understood, in words."""
        said = {
            "format": "GeoParquet" if self.crs else "Parquet",
            "columns": f"{len(self._named.names):,}"
            + (f"; {self._named.changes}" if self._named.changes else ""),
        }
        if self.crs:
            said["crs"] = self.crs
        if self._boxes:
            said["left out"] = f"{', '.join(self._boxes)}, the bounds of each geometry"
        return said

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, geometry as WKB."""
        yield from number_batches(self._plain_batches())

    def _bare_wkb(self, schema: pa.Schema) -> int | None:
        """A binary column that is called a geometry and holds some, though nothing says so."""
        for at, field in enumerate(schema):
            binary = pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
            if not binary or field.name.lower() not in _PLACE_NAMES:
                continue
            first = next(self._file.iter_batches(_LOOKED_AT, columns=[field.name]), None)
            values = first.column(0).drop_null().to_pylist() if first is not None else []
            shapes = shapely.from_wkb(values, on_invalid="ignore")
            if values and all(shape is not None for shape in shapes):
                return at
        return None

    def _plain_batches(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._file.iter_batches(batch_size=_BATCH, use_threads=False):
                columns = [
                    _plain(batch.column(at), self._schema.field(position).type)
                    for position, at in enumerate(self._order)
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=self._schema)
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(
                f"{self._name} is damaged: a part of its Parquet data cannot be read.",
                advice="Fetch it again.",
            ) from error


def _geometry(schema: pa.Schema, metadata: dict[bytes, bytes], name: str) -> tuple[int | None, str]:
    """Find the geometry column and its CRS, from GeoParquet's metadata or from the type itself."""
    geo = _geo(metadata)
    if geo is not None:
        primary = str(geo.get("primary_column", "geometry"))
        described = geo.get("columns", {}).get(primary, {})
        place = schema.get_field_index(primary)
        if place >= 0:
            if described.get("encoding", "WKB") != "WKB":
                raise UnreadableFile(
                    f"{name} writes its geometry as {described['encoding']}, not as WKB.",
                    advice="Save it as GeoParquet with the encoding WKB.",
                )
            return place, _crs_of(described.get("crs", "OGC:CRS84"))
    for place, field in enumerate(schema):
        if isinstance(field.type, pa.BaseExtensionType) and (
            field.type.extension_name in ("geoarrow.wkb", "ogc.wkb")
        ):
            return place, "EPSG:4326"
    return None, ""


def _geo(metadata: dict[bytes, bytes]) -> dict[str, Any] | None:
    try:
        geo = json.loads(metadata.get(b"geo", b"null"))
    except ValueError:
        return None
    return geo if isinstance(geo, dict) else None


def _crs_of(described: object) -> str:
    text = json.dumps(described) if isinstance(described, dict) else str(described or "OGC:CRS84")
    return crs_of_wkt(text) or "EPSG:4326"


def _boxes(metadata: dict[bytes, bytes]) -> set[str]:
    """Columns that only repeat the bounds of a geometry, for readers that skip by them."""
    columns = (_geo(metadata) or {}).get("columns", {})
    found = set()
    for described in columns.values() if isinstance(columns, dict) else ():
        covering = described.get("covering", {}) if isinstance(described, dict) else {}
        edges = covering.get("bbox", {}) if isinstance(covering, dict) else {}
        found |= {path[0] for path in edges.values() if isinstance(path, list) and path}
    return found


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """The type a column is given in: one that the engine knows."""
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_decimal(kind) and kind.precision > _WIDEST_DECIMAL:
        return pa.float64()
    return kind


def _plain(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    return column if column.type.equals(wanted) else column.cast(wanted)
