"""Last distances offered in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.apps.schools.offers.chances import CHANCES
from interurban.apps.schools.offers.results import RESULTS
from interurban.http.openapi_operation import Operation

from .files import FEATURES, ROW_FORMATS
from .openapi_card import CITY

__all__ = ["OFFER_OPERATIONS", "OFFER_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_WHOLE: Schema = {"type": "integer"}
_NUMBER: Schema = {"type": "number"}
_MAYBE: Schema = {"type": ["number", "null"]}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_SOURCES: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Source"}}


def _object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


def _list(of: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(of)}


def _query(name: str, description: str, schema: Schema = _TEXT) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_STATUS: Schema = {**_TEXT, "enum": ["measured", "doubtful", "not by distance"]}
_LAST: Schema = {**_MAYBE, "description": "Straight line, in metres; null where there is none."}
_ADMISSIONS = _list(
    {
        "stage": _TEXT,
        "by_distance": {**_FLAG, "description": "Whether who lives nearer comes first."},
        "words": _TEXT,
        "source": _TEXT,
    }
)
_NO_RIGHT: Schema = {**_TEXT, "description": "What it does not say."}
_SERIES: dict[str, Schema] = {
    "school_id": {**_TEXT, "description": "An earlier school's, where the figures are of that."},
    "stated_name": _TEXT,
    "year_group": {**_MAYBE, "description": "That is entered; 0 is Reception."},
    "criterion": _TEXT,
    "entry": {**_TEXT, "description": "Both in words."},
    "drawn": {**_FLAG, "description": "The one that a map draws."},
    "years": _list({"year": _WHOLE, "last_distance_m": _LAST, "status": _STATUS}),
    "latest": {
        "oneOf": [_object({"year": _WHOLE, "last_distance_m": _LAST}), {"type": "null"}],
    },
    "least_m": _MAYBE,
    "most_m": _MAYBE,
    "moves": _list({"year": _WHOLE, "share": {**_NUMBER, "description": "Of the year before."}}),
    "rounding_m": {**_NUMBER, "description": "Half the last digit of the published figures."},
    "apart_m": {**_MAYBE, "description": "Between the two places that are stated of the school."},
    "words": _TEXT,
}

OFFER_SCHEMAS: dict[str, Schema] = {
    "LastDistances": _object(
        {
            "schools": _WHOLE,
            "years": {"type": "array", "items": _WHOLE},
            "by_name": {**_WHOLE, "description": "Schools found by name, where no id is stated."},
            "unmatched": _list(
                {"name": _TEXT, "school_id": _MAYBE_TEXT, "figures": _WHOLE, "dataset": _TEXT}
            ),
            "admissions": _ADMISSIONS,
            "words": _TEXT,
            "result_words": _NO_RIGHT,
            "rows": _list(
                {
                    "id": _TEXT,
                    "name": _TEXT,
                    "stated_name": _TEXT,
                    "year": _WHOLE,
                    "year_group": _MAYBE,
                    "criterion": _TEXT,
                    "last_distance_m": _LAST,
                    "status": _STATUS,
                    "dataset": _TEXT,
                }
            ),
            "sources": _SOURCES,
        }
    ),
    "SchoolOffers": _object(
        {
            "school": _object({"id": _TEXT, "name": _TEXT, "lon": _MAYBE, "lat": _MAYBE}),
            "series": _list(_SERIES),
            "earlier": _list({"id": _TEXT, "name": _TEXT}),
            "admissions": _ADMISSIONS,
            "words": _TEXT,
            "result_words": _NO_RIGHT,
            "sources": _SOURCES,
        }
    ),
    "OffersAt": _object(
        {
            "place": _object({"label": _TEXT, "lon": _NUMBER, "lat": _NUMBER, "within_m": _MAYBE}),
            "stage": _TEXT,
            "by_distance": _FLAG,
            "results": {"type": "array", "items": {**_TEXT, "enum": list(RESULTS)}},
            "schools": _list(
                {
                    "id": _TEXT,
                    "name": _TEXT,
                    "lon": _NUMBER,
                    "lat": _NUMBER,
                    "year_group": _MAYBE,
                    "criterion": _TEXT,
                    "distance_m": _MAYBE,
                    "margin_m": {
                        **_MAYBE,
                        "description": "As near to a last distance nothing is said: as the place, "
                        "the school and the published figure are exact to.",
                    },
                    "result": {**_TEXT, "enum": list(RESULTS)},
                    "within": _WHOLE,
                    "of": _WHOLE,
                    "latest_year": _MAYBE,
                    "latest_m": _MAYBE,
                    "years": _list({"year": _WHOLE, "held": _TEXT}),
                    "words": _TEXT,
                }
            ),
            "words": _TEXT,
            "result_words": _NO_RIGHT,
            "sources": _SOURCES,
        }
    ),
}

OFFER_SCHEMAS["SimulatedOffers"] = {
    "description": "Rounds of admissions, simulated; no promise of a place.",
    **_object(
        {
            "place": _object({"label": _TEXT, "lon": _NUMBER, "lat": _NUMBER, "within_m": _MAYBE}),
            "stage": _TEXT,
            "by_distance": _FLAG,
            "simulated": _FLAG,
            "chances": {"type": "array", "items": {**_TEXT, "enum": list(CHANCES)}},
            "assumed": _object(
                {
                    "choices": _WHOLE,
                    "siblings": _NUMBER,
                    "demand": {**_NUMBER, "description": "Of the pupils of a year group now."},
                    "seed": _WHOLE,
                }
            ),
            "draws": _WHOLE,
            "children": {**_WHOLE, "description": "Who enter in a draw, on average."},
            "radius_m": _MAYBE,
            "unplaced": {**_MAYBE, "description": "Share whom no school of their list takes."},
            "schools": _list(
                {
                    "id": _TEXT,
                    "name": _TEXT,
                    "distance_m": _MAYBE,
                    "by_distance": _FLAG,
                    "places": _WHOLE,
                    "places_year": _MAYBE,
                    "places_stated": {
                        **_FLAG,
                        "description": "Published, and not as many as pupils.",
                    },
                    "last_m": {
                        "description": "Of the draws; null at a point where nobody is turned away.",
                        "oneOf": [
                            _object({"p5": _MAYBE, "p50": _MAYBE, "p95": _MAYBE}),
                            {"type": "null"},
                        ],
                    },
                    "limited": {
                        **_MAYBE,
                        "description": "Share of draws with somebody turned away.",
                    },
                    "share": {**_MAYBE, "description": "Of draws with a place by distance here."},
                    "share_least": {**_MAYBE, "description": "As far off as the place may be."},
                    "share_most": {**_MAYBE, "description": "As near by as the place may be."},
                    "chance": {**_TEXT, "enum": list(CHANCES)},
                    "words": _TEXT,
                }
            ),
            "check": {
                "oneOf": [
                    _object(
                        {
                            "years": {"type": "array", "items": _WHOLE},
                            "schools": _WHOLE,
                            "figures": _WHOLE,
                            "within": {**_MAYBE, "description": "Share inside the 5-95 % band."},
                            "in_draws": {
                                **_MAYBE,
                                "description": "Share inside the band of the draws alone.",
                            },
                            "compared": _WHOLE,
                            "factor": {**_MAYBE, "description": "Too far or too near, the middle."},
                            "rank": {**_MAYBE, "description": "Spearman's correlation."},
                            "year_before": {**_MAYBE, "description": "Factor of that guess."},
                            "same_for_all": {**_MAYBE, "description": "Factor of that guess."},
                            "words": _TEXT,
                        }
                    ),
                    {"type": "null"},
                ]
            },
            "assumptions": {"type": "array", "items": _TEXT},
            "words": _TEXT,
            "result_words": _NO_RIGHT,
            "sources": _SOURCES,
        }
    ),
}

_SCHOOL: Schema = {
    "name": "school",
    "in": "path",
    "required": True,
    "description": "A school's id.",
    "schema": _TEXT,
}
PLACE: tuple[Schema, ...] = (
    _query("lon", "Longitude in degrees (WGS84).", {**_NUMBER, "minimum": -180, "maximum": 180}),
    _query("lat", "Latitude in degrees (WGS84).", {**_NUMBER, "minimum": -90, "maximum": 90}),
    _query("q", "In place of lon and lat: an address, a postcode, or a place by name."),
    _query("stage", "A stage's id; the first of the city without it."),
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
            _query(
                "limit", "Nearest schools.", {**_WHOLE, "minimum": 1, "maximum": 200, "default": 20}
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
            _query(
                "choices",
                "Schools that a family lists; as in the city without it.",
                {**_WHOLE, "minimum": 1, "maximum": 12},
            ),
            _query(
                "siblings",
                "Share of the children with a priority at their first choice; as the city assumes.",
                {**_NUMBER, "minimum": 0, "maximum": 0.9},
            ),
            _query("draws", "Rounds.", {**_WHOLE, "minimum": 1, "maximum": 1000, "default": 200}),
            _query(
                "demand",
                "Children who enter, as a share of the pupils of a year group now.",
                {**_NUMBER, "minimum": 0.5, "maximum": 2, "default": 1},
            ),
            _query("seed", "The same seed gives the same rounds.", {**_WHOLE, "default": 1}),
        ),
    ),
)
