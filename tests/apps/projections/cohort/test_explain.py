"""What drove two runs apart, and what the corrected accounts change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from interurban.apps.projections.cohort.advance import advance
from interurban.apps.projections.cohort.assumptions import assume
from interurban.apps.projections.cohort.axes import FLOWS, age_on
from interurban.apps.projections.cohort.explain import difference_of_modes, what_drove
from interurban.apps.projections.cohort.history import History, National
from interurban.apps.projections.cohort.migration import FlowRule
from interurban.apps.projections.cohort.projection import project
from interurban.apps.projections.cohort.trends import chain, least_squares

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
