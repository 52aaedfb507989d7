"""Average household size by its four rules, and a population moved to what homes hold."""

from __future__ import annotations

import numpy as np
import pytest

from interurban.apps.projections.cohort.housing import household_size, led_by_housing

TREND = np.array([2.6, 2.3, 2.4])
EXTERNAL = np.array([2.4, 2.5, 2.2])


def size(rule: str, **rest: object) -> list[float]:
    return household_size(rule, TREND, EXTERNAL, **rest).tolist()  # type: ignore[arg-type]


def test_while_homes_are_observed_the_trend_stands_under_the_cap() -> None:
    assert size("trend", observed=True) == TREND.tolist()
    assert size("capped", observed=True, cap=np.array([2.5, 2.5, 2.5])) == [2.5, 2.3, 2.4]


def test_after_that_the_larger_of_trend_and_external_holds() -> None:
    assert size("trend") == [2.6, 2.5, 2.4]


def test_the_cap_holds_where_it_is_below_either() -> None:
    assert size("capped", cap=np.array([2.5, 2.4, 2.45])) == [2.5, 2.4, 2.4]


def test_the_floating_size_lies_between_external_and_trend() -> None:
    assert size("floating") == size("external") == EXTERNAL.tolist()
    assert size("floating", mix=1.0) == pytest.approx(TREND.tolist())
    assert size("floating", mix=0.5) == pytest.approx([2.5, 2.4, 2.3])


def test_a_rule_without_what_it_needs_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a cap"):
        size("capped")
    with pytest.raises(ValueError, match="between 0 and 1"):
        size("floating", mix=1.5)


def test_people_come_or_go_in_proportion_to_the_flows() -> None:
    random = np.random.default_rng(2)
    population = random.uniform(50, 100, (2, 2, 91))
    into, out = random.uniform(1, 5, (2, 2, 2, 91))
    people = population.sum(axis=(1, 2))
    households = people / 2.4
    led = led_by_housing(
        population, into, out, households, np.array([2.5, 2.2]), communal=np.array([100.0, 50.0])
    )
    np.testing.assert_allclose(led.population.sum(axis=(1, 2)), led.target)
    np.testing.assert_allclose(led.target, households * [2.5, 2.2] + [100, 50])
    np.testing.assert_array_equal(led.domestic_out[0], out[0])
    np.testing.assert_array_equal(led.domestic_in[1], into[1])
    assert np.ptp(led.domestic_in[0] / into[0]) < 1e-12
    change = (led.domestic_in - into) - (led.domestic_out - out)
    np.testing.assert_allclose(led.population - population, change)


def test_one_housing_market_keeps_its_people() -> None:
    random = np.random.default_rng(3)
    population = random.uniform(50, 100, (3, 2, 91))
    flow = random.uniform(1, 5, population.shape)
    households = population.sum(axis=(1, 2)) / np.array([2.2, 2.4, 2.6])
    led = led_by_housing(
        population, flow, flow, households, np.full(3, 2.6), np.zeros(3), keep_total=True
    )
    assert led.population.sum() == pytest.approx(population.sum())
