"""Bands of Chicago's community areas, made of schools' and the city's, hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from interurban.apps.projections.rolls.bands import draw_totals, past_errors, quantiles
from interurban.apps.projections.rolls.history import Rolls
from interurban.apps.projections.rolls.inputs import rolls_of
from interurban.apps.projections.rolls.projection import Settings
from interurban.apps.schools.places.forecasts import ENDS, Forecast, summed
from interurban.apps.schools.places.supply import supply_areas

from .conftest import OpenAtlas

AHEAD = (1, 3, 5)
SECONDARY = 9


@pytest.fixture(scope="module")
def rolls(atlas_of: OpenAtlas) -> Rolls:
    table = atlas_of("chicago").table("chicago.school_rolls")
    assert table is not None
    return rolls_of({"school_rolls": table}, {"entry_year_group": 0})


def test_a_school_alone_keeps_its_band_and_nothing_has_none() -> None:
    one = Forecast((2026,), np.array([[80.0], [90.0], [100.0], [120.0], [130.0]]))
    assert summed([one], one) is one
    assert summed([], one) is None


def test_what_is_common_adds_up_and_what_is_each_schools_own_does_not() -> None:
    school = Forecast((2026,), np.array([[80.0], [90.0], [100.0], [110.0], [120.0]]))
    city = Forecast((2026,), np.array([[880.0], [920.0], [1000.0], [1080.0], [1120.0]]))
    found = summed([school] * 4, city)
    assert found is not None
    # 95 %: 12 % of 400 is common; of each school's 20, sqrt(20^2 - 12^2) = 16 is its own.
    half = np.sqrt(48**2 + 4 * 16**2)
    assert found.ends[:, 0] == pytest.approx(
        [400 - half, 400 - np.sqrt(32**2 + 4 * 6**2), 400, 400 + np.sqrt(32**2 + 4 * 6**2),
         400 + half]
    )  # fmt: skip
    apart = summed([school] * 4)
    assert apart is not None
    assert apart.ends[0, 0] == 320, "without the city, ends are added up"


def test_the_bands_of_areas_hold_as_the_page_says(rolls: Rolls, atlas_of: OpenAtlas) -> None:
    atlas = atlas_of("chicago")
    known = atlas.schools.index
    lonlat = np.array(
        [
            atlas.schools.lonlat[known[school]] if school in known else (np.nan, np.nan)
            for school in rolls.schools
        ]
    )
    places = supply_areas(atlas, "chicago.community_areas", lonlat)
    high = rolls.pupils[:, SECONDARY:].sum(axis=(1, 2)) > rolls.pupils.sum(axis=(1, 2)) / 2
    errors = past_errors(rolls, 5, Settings())
    random = np.random.default_rng(1)
    held: dict[tuple[str, int], list[bool]] = {}
    for at, (origin, projection) in enumerate(zip(errors.origins, errors.projections, strict=True)):
        before = errors.known_at(origin, 5)
        if not before.origins:
            continue
        given = (projection.totals, errors.base[at], before, 150, random)
        schools = quantiles(draw_totals(*given))
        city = quantiles(draw_totals(*given, either_way=True).sum(axis=0, keepdims=True))[:, 0]
        years = tuple(range(schools.shape[2]))
        everywhere = Forecast(years, city)
        for ahead in AHEAD:
            if origin + ahead >= len(rolls.years) or ahead > len(years):
                continue
            came = rolls.totals[:, origin + ahead]
            stayed = (rolls.totals[:, origin] > 0) & (came > 0)
            for stage, part in (("elementary", ~high), ("high", high)):
                for area in range(len(places.ids)):
                    there = np.flatnonzero(stayed & part & (places.area == area))
                    if len(there) < 2:
                        continue
                    found = summed([Forecast(years, schools[:, s]) for s in there], everywhere)
                    assert found is not None
                    ends = dict(zip(ENDS, found.ends[:, ahead - 1], strict=True))
                    inside = ends["low95"] <= came[there].sum() <= ends["high95"]
                    held.setdefault((stage, ahead), []).append(inside)
    shares = {key: float(np.mean(found)) for key, found in held.items()}
    for ahead in AHEAD:
        assert 0.92 <= shares["elementary", ahead] <= 0.98
        assert 0.85 <= shares["high", ahead] <= 0.95
