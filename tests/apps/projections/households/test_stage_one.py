"""Stage 1 meets every step of the original's own small example, and of the published figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from interurban.apps.projections.households.categories import (
    AGE_GROUPS,
    age_group,
    ages_to_groups,
    refuse_unknown_relationships,
)
from interurban.apps.projections.households.stage_one import (
    RELATIONSHIP,
    household_population,
    households,
    institutional_population,
    resident_population,
    stage_one,
)
from interurban.core.cube import Cube
from interurban.core.errors import BadRequest

PEOPLE = 1e-6
COUNTS = 1e-5
BANDED = ("area_id", "sex", "age_group", "year")

Toy = Callable[..., Cube]


def array(cube: Cube) -> np.ndarray:
    """The six axes of the model: a place for the relationship, where there is none, and a draw."""
    values = cube.values if "relationship" in cube.dims else cube.values[:, :, :, None]
    return values[..., None]


def test_single_years_of_age_are_banded(toy: Toy) -> None:
    people = toy("inputs__population", ("area_id", "sex", "age", "year"))
    expected = toy("expected__banded-projections", BANDED)
    banded = ages_to_groups(
        people.values, [int(a) for a in people.along("age")], expected.along("age_group")
    )
    np.testing.assert_allclose(banded, expected.values, atol=PEOPLE, rtol=0)


def test_the_last_group_is_open() -> None:
    people = np.ones((1, 2, 91, 1))
    banded = ages_to_groups(people, range(91), AGE_GROUPS)
    assert banded[0, 0, :, 0].tolist() == [5.0] * 17 + [6.0]


def test_residents_of_the_statistics_are_those_in_households_and_in_establishments(
    toy: Toy,
) -> None:
    residents = (
        toy("inputs__dclg-household-popn").values + toy("inputs__dclg-institutional-popn").values
    )
    expected = toy("expected__dclg-resident-popn").values
    np.testing.assert_allclose(residents, expected, atol=PEOPLE, rtol=0)
    summed = toy("expected__resident-popn-summed", BANDED).values
    np.testing.assert_allclose(residents.sum(axis=RELATIONSHIP), summed, atol=PEOPLE, rtol=0)


def test_the_population_is_shared_over_relationships(toy: Toy) -> None:
    resident = resident_population(
        array(toy("expected__banded-projections", BANDED)),
        array(toy("expected__dclg-resident-popn")),
    )
    expected = array(toy("expected__witan-resident-popn"))
    np.testing.assert_allclose(resident, expected, atol=PEOPLE, rtol=0)


@pytest.mark.parametrize("ending", ["", "-with-75plus"])
def test_communal_people_are_a_number_under_75_and_a_share_from_75(toy: Toy, ending: str) -> None:
    statistics = toy("inputs__dclg-inst-popn-with-75plus" if ending else
                     "inputs__dclg-institutional-popn")  # fmt: skip
    residents = toy(f"expected__dclg-resident-popn{ending}")
    people = institutional_population(
        array(statistics),
        array(residents),
        array(toy(f"expected__witan-resident-popn{ending}")),
        [str(g) for g in statistics.along("age_group")],
    )
    expected = array(toy(f"expected__witan-institutional-popn{ending}"))
    np.testing.assert_allclose(people, expected, atol=PEOPLE, rtol=0)


def test_people_in_households_and_households_meet_the_example(toy: Toy) -> None:
    in_households, clipped = household_population(
        array(toy("expected__witan-resident-popn")),
        array(toy("expected__witan-institutional-popn")),
    )
    assert clipped == 0
    expected = array(toy("expected__household-popn"))
    np.testing.assert_allclose(in_households, expected, atol=PEOPLE, rtol=0)
    count = households(in_households, array(toy("inputs__dclg-household-representative-rates")))
    np.testing.assert_allclose(count, array(toy("expected__households")), atol=COUNTS, rtol=0)
    total = toy("expected__total-households", ("area_id", "year")).values
    np.testing.assert_allclose(count.sum(axis=(1, 2, 3))[..., 0], total, atol=COUNTS, rtol=0)


def test_the_whole_of_stage_one_meets_the_example(toy: Toy) -> None:
    rates = toy("inputs__dclg-household-representative-rates")
    outcome = stage_one(
        array(toy("expected__banded-projections", BANDED)),
        array(toy("inputs__dclg-household-popn")),
        array(toy("inputs__dclg-institutional-popn")),
        array(rates),
        [str(g) for g in rates.along("age_group")],
    )
    expected = array(toy("expected__households"))
    np.testing.assert_allclose(outcome.households, expected, atol=COUNTS, rtol=0)
    assert (outcome.clipped, outcome.unplaced) == (0, 0)


def test_ten_boroughs_get_their_own_published_people_in_households_back(
    london10: Callable[[str], Cube],
) -> None:
    """With the statistics' own residents as the population, stage 1 changes nothing."""
    in_households, institutional, rates = (
        array(london10(name)) for name in ("hh_popn_proj", "inst_popn_proj", "hh_formation_rates")
    )
    assert in_households.shape == (10, 2, 18, 3, 47, 1)
    residents = (in_households + institutional).sum(axis=RELATIONSHIP, keepdims=True)
    outcome = stage_one(residents, in_households, institutional, rates, AGE_GROUPS)
    np.testing.assert_allclose(outcome.in_households, in_households, atol=PEOPLE, rtol=0)
    np.testing.assert_allclose(outcome.households, in_households * rates, atol=COUNTS, rtol=0)
    assert (outcome.clipped, outcome.unplaced) == (0, 0)
    size = outcome.in_households.sum(axis=(1, 2, 3)) / outcome.households.sum(axis=(1, 2, 3))
    assert size.min() > 1.5
    assert size.max() < 3.5


def test_areas_and_draws_give_what_each_alone_gives(london10: Callable[[str], Cube]) -> None:
    in_households, institutional, rates = (
        array(london10(name))[..., 20:24, :]
        for name in ("hh_popn_proj", "inst_popn_proj", "hh_formation_rates")
    )
    residents = (in_households + institutional).sum(axis=RELATIONSHIP, keepdims=True)
    draws = residents * np.random.default_rng(1).lognormal(0, 0.1, (10, 2, 18, 1, 4, 5))
    whole = stage_one(draws, in_households, institutional, rates, AGE_GROUPS).households
    for area, draw in ((0, 0), (3, 4), (9, 2)):
        one = slice(area, area + 1)
        alone = stage_one(
            draws[one][..., draw : draw + 1],
            in_households[one],
            institutional[one],
            rates[one],
            AGE_GROUPS,
        )
        assert np.array_equal(alone.households[0, ..., 0], whole[area, ..., draw])


def test_more_communal_people_than_residents_are_clipped_and_counted() -> None:
    people, clipped = household_population(np.array([5.0, 3.0]), np.array([4.0, 7.0]))
    assert people.tolist() == [1.0, 0.0]
    assert clipped == 1


def test_people_whom_the_statistics_do_not_know_are_counted() -> None:
    one = np.ones((1, 1, 1, 3, 1, 1))
    outcome = stage_one(np.full((1, 1, 1, 1, 1, 1), 8.0), 0 * one, 0 * one, one, ["20_24"])
    assert outcome.households.sum() == 0
    assert outcome.unplaced == 8


def test_85_and_over_is_understood_in_every_spelling() -> None:
    assert {age_group(t) for t in ("85&", "85+", "85 and over", " 85& ")} == {"85&"}
    assert {age_group(t) for t in ("5_9", "05-09", "5-9", "5 to 9")} == {"5_9"}
    with pytest.raises(BadRequest, match="TOT"):
        age_group("TOT")


def test_an_unknown_relationship_is_refused_by_name() -> None:
    refuse_unknown_relationships(["C", "P", "S"])
    with pytest.raises(BadRequest, match="Unknown relationship: D") as refused:
        refuse_unknown_relationships(["C", "D"])
    assert "previously married" in refused.value.advice
