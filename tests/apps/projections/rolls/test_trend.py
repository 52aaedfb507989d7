"""The damped trend keeps to its recursion, and its futures to its errors."""

from __future__ import annotations

import numpy as np
import pytest

from interurban.apps.projections.rolls.trend import ahead, bootstrap, smooth


def test_level_growth_and_residuals_follow_the_defining_recursion() -> None:
    series, (alpha, beta, phi) = [100.0, 110.0, 105.0, 120.0], (0.6, 0.3, 0.85)
    level, growth, residuals = series[0], 1.0, []
    for seen in series[1:]:
        forecast = level * growth**phi
        error = (seen - forecast) / forecast
        residuals.append(error)
        level, growth = forecast * (1 + alpha * error), growth**phi * (1 + beta * error)
    found = smooth(np.array([series]), alpha, beta, phi)
    assert found.level[0] == pytest.approx(level, rel=1e-14)
    assert found.growth[0] == pytest.approx(growth, rel=1e-14)
    assert found.residuals[0] == pytest.approx(residuals, rel=1e-14)


def test_the_growth_fades_as_powers_of_phi() -> None:
    found = smooth(np.array([[100.0, 110.0, 121.0]]), 1.0, 1.0, 0.85)
    level, growth = found.level[0], found.growth[0]
    expected = [level * growth ** sum(0.85**k for k in range(1, h + 1)) for h in (1, 2, 3)]
    assert ahead(found, 3)[0] == pytest.approx(expected, rel=1e-13)


def test_without_smoothing_of_growth_the_last_year_stays() -> None:
    found = smooth(np.array([[80.0, 90.0, 70.0]]), alpha=1.0, beta=0.0)
    assert ahead(found, 4)[0] == pytest.approx([70.0] * 4)


def test_a_series_that_never_surprises_has_one_future() -> None:
    found = smooth(np.full((1, 6), 50.0))
    assert np.allclose(bootstrap(found, 3, 20, np.random.default_rng(1)), 50.0)


def test_one_year_alone_stays_what_it_is() -> None:
    found = smooth(np.array([[30.0]]))
    assert ahead(found, 2)[0] == pytest.approx([30.0, 30.0])
    assert bootstrap(found, 2, 5, np.random.default_rng(1)).shape == (1, 2, 5)


def test_nothing_and_an_opening_do_not_break_the_trend() -> None:
    found = ahead(smooth(np.array([[0.0, 0.0, 300.0], [300.0, 0.0, 0.0]])), 5)
    assert np.isfinite(found).all()
    assert (found > 0).all()


def test_series_meet_the_errors_of_the_same_past_year() -> None:
    series = np.array([[100.0, 120.0, 90.0, 130.0, 100.0]])
    drawn = bootstrap(
        smooth(np.concatenate([series, 10 * series])), 3, 50, np.random.default_rng(2)
    )
    assert np.allclose(drawn[1], 10 * drawn[0])
