"""Who asks, what the rule is, and what the answer was."""

from __future__ import annotations

from dataclasses import dataclass

from .query import Query

__all__ = ["ANONYMOUS", "Decision", "Permit", "Policy", "Reader"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: an account or anonymous, their organisation, and what for."""

    account: str | None = None
    organisation: str | None = None
    purpose: str = "public"


ANONYMOUS = Reader()


@dataclass(frozen=True, slots=True)
class Policy:
    """The rule on a dataset. ``open`` data may be read by anyone; everything else is refused."""

    access: str = "open"


@dataclass(frozen=True, slots=True)
class Decision:
    """Policy's answer: permit with obligations, or refuse with a reason in plain words."""

    permitted: bool
    reason: str
    obligations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Permit:
    """A query that policy let through, as policy rewrote it.

    The engine answers nothing else, and only ``interurban.policy.door`` makes one.
    """

    reader: Reader
    query: Query
    decision: Decision
