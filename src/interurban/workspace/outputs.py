"""What a run gave becomes datasets: described, given names and places, committed, published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from interurban.catalog.modelled import ModelledTable, load_output, publish
from interurban.catalog.node import Node
from interurban.core.city import NOT_STATED, City
from interurban.core.cube import Cube
from interurban.core.dataset import Dataset, Expression, SourceSpec
from interurban.core.dataset import Mapping as MappingLines
from interurban.core.errors import RunFailed
from interurban.core.model import Pinned, Run, TableContract, Tables
from interurban.core.policy import ACTIONS, OPEN, Policy, Rule
from interurban.core.standard import Field, Standard
from interurban.standards.catalogue import load_standards

from .graph import Plan
from .inputs import FILE
from .places import Places, find_places
from .tables import content_hash, table_of
from .values import ARROW_TYPES

__all__ = ["commit_outputs", "output_dataset"]


def output_dataset(run: Run, table: str) -> str:
    """Id of the dataset that a table of a run becomes; the same however often it is tried."""
    return f"{run.city}.run_{run.id}_{table}"


def commit_outputs(
    node: Node,
    plan: Plan,
    run: Run,
    tables: Tables,
    names: Mapping[str, str],
    step: Callable[[str], None] | None = None,
) -> dict[str, Pinned]:
    """Commit every output and show all of them at once.

    Parameters
    ----------
    names: area id to name, as the inputs have them.

    Returns
    -------
    Output to the snapshot that it became.

    Raises
    ------
    RunFailed: an output has no rows.
    SourceError, StoreError: it could not be stored.
    """
    city = node.city(run.city)
    areas = {label for table in tables.values() for label in _areas(table)}
    places = find_places(node, run.city, areas) if areas else None
    known = {**names, **(places.names if places is not None else {})}
    synthetic = any(
        node.snapshot(pin.dataset, pin.version).synthetic
        for pin in run.inputs.values()
        if not pin.dataset.startswith(FILE)
    )
    outputs: dict[str, Pinned] = {}
    datasets: list[Dataset] = []
    for contract in plan.graph.gives:
        given = tables.get(contract.name)
        if given is None:
            continue
        rows = table_of(given, contract) if isinstance(given, Cube) else given
        if not rows.num_rows:
            raise RunFailed(f"The run gave no row of {contract.title}.", part=contract.name)
        standard = load_standards()[contract.standard] if contract.standard else None
        rows = _with_fixed(rows, contract, standard)
        rows = _with_places(rows, standard, places, known)
        dataset = _described(node, plan, run, contract, standard, rows)
        about = {
            "model": f"{run.model} {run.model_version}",
            "code": run.code_version,
            **({"places": f"{places.dataset}@{places.version}"} if places is not None else {}),
        }
        output = ModelledTable(dataset, rows, about, content_hash(given), synthetic)
        snapshot = load_output(node.home, city, output, step)
        if snapshot.left_out or snapshot.blanked or snapshot.rows != rows.num_rows:
            raise RunFailed(
                f"{rows.num_rows - snapshot.rows:,} rows and {snapshot.blanked:,} values of "
                f"{contract.title} do not fit {contract.standard or 'their fields'}.",
                advice="Tell the people who made the model.",
                part=contract.name,
            )
        outputs[contract.name] = Pinned(dataset.id, snapshot.version, snapshot.content_hash)
        datasets.append(dataset)
    publish(node.home, run.id, datasets)
    return outputs


def _areas(table: Cube | pa.Table) -> list[str]:
    if isinstance(table, Cube):
        return [str(a) for a in table.along("area_id")] if "area_id" in table.dims else []
    if "area_id" not in table.column_names:
        return []
    return [str(a) for a in pc.unique(table.column("area_id")).to_pylist() if a is not None]


def _with_fixed(rows: pa.Table, contract: TableContract, standard: Standard | None) -> pa.Table:
    """The columns whose value the contract settles, for a dataset speaks for itself."""
    for name, value in contract.where.items():
        if standard is not None and name not in rows.column_names:
            rows = rows.append_column(name, pa.array([value] * rows.num_rows, pa.string()))
    return rows


def _with_places(
    rows: pa.Table,
    standard: Standard | None,
    places: Places | None,
    names: Mapping[str, str],
) -> pa.Table:
    """Names and points of the areas, where the standard has fields for them."""
    if standard is None or "area_id" not in rows.column_names:
        return rows
    there = {field.name for field in standard.fields}
    ids = pc.dictionary_encode(rows.column("area_id").combine_chunks())
    if "area_name" in there and "area_name" not in rows.column_names and names:
        found = pa.array([names.get(area) for area in ids.dictionary.to_pylist()], pa.string())
        rows = rows.append_column("area_name", found.take(ids.indices))
    if "geometry" in there and places is not None:
        points = [places.points.get(area) for area in ids.dictionary.to_pylist()]
        rows = rows.append_column("geometry", pa.array(points, pa.binary()).take(ids.indices))
    return rows


def _described(
    node: Node,
    plan: Plan,
    run: Run,
    contract: TableContract,
    standard: Standard | None,
    rows: pa.Table,
) -> Dataset:
    """The description of an output, as a pack would have it."""
    fields = {field.name for field in standard.fields} if standard is not None else set()
    lines = {
        name: Expression(
            f'"{name}"', field=None if name in fields else _own_field(contract, rows, name)
        )
        for name in rows.column_names
        if name != "geometry"
    }
    graph = plan.graph
    licence, attribution = _terms(node, run)
    settings = ", ".join(f"{name} {_said(value)}" for name, value in run.parameters.items())
    return Dataset(
        id=output_dataset(run, contract.name),
        city=run.city,
        title=f"{run.title}, version {run.version}: {contract.title} (MODELLED)",
        summary=contract.description or f"{contract.title}, worked out by {graph.title}.",
        theme="people",
        publisher=f"Worked out by the model {graph.title} {graph.version}",
        licence=licence,
        attribution=attribution,
        frequency="once",
        standard=contract.standard,
        policy=_policy(node, run),
        live=SourceSpec("model", {"run": run.id, "table": contract.name}, MappingLines(lines)),
        vintage=f"run of {run.created_at:%Y-%m-%d}",
        notes=f"Modelled, not observed. {graph.summary} With {settings}.".strip(),
    )


def _policy(node: Node, run: Run) -> Policy:
    """What is worked out from data that are not open is for whoever ran it, until it is opened.

    Rows come through a run as they are, so what may not be downloaded, or only with numbers hidden
    that the run has read, may not be downloaded of its outputs either. What nobody in particular
    ran was made from what everybody may have.
    """
    datasets = [pin.dataset for pin in run.inputs.values() if not pin.dataset.startswith(FILE)]
    if not run.who or all(map(node.is_open, datasets)):
        return OPEN
    because = "It was worked out from data that are not open."
    actions = tuple(
        action
        for action in ACTIONS
        if action != "export" or all(_may_be_downloaded(node, dataset) for dataset in datasets)
    )
    return Policy((Rule("own", "permit", actions, to=(f"account:{run.who}",), because=because),))


def _may_be_downloaded(node: Node, dataset: str) -> bool:
    """Whether the reader may download the rows that a run is given."""
    download, given = node.decide(dataset, "export"), node.decide(dataset, "derive")
    return download.permitted and download.obligations == given.obligations


def _own_field(contract: TableContract, rows: pa.Table, name: str) -> Field:
    field = contract.field(name)
    if field is None:
        kinds = {kind: name for name, kind in ARROW_TYPES.items()}
        return Field(name, kinds.get(rows.schema.field(name).type, "string"), name, extra=True)
    return replace(field, required=False, enum=(), minimum=None, maximum=None, extra=True)


def _terms(node: Node, run: Run) -> tuple[str, str]:
    """Licence and attribution: those of the inputs, where they all have one."""
    licences: set[str] = set()
    words: dict[str, None] = {}
    for pin in run.inputs.values():
        if pin.dataset.startswith(FILE):
            licences.add(NOT_STATED.id)
            words[f"own file {pin.dataset.removeprefix(FILE)}"] = None
            continue
        dataset = node.dataset(pin.dataset)
        licences.add(dataset.licence)
        words[dataset.attribution or dataset.publisher] = None
    city: City = node.city(run.city)
    one = next(iter(licences)) if len(licences) == 1 else NOT_STATED.id
    known = {licence.id for licence in city.licences}
    return (
        one if one in known else NOT_STATED.id,
        "Modelled from: " + "; ".join(words) if words else "Modelled without data",
    )


def _said(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)
