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
