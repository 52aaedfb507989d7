"""The SEND model's shared data, as the tables that the contracts name."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from interurban.apps.projections import contract_send as contract
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
from interurban.core.model import Graph, Result, Tables, Values
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.uploads import check_file

Rows = list[dict[str, str]]


def read_rows(path: Path) -> Rows:
    """A CSV file, whatever its line ends and the style of its header."""
    text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    header, *data = csv.reader(line for line in text.split("\n") if line.strip())
    names = [name.strip().lower() for name in header]
    for old, new in ((".", "_"), (" ", "_"), ("->", "_to_"), ("-", "_")):
        names = [name.replace(old, new) for name in names]
    return [dict(zip(names, row, strict=True)) for row in data]


@pytest.fixture(scope="session")
def send_data(shared_data: Path) -> Path:
    return shared_data / "witan" / "send"


@pytest.fixture(scope="session")
def expected(send_data: Path) -> Callable[[str], Rows]:
    return lambda name: read_rows(send_data / "expected" / f"{name}.csv")


@pytest.fixture(scope="session")
def tables(send_data: Path) -> Tables:
    """The demonstration data, by contract name, read and checked as an upload is."""
    files = {"transitions": contract.TRANSITIONS, "population": contract.POPULATION,
             "valid-states": contract.STATES, "costs": contract.COSTS}  # fmt: skip
    read = {}
    for name, of in files.items():
        checked = check_file(send_data / "inputs" / f"{name}.csv", of)
        assert checked.ok
        assert checked.unused == ()
        read[of.name] = checked.content()
    return read


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
    """Runs a graph as a person's run does, without its records."""
    return lambda graph, tables, values: execute(compile_graph(graph), tables, values)
