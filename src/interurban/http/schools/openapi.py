"""The schools atlas in the OpenAPI document: the parts of each file beside its routes."""

from __future__ import annotations

from typing import Any

from interurban.http.openapi_operation import Operation

from .openapi_access import ACCESS_OPERATIONS, ACCESS_SCHEMAS
from .openapi_card import CARD_OPERATIONS, CARD_SCHEMAS, CITY
from .openapi_flows import FLOW_OPERATIONS, FLOW_SCHEMAS
from .openapi_imports import IMPORT_OPERATIONS, IMPORT_SCHEMAS
from .openapi_layers import LAYER_OPERATIONS, LAYER_SCHEMAS
from .openapi_model import MODEL_OPERATIONS, MODEL_SCHEMAS
from .openapi_offers import OFFER_OPERATIONS, OFFER_SCHEMAS
from .openapi_places import PLACES_OPERATIONS, PLACES_SCHEMAS
from .openapi_validation import VALIDATION_OPERATIONS, VALIDATION_SCHEMAS
from .openapi_what_if import WHAT_IF_OPERATIONS, WHAT_IF_SCHEMAS

__all__ = ["SCHOOL_OPERATIONS", "SCHOOL_SCHEMAS"]

Schema = dict[str, Any]

_OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}

SCHOOL_SCHEMAS: dict[str, Schema] = {
    **FLOW_SCHEMAS,
    **CARD_SCHEMAS,
    **MODEL_SCHEMAS,
    **WHAT_IF_SCHEMAS,
    **LAYER_SCHEMAS,
    **VALIDATION_SCHEMAS,
    **PLACES_SCHEMAS,
    **ACCESS_SCHEMAS,
    **IMPORT_SCHEMAS,
    **OFFER_SCHEMAS,
    "SchoolParts": {
        "type": "object",
        "required": ["parts"],
        "properties": {
            "parts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "title", "unlocks", "state", "words", "advice"],
                    "properties": {
                        "id": {"type": "string"},
                        "title": {"type": "string"},
                        "unlocks": {"type": "string"},
                        "state": {
                            "type": "string",
                            "enum": ["ready", "partly", "lacking", "wrong"],
                        },
                        "words": {"description": "What there is of it.", "type": "string"},
                        "advice": {
                            "description": "What to do; empty where nothing is to be done.",
                            "type": "string",
                        },
                    },
                },
            }
        },
    },
    "SchoolCities": {
        "type": "object",
        "required": ["cities", "faults"],
        "properties": {
            "cities": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": [
                        "id",
                        "name",
                        "school_year",
                        "stages",
                        "flows",
                        "zones",
                        "last_distances",
                        "sources",
                        "lacking",
                    ],
                    "properties": {
                        "id": {"type": "string"},
                        "name": {"type": "string"},
                        "school_year": {
                            "description": "across: 2015 is 2015-16; calendar: it is 2015.",
                            "type": "string",
                            "enum": ["across", "calendar"],
                        },
                        "stages": _OBJECTS,
                        "flows": _OBJECTS,
                        "zones": _OBJECTS,
                        "last_distances": {
                            "description": "Datasets of last distances offered.",
                            "type": "array",
                            "items": {"type": "string"},
                        },
                        "sources": _OBJECTS,
                        "lacking": {
                            "description": "Datasets that are not loaded, or not for the reader.",
                            "type": "array",
                            "items": {"type": "string"},
                        },
                    },
                },
            },
            "faults": {
                "description": "Cities whose pack says something that cannot be read.",
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "words"],
                    "properties": {"id": {"type": "string"}, "words": {"type": "string"}},
                },
            },
        },
    },
}

SCHOOL_OPERATIONS: tuple[Operation, ...] = (
    Operation("/api/schools", "Schools", "Cities with a schools atlas", "SchoolCities"),
    Operation(
        "/api/schools/{city}/parts",
        "Schools",
        "What the atlas of a city has, and how what it lacks is added",
        "SchoolParts",
        inline=(CITY,),
    ),
    *FLOW_OPERATIONS,
    *CARD_OPERATIONS,
    *MODEL_OPERATIONS,
    *WHAT_IF_OPERATIONS,
    *LAYER_OPERATIONS,
    *VALIDATION_OPERATIONS,
    *PLACES_OPERATIONS,
    *ACCESS_OPERATIONS,
    *IMPORT_OPERATIONS,
    *OFFER_OPERATIONS,
)
