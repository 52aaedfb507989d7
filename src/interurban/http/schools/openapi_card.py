"""School cards in the OpenAPI document."""

from __future__ import annotations

from interurban.http.formats import CSV, JSON_FORMAT
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
    path_parameter,
)

__all__ = ["CARD_OPERATIONS", "CARD_SCHEMAS", "CITY"]


CITY = path_parameter("city", "A city's id.")
_LINK: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "kind": TEXT,
    "date": {"type": ["string", "null"]},
    "done": FLAG,
    "source": TEXT,
}
_CARD: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "open": FLAG,
    "stages": TEXTS,
    "lon": MAYBE_NUMBER,
    "lat": MAYBE_NUMBER,
    "facts": objects_of(
        {
            "id": TEXT,
            "label": TEXT,
            "value": {"type": ["string", "number", "boolean"]},
            "unit": TEXT,
            "year": {**TEXT, "description": "The time its dataset speaks of."},
            "source": TEXT,
        }
    ),
    "measures": objects_of(
        {
            "id": TEXT,
            "label": TEXT,
            "value": {
                **MAYBE_NUMBER,
                "description": "Nothing where it is not shown; never 0 for that.",
            },
            "status": {
                **TEXT,
                "enum": ["shown", "hidden", "not applicable", "not available"],
            },
            "words": {**TEXT, "description": "A band in the publisher's words."},
            "unit": TEXT,
            "year": {**WHOLE, "description": "In which the school year begins."},
            "cohort": TEXT,
            "city": {
                **MAYBE_NUMBER,
                "description": "Mean over the open schools of the same stages.",
            },
            "city_schools": WHOLE,
            "city_hidden": {**WHOLE, "description": "Schools whose number is hidden."},
            "similar": {**MAYBE_NUMBER, "description": "Mean over the similar schools."},
            "similar_schools": WHOLE,
            "weighted": {**TEXT, "enum": ["pupils", "schools"]},
            "higher_is": {**TEXT, "enum": ["", "neutral"]},
            "source": TEXT,
        }
    ),
    "series": objects_of({"year": WHOLE, "pupils": NUMBER}),
    "succession": open_object(
        {
            "before": objects_of(_LINK),
            "after": objects_of(_LINK),
            "heirs": objects_of({"id": TEXT, "name": TEXT}),
            "changes": objects_of({"year": WHOLE, "kind": TEXT, "was": TEXT, "now": TEXT}),
            "flows_under": objects_of({"id": TEXT, "name": TEXT, "dataset": TEXT}),
            "notes": TEXTS,
        }
    ),
    "similar": objects_of(
        {
            "id": TEXT,
            "name": TEXT,
            "distance_m": MAYBE_NUMBER,
            "gap": {**NUMBER, "description": "In standard deviations."},
            "why": TEXT,
        }
    ),
    "similar_how": TEXT,
    "programmes": {"type": "array", "items": {"type": "object"}},
    "stale": objects_of({"what": TEXT, "as_of": TEXT, "why": TEXT}),
}

CARD_SCHEMAS: dict[str, Schema] = {
    "SchoolCard": {
        "description": "One school beside its city and the schools most like it. No overall score.",
        **open_object({**_CARD, "sources": SOURCES}),
    },
    "SchoolComparison": open_object(
        {
            "schools": {"type": "array", "items": open_object(_CARD)},
            "measures": TEXTS,
            "labels": {"type": "object", "additionalProperties": TEXT},
            "sources": SOURCES,
        }
    ),
}

CARD_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/schools/{city}/schools/{school}",
        "Schools",
        "One school beside its city and the schools most like it",
        "SchoolCard",
        inline=(CITY, path_parameter("school", "A school's id; a closed one's too.")),
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
                "schema": {**TEXTS, "minItems": 1, "maxItems": 6},
                "style": "form",
                "explode": False,
            },
        ),
    ),
)
