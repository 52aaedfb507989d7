"""What-if questions in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.http.formats import CSV, JSON_FORMAT
from interurban.http.openapi_operation import Operation

from .openapi_card import CITY

__all__ = ["WHAT_IF_OPERATIONS", "WHAT_IF_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_NUMBER: Schema = {"type": "number"}
_MAYBE: Schema = {"type": ["number", "null"]}
_MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}
_WHOLE: Schema = {"type": "integer"}
_FLAG: Schema = {"type": "boolean"}
_OBJECT: Schema = {"type": "object"}
_SOURCES: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Source"}}


def _object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


def _list(of: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(of)}


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _change(do: str, members: dict[str, Schema], *optional: str) -> Schema:
    required = ["do", *(name for name in members if name not in optional)]
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": {"do": {"const": do}, **members},
    }


_SCHOOL: dict[str, Schema] = {
    "id": _TEXT,
    "name": _TEXT,
    "lon": _NUMBER,
    "lat": _NUMBER,
}
_RECEIVING = {
    **_SCHOOL,
    "before": _WHOLE,
    "after": _WHOLE,
    "more": _WHOLE,
    "capacity": _MAYBE_WHOLE,
    "capacity_year": _MAYBE_WHOLE,
    "over": {**_WHOLE, "description": "Pupils beyond its places."},
}

WHAT_IF_SCHEMAS: dict[str, Schema] = {
    "SchoolChanges": {
        "type": "object",
        "required": ["changes"],
        "additionalProperties": False,
        "properties": {
            "flows": {**_TEXT, "description": "A set of flows; the newest when left out."},
            "stage": {**_TEXT, "description": "Instead of flows: the newest of a stage."},
            "full": {
                **_TEXT,
                "enum": ["report", "hold"],
                "description": "Whether full schools are only said to be, or take nobody.",
            },
            "changes": {
                "type": "array",
                "minItems": 1,
                "maxItems": 20,
                "items": {
                    "oneOf": [
                        _change("close", {"school": _TEXT, "to": _TEXTS}, "to"),
                        _change(
                            "open",
                            {
                                "name": _TEXT,
                                "lon": _NUMBER,
                                "lat": _NUMBER,
                                "places": _NUMBER,
                                "like": {"type": ["string", "null"]},
                            },
                            "like",
                        ),
                        _change("merge", {"schools": _TEXTS, "into": _TEXT}),
                        _change("resize", {"school": _TEXT, "places": _NUMBER}),
                        _change("zone", {"school": _TEXT, "zone": _OBJECT}),
                        _change(
                            "homes",
                            {
                                "lon": _NUMBER,
                                "lat": _NUMBER,
                                "area": _TEXT,
                                "homes": _NUMBER,
                                "pupils_per_home": _NUMBER,
                            },
                            *("lon", "lat", "area"),
                        ),
                    ]
                },
            },
        },
    },
    "SchoolWhatIf": _object(
        {
            "flows": _TEXT,
            "stage": _TEXT,
            "year": _WHOLE,
            "modelled": _FLAG,
            "hidden_below": _WHOLE,
            "changes": _list({"words": _TEXT}),
            "pupils": _WHOLE,
            "moved": _WHOLE,
            "added": {**_WHOLE, "description": "Pupils of new homes."},
            "unplaced": _WHOLE,
            "extra_m_mean": _MAYBE,
            "extra_m_total": _MAYBE,
            "closed": _list({**_SCHOOL, "pupils": _WHOLE}),
            "opened": _list(_RECEIVING),
            "receiving": _list(_RECEIVING),
            "losing": _list(_RECEIVING),
            "over": _WHOLE,
            "who": _list(
                {
                    "group": _TEXT,
                    "kind": _TEXT,
                    "title": _TEXT,
                    "label": _TEXT,
                    "pupils": _WHOLE,
                    "share": _MAYBE,
                    "city_share": _MAYBE,
                }
            ),
            "words": _TEXT,
            "assumptions": _TEXTS,
            "solved_ms": _NUMBER,
            "areas": {
                **_OBJECT,
                "description": "GeoJSON: areas from which pupils move, with pupils_moved, extra_m.",
            },
            "sources": _SOURCES,
        }
    ),
}

_MOVED: dict[str, Schema] = {"id": _TEXT, "name": _TEXT, "lon": _MAYBE, "lat": _MAYBE}

WHAT_IF_SCHEMAS["SchoolReplay"] = _object(
    {
        "stage": _TEXT,
        "year": {**_WHOLE, "description": "The last school year before the closings."},
        "modelled": _FLAG,
        "closed": _list({**_MOVED, "pupils": _WHOLE, "to": _TEXTS}),
        "receiving": _list(
            {
                **_MOVED,
                "before": _WHOLE,
                "predicted": {**_WHOLE, "description": "Pupils more than the year before."},
                "chosen": {**_WHOLE, "description": "If nobody followed and all chose."},
                "happened": _WHOLE,
                "naive": {**_WHOLE, "description": "If the named schools took everybody."},
            }
        ),
        "not_carried_out": _TEXTS,
        "fit": _OBJECT,
        "words": _TEXT,
        "assumptions": _TEXTS,
        "sources": _SOURCES,
    }
)

WHAT_IF_SCHEMAS["SchoolWhatIfBefore"] = _object(
    {
        "flows": _TEXT,
        "stage": _TEXT,
        "year": _WHOLE,
        "modelled": {**_FLAG, "description": "Nothing of where pupils live was counted."},
        "hidden_below": _WHOLE,
        "areas": _WHOLE,
        "schools": _WHOLE,
        "pupils": _WHOLE,
        "words": _TEXT,
        "sources": _SOURCES,
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
            _query("flows", "A set of flows; the newest without it.", _TEXT),
            _query("stage", "The newest flows of a stage, or modelled ones.", _TEXT),
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
