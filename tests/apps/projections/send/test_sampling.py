"""The samplers draw from exactly the distributions that they name."""

from __future__ import annotations

from itertools import product
from math import gamma

import numpy as np
import pytest

from interurban.apps.projections.send.sampling import (
    beta_binomial,
    dirichlet_multinomial,
    placement,
)

DRAWS = 200_000


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2024)


@pytest.mark.parametrize(("n", "alpha", "beta"), [(1, 0.05, 0.95), (7, 0.5, 4.5), (900, 14, 8760)])
def test_beta_binomial_numbers_have_their_mean_and_variance(
    rng: np.random.Generator, n: int, alpha: float, beta: float
) -> None:
    drawn = beta_binomial(rng, np.full(DRAWS, n), np.full(DRAWS, alpha), np.full(DRAWS, beta))
    whole = alpha + beta
    mean = n * alpha / whole
    variance = n * alpha * beta * (whole + n) / (whole**2 * (whole + 1))
    assert abs(drawn.mean() - mean) < 4 * np.sqrt(variance / DRAWS)
    assert drawn.var() == pytest.approx(variance, rel=0.05)


def test_what_happens_to_everybody_is_drawn_so(rng: np.random.Generator) -> None:
    n = np.arange(50)
    drawn = beta_binomial(rng, n, np.where(n % 2, 0.2, 14.0), np.zeros(50))
    assert drawn.tolist() == n.tolist()


def counts(rng: np.random.Generator, alpha: np.ndarray, n: int, draws: int) -> np.ndarray:
    """Draw x category, of one row among others."""
    places = placement(np.stack([np.zeros(len(alpha)), np.roll(alpha, 1) + 1, alpha]))
    rows, people = np.full(draws, 2), np.full(draws, n)
    cohort, category = dirichlet_multinomial(rng, places, rows, people)
    size = draws * len(alpha)
    return np.bincount(cohort * len(alpha) + category, minlength=size).reshape(draws, -1)


def test_dirichlet_multinomial_numbers_have_their_exact_chances(rng: np.random.Generator) -> None:
    alpha, n = np.array([0.3, 0.0, 1.2, 2.5]), 3
    drawn = counts(rng, alpha, n, DRAWS)
    assert (drawn.sum(axis=1) == n).all()
    statistic, cells = 0.0, 0
    for some in product(range(n + 1), repeat=4):
        if sum(some) != n or some[1]:
            continue
        chance = gamma(n + 1) * gamma(alpha.sum()) / gamma(n + alpha.sum())
        for number, weight in zip(some, alpha, strict=True):
            if weight:
                chance *= gamma(number + weight) / (gamma(weight) * gamma(number + 1))
        seen = (drawn == some).all(axis=1).sum()
        statistic += (seen - DRAWS * chance) ** 2 / (DRAWS * chance)
        cells += 1
    # The 99.9 % point of chi-squared with 9 degrees of freedom.
    assert cells == 10
    assert statistic < 27.88


def test_many_people_spread_as_drawing_shares_first_would(rng: np.random.Generator) -> None:
    alpha, n, draws = np.array([0.5, 4.0, 9.0, 0.05]), 60, 20_000
    ours = counts(rng, alpha, n, draws)
    peer = rng.multinomial(n, rng.dirichlet(alpha, draws))
    whole = alpha.sum()
    variance = n * alpha * (whole - alpha) * (whole + n) / (whole**2 * (whole + 1))
    mean = n * alpha / whole
    assert (np.abs(ours.mean(axis=0) - mean) < 4 * np.sqrt(variance / draws)).all()
    np.testing.assert_allclose(ours.std(axis=0), peer.std(axis=0), rtol=0.06)
    np.testing.assert_allclose(np.corrcoef(ours.T), np.corrcoef(peer.T), atol=0.05)


def test_cohorts_keep_to_their_own_rows(rng: np.random.Generator) -> None:
    places = placement(np.array([[1.0, 2.0, 0, 0], [0, 0, 0, 0], [0, 0, 3.0, 1.0]]))
    n = np.array([50, 0, 70, 3])
    rows = np.array([2, 1, 0, 2])
    cohort, category = dirichlet_multinomial(rng, places, rows, n)
    assert np.bincount(cohort, minlength=4).tolist() == n.tolist()
    assert set(category[cohort == 2]) <= {0, 1}
    assert set(category[(cohort == 0) | (cohort == 3)]) <= {2, 3}


def test_nobody_is_placed_when_nobody_is_there(rng: np.random.Generator) -> None:
    none = np.zeros(0, dtype=np.int64)
    cohort, category = dirichlet_multinomial(rng, placement(np.ones((1, 2))), none, none)
    assert len(cohort) == len(category) == 0
