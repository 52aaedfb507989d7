"""Bands: the errors of projections from earlier years, met again by the schools of today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .history import Indices, Rolls
from .projection import Around, Projection, Settings, project
from .trend import Floats

__all__ = ["QUANTILES", "Errors", "draw_totals", "growth_beyond", "past_errors", "quantiles"]

QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)
"""Ends of the bands of 95 and 80 %, and the median between them."""

_SHORTEST = 4
"""Moves from year to year that a projection of the past is at least made from."""

_LONGEST = 5
"""Years ahead that errors are measured for; beyond, they grow as they have grown that far."""

_TESTED = 10
"""Years ahead that projections of the past are made for, so that the growth is tested too."""

_CLASSES = 5
_FEWEST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """How earlier projections from the same rolls came out.

    Parameters
    ----------
    origins: places (in ``Rolls.years``) of the years that were projected from.
    projections: one for each origin, of at least as many years as errors are measured for.
    error: origin x school x year ahead; log of pupils that came over pupils projected, not a number
        where a school was closed or the year has not come.
    base: origin x school; pupils in the year that was projected from.
    """

    origins: tuple[int, ...]
    projections: tuple[Projection, ...]
    error: Floats
    base: Floats

    def known_at(self, place: int, horizon: int) -> Errors:
        """Those whose years ahead had all come in a year, as far ahead as two origins allow.

        At most 5 years ahead; fewer where the past is short.
        """
        ahead = min(horizon, self.error.shape[2])
        while ahead > 1 and sum(o + ahead <= place for o in self.origins) < _FEWEST:
            ahead -= 1
        kept = [at for at, origin in enumerate(self.origins) if origin + ahead <= place]
        return Errors(
            tuple(self.origins[at] for at in kept),
            tuple(self.projections[at] for at in kept),
            self.error[kept][:, :, :ahead],
            self.base[kept],
        )


def past_errors(
    rolls: Rolls,
    horizon: int,
    settings: Settings,
    around: Around | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Errors:
    """Project from every earlier year as if the later ones had not been seen.

    Of what is known beside the rolls, children are taken as far as they were known in the year;
    places and new homes are not, for their past is not given.

    Parameters
    ----------
    horizon: years ahead; at most 5 are measured, at most 10 projected.
    watch: is told how many years are done, of how many; may raise to stop.
    """
    ahead = min(horizon, _LONGEST)
    last = len(rolls.years) - 1
    origins = tuple(range(_SHORTEST, last))
    totals = rolls.totals
    error = np.full((len(origins), len(rolls.schools), ahead), np.nan)
    projections = []
    for at, origin in enumerate(origins):
        year = rolls.years[origin]
        then = Around() if around is None else replace(
            around, places=None, from_homes=None, entering=None,
            children=None if around.children is None else around.children.until(year),
        )  # fmt: skip
        projection = project(rolls.until(year), min(horizon, _TESTED), settings, then)
        projections.append(projection)
        come = min(ahead, last - origin)
        came, said = totals[:, origin + 1 : origin + 1 + come], projection.totals[:, :come]
        there = (came > 0) & (said > 0)
        error[at, :, :come] = np.log(
            np.divide(came, said, out=np.ones_like(came), where=there),
            out=np.full_like(came, np.nan),
            where=there,
        )
        if watch is not None:
            watch(at + 1, len(origins))
    return Errors(origins, tuple(projections), error, totals[:, list(origins)].T)


def draw_totals(
    totals: Floats,
    base: Floats,
    errors: Errors,
    draws: int,
    random: np.random.Generator,
    *,
    either_way: bool = False,
) -> Floats:
    """Futures of the schools' totals; school x year ahead x draw.

    Every draw meets the years after one origin again: each school takes the path of errors of a
    school of its size then, so sums over schools keep what hit all of them. Without any origin
    there is no spread, and every draw is the projection.

    Parameters
    ----------
    totals: projected pupils, school x year ahead.
    base: pupils by school in the last year; the sizes are fifths of those of open schools.
    either_way: of sums over many schools. All schools together miss by a normal number of the size
        (root of the mean square) that they missed by together after the origins, to either side,
        and wider by ``t / z sqrt(1 + 1 / k)`` for ``k`` origins: a few years in a row missed the
        same way, and a turning point may go the other.

    Source: bands for sums, prediction interval of a mean of few (Student, 1908).
    """
    if not errors.origins:
        return np.asarray(np.repeat(totals[:, :, None], draws, axis=2))
    ahead, measured = totals.shape[1], errors.error.shape[2]
    edges = np.quantile(base[base > 0], np.linspace(0, 1, _CLASSES + 1)[1:-1])
    size_now = np.searchsorted(edges, base)
    met = random.integers(len(errors.origins), size=draws)
    path = np.zeros((len(base), measured, draws))
    for origin in range(len(errors.origins)):
        columns = np.flatnonzero(met == origin)
        full = np.flatnonzero(np.isfinite(errors.error[origin]).all(axis=1))
        if not columns.size or not full.size:
            continue
        size_then = np.searchsorted(edges, errors.base[origin, full])
        for size in range(_CLASSES):
            rows: Indices = np.flatnonzero((size_now == size) & (base > 0))
            donors = full[size_then == size] if (size_then == size).any() else full
            taken = donors[random.integers(len(donors), size=(len(rows), len(columns)))]
            path[np.ix_(rows, np.arange(measured), columns)] = np.moveaxis(
                errors.error[origin][taken], 2, 1
            )
    each = np.nanmedian(np.abs(errors.error), axis=(0, 1))
    drawn = np.asarray(totals[:, :, None] * np.exp(_beyond(path, ahead, each)))
    if not either_way:
        return drawn
    size = np.sqrt((_together(errors) ** 2).mean(axis=0)) * _of_few(len(errors.origins))
    together = size[:, None] * random.standard_normal(draws)
    missed = totals.sum(axis=0)[:, None] * np.exp(_beyond(together[None], ahead, size)[0])
    found = drawn.sum(axis=0)
    return np.asarray(drawn * np.divide(missed, found, out=np.ones_like(found), where=found > 0))


def growth_beyond(sizes: Floats, ahead: int) -> Floats:
    """By how much errors of the years after those measured are larger than the last measured.

    ``(h / k)^p`` for ``h`` years ahead after ``k`` measured; ``p`` is the slope of the log of their
    size on the log of the years: least squares, not below the 1/2 of chance that adds up nor above
    the 1 of a trend that is wrong. 1/2 where one year is measured.

    Parameters
    ----------
    sizes: (k,), of 1 to k years ahead.
    """
    measured = len(sizes)
    years = np.arange(1, measured + 1)
    power = 0.5
    if measured > 1 and (sizes > 0).all():
        power = float(np.clip(np.polyfit(np.log(years), np.log(sizes), 1)[0], 0.5, 1.0))
    return np.asarray((np.arange(measured + 1, ahead + 1) / measured) ** power)


def _beyond(path: Floats, ahead: int, sizes: Floats) -> Floats:
    """Paths over the years measured, and after them as errors have grown.

    Parameters
    ----------
    path: school x year measured x draw. sizes: of errors, by year measured.
    """
    measured = path.shape[1]
    growing = growth_beyond(sizes[:measured], ahead)
    beyond = path[:, -1:, :] * growing[None, :, None]
    return np.asarray(np.concatenate([path, beyond], axis=1)[:, :ahead])


def _together(errors: Errors) -> Floats:
    """Log of all pupils that came over all that were projected, at schools open in both years.

    Returns
    -------
    origin x year ahead.
    """
    out = np.zeros((len(errors.origins), errors.error.shape[2]))
    for at, projection in enumerate(errors.projections):
        said = projection.totals[:, : out.shape[1]]
        there = np.isfinite(errors.error[at])
        came = np.where(there, said * np.exp(np.where(there, errors.error[at], 0.0)), 0.0)
        total = np.where(there, said, 0.0).sum(axis=0)
        out[at] = np.log(
            np.divide(came.sum(axis=0), total, out=np.ones_like(total), where=total > 0)
        )
    return out


def _of_few(origins: int) -> float:
    """``t / z sqrt(1 + 1 / k)``, t the 97.5 % quantile of Student's distribution of k degrees.

    Source: Abramowitz and Stegun (1964), 26.7.5, the first two terms.
    """
    z = 1.96
    t = z + (z**3 + z) / (4 * origins) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * origins**2)
    return float(t / z * np.sqrt(1 + 1 / origins))


def quantiles(draws: Floats) -> Floats:
    """``QUANTILES`` over the last axis, which comes first."""
    return np.asarray(np.quantile(draws, QUANTILES, axis=-1))
