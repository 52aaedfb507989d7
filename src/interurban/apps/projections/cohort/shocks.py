"""The random state that all areas share: what may go otherwise than assumed, draw by draw.

National fertility, national mortality and international arrivals move together everywhere; each
area then departs from them by itself; and the levels of all flows of a year are those of one year
of the past, drawn once for all areas, so that arrivals, departures and neighbours stay correlated.

Every number comes from a stream of its own, named by the seed, the part, the year and the area. So
the draws of an area are the same whichever other areas, years or further draws are made with it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .axes import Floats, safe_divide
from .trends import Window

__all__ = ["NationalShocks", "Process", "Spread", "area_path", "flow_levels", "national_shocks"]

_FERTILITY, _MORTALITY, _INTERNATIONAL, _AREA_FERTILITY, _AREA_MORTALITY, _PAST = range(6)
_NATION = 0


@dataclass(frozen=True, slots=True)
class Process:
    """How the logarithm of a factor moves: ``x_y = keep x_{y-1} + drift + sd e_y``, from 0.

    Parameters
    ----------
    sd: standard deviation of a year's push.
    keep: 1 is a random walk, less is an AR(1) that returns.
    drift: a year's push that is certain.
    """

    sd: float
    keep: float = 1.0
    drift: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How uncertain each part is.

    The defaults are judgements of the size of the errors of past official projections, not
    estimates: a back-test scales them, and says when it could not.

    Parameters
    ----------
    flows: how much of the past years' departures from their mean the flows keep; 0 is none.
    block: consecutive past years that are drawn at once.
    """

    national_fertility: Process = Process(0.025)
    national_mortality: Process = Process(0.012)
    international: Process = Process(0.10, keep=0.8)
    area_fertility: Process = Process(0.015, keep=0.9)
    area_mortality: Process = Process(0.020, keep=0.8)
    flows: float = 1.0
    block: int = 3

    def scaled(self, by: float) -> Spread:
        """Every standard deviation, and the departures of the flows, times a factor."""

        def wider(process: Process) -> Process:
            return replace(process, sd=process.sd * by)

        return replace(
            self,
            national_fertility=wider(self.national_fertility),
            national_mortality=wider(self.national_mortality),
            international=wider(self.international),
            area_fertility=wider(self.area_fertility),
            area_mortality=wider(self.area_mortality),
            flows=self.flows * by,
        )


@dataclass(frozen=True, slots=True, eq=False)
class NationalShocks:
    """What all areas share.

    Parameters
    ----------
    fertility, mortality, international: factors, ``year x draw``.
    past: place of the past year whose flows hold, ``year x draw``.
    """

    fertility: Floats
    mortality: Floats
    international: Floats
    past: npt.NDArray[np.int64]


def national_shocks(
    spread: Spread, seed: int, years: Sequence[int], draws: int, past_years: int
) -> NationalShocks:
    """The shared state of every year and draw.

    Parameters
    ----------
    years: the years to come.
    past_years: how many years of flows were observed; blocks of them are drawn with replacement,
        and run on from the last to the first.

    Source: study of Witan, recipe for intervals (AR(1) or random walk on logs; block bootstrap).
    """

    def path(part: int, process: Process) -> Floats:
        return _path(process, seed, part, years, _NATION, draws)

    past = np.empty((len(years), draws), dtype=np.int64)
    start = np.zeros(draws, dtype=np.int64)
    for step, year in enumerate(years):
        within = step % spread.block
        if within == 0:
            start = _stream(seed, _PAST, year, _NATION).integers(0, past_years, draws)
        past[step] = (start + within) % past_years
    return NationalShocks(
        path(_FERTILITY, spread.national_fertility),
        path(_MORTALITY, spread.national_mortality),
        path(_INTERNATIONAL, spread.international),
        past,
    )


def area_path(
    spread: Spread, seed: int, years: Sequence[int], area: str, draws: int
) -> tuple[Floats, Floats]:
    """One area's own factors on fertility and on mortality, each ``year x draw``."""
    key = zlib.crc32(area.encode()) + 1
    return (
        _path(spread.area_fertility, seed, _AREA_FERTILITY, years, key, draws),
        _path(spread.area_mortality, seed, _AREA_MORTALITY, years, key, draws),
    )


def flow_levels(
    flows: Mapping[str, Floats],
    years: Sequence[int],
    windows: Mapping[str, Window],
    spread: Spread,
) -> dict[str, Floats]:
    """How high each flow of each area stood in each past year, against the mean of its window.

    Parameters
    ----------
    flows: people by the name of the flow, ``area x sex x age x year``.
    windows: of each flow, the years it is projected from.
    spread: its ``flows`` draws the levels towards 1, or apart.

    Returns
    -------
    Factors by the name of the flow, ``area x year``, not below 0; 1 where nobody moved.
    """
    levels = {}
    for name, people in flows.items():
        total = people.sum(axis=(1, 2))
        first, last = windows[name]
        usual = total[:, first - years[0] : last - years[0] + 1].mean(axis=1, keepdims=True)
        level = np.where(usual > 0, safe_divide(total, usual), 1.0)
        levels[name] = np.maximum(1.0 + spread.flows * (level - 1.0), 0.0)
    return levels


def _path(
    process: Process, seed: int, part: int, years: Sequence[int], area: int, draws: int
) -> Floats:
    path = np.empty((len(years), draws))
    now = np.zeros(draws)
    for step, year in enumerate(years):
        push = _stream(seed, part, year, area).standard_normal(draws)
        now = process.keep * now + process.drift + process.sd * push
        path[step] = now
    return np.asarray(np.exp(path, out=path))


def _stream(seed: int, part: int, year: int, area: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, part, year, area])))
