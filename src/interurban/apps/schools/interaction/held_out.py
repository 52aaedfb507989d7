"""Whether the model knows more than what it was fitted to: areas and schools it never saw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .balancing import balance
from .fit import Choices, Fit, fit, terms_of
from .kinds import Kinds
from .measures import fitness
from .pairs import Matrix, Pairs

__all__ = ["areas_left_out", "held_out", "schools_left_out"]

_PLAIN = Choices(censored=False)
_SEED = 5
_ROUNDS = 60


def held_out(found: Fit, folds: int = 5) -> list[dict[str, Any]]:
    """How the model does on areas, and on schools, that were left out of its fit."""
    pairs, kinds = found.pairs, found.kinds
    said = (
        ("Areas left out of the fit", areas_left_out(pairs, kinds, folds)),
        ("Schools left out of the fit", schools_left_out(pairs, kinds, folds)),
    )
    rows = []
    for name, matrix in said:
        one = fitness(matrix, pairs.shown, pairs.km, pairs.same, pairs.compared)
        rows.append(
            {
                "name": name,
                "folds": folds,
                "cpc": round(one.cpc, 4),
                "r2": round(one.r2, 4),
                "mean_m": round(one.mean_m),
                "crossing": None if one.crossing is None else round(one.crossing, 4),
            }
        )
    return rows


def areas_left_out(pairs: Pairs, kinds: Kinds, folds: int) -> Matrix:
    """Each area's pupils, shared out by a model that saw other areas alone; (n, m).

    What is known of such an area is how many pupils it has.
    """
    part = np.random.default_rng(_SEED).permutation(len(pairs.area)) % folds
    out = np.zeros_like(pairs.shown)
    for fold in range(folds):
        learned = fit(pairs, kinds, _PLAIN, rows=part != fold)
        out[part == fold] = learned.mu[part == fold]
    return out


def schools_left_out(pairs: Pairs, kinds: Kinds, folds: int) -> Matrix:
    """Each school's pupils, by a model that saw other schools alone; (n, m).

    Of such a school its place, its type and how many pupils it has are known; its decay is that
    of its type, as it is of a school that opens.
    """
    m = len(pairs.school)
    part = np.random.default_rng(_SEED).permutation(m) % folds
    out = np.zeros_like(pairs.shown)
    leaving, arriving = pairs.shown.sum(axis=1), pairs.shown.sum(axis=0)
    terms = terms_of(pairs, _PLAIN.terms)
    for fold in range(folds):
        seen = np.flatnonzero(part != fold)
        learned = fit(_with(pairs, seen), Kinds(kinds.ids, kinds.of[seen]), _PLAIN)
        decay = learned.kind_decay[kinds.of].astype(np.float32)
        decay[seen] = learned.decay
        eta = -decay * pairs.km
        for name, value in learned.terms.items():
            eta += np.float32(value) * terms[name]
        deterrence = np.exp(eta - eta.max(axis=1, keepdims=True))
        start = np.ones(m, dtype=np.float32)
        rows, columns = balance(deterrence, leaving, arriving, start, _ROUNDS)
        mu = rows[:, None] * deterrence * columns
        out[:, part == fold] = mu[:, part == fold]
    return out


def _with(pairs: Pairs, schools: np.ndarray[Any, Any]) -> Pairs:
    """The same pairs with some of the schools alone, as they are shown."""
    return replace(
        pairs,
        school=pairs.school[schools],
        km=pairs.km[:, schools],
        shown=pairs.shown[:, schools],
        open=pairs.open[:, schools],
        hidden=np.zeros(0, dtype=np.int64),
        low=np.zeros(0),
        high=np.zeros(0),
        same=None if pairs.same is None else pairs.same[:, schools],
        zoned=None if pairs.zoned is None else pairs.zoned[:, schools],
    )
