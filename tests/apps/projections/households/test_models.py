"""The household graphs on Barnet's real tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from interurban.apps.projections.households.categories import HOUSEHOLD_TYPES, ages_to_groups
from interurban.apps.projections.households.dwellings import dwellings_needed, vacancy_rate
from interurban.apps.projections.households.graphs import (
    HOUSEHOLD_PROJECTION,
    HOUSEHOLD_TYPE_PROJECTION,
)
from interurban.apps.projections.households.models import HOUSEHOLDS
from interurban.apps.projections.households.stage_one import stage_one
from interurban.apps.projections.households.stage_two import households_by_type
from interurban.core.cube import Cube
from interurban.core.errors import BadRequest
from interurban.core.model import Graph, Tables, Values

Walk = Callable[[Graph, Tables, Values], Tables]
SETTINGS: Values = {"second_home_rate": 0.0}


def quiet(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def test_barnet_runs_from_2011_to_2039(barnet: Mapping[str, Cube], walk: Walk) -> None:
    out = walk(HOUSEHOLD_PROJECTION, barnet, SETTINGS)
    total, dwellings = out["total_households"], out["dwellings"]
    assert total.along("year") == dwellings.along("year") == tuple(range(2011, 2040))
    counted = barnet["counted_dwellings"].values[0]
    assert dwellings.values[0, :5].tolist() == counted.tolist()
    vacancy = 2638 / 145270
    assert vacancy == pytest.approx(0.01816, abs=5e-6)
    np.testing.assert_allclose(
        dwellings.values[0, 5:], total.values[0, 5:] / (1 - vacancy), rtol=1e-12
    )
    assert (np.diff(total.values[0]) > 0).all()


def test_the_graph_gives_what_a_direct_call_gives(barnet: Mapping[str, Cube], walk: Walk) -> None:
    out = walk(HOUSEHOLD_PROJECTION, barnet, {"second_home_rate": 0.01})
    population, rates = barnet["population"], barnet["representative_rates"]
    groups = [str(g) for g in rates.along("age_group")]
    ages = [int(a) for a in population.along("age")]
    people = population.select("year", rates.along("year")).values[..., None]
    direct = stage_one(
        ages_to_groups(people, ages, groups)[:, :, :, None],
        barnet["household_population"].values[..., None],
        barnet["institutional_population"].values[..., None],
        rates.values[..., None],
        groups,
    )
    assert np.array_equal(out["households"].values, direct.households[..., 0])
    counted, vacant = barnet["counted_dwellings"], barnet["vacant_dwellings"]
    years = [int(y) for y in counted.along("year")]
    total = direct.households.sum(axis=(1, 2, 3))
    vacancy = vacancy_rate(counted.values, vacant.values, years, years)
    needed = dwellings_needed(
        total, [int(y) for y in rates.along("year")], counted.values, years, vacancy, 0.01
    )
    assert np.array_equal(out["dwellings"].values, needed.dwellings[..., 0])


def test_draws_of_the_population_become_draws_of_households(
    barnet: Mapping[str, Cube], walk: Walk
) -> None:
    plain = barnet["population"]
    draws = Cube(
        (*plain.dims, "draw"),
        (*plain.labels, (0, 1)),
        plain.values[..., None] * np.array([1.0, 1.1]),
    )
    out = walk(HOUSEHOLD_PROJECTION, {**barnet, "population": draws}, SETTINGS)
    alone = walk(HOUSEHOLD_PROJECTION, barnet, SETTINGS)
    assert out["dwellings"].dims == ("area_id", "year", "draw")
    assert np.array_equal(out["dwellings"].at(draw=0).values, alone["dwellings"].values)
    more = out["total_households"].at(draw=1).values / alone["total_households"].values
    assert (more > 1.09).all()


def test_types_add_up_to_the_households_of_stage_one(
    barnet: Mapping[str, Cube], walk: Walk
) -> None:
    rates = barnet["representative_rates"]
    labels = (rates.along("area_id"), rates.along("age_group"), tuple(HOUSEHOLD_TYPES),
              tuple(range(2011, 2031)))  # fmt: skip
    dims = ("area_id", "age_group", "household_type", "year")
    values = np.random.default_rng(3).random([len(of) for of in labels])
    shares = Cube(dims, labels, values)
    out = walk(HOUSEHOLD_TYPE_PROJECTION, {**barnet, "household_type_shares": shares}, {})
    by_type, total = out["households_by_type"], out["total_households"]
    assert by_type.along("year") == tuple(range(2011, 2031))
    np.testing.assert_allclose(by_type.values.sum(axis=(1, 2)), total.values[:, :20], rtol=1e-12)
    assert (by_type.values >= 0).all()


def test_a_share_that_is_missing_leaves_no_household_without_a_type() -> None:
    with pytest.raises(BadRequest, match="1 combinations"):
        households_by_type(np.full((1, 1, 1, 2), 5.0), np.zeros((1, 1, 3, 1)))
    with pytest.raises(BadRequest, match="negative or missing"):
        households_by_type(np.ones((1, 1, 1, 1)), np.full((1, 1, 2, 1), np.nan))


def test_a_rate_above_one_is_refused(barnet: Mapping[str, Cube]) -> None:
    rates = barnet["representative_rates"]
    with pytest.raises(BadRequest, match="below 0 or above 1"):
        HOUSEHOLDS.compute({**barnet, "representative_rates": rates.like(rates.values * 9)},
                           {}, quiet)  # fmt: skip


def test_an_unknown_relationship_is_refused(barnet: Mapping[str, Cube]) -> None:
    cube = barnet["household_population"]
    labels = tuple(("C", "P", "X") if d == "relationship" else cube.along(d) for d in cube.dims)
    wrong = Cube(cube.dims, labels, cube.values)
    with pytest.raises(BadRequest, match="Unknown relationship: X"):
        HOUSEHOLDS.compute({**barnet, "household_population": wrong}, {}, quiet)


def test_a_negative_population_is_warned_of_and_counted(barnet: Mapping[str, Cube]) -> None:
    values = barnet["population"].values.copy()
    values[0, 0, 20, 0] = -9
    population = barnet["population"].like(values)
    result = HOUSEHOLDS.compute({**barnet, "population": population}, {}, quiet)
    assert any("negative in 1 places" in sentence for sentence in result.warnings)


def test_tables_of_different_areas_are_refused(barnet: Mapping[str, Cube]) -> None:
    cube = barnet["population"]
    elsewhere = Cube(cube.dims, (("E09000002",), *cube.labels[1:]), cube.values)
    with pytest.raises(BadRequest, match="no areas in common"):
        HOUSEHOLDS.compute({**barnet, "population": elsewhere}, {}, quiet)
