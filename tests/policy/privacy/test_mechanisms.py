"""The noise is the noise that the formulas ask for."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from interurban.core.errors import InvalidInput
from interurban.policy.privacy import Mechanism, band, epsilon, noisy, scale_for

dp = pytest.importorskip("opendp.prelude", reason="needs interurban[dp]")

DRAWS = 40_000


def probabilities(scale: float, mechanism: Mechanism, farthest: int) -> np.ndarray:
    """Closed forms, over -farthest ... farthest."""
    steps = np.arange(-farthest, farthest + 1)
    if mechanism == "gaussian":
        # Canonne, Kamath and Steinke 2020, definition 1.
        weights = np.exp(-(steps**2) / (2 * scale**2))
        return weights / weights.sum()
    # Ghosh, Roughgarden and Sundararajan 2009: (1 - q) / (1 + q) q^|k|.
    q = math.exp(-1 / scale)
    return (1 - q) / (1 + q) * q ** np.abs(steps)


@pytest.mark.parametrize("mechanism", ["gaussian", "laplace"])
@pytest.mark.parametrize("scale", [0.8, 4.0])
def test_draws_follow_the_closed_form(mechanism: Mechanism, scale: float) -> None:
    drawn = np.array(noisy([0] * DRAWS, scale, mechanism))
    farthest = math.ceil(4 * scale)
    expected = probabilities(scale, mechanism, farthest) * DRAWS
    seen = np.array([(drawn == k).sum() for k in range(-farthest, farthest + 1)])
    enough = expected > 20
    chi = ((seen - expected)[enough] ** 2 / expected[enough]).sum()
    # A chi-square of k degrees lies below k + 6 sqrt(2k) in all but one of many millions of runs.
    freedom = enough.sum()
    assert chi < freedom + 6 * math.sqrt(2 * freedom)


@pytest.mark.parametrize("rho", [0.001, 0.1, 2.0])
@pytest.mark.parametrize("sensitivity", [1, 7])
def test_an_answer_costs_what_it_says_by_opendps_own_account(rho: float, sensitivity: int) -> None:
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64"))
    sigma = scale_for(rho, sensitivity, "gaussian")
    measure = dp.m.make_gaussian(
        space, dp.l2_distance(T="f64"), sigma, MO="ZeroConcentratedDivergence"
    )
    assert measure.map(float(sensitivity)) <= rho
    assert measure.map(float(sensitivity)) == pytest.approx(rho, rel=1e-6)
    b = scale_for(rho, sensitivity, "laplace")
    cost = dp.m.make_laplace(space, dp.l1_distance(T="i64"), b).map(sensitivity)
    assert cost**2 / 2 <= rho
    assert cost**2 / 2 == pytest.approx(rho, rel=1e-6)


@pytest.mark.parametrize("mechanism", ["gaussian", "laplace"])
@pytest.mark.parametrize("scale", [0.3, 1.0, 9.5, 60.0])
def test_the_band_holds_95_of_100_and_no_narrower_one_does(
    mechanism: Mechanism, scale: float
) -> None:
    wide = band(scale, mechanism)
    shares = probabilities(scale, mechanism, math.ceil(40 * scale) + 40)
    middle = len(shares) // 2
    inside = [shares[middle - k : middle + k + 1].sum() for k in range(wide + 1)]
    assert inside[-1] >= 0.95 - 1e-9
    assert wide == 0 or inside[-2] < 0.95


def test_a_wide_gaussian_band_is_the_normal_one() -> None:
    assert band(50_000.0, "gaussian") == pytest.approx(1.96 * 50_000, rel=1e-3)
    assert band(9_999.0, "gaussian") == pytest.approx(band(10_001.0, "gaussian"), rel=1e-3)


def test_rho_as_epsilon_and_delta() -> None:
    # Bun and Steinke 2016, proposition 1.3, worked by hand.
    assert epsilon(0.1, 1e-6) == pytest.approx(0.1 + 2 * math.sqrt(0.1 * 13.8155), rel=1e-4)


@pytest.mark.parametrize("rho", [0.0, -1.0, math.nan, math.inf, 1e-30])
def test_a_budget_that_is_none_is_refused(rho: float) -> None:
    with pytest.raises(InvalidInput):
        scale_for(rho, 1, "gaussian")


def test_without_opendp_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['opendp'] = None\n"
        "from interurban.policy.privacy import noisy\n"
        "try:\n    noisy([1], 2.0, 'gaussian')\n"
        "except Exception as error:\n    print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ConfigurationError")
    assert "interurban[dp]" in done.stdout


def test_opendp_is_loaded_only_when_noise_is_drawn() -> None:
    code = "import sys, interurban.policy.privacy; print('opendp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
