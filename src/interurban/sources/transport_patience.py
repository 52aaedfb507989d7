"""How long a portal is waited for, and how often it is asked again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["Patience", "retry_after_s"]


@dataclass(frozen=True, slots=True)
class Patience:
    """Time limits and the clock they are measured with; times are seconds.

    Parameters
    ----------
    connect_s: longest time until a connection stands.
    read_s: longest silence while an answer is awaited or arrives.
    attempts: how often one thing is asked for, when nothing of it arrives, before giving up.
    first_wait_s, longest_wait_s: the wait after the first failure, and the most a wait grows to.
    longest_asked_s: the longest ``Retry-After`` that is followed.
    pace_s, slowest_bytes_s: in any stretch of ``pace_s`` at least ``slowest_bytes_s`` bytes a
        second must arrive; a slower answer is broken off.
    sleep, clock, jitter: injectable, so that tests need not wait; ``jitter`` gives 0..1.
    """

    connect_s: float = 15.0
    read_s: float = 90.0
    attempts: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    longest_asked_s: float = 300.0
    pace_s: float = 30.0
    slowest_bytes_s: float = 200.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random

    def wait_s(self, failures: int, asked: float | None) -> float:
        """Seconds to wait after so many failures in a row.

        Exponential with full jitter over the upper half, so that nodes that failed together do
        not come back together; never less than what the portal asked for.

        Parameters
        ----------
        asked: what the portal's ``Retry-After`` said, if it said anything.
        """
        most = min(self.longest_wait_s, self.first_wait_s * 2.0 ** (failures - 1))
        wait = most * (0.5 + 0.5 * self.jitter())
        return wait if asked is None else max(asked, wait)


def retry_after_s(header: str | None) -> float | None:
    """Seconds that a ``Retry-After`` header asks for: a number, or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    text = header.strip()
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
