"""The interaction model and what-if in the OpenAPI document."""

from __future__ import annotations

from interurban.http.openapi_operation import Operation
from interurban.http.openapi_values import (
    MAYBE_NUMBER,
    NUMBER,
    SOURCES,
    TEXT,
    WHOLE,
    Schema,
    objects_of,
    open_object,
)

from .openapi_card import CITY

__all__ = ["MODEL_OPERATIONS", "MODEL_SCHEMAS"]


_MEASURES: dict[str, Schema] = {
    "cpc": {**NUMBER, "description": "Common part of commuters, 0 to 1."},
    "r2": {**NUMBER, "description": "Squared correlation over all pairs of area and school."},
    "mean_m": {**WHOLE, "description": "Mean straight line, metres."},
    "crossing": {**MAYBE_NUMBER, "description": "Share who go to school in another district."},
}

_FLOWS: Schema = {
    "name": "flows",
    "in": "query",
    "description": "A set of flows, as dataset:year; the newest when left out.",
    "schema": TEXT,
}


def _named(name: str, description: str, *, required: bool = False) -> Schema:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": description,
        "schema": TEXT,
    }


MODEL_SCHEMAS: dict[str, Schema] = {
    "SchoolModel": open_object(
        {
            "flows": TEXT,
            "stage": TEXT,
            "year": WHOLE,
            "hidden_below": WHOLE,
            "areas": WHOLE,
            "schools": WHOLE,
            "pupils_shown": WHOLE,
            "fit": open_object(
                {
                    **_MEASURES,
                    "mean_observed_m": WHOLE,
                    "crossing_observed": MAYBE_NUMBER,
                    "nearest": {**NUMBER, "description": "Share who attend the nearest school."},
                    "nearest_observed": NUMBER,
                }
            ),
            "all_pupils": open_object(
                {"pupils": WHOLE, "mean_m": WHOLE, "crossing": MAYBE_NUMBER, "words": TEXT}
            ),
            "baselines": objects_of({"id": TEXT, "name": TEXT, **_MEASURES}),
            "terms": objects_of(
                {
                    "kind": TEXT,
                    "name": TEXT,
                    "decay_per_km": NUMBER,
                    "mean_m": WHOLE,
                    "attraction": {**NUMBER, "description": "Over that of the middle school."},
                    "schools": WHOLE,
                }
            ),
            "pair_terms": objects_of(
                {"term": TEXT, "name": TEXT, "coefficient": NUMBER, "times": NUMBER}
            ),
            "by_school": objects_of(
                {
                    "id": TEXT,
                    "name": TEXT,
                    "observed": WHOLE,
                    "modelled": WHOLE,
                    "mean_observed_m": WHOLE,
                    "mean_modelled_m": WHOLE,
                    "decay_per_km": NUMBER,
                }
            ),
            "by_distance": objects_of(
                {
                    "from_m": WHOLE,
                    "to_m": {"type": ["integer", "null"]},
                    "observed": WHOLE,
                    "modelled": WHOLE,
                }
            ),
            "spread_of_decay_per_km": NUMBER,
            "dispersion": MAYBE_NUMBER,
            "rounds": WHOLE,
            "seconds": NUMBER,
            "words": TEXT,
            "how": TEXT,
            "modelled": {"type": "boolean"},
            "sources": SOURCES,
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
