"""Linear and integer programmes on HiGHS, kept between questions so that each starts warm.

HiGHS is used through its own Python package: it changes costs and bounds and adds rows to a model
that is solved already, and tells the bound of an integer programme that it was not given the time
to finish. SciPy's interface to it does neither, and is ten times as large.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from highspy import HighsModelStatus as Status

from interurban.core.errors import InvalidInput, ModelError

from .table import Floats, Ints, Mask

__all__ = ["Answer", "IntegerAnswer", "IntegerProgram", "LinearProgram", "Rows"]

_PRIMAL = 4


@dataclass(frozen=True)
class Rows:
    """Sparse constraints ``lower <= row <= upper``, one row after the other.

    Parameters
    ----------
    start: where each row begins, shape ``(rows + 1,)``.
    column, value: its entries.
    """

    start: Ints
    column: Ints
    value: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Answer:
    """An optimum: its value, the columns, and the rows' dual values."""

    value: float
    columns: Floats
    duals: Floats


@dataclass(frozen=True)
class IntegerAnswer:
    """The best whole-number solution found, and the bound that no solution can go below."""

    value: float
    columns: Floats
    bound: float


class LinearProgram:
    """``min cost x`` over ``lower <= x <= upper`` and rows, for many costs and bounds.

    Parameters
    ----------
    lower, upper: bounds of the columns, shape ``(columns,)``.
    """

    def __init__(self, lower: Floats, upper: Floats, rows: Rows) -> None:
        self._engine = _engine()
        # With other costs the last optimum is still feasible, so the primal method goes on from it
        # in a few steps, where the dual one would begin again.
        self._engine.setOptionValue("simplex_strategy", _PRIMAL)
        self._size = len(lower)
        self._every = np.arange(self._size, dtype=np.int32)
        self._engine.passModel(_model(np.zeros(self._size), lower, upper, rows))

    def bound(self, lower: Floats, upper: Floats) -> None:
        """Other bounds of all columns."""
        self._engine.changeColsBounds(self._size, self._every, lower, upper)

    def minimise(self, cost: Floats) -> Answer:
        """The optimum for these costs, shape ``(columns,)``.

        Raises
        ------
        InvalidInput: nothing meets the rows and bounds.
        """
        self._engine.changeColsCost(self._size, self._every, np.asarray(cost, dtype=np.float64))
        self._engine.run()
        status = self._engine.getModelStatus()
        if status != Status.kOptimal:
            # A basis kept from another question can leave the simplex method in a corner.
            self._engine.clearSolver()
            self._engine.run()
            status = self._engine.getModelStatus()
        if status in (Status.kInfeasible, Status.kUnboundedOrInfeasible):
            raise InvalidInput(
                "The numbers that are shown contradict each other: no table has these totals.",
                advice="Check that totals are sums of their parts, and are not rounded.",
            )
        if status != Status.kOptimal:
            raise ModelError(f"The linear programme ended without an answer ({status.name}).")
        found = self._engine.getSolution()
        return Answer(
            self._engine.getObjectiveValue(),
            np.array(found.col_value),
            np.array(found.row_dual),
        )


class IntegerProgram:
    """``min cost x`` over rows, with columns of 0 or 1; rows can be added.

    Parameters
    ----------
    whole: columns that must be 0 or 1; the others lie between.
    """

    def __init__(self, cost: Floats, whole: Mask, rows: Rows) -> None:
        self._engine = _engine()
        size = len(cost)
        model = _model(np.asarray(cost, dtype=np.float64), np.zeros(size), np.ones(size), rows)
        kinds = highspy.HighsVarType
        model.integrality_ = [kinds.kInteger if each else kinds.kContinuous for each in whole]
        self._engine.passModel(model)

    def add(self, column: Ints, value: Floats, at_least: float) -> None:
        """One more row: ``value x[column] >= at_least``."""
        self._engine.addRow(
            at_least, highspy.kHighsInf, len(column), column.astype(np.int32), value
        )

    def minimise(self, seconds: float, gap: float) -> IntegerAnswer | None:
        """The best solution found in the time; ``None`` when none was.

        Parameters
        ----------
        gap: stop when the value is within this share of the bound.
        """
        # HiGHS counts the time of all runs of a model together.
        self._engine.setOptionValue("time_limit", self._engine.getRunTime() + max(seconds, 0.1))
        self._engine.setOptionValue("mip_rel_gap", gap)
        self._engine.run()
        info = self._engine.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        return IntegerAnswer(
            info.objective_function_value,
            np.array(self._engine.getSolution().col_value),
            info.mip_dual_bound,
        )


def _engine() -> highspy.Highs:
    engine = highspy.Highs()  # type: ignore[no-untyped-call]  # its only function without types
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("threads", 1)
    engine.setOptionValue("random_seed", 0)
    return engine


def _model(cost: Floats, lower: Floats, upper: Floats, rows: Rows) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(rows.start) - 1
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
    model.row_lower_, model.row_upper_ = rows.lower, rows.upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.start.astype(np.int32)
    model.a_matrix_.index_ = rows.column.astype(np.int32)
    model.a_matrix_.value_ = rows.value
    return model
