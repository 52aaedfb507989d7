"""The evaluation: request, policy and state of the world to a compliance report.

A rule has a premise for each thing it states, and none for what it leaves open: the action (or one
that it is part of), the assignee and the target (or a collection that they are part of), and every
constraint and refinement. It is active when all of them hold and no duty of it is violated.

What a policy states for all of its rules, and what it inherits from others, counts for each rule.
Where a rule names several actions, parties or targets, each of them will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.term import Node

from .constraints import Facts, judged, values_of
from .reports import (
    Deontic,
    DutyState,
    Performance,
    PolicyReport,
    Premise,
    PremiseKind,
    RuleKind,
    RuleReport,
)
from .vocabulary import DCT, ODRL, REPORT, actions_above, current

__all__ = ["NOW", "POLICY_TYPES", "evaluate", "inherited", "rules_of", "stated", "strategy"]

NOW = URIRef("http://example.com/request/currentTime")
"""The node of the world whose ``dct:issued`` is the time of an evaluation; the suite names it."""

POLICY_TYPES = tuple(ODRL[name] for name in ("Set", "Policy", "Offer", "Agreement", "Privacy"))
_KINDS: Mapping[URIRef, RuleKind] = {
    ODRL.permission: "PermissionReport",
    ODRL.prohibition: "ProhibitionReport",
    ODRL.obligation: "DutyReport",
}
_NAMED: tuple[tuple[PremiseKind, URIRef], ...] = (
    ("TargetReport", ODRL.target),
    ("PartyReport", ODRL.assignee),
)
_PERFORMANCE: Mapping[Node | None, Performance] = {
    REPORT.Performed: "Performed",
    REPORT.Unperformed: "Unperformed",
}
_DEONTIC: Mapping[Node | None, Deontic] = {
    REPORT.Fulfilled: "Fulfilled",
    REPORT.Violated: "Violated",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One requested rule, and what is known beside it."""

    policy: Graph
    requests: Graph
    world: Graph
    node: Node

    def value(self, predicate: Node) -> tuple[Node, ...]:
        return values_of(self.requests, self.node, predicate)

    def facts(self, about: tuple[Node, ...]) -> Facts:
        """What is known of left operands: the time, what the request states, what the world says.

        ``about``: the nodes whose properties in the world, and refinements in the request, count.
        """

        def of(left: Node) -> tuple[Node, ...]:
            if left == ODRL.dateTime:
                return tuple(self.world.objects(NOW, DCT.issued))
            stated = [*_stated_values(self.requests, self.node, ODRL.constraint, left)]
            for node in about:
                stated += _stated_values(self.requests, node, ODRL.refinement, left)
                stated += self.world.objects(node, left)
            return tuple(dict.fromkeys(stated))

        return Facts(of, (self.policy, self.world))


def evaluate(policy: Graph, requests: Graph, world: Graph) -> tuple[PolicyReport, ...]:
    """A report for each policy and each request.

    Parameters
    ----------
    world: the time (``NOW dct:issued``), memberships (``odrl:partOf``), what is a kind of what,
        and reports on duties.
    """
    created = world.value(NOW, DCT.issued)
    return tuple(
        PolicyReport(
            _name(policy, one),
            _name(requests, request),
            created if isinstance(created, Literal) else None,
            tuple(
                _rule_report(kind, one, rule, _Asked(policy, requests, world, asked))
                for asked in _requested(requests, request)
                for kind, rule in rules_of(policy, one)
            ),
        )
        for one in _policies(policy)
        for request in _requests(requests)
    )


def rules_of(policy: Graph, one: Node) -> Iterator[tuple[URIRef, Node]]:
    """Every rule of a policy, its own and inherited, with the property that it hangs on."""
    for holder in inherited(policy, one):
        for kind in _KINDS:
            for rule in _ordered(policy.objects(holder, kind)):
                yield kind, rule


def inherited(policy: Graph, one: Node) -> tuple[Node, ...]:
    """A policy and all that it inherits from; a circle is walked once."""
    found = [one]
    for holder in found:
        found += [above for above in policy.objects(holder, ODRL.inheritFrom) if above not in found]
    return tuple(found)


def strategy(policy: Graph, one: Node) -> Node:
    """How a policy settles conflicts, by what it or those that it inherits from say.

    Where nothing is said, or different things are, ``odrl:invalid``: a conflict voids the policy.
    """
    said = {each for node in inherited(policy, one) for each in policy.objects(node, ODRL.conflict)}
    return said.pop() if len(said) == 1 else ODRL.invalid


def stated(policy: Graph, one: Node, rule: Node, predicate: Node) -> tuple[Node, ...]:
    """What a rule says of itself, or else what its policy says for all of its rules."""
    return values_of(policy, rule, predicate) or values_of(policy, one, predicate)


def _policies(graph: Graph) -> list[Node]:
    found = {node for kind in POLICY_TYPES for node in graph.subjects(RDF.type, kind)}
    used = {above for node in found for above in graph.objects(node, ODRL.inheritFrom)}
    return _ordered(found - used or found)


def _requests(graph: Graph) -> list[Node]:
    return _ordered(graph.subjects(RDF.type, ODRL.Request))


def _requested(graph: Graph, request: Node) -> list[Node]:
    return _ordered(graph.objects(request, ODRL.permission))


def _name(graph: Graph, node: Node) -> Node:
    return node if isinstance(node, URIRef) else graph.value(node, ODRL.uid) or node


def _rule_report(kind: URIRef, one: Node, rule: Node, asked: _Asked) -> RuleReport:
    premises = tuple(_premises(one, rule, asked))
    conditions = tuple(
        _duty_state(asked.world, duty)
        for duty in _ordered(asked.policy.objects(rule, ODRL.duty))
        if kind == ODRL.permission
    )
    return RuleReport(
        kind=_KINDS[kind],
        rule=rule,
        request=asked.node,
        premises=premises,
        conditions=conditions,
        active=all(premise.satisfied for premise in premises)
        and not any(condition.deontic == "Violated" for condition in conditions),
        state=_duty_state(asked.world, rule) if kind == ODRL.obligation else None,
    )


def _premises(one: Node, rule: Node, asked: _Asked) -> Iterator[Premise]:
    for kind, predicate in _NAMED:
        wanted = stated(asked.policy, one, rule, predicate)
        if wanted:
            given = asked.value(predicate)
            holds = any(_is_part(asked, each, wanted) for each in given)
            yield Premise(kind, holds)
            for node in wanted:
                yield from _constraints(asked, node, ODRL.refinement, given)
    actions = stated(asked.policy, one, rule, ODRL.action)
    if actions:
        given = tuple(_action(asked.requests, each) for each in asked.value(ODRL.action))
        wanted = tuple(current(_action(asked.policy, each)) for each in actions)
        holds = any(
            not actions_above(each, asked.policy, asked.world).isdisjoint(wanted) for each in given
        )
        yield Premise("ActionReport", holds)
        for node in actions:
            yield from _constraints(asked, node, ODRL.refinement, asked.value(ODRL.action))
    about = (*asked.value(ODRL.assignee), *asked.value(ODRL.target), asked.node)
    yield from _constraints(asked, rule, ODRL.constraint, about)


def _constraints(
    asked: _Asked, node: Node, predicate: Node, about: tuple[Node, ...]
) -> Iterator[Premise]:
    for constraint in _ordered(asked.policy.objects(node, predicate)):
        yield judged(asked.policy, constraint, asked.facts(about))


def _is_part(asked: _Asked, given: Node, wanted: tuple[Node, ...]) -> bool:
    """Whether it is one of the wanted, or the world knows it as part of a collection of them."""
    memberships = Facts(lambda _: (), (asked.world,)).above(given)
    sources = {source for each in wanted for source in asked.policy.objects(each, ODRL.source)}
    return not memberships.isdisjoint({*wanted, *sources})


def _action(graph: Graph, node: Node) -> Node:
    """The action itself, where the node is one with refinements."""
    return graph.value(node, RDF.value) or node


def _stated_values(graph: Graph, node: Node, predicate: Node, left: Node) -> Iterator[Node]:
    """The values that a request gives an operand: constraints with ``eq`` or ``isAnyOf``."""
    for constraint in graph.objects(node, predicate):
        if (constraint, ODRL.leftOperand, left) in graph and graph.value(
            constraint, ODRL.operator
        ) in (ODRL.eq, ODRL.isAnyOf, ODRL.isA):
            yield from values_of(graph, constraint, ODRL.rightOperand)


def _duty_state(world: Graph, duty: Node) -> DutyState:
    for report in _ordered(world.subjects(REPORT.rule, duty)):
        deontic = world.value(report, REPORT.deonticState)
        if deontic is not None:
            performance = world.value(report, REPORT.performanceState)
            return DutyState(
                duty,
                report,
                _PERFORMANCE.get(performance, "Unknown"),
                _DEONTIC.get(deontic, "NonSet"),
            )
    return DutyState(duty, None, "Unknown", "NonSet")


def _ordered(nodes: Iterable[Node]) -> list[Node]:
    """The same order each time, and each once."""
    return sorted(set(nodes), key=str)
