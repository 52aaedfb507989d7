"""Which stages a school teaches: by its phase, or else by the ages it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .reading import Atlas
from .settings import Stage
from .subjects import Booleans, Schools

__all__ = ["stages_of", "teaching"]

_SPECIFIC = ("nursery", "16 plus")
"""Phases that say which ages a school takes, though no stage names them, where stages name any."""


def stages_of(schools: Schools, stages: Sequence[Stage]) -> tuple[tuple[str, ...], ...]:
    """Ids of the stages of each school.

    A phase that a stage names decides. Of other schools (special, independent) the ages decide,
    where they are stated: a school is of a stage when it takes at least half of its ages. Where no
    stage names a phase, ages decide of every school.
    """
    named = {phase for stage in stages for phase in stage.phases}
    specific = _SPECIFIC if named else ()
    return tuple(
        tuple(
            stage.id
            for stage in stages
            if (
                phase in stage.phases
                if phase in named
                else phase not in specific and _takes(facts, stage)
            )
        )
        for phase, facts in zip(schools.phases, schools.facts, strict=True)
    )


def teaching(atlas: Atlas, stage: str) -> Booleans:
    """Which schools of an atlas teach a stage; (schools,)."""
    schools, flows = atlas.schools, (flow.dataset for flow in atlas.settings.flows)
    found = atlas.cached(
        "stages of schools",
        (*atlas.settings.schools, *flows),
        lambda: stages_of(schools, atlas.settings.stages),
    )
    return np.array([stage in stages for stages in found], dtype=np.bool_)


def _takes(facts: Mapping[str, object], stage: Stage) -> bool:
    lowest, highest = facts.get("lowest_age"), facts.get("highest_age")
    if not isinstance(lowest, int) or not isinstance(highest, int):
        return False
    first, last = stage.ages
    # A highest age of 16 is that of leaving: the last pupils are 15 when the year begins.
    shared = min(highest - 1, last) - max(lowest, first) + 1
    return 2 * shared >= last - first + 1
