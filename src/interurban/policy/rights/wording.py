"""Rules, readers and obligations in words that a resident understands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import assert_never

from interurban.core import policy as p
from interurban.query.cql2 import to_text

from . import purposes

__all__ = ["action", "actions", "day", "joined", "obligation", "party", "reader", "rule"]

_ACTIONS: dict[p.Action, str] = {
    "read": "read its rows",
    "aggregate": "ask for counts and statistics",
    "export": "download all its rows",
    "derive": "run models on it",
}
_KINDS = {
    "account": "the account",
    "organisation": "people of the organisation",
    "group": "people of the group",
    "peer": "the partner node",
}
_NOT_NAMED = {
    "account": "certain accounts",
    "organisation": "people of certain organisations",
    "group": "people of certain groups",
    "peer": "certain partner nodes",
}


def action(name: p.Action) -> str:
    """What an action is: ``read its rows``."""
    return _ACTIONS[name]


def actions(names: Sequence[p.Action]) -> str:
    """Several actions; all four are ``use it``."""
    if set(names) == set(p.ACTIONS):
        return "use it"
    return joined([_ACTIONS[name] for name in names])


def party(name: str) -> str:
    """Whom a rule is about: ``people of the organisation acme``."""
    if name == p.ANYONE:
        return "anyone"
    if name == p.SIGNED_IN:
        return "anyone who is signed in"
    kind, _, identity = name.partition(":")
    return f"{_KINDS.get(kind, kind)} {identity}"


def reader(who: p.Reader) -> str:
    """Who asks, and what for."""
    name = "an anonymous reader" if who.account is None else f"the account {who.account}"
    if who.organisation:
        name += f" of {who.organisation}"
    if who.purpose == purposes.PUBLIC:
        return f"{name}, who states no purpose"
    return f"{name}, for {purposes.in_words(who.purpose)}"


def rule(one: p.Rule, named: Collection[str] | None = None) -> str:
    """What a rule says, as the second half of a sentence: ``lets anyone read its rows ...``.

    Parameters
    ----------
    named: the parties that whoever reads it may know by name; ``None`` for all of them.
    """
    verb = "lets" if one.effect == "permit" else "forbids"
    to = "" if one.effect == "permit" else "to "
    words = f"{verb} {joined(_parties(one.to, named), 'or')} {to}{actions(one.actions)}"
    if one.purposes:
        words += f" for {joined([purposes.in_words(each) for each in one.purposes], 'or')}"
    if one.not_before is not None:
        words += f" from {day(one.not_before)}"
    if one.not_after is not None:
        words += f" until {day(one.not_after)}"
    return words


def _parties(names: Sequence[str], named: Collection[str] | None) -> list[str]:
    said = []
    for name in names:
        known = named is None or name in named
        said.append(party(name) if known else _NOT_NAMED.get(name.partition(":")[0], party(name)))
    return list(dict.fromkeys(said))


def obligation(one: p.Obligation) -> str:
    """What an answer is changed by: ``without name and address``."""
    match one:
        case p.OnlyRows(where):
            return f"only rows where {to_text(where)}"
        case p.Without(fields):
            return f"without {joined(fields)}"
        case p.Masked(field, None):
            return f"{field} is blank"
        case p.Masked(field, value):
            return f"{field} is {value} in every row"
        case p.CoarseTime(field, to):
            return f"{field} only to {'the ' + to if isinstance(to, str) else _minutes(to)}"
        case p.CoarsePlace(metres, area):
            whole = f"the area of {area}" if area else f"about {metres:g} m"
            return f"places only to {whole}"
        case p.Crowds(at_least):
            return f"places only to a cell with at least {at_least} rows"
        case p.Capped(field, low, high):
            bounds = [f"at least {low:g}" if low is not None else ""]
            bounds.append(f"at most {high:g}" if high is not None else "")
            return f"{field} told as {joined([each for each in bounds if each])}"
        case p.Rounded(field, step):
            return f"{field} rounded to {step:g}"
        case p.OnlyAggregates(by, at_least):
            groups = f" by {joined(by)}" if by else ""
            return f"only counts and statistics{groups}, of groups of at least {at_least} rows"
        case p.SmallCounts(field, below, rows, columns):
            return (
                f"{field} below {below} is hidden by {rows} and {columns}, with whatever would "
                "give it away"
            )
        case _:
            assert_never(one)


def day(instant: datetime) -> str:
    """An instant as a date; with its time unless it is midnight."""
    said = f"{instant.day} {instant:%B %Y}"
    if (instant.hour, instant.minute, instant.second) == (0, 0, 0):
        return said
    return f"{said} {instant:%H:%M} ({instant.tzname()})"


def joined(words: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _minutes(count: int) -> str:
    return "the hour" if count == 60 else f"{count} minutes"
