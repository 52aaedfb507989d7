"""The models that look at a projection from outside: rolling validation, and goal seek."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from interurban.apps.projections import contract_send as contract
from interurban.core.errors import BadRequest
from interurban.core.model import Model, Result, Tables, Values, Watch

from .disclosure import THRESHOLD, amount
from .expectation import expected_children
from .goal import goal_seek
from .inputs import inputs, learn, number, text, whole
from .parameters import GOAL, LEARNING, SIMULATING
from .plan import Plan
from .results import marked
from .scenarios import Change, modify, read_moves, states_reached
from .states import Array
from .summary import STATISTICS
from .validation import rolling_validation

__all__ = ["GOAL_SEEK", "VALIDATE"]

_SOURCE = "witan.send"


def _validate(tables: Tables, values: Values, watch: Watch) -> Result:
    given = inputs(tables, {})
    compared = rolling_validation(
        given.space,
        given.transitions,
        given.children,
        whole(values, "simulations"),
        whole(values, "seed"),
        bool(values["strict"]),
        watch,
    )
    if not compared:
        raise BadRequest(
            "There is only one calendar year of transitions, so none can be kept back.",
            advice="Give the moves of two calendar years or more.",
            part="send_transitions",
        )
    truth = np.array([float(one.truth) for one in compared])
    results = _rows(
        [one.calendar_year for one in compared],
        "total",
        [f"years learnt from: {one.years_learnt}" for one in compared],
        np.array([one.statistics for one in compared]),
    )
    for name, column in (
        ("truth", pa.array(truth, mask=(truth > 0) & (truth < THRESHOLD))),
        ("inside_need", pa.array([one.inside_need for one in compared])),
        ("inside_setting", pa.array([one.inside_setting for one in compared])),
    ):
        results = results.append_column(name, column)
    return Result({"send_validation": results}, given.warnings)


def _goal_seek(tables: Tables, values: Values, watch: Watch) -> Result:
    """Tries factors on the exact mean: no draw is needed to know it."""
    given = inputs(tables, values)
    where = read_moves(text(values, "goal_moves"))
    counted = states_reached(given.space, where)
    baseline = learn(given, values)
    year = whole(values, "goal_year")
    given.check_future()
    if year not in given.projected:
        raise BadRequest(
            f"{year} is not a year that can be projected.",
            advice=f"Those are {given.projected[0]} to {given.projected[-1]}.",
            part="goal_year",
        )
    place = 1 + given.projected.index(year)

    def outcome(factor: float) -> float:
        watch(0, 1)
        changed, _ = modify(given.space, given.seen, [Change(where, factor)])
        plan = Plan(
            space=given.space,
            seed_year=given.seed_year,
            start=given.start,
            children=given.children,
            baseline=baseline,
            scenario=learn(given, values, changed),
        )
        return float(expected_children(plan)[place][counted].sum())

    found = goal_seek(outcome, (number(values, "goal_from"), number(values, "goal_to")))
    watch(1, 1)
    tried = sorted(dict(found.tried).items())
    numbers = np.full((len(tried), len(STATISTICS)), np.nan)
    numbers[:, STATISTICS.index("mean")] = [children for _, children in tried]
    results = _rows(
        [year] * len(tried), "state", [f"by {factor:.12g}" for factor, _ in tried], numbers
    )
    sentence = (
        f"With these moves by {found.factor:.6g} there are {amount(found.outcome, 1)} children "
        f"in {year}."
    )
    return Result({"send_goal": results}, (sentence, *given.warnings))


def _rows(years: Sequence[int], breakdown: str, groups: Sequence[str], numbers: Array) -> pa.Table:
    """Result rows that do not add up to anything: small numbers are hidden one by one."""
    hidden_or_shown, marks = marked(numbers, THRESHOLD)
    rows = len(groups)
    columns = {
        "calendar_year": pa.array(years, pa.int64()),
        "measure": pa.array(["count"] * rows),
        "breakdown": pa.array([breakdown] * rows),
        "group": pa.array(groups),
        **{
            name: pa.array(hidden_or_shown[:, at], mask=np.isnan(hidden_or_shown[:, at]))
            for at, name in enumerate(STATISTICS)
        },
        "hidden": pa.array(marks, pa.string()),
    }
    return pa.table(columns)


VALIDATE = Model(
    id="send_validate",
    version="1.0.0",
    title="Projected beside what happened",
    summary="Drops the last years of moves, projects them from the years before, and compares.",
    needs=(contract.TRANSITIONS, contract.POPULATION, contract.STATES),
    gives=(contract.VALIDATION,),
    parameters=(LEARNING[0], *SIMULATING),
    compute=_validate,
    source=_SOURCE,
)

GOAL_SEEK = Model(
    id="send_goal_seek",
    version="1.0.0",
    title="Goal seek",
    summary="How much more or less often some moves must happen for a number of children to be "
    "met.",
    needs=(contract.TRANSITIONS, contract.POPULATION, contract.STATES),
    gives=(contract.GOAL,),
    parameters=(*LEARNING, *GOAL),
    compute=_goal_seek,
    source=_SOURCE,
)
