"""Rolls to come, by school and year group: cohorts move up, first year groups are filled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .capacity import place_pupils
from .drift import drift, drift_ahead
from .entry import Children, entrants, pools, school_shares, sum_of_regions
from .history import Flags, Rolls, last_group, running, usual_ends
from .progression import progression
from .trend import Floats

__all__ = ["Around", "Projection", "Settings", "project"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How the past is read.

    Parameters
    ----------
    years: moves from year to year that ratios and shares are taken from, the last ones.
    recent_ratios, recent_shares: whether later years weigh more (4, 3, 2, 1).
    mean_of_ratios: the mean of yearly ratios in place of the ratio of sums.
    shrinkage: pupils (``progression``).
    held: 0 to 1, the weight of the form in which each school holds its share of the city's year
        group, beside that in which its own cohorts move up.
    drift: 0 to 1, how much of the yearly growth of that share goes on, damped as the entry's trend.
    smoothing: alpha, beta and phi of the damped trend of the entry.
    grows: a school whose last year group moved up last year goes on to the end of its phase.
    by_area: the pools are those of the planning area, not of the city.
    """

    years: int = 4
    recent_ratios: bool = False
    recent_shares: bool = True
    mean_of_ratios: bool = False
    shrinkage: float = 50.0
    held: float = 0.8
    drift: float = 0.5
    smoothing: tuple[float, float, float] = (0.8, 0.5, 0.85)
    grows: bool = True
    by_area: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """What is known beside the rolls; all of it may be absent.

    Parameters
    ----------
    children: by region (planning areas in alphabetical order, or one: the city).
    transfer: area of origin x area of destination, shares; only where pools are by area.
    places: school x year group, infinite where there is no limit; with the tolerance in it.
    from_homes: area x year group x year ahead, pupils who move in with new homes in the year.
    entering: by year ahead, what the entrants are multiplied by.
    """

    children: Children | None = None
    transfer: Floats | None = None
    places: Floats | None = None
    from_homes: Floats | None = None
    entering: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Rolls to come.

    Parameters
    ----------
    open: by school, whether it had pupils in the last year; the others stay empty.
    pupils: school x year group x year ahead.
    unplaced: area x year group x year ahead, for whom no school of the area has room.
    without_school: area x year group x year ahead, from new homes where no school teaches them.
    """

    rolls: Rolls
    years: tuple[int, ...]
    open: Flags
    pupils: Floats
    unplaced: Floats
    without_school: Floats

    @property
    def totals(self) -> Floats:
        """Pupils by school and year ahead."""
        return np.asarray(self.pupils.sum(axis=1))


def project(
    rolls: Rolls, horizon: int, settings: Settings | None = None, around: Around | None = None
) -> Projection:
    """Project every school a number of years ahead.

    A year group of a school is either a *cohort*, the school's own year group below a year before
    times its progression ratio, or a *first* one, the school's share of the pool that its region
    takes it from (entrants, or the year group below of all schools). Beside it stands the school's
    last roll times the change of the city's year group (replacement form) and the damped drift of
    its share; ``held`` is its weight.

    Raises
    ------
    InvalidInput: the rolls are nothing to begin with (``Rolls.check``).

    Source: GLA School Roll Projections (shares, entry, cohorts, transfer, places, homes).
    """
    rolls.check()
    settings, around = settings or Settings(), around or Around()
    state = _State(rolls, horizon, settings, around)
    for year in range(horizon):
        state.advance(year)
    years = tuple(rolls.years[-1] + h for h in range(1, horizon + 1))
    is_open = rolls.totals[:, -1] > 0
    return Projection(rolls, years, is_open, state.out, state.unplaced, state.without_school)


class _State:
    """Pupils on their way from year to year."""

    def __init__(self, rolls: Rolls, horizon: int, settings: Settings, around: Around) -> None:
        self.settings, self.around = settings, around
        self.last = rolls.pupils[:, :, -1]
        names, self.area = rolls.places_of_areas()
        self.areas = len(names)
        self.region = self.area if settings.by_area else np.zeros_like(self.area)
        self.regions = self.areas if settings.by_area else 1
        self.transfer = around.transfer if settings.by_area else None
        itself = running(rolls.pupils)
        self.ratios = progression(
            rolls.pupils, itself, settings.years, recent=settings.recent_ratios,
            mean_of_ratios=settings.mean_of_ratios, shrinkage=settings.shrinkage,
        )  # fmt: skip
        self.shares = school_shares(
            rolls, itself, self.region, self.regions, settings.years,
            recent=settings.recent_shares, transfer=self.transfer,
        )  # fmt: skip
        entered = sum_of_regions(rolls.pupils[:, 0], self.region, self.regions)
        self.entering = entrants(
            entered, rolls.years, horizon, around.children,
            ratio_years=settings.years, smoothing=settings.smoothing,
        )  # fmt: skip
        if around.entering is not None:
            self.entering = self.entering * around.entering
        self.taught = self.last > 0
        self.first = self.taught.copy()
        self.first[:, 1:] &= ~self.taught[:, :-1]
        self.drift = drift(rolls.pupils, itself)
        self.opening = _opening(rolls.pupils, itself, horizon) if settings.grows else None
        self.cohorts = self.last
        self.city = self.last.sum(axis=0)
        self.city_then = self.city
        self.homes = np.zeros((self.areas, self.last.shape[1]))
        self.out = np.zeros((*self.last.shape, horizon))
        self.unplaced = np.zeros((self.areas, self.last.shape[1], horizon))
        self.without_school = np.zeros_like(self.unplaced)

    def advance(self, year: int) -> None:
        """Move everyone up by a year."""
        if self.opening is not None:
            self.taught = self.taught | self.opening[:, :, year]
        entering = self.entering[:, year]
        feeding = sum_of_regions(self.cohorts, self.region, self.regions)
        first = self.shares * pools(entering, feeding, self.transfer)[self.region]
        moved = np.zeros_like(self.cohorts)
        moved[:, 1:] = self.ratios.schools * self.cohorts[:, :-1]
        moved = np.where(self.first, first, np.where(self.taught, moved, 0.0))
        pupils = self._with_share_held(moved, entering, year)
        pupils = self._with_homes(pupils, year)
        if self.around.places is not None:
            capped, self.unplaced[:, :, year] = place_pupils(
                pupils, self.around.places, self.area, self.areas
            )
            moved = moved * np.divide(capped, pupils, out=np.ones_like(pupils), where=pupils > 0)
            pupils = capped
        self.out[:, :, year] = pupils
        self.cohorts = moved

    def _with_share_held(self, moved: Floats, entering: Floats, year: int) -> Floats:
        """The cohorts beside the form in which every school holds its share of the city."""
        held, damping = self.settings.held, self.settings.smoothing[2]
        self.city = np.concatenate([[entering.sum()], self.ratios.everywhere * self.city[:-1]])
        drifted = self.last * drift_ahead(self.drift, self.settings.drift, damping, year)[:, None]
        change = np.divide(
            self.city, drifted.sum(axis=0), out=np.zeros_like(self.city), where=self.city_then > 0
        )
        both = (1.0 - held) * moved + held * drifted * change
        return np.where(self.last > 0, both, moved)

    def _with_homes(self, pupils: Floats, year: int) -> Floats:
        """Pupils of new homes, who move up too, at the schools of their area."""
        if self.around.from_homes is None:
            return pupils
        grown = np.zeros_like(self.homes)
        grown[:, 1:] = self.homes[:, :-1] * self.ratios.continuing
        self.homes = grown + self.around.from_homes[:, :, year]
        there = sum_of_regions(pupils, self.area, self.areas)
        self.without_school[:, :, year] = np.where(there > 0, 0.0, self.homes)
        more = np.divide(self.homes, there, out=np.zeros_like(there), where=there > 0)
        return np.asarray(pupils * (1.0 + more[self.area]))


def _opening(pupils: Floats, itself: Flags, horizon: int) -> Flags:
    """Year groups that schools which are growing open; school x year group x year ahead.

    A school grows whose last year group is one above that of a year before, and not yet an end
    that phases usually have; it opens one a year up to the next such end.
    """
    schools, groups, _ = pupils.shape
    now, before = (pupils[:, :, at] > 0 for at in (-1, -2))
    last, last_before = last_group(now), last_group(before)
    ends = np.array(usual_ends(now))
    growing = (last > last_before) & itself[:, -2] & (last_before >= 0) & ~np.isin(last, ends)
    following = np.searchsorted(ends, last)
    end = ends[np.minimum(following, len(ends) - 1)]
    opening = np.zeros((schools, groups, horizon), dtype=bool)
    rows = np.flatnonzero(growing)
    for year in range(horizon):
        new = last[rows] + year + 1
        may = new <= end[rows]
        opening[rows[may], new[may], year] = True
    return opening
