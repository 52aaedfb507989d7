"""Steps that a partner has not taken yet: they wait, and go out again until it answers.

Steps of one agreement go out in their order. Ending one does not wait for the others: they no
longer matter once the partner knows.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from interurban.alliance.messages import Message, Sealed
from interurban.alliance.peers import peer_of
from interurban.alliance.tables import microseconds, outbox, peers
from interurban.core.alliance import Peer, State
from interurban.core.errors import InterurbanError, PeerDown
from interurban.store.control import Records

from .steps import envelope

__all__ = ["SENT_AS", "Asks", "put", "send", "waiting_for", "withdraw"]

SENT_AS = "agreement"
"""Kind of the message that a step travels in."""

_REFUSED_WAITS = timedelta(minutes=1)
_LONGEST_FAILURE = 500


class Asks(Protocol):
    """How another node is asked (``alliance.calling.Calls``)."""

    def ask(self, peer: Peer, kind: str, body: dict[str, Any]) -> Message:
        """The partner's answer; PeerDown when there is none."""


def put(connection: sa.Connection, peer: Peer, step: Sealed, at: datetime) -> None:
    """Let a step wait for a partner, in the transaction that takes it here."""
    connection.execute(
        sa.insert(outbox).values(
            id=json.loads(step.statement)["id"],
            peer=peer.id,
            kind=SENT_AS,
            body=envelope(step),
            made_at=microseconds(at),
            failure="",
        )
    )


def withdraw(connection: sa.Connection, agreement: str) -> None:
    """Send nothing more about an agreement."""
    for row in connection.execute(_chosen()):
        if _about(row.body)[0] == agreement:
            connection.execute(sa.delete(outbox).where(outbox.c.id == row.id))


def waiting_for(connection: sa.Connection) -> dict[str, str]:
    """Agreements with steps that the partner has not taken, and why it refused, if it did."""
    found: dict[str, str] = {}
    for row in connection.execute(_chosen()):
        agreement = _about(row.body)[0]
        found[agreement] = found.get(agreement) or row.failure
    return found


def send(records: Records, calls: Asks, now: datetime) -> int:
    """Send what waits for partners that are paired; how many steps were taken.

    A partner that is down is left for the next time; a step that is refused waits a minute, and
    holds back those that follow it.
    """
    with records.reading() as connection:
        rows = connection.execute(_chosen()).all()
        found = connection.execute(sa.select(peers).where(peers.c.standing == "paired"))
        paired = {row.id: peer_of(row) for row in found}
    count = 0
    left_alone: set[str] = set()
    for row in rows:
        agreement, do = _about(row.body)
        ends = do == "TERMINATED"
        held = agreement in left_alone and not ends
        if row.peer not in paired or row.peer in left_alone or held or _rests(row, now):
            left_alone.add(agreement)
            continue
        try:
            calls.ask(paired[row.peer], SENT_AS, row.body)
        except PeerDown:
            left_alone.add(row.peer)
            continue
        except InterurbanError as error:
            left_alone.add(agreement)
            _note_refused(records, row.id, str(error), now)
            continue
        with records.writing() as connection:
            connection.execute(sa.delete(outbox).where(outbox.c.id == row.id))
            if ends:
                withdraw(connection, agreement)
        count += 1
    return count


def _chosen() -> sa.Select[Any]:
    return sa.select(outbox).where(outbox.c.kind == SENT_AS).order_by(outbox.c.made_at)


def _about(body: dict[str, Any]) -> tuple[str, State]:
    """The agreement that a waiting step is about, and what it leads to."""
    said = json.loads(body["step"]["statement"])["body"]
    return said["agreement"], said["do"]


def _rests(row: Any, now: datetime) -> bool:
    return row.tried_at is not None and row.tried_at > microseconds(now - _REFUSED_WAITS)


def _note_refused(records: Records, step: str, why: str, now: datetime) -> None:
    with records.writing() as connection:
        connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == step)
            .values(tried_at=microseconds(now), failure=why[:_LONGEST_FAILURE])
        )
