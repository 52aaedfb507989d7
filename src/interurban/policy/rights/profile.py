"""Our profile of ODRL: the names that stand for what ODRL has no word for.

``urn:interurban:profile:`` names the action ``aggregate`` (counts, statistics and cells; ODRL's own
``aggregate`` means to make a collection), the actions of the duties that the node carries out
before an answer leaves it, and the operands of their refinements. ``docs/policies.md`` lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

from rdflib import Namespace, URIRef

from interurban.core import policy
from interurban.core.policy import ANYONE, Action, Obligation

from .odrl.vocabulary import CC, ODRL

__all__ = [
    "ACTIONS",
    "DUTIES",
    "OBLIGATIONS",
    "OPERANDS",
    "PROFILE",
    "asset",
    "party",
    "party_named",
]

PROFILE = Namespace("urn:interurban:profile:")

ACTIONS: Mapping[Action, URIRef] = {
    "read": ODRL.read,
    "aggregate": PROFILE.aggregate,
    "export": ODRL.reproduce,
    "derive": ODRL.derive,
}
"""Ours by name; all of them are included in ``odrl:use``."""

DUTIES: Mapping[str, URIRef] = {
    name: CC.ShareAlike if name == "shareAlike" else ODRL[name]
    for name in """attribute inform delete anonymize obtainConsent reviewPolicy compensate include
        shareAlike""".split()
}
"""What a reader does in return."""

OBLIGATIONS: Mapping[type[Obligation], URIRef] = {
    policy.OnlyRows: PROFILE.keepRows,
    policy.Without: PROFILE.withhold,
    policy.Masked: PROFILE.mask,
    policy.CoarseTime: PROFILE.coarsenTime,
    policy.CoarsePlace: PROFILE.coarsenPlace,
    policy.Crowds: PROFILE.placeInCrowds,
    policy.Capped: PROFILE.cap,
    policy.Rounded: PROFILE.round,
    policy.OnlyAggregates: PROFILE.giveAggregates,
    policy.SmallCounts: PROFILE.hideSmallCounts,
}
"""What the node does before an answer leaves it."""

OPERANDS: Mapping[str, URIRef] = {
    name: PROFILE[name]
    for name in (
        "where fields field value to metres area atLeast low high by below rows columns within "
        "rowTotal columnTotal"
    ).split()
}


def asset(dataset: str) -> URIRef:
    """The name of a dataset."""
    return URIRef(f"urn:interurban:dataset:{quote(dataset)}")


def party(name: str) -> URIRef | None:
    """The name of those a rule is about (``group:press``); none for anyone."""
    return None if name == ANYONE else URIRef(f"urn:interurban:party:{quote(name, safe=':')}")


def party_named(node: object) -> str | None:
    """Whom a name stands for, as rules write it; ``None`` where it is not one of ours."""
    head, found, name = str(node).partition("urn:interurban:party:")
    return unquote(name) if found and not head else None
