"""Places and forecasts of the atlas in the OpenAPI document."""

from __future__ import annotations

from interurban.http.openapi_operation import Operation
from interurban.http.openapi_values import (
    FLAG,
    MAYBE_NUMBER,
    NUMBER,
    SOURCES,
    TEXT,
    TEXTS,
    WHOLE,
    Schema,
    objects_of,
    open_object,
    query_parameter,
)

from .openapi_card import CITY
from .places import RULE_INPUTS

__all__ = ["PLACES_OPERATIONS", "PLACES_SCHEMAS"]


_POINTS = objects_of(
    {
        "year": {**WHOLE, "description": "In which the school year begins."},
        "low95": MAYBE_NUMBER,
        "low80": MAYBE_NUMBER,
        "median": MAYBE_NUMBER,
        "high80": MAYBE_NUMBER,
        "high95": MAYBE_NUMBER,
    }
)
_BAND: Schema = {**TEXT, "enum": ["under", "efficient", "over", "unknown"]}
_ROW: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "lon": MAYBE_NUMBER,
    "lat": MAYBE_NUMBER,
    "capacity": {
        **MAYBE_NUMBER,
        "description": "Places by the rule; null where not known, never 0.",
    },
    "capacity_year": {"type": ["integer", "null"]},
    "pupils": MAYBE_NUMBER,
    "surplus": {**MAYBE_NUMBER, "description": "Places less pupils."},
    "surplus_share": MAYBE_NUMBER,
    "unfilled_share": {
        **MAYBE_NUMBER,
        "description": "Places that nobody fills: of an area, those of its schools with room, "
        "which no over-full school offsets; or as published.",
    },
    "utilisation": {**MAYBE_NUMBER, "description": "Pupils over places: 0.8 is 80 %."},
    "band": _BAND,
    "forms_of_entry_gap": {
        **MAYBE_NUMBER,
        "description": "Whole forms of entry that are missing (above 0) or spare (below 0).",
    },
    "forecast": {**_POINTS, "type": ["array", "null"]},
}
_RULE: dict[str, Schema] = {
    "id": TEXT,
    "title": TEXT,
    "formula": TEXT,
    "source": TEXT,
    "inputs": objects_of(
        {
            "id": TEXT,
            "label": TEXT,
            "value": NUMBER,
            "unit": TEXT,
            "minimum": NUMBER,
            "maximum": NUMBER,
        }
    ),
}
_ERRORS = objects_of(
    {
        "subject": TEXT,
        "years_ahead": WHOLE,
        "method": TEXT,
        "error": {**MAYBE_NUMBER, "description": "Mean absolute error as a share of what came."},
        "bias": {**MAYBE_NUMBER, "description": "Above 0 where too many were forecast."},
        "coverage80": MAYBE_NUMBER,
        "coverage95": {**MAYBE_NUMBER, "description": "Share of what came that the band held."},
        "comparisons": WHOLE,
        "baseline": {**FLAG, "description": "A simple method ours is held against."},
        "own_error": {**MAYBE_NUMBER, "description": "Of the one area that is asked for."},
        "note": TEXT,
    }
)

PLACES_SCHEMAS: dict[str, Schema] = {
    "SchoolPlaces": open_object(
        {
            "stage": TEXT,
            "stages": objects_of({"id": TEXT, "schools": WHOLE, "with_places": WHOLE}),
            "by": TEXT,
            "year": {**WHOLE, "description": "School year of the pupils."},
            "years": {
                "description": "School years there are pupils of, for the parameter year.",
                "type": "array",
                "items": WHOLE,
            },
            "rules": objects_of(_RULE),
            "rule": TEXT,
            "rows": objects_of(_ROW),
            "totals": open_object(
                {
                    "capacity": MAYBE_NUMBER,
                    "pupils": MAYBE_NUMBER,
                    "surplus": MAYBE_NUMBER,
                    "surplus_share": MAYBE_NUMBER,
                    "unfilled_share": MAYBE_NUMBER,
                    "utilisation": MAYBE_NUMBER,
                    "under": WHOLE,
                    "efficient": WHOLE,
                    "over": WHOLE,
                    "unknown": WHOLE,
                }
            )
            | {
                "description": "Of the rows whose places and pupils are both known; where there "
                "is no such row, capacity is null and pupils are those of all.",
            },
            "modelled": FLAG,
            "lacking": {
                **TEXTS,
                "description": "Datasets that are not loaded, or not for the reader.",
            },
            "notes": TEXTS,
            "words": TEXT,
            "sources": SOURCES,
        }
    ),
    "SchoolForecast": open_object(
        {
            "subject": TEXT,
            "run": {
                "description": "The run it is out of; null where there is none yet: of areas that "
                "a scorecard tells of, it is then worked out at once.",
                "type": ["string", "null"],
            },
            "how_to_run": {
                "description": "What to send to /api/runs; null where nothing can be run.",
                "type": ["object", "null"],
            },
            "observed": objects_of({"year": WHOLE, "pupils": MAYBE_NUMBER}),
            "forecast": _POINTS,
            "variants": {
                **objects_of(
                    {"title": TEXT, "pupils": objects_of({"year": WHOLE, "pupils": MAYBE_NUMBER})}
                ),
                "description": "Other courses: fewer or more entrants; or one thing alone, of "
                "areas.",
            },
            "errors": _ERRORS,
            "entry_errors": _ERRORS,
            "modelled": FLAG,
            "lacking": {
                **TEXTS,
                "description": "Datasets that are not loaded, or not for the reader.",
            },
            "words": TEXT,
            "sources": SOURCES,
        }
    ),
}


_STAGE = query_parameter(
    "stage",
    "A stage's id; without it the first of the city (of places: that has any known).",
    TEXT,
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
            query_parameter("by", "Rows: schools, or areas.", {**TEXT, "enum": ["school", "area"]}),
            query_parameter("rule", "How places are counted: the id of a rule, or own.", TEXT),
            query_parameter("year", "School year of the pupils; the newest without it.", WHOLE),
            *(
                query_parameter(name, "A number of a rule of your own; with rule=own.", NUMBER)
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
            query_parameter("school", "A school's id.", TEXT),
            query_parameter("area", "An area's code.", TEXT),
            query_parameter("all", "The whole city; so it is without any of these.", TEXT),
            _STAGE,
        ),
    ),
)
