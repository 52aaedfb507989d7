"""A step of an agreement, as one node tells the other.

Each step is a message of its own, sealed once by whoever takes it; it is kept as it was sealed by
both sides. What travels is that message inside another, which is of the minute: a step that waited
for a week for a partner that was down is still the same step, and is taken once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from interurban.alliance.messages import Sealed
from interurban.core.alliance import NEXT, Signature, State, Terms
from interurban.core.errors import BadRequest
from interurban.policy.audit import canonical

from .signing import By, read_signature, signature_document
from .terms import terms_of_document
from .writing import document_of, terms_hash

__all__ = ["KIND", "Step", "body_of", "envelope", "read_step", "sealed_in"]

KIND = "agreement step"
"""Of the message that is kept."""

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_MEMBERS = {
    *("agreement", "do", "version", "terms", "terms_hash", "signature", "by", "reason"),
}
_LONGEST_REASON = 2_000
_WITH_TERMS = ("REQUESTED", "OFFERED")
_WITH_SIGNATURE = ("AGREED", "VERIFIED")


@dataclass(frozen=True, slots=True)
class Step:
    """What one side did.

    Parameters
    ----------
    do: the state it leads to.
    version: of the terms it is about.
    terms: of a request or an offer; ``None`` where they stay as they were.
    signature: of AGREED and VERIFIED.
    reason: of TERMINATED.
    """

    agreement: str
    do: State
    version: int
    terms_hash: str
    by: By
    terms: Terms | None = None
    signature: Signature | None = None
    reason: str = ""


def body_of(step: Step) -> dict[str, Any]:
    """A step as the body of a message."""
    return {
        "agreement": step.agreement,
        "do": step.do,
        "version": step.version,
        "terms": None if step.terms is None else document_of(step.terms),
        "terms_hash": step.terms_hash,
        "signature": None if step.signature is None else signature_document(step.signature),
        "by": {"name": step.by.name, "office": step.by.office},
        "reason": step.reason,
    }


def read_step(body: Mapping[str, Any]) -> Step:
    """Read what ``body_of`` wrote, strictly: nothing is missing, and nothing else is there.

    Raises
    ------
    BadRequest: it is no step, or its terms are not those of its hash.
    """
    if set(body) != _MEMBERS:
        raise _unreadable("it has other members")
    do, version, reason, by = body["do"], body["version"], body["reason"], body["by"]
    texts = (body["agreement"], do, body["terms_hash"], reason)
    if not all(isinstance(text, str) for text in texts) or type(version) is not int:
        raise _unreadable("a member is of another type")
    if do not in NEXT or not _ID.fullmatch(body["agreement"]):
        raise _unreadable("its agreement or what it does can't be")
    if not _HASH.fullmatch(body["terms_hash"]) or not 1 <= version <= 1_000_000:
        raise _unreadable("its version or its hash can't be")
    if (body["terms"] is not None) != (do in _WITH_TERMS):
        raise _unreadable("terms come with a request or an offer, and with nothing else")
    if (body["signature"] is not None) != (do in _WITH_SIGNATURE):
        raise _unreadable("a signature comes with AGREED and VERIFIED, and with nothing else")
    if not isinstance(by, dict) or not {"name", "office"} == set(by):
        raise _unreadable("it does not say who did it")
    if not all(isinstance(text, str) for text in by.values()):
        raise _unreadable("it does not say who did it")
    check_reason(reason, needed=do == "TERMINATED")
    terms = None
    if body["terms"] is not None:
        terms = terms_of_document(body["terms"])
        if canonical(document_of(terms)) != canonical(body["terms"]):
            raise _unreadable("its terms are not written as this node would write them")
        if terms_hash(terms) != body["terms_hash"]:
            raise BadRequest("The hash is not that of the terms.", part="terms_hash")
    return Step(
        agreement=body["agreement"],
        do=cast("State", do),
        version=version,
        terms_hash=body["terms_hash"],
        by=By(by["name"], by["office"]),
        terms=terms,
        signature=None if body["signature"] is None else read_signature(body["signature"]),
        reason=reason,
    )


def check_reason(reason: str, *, needed: bool) -> str:
    """The reason why an agreement is ended, in plain words.

    Raises
    ------
    BadRequest: it is missing or too long.
    """
    if needed and not reason.strip():
        raise BadRequest(
            "Ending an agreement needs a reason.",
            advice="Say why in a sentence; residents and the partner read it.",
            part="reason",
        )
    if len(reason) > _LONGEST_REASON or not all(c.isprintable() or c == "\n" for c in reason):
        raise BadRequest(
            f"A reason is {_LONGEST_REASON} characters of text at most.", part="reason"
        )
    return reason.strip()


def envelope(step: Sealed) -> dict[str, Any]:
    """A sealed step as the body of the message it travels in."""
    return {"step": step.document()}


def sealed_in(body: Mapping[str, Any]) -> Sealed:
    """The sealed step that a message brought.

    Raises
    ------
    BadRequest: there is none.
    """
    return Sealed.read(body.get("step"))


def _unreadable(why: str) -> BadRequest:
    return BadRequest(
        f"This is no step of an agreement: {why}.",
        advice="Both nodes need versions of Interurban that know each other's agreements.",
    )
