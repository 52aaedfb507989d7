"""Numbers made to agree: margins, net flows and totals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.apps.projections.cohort.constraining import fit_margins, regross, scale_to_total


def test_margins_are_met_to_eight_digits() -> None:
    random = np.random.default_rng(1)
    truth = random.uniform(1, 100, (12, 2, 91))
    seed = truth * random.uniform(0.5, 2.0, truth.shape)
    margins = [((0,), truth.sum(axis=(1, 2))), ((1, 2), truth.sum(axis=0))]
    fitted = fit_margins(seed, margins)
    assert fitted.converged
    assert fitted.rounds <= 100
    np.testing.assert_allclose(fitted.values.sum(axis=(1, 2)), margins[0][1], rtol=1e-8)
    np.testing.assert_allclose(fitted.values.sum(axis=0), margins[1][1], rtol=1e-8)
    assert fitted.warnings() == ()


def test_the_textbook_table_is_met() -> None:
    # A table of 2 x 2 keeps its odds ratio: 40 x 30 / (30 x 35).
    fitted = fit_margins(
        np.array([[40.0, 30.0], [35.0, 30.0]]),
        [((0,), np.array([60.0, 90.0])), ((1,), np.array([80.0, 70.0]))],
    )
    (a, b), (c, d) = fitted.values
    assert a * d / (b * c) == pytest.approx(40 * 30 / (30 * 35))
    assert a + b == pytest.approx(60)
    assert a + c == pytest.approx(80)


def test_margins_that_contradict_each_other_are_told() -> None:
    fitted = fit_margins(
        np.ones((2, 2)), [((0,), np.array([1.0, 1.0])), ((1,), np.array([2.0, 3.0]))]
    )
    assert not fitted.converged
    assert fitted.rounds == 100
    assert "not met after 100 rounds" in fitted.warnings()[0]


def test_a_cell_that_is_empty_can_be_let_grow() -> None:
    seed = np.array([[0.0, 5.0], [3.0, 4.0]])
    margins = [((0,), np.array([10.0, 7.0])), ((1,), np.array([9.0, 8.0]))]
    assert fit_margins(seed, margins).values[0, 0] == 0
    assert fit_margins(seed, margins, zero=0.001).values[0, 0] > 0


def likelihood(into: float, out: float, i0: float, o0: float) -> float:
    from math import lgamma, log

    return into * log(i0) - i0 - lgamma(into + 1) + out * log(o0) - o0 - lgamma(out + 1)


@given(i0=st.floats(0.01, 500), o0=st.floats(0.01, 500), wanted=st.integers(-300, 300))
@settings(max_examples=300, deadline=None)
def test_regrossed_flows_are_the_most_likely_whole_ones(i0: float, o0: float, wanted: int) -> None:
    into, out = (
        float(x[0]) for x in regross(np.array([i0]), np.array([o0]), np.array([float(wanted)]))
    )
    assert into - out == wanted
    assert into == int(into) >= 0
    assert out == int(out) >= 0
    best = likelihood(into, out, i0, o0)
    for other in (out - 1, out + 1):
        if other >= 0 and other + wanted >= 0:
            assert likelihood(other + wanted, other, i0, o0) <= best + 1e-9


def test_a_fraction_goes_to_the_flow_that_moved_most() -> None:
    into, out = regross(np.array([100.0, 0.0]), np.array([100.0, 0.0]), np.array([30.25, -0.4]))
    assert into - out == pytest.approx([30.25, -0.4])
    assert (into >= 0).all()
    assert (out >= 0).all()


def test_values_are_scaled_to_a_total() -> None:
    values = np.array([[1.0, 3.0], [0.0, 0.0]])
    scaled = scale_to_total(values, np.array([8.0, 5.0]), (1,))
    assert scaled.tolist() == [[2.0, 6.0], [0.0, 0.0]]
