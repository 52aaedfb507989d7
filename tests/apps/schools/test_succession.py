"""Links between ids, and ids that stand for another school: on small cases made for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interurban.apps.schools.card.history import carried_on, changes, same_name
from interurban.apps.schools.card.links import Link, Links
from interurban.apps.schools.card.rolls import Rolls


def link(before: str, after: str, *, kind: str = "successor", done: bool = True) -> Link:
    return Link(before, after, "", "", kind, "closed", done, None, 2013, "c.links", 0)


_IDS = st.sampled_from("abcdef")


@given(st.lists(st.tuples(_IDS, _IDS), max_size=20), st.sets(_IDS), _IDS)
def test_heirs_are_open_schools_that_links_lead_to_however_they_go_round(
    pairs: list[tuple[str, str]], still: set[str], school: str
) -> None:
    links = Links(tuple(link(*pair) for pair in pairs))
    heirs = links.heirs(school, still.__contains__)
    assert set(heirs) <= still
    reached, grown = {school}, True
    while grown:
        more = {b for a, b in pairs if a in reached and a not in still}
        grown = not more <= reached
        reached |= more
    assert set(heirs) == reached & still


def test_many_schools_can_become_one_and_one_many() -> None:
    links = Links((link("a", "c"), link("b", "c"), link("c", "d"), link("c", "e")))
    assert links.heirs("a", {"d", "e"}.__contains__) == ("d", "e")
    assert [one.before for one in links.before("c")] == ["a", "b"]
    assert [one.after for one in links.after("c")] == ["d", "e"]


def test_a_zone_given_to_a_school_makes_it_no_heir() -> None:
    links = Links((link("a", "b", kind="zoned"),))
    assert links.heirs("a", {"b"}.__contains__) == ()


def test_a_proposal_counts_once_the_rolls_show_it_was_carried_out() -> None:
    links = Links((link("closed", "x", done=False), link("kept", "x", done=False)))
    seen = links.seen_in({"closed": 2012, "kept": 2020}, 2020, Links(()))
    assert [(one.before, one.done) for one in seen.rows] == [("closed", True), ("kept", False)]


def rolls(names: dict[str, list[str]], pupils: dict[str, list[list[float]]]) -> Rolls:
    ids = tuple(sorted(names))
    cube = np.array([pupils[one] for one in ids], dtype=np.float64)
    years = tuple(range(2010, 2010 + cube.shape[1]))
    called = np.array([names[one] for one in ids], dtype=object)
    return Rolls(ids, years, tuple(range(cube.shape[2])), cube, called, cube.sum(axis=2))


SAME = [[10.0, 10.0, 10.0]] * 3


def test_a_school_that_takes_another_ones_name_when_that_one_ends_has_its_id() -> None:
    found = changes(
        rolls(
            {"1": ["Hill", "Hill", "River"], "2": ["River School", "River School", ""]},
            {"1": SAME, "2": [*SAME[:2], [0.0, 0.0, 0.0]]},
        )
    )
    change = found["1"][0]
    assert (change.kind, change.year, change.others) == ("reused", 2012, ("2",))
    assert "had an id of its own until then (2)" in change.words()


def test_a_school_whose_pupils_go_is_another_one() -> None:
    leaving = [[10.0, 10.0, 10.0], [10.0, 10.0, 10.0], [40.0, 1.0, 1.0]]
    change = changes(rolls({"1": ["Hill", "Hill", "River"]}, {"1": leaving}))["1"][0]
    assert change.kind == "reused"
    assert change.carried == pytest.approx(0.1)


def test_a_new_name_with_the_same_pupils_is_a_new_name() -> None:
    change = changes(rolls({"1": ["Hill", "Hill", "River"]}, {"1": SAME}))["1"][0]
    assert change.kind == "renamed"


def test_years_without_pupils_are_said() -> None:
    gap = [[10.0, 10.0, 10.0], [0.0, 0.0, 0.0], [10.0, 10.0, 10.0]]
    change = changes(rolls({"1": ["Hill", "", "Hill"]}, {"1": gap}))["1"][0]
    assert (change.kind, change.year) == ("reopened", 2012)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Chgo Math/Sci Chtr", "Chicago Math & Science Charter High School"),
        ("ACT Chtr HS", "Academy of Communication & Tech Charter School"),
        ("Miñoso", "MINOSO ES"),
        ("L.E.A.R.N. Charter School - 7th Campus", "LEARN - 7"),
        ("Armstrong, L.", "Louis Armstrong Math & Science Elementary School"),
    ],
)
def test_short_forms_are_the_same_name(one: str, other: str) -> None:
    assert same_name(one, other)
    assert same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Samuel Gompers Fine Arts Options ES", "Jesse Owens Elementary Community Academy"),
        ("VOISE Academy High School", "Austin College and Career Academy High School"),
        ("Nicholas Copernicus Elementary School", "Anna R. Langford Community Academy"),
    ],
)
def test_words_for_kinds_of_school_do_not_make_one_name(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert not same_name(other, one)


@given(st.lists(st.floats(0, 500), min_size=3, max_size=8))
def test_a_cohort_that_moves_up_whole_carries_on_whole(groups: list[float]) -> None:
    before = np.array(groups)
    after = np.concatenate([[25.0], before[:-1]])
    carried = carried_on(before, after, tuple(range(len(groups))))
    assert np.isnan(carried) or carried == pytest.approx(1)
