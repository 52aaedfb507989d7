"""Stages of schools, by phase or else by age."""

from __future__ import annotations

from dataclasses import replace

from interurban.apps.schools.settings import Stage
from interurban.apps.schools.stages import stages_of

from .by_hand import schools_at
from .conftest import OpenAtlas


def test_a_phase_decides_and_else_the_ages(atlas: OpenAtlas) -> None:
    stages = atlas("london").settings.stages
    schools = replace(
        schools_at([(0.0, 0.0)] * 5),
        phases=("primary", "all-through", "other", "special", "16 plus"),
        facts=(
            {"lowest_age": 11, "highest_age": 18},
            {},
            {"lowest_age": 3, "highest_age": 13},
            {"lowest_age": 11, "highest_age": 19},
            {"lowest_age": 11, "highest_age": 19},
        ),
    )
    assert stages_of(schools, stages) == (
        ("primary",),
        ("primary", "secondary"),
        ("primary",),
        ("secondary",),
        (),
    )


def test_leaving_age_is_not_an_age_of_pupils() -> None:
    stage = Stage("upper", "Upper", ("upper",), (9, 10), (13, 14), (), 30)
    schools = replace(
        schools_at([(0.0, 0.0)]), phases=("other",), facts=({"lowest_age": 5, "highest_age": 13},)
    )
    assert stages_of(schools, [stage]) == ((),)


def test_where_no_stage_names_a_phase_the_ages_decide_of_nurseries_too() -> None:
    stages = [
        Stage("inicial", "Inicial", (), (-2, 0), (3, 5), (), 25),
        Stage("primario", "Primario", (), (1, 7), (6, 12), (), 30),
    ]
    schools = replace(
        schools_at([(0.0, 0.0)] * 2),
        phases=("nursery", ""),
        facts=({"lowest_age": 3, "highest_age": 6}, {"lowest_age": 3, "highest_age": 13}),
    )
    assert stages_of(schools, stages) == (("inicial",), ("inicial", "primario"))
