"""Tables of the household models' shared data, as arrays and cubes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow.csv as csv_files
import pytest
from pyarrow import compute

from interurban.apps.projections import contract_households as contract
from interurban.apps.projections.households.categories import AGE_GROUPS, age_group
from interurban.core.cube import Cube, Label
from interurban.core.model import Graph, Tables, Values
from interurban.workspace.contracts import check_table
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.uploads import check_file

Rows = list[dict[str, str]]

DIMENSIONS = {
    "gss-code": "area_id", "sex": "sex", "age": "age",
    "age-group": "age_group", "relationship": "relationship", "year": "year",
}  # fmt: skip


def read_rows(path: Path) -> Rows:
    """A CSV file, whatever its line ends and the style of its header."""
    text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip()]
    header, *data = csv.reader(lines)
    names = [name.strip().lower().replace(".", "-").replace("_", "-") for name in header]
    return [dict(zip(names, row, strict=True)) for row in data]


def label(dim: str, text: str) -> Label:
    if dim in ("age", "year"):
        return int(text)
    return age_group(text) if dim == "age_group" else text


def cube_of(rows: Rows, value: str, dims: tuple[str, ...]) -> Cube:
    """A cube of one number column; combinations without a row are not a number."""
    columns = {DIMENSIONS[name]: name for name in rows[0] if name in DIMENSIONS}
    keys = [tuple(label(dim, row[columns[dim]]) for dim in dims) for row in rows]

    def rank(dim: str, value: Label) -> Label:
        return AGE_GROUPS.index(str(value)) if dim == "age_group" else value

    labels = tuple(
        tuple(sorted({key[at] for key in keys}, key=lambda v, d=dim: rank(d, v)))
        for at, dim in enumerate(dims)
    )
    places = [{name: at for at, name in enumerate(of)} for of in labels]
    values = np.full([len(of) for of in labels], np.nan)
    for key, row in zip(keys, rows, strict=True):
        values[tuple(place[part] for place, part in zip(places, key, strict=True))] = row[value]
    return Cube(dims, labels, values)


BY_REPRESENTATIVE = ("area_id", "sex", "age_group", "relationship", "year")


@pytest.fixture(scope="session")
def household_data(shared_data: Path) -> Path:
    return shared_data / "witan" / "household"


@pytest.fixture(scope="session")
def toy(household_data: Path) -> Callable[..., Cube]:
    """A table of the toy set by its file's name: the last column over the named dimensions."""

    def read(name: str, dims: tuple[str, ...] = BY_REPRESENTATIVE) -> Cube:
        rows = read_rows(household_data / "toy" / f"{name}.csv")
        return cube_of(rows, next(n for n in rows[0] if n not in DIMENSIONS), dims)

    return read


@pytest.fixture(scope="session")
def barnet(household_data: Path) -> Mapping[str, Cube]:
    """The inputs of the household projection for Barnet, read and checked as an upload is."""
    files = {
        "gla_test_popn_barnet": contract.POPULATION,
        "dclg_hh_popn_barnet": contract.HOUSEHOLD_POPULATION,
        "dclg_inst_popn_barnet": contract.INSTITUTIONAL_POPULATION,
        "dclg_hh_repr_rates_barnet": contract.REPRESENTATIVE_RATES,
        "dclg_dwellings_barnet": contract.COUNTED_DWELLINGS,
        "dclg_vacant_dwellings_barnet": contract.VACANT_DWELLINGS,
    }
    read = {}
    for name, of in files.items():
        checked = check_file(household_data / "inputs" / f"{name}.csv", of)
        assert checked.ok
        content = checked.content()
        assert isinstance(content, Cube)
        read[of.name] = content
    return read


@pytest.fixture(scope="session")
def london10(household_data: Path) -> Callable[[str], Cube]:
    """A wide table of ten London boroughs, its rows of totals left out, as a cube."""
    contracts = {"hh_popn_proj": contract.HOUSEHOLD_POPULATION,
                 "inst_popn_proj": contract.INSTITUTIONAL_POPULATION,
                 "hh_formation_rates": contract.REPRESENTATIVE_RATES}  # fmt: skip

    def read(name: str) -> Cube:
        wide = csv_files.read_csv(household_data / "inputs" / f"dclg_{name}_london10_wide.csv")
        checked = check_table(wide.filter(compute.not_equal(wide["Age"], "TOT")), contracts[name])
        assert checked.ok
        content = checked.content()
        assert isinstance(content, Cube)
        return content

    return read


@pytest.fixture(scope="session")
def walk() -> Callable[[Graph, Tables, Values], Tables]:
    """Runs a graph as a person's run does, without its records."""

    def run(graph: Graph, tables: Tables, values: Values) -> Tables:
        # A contract names no draws; between Python calls a population may have them all the same.
        plain = all("draw" not in table.dims for table in tables.values())
        return execute(compile_graph(graph), tables, values, validate=plain).tables

    return run
