"""The interaction model, fitted to flows of which small numbers are hidden.

The expected pupils of area i at school j are

    mu_ij = A_i B_j exp(-b_j c_ij + sum_k theta_k x_ijk),    b_j ~ N(b of its type, tau^2)

with A_i and B_j the balancing factors of areas and schools, c_ij the straight line in km, and the
x_k terms of the pair (one district, a zone). Attraction and decay are thus a school's own, the
decay drawn to that of its type the less its flows say.

The fit repeats two steps until nothing moves. *Hidden counts* are filled with their expectation
given that they are hidden, and scaled to what is known of an area's total. Then A and B are
balanced to the sums of areas and schools, and theta and b take one Newton step of the Poisson
likelihood with A, B (and for theta, b too) swept out.

Sources: Wilson (1971) for the model; Dempster, Laird & Rubin (1977) for the filling; Santos Silva
& Tenreyro (2006), The log of gravity, for the Poisson likelihood; Correia, Guimaraes & Zylkin
(2020), Fast Poisson estimation with high-dimensional fixed effects, for the sweeping; Morris
(1983), Parametric empirical Bayes, for the shrinkage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interurban.apps.schools.subjects import Booleans, Floats

from .balancing import Factors, balance
from .censoring import POISSON, between, expected_below, expected_shown
from .kinds import Kinds
from .pairs import Matrix, Pairs
from .sweeping import sweep

__all__ = ["Choices", "Fit", "fit", "terms_of"]

_FIRST_ROUNDS, _ROUNDS, _LAST_ROUNDS = 20, 4, 60
_LONGEST_STEP = 0.5
_BRISK = 6


@dataclass(frozen=True, slots=True)
class Choices:
    """What the fit may use.

    Parameters
    ----------
    own: each school has a decay of its own, drawn to that of its type.
    terms: names of the terms of pairs to use, of those that there are.
    censored: hidden counts are unknown and small; otherwise they count as nothing.
    rounds: steps at most.
    settled: it ends when no parameter moves more than this.
    """

    own: bool = True
    terms: tuple[str, ...] = ("district", "district_km", "sparse_km", "zone")
    censored: bool = True
    rounds: int = 30
    settled: float = 0.03


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model.

    Parameters
    ----------
    kinds: of the schools.
    decay: (m,), b of each school, per km. kind_decay: (kinds,), b of each type.
    spread: tau, per km. size: r of the counts (see ``censoring``).
    terms: theta by name.
    deterrence: (n, m), exp(-b c + sum theta x) over the greatest of each area.
    rows, columns: (n,), (m,): A_i and B_j.
    filled: (n, m), what is shown, and for the rest what is to be expected given that it is hidden.
    mu: (n, m), what the model expects.
    """

    pairs: Pairs
    kinds: Kinds
    choices: Choices
    decay: Factors
    kind_decay: Floats
    spread: float
    size: float
    terms: dict[str, float]
    deterrence: Matrix
    rows: Factors
    columns: Factors
    filled: Matrix
    mu: Matrix
    rounds: int

    @property
    def expected_shown(self) -> Matrix:
        """What of the model's pupils would be shown, were they counted as these were; (n, m)."""
        if not self.choices.censored:
            return self.mu
        return expected_shown(self.mu, self.pairs.below, self.size)


def terms_of(pairs: Pairs, names: tuple[str, ...]) -> dict[str, Matrix]:
    """The terms of pairs that there are, each (n, m).

    ``district``: one district. ``district_km``: the same times km, as decay differs within it.
    ``sparse_km``: km times the log of how far the area's schools lie (its fifth nearest) over the
    usual, as children travel further where schools are few. ``zone``: share within the zone.
    """
    found: dict[str, Matrix] = {}
    if pairs.same is not None:
        found["district"] = pairs.same
        found["district_km"] = pairs.same * pairs.km
    fifth = min(4, len(pairs.school) - 1)
    spacing = np.log(np.maximum(np.partition(pairs.km, fifth, axis=1)[:, fifth], 0.05))
    if float(np.ptp(spacing)) > 0:
        found["sparse_km"] = (spacing - spacing.mean())[:, None] * pairs.km
    if pairs.zoned is not None and pairs.zoned.any():
        found["zone"] = pairs.zoned
    return {name: found[name] for name in names if name in found}


def fit(
    pairs: Pairs, kinds: Kinds, choices: Choices | None = None, rows: Booleans | None = None
) -> Fit:
    """Fit the model.

    Parameters
    ----------
    rows: (n,), areas to learn from; all when not given. The others get what their totals and the
        model say.
    """
    choices = choices or Choices()
    terms = terms_of(pairs, choices.terms)
    state = _begin(pairs, kinds, choices, terms)
    learn = np.ones(len(pairs.area), dtype=np.float32)
    if rows is not None:
        learn = rows.astype(np.float32)
    done = 0
    for done in range(1, choices.rounds + 1):
        state.balance(learn, _FIRST_ROUNDS if done == 1 else _ROUNDS)
        # The terms settle long before what is hidden does: later they move every third time.
        moved = state.step(learn, terms=done <= _BRISK or done % 3 == 0)
        if choices.censored and pairs.below > 1:
            moved = max(moved, state.disperse())
            state.fill()
        if moved < choices.settled and done > 3:
            break
    state.balance(learn, _LAST_ROUNDS)
    return state.result(done)


def _begin(pairs: Pairs, kinds: Kinds, choices: Choices, terms: dict[str, Matrix]) -> _State:
    # A decay to begin with: that of a disc on which density falls as exp(-b c) has mean 2 / b.
    mean = float((pairs.shown * pairs.km).sum() / max(float(pairs.shown.sum()), 1.0))
    begin = -2.0 / max(mean, 0.1)
    n, m = pairs.shape
    return _State(
        pairs=pairs,
        kinds=kinds,
        choices=choices,
        names=tuple(terms),
        terms=list(terms.values()),
        theta=np.zeros(len(terms)),
        slope=np.full(m, begin),
        kind_slope=np.full(len(kinds.ids), begin),
        variance=0.1 * begin**2,
        eta=np.asarray(np.float32(begin) * pairs.km),
        columns=np.ones(m, dtype=np.float32),
        rows=np.ones(n, dtype=np.float32),
        filled=pairs.shown,
    )


@dataclass(eq=False)
class _State:
    """What changes from step to step. Slopes are -b."""

    pairs: Pairs
    kinds: Kinds
    choices: Choices
    names: tuple[str, ...]
    terms: list[Matrix]
    theta: Floats
    slope: Floats
    kind_slope: Floats
    variance: float
    eta: Matrix
    columns: Factors
    rows: Factors
    filled: Matrix
    size: float = POISSON
    deterrence: Matrix | None = None
    mu: Matrix | None = None

    def balance(self, learn: Factors, rounds: int) -> None:
        """Balance to the sums of what is filled."""
        leaving = self.filled.sum(axis=1)
        arriving = learn @ self.filled
        self.deterrence = np.exp(self.eta - self.eta.max(axis=1, keepdims=True))
        _, self.columns = balance(self.deterrence, leaving * learn, arriving, self.columns, rounds)
        reach = np.maximum(self.deterrence @ self.columns, np.float32(1e-30))
        self.rows = np.asarray(leaving / reach, dtype=np.float32)
        self.mu = self.rows[:, None] * self.deterrence * self.columns

    def step(self, learn: Factors, *, terms: bool = True) -> float:
        """One Newton step; gives the longest move of a parameter."""
        assert self.mu is not None, "balanced before"
        mu = self.mu * learn[:, None]
        missing = self.filled * learn[:, None] - mu
        if not self.choices.own:
            return self._by_kind(mu, missing)
        return self._step_by_school(mu, missing, terms)

    def _step_by_school(self, mu: Matrix, missing: Matrix, terms: bool) -> float:
        """Every school has a decay of its own; the terms are freed of those, too."""
        km = self.pairs.km
        by_school = mu.sum(axis=0) + 1e-6
        first = np.einsum("ij,ij->j", mu, km)
        mean = first / by_school
        spread = np.einsum("ij,ij,ij->j", mu, km, km) - first * mean
        spread = np.maximum(spread, 1e-6).astype(np.float64)
        score = np.einsum("ij,ij->j", missing, km) - mean * missing.sum(axis=0)
        prior = 1.0 / self.variance
        inverse = 1.0 / (spread + prior)
        pulled = prior * (self.slope - self.kind_slope[self.kinds.of])
        moved = 0.0
        if self.terms and terms:
            swept = sweep(self.terms, mu, missing, km)
            move = _limited(
                _solve(
                    swept.information - (swept.with_km * inverse) @ swept.with_km.T,
                    swept.gradient - swept.with_km @ (inverse * (score - pulled)),
                )
            )
            self._move(move)
            score = score - swept.with_km.T @ move
            moved = float(np.abs(move).max())
        alone = self.slope + score / spread
        change = _limited(inverse * (score - pulled))
        self.slope = self.slope + change
        self.eta += change.astype(np.float32) * km
        self._draw_kinds(alone, spread)
        return max(moved, float(np.abs(change).max()))

    def _by_kind(self, mu: Matrix, missing: Matrix) -> float:
        """Schools of a type share their decay."""
        km, of = self.pairs.km, self.kinds.of
        kinds = [km * (of == kind).astype(np.float32) for kind in range(len(self.kinds.ids))]
        swept = sweep((*self.terms, *kinds), mu, missing, km)
        move = _limited(_solve(swept.information, swept.gradient))
        terms = len(self.terms)
        self._move(move[:terms])
        self.kind_slope = self.kind_slope + move[terms:]
        self.slope = self.kind_slope[of]
        self.eta += move[terms:].astype(np.float32)[of] * km
        return float(np.abs(move).max())

    def _move(self, move: Floats) -> None:
        self.theta = self.theta + move
        for change, term in zip(move.astype(np.float32), self.terms, strict=True):
            self.eta += change * term

    def _draw_kinds(self, alone: Floats, spread: Floats) -> None:
        """The mean of each type and the spread round it, from what each school alone would say."""
        weight = 1.0 / (self.variance + 1.0 / spread)
        number = len(self.kinds.ids)
        sums = np.bincount(self.kinds.of, weight * alone, number)
        known = np.bincount(self.kinds.of, weight, number)
        # A type without schools keeps what all began with: a school that opens may be of it.
        self.kind_slope = np.divide(sums, known, out=self.kind_slope.copy(), where=known > 0)
        deviation = self.slope - self.kind_slope[self.kinds.of]
        kept = 1.0 / (spread + 1.0 / self.variance)
        self.variance = max(float(np.mean(deviation**2 + kept)), 1e-4)

    def disperse(self) -> float:
        """Move the size towards that with which as much would be shown as is.

        Where hidden pairs are marked the others are known, and the size is that of their scatter.
        """
        assert self.mu is not None, "balanced before"
        pairs = self.pairs
        if len(pairs.hidden) == int(pairs.open.sum()):
            self.size = _size_by_moments(self.mu, self.filled)
            return 0.0
        every = max(1, len(pairs.area) // 600)
        mu, compared = self.mu[::every], pairs.compared[::every]
        told = float(pairs.shown[::every][compared].sum())
        size = 3.0 if math.isinf(self.size) else self.size
        log_size = math.log(size)

        def over(log: float) -> float:
            part = expected_shown(mu, pairs.below, math.exp(log))
            return float(part[compared].sum()) / told - 1.0

        here = over(log_size)
        rise = (over(log_size + 0.1) - here) / 0.1
        move = 0.0 if rise >= -1e-6 else min(max(-here / rise, -0.7), 0.7)
        self.size = math.exp(min(max(log_size + move, math.log(0.05)), math.log(1e3)))
        return 0.0 if math.isclose(self.size, size, rel_tol=0.02) else abs(move) * 0.1

    def fill(self) -> None:
        """What is to be expected of the pairs that are hidden."""
        assert self.mu is not None, "balanced before"
        pairs = self.pairs
        untold = np.where(pairs.open, expected_below(self.mu, pairs.below, self.size), 0.0)
        flat = untold.ravel()
        flat[pairs.hidden] = between(
            self.mu.ravel()[pairs.hidden].astype(np.float64), pairs.low, pairs.high, self.size
        )
        untold = flat.reshape(pairs.shape).astype(np.float32)
        left = pairs.area_totals - pairs.shown.sum(axis=1, dtype=np.float64)
        expected = untold.sum(axis=1, dtype=np.float64)
        scale = np.where(np.isnan(left) | (expected <= 0), 1.0, np.maximum(left, 0.0) / expected)
        self.filled = np.asarray(
            pairs.shown + untold * scale.astype(np.float32)[:, None], dtype=np.float32
        )

    def result(self, rounds: int) -> Fit:
        """The fit as it stands."""
        assert self.mu is not None, "balanced before"
        assert self.deterrence is not None, "balanced before"
        return Fit(
            pairs=self.pairs,
            kinds=self.kinds,
            choices=self.choices,
            decay=(-self.slope).astype(np.float32),
            kind_decay=-self.kind_slope,
            spread=math.sqrt(self.variance) if self.choices.own else 0.0,
            size=self.size,
            terms=dict(zip(self.names, self.theta.tolist(), strict=True)),
            deterrence=self.deterrence,
            rows=self.rows,
            columns=self.columns,
            filled=self.filled,
            mu=self.mu,
            rounds=rounds,
        )


def _size_by_moments(mu: Matrix, pupils: Matrix) -> float:
    """The r with which the scatter is mu + mu^2 / r.

    Source: Breslow (1984), Extra-Poisson variation in log-linear models, Applied Statistics 33,
    in the form for one r.
    """
    beyond = float(((pupils - mu) ** 2 - mu).sum(dtype=np.float64))
    square = float((mu * mu).sum(dtype=np.float64))
    return min(max(square / beyond, 0.05), 1e3) if beyond > 0 else 1e3


def _solve(information: NDArray[np.floating], gradient: NDArray[np.floating]) -> Floats:
    ridge = 1e-3 * np.maximum(np.diag(information), 1.0) * np.eye(len(gradient))
    return np.asarray(np.linalg.solve(information.astype(np.float64) + ridge, gradient))


def _limited(move: Floats) -> Floats:
    return np.clip(move, -_LONGEST_STEP, _LONGEST_STEP)
