"""Every parameter that the original learnt from the demonstration data is learnt here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from interurban.apps.projections.send.fitting import Parameters, fit, joiner_rates, splice
from interurban.apps.projections.send.inputs import Inputs
from interurban.apps.projections.send.states import ACADEMIC_YEARS, StateSpace
from interurban.core.errors import BadRequest

Rows = list[dict[str, str]]
Expected = Callable[[str], Rows]
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def learnt(demo: Inputs) -> Parameters:
    return fit(demo.space, demo.transitions, demo.children)


def place(space: StateSpace, row: dict[str, str], ending: str = "") -> tuple[int, int, int]:
    return (
        space.place(int(row[f"ay{ending}"])),
        space.needs.index(row[f"need{ending}"]),
        space.settings.index(row[f"setting{ending}"]),
    )


def column(rows: Rows, name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def test_the_children_to_start_from(demo: Inputs, expected: Expected) -> None:
    rows = expected("initial_population_state")
    start = demo.start.reshape(demo.space.shape)
    assert demo.seed_year == 2017
    assert [start[place(demo.space, row)] for row in rows] == column(rows, "pop").tolist()
    assert start.sum() == column(rows, "pop").sum() == 2153


@pytest.mark.parametrize("kind", ["leaver", "mover"])
def test_all_rates_of_leaving_and_moving(
    kind: str, demo: Inputs, learnt: Parameters, expected: Expected
) -> None:
    rows = expected(f"{kind}_beta_expectations")
    rates = learnt.leavers if kind == "leaver" else learnt.movers
    ours = np.array([rates[place(demo.space, row)] for row in rows])
    np.testing.assert_allclose(ours[:, 0], column(rows, "alpha"), atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(ours[:, 1], column(rows, "beta"), atol=TOLERANCE, rtol=1e-7)
    mean = ours[:, 0] / ours.sum(axis=1)
    np.testing.assert_allclose(mean, column(rows, "expectation"), atol=TOLERANCE, rtol=0)
    assert len(rows) == np.isfinite(rates[..., 0]).sum() == 1464


def test_all_rates_of_joining(learnt: Parameters, expected: Expected) -> None:
    rows = expected("joiner_beta_expectations")
    ours = np.array([learnt.joiners[ACADEMIC_YEARS.index(int(row["ay"]))] for row in rows])
    np.testing.assert_allclose(ours[:, 0], column(rows, "alpha"), atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(ours[:, 1], column(rows, "beta"), atol=TOLERANCE, rtol=0)
    assert len(rows) == np.isfinite(learnt.joiners[:, 0]).sum() == 23


def test_all_placements_of_joiners(demo: Inputs, learnt: Parameters, expected: Expected) -> None:
    rows = expected("joiners_dirichlet_expectations")
    targets = learnt.joiner_targets
    ours = np.array([targets[place(demo.space, row)] for row in rows])
    np.testing.assert_allclose(ours, column(rows, "alpha"), atol=TOLERANCE, rtol=0)
    whole = np.array([targets[place(demo.space, row)[0]].sum() for row in rows])
    np.testing.assert_allclose(whole, column(rows, "normalisation_constant"), atol=TOLERANCE)
    assert len(rows) == (targets > 0).sum() == 1464


def test_all_placements_of_movers_and_no_other(
    demo: Inputs, learnt: Parameters, expected: Expected
) -> None:
    rows = expected("movers_dirichlet_expectations")
    targets = learnt.mover_targets
    before = [place(demo.space, row) for row in rows]
    after = [place(demo.space, row, "_destination")[1:] for row in rows]
    ours = np.array([targets[b + a] for b, a in zip(before, after, strict=True)])
    np.testing.assert_allclose(ours, column(rows, "alpha"), atol=TOLERANCE, rtol=0)
    whole = np.array([targets[b].sum() for b in before])
    np.testing.assert_allclose(whole, column(rows, "normalisation_constant"), atol=TOLERANCE)
    assert len(rows) == (targets > 0).sum() == 17_508


def test_a_setting_once_moved_to_stays_possible_unless_strict(
    demo: Inputs, learnt: Parameters
) -> None:
    space = demo.space
    allowed = space.valid[:, None, None] & space.allowed[None, None, :, None, :]
    union = ((learnt.mover_targets > 0) & ~allowed).any(axis=(3, 4))
    assert union.sum() == 414
    strict = fit(space, demo.transitions, demo.children, strict=True)
    assert not ((strict.mover_targets > 0) & ~allowed).any()
    assert not ((strict.joiner_targets > 0) & ~space.valid).any()
    same = ~union & space.valid
    moved_only_where_allowed = same.any(axis=(1, 2))
    assert moved_only_where_allowed.any()


def test_an_academic_year_without_a_move_takes_the_last_earlier_ones(demo: Inputs) -> None:
    moves = demo.transitions
    eight = demo.space.place(8)
    without = moves.where(~(moves.moves & (moves.from_year == eight)))
    full, carried = (fit(demo.space, some, demo.children) for some in (moves, without))
    seven = carried.mover_targets[eight - 1].sum(axis=(1, 2))
    np.testing.assert_array_equal(full.mover_targets[eight - 1], carried.mover_targets[eight - 1])
    assert (carried.mover_targets[eight].any(axis=(2, 3)) == demo.space.valid[eight]).all()
    # No move of the year's own is left, so every state has a prior of exactly one child.
    np.testing.assert_allclose(
        carried.mover_targets[eight].sum(axis=(2, 3))[demo.space.valid[eight]], 1.0
    )
    assert seven.any()


def test_academic_years_never_seen_have_the_flat_priors(demo: Inputs) -> None:
    moves = demo.transitions
    early = moves.where(moves.from_year < demo.space.place(5))
    learnt = fit(demo.space, early, demo.children)
    ten = demo.space.place(10)
    valid = demo.space.valid[ten]
    assert (learnt.leavers[ten][valid] == 0.5).all()
    assert (learnt.movers[ten][valid] == 1.0).all()
    assert not learnt.joiner_targets[ten].any()


def test_a_setting_without_a_choice_has_no_movers(demo: Inputs) -> None:
    allowed = demo.space.allowed.copy()
    allowed[0] = False
    allowed[0, 0] = True
    learnt = fit(replace(demo.space, allowed=allowed), demo.transitions, demo.children)
    assert np.isnan(learnt.movers[:, :, 0]).all()


def test_a_population_that_is_missing_is_an_error_and_not_a_zero(demo: Inputs) -> None:
    children = {key: value for key, value in demo.children.items() if key != (2014, 3)}
    with pytest.raises(BadRequest, match="academic year 3 in 2014"):
        joiner_rates(demo.space, demo.transitions, children)


def test_nobody_joins_an_academic_year_that_had_no_children(demo: Inputs) -> None:
    nineteen = demo.space.place(19)
    moves = demo.transitions.where(
        ~(demo.transitions.joins & (demo.transitions.to_year == nineteen))
    )
    none = {(year, 19): 0.0 for year in moves.years}
    rates = joiner_rates(demo.space, moves, {**demo.children, **none})
    assert np.isnan(rates[nineteen]).all()


def test_more_joiners_than_children_are_refused(demo: Inputs) -> None:
    with pytest.raises(BadRequest, match="than there were"):
        joiner_rates(demo.space, demo.transitions, {**demo.children, (2014, 3): 1.0})


def test_spliced_parameters_come_from_recent_years_from_an_academic_year_on(demo: Inputs) -> None:
    moves = demo.transitions
    recent = fit(demo.space, moves.where(moves.year >= 2016), demo.children)
    everything = fit(demo.space, moves, demo.children)
    both = splice(everything, recent, 12)
    twelve = demo.space.place(12)
    for name in Parameters.__slots__:
        got = getattr(both, name)
        np.testing.assert_array_equal(got[:twelve], getattr(everything, name)[:twelve])
        np.testing.assert_array_equal(got[twelve:], getattr(recent, name)[twelve:])
