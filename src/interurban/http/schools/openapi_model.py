"""The interaction model and what-if in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.http.openapi_operation import Operation

from .openapi_card import CITY

__all__ = ["MODEL_OPERATIONS", "MODEL_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_MAYBE: Schema = {"type": ["number", "null"]}
_WHOLE: Schema = {"type": "integer"}
_SOURCES: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Source"}}


def _object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


def _list(of: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(of)}


_MEASURES: dict[str, Schema] = {
    "cpc": {**_NUMBER, "description": "Common part of commuters, 0 to 1."},
    "r2": {**_NUMBER, "description": "Squared correlation over all pairs of area and school."},
    "mean_m": {**_WHOLE, "description": "Mean straight line, metres."},
    "crossing": {**_MAYBE, "description": "Share who go to school in another district."},
}

_FLOWS: Schema = {
    "name": "flows",
    "in": "query",
    "description": "A set of flows, as dataset:year; the newest when left out.",
    "schema": _TEXT,
}


def _named(name: str, description: str, *, required: bool = False) -> Schema:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": description,
        "schema": _TEXT,
    }


MODEL_SCHEMAS: dict[str, Schema] = {
    "SchoolModel": _object(
        {
            "flows": _TEXT,
            "stage": _TEXT,
            "year": _WHOLE,
            "hidden_below": _WHOLE,
            "areas": _WHOLE,
            "schools": _WHOLE,
            "pupils_shown": _WHOLE,
            "fit": _object(
                {
                    **_MEASURES,
                    "mean_observed_m": _WHOLE,
                    "crossing_observed": _MAYBE,
                    "nearest": {**_NUMBER, "description": "Share who attend the nearest school."},
                    "nearest_observed": _NUMBER,
                }
            ),
            "all_pupils": _object(
                {"pupils": _WHOLE, "mean_m": _WHOLE, "crossing": _MAYBE, "words": _TEXT}
            ),
            "baselines": _list({"id": _TEXT, "name": _TEXT, **_MEASURES}),
            "terms": _list(
                {
                    "kind": _TEXT,
                    "name": _TEXT,
                    "decay_per_km": _NUMBER,
                    "mean_m": _WHOLE,
                    "attraction": {**_NUMBER, "description": "Over that of the middle school."},
                    "schools": _WHOLE,
                }
            ),
            "pair_terms": _list(
                {"term": _TEXT, "name": _TEXT, "coefficient": _NUMBER, "times": _NUMBER}
            ),
            "by_school": _list(
                {
                    "id": _TEXT,
                    "name": _TEXT,
                    "observed": _WHOLE,
                    "modelled": _WHOLE,
                    "mean_observed_m": _WHOLE,
                    "mean_modelled_m": _WHOLE,
                    "decay_per_km": _NUMBER,
                }
            ),
            "by_distance": _list(
                {
                    "from_m": _WHOLE,
                    "to_m": {"type": ["integer", "null"]},
                    "observed": _WHOLE,
                    "modelled": _WHOLE,
                }
            ),
            "spread_of_decay_per_km": _NUMBER,
            "dispersion": _MAYBE,
            "rounds": _WHOLE,
            "seconds": _NUMBER,
            "words": _TEXT,
            "how": _TEXT,
            "modelled": {"type": "boolean"},
            "sources": _SOURCES,
        }
    ),
}

MODEL_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/schools/{city}/model",
        "Schools",
        "The interaction model of a set of flows, beside simple ones",
        "SchoolModel",
        inline=(CITY, _FLOWS),
    ),
    Operation(
        "/api/schools/{city}/model/flows",
        "Schools",
        "Modelled flows of a stage: the areas of a school, or the schools of an area",
        None,
        inline=(
            CITY,
            _named("stage", "A stage of which no flows were published.", required=True),
            _named("school", "A school's id: the areas its pupils come from."),
            _named("area", "An area's code: the schools its pupils go to."),
        ),
    ),
)
