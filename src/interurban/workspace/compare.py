"""Two runs beside each other: what went in, what came out, and what drove the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.errors import BadRequest, NotFound
from interurban.core.model import Pinned, Run, TableContract, Value

from .runs import Workspace

__all__ = ["Change", "Comparison", "Driver", "compare_runs", "compare_table", "drivers"]

_COMPONENT = "component"
_SIGNS = {
    "births": 1,
    "deaths": -1,
    "domestic_in": 1,
    "domestic_out": -1,
    "international_in": 1,
    "international_out": -1,
    "net_migration": 1,
}
"""How the components of a population add up to its change; no other belongs to the sum."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not the same in two runs; ``None`` where a run has no such thing."""

    name: str
    first: Value | Pinned | str | None
    second: Value | Pinned | str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other.

    Parameters
    ----------
    about: what differs in model, version of the code, city or title.
    inputs, parameters: those that differ.
    same: inputs and parameters that are the same, by name.
    tables: outputs that both runs have, and that can be compared.
    equal: of those, the ones that hold the same to the byte.
    """

    first: Run
    second: Run
    about: tuple[Change, ...]
    inputs: tuple[Change, ...]
    parameters: tuple[Change, ...]
    same: tuple[str, ...]
    tables: tuple[str, ...]
    equal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Driver:
    """What one component adds to the difference between two runs, in people of all years."""

    component: str
    first: float
    second: float

    @property
    def difference(self) -> float:
        """The second less the first."""
        return self.second - self.first


def compare_runs(workspace: Workspace, first: str, second: str) -> Comparison:
    """What differs between two runs.

    Raises
    ------
    UnknownRun.
    """
    a, b = workspace.run(first), workspace.run(second)
    about = tuple(
        Change(name, getattr(a, name), getattr(b, name))
        for name in ("model", "model_version", "code_version", "city", "title", "version")
        if getattr(a, name) != getattr(b, name)
    )
    inputs = _changes(a.inputs, b.inputs)
    parameters = _changes(a.parameters, b.parameters)
    changed = {change.name for change in (*inputs, *parameters)}
    everything = (*a.inputs, *b.inputs, *a.parameters, *b.parameters)
    tables = tuple(name for name in a.outputs if name in b.outputs)
    return Comparison(
        a,
        b,
        about,
        inputs,
        parameters,
        tuple(name for name in dict.fromkeys(everything) if name not in changed),
        tables,
        tuple(t for t in tables if a.outputs[t].content_hash == b.outputs[t].content_hash),
    )


def compare_table(
    workspace: Workspace,
    first: str,
    second: str,
    table: str,
    *,
    by: Sequence[str] = (),
) -> pa.Table:
    """An output of two runs, aligned on its key.

    Parameters
    ----------
    by: columns of the key to keep; the value is summed over the others. Without any, all are kept.

    Returns
    -------
    The key's columns, then ``first``, ``second``, ``difference`` (second less first) and
    ``percent`` of the first; null where a run has no such row, or the first is zero.

    Raises
    ------
    UnknownRun, NotFound: there is no such run or output.
    BadRequest: the output has no single value to compare, or no such column.
    """
    contract = _contract(workspace, first, table)
    value = contract.value
    if value is None:
        raise BadRequest(f"{contract.title} has no single number to compare.", part="table")
    strange = next((name for name in by if name not in contract.key), None)
    if strange is not None:
        raise BadRequest(
            f"{contract.title} can't be compared by {strange!r}.",
            advice=f"It can by: {', '.join(contract.key)}.",
            part="by",
        )
    key = list(by) or list(contract.key)
    sides = []
    for side, run in (("first", first), ("second", second)):
        rows = workspace.output(run, table)
        summed = rows.select([*key, value]).group_by(key).aggregate([(value, "sum")])
        sides.append(summed.rename_columns({f"{value}_sum": side}))
    joined = sides[0].join(sides[1], keys=key, join_type="full outer")
    joined = joined.sort_by([(name, "ascending") for name in key])
    a, b = joined.column("first"), joined.column("second")
    difference = pc.subtract(b, a)
    base = pc.if_else(pc.equal(a, 0), pa.scalar(None, pa.float64()), a.cast(pa.float64()))
    percent = pc.multiply(pc.divide(difference, pc.abs(base)), 100.0)
    return joined.append_column("difference", difference).append_column("percent", percent)


def drivers(workspace: Workspace, first: str, second: str) -> tuple[Driver, ...]:
    """What drove the difference: the components of change that both runs give, the largest first.

    A run gives its components as tables on ``population_change@1``: one that has them all by
    ``component``, or one for each. Runs of models without any have no drivers.
    """
    a, b = workspace.run(first), workspace.run(second)
    found: dict[str, Driver] = {}
    for contract in workspace.plan(a.model).graph.gives:
        if contract.standard != "population_change@1" or contract.value is None:
            continue
        if contract.name not in a.outputs or contract.name not in b.outputs:
            continue
        sums = [_by_component(workspace, run, contract) for run in (first, second)]
        for name in dict.fromkeys((*sums[0], *sums[1])):
            found[name] = Driver(name, sums[0].get(name, 0.0), sums[1].get(name, 0.0))
    if any(name.endswith(("_in", "_out")) for name in found):
        # The net is the sum of the flows: beside them it would count twice.
        found.pop("net_migration", None)
    return tuple(sorted(found.values(), key=lambda driver: -abs(driver.difference)))


def _by_component(workspace: Workspace, run: str, contract: TableContract) -> dict[str, float]:
    rows = workspace.output(run, contract.name)
    assert contract.value is not None
    if _COMPONENT not in rows.column_names:
        return {}
    summed = rows.group_by([_COMPONENT]).aggregate([(contract.value, "sum")])
    names = summed.column(_COMPONENT).to_pylist()
    sums = summed.column(f"{contract.value}_sum").to_pylist()
    return {
        str(name): _SIGNS[str(name)] * float(total or 0.0)
        for name, total in zip(names, sums, strict=True)
        if name in _SIGNS
    }


def _contract(workspace: Workspace, run: str, table: str) -> TableContract:
    known = workspace.run(run)
    gives = {contract.name: contract for contract in workspace.plan(known.model).graph.gives}
    if table not in gives:
        raise NotFound(
            f"{known.model} gives no table {table!r}.",
            advice=f"It gives: {', '.join(gives)}.",
            part="table",
        )
    return gives[table]


def _changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[Change, ...]:
    names = dict.fromkeys((*first, *second))
    return tuple(
        Change(name, first.get(name), second.get(name))
        for name in names
        if first.get(name) != second.get(name)
    )
