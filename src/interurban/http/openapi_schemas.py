"""The shapes of JSON answers, as schemas of the OpenAPI document (JSON Schema 2020-12)."""

from __future__ import annotations

from .openapi_values import (
    COUNT,
    FLAG,
    INSTANT,
    MAYBE_INSTANT,
    MAYBE_TEXT,
    NUMBER,
    OBJECT,
    TEXT,
    Schema,
    array_of,
    open_object,
    reference_to,
)

__all__ = ["SCHEMAS"]


_COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
_KIND: Schema = {"enum": ["mirror", "live", "file", "modelled", "synthetic"]}
_GEOMETRY_KIND: Schema = {
    "type": ["string", "null"],
    "enum": ["point", "line", "polygon", "mixed", "none", None],
}
_BBOX = array_of(NUMBER, minItems=4, maxItems=4)
_LINKS = array_of(reference_to("Link"))
_GEOMETRY_OR_NULL: Schema = {"oneOf": [reference_to("Geometry"), {"type": "null"}]}

SCHEMAS: dict[str, Schema] = {
    "Problem": {
        "description": "RFC 9457 problem document.",
        **open_object(
            {
                "type": {"type": "string", "format": "uri-reference"},
                "title": TEXT,
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": TEXT,
            },
            part={"type": "string", "description": "The parameter or field at fault."},
            advice={"type": "string", "description": "What to do about it."},
        ),
    },
    "Link": open_object({"href": TEXT, "rel": TEXT}, type=TEXT, title=TEXT, templated=FLAG),
    "Landing": open_object({"title": TEXT, "links": _LINKS}, description=TEXT),
    "Conformance": open_object({"conformsTo": array_of(TEXT)}),
    "Licence": open_object({"id": TEXT, "title": TEXT, "url": TEXT, "attribution": TEXT}),
    "Access": {
        "description": "What this reader may have of it, on what conditions, and why.",
        **open_object(
            {
                "kind": {"enum": ["open", "part", "statistics", "closed"]},
                "conditions": array_of(TEXT),
                "reason": TEXT,
            }
        ),
    },
    "Node": {
        "description": "The partner node that holds a dataset; null of this node's own.",
        "oneOf": [
            open_object({"id": TEXT, "title": TEXT, "answers": FLAG, "seen_at": MAYBE_INSTANT}),
            {"type": "null"},
        ],
    },
    "Source": {
        "description": "Where the numbers come from, and on what terms.",
        **open_object(
            {
                "dataset": TEXT,
                "title": TEXT,
                "publisher": TEXT,
                "licence": reference_to("Licence"),
                "attribution": TEXT,
                "version": COUNT,
                "as_of": INSTANT,
                "synthetic": FLAG,
            },
            city=TEXT,
            source_time=MAYBE_INSTANT,
            origin=TEXT,
            kind=_KIND,
            vintage=TEXT,
            modelled=FLAG,
            notice=TEXT,
            conditions=array_of(TEXT),
            node=TEXT,
        ),
    },
    "Extent": open_object(
        {},
        spatial=open_object({"bbox": array_of(_BBOX)}, crs=TEXT),
        temporal=open_object({"interval": array_of(array_of(MAYBE_INSTANT))}, trs=TEXT),
    ),
    "Collection": open_object(
        {"id": TEXT, "links": _LINKS, "itemType": TEXT},
        title=TEXT,
        description=TEXT,
        keywords=array_of(TEXT),
        attribution=TEXT,
        license=TEXT,
        extent=reference_to("Extent"),
        crs=array_of(TEXT),
        storageCrs=TEXT,
        numberOfFeatures=COUNT,
        standard=TEXT,
        source=reference_to("Source"),
        node=reference_to("Node"),
    ),
    "Collections": open_object(
        {"links": _LINKS, "collections": array_of(reference_to("Collection"))},
        numberMatched=COUNT,
        numberReturned=COUNT,
    ),
    "JsonSchema": {
        "description": "A JSON Schema document.",
        **open_object({"type": {"const": "object"}, "properties": OBJECT}, title=TEXT),
    },
    "Geometry": {
        "description": "GeoJSON geometry, in the CRS that Content-Crs names.",
        **open_object(
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
    "Feature": open_object(
        {
            "type": {"const": "Feature"},
            "id": {"type": ["string", "integer", "number"]},
            "geometry": _GEOMETRY_OR_NULL,
            "properties": OBJECT,
        },
        links=_LINKS,
        source=reference_to("Source"),
    ),
    "FeatureCollection": open_object(
        {
            "type": {"const": "FeatureCollection"},
            "features": array_of(reference_to("Feature")),
            "links": _LINKS,
            "numberMatched": COUNT,
            "numberReturned": COUNT,
            "timeStamp": INSTANT,
            "source": reference_to("Source"),
        }
    ),
    "Metadata": open_object(
        {
            "source": reference_to("Source"),
            "numberMatched": COUNT,
            "fields": array_of(reference_to("Field")),
            "files": _LINKS,
        },
        query=OBJECT,
    ),
    "Aggregate": open_object(
        {
            "groups": array_of(TEXT),
            "measures": array_of(TEXT),
            "rows": array_of(OBJECT),
            "numberMatched": COUNT,
            "version": COUNT,
            "source": reference_to("Source"),
        }
    ),
    "Cells": open_object(
        {
            "level": COUNT,
            "cells": array_of(array_of({"type": "integer"}, minItems=3, maxItems=3)),
            "numberMatched": COUNT,
            "unplaced": COUNT,
            "version": COUNT,
            "source": reference_to("Source"),
        }
    ),
    "Count": open_object({"count": COUNT, "placed": COUNT, "version": COUNT}),
    "Explanation": open_object(
        {
            "count": COUNT,
            "without": array_of(open_object({"parameter": TEXT, "label": TEXT, "count": COUNT})),
            "newest": MAYBE_INSTANT,
            "nearest": {
                "oneOf": [
                    {"type": "null"},
                    open_object({"params": OBJECT, "label": TEXT, "count": COUNT}),
                ]
            },
        }
    ),
    "Version": open_object(
        {
            "version": COUNT,
            "committed_at": INSTANT,
            "rows": COUNT,
            "placed": COUNT,
            "left_out": COUNT,
            "blanked": COUNT,
            "content_hash": TEXT,
        },
        source=OBJECT,
    ),
    "History": open_object({"dataset": TEXT, "versions": array_of(reference_to("Version"))}),
    "Reject": open_object(
        {
            "row": COUNT,
            "field": TEXT,
            "value": MAYBE_TEXT,
            "reason": TEXT,
            "action": TEXT,
        }
    ),
    "Rejects": open_object(
        {
            "dataset": TEXT,
            "version": COUNT,
            "rejects": array_of(reference_to("Reject")),
            "left_out": COUNT,
            "blanked": COUNT,
            "links": _LINKS,
        }
    ),
    "Tilesets": open_object({"tilesets": array_of(OBJECT)}, links=_LINKS),
    "Tileset": {
        "description": "OGC TileSet metadata and TileJSON 3.0 in one.",
        **open_object(
            {
                "dataType": {"const": "vector"},
                "crs": TEXT,
                "tileMatrixSetURI": TEXT,
                "links": _LINKS,
                "tilejson": TEXT,
                "tiles": array_of(TEXT),
                "vector_layers": array_of(OBJECT),
                "bounds": _BBOX,
                "minzoom": COUNT,
                "maxzoom": COUNT,
            }
        ),
    },
    "TileMatrixSets": open_object({"tileMatrixSets": array_of(OBJECT)}),
    "TileMatrixSet": open_object({"id": TEXT, "crs": TEXT, "tileMatrices": array_of(OBJECT)}),
    "Field": open_object(
        {"name": TEXT, "type": TEXT, "title": TEXT},
        unit=TEXT,
        description=TEXT,
        extra=FLAG,
        enum=array_of(TEXT),
    ),
    "Cities": open_object({"cities": array_of(open_object({"id": TEXT, "name": TEXT}))}),
    "Dataset": open_object(
        {
            "id": TEXT,
            "city": TEXT,
            "title": TEXT,
            "summary": TEXT,
            "theme": TEXT,
            "standard": MAYBE_TEXT,
            "aliases": array_of(TEXT),
            "basemap": MAYBE_TEXT,
            "publisher": TEXT,
            "licence": reference_to("Licence"),
            "attribution": TEXT,
            "frequency": TEXT,
            "vintage": TEXT,
            "notes": TEXT,
            "loaded": FLAG,
            "access": reference_to("Access"),
            "node": reference_to("Node"),
            "geometry": _GEOMETRY_KIND,
            "rows": _COUNT_OR_NULL,
            "placed": _COUNT_OR_NULL,
            "left_out": _COUNT_OR_NULL,
            "blanked": _COUNT_OR_NULL,
            "bbox": {"oneOf": [_BBOX, {"type": "null"}]},
            "time_extent": {"oneOf": [array_of(INSTANT, minItems=2, maxItems=2), {"type": "null"}]},
            "fields": array_of(reference_to("Field")),
            "roles": OBJECT,
            "amount": {"oneOf": [OBJECT, {"type": "null"}]},
            "source": {"oneOf": [reference_to("DatasetSource"), {"type": "null"}]},
            "committed_at": MAYBE_INSTANT,
            "version": _COUNT_OR_NULL,
            "synthetic": FLAG,
            "modelled": FLAG,
        }
    ),
    "DatasetSource": {
        "description": "What the newest version was read from, and how it was understood.",
        **open_object(
            {
                "origin": TEXT,
                "kind": _KIND,
                "source_time": MAYBE_INSTANT,
                "reading": {"type": "object", "additionalProperties": TEXT},
            }
        ),
    },
    "Datasets": open_object({"datasets": array_of(reference_to("Dataset"))}),
    "Phrase": open_object(
        {
            "chips": array_of(open_object({"kind": TEXT, "label": TEXT})),
            "queries": array_of(open_object({"dataset": TEXT, "params": OBJECT, "url": TEXT})),
            "unread": array_of(TEXT),
            "hints": array_of(TEXT),
        }
    ),
    "Suggestions": open_object(
        {"suggestions": array_of(open_object({"text": TEXT, "kind": TEXT, "label": TEXT}))}
    ),
    "Places": open_object(
        {"places": array_of(open_object({"name": TEXT, "kind": TEXT}, lon=NUMBER, lat=NUMBER))}
    ),
    "Health": open_object({"status": {"const": "ok"}, "version": TEXT, "datasets": COUNT}),
}
