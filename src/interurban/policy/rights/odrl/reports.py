"""Compliance reports: what an evaluation found, rule by rule, and the same as RDF.

The RDF follows the ODRL Compliance Report Model (https://w3id.org/force/compliance-report).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from rdflib import RDF, BNode, Graph, Literal
from rdflib.term import Node

from .vocabulary import DCT, REPORT

__all__ = [
    "Deontic",
    "DutyState",
    "Performance",
    "PolicyReport",
    "Premise",
    "PremiseKind",
    "RuleKind",
    "RuleReport",
    "to_graph",
]

PremiseKind = OneOf["TargetReport", "PartyReport", "ActionReport", "ConstraintReport"]
RuleKind = OneOf["PermissionReport", "ProhibitionReport", "DutyReport"]
Performance = OneOf["Performed", "Unperformed", "Unknown"]
Deontic = OneOf["Fulfilled", "Violated", "NonSet"]


@dataclass(frozen=True, slots=True)
class Premise:
    """One thing a rule demands, and whether it holds.

    Parameters
    ----------
    constraint: the node of the constraint, of a constraint's report.
    left: what is known of the left operand; nothing where nothing is.
    operator, right: as the policy has them; told where the constraint holds, as the model says.
    logical: ``odrl:and`` ... of a constraint made of others, which are ``premises``.
    """

    kind: PremiseKind
    satisfied: bool
    constraint: Node | None = None
    left: tuple[Node, ...] = ()
    operator: Node | None = None
    right: tuple[Node, ...] = ()
    logical: Node | None = None
    premises: tuple[Premise, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyState:
    """How a duty stands.

    Parameters
    ----------
    report: the node of the world that says so; ``None`` where the world says nothing.
    """

    duty: Node
    report: Node | None
    performance: Performance
    deontic: Deontic


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What one rule says of one requested rule.

    Parameters
    ----------
    conditions: the duties of a permission.
    active: every premise holds, and no duty is violated.
    state: how an obligation of the policy itself stands.
    """

    kind: RuleKind
    rule: Node
    request: Node
    premises: tuple[Premise, ...]
    conditions: tuple[DutyState, ...]
    active: bool
    state: DutyState | None = None


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """What one policy says of one request, at the time of the world."""

    policy: Node
    request: Node
    created: Literal | None
    rules: tuple[RuleReport, ...]


def to_graph(reports: tuple[PolicyReport, ...]) -> Graph:
    """The reports as RDF; reports are blank nodes, what they speak of keeps its name."""
    graph = Graph()
    graph.bind("report", REPORT)
    for report in reports:
        node = BNode()
        graph.add((node, RDF.type, REPORT.PolicyReport))
        graph.add((node, REPORT.policy, report.policy))
        graph.add((node, REPORT.policyRequest, report.request))
        if report.created is not None:
            graph.add((node, DCT.created, report.created))
        for rule in report.rules:
            graph.add((node, REPORT.ruleReport, _rule(graph, rule)))
    return graph


def _rule(graph: Graph, report: RuleReport) -> Node:
    node = BNode()
    graph.add((node, RDF.type, REPORT[report.kind]))
    graph.add((node, REPORT.attemptState, REPORT.Attempted))
    graph.add((node, REPORT.rule, report.rule))
    graph.add((node, REPORT.ruleRequest, report.request))
    graph.add((node, REPORT.activationState, REPORT.Active if report.active else REPORT.Inactive))
    if report.state is not None:
        _states(graph, node, report.state)
    for premise in report.premises:
        graph.add((node, REPORT.premiseReport, _premise(graph, premise)))
    for condition in report.conditions:
        graph.add((node, REPORT.conditionReport, _condition(graph, condition)))
    return node


def _condition(graph: Graph, state: DutyState) -> Node:
    """The world's own report on a duty by its name; one of ours where the world has none."""
    if state.report is not None:
        return state.report
    node = BNode()
    graph.add((node, RDF.type, REPORT.DutyReport))
    graph.add((node, REPORT.rule, state.duty))
    _states(graph, node, state)
    return node


def _states(graph: Graph, node: Node, state: DutyState) -> None:
    graph.add((node, REPORT.performanceState, REPORT[state.performance]))
    graph.add((node, REPORT.deonticState, REPORT[state.deontic]))


def _premise(graph: Graph, premise: Premise) -> Node:
    node = BNode()
    graph.add((node, RDF.type, REPORT[premise.kind]))
    satisfied = REPORT.Satisfied if premise.satisfied else REPORT.Unsatisfied
    graph.add((node, REPORT.satisfactionState, satisfied))
    if premise.constraint is not None:
        graph.add((node, REPORT.constraint, premise.constraint))
    for value in premise.left:
        graph.add((node, REPORT.constraintLeftOperand, value))
    if premise.logical is not None:
        graph.add((node, REPORT.constraintLogicalOperand, premise.logical))
    if premise.satisfied and premise.operator is not None:
        graph.add((node, REPORT.constraintOperator, premise.operator))
        for value in premise.right:
            graph.add((node, REPORT.constraintRightOperand, value))
    for part in premise.premises:
        graph.add((node, REPORT.premiseReport, _premise(graph, part)))
    return node
