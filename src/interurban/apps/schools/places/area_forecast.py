"""Pupils of whole areas in the years ahead, from a few years' rolls and the areas' own forecasts.

Two forms are weighed against each other. One is the area's own growth, going on and fading out.
The other is the forecast that the area published, less what such forecasts were found to be off
by at the time: scorecards state the errors of earlier forecasts. Growth that was seen over one year
has half the weight, growth that was seen over n years 1 / (2 n): an old growth may have turned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from interurban.apps.schools.subjects import Floats

__all__ = [
    "METHODS",
    "USUAL",
    "AreaError",
    "AreaForecast",
    "AreaSeries",
    "Weights",
    "back_test",
    "forecast",
    "variants",
]

METHODS = ("forecast", "same as last year", "own growth", "published forecast", "births")
"""What is held against what came; the first is ours, ``published forecast`` the areas' own."""

_FEWEST = 8
_HELD = (0.8, 0.95)


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts for how much.

    Parameters
    ----------
    growth: how much of a year's growth is new: ``1 - (1 - growth)^n`` of one over n years.
    damping: phi, how much of the growth is left a year later.
    trend: weight of an area's own growth where it was seen over one year; over n years, this / n.
    own: weight of an area's own earlier errors beside the mean of all areas.
    """

    growth: float = 0.8
    damping: float = 0.85
    trend: float = 0.5
    own: float = 0.25


USUAL = Weights()


@dataclass(frozen=True, eq=False)
class AreaSeries:
    """What is known of areas, year by year.

    Parameters
    ----------
    years: school years with pupils, in order; they may lie apart.
    pupils: (areas, years), NaN where unknown.
    expected: (areas, years), the area's own forecast of that year as a share by which pupils will
        change; NaN without one.
    expected_ahead: years ahead that it is for.
    accuracy: by years ahead, (areas, years): errors, (forecast - actual) / actual, that were known
        in that year of forecasts for it; NaN without one.
    births: (areas, years), children born who are of school age in that year, as far as births were
        known in the last year with any; NaN without.
    births_ahead: (areas, k), the same of the k years after the last one; NaN where not all of them
        are known yet. ``None`` without births.
    """

    areas: tuple[str, ...]
    years: tuple[int, ...]
    pupils: Floats
    expected: Floats
    expected_ahead: int
    accuracy: Mapping[int, Floats]
    births: Floats
    births_ahead: Floats | None = None


@dataclass(frozen=True, eq=False)
class AreaForecast:
    """Pupils to come.

    Parameters
    ----------
    pupils: (areas, years ahead).
    bands: (5, areas, years ahead): ends of the bands of 95 and 80 %, and the median between.
    """

    years: tuple[int, ...]
    pupils: Floats
    bands: Floats


@dataclass(frozen=True, eq=False)
class AreaError:
    """How one method would have done.

    Parameters
    ----------
    error, bias: means over areas and origins of ``|forecast - actual| / actual`` and of
        ``(forecast - actual) / actual``.
    by_area: (areas,), mean absolute error; NaN where nothing could be compared.
    coverage_80, coverage_95: share of what came that bands made from the other areas held; NaN
        without bands.
    origins: school years that were projected from.
    hindsight: the correction was published only after the forecast was: an indication, no test.
    """

    method: str
    years_ahead: int
    error: float
    bias: float
    cases: int
    by_area: Floats
    origins: tuple[int, ...]
    coverage_80: float = np.nan
    coverage_95: float = np.nan
    hindsight: bool = False


# Forecasts


def own_growth(series: AreaSeries, at: int, ahead: int, weights: Weights = USUAL) -> Floats:
    """The damped trend of an area's pupils, as they were known in one year; (areas,).

    ``n exp(g (1 + phi + ... + phi^(h - 1)))``; ``g`` is the yearly log growth, each interval of
    ``n`` years replacing ``1 - 0.2^n`` of the one before.

    Parameters
    ----------
    at: place of the year in ``series.years``.
    """
    growth = np.zeros(len(series.areas))
    for place in range(1, at + 1):
        apart = series.years[place] - series.years[place - 1]
        before, after = series.pupils[:, place - 1], series.pupils[:, place]
        seen = _log_ratio(after, before) / apart
        new = 1.0 if place == 1 else 1.0 - (1.0 - weights.growth) ** apart
        growth = np.where(np.isfinite(seen), growth + new * (seen - growth), growth)
    return np.asarray(series.pupils[:, at] * np.exp(growth * _faded(ahead, weights.damping)))


def published(series: AreaSeries, at: int, ahead: int, weights: Weights = USUAL) -> Floats:
    """The forecast that areas published in a year, at even growth; (areas,), NaN without one.

    In the years after those that it is for, its growth of a year fades out as a trend's does.
    """
    share, last = series.expected[:, at], series.expected_ahead
    beyond = weights.damping * _faded(max(ahead - last, 0), weights.damping)
    return np.asarray(series.pupils[:, at] * (1.0 + share) ** ((min(ahead, last) + beyond) / last))


def _faded(ahead: int, damping: float) -> float:
    """How many years' growth is left of some: ``1 + phi + ... + phi^(h - 1)``."""
    return float((damping ** np.arange(ahead)).sum())


def correction(series: AreaSeries, at: int, ahead: int, weights: Weights = USUAL) -> Floats:
    """By what share published forecasts had come out too high by a year; (areas,).

    Three quarters the mean error of all areas' earlier forecasts, one quarter the area's own; for
    years ahead that no error is stated for, on the line between those that are. 0 without any.
    """
    stated = sorted(a for a, errors in series.accuracy.items() if np.isfinite(errors[:, at]).any())
    if not stated:
        return np.zeros(len(series.areas))
    means = [_drawn(series.accuracy[a][:, at], weights.own) for a in stated]
    off = [
        np.interp(ahead, stated, [mean[area] for mean in means]) for area in range(len(means[0]))
    ]
    return np.array(off)


def combined(series: AreaSeries, at: int, ahead: int, weights: Weights = USUAL) -> Floats:
    """Own growth and the corrected published forecast, weighed; either alone without the other."""
    trend = own_growth(series, at, ahead, weights)
    off = correction(series, at, ahead, weights)
    own = published(series, at, ahead, weights) / (1.0 + off)
    apart = series.years[at] - series.years[at - 1] if at else np.inf
    weight = weights.trend / apart
    both = weight * trend + (1.0 - weight) * own
    return np.where(np.isnan(own), trend, np.where(np.isnan(trend), own, both))


def by_births(series: AreaSeries, at: int, target: int) -> Floats:
    """Pupils in the ratio they had to the children born for them; (areas,).

    ``n(t) = n(o) births(t) / births(o)``, births of the years that pupils of the stage were born
    in. Source: GLA pan-London demand (participation held), and the DfE's SCAP guidance (births).
    """
    return _in_ratio(series, at, series.births[:, target])


def _in_ratio(series: AreaSeries, at: int, later: Floats) -> Floats:
    then = series.births[:, at]
    ready = (then > 0) & np.isfinite(later)
    ratio = np.divide(later, then, out=np.full(len(then), np.nan), where=ready)
    return np.asarray(series.pupils[:, at] * ratio)


def forecast(series: AreaSeries, horizon: int, weights: Weights = USUAL) -> AreaForecast:
    """Pupils of each area in the years after the last one, with bands.

    Bands are as wide to both sides: quantiles of the size of the log errors that ``back_test``
    finds, over all areas alike, and not narrower than those of a year before. For years ahead
    without any they are those of the nearest fewer years, grown in proportion to the years: what an
    area's own growth missed in the past grew at least as much.
    """
    at = len(series.years) - 1
    years = tuple(series.years[-1] + h for h in range(1, horizon + 1))
    ahead = range(1, horizon + 1)
    pupils = np.column_stack([combined(series, at, h, weights) for h in ahead])
    half = np.zeros((2, horizon))
    found = {h: np.abs(_all(_log_errors(series, h, weights))) for h in ahead}
    known = [h for h, errors in found.items() if len(errors) >= _FEWEST]
    for h in ahead:
        nearest = max((one for one in known if one <= h), default=min(known, default=0))
        if nearest:
            half[:, h - 1] = np.quantile(found[nearest], _HELD) * max(1.0, h / nearest)
    half = np.maximum.accumulate(half, axis=1)
    factor = np.exp(np.stack([-half[1], -half[0], np.zeros(horizon), half[0], half[1]]))
    return AreaForecast(years, pupils, factor[:, None, :] * pupils[None])


def variants(series: AreaSeries, horizon: int, weights: Weights = USUAL) -> dict[str, Floats]:
    """Pupils to come if one thing alone counted; (areas, years ahead) by what it is.

    NaN where it tells nothing of a year: births, as far as all of the pupils are born and known.
    Variants without any number are left out.
    """
    at, ahead = len(series.years) - 1, range(1, horizon + 1)
    none = np.full(len(series.areas), np.nan)
    born = series.births_ahead
    known = 0 if born is None else born.shape[1]
    found = {
        "own growth": [own_growth(series, at, h, weights) for h in ahead],
        "published forecast": [published(series, at, h, weights) for h in ahead],
        "births": [
            none if born is None or h > known else _in_ratio(series, at, born[:, h - 1])
            for h in ahead
        ],
        "same as last year": [series.pupils[:, at] for _ in ahead],
    }
    made = {name: np.column_stack(columns) for name, columns in found.items()}
    return {name: numbers for name, numbers in made.items() if np.isfinite(numbers).any()}


# What came


def back_test(series: AreaSeries, weights: Weights = USUAL) -> tuple[AreaError, ...]:
    """Forecasts from every year that has later ones, held against what came.

    Where the areas published how their own forecasts for a year came out, those are rows too, as
    published; and, for years ahead that no pair of years is apart by, the same with the correction
    that an edition before the one of the year stated (``hindsight``).
    """
    rows: list[AreaError] = []
    for ahead in sorted({b - a for a in series.years for b in series.years if b > a}):
        pairs = _pairs(series, ahead)
        for method in METHODS:
            found = {
                a: _error(_said(series, method, a, b, weights), series.pupils[:, b])
                for a, b in pairs
            }
            there = {a: e for a, e in found.items() if np.isfinite(e).sum() >= _FEWEST}
            if method == "forecast":
                there = {a: e for a, e in there.items() if np.isfinite(series.expected[:, a]).any()}
            if there:
                rows.append(_row(series, method, ahead, there, weights))
    for ahead, stated in sorted(series.accuracy.items()):
        told = {at: stated[:, at] for at in range(len(series.years))}
        told = {at: e for at, e in told.items() if np.isfinite(e).any()}
        if told:
            made = "published forecast, as its makers found"
            rows.append(_row(series, made, ahead, told, weights))
        later = _in_hindsight(series, ahead, weights)
        if later and not any(r.method == "forecast" and r.years_ahead == ahead for r in rows):
            rows.append(_row(series, "forecast", ahead, later, weights, hindsight=True))
    order = {method: place for place, method in enumerate(METHODS)}
    return tuple(sorted(rows, key=lambda row: (row.years_ahead, order.get(row.method, 9))))


def _pairs(series: AreaSeries, ahead: int) -> list[tuple[int, int]]:
    places = range(len(series.years))
    return [(a, b) for a in places for b in places if series.years[b] - series.years[a] == ahead]


def _said(series: AreaSeries, method: str, at: int, target: int, weights: Weights) -> Floats:
    ahead = series.years[target] - series.years[at]
    if method == "forecast":
        return combined(series, at, ahead, weights)
    if method == "own growth":
        none = np.full(len(series.areas), np.nan)
        return own_growth(series, at, ahead, weights) if at else none
    if method == "published forecast":
        return published(series, at, ahead, weights)
    return by_births(series, at, target) if method == "births" else series.pupils[:, at]


def _in_hindsight(series: AreaSeries, ahead: int, weights: Weights) -> dict[int, Floats]:
    """Published forecasts less the errors of the edition before, which were told only later."""
    stated = series.accuracy[ahead]
    there = [at for at in range(len(series.years)) if np.isfinite(stated[:, at]).any()]
    return {
        at: (1.0 + stated[:, at]) / (1.0 + _drawn(stated[:, before], weights.own)) - 1.0
        for before, at in pairwise(there)
    }


def _log_errors(series: AreaSeries, ahead: int, weights: Weights) -> dict[int, Floats]:
    """Log of what came over what was said, by origin; of hindsight where nothing else is."""
    found = {
        a: _log_ratio(series.pupils[:, b], combined(series, a, ahead, weights))
        for a, b in _pairs(series, ahead)
        if np.isfinite(series.expected[:, a]).any()
    }
    if not found and ahead in series.accuracy:
        later = _in_hindsight(series, ahead, weights)
        return {at: -np.log1p(error) for at, error in later.items()}
    return found


def _row(
    series: AreaSeries,
    method: str,
    ahead: int,
    errors: dict[int, Floats],
    weights: Weights,
    *,
    hindsight: bool = False,
) -> AreaError:
    every = np.column_stack(list(errors.values()))
    known = np.isfinite(every)
    by_area = np.where(
        known.any(axis=1),
        np.nansum(np.abs(every), axis=1) / np.maximum(known.sum(axis=1), 1),
        np.nan,
    )
    held = _held_out(series, ahead, weights) if method == "forecast" else (np.nan, np.nan)
    back = ahead if hindsight else 0
    return AreaError(
        method=method,
        years_ahead=ahead,
        error=float(np.nanmean(np.abs(every))),
        bias=float(np.nanmean(every)),
        cases=int(known.sum()),
        by_area=by_area,
        origins=tuple(series.years[at] - back for at in errors),
        coverage_80=held[0],
        coverage_95=held[1],
        hindsight=hindsight,
    )


def _held_out(series: AreaSeries, ahead: int, weights: Weights) -> tuple[float, float]:
    """Share of each area's errors that bands made of all other areas' errors held."""
    errors = np.abs(np.column_stack(list(_log_errors(series, ahead, weights).values())))
    held = np.zeros(2)
    count = 0
    for area in range(len(errors)):
        own = errors[area][np.isfinite(errors[area])]
        others = _all({0: np.delete(errors, area, axis=0)})
        if not len(own) or len(others) < _FEWEST:
            continue
        held += [(own <= end).sum() for end in np.quantile(others, _HELD)]
        count += len(own)
    return (float(held[0]) / count, float(held[1]) / count) if count else (np.nan, np.nan)


def _all(errors: Mapping[int, Floats]) -> Floats:
    every = np.concatenate([one.ravel() for one in errors.values()]) if errors else np.zeros(0)
    return np.asarray(every[np.isfinite(every)])


def _drawn(errors: Floats, own: float) -> Floats:
    """Errors of areas drawn towards the mean of all."""
    mean = float(np.nanmean(errors))
    return np.where(np.isfinite(errors), (1.0 - own) * mean + own * errors, mean)


def _error(said: Floats, came: Floats) -> Floats:
    ready = (came > 0) & np.isfinite(said)
    return np.asarray(np.divide(said - came, came, out=np.full(len(came), np.nan), where=ready))


def _log_ratio(over: Floats, under: Floats) -> Floats:
    ready = (over > 0) & (under > 0)
    ratio = np.divide(over, under, out=np.ones_like(over), where=ready)
    return np.where(ready, np.log(ratio), np.nan)
