"""Places are counted as the rule says, and what is not known is never 0, full or empty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interurban.apps.schools.places.rules import (
    BANDS,
    Rule,
    band_of,
    forms_of_entry,
    inputs_of,
    own_rule,
    places_of,
    utilisation_of,
)
from interurban.core.errors import BadRequest

ROOMS_2011 = Rule("2011", "2011", (0.8, 1.2), per_room=30.0, homeroom_share=0.769)
PUBLISHED = Rule("published", "Published", (0.8, 1.2))

NAN = float("nan")
_amounts = st.lists(
    st.one_of(st.sampled_from([NAN, 0.0]), st.floats(1, 4_000)), min_size=1, max_size=8
)


def test_chicagos_formula_counts_whole_homerooms() -> None:
    # Aldridge (26.5 classrooms, 600 places), Altgeld (41, 930) and Armstrong (12, 270), 2012-13.
    found = places_of(ROOMS_2011, np.full(3, NAN), np.array([26.5, 41.0, 12.0]))
    assert found.tolist() == [600, 930, 270]


def test_rooms_that_are_set_aside_make_no_places() -> None:
    rule = own_rule(ROOMS_2011, {"set_aside": 3.0})
    assert places_of(rule, np.array([NAN]), np.array([12.0])).tolist() == [180]
    assert "round down(0.769 x (classrooms - 3)) x 30" in rule.formula


def test_a_school_without_rooms_of_its_own_keeps_its_published_places() -> None:
    found = places_of(ROOMS_2011, np.array([247.0, 0.0, NAN]), np.array([0.0, 0.0, NAN]))
    assert found[0] == 247
    assert np.isnan(found[1:]).all(), "a published 0 is not known, and not full either"


def test_utilisation_is_rounded_to_whole_per_cent_as_its_publisher_does() -> None:
    # Cameron (835 of 1,050) is 79.5 % and published as efficient; Healy (1,372 of 1,140) is 120.35.
    utilisation = np.array([835 / 1050, 834 / 1050, 1372 / 1140, 1374 / 1140, NAN])
    assert band_of(ROOMS_2011, utilisation) == (
        "efficient", "under", "efficient", "over", "unknown",
    )  # fmt: skip


def test_a_part_of_a_form_that_is_missing_is_a_form_and_one_that_is_spare_is_none() -> None:
    pupils = np.array([421.0, 420.0, 210.0, 211.0, NAN])
    found = forms_of_entry(pupils, np.full(5, 420.0), 30, 7)
    assert found[:4].tolist() == [1, 0, -1, 0]
    assert np.isnan(found[4])


@pytest.mark.parametrize(
    ("given_numbers", "words"),
    [
        ({"room": 25.0}, "no number 'room'"),
        ({"per_room": 0.0}, "from 1 to 60"),
        ({"efficient_from": 1.3}, "more than it is efficient to"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(given_numbers: dict[str, float], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        own_rule(ROOMS_2011, given_numbers)


def test_a_rule_without_rooms_offers_no_rooms() -> None:
    assert [one.id for one in inputs_of(PUBLISHED)] == [
        "usable_share", "efficient_from", "efficient_to",
    ]  # fmt: skip
    half = own_rule(PUBLISHED, {"usable_share": 0.5})
    assert places_of(half, np.array([100.0]), np.array([NAN])).tolist() == [50]


@given(_amounts, st.sampled_from([ROOMS_2011, PUBLISHED]), st.data())
def test_whatever_is_known_nothing_is_infinite_and_the_unknown_stays_unknown(
    published: list[float], rule: Rule, data: st.DataObject
) -> None:
    count = len(published)
    same = st.lists(st.one_of(st.just(NAN), st.floats(0, 200)), min_size=count, max_size=count)
    rooms, pupils = np.array(data.draw(same)), np.array(data.draw(same))
    places = places_of(rule, np.array(published), rooms)
    assert ((places > 0) | np.isnan(places)).all()
    utilisation = utilisation_of(pupils, places)
    assert not np.isinf(utilisation).any()
    bands = band_of(rule, utilisation)
    assert set(bands) <= set(BANDS)
    for band, used, seen, there in zip(bands, utilisation, pupils, places, strict=True):
        assert (band == "unknown") == bool(np.isnan(used))
        assert np.isnan(used) == bool(np.isnan(seen) or np.isnan(there))


@given(st.floats(0, 3_000), st.integers(1, 3_000), st.integers(1, 40), st.integers(1, 13))
def test_the_forms_that_are_missing_are_just_enough(
    pupils: float, places: int, size: int, groups: int
) -> None:
    forms = float(forms_of_entry(np.array([pupils]), np.array([float(places)]), size, groups)[0])
    form = size * groups
    assert places + forms * form >= pupils - 1e-3
    assert places + (forms - 1) * form < pupils + 1e-3
