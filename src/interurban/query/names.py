"""Which fields a filter names."""

from __future__ import annotations

from collections.abc import Iterator

from interurban.core import query as q

__all__ = ["names_in"]


def names_in(node: q.Filter) -> frozenset[str]:
    """Every field a filter reads; the geometry and the role fields it implies are not named."""
    return frozenset(_of_filter(node))


def _of_filter(node: q.Filter) -> Iterator[str]:
    match node:
        case q.And(parts) | q.Or(parts):
            for part in parts:
                yield from _of_filter(part)
        case q.Not(part):
            yield from _of_filter(part)
        case q.Compare(_, left, right) | q.Like(left, right):
            yield from _of_operand(left)
            yield from _of_operand(right)
        case q.Between(operand, low, high):
            for one in (operand, low, high):
                yield from _of_operand(one)
        case q.InList(operand, values):
            for one in (operand, *values):
                yield from _of_operand(one)
        case q.IsNull(operand):
            yield from _of_operand(operand)
        case q.During(_, _, str(field)):
            yield field


def _of_operand(node: q.Operand) -> Iterator[str]:
    match node:
        case q.Name(name):
            yield name
        case q.Call(_, operand):
            yield from _of_operand(operand)
        case q.Arithmetic(_, left, right):
            yield from _of_operand(left)
            yield from _of_operand(right)
