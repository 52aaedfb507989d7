"""Last distances offered: matched to schools, held against places in fixed words, drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from interurban.apps.schools.catchments import catchment
from interurban.apps.schools.locating import Located
from interurban.apps.schools.offers.document import (
    city_document,
    place_document,
    school_document,
)
from interurban.apps.schools.offers.last_distances import (
    Offer,
    Series,
    last_distances,
    rounding_of,
    series_of,
)
from interurban.apps.schools.offers.results import RESULTS, place_result
from interurban.apps.schools.offers.words import result_words, years_words
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.words import catchment_words
from interurban.catalog.node import Node
from tests.apps.schools.conftest import OpenAtlas, load

KING_ATHELSTAN, KINGS_OAK, CHRIST_CHURCH = "102579", "102582", "102586"
FORBIDDEN = ("entitled", "eligible", "eligibility", "guarantee")


@pytest.fixture(scope="module")
def london(atlas: OpenAtlas, schools_node: Node, shared_data: Path) -> Atlas:
    load(schools_node, shared_data, "london.school_links")
    return atlas("london")


def series(*offers: tuple[int, float, str], rounding: float = 0.5, apart: float = 0.0) -> Series:
    made = tuple(Offer(year, metres, status, "test.last") for year, metres, status in offers)
    return Series(0, "A School", 0, "distance", made, rounding, apart)


FOUR = series(
    (2013, 1_012, "measured"),
    (2014, 746, "measured"),
    (2015, 571, "measured"),
    (2016, 537, "measured"),
)


# Matching


def test_every_figure_of_kingston_is_of_a_school_or_listed_as_unmatched(london: Atlas) -> None:
    found = last_distances(london)
    figures = sum(len(one.offers) for one in found.series)
    assert figures + sum(one.figures for one in found.unmatched) == 109
    assert len(found.by_school) >= 34
    assert found.by_name == len(found.by_school), "the file has no ids"
    said = city_document(london)
    assert [one["name"] for one in said["unmatched"]] == [one.name for one in found.unmatched]


@pytest.mark.parametrize(
    ("stated", "school"),
    [
        ("King Athelstan Primary School", KING_ATHELSTAN),
        ("Maple Infant School", "102577"),
        ("St Mary's C of E Primary School", "102593"),
        ("St Paul's C of E Primary School", "102590"),
        ("St Paul's C of E Primary School, Kingston Hill", "102591"),
        ("Burlington Junior School", "102564"),
        ("Burlington Infant and Nursery School", "102565"),
        ("Alexandra Infant School", "102578"),
    ],
)
def test_names_are_found_as_authorities_spell_them(stated: str, school: str, london: Atlas) -> None:
    own = [one for one in last_distances(london).series if one.stated == stated]
    assert {london.schools.ids[one.school] for one in own} == {school}


def test_a_school_shows_the_figures_of_those_it_came_from(london: Atlas) -> None:
    heir = london.schools.index["147334"]
    own, earlier = series_of(london, heir)
    assert [name for _, name in earlier] == ["Robin Hood Primary School"]
    assert [one.latest.metres for one in own if one.latest is not None] == [1_538]


# One school


def test_king_athelstan_moved_by_tens_of_per_cent(london: Atlas) -> None:
    said = school_document(london, london.schools.index[KING_ATHELSTAN])
    (only,) = said["series"]
    assert [year["last_distance_m"] for year in only["years"]] == [1012, 746, 571, 537]
    assert [round(one["share"], 2) for one in only["moves"]] == [-0.26, -0.23, -0.06]
    assert (only["least_m"], only["most_m"], only["drawn"]) == (537, 1012, True)
    assert "537 m" in said["words"]


def test_a_doubtful_figure_is_shown_and_never_counts(london: Atlas) -> None:
    (only,), _ = series_of(london, london.schools.index[CHRIST_CHURCH])
    assert [one.status for one in only.offers] == ["measured", "measured", "doubtful"]
    assert only.latest is not None
    assert (only.latest.year, only.bounds) == (2015, (934.0, 1490.0))


def test_places_that_were_not_given_by_distance_say_so(london: Atlas) -> None:
    said = school_document(london, london.schools.index[KINGS_OAK])
    assert "no place was given by distance" in said["words"]
    assert said["series"][0]["latest"] is None


# A place


@pytest.mark.parametrize(
    ("metres", "exact", "result", "within"),
    [
        (300, 0, "within the last distance in every year", 4),
        (600, 0, "within the last distance in some years", 2),
        (2_000, 0, "within the last distance in no year", 0),
        (537.4, 0, "near the edge", 3),
        (536.4, 0, "within the last distance in every year", 4),
        (1_012.4, 0, "near the edge", 0),
        (571, 0, "within the last distance in some years", 2),
        (440, 100, "near the edge", 3),
        (np.nan, 0, "no data", 0),
    ],
)
def test_a_place_is_held_against_each_year(
    metres: float, exact: float, result: str, within: int
) -> None:
    found = place_result(FOUR, metres, exact)
    assert (found.result, found.within) == (result, within)
    assert found.result in RESULTS
    words = result_words(found)
    assert not any(word in words.lower() for word in FORBIDDEN)


def test_years_without_distance_and_doubtful_ones_are_not_counted() -> None:
    some = series(
        (2014, np.nan, "not by distance"), (2015, 900, "measured"), (2016, 90, "doubtful")
    )
    found = place_result(some, 500, 0)
    assert (found.result, found.within, found.of) == (RESULTS[0], 1, 1)
    assert [held for _, held in found.years] == ["not by distance", "within", "doubtful"]
    none = replace(some, offers=some.offers[:1])
    assert place_result(none, 500, 0).result == "places were not given by distance"
    doubtful = replace(some, offers=some.offers[2:])
    assert place_result(doubtful, 500, 0).result == "no data"


def test_the_answer_at_a_place_lists_the_nearest_schools_with_and_without_data(
    london: Atlas,
) -> None:
    stage = london.settings.stages[0]
    lon, lat = london.schools.lonlat[london.schools.index[KING_ATHELSTAN]]
    place = Located("a door", float(lon) + 0.004, float(lat), 0.0)
    said = place_document(london, place, stage, 40)
    by_id = {row["id"]: row for row in said["schools"]}
    assert by_id[KING_ATHELSTAN]["result"] == "within the last distance in every year"
    assert 200 < by_id[KING_ATHELSTAN]["distance_m"] < 350
    assert "no data" in {row["result"] for row in said["schools"]}
    away = [row["distance_m"] for row in said["schools"]]
    assert away == sorted(away)
    secondary = place_document(london, place, london.settings.stages[1], 5)
    assert {row["result"] for row in secondary["schools"]} == {"no data"}
    assert secondary["words"].startswith("No last distances of secondary schools")


def test_a_city_whose_places_are_not_given_by_distance_says_so(atlas: OpenAtlas) -> None:
    chicago = atlas("chicago")
    assert last_distances(chicago).series == ()
    said = city_document(chicago)
    assert said["words"].startswith("No last distances of Chicago")
    place = Located("a door", -87.7, 41.9, 0.0)
    found = place_document(chicago, place, chicago.settings.stages[0], 3)
    assert not found["by_distance"]
    assert found["words"].startswith("Not by distance here.")


# The map


def test_the_catchment_is_a_circle_as_wide_as_the_newest_last_distance(london: Atlas) -> None:
    flows = london.flows()
    school = london.schools.index[KING_ATHELSTAN]
    found = catchment(london, flows, school, "last", 100)
    assert found.shape is not None
    assert found.square_metres == pytest.approx(np.pi * 537**2, rel=2e-3)
    gate = shapely.Point(london.schools.metres[school])
    assert shapely.hausdorff_distance(found.shape.boundary, gate) == pytest.approx(537, rel=1e-3)
    assert np.isnan(found.coverage), "the flows are of another stage"
    assert "2016-17" in catchment_words(flows, found)
    without = catchment(london, flows, london.schools.index["100049"], "last", 100)
    assert without.shape is None
    assert catchment_words(flows, without).startswith("No last distance offered is known")


# What figures are exact to


@pytest.mark.parametrize(
    ("metres", "half"),
    [
        ((950, 1_090, 1_284), 0.5),
        ((900, 1_100), 50),
        ((1_000, 3_000), 500),
        ((0.25 * 1_609.344, 0.5 * 1_609.344, 0.125 * 1_609.344), 0.8),
        ((), 0),
    ],
)
def test_rounding_is_half_the_last_digit_of_all_figures(
    metres: tuple[float, ...], half: float
) -> None:
    assert rounding_of(metres) == pytest.approx(half, rel=0.01)


def test_years_are_told_as_people_write_them() -> None:
    assert years_words([2013, 2014, 2015]) == "2013 to 2015"
    assert years_words([2016, 2014]) == "2014 and 2016"
    assert years_words([2014]) == "2014"
    assert years_words([2013, 2014, 2020, 2022, 2021]) == "2013 to 2014 and 2020 to 2022"
