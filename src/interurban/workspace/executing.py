"""A plan is executed: node after node, from the cache where nothing it reads has changed.

A model is given the tables it declares and nothing else, and only those it declares are kept. What
it gives is held against its contract before the next node sees it; that can be turned off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from interurban.core.cube import Cube
from interurban.core.errors import InterurbanError, RunFailed
from interurban.core.model import (
    Model,
    Result,
    TableContract,
    Tables,
    Value,
    Values,
    Watch,
)

from .cache import Cache, Entry, node_key
from .contracts import check_table
from .graph import OUTSIDE, LoopStep, NodeStep, Plan
from .limits import in_figures

__all__ = ["execute", "no_watch"]


def no_watch(done: int, total: int) -> None:
    """Take no notice of progress."""


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    """What holds for a whole execution; ``asked``: the parameters as a predicate sees them."""

    parameters: Values
    cache: Cache | None
    validate: bool
    asked: Values | None = None


def execute(
    plan: Plan,
    inputs: Tables,
    parameters: Values,
    watch: Watch = no_watch,
    *,
    cache: Cache | None = None,
    validate: bool = True,
) -> Result:
    """Run a graph on checked tables.

    Parameters
    ----------
    inputs: the graph's inputs by name; those that are not required may be left out.
    parameters: a value for each of the plan's parameters.
    watch: called with thousandths done, of a thousand; raises ``RunCancelled`` to stop.
    cache: where outputs of nodes are kept and taken from; ``None`` works all of them out.
    validate: hold what nodes give to each other against their contracts.

    Returns
    -------
    The graph's outputs, and every warning, each once.

    Raises
    ------
    RunFailed: a model broke off, gave what it does not declare, or a loop never ends.
    RunCancelled: as ``watch`` says.
    """
    setting = _Setting(parameters, cache, validate)
    known = {OUTSIDE: Entry.of(inputs, ())}
    warnings: list[str] = []
    for number, step in enumerate(plan.steps):
        part = _Part(watch, number, len(plan.steps))
        part(0, 1)
        if isinstance(step, LoopStep):
            entry = _run_loop(plan, step, known, setting, part)
        else:
            entry = _run_node(step, known, setting, part)
        known[step.name] = entry
        warnings += entry.warnings
    watch(1_000, 1_000)
    tables = {
        name: known[giver].tables[name]
        for name, giver in plan.gives.items()
        if name in known[giver].tables
    }
    for contract in plan.graph.gives:
        if contract.name not in tables and contract.required:
            raise RunFailed(f"The run gave no {contract.title}.", part=contract.name)
        if validate and contract.name in tables:
            _check_given(plan.gives[contract.name], contract, tables[contract.name])
    return Result(tables, tuple(dict.fromkeys(warnings)))


class _Part:
    """The watch of one step: its share of the whole."""

    def __init__(self, watch: Watch, number: int, steps: int) -> None:
        self._watch, self._number, self._steps = watch, number, steps

    def __call__(self, done: int, total: int) -> None:
        share = min(1.0, done / total) if total > 0 else 0.0
        self._watch(int(1_000 * (self._number + share) / self._steps), 1_000)


def _run_node(step: NodeStep, known: Mapping[str, Entry], setting: _Setting, watch: Watch) -> Entry:
    model = step.node.model
    tables, hashes = _taken(step.takes, known)
    values = _read_by(model, {**setting.parameters, **step.node.fixed})
    key = node_key(model.id, model.version, values, hashes)
    found = setting.cache.get(key) if setting.cache is not None else None
    if found is not None and set(found.tables) <= set(step.gives):
        return found
    entry = Entry.of(*_compute(step, tables, values, setting, watch))
    if setting.cache is not None:
        setting.cache.keep(key, entry)
    return entry


def _run_loop(
    plan: Plan, step: LoopStep, known: Mapping[str, Entry], setting: _Setting, watch: Watch
) -> Entry:
    """Rounds until the predicate holds; the whole loop is one entry of the cache."""
    loop = step.loop
    tables, hashes = _taken(step.takes, known)
    values: dict[str, Value] = {}
    for inner in step.body:
        fixed = {f"{inner.name}.{name}": value for name, value in inner.node.fixed.items()}
        values |= dict(_read_by(inner.node.model, setting.parameters)) | fixed
    models = [f"{s.node.model.id} {s.node.model.version}" for s in step.body]
    # A predicate has no version of its own: it is the graph's.
    identity = f"{plan.graph.id} {plan.graph.version} {loop.name}: {', '.join(models)}"

    def key(read: Iterable[str]) -> str:
        asked = {f"until {name}": setting.parameters[name] for name in read}
        return node_key(identity, plan.graph.version, values | asked, hashes)

    # What a predicate reads is not declared. It was seen when it was last asked, and is noted.
    noted = setting.cache.get(key(())) if setting.cache is not None else None
    known_reads = noted.warnings if noted is not None else None
    if setting.cache is not None and known_reads is not None:
        reads = [name for name in known_reads if name in setting.parameters]
        found = setting.cache.get(key(reads))
        if found is not None:
            return found
    seen = _Seen(setting.parameters)
    outputs, warnings = _rounds(step, tables, replace(setting, asked=seen), watch)
    entry = Entry.of(outputs, warnings)
    if setting.cache is not None:
        reads = sorted(seen.names | set(known_reads or ()))
        setting.cache.keep(key(()), Entry.of({}, tuple(reads)))
        setting.cache.keep(key(reads), entry)
    return entry


class _Seen(Mapping[str, Value]):
    """Values that remember which of them were read."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Value:
        value = self._values[name]
        self.names.add(name)
        return value

    def __iter__(self) -> Iterator[str]:
        self.names |= set(self._values)
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _rounds(
    step: LoopStep, tables: dict[str, Cube | pa.Table], setting: _Setting, watch: Watch
) -> tuple[dict[str, Cube | pa.Table], tuple[str, ...]]:
    loop = step.loop
    warnings: dict[str, None] = {}
    # Between rounds nothing is hashed or kept: one key stands for all of them.
    inside = replace(setting, cache=None)
    for _ in range(loop.limit):
        watch(0, 1)
        given: dict[str, dict[str, Cube | pa.Table]] = {OUTSIDE: tables}
        for inner in step.body:
            taken = {
                name: given[who][name] for name, who in inner.takes.items() if name in given[who]
            }
            values = _read_by(inner.node.model, {**setting.parameters, **inner.node.fixed})
            outputs, said = _compute(inner, taken, values, inside, _Still(watch))
            given[inner.name] = outputs
            warnings |= dict.fromkeys(said)
        outputs = {name: given[who][name] for name, who in step.gives.items()}
        if _holds(loop.name, loop.until, outputs, setting.asked or setting.parameters):
            return outputs, tuple(warnings)
        tables = tables | {becomes: outputs[name] for name, becomes in loop.carries.items()}
    raise RunFailed(
        f"The loop {loop.name} was not over after {loop.limit:,} rounds: it never ends.",
        advice="Check the last year, or whatever ends it, against the first.",
        part=loop.name,
    )


class _Still:
    """The watch of a round: it can stop the run, and says no progress, for nobody knows the end."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __call__(self, done: int, total: int) -> None:
        del done, total
        self._watch(0, 1)


def _holds(name: str, until: object, outputs: Tables, parameters: Values) -> bool:
    assert callable(until)
    try:
        return bool(until(outputs, parameters))
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise RunFailed(
            f"The end of the loop {name} can't be told: {_said(error)}.", part=name
        ) from error


def _taken(
    takes: Mapping[str, str], known: Mapping[str, Entry]
) -> tuple[dict[str, Cube | pa.Table], dict[str, str]]:
    there = {n: who for n, who in takes.items() if n in known[who].tables}
    tables = {name: known[who].tables[name] for name, who in there.items()}
    return tables, {name: known[who].hashes[name] for name, who in there.items()}


def _read_by(model: Model, values: Values) -> dict[str, Value]:
    """The values of the parameters that a model reads."""
    return {p.name: values.get(p.name, p.default) for p in model.parameters}


def _compute(
    step: NodeStep, tables: Tables, values: Values, setting: _Setting, watch: Watch
) -> tuple[dict[str, Cube | pa.Table], tuple[str, ...]]:
    model = step.node.model
    try:
        result = model.compute(dict(tables), dict(values), watch)
    except InterurbanError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise RunFailed(
            f"The model {model.id} broke off in node {step.name}: {_said(error)}.",
            advice="Check its inputs; if they are right, tell the people who made the model.",
            part=step.name,
        ) from error
    outputs: dict[str, Cube | pa.Table] = {}
    for contract in model.gives:
        table = result.tables.get(contract.name)
        if table is None:
            if contract.required:
                raise RunFailed(
                    f"Node {step.name} did not give the table {contract.name!r}, which "
                    f"{model.id} declares.",
                    part=step.name,
                )
            continue
        if setting.validate:
            _check_given(step.name, contract, table)
        outputs[contract.name] = table
    return outputs, tuple(result.warnings)


def _check_given(node: str, contract: TableContract, table: Cube | pa.Table) -> None:
    """Hold an output against its contract.

    Raises
    ------
    RunFailed: with the first thing that is wrong.
    """
    fault = (
        _cube_fault(contract, table) if isinstance(table, Cube) else _table_fault(contract, table)
    )
    if fault:
        raise RunFailed(f"Node {node} gave {contract.name!r}, and {fault}.", part=node)


def _cube_fault(contract: TableContract, cube: Cube) -> str:
    if contract.value is None:
        return "it is one number by labels where a table was declared"
    if cube.dims != contract.key:
        return f"it is by {', '.join(cube.dims)} where {', '.join(contract.key)} was declared"
    for dim, labels in zip(cube.dims, cube.labels, strict=True):
        field = contract.field(dim)
        assert field is not None
        whole = field.type == "integer"
        strange = [
            label
            for label in labels
            if isinstance(label, int | np.integer) != whole
            or (field.enum and label not in field.enum)
        ]
        if strange:
            return f"{dim} {strange[0]!r} can't be one of its labels"
    field = contract.field(contract.value)
    assert field is not None
    if np.isinf(cube.values).any():
        return f"{int(np.isinf(cube.values).sum()):,} of its values are infinite"
    for limit, words, beyond in (
        (field.minimum, "less than", np.less),
        (field.maximum, "more than", np.greater),
    ):
        if isinstance(limit, int | float) and (wrong := beyond(cube.values, limit)).any():
            at = np.argwhere(wrong)[0]
            where = ", ".join(str(ls[i]) for ls, i in zip(cube.labels, at, strict=True))
            return (
                f"{int(wrong.sum()):,} of its values are {words} {in_figures(limit)}; "
                f"the first is {cube.values[tuple(at)]:.6g} at {where}"
            )
    return ""


def _table_fault(contract: TableContract, table: pa.Table) -> str:
    if contract.value is not None:
        return "it is a table where one number by labels was declared"
    if set(table.column_names) != {f.name for f in contract.fields}:
        return f"its columns are {', '.join(table.column_names)}"
    problems = check_table(table, contract).problems
    if problems.count:
        first = problems.sorted()[0]
        what = f"{first.field} {first.value!r} is {first.problem}"
        return f"{problems.count:,} of its values are wrong: {what}"
    return ""


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".: ")
