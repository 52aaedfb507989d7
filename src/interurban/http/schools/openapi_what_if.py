"""What-if questions in the OpenAPI document."""

from __future__ import annotations

from interurban.http.formats import CSV, JSON_FORMAT
from interurban.http.openapi_operation import Operation
from interurban.http.openapi_values import (
    FLAG,
    MAYBE_NUMBER,
    MAYBE_WHOLE,
    NUMBER,
    OBJECT,
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

__all__ = ["WHAT_IF_OPERATIONS", "WHAT_IF_SCHEMAS"]


def _change(do: str, members: dict[str, Schema], *optional: str) -> Schema:
    required = ["do", *(name for name in members if name not in optional)]
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": {"do": {"const": do}, **members},
    }


_SCHOOL: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "lon": NUMBER,
    "lat": NUMBER,
}
_RECEIVING = {
    **_SCHOOL,
    "before": WHOLE,
    "after": WHOLE,
    "more": WHOLE,
    "capacity": MAYBE_WHOLE,
    "capacity_year": MAYBE_WHOLE,
    "over": {**WHOLE, "description": "Pupils beyond its places."},
}

WHAT_IF_SCHEMAS: dict[str, Schema] = {
    "SchoolChanges": {
        "type": "object",
        "required": ["changes"],
        "additionalProperties": False,
        "properties": {
            "flows": {**TEXT, "description": "A set of flows; the newest when left out."},
            "stage": {**TEXT, "description": "Instead of flows: the newest of a stage."},
            "full": {
                **TEXT,
                "enum": ["report", "hold"],
                "description": "Whether full schools are only said to be, or take nobody.",
            },
            "changes": {
                "type": "array",
                "minItems": 1,
                "maxItems": 20,
                "items": {
                    "oneOf": [
                        _change("close", {"school": TEXT, "to": TEXTS}, "to"),
                        _change(
                            "open",
                            {
                                "name": TEXT,
                                "lon": NUMBER,
                                "lat": NUMBER,
                                "places": NUMBER,
                                "like": {"type": ["string", "null"]},
                            },
                            "like",
                        ),
                        _change("merge", {"schools": TEXTS, "into": TEXT}),
                        _change("resize", {"school": TEXT, "places": NUMBER}),
                        _change("zone", {"school": TEXT, "zone": OBJECT}),
                        _change(
                            "homes",
                            {
                                "lon": NUMBER,
                                "lat": NUMBER,
                                "area": TEXT,
                                "homes": NUMBER,
                                "pupils_per_home": NUMBER,
                            },
                            *("lon", "lat", "area"),
                        ),
                    ]
                },
            },
        },
    },
    "SchoolWhatIf": open_object(
        {
            "flows": TEXT,
            "stage": TEXT,
            "year": WHOLE,
            "modelled": FLAG,
            "hidden_below": WHOLE,
            "changes": objects_of({"words": TEXT}),
            "pupils": WHOLE,
            "moved": WHOLE,
            "added": {**WHOLE, "description": "Pupils of new homes."},
            "unplaced": WHOLE,
            "extra_m_mean": MAYBE_NUMBER,
            "extra_m_total": MAYBE_NUMBER,
            "closed": objects_of({**_SCHOOL, "pupils": WHOLE}),
            "opened": objects_of(_RECEIVING),
            "receiving": objects_of(_RECEIVING),
            "losing": objects_of(_RECEIVING),
            "over": WHOLE,
            "who": objects_of(
                {
                    "group": TEXT,
                    "kind": TEXT,
                    "title": TEXT,
                    "label": TEXT,
                    "pupils": WHOLE,
                    "share": MAYBE_NUMBER,
                    "city_share": MAYBE_NUMBER,
                }
            ),
            "words": TEXT,
            "assumptions": TEXTS,
            "solved_ms": NUMBER,
            "areas": {
                **OBJECT,
                "description": "GeoJSON: areas from which pupils move, with pupils_moved, extra_m.",
            },
            "sources": SOURCES,
        }
    ),
}

_MOVED: dict[str, Schema] = {"id": TEXT, "name": TEXT, "lon": MAYBE_NUMBER, "lat": MAYBE_NUMBER}

WHAT_IF_SCHEMAS["SchoolReplay"] = open_object(
    {
        "stage": TEXT,
        "year": {**WHOLE, "description": "The last school year before the closings."},
        "modelled": FLAG,
        "closed": objects_of({**_MOVED, "pupils": WHOLE, "to": TEXTS}),
        "receiving": objects_of(
            {
                **_MOVED,
                "before": WHOLE,
                "predicted": {**WHOLE, "description": "Pupils more than the year before."},
                "chosen": {**WHOLE, "description": "If nobody followed and all chose."},
                "happened": WHOLE,
                "naive": {**WHOLE, "description": "If the named schools took everybody."},
            }
        ),
        "not_carried_out": TEXTS,
        "fit": OBJECT,
        "words": TEXT,
        "assumptions": TEXTS,
        "sources": SOURCES,
    }
)

WHAT_IF_SCHEMAS["SchoolWhatIfBefore"] = open_object(
    {
        "flows": TEXT,
        "stage": TEXT,
        "year": WHOLE,
        "modelled": {**FLAG, "description": "Nothing of where pupils live was counted."},
        "hidden_below": WHOLE,
        "areas": WHOLE,
        "schools": WHOLE,
        "pupils": WHOLE,
        "words": TEXT,
        "sources": SOURCES,
    }
)

WHAT_IF_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/schools/{city}/what-if",
        "Schools",
        "What changes begin from; the first question of a stage takes seconds, later ones do not",
        "SchoolWhatIfBefore",
        inline=(
            CITY,
            query_parameter("flows", "A set of flows; the newest without it.", TEXT),
            query_parameter("stage", "The newest flows of a stage, or modelled ones.", TEXT),
        ),
    ),
    Operation(
        "/api/schools/{city}/what-if",
        "Schools",
        "What would follow from changes to schools, boundaries and homes",
        "SchoolWhatIf",
        formats=(JSON_FORMAT, CSV),
        inline=(CITY,),
        method="post",
        body="SchoolChanges",
    ),
    Operation(
        "/api/schools/{city}/what-if/replay",
        "Schools",
        "Closings of the past, solved with what was known then, against what happened",
        "SchoolReplay",
        inline=(CITY,),
    ),
)
