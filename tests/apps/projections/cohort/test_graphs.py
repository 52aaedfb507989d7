"""The graphs give what the array code gives, refuse what cannot be, and say what was odd."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.projections import contract
from interurban.apps.projections.cohort.assumptions import assume
from interurban.apps.projections.cohort.axes import FLOWS, SEXES
from interurban.apps.projections.cohort.backtest import spread_of_flows
from interurban.apps.projections.cohort.choices import regional_settings_of
from interurban.apps.projections.cohort.cubes import national_tables_of, tables_of
from interurban.apps.projections.cohort.ensemble import simulate
from interurban.apps.projections.cohort.explain import COMPONENTS
from interurban.apps.projections.cohort.graphs import (
    COHORT_COMPONENT,
    CORRECTED_AGAINST_ORIGINAL,
    MULTIREGIONAL_PROJECTION,
    POPULATION_ASSUMPTIONS,
    UNCERTAIN_MULTIREGIONAL_PROJECTION,
    UNCERTAIN_PROJECTION,
)
from interurban.apps.projections.cohort.history import History, National
from interurban.apps.projections.cohort.projection import project
from interurban.apps.projections.cohort.shocks import Spread
from interurban.core.cube import Cube
from interurban.core.errors import InvalidInput, RunCancelled
from interurban.core.model import Graph, Result
from interurban.workspace.contracts import check_table
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters
from interurban.workspace.tables import table_of

from .conftest import settings, table
from .synthetic import synthetic_areas

GRAPHS = (
    COHORT_COMPONENT,
    CORRECTED_AGAINST_ORIGINAL,
    MULTIREGIONAL_PROJECTION,
    POPULATION_ASSUMPTIONS,
    UNCERTAIN_MULTIREGIONAL_PROJECTION,
    UNCERTAIN_PROJECTION,
)


@pytest.fixture(scope="module")
def inputs(bristol: History, principal: National) -> dict[str, Cube]:
    return tables_of(bristol, 2013) | national_tables_of(principal, "principal-2012", "principal")


def run(graph: Graph, inputs: dict[str, Cube], **given: object) -> Result:
    plan = compile_graph(graph)
    return execute(plan, inputs, read_parameters(plan.parameters, given))


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.id)
def test_every_graph_compiles_and_every_knob_has_help(graph: Graph) -> None:
    plan = compile_graph(graph)
    assert len({p.name for p in plan.parameters}) == len(plan.parameters)
    for parameter in plan.parameters:
        assert parameter.help.endswith("."), parameter.name
        if parameter.type in ("integer", "number", "years"):
            assert parameter.minimum is not None, parameter.name
            assert parameter.maximum is not None, parameter.name


@pytest.mark.parametrize(
    "graph",
    [MULTIREGIONAL_PROJECTION, UNCERTAIN_MULTIREGIONAL_PROJECTION],
    ids=lambda graph: graph.id,
)
def test_areas_together_have_one_rule_of_domestic_moves(graph: Graph) -> None:
    """No knob is without effect: who leaves one area arrives in another, by one rule."""
    parameters = {p.name: p for p in compile_graph(graph).parameters}
    assert not [name for name in parameters if name.startswith("domestic_out")]
    assert parameters["domestic_in_multiplier"].title == "Domestic moves: factor"
    chosen = regional_settings_of(
        read_parameters(parameters.values(), {"domestic_in_years": "2009-2014"})
    )
    assert chosen.settings.flows["domestic_out"] == chosen.settings.flows["domestic_in"]
    assert chosen.settings.flows["domestic_out"].window == (2009, 2014)


@pytest.mark.parametrize("mode", ["witan", "corrected"])
def test_the_graph_gives_the_numbers_of_the_array_code(
    bristol: History, principal: National, inputs: dict[str, Cube], mode: str
) -> None:
    tables = run(COHORT_COMPONENT, inputs, mode=mode).tables
    ours = project(assume(bristol, principal, settings(2040, mode=mode)))
    for name, expected in (
        ("population", ours.population),
        ("births", ours.births),
        ("deaths", ours.deaths),
        ("net_migration", ours.net_migration),
    ):
        given = tables[name]
        assert isinstance(given, Cube)
        assert given.along("year") == tuple(range(2015, 2041))
        np.testing.assert_allclose(np.moveaxis(given.values, -1, 0), expected, rtol=0, atol=1e-9)


def test_flows_of_a_year_need_no_population_of_its_end(inputs: dict[str, Cube]) -> None:
    """A projection may start where the population ends, a year before the births and deaths."""
    people = inputs["historic_population"]
    shorter = people.select("year", [year for year in people.along("year") if year != 2014])
    early: dict[str, object] = {"first_year": 2014, "last_year": 2017}
    whole = run(COHORT_COMPONENT, inputs, **early)
    for_less = run(COHORT_COMPONENT, inputs | {"historic_population": shorter}, **early)
    for name in ("population", "births", "deaths"):
        there, here = whole.tables[name], for_less.tables[name]
        assert isinstance(there, Cube)
        assert isinstance(here, Cube)
        np.testing.assert_array_equal(here.values, there.values)


def test_components_of_change_add_up_to_the_change(inputs: dict[str, Cube]) -> None:
    tables = run(COHORT_COMPONENT, inputs, last_year=2020).tables
    components, population = tables["components_of_change"], tables["population"]
    assert isinstance(components, Cube)
    assert isinstance(population, Cube)
    assert components.along("component") == COMPONENTS
    part = {name: components.at(component=name).values[0] for name in COMPONENTS}
    people = population.sum("sex", "age").values[0]
    change = np.diff(people)
    made = part["births"] - part["deaths"] + part["net_migration"]
    np.testing.assert_allclose(change, made[1:], atol=1e-6)
    flows = part["domestic_in"] - part["domestic_out"]
    flows += part["international_in"] - part["international_out"]
    np.testing.assert_allclose(flows, part["net_migration"], atol=1e-9)


def test_outputs_meet_their_own_contracts(inputs: dict[str, Cube]) -> None:
    tables = run(COHORT_COMPONENT, inputs, last_year=2016).tables
    for each in COHORT_COMPONENT.gives:
        given = tables[each.name]
        assert isinstance(given, Cube)
        assert check_table(table_of(given, each), each).problems.sorted() == []


def test_a_table_with_every_row_twice_gives_the_same_mean_and_is_told(
    demography: Path, bristol: History
) -> None:
    path = demography / "inputs" / "bristol_hist_domestic_inmigrants.csv"
    once = table(path)
    columns = {"area_id": "gss-code", "sex": "sex", "age": "age", "year": "year"}
    columns["people"] = "domin"
    rows = pa.table({new: [row[old] for row in [*once, *once]] for new, old in columns.items()})
    checked = check_table(rows, contract.HISTORIC_FLOWS["domestic_in"])
    assert checked.ok, checked.problems.sorted()[:3]
    assert any("2,366 rows repeat another" in told for told in checked.warnings)
    cube = checked.content()
    assert isinstance(cube, Cube)
    np.testing.assert_array_equal(cube.values, bristol.flows["domestic_in"])


def test_an_age_that_is_missing_for_one_sex_is_refused(inputs: dict[str, Cube]) -> None:
    deaths = table_of(inputs["historic_deaths"], contract.HISTORIC_DEATHS)
    at = [
        row["sex"] == "M" and row["age"] == 44 for row in deaths.select(["sex", "age"]).to_pylist()
    ]
    checked = check_table(
        deaths.filter(pa.array([not gone for gone in at])), contract.HISTORIC_DEATHS
    )
    assert not checked.ok
    assert checked.problems.count == len(inputs["historic_deaths"].along("year"))
    assert "age 44" in checked.problems.sorted()[0].value


def test_a_national_rate_above_one_is_refused(inputs: dict[str, Cube]) -> None:
    rates = inputs["national_mortality"]
    doubled = table_of(rates.like(np.where(rates.values > 10_000, 120_000.0, rates.values)),
                       contract.NATIONAL_MORTALITY)  # fmt: skip
    checked = check_table(doubled, contract.NATIONAL_MORTALITY)
    assert [kind for kind, _ in checked.problems.kinds if "more than" in kind]


def test_more_deaths_than_people_are_told(inputs: dict[str, Cube]) -> None:
    deaths = inputs["historic_deaths"]
    values = deaths.values.copy()
    values[0, 0, 12, -1] = 10_000
    said = run(
        COHORT_COMPONENT,
        inputs | {"historic_deaths": deaths.like(values)},
        last_year=2016,
        mortality_years=(2014, 2014),
    ).warnings
    assert any(told.startswith("1 past death rate is above 1") for told in said)
    assert any("projected death rate" in told for told in said)


def test_a_negative_population_is_counted_and_in_the_corrected_mode_clipped(
    inputs: dict[str, Cube],
) -> None:
    given: dict[str, object] = {"last_year": 2030, "domestic_out_multiplier": 3.0}
    original = run(COHORT_COMPONENT, inputs, **given)
    population = original.tables["population"]
    assert isinstance(population, Cube)
    below = int((population.values < 0).sum())
    assert below > 0
    assert any(told.startswith(f"{below:,} numbers of people") for told in original.warnings)
    corrected = run(COHORT_COMPONENT, inputs, mode="corrected", **given)
    population = corrected.tables["population"]
    assert isinstance(population, Cube)
    assert population.values.min() == 0.0
    assert any("were clipped there" in told for told in corrected.warnings)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"first_year": 1899}, "first_year: 1899 is less than 1900"),
        ({"last_year": 2101}, "last_year: 2101 is more than 2100"),
        ({"last_year": 2014}, "would end in 2014, before it begins in 2015"),
        ({"first_year": 2017}, "starts with the population of 2016, and there is none"),
        ({"mortality_years": (1999, 2014)}, "The years 1999 to 2014 of mortality_years"),
        ({"domestic_in_years": (2003, 2015)}, "The years 2003 to 2015 of domestic_in_years"),
        ({"fertility_base_year": 2016}, "holds 2001 to 2014, and mid-2015 is needed"),
        ({"fertility_base_year": 2015}, "those of 2015 are needed"),
        ({"fertility_scenario": "high"}, "no scenario 'high'"),
        ({"last_year": 2051}, "holds 2001 to 2050, and 2015 to 2051 are needed"),
        ({"areas": ("E09000001",)}, "There is no population of E09000001"),
        ({"fertility_multipliers": "2020=high"}, "'2020=high' is no factor by year and age"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_what_cannot_be_is_refused_in_a_sentence(
    inputs: dict[str, Cube], given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=r".") as refused:
        run(COHORT_COMPONENT, inputs, **given)
    assert sentence in str(refused.value)


def test_fixed_variants_need_no_national_table(inputs: dict[str, Cube]) -> None:
    without = {name: cube for name, cube in inputs.items() if not name.startswith("national")}
    given = {"fertility_variant": "fixed", "mortality_variant": "trend-fixed", "last_year": 2060}
    assert run(COHORT_COMPONENT, without, **given).tables["population"] is not None
    with pytest.raises(InvalidInput, match="national_fertility is not there"):
        run(COHORT_COMPONENT, without)


def test_own_factors_hold_for_their_years_and_ages(inputs: dict[str, Cube]) -> None:
    usual = run(COHORT_COMPONENT, inputs, last_year=2018).tables["births"]
    fewer = run(
        COHORT_COMPONENT, inputs, last_year=2018, fertility_multipliers="2017-2018:15-44 = 0.5"
    ).tables["births"]
    assert isinstance(usual, Cube)
    assert isinstance(fewer, Cube)
    share = fewer.values / usual.values
    np.testing.assert_allclose(share[..., :2], 1.0, atol=1e-12)
    np.testing.assert_allclose(share[..., 2], 0.5, atol=1e-12)


def test_a_dated_transition_moves_flows_from_one_window_to_the_other(
    bristol: History, inputs: dict[str, Cube]
) -> None:
    tables = run(
        COHORT_COMPONENT,
        inputs,
        last_year=2022,
        transition=True,
        later_years=(2010, 2014),
        transition_years=(2016, 2020),
    ).tables
    components = tables["components_of_change"]
    assert isinstance(components, Cube)
    arrivals = components.at(component="domestic_in").values[0]
    past = bristol.flows["domestic_in"].sum(axis=(0, 1, 2))
    first, later = past[1:].mean(), past[-5:].mean()
    assert arrivals[:2] == pytest.approx([first, first])
    assert arrivals[3] == pytest.approx((first + later) / 2)
    assert arrivals[5:] == pytest.approx([later] * 3)


def test_the_difference_of_the_modes_is_told(inputs: dict[str, Cube]) -> None:
    result = run(CORRECTED_AGAINST_ORIGINAL, inputs, last_year=2020)
    difference = result.tables["difference"]
    assert isinstance(difference, Cube)
    # In the first year only infants and the aged-on dead differ; births are the same.
    assert np.abs(difference.values).max() > 0
    assert any("In 2020 the corrected mode has" in told for told in result.warnings)


def test_bands_are_nested_and_carry_their_back_test(inputs: dict[str, Cube]) -> None:
    result = run(UNCERTAIN_PROJECTION, inputs, draws=100, last_year=2020)
    ends = [result.tables[f"population_{end}"] for end in contract.BAND_ENDS]
    values = [end.values for end in ends if isinstance(end, Cube)]
    assert len(values) == 5
    for lower, upper in pairwise(values):
        assert (lower <= upper).all()
    bands = result.tables["bands"]
    assert isinstance(bands, pa.Table)
    status = set(bands.column("status").to_pylist())
    assert len(status) == 1
    assert status.pop().startswith("Not calibrated: in 55 comparisons")
    assert bands.num_rows == 2 * 4 * 6 * 5
    assert result.tables["coverage"].num_rows == 4 * 10


def test_a_changed_seed_changes_draws_and_the_same_seed_does_not(inputs: dict[str, Cube]) -> None:
    def bands(seed: int) -> pa.Table:
        given = {"draws": 50, "last_year": 2018, "seed": seed, "calibrate": False}
        return run(UNCERTAIN_PROJECTION, inputs, **given).tables["bands"]

    assert bands(1).equals(bands(1))
    assert not bands(1).equals(bands(2))


def test_one_area_for_25_years_takes_no_time(bristol: History, principal: National) -> None:
    begun = time.process_time()
    project(assume(bristol, principal, settings(2039)))
    assert time.process_time() - begun < 0.4
    assert set(bristol.flows) == set(FLOWS)
    assert bristol.population.shape[1] == len(SEXES)


def test_a_past_too_short_to_back_test_gives_bands_that_say_so(
    bristol: History, principal: National
) -> None:
    short = replace(
        bristol,
        first_population=2011,
        first_flow=2012,
        population=bristol.population[..., -4:],
        births=bristol.births[..., -3:],
        deaths=bristol.deaths[..., -3:],
        flows={name: flow[..., -3:] for name, flow in bristol.flows.items()},
    )
    inputs = tables_of(short, 2013) | national_tables_of(principal, "principal-2012", "principal")
    years = {f"{name}_years": (2012, 2014) for name in (*FLOWS, "mortality")}
    result = run(UNCERTAIN_PROJECTION, inputs, draws=20, last_year=2016, **years)
    coverage = result.tables["coverage"]
    assert isinstance(coverage, pa.Table)
    assert coverage.column("value").to_pylist() == [0.0]
    assert result.warnings[0].startswith("Not calibrated: the past is too short")


@pytest.mark.parametrize(("areas", "seconds"), [(33, 1.0), (326, 3.0)])
def test_many_areas_for_25_years_keep_their_time(
    bristol: History, principal: National, areas: int, seconds: float
) -> None:
    many = synthetic_areas(bristol, areas)
    begun = time.process_time()
    project(assume(many, principal, settings(2039)))
    assert time.process_time() - begun < 2 * seconds


@pytest.mark.slow
def test_a_thousand_draws_of_33_areas_keep_their_time(
    bristol: History, principal: National
) -> None:
    many = synthetic_areas(bristol, 33)
    chosen = settings(2039, mode="corrected")
    levels = spread_of_flows(many, chosen, Spread())
    begun = time.process_time()
    simulate(assume(many, principal, chosen), Spread(), levels, draws=1_000, seed=50)
    assert time.process_time() - begun < 2 * 20


def test_draws_can_be_stopped_while_they_are_calibrated(inputs: dict[str, Cube]) -> None:
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if 0 < done < total / 2:
            raise RunCancelled("The run was dismissed.")

    plan = compile_graph(UNCERTAIN_PROJECTION)
    with pytest.raises(RunCancelled):
        execute(plan, inputs, read_parameters(plan.parameters, {"last_year": 2016}), stop)
    assert told[-1] == (50, 1_000)
