"""Vector layers as Arrow batches: GeoPackage, Shapefile, file geodatabase, KML, GML and others.

GDAL streams them through its Arrow interface, so that memory does not grow with the file. KML,
TopoJSON and Esri JSON are the exceptions: GDAL holds them as a whole, and their size is limited.
"""

from __future__ import annotations

import contextlib
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np
import pyarrow as pa
import pyogrio
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FieldError

from interurban.core.errors import TooMuch, UnreadableFile

from ._content import Content
from ._crs import crs_name, crs_of_wkt, probable_crs
from ._encoding import decode_value
from ._names import expect_columns, feature_names
from .reading import GEOMETRY_COLUMN, ROW_COLUMN, BrokenRows, number_batches

__all__ = ["VectorLayer", "as_file"]

_WORDS = {
    "gpkg": "GeoPackage",
    "shp": "Shapefile",
    "filegdb": "Esri file geodatabase",
    "flatgeobuf": "FlatGeobuf",
    "kml": "KML",
    "gml": "GML",
    "gpx": "GPX",
    "topojson": "TopoJSON",
    "esrijson": "Esri JSON",
}
_SUFFIXES = {
    "gpkg": ".gpkg",
    "shp": ".shp",
    "filegdb": ".gdb",
    "flatgeobuf": ".fgb",
    "kml": ".kml",
    "gml": ".gml",
    "gpx": ".gpx",
    "topojson": ".topojson",
    "esrijson": ".json",
}
_WHOLE = {"kml", "gpx", "topojson", "esrijson"}
_FOLDER = "folder"
# A schema named inside a file is never fetched: reading a file must not reach out.
_OPEN_OPTIONS: dict[str, dict[str, str]] = {"gml": {"DOWNLOAD_SCHEMA": "NO"}}
_BATCH = 16_384
_LISTED = 12
_FIRST_CURVE, _LAST_CURVE = 8, 14
"""Types of well-known binary from CircularString to Surface; those in Z and M are 1000s higher."""

_GDAL_ERRORS = (DataSourceError, DataLayerError, FieldError, CRSError, pa.ArrowException, OSError)


class VectorLayer:
    """One reading of one layer.

    Parameters
    ----------
    content: the file, unpacked (see ``as_file``).
    form: as ``_detect`` names it.
    layer: name of the layer, or ``None`` when there is but one; all folders of a KML then.
    crs: CRS as a person named it; wins over the file's own.
    encoding: of a Shapefile's attributes, or ``None``.
    """

    def __init__(
        self,
        content: Content,
        form: str,
        layer: str | None,
        crs: str | None,
        encoding: str | None,
    ) -> None:
        self._name = content.name
        self._form = form
        self._open = contextlib.ExitStack()
        self._decoded = 0
        self._folders = 0
        self.broken = BrokenRows()
        limits = content.limits
        if form in _WHOLE and content.path.stat().st_size > limits.max_whole_bytes:
            raise TooMuch(
                f"{content.name} is larger than {limits.max_whole_bytes >> 20:,} MiB, too large "
                f"for {_WORDS[form]}, which is read as a whole.",
                advice="Save it as GeoJSON, GeoPackage or GeoParquet.",
            )
        if form == "shp" and not content.path.with_suffix(".shx").exists():
            self._restore_index()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                source, self._layer = self._choose(content.path, layer)
                meta, self._reader = self._open.enter_context(
                    pyogrio.raw.open_arrow(
                        source,
                        layer=self._layer or None,
                        encoding=encoding,
                        batch_size=_BATCH,
                        use_pyarrow=True,
                        **_OPEN_OPTIONS.get(form, {}),
                    )
                )
                self.crs, self._crs_words = self._which_crs(source, meta, crs)
        except _GDAL_ERRORS as error:
            self.close()
            raise self._damaged() from error
        except Exception:
            self.close()
            raise
        self._missing = [
            suffix
            for suffix in (".dbf", ".prj")
            if form == "shp" and not content.path.with_suffix(suffix).exists()
        ]
        own = self._reader.schema.names
        geometry = meta.get("geometry_name") or "wkb_geometry"
        self._geometry = own.index(geometry) if geometry in own else None
        self._named = feature_names([n for at, n in enumerate(own) if at != self._geometry])
        expect_columns(len(own), content.name, limits)
        self.schema = self._schema()

    def close(self) -> None:
        """Close the layer."""
        self._open.close()

    def reading(self) -> dict[str, str]:
        """How the layer was understood, in words."""
        said = {
            "format": _WORDS[self._form],
            "layer": self._layer or f"all {self._folders} folders, named in {_FOLDER}",
            "columns": f"{len(self._named.names):,}"
            + (f"; {self._named.changes}" if self._named.changes else ""),
        }
        if self.crs:
            said["crs"] = self.crs
        if self._crs_words:
            said["crs source"] = self._crs_words
        if self._decoded:
            said["encoding"] = f"not stated; {self._decoded:,} texts read as Windows-1252"
        if self._missing:
            said["missing"] = " and ".join(self._missing)
        return said

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the features, geometry as WKB."""
        yield from number_batches(self._renamed())

    def _renamed(self) -> Iterator[pa.RecordBatch]:
        schema = self.schema.remove(self.schema.get_field_index(ROW_COLUMN))
        order = [at for at in range(len(self._reader.schema.names)) if at != self._geometry]
        if self._geometry is not None:
            order.append(self._geometry)
        try:
            for batch in self._reader:
                columns = [self._sound(_plain(batch.column(at))) for at in order]
                if self._geometry is not None and _has_curves(columns[-1]):
                    raise self._curved()
                yield pa.RecordBatch.from_arrays(columns, schema=schema)
        except _GDAL_ERRORS as error:
            raise self._damaged() from error

    def _sound(self, column: pa.Array) -> pa.Array:
        """Texts in Unicode: GDAL hands on what it has where no encoding is stated."""
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            return column
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            raw = column.cast(pa.large_binary()).to_pylist()
            texts = [value if value is None else decode_value(value) for value in raw]
            self._decoded += sum(
                1
                for value, text in zip(raw, texts, strict=True)
                if value is not None and text is not None and text.encode() != value
            )
            return pa.array(texts, column.type)
        return column

    def _schema(self) -> pa.Schema:
        own = [f for at, f in enumerate(self._reader.schema) if at != self._geometry]
        fields = [
            pa.field(name, _plain_type(field.type))
            for name, field in zip(self._named.names, own, strict=True)
        ]
        if self._geometry is not None:
            fields.append(pa.field(GEOMETRY_COLUMN, pa.binary()))
        return pa.schema([*fields, pa.field(ROW_COLUMN, pa.int64(), nullable=False)])

    def _choose(self, path: Path, asked: str | None) -> tuple[Path | str, str]:
        """What GDAL opens, and which layer of it; an empty name stands for all folders."""
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        if not layers:
            raise self._damaged()
        listed = ", ".join(layers[:_LISTED])
        if asked is not None and asked not in layers and self._form != "shp":
            raise UnreadableFile(
                f'{self._name} has no layer "{asked}".',
                advice=f"It has: {listed}.",
                part="layer",
            )
        if asked is None and self._form == "gpx":
            layers = _filled(path, layers) or layers[:1]
            listed = ", ".join(layers)
        if asked is None and len(layers) > 1 and self._form == "kml":
            self._folders = len(layers)
            return _all_folders(path, layers), ""
        if asked is None and len(layers) > 1:
            raise UnreadableFile(
                f"{self._name} has {len(layers)} layers: {listed}.",
                advice=f"Say which one is meant, for example layer: {layers[0]}.",
                part="layer",
            )
        return path, asked if asked in layers else layers[0]

    def _which_crs(
        self, source: Path | str, meta: dict[str, Any], asked: str | None
    ) -> tuple[str, str]:
        if meta.get("geometry_type") is None:
            return "", ""
        if asked is not None:
            return crs_name(asked), "as asked"
        if meta.get("crs"):
            known = crs_of_wkt(str(meta["crs"]))
            if known is not None:
                return known, ""
        info = pyogrio.read_info(source, layer=self._layer or None, force_total_bounds=True)
        west, south, east, north = (float(v) for v in info["total_bounds"])
        if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
            return "EPSG:4326", "not stated by the file; its numbers are degrees"
        likely = probable_crs((west, south, east, north))
        raise UnreadableFile(
            f"{self._name} does not say its coordinate reference system, and numbers such as "
            f"{west:,.0f}, {south:,.0f} are not degrees.",
            advice=f"They look like {likely.words}: if so, say crs: {likely.name}."
            if likely
            else "Say it, for example crs: EPSG:27700.",
            part="crs",
        )

    def _restore_index(self) -> None:
        before = pyogrio.get_gdal_config_option("SHAPE_RESTORE_SHX")
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
        self._open.callback(pyogrio.set_gdal_config_options, {"SHAPE_RESTORE_SHX": before})

    def _curved(self) -> UnreadableFile:
        return UnreadableFile(
            f"{self._name} holds shapes with arcs, which are not read here.",
            advice="Save it with straight lines: in QGIS with the geometry type Polygon or Line, "
            "or with ogr2ogr -nlt CONVERT_TO_LINEAR.",
        )

    def _damaged(self) -> UnreadableFile:
        # GDAL's own words are not told: they name files of this machine.
        return UnreadableFile(
            f"{self._name} is damaged or incomplete: it cannot be read as {_WORDS[self._form]}.",
            advice="Open it in a GIS such as QGIS and save it again, or fetch it again.",
        )


def _has_curves(shapes: pa.Array) -> bool:
    """Whether any shape, in well-known binary, is of a type with arcs in it."""
    if not pa.types.is_binary(shapes.type):
        shapes = shapes.cast(pa.binary())
    filled = shapes.drop_null()
    if not len(filled):
        return False
    offsets = np.frombuffer(filled.buffers()[1], np.int32)[filled.offset :][: len(filled)]
    data = np.frombuffer(filled.buffers()[2], np.uint8)
    little = data[offsets] == 1
    low = np.where(little, data[offsets + 1], data[offsets + 4]).astype(np.int64)
    high = np.where(little, data[offsets + 2], data[offsets + 3]).astype(np.int64)
    kinds = (low + 256 * high) % 1000
    return bool(((kinds >= _FIRST_CURVE) & (kinds <= _LAST_CURVE)).any())


def _filled(path: Path, layers: list[str]) -> list[str]:
    """Layers of a GPX file that hold anything; it always names all it might have.

    The points that make up a track or a route are left to who names them.
    """
    return [
        layer
        for layer in layers
        if not layer.endswith("_points")
        and pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
    ]


def _all_folders(path: Path, layers: list[str]) -> str:
    """The folders of a KML as one layer, in GDAL's language for such views."""
    view = Element("OGRVRTDataSource")
    union = SubElement(view, "OGRVRTUnionLayer", name="all")
    for layer in layers:
        one = SubElement(union, "OGRVRTLayer", name=layer)
        SubElement(one, "SrcDataSource").text = str(path.resolve())
    SubElement(union, "SourceLayerFieldName").text = _FOLDER
    return tostring(view, encoding="unicode")


def as_file(content: Content, form: str, folder: Path) -> Content:
    """Make an unpacked file with the ending that GDAL expects, in a scratch folder if need be."""
    suffix = _SUFFIXES[form]
    if content.plain and content.path.suffix.lower() == suffix and form != "gml":
        return content
    target = folder / f"layer{suffix}"
    if not content.plain:
        return content.materialise(target)
    try:
        target.symlink_to(content.path.resolve())
    except OSError:
        shutil.copyfile(content.path, target)
    return Content(target, content.name, content.limits)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _plain(column: pa.Array) -> pa.Array:
    return column.storage if isinstance(column, pa.ExtensionArray) else column
