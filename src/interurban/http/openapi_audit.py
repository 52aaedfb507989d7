"""The audit log in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from interurban.policy.audit import KINDS

from .formats import HTML
from .openapi_operation import Operation

__all__ = ["AUDIT_OPERATIONS", "AUDIT_SCHEMAS"]

Schema = dict[str, Any]

_KINDS = list(KINDS)
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "integer", "minimum": 1}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_HASHES: Schema = {"type": "array", "items": _HASH}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_SIZE = _query("size", "Of the signed head, in entries; the newest when absent.", _COUNT)
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
            _query("limit", "Entries of a page.", {**_NUMBER, "maximum": 1_000}),
            _query("before", "Only entries with a smaller number.", _COUNT),
            _query("kind", "Only entries of this kind.", {"enum": _KINDS}),
            _query("dataset", "Only entries about this dataset.", _TEXT),
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
            _query("from", "The smaller size, in entries; 0 when absent.", _COUNT),
            _query("to", "The larger size; the log as it is when absent.", _COUNT),
        ),
    ),
)  # fmt: skip

_SIGNED: dict[str, Schema] = {
    "statement": {**_TEXT, "description": "What was signed, after the line of its kind."},
    "public_key": {**_HASH, "description": "Ed25519, 32 bytes."},
    "signature": {"type": "string", "pattern": "^[0-9a-f]{128}$"},
}
_HEAD = _object(
    {
        "node": {**_TEXT, "description": "Fingerprint of the node's key."},
        "root": _HASH,
        "size": _COUNT,
        "time": _INSTANT,
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
            "public_key_pem": _TEXT,
            "countersignatures": {"type": "array", "items": _object(_SIGNED)},
        },
    },
    "AuditEntries": _object(
        {
            "size": _COUNT,
            "entries": {
                "type": "array",
                "items": _object(
                    {
                        "number": _NUMBER,
                        "at": _INSTANT,
                        "kind": {"enum": _KINDS},
                        "what": _TEXT,
                        "text": {**_TEXT, "description": "The entry itself, as it is hashed."},
                    },
                    dataset=_TEXT,
                    facts={"type": "object", "description": "Numbers and ids, in the open."},
                    hashed={"type": "object", "description": "Salted hashes of who and what."},
                ),
            },
            "next": {"type": ["integer", "null"], "description": "The next page's before."},
        }
    ),
    "AuditProof": _object(
        {
            "entry": _NUMBER,
            "text": _TEXT,
            "leaf_index": _COUNT,
            "leaf_hash": _HASH,
            "path": _HASHES,
            "head": {"$ref": "#/components/schemas/AuditSignedHead"},
        }
    ),
    "AuditConsistency": _object(
        {"from": _COUNT, "from_root": _HASH, "to": _COUNT, "to_root": _HASH, "path": _HASHES}
    ),
}
