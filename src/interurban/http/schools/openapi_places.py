"""Places and forecasts of the atlas in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.http.openapi_operation import Operation

from .openapi_card import CITY
from .places import RULE_INPUTS

__all__ = ["PLACES_OPERATIONS", "PLACES_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_MAYBE: Schema = {"type": ["number", "null"]}
_WHOLE: Schema = {"type": "integer"}
_FLAG: Schema = {"type": "boolean"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_SOURCES: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Source"}}


def _object(members: dict[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "required": list(members), "properties": members, **more}


def _list(of: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(of)}


_POINTS = _list(
    {
        "year": {**_WHOLE, "description": "In which the school year begins."},
        "low95": _MAYBE,
        "low80": _MAYBE,
        "median": _MAYBE,
        "high80": _MAYBE,
        "high95": _MAYBE,
    }
)
_BAND: Schema = {**_TEXT, "enum": ["under", "efficient", "over", "unknown"]}
_ROW: dict[str, Schema] = {
    "id": _TEXT,
    "name": _TEXT,
    "lon": _MAYBE,
    "lat": _MAYBE,
    "capacity": {**_MAYBE, "description": "Places by the rule; null where not known, never 0."},
    "capacity_year": {"type": ["integer", "null"]},
    "pupils": _MAYBE,
    "surplus": {**_MAYBE, "description": "Places less pupils."},
    "surplus_share": _MAYBE,
    "unfilled_share": {
        **_MAYBE,
        "description": "Places that nobody fills: of an area, those of its schools with room, "
        "which no over-full school offsets; or as published.",
    },
    "utilisation": {**_MAYBE, "description": "Pupils over places: 0.8 is 80 %."},
    "band": _BAND,
    "forms_of_entry_gap": {
        **_MAYBE,
        "description": "Whole forms of entry that are missing (above 0) or spare (below 0).",
    },
    "forecast": {**_POINTS, "type": ["array", "null"]},
}
_RULE: dict[str, Schema] = {
    "id": _TEXT,
    "title": _TEXT,
    "formula": _TEXT,
    "source": _TEXT,
    "inputs": _list(
        {
            "id": _TEXT,
            "label": _TEXT,
            "value": _NUMBER,
            "unit": _TEXT,
            "minimum": _NUMBER,
            "maximum": _NUMBER,
        }
    ),
}
_ERRORS = _list(
    {
        "subject": _TEXT,
        "years_ahead": _WHOLE,
        "method": _TEXT,
        "error": {**_MAYBE, "description": "Mean absolute error as a share of what came."},
        "bias": {**_MAYBE, "description": "Above 0 where too many were forecast."},
        "coverage80": _MAYBE,
        "coverage95": {**_MAYBE, "description": "Share of what came that the band held."},
        "comparisons": _WHOLE,
        "baseline": {**_FLAG, "description": "A simple method ours is held against."},
        "own_error": {**_MAYBE, "description": "Of the one area that is asked for."},
        "note": _TEXT,
    }
)

PLACES_SCHEMAS: dict[str, Schema] = {
    "SchoolPlaces": _object(
        {
            "stage": _TEXT,
            "stages": _list({"id": _TEXT, "schools": _WHOLE, "with_places": _WHOLE}),
            "by": _TEXT,
            "year": {**_WHOLE, "description": "School year of the pupils."},
            "years": {
                "description": "School years there are pupils of, for the parameter year.",
                "type": "array",
                "items": _WHOLE,
            },
            "rules": _list(_RULE),
            "rule": _TEXT,
            "rows": _list(_ROW),
            "totals": _object(
                {
                    "capacity": _MAYBE,
                    "pupils": _MAYBE,
                    "surplus": _MAYBE,
                    "surplus_share": _MAYBE,
                    "unfilled_share": _MAYBE,
                    "utilisation": _MAYBE,
                    "under": _WHOLE,
                    "efficient": _WHOLE,
                    "over": _WHOLE,
                    "unknown": _WHOLE,
                },
                description="Of the rows whose places and pupils are both known; where there is no "
                "such row, capacity is null and pupils are those of all.",
            ),
            "modelled": _FLAG,
            "lacking": {
                **_TEXTS,
                "description": "Datasets that are not loaded, or not for the reader.",
            },
            "notes": _TEXTS,
            "words": _TEXT,
            "sources": _SOURCES,
        }
    ),
    "SchoolForecast": _object(
        {
            "subject": _TEXT,
            "run": {
                "description": "The run it is out of; null where there is none yet: of areas that "
                "a scorecard tells of, it is then worked out at once.",
                "type": ["string", "null"],
            },
            "how_to_run": {
                "description": "What to send to /api/runs; null where nothing can be run.",
                "type": ["object", "null"],
            },
            "observed": _list({"year": _WHOLE, "pupils": _MAYBE}),
            "forecast": _POINTS,
            "variants": {
                **_list({"title": _TEXT, "pupils": _list({"year": _WHOLE, "pupils": _MAYBE})}),
                "description": "Other courses: fewer or more entrants; or one thing alone, of "
                "areas.",
            },
            "errors": _ERRORS,
            "entry_errors": _ERRORS,
            "modelled": _FLAG,
            "lacking": {
                **_TEXTS,
                "description": "Datasets that are not loaded, or not for the reader.",
            },
            "words": _TEXT,
            "sources": _SOURCES,
        }
    ),
}


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_STAGE = _query(
    "stage",
    "A stage's id; without it the first of the city (of places: that has any known).",
    _TEXT,
)

PLACES_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/schools/{city}/places",
        "Schools",
        "Places, pupils and surplus, by school or area, with forecasts",
        "SchoolPlaces",
        inline=(
            CITY,
            _STAGE,
            _query("by", "Rows: schools, or areas.", {**_TEXT, "enum": ["school", "area"]}),
            _query("rule", "How places are counted: the id of a rule, or own.", _TEXT),
            _query("year", "School year of the pupils; the newest without it.", _WHOLE),
            *(
                _query(name, "A number of a rule of your own; with rule=own.", _NUMBER)
                for name in RULE_INPUTS
            ),
        ),
    ),
    Operation(
        "/api/schools/{city}/forecast",
        "Schools",
        "Pupils so far and to come of a school, an area or the city, with the back-test",
        "SchoolForecast",
        inline=(
            CITY,
            _query("school", "A school's id.", _TEXT),
            _query("area", "An area's code.", _TEXT),
            _query("all", "The whole city; so it is without any of these.", _TEXT),
            _STAGE,
        ),
    ),
)
