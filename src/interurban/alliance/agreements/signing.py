"""Signatures under an agreement: what is signed, and whether it is by the key that was agreed.

A side signs a *statement*, canonical JSON: the agreement's id, the version and the hash of its
terms, the fingerprints of both nodes, its role, who signs in which office, and when. So a signature
can't be moved under other terms, another agreement, or another partner.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from interurban.core.alliance import Role, Signature
from interurban.core.errors import BadRequest, Refused
from interurban.policy.audit import NodeKey, canonical, fingerprint, is_signed

__all__ = ["By", "Statement", "check", "read_signature", "sign", "signature_document", "statement"]

_KIND = "agreement"
_LONGEST = 90


@dataclass(frozen=True, slots=True)
class By:
    """Who does something in a side's name; both are shown to everybody who may see the agreement.

    Parameters
    ----------
    account: who asked this node, for its own log; the partner is never told.

    Raises
    ------
    BadRequest: name or office is empty, too long, or not on one line.
    """

    name: str
    office: str
    account: str | None = None

    def __post_init__(self) -> None:
        for part, text in (("name", self.name), ("office", self.office)):
            if not text.strip() or len(text) > _LONGEST or not text.isprintable():
                raise BadRequest(
                    f"The {part} of who does this is empty, longer than {_LONGEST} characters, or "
                    "not on one line.",
                    advice="Give the name and the office under which you sign.",
                    part=f"by.{part}",
                )

    def __str__(self) -> str:
        return f"{self.name}, {self.office}"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a side signs.

    Parameters
    ----------
    provider, consumer: fingerprints of the two nodes.
    role: whose signature it is; name, office: who signed for that side.
    at: when, ISO 8601 with a zone.
    """

    agreement: str
    version: int
    terms_hash: str
    provider: str
    consumer: str
    role: Role
    name: str
    office: str
    at: str


_TYPES = {name: int if name == "version" else str for name in Statement.__slots__}


def sign(key: NodeKey, said: Statement) -> Signature:
    """Sign a statement with the node's key."""
    text = canonical(asdict(said))
    return Signature(text, key.public, key.sign(_KIND, text.encode()))


def statement(signature: Signature) -> Statement:
    """What was signed; it says nothing of whether the signature is right.

    Raises
    ------
    BadRequest: it can't be read.
    """
    try:
        said = json.loads(signature.statement)
        if (
            not isinstance(said, dict)
            or set(said) != set(_TYPES)
            or canonical(said) != signature.statement
            or any(type(said[name]) is not kind for name, kind in _TYPES.items())
            or datetime.fromisoformat(said["at"]).tzinfo is None
        ):
            raise ValueError
    except (ValueError, RecursionError) as error:
        raise BadRequest(
            "The statement under a signature can't be read.",
            advice="Ask the partner to sign again.",
            part="signature",
        ) from error
    return Statement(**said)


def check(signature: Signature, expected: Statement, public: bytes) -> Statement:
    """Let pass a signature under what was agreed, by the key that was agreed.

    Parameters
    ----------
    expected: who signed and when are not compared, all else is.
    public: the signer's key, 32 bytes.

    Raises
    ------
    BadRequest: it can't be read. Refused: it is another key's, another agreement's, or forged.
    """
    said = statement(signature)
    if signature.public != public:
        raise Refused(
            f"The signature is of the key {fingerprint(signature.public)}, and the {expected.role} "
            f"of this agreement has {fingerprint(public)}.",
            advice="Compare fingerprints by telephone.",
            part="signature",
        )
    for name in ("agreement", "version", "terms_hash", "provider", "consumer", "role"):
        if getattr(said, name) != getattr(expected, name):
            raise Refused(
                f"The signature is under something else: its {name.replace('_', ' ')} is "
                f"{str(getattr(said, name))[:80]}, not {getattr(expected, name)}.",
                advice="It must be signed anew.",
                part="signature",
            )
    if not is_signed(public, _KIND, signature.statement.encode(), signature.signature):
        raise Refused("The signature is not one under its statement.", part="signature")
    return said


def signature_document(signature: Signature) -> dict[str, str]:
    """A signature as JSON has it."""
    return {
        "statement": signature.statement,
        "public_key": signature.public.hex(),
        "signature": signature.signature.hex(),
    }


def read_signature(document: object) -> Signature:
    """Read what ``signature_document`` wrote.

    Raises
    ------
    BadRequest: it is no signature.
    """
    found: Mapping[Any, Any] = document if isinstance(document, Mapping) else {}
    parts = [found.get(name) for name in ("statement", "public_key", "signature")]
    try:
        said, public, signature = (part for part in parts if isinstance(part, str))
        return Signature(said, bytes.fromhex(public), bytes.fromhex(signature))
    except ValueError as error:
        raise BadRequest(
            "This is no signature: statement, public_key or signature is missing or can't be read.",
            part="signature",
        ) from error
