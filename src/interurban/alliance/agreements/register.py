"""Agreements and their steps in the control database.

Functions take a connection, so that a step, its trace and what is to be sent are one transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from interurban.alliance.messages import Sealed
from interurban.alliance.peers import peer_of
from interurban.alliance.tables import agreements, instant, microseconds, peers, received, steps
from interurban.core.alliance import Agreement, Assessment, Peer, Role, Signature, State, Terms
from interurban.core.errors import NotFound

from .signing import read_signature, signature_document
from .steps import Step
from .terms import assessment_of_document, terms_of_document
from .writing import assessment_document, canonical_terms, terms_hash

__all__ = [
    "Taken",
    "View",
    "all_of",
    "assess",
    "begin",
    "carry_on",
    "count_open",
    "drafted",
    "find",
    "get",
    "is_received",
    "note_received",
    "note_steps",
    "partner",
    "steps_of",
    "view",
]


@dataclass(frozen=True, slots=True)
class View:
    """All that this node knows of an agreement, at one instant.

    Parameters
    ----------
    partner: the other side.
    draft: an impact assessment that was made here, and is not part of the terms yet.
    waits: whether the partner has not taken the last step; failure: why it refused it, if it did.
    reminded_at: when this node said that it ends soon.
    """

    agreement: Agreement
    partner: Peer
    steps: tuple[Taken, ...]
    draft: Assessment | None = None
    waits: bool = False
    failure: str = ""
    reminded_at: datetime | None = None

    @property
    def was_in_force(self) -> bool:
        """Whether it ever came into force: then anybody may read it."""
        return any(step.state == "FINALIZED" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, as it is kept.

    Parameters
    ----------
    number: from 1.
    role: of the side that took it; who: name and office, as they gave them.
    message: as it was sealed by the node that took it.
    """

    number: int
    state: State
    role: Role
    at: datetime
    who: str
    message: Sealed


def all_of(connection: sa.Connection) -> tuple[Agreement, ...]:
    """Every agreement, those that changed last first."""
    chosen = sa.select(agreements).order_by(agreements.c.changed_at.desc(), agreements.c.id)
    return tuple(_agreement(row) for row in connection.execute(chosen))


def find(connection: sa.Connection, agreement: str) -> Agreement | None:
    """An agreement, or ``None`` when there is none of that id."""
    row = connection.execute(sa.select(agreements).where(agreements.c.id == agreement)).first()
    return None if row is None else _agreement(row)


def count_open(connection: sa.Connection, peer: str) -> int:
    """How many requests of a partner nobody has answered."""
    chosen = sa.select(sa.func.count()).where(
        agreements.c.peer == peer, agreements.c.state == "REQUESTED"
    )
    return connection.scalar(chosen) or 0


def get(connection: sa.Connection, agreement: str) -> Agreement:
    """An agreement; NotFound when there is none of that id."""
    found = find(connection, agreement)
    if found is None:
        raise NotFound(
            f"There is no agreement {agreement[:60]!r}.",
            advice="See them with: interurban agreements list",
            part="agreement",
        )
    return found


def partner(connection: sa.Connection, peer: str) -> Peer:
    """A partner as it is entered at this instant; NotFound when there is none."""
    row = connection.execute(sa.select(peers).where(peers.c.id == peer)).first()
    if row is None:
        raise NotFound(
            f"There is no partner {peer[:60]!r}.",
            advice="See them with: interurban peer list",
            part="peer",
        )
    return peer_of(row)


def begin(connection: sa.Connection, peer: Peer, role: Role, step: Step, at: datetime) -> None:
    """Enter a new agreement: what its first request says."""
    assert step.terms is not None
    moment = microseconds(at)
    connection.execute(
        sa.insert(agreements).values(
            id=step.agreement,
            peer=peer.id,
            role=role,
            state=step.do,
            version=step.version,
            terms=canonical_terms(step.terms),
            reason="",
            created_at=moment,
            changed_at=moment,
            ends_at=microseconds(step.terms.ends),
        )
    )


def carry_on(connection: sa.Connection, step: Step, at: datetime) -> None:
    """Bring an agreement to where a step leads."""
    values: dict[str, Any] = {"state": step.do, "changed_at": microseconds(at)}
    if step.terms is not None:
        values |= {
            "version": step.version,
            "terms": canonical_terms(step.terms),
            "ends_at": microseconds(step.terms.ends),
            "assessment": None,
        }
    if step.signature is not None:
        side = "provider" if step.do == "AGREED" else "consumer"
        values[f"{side}_signature"] = signature_document(step.signature)
    if step.do == "TERMINATED":
        values["reason"] = step.reason
    connection.execute(
        sa.update(agreements).where(agreements.c.id == step.agreement).values(values)
    )


def note_steps(
    connection: sa.Connection, step: Step, role: Role, message: Sealed, at: datetime
) -> None:
    """Keep a step with the message that brought it about."""
    last = sa.select(sa.func.max(steps.c.number)).where(steps.c.agreement == step.agreement)
    connection.execute(
        sa.insert(steps).values(
            agreement=step.agreement,
            number=(connection.scalar(last) or 0) + 1,
            state=step.do,
            role=role,
            at=microseconds(at),
            who=str(step.by),
            message=message.document(),
        )
    )


def steps_of(connection: sa.Connection, agreement: str) -> tuple[Taken, ...]:
    """The steps of an agreement, in order."""
    chosen = sa.select(steps).where(steps.c.agreement == agreement).order_by(steps.c.number)
    return tuple(
        Taken(row.number, row.state, row.role, instant(row.at), row.who, Sealed.read(row.message))
        for row in connection.execute(chosen)
    )


def assess(connection: sa.Connection, agreement: str, assessment: Assessment, at: datetime) -> None:
    """Keep an impact assessment for the terms that will be offered."""
    connection.execute(
        sa.update(agreements)
        .where(agreements.c.id == agreement)
        .values(assessment=json.dumps(assessment_document(assessment)), changed_at=microseconds(at))
    )


def view(connection: sa.Connection, agreement: Agreement, waiting: dict[str, str]) -> View:
    """All that is known of an agreement.

    Parameters
    ----------
    waiting: agreements with a step that the partner has not taken, and why.
    """
    chosen = sa.select(agreements.c.reminded_at).where(agreements.c.id == agreement.id)
    reminded = connection.scalar(chosen)
    return View(
        agreement,
        partner(connection, agreement.peer),
        steps_of(connection, agreement.id),
        drafted(connection, agreement.id),
        agreement.id in waiting,
        waiting.get(agreement.id, ""),
        None if reminded is None else instant(reminded),
    )


def drafted(connection: sa.Connection, agreement: str) -> Assessment | None:
    """The impact assessment that was made here for the next terms."""
    chosen = sa.select(agreements.c.assessment).where(agreements.c.id == agreement)
    text = connection.scalar(chosen)
    if text is None:
        return None
    document = json.loads(text)
    return assessment_of_document(document, "", datetime.fromisoformat(document["at"]))


def is_received(connection: sa.Connection, message: str, sender: str) -> bool:
    """Whether a message of that id, of this sender, was taken before."""
    chosen = sa.select(received.c.id).where(received.c.id == message, received.c.sender == sender)
    return connection.scalar(chosen) is not None


def note_received(connection: sa.Connection, message: str, sender: str, at: datetime) -> None:
    """Note that a message was taken."""
    connection.execute(sa.insert(received).values(id=message, sender=sender, at=microseconds(at)))


@lru_cache(maxsize=2_000)
def _terms(text: str) -> Terms:
    """The terms of a canonical text: read once, as reading them takes milliseconds."""
    return terms_of_document(json.loads(text))


def _agreement(row: Any) -> Agreement:
    terms = _terms(row.terms)
    return Agreement(
        id=row.id,
        peer=row.peer,
        role=row.role,
        state=row.state,
        version=row.version,
        terms=terms,
        terms_hash=terms_hash(terms),
        created_at=instant(row.created_at),
        changed_at=instant(row.changed_at),
        provider=_signature(row.provider_signature),
        consumer=_signature(row.consumer_signature),
        reason=row.reason,
    )


def _signature(document: object) -> Signature | None:
    return None if document is None else read_signature(document)
