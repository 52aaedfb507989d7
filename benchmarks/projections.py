"""The cohort-component projection beside plain pandas, and a thousand draws of it.

Both get the same synthetic past in memory, take turns, and must give the same people.

    python -m benchmarks.projections
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

import numpy as np

from interurban.apps.projections.cohort.assumptions import Settings, assume
from interurban.apps.projections.cohort.axes import AGES, SEXES, Floats
from interurban.apps.projections.cohort.backtest import spread_of_flows
from interurban.apps.projections.cohort.cubes import national_tables_of, tables_of
from interurban.apps.projections.cohort.ensemble import simulate
from interurban.apps.projections.cohort.graphs import COHORT_COMPONENT
from interurban.apps.projections.cohort.history import History, National
from interurban.apps.projections.cohort.multiregional import (
    RegionalSettings,
    assume_regions,
    project_regions,
)
from interurban.apps.projections.cohort.projection import Projection, project
from interurban.apps.projections.cohort.shocks import Spread
from interurban.core.model import Result, Tables
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters

from . import synthetic_people
from .options import Options, arguments
from .processes import peak_mb
from .report import Table

__all__ = ["measure"]

_T = TypeVar("_T")
_GOALS_S = {1: 0.2, 33: 1.0, 326: 3.0}
_DRAWS, _DRAWN_AREAS, _DRAWS_GOAL_S, _DRAWS_GOAL_MB = 1_000, 33, 20.0, 2_000
_SAME = 1e-6
"""People that the two may differ by in any cell of any year."""


def measure(options: Options) -> list[Table]:
    """Every table of this part."""
    return [_beside_pandas(options.rounds), _together(options.rounds), _draws()]


def _beside_pandas(rounds: int) -> Table:
    try:
        from . import pandas_projection
    except ImportError:
        pandas_projection = None  # type: ignore[assignment]
    rows = []
    for areas, goal in _GOALS_S.items():
        history, nation = synthetic_people.past(areas), synthetic_people.nation()
        chosen = synthetic_people.settings()
        ours_s, graph_s, theirs_s = [], [], []
        tables = tables_of(history, 2013) | national_tables_of(nation, "principal", "principal")
        frames = pandas_projection.frames(history, nation) if pandas_projection else None
        for _ in range(rounds):
            took, run = _timed(_ours, history, nation, chosen)
            ours_s.append(took)
            took, _ = _timed(_as_a_graph, tables)
            graph_s.append(took)
            if frames is None:
                continue
            took, people = _timed(pandas_projection.project, frames, chosen)
            theirs_s.append(took)
            shape = (len(chosen.years), areas, len(SEXES), len(AGES))
            theirs = people.sort_values(["year", "area", "sex", "age"])["people"]
            off = np.abs(theirs.to_numpy().reshape(shape) - run.population).max()
            assert off < _SAME, f"pandas and ours differ by {off} people"
        ours = median(ours_s)
        peer = f"{median(theirs_s):.2f}" if theirs_s else "not installed"
        ratio = f"{median(theirs_s) / ours:,.0f}" if theirs_s else "-"
        rows.append(
            [
                f"{areas} x 25 years",
                peer,
                f"{ours:.4f}",
                f"{median(graph_s):.2f}",
                ratio,
                f"{goal:g}",
            ]
        )
    return Table(
        "Population projection, areas by themselves",
        ["areas", "pandas, s", "Interurban, s", "as a graph, s", "times faster", "goal, s"],
        rows,
        "From the observed past to every projected year: rates, trends, flows and the loop. As a "
        "graph: the same by the workspace, node by node, every table checked and hashed. Median "
        f"of {rounds} turns; both give the same people, to a millionth of a person. Synthetic.",
    )


def _together(rounds: int) -> Table:
    rows = []
    for areas in (33, 100):
        history, nation = synthetic_people.past(areas), synthetic_people.nation()
        between = synthetic_people.moves(history)
        taken = []
        for _ in range(rounds):
            took, run = _timed(_regions, history, between, nation)
            taken.append(took)
        gained = run.flows["domestic_in"].sum(axis=(1, 2, 3))
        lost = run.flows["domestic_out"].sum(axis=(1, 2, 3))
        rows.append(
            [
                f"{areas} x 25 years",
                f"{median(taken):.2f}",
                f"{between.size / 1e6:.1f}",
                f"{np.abs(gained - lost).max():.1e}",
            ]
        )
    return Table(
        "Population projection, areas together",
        ["areas", "Interurban, s", "flows read, M", "people lost between areas"],
        rows,
        "Thirteen years of flows by origin, destination, sex and age become rates; the loop then "
        "moves people from area to area. Synthetic.",
    )


def _draws() -> Table:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        took, memory_mb = pool.apply(_drawn)
    return Table(
        "Population projection in draws",
        ["draws x areas x years", "s", "goal, s", "peak MB", "goal, MB"],
        [
            [
                f"{_DRAWS:,} x {_DRAWN_AREAS} x 25",
                f"{took:.1f}",
                f"{_DRAWS_GOAL_S:g}",
                f"{memory_mb:.0f}",
                f"{_DRAWS_GOAL_MB:,}",
            ]
        ],
        "All random numbers, every year of every draw, the quantiles of each area, sex, age and "
        "year and of all areas together. A process of its own; memory is its highest. Synthetic.",
    )


def _drawn() -> tuple[float, float]:
    """Seconds, and the highest memory of this process in MB."""
    history, nation = synthetic_people.past(_DRAWN_AREAS), synthetic_people.nation()
    chosen = synthetic_people.settings()
    begun = time.perf_counter()
    levels = spread_of_flows(history, chosen, Spread())
    simulate(assume(history, nation, chosen), Spread(), levels, draws=_DRAWS, seed=50)
    return time.perf_counter() - begun, peak_mb()


def _ours(history: History, nation: National, chosen: Settings) -> Projection:
    return project(assume(history, nation, chosen))


def _as_a_graph(tables: Tables) -> Result:
    plan = compile_graph(COHORT_COMPONENT)
    last = synthetic_people.settings().last_year
    given = {"last_year": last, "fertility_scenario": "principal"}
    return execute(plan, tables, read_parameters(plan.parameters, given))


def _regions(history: History, between: Floats, nation: National) -> Projection:
    chosen = RegionalSettings(synthetic_people.settings())
    return project_regions(assume_regions(history, between, nation, chosen))


def _timed(work: Callable[..., _T], *given: object) -> tuple[float, _T]:
    begun = time.perf_counter()
    done = work(*given)
    return time.perf_counter() - begun, done


def main() -> None:
    """Print this part alone."""
    for table in measure(arguments(__doc__)):
        print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
