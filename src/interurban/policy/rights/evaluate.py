"""The fast road: whether a reader may do something, by the rules of a policy, at an instant.

What no rule permits is refused, and a prohibition wins over every permission. Two things are worth
their reasons:

- **Purposes nest.** A permission for a purpose holds for every kind of it. A prohibition also holds
  for a purpose that is broad enough to include what is forbidden: who asks for "any purpose" can't
  do what "marketing" is refused. A reader who states no purpose is met by rules without purposes
  only.
- **Several permissions.** A reader may lean on any one of them, and takes the one that asks least.
  A permission that asks no more than another (its obligations are among the other's, and where they
  are the same, its duties are) makes the other pointless; of those that are left, the first that
  gives rows applies, or else the first. Obligations of two permissions are never mixed: each was
  agreed as a whole.

A rule is in force from ``not_before`` up to, and not including, ``not_after``.
"""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from interurban.core.errors import InvalidTime
from interurban.core.policy import (
    ACTIONS,
    ANYONE,
    SIGNED_IN,
    Action,
    Decision,
    Obligation,
    OnlyAggregates,
    Policy,
    Reader,
    Rule,
    Without,
)

from . import purposes, wording

__all__ = ["PEER", "Decisions", "decide", "parties_of"]

PEER = "peer:"
"""How the account of a partner node begins; it is not a person who is signed in."""


def decide(policy: Policy, reader: Reader, action: Action, at: datetime) -> Decision:
    """Permit with obligations and duties, or refuse with the reason.

    Parameters
    ----------
    at: the instant it is asked at, with a zone.

    Raises
    ------
    InvalidTime: ``at`` has no zone.
    """
    if at.tzinfo is None:
        raise InvalidTime("The instant of a decision has no time zone.", advice="Give it one.")
    if not purposes.is_known(reader.purpose):
        hint = purposes.nearest(reader.purpose)
        return Decision(False, f'"{reader.purpose}" is not a known purpose. {hint}')
    parties = parties_of(reader)
    forbidden = next(
        (
            rule
            for rule in policy.rules
            if rule.effect == "forbid" and _applies(rule, parties, reader, action, at)
        ),
        None,
    )
    if forbidden is not None:
        return Decision(False, _said(forbidden, parties), forbidden.id)
    found = [
        rule
        for rule in policy.rules
        if rule.effect == "permit" and _applies(rule, parties, reader, action, at)
    ]
    if not found:
        return _not_permitted(policy, parties, reader, action, at)
    rule = _least_obliged(found)
    return Decision(True, _said(rule, parties), rule.id, rule.obligations, rule.duties)


class Decisions:
    """Decisions kept for as long as they hold.

    A decision changes only where a rule begins or ends, so it is kept with the span between the
    two nearest such instants, and expiry is exact. Safe to share between threads.

    Parameters
    ----------
    at_most: decisions kept; past it all are forgotten.
    """

    def __init__(self, at_most: int = 4096) -> None:
        self._at_most = at_most
        self._kept: dict[tuple[int, Reader, Action], _Kept] = {}
        self._lock = Lock()

    def decide(self, policy: Policy, reader: Reader, action: Action, at: datetime) -> Decision:
        """The same as :func:`decide`."""
        key = (id(policy), reader, action)
        kept = self._kept.get(key)
        if kept is not None and kept.holds(policy, at):
            return kept.decision
        decision = decide(policy, reader, action, at)
        with self._lock:
            if len(self._kept) >= self._at_most:
                self._kept.clear()
            self._kept[key] = _Kept(policy, *_span(policy, at), decision)
        return decision


class _Kept:
    """A decision, the span it holds in, and its policy: held so that its id is not used again."""

    __slots__ = ("_policy", "_since", "_until", "decision")

    def __init__(
        self, policy: Policy, since: datetime | None, until: datetime | None, decision: Decision
    ) -> None:
        self._policy = policy
        self._since = since
        self._until = until
        self.decision = decision

    def holds(self, policy: Policy, at: datetime) -> bool:
        """Whether it is the answer for this policy at this instant."""
        return (
            self._policy is policy
            and (self._since is None or self._since <= at)
            and (self._until is None or at < self._until)
        )


def parties_of(reader: Reader) -> frozenset[str]:
    """Every name under which rules know a reader, as rules write them in ``to``."""
    found = {ANYONE, *(f"group:{group}" for group in reader.groups)}
    if reader.account is not None and reader.account.startswith(PEER):
        found.add(reader.account)
    elif reader.account is not None:
        found |= {SIGNED_IN, f"account:{reader.account}"}
    if reader.organisation is not None:
        found.add(f"organisation:{reader.organisation}")
    return frozenset(found)


def _applies(
    rule: Rule, parties: frozenset[str], reader: Reader, action: Action, at: datetime
) -> bool:
    return (
        action in rule.actions
        and not parties.isdisjoint(rule.to)
        and _in_force(rule, at)
        and _for(rule, reader.purpose)
    )


def _in_force(rule: Rule, at: datetime) -> bool:
    return (rule.not_before is None or rule.not_before <= at) and (
        rule.not_after is None or at < rule.not_after
    )


def _for(rule: Rule, purpose: str) -> bool:
    if not rule.purposes or purposes.covers(rule.purposes, purpose):
        return True
    return rule.effect == "forbid" and any(
        purpose in purposes.broader(forbidden) for forbidden in rule.purposes
    )


def _least_obliged(rules: list[Rule]) -> Rule:
    """The first rule that no other asks less than; one that gives rows before one that doesn't."""
    asked = [(_pieces(rule.obligations), frozenset(rule.duties)) for rule in rules]
    left = [
        rule
        for rule, (obligations, duties) in zip(rules, asked, strict=True)
        if not any(
            other < obligations or (other == obligations and other_duties < duties)
            for other, other_duties in asked
        )
    ]
    return next((rule for rule in left if _gives_rows(rule)), left[0])


def _gives_rows(rule: Rule) -> bool:
    return not any(isinstance(each, OnlyAggregates) for each in rule.obligations)


def _pieces(obligations: tuple[Obligation, ...]) -> frozenset[Obligation]:
    """Obligations one by one, so that leaving out one field is less than leaving out two."""
    found: set[Obligation] = set()
    for each in obligations:
        if isinstance(each, Without):
            found |= {Without((field,)) for field in each.fields}
        else:
            found.add(each)
    return frozenset(found)


def _span(policy: Policy, at: datetime) -> tuple[datetime | None, datetime | None]:
    """The nearest instants at or before and after ``at`` at which a rule begins or ends."""
    edges = [
        edge
        for rule in policy.rules
        for edge in (rule.not_before, rule.not_after)
        if edge is not None
    ]
    before = [edge for edge in edges if edge <= at]
    after = [edge for edge in edges if edge > at]
    return max(before, default=None), min(after, default=None)


# Reasons


# Who reads a reason is told of themselves by name, and not of others.


def _said(rule: Rule, parties: frozenset[str]) -> str:
    because = f" {_sentence(rule.because)}" if rule.because else ""
    closes = rule.effect == "forbid" and set(rule.actions) == set(ACTIONS) and ANYONE in rule.to
    if closes and because and not rule.purposes:
        return because.strip()
    return f'The rule "{rule.id}" {wording.rule(rule, parties)}.{because}'


def _not_permitted(
    policy: Policy, parties: frozenset[str], reader: Reader, action: Action, at: datetime
) -> Decision:
    """Why nothing permits it, told by the permission that comes nearest."""
    asked = wording.action(action)
    about = [rule for rule in policy.rules if rule.effect == "permit" and action in rule.actions]
    if not about:
        return Decision(False, f"No rule lets anyone {asked}.")
    missing = [_missing(rule, parties, reader, at) for rule in about]
    position = min(range(len(about)), key=lambda each: len(missing[each]))
    rule, reasons = about[position], wording.joined(missing[position])
    said = wording.rule(rule, parties)
    return Decision(False, f'The rule "{rule.id}" {said}, but {reasons}.', rule.id)


def _missing(rule: Rule, parties: frozenset[str], reader: Reader, at: datetime) -> list[str]:
    found = []
    if parties.isdisjoint(rule.to):
        found.append("you are not one of them" if reader.account else "you are not signed in")
    if not _for(rule, reader.purpose):
        stated = reader.purpose != purposes.PUBLIC
        found.append(
            f"you ask for {purposes.in_words(reader.purpose)}" if stated else "you state no purpose"
        )
    if rule.not_before is not None and at < rule.not_before:
        found.append(f"that begins on {wording.day(rule.not_before)}")
    if rule.not_after is not None and at >= rule.not_after:
        found.append(f"that ended on {wording.day(rule.not_after)}")
    return found


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
