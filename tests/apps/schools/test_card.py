"""School cards of both cities: measures, years, succession, ids used again, similar schools."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from interurban.apps.schools.card.card import card_of
from interurban.apps.schools.card.compare import compared
from interurban.apps.schools.card.document import card_document
from interurban.apps.schools.card.measures import HIDDEN, Measure, mean, read_measures
from interurban.apps.schools.card.register import read_register
from interurban.apps.schools.card.settings import card_settings
from interurban.core.errors import BadRequest, NotFound

from .conftest import OpenAtlas
from .whole import whole_atlas, whole_home, whole_node

__all__ = ["whole_atlas", "whole_home", "whole_node"]

OWENS, GOMPERS_TOO, AUSTIN = "609932", "609943", "610518"
SOUTH_BANK, GIRLS = "139659", "100001"


def test_rolls_of_a_chicago_school_reach_from_2005_to_2025(whole_atlas: OpenAtlas) -> None:
    langford = dict(card_of(whole_atlas("chicago"), "609869").series)
    assert set(range(2005, 2026)) <= set(langford)
    assert (langford[2005], langford[2025]) == (496, 177)


def test_the_city_line_of_a_share_is_the_share_among_all_its_pupils(
    whole_atlas: OpenAtlas,
) -> None:
    atlas = whole_atlas("chicago")
    card = card_of(atlas, "609869")
    line = next(one for one in card.measures if one.measure.id == "low_income")
    table = atlas.table("chicago.school_profiles", ("school_id", "pupils", "low_income"))
    assert table is not None
    register = read_register(atlas)
    peers = register.peers(register.index["609869"])
    rows = [r for r in table.to_pylist() if peers[register.index[r["school_id"]]] and r["pupils"]]
    share = 100 * sum(r["low_income"] for r in rows) / sum(r["pupils"] for r in rows)
    assert line.city.value == pytest.approx(share)
    assert line.city.schools == len(rows)


def test_letters_for_hidden_numbers_are_said_and_never_0(whole_atlas: OpenAtlas) -> None:
    atlas = whole_atlas("london")
    card = card_of(atlas, GIRLS)
    by_id = {one.measure.id: one for one in card.measures}
    assert by_id["disadvantaged_pupils"].status == "not applicable"
    assert by_id["disadvantaged_pupils"].value is None
    register = read_register(atlas)
    measures = read_measures(atlas, card_settings(atlas.settings, atlas.node.packs), register)
    disadvantaged = next(one for one in measures if one.id == "disadvantaged_pupils")
    hidden = np.flatnonzero(disadvantaged.statuses == HIDDEN)
    assert len(hidden) == 9
    assert np.isnan(disadvantaged.values[hidden]).all()
    told = card_document(card_of(atlas, register.ids[hidden[0]]))["measures"]
    one = next(m for m in told if m["id"] == "disadvantaged_pupils")
    assert one["value"] is None
    assert one["status"] == "hidden"


def test_a_band_in_words_is_given_in_words(whole_atlas: OpenAtlas) -> None:
    told = card_document(card_of(whole_atlas("london"), SOUTH_BANK))["measures"]
    band = next(m for m in told if m["id"] == "progress_8_band")
    assert (band["value"], band["status"], band["words"]) == (None, "shown", "Well above average")


def test_every_measure_has_its_year_cohort_and_source(whole_atlas: OpenAtlas) -> None:
    for city, school in (("london", SOUTH_BANK), ("chicago", "609869")):
        for one in card_of(whole_atlas(city), school).measures:
            assert one.measure.year >= 2012
            assert one.measure.dataset.startswith(city)
            assert one.measure.cohort or one.measure.counted or not one.measure.unit


def test_a_card_has_no_overall_score(whole_atlas: OpenAtlas) -> None:
    told = json.dumps(card_document(card_of(whole_atlas("london"), SOUTH_BANK))).lower()
    for word in ("overall", "entitled", "eligible", "guaranteed", '"rank"'):
        assert word not in told


def test_an_old_number_is_said_to_be_old(whole_atlas: OpenAtlas) -> None:
    card = card_of(whole_atlas("chicago"), "609869")
    stale = {one.what: one for one in card.stale}
    assert stale["Places by the district's formula"].as_of == "2012-13"


def test_a_closed_school_has_a_card_that_leads_to_its_heir(whole_atlas: OpenAtlas) -> None:
    card = card_of(whole_atlas("chicago"), OWENS)
    assert not card.open
    assert [one for one, _ in card.heirs] == [GOMPERS_TOO]
    assert card.after[0].done
    assert "receiving" in card.after[0].said_kind
    assert card.similar == ()


def test_an_id_used_again_after_a_merger_is_seen_in_the_rolls(whole_atlas: OpenAtlas) -> None:
    atlas = whole_atlas("chicago")
    change = next(one for one in card_of(atlas, GOMPERS_TOO).changes if one.kind == "reused")
    assert (change.year, change.others) == (2014, (OWENS,))
    assert change.was.startswith("Samuel Gompers")
    austin = next(one for one in card_of(atlas, AUSTIN).changes if one.kind == "reused")
    assert austin.others == ("400018", "610501")
    reopened = card_of(atlas, "609693").changes
    assert [one.kind for one in reopened] == ["reopened"]


def test_what_was_said_of_the_school_before_is_not_on_the_card(whole_atlas: OpenAtlas) -> None:
    card = card_of(whole_atlas("chicago"), GOMPERS_TOO)
    assert "Level 3" not in {fact.value for fact in card.facts}
    assert all(one.measure.year >= 2014 for one in card.measures)
    assert any("had this id then" in one.why for one in card.stale)
    assert any("as Samuel Gompers" in one.why for one in card.stale)
    aldgate = card_of(whole_atlas("london"), "100000")
    assert "www.sirjohncassprimary.org" not in {fact.value for fact in aldgate.facts}
    assert any("Sir John Cass" in one.why for one in aldgate.stale)


def test_a_new_name_alone_is_no_other_school(whole_atlas: OpenAtlas) -> None:
    changes = card_of(whole_atlas("chicago"), "610203").changes
    assert [(one.kind, one.was, one.now) for one in changes] == [("renamed", "TONTI", "MONARCAS")]


def test_links_resolve_the_london_schools_of_2016_that_are_gone(whole_atlas: OpenAtlas) -> None:
    """181 URNs of the flows are not in today's register; one link resolves 92 of them."""
    atlas = whole_atlas("london")
    register = read_register(atlas)
    table = atlas.table("london.school_flows_2016", ("school_id",))
    assert table is not None
    gone = {one for one in table["school_id"].to_pylist() if not register.is_open(one)}
    assert len(gone) == 181
    resolved = {one for one in gone if register.links.heirs(one, register.is_open)}
    assert len(resolved) >= 92


def test_flows_under_the_id_of_a_school_before_are_found(whole_atlas: OpenAtlas) -> None:
    atlas = whole_atlas("london")
    register = read_register(atlas)
    table = atlas.table("london.school_flows_2016", ("school_id",))
    assert table is not None
    named = set(table["school_id"].to_pylist())
    gone = next(
        one
        for one in sorted(named)
        if not register.is_open(one) and register.links.heirs(one, register.is_open)
    )
    heir = register.links.heirs(gone, register.is_open)[0]
    card = card_of(atlas, heir)
    assert gone in {one for one, _, _ in card.flows_under}
    assert any(gone in note for note in card_document(card)["succession"]["notes"])


def test_compare_takes_one_to_six_schools_in_the_order_given(whole_atlas: OpenAtlas) -> None:
    atlas = whole_atlas("london")
    found = compared(atlas, [SOUTH_BANK, "100000", SOUTH_BANK])
    assert [card.id for card in found.cards] == [SOUTH_BANK, "100000"]
    assert {"free_school_meals", "progress_8_band"} <= set(found.measures)
    for wrong in ([], [str(100000 + n) for n in range(7)]):
        with pytest.raises(BadRequest, match="can't be compared"):
            compared(atlas, wrong)
    with pytest.raises(NotFound, match="no school 'nowhere'"):
        compared(atlas, ["nowhere"])


def test_similar_schools_are_open_of_the_same_stage_and_nearer_than_others(
    whole_atlas: OpenAtlas,
) -> None:
    atlas = whole_atlas("chicago")
    register = read_register(atlas)
    card = card_of(atlas, "609869")
    peers = register.peers(register.index["609869"])
    assert len(card.similar) == 10
    assert all(peers[register.index[one.id]] for one in card.similar)
    gaps = [one.gap for one in card.similar]
    assert gaps == sorted(gaps)
    assert "standard deviations" in card.method


_VALUES = arrays(np.float64, 12, elements=st.floats(0, 100))


@given(_VALUES, _VALUES, st.sets(st.integers(0, 11), max_size=11))
def test_hidden_numbers_are_in_no_mean(
    values: np.ndarray, weights: np.ndarray, hidden: set[int]
) -> None:
    statuses = np.full(12, "shown", dtype=object)
    statuses[list(hidden)] = HIDDEN
    values = np.where(statuses == HIDDEN, np.nan, values)
    words = np.full(12, "", dtype=object)
    measure = Measure("m", "M", "%", 2020, "", False, "d", values, statuses, words, weights + 1)
    everyone, others = np.ones(12, dtype=np.bool_), statuses != HIDDEN
    found, without = mean(measure, everyone), mean(measure, np.asarray(others))
    assert found.value == without.value
    assert found.hidden == len(hidden)
    scaled = mean(replace(measure, weights=7 * (weights + 1)), everyone)
    if found.value is not None and scaled.value is not None:
        assert scaled.value == pytest.approx(found.value)
        assert np.nanmin(values) - 1e-9 <= found.value <= np.nanmax(values) + 1e-9
