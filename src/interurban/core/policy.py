"""Who asks, what the rules on a dataset are, and what the answer was.

A ``Policy`` is a list of rules. A rule permits or forbids actions to readers, for purposes, in a
span of time; a permission may carry obligations: what the reader's answer has to be changed by.
Whatever no rule permits is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal as OneOf

from .query import Filter, Query, Value

__all__ = [
    "ACTIONS",
    "ANONYMOUS",
    "ANYONE",
    "OPEN",
    "SIGNED_IN",
    "Action",
    "Capped",
    "CoarsePlace",
    "CoarseTime",
    "Crowds",
    "Decision",
    "Duty",
    "Masked",
    "Obligation",
    "OnlyAggregates",
    "OnlyRows",
    "Permit",
    "Policy",
    "Reader",
    "Rounded",
    "Rule",
    "SmallCounts",
    "Without",
    "in_words",
]

Action = OneOf["read", "aggregate", "export", "derive"]
"""``read`` rows and features (tiles too), ``aggregate`` (counts, statistics, cells), ``export`` a
download of all rows, ``derive`` (a model runs on it)."""

ACTIONS: tuple[Action, ...] = ("read", "aggregate", "export", "derive")

ANYONE = "anyone"
SIGNED_IN = "signed-in"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: an account or anonymous, their organisation and groups, and what for.

    Parameters
    ----------
    purpose: a term of the Data Privacy Vocabulary (``dpv:PublicBenefit``), or ``public``.
    groups: ids of the groups the account is in.
    administrator: whether they may change policies and accounts; it opens no data.
    scopes: what the token they came with is for; empty with a session or without an account.
    """

    account: str | None = None
    organisation: str | None = None
    purpose: str = "public"
    groups: tuple[str, ...] = ()
    administrator: bool = False
    scopes: tuple[str, ...] = ()


ANONYMOUS = Reader()


# Obligations: what an answer is changed by


@dataclass(frozen=True, slots=True)
class OnlyRows:
    """Only rows that meet a filter are there."""

    where: Filter


@dataclass(frozen=True, slots=True)
class Without:
    """These fields are not there."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Masked:
    """A field has this value (of its own type) in every row."""

    field: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class CoarseTime:
    """A time field is floored to so many minutes, or to the day, month or year of the city."""

    field: str
    to: int | OneOf["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class CoarsePlace:
    """A place is moved to the middle of the cell, about so many metres wide, that it lies in.

    ``area``: to the middle of the area of this boundary dataset instead.
    """

    metres: float | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Crowds:
    """A place is moved to the middle of the smallest cell with at least so many rows."""

    at_least: int


@dataclass(frozen=True, slots=True)
class Capped:
    """A number is at least ``low`` and at most ``high``: what is beyond is told as the bound."""

    field: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number is rounded to a multiple of ``to``."""

    field: str
    to: float


@dataclass(frozen=True, slots=True)
class OnlyAggregates:
    """No rows: only counts, sums and averages over groups of ``by``, each of ``at_least`` rows.

    Rows of smaller groups are left out of everything, so two questions that differ by few rows
    can't be had: every answer is made of whole groups.
    """

    by: tuple[str, ...]
    at_least: int


@dataclass(frozen=True, slots=True)
class SmallCounts:
    """Counts below a number are hidden, and so many more that none of them can be worked out.

    The rows of the dataset are pairs with a count each: pupils of an area at a school. For each
    combination of ``within`` they are a table of ``rows`` by ``columns`` whose totals may be told.
    Who shows a hidden number knows the least and the most that it can be.

    Parameters
    ----------
    field: the count. below: from 1 up to and without this, it is hidden.
    row_total, column_total: fields with the totals of each row and column, filled in where the
        dataset has none; empty where they are not to be told.
    """

    field: str
    below: int
    rows: str
    columns: str
    within: tuple[str, ...] = ()
    row_total: str = ""
    column_total: str = ""


Obligation = (
    OnlyRows
    | Without
    | Masked
    | CoarseTime
    | CoarsePlace
    | Crowds
    | Capped
    | Rounded
    | OnlyAggregates
    | SmallCounts
)


@dataclass(frozen=True, slots=True)
class Duty:
    """What a reader has to do in return: ``attribute``, ``inform``, ``delete`` ... , in words."""

    action: str
    words: str


# Rules


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy.

    Parameters
    ----------
    id: unique in the policy.
    to: ``anyone``, ``signed-in``, ``account:<id>``, ``organisation:<id>``, ``group:<id>``,
        ``peer:<id>``; the rule is about any of them.
    purposes: terms of the Data Privacy Vocabulary; none for every purpose.
    not_before, not_after: instants between which the rule is in force.
    obligations: of a permission.
    because: the reason in plain words, shown to who is refused or obliged.
    """

    id: str
    effect: OneOf["permit", "forbid"]
    actions: tuple[Action, ...]
    to: tuple[str, ...] = (ANYONE,)
    purposes: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None
    obligations: tuple[Obligation, ...] = ()
    duties: tuple[Duty, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules on a dataset; a prohibition wins over a permission.

    Parameters
    ----------
    licence: id of a licence of the city.
    version: number of this text of the rules, from 1; 0 is what a pack or a default says.
    """

    rules: tuple[Rule, ...] = ()
    licence: str | None = None
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether anyone may do anything, with no obligations."""
        return self.rules == OPEN.rules


OPEN = Policy((Rule("open", "permit", ACTIONS, because="It is open data."),))


@dataclass(frozen=True, slots=True)
class Decision:
    """Policy's answer: permit with obligations, or refuse with a reason in plain words.

    Parameters
    ----------
    rule: id of the rule it comes from; empty where no rule speaks of the reader.
    """

    permitted: bool
    reason: str
    rule: str = ""
    obligations: tuple[Obligation, ...] = ()
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Permit:
    """A query that policy let through, as policy rewrote it.

    The engine answers nothing else, and only ``interurban.policy.door`` makes one.
    """

    reader: Reader
    query: Query
    decision: Decision


def in_words(obligation: Obligation) -> str:
    """What an obligation changed, for who reads the answer."""
    match obligation:
        case OnlyRows():
            return "Only some rows are shown."
        case Without(fields):
            return f"Left out: {', '.join(fields)}."
        case Masked(field, value):
            return f"{field} is the same in every row: {'blank' if value is None else value}."
        case CoarseTime(field, to):
            return f"{field} is told to {f'{to} minutes' if isinstance(to, int) else f'the {to}'}."
        case CoarsePlace(area=str(area)):
            return f"Places are told to the area of {area}."
        case CoarsePlace(metres):
            return f"Places are told to cells of about {metres:g} m."
        case Crowds(at_least):
            return f"Places are told to cells with at least {at_least} rows."
        case Capped(field, low, high):
            bounds = [f"below {low:g}"] if low is not None else []
            bounds += [f"above {high:g}"] if high is not None else []
            return f"{field} {' or '.join(bounds)} is told as that."
        case Rounded(field, to):
            return f"{field} is rounded to {to:g}."
        case OnlyAggregates(by, at_least):
            return (
                f"Only counts, sums and averages by {', '.join(by)}, of groups of at least "
                f"{at_least}; smaller groups are left out."
            )
        case SmallCounts(field, below):
            return (
                f"{field} below {below} is hidden, and so are some other numbers, from which it "
                "could be worked out. Hidden is not 0."
            )
