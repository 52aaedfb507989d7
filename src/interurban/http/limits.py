"""How often one reader may ask: a bucket of tokens for each account, or for each address."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address

__all__ = ["Limits", "address_of", "is_here"]

_MOST = 20_000
"""Buckets that are remembered; full ones are forgotten before this many are there."""


class Limits:
    """Lets through ``per_s`` requests a second of each key, and ``burst`` at once.

    One event loop asks; what is remembered stays small whatever addresses come.

    Parameters
    ----------
    per_s: 0 lets everything through.
    burst: at least 1.
    clock: seconds that only grow.
    """

    def __init__(
        self, per_s: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s = per_s
        self._burst = float(max(1, burst))
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, key: str) -> float:
        """Take a token; 0 when there was one, else seconds until there will be."""
        if not self._per_s:
            return 0.0
        now = self._clock()
        left, at = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_s)
        enough = left >= 1
        self._buckets[key] = (left - 1 if enough else left, now)
        if len(self._buckets) > _MOST:
            self._forget(now)
        return 0.0 if enough else (1 - left) / self._per_s

    def _forget(self, now: float) -> None:
        """Drop full buckets; when that is not enough, the half that has not asked for longest."""
        filled_s = self._burst / self._per_s
        kept = {key: held for key, held in self._buckets.items() if now - held[1] < filled_s}
        if len(kept) > _MOST // 2:
            kept = dict(list(kept.items())[-_MOST // 2 :])
        self._buckets = kept


def address_of(host: str) -> str:
    """What an address is counted by: of IPv6 the network of one household (/64)."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Network((address, 64), strict=False))
    return str(address)


def is_here(host: str) -> bool:
    """Whether an address is that of the machine itself."""
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
