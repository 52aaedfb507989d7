"""What steps have in common, whoever takes them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from interurban.alliance.messages import seal
from interurban.core.alliance import Agreement, Peer, Role, Terms
from interurban.core.errors import Conflict
from interurban.policy.audit import NodeKey

from . import outbox, register
from .signing import Statement
from .steps import KIND, Step, body_of

__all__ = ["expect_paired", "expect_time_left", "tell", "to_sign"]


def tell(
    connection: sa.Connection, key: NodeKey, step: Step, role: Role, partner: Peer, now: datetime
) -> None:
    """Keep a step of this node as its key seals it, and let it wait for the partner."""
    message = seal(key, KIND, partner.fingerprint, body_of(step), now=now)
    register.note_steps(connection, step, role, message, now)
    outbox.put(connection, partner, message, now)


def to_sign(found: Agreement, own: str, partner: Peer, role: Role) -> Statement:
    """What a side has to sign, but for who does it and when.

    Parameters
    ----------
    own: this node's fingerprint.
    role: of the side that signs.
    """
    others = partner.fingerprint
    provider, consumer = (own, others) if found.role == "provider" else (others, own)
    return Statement(
        found.id, found.version, found.terms_hash, provider, consumer, role, "", "", ""
    )


def expect_paired(partner: Peer) -> None:
    """Let pass what needs a partner with whom something is exchanged; Conflict otherwise."""
    if not partner.is_paired:
        raise Conflict(
            f"{partner.title} is not paired with this node: it is {partner.standing}.",
            advice=f"See how it stands with: interurban peer show {partner.id}",
            part="peer",
        )


def expect_time_left(terms: Terms, now: datetime) -> None:
    """Let pass terms that are not over; Conflict otherwise."""
    if terms.ends <= now:
        raise Conflict(
            f"By its terms the agreement is over since {terms.ends.isoformat()}.",
            advice="Make a new one that ends later.",
            part="terms.ends",
        )
