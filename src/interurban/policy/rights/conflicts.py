"""What a policy's rules do to each other, found without a reader asking.

A rule is a region: actions x parties x purposes x a span of time. Purposes are a finite set, the
rest are sets and intervals, so overlap is intersection and shadowing is inclusion. Parties may
overlap unless it is known that they can't: a person has one account and one organisation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

from interurban.core import policy as p
from interurban.query.cql2 import names_in
from interurban.standards.spelling import did_you_mean

from . import purposes, wording
from .fields import misfits, telling_places
from .findings import Finding, sorted_findings

__all__ = ["Surroundings", "find_conflicts"]

_KINDS = ("account", "organisation", "group")
_EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around a policy; ``None`` where it is not known, and nothing is checked.

    Parameters
    ----------
    fields: names of the dataset's fields.
    types: field to type, of those whose type is known.
    licences: ids of the city's licences.
    parties: ``account:``, ``organisation:`` and ``group:`` names that exist. Partners are not
        looked up: an agreement may name one before it is paired.
    """

    fields: Collection[str] | None = None
    types: Mapping[str, str] | None = None
    licences: Collection[str] | None = None
    parties: Collection[str] | None = None


NOTHING = Surroundings()


def find_conflicts(
    policy: p.Policy, at: datetime, around: Surroundings = NOTHING
) -> tuple[Finding, ...]:
    """Everything that is wrong with a policy, or worth a second look, errors first.

    Parameters
    ----------
    at: now; a rule that ended before it is expired.
    """
    return sorted_findings(
        [
            *_unknown_licence(policy, around),
            *(finding for rule in policy.rules for finding in _of_rule(rule, at, around)),
            *_between(policy.rules),
            *_nothing_permitted(policy, at),
        ]
    )


# One rule


def _of_rule(rule: p.Rule, at: datetime, around: Surroundings) -> Iterator[Finding]:
    begin, end = _span(rule)
    if begin >= end:
        yield _error(rule, "ends before it begins, so it never applies", "Swap its dates.")
    elif end <= at:
        yield _warning(
            rule, f"expired on {wording.day(end)}", "Take it out, or give it a later end."
        )
    for purpose in rule.purposes:
        if purpose not in purposes.purposes():
            yield _error(
                rule, f'is for "{purpose}", which is no purpose', purposes.nearest(purpose)
            )
    for party in rule.to:
        kind = party.partition(":")[0]
        if around.parties is not None and kind in _KINDS and party not in around.parties:
            yield _warning(
                rule,
                f"is about {wording.party(party)}, which this node does not know",
                did_you_mean(party, around.parties),
            )
    yield from _fields(rule, around)
    yield from _obligations(rule)


def _fields(rule: p.Rule, around: Surroundings) -> Iterator[Finding]:
    for one in rule.obligations:
        for name in _named(one):
            if around.fields is not None and name not in around.fields:
                yield _error(
                    rule,
                    f'speaks of the field "{name}", which the dataset does not have',
                    did_you_mean(name, around.fields),
                )
    for what, advice in misfits(rule.obligations, around.types or {}):
        yield _error(rule, what, advice)
    open_ = _left(rule.obligations, around)
    telling = telling_places(rule.obligations, open_)
    if telling:
        yield _warning(
            rule,
            f"makes places coarse, but leaves {wording.joined(telling)}, which by name can tell "
            "where more closely",
            "Leave them out with without, or look what is in them.",
        )


def _left(obligations: tuple[p.Obligation, ...], around: Surroundings) -> Collection[str]:
    """Fields of which something is left: of statistics, those that they may be asked by."""
    for one in obligations:
        if isinstance(one, p.OnlyAggregates):
            return one.by
    return around.fields or ()


def _named(one: p.Obligation) -> tuple[str, ...]:
    match one:
        case p.OnlyRows(where):
            return tuple(sorted(names_in(where)))
        case p.Without(fields):
            return fields
        case p.Masked() | p.CoarseTime() | p.Capped() | p.Rounded():
            return (one.field,)
        case p.OnlyAggregates(by):
            return tuple(name for name in by if name != "geometry")
        case p.SmallCounts(field, _, rows, columns, within):
            return (field, rows, columns, *within)
        case _:
            return ()


def _obligations(rule: p.Rule) -> Iterator[Finding]:
    """Obligations that undo, or can't follow, one another."""
    gone: set[str] = set()
    for one in rule.obligations:
        late = sorted(gone.intersection(_named(one)))
        if late and not isinstance(one, p.Without | p.OnlyAggregates):
            yield _error(
                rule,
                f"changes {wording.joined(late)} after leaving it out",
                "Put the change first, or take it away.",
            )
        if isinstance(one, p.OnlyAggregates):
            lost = sorted(gone.intersection(one.by))
            if lost:
                yield _error(
                    rule,
                    f"groups by {wording.joined(lost)}, which it leaves out",
                    "Group by something else, or keep the field.",
                )
            rows = tuple(each for each in rule.actions if each in ("read", "export"))
            if rows:
                yield _warning(
                    rule,
                    f"lets people {wording.actions(rows)}, but gives only counts and statistics",
                    "Permit aggregate alone.",
                )
        if isinstance(one, p.Without):
            gone.update(one.fields)


# Between rules


def _between(rules: tuple[p.Rule, ...]) -> Iterator[Finding]:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            yield _error(rule, "has the id of another rule", "Rename one of the two.")
        seen.add(rule.id)
    permits = [rule for rule in rules if rule.effect == "permit"]
    forbids = [rule for rule in rules if rule.effect == "forbid"]
    for permit, forbid in product(permits, forbids):
        if not _overlap(permit, forbid):
            continue
        if _covers(forbid, permit):
            yield Finding(
                "error",
                (permit.id, forbid.id),
                f'Rule "{permit.id}" never applies: rule "{forbid.id}" forbids all of it.',
                "Take one of the two out, or narrow the prohibition.",
            )
        else:
            shared = tuple(each for each in permit.actions if each in forbid.actions)
            yield Finding(
                "warning",
                (permit.id, forbid.id),
                f'Rule "{permit.id}" permits some of what rule "{forbid.id}" forbids: to '
                f"{wording.actions(shared)}. There, the prohibition wins.",
            )
    for position, permit in enumerate(permits):
        for other in permits[:position] + permits[position + 1 :]:
            if _covers(other, permit) and _asks_less(other, permit, permits):
                yield Finding(
                    "warning",
                    (permit.id, other.id),
                    f'Rule "{permit.id}" never applies: rule "{other.id}" permits the same and '
                    "asks no more.",
                    "Take it out, or ask more in the other rule.",
                )


def _asks_less(one: p.Rule, other: p.Rule, rules: list[p.Rule]) -> bool:
    """Whether a reader of both would always be given ``one``; of equal rules, the first is."""
    less, more = set(one.obligations), set(other.obligations)
    if less != more:
        return less < more
    duties, other_duties = set(one.duties), set(other.duties)
    if duties != other_duties:
        return duties < other_duties
    return rules.index(one) < rules.index(other)


def _overlap(one: p.Rule, other: p.Rule) -> bool:
    begin = max(_span(one)[0], _span(other)[0])
    end = min(_span(one)[1], _span(other)[1])
    return (
        begin < end
        and not set(one.actions).isdisjoint(other.actions)
        and not _purposes(one).isdisjoint(_purposes(other))
        and any(_may_be_same(a, b) for a, b in product(one.to, other.to))
    )


def _covers(wide: p.Rule, narrow: p.Rule) -> bool:
    (begin, end), (other_begin, other_end) = _span(wide), _span(narrow)
    return (
        begin <= other_begin < other_end <= end
        and set(narrow.actions) <= set(wide.actions)
        and _purposes(narrow) <= _purposes(wide)
        and all(any(_includes(a, b) for a in wide.to) for b in narrow.to)
    )


def _includes(wide: str, narrow: str) -> bool:
    return wide in (narrow, p.ANYONE) or (wide == p.SIGNED_IN and narrow.startswith("account:"))


def _may_be_same(one: str, other: str) -> bool:
    """Whether one reader can be both."""
    if one == other or p.ANYONE in (one, other):
        return True
    kinds = {one.partition(":")[0], other.partition(":")[0]}
    if "peer" in kinds:
        return not kinds & {p.SIGNED_IN, "account"} and kinds != {"peer"}
    return kinds not in ({"account"}, {"organisation"})


def _purposes(rule: p.Rule) -> frozenset[str]:
    """Every purpose that the rule is about, as decisions have it."""
    everything = (*purposes.purposes(), purposes.PUBLIC)
    if not rule.purposes:
        return frozenset(everything)
    found = {each for each in everything if purposes.covers(rule.purposes, each)}
    if rule.effect == "forbid":
        found.update(*(purposes.broader(each) for each in rule.purposes))
    return frozenset(found)


def _span(rule: p.Rule) -> tuple[datetime, datetime]:
    return rule.not_before or _EVER[0], rule.not_after or _EVER[1]


# The whole


def _unknown_licence(policy: p.Policy, around: Surroundings) -> Iterator[Finding]:
    known = around.licences
    if policy.licence is not None and known is not None and policy.licence not in known:
        yield Finding(
            "error",
            (),
            f'The city has no licence "{policy.licence}".',
            did_you_mean(policy.licence, known, otherwise=f"It has {', '.join(sorted(known))}."),
        )


def _nothing_permitted(policy: p.Policy, at: datetime) -> Iterator[Finding]:
    if not any(rule.effect == "permit" and _span(rule)[1] > at for rule in policy.rules):
        yield Finding(
            "warning",
            (),
            "No rule permits anything, so nobody sees the dataset.",
            "Add a permission if that is not meant.",
        )


def _error(rule: p.Rule, what: str, advice: str) -> Finding:
    return Finding("error", (rule.id,), f'Rule "{rule.id}" {what}.', advice)


def _warning(rule: p.Rule, what: str, advice: str) -> Finding:
    return Finding("warning", (rule.id,), f'Rule "{rule.id}" {what}.', advice)
