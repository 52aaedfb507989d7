"""Flows of a stage for which none were published, from a model that was fitted to another.

What is known is where children live and how many pupils each school has. What is taken over is how
pupils choose: decay by type of school, district and the like. Decay is for distance in units of
how far apart schools are, as younger pupils have schools nearer by: b' = b s / s', with s the
distance to an area's fifth nearest school, the middle one over the children. Where zones are used,
the coefficient of the zone is that with which as many pupils attend their zone's school as the
publisher says.

Source: Wilson (1971), doubly constrained; the scaling by spacing after Simini, Gonzalez, Maritan &
Barabasi (2012), A universal model for mobility and migration patterns, Nature 484: distance counts
by the opportunities nearer by. An assumption, told as one wherever these flows are shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.subjects import Floats

from .balancing import Factors, balance
from .fit import Fit
from .kinds import Kinds
from .pairs import Matrix

__all__ = ["Choosing", "Transferred", "choosing_of", "spacing_km", "transfer"]

_ROUNDS = 16
_HALVINGS = 24
_STEEPEST = 8.0


@dataclass(frozen=True, eq=False)
class Choosing:
    """How pupils choose, free of the places it was learned at.

    Parameters
    ----------
    decay: by type of school, per km; ``open`` is always there.
    terms: coefficients by name, as ``fit.terms_of``.
    spacing_km: distance to the fifth nearest school, the middle one over the pupils.
    """

    decay: dict[str, float]
    terms: dict[str, float]
    spacing_km: float


@dataclass(frozen=True, eq=False)
class Transferred:
    """Modelled pupils of n areas at m schools.

    Parameters
    ----------
    pupils: (n, m). rows, columns: (n,), (m,), the balancing factors, and level: (n,), so that
        ``pupils = rows exp(eta - level) columns`` with ``eta`` of the terms.
    decay: (m,), per km. terms: coefficients, with that of the zone.
    zone_share: of the pupils, who attend a school in whose zone they live; NaN without zones.
    """

    pupils: Matrix
    level: Factors
    rows: Factors
    columns: Factors
    decay: Factors
    terms: dict[str, float]
    zone_share: float


def choosing_of(fit: Fit) -> Choosing:
    """What can be taken over from a fitted model."""
    weights = fit.filled.sum(axis=1, dtype=np.float64)
    return Choosing(
        decay=dict(zip(fit.kinds.ids, fit.kind_decay.tolist(), strict=True)),
        terms=fit.terms,
        spacing_km=spacing_km(fit.pairs.km, weights),
    )


def spacing_km(km: Matrix, weights: Floats) -> float:
    """Distance to an area's fifth nearest school, the middle one by weight."""
    fifth = min(4, km.shape[1] - 1)
    near = np.partition(km, fifth, axis=1)[:, fifth].astype(np.float64)
    order = np.argsort(near, kind="stable")
    grown = np.cumsum(weights[order])
    return float(near[order][np.searchsorted(grown, grown[-1] / 2)])


def transfer(
    choosing: Choosing,
    km: Matrix,
    children: Floats,
    rolls: Floats,
    kinds: Kinds,
    *,
    same: Matrix | None = None,
    zoned: Matrix | None = None,
    zone_share: float | None = None,
) -> Transferred:
    """Share the pupils of schools out to the areas where children live.

    Every school has its pupils, and areas have pupils as they have children.

    Parameters
    ----------
    km, same, zoned: (n, m), as in ``Pairs``.
    children: (n,), or anything in proportion to them. rolls: (m,).
    zone_share: of the pupils who attend the school of their zone, as published.
    """
    leaving = (children * (rolls.sum() / children.sum())).astype(np.float32)
    scale = choosing.spacing_km / spacing_km(km, children)
    plain = choosing.decay["open"]
    by_kind = np.array([choosing.decay.get(kind, plain) for kind in kinds.ids]) * scale
    decay = by_kind[kinds.of].astype(np.float32)
    terms = {name: value for name, value in choosing.terms.items() if name != "zone"}
    eta = np.asarray(-decay * km, dtype=np.float32)
    if same is None:
        terms = {name: v for name, v in terms.items() if not name.startswith("district")}
    else:
        terms["district_km"] = terms.get("district_km", 0.0) * scale
        eta += np.float32(terms.get("district", 0.0)) * same
        eta += np.float32(terms["district_km"]) * same * km
    terms.pop("sparse_km", None)
    arriving = rolls.astype(np.float32)
    if zoned is None or not zoned.any():
        return _balanced(eta, leaving, arriving, decay, terms, None)
    effect = choosing.terms.get("zone", 1.0)
    if zone_share is not None:
        effect = _effect(eta, leaving, arriving, zoned, zone_share)
    terms["zone"] = effect
    return _balanced(eta + np.float32(effect) * zoned, leaving, arriving, decay, terms, zoned)


def _effect(
    eta: Matrix, leaving: Factors, arriving: Factors, zoned: Matrix, wanted: float
) -> float:
    """The coefficient of the zone with which a share of the pupils attends its own."""
    low, high = 0.0, _STEEPEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = _balanced(eta + np.float32(middle) * zoned, leaving, arriving, arriving, {}, zoned)
        low, high = (middle, high) if found.zone_share < wanted else (low, middle)
    return (low + high) / 2


def _balanced(
    eta: Matrix,
    leaving: Factors,
    arriving: Factors,
    decay: Factors,
    terms: dict[str, float],
    zoned: Matrix | None,
) -> Transferred:
    level = eta.max(axis=1)
    deterrence = np.exp(eta - level[:, None])
    start = np.ones(len(arriving), dtype=np.float32)
    rows, columns = balance(deterrence, leaving, arriving, start, _ROUNDS)
    pupils = rows[:, None] * deterrence * columns
    share = np.nan
    if zoned is not None:
        share = float((pupils * zoned).sum(dtype=np.float64) / pupils.sum(dtype=np.float64))
    return Transferred(pupils, level, rows, columns, decay, terms, share)
