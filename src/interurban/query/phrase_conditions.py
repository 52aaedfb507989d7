"""``column:value`` of a search line as a condition on one dataset."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from interurban.core import query as q
from interurban.core.errors import InvalidTime
from interurban.core.standard import Field

from .clock import Clock, Period
from .dates import read_period
from .intervals import read_interval
from .phrase_parts import ConditionPart
from .vocabulary import DatasetWords
from .wording import folded

__all__ = ["condition_on", "field_named"]

_TRUE = frozenset({"true", "yes", "y", "1"})
_FALSE = frozenset({"false", "no", "n", "0"})
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]{1,15})?|\.[0-9]{1,15})")
_Op = Callable[[q.Operand, q.Operand], q.Filter]
_COMPARE: Mapping[str, _Op] = MappingProxyType(
    {
        ":": lambda a, b: q.Compare("=", a, b),
        "=": lambda a, b: q.Compare("=", a, b),
        "<>": lambda a, b: q.Compare("<>", a, b),
        "!=": lambda a, b: q.Compare("<>", a, b),
        "<": lambda a, b: q.Compare("<", a, b),
        ">": lambda a, b: q.Compare(">", a, b),
        "<=": lambda a, b: q.Compare("<=", a, b),
        ">=": lambda a, b: q.Compare(">=", a, b),
    }
)


def field_named(name: str, dataset: DatasetWords) -> Field | None:
    """The field a person calls so, by its name or title; of a dotted name the last part counts.

    Where none has that name, the only one that ends in it is meant: ``cost``, estimated cost.
    """
    wanted = {folded(name), folded(name.rpartition(".")[2])} - {""}
    called = [(field, (folded(field.name), folded(field.title))) for field in dataset.fields]
    for field, names in called:
        if wanted.intersection(names):
            return field
    ends = tuple(f" {word}" for word in wanted)
    ending = [field for field, names in called if any(name.endswith(ends) for name in names)]
    return ending[0] if len(ending) == 1 else None


def condition_on(part: ConditionPart, dataset: DatasetWords, clock: Clock) -> q.Filter | None:
    """The condition on this dataset; ``None`` when its field can't have it."""
    field = field_named(part.name, dataset)
    if field is None:
        return None
    match field.type:
        case "string":
            return _on_text(part, field, dataset)
        case "integer" | "number":
            return _on_number(part, field)
        case "boolean":
            return _on_truth(part, field)
        case "date" | "datetime":
            return _on_time(part, field, clock)
        case _:
            return None


def _on_text(part: ConditionPart, field: Field, dataset: DatasetWords) -> q.Filter:
    """A known value is equal; any other text is contained, case ignored."""
    known = next(
        (v for v in dataset.values.get(field.name, ()) if folded(v) == folded(part.value)), None
    )
    if part.op not in (":", "=", "!=", "<>"):
        return _COMPARE[part.op](q.Name(field.name), q.Literal(known or part.value))
    if known is not None or part.op == "=":
        found: q.Filter = q.Compare("=", q.Name(field.name), q.Literal(known or part.value))
    else:
        escaped = re.sub(r"([%_\\])", r"\\\1", part.value)
        pattern = q.Call("casei", q.Literal(f"%{escaped}%"))
        found = q.Like(q.Call("casei", q.Name(field.name)), pattern)
    return q.Not(found) if part.op in ("!=", "<>") else found


def _on_number(part: ConditionPart, field: Field) -> q.Filter | None:
    low, dots, high = part.value.partition("..")
    if dots and part.op in (":", "="):
        ends = [_number(one) for one in (low, high)]
        if None in ends:
            return None
        return q.Between(q.Name(field.name), q.Literal(ends[0]), q.Literal(ends[1]))
    value = _number(part.value)
    return None if value is None else _COMPARE[part.op](q.Name(field.name), q.Literal(value))


def _number(text: str) -> float | int | None:
    plain = text.replace(",", "").lstrip("$£€").strip()
    if not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return int(value) if value.is_integer() else value


def _on_truth(part: ConditionPart, field: Field) -> q.Filter | None:
    word = part.value.lower()
    if word not in _TRUE | _FALSE or part.op not in (":", "=", "!=", "<>"):
        return None
    truth = (word in _TRUE) == (part.op in (":", "="))
    return q.Compare("=", q.Name(field.name), q.Literal(truth))


def _on_time(part: ConditionPart, field: Field, clock: Clock) -> q.Filter | None:
    low, dots, high = part.value.partition("..")
    if dots and part.op in (":", "="):
        first, last = _period(low, clock), _period(high, clock)
        if first is None or last is None:
            return None
        return _during(first.start, last.end, field)
    period = _period(part.value, clock)
    if period is None:
        return None
    match part.op:
        case ">":
            return _during(period.end, None, field)
        case ">=":
            return _during(period.start, None, field)
        case "<":
            return _during(None, period.start, field)
        case "<=":
            return _during(None, period.end, field)
        case "!=" | "<>":
            return q.Not(q.During(period.start, period.end, field.name))
        case _:
            return _during(period.start, period.end, field)


def _during(start: datetime | None, end: datetime | None, field: Field) -> q.During | None:
    if start is not None and end is not None and start >= end:
        return None
    return q.During(start, end, field.name)


def _period(text: str, clock: Clock) -> Period | None:
    found = read_period(text, clock)
    if found is not None:
        return found
    try:
        span = read_interval(text, clock.zone)
    except InvalidTime:
        return None
    return Period(span.start, span.end) if span is not None else None
