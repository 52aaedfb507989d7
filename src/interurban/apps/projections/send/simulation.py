"""Draws futures: every child leaves, stays, moves or joins by chance (witan.send, simulate)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .plan import Plan, Rules, alive, projected_years, rules_of
from .sampling import Placement, beta_binomial, dirichlet_multinomial, placement
from .states import Numbers, StateSpace

__all__ = ["BLOCK", "Trajectory", "simulate"]

BLOCK = 250
"""Draws that are worked out together, each block with a random stream of its own: memory stays
bounded, and the first draws do not change when more are asked for."""

Counts = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Children by calendar year, state and draw.

    Parameters
    ----------
    years: the seed year and every year projected.
    children: year x state (flat over the space) x draw.
    vanished: children lost because their state was not valid, year x draw.
    outgrown: children past the last academic year, year x draw.
    """

    space: StateSpace
    years: tuple[int, ...]
    children: Counts
    vanished: Numbers
    outgrown: Numbers

    @property
    def draws(self) -> int:
        """How many futures."""
        return int(self.children.shape[2])


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One projected year, prepared for drawing."""

    rules: Rules
    movers: Placement
    joiners: Placement
    people: Numbers


def simulate(
    plan: Plan,
    draws: int,
    seed: int,
    watch: Callable[[int, int], None] = lambda _done, _total: None,
) -> Trajectory:
    """Draw futures of a plan.

    In every year: each cohort ages by one; those past the last academic year are gone; leavers are
    beta-binomial; of the rest, movers are beta-binomial and spread over their targets by a
    Dirichlet-multinomial, others stay; then children join by academic year, beta-binomial, and are
    spread by a Dirichlet-multinomial. Numbers are drawn only for cohorts with children.

    Parameters
    ----------
    draws: how many, at least 1.
    seed: the same seed and plan give the same numbers, whatever the number of draws after them.
    watch: told after each year of each block how many of all are done.
    """
    years = projected_years(plan)
    steps = [_step(plan, year) for year in years]
    size = plan.space.size
    children = np.zeros((len(years) + 1, size, draws), dtype=np.int32)
    vanished = np.zeros((len(years) + 1, draws), dtype=np.int64)
    outgrown = np.zeros_like(vanished)
    children[0] = plan.start[:, None]
    blocks = -(-draws // BLOCK)
    streams = np.random.SeedSequence(seed).spawn(blocks)
    for block, stream in enumerate(streams):
        rng = np.random.Generator(np.random.PCG64(stream))
        here = slice(block * BLOCK, min(draws, (block + 1) * BLOCK))
        # Whole blocks are drawn even if fewer are wanted: the draws before must not depend on it.
        now = np.repeat(plan.start[:, None], BLOCK, axis=1).astype(np.int32)
        wanted = here.stop - here.start
        for at, step in enumerate(steps, start=1):
            now, gone, old = _next_year(rng, plan.space, now, step)
            children[at, :, here] = now[:, :wanted]
            vanished[at, here], outgrown[at, here] = gone[:wanted], old[:wanted]
            watch(block * len(steps) + at, blocks * len(steps))
    return Trajectory(plan.space, (plan.seed_year, *years), children, vanished, outgrown)


def _step(plan: Plan, year: int) -> _Step:
    rules = rules_of(plan, year)
    return _Step(
        rules,
        placement(rules.mover_targets),
        placement(rules.joiner_targets),
        alive(plan, year),
    )


def _next_year(
    rng: np.random.Generator, space: StateSpace, now: Counts, step: _Step
) -> tuple[Counts, Numbers, Numbers]:
    """Children a year later, and those who vanished and outgrew, by draw."""
    draws = now.shape[1]
    pairs = space.shape[1] * space.shape[2]
    outgrown = now[-pairs:].sum(axis=0, dtype=np.int64)
    state, draw = np.nonzero(now[:-pairs])
    n = now[state, draw].astype(np.int64)
    followed = step.rules.valid[state]
    vanished = np.bincount(draw[~followed], weights=n[~followed], minlength=draws)
    state, draw, n = state[followed], draw[followed], n[followed]

    staying = n - _leavers(rng, step.rules, state, n)
    some = staying > 0
    state, draw, staying = state[some], draw[some], staying[some]
    moving = _movers(rng, step.rules, state, staying)
    gone = np.nonzero(moving)[0]
    mover, target = dirichlet_multinomial(rng, step.movers, state[gone], moving[gone])
    moved_to = (state[gone][mover] // pairs + 1) * pairs + target
    moved = moved_to * draws + draw[gone][mover]

    joined_at, joined_draw, joining = _joiners(rng, step, draws)
    joiner, target = dirichlet_multinomial(rng, step.joiners, joined_at, joining)
    joined = (joined_at[joiner] * pairs + target) * draws + joined_draw[joiner]

    later = np.bincount(np.concatenate([moved, joined]), minlength=now.size)
    later[(state + pairs) * draws + draw] += staying - moving
    return later.reshape(now.shape).astype(np.int32), vanished.astype(np.int64), outgrown


def _leavers(rng: np.random.Generator, rules: Rules, state: Numbers, n: Numbers) -> Numbers:
    leavers = beta_binomial(rng, n, rules.leaver[state, 0], rules.leaver[state, 1])
    return np.where(rules.all_leave[state], n, leavers)


def _movers(rng: np.random.Generator, rules: Rules, state: Numbers, n: Numbers) -> Numbers:
    """Those who change the setting: nobody, everybody, or a beta-binomial number."""
    alpha, beta = rules.mover[state, 0], rules.mover[state, 1]
    movers = np.where(beta == 0, n, 0)
    chance = np.nonzero((alpha > 0) & (beta > 0))[0]
    movers[chance] = beta_binomial(rng, n[chance], alpha[chance], beta[chance])
    return movers


def _joiners(rng: np.random.Generator, step: _Step, draws: int) -> tuple[Numbers, Numbers, Numbers]:
    """Academic year (its place), draw and number of those who join."""
    joiners = step.rules.joiners
    can = (step.people > 0) & (step.joiners.total > 0) & np.isfinite(joiners[:, 0])
    at, draw = (grid.ravel() for grid in np.meshgrid(np.nonzero(can)[0], np.arange(draws)))
    n = beta_binomial(rng, step.people[at], joiners[at, 0], joiners[at, 1])
    return at, draw, n
