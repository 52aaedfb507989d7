"""Constraints: the twelve operators, and the four ways of joining constraints.

What is not known satisfies nothing: a constraint on an operand that neither the request nor the
world speaks of does not hold, whatever its operator. A date stands for its first instant, and a
time without a zone is UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from .reports import Premise
from .vocabulary import LOGICAL, ODRL, SKOS

__all__ = ["Facts", "judged", "plain", "same", "values_of"]

_DEEPEST = 40
_PART_OF = (RDF.type, RDFS.subClassOf, SKOS.broader, ODRL.partOf)


@dataclass(frozen=True, slots=True)
class Facts:
    """What constraints are judged by.

    Parameters
    ----------
    of: every value known of a left operand.
    graphs: where is said what is a kind, or a part, of what.
    """

    of: Callable[[Node], tuple[Node, ...]]
    graphs: tuple[Graph, ...]

    def above(self, value: Node) -> frozenset[Node]:
        """The value, and all that it is a kind or a part of."""
        found = {value}
        waiting = [value]
        while waiting:
            one = waiting.pop()
            for graph in self.graphs:
                for predicate in _PART_OF:
                    for other in graph.objects(one, predicate):
                        if other not in found:
                            found.add(other)
                            waiting.append(other)
        return frozenset(found)


def judged(policy: Graph, constraint: Node, facts: Facts, depth: int = 0) -> Premise:
    """Whether a constraint, or a constraint made of others, holds."""
    if depth > _DEEPEST:
        return Premise("ConstraintReport", False, constraint)
    for joint in LOGICAL:
        parts = values_of(policy, constraint, joint)
        if parts:
            judgements = tuple(judged(policy, part, facts, depth + 1) for part in parts)
            holding = sum(judgement.satisfied for judgement in judgements)
            return Premise(
                "ConstraintReport",
                _joined(joint, holding, len(judgements)),
                constraint,
                logical=joint,
                premises=judgements,
            )
    left = policy.value(constraint, ODRL.leftOperand)
    operator = policy.value(constraint, ODRL.operator)
    right = values_of(policy, constraint, ODRL.rightOperand)
    known = facts.of(left) if left is not None else ()
    holds = bool(known and right) and _holds(operator, known, right, facts)
    return Premise("ConstraintReport", holds, constraint, known, operator, right)


def values_of(graph: Graph, node: Node, predicate: Node) -> tuple[Node, ...]:
    """Every object of a property, the members of lists one by one."""
    found: list[Node] = []
    for value in graph.objects(node, predicate):
        if (value, RDF.first, None) in graph:
            found.extend(Collection(graph, value))
        elif value != RDF.nil:
            found.append(value)
    return tuple(found)


def _joined(joint: URIRef, holding: int, parts: int) -> bool:
    if joint == ODRL["or"]:
        return holding > 0
    if joint == ODRL.xone:
        return holding == 1
    # A sequence demands all of its parts; in which order they came to hold, no world here tells.
    return holding == parts


def _holds(
    operator: Node | None, known: tuple[Node, ...], right: tuple[Node, ...], facts: Facts
) -> bool:
    if operator in _ORDERED:
        compare = _ORDERED[operator]
        return all(_compared(compare, value, bound) for value in known for bound in right)
    if operator in (ODRL.eq, ODRL.isAnyOf):
        return any(same(value, wanted) for value in known for wanted in right)
    if operator in (ODRL.neq, ODRL.isNoneOf):
        return not any(same(value, unwanted) for value in known for unwanted in right)
    if operator == ODRL.isAllOf:
        return all(any(same(value, wanted) for value in known) for wanted in right)
    if operator in (ODRL.isA, ODRL.isPartOf):
        return any(not facts.above(value).isdisjoint(right) for value in known)
    if operator == ODRL.hasPart:
        return all(any(value in facts.above(part) for value in known) for part in right)
    return False


_ORDERED: dict[Node | None, Callable[[Any, Any], bool]] = {
    ODRL.lt: lt,
    ODRL.lteq: le,
    ODRL.gt: gt,
    ODRL.gteq: ge,
}


def same(one: Node, other: Node) -> bool:
    """Whether two values are equal: by name, or as numbers, instants or texts."""
    if one == other:
        return True
    if not (isinstance(one, Literal) and isinstance(other, Literal)):
        return False
    return bool(plain(one) == plain(other))


def plain(value: Node) -> Any:
    """A literal as a Python value that orders: numbers as decimals, dates and times as instants."""
    found = value.toPython() if isinstance(value, Literal) else value
    if isinstance(found, datetime):
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    if isinstance(found, date):
        return datetime.combine(found, time(), UTC)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return Decimal(str(found))
    return found


def _compared(compare: Callable[[Any, Any], bool], one: Node, other: Node) -> bool:
    try:
        return bool(compare(plain(one), plain(other)))
    except TypeError:
        return False
