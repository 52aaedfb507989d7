"""Read a policy as people write it, in YAML or JSON, with the file, line and key of each mistake.

::

    licence: ogl-3
    rules:
      - permit: [read, aggregate]
        to: [signed-in]
        for: [dpv:PublicBenefit]
        until: 2027-01-01
        with:
          - without: [name]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from math import isfinite
from typing import Literal, cast

from interurban.core import policy as p
from interurban.core.errors import InvalidFilter
from interurban.query.cql2 import names_in, read_filter
from interurban.standards.spelling import did_you_mean
from interurban.standards.yaml_file import Section, read_yaml_text

from . import purposes

__all__ = [
    "DUTIES",
    "PARTY",
    "Known",
    "actions_of",
    "duties_of",
    "instant_of",
    "obligations_of",
    "policy_of",
    "policy_of_text",
]

DUTIES = (
    "attribute",
    "inform",
    "delete",
    "anonymize",
    "obtainConsent",
    "reviewPolicy",
    "compensate",
    "include",
    "shareAlike",
)
"""What a reader can be asked to do in return; the words are ODRL's and Creative Commons'."""

PARTY = re.compile(r"anyone|signed-in|(account|organisation|group|peer):[^\s:]\S*")

_USE = "use"
_POLICY_KEYS = ("licence", "rules")
_RULE_KEYS = ("id", "permit", "forbid", "to", "for", "from", "until", "because", "duties", "with")
_MOST_RULES = 500
_SMALL_COUNTS = (
    "field", "below", "rows", "columns", "within", "row_total", "column_total",
)  # fmt: skip
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_MINUTES = re.compile(r"(\d{1,4}) minutes?")
_METRES = re.compile(r"(\d+(?:\.\d+)?) ?(m|km)")
_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Known:
    """What a policy is checked against.

    Parameters
    ----------
    fields: names of the dataset's fields; ``None`` where they are not known yet.
    licences: ids of the city's licences; ``None`` takes any.
    zone: whose midnight a date means, and what a time of a filter without a zone is read in.
    """

    fields: Collection[str] | None = None
    licences: Collection[str] | None = None
    zone: tzinfo = UTC


NOTHING_KNOWN = Known()


def policy_of_text(
    text: str, shown: str, known: Known = NOTHING_KNOWN, version: int = 0
) -> p.Policy:
    """The policy of a YAML or JSON text; its keys may stand under ``policy:``, as in a pack.

    Parameters
    ----------
    shown: the file's name as messages give it.

    Raises
    ------
    ConfigurationError: with the file, the line and the key.
    """
    whole = read_yaml_text(text, shown)
    if "policy" in whole:
        whole.allow(("policy",))
    return policy_of(whole.section("policy") or whole, known, version)


def policy_of(section: Section, known: Known = NOTHING_KNOWN, version: int = 0) -> p.Policy:
    """The policy whose keys stand in a section.

    Raises
    ------
    ConfigurationError: with the file, the line and the key.
    """
    section.allow(_POLICY_KEYS)
    if "rules" not in section:
        raise section.wrong("a policy needs rules.", "rules", "What no rule permits is refused.")
    entries = section.sections("rules")
    if len(entries) > _MOST_RULES:
        raise section.wrong(f"a policy has at most {_MOST_RULES} rules.", "rules")
    rules: list[p.Rule] = []
    for position, entry in enumerate(entries):
        rule = _rule(entry, position, known)
        if any(other.id == rule.id for other in rules):
            raise entry.wrong(f'another rule is called "{rule.id}".', "id", "Rename one.")
        rules.append(rule)
    return p.Policy(tuple(rules), _licence(section, known), version)


def _licence(section: Section, known: Known) -> str | None:
    if "licence" not in section:
        return None
    if known.licences is None:
        return section.text("licence")
    return section.choice("licence", known.licences)


def _rule(entry: Section, position: int, known: Known) -> p.Rule:
    entry.allow(_RULE_KEYS)
    if ("permit" in entry) == ("forbid" in entry):
        raise entry.wrong("a rule says either permit or forbid, and what.", "permit")
    effect: Literal["permit", "forbid"] = "permit" if "permit" in entry else "forbid"
    for key in ("with", "duties") if effect == "forbid" else ():
        if key in entry:
            raise entry.wrong("only a permission carries this.", key, "Take it away.")
    begin, end = instant_of(entry, "from", known.zone), instant_of(entry, "until", known.zone)
    if begin is not None and end is not None and begin >= end:
        raise entry.wrong("the rule ends before it begins.", "until", "Swap from and until.")
    rule_id = entry.text("id", default=f"rule-{position + 1}")
    if not _ID.fullmatch(rule_id):
        raise entry.wrong(
            f'"{rule_id}" is no id of a rule.', "id", "Use letters, digits, dots, _ and -."
        )
    return p.Rule(
        id=rule_id,
        effect=effect,
        actions=actions_of(entry, effect),
        to=_parties(entry),
        purposes=_purposes(entry),
        not_before=begin,
        not_after=end,
        obligations=obligations_of(entry, "with", known),
        duties=duties_of(entry, "duties"),
        because=entry.text("because", default=""),
    )


def _listed(entry: Section, key: str) -> tuple[str, ...]:
    """One text or a list of them, without repeats."""
    found = entry.texts(key) if entry.is_list(key) else (entry.text(key),)
    if not found:
        raise entry.wrong("this list is empty.", key, "Name at least one, or take the key away.")
    return tuple(dict.fromkeys(found))


def actions_of(entry: Section, key: str) -> tuple[p.Action, ...]:
    """The actions under a key: one or a list; ``use`` is all of them.

    Raises
    ------
    ConfigurationError: with the file, the line and the key.
    """
    named = _listed(entry, key)
    for each in named:
        if each not in (*p.ACTIONS, _USE):
            known = (*p.ACTIONS, _USE)
            raise entry.wrong(
                f'"{each}" is no action.',
                key,
                did_you_mean(each, known, otherwise=f"Actions are {', '.join(known)}."),
            )
    if _USE in named:
        return p.ACTIONS
    return tuple(cast("p.Action", each) for each in named)


def _parties(entry: Section) -> tuple[str, ...]:
    if "to" not in entry:
        return (p.ANYONE,)
    named = _listed(entry, "to")
    for each in named:
        if not PARTY.fullmatch(each):
            raise entry.wrong(
                f'"{each}" names nobody.',
                "to",
                "Write anyone, signed-in, or account:, organisation:, group: or peer: with an id.",
            )
    return named


def _purposes(entry: Section) -> tuple[str, ...]:
    named = _listed(entry, "for") if "for" in entry else ()
    for each in named:
        if each not in purposes.purposes():
            raise entry.wrong(f'"{each}" is no known purpose.', "for", purposes.nearest(each))
    return named


def instant_of(entry: Section, key: str, zone: tzinfo) -> datetime | None:
    """The instant under a key, or ``None`` when it is absent; a date is its midnight in the zone.

    Raises
    ------
    ConfigurationError: with the file, the line and the key.
    """
    if key not in entry:
        return None
    written = entry.written(key)
    try:
        if len(written) <= len("2026-01-01"):
            return datetime.combine(date.fromisoformat(written), time(), zone)
        found = datetime.fromisoformat(written)
    except ValueError:
        raise entry.wrong(
            f'"{written}" is no date and no instant.', key, "Write 2026-01-01 or 2026-01-01T09:00Z."
        ) from None
    if found.tzinfo is None:
        raise entry.wrong(
            f'"{written}" has no time zone.', key, "End it with Z, or an offset as +01:00."
        )
    return found


def duties_of(section: Section, key: str) -> tuple[p.Duty, ...]:
    """What a reader does in return, as the list under a key says.

    Raises
    ------
    ConfigurationError: with the file, the line and the key.
    """
    return tuple(_duty(each) for each in section.sections(key))


def _duty(entry: Section) -> p.Duty:
    action = _only_key(entry, DUTIES, "duty")
    return p.Duty(action, entry.text(action))


def _only_key(entry: Section, known: Collection[str], noun: str) -> str:
    keys = tuple(entry)
    if len(keys) != 1:
        raise entry.wrong(f"each entry of this list is one {noun}.", "", "Begin each with a dash.")
    entry.allow(known)
    return keys[0]


# Obligations


def obligations_of(
    section: Section, key: str, known: Known = NOTHING_KNOWN
) -> tuple[p.Obligation, ...]:
    """What answers are changed by, in this order, as the list under a key says.

    Raises
    ------
    ConfigurationError: with the file, the line and the key.
    """
    return tuple(_obligation(each, known) for each in section.sections(key))


def _obligation(entry: Section, known: Known) -> p.Obligation:
    kind = _only_key(entry, tuple(_OBLIGATIONS), "obligation")
    return _OBLIGATIONS[kind](entry, known)


def _only_rows(entry: Section, known: Known) -> p.OnlyRows:
    try:
        where = read_filter(entry.text("only_rows"), zone=known.zone)
    except InvalidFilter as error:
        raise entry.wrong(error.what, "only_rows", error.advice) from error
    for name in sorted(names_in(where)):
        _check_field(entry, "only_rows", name, known)
    return p.OnlyRows(where)


def _without(entry: Section, known: Known) -> p.Without:
    fields = _listed(entry, "without")
    for name in fields:
        _check_field(entry, "without", name, known)
    return p.Without(fields)


def _masked(entry: Section, known: Known) -> p.Masked:
    section = _keys(entry, "masked", ("field", "value"))
    field = _field(section, known)
    value = section.options(besides=("field",)).get("value")
    if isinstance(value, list | dict):
        raise section.wrong("this must be a single value.", "value")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise section.wrong("this instant has no time zone.", "value", "End it with Z.")
    return p.Masked(field, value)


def _coarse_time(entry: Section, known: Known) -> p.CoarseTime:
    section = _keys(entry, "coarse_time", ("field", "to"))
    field, to = _field(section, known), section.text("to")
    if to in ("day", "month", "year"):
        return p.CoarseTime(field, cast("Literal['day', 'month', 'year']", to))
    minutes = 60 if to == "hour" else int(found[1]) if (found := _MINUTES.fullmatch(to)) else 0
    if minutes < 1 or _A_DAY % minutes:
        raise section.wrong(
            f'"{to}" does not divide a day evenly.' if minutes else f'"{to}" is no span of time.',
            "to",
            "Write 15 minutes, hour, day, month or year.",
        )
    return p.CoarseTime(field, minutes)


def _coarse_place(entry: Section, _: Known) -> p.CoarsePlace:
    section = _keys(entry, "coarse_place", ("to", "area"))
    if ("to" in section) == ("area" in section):
        raise section.wrong("say either how wide a cell is, or whose areas.", "to")
    if "area" in section:
        return p.CoarsePlace(area=section.text("area"))
    written = section.text("to")
    found = _METRES.fullmatch(written)
    if found is None or not float(found[1]):
        raise section.wrong(f'"{written}" is no length.', "to", "Write 200 m or 1 km.")
    return p.CoarsePlace(metres=float(found[1]) * (1000 if found[2] == "km" else 1))


def _crowds(entry: Section, _: Known) -> p.Crowds:
    return p.Crowds(_at_least(_keys(entry, "crowds", ("at_least",))))


def _capped(entry: Section, known: Known) -> p.Capped:
    section = _keys(entry, "capped", ("field", "low", "high"))
    low, high = _number(section, "low"), _number(section, "high")
    if low is None and high is None:
        raise section.wrong("say low, high or both.", "high")
    if low is not None and high is not None and low > high:
        raise section.wrong("low is more than high.", "low", "Swap them.")
    return p.Capped(_field(section, known), low, high)


def _rounded(entry: Section, known: Known) -> p.Rounded:
    section = _keys(entry, "rounded", ("field", "to"))
    step = _number(section, "to")
    if step is None or step <= 0:
        raise section.wrong("this must be a number above 0.", "to")
    return p.Rounded(_field(section, known), step)


def _only_aggregates(entry: Section, known: Known) -> p.OnlyAggregates:
    section = _keys(entry, "only_aggregates", ("by", "at_least"))
    by = section.texts("by")
    for name in by:
        if name != "geometry":
            _check_field(section, "by", name, known)
    return p.OnlyAggregates(by, _at_least(section))


def _small_counts(entry: Section, known: Known) -> p.SmallCounts:
    section = _keys(entry, "small_counts", _SMALL_COUNTS)
    rows, columns = section.text("rows"), section.text("columns")
    within = section.texts("within") if "within" in section else ()
    for key, name in (("rows", rows), ("columns", columns), *(("within", one) for one in within)):
        _check_field(section, key, name, known)
    if len({rows, columns, *within}) < 2 + len(within):
        raise section.wrong("one field can't be several things.", "columns", "Name each once.")
    below = section.whole("below")
    if below < 2:
        raise section.wrong("no count lies below that.", "below", "Write 2 or more.")
    return p.SmallCounts(
        _field(section, known),
        below,
        rows,
        columns,
        within,
        section.text("row_total", default=""),
        section.text("column_total", default=""),
    )


_OBLIGATIONS: dict[str, Callable[[Section, Known], p.Obligation]] = {
    "only_rows": _only_rows,
    "without": _without,
    "masked": _masked,
    "coarse_time": _coarse_time,
    "coarse_place": _coarse_place,
    "crowds": _crowds,
    "capped": _capped,
    "rounded": _rounded,
    "only_aggregates": _only_aggregates,
    "small_counts": _small_counts,
}


def _keys(entry: Section, key: str, known: Collection[str]) -> Section:
    section = entry.section(key)
    assert section is not None
    section.allow(known)
    return section


def _number(section: Section, key: str) -> float | None:
    found = section.number(key)
    if found is not None and not isfinite(found):
        raise section.wrong("this must be a finite number.", key)
    return found


def _at_least(section: Section) -> int:
    number = section.whole("at_least")
    if number < 2:
        raise section.wrong("a group of one row hides nobody.", "at_least", "Write 2 or more.")
    return number


def _field(section: Section, known: Known) -> str:
    name = section.text("field")
    _check_field(section, "field", name, known)
    return name


def _check_field(section: Section, key: str, name: str, known: Known) -> None:
    if known.fields is not None and name not in known.fields:
        raise section.wrong(
            f'the dataset has no field "{name}".',
            key,
            did_you_mean(
                name, known.fields, otherwise=f"It has {', '.join(sorted(known.fields))}."
            ),
        )
