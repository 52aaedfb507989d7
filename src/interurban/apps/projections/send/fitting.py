"""What past moves say about how likely every move is (witan.send, fitting).

Rates are beta distributions, placements Dirichlet distributions; their parameters are children seen
plus a prior that pools the academic year. All are keyed by academic year: leavers, movers and
mover placements by that before the move, joiners by that after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from interurban.core.errors import BadRequest

from .states import ACADEMIC_YEARS, Array, Flags, StateSpace
from .transitions import Transitions

__all__ = [
    "Children",
    "Parameters",
    "fit",
    "joiner_placement",
    "joiner_rates",
    "leaver_rates",
    "mover_placement",
    "mover_rates",
    "splice",
]

Children = Mapping[tuple[int, int], float]
"""Children of an area by calendar year and academic year, with needs or without."""

UNSEEN_JOINERS = 0.001
"""What a year without a joiner adds to alpha, so that joining stays possible."""


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Everything a simulation draws from; not a number (rates) or 0 (placements) where nothing is.

    Parameters
    ----------
    joiners: alpha, beta by academic year after; academic year x 2.
    leavers, movers: alpha, beta by state before; academic year x need x setting x 2.
    joiner_targets: alpha by state after; academic year x need x setting.
    mover_targets: alpha by state before, and need and setting after; five axes.
    """

    joiners: Array
    leavers: Array
    movers: Array
    joiner_targets: Array
    mover_targets: Array


def fit(
    space: StateSpace,
    transitions: Transitions,
    children: Children,
    rates_from: Transitions | None = None,
    strict: bool = False,
) -> Parameters:
    """All parameters.

    Parameters
    ----------
    rates_from: moves that the joiner *rates* are learnt from, if others than ``transitions``: a
        scenario that changes moves leaves the rates on the moves as they were.
    strict: place children only where it is allowed. Otherwise, as in the original, a setting that
        anyone of the academic year moved to stays possible for all of that academic year.
    """
    return Parameters(
        joiner_rates(space, transitions if rates_from is None else rates_from, children),
        leaver_rates(space, transitions),
        mover_rates(space, transitions),
        joiner_placement(space, transitions, strict),
        mover_placement(space, transitions, strict),
    )


def joiner_rates(space: StateSpace, transitions: Transitions, children: Children) -> Array:
    """The chance that a child of an academic year joins.

    For each of n calendar years with j joiners among p children: ``alpha += j/n, beta += (p-j)/n``;
    with none ``alpha += 0.001, beta += p/n``. Not a number where there were no children at all:
    nothing is known of them, and nobody joins.

    Raises
    ------
    BadRequest: the children of a calendar year and academic year are missing, or fewer than the
        joiners among them.
    """
    years = transitions.years
    joins = transitions.where(transitions.joins)
    out = np.full((len(ACADEMIC_YEARS), 2), np.nan)
    missing: list[str] = []
    for academic_year in space.valid_academic_years:
        at = space.place(academic_year)
        alpha = beta = 0.0
        for year in years:
            here = (joins.year == year) & (joins.to_year == at)
            joiners = float(joins.weight[here].sum())
            people = children.get((year, academic_year))
            if people is None:
                missing.append(f"academic year {academic_year} in {year}")
                continue
            if joiners > people:
                raise BadRequest(
                    f"More children of academic year {academic_year} joined in {year} than there "
                    "were.",
                    advice="Check the population against the transitions.",
                    part="population",
                )
            alpha += joiners / len(years) if joiners else UNSEEN_JOINERS
            beta += (people - joiners) / len(years)
        if alpha + beta > UNSEEN_JOINERS * len(years):
            out[at] = alpha, beta
    if missing:
        raise BadRequest(
            f"No population for {missing[0]}"
            + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
            + ".",
            advice="Give the children of every academic year for the calendar years of the "
            "transitions.",
            part="population",
        )
    return out


def leaver_rates(space: StateSpace, transitions: Transitions) -> Array:
    """The chance that a child in a state leaves the system.

    alpha: leavers seen, beta: stayers seen, plus the prior of the academic year
    ``((A + .5) / (A + B + 1), (B + .5) / (A + B + 1))``; (.5, .5) for one never seen.
    """
    counts = _events(space, transitions, transitions.leaves, transitions.stays)
    return _with_prior(counts, unseen=0.5, wanted=space.valid)


def mover_rates(space: StateSpace, transitions: Transitions) -> Array:
    """The chance that a child who stays in the system changes the setting.

    As ``leaver_rates``; (1, 1) for an academic year never seen, and only for settings with more
    than one allowed target.
    """
    counts = _events(space, transitions, transitions.moves, transitions.stays & ~transitions.moves)
    return _with_prior(counts, unseen=1.0, wanted=space.valid & _with_choice(space))


def joiner_placement(space: StateSpace, transitions: Transitions, strict: bool = False) -> Array:
    """Where those who join an academic year go.

    ``alpha = joiners seen + 1 / number of valid states`` of the academic year; all 0 for one that
    nobody has joined.
    """
    joins = transitions.where(transitions.joins)
    seen = np.zeros(space.shape)
    np.add.at(seen, (joins.to_year, joins.to_need, joins.to_setting), joins.weight)
    if strict:
        seen *= space.valid
    valid = space.valid.sum(axis=(1, 2), keepdims=True)
    prior = np.divide(space.valid, valid, out=np.zeros(space.shape), where=valid > 0)
    joined = seen.any(axis=(1, 2), keepdims=True) & (valid > 0)
    return np.where(joined, seen + prior, 0.0)


def mover_placement(space: StateSpace, transitions: Transitions, strict: bool = False) -> Array:
    """Where those who change the setting go, by the state before.

    The prior: all moves of the academic year by target setting (if it has none, the last earlier
    academic year's), plus ``1/m`` for each of the m settings that are allowed; without the setting
    itself; divided by its sum; the need is kept. To it come the moves really seen from the state,
    whose need may differ.

    The settings of the prior are the *union* of those seen and those allowed: with ``strict`` it is
    only the latter, and seen moves to what is not allowed are left out, too.
    """
    _, needs, settings = space.shape
    moves = transitions.where(transitions.moves)
    by_setting = np.zeros((len(ACADEMIC_YEARS), settings))
    np.add.at(by_setting, (moves.from_year, moves.to_setting), moves.weight)
    for academic_year in space.valid_academic_years:
        at = space.place(academic_year)
        if at and not by_setting[at].any():
            by_setting[at] = by_setting[at - 1]
    seen = np.zeros((*space.shape, needs, settings))
    before = (moves.from_year, moves.from_need, moves.from_setting)
    np.add.at(seen, (*before, moves.to_need, moves.to_setting), moves.weight)
    # Academic year x need x setting before x setting after: valid there, and allowed from here.
    allowed = space.valid[:, :, None, :] & space.allowed[None, None]
    number = allowed.sum(axis=3, keepdims=True)
    even = np.divide(allowed, number, out=np.zeros(allowed.shape), where=number > 0)
    prior = by_setting[:, None, None, :] + even
    if strict:
        prior *= allowed
        seen *= space.valid[:, None, None] & space.allowed[None, None, :, None, :]
    itself = np.arange(settings)
    prior[:, :, itself, itself] = 0
    whole = prior.sum(axis=3, keepdims=True)
    prior = np.divide(prior, whole, out=np.zeros_like(prior), where=whole > 0)
    need = np.arange(needs)
    # Advanced indices first: need, academic year, setting before, setting after.
    seen[:, need, :, need] += np.moveaxis(prior, 1, 0)
    seen *= space.valid[..., None, None]
    return seen


def splice(everything: Parameters, recent: Parameters, academic_year: int) -> Parameters:
    """Parameters of an academic year and above from recent years only, the others from all.

    An earlier rule of the original, used by one of its stored runs.
    """
    later = np.array(ACADEMIC_YEARS) >= academic_year

    def spliced(name: str) -> Array:
        old, new = getattr(everything, name), getattr(recent, name)
        chosen: Array = np.where(later.reshape(-1, *[1] * (old.ndim - 1)), new, old)
        return chosen

    return Parameters(*(spliced(name) for name in Parameters.__slots__))


def _with_choice(space: StateSpace) -> Flags:
    """Settings with more than one allowed target."""
    choice: Flags = space.allowed.sum(axis=1) > 1
    return choice


def _events(
    space: StateSpace, transitions: Transitions, happened: Flags, not_happened: Flags
) -> Array:
    """Children by state before for whom something happened, and for whom it did not."""
    out = np.zeros((*space.shape, 2))
    for at, which in enumerate((happened, not_happened)):
        some = transitions.where(which)
        np.add.at(out[..., at], (some.from_year, some.from_need, some.from_setting), some.weight)
    return out


def _with_prior(counts: Array, unseen: float, wanted: Flags) -> Array:
    totals = counts.sum(axis=(1, 2), keepdims=True)
    whole = totals.sum(axis=3, keepdims=True)
    prior = np.where(whole > 0, (totals + 0.5) / (whole + 1), unseen)
    return np.where(wanted[..., None], counts + prior, np.nan)
