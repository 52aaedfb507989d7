"""A cell is sensitive exactly when the published formulas say so."""

from __future__ import annotations

import numpy as np
import pytest

from interurban.core.errors import InvalidInput
from interurban.policy.disclosure import Cells, Dominance, PPercent, Threshold, needs


def counted(*numbers: int) -> Cells:
    values = np.array(numbers, dtype=float)
    return Cells(values, np.array(numbers), np.zeros((len(numbers), 0)))


def summed(*contributions: list[float]) -> Cells:
    largest = np.zeros((len(contributions), 10))
    for row, each in enumerate(contributions):
        largest[row, : len(each)] = sorted(each, reverse=True)
    return Cells(
        np.array([sum(each) for each in contributions]),
        np.array([len(each) for each in contributions]),
        largest,
    )


def test_counts_below_the_threshold_are_sensitive_and_zeros_only_when_asked() -> None:
    assert needs(counted(0, 1, 4, 5), (Threshold(5),)).primary.tolist() == [
        False,
        True,
        True,
        False,
    ]
    assert needs(counted(0, 1), (Threshold(5, zeros=True),)).primary.tolist() == [True, True]


def test_a_hidden_count_is_never_told_to_within_the_threshold() -> None:
    need = needs(counted(3, 12), (Threshold(5),))
    assert need.width.tolist() == [5.0, 0.0]
    assert need.beside == 5.0


def test_dominance_as_in_the_handbook() -> None:
    # 60 + 30 of 100 is more than 85 %, 50 + 30 of 100 is not.
    cells = summed([60, 30, 10], [50, 30, 20])
    need = needs(cells, (Dominance(2, 85),))
    assert need.primary.tolist() == [True, False]
    # Hundepool et al. 2012, table 4.5: 100/k (x1 + x2) - X.
    assert need.above[0] == pytest.approx(100 / 85 * 90 - 100)


def test_p_percent_as_in_the_handbook() -> None:
    # The second knows the first to X - x2: off by X - x1 - x2, 4 against 10 % of 60.
    need = needs(summed([60, 36, 4], [50, 30, 20]), (PPercent(10),))
    assert need.primary.tolist() == [True, False]
    assert need.above[0] == pytest.approx(60 * 0.10 - 4)


def test_a_sum_of_one_is_always_sensitive_to_dominance_and_p_percent() -> None:
    for rule in (Dominance(1, 99), Dominance(2, 85), PPercent(1)):
        assert needs(summed([7.0]), (rule,)).primary.all()


def test_several_rules_add_up() -> None:
    cells = summed([60, 36, 4], [1, 1, 1], [9, 9, 9, 9, 9])
    need = needs(cells, (Threshold(4), PPercent(10)))
    assert need.primary.tolist() == [True, True, False]


def test_rules_on_sums_refuse_counts() -> None:
    with pytest.raises(InvalidInput, match="table of counts"):
        needs(counted(3), (PPercent(10),))
    with pytest.raises(InvalidInput, match="No rule"):
        needs(counted(3), ())


@pytest.mark.parametrize("make", [lambda: Threshold(1), lambda: Dominance(0), lambda: PPercent(0)])
def test_rules_that_mean_nothing_are_refused(make: object) -> None:
    with pytest.raises(InvalidInput):
        make()  # type: ignore[operator]
