"""Schools, flows, catchments and feeders in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.apps.schools.catchments import METHODS
from interurban.apps.schools.zones import RESULTS
from interurban.http.formats import GEOJSON, PARQUET
from interurban.http.openapi_operation import Operation

from .files import FEATURES, ROW_FORMATS

__all__ = ["FLOW_OPERATIONS", "FLOW_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_WHOLE: Schema = {"type": "integer"}
_NUMBER: Schema = {"type": "number"}
_MAYBE: Schema = {"type": ["number", "null"]}
_OBJECT: Schema = {"type": "object"}
_SOURCES: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Source"}}


def _object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


def _list(of: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(of)}


def _query(name: str, description: str, schema: Schema = _TEXT) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _path(name: str, description: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": _TEXT,
    }


_CITY = _path("city", "A city's id.")
_SCHOOL = _path("school", "A school's id.")
_FLOWS = _query("flows", "A set of flows by its id; the newest of the first dataset when absent.")
_STAGE = _query("stage", "A stage of the city, where no set of flows is named.")
_LON = _query("lon", "Longitude in degrees (WGS84).", {**_NUMBER, "minimum": -180, "maximum": 180})
_LAT = _query("lat", "Latitude in degrees (WGS84).", {**_NUMBER, "minimum": -90, "maximum": 90})
_METHOD = _query("method", "How a catchment is drawn.", {**_TEXT, "enum": list(METHODS)})
_PERCENT = _query(
    "q",
    "A percentage: of all the school's pupils (ranked), of each area's pupils (share), of the "
    "school's shown pupils (kernel). 80, 10 and 60 when absent; a zone has none.",
    {**_NUMBER, "minimum": 1, "maximum": 100},
)

_COUNT: dict[str, Schema] = {
    "pupils": {**_MAYBE, "description": "null where hidden; never 0 for that."},
    "at_least": _MAYBE,
    "at_most": _MAYBE,
    "status": {**_TEXT, "enum": ["shown", "hidden", "modelled", "unknown"]},
}
_SET: dict[str, Schema] = {
    "flows": _TEXT,
    "year": {**_WHOLE, "description": "In which the school year begins."},
    "stage": _TEXT,
    "modelled": {**_FLAG, "description": "Worked out by a model, not counted."},
    "hidden_below": {
        **_WHOLE,
        "description": "Numbers below it are hidden, and others that would give one away; 0 when "
        "none is.",
    },
}
_POINT: dict[str, Schema] = {"id": _TEXT, "name": _TEXT, "lon": _MAYBE, "lat": _MAYBE}
_RESULT: Schema = {**_TEXT, "enum": list(RESULTS)}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _hidden(cells: str) -> Schema:
    return _object(
        {
            cells: {**_MAYBE, "description": "null where the publisher left them out unmarked."},
            "pupils_at_least": _MAYBE,
            "pupils_at_most": _MAYBE,
        }
    )


FLOW_SCHEMAS: dict[str, Schema] = {
    "SchoolPoints": {
        "description": "A GeoJSON feature collection of schools.",
        **_object(
            {
                "type": _TEXT,
                "features": {"type": "array", "items": _OBJECT},
                "placeless": {"type": "array", "items": _OBJECT},
                "sources": _SOURCES,
            }
        ),
    },
    "SchoolAreas": {
        "description": "Where the pupils of a school live.",
        **_object(
            {
                "school": _object(_POINT),
                **_SET,
                "total": {**_MAYBE, "description": "With those that are hidden."},
                "shown": _NUMBER,
                "homeless": {**_NUMBER, "description": "Pupils whose home area is not known."},
                "hidden": _hidden("areas"),
                "reach": _object(
                    {
                        "mean_m": _MAYBE,
                        "median_m": _MAYBE,
                        "p90_m": _MAYBE,
                        "shown_share": _MAYBE,
                        "areas_50": _MAYBE,
                        "areas_80": _MAYBE,
                    }
                ),
                "words": _TEXT,
                "areas": {
                    **_OBJECT,
                    "description": "A GeoJSON feature collection; a home outside the city has no "
                    "geometry.",
                },
                "sources": _SOURCES,
            }
        ),
    },
    "AreaSchools": {
        "description": "Which schools the pupils of some areas go to. Where no flows are known, "
        "flows is null and so is every number: the schools are those of the zones, and near ones.",
        **_object(
            {
                "areas": _list({"id": _TEXT, "name": _TEXT, "district": _TEXT}),
                "place": {"type": ["object", "null"]},
                **_SET,
                "flows": _or_null(_TEXT),
                "year": _or_null(_SET["year"]),
                "total": _MAYBE,
                "shown": _MAYBE,
                "hidden": _or_null(_hidden("schools")),
                "words": _TEXT,
                "schools": _list(
                    {
                        **_POINT,
                        "phase": _TEXT,
                        "kind": _TEXT,
                        **_COUNT,
                        "share": _MAYBE,
                        "distance_m": _MAYBE,
                        "rank": _MAYBE,
                        "zoned": {**_FLAG, "description": "Its official zone holds the place."},
                    }
                ),
                "outline": {**_OBJECT, "description": "The areas, as GeoJSON."},
                "result": _RESULT,
                "zones": _list(
                    {
                        "id": _TEXT,
                        "school_id": _TEXT,
                        "name": _TEXT,
                        "stage": _TEXT,
                        "year": _MAYBE,
                    }
                ),
                "sources": _SOURCES,
            }
        ),
    },
    "DrawnShape": {
        "description": "A GeoJSON Polygon or MultiPolygon, or a Feature of one; longitude first.",
        **_OBJECT,
    },
    "Catchment": {
        "description": "A GeoJSON feature. It is no promise of a place.",
        **_object(
            {
                "type": _TEXT,
                "geometry": {"type": ["object", "null"]},
                "properties": _object(
                    {
                        "method": {**_TEXT, "enum": list(METHODS)},
                        "q": _NUMBER,
                        "reached": _FLAG,
                        "parts": _WHOLE,
                        "holes_filled": _WHOLE,
                        "area_km2": _NUMBER,
                        "coverage": {
                            **_MAYBE,
                            "description": "Share of all pupils, hidden ones among them, who are "
                            "shown to live in it.",
                        },
                        "median_m": _MAYBE,
                        "p90_m": _MAYBE,
                        "areas": _WHOLE,
                        "words": _TEXT,
                        "result_words": _TEXT,
                    }
                ),
                "sources": _SOURCES,
            }
        ),
    },
    "Catchments": {
        "description": "A GeoJSON feature collection of catchments, simplified to 15 m.",
        **_object(
            {
                "type": _TEXT,
                "features": {"type": "array", "items": _OBJECT},
                "sources": _SOURCES,
            }
        ),
    },
    "Feeders": {
        "description": "Links from where pupils live to their schools, the largest first.",
        **_object(
            {
                **_SET,
                "feeder": {**_TEXT, "description": "unknown: earlier schools are not published."},
                "by": {**_TEXT, "enum": ["district", "area"]},
                "links_in_all": _WHOLE,
                "shown": _NUMBER,
                "nodes": _list({"id": _TEXT, "name": _TEXT, "kind": _TEXT}),
                "links": _list({"source": _TEXT, "target": _TEXT, **_COUNT}),
                "words": _TEXT,
                "sources": _SOURCES,
            }
        ),
    },
}

_BASE = "/api/schools/{city}"

FLOW_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        f"{_BASE}/schools",
        "Schools",
        "Every school of a city as a small feature",
        "SchoolPoints",
        formats=(GEOJSON,),
        inline=(_CITY, _query("stage", "Only schools of this stage.")),
    ),
    Operation(
        f"{_BASE}/schools/{{school}}/areas",
        "Schools",
        "The areas where the pupils of a school live",
        "SchoolAreas",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(_CITY, _SCHOOL, _FLOWS),
    ),
    Operation(
        f"{_BASE}/areas/{{area}}/schools",
        "Schools",
        "The schools that pupils of an area go to",
        "AreaSchools",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(_CITY, _path("area", "A home area's id."), _FLOWS),
    ),
    Operation(
        f"{_BASE}/at/schools",
        "Schools",
        "The schools that pupils of a place go to, and its official zones",
        "AreaSchools",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(
            _CITY,
            _FLOWS,
            _STAGE,
            _LON,
            _LAT,
            _query("q", "In place of lon and lat: an address, a postcode, or a place by name."),
        ),
    ),
    Operation(
        f"{_BASE}/within/schools",
        "Schools",
        "The schools that pupils of the areas in a drawn shape go to; each area counts whole",
        "AreaSchools",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(_CITY, _FLOWS, _STAGE),
        method="post",
        body="DrawnShape",
    ),
    Operation(
        f"{_BASE}/schools/{{school}}/catchment",
        "Schools",
        "A school's catchment by one of five methods",
        "Catchment",
        formats=(GEOJSON, PARQUET),
        inline=(_CITY, _SCHOOL, _FLOWS, _METHOD, _PERCENT, _LON, _LAT),
    ),
    Operation(
        f"{_BASE}/catchments",
        "Schools",
        "The catchments of all schools",
        "Catchments",
        formats=(GEOJSON, PARQUET),
        inline=(_CITY, _FLOWS, _METHOD, _PERCENT, _query("stage", "Only schools of this stage.")),
    ),
    Operation(
        f"{_BASE}/feeders",
        "Schools",
        "The largest links from where pupils live to their schools",
        "Feeders",
        inline=(
            _CITY,
            _FLOWS,
            _query("school", "Only links to this school."),
            _query("top", "At most so many links.", {**_WHOLE, "minimum": 1, "maximum": 1000}),
        ),
    ),
)
