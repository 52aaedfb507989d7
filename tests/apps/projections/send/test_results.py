"""Counts below 5 never leave: not as they are, not as a zero, and not by subtraction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from interurban.apps.projections.send.checks import outcome_warnings
from interurban.apps.projections.send.disclosure import THRESHOLD, Equation, hide, worked_out
from interurban.apps.projections.send.plan import Plan
from interurban.apps.projections.send.results import HIDDEN, PARTLY, SMALL, result_table
from interurban.apps.projections.send.simulation import Trajectory, simulate
from interurban.apps.projections.send.summary import STATISTICS

COUNTS = [name for name in STATISTICS if name not in ("std_dev", "iqr")]


@pytest.fixture(scope="module")
def trajectory(plan: Plan) -> Trajectory:
    return simulate(plan, 60, 50)


@pytest.fixture(scope="module")
def costs(plan: Plan) -> dict[tuple[str, str], float]:
    """Costs that differ, so that they tell as much as they can."""
    pairs = [(n, s) for n in plan.space.needs for s in plan.space.settings]
    return {pair: 1_000.0 + 37 * at for at, pair in enumerate(pairs)}


@pytest.fixture(scope="module")
def results(trajectory: Trajectory, costs: dict[tuple[str, str], float]) -> pa.Table:
    return result_table(trajectory, costs)


def test_no_number_between_0_and_5_is_in_the_table(results: pa.Table) -> None:
    counts = results.filter(pc.equal(results["measure"], "count"))
    for name in COUNTS:
        column = counts[name].drop_null().to_numpy()
        assert len(column)
        assert not ((column > 0) & (column < THRESHOLD)).any()


def test_what_is_hidden_is_marked_and_never_zero(results: pa.Table) -> None:
    for row in results.to_pylist():
        numbers = [row[name] for name in STATISTICS]
        if row["hidden"] in (SMALL, HIDDEN):
            assert numbers == [None] * len(STATISTICS)
        elif row["hidden"] == PARTLY:
            assert row["mean"] is not None
            assert None in numbers
        else:
            assert None not in numbers
    assert set(results["hidden"].to_pylist()) == {"", SMALL, HIDDEN, PARTLY}


def test_a_quartile_does_not_follow_from_the_range_between_quartiles(results: pa.Table) -> None:
    for row in results.to_pylist():
        assert (row["q1"] is None) == (row["iqr"] is None) == (row["q3"] is None)


def test_nothing_hidden_in_the_demonstration_follows_from_the_totals(
    trajectory: Trajectory, results: pa.Table
) -> None:
    """Attacks the table of the first year, which holds real children, as a reader would."""
    year = results.filter(
        pc.and_(pc.equal(results["calendar_year"], 2017), pc.equal(results["measure"], "count"))
    )
    shown = {(row["breakdown"], row["group"]): row["mean"] for row in year.to_pylist()}
    cube = trajectory.children[0, :, 0].reshape(trajectory.space.shape)
    for axis, breakdown in enumerate(("academic_year", "need", "setting")):
        for whole, value in shown.items():
            if whole[0] != breakdown or value is None:
                continue
            states = {
                key: number
                for key, number in shown.items()
                if key[0] == "state" and key[1].split(" ")[axis] == whole[1]
            }
            gone = [key for key, number in states.items() if number is None]
            left = value - sum(number for number in states.values() if number is not None)
            assert len(gone) != 1
            assert left == 0 or left >= THRESHOLD
    for breakdown in ("need", "setting", "academic_year", "academic_year_group"):
        parts = [number for key, number in shown.items() if key[0] == breakdown]
        left = cube.sum() - sum(number for number in parts if number is not None)
        assert parts.count(None) != 1
        assert left == 0 or left >= THRESHOLD


def test_with_few_children_even_the_total_and_its_cost_are_hidden(
    plan: Plan, costs: dict[tuple[str, str], float]
) -> None:
    children = np.zeros((1, plan.space.size, 4), dtype=np.int32)
    children[0, 1000] = 3
    none = np.zeros((1, 4), dtype=np.int64)
    table = result_table(Trajectory(plan.space, (2017,), children, none, none), costs)
    totals = table.filter(pc.equal(table["breakdown"], "total")).to_pylist()
    assert [(row["measure"], row["mean"], bool(row["hidden"])) for row in totals] == [
        ("count", None, True), ("cost", None, True),
    ]  # fmt: skip


def crossed(values: np.ndarray) -> tuple[np.ndarray, list[Equation]]:
    """A two-way table with its margins and total as one list, and how they add up."""
    rows, columns = values.shape
    at = np.arange(rows * columns).reshape(rows, columns)
    first = rows * columns
    total = first + rows + columns
    equations = [Equation(at[row], first + row) for row in range(rows)]
    equations += [Equation(at[:, column], first + rows + column) for column in range(columns)]
    equations.append(Equation(np.arange(first, first + rows), total))
    equations.append(Equation(np.arange(first + rows, total), total))
    numbers = np.concatenate(
        [values.ravel(), values.sum(axis=1), values.sum(axis=0), [values.sum()]]
    )
    return numbers.astype(np.float64), equations


def solved(numbers: np.ndarray, hidden: np.ndarray, equations: Sequence[Equation]) -> np.ndarray:
    """Which hidden numbers have only one value, by the null space of the equations."""
    matrix = np.zeros((len(equations), len(numbers)))
    for row, equation in enumerate(equations):
        matrix[row, equation.parts] = 1
        matrix[row, equation.whole] = -1
    unknown = matrix[:, hidden]
    _, size, basis = np.linalg.svd(unknown)
    null = basis[(size > 1e-9).sum() :]
    out = np.zeros(len(numbers), dtype=bool)
    out[hidden] = (np.abs(null) < 1e-9).all(axis=0)
    return out


@pytest.mark.parametrize("seed", range(40))
def test_no_hidden_number_of_any_table_can_be_worked_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.poisson(rng.choice([1, 4, 9, 30]), rng.integers(2, 7, 2))
    numbers, equations = crossed(values)
    small, beside = hide(numbers, equations)
    hidden = small | beside
    assert (small == ((numbers > 0) & (numbers < THRESHOLD))).all()
    assert not (small & beside).any()
    assert not solved(numbers, hidden, equations).any()
    for equation in equations:
        left = numbers[equation.parts[hidden[equation.parts]]].sum()
        assert hidden[equation.whole] or left == 0 or left >= THRESHOLD


def test_what_can_be_worked_out_is_seen() -> None:
    numbers, equations = crossed(np.array([[2, 9, 9], [9, 9, 9], [9, 9, 9]]))
    hidden = np.zeros(len(numbers), dtype=bool)
    hidden[0] = True
    assert worked_out(hidden, equations).nonzero()[0].tolist() == [0]
    # A ring of four leaves every one of them open.
    hidden[[1, 3, 4]] = True
    assert not worked_out(hidden, equations).any()
    hidden[[4]] = False
    assert worked_out(hidden, equations).sum() == 3


def test_nothing_is_hidden_without_cause() -> None:
    numbers, equations = crossed(np.array([[0, 9], [50, 12]]))
    small, beside = hide(numbers, equations)
    assert not small.any()
    assert not beside.any()


def test_sentences_do_not_tell_of_few_children_either(plan: Plan) -> None:
    children = np.zeros((2, plan.space.size, 2), dtype=np.int32)
    lost = np.array([[0, 0], [3, 3]])
    said = outcome_warnings(Trajectory(plan.space, (2017, 2018), children, lost, 10 * lost))
    assert said[0].startswith("On the way to 2018, fewer than 5 children vanish")
    assert said[1].startswith("On the way to 2018, 30.0 children are past academic year 25")
