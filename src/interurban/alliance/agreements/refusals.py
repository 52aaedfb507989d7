"""What was refused of what partners told: logged, and recorded so often that it shows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import structlog

from interurban.core.alliance import Peer
from interurban.core.errors import InterurbanError, StoreError
from interurban.policy.audit import record

__all__ = ["Refusals"]

_MINUTE_S = 60.0
_A_MINUTE = 20
_MOST_WORDS = 500

_log = structlog.get_logger("interurban.alliance")


class Refusals:
    """Writes refusals down: each once a minute, so that nobody fills the disk by being refused.

    Parameters
    ----------
    home: the data folder.
    clock: seconds that only grow.
    """

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._clock = clock
        self._lock = Lock()
        self._last: dict[tuple[str, str, str], float] = {}

    def note(self, peer: Peer, body: Mapping[str, Any], error: InterurbanError) -> None:
        """Log that a partner's step was refused, and record it if it was not a moment ago."""
        agreement = _claimed(body)
        _log.warning(
            "refused a step of an agreement", peer=peer.id, agreement=agreement, reason=error.what
        )
        if not self._is_due((peer.id, agreement, error.part or type(error).__name__)):
            return
        try:
            record(
                self._home,
                "agreement",
                "refused a step",
                who=f"peer:{peer.id}",
                facts={"peer": peer.id},
                details={"agreement": agreement, "reason": error.what[:_MOST_WORDS]},
            )
        except StoreError as failure:
            _log.error("a refusal could not be recorded", reason=str(failure))

    def _is_due(self, what: tuple[str, str, str]) -> bool:
        now = self._clock()
        with self._lock:
            self._last = {key: at for key, at in self._last.items() if now - at < _MINUTE_S}
            if what in self._last or len(self._last) >= _A_MINUTE:
                return False
            self._last[what] = now
            return True


def _claimed(body: Mapping[str, Any]) -> str:
    """The id of the agreement that a message says it is about, true or not."""
    try:
        said = json.loads(body["step"]["statement"])
        return str(said["body"]["agreement"])[:60]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ""
