"""Rolls of whole areas: every ratio its own damped trend, with resampled errors.

The method of the GLA's sub-regional pupil projections (2024 on): entry from births by a ratio,
later year groups by progression ratios, all smoothed by ETS(M, Md, N) with phi 0.85.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.core.errors import InvalidInput

from .entry import Children
from .trend import Floats, bootstrap, smooth

__all__ = ["Regional", "RegionalRow", "project_regions", "regional_back_test"]

_WINDOW = 10
"""Years that trends are taken from, the last ones."""

_SHORTEST = 4
_FEWEST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Regional:
    """Rolls of areas to come, in draws.

    Parameters
    ----------
    years: school years ahead.
    pupils: area x year group x year ahead x draw.
    """

    years: tuple[int, ...]
    pupils: Floats


@dataclass(frozen=True, slots=True)
class RegionalRow:
    """Errors of projections of area x year group from earlier years.

    Parameters
    ----------
    error: mean absolute error of the mean of the draws, ``|forecast - actual| / actual``, weighted
        by pupils; ``of_mean``: the same with every ratio the mean of its past.
    held_80, held_95: share of what came that the bands held.
    """

    years_ahead: int
    error: float
    of_mean: float
    held_80: float
    held_95: float
    cases: int


def project_regions(
    pupils: Floats,
    years: tuple[int, ...],
    horizon: int,
    children: Children | None = None,
    *,
    draws: int = 1_000,
    seed: int = 50,
    smoothing: tuple[float, float, float] = (0.8, 0.5, 0.85),
    trend: bool = True,
) -> Regional:
    """Project areas by year group.

    ``R(y) = births(y - lag) rho(y)``, ``NC1(y) = births(y - lag - 1) rho1(y)``, and from the third
    year group on ``NC(g, y) = NC(g - 1, y - 1) s(g, y)``. Births that are not known yet follow
    their own damped trend. Without births, entry follows its own and NC1 is a progression too.

    Parameters
    ----------
    pupils: area x year group x year, at least two years.
    years: of the last axis.
    children: births, named by the year in which they enter (area x year).
    trend: ``False`` gives the mean of the past of every ratio, the method compared against.

    Raises
    ------
    InvalidInput: births do not reach the entrants of the last year, or fewer than two years of them
        fit to years of the rolls.

    Source: GLA sub-regional pupil projections.
    """
    random = np.random.default_rng(seed)
    born = None
    if children is not None:
        born = _births(children, years, horizon, draws, random, smoothing)
    series = _series(pupils, years, children)
    flat = series.reshape(-1, series.shape[2])[:, -_WINDOW:]
    if trend:
        rates = bootstrap(smooth(flat, *smoothing), horizon, draws, random)
    else:
        rates = np.repeat(np.repeat(flat.mean(axis=1)[:, None, None], horizon, 1), draws, 2)
    rates = rates.reshape(*series.shape[:2], horizon, draws)
    out = np.empty((*pupils.shape[:2], horizon, draws))
    last = np.repeat(pupils[:, :, -1:], draws, axis=2)
    for year in range(horizon):
        out[:, :, year] = rates[:, :, year]
        if born is not None:
            out[:, 0, year] *= born[:, year + 1]
            out[:, 1, year] *= born[:, year]
            out[:, 2:, year] *= last[:, 1:-1]
        else:
            out[:, 1:, year] *= last[:, :-1]
        last = out[:, :, year]
    return Regional(tuple(years[-1] + h for h in range(1, horizon + 1)), out)


def regional_back_test(
    pupils: Floats,
    years: tuple[int, ...],
    horizon: int = 7,
    children: Children | None = None,
    *,
    draws: int = 200,
    seed: int = 50,
    smoothing: tuple[float, float, float] = (0.8, 0.5, 0.85),
) -> tuple[RegionalRow, ...]:
    """Project areas from every earlier year and hold them against what came.

    Parameters
    ----------
    as of ``project_regions``; horizons from 1 year to ``horizon``, as the GLA's windows.
    """
    found: dict[int, list[tuple[float, float, int, int, int, float]]] = {}
    last = len(years) - 1
    for origin in range(_SHORTEST, last):
        ahead = min(horizon, last - origin)
        known = None if children is None else children.until(years[origin])
        seen = pupils[:, :, : origin + 1], years[: origin + 1]
        ets = project_regions(*seen, ahead, known, draws=draws, seed=seed, smoothing=smoothing)
        plain = project_regions(*seen, ahead, known, draws=1, seed=seed, trend=False)
        ends = np.quantile(ets.pupils, (0.025, 0.1, 0.9, 0.975), axis=-1)
        mean = ets.pupils.mean(axis=-1)
        for h in range(ahead):
            came = pupils[:, :, origin + 1 + h]
            there = came > 0
            found.setdefault(h + 1, []).append(
                (
                    float(np.abs(mean[:, :, h] - came)[there].sum()),
                    float(np.abs(plain.pupils[:, :, h, 0] - came)[there].sum()),
                    int(((ends[1, :, :, h] <= came) & (came <= ends[2, :, :, h]))[there].sum()),
                    int(((ends[0, :, :, h] <= came) & (came <= ends[3, :, :, h]))[there].sum()),
                    int(there.sum()),
                    float(came[there].sum()),
                )
            )
    rows = []
    for ahead, measured in sorted(found.items()):
        error, plain_error, held_80, held_95, cases, total = np.array(measured).sum(axis=0)
        if total > 0:
            rows.append(
                RegionalRow(
                    ahead,
                    error / total,
                    plain_error / total,
                    held_80 / cases,
                    held_95 / cases,
                    int(cases),
                )
            )
    return tuple(rows)


def _series(pupils: Floats, years: tuple[int, ...], children: Children | None) -> Floats:
    """Entry and every ratio of the past; area x year group x (years - 1)."""
    out = np.empty((*pupils.shape[:2], pupils.shape[2] - 1))
    out[:, 1:] = _ratio(pupils[:, 1:, 1:], pupils[:, :-1, :-1])
    out[:, 0] = pupils[:, 0, 1:]
    if children is None:
        return out
    at = {year: place for place, year in enumerate(children.years)}
    known = [place for place, year in enumerate(years[1:]) if year in at and year - 1 in at]
    entering = children.number[:, [at[years[1 + place]] for place in known]]
    before = children.number[:, [at[years[1 + place] - 1] for place in known]]
    out[:, 0, known] = _ratio(pupils[:, 0, 1:][:, known], entering)
    out[:, 1, known] = _ratio(pupils[:, 1, 1:][:, known], before)
    if len(known) < _FEWEST:
        raise InvalidInput(
            "Fewer than two years of the rolls have children of entry age beside them.",
            advice="Give children for more years, or look at the years from birth to entry.",
            part="children",
        )
    return out[:, :, known]


def _births(
    children: Children,
    years: tuple[int, ...],
    horizon: int,
    draws: int,
    random: np.random.Generator,
    smoothing: tuple[float, float, float],
) -> Floats:
    """Births by area, from those of the last year's entrants on; area x (horizon + 1) x draw."""
    wanted = [years[-1] + h for h in range(horizon + 1)]
    at = {year: place for place, year in enumerate(children.years)}
    known = [year for year in wanted if year in at]
    if not known or known != wanted[: len(known)]:
        raise InvalidInput(
            f"The children do not reach the entrants of {years[-1]}, or leave out a later year.",
            advice="Give every year up to the last, or leave the table out.",
            part="children",
        )
    found = np.repeat(children.number[:, [at[year] for year in known], None], draws, axis=2)
    missing = horizon + 1 - len(known)
    if not missing:
        return np.asarray(found)
    past = smooth(children.number[:, -_WINDOW:], *smoothing)
    return np.concatenate([found, bootstrap(past, missing, draws, random)], axis=1)


def _ratio(over: Floats, under: Floats) -> Floats:
    return np.asarray(np.divide(over, under, out=np.ones_like(over), where=under > 0))
