"""What the reports on a request come to: permitted, forbidden, void, or not spoken of."""

from __future__ import annotations

from enum import StrEnum

from rdflib import Graph

from .evaluation import strategy
from .reports import PolicyReport
from .vocabulary import ODRL

__all__ = ["Outcome", "outcome"]


class Outcome(StrEnum):
    """Only ``permitted`` opens anything."""

    permitted = "permitted"
    forbidden = "forbidden"
    void = "void"
    silent = "silent"


def outcome(report: PolicyReport, policy: Graph) -> Outcome:
    """What a report means, with the conflict strategy of its policy.

    Where permissions and prohibitions are active at once, ``odrl:perm`` lets the permission win,
    ``odrl:prohibit`` the prohibition, and ``odrl:invalid``, which is the default, voids the policy.
    """
    permitted = any(rule.active for rule in report.rules if rule.kind == "PermissionReport")
    forbidden = any(rule.active for rule in report.rules if rule.kind == "ProhibitionReport")
    if permitted and forbidden:
        one = policy.value(None, ODRL.uid, report.policy) or report.policy
        settled = strategy(policy, one)
        if settled == ODRL.perm:
            return Outcome.permitted
        return Outcome.forbidden if settled == ODRL.prohibit else Outcome.void
    if permitted:
        return Outcome.permitted
    return Outcome.forbidden if forbidden else Outcome.silent
