"""A policy as ODRL 2.2 in JSON-LD, under our profile: the terms that are published.

A reader's duties are duties of the permission. Obligations are duties too, carried out by the
node: their actions are of our profile, and refinements say what each is done to. A prohibition for
a purpose is also one for purposes that it is part of, as decisions have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from interurban.core import policy as p
from interurban.query.cql2 import to_text

from . import profile, purposes
from .odrl.documents import CONTEXT_URL
from .odrl.vocabulary import CC, ODRL

__all__ = ["agreement_to_json_ld", "to_json_ld", "uid"]

_CONTEXT = [
    CONTEXT_URL,
    {
        "dct": "http://purl.org/dc/terms/",
        "dpv": purposes.DPV,
        "iu": str(profile.PROFILE),
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    },
]


def uid(dataset: str, version: int) -> str:
    """The name of a version of a dataset's policy; a rule's is this with ``#`` and its id."""
    return f"urn:interurban:policy:{dataset}:{version}"


def to_json_ld(policy: p.Policy, dataset: str) -> dict[str, Any]:
    """The policy on a dataset as a JSON-LD document."""
    name = uid(dataset, policy.version)
    target = str(profile.asset(dataset))
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "@id": name,
        "@type": "Set",
        "uid": name,
        "profile": str(profile.PROFILE),
        "conflict": "prohibit",
    }
    if policy.licence is not None:
        document["dct:license"] = policy.licence
    for key, effect in (("permission", "permit"), ("prohibition", "forbid")):
        rules = [
            _rule(rule, position, name, target)
            for position, rule in enumerate(policy.rules)
            if rule.effect == effect
        ]
        if rules:
            document[key] = rules
    return document


def agreement_to_json_ld(
    rule: p.Rule, datasets: Sequence[str], name: str, assigner: str, said: Mapping[str, Any]
) -> dict[str, Any]:
    """A permission that one party gives another on some datasets, as an agreement.

    Parameters
    ----------
    rule: its ``to`` is the party that takes.
    name: of the agreement, an IRI.
    assigner: the party that gives, as rules write it (``peer:chicago``).
    said: further members of the document.
    """
    targets = [str(profile.asset(dataset)) for dataset in datasets]
    giver = {"@id": str(profile.party(assigner)), "@type": "Party"}
    permission = _rule(rule, 0, name, targets if len(targets) > 1 else targets[0])
    return {
        "@context": _CONTEXT,
        "@id": name,
        "@type": "Agreement",
        "uid": name,
        "profile": str(profile.PROFILE),
        "assigner": giver,
        "assignee": permission["assignee"],
        **said,
        "permission": [permission | {"assigner": giver}],
    }


def _rule(rule: p.Rule, position: int, policy: str, target: str | list[str]) -> dict[str, Any]:
    parties = [profile.party(name) for name in rule.to]
    found: dict[str, Any] = {
        "@id": f"{policy}#{rule.id}",
        "@type": "Permission" if rule.effect == "permit" else "Prohibition",
        "iu:order": position + 1,
        "target": target,
        "action": _actions(rule.actions),
    }
    if None not in parties:
        found["assignee"] = [{"@id": str(each), "@type": "PartyCollection"} for each in parties]
    constraints = list(_constraints(rule))
    if constraints:
        found["constraint"] = constraints
    duties = [*_obligations(rule.obligations), *_duties(rule.duties)]
    if duties:
        found["duty"] = duties
    if rule.because:
        found["dct:description"] = rule.because
    return found


def _actions(actions: tuple[p.Action, ...]) -> list[Any]:
    if set(actions) == set(p.ACTIONS):
        return ["use"]
    return [
        {"@id": "iu:aggregate", "includedIn": "use"}
        if each == "aggregate"
        else _short(profile.ACTIONS[each])
        for each in actions
    ]


def _constraints(rule: p.Rule) -> Iterator[dict[str, Any]]:
    if rule.not_before is not None:
        yield _constraint("dateTime", "gteq", _value(rule.not_before))
    if rule.not_after is not None:
        yield _constraint("dateTime", "lt", _value(rule.not_after))
    operators = ("isA",) if rule.effect == "permit" else ("isA", "hasPart")
    named = [
        _constraint("purpose", operator, {"@id": each})
        for each in rule.purposes
        for operator in operators
    ]
    if len(named) == 1:
        yield named[0]
    elif named:
        yield {"@type": "LogicalConstraint", "or": named}


def _duties(duties: tuple[p.Duty, ...]) -> Iterator[dict[str, Any]]:
    for position, duty in enumerate(duties):
        yield {
            "@type": "Duty",
            "iu:order": position + 1,
            "action": _short(profile.DUTIES[duty.action]),
            "iu:words": duty.words,
        }


def _obligations(obligations: tuple[p.Obligation, ...]) -> Iterator[dict[str, Any]]:
    for position, one in enumerate(obligations):
        refinements = [
            _constraint(
                _short(profile.OPERANDS[name]),
                "isAllOf" if isinstance(value, tuple) else "eq",
                {"@list": [_value(each) for each in value]}
                if isinstance(value, tuple)
                else _value(value),
            )
            for name, value in _operands(one).items()
            if value is not None
        ]
        action: dict[str, Any] = {"rdf:value": {"@id": _short(profile.OBLIGATIONS[type(one)])}}
        if refinements:
            action["refinement"] = refinements
        yield {"@type": "Duty", "iu:order": position + 1, "action": action}


def _operands(one: p.Obligation) -> Mapping[str, Any]:
    """What an obligation is done to, and how."""
    match one:
        case p.OnlyRows(where):
            return {"where": to_text(where)}
        case p.Without(fields):
            return {"fields": fields}
        case p.Masked(field, value):
            return {"field": field, "value": value}
        case p.CoarseTime(field, to) | p.Rounded(field, to):
            return {"field": field, "to": to}
        case p.CoarsePlace(metres, area):
            return {"metres": metres, "area": area}
        case p.Crowds(at_least):
            return {"atLeast": at_least}
        case p.Capped(field, low, high):
            return {"field": field, "low": low, "high": high}
        case p.OnlyAggregates(by, at_least):
            return {"by": by, "atLeast": at_least}
        case p.SmallCounts(field, below, rows, columns, within, row_total, column_total):
            return {
                "field": field,
                "below": below,
                "rows": rows,
                "columns": columns,
                "within": within,
                "rowTotal": row_total or None,
                "columnTotal": column_total or None,
            }


def _constraint(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {
        "@type": "Constraint",
        "leftOperand": left,
        "operator": operator,
        "rightOperand": right,
    }


def _short(name: str) -> str:
    """A name as the context has it: ODRL's own words bare, ours and others' with a prefix."""
    for prefix, space in (("iu:", profile.PROFILE), ("cc:", CC), ("", ODRL)):
        if name.startswith(space):
            return prefix + name.removeprefix(space)
    return name


def _value(value: Any) -> Any:
    """A value with its type written out, so that it is read as the same value again."""
    if isinstance(value, bool) or not isinstance(value, int | float | date):
        return value
    if isinstance(value, datetime):
        return {"@value": value.isoformat(), "@type": "xsd:dateTime"}
    if isinstance(value, date):
        return {"@value": value.isoformat(), "@type": "xsd:date"}
    return {
        "@value": repr(value),
        "@type": "xsd:integer" if isinstance(value, int) else "xsd:double",
    }
