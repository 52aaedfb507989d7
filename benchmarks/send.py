"""A thousand futures of special educational needs, beside the same steps in plain NumPy.

Both project the demonstration data of witan.send from the same fitted parameters and take turns.
The peer draws one simulation after the other and one cohort after the other, as the original did,
with NumPy's own beta, binomial, Dirichlet and multinomial numbers; it draws fewer futures, and the
ratio is of the time for each. Both should come to the exact mean.

    python -m benchmarks.send
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from interurban.apps.projections import contract_send as contract
from interurban.apps.projections.send.expectation import expected_children
from interurban.apps.projections.send.fitting import fit
from interurban.apps.projections.send.plan import Plan, Rules, alive, projected_years, rules_of
from interurban.apps.projections.send.results import result_table
from interurban.apps.projections.send.simulation import simulate
from interurban.apps.projections.send.tables import (
    children_of,
    costs_from,
    moved_codes,
    space_of,
    transitions_of,
)
from interurban.apps.projections.send.transitions import population_after
from interurban.core.cube import Cube
from interurban.workspace.uploads import check_file

from .options import Options, arguments
from .report import Table, machine

__all__ = ["measure"]

_DRAWS, _PEER_DRAWS, _GOAL_S = 1_000, 60, 15.0
_ORIGINAL_S = 638
"""Seconds that Witan took for 1,000 simulations, validation and charts, as it was reported."""

_REPOSITORY = Path(__file__).resolve().parent.parent


def measure(options: Options) -> list[Table]:
    """The one table of this part; without the demonstration data, only a note."""
    head = ("1,000 futures of 5 years", "s", "ms a future", "ratio", "off the mean, sd")
    title = "Special educational needs"
    shared = os.environ.get("INTERURBAN_SHARED", str(_REPOSITORY.parent / "shared" / "data"))
    folder = Path(shared) / "witan" / "send" / "inputs"
    if not folder.is_dir():
        return [Table(title, head, (), "Needs the demonstration data; see INTERURBAN_SHARED.")]
    plan, costs = _demonstration(folder)
    exact = expected_children(plan).sum(axis=1)[-1]
    ours_s, peer_s, told_s = [], [], []
    for turn in range(options.rounds):
        begun = time.perf_counter()
        futures = simulate(plan, _DRAWS, turn)
        ours_s.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        result_table(futures, costs)
        told_s.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        totals = np.array(list(_one_by_one(plan, _PEER_DRAWS, turn)))
        peer_s.append(time.perf_counter() - begun)
    ours, peer = median(ours_s) / _DRAWS, median(peer_s) / _PEER_DRAWS
    last = futures.children[-1].sum(axis=0)
    rows = (
        ("Interurban", f"{ours * _DRAWS:.1f}", f"{ours * 1e3:.2f}", "1", _off(last, exact)),
        (
            f"plain NumPy ({_PEER_DRAWS} drawn)",
            f"{peer * _DRAWS:.1f}",
            f"{peer * 1e3:.2f}",
            f"{peer / ours:.0f}",
            _off(totals, exact),
        ),
    )
    note = (
        f"Goal: under {_GOAL_S:.0f} s. Statistics of every state, with small numbers hidden, take "
        f"{median(told_s):.1f} s more. Reported of the original, with validation and charts: "
        f"{_ORIGINAL_S} s. Off the mean: of the last year's total from its closed form, in "
        "standard errors of the futures drawn."
    )
    return [Table(title, head, rows, note)]


def _demonstration(folder: Path) -> tuple[Plan, dict[tuple[str, str], float]]:
    """The plan of the demonstration data with nothing changed, and its costs."""
    tables = {
        of.name: check_file(folder / f"{name}.csv", of).content()
        for name, of in (
            ("transitions", contract.TRANSITIONS),
            ("population", contract.POPULATION),
            ("valid-states", contract.STATES),
            ("costs", contract.COSTS),
        )
    }
    moves, states = tables["send_transitions"], tables["send_states"]
    space = space_of(states, moved_codes(moves, "need"), moved_codes(moves, "setting"))
    transitions = transitions_of(space, moves)
    population, costs = tables["send_population"], tables["send_costs"]
    assert isinstance(population, Cube)
    assert isinstance(costs, Cube)
    children = children_of(population)
    seed_year, start = population_after(space, transitions)
    plan = Plan(space, seed_year, start, children, fit(space, transitions, children))
    return plan, costs_from(costs)


def _one_by_one(plan: Plan, draws: int, seed: int) -> Iterator[int]:
    """The total of the last year in each future, drawn cohort by cohort."""
    rng = np.random.default_rng(seed)
    years = [(rules_of(plan, year), alive(plan, year)) for year in projected_years(plan)]
    pairs = plan.space.shape[1] * plan.space.shape[2]
    for _ in range(draws):
        now = plan.start
        for rules, people in years:
            now = _year(rng, rules, people, now, pairs)
        yield int(now.sum())


def _year(
    rng: np.random.Generator, rules: Rules, people: np.ndarray, now: np.ndarray, pairs: int
) -> np.ndarray:
    """One future a year on."""
    later = np.zeros_like(now)
    for state in np.nonzero(now[:-pairs])[0]:
        if not rules.valid[state]:
            continue
        staying = now[state] - rng.binomial(now[state], rng.beta(*rules.leaver[state]))
        moving = 0
        if rules.mover[state, 0] > 0:
            moving = rng.binomial(staying, rng.beta(*rules.mover[state]))
        later[state + pairs] += staying - moving
        if moving:
            alpha = rules.mover_targets[state]
            possible = np.nonzero(alpha)[0]
            spread = rng.multinomial(moving, rng.dirichlet(alpha[possible]))
            later[(state // pairs + 1) * pairs + possible] += spread
    for at in np.nonzero(np.isfinite(rules.joiners[:, 0]) & (people > 0))[0]:
        alpha = rules.joiner_targets[at]
        possible = np.nonzero(alpha)[0]
        if len(possible):
            joining = rng.binomial(people[at], rng.beta(*rules.joiners[at]))
            later[at * pairs + possible] += rng.multinomial(joining, rng.dirichlet(alpha[possible]))
    return later


def _off(totals: np.ndarray, exact: float) -> str:
    """How far the mean of futures is from the exact one, in standard errors."""
    error = totals.std(ddof=1) / np.sqrt(len(totals))
    return f"{(totals.mean() - exact) / error:+.1f}"


if __name__ == "__main__":
    options = arguments(__doc__)
    print(machine())
    for table in measure(options):
        print(table.markdown())
