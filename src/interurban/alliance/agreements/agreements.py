"""The agreements of a node: what its people do, what a partner's node tells, what is in force.

A step is taken here and told to the partner: both in one transaction, so that neither is lost. What
a partner tells is checked as if it were hostile: its key, its role, the state, the version and the
hash of the terms, and whose signature it is; then it is taken whole, or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from interurban.alliance.messages import FRESH, Answer, Message, unseal
from interurban.core.alliance import Agreement, Assessment, Peer, State, Terms
from interurban.core.errors import Conflict, InterurbanError, Refused
from interurban.core.policy import Rule
from interurban.policy.audit import NodeKey, node_key, record
from interurban.store.control import Records

from . import outbox, register, reminders, signing, states
from .assessing import expect_assessed
from .datasets import Datasets
from .moves import expect_paired, expect_time_left, tell, to_sign
from .refusals import Refusals
from .register import View
from .rules import InForce
from .signing import By
from .steps import KIND, Step, check_reason, read_step, sealed_in
from .taking import take
from .terms import checked
from .writing import terms_hash

__all__ = ["Agreements"]

_log = structlog.get_logger("interurban.alliance")


class Agreements:
    """All agreements between this node and its partners. Safe to share between threads.

    Parameters
    ----------
    records: the tables of the alliance.
    home: the data folder, with the node's key and its audit log.
    clock: says what time it is.
    """

    def __init__(
        self,
        records: Records,
        home: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._records = records
        self._home = home
        self._clock = clock
        self._in_force = InForce(records, clock)
        self._refusals = Refusals(home)

    @cached_property
    def _key(self) -> NodeKey:
        return node_key(self._home)

    # What there is

    def all(self) -> tuple[Agreement, ...]:
        """Every agreement, those that changed last first."""
        with self._records.reading() as connection:
            return register.all_of(connection)

    def get(self, agreement: str) -> Agreement:
        """An agreement; NotFound when there is none of that id."""
        with self._records.reading() as connection:
            return register.get(connection, agreement)

    def views(self) -> tuple[View, ...]:
        """Every agreement with its partner and its steps, those that changed last first."""
        with self._records.reading() as connection:
            waiting = outbox.waiting_for(connection)
            return tuple(
                register.view(connection, each, waiting) for each in register.all_of(connection)
            )

    def view(self, agreement: str) -> View:
        """An agreement with its partner and its steps; NotFound when there is none of that id."""
        with self._records.reading() as connection:
            found = register.get(connection, agreement)
            return register.view(connection, found, outbox.waiting_for(connection))

    @property
    def public(self) -> bytes:
        """The public key of this node, 32 bytes."""
        return self._key.public

    # What is in force

    def given(self, dataset: str) -> tuple[Rule, ...]:
        """What partners may do with a dataset of this node: a rule for each agreement.

        The same object until something changes; what another process changes is seen within a
        second. The rules begin and end by the clock.
        """
        return self._in_force.given(dataset)

    def taken(self, peer: str, dataset: str) -> tuple[Agreement, Rule] | None:
        """The agreement in force by which this node may ask a partner for a dataset.

        Returns
        -------
        With the rule that this node's own readers are under; ``None`` when there is none.
        """
        return self._in_force.taken(peer, dataset)

    # What the people of this node do

    def request(self, peer: str, terms: Terms, by: By) -> Agreement:
        """Ask a partner for data, on terms.

        Raises
        ------
        BadRequest: the terms can't be so.
        NotFound: there is no such partner.
        Conflict: it is not paired, or the terms are over already.
        """
        terms = checked(terms)
        step = Step(str(uuid.uuid4()), "REQUESTED", 1, terms_hash(terms), by, terms)
        now = self._clock()
        expect_time_left(terms, now)
        with self._records.writing() as connection:
            partner = register.partner(connection, peer)
            expect_paired(partner)
            register.begin(connection, partner, "consumer", step, now)
            tell(connection, self._key, step, "consumer", partner, now)
        return self._done(step, by.account)

    def request_again(self, agreement: str, terms: Terms, by: By) -> Agreement:
        """Ask for other terms than were offered.

        Raises
        ------
        NotFound, Conflict: there is no such agreement, or this is not the time.
        """
        return self._change_terms(agreement, "REQUESTED", terms, by)

    def offer(
        self, agreement: str, by: By, datasets: Datasets, terms: Terms | None = None
    ) -> Agreement:
        """Offer terms: those that were asked for when none are given.

        An impact assessment that was made here becomes part of them.

        Raises
        ------
        NotFound, Conflict: there is no such agreement, or this is not the time; or an impact
            assessment is needed first.
        BadRequest: the datasets are not this node's, or lack a field.
        """
        return self._change_terms(agreement, "OFFERED", terms, by, datasets)

    def accept(self, agreement: str, by: By) -> Agreement:
        """Accept the terms as they were offered.

        Raises
        ------
        NotFound, Conflict: there is no such agreement, or this is not the time.
        """
        return self._go_on(agreement, "ACCEPTED", by)

    def agree(self, agreement: str, by: By, datasets: Datasets) -> Agreement:
        """Sign as the provider.

        Raises
        ------
        NotFound, Conflict: there is no such agreement, or this is not the time; or an impact
            assessment is needed first.
        """
        return self._go_on(agreement, "AGREED", by, datasets)

    def verify(self, agreement: str, by: By) -> Agreement:
        """Sign as the consumer, beside the provider's signature.

        Raises
        ------
        NotFound, Conflict: there is no such agreement, or this is not the time.
        """
        return self._go_on(agreement, "VERIFIED", by)

    def terminate(self, agreement: str, by: By, reason: str) -> Agreement:
        """End an agreement; nothing is given under it from this instant.

        Raises
        ------
        NotFound, Conflict: there is no such agreement, or it has ended.
        BadRequest: no reason is given.
        """
        reason = check_reason(reason, needed=True)
        return self._go_on(agreement, "TERMINATED", by, reason=reason)

    def part(self, peer: str, reason: str = "", account: str | None = None) -> int:
        """End every agreement with a partner that is to be removed; how many were ended.

        Parameters
        ----------
        account: who removes it; the person at this machine when absent.
        """
        by = By("the people of this node", "as they part with the partner", account)
        reason = check_reason(reason, needed=False) or "The two nodes are no partners any more."
        over = [each for each in self.all() if each.peer == peer and not states.is_over(each.state)]
        for agreement in over:
            self.terminate(agreement.id, by, reason)
        return len(over)

    def assess(self, agreement: str, assessment: Assessment, by: By) -> Agreement:
        """Keep an impact assessment for the terms that this node will offer.

        Raises
        ------
        NotFound, Conflict: there is no such agreement, or terms can't be changed now.
        """
        now = self._clock()
        with self._records.writing() as connection:
            found = register.get(connection, agreement)
            if (found.state, found.role) != ("REQUESTED", "provider"):
                raise Conflict(
                    f"The agreement is {states.DONE[found.state]}, so its terms stand as they are.",
                    advice="An impact assessment is added by the provider, before it offers terms.",
                    part="do",
                )
            register.assess(connection, agreement, assessment, now)
        self._note("assessed", found, by.account)
        return found

    def _change_terms(
        self,
        agreement: str,
        do: State,
        terms: Terms | None,
        by: By,
        datasets: Datasets | None = None,
    ) -> Agreement:
        now = self._clock()
        with self._records.writing() as connection:
            found = register.get(connection, agreement)
            states.expect(found.state, do, found.role)
            asked = terms or found.terms
            draft = register.drafted(connection, agreement)
            if datasets is not None:
                if asked.assessment is None and draft is not None:
                    asked = replace(asked, assessment=draft)
                datasets.expect(asked)
                expect_assessed(asked, datasets.is_open)
            asked = checked(asked)
            expect_time_left(asked, now)
            step = Step(agreement, do, found.version + 1, terms_hash(asked), by, asked)
            self._take_own(connection, found, step, now)
        return self._done(step, by.account)

    def _go_on(
        self,
        agreement: str,
        do: State,
        by: By,
        datasets: Datasets | None = None,
        reason: str = "",
    ) -> Agreement:
        now = self._clock()
        with self._records.writing() as connection:
            found = register.get(connection, agreement)
            states.expect(found.state, do, found.role)
            step = Step(agreement, do, found.version, found.terms_hash, by, reason=reason)
            if do != "TERMINATED":
                expect_time_left(found.terms, now)
            if datasets is not None:
                expect_assessed(found.terms, datasets.is_open)
            if do in ("AGREED", "VERIFIED"):
                partner = register.partner(connection, found.peer)
                said = to_sign(found, self._key.fingerprint, partner, found.role)
                said = replace(said, name=by.name, office=by.office)
                said = replace(said, at=now.astimezone(UTC).isoformat(timespec="seconds"))
                step = replace(step, signature=signing.sign(self._key, said))
            self._take_own(connection, found, step, now)
        return self._done(step, by.account)

    def _take_own(
        self, connection: sa.Connection, found: Agreement, step: Step, now: datetime
    ) -> None:
        partner = register.partner(connection, found.peer)
        if step.do != "TERMINATED":
            expect_paired(partner)
        register.carry_on(connection, step, now)
        tell(connection, self._key, step, found.role, partner, now)

    def _done(self, step: Step, account: str | None) -> Agreement:
        self._in_force.forget()
        found = self.get(step.agreement)
        self._note(step.do.lower(), found, account)
        return found

    # What a partner's node tells

    def handle(self, peer: Peer, message: Message) -> Answer:
        """Take a step that a partner tells of; one that came before changes nothing.

        Parameters
        ----------
        message: opened, and known to be the partner's.

        Raises
        ------
        InterurbanError: why it can't be taken; it is recorded, and nothing was changed.
        """
        now = self._clock()
        try:
            sealed = sealed_in(message.body)
            told = unseal(
                sealed, kind=KIND, own=self._key.fingerprint, public=peer.public, fresh=False
            )
            if told.at > now + FRESH:
                raise Refused(
                    "The step was sealed at a time that is still to come.",
                    advice="Set both clocks by a time server (NTP).",
                    part="at",
                )
            step = read_step(told.body)
            with self._records.writing() as connection:
                taken = take(connection, self._key, peer, told, sealed, step, now)
                found = register.find(connection, step.agreement)
        except InterurbanError as error:
            self._refusals.note(peer, message.body, error)
            raise
        self._in_force.forget()
        for each in taken:
            if found is not None:
                _log.info("agreement", id=found.id, state=each, peer=peer.id)
                self._note(each.lower(), found, f"peer:{peer.id}", state=each)
        return Answer(_answer(step, found, is_new=bool(taken)))

    # What time brings

    def send_waiting(self, calls: outbox.Asks) -> int:
        """Send steps that partners have not taken yet; how many were taken. Also reminds."""
        self.remind()
        return outbox.send(self._records, calls, self._clock())

    def remind(self) -> tuple[Agreement, ...]:
        """Record, once each, which agreements end soon, and which have run out."""
        found = reminders.due(self._records, self._in_force.signed(), self._clock())
        for agreement, what in found:
            _log.warning(
                f"agreement {what}", id=agreement.id, title=agreement.terms.title,
                peer=agreement.peer, ends=agreement.terms.ends.isoformat(),
            )  # fmt: skip
            self._note(what, agreement, "node")
        return tuple(agreement for agreement, _ in found)

    def _note(
        self, what: str, found: Agreement, account: str | None, state: State | None = None
    ) -> None:
        """Write a change to the audit log; no names stand in its open part."""
        facts: Mapping[str, int | str] = {
            "id": found.id,
            "state": (state or found.state).lower(),
            "version": found.version,
            "terms_hash": found.terms_hash,
        }
        details: dict[str, Any] = {"peer": found.peer, "title": found.terms.title}
        if found.reason:
            details["reason"] = found.reason
        record(self._home, "agreement", what, who=account, facts=facts, details=details)


def _answer(step: Step, found: Agreement | None, *, is_new: bool) -> dict[str, Any]:
    if found is None:
        return {"agreement": step.agreement, "state": "TERMINATED", "new": False}
    return {
        "agreement": found.id,
        "state": found.state,
        "version": found.version,
        "terms_hash": found.terms_hash,
        "new": is_new,
    }
