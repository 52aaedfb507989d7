"""Agreements in the OpenAPI document."""

from __future__ import annotations

from typing import get_args

from interurban.alliance.agreements.legal_bases import LEGAL_BASES
from interurban.core.alliance import State
from interurban.core.policy import ACTIONS
from interurban.policy.rights.purposes import purposes

from .agreements_api import FORMATS
from .openapi_operation import Operation
from .openapi_values import COUNT, FLAG, INSTANT, TEXT, Schema, array_of, closed_object, or_null

__all__ = ["AGREEMENT_OPERATIONS", "AGREEMENT_SCHEMAS"]


_WHEN: Schema = {
    **TEXT,
    "description": "An instant with a zone, or a date: midnight in the first dataset's city.",
}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_ROLE: Schema = {"enum": ["provider", "consumer"]}
_STATE: Schema = {"enum": list(get_args(State))}
_DEEDS = ("request", "offer", "accept", "assess", "agree", "verify", "terminate")


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
    "description": TEXT,
    "necessity": TEXT,
    "risks": TEXT,
    "measures": TEXT,
    "residual": {"enum": ["low", "medium", "high"]},
}
_NEEDED_TERMS: dict[str, Schema] = {
    "title": TEXT,
    "datasets": array_of(TEXT) | {"minItems": 1},
    "actions": array_of({"enum": [*ACTIONS, "use"]}) | {"minItems": 1},
    "purpose": {"enum": sorted(purposes())},
    "why": TEXT,
    "legal_basis": {**TEXT, "description": f"One of {', '.join(LEGAL_BASES)}."},
    "law": TEXT,
    "starts": _WHEN,
    "ends": _WHEN,
}
_FURTHER_TERMS: dict[str, Schema] = {
    "personal_data": FLAG,
    "obligations": array_of({"type": "object"})
    | {"description": "As policies have them under with."},
    "duties": array_of({"type": "object"}) | {"description": "As policies have them."},
    "readers": array_of(TEXT) | {"minItems": 1},
    "keep_days": or_null(COUNT),
    "remind_days": COUNT,
    "contacts": array_of(TEXT) | {"minItems": 2, "maxItems": 2},
    "assessment": or_null(_one("Assessment")),
}
_SIGNED = closed_object(
    {
        "by": TEXT,
        "at": INSTANT,
        "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{40}$"},
        "statement": TEXT,
        "public_key": _HASH,
        "signature": {"type": "string", "pattern": "^[0-9a-f]{128}$"},
    }
)
_OFFICER = closed_object({"name": TEXT, "office": TEXT})

AGREEMENT_SCHEMAS: dict[str, Schema] = {
    "Assessment": closed_object({**_ABOUT_RISKS, "by": TEXT, "at": INSTANT}),
    "Terms": closed_object({**_NEEDED_TERMS, **_FURTHER_TERMS, "conditions": array_of(TEXT)}),
    "NewTerms": closed_object(_NEEDED_TERMS, **_FURTHER_TERMS, conditions=array_of(TEXT)),
    "NewAgreement": closed_object({"peer": TEXT, "terms": _one("NewTerms"), "by": _OFFICER}),
    "AgreementStep": closed_object(
        {"do": {"enum": list(_DEEDS)}, "by": _OFFICER},
        terms=_one("NewTerms"),
        reason=TEXT,
        assessment=closed_object(_ABOUT_RISKS, by=TEXT, at=_WHEN),
    ),
    "Agreement": closed_object(
        {
            "id": TEXT,
            "peer": closed_object({"id": TEXT, "title": TEXT}),
            "role": _ROLE,
            "state": _STATE,
            "standing": {**TEXT, "description": "How it stands, as a sentence."},
            "version": {"type": "integer", "minimum": 1},
            "terms": _one("Terms"),
            "in_words": closed_object(
                {
                    "uses": TEXT,
                    "purpose": TEXT,
                    "legal_basis": TEXT,
                    "readers": TEXT,
                    "duties": array_of(TEXT),
                }
            ),
            "terms_hash": _HASH,
            "created_at": INSTANT,
            "changed_at": INSTANT,
            "in_force": FLAG,
            "expires_in_days": {"type": "integer"},
            "ends_soon": FLAG,
            "signatures": closed_object(
                {"provider": or_null(_SIGNED), "consumer": or_null(_SIGNED)}
            ),
            "reason": TEXT,
            "steps": array_of(
                closed_object(
                    {
                        "number": {"type": "integer", "minimum": 1},
                        "state": _STATE,
                        "role": _ROLE,
                        "at": INSTANT,
                        "who": TEXT,
                    }
                )
            ),
            "next": array_of(closed_object({"do": {"enum": list(_DEEDS)}, "label": TEXT})),
        },
        assessment_needed={**TEXT, "description": "Why one is needed; empty where none is."},
        assessment_draft=or_null(_one("Assessment")),
        waits={**FLAG, "description": "Whether the partner has not taken the last step yet."},
        failure={**TEXT, "description": "Why the partner refused it, if it did."},
    ),
    "Agreements": closed_object({"agreements": array_of(_one("Agreement"))}),
    "Sharing": closed_object(
        {
            "shared": array_of(
                closed_object(
                    {
                        "direction": {"enum": ["given", "received"]},
                        "partner": TEXT,
                        "datasets": array_of(closed_object({"id": TEXT, "title": TEXT})),
                        "what": array_of(TEXT),
                        "why": TEXT,
                        "purpose": TEXT,
                        "legal_basis": TEXT,
                        "law": TEXT,
                        "since": INSTANT,
                        "until": INSTANT,
                        "state": {"enum": ["in force", "paused", "begins later", "ended"]},
                        "reason": TEXT,
                        "agreement": TEXT,
                    }
                )
            )
        }
    ),
}
