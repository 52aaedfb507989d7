"""Rows as GeoJSON (RFC 7946), with the members OGC API Features asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from .exports import GEOMETRY, Export, sliced
from .geometry_text import geojson_text
from .json_columns import joined, json_objects, json_text

__all__ = ["feature_texts", "geojson_chunks", "geojson_feature", "geojson_page"]

_CHUNK_ROWS = 2_000


def geojson_chunks(
    export: Export,
    identity: str,
    head: Mapping[str, object],
    tail: Callable[[int], Mapping[str, object]],
) -> Iterator[bytes]:
    """A FeatureCollection in chunks.

    Parameters
    ----------
    identity: the column whose value is a feature's ``id``.
    head: members that are known before the first row.
    tail: given the number of rows written, the members only known after the last one.
    """
    opening = _members({"type": "FeatureCollection", **head})
    yield opening[:-1] + b',"features":['
    count = 0
    for batch in sliced(export.batches, _CHUNK_ROWS):
        yield (b"," if count else b"") + joined(feature_texts(export, identity, batch), ",")
        count += batch.num_rows
    yield b"]," + _members(tail(count))[1:]


def geojson_page(features: bytes, members: Mapping[str, object]) -> bytes:
    """A FeatureCollection of features that are text already (comma between two)."""
    return b'{"type":"FeatureCollection","features":[' + features + b"]," + _members(members)[1:]


def geojson_feature(
    export: Export, identity: str, batch: pa.RecordBatch, members: Mapping[str, object]
) -> bytes:
    """One Feature: the first row of a batch, with more members of its own."""
    text: str = feature_texts(export, identity, batch.slice(0, 1))[0].as_py()
    return text[:-1].encode() + b"," + _members(members)[1:]


def feature_texts(export: Export, identity: str, batch: pa.RecordBatch) -> pa.Array:
    """One Feature a row, as JSON text."""
    names = [field.name for field in export.fields]
    properties: str | pa.Array = "{}"
    if names:
        properties = json_objects(names, [batch.column(name) for name in names])
    geometry: str | pa.Array = "null"
    if export.geometry != "none":
        project = export.crs.project(authority_order=True)
        geometry = geojson_text(batch.column(GEOMETRY), export.crs.digits, project)
    return pc.binary_join_element_wise(
        '{"type":"Feature","id":',
        json_text(batch.column(identity)),
        ',"geometry":',
        geometry,
        ',"properties":',
        properties,
        "}",
        "",
    )


def _members(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
