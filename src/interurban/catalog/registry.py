"""What is described, by packs and by those who run the node: cities, datasets, policies."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from interurban.core.errors import ConfigurationError, StoreError
from interurban.core.policy import ACTIONS, Policy, Rule
from interurban.policy.personal_data import blocked
from interurban.policy.rights.policy_files import read_policy
from interurban.store.home import Home

from .modelled import Modelled
from .packs import Packs, load_packs

__all__ = ["UNREADABLE", "Registry"]

_LOOK_AGAIN_S = 2.0

UNREADABLE = Policy()
"""Rules that can't be read: nobody may do anything, whatever else is agreed."""


@cache
def _closed(because: str) -> Policy:
    """Nobody may do anything, for one reason; the same object each time, as decisions expect."""
    return Policy((Rule("personal-data", "forbid", ACTIONS, because=because),))


class Registry:
    """The packs of a node, and the policy of each dataset; changes are seen within two seconds.

    Parameters
    ----------
    folders: with more city packs, beside the bundled ones and the home's own.
    """

    def __init__(self, home: Home, folders: Sequence[Path] = ()) -> None:
        self._home = home
        self._folders = tuple(folders)
        self._modelled = Modelled(home)
        self._looking = threading.Lock()
        self._stamp = self._look()
        self._packs = self._read()
        self._looked = time.monotonic()

    @property
    def packs(self) -> Packs:
        """The packs as they are described now; while a file of theirs is wrong, as before."""
        if time.monotonic() > self._looked + _LOOK_AGAIN_S and self._looking.acquire(
            blocking=False
        ):
            try:
                self._catch_up()
            finally:
                self._looking.release()
        return self._packs

    def look_again(self) -> None:
        """See at once, on every thread, what this or another process has described meanwhile."""
        with self._looking:
            self._catch_up()

    def _catch_up(self) -> None:
        self._looked = time.monotonic()
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            with suppress(ConfigurationError):  # its writer is told by whatever they do next
                self._packs = self._read()

    def policy(self, dataset: str, version: int | None = None) -> Policy:
        """The rules on a dataset: the newest an administrator set, else those of its pack.

        What looks like personal data is not open until somebody signs it off. Rules that can't be
        read are no rules, and what no rule permits is refused.

        Parameters
        ----------
        version: the newest of the dataset; a file of somebody's own is closed until it is scanned.
        """
        packs = self.packs
        described = packs.datasets[dataset]
        try:
            kept = read_policy(self._home.root, dataset, packs.cities[described.city].zone)
        except (ConfigurationError, StoreError):
            return UNREADABLE
        if kept is not None:
            return kept
        if described.policy.is_open:
            found = blocked(self._home.root, dataset, version)
            if found is not None:
                return _closed(f"{found.reason} An administrator of this node can open it.")
        return described.policy

    def _read(self) -> Packs:
        own = sorted(p for p in self._home.packs.glob("*") if p.is_dir())
        return self._modelled.added_to(load_packs((*self._folders, *own)))

    def _look(self) -> tuple[tuple[str, int], ...]:
        own = sorted((str(p), p.stat().st_mtime_ns) for p in self._home.packs.rglob("*.yaml"))
        return (*own, *self._modelled.stamp())
