"""Synthetic areas for the projections: their past and the nation's rates, made from formulas.

Nothing here was observed: deaths rise with age as Gompertz has it, births follow a bell, people
move most at 19 and in their twenties. Areas differ in size and by noise of a few per cent.
"""

from __future__ import annotations

import numpy as np

from interurban.apps.projections.cohort.assumptions import Settings
from interurban.apps.projections.cohort.axes import AGES, FLOWS, Floats, age_on
from interurban.apps.projections.cohort.history import History, National
from interurban.apps.projections.cohort.migration import FlowRule

__all__ = ["FIRST_YEAR", "moves", "nation", "past", "settings"]

FIRST_YEAR = 2015
_POPULATION, _FLOWS = range(2001, 2015), range(2002, 2015)
_AGE = np.array(AGES, dtype=float)


def past(areas: int, seed: int = 1) -> History:
    """The synthetic past of some areas, 2001 to 2014."""
    random = np.random.default_rng(seed)
    size = random.uniform(0.4, 1.6, (areas, 1, 1, 1))

    def noisy(shape: Floats, years: int) -> Floats:
        noise = random.normal(1.0, 0.03, (areas, 2, len(AGES), years))
        return np.maximum(shape[:, None] * size * noise, 0.0)

    people = noisy(3_000 / (1 + np.exp((_AGE - 78) / 7)), len(_POPULATION))
    exposed = age_on(people[..., :-1])
    young = np.exp(-(((_AGE - 19) / 2.5) ** 2)) + 0.6 * np.exp(-(((_AGE - 27) / 8) ** 2))
    flows = {
        name: noisy(level * young + 15, len(_FLOWS))
        for name, level in zip(FLOWS, (480, 470, 160, 120), strict=True)
    }
    mothers = people[:, 0, :, 11] * _bell()
    return History(
        areas=tuple(f"SYN{number:04}" for number in range(areas)),
        first_population=_POPULATION[0],
        first_flow=_FLOWS[0],
        population=people,
        births=noisy(np.full(len(AGES), 1_600.0), len(_FLOWS))[:, :, 0],
        deaths=exposed * _gompertz()[:, None],
        flows=flows,
        births_by_mother=mothers,
        mothers_women=people[:, 0, :, 11],
    )


def nation() -> National:
    """The synthetic nation's rates, 2001 to 2050: fewer births and deaths each year."""
    fall = 0.995 ** np.arange(50)
    bell = np.where((_AGE >= 15) & (_AGE <= 49), _bell(), np.nan)
    deaths = np.stack([_gompertz(), 1.2 * _gompertz()])
    return National(2001, 2001, fall[:, None] * bell, fall[:, None, None] ** 3 * deaths)


def settings(years: int = 25) -> Settings:
    """The original's defaults, over some years."""
    return Settings(
        first_year=FIRST_YEAR,
        last_year=FIRST_YEAR + years - 1,
        fertility_base_year=2014,
        mortality_window=(2010, 2014),
        flows={name: FlowRule((2003, 2014)) for name in FLOWS},
    )


def moves(history: History, share: float = 0.6, seed: int = 2) -> Floats:
    """Flows between the areas, a share of the departures, ``origin x destination x ...``."""
    random = np.random.default_rng(seed)
    pull = random.uniform(0.2, 1.0, (len(history.areas),) * 2)
    np.fill_diagonal(pull, 0.0)
    pull *= share / pull.sum(axis=1, keepdims=True)
    return np.asarray(pull[:, :, None, None, None] * history.flows["domestic_out"][:, None])


def _gompertz() -> Floats:
    return np.minimum(0.00003 * np.exp(0.098 * _AGE) + 0.0003, 0.9)


def _bell() -> Floats:
    fertile = (_AGE >= 15) & (_AGE <= 44)
    return np.where(fertile, 0.12 * np.exp(-(((_AGE - 30) / 6.5) ** 2)), 0.0)
