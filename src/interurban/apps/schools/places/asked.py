"""What a reader asks of school places by name: settings, stage and rule, refused in plain words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.core.errors import BadRequest
from interurban.standards.spelling import did_you_mean

from .rules import OWN, Rule, own_rule
from .settings import PlaceSettings, place_settings
from .supply import read_supply

__all__ = ["places_said", "rule_named", "stage_named", "stage_with_places"]


def places_said(atlas: Atlas) -> PlaceSettings:
    """What the city says of its school places.

    Raises
    ------
    BadRequest: nothing.
    """
    found = place_settings(atlas.settings, atlas.node.packs)
    if found is None:
        raise BadRequest(
            f"{atlas.city.name} says nothing of its school places yet.",
            advice="Describe them under places in apps/schools.yaml of its pack.",
            part="city",
        )
    return found


def stage_named(atlas: Atlas, wanted: str) -> Stage:
    """A stage by id; the first when none is named.

    Raises
    ------
    BadRequest: there is none of that id.
    """
    stages = {stage.id: stage for stage in atlas.settings.stages}
    if wanted and wanted not in stages:
        raise BadRequest(
            f"There is no stage {wanted[:40]!r}.",
            advice=did_you_mean(wanted, stages, otherwise=f"There are {', '.join(stages)}."),
            part="stage",
        )
    return stages[wanted] if wanted else atlas.settings.stages[0]


def stage_with_places(atlas: Atlas, settings: PlaceSettings, wanted: str) -> Stage:
    """A stage by id; the first that any places are known of when none is named.

    Raises
    ------
    BadRequest: there is none of that id.
    """
    named = stage_named(atlas, wanted)
    if wanted:
        return named
    for stage in atlas.settings.stages:
        if np.isfinite(read_supply(atlas, settings, stage).published).any():
            return stage
    return named


def rule_named(settings: PlaceSettings, wanted: str, given: Mapping[str, float]) -> Rule:
    """A rule of utilisation by id; the usual one when none is named.

    Parameters
    ----------
    given: numbers of a rule of the reader's own, over those of the usual rule.

    Raises
    ------
    BadRequest: there is no such rule, or a number is wrong.
    """
    if wanted == OWN:
        return own_rule(settings.rules[0], given)
    if given:
        first = next(iter(given))
        raise BadRequest(
            f"{first} belongs to a rule of your own.",
            advice=f"Ask for the rule {OWN} with it.",
            part=first,
        )
    rule = settings.rule(wanted)
    if rule is None:
        known = [one.id for one in settings.rules] + [OWN]
        raise BadRequest(
            f"There is no rule {wanted[:40]!r}.",
            advice=did_you_mean(wanted, known, otherwise=f"There are {', '.join(known)}."),
            part="rule",
        )
    return rule
