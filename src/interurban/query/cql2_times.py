"""The temporal functions of CQL2 as comparisons.

Source: Allen (1983), "Maintaining knowledge about temporal intervals", in the closed intervals of
OGC 21-065r2, section 7.12. An instant is an interval whose ends are equal.

A date stands for its whole day, whether the field holds dates or instants: ``<= DATE(d)`` becomes
``< DATE(d + 1)``, which means the same for a date and includes the day for an instant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Literal as OneOf

from interurban.core.errors import InvalidFilter
from interurban.core.query import And, Compare, Filter, Literal, Operand, Or

__all__ = ["FALSE", "TEMPORAL", "TRUE", "Bound", "Interval", "temporal"]

Relation = OneOf["=", "<", ">", "<=", ">="]
Bound = Operand | OneOf["earliest", "latest"]

TRUE = And(())
"""All of no conditions: every row."""

FALSE = Or(())
"""Any of no conditions: no row."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Start and end, both included; an instant has the same of both."""

    start: Bound
    end: Bound

    @property
    def instant(self) -> bool:
        """Whether it is one moment (or one day)."""
        return self.start is self.end


def temporal(function: str, left: Interval, right: Interval) -> Filter:
    """The filter that a temporal function (``t_after`` ...) of two intervals means.

    Raises
    ------
    InvalidFilter: no such function.
    """
    relation = TEMPORAL.get(function)
    if relation is None:
        raise InvalidFilter(
            f"There is no temporal function {function.upper()}.",
            advice=f"There are {', '.join(name.upper() for name in TEMPORAL)}.",
            part="filter",
        )
    return relation(left, right)


def _all(*parts: Filter) -> Filter:
    return _joined(And, parts)


def _any(*parts: Filter) -> Filter:
    return _joined(Or, parts)


def _joined(kind: type[And] | type[Or], parts: tuple[Filter, ...]) -> Filter:
    """The parts flattened, without repetition and without what open ends decide."""
    flat: list[Filter] = []
    for part in parts:
        for one in part.parts if isinstance(part, kind) else (part,):
            if one not in flat:
                flat.append(one)
    neutral, absorbing = (TRUE, FALSE) if kind is And else (FALSE, TRUE)
    flat = [one for one in flat if one != neutral]
    if absorbing in flat:
        return absorbing
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


# Relations


def _after(a: Interval, b: Interval) -> Filter:
    return _compare(a.start, ">", b.end)


def _before(a: Interval, b: Interval) -> Filter:
    return _compare(a.end, "<", b.start)


def _contains(a: Interval, b: Interval) -> Filter:
    return _during(b, a)


def _disjoint(a: Interval, b: Interval) -> Filter:
    return _any(_before(a, b), _after(a, b))


def _during(a: Interval, b: Interval) -> Filter:
    """An instant is during an interval when it lies in it, ends included."""
    if a.instant:
        return _intersects(a, b)
    return _all(_compare(a.start, ">", b.start), _compare(a.end, "<", b.end))


def _equals(a: Interval, b: Interval) -> Filter:
    return _all(_compare(a.start, "=", b.start), _compare(a.end, "=", b.end))


def _finishes(a: Interval, b: Interval) -> Filter:
    return _all(_compare(a.start, ">", b.start), _compare(a.end, "=", b.end))


def _intersects(a: Interval, b: Interval) -> Filter:
    return _all(_compare(a.start, "<=", b.end), _compare(a.end, ">=", b.start))


def _meets(a: Interval, b: Interval) -> Filter:
    return _compare(a.end, "=", b.start)


def _overlaps(a: Interval, b: Interval) -> Filter:
    return _all(
        _compare(a.start, "<", b.start),
        _compare(a.end, ">", b.start),
        _compare(a.end, "<", b.end),
    )


def _starts(a: Interval, b: Interval) -> Filter:
    return _all(_compare(a.start, "=", b.start), _compare(a.end, "<", b.end))


def _turned(relation: Callable[[Interval, Interval], Filter]) -> Callable[..., Filter]:
    return lambda a, b: relation(b, a)


TEMPORAL: Mapping[str, Callable[[Interval, Interval], Filter]] = MappingProxyType(
    {
        "t_after": _after,
        "t_before": _before,
        "t_contains": _contains,
        "t_disjoint": _disjoint,
        "t_during": _during,
        "t_equals": _equals,
        "t_finishedby": _turned(_finishes),
        "t_finishes": _finishes,
        "t_intersects": _intersects,
        "t_meets": _meets,
        "t_metby": _turned(_meets),
        "t_overlappedby": _turned(_overlaps),
        "t_overlaps": _overlaps,
        "t_startedby": _turned(_starts),
        "t_starts": _starts,
    }
)


# Comparisons

_TURNED: Mapping[Relation, Relation] = {"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_RANK = {"earliest": -1, "latest": 1}


def _compare(left: Bound, op: Relation, right: Bound) -> Filter:
    """One comparison; with an open end its answer is known."""
    if isinstance(left, str) or isinstance(right, str):
        a = _RANK[left] if isinstance(left, str) else 0
        b = _RANK[right] if isinstance(right, str) else 0
        holds = {"=": a == b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[op]
        return TRUE if holds else FALSE
    if _day(right) is None and _day(left) is not None:
        left, op, right = right, _TURNED[op], left
    day = _day(right)
    if day is None or _day(left) is not None:
        return Compare(op, left, right)
    return _against_day(left, op, day)


def _day(bound: Operand) -> date | None:
    value = bound.value if isinstance(bound, Literal) else None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _against_day(left: Operand, op: Relation, day: date) -> Filter:
    """Comparison with the whole of a day."""
    if day == date.max:
        return Compare(op, left, Literal(day))
    this, following = Literal(day), Literal(day + timedelta(days=1))
    match op:
        case "=":
            return And((Compare(">=", left, this), Compare("<", left, following)))
        case "<=":
            return Compare("<", left, following)
        case ">":
            return Compare(">=", left, following)
        case _:
            return Compare(op, left, this)
