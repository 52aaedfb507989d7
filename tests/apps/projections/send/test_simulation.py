"""Futures are drawn without bias, repeatably, and only for children who are there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from interurban.apps.projections.send.expectation import expected_children
from interurban.apps.projections.send.fitting import fit
from interurban.apps.projections.send.inputs import Inputs
from interurban.apps.projections.send.plan import CLOSING, Closure, Plan
from interurban.apps.projections.send.simulation import BLOCK, Trajectory, simulate
from interurban.apps.projections.send.states import ACADEMIC_YEARS, Array
from interurban.apps.projections.send.summary import STATISTICS, breakdowns, statistics
from interurban.apps.projections.send.validation import rolling_validation
from interurban.core.errors import BadRequest

Expected = Callable[[str], list[dict[str, str]]]
BREAKDOWN = {"Count": ("total", None), "Need": ("need", "need"), "Setting": ("setting", "setting"),
             "AY": ("academic_year", "academic_year"),
             "AY_Group": ("academic_year_group", "ay_group")}  # fmt: skip


@pytest.fixture(scope="module")
def thousand(plan: Plan) -> Trajectory:
    started = time.perf_counter()
    trajectory = simulate(plan, 1_000, 50)
    # The target is 15 s on 2 idle cores; twice that leaves room for a busy machine.
    assert time.perf_counter() - started < 30
    return trajectory


def test_the_mean_of_the_draws_is_the_closed_form(plan: Plan, thousand: Trajectory) -> None:
    mean = expected_children(plan)
    drawn = thousand.children.astype(np.float64)
    total = drawn.sum(axis=1)
    error = total.std(axis=1, ddof=1)[1:] / np.sqrt(thousand.draws)
    assert (np.abs(total.mean(axis=1) - mean.sum(axis=1))[1:] < 3.5 * error).all()

    spread = drawn.std(axis=2, ddof=1)
    tested = (mean > 0.5) & (spread > 0)
    z = (drawn.mean(axis=2) - mean)[tested] / (spread[tested] / np.sqrt(thousand.draws))
    assert tested.sum() > 1_500
    # If the sampler is unbiased these are standard normal, so their squares average to 1.
    assert 0.85 < (z**2).mean() < 1.15
    assert np.abs(z).max() < 5
    assert not drawn[mean == 0].any()


def test_the_closed_form_of_one_year_is_that_of_the_study(plan: Plan) -> None:
    """E[next] = sum N (1 - a/(a+b)) over states + sum children a/(a+b) over academic years."""
    leavers = plan.baseline.leavers
    leave = np.nan_to_num(leavers[..., 0] / leavers.sum(axis=-1))
    stay = (plan.start.reshape(plan.space.shape) * (1 - leave) * plan.space.valid).sum()
    joiners = plan.baseline.joiners
    join = sum(
        plan.children[2018, int(a) - 5] * joiners[a, 0] / joiners[a].sum()
        for a in np.nonzero(np.isfinite(joiners[:, 0]))[0]
    )
    assert expected_children(plan)[1].sum() == pytest.approx(stay + join, rel=1e-12)


def test_the_spread_of_one_year_is_that_of_its_distributions(
    plan: Plan, thousand: Trajectory
) -> None:
    """Who leaves and who joins is beta-binomial, cohort by cohort: their variances add up."""

    def variance(people: Array, rates: Array) -> float:
        alpha, beta = rates[..., 0], rates[..., 1]
        of_each = people * alpha * beta * (alpha + beta + people)
        of_each /= (alpha + beta) ** 2 * (alpha + beta + 1)
        return float(np.nansum(of_each))

    start = plan.start.reshape(plan.space.shape).astype(np.float64)
    children = np.array([plan.children.get((2018, age), 0.0) for age in ACADEMIC_YEARS])
    joins = plan.baseline.joiner_targets.any(axis=(1, 2))
    whole = variance(start, plan.baseline.leavers)
    whole += variance(children[joins], plan.baseline.joiners[joins])
    drawn = thousand.children[1].sum(axis=0).std(ddof=1)
    assert drawn == pytest.approx(np.sqrt(whole), rel=0.07)


def test_the_spread_is_that_of_the_stored_runs(thousand: Trajectory, expected: Expected) -> None:
    """Ten draws tell a spread to a quarter; 150 of them together, to a tenth."""
    shown = np.zeros(thousand.space.size, dtype=bool)
    parts = {part.name: part for part in breakdowns(thousand, shown)}
    theirs, ours = [], []
    for name, (breakdown, column) in BREAKDOWN.items():
        part = parts[breakdown]
        spread = part.draws.std(axis=-1, ddof=1)
        for row in expected(f"Output_{name}"):
            year = int(row["calendar_year"])
            if year == 2017 or float(row["mean"]) < 30:
                continue
            group = part.groups.index(row[column] if column else "all")
            # The stored deviation divides by the number of draws, ours by one less.
            theirs.append(float(row["std_dev"]) ** 2 * 10 / 9)
            ours.append(spread[thousand.years.index(year), group] ** 2)
    assert len(ours) > 150
    ratio = np.array(theirs) / np.array(ours)
    assert np.sqrt(ratio.mean()) == pytest.approx(1, abs=0.1)
    assert np.sqrt(np.median(ratio)) == pytest.approx(1, abs=0.1)


def test_means_lie_inside_the_stored_runs(thousand: Trajectory, expected: Expected) -> None:
    """The acceptance list: all of Count and Need, 95 % of Setting and AY with a mean from 30."""
    shown = np.zeros(thousand.space.size, dtype=bool)
    parts = {part.name: part for part in breakdowns(thousand, shown)}
    inside: dict[str, list[bool]] = {}
    for name, (breakdown, column) in BREAKDOWN.items():
        part = parts[breakdown]
        mean = part.draws.mean(axis=-1)
        for row in expected(f"Output_{name}"):
            year = int(row["calendar_year"])
            if year == 2017 or (column and float(row["mean"]) < 30):
                continue
            ours = mean[
                thousand.years.index(year), part.groups.index(row[column] if column else "all")
            ]
            inside.setdefault(name, []).append(float(row["min"]) <= ours <= float(row["max"]))
            if name == "Count":
                assert ours == pytest.approx(float(row["mean"]), rel=0.015)
    assert all(inside["Count"])
    assert all(inside["Need"])
    both = inside["Setting"] + inside["AY"]
    assert len(both) >= 130
    assert np.mean(both) >= 0.95
    assert np.mean(inside["AY_Group"]) >= 0.95


def test_the_same_seed_gives_the_same_bytes(plan: Plan) -> None:
    one, same, other = (simulate(plan, 40, seed) for seed in (7, 7, 8))
    assert one.children.tobytes() == same.children.tobytes()
    assert one.vanished.tobytes() == same.vanished.tobytes()
    assert one.children.tobytes() != other.children.tobytes()


def test_more_draws_leave_those_before_as_they_were(plan: Plan) -> None:
    few, many = simulate(plan, 20, 3), simulate(plan, BLOCK + 10, 3)
    assert np.array_equal(few.children, many.children[..., :20])


def test_progress_is_told_after_every_year_of_every_block(plan: Plan) -> None:
    told: list[tuple[int, int]] = []
    simulate(plan, 2 * BLOCK, 3, lambda done, total: told.append((done, total)))
    assert told == [(at, 10) for at in range(1, 11)]


def test_children_whose_state_is_not_valid_vanish_and_are_counted(plan: Plan) -> None:
    space = plan.space
    valid = space.valid.copy()
    at = space.settings.index("G")
    valid[:, :, at] = False
    start = plan.start.reshape(space.shape).copy()
    there = start[:, :, at].sum()
    assert there > 0
    trajectory = simulate(replace(plan, space=replace(space, valid=valid)), 5, 1)
    assert (trajectory.vanished[1] >= there).all()


def test_children_past_the_last_academic_year_are_counted(plan: Plan) -> None:
    start = np.zeros_like(plan.start)
    start[-1] = 9
    trajectory = simulate(replace(plan, start=start), 3, 1)
    assert trajectory.outgrown[1].tolist() == [9, 9, 9]


@pytest.mark.parametrize("children", list(CLOSING))
def test_a_closed_setting(children: str, plan: Plan) -> None:
    at = plan.space.settings.index("G")
    closed = replace(plan, closure=Closure("G", children, 2019))
    trajectory = simulate(closed, 200, 4)
    inside = trajectory.children.reshape(6, *plan.space.shape, 200)[:, :, :, at].sum(axis=(1, 2))
    assert (inside[1] > 0).all()
    mean, open_mean = expected_children(closed).sum(axis=1), expected_children(plan).sum(axis=1)
    if children == "witan":
        assert 0 < inside[2:].mean() < inside[1].mean()
    else:
        assert not inside[2:].any()
    if children == "move":
        # Those in it go elsewhere: the total moves little.
        assert mean[2:] == pytest.approx(open_mean[2:], rel=0.03)
    else:
        assert mean[2] < open_mean[2] - 0.8 * inside[1].mean()
    error = trajectory.children.sum(axis=1).std(axis=1) / np.sqrt(200)
    assert (np.abs(trajectory.children.sum(axis=1).mean(axis=1) - mean)[1:] < 4 * error[1:]).all()


def test_closing_an_unknown_setting_is_refused(plan: Plan) -> None:
    with pytest.raises(BadRequest, match="no setting ZZ"):
        simulate(replace(plan, closure=Closure("ZZ")), 1, 1)


def test_a_scenario_holds_within_its_years(plan: Plan, demo: Inputs) -> None:
    moves = demo.transitions
    harder = fit(demo.space, moves.weighted(np.where(moves.leaves, 5.0, 1.0)), demo.children)
    base = expected_children(plan).sum(axis=1)
    from_2020 = expected_children(replace(plan, scenario=harder, since=2020)).sum(axis=1)
    until_2019 = expected_children(replace(plan, scenario=harder, until=2019)).sum(axis=1)
    assert from_2020[:3].tolist() == base[:3].tolist()
    assert (from_2020[3:] < base[3:] - 50).all()
    assert (until_2019[1:] < base[1:] - 50).all()
    gone = expected_children(replace(plan, scenario=harder)).sum(axis=1)
    assert (gone[3:] < until_2019[3:] - 50).all()


def test_statistics_are_those_of_plain_numpy() -> None:
    draws = np.random.default_rng(5).integers(0, 50, (3, 4, 101))
    ours = dict(zip(STATISTICS, np.moveaxis(statistics(draws), -1, 0), strict=True))
    np.testing.assert_allclose(ours["std_dev"], draws.std(axis=-1, ddof=1))
    for name, share in (("p2_5", 2.5), ("q1", 25), ("median", 50), ("q3", 75), ("p97_5", 97.5)):
        np.testing.assert_allclose(ours[name], np.percentile(draws, share, axis=-1))
    np.testing.assert_allclose(ours["iqr"], ours["q3"] - ours["q1"])
    half = 1.96 * ours["std_dev"] / np.sqrt(101)
    np.testing.assert_allclose(ours["high_ci"] - ours["mean"], half)
    np.testing.assert_allclose(ours["mean"] - ours["low_ci"], half)


def test_the_confidence_interval_is_the_stored_ones(expected: Expected) -> None:
    for row in expected("Output_Count")[1:]:
        half = 1.96 * float(row["std_dev"]) / np.sqrt(10)
        assert float(row["high_ci"]) - float(row["mean"]) == pytest.approx(half, abs=0.02)


def test_rolling_validation_meets_the_stored_one(demo: Inputs, expected: Expected) -> None:
    compared = rolling_validation(demo.space, demo.transitions, demo.children, 300, 50)
    ours = {(one.years_learnt, one.calendar_year): one for one in compared}
    rows = expected("validation_results_count")
    assert len(rows) == len(ours) == 6
    for row in rows:
        one = ours[int(row["n_transition"]), int(row["calendar_year"])]
        assert one.truth == int(row["ground_truth"])
        mean = one.statistics[STATISTICS.index("mean")]
        assert mean == pytest.approx(float(row["mean"]), rel=0.015)
        assert 0 <= one.inside_need <= 1
        assert 0.4 < one.inside_setting <= 1
