"""What the rules of an ODRL policy do to each other, found without a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product

from rdflib import RDF, Graph, URIRef
from rdflib.term import Node

from interurban.policy.rights import purposes
from interurban.policy.rights.findings import Finding, Severity, sorted_findings

from .evaluation import POLICY_TYPES, rules_of, stated, strategy
from .ranges import Alternative, alternatives, contradicted, joined, latest
from .vocabulary import LOGICAL, ODRL, OPERATORS, actions_above, current

__all__ = ["find_odrl_conflicts"]

_MOST_PAIRS = 100_000
_CIRCLES = (ODRL.inheritFrom, ODRL.partOf, ODRL.includedIn, *LOGICAL)


def find_odrl_conflicts(graph: Graph, at: datetime) -> tuple[Finding, ...]:
    """Everything that is wrong with the policies of a document, errors first.

    Parameters
    ----------
    at: now; a rule whose time is over before it is expired.
    """
    found = [*_circles(graph), *_unknown(graph)]
    for one in {node for kind in POLICY_TYPES for node in graph.subjects(RDF.type, kind)}:
        rules = [_Rule(graph, one, kind, rule) for kind, rule in rules_of(graph, one)]
        for rule in rules:
            found += rule.never_applies(at)
        settled = strategy(graph, one)
        for permit, forbid in product(rules, rules):
            if permit.kind == ODRL.permission and forbid.kind == ODRL.prohibition:
                found += _between(permit, forbid, settled)
    return sorted_findings(sorted(found, key=lambda each: (each.rules, each.what)))


class _Rule:
    """A rule with all that its policy states for it."""

    def __init__(self, graph: Graph, one: Node, kind: URIRef, rule: Node) -> None:
        self.graph = graph
        self.kind = kind
        self.node = rule
        self.name = str(rule)
        self.actions = self._named(stated(graph, one, rule, ODRL.action))
        self.parties = stated(graph, one, rule, ODRL.assignee)
        self.targets = stated(graph, one, rule, ODRL.target)
        self.ways = alternatives(graph, graph.objects(rule, ODRL.constraint))

    def never_applies(self, at: datetime) -> Iterator[Finding]:
        """Whether its constraints contradict each other, or its time is over."""
        if self.ways is None:
            return
        operands = [contradicted(self.graph, way) for way in self.ways]
        if all(operand is not None for operand in operands):
            named = ", ".join(sorted({_short(each) for each in operands})) or "themselves"
            yield Finding(
                "error",
                (self.name,),
                f'Rule "{_short(self.node)}" never applies: its constraints on {named} can\'t '
                "hold together.",
                "Mend or take out one of them.",
            )
            return
        ends = [latest(self.graph, way, ODRL.dateTime) for way in self.ways]
        if all(isinstance(end, datetime) and end < at for end in ends):
            yield Finding(
                "warning",
                (self.name,),
                f'Rule "{_short(self.node)}" expired on {max(ends):%d %B %Y}.',
                "Take it out, or give it a later end.",
            )

    def meets(self, other: _Rule) -> bool:
        """Whether one request can make both active."""
        return (
            self._acts(other)
            and _may_be_same(self.graph, self.parties, other.parties)
            and _may_be_same(self.graph, self.targets, other.targets)
            and self.can_hold_with(other)
        )

    def can_hold_with(self, other: _Rule) -> bool:
        """Whether the constraints of both leave a value for every operand."""
        if self.ways is None or other.ways is None:
            return True
        if len(self.ways) * len(other.ways) > _MOST_PAIRS:
            return True
        return any(self._possible(way) for way in joined(self.ways, other.ways))

    def _possible(self, way: Alternative) -> bool:
        return contradicted(self.graph, way) is None

    def _acts(self, other: _Rule) -> bool:
        if not self.actions or not other.actions:
            return True
        return any(
            mine in actions_above(theirs, self.graph) or theirs in actions_above(mine, self.graph)
            for mine, theirs in product(self.actions, other.actions)
        )

    def _named(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        return tuple(current(self.graph.value(node, RDF.value) or node) for node in nodes)


def _may_be_same(graph: Graph, some: tuple[Node, ...], others: tuple[Node, ...]) -> bool:
    """Whether they may be the same; who or what is in a collection is not known here."""
    if not some or not others or not set(some).isdisjoint(others):
        return True
    return any(
        (each, ODRL.source, None) in graph
        or not {ODRL.PartyCollection, ODRL.AssetCollection}.isdisjoint(
            graph.objects(each, RDF.type)
        )
        for each in (*some, *others)
    )


def _between(permit: _Rule, forbid: _Rule, settled: Node) -> Iterator[Finding]:
    graph = permit.graph
    if permit.meets(forbid):
        severity: Severity = "warning"
        what = f'Rule "{_short(permit.node)}" permits some of what "{_short(forbid.node)}" forbids'
        if settled == ODRL.perm:
            what += "; the permission wins."
        elif settled == ODRL.prohibit:
            what += "; the prohibition wins."
        else:
            severity, what = "error", what + ", which makes the policy void."
        yield Finding(
            severity,
            (permit.name, forbid.name),
            what,
            "Narrow one of them, or say which wins with odrl:conflict." * (severity == "error"),
        )
        return
    for duty in graph.objects(permit.node, ODRL.duty):
        action = graph.value(duty, ODRL.action)
        if action is None or not forbid.can_hold_with(permit):
            continue
        done = actions_above(graph.value(action, RDF.value) or action, graph)
        parties = tuple(graph.objects(duty, ODRL.assignee)) or permit.parties
        targets = tuple(graph.objects(duty, ODRL.target)) or permit.targets
        if (
            (not forbid.actions or not done.isdisjoint(forbid.actions))
            and _may_be_same(graph, parties, forbid.parties)
            and _may_be_same(graph, targets, forbid.targets)
        ):
            yield Finding(
                "error",
                (permit.name, forbid.name),
                f'Rule "{_short(permit.node)}" demands the duty {_short(action)}, which '
                f'"{_short(forbid.node)}" forbids.',
                "Take the duty out, or narrow the prohibition.",
            )


def _circles(graph: Graph) -> Iterator[Finding]:
    for predicate in _CIRCLES:
        for node in sorted(set(graph.subjects(predicate)), key=str):
            if node in _beyond(graph, node, predicate):
                yield Finding(
                    "error",
                    (str(node),),
                    f"{_short(node)} leads back to itself through {_short(predicate)}.",
                    "Break the circle.",
                )


def _beyond(graph: Graph, node: Node, predicate: Node) -> set[Node]:
    found: set[Node] = set()
    waiting = list(graph.objects(node, predicate))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += graph.objects(one, predicate)
    return found


def _unknown(graph: Graph) -> Iterator[Finding]:
    for constraint, operator in graph.subject_objects(ODRL.operator):
        if operator not in OPERATORS:
            yield Finding(
                "error",
                (str(constraint),),
                f"{_short(operator)} is no operator of ODRL, so its constraint never holds.",
                "Use one of eq, neq, lt, lteq, gt, gteq, isA, isPartOf, hasPart, isAnyOf, isAllOf "
                "and isNoneOf.",
            )
        if graph.value(constraint, ODRL.leftOperand) == ODRL.purpose:
            for value in graph.objects(constraint, ODRL.rightOperand):
                term = purposes.PREFIX + str(value).removeprefix(purposes.DPV)
                if str(value).startswith(purposes.DPV) and term not in purposes.purposes():
                    yield Finding(
                        "error",
                        (str(constraint),),
                        f"{term} is no known purpose.",
                        purposes.nearest(term),
                    )


def _short(node: Node | None) -> str:
    said = str(node)
    return f"odrl:{said.removeprefix(ODRL)}" if said.startswith(ODRL) else said
