"""Simulated last distances held against the published ones, each year by the others.

The attraction of schools is fitted to the figures of all years but one, and that one is held
against what is simulated then: so far out is the simulation for a year that it has not seen. Of
schools that nothing is published of, it is as far out as it is without any fitting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from interurban.apps.schools.card.links import read_links
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Booleans, Floats, Indices

from .attraction import attracted, fitted_attraction
from .last_distances import Series, last_distance_datasets, last_distances
from .market import Entry, Market, entry_datasets, market_around
from .simulation import Assumed, Rounds, simulate, widened

__all__ = ["BAND", "BackTest", "Calibrated", "Figure", "calibrated", "compare"]

BAND = (0.05, 0.5, 0.95)
_BEYOND_M = 2_000.0
_FURTHEST_M = 9_000.0
"""Schools farther than this from the middle of those with figures are not fitted with them."""

_DRAWS = 40
"""Enough for a middle and a band that are held against some dozens of figures."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A published last distance, and what was simulated for its year; (draws,), metres."""

    school: int
    year: int
    metres: float
    draws: Floats


@dataclass(frozen=True, slots=True)
class BackTest:
    """What the comparison gave; NaN where there is nothing to compare.

    Parameters
    ----------
    figures: that were held against what was fitted to other years; years, schools: they are of.
    within: share of them inside the 5 to 95 % band, widened by the errors at other schools;
        ``in_draws``: inside that of the draws alone.
    compared: figures of schools at whose middle draw somebody is turned away.
    factor: the middle of how many times too far or too near the simulated middle is.
    rank: Spearman's correlation of simulated and published distances.
    year_before, other_years: the factor of two simple guesses: the figure of the year before, and
        the mean of those of the other years.
    errors: of the compared figures, logarithms of published over simulated distances.
    """

    years: tuple[int, ...]
    schools: int
    figures: int
    within: float
    in_draws: float
    compared: int
    factor: float
    rank: float
    year_before: float
    other_years: float
    errors: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Calibrated:
    """An entry whose schools are liked as published last distances tell, and how far that is out.

    Parameters
    ----------
    fitted: (m,), whether the attraction of a school was fitted.
    check: of fitted schools, each year by the others; ``None`` where no year can be left out.
    unfitted: of the same schools as the model alone has them; ``None`` without figures.
    """

    entry: Entry
    fitted: Booleans
    check: BackTest | None
    unfitted: BackTest | None


@dataclass(frozen=True, eq=False)
class _Published:
    """Schools of a market that figures are published of: places in it, and the figures of each."""

    market: Market
    schools: Indices
    series: tuple[Series, ...]

    def middles(self, without: int | None = None) -> Floats:
        """The geometric mean of each school's figures; NaN where no year is left; (schools,)."""
        found = [
            [one.metres for one in each.measured if one.year != without] for each in self.series
        ]
        return np.array([np.exp(np.mean(np.log(own))) if own else np.nan for own in found])

    def fitted(self, assumed: Assumed, without: int | None = None) -> Floats:
        """The attraction of all schools of the market, from the figures of all years but one."""
        middles = self.middles(without)
        there = np.isfinite(middles)
        return fitted_attraction(self.market, self.schools[there], middles[there], assumed)


def calibrated(atlas: Atlas, entry: Entry, assumed: Assumed) -> Calibrated:
    """An entry fitted to the published figures of its stage; as it is where there are none."""
    datasets = (*entry_datasets(atlas, entry.stage), *last_distance_datasets(atlas))
    # What is fitted must not change with how often, or from which number, somebody draws.
    own = replace(assumed, draws=_DRAWS, seed=Assumed().seed)
    return atlas.cached(
        f"calibrated entry to {entry.stage.id} {own}",
        datasets,
        lambda: _calibrated(atlas, entry, own),
    )


def _calibrated(atlas: Atlas, entry: Entry, assumed: Assumed) -> Calibrated:
    published = _published(atlas, entry)
    if published is None:
        return Calibrated(entry, np.zeros(len(entry.taught), dtype=np.bool_), None, None)
    attraction = np.ones(len(entry.taught))
    attraction[published.market.column] = published.fitted(assumed)
    fitted = np.zeros(len(entry.taught), dtype=np.bool_)
    fitted[published.market.column[published.schools]] = True
    return Calibrated(
        replace(entry, attraction=attraction),
        fitted,
        compare(_held_out(published, assumed), assumed.seed),
        compare(_figures(published, simulate(published.market, assumed)), assumed.seed),
    )


def _published(atlas: Atlas, entry: Entry) -> _Published | None:
    """The schools with figures of this entry that take by distance, and the homes around them."""
    first = entry.stage.year_groups[0]
    heirs = _heirs(atlas, entry)
    series = {
        heirs[one.school]: one
        for one in last_distances(atlas).series
        if one.year_group in (None, first)
        and one.school in heirs
        and all(figure.metres > 0 for figure in one.measured)
        and one.measured
    }
    usable = [at for at in series if entry.enters[at] and entry.by_distance[at]]
    if not usable:
        return None
    points = entry.before.schools.metres[entry.before.school[usable]]
    middle = np.median(points, axis=0)
    away = np.hypot(*(points - middle).T)
    near = away <= _FURTHEST_M
    radius = float(away[near].max()) + _BEYOND_M
    market = market_around(entry, float(middle[0]), float(middle[1]), radius)
    there = {int(column): at for at, column in enumerate(market.column.tolist())}
    kept = [at for at, inside in zip(usable, near.tolist(), strict=True) if inside and at in there]
    places = np.array([there[at] for at in kept], dtype=np.int64)
    return _Published(market, places, tuple(series[at] for at in kept))


def _heirs(atlas: Atlas, entry: Entry) -> dict[int, int]:
    """The simulated school of each school with figures: itself, or the one it went on as."""
    links, schools = read_links(atlas), atlas.schools
    found = {int(place): at for at, place in enumerate(entry.before.school.tolist())}
    for place, at in tuple(found.items()):
        for one in links.forebears(schools.ids[place]):
            if (before := schools.index.get(one)) is not None:
                found.setdefault(before, at)
    return found


def _held_out(published: _Published, assumed: Assumed) -> list[Figure]:
    """Every figure of a school with others, beside rounds fitted to all other years."""
    years = sorted({one.year for each in published.series for one in each.measured})
    found: list[Figure] = []
    for year in years if len(years) > 1 else ():
        known = np.isfinite(published.middles(year))
        market = attracted(published.market, published.fitted(assumed, year))
        held = _figures(published, simulate(market, assumed))
        found += [one for one in held if one.year == year and known[one.school]]
    return found


def _figures(published: _Published, rounds: Rounds) -> list[Figure]:
    """Every figure beside the same rounds."""
    return [
        Figure(at, one.year, one.metres, rounds.last_m[:, published.schools[at]])
        for at, each in enumerate(published.series)
        for one in each.measured
    ]


def compare(figures: Sequence[Figure], seed: int = 1) -> BackTest | None:
    """Hold draws against published figures; ``None`` without any.

    Parameters
    ----------
    seed: of the errors that bands are widened by.
    """
    if not figures:
        return None
    schools = np.array([one.school for one in figures])
    published = np.array([one.metres for one in figures])
    draws = np.column_stack([one.draws for one in figures])
    low, middle, high = np.quantile(draws, BAND, axis=0, method="inverted_cdf")
    limited = np.isfinite(middle) & (middle > 0)
    errors = np.full(len(figures), np.nan)
    errors[limited] = np.log(published[limited] / middle[limited])
    wide = np.zeros(len(figures), dtype=np.bool_)
    for school in np.unique(schools).tolist():
        own = schools == school
        band = widened(draws[:, own], errors[~own & limited], seed)
        least, _, most = np.quantile(band, BAND, axis=0, method="inverted_cdf")
        wide[own] = (least <= published[own]) & (published[own] <= most)
    known = {(one.school, one.year): one.metres for one in figures}
    before = np.array([known.get((one.school, one.year - 1), np.nan) for one in figures])
    others = np.array([_mean_of_others(known, one) for one in figures])
    return BackTest(
        years=tuple(sorted({one.year for one in figures})),
        schools=len(np.unique(schools)),
        figures=len(figures),
        within=float(wide.mean()),
        in_draws=float(((low <= published) & (published <= high)).mean()),
        compared=int(limited.sum()),
        factor=_factor(middle[limited], published[limited]),
        rank=_spearman(middle[limited], published[limited]),
        year_before=_factor(before, published),
        other_years=_factor(others, published),
        errors=tuple(errors[limited].tolist()),
    )


def _mean_of_others(known: dict[tuple[int, int], float], figure: Figure) -> float:
    rest = [m for (s, y), m in known.items() if s == figure.school and y != figure.year]
    return float(np.exp(np.mean(np.log(rest)))) if rest else np.nan


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
