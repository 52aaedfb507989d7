"""The model of who goes where: the study's baselines found again, and beaten, also where unseen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.apps.schools.interaction import baselines
from interurban.apps.schools.interaction.balancing import balance, produce
from interurban.apps.schools.interaction.calibration import Calibration, calibration_of
from interurban.apps.schools.interaction.censoring import (
    POISSON,
    between,
    expected_below,
    expected_shown,
    posterior,
)
from interurban.apps.schools.interaction.held_out import areas_left_out
from interurban.apps.schools.interaction.measures import (
    common_part_of_commuters,
    fitness,
    squared_correlation,
)
from interurban.apps.schools.interaction.pairs import Matrix, Pairs

from .conftest import OpenAtlas


@pytest.fixture(scope="module")
def london(atlas: OpenAtlas) -> Calibration:
    return calibration_of(atlas("london"))


@pytest.fixture(scope="module")
def chicago(atlas: OpenAtlas) -> Calibration:
    return calibration_of(atlas("chicago"))


def measured(matrix: Matrix, pairs: Pairs) -> tuple[float, float, float]:
    found = fitness(matrix, pairs.shown, pairs.km, pairs.same, pairs.compared)
    return round(found.cpc, 2), round(found.r2, 2), found.mean_m / 1000


# The study's figures: our measures are its measures


def test_the_flows_are_those_of_the_study(london: Calibration) -> None:
    # 328,110 less the few that are hidden so that nobody else can be worked out.
    assert london.observed.pupils == pytest.approx(328_110, rel=1e-3)
    assert len(london.fit.pairs.school) == 599
    assert london.observed.mean_m == pytest.approx(1_900, abs=10)
    assert london.observed.crossing == pytest.approx(0.136, abs=5e-4)


def test_simple_models_come_as_near_as_the_study_found(london: Calibration) -> None:
    pairs = london.fit.pairs
    assert measured(baselines.nearest(pairs), pairs)[:2] == (0.27, 0.28)
    assert measured(baselines.production_constrained(pairs), pairs)[:2] == (0.56, 0.63)
    cpc, r2, mean = measured(baselines.doubly_constrained(pairs), pairs)
    assert cpc == 0.58
    assert r2 in (0.66, 0.67)
    assert mean == pytest.approx(1.84, abs=0.01)


def test_power_decay_does_worse(london: Calibration) -> None:
    best = max(
        measured(baselines.power(london.fit.pairs, k), london.fit.pairs)[0]
        for k in (2.0, 2.75, 3.5)
    )
    assert best < 0.55


# What the fit reaches


def test_the_fit_beats_the_targets_in_london(london: Calibration) -> None:
    assert london.model.cpc >= 0.60
    assert london.model.r2 >= 0.68
    assert london.model.cpc == pytest.approx(0.68, abs=0.01)
    assert london.model.r2 == pytest.approx(0.82, abs=0.01)


def test_the_fit_has_what_is_shown_right_in_all(london: Calibration) -> None:
    assert london.model.pupils == pytest.approx(london.observed.pupils, rel=0.01)
    assert london.model.mean_m == pytest.approx(london.observed.mean_m, rel=0.03)
    assert london.model.crossing == pytest.approx(london.observed.crossing, abs=0.01)


def test_pupils_that_are_not_shown_travel_further(london: Calibration) -> None:
    fit = london.fit
    mean = float((fit.filled * fit.pairs.km).sum() / fit.filled.sum())
    assert mean > 1.3 * london.observed.mean_m / 1000, "suppression bends the sums to short trips"


def test_areas_the_fit_never_saw_do_nearly_as_well(london: Calibration) -> None:
    pairs = london.fit.pairs
    unseen = areas_left_out(pairs, london.fit.kinds, 2)
    found = fitness(unseen, pairs.shown, pairs.km, pairs.same, pairs.compared)
    assert found.cpc > 0.66
    assert found.r2 > 0.77


def test_types_of_school_draw_from_as_far_as_they_are_known_to(london: Calibration) -> None:
    fit = london.fit
    decay = dict(zip(fit.kinds.ids, fit.kind_decay.tolist(), strict=True))
    assert decay["selective"] < decay["faith"] < decay["open"]
    assert decay["special"] < decay["open"]
    assert fit.terms["district"] > 0.5, "a borough's own schools draw more"


def test_chicago_is_reported_for_every_year(atlas: OpenAtlas, chicago: Calibration) -> None:
    city = atlas("chicago")
    for flows in city.flow_ids:
        found = calibration_of(city, flows)
        assert found.model.cpc > 0.80
        assert found.model.r2 > 0.92
        assert found.model.cpc > found.baselines["doubly"].cpc + 0.15
    assert chicago.fit.terms["zone"] > 1.0, "a zone draws its own"


# Counts of which only bounds are known


@given(
    mu=st.floats(0.01, 30), size=st.sampled_from([0.5, 2.0, 10.0, POISSON]), below=st.integers(1, 8)
)
def test_what_is_shown_and_what_is_hidden_are_the_whole(mu: float, size: float, below: int) -> None:
    k = np.arange(0, 2_000)
    p = probabilities(mu, size, k)
    one = np.array([[mu]])
    hidden = (p * k)[k < below].sum() / p[k < below].sum()
    assert expected_below(one, below, size)[0, 0] == pytest.approx(hidden, rel=1e-6, abs=1e-9)
    shown = (p * k)[k >= below].sum()
    single = one.astype(np.float32)
    assert expected_shown(single, below, size)[0, 0] == pytest.approx(shown, rel=1e-3, abs=1e-4)


@given(
    mu=st.floats(0.01, 60),
    size=st.sampled_from([0.5, 3.0, POISSON]),
    low=st.integers(0, 20),
    width=st.integers(0, 20),
)
def test_a_bounded_count_is_the_mean_within_its_bounds(
    mu: float, size: float, low: int, width: int
) -> None:
    k = np.arange(low, low + width + 1)
    p = probabilities(mu, size, k)
    found = between(np.array([mu]), np.array([float(low)]), np.array([float(low + width)]), size)
    assert low <= found[0] <= low + width
    assert found[0] == pytest.approx((p * k).sum() / p.sum(), rel=1e-6, abs=1e-9)


def probabilities(mu: float, size: float, k: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """Of a negative binomial count, straight from its definition."""
    logs = []
    for one in k.tolist():
        if math.isinf(size):
            logs.append(-mu + one * math.log(mu) - math.lgamma(one + 1))
        else:
            share = math.log(mu / (mu + size))
            gamma = math.lgamma(one + size) - math.lgamma(size) - math.lgamma(one + 1)
            logs.append(gamma + one * share + size * math.log(size / (mu + size)))
    return np.exp(np.array(logs))


def test_what_is_seen_mends_what_is_expected() -> None:
    mu, seen = np.array([[2.0]], np.float32), np.array([[10.0]], np.float32)
    assert posterior(mu, seen, 2.0)[0, 0] == pytest.approx(2 * 12 / 4)
    assert posterior(mu, mu, 2.0)[0, 0] == pytest.approx(2.0)
    assert posterior(mu, seen, POISSON)[0, 0] == 2.0


# Balance and measures


@st.composite
def problems(draw: st.DrawFn) -> tuple[Matrix, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    n, m = draw(st.integers(1, 12)), draw(st.integers(1, 8))
    deterrence = np.exp(-rng.uniform(0, 6, (n, m))).astype(np.float32)
    leaving = rng.uniform(0, 200, n).astype(np.float32)
    arriving = rng.uniform(0.1, 200, m).astype(np.float32)
    return deterrence, leaving, arriving * np.float32(leaving.sum() / arriving.sum())


@given(problems())
def test_balance_leaves_no_pupil_and_no_place_out(problem: tuple[Matrix, ...]) -> None:
    deterrence, leaving, arriving = problem
    rows, columns = balance(deterrence, leaving, arriving, np.ones_like(arriving), 400)
    flows = rows[:, None] * deterrence * columns
    assert flows.sum(axis=1) == pytest.approx(leaving, rel=1e-4, abs=1e-3)
    assert flows.sum(axis=0) == pytest.approx(arriving, rel=0.02, abs=0.05)


@given(problems())
def test_production_leaves_no_pupil_out(problem: tuple[Matrix, ...]) -> None:
    deterrence, leaving, arriving = problem
    flows = produce(deterrence, leaving, arriving + 1)[1]
    assert flows.sum(axis=1) == pytest.approx(leaving, rel=1e-4, abs=1e-3)


@settings(max_examples=30)
@given(problems())
def test_the_measures_are_one_for_what_agrees_and_less_for_all_else(
    problem: tuple[Matrix, ...],
) -> None:
    flows = problem[0] * problem[1][:, None]
    assert common_part_of_commuters(flows, flows) == pytest.approx(1.0 if flows.sum() else 0.0)
    other = flows[::-1]
    assert 0 <= common_part_of_commuters(flows, other) <= 1 + 1e-9
    assert 0 <= squared_correlation(flows, other) <= 1 + 1e-9


def test_the_fill_keeps_what_is_shown_and_what_is_known(london: Calibration) -> None:
    fit, pairs = london.fit, london.fit.pairs
    told = ~pairs.open
    assert fit.filled[told] == pytest.approx(pairs.shown[told])
    known = ~np.isnan(pairs.area_totals)
    assert fit.filled.sum(axis=1)[known] == pytest.approx(
        pairs.area_totals[known], rel=1e-3, abs=0.05
    )
    assert fit.mu.sum(axis=1) == pytest.approx(fit.filled.sum(axis=1), rel=1e-3)
    assert fit.mu.sum(axis=0) == pytest.approx(fit.filled.sum(axis=0), rel=0.02, abs=1.0)
