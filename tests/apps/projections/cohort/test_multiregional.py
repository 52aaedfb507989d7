"""Areas together: who leaves one arrives in another, and nobody is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from interurban.apps.projections.cohort.axes import FLOWS, SEXES, Floats, age_on
from interurban.apps.projections.cohort.cubes import by_age, national_tables_of, tables_of
from interurban.apps.projections.cohort.graphs import (
    MULTIREGIONAL_PROJECTION,
    UNCERTAIN_MULTIREGIONAL_PROJECTION,
)
from interurban.apps.projections.cohort.history import History, National
from interurban.apps.projections.cohort.migration import (
    FlowRule,
    cap_out_rates,
    dated_transition,
    flow_rates,
)
from interurban.apps.projections.cohort.multiregional import (
    RegionalAssumptions,
    RegionalSettings,
    assume_regions,
    project_regions,
)
from interurban.apps.projections.cohort.projection import Projection
from interurban.core.cube import Cube
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters

from .conftest import settings
from .synthetic import moves_between, synthetic_areas


@pytest.fixture(scope="module")
def areas(bristol: History) -> History:
    return synthetic_areas(bristol, 6)


@pytest.fixture(scope="module")
def between(areas: History) -> Floats:
    return moves_between(areas)


@pytest.fixture(scope="module")
def assumed(areas: History, between: Floats, principal: National) -> RegionalAssumptions:
    return assume_regions(areas, between, principal, RegionalSettings(settings(2040)))


@pytest.fixture(scope="module")
def run(assumed: RegionalAssumptions) -> Projection:
    return project_regions(assumed)


def regional_tables(areas: History, between: Floats, principal: National) -> dict[str, Cube]:
    labels = (areas.areas, areas.areas, SEXES, tuple(range(91)), tuple(areas.flow_years))
    dims = ("origin_id", "destination_id", "sex", "age", "year")
    return {
        **tables_of(areas, 2013),
        **national_tables_of(principal, "principal-2012", "principal"),
        "migration_between": Cube(dims, labels, between, "people"),
    }


def test_what_areas_lose_to_each_other_they_gain_from_each_other(run: Projection) -> None:
    gained = run.flows["domestic_in"].sum(axis=1)
    lost = run.flows["domestic_out"].sum(axis=1)
    assert lost.sum() > 1_000
    assert np.abs(gained - lost).max() < 1e-6


def test_moves_by_origin_and_destination_are_the_flows(run: Projection) -> None:
    assert run.moves is not None
    np.testing.assert_allclose(
        run.moves.sum(axis=1), run.flows["domestic_in"].sum(axis=(2, 3)), atol=1e-6
    )
    np.testing.assert_allclose(
        run.moves.sum(axis=2), run.flows["domestic_out"].sum(axis=(2, 3)), atol=1e-6
    )
    assert not run.moves[:, np.arange(6), np.arange(6)].any()


def test_the_accounts_close_in_every_year(run: Projection) -> None:
    before = np.concatenate([run.start[np.newaxis], run.population[:-1]])
    aged = age_on(before[..., np.newaxis], run.births[..., np.newaxis])[..., 0]
    closed = aged - run.deaths + run.net_migration + run.clipped
    assert np.abs(run.population - closed).max() < 1e-9
    assert run.population.min() >= 0


def test_no_more_than_four_fifths_leave(areas: History, principal: National) -> None:
    crowd = moves_between(areas) * 50
    chosen = RegionalSettings(settings(2016), international_out="rate")
    rates = assume_regions(areas, crowd, principal, chosen)
    leaving = rates.rates.sum(axis=2) + rates.elsewhere_out
    assert leaving.max() == pytest.approx(0.8)
    assert rates.international_rate
    assert rates.international_out.max() <= 0.8


def test_capping_keeps_where_people_go() -> None:
    rates = np.array([[0.0, 0.9, 0.3], [0.1, 0.0, 0.2], [0.0, 0.0, 0.0]])[..., None, None]
    capped = cap_out_rates(rates)[..., 0, 0]
    assert capped[0] == pytest.approx([0.0, 0.6, 0.2])
    assert capped[1:] == pytest.approx(rates[1:, :, 0, 0])


def test_a_flow_that_is_missing_counts_as_nobody() -> None:
    flows = np.full((2, 2, 1, 1, 4), np.nan)
    flows[0, 1, 0, 0] = [10, np.nan, 20, 30]
    exposed = np.full((2, 1, 1, 4), 100.0)
    mean = flow_rates(flows, exposed, range(2001, 2005), (2001, 2004), "mean", "part")
    assert mean[..., 0, 0] == pytest.approx(np.array([[0, 0.15], [0, 0]]))
    line = flow_rates(flows, exposed, range(2001, 2005), (2003, 2004), "trend", "part")
    assert line[0, 1, 0, 0] == pytest.approx(0.4)


@pytest.mark.parametrize("years", [5, 10, 13])
def test_the_window_of_the_domestic_flows_is_the_one_chosen(
    areas: History, between: Floats, principal: National, years: int
) -> None:
    rules = {name: FlowRule((2015 - years, 2014)) for name in FLOWS}
    chosen = RegionalSettings(settings(2016, flows=rules))
    rates = assume_regions(areas, between, principal, chosen).rates[0]
    exposed = np.stack(
        [
            age_on(
                areas.people(year - 1)[..., np.newaxis],
                areas.births[..., year - 2002][..., np.newaxis],
            )[..., 0]
            for year in range(2015 - years, 2015)
        ],
        axis=-1,
    )
    moved = between[2, 3][..., -years:]
    expected = np.divide(moved, exposed[2], out=np.zeros_like(moved), where=exposed[2] > 0)
    np.testing.assert_allclose(rates[2, 3], expected.mean(axis=-1), atol=1e-12)
    assert not rates[0, 1].any()


def test_a_dated_transition_is_a_straight_line() -> None:
    years = range(2021, 2028)
    moved = dated_transition(np.array([1.0]), np.array([4.0]), years, (2022, 2025))[:, 0]
    assert moved == pytest.approx([1, 1, 2, 3, 4, 4, 4])
    step = dated_transition(np.array([1.0]), np.array([4.0]), years, (2024, 2024))[:, 0]
    assert step == pytest.approx([1, 1, 1, 4, 4, 4, 4])


def test_rates_move_between_two_dated_inputs(
    areas: History, between: Floats, principal: National
) -> None:
    rule = FlowRule((2003, 2007), later=(2010, 2014), moves=(2015, 2019))
    rules = dict.fromkeys(FLOWS, rule)
    assumed = assume_regions(
        areas, between, principal, RegionalSettings(settings(2021, flows=rules))
    )
    rates = assumed.rates[:, 2, 3, 0, 25]
    assert rates[2] == pytest.approx((rates[0] + rates[4]) / 2)
    assert rates[4:] == pytest.approx([rates[4]] * 3)
    assert assumed.elsewhere_in.shape[0] == 7
    assert not np.allclose(rates[0], rates[4])


def test_births_and_deaths_of_the_last_years_set_the_level_of_rates(
    areas: History, between: Floats, principal: National, assumed: RegionalAssumptions
) -> None:
    more = replace(areas, births=areas.births * 1.1)
    raised = assume_regions(more, between, principal, RegionalSettings(settings(2040)))
    np.testing.assert_allclose(raised.fertility, assumed.fertility * 1.1, rtol=1e-10)
    run = project_regions(assumed)
    usual = areas.births[..., -5:].sum(axis=1).mean(axis=-1)
    assert run.births[0].sum(axis=1) == pytest.approx(usual, rel=0.1)


def test_the_graph_gives_the_numbers_of_the_array_code(
    areas: History, between: Floats, principal: National, run: Projection
) -> None:
    tables = regional_tables(areas, between, principal)
    plan = compile_graph(MULTIREGIONAL_PROJECTION)
    result = execute(plan, tables, read_parameters(plan.parameters, {}))
    population, moves = result.tables["population"], result.tables["moves"]
    assert isinstance(population, Cube)
    assert isinstance(moves, Cube)
    expected = by_age(areas.areas, run.years, np.moveaxis(run.population, 0, -1))
    np.testing.assert_allclose(population.values, expected.values, atol=1e-9)
    assert run.moves is not None
    np.testing.assert_allclose(moves.values, np.moveaxis(run.moves, 0, -1), atol=1e-9)


def test_domestic_totals_may_be_absent(
    areas: History, between: Floats, principal: National
) -> None:
    tables = regional_tables(areas, between, principal)
    del tables["domestic_in"], tables["domestic_out"]
    plan = compile_graph(MULTIREGIONAL_PROJECTION)
    result = execute(plan, tables, read_parameters(plan.parameters, {"last_year": 2016}))
    components = result.tables["components_of_change"]
    assert isinstance(components, Cube)
    domestic = [components.at(component=f"domestic_{way}").values for way in ("in", "out")]
    assert abs(domestic[0].sum() - domestic[1].sum()) < 1e-6


def test_bands_of_areas_together_come_from_the_graph_too(
    areas: History, between: Floats, principal: National, run: Projection
) -> None:
    tables = regional_tables(areas, between, principal)
    plan = compile_graph(UNCERTAIN_MULTIREGIONAL_PROJECTION)
    given = {"last_year": 2018, "draws": 200, "calibrate": False}
    result = execute(plan, tables, read_parameters(plan.parameters, given))
    median = result.tables["population_median"]
    assert isinstance(median, Cube)
    people = median.sum("sex", "age").values[:, -1]
    assert people == pytest.approx(run.population[3].sum(axis=(1, 2)), rel=0.02)
    assert result.warnings[0].startswith("Not calibrated: the uncertainty is as it was set by hand")
