"""School cards in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.http.formats import CSV, JSON_FORMAT
from interurban.http.openapi_operation import Operation

__all__ = ["CARD_OPERATIONS", "CARD_SCHEMAS", "CITY"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_MAYBE: Schema = {"type": ["number", "null"]}
_WHOLE: Schema = {"type": "integer"}
_FLAG: Schema = {"type": "boolean"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_SOURCES: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Source"}}


def _object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


def _list(of: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(of)}


def _path(name: str, description: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": _TEXT,
    }


CITY = _path("city", "A city's id.")
_LINK: dict[str, Schema] = {
    "id": _TEXT,
    "name": _TEXT,
    "kind": _TEXT,
    "date": {"type": ["string", "null"]},
    "done": _FLAG,
    "source": _TEXT,
}
_CARD: dict[str, Schema] = {
    "id": _TEXT,
    "name": _TEXT,
    "open": _FLAG,
    "stages": _TEXTS,
    "lon": _MAYBE,
    "lat": _MAYBE,
    "facts": _list(
        {
            "id": _TEXT,
            "label": _TEXT,
            "value": {"type": ["string", "number", "boolean"]},
            "unit": _TEXT,
            "year": {**_TEXT, "description": "The time its dataset speaks of."},
            "source": _TEXT,
        }
    ),
    "measures": _list(
        {
            "id": _TEXT,
            "label": _TEXT,
            "value": {**_MAYBE, "description": "Nothing where it is not shown; never 0 for that."},
            "status": {
                **_TEXT,
                "enum": ["shown", "hidden", "not applicable", "not available"],
            },
            "words": {**_TEXT, "description": "A band in the publisher's words."},
            "unit": _TEXT,
            "year": {**_WHOLE, "description": "In which the school year begins."},
            "cohort": _TEXT,
            "city": {**_MAYBE, "description": "Mean over the open schools of the same stages."},
            "city_schools": _WHOLE,
            "city_hidden": {**_WHOLE, "description": "Schools whose number is hidden."},
            "similar": {**_MAYBE, "description": "Mean over the similar schools."},
            "similar_schools": _WHOLE,
            "weighted": {**_TEXT, "enum": ["pupils", "schools"]},
            "higher_is": {**_TEXT, "enum": ["", "neutral"]},
            "source": _TEXT,
        }
    ),
    "series": _list({"year": _WHOLE, "pupils": _NUMBER}),
    "succession": _object(
        {
            "before": _list(_LINK),
            "after": _list(_LINK),
            "heirs": _list({"id": _TEXT, "name": _TEXT}),
            "changes": _list({"year": _WHOLE, "kind": _TEXT, "was": _TEXT, "now": _TEXT}),
            "flows_under": _list({"id": _TEXT, "name": _TEXT, "dataset": _TEXT}),
            "notes": _TEXTS,
        }
    ),
    "similar": _list(
        {
            "id": _TEXT,
            "name": _TEXT,
            "distance_m": _MAYBE,
            "gap": {**_NUMBER, "description": "In standard deviations."},
            "why": _TEXT,
        }
    ),
    "similar_how": _TEXT,
    "programmes": {"type": "array", "items": {"type": "object"}},
    "stale": _list({"what": _TEXT, "as_of": _TEXT, "why": _TEXT}),
}

CARD_SCHEMAS: dict[str, Schema] = {
    "SchoolCard": {
        "description": "One school beside its city and the schools most like it. No overall score.",
        **_object({**_CARD, "sources": _SOURCES}),
    },
    "SchoolComparison": _object(
        {
            "schools": {"type": "array", "items": _object(_CARD)},
            "measures": _TEXTS,
            "labels": {"type": "object", "additionalProperties": _TEXT},
            "sources": _SOURCES,
        }
    ),
}

CARD_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/schools/{city}/schools/{school}",
        "Schools",
        "One school beside its city and the schools most like it",
        "SchoolCard",
        inline=(CITY, _path("school", "A school's id; a closed one's too.")),
    ),
    Operation(
        "/api/schools/{city}/compare",
        "Schools",
        "Up to six schools side by side",
        "SchoolComparison",
        formats=(JSON_FORMAT, CSV),
        inline=(
            CITY,
            {
                "name": "schools",
                "in": "query",
                "required": True,
                "description": "One to six ids, with commas between.",
                "schema": {**_TEXTS, "minItems": 1, "maxItems": 6},
                "style": "form",
                "explode": False,
            },
        ),
    ),
)
