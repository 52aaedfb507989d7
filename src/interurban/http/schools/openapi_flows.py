"""Schools, flows, catchments and feeders in the OpenAPI document."""

from __future__ import annotations

from interurban.apps.schools.catchments import METHODS
from interurban.apps.schools.zones import RESULTS
from interurban.http.formats import GEOJSON, PARQUET
from interurban.http.openapi_operation import Operation
from interurban.http.openapi_values import (
    FLAG,
    MAYBE_NUMBER,
    NUMBER,
    OBJECT,
    SOURCES,
    TEXT,
    WHOLE,
    Schema,
    objects_of,
    open_object,
    path_parameter,
    query_parameter,
)

from .files import FEATURES, ROW_FORMATS
from .openapi_card import CITY

__all__ = ["FLOW_OPERATIONS", "FLOW_SCHEMAS"]


_SCHOOL = path_parameter("school", "A school's id.")
_FLOWS = query_parameter(
    "flows", "A set of flows by its id; the newest of the first dataset when absent."
)
_STAGE = query_parameter("stage", "A stage of the city, where no set of flows is named.")
_LON = query_parameter(
    "lon", "Longitude in degrees (WGS84).", {**NUMBER, "minimum": -180, "maximum": 180}
)
_LAT = query_parameter(
    "lat", "Latitude in degrees (WGS84).", {**NUMBER, "minimum": -90, "maximum": 90}
)
_METHOD = query_parameter("method", "How a catchment is drawn.", {**TEXT, "enum": list(METHODS)})
_PERCENT = query_parameter(
    "q",
    "A percentage: of all the school's pupils (ranked), of each area's pupils (share), of the "
    "school's shown pupils (kernel). 80, 10 and 60 when absent; a zone has none.",
    {**NUMBER, "minimum": 1, "maximum": 100},
)

_COUNT: dict[str, Schema] = {
    "pupils": {**MAYBE_NUMBER, "description": "null where hidden; never 0 for that."},
    "at_least": MAYBE_NUMBER,
    "at_most": MAYBE_NUMBER,
    "status": {**TEXT, "enum": ["shown", "hidden", "modelled", "unknown"]},
}
_SET: dict[str, Schema] = {
    "flows": TEXT,
    "year": {**WHOLE, "description": "In which the school year begins."},
    "stage": TEXT,
    "modelled": {**FLAG, "description": "Worked out by a model, not counted."},
    "hidden_below": {
        **WHOLE,
        "description": "Numbers below it are hidden, and others that would give one away; 0 when "
        "none is.",
    },
}
_POINT: dict[str, Schema] = {"id": TEXT, "name": TEXT, "lon": MAYBE_NUMBER, "lat": MAYBE_NUMBER}
_RESULT: Schema = {**TEXT, "enum": list(RESULTS)}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _hidden(cells: str) -> Schema:
    return open_object(
        {
            cells: {
                **MAYBE_NUMBER,
                "description": "null where the publisher left them out unmarked.",
            },
            "pupils_at_least": MAYBE_NUMBER,
            "pupils_at_most": MAYBE_NUMBER,
        }
    )


FLOW_SCHEMAS: dict[str, Schema] = {
    "SchoolPoints": {
        "description": "A GeoJSON feature collection of schools.",
        **open_object(
            {
                "type": TEXT,
                "features": {"type": "array", "items": OBJECT},
                "placeless": {"type": "array", "items": OBJECT},
                "sources": SOURCES,
            }
        ),
    },
    "SchoolAreas": {
        "description": "Where the pupils of a school live.",
        **open_object(
            {
                "school": open_object(_POINT),
                **_SET,
                "total": {**MAYBE_NUMBER, "description": "With those that are hidden."},
                "shown": NUMBER,
                "homeless": {**NUMBER, "description": "Pupils whose home area is not known."},
                "hidden": _hidden("areas"),
                "reach": open_object(
                    {
                        "mean_m": MAYBE_NUMBER,
                        "median_m": MAYBE_NUMBER,
                        "p90_m": MAYBE_NUMBER,
                        "shown_share": MAYBE_NUMBER,
                        "areas_50": MAYBE_NUMBER,
                        "areas_80": MAYBE_NUMBER,
                    }
                ),
                "words": TEXT,
                "areas": {
                    **OBJECT,
                    "description": "A GeoJSON feature collection; a home outside the city has no "
                    "geometry.",
                },
                "sources": SOURCES,
            }
        ),
    },
    "AreaSchools": {
        "description": "Which schools the pupils of some areas go to. Where no flows are known, "
        "flows is null and so is every number: the schools are those of the zones, and near ones.",
        **open_object(
            {
                "areas": objects_of({"id": TEXT, "name": TEXT, "district": TEXT}),
                "place": {"type": ["object", "null"]},
                **_SET,
                "flows": _or_null(TEXT),
                "year": _or_null(_SET["year"]),
                "total": MAYBE_NUMBER,
                "shown": MAYBE_NUMBER,
                "hidden": _or_null(_hidden("schools")),
                "words": TEXT,
                "schools": objects_of(
                    {
                        **_POINT,
                        "phase": TEXT,
                        "kind": TEXT,
                        **_COUNT,
                        "share": MAYBE_NUMBER,
                        "distance_m": MAYBE_NUMBER,
                        "rank": MAYBE_NUMBER,
                        "zoned": {**FLAG, "description": "Its official zone holds the place."},
                    }
                ),
                "outline": {**OBJECT, "description": "The areas, as GeoJSON."},
                "result": _RESULT,
                "zones": objects_of(
                    {
                        "id": TEXT,
                        "school_id": TEXT,
                        "name": TEXT,
                        "stage": TEXT,
                        "year": MAYBE_NUMBER,
                    }
                ),
                "sources": SOURCES,
            }
        ),
    },
    "DrawnShape": {
        "description": "A GeoJSON Polygon or MultiPolygon, or a Feature of one; longitude first.",
        **OBJECT,
    },
    "Catchment": {
        "description": "A GeoJSON feature. It is no promise of a place.",
        **open_object(
            {
                "type": TEXT,
                "geometry": {"type": ["object", "null"]},
                "properties": open_object(
                    {
                        "method": {**TEXT, "enum": list(METHODS)},
                        "q": NUMBER,
                        "reached": FLAG,
                        "parts": WHOLE,
                        "holes_filled": WHOLE,
                        "area_km2": NUMBER,
                        "coverage": {
                            **MAYBE_NUMBER,
                            "description": "Share of all pupils, hidden ones among them, who are "
                            "shown to live in it.",
                        },
                        "median_m": MAYBE_NUMBER,
                        "p90_m": MAYBE_NUMBER,
                        "areas": WHOLE,
                        "words": TEXT,
                        "result_words": TEXT,
                    }
                ),
                "sources": SOURCES,
            }
        ),
    },
    "Catchments": {
        "description": "A GeoJSON feature collection of catchments, simplified to 15 m.",
        **open_object(
            {
                "type": TEXT,
                "features": {"type": "array", "items": OBJECT},
                "sources": SOURCES,
            }
        ),
    },
    "Feeders": {
        "description": "Links from where pupils live to their schools, the largest first.",
        **open_object(
            {
                **_SET,
                "feeder": {**TEXT, "description": "unknown: earlier schools are not published."},
                "by": {**TEXT, "enum": ["district", "area"]},
                "links_in_all": WHOLE,
                "shown": NUMBER,
                "nodes": objects_of({"id": TEXT, "name": TEXT, "kind": TEXT}),
                "links": objects_of({"source": TEXT, "target": TEXT, **_COUNT}),
                "words": TEXT,
                "sources": SOURCES,
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
        inline=(CITY, query_parameter("stage", "Only schools of this stage.")),
    ),
    Operation(
        f"{_BASE}/schools/{{school}}/areas",
        "Schools",
        "The areas where the pupils of a school live",
        "SchoolAreas",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(CITY, _SCHOOL, _FLOWS),
    ),
    Operation(
        f"{_BASE}/areas/{{area}}/schools",
        "Schools",
        "The schools that pupils of an area go to",
        "AreaSchools",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(CITY, path_parameter("area", "A home area's id."), _FLOWS),
    ),
    Operation(
        f"{_BASE}/at/schools",
        "Schools",
        "The schools that pupils of a place go to, and its official zones",
        "AreaSchools",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(
            CITY,
            _FLOWS,
            _STAGE,
            _LON,
            _LAT,
            query_parameter(
                "q", "In place of lon and lat: an address, a postcode, or a place by name."
            ),
        ),
    ),
    Operation(
        f"{_BASE}/within/schools",
        "Schools",
        "The schools that pupils of the areas in a drawn shape go to; each area counts whole",
        "AreaSchools",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(CITY, _FLOWS, _STAGE),
        method="post",
        body="DrawnShape",
    ),
    Operation(
        f"{_BASE}/schools/{{school}}/catchment",
        "Schools",
        "A school's catchment by one of five methods",
        "Catchment",
        formats=(GEOJSON, PARQUET),
        inline=(CITY, _SCHOOL, _FLOWS, _METHOD, _PERCENT, _LON, _LAT),
    ),
    Operation(
        f"{_BASE}/catchments",
        "Schools",
        "The catchments of all schools",
        "Catchments",
        formats=(GEOJSON, PARQUET),
        inline=(
            CITY,
            _FLOWS,
            _METHOD,
            _PERCENT,
            query_parameter("stage", "Only schools of this stage."),
        ),
    ),
    Operation(
        f"{_BASE}/feeders",
        "Schools",
        "The largest links from where pupils live to their schools",
        "Feeders",
        inline=(
            CITY,
            _FLOWS,
            query_parameter("school", "Only links to this school."),
            query_parameter(
                "top", "At most so many links.", {**WHOLE, "minimum": 1, "maximum": 1000}
            ),
        ),
    ),
)
