"""The door on the only road out of the store.

Every question becomes a ``Permit`` here or is refused; the engine answers permits only. What no
rule permits is refused, and what a permission obliges to is carried out before anything is read:
the permit says which release of the data the engine has to ask.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from interurban.core.errors import Refused
from interurban.core.policy import (
    ACTIONS,
    Action,
    Crowds,
    Decision,
    OnlyAggregates,
    Permit,
    Policy,
    Reader,
    SmallCounts,
)
from interurban.core.query import ByArea, InArea, Query

from .aggregates import why_not
from .rights.evaluate import Decisions

__all__ = ["Door"]

_OPEN = Decision(True, "It is open data.", "open")
_OF_ROWS: tuple[Action, ...] = ("read", "export", "derive")
_ADVICE = "Ask the publisher for access."


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Door:
    """Decides on questions by the policy of each dataset they touch.

    Parameters
    ----------
    policy_of: the rules on a dataset, by its id.
    now: the clock by which rules begin and end.
    """

    policy_of: Callable[[str], Policy]
    now: Callable[[], datetime] = _now
    _decisions: Decisions = field(default_factory=Decisions, repr=False, compare=False)

    def decide(self, reader: Reader, dataset: str, action: Action) -> Decision:
        """Whether a reader may do something with a dataset, and under which obligations."""
        policy = self.policy_of(dataset)
        if policy.is_open:
            return _OPEN
        if reader.scopes and action not in reader.scopes:
            return Decision(False, f"{dataset}: This token is not for {action}.")
        found = self._decisions.decide(policy, reader, action, self.now())
        if found.permitted and action in _OF_ROWS and _aggregates(found) is not None:
            return replace(
                found,
                permitted=False,
                reason=f"Of {dataset} only counts, sums and averages may be had, no rows.",
            )
        if not found.permitted:
            return replace(found, reason=f"{dataset}: {found.reason}")
        return found

    def standing(self, reader: Reader, dataset: str) -> Decision:
        """How a reader stands to a dataset: by rows if they may have them, else by counts.

        Raises
        ------
        Refused: they may have neither.
        """
        rows = self.decide(reader, dataset, "read")
        if rows.permitted:
            return rows
        counts = self.decide(reader, dataset, "aggregate")
        if counts.permitted:
            return counts
        # Where no rule is about rows at all, what is said of counts tells what is missing.
        reason = rows.reason if rows.rule or not counts.rule else counts.reason
        raise Refused(reason, advice=_ADVICE)

    def conditions(self, reader: Reader, dataset: str) -> str:
        """A name for all that a reader may do with a dataset; empty where it is open."""
        if self.policy_of(dataset).is_open:
            return ""
        decisions = [self.decide(reader, dataset, action) for action in ACTIONS]
        told = repr([(one.permitted, one.obligations) for one in decisions])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def permit(
        self, reader: Reader, query: Query, action: Action, time: str | None = None
    ) -> Permit:
        """The permit for a question.

        Parameters
        ----------
        time: the dataset's field of time.

        Raises
        ------
        Refused: with the decision's reason.
        """
        decision = self._permitted(reader, query, action)
        rule = _aggregates(decision)
        if rule is not None:
            reason = why_not(query, rule, time)
            if reason is not None:
                raise Refused(f"{query.dataset}: {reason}", advice="Change the question.")
        return Permit(reader, query, decision)

    def beneath_noise(self, reader: Reader, query: Query) -> Permit:
        """The permit for rows that an answer with noise is worked out from; nobody is shown them.

        Whoever may have statistics may have them with noise by all that is left of each row: noise
        takes the place of the least size of groups. What one row is changed by must not depend on
        others, or one person could move more than the noise is made for.

        Raises
        ------
        Refused: statistics are not permitted, or places are told by how many rows are near.
        """
        decision = self._permitted(reader, query, "aggregate")
        if any(isinstance(one, SmallCounts) for one in decision.obligations):
            raise Refused(
                f"Small numbers of {query.dataset} are hidden by what is in other rows, and noise "
                "can't be made for that.",
                advice="Ask the publisher for a policy without small_counts.",
            )
        if any(isinstance(one, Crowds) for one in decision.obligations):
            raise Refused(
                f"Places of {query.dataset} are told by how many rows are near, and noise can't be "
                "made for that.",
                advice="Ask the publisher for a policy with coarse_place instead of crowds.",
            )
        rows = tuple(o for o in decision.obligations if not isinstance(o, OnlyAggregates))
        return Permit(reader, query, replace(decision, obligations=rows))

    def _permitted(self, reader: Reader, query: Query, action: Action) -> Decision:
        decision = self.decide(reader, query.dataset, action)
        if not decision.permitted:
            raise Refused(decision.reason, advice=_ADVICE)
        for boundary in _leaned_on(query):
            areas = self.decide(reader, boundary, "read")
            if not areas.permitted:
                raise Refused(areas.reason, advice=_ADVICE)
        return decision


def _aggregates(decision: Decision) -> OnlyAggregates | None:
    return next((o for o in decision.obligations if isinstance(o, OnlyAggregates)), None)


def _leaned_on(query: Query) -> tuple[str, ...]:
    """Boundary datasets whose shapes an answer depends on."""
    found = [place.boundary for place in query.places if isinstance(place, InArea)]
    found += [group.boundary for group in query.groups if isinstance(group, ByArea)]
    return tuple(dict.fromkeys(found))
