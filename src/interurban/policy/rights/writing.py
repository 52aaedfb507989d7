"""A policy as YAML, as people write it: what ``rules`` reads again as the same policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml

from interurban.core import policy as p
from interurban.query.cql2 import to_text

__all__ = ["duty_as_written", "obligation_as_written", "to_mapping", "to_yaml"]


def to_yaml(policy: p.Policy) -> str:
    """The policy as the text of a file; its version is the file's own."""
    return yaml.safe_dump(
        to_mapping(policy), sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )


def to_mapping(policy: p.Policy) -> dict[str, Any]:
    """The policy as plain values, for YAML and JSON alike."""
    written: dict[str, Any] = {} if policy.licence is None else {"licence": policy.licence}
    return {**written, "rules": [_rule(rule) for rule in policy.rules]}


def _rule(rule: p.Rule) -> dict[str, Any]:
    actions = ["use"] if set(rule.actions) == set(p.ACTIONS) else list(rule.actions)
    found: dict[str, Any] = {"id": rule.id, rule.effect: actions, "to": list(rule.to)}
    optional = {
        "for": list(rule.purposes),
        "from": _instant(rule.not_before),
        "until": _instant(rule.not_after),
        "because": rule.because,
        "duties": [duty_as_written(each) for each in rule.duties],
        "with": [obligation_as_written(each) for each in rule.obligations],
    }
    return {**found, **{key: value for key, value in optional.items() if value}}


def _instant(instant: datetime | None) -> str:
    return instant.isoformat() if instant is not None else ""


def duty_as_written(duty: p.Duty) -> dict[str, str]:
    """One entry of ``duties``."""
    return {duty.action: duty.words}


def obligation_as_written(one: p.Obligation) -> Mapping[str, Any]:
    """One entry of ``with``."""
    match one:
        case p.OnlyRows(where):
            return {"only_rows": to_text(where)}
        case p.Without(fields):
            return {"without": list(fields)}
        case p.Masked(field, value):
            return {"masked": {"field": field, "value": value}}
        case p.CoarseTime(field, to):
            span = to if isinstance(to, str) else f"{to} minute{'s' * (to != 1)}"
            return {"coarse_time": {"field": field, "to": span}}
        case p.CoarsePlace(metres, area):
            return {"coarse_place": {"area": area} if area else {"to": f"{_number(metres)} m"}}
        case p.Crowds(at_least):
            return {"crowds": {"at_least": at_least}}
        case p.Capped(field, low, high):
            bounds = {"low": low, "high": high}
            kept = {name: value for name, value in bounds.items() if value is not None}
            return {"capped": {"field": field, **kept}}
        case p.Rounded(field, to):
            return {"rounded": {"field": field, "to": to}}
        case p.OnlyAggregates(by, at_least):
            return {"only_aggregates": {"by": list(by), "at_least": at_least}}
        case p.SmallCounts():
            optional = {
                "within": list(one.within),
                "row_total": one.row_total,
                "column_total": one.column_total,
            }
            return {
                "small_counts": {
                    "field": one.field,
                    "below": one.below,
                    "rows": one.rows,
                    "columns": one.columns,
                    **{key: value for key, value in optional.items() if value},
                }
            }


def _number(metres: float | None) -> str:
    assert metres is not None
    return f"{metres:.10f}".rstrip("0").rstrip(".")
