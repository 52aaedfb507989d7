"""The inputs of a run: which dataset or file each is, pinned to a version, read through policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import shapely

from interurban.catalog.modelled import is_output
from interurban.catalog.node import Node
from interurban.core.dataset import Snapshot
from interurban.core.errors import InvalidInput, Refused, StoreError, UnknownSnapshot
from interurban.core.model import Pinned, TableContract
from interurban.core.query import And, Compare, Filter, Literal, Name, Query

from .codes import squeezed
from .contracts import ROW, Checked, check_table
from .declared import POINT
from .folder import Folder
from .graph import Plan
from .headers import Matching, match_columns, match_same_names
from .uploads import check_file

__all__ = [
    "FILE",
    "asks_for_points",
    "bind_inputs",
    "check_dataset",
    "check_pinned",
    "serving_datasets",
    "table_named",
]

FILE = "file:"
"""What the name of a pinned file begins with, where a dataset's id stands else."""


def bind_inputs(
    node: Node,
    folder: Folder,
    plan: Plan,
    city: str,
    given: Mapping[str, str | Path],
) -> dict[str, Pinned]:
    """What each input of a graph is read from, pinned.

    An input that is not given is taken from the one dataset of the city that can serve.

    Parameters
    ----------
    given: input to the id of a dataset (text), or to a file (``Path``).

    Raises
    ------
    InvalidInput: an input that nothing serves, or several datasets do; each is named.
    Refused: the reader may not have a dataset.
    """
    contracts = {contract.name: contract for contract in plan.graph.needs}
    sources = _by_table(plan, given)
    pinned: dict[str, Pinned] = {}
    faults: list[str] = []
    for name, contract in contracts.items():
        source = sources.get(name)
        if source is not None:
            pinned[name] = _pin(node, folder, contract, source)
            continue
        serving = serving_datasets(node, contract, city)
        if len(serving) == 1:
            pinned[name] = _pin(node, folder, contract, serving[0])
        elif contract.required:
            faults.append(_fault(contract, serving))
    if faults:
        raise InvalidInput(
            " ".join(faults),
            advice="Name a dataset or a file for each; get a file to fill in with: "
            f"interurban template {plan.graph.id} TABLE FILE",
            part="inputs",
        )
    return pinned


def table_named(needs: Sequence[TableContract], name: str) -> TableContract | None:
    """The contract that goes by a name, its own or another (``dclg-dwellings``)."""
    own = next((contract for contract in needs if contract.name == name), None)
    wanted = squeezed(name)
    return own or next(
        (c for c in needs if wanted and wanted in map(squeezed, (c.name, *c.also))), None
    )


def serving_datasets(node: Node, contract: TableContract, city: str) -> list[str]:
    """Loaded datasets of a city on the contract's standard that hold rows it speaks of."""
    if contract.standard is None:
        return []
    loaded = node.snapshots()
    found = []
    for dataset in node.datasets():
        snapshot = loaded.get(dataset.id)
        if dataset.city != city or snapshot is None or dataset.standard != contract.standard:
            continue
        # What a run gave is taken only when somebody names it: else runs would feed themselves.
        if is_output(dataset):
            continue
        where = _where(contract)
        there = {field.name for field in snapshot.fields}
        if not there.issuperset(contract.where):
            continue
        # Nobody waits for a partner to be told what a model could run on.
        is_here = node.partner(dataset.id) is None
        if where is None or (is_here and node.count(Query(dataset.id, where=where)).count):
            found.append(dataset.id)
    return found


def check_dataset(node: Node, contract: TableContract, pinned: Pinned) -> Checked:
    """Read a version of a dataset and hold it against a contract.

    The version is read whatever was committed meanwhile.

    Raises
    ------
    UnknownSnapshot: the version is no longer kept.
    InvalidInput: it is on another standard than the contract.
    Refused: the reader may not have it.
    """
    snapshot = node.snapshot(pinned.dataset, pinned.version)
    if snapshot.content_hash != pinned.content_hash:
        raise StoreError(
            f"Version {pinned.version} of {pinned.dataset} does not hold what it did.",
            advice="Run again, on the newest version.",
        )
    matching = _matching(contract, snapshot)
    columns = [match.column for match in matching.matches] + list(matching.melted)
    located = asks_for_points(contract, snapshot)
    columns = [name for name in columns if not located or name not in POINT]
    where = _where(contract, matching.fixed)
    query = Query(pinned.dataset, where=where, fields=tuple(columns) or (), as_of=pinned.version)
    rows = node.rows(query, action="derive")
    batches = list(rows.batches)
    if not batches:
        table = pa.table({name: pa.array([], pa.string()) for name in columns})
    else:
        table = pa.Table.from_batches(batches).sort_by(ROW)
        points = _points(table) if located else {}
        table = table.select([name for name in table.column_names if name in (*columns, ROW)])
        for name, values in points.items():
            table = table.append_column(name, values)
    return check_table(table, contract)


def asks_for_points(contract: TableContract, snapshot: Snapshot) -> bool:
    """Whether a contract asks where rows lie, and a dataset tells it by shapes and not by columns.

    Such a contract has the fields ``longitude`` and ``latitude``: those of a point inside the
    shape, in WGS84. Models are given no shapes.
    """
    there = {field.name: field.type for field in snapshot.fields}
    asked = all(contract.field(name) is not None for name in POINT)
    return asked and "geometry" in there.values() and not set(POINT) & set(there)


def _points(table: pa.Table) -> dict[str, pa.Array]:
    """Longitude and latitude of a point inside each shape; null without one."""
    shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    inside = shapely.point_on_surface(shapes)
    values = (shapely.get_x(inside), shapely.get_y(inside))
    return {name: pa.array(one, from_pandas=True) for name, one in zip(POINT, values, strict=True)}


def _matching(contract: TableContract, snapshot: Snapshot) -> Matching:
    """Which column of a dataset each field is read from.

    On the contract's standard a field is the column of its name, and nothing else is guessed. A
    dataset on no standard, or for a contract on none, is matched as a file is.

    Raises
    ------
    InvalidInput: the dataset is on another standard, or does not say what the contract settles.
    """
    _refuse_other_standard(contract, snapshot)
    there = [field.name for field in snapshot.fields if field.type != "geometry"]
    if asks_for_points(contract, snapshot):
        there += POINT
    if contract.standard is None or snapshot.standard is None:
        return match_columns(contract, there)
    return match_same_names(contract, there)


def _refuse_other_standard(contract: TableContract, snapshot: Snapshot) -> None:
    if contract.standard is None or snapshot.standard is None:
        return
    said = ", ".join(f"{name} {value}" for name, value in contract.where.items())
    wanted = f"{contract.standard}{f' of {said}' if said else ''}"
    if snapshot.standard != contract.standard:
        raise InvalidInput(
            f"{snapshot.dataset} can't be {contract.name} ({contract.title}): it is on the "
            f"standard {snapshot.standard}, and {wanted} is needed.",
            advice=f"Name a dataset on {contract.standard}, or a file.",
            part=contract.name,
        )
    silent = [name for name in contract.where if snapshot.field(name) is None]
    if silent:
        raise InvalidInput(
            f"{snapshot.dataset} can't be {contract.name} ({contract.title}): it has no "
            f"{', '.join(silent)}, and {wanted} is needed.",
            advice="Map that field in its pack, or name another dataset or a file.",
            part=contract.name,
        )


def check_pinned(node: Node, folder: Folder, contract: TableContract, pinned: Pinned) -> Checked:
    """Hold a pinned input against its contract, be it a dataset's version or a file.

    Raises
    ------
    As ``check_dataset`` does; UnreadableFile of a file.
    """
    if not pinned.dataset.startswith(FILE):
        return check_dataset(node, contract, pinned)
    name = pinned.dataset.removeprefix(FILE)
    path = folder.upload(pinned.content_hash, name)
    if not path.exists():
        raise UnknownSnapshot(f"The file {name} is no longer kept.", advice="Give it again.")
    return check_file(path, contract)


def _by_table(plan: Plan, given: Mapping[str, str | Path]) -> dict[str, str | Path]:
    """What was given, by the tables' own names."""
    needs = plan.graph.needs
    sources: dict[str, str | Path] = {}
    for name, source in given.items():
        contract = table_named(needs, name)
        if contract is None:
            raise InvalidInput(
                f"{plan.graph.title} takes no table {name!r}.",
                advice=f"It takes: {', '.join(need.name for need in needs)}.",
                part="inputs",
            )
        if contract.name in sources:
            raise InvalidInput(
                f"The table {contract.name} is given twice, once as {name}.",
                advice="Give it once.",
                part=contract.name,
            )
        sources[contract.name] = source
    return sources


def _pin(node: Node, folder: Folder, contract: TableContract, source: str | Path) -> Pinned:
    # Only a Path is a file: a text may come from a form, and must not name files of this machine.
    if isinstance(source, Path):
        if not source.is_file():
            raise InvalidInput(f"There is no file {source.name}.", part=contract.name)
        return Pinned(f"{FILE}{source.name}", 0, folder.keep_upload(source))
    snapshot = node.snapshot(source)
    _refuse_other_standard(contract, snapshot)
    decision = node.decide(source, "derive")
    if not decision.permitted:
        raise Refused(decision.reason, advice="Ask the publisher for access.")
    return Pinned(source, snapshot.version, snapshot.content_hash)


def _where(contract: TableContract, fixed: Mapping[str, str] | None = None) -> Filter | None:
    names = fixed if fixed is not None else {name: name for name in contract.where}
    parts: list[Filter] = [
        Compare("=", Name(column), Literal(contract.where[name])) for name, column in names.items()
    ]
    return None if not parts else parts[0] if len(parts) == 1 else And(tuple(parts))


def _fault(contract: TableContract, serving: Sequence[str]) -> str:
    if serving:
        return f"{contract.name} ({contract.title}) can be any of {', '.join(serving)}."
    on = f" on {contract.standard}" if contract.standard else ""
    said = ", ".join(f"{name} {value}" for name, value in contract.where.items())
    return f"{contract.name} ({contract.title}) has no dataset{on}{f' of {said}' if said else ''}."
