"""Partners in the OpenAPI document: what nodes send each other, and what people do about it."""

from __future__ import annotations

from typing import Any, get_args

from interurban.core.alliance import Standing

from .alliance_api import DEEDS
from .openapi_operation import Operation

__all__ = ["ALLIANCE_OPERATIONS", "ALLIANCE_SCHEMAS"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_INSTANT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
_CODE: Schema = {"type": "string", "pattern": "^[0-9a-f]{40}$"}
_KEY: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


def _path(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1},
    }


_KIND = _path("kind", "What the message is about: pair, hello, feed, heads, query or agreement.")
_PEER = _path("peer", "Id of the partner here.")
_URL = {
    "name": "url",
    "in": "query",
    "required": True,
    "description": "Where the other node is.",
    "schema": _TEXT,
}

ALLIANCE_OPERATIONS = (
    Operation(
        "/alliance/card", "Alliance", "What this node says of itself, signed by its key",
        "Sealed", takes_f=False,
    ),
    Operation(
        "/alliance/{kind}", "Alliance",
        "A message of a partner, sealed by its key; no session and no token is needed", "Sealed",
        method="post", body="Sealed", takes_f=False, inline=(_KIND,),
    ),
    Operation("/api/alliance", "Alliance", "This node and its partners", "Alliance"),
    Operation(
        "/api/alliance/card", "Alliance",
        "What the node at an address says of itself, to be compared; nothing is stored", "Card",
        inline=(_URL,),
    ),
    Operation(
        "/api/alliance/peers", "Alliance", "Ask a node to be a partner", "Partner",
        method="post", body="NewPartner", status="201",
    ),
    Operation(
        "/api/alliance/peers/{peer}", "Alliance",
        "Accept, freeze, resume or remove a partner, or ask it now what is new", "Partner",
        method="post", body="PartnerDeed", inline=(_PEER,),
    ),
)  # fmt: skip

_WATCHED: Schema = {**_object({"size": _COUNT, "at": _INSTANT}), "type": ["object", "null"]}
_CITIES: Schema = {"type": "array", "items": _object({"id": _TEXT, "name": _TEXT})}

ALLIANCE_SCHEMAS: dict[str, Schema] = {
    "Sealed": _object(
        {
            "statement": {**_TEXT, "description": "Canonical JSON that was signed."},
            "public_key": _KEY,
            "signature": {"type": "string", "pattern": "^[0-9a-f]{128}$"},
        }
    ),
    "Card": _object(
        {"title": _TEXT, "url": _TEXT, "cities": _CITIES, "version": _TEXT, "fingerprint": _CODE}
    ),
    "Partner": _object(
        {
            "id": _TEXT,
            "title": _TEXT,
            "url": _TEXT,
            "fingerprint": _CODE,
            "standing": {"enum": list(get_args(Standing))},
            "reason": {**_TEXT, "description": "Why it is frozen or removed."},
            "added_at": _INSTANT,
            "seen_at": _INSTANT_OR_NULL,
            "tried_at": _INSTANT_OR_NULL,
            "failure": {**_TEXT, "description": "Why it gave no answer the last time."},
            "answers": _FLAG,
            "datasets": {**_COUNT, "description": "How many it told of."},
            "cities": {"type": "array", "items": _TEXT},
            "feed": {**_COUNT, "description": "Entries of its feed that were taken in."},
            "witnessed": _WATCHED,
            "countersigned": _WATCHED,
        }
    ),
    "Alliance": _object(
        {
            "node": _object(
                {
                    "title": _TEXT,
                    "fingerprint": _CODE,
                    "public_key": _KEY,
                    "public_key_pem": _TEXT,
                    "url": _TEXT,
                }
            ),
            "peers": {"type": "array", "items": {"$ref": "#/components/schemas/Partner"}},
        }
    ),
    "NewPartner": _object(
        {"url": _TEXT},
        fingerprint={**_TEXT, "description": "What the other side's people read out."},
        id={**_TEXT, "description": "What policies here shall name it by."},
    ),
    "PartnerDeed": _object({"do": {"enum": list(DEEDS)}}, reason=_TEXT, id=_TEXT, deletes=_FLAG),
}
