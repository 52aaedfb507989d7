"""Partners in the OpenAPI document: what nodes send each other, and what people do about it."""

from __future__ import annotations

from typing import get_args

from interurban.core.alliance import Standing

from .alliance_api import DEEDS
from .openapi_operation import Operation
from .openapi_values import (
    COUNT,
    FLAG,
    INSTANT,
    MAYBE_INSTANT,
    TEXT,
    Schema,
    closed_object,
    path_parameter,
)

__all__ = ["ALLIANCE_OPERATIONS", "ALLIANCE_SCHEMAS"]


_CODE: Schema = {"type": "string", "pattern": "^[0-9a-f]{40}$"}
_KEY: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


_KIND = path_parameter(
    "kind", "What the message is about: pair, hello, feed, heads, query or agreement."
)
_PEER = path_parameter("peer", "Id of the partner here.")
_URL = {
    "name": "url",
    "in": "query",
    "required": True,
    "description": "Where the other node is.",
    "schema": TEXT,
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

_WATCHED: Schema = {**closed_object({"size": COUNT, "at": INSTANT}), "type": ["object", "null"]}
_CITIES: Schema = {"type": "array", "items": closed_object({"id": TEXT, "name": TEXT})}

ALLIANCE_SCHEMAS: dict[str, Schema] = {
    "Sealed": closed_object(
        {
            "statement": {**TEXT, "description": "Canonical JSON that was signed."},
            "public_key": _KEY,
            "signature": {"type": "string", "pattern": "^[0-9a-f]{128}$"},
        }
    ),
    "Card": closed_object(
        {"title": TEXT, "url": TEXT, "cities": _CITIES, "version": TEXT, "fingerprint": _CODE}
    ),
    "Partner": closed_object(
        {
            "id": TEXT,
            "title": TEXT,
            "url": TEXT,
            "fingerprint": _CODE,
            "standing": {"enum": list(get_args(Standing))},
            "reason": {**TEXT, "description": "Why it is frozen or removed."},
            "added_at": INSTANT,
            "seen_at": MAYBE_INSTANT,
            "tried_at": MAYBE_INSTANT,
            "failure": {**TEXT, "description": "Why it gave no answer the last time."},
            "answers": FLAG,
            "datasets": {**COUNT, "description": "How many it told of."},
            "cities": {"type": "array", "items": TEXT},
            "feed": {**COUNT, "description": "Entries of its feed that were taken in."},
            "witnessed": _WATCHED,
            "countersigned": _WATCHED,
        }
    ),
    "Alliance": closed_object(
        {
            "node": closed_object(
                {
                    "title": TEXT,
                    "fingerprint": _CODE,
                    "public_key": _KEY,
                    "public_key_pem": TEXT,
                    "url": TEXT,
                }
            ),
            "peers": {"type": "array", "items": {"$ref": "#/components/schemas/Partner"}},
        }
    ),
    "NewPartner": closed_object(
        {"url": TEXT},
        fingerprint={**TEXT, "description": "What the other side's people read out."},
        id={**TEXT, "description": "What policies here shall name it by."},
    ),
    "PartnerDeed": closed_object({"do": {"enum": list(DEEDS)}}, reason=TEXT, id=TEXT, deletes=FLAG),
}
