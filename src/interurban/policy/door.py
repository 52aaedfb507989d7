"""The door on the only road out of the store.

Every question becomes a ``Permit`` here or is refused; the engine answers permits only. A policy
that this door can't carry out is a refusal: what is not allowed is denied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from interurban.core.errors import Refused
from interurban.core.policy import Decision, Permit, Policy, Reader
from interurban.core.query import ByArea, InArea, Query

__all__ = ["Door"]


@dataclass(frozen=True, slots=True)
class Door:
    """Decides on queries by the policy of each dataset they touch."""

    policy_of: Callable[[str], Policy]

    def decide(self, reader: Reader, query: Query) -> Decision:
        """Permit, or refuse with a reason; boundary datasets a query leans on count too."""
        for dataset in _touched(query):
            if not self.policy_of(dataset).is_open:
                who = reader.account or "an anonymous reader"
                return Decision(False, f"{dataset} is not open data, and {who} has no right to it.")
        return Decision(True, "Everything this question touches is open data.", "open")

    def permit(self, reader: Reader, query: Query) -> Permit:
        """The permit for a query.

        Raises
        ------
        Refused: with the decision's reason.
        """
        decision = self.decide(reader, query)
        if not decision.permitted:
            raise Refused(decision.reason, advice="Ask the publisher for access.")
        return Permit(reader, query, decision)


def _touched(query: Query) -> tuple[str, ...]:
    """The datasets whose rows an answer would show or depend on."""
    found = [query.dataset]
    found += [place.boundary for place in query.places if isinstance(place, InArea)]
    found += [group.boundary for group in query.groups if isinstance(group, ByArea)]
    return tuple(dict.fromkeys(found))
