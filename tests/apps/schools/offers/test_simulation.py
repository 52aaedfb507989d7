"""Simulated rounds of admissions: repeatable, as assumed, and checked on what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from interurban.apps.schools.offers.attraction import attracted, fitted_attraction
from interurban.apps.schools.offers.back_test import Figure, compare
from interurban.apps.schools.offers.chances import CHANCES, chance_words
from interurban.apps.schools.offers.market import Market
from interurban.apps.schools.offers.simulation import Assumed, Rounds, simulate
from interurban.apps.schools.subjects import Floats

ASSUMED = Assumed(choices=2, siblings=0.0, draws=60, seed=7)


@dataclass(frozen=True)
class _Nothing:
    """A market by hand belongs to no city's entry."""


def market(
    places: tuple[int, ...] = (30, 200), by_distance: tuple[bool, ...] = (True, True)
) -> Market:
    """Two schools 4 km apart, an area around each, and one halfway: all children like the first."""
    return Market(
        entry=_Nothing(),  # type: ignore[arg-type]  # nothing of the city is asked here
        column=np.arange(2),
        metres=np.array([[0.0, 0.0], [4_000.0, 0.0]]),
        places=np.array(places),
        by_distance=np.array(by_distance),
        decay=np.zeros(2),
        home=np.array([[0.0, 0.0], [2_000.0, 0.0], [4_000.0, 0.0]]),
        radius_m=np.full(3, 400.0),
        children=np.array([20.0, 20.0, 20.0]),
        candidates=np.tile(np.arange(2), (3, 1)),
        weights=np.tile([1e6, 1.0, 0.0], (3, 1)),
    )


@pytest.fixture(scope="module")
def rounds() -> Rounds:
    return simulate(market(), ASSUMED)


def test_the_nearest_are_taken_until_the_places_are_gone(rounds: Rounds) -> None:
    first = rounds.last_m[:, 0]
    assert rounds.children == pytest.approx(60, rel=0.1)
    # Thirty places: all of the area around the school, and half of the next one.
    assert np.median(first) == pytest.approx(2_000, abs=250)
    assert np.isinf(rounds.last_m[:, 1]).all(), "nobody is turned away from the second"
    assert rounds.unplaced == 0


def test_the_same_seed_gives_the_same_rounds(rounds: Rounds) -> None:
    assert (simulate(market(), ASSUMED).last_m == rounds.last_m).all()
    assert (simulate(market(), replace(ASSUMED, seed=8)).last_m != rounds.last_m).any()


def test_who_lives_nearer_never_has_the_worse_chance(rounds: Rounds) -> None:
    shares = [rounds.likelihood(np.full(2, metres))[0] for metres in range(0, 6_000, 250)]
    assert shares == sorted(shares, reverse=True)
    assert (shares[0], shares[-1]) == (1.0, 0.0)


def test_more_brothers_and_sisters_bring_the_last_distance_nearer() -> None:
    many = simulate(market(), replace(ASSUMED, siblings=0.45))
    none = simulate(market(), ASSUMED)
    assert np.median(many.last_m[:, 0]) < np.median(none.last_m[:, 0]) - 100


def test_more_children_bring_it_nearer_too() -> None:
    more = simulate(market(), replace(ASSUMED, demand=1.5))
    assert np.median(more.last_m[:, 0]) < 1_900


def test_a_school_with_other_rules_has_no_last_distance() -> None:
    other = simulate(market(by_distance=(False, True)), ASSUMED)
    assert np.isnan(other.last_m[:, 0]).all()
    share = float(other.likelihood(np.zeros(2))[0])
    assert np.isnan(share)
    assert chance_words(share) == "not by distance"


def test_a_school_without_places_takes_nobody() -> None:
    none = simulate(market(places=(0, 0)), ASSUMED)
    assert (none.last_m == 0).all()
    assert none.unplaced == 1
    assert (none.likelihood(np.full(2, 10.0)) == 0).all()


def test_schools_beyond_the_market_take_who_likes_them_best() -> None:
    away = market(places=(0, 0))
    beyond = replace(away, weights=np.tile([1.0, 1.0, 1e12], (3, 1)))
    assert simulate(beyond, ASSUMED).unplaced == 0


@pytest.mark.parametrize(
    ("share", "at"), [(1.0, 0), (0.95, 0), (0.949, 1), (0.5, 1), (0.2, 2), (0.049, 3), (0.0, 3)]
)
def test_shares_of_draws_have_fixed_words(share: float, at: int) -> None:
    assert chance_words(share) == CHANCES[at]


# Against what happened


def figure(school: int, year: int, metres: float, draws: Floats) -> Figure:
    return Figure(school, year, metres, draws)


AROUND_1000 = np.linspace(900.0, 1_100.0, 60)


def test_the_error_is_a_factor_and_the_band_holds_a_share() -> None:
    found = compare(
        [
            figure(0, 2014, 1_000, AROUND_1000),
            figure(0, 2015, 2_000, AROUND_1000),
            figure(1, 2014, 250, np.full(60, 500.0)),
        ]
    )
    assert found is not None
    assert (found.figures, found.schools, found.years) == (3, 2, (2014, 2015))
    assert found.in_draws == pytest.approx(1 / 3)
    assert found.factor == pytest.approx(2.0, rel=0.02)
    assert found.year_before == pytest.approx(2.0)
    assert found.other_years == pytest.approx(2.0)


def test_a_band_is_widened_by_the_errors_at_other_schools_alone() -> None:
    draws = np.full(60, 1_000.0)
    found = compare([figure(0, 2014, 500, draws), figure(1, 2014, 500, draws)])
    assert found is not None
    assert (found.in_draws, found.within) == (0.0, 1.0)
    own_alone = compare([figure(0, 2014, 500, draws)])
    assert own_alone is not None
    assert own_alone.within == 0.0


def test_a_school_where_nobody_is_turned_away_has_no_error_to_learn_from() -> None:
    found = compare([figure(0, 2014, 500, np.full(60, np.inf))])
    assert found is not None
    assert (found.compared, found.errors, found.within) == (0, (), 0.0)
    assert np.isnan(found.factor)


def test_without_published_figures_nothing_is_checked() -> None:
    assert compare([]) is None


@pytest.mark.parametrize("published", [1_200.0, 2_500.0])
def test_a_school_is_liked_until_its_middle_draw_meets_the_published_distance(
    published: float,
) -> None:
    even = replace(market(places=(30, 30)), weights=np.tile([1.0, 1.0, 0.5], (3, 1)))
    factors = fitted_attraction(even, np.array([0]), np.array([published]), ASSUMED)
    assert factors[1] == 1.0, "nothing is published of the other"
    middle = simulate(attracted(even, factors), ASSUMED).quantiles((0.5,))[0, 0]
    unfitted = simulate(even, ASSUMED).quantiles((0.5,))[0, 0]
    assert abs(np.log(middle / published)) < abs(np.log(unfitted / published))
