"""The shapes of JSON answers, as schemas of the OpenAPI document (JSON Schema 2020-12)."""

from __future__ import annotations

from typing import Any

__all__ = ["SCHEMAS"]

Schema = dict[str, Any]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
    }


_STRING: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_FLAG: Schema = {"type": "boolean"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_INSTANT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
_KIND: Schema = {"enum": ["mirror", "live", "file", "modelled", "synthetic"]}
_GEOMETRY_KIND: Schema = {
    "type": ["string", "null"],
    "enum": ["point", "line", "polygon", "mixed", "none", None],
}
_ANY_OBJECT: Schema = {"type": "object"}
_BBOX = _array(_NUMBER, minItems=4, maxItems=4)
_LINKS = _array(_ref("Link"))
_GEOMETRY_OR_NULL: Schema = {"oneOf": [_ref("Geometry"), {"type": "null"}]}

SCHEMAS: dict[str, Schema] = {
    "Problem": {
        "description": "RFC 9457 problem document.",
        **_object(
            {
                "type": {"type": "string", "format": "uri-reference"},
                "title": _STRING,
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": _STRING,
            },
            part={"type": "string", "description": "The parameter or field at fault."},
            advice={"type": "string", "description": "What to do about it."},
        ),
    },
    "Link": _object(
        {"href": _STRING, "rel": _STRING}, type=_STRING, title=_STRING, templated=_FLAG
    ),
    "Landing": _object({"title": _STRING, "links": _LINKS}, description=_STRING),
    "Conformance": _object({"conformsTo": _array(_STRING)}),
    "Licence": _object({"id": _STRING, "title": _STRING, "url": _STRING, "attribution": _STRING}),
    "Access": {
        "description": "What this reader may have of it, on what conditions, and why.",
        **_object(
            {
                "kind": {"enum": ["open", "part", "statistics", "closed"]},
                "conditions": _array(_STRING),
                "reason": _STRING,
            }
        ),
    },
    "Node": {
        "description": "The partner node that holds a dataset; null of this node's own.",
        "oneOf": [
            _object(
                {"id": _STRING, "title": _STRING, "answers": _FLAG, "seen_at": _INSTANT_OR_NULL}
            ),
            {"type": "null"},
        ],
    },
    "Source": {
        "description": "Where the numbers come from, and on what terms.",
        **_object(
            {
                "dataset": _STRING,
                "title": _STRING,
                "publisher": _STRING,
                "licence": _ref("Licence"),
                "attribution": _STRING,
                "version": _COUNT,
                "as_of": _INSTANT,
                "synthetic": _FLAG,
            },
            city=_STRING,
            source_time=_INSTANT_OR_NULL,
            origin=_STRING,
            kind=_KIND,
            vintage=_STRING,
            modelled=_FLAG,
            notice=_STRING,
            conditions=_array(_STRING),
            node=_STRING,
        ),
    },
    "Extent": _object(
        {},
        spatial=_object({"bbox": _array(_BBOX)}, crs=_STRING),
        temporal=_object({"interval": _array(_array(_INSTANT_OR_NULL))}, trs=_STRING),
    ),
    "Collection": _object(
        {"id": _STRING, "links": _LINKS, "itemType": _STRING},
        title=_STRING,
        description=_STRING,
        keywords=_array(_STRING),
        attribution=_STRING,
        license=_STRING,
        extent=_ref("Extent"),
        crs=_array(_STRING),
        storageCrs=_STRING,
        numberOfFeatures=_COUNT,
        standard=_STRING,
        source=_ref("Source"),
        node=_ref("Node"),
    ),
    "Collections": _object(
        {"links": _LINKS, "collections": _array(_ref("Collection"))},
        numberMatched=_COUNT,
        numberReturned=_COUNT,
    ),
    "JsonSchema": {
        "description": "A JSON Schema document.",
        **_object({"type": {"const": "object"}, "properties": _ANY_OBJECT}, title=_STRING),
    },
    "Geometry": {
        "description": "GeoJSON geometry, in the CRS that Content-Crs names.",
        **_object(
            {
                "type": {
                    "enum": [
                        "Point",
                        "MultiPoint",
                        "LineString",
                        "MultiLineString",
                        "Polygon",
                        "MultiPolygon",
                        "GeometryCollection",
                    ]
                }
            },
            coordinates={"type": "array"},
            geometries={"type": "array"},
        ),
    },
    "Feature": _object(
        {
            "type": {"const": "Feature"},
            "id": {"type": ["string", "integer", "number"]},
            "geometry": _GEOMETRY_OR_NULL,
            "properties": _ANY_OBJECT,
        },
        links=_LINKS,
        source=_ref("Source"),
    ),
    "FeatureCollection": _object(
        {
            "type": {"const": "FeatureCollection"},
            "features": _array(_ref("Feature")),
            "links": _LINKS,
            "numberMatched": _COUNT,
            "numberReturned": _COUNT,
            "timeStamp": _INSTANT,
            "source": _ref("Source"),
        }
    ),
    "Metadata": _object(
        {
            "source": _ref("Source"),
            "numberMatched": _COUNT,
            "fields": _array(_ref("Field")),
            "files": _LINKS,
        },
        query=_ANY_OBJECT,
    ),
    "Aggregate": _object(
        {
            "groups": _array(_STRING),
            "measures": _array(_STRING),
            "rows": _array(_ANY_OBJECT),
            "numberMatched": _COUNT,
            "version": _COUNT,
            "source": _ref("Source"),
        }
    ),
    "Cells": _object(
        {
            "level": _COUNT,
            "cells": _array(_array({"type": "integer"}, minItems=3, maxItems=3)),
            "numberMatched": _COUNT,
            "unplaced": _COUNT,
            "version": _COUNT,
            "source": _ref("Source"),
        }
    ),
    "Count": _object({"count": _COUNT, "placed": _COUNT, "version": _COUNT}),
    "Explanation": _object(
        {
            "count": _COUNT,
            "without": _array(_object({"parameter": _STRING, "label": _STRING, "count": _COUNT})),
            "newest": _INSTANT_OR_NULL,
            "nearest": {
                "oneOf": [
                    {"type": "null"},
                    _object({"params": _ANY_OBJECT, "label": _STRING, "count": _COUNT}),
                ]
            },
        }
    ),
    "Version": _object(
        {
            "version": _COUNT,
            "committed_at": _INSTANT,
            "rows": _COUNT,
            "placed": _COUNT,
            "left_out": _COUNT,
            "blanked": _COUNT,
            "content_hash": _STRING,
        },
        source=_ANY_OBJECT,
    ),
    "History": _object({"dataset": _STRING, "versions": _array(_ref("Version"))}),
    "Reject": _object(
        {
            "row": _COUNT,
            "field": _STRING,
            "value": _TEXT_OR_NULL,
            "reason": _STRING,
            "action": _STRING,
        }
    ),
    "Rejects": _object(
        {
            "dataset": _STRING,
            "version": _COUNT,
            "rejects": _array(_ref("Reject")),
            "left_out": _COUNT,
            "blanked": _COUNT,
            "links": _LINKS,
        }
    ),
    "Tilesets": _object({"tilesets": _array(_ANY_OBJECT)}, links=_LINKS),
    "Tileset": {
        "description": "OGC TileSet metadata and TileJSON 3.0 in one.",
        **_object(
            {
                "dataType": {"const": "vector"},
                "crs": _STRING,
                "tileMatrixSetURI": _STRING,
                "links": _LINKS,
                "tilejson": _STRING,
                "tiles": _array(_STRING),
                "vector_layers": _array(_ANY_OBJECT),
                "bounds": _BBOX,
                "minzoom": _COUNT,
                "maxzoom": _COUNT,
            }
        ),
    },
    "TileMatrixSets": _object({"tileMatrixSets": _array(_ANY_OBJECT)}),
    "TileMatrixSet": _object({"id": _STRING, "crs": _STRING, "tileMatrices": _array(_ANY_OBJECT)}),
    "Field": _object(
        {"name": _STRING, "type": _STRING, "title": _STRING},
        unit=_STRING,
        description=_STRING,
        extra=_FLAG,
        enum=_array(_STRING),
    ),
    "Cities": _object({"cities": _array(_object({"id": _STRING, "name": _STRING}))}),
    "Dataset": _object(
        {
            "id": _STRING,
            "city": _STRING,
            "title": _STRING,
            "summary": _STRING,
            "theme": _STRING,
            "standard": _TEXT_OR_NULL,
            "aliases": _array(_STRING),
            "basemap": _TEXT_OR_NULL,
            "publisher": _STRING,
            "licence": _ref("Licence"),
            "attribution": _STRING,
            "frequency": _STRING,
            "vintage": _STRING,
            "notes": _STRING,
            "loaded": _FLAG,
            "access": _ref("Access"),
            "node": _ref("Node"),
            "geometry": _GEOMETRY_KIND,
            "rows": _COUNT_OR_NULL,
            "placed": _COUNT_OR_NULL,
            "left_out": _COUNT_OR_NULL,
            "blanked": _COUNT_OR_NULL,
            "bbox": {"oneOf": [_BBOX, {"type": "null"}]},
            "time_extent": {"oneOf": [_array(_INSTANT, minItems=2, maxItems=2), {"type": "null"}]},
            "fields": _array(_ref("Field")),
            "roles": _ANY_OBJECT,
            "amount": {"oneOf": [_ANY_OBJECT, {"type": "null"}]},
            "source": {"oneOf": [_ref("DatasetSource"), {"type": "null"}]},
            "committed_at": _INSTANT_OR_NULL,
            "version": _COUNT_OR_NULL,
            "synthetic": _FLAG,
            "modelled": _FLAG,
        }
    ),
    "DatasetSource": {
        "description": "What the newest version was read from, and how it was understood.",
        **_object(
            {
                "origin": _STRING,
                "kind": _KIND,
                "source_time": _INSTANT_OR_NULL,
                "reading": {"type": "object", "additionalProperties": _STRING},
            }
        ),
    },
    "Datasets": _object({"datasets": _array(_ref("Dataset"))}),
    "Phrase": _object(
        {
            "chips": _array(_object({"kind": _STRING, "label": _STRING})),
            "queries": _array(_object({"dataset": _STRING, "params": _ANY_OBJECT, "url": _STRING})),
            "unread": _array(_STRING),
            "hints": _array(_STRING),
        }
    ),
    "Suggestions": _object(
        {"suggestions": _array(_object({"text": _STRING, "kind": _STRING, "label": _STRING}))}
    ),
    "Places": _object(
        {"places": _array(_object({"name": _STRING, "kind": _STRING}, lon=_NUMBER, lat=_NUMBER))}
    ),
    "Health": _object({"status": {"const": "ok"}, "version": _STRING, "datasets": _COUNT}),
}
