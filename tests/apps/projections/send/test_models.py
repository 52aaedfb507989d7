"""The SEND graphs give what the computing gives, and say what is odd."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.projections.send.expectation import expected_children
from interurban.apps.projections.send.fitting import Parameters
from interurban.apps.projections.send.graphs import (
    SEND_GOAL_SEEK,
    SEND_PROJECTION,
    SEND_VALIDATION,
)
from interurban.apps.projections.send.inputs import Inputs
from interurban.apps.projections.send.models import LEARN
from interurban.apps.projections.send.plan import Plan
from interurban.apps.projections.send.results import result_table
from interurban.apps.projections.send.scenarios import Change, modify
from interurban.apps.projections.send.simulation import simulate
from interurban.apps.projections.send.tables import (
    children_of,
    costs_from,
    parameter_table,
    parameters_from,
)
from interurban.core.cube import Cube
from interurban.core.errors import BadRequest
from interurban.core.model import Graph, Result, Tables, Values

Walk = Callable[[Graph, Tables, Values], Result]


def changed(table: pa.Table, **columns: list[object]) -> pa.Table:
    for name, cells in columns.items():
        at = table.column_names.index(name)
        whole = [*cells, *table[name].to_pylist()[len(cells) :]]
        table = table.set_column(at, name, pa.array(whole, table[name].type))
    return table


def test_the_graph_gives_what_a_direct_call_gives(
    tables: Tables, values: Values, plan: Plan, walk: Walk
) -> None:
    out = walk(SEND_PROJECTION, tables, values).tables["send_results"]
    costs = tables["send_costs"]
    assert isinstance(costs, Cube)
    direct = result_table(simulate(plan, 100, 50), costs_from(costs))
    assert out.equals(direct)


def test_the_same_run_gives_the_same_bytes(tables: Tables, values: Values, walk: Walk) -> None:
    def written() -> bytes:
        sink = pa.BufferOutputStream()
        table = walk(SEND_PROJECTION, tables, values).tables["send_results"]
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return sink.getvalue().to_pybytes()

    assert written() == written()


def test_costs_are_not_needed_for_counts(tables: Tables, values: Values, walk: Walk) -> None:
    without = {name: table for name, table in tables.items() if name != "send_costs"}
    out = walk(SEND_PROJECTION, without, values).tables["send_results"]
    assert set(out["measure"].to_pylist()) == {"count"}


def test_a_scenario_of_text_is_the_scenario_of_the_computing(
    tables: Tables, values: Values, demo: Inputs
) -> None:
    given = {**values, "changes": "setting_1=NONSEND setting_2=A by 2; setting_2=NONSEND by 0.5",
             "recent_from": 14, "recent_years": 2, "leave_out": "calendar_year<2014"}  # fmt: skip
    needs = {c.name: tables[c.name] for c in LEARN.needs}
    result = LEARN.compute(needs, given, lambda _d, _t: None)
    both = parameters_from(demo.space, result.tables["send_parameters"])
    assert set(both) == {"baseline", "scenario"}
    assert np.array_equal(both["baseline"].joiners, both["scenario"].joiners, equal_nan=True)
    assert not np.array_equal(both["baseline"].joiner_targets, both["scenario"].joiner_targets)
    assert not np.array_equal(both["baseline"].leavers, both["scenario"].leavers, equal_nan=True)


def test_parameters_come_back_from_their_table_as_they_went(plan: Plan) -> None:
    back = parameters_from(plan.space, parameter_table(plan.space, {"baseline": plan.baseline}))
    for name in Parameters.__slots__:
        kept, got = getattr(plan.baseline, name), getattr(back["baseline"], name)
        assert np.array_equal(kept, got, equal_nan=not name.endswith("targets"))


def test_a_closed_setting_is_empty_in_the_results(
    tables: Tables, values: Values, walk: Walk
) -> None:
    out = walk(SEND_PROJECTION, tables, {**values, "closed_setting": "G"}).tables["send_results"]
    rows = [r for r in out.to_pylist() if (r["breakdown"], r["group"]) == ("setting", "G")]
    assert [row["mean"] for row in rows][1:] == [0.0] * 5
    assert rows[0]["mean"] == 21


def test_a_goal_is_met_by_the_moves_it_names(
    tables: Tables, values: Values, walk: Walk, demo: Inputs, plan: Plan
) -> None:
    at = demo.space.settings.index("B")
    base = expected_children(plan)[3].reshape(demo.space.shape)[:, :, at].sum()
    given = {**values, "goal_moves": "setting_1=NONSEND setting_2=B", "goal_year": 2020,
             "goal_from": base * 1.1, "goal_to": base * 1.11}  # fmt: skip
    result = walk(SEND_GOAL_SEEK, tables, given)
    rows = result.tables["send_goal"].to_pylist()
    met = [row for row in rows if given["goal_from"] <= row["mean"] <= given["goal_to"]]
    assert len(met) == 1
    factor = float(met[0]["group"].removeprefix("by "))
    assert factor > 1
    assert f"by {factor:.6g} there are" in result.warnings[0]
    where = {"setting_1": ("NONSEND",), "setting_2": ("B",)}
    more, _ = modify(demo.space, demo.transitions, [Change(where, factor)])
    assert more.weight.max() == pytest.approx(factor)


def test_validation_has_a_row_for_every_year_kept_back(
    tables: Tables, values: Values, walk: Walk
) -> None:
    rows = walk(SEND_VALIDATION, tables, values).tables["send_validation"].to_pylist()
    assert [(row["calendar_year"], row["truth"]) for row in rows][:3] == [
        (2015, 1877), (2016, 2003), (2017, 2153),
    ]  # fmt: skip
    assert {row["group"] for row in rows} == {f"years learnt from: {n}" for n in (1, 2, 3)}


def test_what_is_odd_in_the_demonstration_is_said(
    tables: Tables, values: Values, walk: Walk
) -> None:
    said = walk(SEND_PROJECTION, tables, values).warnings
    assert any("no leavers from academic year" in sentence for sentence in said)
    assert any("vanish" in sentence and "2019" in sentence for sentence in said)
    assert any("There is no cost for need" in sentence for sentence in said)


def test_a_move_that_does_not_go_up_by_a_year_is_said(
    tables: Tables, values: Values, walk: Walk
) -> None:
    moves = changed(tables["send_transitions"], academic_year_2=[7])
    said = walk(SEND_PROJECTION, {**tables, "send_transitions": moves}, values).warnings
    assert any("fewer than 5 transitions do not go up" in sentence for sentence in said)


def test_a_move_that_is_half_outside_is_said(tables: Tables, values: Values, walk: Walk) -> None:
    moves = changed(tables["send_transitions"], need_1=["T"])
    said = walk(SEND_PROJECTION, {**tables, "send_transitions": moves}, values).warnings
    assert any("only one of need and setting before" in sentence for sentence in said)


def test_a_setting_outside_its_academic_years_is_said(
    tables: Tables, values: Values, walk: Walk
) -> None:
    moves = changed(
        tables["send_transitions"], academic_year_1=[13], academic_year_2=[14],
        setting_2=["P"], need_2=["U"],
    )  # fmt: skip
    said = walk(SEND_PROJECTION, {**tables, "send_transitions": moves}, values).warnings
    assert any("Setting P occurs outside its valid states, at academic year 14" in s for s in said)


def test_a_blank_code_is_refused_and_not_taken_for_outside(
    tables: Tables, values: Values, walk: Walk
) -> None:
    moves = changed(tables["send_transitions"], setting_1=[None])
    with pytest.raises(BadRequest, match="1 rows have no setting_1"):
        walk(SEND_PROJECTION, {**tables, "send_transitions": moves}, values)


def test_a_blank_population_is_missing_and_not_zero(tables: Tables) -> None:
    population = tables["send_population"]
    assert isinstance(population, Cube)
    numbers = population.values.copy()
    numbers[0, 0] = np.nan
    children = children_of(population.like(numbers))
    assert (2013, -5) not in children
    assert len(children) == population.values.size - 1


def test_a_population_that_ends_with_the_moves_is_refused(
    tables: Tables, values: Values, walk: Walk
) -> None:
    population = tables["send_population"]
    assert isinstance(population, Cube)
    short = population.select("calendar_year", [2013, 2014, 2015, 2016, 2017])
    with pytest.raises(BadRequest, match="no year to project"):
        walk(SEND_PROJECTION, {**tables, "send_population": short}, values)


def test_a_future_with_a_gap_is_refused_and_not_filled_with_zeros(
    tables: Tables, values: Values, walk: Walk
) -> None:
    population = tables["send_population"]
    assert isinstance(population, Cube)
    years = [year for year in population.along("calendar_year") if year != 2019]
    skipped = population.select("calendar_year", years)
    with pytest.raises(BadRequest, match="academic year -3 in 2019 and 22 more"):
        walk(SEND_PROJECTION, {**tables, "send_population": skipped}, values)
    numbers = population.values.copy()
    numbers[population.along("calendar_year").index(2020), 10] = np.nan
    with pytest.raises(BadRequest, match=r"No population for academic year 5 in 2020\."):
        walk(SEND_PROJECTION, {**tables, "send_population": population.like(numbers)}, values)
