"""What partners told, beside what a node has itself: descriptions, versions, and the rules here.

Everything is kept until something changes, and is the same object until then: decisions and the
vocabulary are kept by it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock, Thread
from types import MappingProxyType

from interurban.catalog.packs import Packs
from interurban.core.alliance import Peer
from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot
from interurban.core.errors import InterurbanError
from interurban.core.policy import ACTIONS, OPEN, Action, Policy, Rule

from .opened import Alliance
from .syncing import sync
from .told import Told

__all__ = ["Theirs"]

_VERSIONS = 200
_ACTIONS: Mapping[str, tuple[Action, ...]] = {
    "open": ACTIONS,
    "part": ACTIONS,
    "statistics": ("aggregate",),
}


@dataclass(frozen=True, slots=True)
class _Joined:
    """Packs, what was joined to them, and both together."""

    own: Packs
    theirs: Mapping[str, Dataset]
    both: Packs


class Theirs:
    """What partners have.

    Parameters
    ----------
    alliance: of this node.
    """

    def __init__(self, alliance: Alliance) -> None:
        self._alliance = alliance
        self._lock = Lock()
        self._packs: _Joined | None = None
        self._seen: tuple[object, object, object] | None = None
        self._agreed: dict[str, tuple[Policy, tuple[Rule, ...], Policy]] = {}
        self._rules: dict[str, tuple[object, Policy]] = {}
        self._versions: OrderedDict[tuple[str, int], Snapshot] = OrderedDict()
        self._syncing: dict[str, Thread] = {}

    def behind(self, peer: Peer, dataset: str, version: int, release: str) -> bool:
        """Whether a partner has told another version of a dataset than it has now.

        Then it is asked what is new, and nobody waits for that.
        """
        told = self.told(dataset)
        known = None if told is None else told.snapshot
        if known is not None and (known.version, known.release) == (version, release):
            return False
        with self._lock:
            under_way = self._syncing.get(peer.id)
            if under_way is None or not under_way.is_alive():
                thread = Thread(target=self._sync, args=(peer,), name="sync", daemon=True)
                self._syncing[peer.id] = thread
                thread.start()
        return True

    def _sync(self, peer: Peer) -> None:
        with suppress(InterurbanError):  # the next of the regular rounds says what is wrong
            sync(self._alliance, peer)

    def datasets(self) -> Mapping[str, Told]:
        """Every dataset that partners told of."""
        return self._alliance.known.datasets()

    def told(self, dataset: str) -> Told | None:
        """What was told of one."""
        return self.datasets().get(dataset)

    # Descriptions

    def join(self, own: Packs, held: Mapping[str, object]) -> Packs:
        """The packs with what partners told of everything that is not held here.

        A city is as the node's own packs have it, with the licences that only a partner knows.
        """
        known = self.datasets()
        if not known:
            return own
        seen = (own, known, held)
        if self._seen is None or any(a is not b for a, b in zip(self._seen, seen, strict=True)):
            with self._lock:
                self._packs = self._joined(own, known, held)
                self._seen = seen
        assert self._packs is not None
        return self._packs.both

    def _joined(self, own: Packs, known: Mapping[str, Told], held: Mapping[str, object]) -> _Joined:
        theirs = {name: told.dataset for name, told in known.items() if name not in held}
        cities = dict(own.cities)
        for name, city in self._alliance.known.cities().items():
            cities[name] = _with_licences(cities[name], city) if name in cities else city
        before = self._packs
        if (
            before is not None
            and before.own is own
            and before.theirs == theirs
            and before.both.cities == cities
        ):
            return before
        described = {name: one for name, one in theirs.items() if one.city in cities}
        both = Packs(
            MappingProxyType(cities),
            MappingProxyType(dict(own.datasets) | described),
            own.apps,
            own.more,
        )
        return _Joined(own, theirs, both)

    # Versions

    def versions(self, newest: Snapshot) -> list[Snapshot]:
        """Versions that were told lately, oldest first, so that pages can be read to their end."""
        with self._lock:
            self._versions[newest.dataset, newest.version] = newest
            self._versions.move_to_end((newest.dataset, newest.version))
            while len(self._versions) > _VERSIONS:
                self._versions.popitem(last=False)
            found = [one for (name, _), one in self._versions.items() if name == newest.dataset]
        # Of the same version what was told last counts: the terms may have changed since.
        return sorted(found, key=lambda one: one.version)

    # Rules

    def policy(self, told: Told) -> Policy:
        """The rules here on a dataset of a partner's.

        What its own rules give to a partner as such is for all who ask there; what an agreement
        gives, for those that the agreement names. The partner decides again on every question.
        """
        if told.access.kind == "open" and told.access.agreement is None:
            return OPEN
        taken = None
        if told.access.agreement is not None:
            taken = self._alliance.agreements.taken(told.peer.id, told.dataset.id)
        why: object = taken[1] if taken is not None else told.access
        kept = self._rules.get(told.dataset.id)
        if kept is not None and kept[0] == why:
            return kept[1]
        rule = taken[1] if taken is not None else _rule(told)
        made = Policy((rule,))
        self._rules[told.dataset.id] = (why, made)
        return made

    def with_agreed(self, dataset: str, rules: Policy) -> Policy:
        """The rules on a dataset of this node's, with those of its agreements with partners."""
        if not self._alliance.peers.all():
            return rules
        given = self._alliance.agreements.given(dataset)
        if not given:
            return rules
        kept = self._agreed.get(dataset)
        if kept is not None and kept[0] is rules and kept[1] is given:
            return kept[2]
        both = replace(rules, rules=(*rules.rules, *given))
        self._agreed[dataset] = (rules, given, both)
        return both


def _rule(told: Told) -> Rule:
    said = f"{told.peer.title} says: {told.access.reason}"
    if told.access.agreement is not None:
        said = f"The agreement that {told.peer.title} gives it by is not in force here."
    elif told.access.kind != "closed":
        return Rule("partner", "permit", _ACTIONS[told.access.kind], because=said)
    return Rule("partner", "forbid", ACTIONS, because=said)


def _with_licences(own: City, told: City) -> City:
    known = {licence.id for licence in own.licences}
    more = tuple(licence for licence in told.licences if licence.id not in known)
    return replace(own, licences=(*own.licences, *more)) if more else own
