"""What-ifs change the moves that a person names, and a goal is found or refused."""

from __future__ import annotations

import numpy as np
import pytest

from interurban.apps.projections.send.fitting import fit
from interurban.apps.projections.send.goal import goal_seek
from interurban.apps.projections.send.inputs import Inputs
from interurban.apps.projections.send.scenarios import (
    Change,
    Condition,
    Removal,
    modify,
    read_changes,
    read_moves,
    read_removals,
    remove,
    states_reached,
)
from interurban.core.errors import BadRequest


def test_changes_are_read_as_a_person_writes_them() -> None:
    first, second = read_changes(
        "setting_1=NONSEND, setting_2=A|B academic_year_2=-1..2 by 1.5; need_1=T by 0"
    )
    assert dict(first.where) == {
        "setting_1": ("NONSEND",), "setting_2": ("A", "B"), "academic_year_2": (-1, 0, 1, 2),
    }  # fmt: skip
    assert (first.factor, dict(second.where), second.factor) == (1.5, {"need_1": ("T",)}, 0)
    assert read_changes("  ") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("setting_2=A", "by 1.5"),
        ("colour=A by 2", "The fields are"),
        ("by 2", "The fields are"),
        ("academic_year_2=first by 2", "whole number"),
        ("setting_2=A setting_2=B by 2", "each field once"),
        ("setting_2=A by -2", "by 1.5"),
        ("__import__('os') by 2", "The fields are"),
    ],
)
def test_a_change_that_cannot_be_read_is_refused_with_a_hint(text: str, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_changes(text)
    assert said in refused.value.advice
    assert refused.value.part == "changes"


def test_removals_are_read_as_a_person_writes_them() -> None:
    both, one = read_removals("calendar_year<2015, academic_year>=12; setting=A and need=T")
    assert both.conditions == (
        Condition("calendar_year", "<", 2015), Condition("academic_year", ">=", 12),
    )  # fmt: skip
    assert one.conditions == (Condition("setting", "=", "A"), Condition("need", "=", "T"))
    with pytest.raises(BadRequest, match="cannot be read"):
        read_removals("setting>A")


def test_a_change_multiplies_the_children_of_its_moves_only(demo: Inputs) -> None:
    moves = demo.transitions
    changed, unused = modify(demo.space, moves, read_changes("setting_1=NONSEND by 2"))
    assert unused == ()
    assert (changed.weight == np.where(moves.joins, 2.0, 1.0)).all()


def test_changes_that_overlap_both_count(demo: Inputs) -> None:
    changes = read_changes("setting_1=NONSEND by 2; academic_year_2=0 by 3")
    changed, _ = modify(demo.space, demo.transitions, changes)
    both = demo.transitions.joins & (demo.transitions.to_year == demo.space.place(0))
    assert set(changed.weight[both]) == {6.0}


def test_whole_children_are_rounded_over_equal_moves(demo: Inputs) -> None:
    change = [Change({"setting_1": ("NONSEND",)}, 0.3)]
    some, _ = modify(demo.space, demo.transitions, change)
    whole, _ = modify(demo.space, demo.transitions, change, whole=True)
    names = ("year", "to_year", "to_need", "to_setting")
    keys = np.stack([getattr(whole, name) for name in names], axis=1)[whole.joins]
    _, group = np.unique(keys, axis=0, return_inverse=True)
    exact = np.bincount(group.ravel(), weights=some.weight[some.joins])
    rounded = np.bincount(group.ravel(), weights=whole.weight[whole.joins])
    np.testing.assert_allclose(rounded, np.floor(exact + 0.5), atol=1e-9)
    assert (whole.weight[~whole.joins] == 1).all()


def test_a_change_that_concerns_nothing_is_said(demo: Inputs) -> None:
    _, unused = modify(demo.space, demo.transitions, read_changes("calendar_year=1999 by 2"))
    assert len(unused) == 1
    assert "No past move has calendar_year 1999" in unused[0]
    with pytest.raises(BadRequest, match="no setting ZZ"):
        modify(demo.space, demo.transitions, read_changes("setting_1=ZZ by 2"))


def test_changed_moves_leave_the_rates_of_joining_as_they_were(demo: Inputs) -> None:
    changed, _ = modify(demo.space, demo.transitions, read_changes("setting_1=NONSEND by 3"))
    base = fit(demo.space, demo.transitions, demo.children)
    scenario = fit(demo.space, changed, demo.children, rates_from=demo.transitions)
    assert np.array_equal(base.joiners, scenario.joiners, equal_nan=True)
    assert scenario.joiner_targets.sum() > 2 * base.joiner_targets.sum()


def test_moves_are_left_out_by_the_state_before_or_after(demo: Inputs) -> None:
    removal = Removal((Condition("calendar_year", "<", 2015), Condition("academic_year", ">=", 12)))
    left = remove(demo.space, demo.transitions, [removal])
    twelve = demo.space.place(12)
    for row in range(len(left)):
        assert not (left.year[row] < 2015 and left.from_year[row] >= twelve)
        assert not (left.year[row] + 1 < 2015 and left.to_year[row] >= twelve)
    assert 0 < len(left) < len(demo.transitions)
    with pytest.raises(BadRequest, match="No past move would be left"):
        remove(demo.space, demo.transitions, read_removals("calendar_year>=1900"))


def test_the_states_that_moves_lead_to(demo: Inputs) -> None:
    where = read_moves("setting_1=NONSEND setting_2=A|B academic_year_2=3")
    reached = states_reached(demo.space, where).reshape(demo.space.shape)
    assert reached.sum() == 2 * len(demo.space.needs)
    assert reached[demo.space.place(3), :, demo.space.settings.index("B")].all()


@pytest.mark.parametrize(
    ("outcome", "target", "factor"),
    [
        (lambda x: 100 * x, (349.5, 350.5), 3.5),
        (lambda x: 100 * x, (29, 31), 0.3),
        (lambda x: 80 + 20 * x, (80, 80), 0.0),
        (lambda x: 500 / (1 + x), (99.9, 100.1), 4.0),
        (lambda x: 500 / (1 + x), (450, 451), 0.11),
        (lambda x: 100 * x, (99, 101), 1.0),
    ],
)
def test_a_goal_is_met_whichever_way_it_lies(
    outcome: object, target: tuple[float, float], factor: float
) -> None:
    found = goal_seek(outcome, target)  # type: ignore[arg-type] # lambdas have no types
    assert target[0] <= found.outcome <= target[1]
    assert found.factor == pytest.approx(factor, abs=0.02)
    assert found.tried[0][0] == 1
    assert found.tried[-1] == (found.factor, found.outcome)


def test_a_goal_out_of_reach_is_refused_with_what_can_be_reached() -> None:
    with pytest.raises(BadRequest, match=r"gives 80.0 to 82.0"):
        goal_seek(lambda x: 80 + 2 * x / (1 + x), (90, 95))
    with pytest.raises(BadRequest, match="goes from 9 down to 8"):
        goal_seek(lambda x: x, (9, 8))
