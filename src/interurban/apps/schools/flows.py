"""Both sides of a set of flows: the areas a school's pupils live in, and the schools of areas.

What is hidden stays hidden here: of a hidden number only its bounds are known, and a sum with a
hidden part is given by its bounds alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .reach import Reach, reach_of, tiers
from .subjects import Floats, Flows, Indices

__all__ = ["Hidden", "HomeAreas", "LocalSchools", "cell_limits", "home_areas", "local_schools"]


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is not shown of some pupils.

    Parameters
    ----------
    cells: how many numbers are hidden; ``None`` where the publisher left them out unmarked.
    at_least, at_most: pupils in them; ``at_most`` is ``None`` where nothing bounds it.
    """

    cells: int | None
    at_least: float
    at_most: float | None

    @property
    def none(self) -> bool:
        """Whether nothing is hidden."""
        # Modelled numbers are no whole ones, and their sums are exact to some digits only.
        return self.at_most is not None and self.at_most < 0.01


@dataclass(frozen=True, eq=False)
class HomeAreas:
    """Where the pupils of one school live, from the area with the most pupils on.

    Parameters
    ----------
    school: place among the schools of the flows.
    rows: (n,), rows of the flows: shown ones by pupils, then hidden ones by area.
    tiers: (n,), 50, 80 or 100 as ``reach.tiers``; 0 of a hidden row.
    share_of_school: (n,), of all its pupils, hidden ones among them; NaN where hidden or unknown.
    share_of_area: (n,), of all pupils of the area; NaN where hidden or unknown.
    metres: (n,), straight line from area to school; NaN without a place.
    total: all pupils of the school; NaN where nothing tells.
    shown: pupils in shown rows. homeless: pupils whose home area is not known.
    reach: of the shown pupils.
    """

    school: int
    rows: Indices
    tiers: Indices
    share_of_school: Floats
    share_of_area: Floats
    metres: Floats
    total: float
    shown: float
    homeless: float
    hidden: Hidden
    reach: Reach

    def areas_to(self, percent: int) -> int | None:
        """Fewest areas that hold a share of all pupils; ``None`` where the shown ones do not."""
        if np.isnan(self.total):
            return None
        reached = np.cumsum(np.nan_to_num(self.share_of_school))
        at = int(np.searchsorted(reached, percent / 100 - 1e-12))
        return at + 1 if at < len(reached) else None


@dataclass(frozen=True, eq=False)
class LocalSchools:
    """The schools that pupils of some areas go to, from the one with the most pupils on.

    Parameters
    ----------
    areas: places of the areas, each whole.
    schools: (n,), places of schools.
    pupils: (n,), NaN where some of it is hidden.
    low, high: (n,), bounds of each; with hidden rows left out by the publisher, ``high`` counts
        what they can hold.
    share: (n,), of all pupils of the areas; NaN where either is not known.
    metres: (n,), straight line to the school, the mean over the areas' shown pupils there, or
        over the areas where none is shown; NaN without a place.
    total: all pupils of the areas; NaN where nothing tells. shown: pupils in shown rows.
    """

    areas: Indices
    schools: Indices
    pupils: Floats
    low: Floats
    high: Floats
    share: Floats
    metres: Floats
    total: float
    shown: float
    hidden: Hidden


def home_areas(flows: Flows, school: int) -> HomeAreas:
    """Where the pupils of a school live.

    Parameters
    ----------
    school: its place among the schools.
    """
    rows = flows.of_school(school)
    # The most pupils first, hidden rows last; equal ones as their areas lie, which tells nothing.
    rows = rows[np.lexsort((flows.area[rows], -np.nan_to_num(flows.pupils[rows], nan=-1.0)))]
    pupils = flows.pupils[rows]
    shown, homeless = float(np.nansum(pupils)), float(flows.homeless[school])
    hidden, total = _hidden(flows, rows, float(flows.school_totals[school]), shown + homeless)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_school = pupils / (total if total > 0 else np.nan)
        areas = flows.area_totals[flows.area[rows]]
        of_area = pupils / np.where(areas > 0, areas, np.nan)
    metres = flows.straight_metres[rows]
    return HomeAreas(
        school=school,
        rows=rows,
        tiers=tiers(pupils, total if not np.isnan(total) else shown + homeless),
        share_of_school=of_school,
        share_of_area=of_area,
        metres=metres,
        total=total,
        shown=shown,
        homeless=homeless,
        hidden=hidden,
        reach=reach_of(metres, pupils),
    )


def local_schools(flows: Flows, areas: Sequence[int] | Indices) -> LocalSchools:
    """The schools that pupils of some areas go to.

    Only whole areas are summed, by the very numbers that each area shows by itself: two
    overlapping sets differ by nothing that was not shown before.

    Parameters
    ----------
    areas: their places; each counts once.
    """
    chosen = np.unique(np.asarray(areas, dtype=np.int64))
    parts = [flows.of_area(int(area)) for area in chosen]
    rows = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    schools, at = np.unique(flows.school[rows], return_inverse=True)
    counts = flows.pupils[rows]
    low = np.bincount(at, flows.low[rows], len(schools)).astype(np.float64)
    high = np.bincount(at, flows.high[rows], len(schools)).astype(np.float64)
    partly = np.bincount(at, np.isnan(counts), len(schools)) > 0
    pupils = np.where(partly, np.nan, low)
    bounds = [_area_hidden(flows, int(area)) for area in chosen]
    totals = flows.area_totals[chosen] if len(chosen) else np.empty(0)
    totals = np.array(
        [
            b.known if np.isnan(t) and not np.isnan(b.known) else t
            for t, b in zip(totals, bounds, strict=True)
        ]
    )
    total = float(totals.sum()) if len(totals) else 0.0
    if flows.dropped:
        high = high + _left_out(flows, chosen, schools, rows, at)
    shown = float(np.nansum(counts))
    order = np.lexsort((schools, -np.nan_to_num(pupils, nan=0.0), -low))
    return LocalSchools(
        areas=chosen,
        schools=schools[order],
        pupils=pupils[order],
        low=low[order],
        high=high[order],
        share=(pupils / total if total > 0 else np.full(len(pupils), np.nan))[order],
        metres=_metres(flows, schools, rows, at)[order],
        total=total,
        shown=shown,
        hidden=Hidden(
            cells=None if flows.dropped else int(np.isnan(counts).sum()),
            at_least=sum(b.hidden.at_least for b in bounds),
            at_most=_sum_or_none([b.hidden.at_most for b in bounds]),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Bounded:
    hidden: Hidden
    known: float


def _area_hidden(flows: Flows, area: int) -> _Bounded:
    rows = flows.of_area(area)
    shown = float(np.nansum(flows.pupils[rows]))
    hidden, total = _hidden(flows, rows, float(flows.area_totals[area]), shown)
    return _Bounded(hidden, total)


def _hidden(flows: Flows, rows: Indices, total: float, known: float) -> tuple[Hidden, float]:
    """What is hidden of some rows, and all pupils of them.

    Parameters
    ----------
    total: as stated; NaN where it is not.
    known: pupils that are shown, or known to have no home area.
    """
    unseen = rows[flows.hidden[rows]]
    cells = None if flows.dropped else len(unseen)
    if not np.isnan(total):
        rest = max(0.0, total - known)
        return Hidden(cells, rest, rest), total
    if flows.dropped:
        return Hidden(None, float(flows.low[unseen].sum()), None), np.nan
    low, high = float(flows.low[unseen].sum()), float(flows.high[unseen].sum())
    most = high if np.isfinite(high) else None
    return Hidden(cells, low, most), np.nan if len(unseen) else known


def cell_limits(flows: Flows) -> tuple[Floats, Floats]:
    """The most pupils that a pair which the publisher left out can hold.

    Returns
    -------
    (areas,): in one pair of each area, less than ``hidden_below`` and no more than the area has
    unseen. (schools,): in all such pairs of each school together; infinite without a total.
    """
    most = max(flows.hidden_below - 1.0, 0.0)
    of_area = np.fmin(most, _rest(flows.area_totals, flows.shown_by_area))
    return of_area, _rest(flows.school_totals, flows.shown_by_school + flows.homeless)


def _left_out(flows: Flows, areas: Indices, schools: Indices, rows: Indices, at: Indices) -> Floats:
    """The most pupils that rows which were left out can add to each school; (schools,)."""
    of_area, of_school = cell_limits(flows)
    with_row = np.bincount(at, of_area[flows.area[rows]], len(schools))
    every = float(of_area[areas].sum())
    return np.asarray(np.fmin(every - with_row, of_school[schools]), dtype=np.float64)


def _rest(totals: Floats, shown: Floats) -> Floats:
    """What the totals leave to be hidden; infinite where there is no total."""
    return np.where(np.isnan(totals), np.inf, np.maximum(totals - shown, 0.0))


def _metres(flows: Flows, schools: Indices, rows: Indices, at: Indices) -> Floats:
    """Mean straight line from the areas to each school; (schools,)."""
    far = flows.straight_metres[rows]
    # Where every number is hidden each area counts the same, so that the mean tells nothing.
    weights = np.where(np.isnan(far), 0.0, np.nan_to_num(flows.pupils[rows]))
    shown = np.bincount(at, weights, len(schools))
    weights = np.where(shown[at] > 0, weights, np.where(np.isnan(far), 0.0, 1.0))
    heavy = np.bincount(at, weights, len(schools))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.bincount(at, weights * np.nan_to_num(far), len(schools)) / heavy, dtype=np.float64
        )


def _sum_or_none(parts: Sequence[float | None]) -> float | None:
    return None if None in parts else float(sum(part for part in parts if part is not None))
