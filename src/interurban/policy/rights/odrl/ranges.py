"""Which values a set of constraints leaves for an operand: an interval, less or out of a set.

An operand is taken to have one value. ``isA``, ``isPartOf``, ``hasPart`` and ``isAllOf`` depend on
what the world knows, so they are never taken to rule anything out: what is called disjoint here is
disjoint in every world.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from rdflib import Graph
from rdflib.term import Node

from .constraints import plain, values_of
from .vocabulary import ODRL

__all__ = ["Alternative", "alternatives", "contradicted", "joined", "latest"]

_MOST = 4096

Alternative = tuple[Node, ...]
"""Simple constraints that have to hold together."""


@dataclass
class _Range:
    """The values left of one operand while constraints are taken in."""

    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False
    only: list[Any] | None = None
    never: list[Any] = field(default_factory=list)

    def take(self, operator: Node | None, right: list[Any]) -> None:
        """Take in one constraint. What can't be compared with the rest is passed over."""
        if operator in (ODRL.eq, ODRL.isAnyOf):
            self.only = [each for each in right if self.only is None or each in self.only]
        elif operator in (ODRL.neq, ODRL.isNoneOf):
            self.never += right
        elif operator in (ODRL.gt, ODRL.gteq):
            for bound in right:
                if self.low is None or _less(self.low, bound) or self.low == bound:
                    self.low_open = operator == ODRL.gt or (self.low == bound and self.low_open)
                    self.low = bound
        elif operator in (ODRL.lt, ODRL.lteq):
            for bound in right:
                if self.high is None or _less(bound, self.high) or self.high == bound:
                    self.high_open = operator == ODRL.lt or (self.high == bound and self.high_open)
                    self.high = bound

    def is_empty(self) -> bool:
        """Whether no value is left."""
        if self.only is not None:
            return not any(self._holds(each) for each in self.only)
        if self.low is None or self.high is None:
            return False
        if self.low == self.high:
            return self.low_open or self.high_open or self.low in self.never
        return _less(self.high, self.low)

    def _holds(self, value: Any) -> bool:
        below = self.low is not None and (
            _less(value, self.low) or (self.low_open and value == self.low)
        )
        above = self.high is not None and (
            _less(self.high, value) or (self.high_open and value == self.high)
        )
        return not below and not above and value not in self.never


def alternatives(policy: Graph, constraints: Iterable[Node]) -> tuple[Alternative, ...] | None:
    """Every way in which constraints can hold together, each as simple constraints.

    Returns
    -------
    ``None`` where there are too many to look at. Of ``xone``, each part is one way, though others
    must not hold beside it: more is taken for possible than is.
    """
    return _all_of(policy, tuple(constraints), ())


def joined(one: tuple[Alternative, ...], other: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
    """Every way in which both can hold."""
    return tuple(left + right for left, right in product(one, other))


def contradicted(policy: Graph, alternative: Alternative) -> Node | None:
    """The operand for which simple constraints leave no value; ``None`` where all have one."""
    ranges: dict[Node, _Range] = {}
    for constraint in alternative:
        left = policy.value(constraint, ODRL.leftOperand)
        right = [plain(each) for each in values_of(policy, constraint, ODRL.rightOperand)]
        if left is not None and right:
            ranges.setdefault(left, _Range()).take(policy.value(constraint, ODRL.operator), right)
    return next((left for left, values in ranges.items() if values.is_empty()), None)


def latest(policy: Graph, alternative: Alternative, left: Node) -> Any:
    """The upper bound of an operand; ``None`` where it has none."""
    values = _Range()
    for constraint in alternative:
        if policy.value(constraint, ODRL.leftOperand) == left:
            right = [plain(each) for each in values_of(policy, constraint, ODRL.rightOperand)]
            values.take(policy.value(constraint, ODRL.operator), right)
    return max(values.only) if values.only else values.high


def _all_of(
    policy: Graph, constraints: tuple[Node, ...], above: tuple[Node, ...]
) -> tuple[Alternative, ...] | None:
    ways: tuple[Alternative, ...] = ((),)
    for constraint in constraints:
        each = _of(policy, constraint, above)
        if each is None or len(each) * len(ways) > _MOST:
            return None
        ways = joined(ways, each)
    return ways


def _of(policy: Graph, constraint: Node, above: tuple[Node, ...]) -> tuple[Alternative, ...] | None:
    if constraint in above:
        return ()
    inside = (*above, constraint)
    for joint in (ODRL["and"], ODRL.andSequence):
        if parts := values_of(policy, constraint, joint):
            return _all_of(policy, parts, inside)
    for joint in (ODRL["or"], ODRL.xone):
        if parts := values_of(policy, constraint, joint):
            found: list[Alternative] = []
            for part in parts:
                ways = _of(policy, part, inside)
                if ways is None or len(found) + len(ways) > _MOST:
                    return None
                found += ways
            return tuple(found)
    return ((constraint,),)


def _less(one: Any, other: Any) -> bool:
    try:
        return bool(one < other)
    except TypeError:
        return False
