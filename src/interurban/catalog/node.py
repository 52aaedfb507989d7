"""A node: one opened Interurban, its cities, datasets and snapshots, and every question to them.

The road out is short and there is only this one: a ``Query`` is resolved (areas to shapes, times
to a snapshot), the door makes it a ``Permit``, the engine answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import shapely

from interurban.core.alliance import Peer
from interurban.core.city import City
from interurban.core.dataset import Dataset, Reject, Snapshot
from interurban.core.errors import ConfigurationError, Refused, UnknownFeature
from interurban.core.policy import ANONYMOUS, Action, Decision, Permit, Policy, Reader
from interurban.core.query import ByArea, ByCell, Group, InArea, Query
from interurban.policy.disclosure import hide_pairs
from interurban.policy.door import Door
from interurban.query.compile import Table, selected_fields
from interurban.query.phrase import Phrase, read_phrase
from interurban.query.suggest import Suggestion, suggest
from interurban.query.vocabulary import FoundPlace, Vocabulary
from interurban.store.engine import Counted, Engine
from interurban.store.home import Home, default_home
from interurban.store.running import Activity, Waiter, waited_for
from interurban.synth import label

from .after_load import is_scanned, look_for_personal_data
from .area_shapes import as_shapes, check_grouping, joined_shape, question_for
from .packs import Packs
from .registry import Registry
from .releases import areas_named, record_release, refuse_older
from .rows import Rows
from .selection import Selection
from .versions import version_as_of
from .vocabulary import Wordbook

__all__ = ["Activity", "Counted", "Node", "Waiter", "waited_for"]


class Node:
    """One opened Interurban.

    Parameters
    ----------
    home: data folder; made on the first load. Default: ``default_home()``.
    packs: folders with more city packs, beside the bundled ones and the home's own.
    memory_mb: what the engine may hold in memory.
    timeout_s: longest time of one question.
    """

    def __init__(
        self,
        home: Path | str | None = None,
        *,
        packs: Sequence[Path] = (),
        memory_mb: int = 2_000,
        timeout_s: float = 60.0,
    ) -> None:
        self.home = Home(Path(home) if home is not None else default_home())
        self.reader = ANONYMOUS
        self._engine = Engine(self.home, memory_mb=memory_mb, timeout_s=timeout_s)
        self._registry = Registry(self.home, packs)
        self._door = Door(self.rules_on)
        self._wordbook = Wordbook(self)

    def seen_by(self, reader: Reader) -> Node:
        """The node as a reader sees it; it is closed with the one it comes from."""
        if reader == self.reader:
            return self
        seen = copy(self)
        seen.reader = reader
        return seen

    @property
    def own(self) -> Node:
        """The node without what partners have."""
        return self

    def partner(self, dataset: str) -> Peer | None:  # noqa: ARG002 - others have partners
        """The partner that answers questions about a dataset; ``None`` when this node does."""
        return None

    def close(self) -> None:
        """Let go of every file."""
        self._wordbook.close()
        self._engine.close()

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getitem__(self, dataset: str) -> Selection:
        """All rows of a dataset, to be narrowed: ``node["chicago.crimes"].filter(...)``."""
        self.snapshot(dataset)
        return Selection(self, Query(dataset))

    # What there is

    @property
    def packs(self) -> Packs:
        """The packs; a change of the home's own is seen within two seconds."""
        return self._registry.packs

    def look_again(self) -> None:
        """See at once what another process has described meanwhile."""
        self._registry.look_again()

    @property
    def cities(self) -> Mapping[str, City]:
        """Every city by id."""
        return self.packs.cities

    def city(self, city: str) -> City:
        """The city of that id; UnknownCity names the nearest."""
        return self.packs.city(city)

    def datasets(self) -> list[Dataset]:
        """Every described dataset, loaded or not, in order of id."""
        return [self._shown(d) for d in sorted(self.packs.datasets.values(), key=lambda d: d.id)]

    def dataset(self, dataset: str) -> Dataset:
        """The dataset of that id; UnknownDataset names the nearest."""
        return self._shown(self.packs.dataset(dataset))

    def _shown(self, dataset: Dataset) -> Dataset:
        """As it may be shown: synthetic rows are said to be so, and nobody is named for them."""
        history = self._engine.history().get(dataset.id)
        return label(dataset) if history and history[-1].synthetic else dataset

    def snapshots(self) -> dict[str, Snapshot]:
        """The newest snapshot of every loaded dataset, of those that the reader may know.

        One whose release is being built is there as soon as it is.
        """
        known = self.packs.datasets
        found = {}
        for dataset, history in self._engine.history().items():
            if dataset in known:
                try:
                    standing = self.standing(dataset)
                    if not self._is_being_released(history[-1], standing):
                        found[dataset] = self._as_seen(history[-1], standing)
                except Refused:
                    continue
        return found

    def held(self) -> dict[str, str]:
        """What is loaded here: ids of described datasets, and the kind of each one's source."""
        known = self.packs.datasets
        return {
            dataset: history[-1].source.kind
            for dataset, history in self._engine.history().items()
            if dataset in known
        }

    def history(self, dataset: str) -> list[Snapshot]:
        """Every snapshot of a dataset, newest first; under obligations, the newest alone."""
        self.dataset(dataset)
        versions = self._engine.history().get(dataset, [])
        standing = self.standing(dataset)
        if standing.obligations:
            versions = versions[-1:]
        return [self._as_seen(version, standing) for version in reversed(versions)]

    def snapshot(self, dataset: str, as_of: int | datetime | None = None) -> Snapshot:
        """The newest snapshot, that of a version, or the one in force at an instant.

        To a reader under obligations it is the release that they may ask.

        Raises
        ------
        UnknownDataset: nothing of that id is described or loaded.
        UnknownSnapshot: no such version, or nothing was loaded by then.
        Refused: the reader may not know it.
        """
        version = self._version(dataset, as_of)
        return self._as_seen(version, self.standing(dataset))

    def committed(self, dataset: str) -> Snapshot | None:
        """The newest snapshot before any policy; ``None`` of a dataset that is not loaded.

        A load goes on from it, and policies are checked against its fields. It is no answer to a
        reader.
        """
        history = self._engine.history().get(self.dataset(dataset).id)
        return history[-1] if history else None

    def standing(self, dataset: str) -> Decision:
        """How the reader stands to a dataset.

        Raises
        ------
        Refused: they may not know what is in it.
        """
        return self._door.standing(self.reader, dataset)

    def decide(self, dataset: str, action: Action) -> Decision:
        """Whether the reader may do something with a dataset, why, and on what conditions."""
        return self._door.decide(self.reader, self.dataset(dataset).id, action)

    def is_open(self, dataset: str) -> bool:
        """Whether anyone may do anything with a dataset."""
        return self.rules_on(dataset).is_open

    def rules_on(self, dataset: str) -> Policy:
        """The rules that decide on a dataset now.

        They are those that were set or that its pack has, or one that keeps it closed until what
        looks like personal data is signed off.
        """
        newest = self.committed(dataset)
        if newest is None:
            return self._registry.policy(dataset)
        if newest.source.kind == "file" and not is_scanned(self.home, newest):
            # Whoever stored it has not come to it yet, or never will: they were killed.
            city = self.city(self.dataset(dataset).city)
            look_for_personal_data(self.home, newest, city.time_zone)
        return self._registry.policy(dataset, newest.version)

    def conditions(self, dataset: str) -> str:
        """A name for all that the reader may do with a dataset and how; empty for open data.

        Two readers with the same name get the same answers.
        """
        return self._door.conditions(self.reader, dataset)

    def _version(self, dataset: str, as_of: int | datetime | None = None) -> Snapshot:
        """A snapshot as it was committed."""
        self.dataset(dataset)
        return version_as_of(dataset, self._engine.history().get(dataset, ()), as_of)

    def _as_seen(self, version: Snapshot, decision: Decision) -> Snapshot:
        """What a decision leaves of a snapshot."""
        obligations = decision.obligations
        if not obligations:
            return version
        refuse_older(version, self._engine.history()[version.dataset][-1], obligations)
        areas, city = self._areas_of(decision), self.city(self.dataset(version.dataset).city)
        tell = partial(record_release, self.home)
        try:
            return self._engine.released(version, obligations, city, areas, hide_pairs, tell)
        except ConfigurationError as error:
            raise Refused(
                f"The policy of {version.dataset} can't be carried out, so nobody reads by it.",
                advice="Tell the publisher.",
            ) from error

    def _is_being_released(self, version: Snapshot, decision: Decision) -> bool:
        """Whether a reader would wait for what a decision leaves of a snapshot."""
        obligations = decision.obligations
        return bool(obligations) and self._engine.is_being_released(
            version, obligations, self._areas_of(decision)
        )

    def _areas_of(self, decision: Decision) -> dict[str, Snapshot]:
        """The boundaries that the obligations of a decision move places into."""
        return {area: self._version(area) for area in areas_named(decision.obligations)}

    def rejects(self, dataset: str, *, limit: int = 100, offset: int = 0) -> list[Reject]:
        """Broken values of the newest load, in order of the source's rows.

        Raises
        ------
        Refused: they tell what the reader may not have.
        """
        permit = self._door.permit(self.reader, Query(self._version(dataset).dataset), "read")
        if permit.decision.obligations:
            raise Refused(
                f"The rejects of {dataset} tell more than may be had of it.",
                advice="Ask the publisher for access.",
            )
        return self._engine.rejects(permit, limit=limit, offset=offset)

    # Questions

    @property
    def activity(self) -> Activity:
        """How many queries run now, and how many were stopped and why."""
        return self._engine.running.activity

    def rows(self, query: Query, reader: Reader | None = None, action: Action = "read") -> Rows:
        """Rows as a stream in bounded memory, whatever their number."""
        permit, table = self._asked(query, reader, action)
        return _rows(permit, table, self._engine.rows(permit, table))

    def page(self, query: Query, reader: Reader | None = None) -> Rows:
        """Rows at once: for a query with a limit, faster than a stream."""
        permit, table = self._asked(query, reader, "read")
        return _rows(permit, table, self._engine.page(permit, table).to_batches())

    def feature(self, query: Query, feature: str, reader: Reader | None = None) -> Rows:
        """The one row of that public id.

        Raises
        ------
        UnknownFeature: there is none.
        """
        permit, table = self._asked(query, reader, "read")
        found = self._engine.feature(permit, table, feature)
        if not found.num_rows:
            raise UnknownFeature(f"{query.dataset} has no feature {feature!r}.", part="featureId")
        return _rows(permit, table, found.to_batches())

    def count(self, query: Query, reader: Reader | None = None) -> Counted:
        """Exact numbers of rows, and of rows with a place."""
        permit, table = self._asked(query, reader, "aggregate")
        return self._engine.count(permit, table)

    def aggregate(self, query: Query, reader: Reader | None = None) -> pa.Table:
        """Groups, then measures: one row a group."""
        permit, table = self._asked(query, reader, "aggregate")
        areas = {
            group.boundary: self._area_table(group.boundary, table.snapshot, reader)
            for group in permit.query.groups
            if isinstance(group, ByArea)
        }
        return self._engine.aggregate(permit, table, areas)

    def cells(self, query: Query, level: int, reader: Reader | None = None) -> pa.Table:
        """Columns ``x``, ``y`` (of the 2**level web-mercator grid, y south) and ``count``."""
        permit, table = self._asked(query, reader, "aggregate", ByCell(level))
        return self._engine.cells(permit, table, level)

    def tile(self, query: Query, z: int, x: int, y: int, reader: Reader | None = None) -> bytes:
        """One MVT of WebMercatorQuad; empty bytes where nothing is."""
        permit, table = self._asked(query, reader, "read")
        return self._engine.tile(permit, table, z, x, y)

    # Beneath noise

    def snapshot_beneath_noise(self, dataset: str) -> Snapshot:
        """What the newest rows that the reader may have answers with noise of are like."""
        return self._beneath_noise(Query(dataset))[1].snapshot

    def rows_beneath_noise(self, query: Query) -> Rows:
        """Rows that an answer with noise is worked out from; nobody may be shown them.

        They are of the newest version, changed row by row as the reader's policy says.

        Raises
        ------
        Refused: the reader may have no statistics of the dataset.
        """
        permit, table = self._beneath_noise(query)
        return _rows(permit, table, self._engine.rows(permit, table))

    def _beneath_noise(self, query: Query) -> tuple[Permit, Table]:
        version = self._version(query.dataset)
        permit = self._door.beneath_noise(self.reader, query)
        return self._let_through(permit, query, version, self.reader)

    # The search line

    @property
    def vocabulary(self) -> Vocabulary:
        """All that a search line may name now; the first one takes a few seconds to read."""
        return self._wordbook.newest()

    def prepare(self) -> None:
        """Begin to read the vocabulary in the background, as a server does when it starts."""
        self._wordbook.prepare()

    def phrase(self, text: str, city: str | None = None, now: datetime | None = None) -> Phrase:
        """What a search line means: ``crimes theft near "Daley Center" 400 m last 7 days``.

        For a moment after a commit, lines are read by what was known before it.

        Parameters
        ----------
        city: the city that is looked at; ``None`` for all of them.
        now: aware; what "last 7 days" is reckoned from. Default: the present.

        Raises
        ------
        BadRequest: the line is too long, or is no text.
        UnknownCity: there is no such city.
        """
        return read_phrase(text, self._wordbook.ready(), now or datetime.now(UTC), city)

    def suggest(
        self, text: str, city: str | None = None, now: datetime | None = None, limit: int = 8
    ) -> tuple[Suggestion, ...]:
        """Ways to go on with a search line; for an empty one, lines that have an answer."""
        return suggest(text, self._wordbook.ready(), now or datetime.now(UTC), city, limit)

    def places(self, text: str, city: str | None = None, limit: int = 10) -> Sequence[FoundPlace]:
        """Places by name from the loaded data, best first."""
        return self._wordbook.ready().places.search(text, city, limit)

    # On the road

    def _asked(
        self, query: Query, reader: Reader | None, action: Action, *by: Group
    ) -> tuple[Permit, Table]:
        """Pin the snapshot, pass the door, and find the table.

        Parameters
        ----------
        by: groups that the answer has and the query does not name.
        """
        who = reader or self.reader
        version = self._version(query.dataset, query.as_of)
        asked = replace(query, groups=(*query.groups, *by)) if by else query
        permit = self._door.permit(who, asked, action, version.roles.time)
        return self._let_through(permit, query, version, who)

    def _let_through(
        self, permit: Permit, query: Query, version: Snapshot, who: Reader
    ) -> tuple[Permit, Table]:
        """The query as the engine is asked it, and the table of what the permit leaves."""
        places = as_shapes(query.places, lambda place: self.area_shape(place, who))
        table = self._table(self._as_seen(version, permit.decision))
        return replace(permit, query=replace(query, places=places)), table

    def _table(self, snapshot: Snapshot) -> Table:
        newest = self._engine.history()[snapshot.dataset][-1].version == snapshot.version
        city = self.city(self.dataset(snapshot.dataset).city)
        return self._engine.table(snapshot, city, newest=newest)

    def area_shape(self, place: InArea, reader: Reader | None = None) -> shapely.Geometry:
        """The shape (WGS84) of one area of a boundary dataset.

        Raises
        ------
        InvalidPlace: the dataset has no such area.
        """
        boundary = self._version(place.boundary)
        rows = self.page(question_for(place, boundary), reader)
        return joined_shape(place, rows.batches)

    def _area_table(self, boundary: str, of: Snapshot, reader: Reader | None) -> Table:
        areas = self.seen_by(reader or self.reader).snapshot(boundary)
        check_grouping(of, areas)
        return self._table(areas)


def _rows(permit: Permit, table: Table, batches: Iterable[pa.RecordBatch]) -> Rows:
    return Rows(table.snapshot, selected_fields(permit.query, table), iter(batches))
