"""What a city's pack says of school places: the section ``places`` of its ``apps/schools.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from interurban.apps.schools.settings import Settings
from interurban.catalog.packs import Packs
from interurban.standards.yaml_file import Section

from .rules import Rule

__all__ = ["AreaRolls", "PlaceSettings", "Scorecard", "place_settings"]

_KEYS = (
    "capacity",
    "capacity_words",
    "capacity_by_stage",
    "rolls",
    "register",
    "register_year",
    "areas",
    "rules",
    "scorecard",
)
_RULE_KEYS = (
    "id",
    "title",
    "efficient",
    "source",
    "per_room",
    "homeroom_share",
    "set_aside",
    "usable_share",
)
_CARD_KEYS = ("dataset", "stages", "births")
_STAGE_KEYS = (
    "stage",
    "roll",
    "earlier",
    "change",
    "places",
    "unfilled",
    "planned",
    "needed",
    "expected",
    "accuracy",
    "ages",
    "words",
)
_NO_RULES = "give at least one rule."


@dataclass(frozen=True, slots=True)
class AreaRolls:
    """The measures of a scorecard that are about one stage.

    Parameters
    ----------
    roll: pupils of the year.
    earlier: by school year, the measure with the pupils of that year, the same in every edition.
    change: measure, first and last school year: a share by which pupils changed between them, from
        which the pupils of the first year are worked out; ``None`` without one.
    places, unfilled: places, and the percentage of them that nobody fills; empty without one.
    planned, needed: places that will be added, and that would be needed beside those there are,
        ``expected_ahead`` years ahead, by the area's own count; empty without one.
    expected: the area's own forecast: a share by which pupils will change, ``expected_ahead``
        years ahead.
    accuracy: by years ahead, the measure with the errors of the area's earlier forecasts.
    ages: first and last age of the pupils at the start of the school year, both in; of births.
    words: what has to be known beside the numbers.
    """

    stage: str
    roll: str
    earlier: Mapping[int, str]
    change: tuple[str, int, int] | None
    places: str
    unfilled: str
    planned: str
    needed: str
    expected: str
    expected_ahead: int
    accuracy: Mapping[int, str]
    ages: tuple[int, int]
    words: str


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A dataset on ``area_statistic`` with the pupils and places of whole areas.

    Parameters
    ----------
    births: datasets on ``population_change`` with the births of the same areas; what an earlier one
        says of a year stands.
    """

    dataset: str
    stages: Mapping[str, AreaRolls]
    births: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceSettings:
    """All that a city says of its school places.

    Parameters
    ----------
    capacity: a dataset on ``school_capacity``; empty without one.
    capacity_words: how those places were counted, and when.
    capacity_by_stage: a school of several stages has places of its own in each; otherwise all its
        places, and all its pupils, count in each of them.
    rolls: a dataset on ``school_roll``; empty where pupils are those of the register.
    register: the dataset on ``school`` with the schools that are open; empty takes those on roll.
    register_year: the school year that the register's pupils are of; 0 when not stated.
    areas: a boundary dataset to add schools up by; empty without one.
    rules: of utilisation, the first being the usual one.
    """

    capacity: str
    capacity_words: str
    capacity_by_stage: bool
    rolls: str
    register: str
    register_year: int
    areas: str
    rules: tuple[Rule, ...]
    scorecard: Scorecard | None

    @property
    def datasets(self) -> tuple[str, ...]:
        """All that places and forecasts are read from."""
        card = () if self.scorecard is None else (self.scorecard.dataset, *self.scorecard.births)
        named = (self.capacity, self.rolls, self.register, self.areas, *card)
        return tuple(dict.fromkeys(one for one in named if one))

    def rule(self, rule: str) -> Rule | None:
        """The rule of that id; the usual one when none is named."""
        return next((one for one in self.rules if not rule or one.id == rule), None)


def place_settings(settings: Settings, packs: Packs) -> PlaceSettings | None:
    """What a city says of its school places; ``None`` of a city that says nothing.

    Raises
    ------
    ConfigurationError: a key is wrong; names the file and the line.
    """
    section = settings.extra.get("places")
    if section is None:
        return None
    section.allow(_KEYS)
    rules = tuple(_rule(each) for each in section.sections("rules"))
    if not rules:
        raise section.wrong(_NO_RULES, "rules")
    if len({rule.id for rule in rules}) != len(rules):
        raise section.wrong("two rules have the same id.", "rules")
    card = section.section("scorecard")
    return PlaceSettings(
        capacity=_dataset(section, "capacity", packs, "school_capacity@"),
        capacity_words=section.text("capacity_words", default=""),
        capacity_by_stage=section.flag("capacity_by_stage"),
        rolls=_dataset(section, "rolls", packs, "school_roll@"),
        register=_dataset(section, "register", packs, "school@"),
        register_year=section.whole("register_year") if "register_year" in section else 0,
        areas=_dataset(section, "areas", packs, "boundary@"),
        rules=rules,
        scorecard=None if card is None else _scorecard(card, settings, packs),
    )


def _rule(section: Section) -> Rule:
    section.allow(_RULE_KEYS)
    low, high = section.numbers("efficient", 2)
    if not 0 < low <= high:
        raise section.wrong("the first must be above 0, and not above the second.", "efficient")
    per_room, share = section.number("per_room"), section.number("homeroom_share")
    if (per_room is None) != (share is None):
        raise section.wrong("per_room and homeroom_share go together.", "per_room")
    for key, value in (("per_room", per_room), ("homeroom_share", share)):
        if value is not None and value <= 0:
            raise section.wrong("this must be above 0.", key)
    usable = section.number("usable_share")
    return Rule(
        id=section.text("id"),
        title=section.text("title"),
        efficient=(low, high),
        per_room=per_room,
        homeroom_share=share,
        set_aside=section.number("set_aside") or 0.0,
        usable_share=1.0 if usable is None else usable,
        source=section.text("source", default=""),
    )


def _scorecard(section: Section, settings: Settings, packs: Packs) -> Scorecard:
    section.allow(_CARD_KEYS)
    dataset = _dataset(section, "dataset", packs, "area_statistic@")
    if not dataset:
        raise section.wrong("this key is missing.", "dataset")
    known = {stage.id: stage.ages for stage in settings.stages}
    stages = [_area_rolls(each, known) for each in section.sections("stages")]
    births = tuple(
        _known(section, "births", one, packs, "population_change@")
        for one in section.texts("births")
    )
    return Scorecard(dataset, {one.stage: one for one in stages}, births)


def _area_rolls(section: Section, stages: Mapping[str, tuple[int, int]]) -> AreaRolls:
    section.allow(_STAGE_KEYS)
    stage = section.choice("stage", stages)
    change, expected = section.section("change"), section.section("expected")
    earlier, accuracy = section.sections("earlier"), section.sections("accuracy")
    for each, keys in (
        (change, ("measure", "first", "last")),
        (expected, ("measure", "ahead")),
        *((one, ("year", "measure")) for one in earlier),
        *((one, ("ahead", "measure")) for one in accuracy),
    ):
        if each is not None:
            each.allow(keys)
    ages = section.numbers("ages", 2) if "ages" in section else stages[stage]
    return AreaRolls(
        stage=stage,
        roll=section.text("roll"),
        earlier={one.whole("year"): one.text("measure") for one in earlier},
        change=None
        if change is None
        else (change.text("measure"), change.whole("first"), change.whole("last")),
        places=section.text("places", default=""),
        unfilled=section.text("unfilled", default=""),
        planned=section.text("planned", default=""),
        needed=section.text("needed", default=""),
        expected="" if expected is None else expected.text("measure"),
        expected_ahead=1 if expected is None else expected.whole("ahead"),
        accuracy={one.whole("ahead"): one.text("measure") for one in accuracy},
        ages=(int(ages[0]), int(ages[1])),
        words=section.text("words", default=""),
    )


def _dataset(section: Section, key: str, packs: Packs, standard: str) -> str:
    """A dataset that is described, and on the standard; empty when the key is absent."""
    dataset = section.text(key, default="")
    return _known(section, key, dataset, packs, standard) if dataset else ""


def _known(section: Section, key: str, dataset: str, packs: Packs, standard: str) -> str:
    found = packs.datasets.get(dataset)
    if found is None:
        raise section.wrong(f'there is no dataset "{dataset}".', key)
    if not (found.standard or "").startswith(standard):
        raise section.wrong(f"{dataset} is not of the standard {standard.rstrip('@')}.", key)
    return dataset
