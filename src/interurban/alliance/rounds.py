"""The rounds that keep a node and its partners in step, each partner on a thread of its own.

A partner that hangs holds up nobody else. While nothing is wrong it is asked every two seconds
whether something changed; one that is down is asked less and less often.
"""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import TYPE_CHECKING

import structlog

from interurban.core.alliance import Peer
from interurban.core.errors import InterurbanError, NotFound, PeerDown

from .pairing import remind
from .syncing import sync

if TYPE_CHECKING:
    from .opened import Alliance

__all__ = ["Rounds"]

_log = structlog.get_logger("interurban.alliance")

_EVERY_S = 2.0
_LONGEST_S = 60.0
_LOOK_S, _SHORTEST_S = 1.0, 0.2
_END_S = 5.0
_KEPT = ("paired", "asked")


class Rounds:
    """Goes round the partners until it is closed.

    Parameters
    ----------
    alliance: whose partners they are.
    every_s: seconds between two questions to a partner with whom all is well.
    """

    def __init__(self, alliance: Alliance, every_s: float = _EVERY_S) -> None:
        self._alliance = alliance
        self._every_s = every_s
        self._stop = Event()
        self._threads: dict[str, Thread] = {}
        self._watch = Thread(target=self._look_after, name="alliance-rounds", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._watch.start()

    def close(self) -> None:
        """Begin no further round; calls under way are for ``Calls.close`` to break off."""
        self._stop.set()

    def wait(self) -> None:
        """Wait until every round has ended."""
        self._watch.join(_END_S)
        for thread in self._threads.values():
            thread.join(_END_S)

    def _look_after(self) -> None:
        """Begin with partners that are new, and send what waits for any."""
        while not self._stop.wait(_LOOK_S):
            try:
                peers = self._alliance.peers.all()
                for peer in peers:
                    thread = self._threads.get(peer.id)
                    if peer.standing in _KEPT and (thread is None or not thread.is_alive()):
                        self._begin(peer.id)
                if peers:
                    self._alliance.agreements.send_waiting(self._alliance.calls)
            except InterurbanError as error:
                _log.warning("the rounds of the alliance are held up", why=str(error))
            except Exception:  # noqa: BLE001 - a defect in one round ends no other
                _log.exception("a defect in the rounds of the alliance")

    def _begin(self, peer: str) -> None:
        thread = Thread(target=self._keep, args=(peer,), name=f"alliance-{peer}", daemon=True)
        self._threads[peer] = thread
        thread.start()

    def _keep(self, name: str) -> None:
        """Rounds with one partner, until it is no partner any more."""
        wait_s, standing = self._every_s, ""
        while not self._stop.is_set():
            try:
                peer = self._alliance.peers.get(name)
                standing = peer.standing
                if standing not in _KEPT:
                    return
                is_well = self._round(peer)
            except NotFound:
                return
            except PeerDown as error:
                _log.info("no answer from a partner", peer=name, why=error.what)
                is_well = True  # how long it is left alone, calls know
            except InterurbanError as error:
                _log.info("no round with a partner", peer=name, why=error.what)
                is_well = False
            except Exception:  # noqa: BLE001 - a defect in one round ends no other
                _log.exception("a defect in a round with a partner", peer=name)
                is_well = False
            wait_s = self._every_s if is_well else min(wait_s * 2, _LONGEST_S)
            self._rest(name, standing, wait_s)

    def _rest(self, name: str, standing: str, wait_s: float) -> None:
        """Wait for the next round; who has just become a partner is not kept waiting."""
        until = time.monotonic() + wait_s
        while (left_s := until - time.monotonic()) > 0 or self._alliance.calls.waits_s(name):
            if self._stop.wait(min(max(left_s, _SHORTEST_S), _LOOK_S)):
                return
            known = next((p for p in self._alliance.peers.all() if p.id == name), None)
            if known is None or known.standing != standing:
                return

    def _round(self, peer: Peer) -> bool:
        """One round; whether the next may come soon."""
        if peer.standing == "asked":
            return remind(self._alliance, peer).is_paired
        sync(self._alliance, peer)
        return True
