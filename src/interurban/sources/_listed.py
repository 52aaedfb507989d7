"""What a portal's catalogue says of one of its datasets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Listed"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One dataset of a portal's catalogue.

    Parameters
    ----------
    address: what ``parse_address`` reads.
    url: its page for people.
    """

    address: str
    title: str
    description: str = ""
    publisher: str = ""
    updated_at: datetime | None = None
    url: str = ""
