"""What a dataset looks like as an OGC API collection: its description and its schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot
from interurban.core.standard import Field

from .crs import CRS84, offered_crs
from .formats import GEOJSON, ITEM_FORMATS, MVT
from .links import Link, collection_url, link
from .provenance import instant, licence, source
from .service import JSON

__all__ = ["SCHEMA_JSON", "collection", "extent", "field_document", "queryables", "schema"]

SCHEMA_JSON = "application/schema+json"
_GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_JSON_TYPES = {"integer": "integer", "number": "number", "boolean": "boolean"}
_JSON_FORMATS = {"date": "date", "datetime": "date-time"}
_GEOMETRY_FORMATS = {
    "point": "geometry-point",
    "line": "geometry-linestring-or-multilinestring",
    "polygon": "geometry-polygon-or-multipolygon",
    "mixed": "geometry-any",
}


def collection(base: str, city: City, dataset: Dataset, snapshot: Snapshot) -> dict[str, Any]:
    """The collection's description (OGC API Features 7.14)."""
    terms = licence(city, dataset)
    document: dict[str, Any] = {
        "id": dataset.id,
        "title": f"{dataset.title} ({city.name})",
        "description": dataset.summary,
        "keywords": [dataset.theme, *dataset.aliases],
        "attribution": dataset.attribution or terms["attribution"],
        "license": terms["title"],
        "itemType": "feature",
        "extent": extent(snapshot),
        "crs": [crs.uri for crs in offered_crs(city)],
        "storageCrs": CRS84.uri,
        "numberOfFeatures": snapshot.rows,
        "source": source(city, dataset, snapshot),
        "links": _links(base, dataset, snapshot, terms["url"]),
    }
    if snapshot.standard:
        document["standard"] = snapshot.standard
    return document


def extent(snapshot: Snapshot) -> dict[str, Any]:
    """Where and when the data lie; what is not known is left out."""
    found: dict[str, Any] = {}
    if snapshot.bbox is not None:
        found["spatial"] = {"bbox": [list(snapshot.bbox)], "crs": CRS84.uri}
    if snapshot.time_extent is not None:
        interval = [instant(moment) for moment in snapshot.time_extent]
        found["temporal"] = {"interval": [interval], "trs": _GREGORIAN}
    return found


def queryables(base: str, dataset: Dataset, snapshot: Snapshot) -> dict[str, Any]:
    """JSON Schema of what filters may name (OGC API Features Part 3)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": collection_url(base, dataset.id, "queryables"),
        "type": "object",
        "title": dataset.title,
        "description": dataset.summary,
        "properties": _properties(snapshot, roles=False),
        "additionalProperties": False,
    }


def schema(base: str, dataset: Dataset, snapshot: Snapshot) -> dict[str, Any]:
    """JSON Schema of a feature's properties, with the parts they play (OGC API Features Part 5)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": collection_url(base, dataset.id, "schema"),
        "type": "object",
        "title": dataset.title,
        "description": dataset.summary,
        "properties": _properties(snapshot, roles=True),
        "required": [field.name for field in snapshot.fields if field.required],
        "additionalProperties": False,
    }


def field_document(field: Field) -> dict[str, Any]:
    """A field as the catalogue and metadata files describe it."""
    described: dict[str, Any] = {
        "name": field.name,
        "type": field.type,
        "title": field.title or field.name,
        "unit": field.unit,
        "description": field.description,
        "extra": field.extra,
        "enum": list(field.enum),
    }
    return described


def _properties(snapshot: Snapshot, *, roles: bool) -> dict[str, Any]:
    parts = {
        snapshot.id_field: "id",
        snapshot.roles.time: "primary-instant",
    }
    properties: dict[str, Any] = {}
    for position, field in enumerate(snapshot.fields, 1):
        described = _property(field, snapshot.geometry)
        if roles:
            described["x-ogc-propertySeq"] = position
            if field.name in parts:
                described["x-ogc-role"] = parts[field.name]
            elif field.type == "geometry":
                described["x-ogc-role"] = "primary-geometry"
        properties[field.name] = described
    return properties


def _property(field: Field, geometry: str) -> dict[str, Any]:
    described: dict[str, Any] = {"title": field.title or field.name}
    if field.type == "geometry":
        return described | {"format": _GEOMETRY_FORMATS.get(geometry, "geometry-any")}
    described["type"] = _JSON_TYPES.get(field.type, "string")
    if field.type in _JSON_FORMATS:
        described["format"] = _JSON_FORMATS[field.type]
    if field.description:
        described["description"] = field.description
    if field.unit:
        described["x-ogc-unit"] = field.unit
    if field.enum:
        described["enum"] = list(field.enum)
    if field.extra:
        described["x-interurban-extra"] = True
    return described | _limits(field)


def _limits(field: Field) -> dict[str, Any]:
    if field.type not in ("integer", "number"):
        return {}
    limits = {"minimum": field.minimum, "maximum": field.maximum}
    return {name: limit for name, limit in limits.items() if limit is not None}


def _links(base: str, dataset: Dataset, snapshot: Snapshot, terms_url: str) -> list[Link]:
    def at(*rest: str) -> str:
        return collection_url(base, dataset.id, *rest)

    links = [
        link("self", at(), JSON, "This document"),
        link("items", at("items"), GEOJSON.media_type, "Features as GeoJSON"),
        *_files(at("items"), dataset, snapshot),
        link("http://www.opengis.net/def/rel/ogc/1.0/queryables", at("queryables"), SCHEMA_JSON),
        link("http://www.opengis.net/def/rel/ogc/1.0/schema", at("schema"), SCHEMA_JSON),
        link("version-history", at("history"), JSON, "Every version kept"),
        link("related", at("rejects"), JSON, "Rows and values that were left out"),
    ]
    if snapshot.geometry != "none":
        tilesets = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
        links.append(link(tilesets, at("tiles"), JSON, f"Vector tiles ({MVT.media_type})"))
    if terms_url:
        links.append(link("license", terms_url, "text/html"))
    return links


def _files(items: str, dataset: Dataset, snapshot: Snapshot) -> Iterable[Link]:
    for form in ITEM_FORMATS:
        if form is GEOJSON or (form.name == "fgb" and snapshot.geometry == "none"):
            continue
        href, title = f"{items}?f={form.name}", f"{dataset.title} as {form.name}"
        yield link("items", href, form.media_type, title)
