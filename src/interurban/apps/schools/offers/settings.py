"""What a city's pack says of admissions: the section ``offers`` of its ``apps/schools.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from interurban.apps.schools.settings import Settings
from interurban.catalog.packs import Packs
from interurban.standards.yaml_file import Section

__all__ = ["Admissions", "OfferSettings", "offer_settings"]

_KEYS = ("last_distances", "admissions")
_STAGE_KEYS = ("stage", "by_distance", "words", "choices", "siblings", "source")
_BY_ANYTHING = "How places of this stage are given out here is not described: nothing is simulated."


@dataclass(frozen=True, slots=True)
class Admissions:
    """How places of a stage are given out.

    Parameters
    ----------
    by_distance: whether who lives nearer comes first, once those with a priority have a place.
    words: the rule in a sentence or two.
    choices: as many schools as a family may list.
    siblings: share of the children who have an elder brother or sister at a school: an assumption.
    source: where the rule and the assumption are from.
    """

    stage: str
    by_distance: bool
    words: str
    choices: int = 6
    siblings: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class OfferSettings:
    """All that a city says of admissions.

    Parameters
    ----------
    last_distances: datasets on ``last_distance``; what an earlier one says of a school, an entry, a
        criterion and a year stands.
    admissions: by stage.
    """

    last_distances: tuple[str, ...]
    admissions: Mapping[str, Admissions]

    def of_stage(self, stage: str) -> Admissions:
        """How places of a stage are given out; not by distance where the pack is silent."""
        return self.admissions.get(stage, Admissions(stage, by_distance=False, words=_BY_ANYTHING))


def offer_settings(settings: Settings, packs: Packs) -> OfferSettings:
    """What a city, and the packs that add to it, say of admissions; nothing is required.

    Raises
    ------
    ConfigurationError: a key is wrong; names the file and the line.
    """
    section = settings.extra.get("offers")
    if section is None:
        return OfferSettings(settings.last_distances, {})
    section.allow(_KEYS)
    stages = {stage.id for stage in settings.stages}
    own = tuple(_known(section, one, packs) for one in section.texts("last_distances"))
    rules = [_admissions(one, stages) for one in section.sections("admissions")]
    # A file that somebody brought is newer than what came with the pack.
    named = tuple(dict.fromkeys((*settings.last_distances, *own)))
    return OfferSettings(named, {one.stage: one for one in rules})


def _admissions(section: Section, stages: set[str]) -> Admissions:
    section.allow(_STAGE_KEYS)
    siblings = section.number("siblings") or 0.0
    if not 0 <= siblings < 1:
        raise section.wrong("give a share from 0 to less than 1.", "siblings")
    choices = section.whole("choices") if "choices" in section else 6
    if choices < 1:
        raise section.wrong("a family lists at least one school.", "choices")
    return Admissions(
        stage=section.choice("stage", stages),
        by_distance=section.flag("by_distance"),
        words=section.text("words"),
        choices=choices,
        siblings=siblings,
        source=section.text("source", default=""),
    )


def _known(section: Section, dataset: str, packs: Packs) -> str:
    found = packs.datasets.get(dataset)
    if found is None:
        raise section.wrong(f'there is no dataset "{dataset}".', "last_distances")
    if not (found.standard or "").startswith("last_distance@"):
        raise section.wrong(f"{dataset} is not of the standard last_distance.", "last_distances")
    return dataset
