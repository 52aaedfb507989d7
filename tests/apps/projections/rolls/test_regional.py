"""Areas as a whole: every ratio its own trend, entry from births."""

from __future__ import annotations

import numpy as np
import pytest

from interurban.apps.projections.rolls.entry import Children
from interurban.apps.projections.rolls.history import Rolls
from interurban.apps.projections.rolls.regional import project_regions, regional_back_test
from interurban.core.errors import InvalidInput

YEARS = tuple(range(2015, 2023))


def test_births_make_entrants_and_the_year_after_them() -> None:
    births = np.array([[100.0 + 10 * at for at in range(12)]])
    years = tuple(range(2014, 2026))
    at = {year: place for place, year in enumerate(years)}
    entered = [0.9 * births[0, at[year]] for year in YEARS]
    first = [0.8 * births[0, at[year - 1]] for year in YEARS]
    second = [first[0], *(0.95 * pupils for pupils in first[:-1])]
    pupils = np.array([[entered, first, second]])
    found = project_regions(pupils, YEARS, 3, Children(years, births, 4), draws=10)
    assert found.years == (2023, 2024, 2025)
    for place, year in enumerate(found.years):
        assert found.pupils[0, 0, place] == pytest.approx(0.9 * births[0, at[year]])
        assert found.pupils[0, 1, place] == pytest.approx(0.8 * births[0, at[year - 1]])
    assert found.pupils[0, 2, 1] == pytest.approx(0.95 * found.pupils[0, 1, 0])


def test_births_that_are_not_known_yet_follow_their_trend() -> None:
    births = Children(YEARS, np.full((1, 8), 100.0), 0)
    pupils = np.full((1, 2, 8), 90.0)
    assert np.allclose(project_regions(pupils, YEARS, 4, births, draws=5).pupils, 90.0)


def test_births_that_end_too_early_are_refused() -> None:
    births = Children(YEARS[:-2], np.full((1, 6), 100.0), 0)
    with pytest.raises(InvalidInput, match="do not reach the entrants of 2022"):
        project_regions(np.full((1, 2, 8), 90.0), YEARS, 4, births, draws=5)


def test_chicagos_year_groups_beat_the_mean_of_the_past_in_the_near_years(chicago: Rolls) -> None:
    rows = regional_back_test(chicago.pupils.sum(axis=0)[None], chicago.years)
    assert [row.years_ahead for row in rows] == list(range(1, 8))
    for row in rows[:3]:
        assert row.error < row.of_mean


def test_the_same_seed_gives_the_same_draws(chicago: Rolls) -> None:
    pupils = chicago.pupils.sum(axis=0)[None]
    first, again = (project_regions(pupils, chicago.years, 5, draws=20).pupils for _ in range(2))
    assert np.array_equal(first, again)
