"""How far the bands can be trusted: fit to an earlier year, project, and look what came.

Every band is printed with what such a test of the same data found. Where the data hold too few
areas or too short a past, it says so, and nothing is called calibrated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .assumptions import Settings, assume
from .axes import FLOWS, Floats
from .ensemble import Ensemble, quantiles, simulate
from .history import History, National
from .migration import FlowRule
from .multiregional import RegionalSettings, assume_regions
from .regional_ensemble import regional_levels, simulate_regions
from .shocks import Spread, flow_levels
from .trends import Window

__all__ = [
    "ENOUGH",
    "TARGET",
    "BackTest",
    "Calibration",
    "Draw",
    "back_test",
    "calibrate",
    "draw_regions",
    "draw_single_areas",
    "settings_at",
    "spread_of_flows",
]

Draw = Callable[[History, Settings, Spread], Ensemble]
"""How a known past becomes draws of the years to come."""

TARGET = (0.75, 0.85)
"""How many of what came the band of 80 % is to hold."""

ENOUGH = (10, 3)
"""Areas and base years without which nothing is calibrated."""

_BAND_80, _BAND_95 = (0.1, 0.9), (0.025, 0.975)
_SHORTEST_WINDOW = 3
_SCALES = (0.125, 8.0)


@dataclass(frozen=True, slots=True, eq=False)
class BackTest:
    """What earlier projections of the people of each area would have come to.

    Parameters
    ----------
    base_years: last years that each projection knew.
    horizons: years ahead.
    error: projected (the middle of the draws) over observed, less 1,
        ``base year x horizon x area``; NaN after the end of the data.
    inside_80, inside_95: whether the band held what came, 1 or 0, of the same shape; NaN likewise.
    """

    base_years: tuple[int, ...]
    horizons: tuple[int, ...]
    error: Floats
    inside_80: Floats
    inside_95: Floats

    @property
    def cases(self) -> int:
        """How many comparisons there are."""
        return int((~np.isnan(self.error)).sum())

    @property
    def coverage_80(self) -> float:
        """Share of what came that the band of 80 % held; NaN without a case."""
        return _share(self.inside_80)

    @property
    def coverage_95(self) -> float:
        """Share of what came that the band of 95 % held; NaN without a case."""
        return _share(self.inside_95)

    def by_horizon(self) -> tuple[tuple[int, int, float, float, float], ...]:
        """Years ahead, cases, mean absolute error, and coverage of the two bands."""
        rows = []
        for at, horizon in enumerate(self.horizons):
            error = self.error[:, at]
            if (seen := error[~np.isnan(error)]).size:
                inside = (_share(self.inside_80[:, at]), _share(self.inside_95[:, at]))
                rows.append((horizon, seen.size, float(np.abs(seen).mean()), *inside))
        return tuple(rows)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The spread to use, and what is known of it.

    Parameters
    ----------
    spread: scaled where it was calibrated, else as given.
    scale: the factor on every standard deviation.
    calibrated: whether the band of 80 % held 75 to 85 % in a back-test with enough areas and years.
    test: the last back-test; ``None`` where the past is too short for any.
    sentence: what is printed beside the bands.
    """

    spread: Spread
    scale: float
    calibrated: bool
    test: BackTest | None
    sentence: str


def settings_at(settings: Settings, history: History, base_year: int, last_year: int) -> Settings:
    """The same choices as somebody would have made who knew nothing after a base year.

    Windows keep their length and end at the base year at the latest; where the data begin later
    they are shorter.
    """
    first_seen = history.first_flow

    def earlier(window: Window) -> Window:
        last = min(window[1], base_year)
        return max(last - (window[1] - window[0]), first_seen), last

    flows = {
        name: FlowRule(earlier(rule.window), rule.how, rule.multiplier)
        for name, rule in settings.flows.items()
    }
    return replace(
        settings,
        first_year=base_year + 1,
        last_year=last_year,
        fertility_base_year=min(settings.fertility_base_year, base_year),
        mortality_window=earlier(settings.mortality_window),
        flows=flows,
        fertility_multipliers=None,
        mortality_multipliers=None,
    )


def spread_of_flows(history: History, settings: Settings, spread: Spread) -> dict[str, Floats]:
    """The levels of the flows in the past years, against the windows of the settings."""
    windows = {name: settings.flows[name].window for name in FLOWS}
    return flow_levels(
        {name: history.flows[name] for name in FLOWS}, history.flow_years, windows, spread
    )


def draw_single_areas(national: National | None, *, draws: int, seed: int) -> Draw:
    """Draws of areas by themselves."""

    def draw(known: History, settings: Settings, spread: Spread) -> Ensemble:
        levels = spread_of_flows(known, settings, spread)
        assumed = assume(known, national, settings)
        return simulate(assumed, spread, levels, draws=draws, seed=seed)

    return draw


def draw_regions(
    between: Floats,
    national: National | None,
    chosen: RegionalSettings,
    *,
    draws: int,
    seed: int,
) -> Draw:
    """Draws of areas together.

    Parameters
    ----------
    between: people who moved, ``origin x destination x sex x age x year``, in the years of the
        whole history's flows.
    """

    def draw(known: History, settings: Settings, spread: Spread) -> Ensemble:
        moved = between[..., : len(known.flow_years)]
        windows = {name: rule.window for name, rule in settings.flows.items()}
        return simulate_regions(
            assume_regions(known, moved, national, replace(chosen, settings=settings)),
            spread,
            regional_levels(known, moved, windows, spread),
            draws=draws,
            seed=seed,
        )

    return draw


def back_test(
    history: History,
    settings: Settings,
    spread: Spread,
    draw: Draw,
    *,
    longest: int = 10,
    watch: Callable[[int, int], None] | None = None,
) -> BackTest | None:
    """Project from every earlier year that the data allow, and compare with what came.

    The ages of mothers are known for one year and are used throughout; the level of fertility is
    that of the base year.

    Parameters
    ----------
    longest: years ahead, at most.
    watch: is told how many base years are done, of how many; may raise to stop.

    Returns
    -------
    ``None`` where not even one earlier year can be fitted to.
    """
    last = history.population_years[-1]
    earliest = history.first_flow + _SHORTEST_WINDOW - 1
    bases = tuple(range(max(earliest, history.first_population + 1), last))
    if not bases:
        return None
    horizons = tuple(range(1, min(longest, last - bases[0]) + 1))
    shape = (len(bases), len(horizons), len(history.areas))
    error, inside_80, inside_95 = (np.full(shape, np.nan) for _ in range(3))
    for at, base in enumerate(bases):
        ahead = min(len(horizons), last - base)
        known = history.until(base)
        then = settings_at(settings, known, base, base + ahead)
        result = draw(known, then, spread)
        came = np.stack([history.people(year).sum(axis=(1, 2)) for year in result.years], axis=0)
        middle, band_80, band_95 = _compare(result, came)
        error[at, :ahead] = middle
        inside_80[at, :ahead] = band_80
        inside_95[at, :ahead] = band_95
        if watch is not None:
            watch(at + 1, len(bases))
    return BackTest(bases, horizons, error, inside_80, inside_95)


def calibrate(
    history: History,
    settings: Settings,
    spread: Spread,
    draw: Draw,
    *,
    rounds: int = 6,
    watch: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Scale the spread until the band of 80 % holds 75 to 85 % of what came.

    The scale is halved in on, between an eighth and eight times the given one, in logarithms.

    Parameters
    ----------
    rounds: scales that are tried beside the given one, at most.
    watch: is told in each round how many base years are done, of how many; may raise to stop.

    Source: study of Witan, recipe for intervals.
    """
    tested = back_test(history, settings, spread, draw, watch=watch)
    if tested is None:
        return Calibration(
            spread,
            1.0,
            False,
            None,
            "Not calibrated: the past is too short to project from an earlier year.",
        )
    areas, bases = len(history.areas), len(tested.base_years)
    if areas < ENOUGH[0] or bases < ENOUGH[1]:
        return Calibration(spread, 1.0, False, tested, _too_few(tested, areas))
    scale, (low, high) = 1.0, _SCALES
    for _ in range(rounds):
        if TARGET[0] <= tested.coverage_80 <= TARGET[1]:
            break
        low, high = (scale, high) if tested.coverage_80 < TARGET[0] else (low, scale)
        scale = float(np.sqrt(low * high))
        tested = back_test(history, settings, spread.scaled(scale), draw, watch=watch)
        assert tested is not None
    met = TARGET[0] <= tested.coverage_80 <= TARGET[1]
    return Calibration(spread.scaled(scale), scale, met, tested, _found(tested, areas, met, scale))


def _compare(result: Ensemble, came: Floats) -> tuple[Floats, Floats, Floats]:
    """Relative error of the middle, and whether the bands held what came, ``year x area``."""
    ends = quantiles(result.totals[0], (*_BAND_80, *_BAND_95, 0.5))

    def held(low: int, high: int) -> Floats:
        return ((ends[..., low] <= came) & (came <= ends[..., high])).astype(np.float64)

    return np.asarray(ends[..., 4] / came - 1.0), held(0, 1), held(2, 3)


def _share(inside: Floats) -> float:
    seen = inside[~np.isnan(inside)]
    return float(seen.mean()) if seen.size else float("nan")


def _measured(test: BackTest) -> str:
    return (
        f"in {test.cases:,} comparisons with what came (from {test.base_years[0]} to "
        f"{test.base_years[-1]}, up to {test.horizons[-1]} years ahead) the 80 % band held "
        f"{100 * test.coverage_80:.0f} % and the 95 % band {100 * test.coverage_95:.0f} %"
    )


def _too_few(test: BackTest, areas: int) -> str:
    return (
        f"Not calibrated: {_measured(test)}, but {_count(areas, 'area')} and "
        f"{_count(len(test.base_years), 'base year')} are too few to set the bands by; "
        f"{ENOUGH[0]} areas and {ENOUGH[1]} base years are the least."
    )


def _found(test: BackTest, areas: int, met: bool, scale: float) -> str:
    words = "Calibrated" if met else "Not calibrated"
    return (
        f"{words} on {areas} areas: {_measured(test)}, with the standard deviations taken times "
        f"{scale:.2f}."
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
