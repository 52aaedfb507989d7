"""A thousand futures: repeatable, correlated, and held against what came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from interurban.apps.projections.cohort.assumptions import Assumptions, assume
from interurban.apps.projections.cohort.axes import FLOWS, Floats
from interurban.apps.projections.cohort.backtest import (
    TARGET,
    back_test,
    calibrate,
    draw_regions,
    draw_single_areas,
    settings_at,
    spread_of_flows,
)
from interurban.apps.projections.cohort.ensemble import (
    MEASURES,
    PROBABILITIES,
    Ensemble,
    quantiles,
    simulate,
)
from interurban.apps.projections.cohort.history import History, National
from interurban.apps.projections.cohort.multiregional import (
    RegionalAssumptions,
    RegionalSettings,
    assume_regions,
    project_regions,
)
from interurban.apps.projections.cohort.projection import project
from interurban.apps.projections.cohort.regional_ensemble import regional_levels, simulate_regions
from interurban.apps.projections.cohort.shocks import Process, Spread, flow_levels, national_shocks

from .conftest import settings
from .synthetic import moves_between, synthetic_areas

NONE = Spread(Process(0), Process(0), Process(0), Process(0), Process(0), flows=0.0)


@pytest.fixture(scope="module")
def areas(bristol: History) -> History:
    return synthetic_areas(bristol, 5)


@pytest.fixture(scope="module")
def assumed(areas: History, principal: National) -> Assumptions:
    return assume(areas, principal, settings(2024, mode="corrected"))


@pytest.fixture(scope="module")
def levels(areas: History) -> dict[str, Floats]:
    return spread_of_flows(areas, settings(2024), Spread())


@pytest.fixture(scope="module")
def drawn(assumed: Assumptions, levels: dict[str, Floats]) -> Ensemble:
    return simulate(assumed, Spread(), levels, draws=400, seed=50)


def test_without_uncertainty_every_draw_is_the_projection(
    areas: History, assumed: Assumptions
) -> None:
    still = spread_of_flows(areas, settings(2024), NONE)
    draws = simulate(assumed, NONE, still, draws=3, seed=1)
    run = project(assumed)
    np.testing.assert_allclose(
        draws.totals[0], np.repeat(run.population.sum(axis=(2, 3))[..., None], 3, axis=-1)
    )
    np.testing.assert_allclose(draws.by_age[..., 2], run.population, atol=1e-9)


def test_the_same_seed_gives_the_same_bytes(
    assumed: Assumptions, levels: dict[str, Floats], drawn: Ensemble
) -> None:
    again = simulate(assumed, Spread(), levels, draws=400, seed=50)
    assert again.totals.tobytes() == drawn.totals.tobytes()
    assert again.by_age.tobytes() == drawn.by_age.tobytes()


def test_an_areas_draws_do_not_depend_on_the_others_nor_on_how_many_there_are(
    assumed: Assumptions, levels: dict[str, Floats], drawn: Ensemble
) -> None:
    alone = replace(
        assumed,
        areas=assumed.areas[3:4],
        population=assumed.population[3:4],
        fertility=assumed.fertility[:, 3:4],
        mortality=assumed.mortality[:, 3:4],
        flows={name: flow[:, 3:4] for name, flow in assumed.flows.items()},
    )
    one = {name: level[3:4] for name, level in levels.items()}
    few = simulate(alone, Spread(), one, draws=100, seed=50)
    np.testing.assert_array_equal(few.totals[:, :, 0], drawn.totals[:, :, 3, :100])


def test_bands_widen_with_the_years_and_lie_in_one_another(drawn: Ensemble) -> None:
    bands = drawn.bands()[MEASURES.index("population")]
    assert (np.diff(bands, axis=-1) >= 0).all()
    width = bands[..., -1] - bands[..., 0]
    assert (width[-1] > 2 * width[0]).all()
    assert drawn.probabilities == PROBABILITIES


def test_the_band_of_a_sum_keeps_what_areas_have_in_common(drawn: Ensemble) -> None:
    bands = drawn.bands()[0]
    widths = bands[-1, :, -1] - bands[-1, :, 0]
    together = drawn.bands_of(drawn.areas)[0, -1]
    width = together[-1] - together[0]
    independent = np.sqrt((widths**2).sum())
    assert independent * 1.2 < width < widths.sum() * 1.001
    summed = quantiles(drawn.totals[0].sum(axis=1), PROBABILITIES)
    np.testing.assert_array_equal(summed[-1], together)
    median = drawn.together[-1, :, :, 2].sum()
    assert median == pytest.approx(together[2], rel=0.01)


def test_arrivals_and_departures_come_from_the_same_past_year() -> None:
    shared = national_shocks(Spread(block=3), 1, range(2015, 2027), 1_000, 12)
    steps = np.diff(shared.past, axis=0) % 12
    within_a_block = [step for step in range(11) if (step + 1) % 3]
    assert (steps[within_a_block] == 1).all()
    assert set(np.unique(shared.past)) == set(range(12))


def test_levels_of_flows_are_those_of_the_past_years(bristol: History) -> None:
    windows = dict.fromkeys(FLOWS, (2003, 2014))
    levels = flow_levels(bristol.flows, bristol.flow_years, windows, Spread())
    total = bristol.flows["international_in"].sum(axis=(0, 1, 2))
    assert levels["international_in"][0] == pytest.approx(total / total[1:].mean())
    still = flow_levels(bristol.flows, bristol.flow_years, windows, Spread(flows=0.0))
    assert (still["domestic_in"] == 1).all()


def test_a_walk_has_the_spread_it_is_given() -> None:
    shared = national_shocks(Spread(Process(0.03)), 5, range(2015, 2040), 4_000, 12)
    sd = np.log(shared.fertility).std(axis=1)
    assert sd == pytest.approx(0.03 * np.sqrt(np.arange(1, 26)), rel=0.06)
    returning = national_shocks(
        Spread(international=Process(0.1, keep=0.8)), 5, range(2015, 2040), 4_000, 12
    )
    limit = 0.1 / np.sqrt(1 - 0.8**2)
    assert np.log(returning.international[-1]).std() == pytest.approx(limit, rel=0.06)


def test_quantiles_interpolate_between_the_draws() -> None:
    draws = np.random.default_rng(1).normal(size=(3, 101))
    expected = np.moveaxis(np.quantile(draws, PROBABILITIES, axis=-1), 0, -1)
    np.testing.assert_allclose(quantiles(draws, PROBABILITIES), expected)


def test_negative_numbers_in_draws_are_counted(
    assumed: Assumptions, levels: dict[str, Floats]
) -> None:
    out = {**assumed.flows, "domestic_out": assumed.flows["domestic_out"] * 3}
    emptied = simulate(replace(assumed, flows=out), Spread(), levels, draws=20, seed=1)
    assert emptied.negative > 0
    assert "fell below 0" in emptied.warnings()[0]
    assert emptied.by_age.min() == 0.0


def test_a_back_test_knows_nothing_after_its_base_year(
    bristol: History, principal: National
) -> None:
    known = bristol.until(2008)
    assert known.flow_years[-1] == known.population_years[-1] == 2008
    then = settings_at(settings(2040), known, 2008, 2014)
    assert then.mortality_window == (2004, 2008)
    assert then.fertility_base_year == 2008
    assert {rule.window for rule in then.flows.values()} == {(2002, 2008)}
    changed = replace(bristol, population=bristol.population.copy())
    changed.population[..., 2009 - 2001 :] *= 2
    one, other = (
        back_test(history, settings(2040), Spread(), draw_single_areas(principal, draws=30, seed=1))
        for history in (bristol, changed)
    )
    assert one is not None
    assert other is not None
    at = one.base_years.index(2008)
    ratio = (1 + one.error[at, :3]) / (1 + other.error[at, :3])
    np.testing.assert_allclose(ratio, 2.0)


def test_one_area_is_too_few_to_calibrate_by(bristol: History, principal: National) -> None:
    draw = draw_single_areas(principal, draws=200, seed=50)
    found = calibrate(bristol, settings(2040, mode="corrected"), Spread(), draw)
    assert not found.calibrated
    assert found.scale == 1.0
    assert found.sentence.startswith("Not calibrated: in 55 comparisons")
    assert "1 area and 10 base years are too few" in found.sentence


def test_a_past_without_an_earlier_year_is_said_to_be_too_short(
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
    chosen = settings(
        2020,
        mortality_window=(2012, 2014),
        flows={name: replace(rule, window=(2012, 2014)) for name, rule in settings().flows.items()},
    )
    found = calibrate(short, chosen, Spread(), draw_single_areas(principal, draws=10, seed=1))
    assert found.test is None
    assert found.sentence.startswith("Not calibrated: the past is too short")


def test_with_enough_areas_the_spread_is_scaled_until_the_bands_hold(
    bristol: History, principal: National
) -> None:
    many = synthetic_areas(bristol, 12)
    wide = Spread().scaled(5.0)
    draw = draw_single_areas(principal, draws=100, seed=50)
    found = calibrate(many, settings(2040, mode="corrected"), wide, draw, rounds=8)
    assert found.calibrated
    assert found.scale < 1.0
    assert found.test is not None
    assert TARGET[0] <= found.test.coverage_80 <= TARGET[1]
    assert found.test.coverage_95 > found.test.coverage_80
    assert found.sentence.startswith("Calibrated on 12 areas")
    rows = found.test.by_horizon()
    assert [row[0] for row in rows] == list(found.test.horizons)
    assert rows[0][1] == 12 * len(found.test.base_years)


@pytest.fixture(scope="module")
def between(areas: History) -> Floats:
    return moves_between(areas)


@pytest.fixture(scope="module")
def together(areas: History, between: Floats, principal: National) -> RegionalAssumptions:
    return assume_regions(areas, between, principal, RegionalSettings(settings(2024)))


def windows() -> dict[str, tuple[int, int]]:
    return {name: rule.window for name, rule in settings().flows.items()}


def test_areas_together_without_uncertainty_are_their_projection(
    areas: History, between: Floats, together: RegionalAssumptions
) -> None:
    still = regional_levels(areas, between, windows(), NONE)
    draws = simulate_regions(together, NONE, still, draws=3, seed=1)
    run = project_regions(together)
    for draw in range(3):
        np.testing.assert_allclose(
            draws.totals[0, ..., draw], run.population.sum(axis=(2, 3)), rtol=1e-12
        )
    np.testing.assert_allclose(draws.by_age[..., 2], run.population, atol=1e-8)
    net = run.net_migration.sum(axis=(2, 3))
    np.testing.assert_allclose(draws.totals[3, ..., 0], net, atol=1e-6)


def test_the_parts_that_draws_are_taken_in_do_not_matter(
    areas: History, between: Floats, together: RegionalAssumptions
) -> None:
    levels = regional_levels(areas, between, windows(), Spread())
    whole, parts = (
        simulate_regions(together, Spread(), levels, draws=60, seed=9, part=part)
        for part in (60, 7)
    )
    np.testing.assert_allclose(parts.totals, whole.totals, rtol=1e-12, atol=1e-8)
    np.testing.assert_allclose(parts.by_age, whole.by_age, rtol=1e-12, atol=1e-8)


def test_in_every_draw_what_areas_lose_to_each_other_they_gain(
    areas: History, between: Floats, together: RegionalAssumptions
) -> None:
    closed = replace(
        together,
        elsewhere_in=together.elsewhere_in * 0,
        elsewhere_out=together.elsewhere_out * 0,
        international_in=together.international_in * 0,
        international_out=together.international_out * 0,
    )
    levels = regional_levels(areas, between, windows(), Spread())
    draws = simulate_regions(closed, Spread(), levels, draws=40, seed=3)
    net = draws.totals[MEASURES.index("net_migration")]
    assert np.abs(net).max() > 10
    assert np.abs(net.sum(axis=1)).max() < 1e-6
    assert draws.negative == 0


def test_areas_together_are_back_tested_too(
    areas: History, between: Floats, principal: National
) -> None:
    chosen = RegionalSettings(settings(2024))
    draw = draw_regions(between, principal, chosen, draws=40, seed=50)
    found = calibrate(areas, chosen.settings, Spread(), draw)
    assert found.test is not None
    assert found.test.cases == 5 * 55
    assert found.sentence.startswith("Not calibrated: in 275 comparisons")
    assert "5 areas" in found.sentence
