"""Policies in the OpenAPI document."""

from __future__ import annotations

from interurban.core.policy import ACTIONS

from .formats import JSON_FORMAT, JSON_LD
from .openapi_operation import Operation
from .openapi_values import (
    COUNT,
    FLAG,
    INSTANT,
    MAYBE_INSTANT,
    TEXT,
    TEXTS,
    Schema,
    array_of,
    closed_object,
    query_parameter,
    reference_to,
)
from .policies_api import POLICY_TEXTS

__all__ = ["POLICY_OPERATIONS", "POLICY_SCHEMAS"]


_ACTION: Schema = {"enum": list(ACTIONS)}


_SUMMARY: dict[str, Schema] = {
    "dataset": TEXT,
    "title": TEXT,
    "city": TEXT,
    "access": {"$ref": "#/components/schemas/Access"},
    "origin": {
        "enum": ["set", "pack", "nothing"],
        "description": "Set by an administrator, said by the pack, or nothing was said.",
    },
    "version": {**COUNT, "description": "0 of a pack."},
    "rules": {**COUNT, "description": "How many there are."},
}
_DUTIES: Schema = {"type": "array", "items": closed_object({"action": TEXT, "words": TEXT})}
_FINDINGS = array_of(reference_to("PolicyFinding"))

POLICY_SCHEMAS: dict[str, Schema] = {
    "PolicySummary": closed_object(_SUMMARY),
    "Policies": closed_object({"policies": array_of(reference_to("PolicySummary"))}),
    "PolicyTerm": closed_object(
        {
            "id": TEXT,
            "effect": {"enum": ["permit", "forbid"]},
            "actions": {"type": "array", "items": _ACTION},
            "to": {**TEXTS, "description": "Those whose names the reader may know."},
            "purposes": {"type": "array", "items": closed_object({"id": TEXT, "label": TEXT})},
            "from": MAYBE_INSTANT,
            "until": MAYBE_INSTANT,
            "because": TEXT,
            "words": {**TEXT, "description": "The rule in a sentence."},
            "conditions": {**TEXTS, "description": "What an answer is changed by."},
            "duties": _DUTIES,
        }
    ),
    "Policy": closed_object(
        {
            **_SUMMARY,
            "licence": {"type": ["string", "null"]},
            "terms": array_of(reference_to("PolicyTerm")),
            "yaml": {
                "type": ["string", "null"],
                "description": "The policy to the letter; null where it names somebody, or tells "
                "of hidden rows, and the reader is no administrator.",
            },
            "versions": {
                "type": "array",
                "items": closed_object({"version": COUNT, "set_at": INSTANT}),
                "description": "Every version that was set, the newest first; for administrators.",
            },
        }
    ),
    "OdrlPolicy": {
        "type": "object",
        "required": ["@context", "uid"],
        "description": "The policy in ODRL 2.2 under the profile of Interurban.",
    },
    "PolicyFinding": closed_object(
        {
            "severity": {"enum": ["error", "warning"]},
            "what": TEXT,
            "advice": TEXT,
            "where": {**TEXT, "description": "The rules it is about, or the line and the key."},
            "line": {"type": ["integer", "null"]},
        }
    ),
    "PolicyCheck": closed_object({"findings": _FINDINGS, "can_be_set": FLAG}),
    "PolicySet": closed_object({**_SUMMARY, "findings": _FINDINGS}),
    "LegalBases": closed_object(
        {"legal_bases": {"type": "array", "items": closed_object({"term": TEXT, "words": TEXT})}}
    ),
    "PolicyExplanation": closed_object(
        {
            "dataset": TEXT,
            "to": TEXTS,
            "action": _ACTION,
            "purpose": TEXT,
            "at": MAYBE_INSTANT,
            "permitted": FLAG,
            "reason": TEXT,
            "rule": {**closed_object({"id": TEXT, "words": TEXT}), "type": ["object", "null"]},
            "conditions": TEXTS,
            "duties": _DUTIES,
        }
    ),
}

_ONE = "/api/policies/{dataset}"

POLICY_OPERATIONS = (
    Operation("/api/policies", "Policies", "What may be done with each dataset", "Policies"),
    Operation(
        _ONE, "Policies", "The rules on a dataset", "Policy", formats=(JSON_FORMAT, JSON_LD),
        inline=(query_parameter("version", "As this version had it; for administrators.", COUNT),),
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
            query_parameter(
                "to",
                "Who would ask: anyone, signed-in, account:ann, organisation:acme, group:press, "
                "peer:london; several describe one reader. Oneself when absent; others are for "
                "administrators.",
                {"type": "array", "items": TEXT},
            ),
            query_parameter("action", "What they would do.", {**_ACTION, "default": "read"}),
            query_parameter("purpose", "What for, as dpv:PublicBenefit.", TEXT),
            query_parameter("at", "When, as 2026-07-01T09:00:00Z; now when absent.", TEXT),
        ),
    ),
    Operation("/api/legal-bases", "Policies", "Why the law lets data be shared", "LegalBases"),
)  # fmt: skip
