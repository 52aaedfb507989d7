"""How the rooms above write to the log: one function, called after what it tells of is done."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .entries import Event
from .log import opened

__all__ = ["local_user", "record", "record_all"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def record(
    home: Path,
    kind: str,
    what: str,
    *,
    dataset: str | None = None,
    who: str | None = None,
    facts: Mapping[str, int | str] = _NOTHING,
    details: Mapping[str, Any] = _NOTHING,
) -> int:
    """Record something that was done; it is on the disk, under a signed head, when this returns.

    Parameters
    ----------
    home: the data folder.
    kind: one of ``entries.KINDS``.
    what: what was done, in a few lower-case words of the program's own, never a person's.
    who: the account; the person at this machine when absent. Only its salted hash is public.
    facts: whole numbers, ids and hashes that anybody may read.
    details: all else; only salted hashes are public.

    Returns
    -------
    The number of the entry.

    Raises
    ------
    StoreError: it can't be recorded.
    ValueError: words stand where only ids may (a defect of the caller).
    """
    return record_all(
        home, [Event(kind, what, dataset, local_user() if who is None else who, facts, details)]
    )


def record_all(home: Path, events: list[Event]) -> int:
    """Record several things at once, all or none; the number of the last entry."""
    with opened(home) as log:
        return log.append(events)


def local_user() -> str:
    """The person at this machine, as the log names them: ``local:<user>``."""
    try:
        return f"local:{getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name, as containers have
        return "local"
