"""What agreements permit, as rules of policies: at the provider's, and at the consumer's.

A rule is for the purpose of its agreement and, as purposes nest, for every kind of it: who asks for
less than what was agreed is let through, who asks for something broader or states no purpose is
not. It begins and ends with the agreement, to the instant.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import sqlalchemy as sa

from interurban.alliance.tables import agreements, peers
from interurban.core.alliance import Agreement, Terms
from interurban.core.policy import OnlyAggregates, Rule
from interurban.policy.rights.evaluate import PEER
from interurban.store.control import Records

from . import register

__all__ = ["InForce", "rule_at_consumer", "rule_at_provider", "rule_of_terms"]

_LOOK_S = 1.0
_NONE: tuple[Rule, ...] = ()


def rule_at_provider(agreement: Agreement) -> Rule:
    """What the partner may do with the provider's data."""
    return rule_of_terms(agreement.terms, _id(agreement), (PEER + agreement.peer,))


def rule_at_consumer(agreement: Agreement) -> Rule:
    """What the consumer's own people may do with what the partner gives."""
    return rule_of_terms(agreement.terms, _id(agreement), agreement.terms.readers)


def rule_of_terms(terms: Terms, name: str, to: tuple[str, ...]) -> Rule:
    """What terms permit to some parties, as a rule of that id."""
    return Rule(
        id=name,
        effect="permit",
        actions=terms.actions,
        to=to,
        purposes=(terms.purpose,),
        not_before=terms.starts,
        not_after=terms.ends,
        obligations=terms.obligations,
        duties=terms.duties,
        because=f"{terms.title}: {terms.why}",
    )


def _id(agreement: Agreement) -> str:
    return f"agreement-{agreement.id}"


@dataclass(frozen=True, slots=True)
class _State:
    """What was in the database when it was last looked at."""

    stamp: tuple[object, ...]
    signed: tuple[Agreement, ...]
    given: dict[str, tuple[Rule, ...]]
    taken: dict[tuple[str, str], tuple[tuple[Agreement, Rule], ...]]


class InForce:
    """The agreements that both sides signed, followed as the database changes.

    A change by this process is seen at once, one by another process within a second. Safe to share
    between threads.
    """

    def __init__(self, records: Records, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._clock = clock
        self._lock = Lock()
        self._looked_at = -_LOOK_S
        self._state = _State((), (), {}, {})

    def given(self, dataset: str) -> tuple[Rule, ...]:
        """What partners may do with a dataset of this node."""
        return self._now().given.get(dataset, _NONE)

    def taken(self, peer: str, dataset: str) -> tuple[Agreement, Rule] | None:
        """The agreement in force by which a partner's dataset may be asked for.

        Of several, one that gives rows comes first, then that with more actions, then that which
        lasts longer.
        """
        now = self._clock()
        found = self._now().taken.get((peer, dataset), ())
        return next((pair for pair in found if pair[0].is_in_force(now)), None)

    def signed(self) -> tuple[Agreement, ...]:
        """Every agreement in the state FINALIZED, be it not yet or no longer in force."""
        return self._now().signed

    def forget(self) -> None:
        """Look at the database at the next question."""
        self._looked_at = -_LOOK_S

    def _now(self) -> _State:
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_S:
            with self._lock:
                # What changes while it is read is seen at the next look.
                self._looked_at = now
                self._look()
        return self._state

    def _look(self) -> None:
        chosen = (
            sa.select(agreements.c.id, agreements.c.changed_at)
            .join(peers, peers.c.id == agreements.c.peer)
            .where(agreements.c.state == "FINALIZED", peers.c.standing == "paired")
            .order_by(agreements.c.created_at, agreements.c.id)
        )
        with self._records.reading() as connection:
            stamp = tuple(tuple(row) for row in connection.execute(chosen))
            if stamp == self._state.stamp:
                return
            signed = tuple(register.get(connection, row[0]) for row in stamp)
        self._state = _State(stamp, signed, self._given(signed), _taken(signed))

    def _given(self, signed: tuple[Agreement, ...]) -> dict[str, tuple[Rule, ...]]:
        rules: dict[str, list[Rule]] = {}
        for agreement in signed:
            if agreement.role == "provider":
                for dataset in agreement.terms.datasets:
                    rules.setdefault(dataset, []).append(rule_at_provider(agreement))
        # Decisions are kept by the object, so what did not change stays the same one.
        before = self._state.given
        return {
            dataset: before[dataset] if before.get(dataset) == tuple(found) else tuple(found)
            for dataset, found in rules.items()
        }


def _taken(
    signed: tuple[Agreement, ...],
) -> dict[tuple[str, str], tuple[tuple[Agreement, Rule], ...]]:
    found: dict[tuple[str, str], list[tuple[Agreement, Rule]]] = {}
    for agreement in signed:
        if agreement.role == "consumer":
            pair = (agreement, rule_at_consumer(agreement))
            for dataset in agreement.terms.datasets:
                found.setdefault((agreement.peer, dataset), []).append(pair)
    return {key: tuple(sorted(pairs, key=_rank)) for key, pairs in found.items()}


def _rank(pair: tuple[Agreement, Rule]) -> tuple[bool, int, float]:
    terms = pair[0].terms
    only_groups = any(isinstance(each, OnlyAggregates) for each in terms.obligations)
    return (only_groups, -len(terms.actions), -terms.ends.timestamp())
