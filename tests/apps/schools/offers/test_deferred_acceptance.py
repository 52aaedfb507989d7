"""Deferred acceptance against every stable matching of small cases, found by trying all of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.apps.schools.offers.deferred_acceptance import deferred_acceptance
from interurban.apps.schools.subjects import Floats, Indices

Case = tuple[Indices, Floats, Indices]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Up to five children and three schools, lists of any length, any order at each school."""
    children, schools = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    choices = np.full((children, schools), -1)
    scores = np.zeros((children, schools))
    orders = [draw(st.permutations(range(children))) for _ in range(schools)]
    for child in range(children):
        listed = draw(st.permutations(range(schools)))[: draw(st.integers(0, schools))]
        choices[child, : len(listed)] = listed
        scores[child, : len(listed)] = [orders[s].index(child) / 10 for s in listed]
    places = np.array([draw(st.integers(0, children)) for _ in range(schools)])
    return choices, scores, places


def stable_matchings(case: Case) -> list[tuple[int, ...]]:
    """Every stable matching, as the place in its own list at which each child is taken."""
    choices, _, places = case
    children, length = choices.shape
    own = [[-1, *np.flatnonzero(choices[child] >= 0).tolist()] for child in range(children)]
    found = []
    for taken in product(*own):
        at = [choices[child, k] if k >= 0 else -1 for child, k in enumerate(taken)]
        if any(at.count(school) > places[school] for school in range(len(places))):
            continue
        if not any(
            _blocks(case, taken, at, child, k)
            for child in range(children)
            for k in range(length if taken[child] < 0 else taken[child])
            if choices[child, k] >= 0
        ):
            found.append(taken)
    return found


def _blocks(case: Case, taken: tuple[int, ...], at: list[int], child: int, k: int) -> bool:
    """Whether a child and a school it likes better would both leave the matching for each other."""
    choices, scores, places = case
    school = choices[child, k]
    inside = [scores[one, taken[one]] for one in range(len(at)) if at[one] == school]
    return len(inside) < places[school] or any(score > scores[child, k] for score in inside)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_matching_is_the_stable_one_that_is_best_for_every_child(case: Case) -> None:
    choices, scores, places = case
    taken, full = deferred_acceptance(choices, scores, places)
    stable = stable_matchings(case)
    assert tuple(taken.tolist()) in stable
    for other in stable:
        for mine, theirs in zip(taken.tolist(), other, strict=True):
            assert theirs < 0 or 0 <= mine <= theirs
    there = np.array([choices[c, k] for c, k in enumerate(taken.tolist()) if k >= 0], dtype=int)
    assert (np.bincount(there, minlength=len(places)) <= places).all()
    for child, k in enumerate(taken.tolist()):
        better = choices[child, : k if k >= 0 else None]
        assert full[better[better >= 0]].all(), "who is not taken was turned away"


def test_the_example_of_gale_and_shapley() -> None:
    """Their first example: three of each, everybody's first choice is another one."""
    choices = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])
    ranks = np.array([[0.2, 0.1, 0.0], [0.2, 0.1, 0.0], [0.2, 0.1, 0.0]])
    taken, full = deferred_acceptance(choices, ranks, np.ones(3, dtype=np.int64))
    assert taken.tolist() == [0, 0, 0]
    assert not full.any()


def test_listing_a_school_lower_never_costs_the_place_there() -> None:
    """Equal preference: the school does not know where it stands on a list."""
    scores = np.array([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]])
    places = np.array([1, 1])
    taken, _ = deferred_acceptance(np.array([[0, 1], [0, 1], [1, 0]]), scores, places)
    assert taken.tolist() == [0, 1, -1]


@pytest.mark.parametrize("children", [0, 1])
def test_nobody_and_nothing_is_a_matching_too(children: int) -> None:
    taken, full = deferred_acceptance(
        np.full((children, 2), -1), np.zeros((children, 2)), np.zeros(3, dtype=np.int64)
    )
    assert (taken == -1).all()
    assert not full.any()
