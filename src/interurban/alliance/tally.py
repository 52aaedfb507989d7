"""How often partners asked what: counted as they ask, recorded once a minute.

Each entry of the audit log is a signed head on the disk, so there is one for each minute, partner,
dataset and rule, and not one for each tile.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Timer
from typing import Any

import structlog

from interurban.core.errors import StoreError
from interurban.policy.audit import Event, record_all

__all__ = ["Tally"]

_log = structlog.get_logger("interurban.alliance")

_MOST_READERS = 200
_FACT = re.compile(r"[a-z0-9._:+-]{1,128}")


@dataclass(slots=True)
class _Count:
    """Questions of one minute that are told of together."""

    questions: int = 0
    refused: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    purposes: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)


class Tally:
    """Counts partners' questions, and records them.

    Parameters
    ----------
    home: the data folder, for the audit log.
    every_s: seconds between the first question and the record of it.
    """

    def __init__(self, home: Path, every_s: float = 60.0) -> None:
        self._home = home
        self._every_s = every_s
        self._lock = Lock()
        self._counts: dict[tuple[str, str, str], _Count] = {}
        self._timer: Timer | None = None
        self._closed = False

    def note(
        self,
        peer: str,
        dataset: str,
        rule: str,
        kind: str,
        *,
        reader: str = "",
        purpose: str = "",
        refused: bool = False,
    ) -> None:
        """Count one question.

        Parameters
        ----------
        rule: id of the rule that let it through or refused it.
        reader: who asked there, as their node names them without telling.
        """
        with self._lock:
            count = self._counts.setdefault((peer, dataset, rule), _Count())
            count.questions += 1
            count.refused += refused
            count.kinds[kind] += 1
            count.purposes.add(purpose)
            if reader and len(count.readers) < _MOST_READERS:
                count.readers.add(reader)
            if self._timer is None and not self._closed:
                self._timer = Timer(self._every_s, self.record)
                self._timer.daemon = True
                self._timer.start()

    def record(self) -> None:
        """Write down what was counted."""
        with self._lock:
            counts, self._counts = self._counts, {}
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        events = [_event(*what, count) for what, count in counts.items()]
        if not events:
            return
        try:
            record_all(self._home, events)
        except StoreError as failure:
            _log.error("questions of partners could not be recorded", reason=str(failure))

    def close(self) -> None:
        """Record the last ones."""
        with self._lock:
            self._closed = True
        self.record()


def _event(peer: str, dataset: str, rule: str, count: _Count) -> Event:
    facts: dict[str, int | str] = {
        "peer": peer,
        "questions": count.questions,
        "refused": count.refused,
    }
    details: dict[str, Any] = {
        "kinds": dict(count.kinds),
        "purposes": sorted(count.purposes),
        "readers": sorted(count.readers),
    }
    if _FACT.fullmatch(rule):
        facts["rule"] = rule
    elif rule:
        details["rule"] = rule
    return Event("question", "partner asked", dataset or None, f"peer:{peer}", facts, details)
