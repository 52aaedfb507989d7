"""Last distances offered in the OpenAPI document."""

from __future__ import annotations

from interurban.apps.schools.offers.chances import CHANCES
from interurban.apps.schools.offers.results import RESULTS
from interurban.http.openapi_operation import Operation
from interurban.http.openapi_values import (
    FLAG,
    MAYBE_NUMBER,
    MAYBE_TEXT,
    NUMBER,
    SOURCES,
    TEXT,
    WHOLE,
    Schema,
    objects_of,
    open_object,
    query_parameter,
)

from .files import FEATURES, ROW_FORMATS
from .openapi_card import CITY

__all__ = ["OFFER_OPERATIONS", "OFFER_SCHEMAS"]


_STATUS: Schema = {**TEXT, "enum": ["measured", "doubtful", "not by distance"]}
_LAST: Schema = {
    **MAYBE_NUMBER,
    "description": "Straight line, in metres; null where there is none.",
}
_ADMISSIONS = objects_of(
    {
        "stage": TEXT,
        "by_distance": {**FLAG, "description": "Whether who lives nearer comes first."},
        "words": TEXT,
        "source": TEXT,
    }
)
_NO_RIGHT: Schema = {**TEXT, "description": "What it does not say."}
_SERIES: dict[str, Schema] = {
    "school_id": {**TEXT, "description": "An earlier school's, where the figures are of that."},
    "stated_name": TEXT,
    "year_group": {**MAYBE_NUMBER, "description": "That is entered; 0 is Reception."},
    "criterion": TEXT,
    "entry": {**TEXT, "description": "Both in words."},
    "drawn": {**FLAG, "description": "The one that a map draws."},
    "years": objects_of({"year": WHOLE, "last_distance_m": _LAST, "status": _STATUS}),
    "latest": {
        "oneOf": [open_object({"year": WHOLE, "last_distance_m": _LAST}), {"type": "null"}],
    },
    "least_m": MAYBE_NUMBER,
    "most_m": MAYBE_NUMBER,
    "moves": objects_of({"year": WHOLE, "share": {**NUMBER, "description": "Of the year before."}}),
    "rounding_m": {**NUMBER, "description": "Half the last digit of the published figures."},
    "apart_m": {
        **MAYBE_NUMBER,
        "description": "Between the two places that are stated of the school.",
    },
    "words": TEXT,
}

OFFER_SCHEMAS: dict[str, Schema] = {
    "LastDistances": open_object(
        {
            "schools": WHOLE,
            "years": {"type": "array", "items": WHOLE},
            "by_name": {**WHOLE, "description": "Schools found by name, where no id is stated."},
            "unmatched": objects_of(
                {"name": TEXT, "school_id": MAYBE_TEXT, "figures": WHOLE, "dataset": TEXT}
            ),
            "admissions": _ADMISSIONS,
            "words": TEXT,
            "result_words": _NO_RIGHT,
            "rows": objects_of(
                {
                    "id": TEXT,
                    "name": TEXT,
                    "stated_name": TEXT,
                    "year": WHOLE,
                    "year_group": MAYBE_NUMBER,
                    "criterion": TEXT,
                    "last_distance_m": _LAST,
                    "status": _STATUS,
                    "dataset": TEXT,
                }
            ),
            "sources": SOURCES,
        }
    ),
    "SchoolOffers": open_object(
        {
            "school": open_object(
                {"id": TEXT, "name": TEXT, "lon": MAYBE_NUMBER, "lat": MAYBE_NUMBER}
            ),
            "series": objects_of(_SERIES),
            "earlier": objects_of({"id": TEXT, "name": TEXT}),
            "admissions": _ADMISSIONS,
            "words": TEXT,
            "result_words": _NO_RIGHT,
            "sources": SOURCES,
        }
    ),
    "OffersAt": open_object(
        {
            "place": open_object(
                {"label": TEXT, "lon": NUMBER, "lat": NUMBER, "within_m": MAYBE_NUMBER}
            ),
            "stage": TEXT,
            "by_distance": FLAG,
            "results": {"type": "array", "items": {**TEXT, "enum": list(RESULTS)}},
            "schools": objects_of(
                {
                    "id": TEXT,
                    "name": TEXT,
                    "lon": NUMBER,
                    "lat": NUMBER,
                    "year_group": MAYBE_NUMBER,
                    "criterion": TEXT,
                    "distance_m": MAYBE_NUMBER,
                    "margin_m": {
                        **MAYBE_NUMBER,
                        "description": "As near to a last distance nothing is said: as the place, "
                        "the school and the published figure are exact to.",
                    },
                    "result": {**TEXT, "enum": list(RESULTS)},
                    "within": WHOLE,
                    "of": WHOLE,
                    "latest_year": MAYBE_NUMBER,
                    "latest_m": MAYBE_NUMBER,
                    "years": objects_of({"year": WHOLE, "held": TEXT}),
                    "words": TEXT,
                }
            ),
            "words": TEXT,
            "result_words": _NO_RIGHT,
            "sources": SOURCES,
        }
    ),
}

_CHECK: Schema = {
    "oneOf": [
        open_object(
            {
                "years": {"type": "array", "items": WHOLE},
                "schools": WHOLE,
                "figures": WHOLE,
                "within": {
                    **MAYBE_NUMBER,
                    "description": "Share inside the 5-95 % band.",
                },
                "in_draws": {
                    **MAYBE_NUMBER,
                    "description": "Share inside the band of the draws alone.",
                },
                "compared": WHOLE,
                "factor": {
                    **MAYBE_NUMBER,
                    "description": "Too far or too near, the middle.",
                },
                "rank": {**MAYBE_NUMBER, "description": "Spearman's correlation."},
                "year_before": {**MAYBE_NUMBER, "description": "Factor of that guess."},
                "other_years": {**MAYBE_NUMBER, "description": "Factor of their mean."},
                "words": TEXT,
            }
        ),
        {"type": "null"},
    ]
}
OFFER_SCHEMAS["SimulatedOffers"] = {
    "description": "Rounds of admissions, simulated; no promise of a place.",
    **open_object(
        {
            "place": open_object(
                {"label": TEXT, "lon": NUMBER, "lat": NUMBER, "within_m": MAYBE_NUMBER}
            ),
            "stage": TEXT,
            "by_distance": FLAG,
            "simulated": FLAG,
            "chances": {"type": "array", "items": {**TEXT, "enum": list(CHANCES)}},
            "assumed": open_object(
                {
                    "choices": WHOLE,
                    "siblings": NUMBER,
                    "demand": {**NUMBER, "description": "Of the pupils of a year group now."},
                    "seed": WHOLE,
                }
            ),
            "draws": WHOLE,
            "children": {**WHOLE, "description": "Who enter in a draw, on average."},
            "radius_m": MAYBE_NUMBER,
            "unplaced": {
                **MAYBE_NUMBER,
                "description": "Share whom no school of their list takes.",
            },
            "schools": objects_of(
                {
                    "id": TEXT,
                    "name": TEXT,
                    "distance_m": MAYBE_NUMBER,
                    "by_distance": FLAG,
                    "fitted": {**FLAG, "description": "To its own published last distances."},
                    "places": WHOLE,
                    "places_year": MAYBE_NUMBER,
                    "places_stated": {
                        **FLAG,
                        "description": "Published, and not as many as pupils.",
                    },
                    "last_m": {
                        "description": "Of the draws; null at a point where nobody is turned away.",
                        "oneOf": [
                            open_object(
                                {"p5": MAYBE_NUMBER, "p50": MAYBE_NUMBER, "p95": MAYBE_NUMBER}
                            ),
                            {"type": "null"},
                        ],
                    },
                    "limited": {
                        **MAYBE_NUMBER,
                        "description": "Share of draws with somebody turned away.",
                    },
                    "share": {
                        **MAYBE_NUMBER,
                        "description": "Of draws with a place by distance here.",
                    },
                    "share_least": {
                        **MAYBE_NUMBER,
                        "description": "As far off as the place may be.",
                    },
                    "share_most": {
                        **MAYBE_NUMBER,
                        "description": "As near by as the place may be.",
                    },
                    "chance": {**TEXT, "enum": list(CHANCES)},
                    "words": TEXT,
                }
            ),
            "check": {"description": "Schools with figures, each year by the others.", **_CHECK},
            "check_unfitted": {"description": "The same schools without fitting.", **_CHECK},
            "assumptions": {"type": "array", "items": TEXT},
            "words": TEXT,
            "result_words": _NO_RIGHT,
            "sources": SOURCES,
        }
    ),
}

_SCHOOL: Schema = {
    "name": "school",
    "in": "path",
    "required": True,
    "description": "A school's id.",
    "schema": TEXT,
}
PLACE: tuple[Schema, ...] = (
    query_parameter(
        "lon", "Longitude in degrees (WGS84).", {**NUMBER, "minimum": -180, "maximum": 180}
    ),
    query_parameter(
        "lat", "Latitude in degrees (WGS84).", {**NUMBER, "minimum": -90, "maximum": 90}
    ),
    query_parameter("q", "In place of lon and lat: an address, a postcode, or a place by name."),
    query_parameter("stage", "A stage's id; the first of the city without it."),
)
_BASE = "/api/schools/{city}"

OFFER_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        f"{_BASE}/offers",
        "Schools",
        "Last distances offered, of all schools of a city, and tables' schools without a match",
        "LastDistances",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(CITY,),
    ),
    Operation(
        f"{_BASE}/schools/{{school}}/offers",
        "Schools",
        "A school's last distances offered, by entry, criterion and year",
        "SchoolOffers",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(CITY, _SCHOOL),
    ),
    Operation(
        f"{_BASE}/at/offers",
        "Schools",
        "What last distances of the nearest schools say of a place, in fixed words",
        "OffersAt",
        formats=ROW_FORMATS,
        files=(FEATURES,),
        inline=(
            CITY,
            *PLACE,
            query_parameter(
                "limit", "Nearest schools.", {**WHOLE, "minimum": 1, "maximum": 200, "default": 20}
            ),
        ),
    ),
    Operation(
        f"{_BASE}/offers/simulate",
        "Schools",
        "Rounds of admissions around a place, simulated by deferred acceptance",
        "SimulatedOffers",
        inline=(
            CITY,
            *PLACE,
            query_parameter(
                "choices",
                "Schools that a family lists; as in the city without it.",
                {**WHOLE, "minimum": 1, "maximum": 12},
            ),
            query_parameter(
                "siblings",
                "Share of the children with a priority at their first choice; as the city assumes.",
                {**NUMBER, "minimum": 0, "maximum": 0.9},
            ),
            query_parameter(
                "draws", "Rounds.", {**WHOLE, "minimum": 1, "maximum": 1000, "default": 200}
            ),
            query_parameter(
                "demand",
                "Children who enter, as a share of the pupils of a year group now.",
                {**NUMBER, "minimum": 0.5, "maximum": 2, "default": 1},
            ),
            query_parameter(
                "seed", "The same seed gives the same rounds.", {**WHOLE, "default": 1}
            ),
        ),
    ),
)
