"""The audit log in the OpenAPI document."""

from __future__ import annotations

from interurban.policy.audit import KINDS

from .formats import HTML
from .openapi_operation import Operation
from .openapi_values import COUNT, INSTANT, TEXT, Schema, open_object, query_parameter

__all__ = ["AUDIT_OPERATIONS", "AUDIT_SCHEMAS"]


_KINDS = list(KINDS)
_NUMBER: Schema = {"type": "integer", "minimum": 1}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_HASHES: Schema = {"type": "array", "items": _HASH}


_SIZE = query_parameter("size", "Of the signed head, in entries; the newest when absent.", COUNT)
_ENTRY = {
    "name": "entry",
    "in": "path",
    "required": True,
    "description": "Number of the entry, from 1.",
    "schema": _NUMBER,
}

AUDIT_OPERATIONS = (
    Operation(
        "/audit", "Audit", "The audit log in words, and how to check it", None,
        formats=(HTML,), takes_f=False,
    ),
    Operation(
        "/api/audit/head", "Audit", "The newest signed head of the log", "AuditHead",
        takes_f=False, inline=(_SIZE,),
    ),
    Operation(
        "/api/audit/entries", "Audit", "Entries of the log, the newest first", "AuditEntries",
        takes_f=False,
        inline=(
            query_parameter("limit", "Entries of a page.", {**_NUMBER, "maximum": 1_000}),
            query_parameter("before", "Only entries with a smaller number.", COUNT),
            query_parameter("kind", "Only entries of this kind.", {"enum": _KINDS}),
            query_parameter("dataset", "Only entries about this dataset.", TEXT),
        ),
    ),
    Operation(
        "/api/audit/proof/{entry}", "Audit", "Proof that an entry is in the log", "AuditProof",
        takes_f=False, inline=(_ENTRY, _SIZE),
    ),
    Operation(
        "/api/audit/consistency", "Audit", "Proof that the log only grew", "AuditConsistency",
        takes_f=False,
        inline=(
            query_parameter("from", "The smaller size, in entries; 0 when absent.", COUNT),
            query_parameter("to", "The larger size; the log as it is when absent.", COUNT),
        ),
    ),
)  # fmt: skip

_SIGNED: dict[str, Schema] = {
    "statement": {**TEXT, "description": "What was signed, after the line of its kind."},
    "public_key": {**_HASH, "description": "Ed25519, 32 bytes."},
    "signature": {"type": "string", "pattern": "^[0-9a-f]{128}$"},
}
_HEAD = open_object(
    {
        "node": {**TEXT, "description": "Fingerprint of the node's key."},
        "root": _HASH,
        "size": COUNT,
        "time": INSTANT,
        **_SIGNED,
    }
)
AUDIT_SCHEMAS: dict[str, Schema] = {
    "AuditSignedHead": _HEAD,
    "AuditHead": {
        **_HEAD,
        "required": [*_HEAD["required"], "public_key_pem", "countersignatures"],
        "properties": {
            **_HEAD["properties"],
            "public_key_pem": TEXT,
            "countersignatures": {"type": "array", "items": open_object(_SIGNED)},
        },
    },
    "AuditEntries": open_object(
        {
            "size": COUNT,
            "entries": {
                "type": "array",
                "items": open_object(
                    {
                        "number": _NUMBER,
                        "at": INSTANT,
                        "kind": {"enum": _KINDS},
                        "what": TEXT,
                        "text": {**TEXT, "description": "The entry itself, as it is hashed."},
                    },
                    dataset=TEXT,
                    facts={"type": "object", "description": "Numbers and ids, in the open."},
                    hashed={"type": "object", "description": "Salted hashes of who and what."},
                ),
            },
            "next": {"type": ["integer", "null"], "description": "The next page's before."},
        }
    ),
    "AuditProof": open_object(
        {
            "entry": _NUMBER,
            "text": TEXT,
            "leaf_index": COUNT,
            "leaf_hash": _HASH,
            "path": _HASHES,
            "head": {"$ref": "#/components/schemas/AuditSignedHead"},
        }
    ),
    "AuditConsistency": open_object(
        {"from": COUNT, "from_root": _HASH, "to": COUNT, "to_root": _HASH, "path": _HASHES}
    ),
}
