"""A city's schools, areas and flows, read as one reader may have them.

Everything goes through the node, so a hidden number is not here either. What was read is kept by
the snapshots it was read from, and read again only when one of them changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import shapely
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
from .settings import FlowSource, Settings
from .subjects import Areas, Floats, Flows, Schools

__all__ = ["Atlas", "Kept", "bounds", "open_atlas"]

T = TypeVar("T")

_WORDS = {
    "phases": "phase",
    "kinds": "school_type",
    "governances": "governance",
    "genders": "gender",
    "faiths": "faith",
    "admissions": "admissions",
    "statuses": "status",
}


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
        return self.cached("schools", (*self.settings.schools, *flows), self._read_schools)

    def _read_schools(self) -> Schools:
        facts: dict[str, dict[str, object]] = {}
        first: dict[str, str] = {}
        covered: set[object] = set()
        today = self.settings.current
        for dataset in self.settings.schools:
            table = self.table(dataset)
            for row in table.to_pylist() if table is not None else ():
                _coalesce(facts.setdefault(row["school_id"], {}), row)
                first.setdefault(row["school_id"], dataset)
                if dataset == today[-1]:
                    covered.add(row.get("area_name"))
        if covered:
            older = [row for school, row in facts.items() if first[school] not in today]
            _close_what_is_no_more(older, covered - {None})
        for flow in self.settings.flows:
            table = self.table(flow.dataset, ("school_id", "school_name"))
            for row in table.to_pylist() if table is not None else ():
                if row["school_id"] not in facts:
                    facts[row["school_id"]] = {"name": row.get("school_name")}
                    first[row["school_id"]] = flow.dataset
        ids = tuple(sorted(facts))
        rows = [facts[one] for one in ids]
        lonlat = np.full((len(ids), 2), np.nan)
        for at, row in enumerate(rows):
            if (place := row.pop("geometry", None)) is not None:
                lonlat[at] = shapely.get_coordinates(shapely.from_wkb(place))[0]
        metres = self.project(lonlat)
        metres[np.isnan(lonlat[:, 0])] = np.nan
        words = {n: tuple(str(row.get(f) or "") for row in rows) for n, f in _WORDS.items()}
        return Schools(
            ids=ids,
            names=tuple(str(row.get("name") or one) for one, row in zip(ids, rows, strict=True)),
            lonlat=lonlat,
            metres=metres,
            pupils=_numbers(rows, "pupils"),
            capacities=_numbers(rows, "capacity"),
            datasets=tuple(first[one] for one in ids),
            facts=tuple(rows),
            **words,
        )

    # Areas

    def areas(self, source: FlowSource) -> Areas:
        """The home areas of a dataset of flows."""
        return self.cached(
            f"areas of {source}", (*source.areas, source.dataset), lambda: self._read_areas(source)
        )

    def _read_areas(self, source: FlowSource) -> Areas:
        names: dict[str, str] = {}
        shapes: dict[str, shapely.Geometry] = {}
        districts: dict[str, str] = {}
        datasets: dict[str, str] = {}
        for dataset in source.areas:
            snapshot = self.snapshot(dataset)
            table = self.table(dataset)
            key = snapshot.roles.key if snapshot is not None else None
            for row in table.to_pylist() if table is not None and key is not None else ():
                area, place = str(row[key]), row["geometry"]
                if place is None or datasets.setdefault(area, dataset) != dataset:
                    continue
                shape = shapely.from_wkb(place)
                shapes[area] = shapely.union(shapes[area], shape) if area in shapes else shape
                names[area] = str(row.get("name") or area)
                districts[area] = str(row.get(source.district) or "")
        flows = self.table(source.dataset, ("area_id", "area_name"))
        unshaped: dict[str, str] = {}
        for row in flows.to_pylist() if flows is not None else ():
            if row["area_id"] and row["area_id"] not in shapes:
                unshaped.setdefault(row["area_id"], str(row.get("area_name") or row["area_id"]))
        ids = (*sorted(shapes), *sorted(unshaped))
        outlines = np.array([shapes.get(one) for one in ids], dtype=object)
        lonlat = np.full((len(ids), 2), np.nan)
        metres, square = lonlat.copy(), np.full(len(ids), np.nan)
        if shapes:
            some = outlines[: len(shapes)]
            projected = shapely.transform(some, self.project)
            inside = shapely.point_on_surface(projected)
            middle = shapely.centroid(projected)
            inside = np.where(shapely.contains(projected, middle), middle, inside)
            metres[: len(shapes)] = shapely.get_coordinates(inside)
            square[: len(shapes)] = shapely.area(projected)
            lonlat[: len(shapes)] = self.unproject(metres[: len(shapes)])
        return Areas(
            ids=ids,
            names=tuple(names.get(one) or unshaped[one] for one in ids),
            districts=tuple(districts.get(one, "") for one in ids),
            datasets=tuple(datasets.get(one, "") for one in ids),
            shapes=outlines,
            lonlat=lonlat,
            metres=metres,
            square_metres=square,
        )

    # Flows

    @property
    def flow_ids(self) -> tuple[str, ...]:
        """Every set of flows there is for the reader, the newest of each dataset first."""
        found: list[str] = []
        for source in self.settings.flows:
            table = self.table(source.dataset, ("year",))
            if table is not None:
                years = sorted(set(table["year"].to_pylist()), reverse=True)
                found += [f"{source.dataset}:{year}" for year in years]
        return tuple(found)

    def flows(self, flows: str = "") -> Flows:
        """A set of flows by its id; the first when none is named.

        Raises
        ------
        BadRequest: there is no such set.
        """
        dataset, _, year = flows.partition(":")
        known = self.cached(
            "flow ids", [s.dataset for s in self.settings.flows], lambda: self.flow_ids
        )
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
        return self.cached(
            f"flows {source} {year}", leaning, lambda: self._read_flows(source, int(year))
        )

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
        return self._no_flows(stage or self.settings.stages[0].id)

    def _source(self, dataset: str) -> FlowSource:
        return next(one for one in self.settings.flows if one.dataset == dataset)

    def _no_flows(self, stage: str) -> Flows:
        divisions = (one.dataset for one in self.city.boundaries)
        loaded = next((one for one in divisions if self.snapshot(one) is not None), None)
        source = FlowSource("", stage, (loaded,) if loaded is not None else ())
        areas, schools = self.areas(source), self.schools
        none: Floats = np.empty(0)
        nowhere = np.empty(0, dtype=np.int64)
        return Flows(
            id="",
            dataset="",
            stage=stage,
            year=0,
            areas=areas,
            schools=schools,
            area=nowhere,
            school=nowhere,
            pupils=none,
            low=none,
            high=none,
            area_totals=np.full(len(areas), np.nan),
            school_totals=np.full(len(schools), np.nan),
            homeless=np.zeros(len(schools)),
            hidden_below=0,
            calendar_years=self.settings.calendar_years,
        )

    def _read_flows(self, source: FlowSource, year: int) -> Flows:
        areas, schools = self.areas(source), self.schools
        table = self.table(source.dataset)
        assert table is not None, "flows were found a moment ago"
        keep = table["year"].to_numpy() == year
        if source.only:
            keep &= np.array(
                [one in (source.only, "unknown") for one in table["stage"].to_pylist()]
            )
        table = table.filter(pa.array(keep))
        area = np.array(
            [areas.index[one] if one else -1 for one in table["area_id"].to_pylist()],
            dtype=np.int64,
        )
        school = np.array(
            [schools.index[one] for one in table["school_id"].to_pylist()], dtype=np.int64
        )
        pupils = _column(table, "pupils")
        hidden_below = max(source.hidden_below, _threshold(self.snapshot(source.dataset)))
        low, high = bounds(table, hidden_below)
        home = area >= 0
        totals = (
            _totals(area[home], _column(table, "area_total")[home], len(areas)),
            _totals(school, _column(table, "school_total"), len(schools)),
        )
        statuses = table["status"].to_pylist() if "status" in table.column_names else []
        return Flows(
            id=f"{source.dataset}:{year}",
            dataset=source.dataset,
            stage=source.stage,
            year=year,
            areas=areas,
            schools=schools,
            area=area[home],
            school=school[home],
            pupils=pupils[home],
            low=low[home],
            high=high[home],
            area_totals=totals[0],
            school_totals=totals[1],
            homeless=np.bincount(school[~home], np.nan_to_num(pupils[~home]), len(schools)).astype(
                np.float64
            ),
            hidden_below=hidden_below,
            dropped=source.dropped,
            modelled=bool(statuses) and all(one == "modelled" for one in statuses),
            calendar_years=self.settings.calendar_years,
        )


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    """The way from one CRS to another, x first; finding it takes tens of milliseconds."""
    return Transformer.from_crs(source, target, always_xy=True)


def _no_flows_advice(described: Sequence[str]) -> str:
    if described:
        return f"Load them: interurban load {' '.join(described)}. Or ask who keeps them."
    return "Describe a dataset on pupil_flow, and name it under flows in apps/schools.yaml."


def _threshold(snapshot: Snapshot | None) -> int:
    """Below what the reader's numbers are hidden by policy; 0 when none is."""
    return 0 if snapshot is None else snapshot.hidden_below


def _close_what_is_no_more(older: Sequence[dict[str, object]], covered: set[object]) -> None:
    """A school that only an older list calls open is closed where the list of today is whole.

    Parameters
    ----------
    older: schools that the list of today has not.
    covered: areas (boroughs) that its schools name: it is whole for them. For the whole city where
        they name none. Schools beyond it are left as the older list has them.
    """
    for row in older:
        stated_open = row.get("status") in (None, "open")
        if stated_open and (not covered or row.get("area_name") in covered):
            row["status"] = "closed"


def _coalesce(known: dict[str, object], row: dict[str, object]) -> None:
    for name, value in row.items():
        if not name.startswith("_") and value is not None and known.get(name) is None:
            known[name] = value


def _numbers(rows: Sequence[dict[str, Any]], name: str) -> Floats:
    return np.array([np.nan if (v := r.get(name)) is None else float(v) for r in rows])


def _column(table: pa.Table, name: str, otherwise: float = np.nan) -> Floats:
    if name not in table.column_names:
        return np.full(table.num_rows, otherwise)
    values = table[name].cast(pa.float64()).to_numpy()
    return np.where(np.isnan(values), otherwise, values)


def bounds(table: pa.Table, hidden_below: int) -> tuple[Floats, Floats]:
    """The least and the most that each number of a table on ``pupil_flow`` can be; both (rows,).

    A number that is told is both. One that is not is at least 1, and less than ``hidden_below``;
    where nothing says below what numbers were hidden it has no upper bound.
    """
    pupils = _column(table, "pupils")
    most = hidden_below - 1.0 if hidden_below > 0 else np.inf
    low = np.where(np.isnan(pupils), _column(table, "at_least", 1.0), pupils)
    return low, np.where(np.isnan(pupils), _column(table, "at_most", most), pupils)


def _totals(place: np.ndarray[Any, Any], totals: Floats, size: int) -> Floats:
    """The one total that each place's rows state."""
    found = np.full(size, np.nan)
    known = ~np.isnan(totals)
    found[place[known]] = totals[known]
    return found
