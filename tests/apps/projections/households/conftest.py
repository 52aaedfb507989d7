"""Tables of the household models' shared data, as arrays and cubes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from interurban.apps.projections.households.categories import AGE_GROUPS, age_group
from interurban.core.cube import Cube, Label
from interurban.core.model import Graph, ModelNode, Tables, Values

Rows = list[dict[str, str]]

DIMENSIONS = {
    "gss-code": "area_id", "onscode": "area_id", "sex": "sex", "gender": "sex", "age": "age",
    "age-group": "age_group", "relationship": "relationship", "year": "year",
}  # fmt: skip
NAMED_AGES = {"85&", *AGE_GROUPS}


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
    """The inputs of the household projection for Barnet, by contract name."""
    inputs = household_data / "inputs"

    def read(file: str, value: str, dims: tuple[str, ...]) -> Cube:
        return cube_of(read_rows(inputs / f"{file}.csv"), value, dims)

    return {
        "population": read("gla_test_popn_barnet", "population", ("area_id", "sex", "age", "year")),
        "household_population": read(
            "dclg_hh_popn_barnet", "dclg-household-popn", BY_REPRESENTATIVE
        ),
        "institutional_population": read(
            "dclg_inst_popn_barnet", "dclg-institutional-popn", BY_REPRESENTATIVE
        ),
        "representative_rates": read(
            "dclg_hh_repr_rates_barnet", "hh-repr-rates", BY_REPRESENTATIVE
        ),
        "counted_dwellings": read("dclg_dwellings_barnet", "dwellings", ("area_id", "year")),
        "vacant_dwellings": read(
            "dclg_vacant_dwellings_barnet", "vacancy-dwellings", ("area_id", "year")
        ),
    }


@pytest.fixture(scope="session")
def london10(household_data: Path) -> Callable[[str], Cube]:
    """A wide table of ten London boroughs, its TOT rows left out, as a cube."""

    def read(name: str) -> Cube:
        wide = read_rows(household_data / "inputs" / f"dclg_{name}_london10_wide.csv")
        rows: Rows = []
        for row in wide:
            if row["age"] == "TOT":
                continue
            keys = {
                "gss-code": row["onscode"],
                "sex": row["gender"],
                "age-group": row["age"],
                "relationship": row["relationship"],
            }
            rows += [{**keys, "year": y, "value": v} for y, v in row.items() if y.isdigit()]
        return cube_of(rows, "value", BY_REPRESENTATIVE)

    return read


@pytest.fixture(scope="session")
def walk() -> Callable[[Graph, Tables, Values], Tables]:
    """Runs a graph of plain nodes as it is drawn: each after those it names."""

    def run(graph: Graph, tables: Tables, values: Values) -> Tables:
        have, done = dict(tables), set[str]()
        for node in graph.nodes:
            assert isinstance(node, ModelNode)
            assert set(node.after) <= done
            needs = {c.name: have[c.name] for c in node.model.needs}
            result = node.model.compute(needs, {**values, **node.fixed}, lambda _d, _t: None)
            assert set(result.tables) == {c.name for c in node.model.gives}
            have.update(result.tables)
            done.add(node.name)
        return {c.name: have[c.name] for c in graph.gives}

    return run
