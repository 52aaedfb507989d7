"""What people may read of a policy: its terms, and of the names in it their own.

What is permitted to whom in general, for what, until when and on what conditions is public. Which
account, organisation, group or partner a rule names, and by which filter rows are chosen, is for
administrators: a filter can tell what it hides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from interurban.core import policy as p

from . import wording

__all__ = ["EVERYTHING", "Term", "conditions", "is_public", "terms"]

EVERYTHING = None
"""In place of the parties that somebody may know by name: all of them, and filters too."""


@dataclass(frozen=True, slots=True)
class Term:
    """A rule as somebody may read it.

    Parameters
    ----------
    words: the rule in a sentence.
    to: the parties that they may know by name.
    because: the reason; empty where the rule is about others who are named.
    conditions: what an answer is changed by, in words.
    """

    rule: p.Rule
    words: str
    to: tuple[str, ...]
    because: str
    conditions: tuple[str, ...]


def terms(policy: p.Policy, named: Collection[str] | None) -> tuple[Term, ...]:
    """The rules of a policy, as somebody may read them.

    Parameters
    ----------
    named: the parties they may know by name: their own, or ``EVERYTHING``.
    """
    return tuple(_term(rule, named) for rule in policy.rules)


def conditions(
    obligations: Sequence[p.Obligation], named: Collection[str] | None
) -> tuple[str, ...]:
    """What answers are changed by, in words; by which filter rows are chosen, only in full."""
    return tuple(
        "only some rows"
        if named is not None and isinstance(one, p.OnlyRows)
        else wording.obligation(one)
        for one in obligations
    )


def is_public(policy: p.Policy, named: Collection[str] | None) -> bool:
    """Whether somebody may read the policy to the letter."""
    return named is None or all(
        len(_known(rule, named)) == len(rule.to)
        and not any(isinstance(one, p.OnlyRows) for one in rule.obligations)
        for rule in policy.rules
    )


def _term(rule: p.Rule, named: Collection[str] | None) -> Term:
    known = _known(rule, named)
    said = wording.rule(rule, named)
    concerned = len(known) == len(rule.to) or (
        named is not None and not set(named).isdisjoint(rule.to)
    )
    return Term(
        rule=rule,
        words=f"{said[0].upper()}{said[1:]}.",
        to=known,
        because=rule.because if concerned else "",
        conditions=conditions(rule.obligations, named),
    )


def _known(rule: p.Rule, named: Collection[str] | None) -> tuple[str, ...]:
    if named is None:
        return rule.to
    return tuple(each for each in rule.to if each in (*named, p.ANYONE, p.SIGNED_IN))
