"""What drove two runs apart, and what the corrected accounts change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from interurban.apps.projections.cohort.advance import advance
from interurban.apps.projections.cohort.assumptions import assume
from interurban.apps.projections.cohort.axes import FLOWS, age_on
from interurban.apps.projections.cohort.comparing import drivers_of_runs
from interurban.apps.projections.cohort.cubes import national_tables_of, tables_of
from interurban.apps.projections.cohort.explain import difference_of_modes, what_drove
from interurban.apps.projections.cohort.graphs import COHORT_COMPONENT
from interurban.apps.projections.cohort.history import History, National
from interurban.apps.projections.cohort.migration import FlowRule
from interurban.apps.projections.cohort.projection import project
from interurban.apps.projections.cohort.trends import chain, least_squares
from interurban.core.errors import InvalidInput
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters

from .conftest import settings


def test_the_parts_of_what_drove_two_runs_apart_sum_to_the_whole(
    bristol: History, principal: National
) -> None:
    one = assume(bristol, principal, settings(2030))
    rules = {name: FlowRule((2010, 2014)) for name in FLOWS}
    chosen = settings(
        2030, flows=rules, fertility_variant="fixed", mortality_variant="trend-fixed",
        mode="corrected",
    )  # fmt: skip
    other = assume(bristol, principal, chosen)
    drove = what_drove(one, other)
    assert drove.names == ("fertility", "mortality", *FLOWS, "mode")
    np.testing.assert_allclose(drove.people.sum(axis=0), drove.difference, atol=1e-6)
    people = project(other).population - project(one).population
    np.testing.assert_allclose(drove.difference, people.sum(axis=(2, 3)), atol=1e-9)


def test_one_changed_flow_explains_all(bristol: History, principal: National) -> None:
    one = assume(bristol, principal, settings(2020))
    flows = {**one.flows, "international_in": one.flows["international_in"] * 0.5}
    drove = what_drove(one, replace(one, flows=flows))
    assert drove.names == ("international_in",)
    np.testing.assert_array_equal(drove.people[0], drove.difference)
    assert (drove.difference < 0).all()


def test_equal_runs_differ_in_nothing(bristol: History, principal: National) -> None:
    one = assume(bristol, principal, settings(2016))
    assert what_drove(one, one).names == ()
    with pytest.raises(ValueError, match="same areas and years"):
        what_drove(one, assume(bristol, principal, settings(2017)))


def test_corrected_deaths_fall_on_those_who_were_exposed(
    bristol: History, principal: National
) -> None:
    assumed = assume(bristol, principal, settings(2015))
    original = project(assumed)
    corrected = project(replace(assumed, mode="corrected"))
    exposed = age_on(assumed.population[..., None], original.births[0][..., None])[..., 0]
    np.testing.assert_allclose(corrected.deaths[0], assumed.mortality[0] * exposed)
    np.testing.assert_allclose(original.deaths[0], assumed.mortality[0] * assumed.population)
    difference = difference_of_modes(assumed)
    np.testing.assert_allclose(difference.population, corrected.population - original.population)
    assert difference.births.max() == 0.0
    people, deaths, negative = difference.sentences()
    assert people.startswith("In 2015 the corrected mode has ")
    assert "infants" in deaths
    assert "0 numbers of people fall below 0" in negative


def test_the_corrected_mode_caps_rates_and_clips_at_nobody() -> None:
    population = np.full((1, 2, 91, 1), 10.0)
    year = advance(
        population,
        np.zeros((1, 91, 1)),
        np.full((1, 2, 91, 1), 1.5),
        np.full((1, 2, 91, 1), -4.0),
        mode="corrected",
    )
    assert year.deaths[0, 0, 40, 0] == 10.0
    assert year.population.min() == year.population.max() == 0.0
    assert year.clipped[0, 0, 40, 0] == 4.0


def test_everybody_grows_older_and_the_last_age_is_open() -> None:
    people = np.arange(91.0)[None, None, :, None]
    aged = age_on(people, np.full((1, 1, 1), 7.0))[0, 0, :, 0]
    assert aged[:3].tolist() == [7, 0, 1]
    assert aged[90] == 89 + 90


def test_a_straight_line_is_read_a_year_on_and_never_below_nothing() -> None:
    assert least_squares(np.array([1.0, 2, 3, 4])) == pytest.approx(5)
    assert least_squares(np.array([4.0, 2, 0])) == 0
    assert least_squares(np.array([3.0])) == 3


def test_an_age_without_a_national_rate_keeps_its_own() -> None:
    national = np.array([[2.0, np.nan, 0.0], [3.0, np.nan, 5.0], [1.5, 2.0, 10.0]])
    rates = chain(np.array([[1.0, 1.0, 1.0]]), national)
    assert rates[:, 0].tolist() == [[1, 1, 1], [1.5, 1, 1], [0.75, 1, 2]]


def test_two_runs_are_explained_from_their_tables_and_parameters(
    bristol: History, principal: National
) -> None:
    tables = tables_of(bristol, 2013) | national_tables_of(principal, "principal-2012", "principal")
    declared = compile_graph(COHORT_COMPONENT).parameters
    one = read_parameters(declared, {"last_year": 2030})
    other = read_parameters(
        declared, {"last_year": 2025, "international_in_multiplier": 0.5, "mode": "corrected"}
    )
    people, told = drivers_of_runs((tables, one), (tables, other))
    assert people.along("driver") == ("international_in", "mode")
    assert people.along("year") == tuple(range(2015, 2026))
    assert told == ("Only the years to 2025, which both runs have, are compared.",)
    rules = {name: FlowRule((2003, 2014)) for name in FLOWS}
    halved = rules | {"international_in": FlowRule((2003, 2014), multiplier=0.5)}
    runs = [
        project(assume(bristol, principal, settings(2025, mode=mode, flows=flows)))
        for mode, flows in (("witan", rules), ("corrected", halved))
    ]
    difference = (runs[1].population - runs[0].population).sum(axis=(2, 3))
    np.testing.assert_allclose(people.values.sum(axis=0).T, difference, atol=1e-6)


def test_runs_that_begin_in_different_years_are_not_compared(
    bristol: History, principal: National
) -> None:
    tables = tables_of(bristol, 2013)
    declared = compile_graph(COHORT_COMPONENT).parameters
    one = read_parameters(declared, {})
    other = read_parameters(declared, {"first_year": 2014})
    with pytest.raises(InvalidInput, match="begins in 2015 and the other in 2014"):
        drivers_of_runs((tables, one), (tables, other))
