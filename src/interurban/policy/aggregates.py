"""What may be asked of data of which only aggregates may be had.

Whoever may only have counts, sums and averages asks a release in which every group of the fields
``by`` has enough rows and nothing else is left. As long as a question chooses and groups by these
fields alone, its answer is a sum of whole groups, and so is the difference of any two.
"""

from __future__ import annotations

from collections.abc import Iterator

from interurban.core import query as q
from interurban.core.policy import OnlyAggregates

__all__ = ["why_not"]

_ADD_UP = ("count", "sum", "avg")


def why_not(query: q.Query, rule: OnlyAggregates, time: str | None) -> str | None:
    """Why a question can't be asked under the rule, in a sentence; ``None`` when it can.

    Parameters
    ----------
    time: the dataset's field of time.
    """
    beyond = next((name for name in _leaned_on(query, time) if name not in rule.by), None)
    if beyond is not None:
        what = "place" if beyond == "geometry" else beyond
        return f"It may be asked by {', '.join(rule.by) or 'nothing'} only, not by {what}."
    single = next((m.kind for m in query.measures if m.kind not in _ADD_UP), None)
    if single is not None:
        return f"Only counts, sums and averages may be had, no {single}: it would be one row's."
    return None


def _leaned_on(query: q.Query, time: str | None) -> Iterator[str]:
    """Fields that choose rows or make groups; ``geometry`` for any place."""
    if query.places:
        yield "geometry"
    if query.times:
        yield time or "time"
    if query.where is not None:
        yield from _of_filter(query.where, time)
    for group in query.groups:
        match group:
            case q.ByField(field):
                yield field
            case q.ByTime(field=field):
                yield field or time or "time"
            case q.ByCell() | q.ByArea():
                yield "geometry"


def _of_filter(node: q.Filter, time: str | None) -> Iterator[str]:
    match node:
        case q.And(parts) | q.Or(parts):
            for part in parts:
                yield from _of_filter(part, time)
        case q.Not(part):
            yield from _of_filter(part, time)
        case q.Compare(_, left, right):
            yield from _of_operands(left, right)
        case q.Between(operand, low, high):
            yield from _of_operands(operand, low, high)
        case q.InList(operand, values):
            yield from _of_operands(operand, *values)
        case q.Like(operand, pattern):
            yield from _of_operands(operand, pattern)
        case q.IsNull(operand):
            yield from _of_operands(operand)
        case q.Text():
            yield "free text"
        case q.Spatial() | q.Distance():
            yield "geometry"
        case q.During(field=field):
            yield field or time or "time"


def _of_operands(*operands: q.Operand) -> Iterator[str]:
    for operand in operands:
        match operand:
            case q.Name(name):
                yield name
            case q.Call(_, inner):
                yield from _of_operands(inner)
            case q.Arithmetic(_, left, right):
                yield from _of_operands(left, right)
