"""Projections of the past beside what came: the form, the baselines, the bands, and Chicago."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from interurban.apps.projections.rolls.back_test import Row, back_test, secondary_from
from interurban.apps.projections.rolls.bands import draw_totals, past_errors, quantiles
from interurban.apps.projections.rolls.history import Rolls
from interurban.apps.projections.rolls.projection import Settings, project

from .conftest import by_hand

Found = dict[tuple[str, str, int], Row]

HELD_OUT = 2021
"""First school year of the window that no setting was chosen on."""


def lookup(rows: tuple[Row, ...]) -> Found:
    return {(row.subject, row.method, row.years_ahead): row for row in rows}


@pytest.fixture(scope="module")
def whole(chicago: Rolls) -> Found:
    return lookup(back_test(chicago))


@pytest.fixture(scope="module")
def held_out(chicago: Rolls) -> Found:
    return lookup(back_test(chicago, since=HELD_OUT))


def test_the_error_is_that_of_the_dfe() -> None:
    rolls = by_hand([[[100.0] * 6 + [80.0]], [[100.0] * 6 + [120.0]]])
    found = lookup(back_test(rolls, 1, since=2026))
    last = found["schools", "same as last year", 1]
    assert last.error == pytest.approx((20 + 20) / 200)
    assert last.bias == pytest.approx(0)
    assert found["entry year group", "same as last year", 1].error == pytest.approx(0)


def test_a_city_that_never_changes_has_no_error_and_its_bands_hold() -> None:
    rolls = by_hand([[[30.0] * 12, [27.0] * 12], [[60.0] * 12, [54.0] * 12]])
    for row in back_test(rolls, 3):
        assert row.error == pytest.approx(0, abs=1e-9), row
        assert row.bias == pytest.approx(0, abs=1e-9), row


def test_too_short_a_past_has_no_table_and_no_spread() -> None:
    rolls = by_hand([[[30.0, 31.0, 32.0]]])
    assert back_test(rolls) == ()
    errors = past_errors(rolls, 5, Settings())
    totals = project(rolls, 3).totals
    drawn = draw_totals(totals, rolls.totals[:, -1], errors, 7, np.random.default_rng(1))
    assert np.allclose(drawn, totals[:, :, None])


def test_a_projection_of_the_past_has_not_seen_what_came(chicago: Rolls) -> None:
    errors = past_errors(chicago, 5, Settings())
    at = errors.origins.index(10)
    direct = project(chicago.until(chicago.years[10]), 5)
    assert np.array_equal(errors.projections[at].pupils, direct.pupils)


def test_the_known_errors_of_a_year_have_all_come(chicago: Rolls) -> None:
    known = past_errors(chicago, 5, Settings()).known_at(12, 5)
    assert max(known.origins) + known.error.shape[2] <= 12


def test_secondary_begins_after_the_year_group_that_most_schools_end_with(chicago: Rolls) -> None:
    assert secondary_from(chicago) == 9


def test_chicagos_schools_are_better_than_the_same_as_last_year(
    whole: Found, held_out: Found
) -> None:
    for found in (whole, held_out):
        for ahead in range(1, 6):
            mine, same = (
                found["schools", method, ahead].error
                for method in ("projection", "same as last year")
            )
            assert mine < same, ahead
            assert mine < found["schools", "last ratio", ahead].error, ahead


def test_chicagos_schools_are_below_the_goal(whole: Found, held_out: Found) -> None:
    goal = {1: 0.055, 3: 0.121, 5: 0.179}
    for found in (whole, held_out):
        for ahead, most in goal.items():
            assert found["schools", "projection", ahead].error < most


def test_the_table_of_the_page_is_what_comes_out(whole: Found) -> None:
    written = {1: (0.054, 0.0), 3: (0.119, 0.002), 5: (0.168, 0.034)}
    for ahead, (error, bias) in written.items():
        row = whole["schools", "projection", ahead]
        assert (row.error, row.bias) == pytest.approx((error, bias), abs=0.0005)
        assert row.coverage_95 == pytest.approx(0.94, abs=0.006)
    same = [whole["schools", "same as last year", ahead].error for ahead in written]
    assert same == pytest.approx([0.062, 0.136, 0.198], abs=0.0005)


def test_chicagos_kindergarten_is_better_than_cohort_survival(
    whole: Found, held_out: Found
) -> None:
    survival = {1: 0.056, 3: 0.120, 5: 0.188}
    for ahead, error in survival.items():
        mean = whole["entry year group", "mean of three years", ahead]
        assert mean.error == pytest.approx(error, abs=0.0005)
        assert whole["entry year group", "projection", ahead].error < error
        assert held_out["entry year group", "projection", ahead].error < error


def test_the_bands_hold_as_many_schools_as_they_say(whole: Found, held_out: Found) -> None:
    for found in (whole, held_out):
        for ahead in range(1, 6):
            row = found["schools", "projection", ahead]
            assert 0.75 <= row.coverage_80 <= 0.85, ahead
            assert 0.90 <= row.coverage_95 <= 0.98, ahead


def test_the_bands_of_the_city_hold_as_the_page_says(whole: Found) -> None:
    held = {1: 14 / 15, 2: 13 / 14, 3: 11 / 13, 5: 9 / 11}
    for ahead, share in held.items():
        assert whole["planning areas", "projection", ahead].coverage_95 == pytest.approx(share)


def test_sums_meet_what_all_schools_missed_together_either_way(chicago: Rolls) -> None:
    projection = project(chicago, 5)
    known = past_errors(chicago, 5, Settings()).known_at(20, 5)
    drawn = draw_totals(
        projection.totals, chicago.totals[:, -1], known, 2_000, np.random.default_rng(50),
        either_way=True,
    )  # fmt: skip
    city = np.log(drawn.sum(axis=0) / projection.totals.sum(axis=0)[:, None])
    low, high = np.quantile(city, (0.025, 0.975), axis=1)
    assert low == pytest.approx(-high, rel=0.1), "as wide to both sides"
    assert (np.diff(high) > 0).all()
    missed = [
        np.abs(np.log(came / said))
        for origin, earlier in zip(known.origins, known.projections, strict=True)
        for said, came in [(earlier.totals[:, 0].sum(), chicago.totals[:, origin + 1].sum())]
    ]
    assert high[0] > np.quantile(missed, 0.9)


def test_bands_are_in_order_and_widen(chicago: Rolls) -> None:
    projection = project(chicago, 8)
    known = past_errors(chicago, 8, Settings()).known_at(20, 8)
    drawn = draw_totals(
        projection.totals, chicago.totals[:, -1], known, 200, np.random.default_rng(50)
    )
    ends = quantiles(drawn)
    assert (np.diff(ends, axis=0) >= 0).all()
    width = (ends[4] - ends[0]).sum(axis=0)
    assert (np.diff(width) > 0).all()
    again = draw_totals(
        projection.totals, chicago.totals[:, -1], known, 200, np.random.default_rng(50)
    )
    assert np.array_equal(drawn, again)


def test_secondary_rolls_a_year_ahead_are_as_good_as_boroughs_own(
    shared_data: Path, whole: Found, held_out: Found
) -> None:
    path = shared_data / "witan/schools/la_school_places_scorecards_london.csv"
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["new_la_code"].startswith("E09")]
    no_figure = ("", "NA", "Low", "z", "x", "c")
    errors = [abs(float(row["For_1_S"])) for row in rows if row["For_1_S"] not in no_figure]
    boroughs = float(np.mean(errors))
    assert boroughs == pytest.approx(0.0114, abs=0.0001)
    for found in (whole, held_out):
        assert found["secondary", "projection", 1].error <= boroughs
