"""The SEND model's shared data, as the tables that the contracts name."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.projections.send.fitting import fit
from interurban.apps.projections.send.inputs import Inputs, inputs
from interurban.apps.projections.send.parameters import (
    GOAL,
    LEARNING,
    PROJECTING,
    SCENARIO,
    SIMULATING,
)
from interurban.apps.projections.send.plan import Plan
from interurban.core.cube import Cube
from interurban.core.model import Graph, ModelNode, Result, Tables, Values

Rows = list[dict[str, str]]


def read_rows(path: Path) -> Rows:
    """A CSV file, whatever its line ends and the style of its header."""
    text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    header, *data = csv.reader(line for line in text.split("\n") if line.strip())
    names = [name.strip().lower() for name in header]
    for old, new in ((".", "_"), (" ", "_"), ("->", "_to_"), ("-", "_")):
        names = [name.replace(old, new) for name in names]
    return [dict(zip(names, row, strict=True)) for row in data]


def records(rows: Rows, whole: tuple[str, ...]) -> pa.Table:
    columns = {
        name: pa.array([int(row[name]) if name in whole else row[name] for row in rows])
        for name in rows[0]
    }
    return pa.table(columns)


def cube(rows: Rows, dims: Mapping[str, type], value: str) -> Cube:
    keys = [tuple(of(row[dim]) for dim, of in dims.items()) for row in rows]
    labels = tuple(tuple(sorted({key[at] for key in keys})) for at in range(len(dims)))
    values = np.full([len(of) for of in labels], np.nan)
    for key, row in zip(keys, rows, strict=True):
        values[tuple(of.index(part) for of, part in zip(labels, key, strict=True))] = row[value]
    return Cube(tuple(dims), labels, values)


@pytest.fixture(scope="session")
def send_data(shared_data: Path) -> Path:
    return shared_data / "witan" / "send"


@pytest.fixture(scope="session")
def expected(send_data: Path) -> Callable[[str], Rows]:
    return lambda name: read_rows(send_data / "expected" / f"{name}.csv")


@pytest.fixture(scope="session")
def tables(send_data: Path) -> Tables:
    """The demonstration data, by contract name."""
    rows = {
        name: read_rows(send_data / "inputs" / f"{name}.csv")
        for name in ("transitions", "population", "costs", "valid-states")
    }
    years = ("calendar_year", "academic_year_1", "academic_year_2",
             "min_academic_year", "max_academic_year")  # fmt: skip
    return {
        "send_transitions": records(rows["transitions"], years),
        "send_states": records(rows["valid-states"], years),
        "send_population": cube(
            rows["population"], {"calendar_year": int, "academic_year": int}, "population"
        ),
        "send_costs": cube(rows["costs"], {"need": str, "setting": str}, "cost"),
    }


@pytest.fixture(scope="session")
def values() -> Values:
    """Every parameter at its default, with few draws."""
    knobs = (*LEARNING, *SCENARIO, *PROJECTING, *SIMULATING, *GOAL)
    return {**{knob.name: knob.default for knob in knobs}, "simulations": 100}


@pytest.fixture(scope="session")
def demo(tables: Tables, values: Values) -> Inputs:
    return inputs(tables, values)


@pytest.fixture(scope="session")
def plan(demo: Inputs) -> Plan:
    """The demonstration data projected with nothing changed."""
    parameters = fit(demo.space, demo.transitions, demo.children)
    return Plan(demo.space, demo.seed_year, demo.start, demo.children, parameters)


@pytest.fixture(scope="session")
def walk() -> Callable[[Graph, Tables, Values], Result]:
    """Runs a graph of plain nodes as it is drawn: each after those it names."""

    def run(graph: Graph, given: Tables, values: Values) -> Result:
        have, done, warnings = dict(given), set[str](), ()
        for node in graph.nodes:
            assert isinstance(node, ModelNode)
            assert set(node.after) <= done
            needs = {c.name: have[c.name] for c in node.model.needs if c.name in have}
            own = {knob.name: values[knob.name] for knob in node.model.parameters}
            result = node.model.compute(needs, {**own, **node.fixed}, lambda _done, _total: None)
            assert set(result.tables) == {c.name for c in node.model.gives}
            for contract in node.model.gives:
                table = result.tables[contract.name]
                named = table.dims if isinstance(table, Cube) else table.column_names
                fields = [f.name for f in contract.fields if f.name != contract.value]
                assert list(named) == fields
            have.update(result.tables)
            done.add(node.name)
            warnings += result.warnings
        return Result({c.name: have[c.name] for c in graph.gives}, warnings)

    return run
