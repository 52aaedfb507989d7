"""What a city has of what a graph needs: field by field, from the contracts alone."""

from __future__ import annotations

from dataclasses import dataclass

from interurban.catalog.modelled import is_output
from interurban.catalog.node import Node
from interurban.core.dataset import Dataset
from interurban.core.model import Graph, TableContract
from interurban.standards.catalogue import load_standards

from .declared import POINT
from .inputs import serving_datasets

__all__ = ["FieldCoverage", "GraphCoverage", "TableCoverage", "cover"]


@dataclass(frozen=True, slots=True)
class FieldCoverage:
    """One field of a contract; ``there`` when the dataset that serves best has it."""

    name: str
    title: str
    required: bool
    there: bool


@dataclass(frozen=True, slots=True)
class TableCoverage:
    """One input of a graph in a city.

    Parameters
    ----------
    serving: loaded datasets that can be taken, best first.
    described: datasets of the city on the standard that are not loaded, or hold no such rows.
    fields: each field of the contract, held against the best of them.
    why: what is missing, in a sentence; empty when nothing is.
    """

    table: str
    title: str
    standard: str | None
    required: bool
    serving: tuple[str, ...]
    described: tuple[str, ...]
    fields: tuple[FieldCoverage, ...]
    why: str

    @property
    def covered(self) -> bool:
        """Whether a dataset serves with every field that must be there."""
        return bool(self.serving) and not self.why


@dataclass(frozen=True, slots=True)
class GraphCoverage:
    """A graph in a city; it runs when every required table is covered."""

    graph: str
    city: str
    tables: tuple[TableCoverage, ...]

    @property
    def runs(self) -> bool:
        """Whether it can be run with what is loaded."""
        return all(table.covered for table in self.tables if table.required)

    @property
    def percent(self) -> float:
        """Share of the fields of required tables that are there, in percent."""
        fields = [f.there for table in self.tables if table.required for f in table.fields]
        return 100.0 * sum(fields) / len(fields) if fields else 100.0

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing of required tables, in sentences."""
        return tuple(table.why for table in self.tables if table.required and table.why)


def cover(node: Node, graph: Graph, city: str) -> GraphCoverage:
    """What a city has of what a graph needs.

    Raises
    ------
    UnknownCity.
    """
    node.city(city)
    return GraphCoverage(graph.id, city, tuple(_table(node, c, city) for c in graph.needs))


def _table(node: Node, contract: TableContract, city: str) -> TableCoverage:
    loaded = node.snapshots()
    on_standard = [
        dataset
        for dataset in node.datasets()
        if dataset.city == city
        and contract.standard is not None
        and dataset.standard == contract.standard
        and not is_output(dataset)
    ]
    serving = serving_datasets(node, contract, city)
    known = {dataset.id: dataset for dataset in on_standard}
    fields = {name: _fields(node, contract, known[name]) for name in known}
    serving.sort(key=lambda name: (-sum(f.there for f in fields[name]), name))
    others = [name for name in known if name not in serving]
    best = next(iter((*serving, *others)), None)
    if best is None:
        found = tuple(
            FieldCoverage(f.name, f.title, _needed(contract, f.name), False)
            for f in contract.fields
        )
    else:
        found = fields[best]
    unloaded = [name for name in others if name not in loaded]
    return TableCoverage(
        contract.name, contract.title, contract.standard, contract.required,
        tuple(serving), tuple(others), found,
        _why(contract, node.city(city).name, serving, others, unloaded, found),
    )  # fmt: skip


def _fields(node: Node, contract: TableContract, dataset: Dataset) -> tuple[FieldCoverage, ...]:
    """The fields of a contract that a dataset has: as it was loaded, or as its pack maps it."""
    snapshot = node.snapshots().get(dataset.id)
    if snapshot is not None:
        there = {field.name for field in snapshot.fields}
    else:
        specs = [spec for spec in (dataset.live, dataset.mirror) if spec and spec.mapping]
        there = {name for spec in specs if spec.mapping for name in spec.mapping.expressions}
    if "geometry" in there:
        # A contract that asks for them gets those of a point inside each shape.
        there |= set(POINT)
    return tuple(
        FieldCoverage(f.name, f.title, _needed(contract, f.name), f.name in there)
        for f in contract.fields
    )


def _needed(contract: TableContract, name: str) -> bool:
    field = contract.field(name)
    must = field is not None and field.required
    return must or name in contract.key or name == contract.value


def _why(
    contract: TableContract,
    city: str,
    serving: list[str],
    others: list[str],
    unloaded: list[str],
    fields: tuple[FieldCoverage, ...],
) -> str:
    lacking = [field.name for field in fields if field.required and not field.there]
    said = ", ".join(f"{name} {value}" for name, value in contract.where.items())
    of = f" of {said}" if said else ""
    if serving:
        return f"{serving[0]} has no {', '.join(lacking)}." if lacking else ""
    if unloaded:
        named = " and ".join(unloaded)
        return f"{contract.title}: {named} {'is' if len(unloaded) == 1 else 'are'} not loaded."
    if others:
        named = " and ".join(others)
        return f"{contract.title}: {named} {'has' if len(others) == 1 else 'have'} no rows{of}."
    if contract.standard is None:
        return f"{contract.title} is no standard table: give a file."
    title = load_standards()[contract.standard].title
    return f"{contract.title}: {city} has no dataset on {contract.standard} ({title}){of}."
