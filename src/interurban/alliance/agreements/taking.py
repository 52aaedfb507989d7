"""A partner's step: checked as a hostile one is, then taken whole, or not at all.

Its seal is checked before it comes here. What is left: whose agreement it is, whether it is that
side's turn, which terms it is about, whether there is time left, and what was signed by which key.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from interurban.alliance.messages import Message, Sealed
from interurban.core.alliance import Agreement, Peer, State
from interurban.core.errors import Conflict, NotFound, Refused, TooMuch
from interurban.policy.audit import NodeKey

from . import outbox, register, signing, states
from .moves import expect_time_left, tell, to_sign
from .signing import By
from .steps import Step

__all__ = ["take"]

_BY_ITSELF = By("the provider's node", "by itself, as both have signed")
_MOST_OPEN = 200


def take(
    connection: sa.Connection,
    key: NodeKey,
    peer: Peer,
    told: Message,
    sealed: Sealed,
    step: Step,
    now: datetime,
) -> list[State]:
    """Take a partner's step, in a transaction that is given up if anything is raised.

    Parameters
    ----------
    key: this node's.
    told, sealed: the message that brings the step, opened and as it was sealed.

    Returns
    -------
    The states that the agreement went through; none if the step came before, or there was nothing
    to end.

    Raises
    ------
    NotFound, Conflict, Refused, TooMuch: why it can't be taken.
    """
    if register.is_received(connection, told.id, told.sender):
        return []
    register.note_received(connection, told.id, told.sender, now)
    found = register.find(connection, step.agreement)
    if found is None:
        return _begin(connection, peer, sealed, step, now)
    if found.peer != peer.id:
        raise NotFound("There is no such agreement with your node.", part="agreement")
    if step.do == "TERMINATED" and states.is_over(found.state):
        return []  # both ended it at once
    role = states.other(found.role)
    states.expect(found.state, step.do, role)
    if step.do != "TERMINATED":  # which either side may do at any time, whatever is on its way
        _expect_terms(found, step)
        expect_time_left(step.terms or found.terms, now)
    if step.signature is not None:
        expected = to_sign(found, key.fingerprint, peer, role)
        signing.check(step.signature, expected, peer.public)
    register.carry_on(connection, step, now)
    register.note_steps(connection, step, role, sealed, now)
    if step.do == "TERMINATED":
        outbox.withdraw(connection, step.agreement)
    if step.do != "VERIFIED":
        return [step.do]
    last = replace(step, do="FINALIZED", by=_BY_ITSELF, signature=None)
    register.carry_on(connection, last, now)
    tell(connection, key, last, found.role, peer, now)
    return [step.do, last.do]


def _begin(
    connection: sa.Connection, peer: Peer, sealed: Sealed, step: Step, now: datetime
) -> list[State]:
    if step.do == "TERMINATED":
        return []  # it was ended before it came here
    if step.do != "REQUESTED" or step.version != 1 or step.terms is None:
        raise NotFound("There is no such agreement with your node.", part="agreement")
    expect_time_left(step.terms, now)
    if register.count_open(connection, peer.id) >= _MOST_OPEN:
        raise TooMuch(
            f"{_MOST_OPEN} requests of your node are not answered yet.",
            advice="Wait until some are.",
        )
    register.begin(connection, peer, "provider", step, now)
    register.note_steps(connection, step, "consumer", sealed, now)
    return ["REQUESTED"]


def _expect_terms(found: Agreement, step: Step) -> None:
    """Let pass a step about the terms as they stand, or about the next ones."""
    expected = found.version + (step.terms is not None)
    if step.version != expected:
        raise Conflict(
            f"The step is about version {step.version} of the terms, and here they are at version "
            f"{found.version}.",
            advice="A step before it may be on its way still.",
            part="version",
        )
    if step.terms is None and step.terms_hash != found.terms_hash:
        raise Refused(
            "The terms are not those that were offered: their hash is another.",
            advice="Compare the terms; if they differ, end the agreement and ask anew.",
            part="terms_hash",
        )
