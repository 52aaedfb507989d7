"""A city's schools, areas and flows, read as one reader may have them.

Everything goes through the node, so a hidden number is not here either. What was read is kept by
the snapshots it was read from, and read again only when one of them changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
import pyarrow as pa
from pyproj import Transformer

from interurban.catalog.node import Node
from interurban.core.city import City
from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, Refused, UnknownDataset
from interurban.core.query import Query
from interurban.standards import find_standard
from interurban.standards.spelling import did_you_mean
from interurban.workspace.values import ARROW_TYPES

from .kept import Kept
from .reading_flows import no_flows, read_areas, read_flows
from .reading_schools import read_schools
from .settings import FlowSource, Settings
from .subjects import Areas, Floats, Flows, Schools

__all__ = ["Atlas", "Kept", "open_atlas"]

T = TypeVar("T")


def open_atlas(node: Node, city: str, kept: Kept | None = None) -> Atlas:
    """The atlas of a city, as the node's reader sees it now.

    Raises
    ------
    UnknownCity. BadRequest: the city's pack says nothing to the atlas.
    """
    place = node.city(city)
    kept = kept or Kept()
    settings, mark = kept.settings(node.packs, city)
    if settings is None:
        raise BadRequest(
            f"{place.name} has no schools atlas yet.",
            advice="Describe its stages in apps/schools.yaml of its pack.",
            part="city",
        )
    return Atlas(node, place, settings, kept, mark)


class Atlas:
    """One city's atlas, as one reader sees it at one time: open another one for the next answer.

    Parameters
    ----------
    node: as the reader sees it.
    kept: what was read already, by any reader.
    mark: of the settings, which everything that is kept depends on.
    """

    def __init__(
        self, node: Node, city: City, settings: Settings, kept: Kept, mark: str = ""
    ) -> None:
        self.node = node
        self.city = city
        self.settings = settings
        self.kept = kept
        self._mark = mark
        self._snapshots: dict[str, Snapshot | None] = {}

    # Tables

    def snapshot(self, dataset: str) -> Snapshot | None:
        """What the reader may have of a dataset; ``None`` when nothing is loaded, or for them.

        It is looked up once: whatever is loaded meanwhile, one answer is of one version.
        """
        if dataset not in self._snapshots:
            try:
                self._snapshots[dataset] = self.node.snapshot(dataset)
            except (Refused, UnknownDataset):
                self._snapshots[dataset] = None
        return self._snapshots[dataset]

    def key(self, datasets: Sequence[str]) -> tuple[object, ...]:
        """Changes whenever the pack, a dataset, or what the reader may have of it does."""
        found = [(d, self.snapshot(d)) for d in datasets]
        read = ((d, s.version, s.release) if s is not None else (d,) for d, s in found)
        return (self._mark, *read)

    def cached(self, name: str, datasets: Sequence[str], make: Callable[[], T]) -> T:
        """What is worked out from some datasets and the settings, once for each of their versions.

        Parameters
        ----------
        name: of what it is, with all else that it depends on.
        """
        found = [(d, self.snapshot(d)) for d in datasets]
        releases = tuple((d, None if s is None else s.release) for d, s in found)
        versions = tuple(None if s is None else s.version for _, s in found)
        return self.kept.get((name, self.city.id, self._mark, releases), make, versions)

    def table(self, dataset: str, fields: Sequence[str] = ()) -> pa.Table | None:
        """Rows of a dataset in order of its source; ``None`` when there are none for the reader.

        Parameters
        ----------
        fields: those to read, of which it may lack some; none for all.

        Returns
        -------
        Every field of the dataset's standard that is asked for is a column: one that no mapping
        fills has no values, as one whose values are all blank.
        """
        snapshot = self.snapshot(dataset)
        if snapshot is None:
            return None
        there = {field.name for field in snapshot.fields}
        asked = tuple(name for name in fields if name in there)
        # Of a release only the newest version may be asked.
        version = None if snapshot.release else snapshot.version
        rows = self.node.rows(Query(dataset, fields=asked, as_of=version))
        batches = list(rows.batches)
        if not batches:
            return None
        table = pa.Table.from_batches(batches).sort_by("_row")
        standard = self.node.dataset(dataset).standard
        for field in find_standard(standard).fields if standard else ():
            if field.name not in table.column_names and (not fields or field.name in fields):
                nothing = pa.nulls(table.num_rows, ARROW_TYPES.get(field.type, pa.binary()))
                table = table.append_column(field.name, nothing)
        return table

    def project(self, lonlat: Floats) -> Floats:
        """Longitude and latitude (n, 2) in the working CRS, in metres."""
        forth = _transformer("EPSG:4326", self.city.crs)
        return np.column_stack(forth.transform(lonlat[:, 0], lonlat[:, 1])).astype(np.float64)

    def unproject(self, metres: Floats) -> Floats:
        """Metres of the working CRS (n, 2) as longitude and latitude."""
        back = _transformer(self.city.crs, "EPSG:4326")
        return np.column_stack(back.transform(metres[:, 0], metres[:, 1])).astype(np.float64)

    # Schools

    @property
    def schools(self) -> Schools:
        """Every school that is described, and those that only flows name."""
        flows = [flow.dataset for flow in self.settings.flows]
        return self.cached(
            "schools",
            (*self.settings.schools, *flows),
            lambda: read_schools(self.table, self.settings, self.project),
        )

    # Areas

    def areas(self, source: FlowSource) -> Areas:
        """The home areas of a dataset of flows."""

        def read() -> Areas:
            found = {dataset: self.snapshot(dataset) for dataset in source.areas}
            keys = {d: s.roles.key for d, s in found.items() if s is not None and s.roles.key}
            return read_areas(self.table, source, keys, self.project, self.unproject)

        return self.cached(f"areas of {source}", (*source.areas, source.dataset), read)

    # Flows

    @property
    def flow_ids(self) -> tuple[str, ...]:
        """Every set of flows there is for the reader, the newest of each dataset first."""

        def look() -> Iterator[str]:
            for source in self.settings.flows:
                table = self.table(source.dataset, ("year",))
                if table is not None:
                    years = sorted(set(table["year"].to_pylist()), reverse=True)
                    yield from (f"{source.dataset}:{year}" for year in years)

        datasets = [source.dataset for source in self.settings.flows]
        return self.cached("flow ids", datasets, lambda: tuple(look()))

    def flows(self, flows: str = "") -> Flows:
        """A set of flows by its id; the first when none is named.

        Raises
        ------
        BadRequest: there is no such set.
        """
        dataset, _, year = flows.partition(":")
        known = self.flow_ids
        if not known:
            raise BadRequest(
                f"{self.city.name} has no flows of pupils that you may see.",
                advice=_no_flows_advice([flow.dataset for flow in self.settings.flows]),
                part="flows",
            )
        if not flows:
            dataset, _, year = known[0].partition(":")
        elif flows not in known:
            raise BadRequest(
                f"There are no flows {flows!r}.", advice=did_you_mean(flows, known), part="flows"
            )
        source = self._source(dataset)
        leaning = (dataset, *source.areas, *self.settings.schools)

        def read() -> Flows:
            table, snapshot = self.table(source.dataset), self.snapshot(source.dataset)
            assert table is not None, "flows were found a moment ago"
            assert snapshot is not None, "flows were found a moment ago"
            return read_flows(
                table,
                source,
                int(year),
                max(source.hidden_below, snapshot.hidden_below),
                self.areas(source),
                self.schools,
                calendar_years=self.settings.calendar_years,
            )

        return self.cached(f"flows {source} {year}", leaning, read)

    def flows_or_none(self, flows: str = "", stage: str = "") -> Flows:
        """As ``flows``; of a city, or a stage, without any, a set without pupils and without an id.

        Its home areas are the first division of the city that is loaded, so that a place is still
        known to lie in the city; official zones need no more.

        Parameters
        ----------
        stage: of the flows, where no set is named; empty takes the first that has some.

        Raises
        ------
        BadRequest: there is no such set.
        """
        known = [
            one
            for one in self.flow_ids
            if not stage or self._source(one.partition(":")[0]).stage == stage
        ]
        if flows or known:
            return self.flows(flows or known[0])
        stage = stage or self.settings.stages[0].id
        divisions = (one.dataset for one in self.city.boundaries)
        loaded = next((one for one in divisions if self.snapshot(one) is not None), None)
        areas = self.areas(FlowSource("", stage, (loaded,) if loaded is not None else ()))
        years = self.settings.calendar_years
        return no_flows(stage, areas, self.schools, calendar_years=years)

    def _source(self, dataset: str) -> FlowSource:
        return next(one for one in self.settings.flows if one.dataset == dataset)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    """The way from one CRS to another, x first; finding it takes tens of milliseconds."""
    return Transformer.from_crs(source, target, always_xy=True)


def _no_flows_advice(described: Sequence[str]) -> str:
    if described:
        return f"Load them: interurban load {' '.join(described)}. Or ask who keeps them."
    return "Describe a dataset on pupil_flow, and name it under flows in apps/schools.yaml."
