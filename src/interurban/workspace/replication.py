"""An app in a city: which of its graphs run there, for which areas, and all that is missing.

What is missing is one list over all graphs: a table that five of them need stands in it once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from types import MappingProxyType

from interurban.catalog.node import Node
from interurban.core.city import BoundarySet
from interurban.core.dataset import Dataset
from interurban.core.errors import NotFound
from interurban.core.model import Graph, TableContract
from interurban.core.query import And, ByField, Compare, Literal, Measure, Name, Query
from interurban.core.standard import Field
from interurban.standards.spelling import did_you_mean

from .catalogue import Catalogue
from .coverage import GraphCoverage, TableCoverage, cover
from .places import find_places

__all__ = ["GraphInCity", "MissingTable", "Replication", "Served", "apps_of", "replicate"]

_AREA = "area_id"
_AREA_NAME = "area_name"
_YEARS = ("year", "calendar_year")
_CONSTANT = re.compile(r"'([^']*)'")
_MOST_CHOICES = 4_096
"""Ways of choosing datasets that are looked at; a city with more has to say which it means."""


@dataclass(frozen=True, slots=True)
class Served:
    """What a loaded dataset holds of a table.

    Parameters
    ----------
    areas: codes, in order; none where the table is not by area.
    years: first and last; ``None`` where it has none.
    """

    dataset: str
    areas: tuple[str, ...]
    years: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class GraphInCity:
    """A graph in a city.

    Parameters
    ----------
    inputs: table to the dataset it is best read from: so that most areas have every table.
    served: table to what each dataset that can be taken holds of it.
    choices: tables that several datasets can serve; a run has to name one.
    areas: codes that every required table by area has; none where no table is by area.
    by_area: whether any required table is by area.
    files: required tables that are on no standard: a run brings a file of each.
    """

    title: str
    coverage: GraphCoverage
    inputs: Mapping[str, str]
    served: Mapping[str, tuple[Served, ...]]
    choices: tuple[str, ...]
    areas: tuple[str, ...]
    by_area: bool
    files: tuple[str, ...]

    @property
    def required(self) -> tuple[TableCoverage, ...]:
        """The required tables that a city can publish."""
        return tuple(t for t in self.coverage.tables if t.required and t.standard is not None)

    @property
    def runs(self) -> bool:
        """Whether it runs on what the city has, with a file of each of ``files``."""
        return all(t.covered for t in self.required) and (bool(self.areas) or not self.by_area)

    @property
    def percent(self) -> float:
        """Share of the fields of the required tables that are there, in percent."""
        fields = [
            f.there and bool(table.serving)
            for table in self.required
            for f in table.fields
            if f.required
        ]
        return 100.0 * sum(fields) / len(fields) if fields else 100.0


@dataclass(frozen=True, slots=True)
class MissingTable:
    """A table, or fields of one, that a city has to publish for an app to run.

    Parameters
    ----------
    where: values that fixed fields must have (``component`` is ``deaths``).
    fields: those that are missing; all of them when the table is.
    required: whether a graph can't run without.
    graphs: the graphs that take it.
    not_loaded: datasets that the city describes and that may serve once they are loaded.
    incomplete: the dataset that serves but for the fields; empty where none does.
    """

    title: str
    standard: str
    where: Mapping[str, str]
    fields: tuple[Field, ...]
    required: bool
    graphs: tuple[str, ...]
    not_loaded: tuple[str, ...]
    incomplete: str


@dataclass(frozen=True, slots=True)
class Replication:
    """An app in a city.

    Parameters
    ----------
    boundary: the boundaries that know the areas for which graphs run; ``None`` where none do.
    areas_in_city: how many areas these boundaries have; 0 where there are none.
    within: the areas for which graphs run that these boundaries have.
    names: code of an area for which graphs run to its name, by the boundaries or the data.
    """

    app: str
    city: str
    graphs: tuple[GraphInCity, ...]
    missing: tuple[MissingTable, ...]
    boundary: BoundarySet | None
    areas_in_city: int
    within: frozenset[str]
    names: Mapping[str, str]

    @property
    def runs(self) -> bool:
        """Whether every graph does."""
        return all(graph.runs for graph in self.graphs)


def apps_of(catalogue: Catalogue) -> dict[str, Catalogue]:
    """App to the catalogue of its own graphs; an app is named as its package is."""
    return {name.rpartition(".")[2]: Catalogue((name,)) for name in catalogue.modules}


def replicate(
    node: Node,
    catalogue: Catalogue,
    app: str,
    city: str,
    graph: str | None = None,
) -> Replication:
    """Hold what an app needs against what a city has.

    Parameters
    ----------
    graph: only this one of its graphs.

    Raises
    ------
    NotFound: there is no such app.
    UnknownModel: it has no such graph.
    UnknownCity.
    """
    apps = apps_of(catalogue)
    if app not in apps:
        raise NotFound(
            f"There is no app {app!r}.",
            advice=did_you_mean(app, apps, otherwise=f"There are: {', '.join(apps)}."),
            part="app",
        )
    found = apps[app]
    plans = found.plans if graph is None else {graph: found.plan(graph)}
    graphs = [plan.graph for plan in plans.values()]
    coverages = [cover(node, each, city) for each in graphs]
    contents = _Contents(node)
    held = tuple(_in_city(g, c, contents) for g, c in zip(graphs, coverages, strict=True))
    places = find_places(node, city, {area for each in held for area in each.areas})
    boundary = places.dataset if places is not None else None
    return Replication(
        app,
        city,
        held,
        _missing(node, graphs, coverages),
        next((b for b in node.city(city).boundaries if b.dataset == boundary), None),
        _areas_of(node, boundary) if boundary is not None else 0,
        frozenset(places.names if places is not None else ()),
        MappingProxyType({**contents.names, **(places.names if places is not None else {})}),
    )


def _areas_of(node: Node, boundary: str) -> int:
    key = node.snapshot(boundary).roles.key
    groups = (ByField(key),) if key is not None else ()
    query = Query(boundary, measures=(Measure("count"),), groups=groups)
    return int(node.aggregate(query).num_rows)


# One graph


def _in_city(graph: Graph, coverage: GraphCoverage, contents: _Contents) -> GraphInCity:
    contracts = {contract.name: contract for contract in graph.needs}
    served = {
        table.table: tuple(contents.of(name, contracts[table.table]) for name in table.serving)
        for table in coverage.tables
        if table.serving
    }
    by_area = [
        table.table
        for table in coverage.tables
        if table.required and table.standard is not None and _AREA in contracts[table.table].key
    ]
    chosen = _choose({name: served[name] for name in by_area if name in served})
    whole = all(name in served for name in by_area)
    common = _in_common(chosen.values()) if whole else set[str]()
    return GraphInCity(
        graph.title,
        coverage,
        MappingProxyType(
            {name: chosen.get(name, held[0]).dataset for name, held in served.items()}
        ),
        MappingProxyType(served),
        tuple(name for name, held in served.items() if len(held) > 1),
        tuple(sorted(common)),
        bool(by_area),
        tuple(c.name for c in graph.needs if c.required and c.standard is None),
    )


def _choose(served: Mapping[str, Sequence[Served]]) -> dict[str, Served]:
    """The dataset of each table with which most areas have every table; the first of equals."""
    ways = islice(product(*served.values()), _MOST_CHOICES)
    best = max(ways, key=lambda way: len(_in_common(way)))
    return dict(zip(served, best, strict=True))


def _in_common(served: Iterable[Served]) -> set[str]:
    """Areas that all of them hold."""
    sets = [set(each.areas) for each in served]
    return set.intersection(*sets) if sets else set()


class _Contents:
    """The areas and years that datasets hold of tables, each looked up once, and areas' names."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._known: dict[tuple[object, ...], Served] = {}
        self.names: dict[str, str] = {}

    def of(self, dataset: str, contract: TableContract) -> Served:
        there = {field.name for field in self._node.snapshot(dataset).fields}
        area = _AREA if _AREA in contract.key and _AREA in there else None
        year = next((name for name in _YEARS if name in contract.key and name in there), None)
        named = area is not None and _AREA_NAME in there
        wanted = (dataset, area, year, *contract.where.items())
        if wanted not in self._known:
            self._known[wanted] = self._look(dataset, contract, area, year, named)
        return self._known[wanted]

    def _look(
        self,
        dataset: str,
        contract: TableContract,
        area: str | None,
        year: str | None,
        named: bool,
    ) -> Served:
        only = tuple(Compare("=", Name(n), Literal(v)) for n, v in contract.where.items())
        ends = (Measure("min", year), Measure("max", year)) if year else ()
        query = Query(
            dataset,
            where=And(only) if only else None,
            measures=(Measure("count"), *ends),
            groups=tuple(ByField(n) for n in (area, _AREA_NAME if named else None) if n),
        )
        rows = self._node.aggregate(query).to_pylist()
        codes = {str(row[area]) for row in rows if row[area] is not None} if area else set[str]()
        if area and named:
            self.names |= {str(row[area]): row[_AREA_NAME] for row in rows if row[_AREA_NAME]}
        first = [row[ends[0].name] for row in rows if ends and row[ends[0].name] is not None]
        last = [row[ends[1].name] for row in rows if ends and row[ends[1].name] is not None]
        years = (int(min(first)), int(max(last))) if first else None
        return Served(dataset, tuple(sorted(codes)), years)


# What is missing


def _missing(
    node: Node, graphs: Sequence[Graph], coverages: Sequence[GraphCoverage]
) -> tuple[MissingTable, ...]:
    """Each table once, those first that a graph can't run without."""
    found: dict[tuple[object, ...], MissingTable] = {}
    for graph, coverage in zip(graphs, coverages, strict=True):
        for contract, table in zip(graph.needs, coverage.tables, strict=True):
            if table.covered or contract.standard is None:
                continue
            new = _missing_table(node, graph, contract, table)
            key = (contract.standard, *sorted(contract.where.items()))
            before = found.get(key, new)
            known = {field.name for field in before.fields}
            found[key] = replace(
                before,
                fields=(*before.fields, *(f for f in new.fields if f.name not in known)),
                required=before.required or new.required,
                graphs=tuple(dict.fromkeys((*before.graphs, graph.id))),
            )
    return tuple(sorted(found.values(), key=lambda table: not table.required))


def _missing_table(
    node: Node, graph: Graph, contract: TableContract, table: TableCoverage
) -> MissingTable:
    lacking = {f.name for f in table.fields if f.required and not (f.there and table.serving)}
    loaded = node.snapshots()
    return MissingTable(
        contract.title,
        contract.standard or "",
        contract.where,
        tuple(field for field in contract.fields if field.name in lacking),
        contract.required,
        (graph.id,),
        tuple(
            name
            for name in table.described
            if name not in loaded and _may_hold(node.dataset(name), contract)
        ),
        table.serving[0] if table.serving else "",
    )


def _may_hold(dataset: Dataset, contract: TableContract) -> bool:
    """Whether a dataset that is not loaded may have rows that a contract speaks of.

    A mapping that gives every row one other value (``component: "'births'"``) rules it out.
    """
    mappings = [
        spec.mapping.expressions
        for spec in (dataset.live, dataset.mirror)
        if spec is not None and spec.mapping is not None
    ]
    return any(
        all(
            name in expressions and not _says_other(expressions[name].sql, value)
            for name, value in contract.where.items()
        )
        for expressions in mappings
    )


def _says_other(sql: str, value: str) -> bool:
    constant = _CONSTANT.fullmatch(sql.strip())
    return constant is not None and constant[1] != value
