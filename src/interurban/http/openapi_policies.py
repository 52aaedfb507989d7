"""Policies in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.core.policy import ACTIONS

from .formats import JSON_FORMAT, JSON_LD
from .openapi_operation import Operation
from .policies_api import POLICY_TEXTS

__all__ = ["POLICY_OPERATIONS", "POLICY_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_INSTANT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
_ACTION: Schema = {"enum": list(ACTIONS)}


def _object(required: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": required,
        "additionalProperties": False,
    }


def _list(of: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{of}"}}


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_SUMMARY: dict[str, Schema] = {
    "dataset": _TEXT,
    "title": _TEXT,
    "city": _TEXT,
    "access": {"$ref": "#/components/schemas/Access"},
    "origin": {
        "enum": ["set", "pack", "nothing"],
        "description": "Set by an administrator, said by the pack, or nothing was said.",
    },
    "version": {**_COUNT, "description": "0 of a pack."},
    "rules": {**_COUNT, "description": "How many there are."},
}
_DUTIES: Schema = {"type": "array", "items": _object({"action": _TEXT, "words": _TEXT})}
_FINDINGS = _list("PolicyFinding")

POLICY_SCHEMAS: dict[str, Schema] = {
    "PolicySummary": _object(_SUMMARY),
    "Policies": _object({"policies": _list("PolicySummary")}),
    "PolicyTerm": _object(
        {
            "id": _TEXT,
            "effect": {"enum": ["permit", "forbid"]},
            "actions": {"type": "array", "items": _ACTION},
            "to": {**_TEXTS, "description": "Those whose names the reader may know."},
            "purposes": {"type": "array", "items": _object({"id": _TEXT, "label": _TEXT})},
            "from": _INSTANT_OR_NULL,
            "until": _INSTANT_OR_NULL,
            "because": _TEXT,
            "words": {**_TEXT, "description": "The rule in a sentence."},
            "conditions": {**_TEXTS, "description": "What an answer is changed by."},
            "duties": _DUTIES,
        }
    ),
    "Policy": _object(
        {
            **_SUMMARY,
            "licence": {"type": ["string", "null"]},
            "terms": _list("PolicyTerm"),
            "yaml": {
                "type": ["string", "null"],
                "description": "The policy to the letter; null where it names somebody, or tells "
                "of hidden rows, and the reader is no administrator.",
            },
            "versions": {
                "type": "array",
                "items": _object({"version": _COUNT, "set_at": _INSTANT}),
                "description": "Every version that was set, the newest first; for administrators.",
            },
        }
    ),
    "OdrlPolicy": {
        "type": "object",
        "required": ["@context", "uid"],
        "description": "The policy in ODRL 2.2 under the profile of Interurban.",
    },
    "PolicyFinding": _object(
        {
            "severity": {"enum": ["error", "warning"]},
            "what": _TEXT,
            "advice": _TEXT,
            "where": {**_TEXT, "description": "The rules it is about, or the line and the key."},
            "line": {"type": ["integer", "null"]},
        }
    ),
    "PolicyCheck": _object({"findings": _FINDINGS, "can_be_set": _FLAG}),
    "PolicySet": _object({**_SUMMARY, "findings": _FINDINGS}),
    "LegalBases": _object(
        {"legal_bases": {"type": "array", "items": _object({"term": _TEXT, "words": _TEXT})}}
    ),
    "PolicyExplanation": _object(
        {
            "dataset": _TEXT,
            "to": _TEXTS,
            "action": _ACTION,
            "purpose": _TEXT,
            "at": _INSTANT_OR_NULL,
            "permitted": _FLAG,
            "reason": _TEXT,
            "rule": {**_object({"id": _TEXT, "words": _TEXT}), "type": ["object", "null"]},
            "conditions": _TEXTS,
            "duties": _DUTIES,
        }
    ),
}

_ONE = "/api/policies/{dataset}"

POLICY_OPERATIONS = (
    Operation("/api/policies", "Policies", "What may be done with each dataset", "Policies"),
    Operation(
        _ONE, "Policies", "The rules on a dataset", "Policy", formats=(JSON_FORMAT, JSON_LD),
        inline=(_query("version", "As this version had it; for administrators.", _COUNT),),
    ),
    Operation(
        _ONE, "Policies", "Set the rules on a dataset", "PolicySet",
        method="put", texts=tuple(POLICY_TEXTS),
    ),
    Operation(
        f"{_ONE}/check", "Policies",
        "What is wrong with a policy; without a body, with the one in force", "PolicyCheck",
        method="post", texts=tuple(POLICY_TEXTS), needs_body=False,
    ),
    Operation(
        f"{_ONE}/explain", "Policies", "Whether somebody may do something, and by which rule",
        "PolicyExplanation",
        inline=(
            _query(
                "to",
                "Who would ask: anyone, signed-in, account:ann, organisation:acme, group:press, "
                "peer:london; several describe one reader. Oneself when absent; others are for "
                "administrators.",
                {"type": "array", "items": _TEXT},
            ),
            _query("action", "What they would do.", {**_ACTION, "default": "read"}),
            _query("purpose", "What for, as dpv:PublicBenefit.", _TEXT),
            _query("at", "When, as 2026-07-01T09:00:00Z; now when absent.", _TEXT),
        ),
    ),
    Operation("/api/legal-bases", "Policies", "Why the law lets data be shared", "LegalBases"),
)  # fmt: skip
