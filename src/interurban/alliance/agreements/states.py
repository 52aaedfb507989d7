"""How far an agreement has come, and who may bring it further.

The states are those of the Dataspace Protocol (2025-1); ``core.alliance.NEXT`` says which follows
which, and by whom. What can't be done is told with what can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from interurban.core.alliance import NEXT, Role, State
from interurban.core.errors import Conflict

__all__ = ["DONE", "STEPS", "Next", "expect", "is_over", "next_steps", "other"]

STEPS: Mapping[str, State] = MappingProxyType(
    {
        "request": "REQUESTED",
        "offer": "OFFERED",
        "accept": "ACCEPTED",
        "agree": "AGREED",
        "verify": "VERIFIED",
        "finalize": "FINALIZED",
        "terminate": "TERMINATED",
    }
)
"""What people ask for, and the state it leads to."""

DONE: Mapping[State, str] = MappingProxyType(
    {
        "REQUESTED": "requested",
        "OFFERED": "offered",
        "ACCEPTED": "accepted",
        "AGREED": "signed by the provider",
        "VERIFIED": "signed by both",
        "FINALIZED": "in force",
        "TERMINATED": "ended",
    }
)
"""Each state in words that complete "The agreement is ..."."""

_LABELS: Mapping[State, str] = MappingProxyType(
    {
        "REQUESTED": "Ask for other terms",
        "OFFERED": "Offer terms",
        "ACCEPTED": "Accept the terms",
        "AGREED": "Sign as the provider",
        "VERIFIED": "Sign as the consumer",
        "FINALIZED": "Put it in force",
        "TERMINATED": "End it",
    }
)


@dataclass(frozen=True, slots=True)
class Next:
    """Something that can be done now.

    Parameters
    ----------
    do: as ``STEPS`` has it, or ``assess``.
    label: for a button.
    """

    do: str
    label: str


def other(role: Role) -> Role:
    """The partner's role."""
    return "consumer" if role == "provider" else "provider"


def is_over(state: State) -> bool:
    """Whether nothing follows any more."""
    return state == "TERMINATED"


def next_steps(state: State, role: Role) -> tuple[Next, ...]:
    """What one side can do now, the usual step first."""
    if is_over(state):
        return ()
    names = {state: do for do, state in STEPS.items()}
    usual = sorted(
        (follows for follows, who in NEXT[state].items() if who == role),
        key=lambda follows: follows == "REQUESTED",
    )
    found = [Next(names[follows], _LABELS[follows]) for follows in usual]
    if (state, role) == ("REQUESTED", "provider"):
        found.append(Next("assess", "Add an impact assessment"))
    return (*found, Next("terminate", _LABELS["TERMINATED"]))


def expect(state: State, follows: State, role: Role) -> None:
    """Let pass what a side may do.

    Parameters
    ----------
    state: how far the agreement has come.
    follows: what it shall come to; role: of whoever brings that about.

    Raises
    ------
    Conflict: it does not follow, or is the other side's to do.
    """
    if follows == "TERMINATED" and not is_over(state):
        return
    who = NEXT[state].get(follows)
    if who == role:
        return
    if who is not None:
        raise Conflict(
            f"Only the {who} can bring an agreement that is {DONE[state]} to {follows}; "
            f"here that is the other side.",
            advice=f"Wait for the {who}.",
            part="do",
        )
    ways = [f"{name} (by the {side})" for name, side in NEXT[state].items()]
    raise Conflict(
        f"The agreement is {DONE[state]} ({state}), so it can't come to {follows}.",
        advice=f"What follows is {' or '.join(ways)}." if ways else "Make a new one.",
        part="do",
    )
