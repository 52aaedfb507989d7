"""The representations answers are offered in."""

from __future__ import annotations

from .negotiation import Format

__all__ = [
    "AGGREGATE_FORMATS",
    "ARROW",
    "CSV",
    "FLATGEOBUF",
    "GEOJSON",
    "HTML",
    "ITEM_FORMATS",
    "JSON_FORMAT",
    "JSON_LD",
    "METADATA",
    "MVT",
    "PARQUET",
]

GEOJSON = Format("geojson", "application/geo+json", "geojson", ("json",))
CSV = Format("csv", "text/csv; charset=utf-8", "csv")
PARQUET = Format("parquet", "application/vnd.apache.parquet", "parquet")
ARROW = Format("arrow", "application/vnd.apache.arrow.stream", "arrows")
FLATGEOBUF = Format("fgb", "application/vnd.flatgeobuf", "fgb")
METADATA = Format("metadata", "application/vnd.interurban.metadata+json", "metadata.json")
JSON_FORMAT = Format("json", "application/json", "json")
JSON_LD = Format("jsonld", "application/ld+json", "jsonld")
HTML = Format("html", "text/html; charset=utf-8", "html")
MVT = Format("mvt", "application/vnd.mapbox-vector-tile", "mvt")

ITEM_FORMATS = (GEOJSON, CSV, PARQUET, ARROW, FLATGEOBUF, METADATA)
"""``METADATA`` is the file beside a CSV: source, licence, fields and count of the same answer."""

AGGREGATE_FORMATS = (JSON_FORMAT, CSV, ARROW)
