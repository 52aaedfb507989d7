"""From the files as they were published to the projection: headers, doubled rows and all."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.projections import contract
from interurban.apps.projections.cohort.axes import FLOWS
from interurban.apps.projections.cohort.graphs import COHORT_COMPONENT, POPULATION_ASSUMPTIONS
from interurban.core.cube import Cube
from interurban.core.model import Graph
from interurban.workspace.contracts import check_table
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters

from .conftest import by_age, table

FILES = {
    "historic_population": "bristol_hist_popn_mye",
    "historic_births": "bristol_hist_births_mye",
    "births_by_mother": "bristol_ons_proj_births_age_mother",
    "historic_deaths": "bristol_hist_deaths_mye",
    **{flow: f"bristol_hist_{flow}migrants" for flow in contract.HISTORIC_FLOWS},
    "national_fertility": "future_fertility_trend_assumption",
    "national_mortality": "future_mortality_trend_assumption",
}


def raw(path: Path) -> pa.Table:
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    columns = zip(*rows[1:], strict=True)
    return pa.table({name: list(column) for name, column in zip(rows[0], columns, strict=True)})


@pytest.fixture(scope="module")
def inputs(demography: Path) -> dict[str, Cube]:
    tables: dict[str, Cube] = {}
    for need in COHORT_COMPONENT.needs:
        checked = check_table(raw(demography / "inputs" / f"{FILES[need.name]}.csv"), need)
        assert checked.problems.sorted() == [], need.name
        content = checked.content()
        assert isinstance(content, Cube)
        tables[need.name] = content
    return tables


def run(
    inputs: dict[str, Cube], graph: Graph = COHORT_COMPONENT, **given: object
) -> dict[str, Cube]:
    plan = compile_graph(graph)
    result = execute(plan, inputs, read_parameters(plan.parameters, given))
    return {name: cube for name, cube in result.tables.items() if isinstance(cube, Cube)}


def test_the_population_of_2015_comes_out_of_the_files(
    demography: Path, inputs: dict[str, Cube]
) -> None:
    path = demography / "expected" / "bristol_end_population_2015.csv"
    theirs = by_age(table(path), "popn", range(2015, 2016))
    ours = run(inputs, last_year=2015)["population"]
    assert np.abs(ours.values[0] - theirs).max() < 1e-10


ASSUMED = {
    "historic_fertility": ("bristol_historic_asfr", "fert-rate", {}, 1e-10),
    "historic_mortality": ("bristol_historic_asmr", "death-rate", {}, 1e-10),
    "fertility, fixed": (
        "bristol_initial_proj_asfr_finalyrfixed_2015_2016",
        "fert-rate",
        {"fertility_variant": "fixed", "last_year": 2016},
        1e-10,
    ),
    "fertility": (
        "bristol_initial_proj_asfr_finalyrapplynationaltrend_2015_2018",
        "fert-rate",
        {"last_year": 2018},
        1e-10,
    ),
    "mortality": (
        "bristol_projected_asmr_avg_applynationaltrend_r_output_2015_2017",
        "death-rate",
        {"last_year": 2017},
        1e-7,
    ),
    **{
        f"future_{flow}": (
            f"bristol_proj_{flow}migrants_valuesavgfixed",
            short,
            {"last_year": 2015},
            1e-10,
        )
        for flow, short in zip(FLOWS, ("domin", "domout", "intin", "intout"), strict=True)
    },
    "future_domestic_in, trend": (
        "bristol_trends_domestic_inmigrants",
        "domestic-in",
        {"last_year": 2015, "domestic_in_rule": "trend"},
        1e-7,
    ),
}


@pytest.mark.parametrize("name", ASSUMED)
def test_assumptions_are_given_out_as_the_expected_tables_have_them(
    demography: Path, inputs: dict[str, Cube], name: str
) -> None:
    """Rates and flows alone, row by row of the original's own tables."""
    file, column, given, tolerance = ASSUMED[name]
    ours = run(inputs, POPULATION_ASSUMPTIONS, **given)[name.partition(",")[0]]
    rows = table(demography / "expected" / f"{file}.csv")
    years = {int(row["year"]) for row in rows if "year" in row}
    assert not years or years == {int(year) for year in ours.along("year")}
    for row in rows:
        at = {"age": int(row["age"]), "year": int(row.get("year", 2015)), "sex": row["sex"]}
        if "sex" not in ours.dims and at.pop("sex") == "M":
            assert float(row[column]) == 0
            continue
        (value,) = ours.at(**{dim: at[dim] for dim in ours.dims if dim != "area_id"}).values
        assert abs(value - float(row[column])) < tolerance


@pytest.mark.parametrize("scenario", ["principal", "low", "high"])
@pytest.mark.parametrize("edition", ["", "-2012"])
def test_every_scenario_of_fertility_is_there_and_in_order(
    inputs: dict[str, Cube], scenario: str, edition: str
) -> None:
    def births(of: str) -> float:
        tables = run(inputs, last_year=2025, fertility_scenario=f"{of}{edition}")
        return float(tables["births"].values[..., -1].sum())

    usual, this = births("principal"), births(scenario)
    assert {"principal": this == usual, "low": this < usual, "high": this > usual}[scenario]


def test_scenarios_of_mortality_are_in_order(inputs: dict[str, Cube]) -> None:
    deaths = {
        scenario: float(run(inputs, mortality_scenario=scenario)["deaths"].values.sum())
        for scenario in ("low", "principal", "high")
    }
    assert deaths["low"] < deaths["principal"] < deaths["high"]


@pytest.mark.parametrize("how", ["average", "trend"])
def test_every_variant_of_mortality_is_the_formula(inputs: dict[str, Cube], how: str) -> None:
    deaths, births = inputs["historic_deaths"].values[0], inputs["historic_births"].values[0]
    people = inputs["historic_population"].values[0]
    exposed = np.empty_like(deaths)
    exposed[:, 0] = births
    exposed[:, 1:] = people[:, :-1, :-1]
    exposed[:, 90] += people[:, 90, :-1]
    rates = (deaths / exposed)[..., -5:]
    if how == "trend":
        lines = np.polyfit(np.arange(2010, 2015), rates.reshape(-1, 5).T, 1)
        first = np.maximum(lines[0] * 2015 + lines[1], 0).reshape(2, 91)
    else:
        first = rates.mean(axis=-1)
    start = people[..., -1]
    fixed = run(inputs, last_year=2016, mortality_variant=f"{how}-fixed")
    np.testing.assert_allclose(fixed["deaths"].values[0, ..., 0], first * start, atol=1e-7)
    second = fixed["population"].values[0, ..., 0]
    np.testing.assert_allclose(fixed["deaths"].values[0, ..., 1], first * second, atol=1e-7)
    moved = run(inputs, last_year=2016, mortality_variant=f"{how}-applynationaltrend")
    national = inputs["national_mortality"].at(scenario="principal")
    began = national.select("age", range(-1, 90))
    change = began.at(year=2016).values / began.at(year=2015).values
    second = moved["population"].values[0, ..., 0]
    np.testing.assert_allclose(
        moved["deaths"].values[0, ..., 1], first * change * second, atol=1e-7
    )
