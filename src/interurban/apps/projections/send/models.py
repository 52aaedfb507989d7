"""The SEND models as the workspace runs them: learn, draw, and say what came out."""

from __future__ import annotations

from interurban.apps.projections import contract_send as contract
from interurban.core.model import Model, Result, Tables, Values, Watch

from .checks import cost_warnings, outcome_warnings
from .inputs import cube, inputs, learn, table, text, whole, years
from .parameters import LEARNING, PROJECTING, SCENARIO, SIMULATING
from .plan import Closure, Plan
from .results import result_table
from .scenarios import modify, read_changes
from .simulation import simulate
from .tables import (
    costs_from,
    lost_cube,
    parameter_table,
    parameters_from,
    space_of,
    trajectory_cube,
    trajectory_from,
)

__all__ = ["LEARN", "RESULTS", "SIMULATE"]

_SOURCE = "witan.send"


def _learn(tables: Tables, values: Values, watch: Watch) -> Result:
    given = inputs(tables, values)
    alternatives = {"baseline": learn(given, values)}
    warnings = given.warnings
    if changes := read_changes(text(values, "changes")):
        changed, unused = modify(given.space, given.seen, changes, bool(values["whole_children"]))
        alternatives["scenario"] = learn(given, values, changed)
        warnings += unused
    watch(1, 1)
    return Result({"send_parameters": parameter_table(given.space, alternatives)}, warnings)


def _simulate(tables: Tables, values: Values, watch: Watch) -> Result:
    given = inputs(tables, {})
    alternatives = parameters_from(given.space, table(tables, "send_parameters"))
    first, last = years(values, "changes_hold")
    given.check_future()
    trajectory = simulate(
        Plan(
            space=given.space,
            seed_year=given.seed_year,
            start=given.start,
            children=given.children,
            baseline=alternatives["baseline"],
            scenario=alternatives.get("scenario"),
            since=first,
            until=last,
            closure=_closure(values),
        ),
        whole(values, "simulations"),
        whole(values, "seed"),
        watch,
    )
    return Result(
        {"send_trajectory": trajectory_cube(trajectory), "send_lost": lost_cube(trajectory)},
        outcome_warnings(trajectory),
    )


def _closure(values: Values) -> Closure | None:
    setting = text(values, "closed_setting").strip()
    if not setting:
        return None
    return Closure(setting, text(values, "closing"), whole(values, "closed_since"))


def _results(tables: Tables, _values: Values, watch: Watch) -> Result:
    children = cube(tables, "send_trajectory")
    needs, settings = ([str(x) for x in children.along(dim)] for dim in ("need", "setting"))
    space = space_of(table(tables, "send_states"), needs, settings)
    trajectory = trajectory_from(space, children, cube(tables, "send_lost"))
    costs = costs_from(cube(tables, "send_costs")) if "send_costs" in tables else None
    results = result_table(trajectory, costs)
    watch(1, 1)
    warnings = () if costs is None else cost_warnings(trajectory, costs)
    return Result({"send_results": results}, warnings)


LEARN = Model(
    id="send_learn",
    version="1.0.0",
    title="What past moves say",
    summary="How likely children in special needs education are to join, leave and move, from the "
    "moves of past years.",
    needs=(contract.TRANSITIONS, contract.POPULATION, contract.STATES),
    gives=(contract.PARAMETERS,),
    parameters=(*LEARNING, *SCENARIO),
    compute=_learn,
    source=_SOURCE,
)

SIMULATE = Model(
    id="send_simulate",
    version="1.0.0",
    title="Futures",
    summary="Draws futures of every child in special needs education, year by year.",
    needs=(contract.TRANSITIONS, contract.POPULATION, contract.STATES, contract.PARAMETERS),
    gives=(contract.TRAJECTORY, contract.LOST),
    parameters=(*PROJECTING, *SIMULATING),
    compute=_simulate,
    source=_SOURCE,
)

RESULTS = Model(
    id="send_results",
    version="1.0.0",
    title="Children and costs",
    summary="Mean, spread and quantiles by need, setting, academic year and state, with small "
    "numbers hidden.",
    needs=(contract.TRAJECTORY, contract.LOST, contract.STATES, contract.COSTS),
    gives=(contract.RESULTS,),
    parameters=(),
    compute=_results,
    source=_SOURCE,
)
