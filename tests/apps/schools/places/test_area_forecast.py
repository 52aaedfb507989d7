"""Forecasts of whole areas: small ones by hand, and London's boroughs against what came."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.apps.schools.places.area_forecast import (
    AreaError,
    AreaSeries,
    back_test,
    by_births,
    combined,
    correction,
    forecast,
    own_growth,
    published,
    variants,
)
from interurban.apps.schools.places.outlook import outlook_of_city
from interurban.apps.schools.places.table import scorecard_of

from .conftest import OpenAtlas, said

NAN = np.nan
PRIMARY, SECONDARY = 0, 1
DFE_BAR = {PRIMARY: (0.015, 0.023), SECONDARY: (0.011, 0.024)}
"""London boroughs' own mean errors at 1 and 3 years (DfE scorecards), as the study states them."""


def series(pupils: list[list[float]], years: tuple[int, ...]) -> AreaSeries:
    """Areas with nothing known beside their pupils."""
    array = np.array(pupils)
    none = np.full_like(array, NAN)
    areas = tuple(f"a{at}" for at in range(len(array)))
    return AreaSeries(areas, years, array, none, 3, {}, none)


def test_growth_goes_on_and_fades_out() -> None:
    found = series([[100.0, 110.0]], (2020, 2021))
    assert own_growth(found, 1, 1)[0] == pytest.approx(110 * 1.1)
    assert own_growth(found, 1, 3)[0] == pytest.approx(110 * 1.1 ** (1 + 0.85 + 0.85**2))


def test_growth_over_several_years_is_that_of_one_and_replaces_what_was() -> None:
    found = series([[100.0, 121.0, 121.0]], (2018, 2020, 2021))
    assert own_growth(found, 1, 1)[0] == pytest.approx(121 * 1.1)
    assert own_growth(found, 2, 1)[0] == pytest.approx(121 * 1.1**0.2)


def test_a_published_forecast_is_taken_at_even_growth_and_less_what_such_were_off_by() -> None:
    plain = replace(
        series([[100.0, 100.0], [100.0, 100.0]], (2020, 2021)),
        expected=np.array([[NAN, 0.331], [NAN, 0.0]]),
        accuracy={1: np.array([[NAN, 0.04], [NAN, 0.0]]), 3: np.array([[NAN, 0.1], [NAN, 0.06]])},
    )
    assert published(plain, 1, 1)[0] == pytest.approx(110)
    # Three quarters the mean of all areas, one quarter the area's own; on the line between.
    assert correction(plain, 1, 1) == pytest.approx([0.025, 0.015])
    assert correction(plain, 1, 3) == pytest.approx([0.085, 0.075])
    assert correction(plain, 1, 2) == pytest.approx([0.055, 0.045])
    half = 0.5 * 100 + 0.5 * 110 / 1.025
    assert combined(plain, 1, 1)[0] == pytest.approx(half)


def test_a_published_forecast_fades_out_after_the_years_that_it_is_for() -> None:
    found = replace(series([[100.0, 100.0]], (2020, 2021)), expected=np.array([[NAN, 0.331]]))
    assert published(found, 1, 3)[0] == pytest.approx(133.1)
    assert published(found, 1, 5)[0] == pytest.approx(133.1 * 1.1 ** (0.85 + 0.85**2))


def test_variants_are_one_thing_alone_and_births_end_where_they_are_known() -> None:
    found = replace(
        series([[100.0, 110.0]], (2020, 2021)),
        births=np.array([[NAN, 1000.0]]),
        births_ahead=np.array([[900.0, NAN]]),
    )
    told = variants(found, 3)
    assert set(told) == {"own growth", "births", "same as last year"}, "nothing was published"
    assert told["births"][0] == pytest.approx([99.0, NAN, NAN], nan_ok=True)
    assert (told["same as last year"] == 110).all()
    assert told["own growth"][0, 0] == pytest.approx(110 * 1.1)


def test_growth_that_was_seen_long_ago_weighs_less() -> None:
    apart = replace(series([[100.0, 146.41]], (2017, 2021)), expected=np.array([[NAN, 0.0]]))
    assert combined(apart, 1, 1)[0] == pytest.approx(146.41 * (0.125 * 1.1 + 0.875))


def test_an_area_without_a_published_forecast_follows_its_own_growth() -> None:
    found = series([[100.0, 110.0]], (2020, 2021))
    assert combined(found, 1, 2) == pytest.approx(own_growth(found, 1, 2))


def test_births_keep_the_ratio_of_pupils_to_those_born_for_them() -> None:
    found = replace(series([[700.0, 650.0]], (2020, 2024)), births=np.array([[1000.0, 900.0]]))
    assert by_births(found, 0, 1)[0] == pytest.approx(630)


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(100, 50_000), min_size=4, max_size=4), min_size=9, max_size=12))
def test_bands_are_in_order_hold_the_forecast_and_never_narrow(pupils: list[list[float]]) -> None:
    found = series(pupils, (2019, 2022, 2023, 2024))
    found = replace(found, expected=np.zeros_like(found.pupils))
    to_come = forecast(found, 5)
    assert np.isfinite(to_come.bands).all()
    assert (np.diff(to_come.bands, axis=0) >= 0).all()
    assert np.allclose(to_come.bands[2], to_come.pupils)
    share = to_come.bands[4] / to_come.pupils
    assert (np.diff(share, axis=1) >= -1e-9 * share[:, :-1]).all()


def rows(atlas_of: OpenAtlas, stage: int) -> dict[tuple[str, int], AreaError]:
    atlas = atlas_of("london")
    card = scorecard_of(atlas, said(atlas), atlas.settings.stages[stage])
    assert card is not None
    return {(row.method, row.years_ahead): row for row in back_test(card.series)}


@pytest.mark.parametrize(
    ("stage", "written"),
    [
        (PRIMARY, {1: (0.0101, 66), 2: (0.0185, 33), 3: (0.0190, 64)}),
        (SECONDARY, {1: (0.0090, 64), 2: (0.0208, 32), 3: (0.0167, 64)}),
    ],
)
def test_londons_boroughs_are_below_the_bar(
    stage: int, written: dict[int, tuple[float, int]], atlas_of: OpenAtlas
) -> None:
    found = rows(atlas_of, stage)
    for ahead, (error, cases) in written.items():
        row = found["forecast", ahead]
        assert row.error == pytest.approx(error, abs=5e-5), "as on the page"
        assert row.cases == cases
        assert row.hindsight == (ahead == 3), "no two years with rolls are three years apart"
        assert 0.75 <= row.coverage_80 <= 0.85
        assert 0.90 <= row.coverage_95 <= 0.98
    one, three = DFE_BAR[stage]
    assert found["forecast", 1].error < one
    assert found["forecast", 2].error < three
    assert found["forecast", 3].error < three


@pytest.mark.parametrize("stage", [PRIMARY, SECONDARY])
def test_boroughs_are_nearer_than_simple_methods_and_their_own_forecasts(
    stage: int, atlas_of: OpenAtlas
) -> None:
    found = rows(atlas_of, stage)
    for ahead in (1, 2):
        mine = found["forecast", ahead].error
        assert mine < found["same as last year", ahead].error
        assert mine < found["published forecast", ahead].error
    told = found["published forecast, as its makers found", 3]
    assert found["forecast", 3].error < told.error


def test_the_errors_of_the_scorecard_are_read_as_its_makers_mean_them(atlas_of: OpenAtlas) -> None:
    told = {stage: rows(atlas_of, stage) for stage in (PRIMARY, SECONDARY)}
    method = "published forecast, as its makers found"
    assert told[PRIMARY][method, 1].error == pytest.approx(0.0112, abs=5e-5)
    assert told[PRIMARY][method, 3].error == pytest.approx(0.0255, abs=5e-5)
    assert told[SECONDARY][method, 1].error == pytest.approx(0.0114, abs=5e-5)


def test_births_beat_the_same_again_where_they_are_known_and_end_in_2015(
    atlas_of: OpenAtlas,
) -> None:
    found = rows(atlas_of, PRIMARY)
    births, same = found["births", 4], found["same as last year", 4]
    assert births.origins == same.origins == (2014, 2018)
    assert births.error == pytest.approx(0.0540, abs=5e-5)
    assert same.error == pytest.approx(0.0625, abs=5e-5)
    atlas = atlas_of("london")
    card = scorecard_of(atlas, said(atlas), atlas.settings.stages[PRIMARY])
    assert card is not None
    assert card.last_births == 2015


def test_the_rolls_of_six_years_are_read_and_england_is_not_a_borough(atlas_of: OpenAtlas) -> None:
    atlas = atlas_of("london")
    card = scorecard_of(atlas, said(atlas), atlas.settings.stages[PRIMARY])
    assert card is not None
    assert card.series.years == (2009, 2014, 2018, 2022, 2023, 2024)
    assert len(card.series.areas) == 33
    totals = np.nansum(card.series.pupils, axis=0)
    assert totals[1:].tolist() == [674_342, 701_051, 660_070, 646_879, 629_992]


def test_growth_alone_is_no_match_for_published_forecasts_three_years_ahead(
    atlas_of: OpenAtlas, shared_data: Path
) -> None:
    """The one pair of years that lie three apart: 2015-16 is in the Atlas's own matrix."""
    folder = shared_data / "schools" / "london"
    totals, boroughs = (
        {row["urn"]: row[column] for row in rows_of(folder / file)}
        for file, column in (
            ("flows_lsoa11_to_secondary_2016.csv.gz", "school_total"),
            ("schools_atlas_2016.csv.gz", "la_name"),
        )
    )
    then: dict[str, float] = {}
    for school, pupils in totals.items():
        then[boroughs[school]] = then.get(boroughs[school], 0.0) + float(pupils)
    atlas = atlas_of("london")
    card = scorecard_of(atlas, said(atlas), atlas.settings.stages[SECONDARY])
    assert card is not None
    at = {year: card.series.pupils[:, card.series.years.index(year)] for year in (2009, 2014, 2018)}
    of_2015 = np.array([then.get(name, NAN) for name in card.names])
    known = series(np.column_stack([at[2009], at[2014], of_2015]).tolist(), (2009, 2014, 2015))
    there = np.isfinite(at[2018]) & np.isfinite(of_2015)
    growth, same = (
        float(np.mean(np.abs(forecast / at[2018] - 1.0)[there]))
        for forecast in (own_growth(known, 2, 3), of_2015)
    )
    assert there.sum() == 32
    assert growth == pytest.approx(0.051, abs=0.001)
    assert same == pytest.approx(0.065, abs=0.001)


def rows_of(file: Path) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def test_what_cannot_be_tested_is_said(atlas_of: OpenAtlas) -> None:
    atlas = atlas_of("london")
    words = " ".join(outlook_of_city(atlas, said(atlas), atlas.settings.stages[PRIMARY]).words)
    assert "3 years ahead cannot be tested" in words
    assert "Births are known up to 2015" in words
