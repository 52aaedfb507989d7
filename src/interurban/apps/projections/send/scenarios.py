"""What-ifs: more or fewer of some moves, and past moves left out."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from interurban.core.errors import BadRequest

from .states import ACADEMIC_YEARS, NONSEND, OUTSIDE, Array, Flags, Numbers, StateSpace
from .transitions import Transitions

__all__ = [
    "Change",
    "Condition",
    "Removal",
    "Where",
    "modify",
    "read_changes",
    "read_moves",
    "read_removals",
    "remove",
    "states_reached",
]

Where = Mapping[str, tuple[str | int, ...]]
"""Field of ``CHANGE_FIELDS`` to the values it may have; a move must meet all."""

CHANGE_FIELDS = (
    "calendar_year", "setting_1", "need_1", "academic_year_1",
    "setting_2", "need_2", "academic_year_2",
)  # fmt: skip
REMOVAL_FIELDS = ("calendar_year", "academic_year", "setting", "need")

_WHOLE_NUMBERS = {"calendar_year", "academic_year", "academic_year_1", "academic_year_2"}
_OPERATORS = MappingProxyType(
    {
        "<=": operator.le,
        ">=": operator.ge,
        "<": operator.lt,
        ">": operator.gt,
        "=": operator.eq,
    }
)
_CONDITION = re.compile(r"\s*([a-z_]+[12]?)\s*(<=|>=|=|<|>)\s*(.+?)\s*")
_FACTOR = re.compile(r"(.*?)[\s,]*\bby\s+(\d+(?:\.\d+)?)\s*", re.DOTALL)
_RANGE = re.compile(r"(-?\d+)\s*\.\.\s*(-?\d+)")


@dataclass(frozen=True, slots=True)
class Change:
    """More or fewer children on some moves (``transitions-to-change`` of the original).

    Parameters
    ----------
    where: field of ``CHANGE_FIELDS`` to the values it may have; a move must meet all.
    factor: what the number of children is multiplied by (``modify-transition-by``), 0 or more.
    """

    where: Where
    factor: float


@dataclass(frozen=True, slots=True)
class Condition:
    """One field of ``REMOVAL_FIELDS``, compared (``<``, ``<=``, ``=``, ``>=``, ``>``)."""

    field: str
    comparison: str
    value: str | int


@dataclass(frozen=True, slots=True)
class Removal:
    """Past moves that are not learnt from (``filter-transitions-from`` of the original).

    A move goes if its state before meets all conditions in its calendar year, or its state after
    does in the calendar year after.
    """

    conditions: tuple[Condition, ...]


def modify(
    space: StateSpace, transitions: Transitions, changes: Sequence[Change], whole: bool = False
) -> tuple[Transitions, tuple[str, ...]]:
    """The moves of a scenario, and sentences about changes that concern no move.

    A move that several changes concern is multiplied by each of them.

    Parameters
    ----------
    whole: round the children of every calendar year, academic year, state before and state after to
        a whole number, half up, as the original did: a change of few children may then have no
        effect at all. Otherwise fractions of children count.
    """
    weight = transitions.weight.copy()
    concerned = np.zeros(len(transitions), dtype=bool)
    unused = []
    for change in changes:
        here = np.ones(len(transitions), dtype=bool)
        for name, values in change.where.items():
            here &= np.isin(_column(transitions, name), _coded(space, name, values))
        weight[here] *= change.factor
        concerned |= here
        if not here.any():
            words = ", ".join(f"{k} {'|'.join(map(str, v))}" for k, v in change.where.items())
            unused.append(
                f"No past move has {words}; to change it by {change.factor:g} does nothing."
            )
    if whole and concerned.any():
        weight = _rounded(transitions, weight, concerned)
    return transitions.weighted(weight), tuple(unused)


def remove(space: StateSpace, transitions: Transitions, removals: Sequence[Removal]) -> Transitions:
    """The moves without those that any removal concerns.

    Raises
    ------
    BadRequest: nothing would be left.
    """
    gone = np.zeros(len(transitions), dtype=bool)
    for removal in removals:
        for side in (1, 2):
            here = np.ones(len(transitions), dtype=bool)
            for condition in removal.conditions:
                here &= _meets(space, transitions, condition, side)
            gone |= here
    if removals and gone.all():
        raise BadRequest(
            "No past move would be left to learn from.",
            advice="Leave out fewer of them.",
            part="leave_out",
        )
    return transitions.where(~gone)


def states_reached(space: StateSpace, where: Where) -> Flags:
    """The states that moves of these conditions lead to (flat): whom a goal counts."""
    reached = np.ones(space.shape, dtype=bool)
    for axis, name in enumerate(("academic_year_2", "need_2", "setting_2")):
        if name in where:
            one = np.zeros(space.shape[axis], dtype=bool)
            places = _coded(space, name, where[name])
            one[places[(places >= 0) & (places < len(one))]] = True
            reached &= np.expand_dims(one, tuple(other for other in range(3) if other != axis))
    return reached.ravel()


def read_changes(text: str) -> tuple[Change, ...]:
    """Changes as a person writes them, one after another with semicolons.

    ``setting_1=NONSEND setting_2=A|B academic_year_2=0..6 by 1.5; setting_1=C need_1=T by 0``

    Raises
    ------
    BadRequest: a change without ``by``, an unknown field, or a value that cannot be.
    """
    changes = []
    for part in _parts(text):
        found = _FACTOR.fullmatch(part)
        if not found:
            raise _unreadable(
                part, "changes", "End a change with “by” and what to multiply with: by 1.5."
            )
        changes.append(Change(read_moves(found[1], "changes"), float(found[2])))
    return tuple(changes)


def read_moves(text: str, parameter: str = "goal_moves") -> Where:
    """Which moves are meant: ``setting_1=NONSEND setting_2=A|B academic_year_2=0..6``.

    Raises
    ------
    BadRequest: nothing is said, an unknown field, or a value that cannot be.
    """
    where: dict[str, tuple[str | int, ...]] = {}
    for piece in re.split(r"[\s,]+(?=[a-z_]+[12]?\s*=)", text.strip()):
        name, comparison, value = _condition(piece, parameter, CHANGE_FIELDS)
        if comparison != "=" or name in where:
            raise _unreadable(text, parameter, "Name each field once, with =.")
        where[name] = tuple(_values(name, value, text, parameter))
    return MappingProxyType(where)


def read_removals(text: str) -> tuple[Removal, ...]:
    """Removals as a person writes them: ``calendar_year<2015, academic_year>=12; setting=A``.

    Raises
    ------
    BadRequest: an unknown field, or a value that cannot be.
    """
    removals = []
    for part in _parts(text):
        conditions = []
        for piece in re.split(r"\s*(?:,|\band\b)\s*", part):
            name, comparison, value = _condition(piece, "leave_out", REMOVAL_FIELDS)
            if name not in _WHOLE_NUMBERS and comparison != "=":
                raise _unreadable(piece, "leave_out", f"Compare a {name} with =.")
            conditions.append(Condition(name, comparison, _value(name, value, part, "leave_out")))
        removals.append(Removal(tuple(conditions)))
    return tuple(removals)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _condition(piece: str, parameter: str, known: tuple[str, ...]) -> tuple[str, str, str]:
    found = _CONDITION.fullmatch(piece)
    if not found or found[1] not in known:
        raise _unreadable(piece, parameter, f"The fields are {', '.join(known)}.")
    return found[1], found[2], found[3]


def _values(name: str, text: str, part: str, parameter: str) -> list[str | int]:
    values: list[str | int] = []
    for piece in text.split("|"):
        span = _RANGE.fullmatch(piece.strip()) if name in _WHOLE_NUMBERS else None
        if span:
            values += range(int(span[1]), int(span[2]) + 1)
        else:
            values.append(_value(name, piece, part, parameter))
    return values


def _value(name: str, text: str, part: str, parameter: str) -> str | int:
    text = text.strip()
    if name not in _WHOLE_NUMBERS:
        return text
    if not re.fullmatch(r"-?\d+", text):
        raise _unreadable(part, parameter, f"{name} is a whole number, not “{text}”.")
    return int(text)


def _unreadable(part: str, parameter: str, advice: str) -> BadRequest:
    return BadRequest(f"“{part}” cannot be read.", advice=advice, part=parameter)


def _column(transitions: Transitions, name: str) -> Numbers:
    """A column by the name that the table has for it."""
    columns = {
        "calendar_year": transitions.year,
        "setting_1": transitions.from_setting,
        "need_1": transitions.from_need,
        "academic_year_1": transitions.from_year,
        "setting_2": transitions.to_setting,
        "need_2": transitions.to_need,
        "academic_year_2": transitions.to_year,
    }
    return columns[name]


def _coded(space: StateSpace, name: str, values: Sequence[str | int]) -> Numbers:
    """Values as they stand in the arrays.

    Raises
    ------
    BadRequest: a code that no state has.
    """
    if name == "calendar_year":
        return np.array(values, dtype=np.int64)
    if name.startswith("academic_year"):
        return np.array(values, dtype=np.int64) - ACADEMIC_YEARS[0]
    known = space.needs if name.startswith("need") else space.settings
    places = {code: at for at, code in enumerate(known)} | {NONSEND: OUTSIDE}
    for value in values:
        if value not in places:
            raise BadRequest(
                f"There is no {name.rstrip('_12')} {value}.",
                advice=f"Known are {', '.join(known)}, and {NONSEND}.",
                part="changes",
            )
    return np.array([places[str(value)] for value in values], dtype=np.int64)


def _meets(space: StateSpace, transitions: Transitions, condition: Condition, side: int) -> Flags:
    """Whether the state on one side (1 before, 2 after) meets a condition."""
    if condition.field == "calendar_year":
        column = transitions.year + (side - 1)
        name = "calendar_year"
    else:
        name = f"{condition.field}_{side}"
        column = _column(transitions, name)
    value = _coded(space, name, [condition.value])[0]
    met: Flags = _OPERATORS[condition.comparison](column, value)
    return met


def _rounded(transitions: Transitions, weight: Array, concerned: Flags) -> Array:
    """Weights whose sums over equal moves are whole."""
    moves = np.stack([getattr(transitions, name) for name in Transitions.__slots__[:-1]], axis=1)
    _, group = np.unique(moves[concerned], axis=0, return_inverse=True)
    group = group.ravel()
    sums = np.bincount(group, weights=weight[concerned])
    factor = np.divide(np.floor(sums + 0.5), sums, out=np.zeros_like(sums), where=sums > 0)
    out = weight.copy()
    out[concerned] *= factor[group]
    return out
