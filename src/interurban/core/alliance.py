"""Two nodes that share: who the partner is, and the signed terms on which data move.

A ``Peer`` is another node, known by the fingerprint of its key. An ``Agreement`` goes through the
states of the Dataspace Protocol (2025-1): the consumer asks (REQUESTED), the provider offers
(OFFERED), the consumer accepts (ACCEPTED), the provider signs (AGREED), the consumer signs
(VERIFIED), and the provider puts it in force (FINALIZED). Either side may end it (TERMINATED).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from typing import Literal as OneOf

from .policy import Action

__all__ = [
    "NEXT",
    "Agreement",
    "Assessment",
    "Peer",
    "Role",
    "Signature",
    "Standing",
    "State",
    "Terms",
]

Standing = OneOf["asked", "asks", "paired", "frozen", "removed"]
"""``asked``: this node asked, the other has not said yes; ``asks``: the other asked, nobody here
has said yes; ``frozen``: something it showed can't be true, and nothing is exchanged until people
have looked at it."""

State = OneOf["REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED"]

Role = OneOf["provider", "consumer"]

NEXT: MappingProxyType[State, MappingProxyType[State, Role]] = MappingProxyType(
    {
        "REQUESTED": MappingProxyType({"OFFERED": "provider"}),
        "OFFERED": MappingProxyType({"REQUESTED": "consumer", "ACCEPTED": "consumer"}),
        "ACCEPTED": MappingProxyType({"AGREED": "provider"}),
        "AGREED": MappingProxyType({"VERIFIED": "consumer"}),
        "VERIFIED": MappingProxyType({"FINALIZED": "provider"}),
        "FINALIZED": MappingProxyType({}),
        "TERMINATED": MappingProxyType({}),
    }
)
"""From each state, the states that follow, and who brings them about. To TERMINATED, either side
may go from any other state."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another node of the alliance, as this one knows it.

    Parameters
    ----------
    id: what it is called here, as policies name it (``peer:london``): lower case, unique.
    title: what its people call it (``London Datastore``).
    url: where it answers, without a slash at the end.
    public: its public key, 32 bytes; fingerprint: by which people compare it.
    reason: why it is frozen or removed.
    seen_at: when it last gave an answer that was signed by its key.
    tried_at, failure: when it was last asked, and why that failed; empty when it did not.
    feed: number of the last entry of its feed that was taken in.
    """

    id: str
    title: str
    url: str
    public: bytes
    fingerprint: str
    standing: Standing
    added_at: datetime
    reason: str = ""
    seen_at: datetime | None = None
    tried_at: datetime | None = None
    failure: str = ""
    feed: int = 0

    @property
    def is_paired(self) -> bool:
        """Whether both sides have said yes, and nothing stands between them."""
        return self.standing == "paired"

    @property
    def answers(self) -> bool:
        """Whether it answered when it was last asked."""
        return self.is_paired and self.seen_at is not None and not self.failure


@dataclass(frozen=True, slots=True)
class Assessment:
    """A data protection impact assessment, in the parts of the ICO's template.

    Parameters
    ----------
    risks: what could happen to whom; measures: what is done against it.
    residual: what risk is left: ``low``, ``medium`` or ``high``.
    by, at: who made it, and when.
    """

    description: str
    necessity: str
    risks: str
    measures: str
    residual: OneOf["low", "medium", "high"]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed: the same object is drawn as a page, YAML, ODRL and PDF.

    Parameters
    ----------
    datasets: ids of the provider's datasets.
    actions: what the consumer may do with them.
    purpose: a term of the Data Privacy Vocabulary; why: the purpose in plain words.
    legal_basis: a term of the Data Privacy Vocabulary (``dpv:PublicInterest``); law: the provision
        it stands on, in words.
    personal_data: whether the data are of people, so that an assessment is needed.
    obligations: what answers are changed by, as policies have it under ``with``.
    duties: what the consumer has to do in return, as policies have it under ``duties``.
    readers: who at the consumer's may read: ``signed-in``, ``group:<id>``, ``organisation:<id>``.
    starts, ends: instants between which it is in force.
    keep_days: days that copies may be kept; ``None`` until it ends.
    remind_days: days before the end at which both sides are reminded.
    contacts: of the provider and the consumer, in that order.
    """

    title: str
    datasets: tuple[str, ...]
    actions: tuple[Action, ...]
    purpose: str
    why: str
    legal_basis: str
    law: str
    starts: datetime
    ends: datetime
    personal_data: bool = False
    obligations: tuple[Any, ...] = ()
    duties: tuple[Any, ...] = ()
    readers: tuple[str, ...] = ("signed-in",)
    keep_days: int | None = None
    remind_days: int = 30
    contacts: tuple[str, str] = ("", "")
    assessment: Assessment | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A side's signature under the terms.

    Parameters
    ----------
    statement: canonical JSON of what was signed: the agreement's id, the hash of its terms, both
        nodes' fingerprints, who signed in whose name, and when.
    public: the node's public key.
    """

    statement: str
    public: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement between this node and a peer, and how far it has come.

    Parameters
    ----------
    id: the same at both nodes.
    role: this node's part in it.
    version: of the terms; each new offer or request adds one.
    terms_hash: SHA-256 of the canonical terms, hex.
    reason: why it was ended.
    """

    id: str
    peer: str
    role: Role
    state: State
    version: int
    terms: Terms
    terms_hash: str
    created_at: datetime
    changed_at: datetime
    provider: Signature | None = None
    consumer: Signature | None = None
    reason: str = ""

    def is_in_force(self, at: datetime) -> bool:
        """Whether data may move under it at an instant."""
        return self.state == "FINALIZED" and self.terms.starts <= at < self.terms.ends
