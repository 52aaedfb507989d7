"""ODRL to a policy of ours, where it can be said with our rules; a sentence where it can't.

Nothing is left out in silence: a rule of which one part can't be kept is refused as a whole, since
a policy that says less than its author wrote would open, or close, what they did not mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, cast

from rdflib import RDF, Graph, URIRef
from rdflib.term import Node

from interurban.core import policy as p
from interurban.core.errors import InvalidFilter, InvalidInput
from interurban.query.cql2 import read_filter

from . import profile, purposes
from .odrl.constraints import plain, values_of
from .odrl.evaluation import POLICY_TYPES, rules_of, stated, strategy
from .odrl.vocabulary import DCT, LOGICAL, ODRL, current

__all__ = ["policy_of_graph"]

_ORDER = profile.PROFILE.order
_WORDS = profile.PROFILE.words
_RULE_SAYS = {
    RDF.type, _ORDER, DCT.description, DCT.title, ODRL.uid, ODRL.action, ODRL.target,
    ODRL.assignee, ODRL.assigner, ODRL.constraint, ODRL.duty,
}  # fmt: skip
_DUTY_SAYS = {RDF.type, _ORDER, _WORDS, ODRL.uid, ODRL.action, DCT.description}
_ACTIONS: dict[Node, tuple[p.Action, ...]] = {
    ODRL.use: p.ACTIONS,
    **{node: (name,) for name, node in profile.ACTIONS.items()},
}
_DUTIES: dict[Node, str] = {node: name for name, node in profile.DUTIES.items()}
_OBLIGATIONS: dict[Node, type[p.Obligation]] = {
    node: kind for kind, node in profile.OBLIGATIONS.items()
}


def policy_of_graph(graph: Graph, dataset: str, besides: Collection[str] = ()) -> p.Policy:
    """The policy that an ODRL document says for a dataset.

    Parameters
    ----------
    besides: other datasets that its rules may be about as well.

    Raises
    ------
    InvalidInput: it is not one policy, or says what our rules can't; names the rule.
    """
    policies = sorted(
        {node for kind in POLICY_TYPES for node in graph.subjects(RDF.type, kind)}, key=str
    )
    parents = {above for node in policies for above in graph.objects(node, ODRL.inheritFrom)}
    own = [node for node in policies if node not in parents]
    if len(own) != 1:
        raise InvalidInput(
            f"The document holds {len(own)} policies that stand for themselves, not one.",
            advice="Send one odrl:Set, odrl:Offer or odrl:Agreement.",
        )
    one = own[0]
    rules = list(rules_of(graph, one))
    names = _names([rule for _, rule in rules])
    found = [
        (
            _position(graph, rule),
            _Rule(graph, one, kind, rule, names[rule], (dataset, *besides)).read(),
        )
        for kind, rule in rules
    ]
    _check_conflict(graph, one, {rule.effect for _, rule in found})
    licence = graph.value(one, DCT.license)
    ordered = sorted(found, key=lambda each: each[0])
    return p.Policy(
        tuple(rule for _, rule in ordered), str(licence) if licence is not None else None
    )


def _position(graph: Graph, node: Node) -> int:
    """Where a rule or a duty stood, as our own rendering writes it; 0 where it is not said."""
    order = graph.value(node, _ORDER)
    found = plain(order) if order is not None else 0
    return int(found) if isinstance(found, Decimal) else 0


def _names(rules: list[Node]) -> dict[Node, str]:
    """An id for each rule: the end of its name, or its number where it has none."""
    found: dict[Node, str] = {}
    for number, rule in enumerate(rules, 1):
        end = re.split(r"[#:/]", str(rule))[-1] if isinstance(rule, URIRef) else ""
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", end).strip("_.-") or f"rule-{number}"
        found[rule] = name if name not in found.values() else f"{name}-{number}"
    return found


def _check_conflict(graph: Graph, one: Node, effects: set[str]) -> None:
    if len(effects) > 1 and strategy(graph, one) != ODRL.prohibit:
        raise InvalidInput(
            "The policy does not say that a prohibition wins over a permission; here it does.",
            advice="Add odrl:conflict odrl:prohibit.",
        )


class _Rule:
    """One rule of the document while it is read; it knows its name for the sentences."""

    def __init__(
        self,
        graph: Graph,
        one: Node,
        kind: URIRef,
        rule: Node,
        name: str,
        datasets: tuple[str, ...],
    ) -> None:
        self._graph = graph
        self._policy = one
        self._kind = kind
        self._rule = rule
        self._datasets = datasets
        self._id = name

    def read(self) -> p.Rule:
        """The rule as ours."""
        if self._kind == ODRL.obligation:
            raise self._cannot("an obligation of the policy itself")
        self._allow(self._rule, _RULE_SAYS)
        self._check_target()
        begin, end, named = self._limits()
        obligations, duties = self._duties()
        return p.Rule(
            id=self._id,
            effect="permit" if self._kind == ODRL.permission else "forbid",
            actions=self._actions(),
            to=self._parties(),
            purposes=named,
            not_before=begin,
            not_after=end,
            obligations=obligations,
            duties=duties,
            because=str(self._graph.value(self._rule, DCT.description) or ""),
        )

    def _cannot(self, what: str) -> InvalidInput:
        return InvalidInput(
            f'The rule "{self._id}" has {what}, which can\'t be said with the rules here.',
            advice="Take it out, or write the policy in YAML.",
        )

    def _allow(self, node: Node, known: Collection[Node]) -> None:
        for predicate in sorted(set(self._graph.predicates(node)), key=str):
            if predicate not in known:
                raise self._cannot(_short(predicate))

    def _stated(self, predicate: Node) -> tuple[Node, ...]:
        return stated(self._graph, self._policy, self._rule, predicate)

    def _check_target(self) -> None:
        known = [profile.asset(dataset) for dataset in self._datasets]
        for target in self._stated(ODRL.target):
            if target not in known:
                raise self._cannot(f"the target {target}, not {' or '.join(known)}")

    def _actions(self) -> tuple[p.Action, ...]:
        named = self._stated(ODRL.action)
        found: dict[p.Action, None] = {}
        for node in named:
            if (node, ODRL.refinement, None) in self._graph:
                raise self._cannot("an action with a refinement")
            action = current(self._graph.value(node, RDF.value) or node)
            if action not in _ACTIONS:
                raise self._cannot(f"the action {_short(action)}")
            found.update(dict.fromkeys(_ACTIONS[action]))
        # A rule that names no action is about every action.
        return tuple(each for each in p.ACTIONS if each in found) or p.ACTIONS

    def _parties(self) -> tuple[str, ...]:
        found = []
        for node in self._stated(ODRL.assignee):
            name = profile.party_named(node)
            if name is None or (node, ODRL.refinement, None) in self._graph:
                raise self._cannot(f"the assignee {node}")
            found.append(name)
        return tuple(sorted(found)) or (p.ANYONE,)

    # Constraints

    def _limits(self) -> tuple[datetime | None, datetime | None, tuple[str, ...]]:
        begins: list[datetime] = []
        ends: list[datetime] = []
        named: list[tuple[str, ...]] = []
        waiting = list(self._graph.objects(self._rule, ODRL.constraint))
        while waiting:
            constraint = waiting.pop()
            if parts := values_of(self._graph, constraint, ODRL["and"]):
                waiting.extend(parts)
            elif parts := values_of(self._graph, constraint, ODRL["or"]):
                named.append(tuple(term for part in parts for term in self._purposes(part)))
            elif any((constraint, joint, None) in self._graph for joint in LOGICAL):
                raise self._cannot("a constraint made with xone or andSequence")
            elif self._graph.value(constraint, ODRL.leftOperand) == ODRL.dateTime:
                self._time(constraint, begins, ends)
            else:
                named.append(self._purposes(constraint))
        if len(named) > 1:
            raise self._cannot("several constraints on the purpose")
        terms = tuple(sorted(set(named[0]))) if named else ()
        return max(begins, default=None), min(ends, default=None), terms

    def _time(self, constraint: Node, begins: list[datetime], ends: list[datetime]) -> None:
        operator = self._graph.value(constraint, ODRL.operator)
        for value in values_of(self._graph, constraint, ODRL.rightOperand):
            instant = plain(value)
            if operator not in (ODRL.gteq, ODRL.lt) or not isinstance(instant, datetime):
                raise self._cannot(
                    f"a time with the operator {_short(operator)} (only gteq and lt can be kept)"
                )
            (begins if operator == ODRL.gteq else ends).append(instant)

    def _purposes(self, constraint: Node) -> tuple[str, ...]:
        left = self._graph.value(constraint, ODRL.leftOperand)
        if left != ODRL.purpose:
            raise self._cannot(f"a constraint on {_short(left)}")
        operator = self._graph.value(constraint, ODRL.operator)
        broader = self._kind == ODRL.prohibition and operator == ODRL.hasPart
        if operator != ODRL.isA and not broader:
            raise self._cannot(f"a purpose with the operator {_short(operator)}")
        found = []
        for value in values_of(self._graph, constraint, ODRL.rightOperand):
            term = purposes.PREFIX + str(value).removeprefix(purposes.DPV)
            if term not in purposes.purposes():
                raise self._cannot(f"the purpose {value}")
            found.append(term)
        return tuple(found)

    # Duties and obligations

    def _duties(self) -> tuple[tuple[p.Obligation, ...], tuple[p.Duty, ...]]:
        obligations: list[tuple[int, p.Obligation]] = []
        duties: list[tuple[int, p.Duty]] = []
        for node in sorted(self._graph.objects(self._rule, ODRL.duty), key=str):
            self._allow(node, _DUTY_SAYS)
            order = _position(self._graph, node)
            holder = self._graph.value(node, ODRL.action)
            if holder is None:
                raise self._cannot("a duty without an action")
            action = self._graph.value(holder, RDF.value) or holder
            if action in _OBLIGATIONS:
                obligations.append((order, self._obligation(action, holder)))
            elif action in _DUTIES and (holder, ODRL.refinement, None) not in self._graph:
                words = self._graph.value(node, _WORDS) or self._graph.value(node, DCT.description)
                duties.append((order, p.Duty(_DUTIES[action], str(words or _short(action)))))
            else:
                raise self._cannot(f"the duty {_short(action)}")
        if self._kind != ODRL.permission and (obligations or duties):
            raise self._cannot("a duty on a prohibition")
        return (
            tuple(one for _, one in sorted(obligations, key=lambda each: each[0])),
            tuple(duty for _, duty in sorted(duties, key=lambda each: each[0])),
        )

    def _obligation(self, action: Node, node: Node) -> p.Obligation:
        given: dict[str, tuple[Any, ...]] = {}
        names: dict[Node | None, str] = {
            operand: name for name, operand in profile.OPERANDS.items()
        }
        for refinement in self._graph.objects(node, ODRL.refinement):
            left = self._graph.value(refinement, ODRL.leftOperand)
            if left not in names:
                raise self._cannot(f"a refinement on {_short(left)}")
            right = values_of(self._graph, refinement, ODRL.rightOperand)
            given[names[left]] = tuple(
                each.toPython() if hasattr(each, "toPython") else str(each) for each in right
            )
        try:
            return _MAKERS[_OBLIGATIONS[action]](given)
        except (KeyError, IndexError, TypeError, ValueError, InvalidFilter):
            raise self._cannot(f"{_short(action)} with operands that don't fit it") from None


def _short(node: Node | None) -> str:
    """A name as a person reads it: ``odrl:remedy``."""
    said = str(node)
    for prefix, space in (("odrl", ODRL), ("iu", profile.PROFILE)):
        if said.startswith(space):
            return f"{prefix}:{said.removeprefix(space)}"
    return said


Given = dict[str, tuple[Any, ...]]


def _one(given: Given, name: str) -> Any:
    return given[name][0] if given.get(name) else None


def _texts(given: Given, name: str) -> tuple[str, ...]:
    return tuple(str(each) for each in given.get(name, ()))


def _coarse_time(given: Given) -> p.CoarseTime:
    to = given["to"][0]
    if to in ("day", "month", "year"):
        return p.CoarseTime(str(given["field"][0]), cast("Literal['day', 'month', 'year']", to))
    return p.CoarseTime(str(given["field"][0]), int(to))


_MAKERS: dict[type[p.Obligation], Callable[[Given], p.Obligation]] = {
    p.OnlyRows: lambda given: p.OnlyRows(read_filter(str(given["where"][0]))),
    p.Without: lambda given: p.Without(tuple(str(each) for each in given["fields"])),
    p.Masked: lambda given: p.Masked(str(given["field"][0]), _one(given, "value")),
    p.CoarseTime: _coarse_time,
    p.CoarsePlace: lambda given: p.CoarsePlace(_one(given, "metres"), _one(given, "area")),
    p.Crowds: lambda given: p.Crowds(int(given["atLeast"][0])),
    p.Capped: lambda given: p.Capped(
        str(given["field"][0]), _one(given, "low"), _one(given, "high")
    ),
    p.Rounded: lambda given: p.Rounded(str(given["field"][0]), float(given["to"][0])),
    p.OnlyAggregates: lambda given: p.OnlyAggregates(_texts(given, "by"), int(given["atLeast"][0])),
    p.SmallCounts: lambda given: p.SmallCounts(
        str(given["field"][0]),
        int(given["below"][0]),
        str(given["rows"][0]),
        str(given["columns"][0]),
        _texts(given, "within"),
        str(_one(given, "rowTotal") or ""),
        str(_one(given, "columnTotal") or ""),
    ),
}
