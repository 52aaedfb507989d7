"""A node and what its partners have: one catalogue, one road out, whoever holds the data.

A dataset that is loaded here is answered here. One that only a partner has is asked there: this
node's own door decides first whether its reader may ask at all, then the question is pushed down,
and the owner's door decides again.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from interurban.catalog.node import Counted, Node
from interurban.catalog.packs import Packs
from interurban.catalog.registry import UNREADABLE
from interurban.catalog.rows import Rows
from interurban.core.alliance import Peer
from interurban.core.dataset import Reject, Snapshot
from interurban.core.errors import InvalidPlace, Refused, UnknownSnapshot
from interurban.core.policy import Action, Decision, Policy, Reader
from interurban.core.query import BBox, ByArea, ByCell, Group, InArea, Place, Query, Within
from interurban.query.compile import Table, selected_fields

from .asking import Asking
from .opened import Alliance
from .theirs import Theirs
from .told import Told

__all__ = ["JoinedNode"]


class JoinedNode(Node):
    """A node whose questions also reach the datasets of its partners.

    Parameters
    ----------
    alliance: the partners; opened here, and closed with the node, when absent.
    """

    def __init__(
        self,
        home: Path | str | None = None,
        *,
        packs: Sequence[Path] = (),
        memory_mb: int = 2_000,
        timeout_s: float = 60.0,
        alliance: Alliance | None = None,
    ) -> None:
        super().__init__(home, packs=packs, memory_mb=memory_mb, timeout_s=timeout_s)
        self.alliance = alliance or Alliance(self.home.root)
        self._closes = alliance is None
        self._joined = True
        self._theirs = Theirs(self.alliance)
        self._asking = Asking(self.alliance.calls, lambda: self.alliance.key, self._theirs.behind)

    def close(self) -> None:
        """Let go of every file, and of what was opened to ask partners."""
        super().close()
        if self._closes:
            self.alliance.close()

    @property
    def own(self) -> JoinedNode:
        """The node without what partners have: what it answers them from."""
        if not self._joined:
            return self
        own = copy(self)
        own._joined = False  # noqa: SLF001 - a copy of itself
        return own

    # What there is

    @property
    def packs(self) -> Packs:
        """The packs, and what partners told of cities and datasets that are not loaded here."""
        own = super().packs
        if not self._joined or not self._theirs.datasets():
            return own
        return self._theirs.join(own, self._engine.history())

    def told(self, dataset: str) -> Told | None:
        """What a partner told of a dataset that only it has; ``None`` of what is loaded here."""
        found = self._theirs.told(dataset) if self._joined else None
        return None if found is None or dataset in self._engine.history() else found

    def partner(self, dataset: str) -> Peer | None:
        """The partner that answers questions about a dataset; ``None`` when this node does."""
        told = self.told(dataset)
        return None if told is None else told.peer

    def snapshots(self) -> dict[str, Snapshot]:
        """The newest snapshot of every dataset, here or there, that the reader may know."""
        found = super().snapshots()
        for dataset, told in self._theirs.datasets().items() if self._joined else ():
            if told.snapshot is not None and self.told(dataset) is not None:
                try:
                    self.standing(dataset)
                except Refused:
                    continue
                found[dataset] = told.snapshot
        return found

    def history(self, dataset: str) -> list[Snapshot]:
        """Every snapshot of a dataset, newest first; of a partner's, the newest alone."""
        if self.told(dataset) is None:
            return super().history(dataset)
        return [self.snapshot(dataset)]

    def rejects(self, dataset: str, *, limit: int = 100, offset: int = 0) -> list[Reject]:
        """Broken values of the newest load; a partner's are its own business.

        Raises
        ------
        Refused: they tell what the reader may not have.
        """
        told = self.told(dataset)
        if told is not None:
            raise Refused(
                f"What was left out of {dataset} is known to {told.peer.title} alone.",
                advice=f"See it at {told.peer.url}.",
            )
        return super().rejects(dataset, limit=limit, offset=offset)

    def rules_on(self, dataset: str) -> Policy:
        """The rules here: on what is loaded, with agreements; on what a partner has, its terms."""
        told = self.told(dataset)
        if told is not None:
            return self._theirs.policy(told)
        rules = super().rules_on(dataset)
        if rules.is_open or rules is UNREADABLE:
            return rules
        return self._theirs.with_agreed(dataset, rules)

    def _version(self, dataset: str, as_of: int | datetime | None = None) -> Snapshot:
        told = self.told(dataset)
        if told is None:
            return super()._version(dataset, as_of)
        if told.snapshot is None:
            raise Refused(
                self.decide(dataset, "read").reason, advice="Ask its publisher for an agreement."
            )
        known = self._theirs.versions(told.snapshot)
        match as_of:
            case None:
                return told.snapshot
            case datetime():
                fitting = [one for one in known if one.committed_at <= as_of]
            case _:
                fitting = [one for one in known if one.version == as_of]
        if not fitting:
            raise UnknownSnapshot(
                f"Of {dataset}, which {told.peer.title} holds, only version "
                f"{told.snapshot.version} can be asked.",
                advice="Leave as_of out, or begin again with the first page.",
                part="as_of",
            )
        return fitting[-1]

    def _as_seen(self, version: Snapshot, decision: Decision) -> Snapshot:
        # What a partner told is as it sees this node: obligations are carried out there.
        return version if version.peer else super()._as_seen(version, decision)

    # Questions

    def rows(self, query: Query, reader: Reader | None = None, action: Action = "read") -> Rows:
        """Rows as a stream in bounded memory, whatever their number."""
        told = self.told(query.dataset)
        if told is None:
            return super().rows(query, reader, action)
        snapshot, asked, who = self._pushed(told, query, reader, action)
        pages = self._asking.pages(told.peer, snapshot, asked, action, who)
        batches = (batch for page in pages for batch in page.to_batches() if batch.num_rows)
        return Rows(snapshot, selected_fields(asked, Table((), snapshot, "UTC")), batches)

    def page(self, query: Query, reader: Reader | None = None) -> Rows:
        """Rows at once."""
        if self.told(query.dataset) is None:
            return super().page(query, reader)
        rows = self.rows(query, reader)
        return replace(rows, batches=iter(list(rows.batches)))

    def feature(self, query: Query, feature: str, reader: Reader | None = None) -> Rows:
        """The one row of that public id; UnknownFeature when there is none."""
        told = self.told(query.dataset)
        if told is None:
            return super().feature(query, feature, reader)
        snapshot, asked, who = self._pushed(told, query, reader, "read")
        found = self._asking.feature(told.peer, snapshot, asked, feature, who)
        fields = selected_fields(asked, Table((), snapshot, "UTC"))
        return Rows(snapshot, fields, iter(found.to_batches()))

    def count(self, query: Query, reader: Reader | None = None) -> Counted:
        """Exact numbers of rows, and of rows with a place."""
        told = self.told(query.dataset)
        if told is None:
            return super().count(query, reader)
        snapshot, asked, who = self._pushed(told, query, reader, "aggregate")
        return self._asking.count(told.peer, snapshot, asked, who)

    def aggregate(self, query: Query, reader: Reader | None = None) -> pa.Table:
        """Groups, then measures: one row a group."""
        told = self.told(query.dataset)
        if told is None:
            return super().aggregate(query, reader)
        snapshot, asked, who = self._pushed(told, query, reader, "aggregate")
        return self._asking.aggregate(told.peer, snapshot, asked, who)

    def cells(self, query: Query, level: int, reader: Reader | None = None) -> pa.Table:
        """Columns ``x``, ``y`` and ``count``."""
        told = self.told(query.dataset)
        if told is None:
            return super().cells(query, level, reader)
        snapshot, asked, who = self._pushed(told, query, reader, "aggregate", ByCell(level))
        return self._asking.cells(told.peer, snapshot, asked, level, who)

    def tile(self, query: Query, z: int, x: int, y: int, reader: Reader | None = None) -> bytes:
        """One MVT of WebMercatorQuad; empty bytes where nothing is."""
        told = self.told(query.dataset)
        if told is None:
            return super().tile(query, z, x, y, reader)
        snapshot, asked, who = self._pushed(told, query, reader, "read")
        return self._asking.tile(told.peer, snapshot, asked, z, x, y, who)

    def _pushed(
        self, told: Told, query: Query, reader: Reader | None, action: Action, *by: Group
    ) -> tuple[Snapshot, Query, Reader]:
        """What is asked of which version, by whom, once this node's door has let it through."""
        who = reader or self.reader
        snapshot = self._version(query.dataset, query.as_of)
        asked = replace(query, groups=(*query.groups, *by)) if by else query
        self._door.permit(who, asked, action, snapshot.roles.time)
        for group in query.groups:
            if isinstance(group, ByArea) and not self._is_known_by(told.peer, group.boundary):
                raise InvalidPlace(
                    f"{told.peer.title}, which holds {query.dataset}, has no {group.boundary} to "
                    "group by.",
                    advice="Group by one of its own boundary datasets.",
                    part="by",
                )
        places = tuple(self._sent(told.peer, place, who) for place in query.places)
        times = tuple(replace(span, label="") for span in query.times)
        return snapshot, replace(query, places=places, times=times, as_of=snapshot.version), who

    def _sent(self, peer: Peer, place: Place, reader: Reader) -> Place:
        """A place as it is sent: an area that is not there as its shape, and no words.

        What a person calls a place may be their own business.
        """
        if isinstance(place, BBox):
            return place
        if isinstance(place, InArea) and not self._is_known_by(peer, place.boundary):
            return Within(self.area_shape(place, reader))
        return replace(place, label="")

    def _is_known_by(self, peer: Peer, dataset: str) -> bool:
        """Whether a partner has a dataset itself."""
        told = self._theirs.told(dataset)
        return told is not None and told.peer.id == peer.id

    def _area_table(self, boundary: str, of: Snapshot, reader: Reader | None) -> Table:
        told = self.told(boundary)
        if told is not None:
            raise InvalidPlace(
                f"{boundary} lies at {told.peer.title}, so {of.dataset} can't be grouped by it.",
                advice=f"Load it here: interurban load {boundary}",
                part="by",
            )
        return super()._area_table(boundary, of, reader)
