"""Agreements in the OpenAPI document."""

from __future__ import annotations

from typing import Any, get_args

from interurban.alliance.agreements.legal_bases import LEGAL_BASES
from interurban.core.alliance import State
from interurban.core.policy import ACTIONS
from interurban.policy.rights.purposes import purposes

from .agreements_api import FORMATS
from .openapi_operation import Operation

__all__ = ["AGREEMENT_OPERATIONS", "AGREEMENT_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_WHEN: Schema = {
    **_TEXT,
    "description": "An instant with a zone, or a date: midnight in the first dataset's city.",
}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_ROLE: Schema = {"enum": ["provider", "consumer"]}
_STATE: Schema = {"enum": list(get_args(State))}
_DEEDS = ("request", "offer", "accept", "assess", "agree", "verify", "terminate")


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


def _one(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_NAME = {
    "name": "agreement",
    "in": "path",
    "required": True,
    "description": "Id of the agreement, the same at both nodes.",
    "schema": {"type": "string", "minLength": 1},
}
_CONFLICT = (("409", "The agreement has come to another state, or it needs something first."),)

AGREEMENT_OPERATIONS = (
    Operation(
        "/api/agreements", "Agreements", "Agreements with partners, those that changed last first",
        "Agreements",
    ),
    Operation(
        "/api/agreements", "Agreements", "Ask a partner for data", "Agreement",
        method="post", body="NewAgreement", status="201", also=_CONFLICT,
    ),
    Operation(
        "/api/agreements/{agreement}", "Agreements",
        "An agreement; as JSON and YAML it can be checked offline", "Agreement",
        formats=FORMATS, inline=(_NAME,),
    ),
    Operation(
        "/api/agreements/{agreement}", "Agreements", "Take the next step, or end it", "Agreement",
        method="post", body="AgreementStep", inline=(_NAME,), also=_CONFLICT,
    ),
    Operation(
        "/api/sharing", "Agreements",
        "What is shared with whom, why, under which law and until when", "Sharing",
    ),
)  # fmt: skip

_ABOUT_RISKS = {
    "description": _TEXT,
    "necessity": _TEXT,
    "risks": _TEXT,
    "measures": _TEXT,
    "residual": {"enum": ["low", "medium", "high"]},
}
_NEEDED_TERMS: dict[str, Schema] = {
    "title": _TEXT,
    "datasets": _list(_TEXT) | {"minItems": 1},
    "actions": _list({"enum": [*ACTIONS, "use"]}) | {"minItems": 1},
    "purpose": {"enum": sorted(purposes())},
    "why": _TEXT,
    "legal_basis": {**_TEXT, "description": f"One of {', '.join(LEGAL_BASES)}."},
    "law": _TEXT,
    "starts": _WHEN,
    "ends": _WHEN,
}
_FURTHER_TERMS: dict[str, Schema] = {
    "personal_data": _FLAG,
    "obligations": _list({"type": "object"}) | {"description": "As policies have them under with."},
    "duties": _list({"type": "object"}) | {"description": "As policies have them."},
    "readers": _list(_TEXT) | {"minItems": 1},
    "keep_days": _or_null(_COUNT),
    "remind_days": _COUNT,
    "contacts": _list(_TEXT) | {"minItems": 2, "maxItems": 2},
    "assessment": _or_null(_one("Assessment")),
}
_SIGNED = _object(
    {
        "by": _TEXT,
        "at": _INSTANT,
        "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{40}$"},
        "statement": _TEXT,
        "public_key": _HASH,
        "signature": {"type": "string", "pattern": "^[0-9a-f]{128}$"},
    }
)
_OFFICER = _object({"name": _TEXT, "office": _TEXT})

AGREEMENT_SCHEMAS: dict[str, Schema] = {
    "Assessment": _object({**_ABOUT_RISKS, "by": _TEXT, "at": _INSTANT}),
    "Terms": _object({**_NEEDED_TERMS, **_FURTHER_TERMS, "conditions": _list(_TEXT)}),
    "NewTerms": _object(_NEEDED_TERMS, **_FURTHER_TERMS, conditions=_list(_TEXT)),
    "NewAgreement": _object({"peer": _TEXT, "terms": _one("NewTerms"), "by": _OFFICER}),
    "AgreementStep": _object(
        {"do": {"enum": list(_DEEDS)}, "by": _OFFICER},
        terms=_one("NewTerms"),
        reason=_TEXT,
        assessment=_object(_ABOUT_RISKS, by=_TEXT, at=_WHEN),
    ),
    "Agreement": _object(
        {
            "id": _TEXT,
            "peer": _object({"id": _TEXT, "title": _TEXT}),
            "role": _ROLE,
            "state": _STATE,
            "standing": {**_TEXT, "description": "How it stands, as a sentence."},
            "version": {"type": "integer", "minimum": 1},
            "terms": _one("Terms"),
            "in_words": _object(
                {
                    "uses": _TEXT,
                    "purpose": _TEXT,
                    "legal_basis": _TEXT,
                    "readers": _TEXT,
                    "duties": _list(_TEXT),
                }
            ),
            "terms_hash": _HASH,
            "created_at": _INSTANT,
            "changed_at": _INSTANT,
            "in_force": _FLAG,
            "expires_in_days": {"type": "integer"},
            "ends_soon": _FLAG,
            "signatures": _object({"provider": _or_null(_SIGNED), "consumer": _or_null(_SIGNED)}),
            "reason": _TEXT,
            "steps": _list(
                _object(
                    {
                        "number": {"type": "integer", "minimum": 1},
                        "state": _STATE,
                        "role": _ROLE,
                        "at": _INSTANT,
                        "who": _TEXT,
                    }
                )
            ),
            "next": _list(_object({"do": {"enum": list(_DEEDS)}, "label": _TEXT})),
        },
        assessment_needed={**_TEXT, "description": "Why one is needed; empty where none is."},
        assessment_draft=_or_null(_one("Assessment")),
        waits={**_FLAG, "description": "Whether the partner has not taken the last step yet."},
        failure={**_TEXT, "description": "Why the partner refused it, if it did."},
    ),
    "Agreements": _object({"agreements": _list(_one("Agreement"))}),
    "Sharing": _object(
        {
            "shared": _list(
                _object(
                    {
                        "direction": {"enum": ["given", "received"]},
                        "partner": _TEXT,
                        "datasets": _list(_object({"id": _TEXT, "title": _TEXT})),
                        "what": _list(_TEXT),
                        "why": _TEXT,
                        "purpose": _TEXT,
                        "legal_basis": _TEXT,
                        "law": _TEXT,
                        "since": _INSTANT,
                        "until": _INSTANT,
                        "state": {"enum": ["in force", "paused", "begins later", "ended"]},
                        "reason": _TEXT,
                        "agreement": _TEXT,
                    }
                )
            )
        }
    ),
}
