"""Simulated last distances held against the published ones: how far out they are, and how often."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Floats, Indices

from .last_distances import Series, last_distance_datasets, last_distances
from .market import Entry, entry_datasets, market_around
from .simulation import Assumed, Rounds, simulate

__all__ = ["BAND", "BackTest", "back_test", "compare"]

BAND = (0.05, 0.5, 0.95)
_BEYOND_M = 3_000.0
_FURTHEST_M = 9_000.0
"""Schools farther than this from the middle of those with figures are not simulated with them."""

_DRAWS = 40
"""Enough for a middle and a band that are held against some dozens of figures."""


@dataclass(frozen=True, slots=True)
class BackTest:
    """What the comparison gave; NaN where there is nothing to compare.

    Parameters
    ----------
    figures: published ones of schools that are simulated; years, schools: that they are of.
    within: share of them inside the 5 to 95 % band, widened by the errors at other schools;
        ``in_draws``: inside that of the draws alone.
    compared: figures of schools at whose middle draw somebody is turned away.
    factor: the middle of how many times too far or too near the simulated middle is.
    rank: Spearman's correlation of the schools' simulated and published middles.
    year_before, same_for_all: the factor of two simple guesses: the figure of the year before, and
        the middle of all figures for every school.
    errors: of the compared figures, logarithms of published over simulated distances.
    """

    years: tuple[int, ...]
    schools: int
    figures: int
    within: float
    compared: int
    factor: float
    rank: float
    year_before: float
    same_for_all: float
    in_draws: float
    errors: tuple[float, ...]


def back_test(atlas: Atlas, entry: Entry, assumed: Assumed) -> BackTest | None:
    """Simulate the schools that figures are published of; ``None`` where there are none.

    The assumptions are those of the answer, with fewer draws.
    """
    datasets = (*entry_datasets(atlas, entry.stage), *last_distance_datasets(atlas))
    fewer = replace(assumed, draws=_DRAWS)
    return atlas.cached(
        f"back-test of {entry.stage.id} {fewer}", datasets, lambda: _test(atlas, entry, fewer)
    )


def _test(atlas: Atlas, entry: Entry, assumed: Assumed) -> BackTest | None:
    first = entry.stage.year_groups[0]
    columns = {int(place): at for at, place in enumerate(entry.before.school.tolist())}
    heirs = _heirs(atlas, columns)
    series = {
        heirs[one.school]: one
        for one in last_distances(atlas).series
        if one.measured and one.year_group in (None, first) and one.school in heirs
    }
    usable = [at for at in series if entry.enters[at] and entry.by_distance[at]]
    if not usable:
        return None
    points = entry.before.schools.metres[entry.before.school[usable]]
    middle = np.median(points, axis=0)
    away = np.hypot(*(points - middle).T)
    near = away <= _FURTHEST_M
    x, y = float(middle[0]), float(middle[1])
    market = market_around(entry, x, y, float(away[near].max()) + _BEYOND_M)
    rounds = simulate(market, assumed)
    there = {int(column): at for at, column in enumerate(market.column.tolist())}
    kept = [at for at, inside in zip(usable, near.tolist(), strict=True) if inside and at in there]
    found = np.array([there[at] for at in kept], dtype=np.int64)
    return compare(rounds, found, [series[at] for at in kept])


def _heirs(atlas: Atlas, columns: dict[int, int]) -> dict[int, int]:
    """The simulated school of each school with figures: itself, or the one it went on as."""
    from interurban.apps.schools.card.links import read_links

    links, schools = read_links(atlas), atlas.schools
    found = dict(columns)
    for place, at in columns.items():
        for one in links.forebears(schools.ids[place]):
            if (before := schools.index.get(one)) is not None:
                found.setdefault(before, at)
    return found


def compare(rounds: Rounds, schools: Indices, series: list[Series]) -> BackTest | None:
    """Hold draws against published figures.

    Parameters
    ----------
    schools: places in the market, one for each series.
    """
    if not series:
        return None
    low, middle, high = (row[schools] for row in rounds.quantiles(BAND))
    figures = [(at, one) for at, each in enumerate(series) for one in each.measured]
    at = np.array([one for one, _ in figures], dtype=np.int64)
    published = np.array([one.metres for _, one in figures])
    limited = np.isfinite(middle[at]) & (middle[at] > 0)
    inside = (low[at] <= published) & (published <= high[at])
    errors = np.full(len(published), np.nan)
    errors[limited] = np.log(published[limited] / middle[at][limited])
    wide = np.zeros(len(published), dtype=np.bool_)
    for school in np.unique(at).tolist():
        own = at == school
        others = errors[~own & limited]
        band = rounds.widened(others).quantiles(BAND)[:, schools[school]]
        wide[own] = (band[0] <= published[own]) & (published[own] <= band[-1])
    usual = np.array([np.median([one.metres for one in each.measured]) for each in series])
    both = np.isfinite(middle) & (middle > 0)
    before = [
        (old.metres, new.metres)
        for each in series
        for old, new in pairwise(each.measured)
        if new.year == old.year + 1
    ]
    return BackTest(
        years=tuple(sorted({one.year for _, one in figures})),
        schools=len(series),
        figures=len(figures),
        within=float(wide.mean()),
        compared=int(limited.sum()),
        factor=_factor(middle[at][limited], published[limited]),
        rank=_spearman(middle[both], usual[both]),
        year_before=_factor(np.array([old for old, _ in before]), np.array([n for _, n in before])),
        same_for_all=_factor(np.full(len(published), np.median(published)), published),
        in_draws=float(inside.mean()),
        errors=tuple(errors[limited].tolist()),
    )


def _factor(guess: Floats, published: Floats) -> float:
    """The middle of how many times too far or too near guesses are; 1 is exact."""
    there = (guess > 0) & (published > 0)
    if not there.any():
        return np.nan
    return float(np.exp(np.median(np.abs(np.log(guess[there] / published[there])))))


def _spearman(one: Floats, other: Floats) -> float:
    if len(one) < 3:
        return np.nan
    ranks = [np.argsort(np.argsort(values)).astype(np.float64) for values in (one, other)]
    return float(np.asarray(np.corrcoef(ranks))[0, 1])
