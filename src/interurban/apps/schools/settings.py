"""What a city's pack says to the atlas: its stages, and what each of its datasets is of.

Everything else is read from the standards. The keys of ``apps/schools.yaml`` are described in
``docs/adding-a-city.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from interurban.catalog.packs import Packs
from interurban.standards import find_standard
from interurban.standards.spelling import did_you_mean
from interurban.standards.yaml_file import Section

__all__ = [
    "APP",
    "KEYS",
    "ChildrenSource",
    "FlowSource",
    "Settings",
    "Stage",
    "Walk",
    "ZoneSource",
    "settings_of",
]

APP = "schools"


@dataclass(frozen=True, slots=True)
class Walk:
    """From an age on, the distance that counts as near enough to walk, in metres."""

    from_age: int
    metres: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of schooling: primary, secondary; elementary, high.

    Parameters
    ----------
    phases: of the standard ``school``; a school for all ages is in several stages.
    year_groups: first and last, both in; 0 is Reception or Kindergarten.
    ages: first and last age at the start of the school year, both in.
    walking: statutory or agreed walking distances, from the youngest on.
    class_size: pupils of one form of entry.
    """

    id: str
    name: str
    phases: tuple[str, ...]
    year_groups: tuple[int, int]
    ages: tuple[int, int]
    walking: tuple[Walk, ...]
    class_size: int


@dataclass(frozen=True, slots=True)
class FlowSource:
    """A dataset on ``pupil_flow``.

    Parameters
    ----------
    areas: boundary or zone datasets with the shapes of its home areas, the first that has one.
    district: field of those with the code of the district (borough) that each lies in; empty
        when there is none. district_name: field with its name.
    hidden_below: what the publisher hid before it came here; 0 when nothing.
    dropped: whether the publisher left hidden rows out instead of marking them.
    only: of a dataset of several stages, the one to take; empty takes every row.
    """

    dataset: str
    stage: str
    areas: tuple[str, ...]
    district: str = ""
    district_name: str = ""
    hidden_below: int = 0
    dropped: bool = False
    only: str = ""


@dataclass(frozen=True, slots=True)
class ZoneSource:
    """A dataset on ``attendance_zone`` that holds the zones of a stage.

    Parameters
    ----------
    exact_m: how far its outlines may lie from the true ones, in metres; 0 where they are exact.
    split: what stands between the ids of several schools that serve one zone; empty where each
        row names one school.
    """

    dataset: str
    stage: str
    exact_m: float = 0.0
    split: str = ""

    def schools_in(self, said: object) -> tuple[str, ...]:
        """The ids of the schools that a row names; one empty id where it names none."""
        text = str(said or "")
        ids = (one.strip() for one in text.split(self.split)) if self.split else (text,)
        return tuple(one for one in ids if one) or ("",)


@dataclass(frozen=True, slots=True)
class ChildrenSource:
    """A dataset that tells how many children live in each area.

    On ``population_by_age`` its rows tell their ages; on ``area_statistic`` the ages are said here.

    Parameters
    ----------
    areas: boundary datasets with the shapes of its areas, the first that has one.
    measure: of a dataset on ``area_statistic``, the one to take.
    ages: of that measure, first and last, both in.
    """

    dataset: str
    areas: tuple[str, ...]
    measure: str = ""
    ages: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a city says to the atlas.

    Parameters
    ----------
    schools: datasets on ``school``; what an earlier one says of a school stands.
    children: where children live, the finest first.
    walking_factor: length of a way on foot over the straight line.
    calendar_years: a school year lies in one calendar year, and is called by it.
    extra: sections that one part of the atlas reads alone, by name (``access``, ``places`` ...).
    last_distances: datasets on ``last_distance`` that packs without a city add to those of the
        section ``offers``.
    current: datasets of ``schools`` that tell which schools there are today: the first that is
        whole, and newer ones of some kinds of schools alone. A school in none of them may have
        closed.
    links, rolls: datasets on ``school_link`` and ``school_roll`` that packs without a city add to
        those of the sections ``links`` and ``card``, the newest first.
    added: sections of that kind from packs without a city, by name, the last one last.
    """

    city: str
    stages: tuple[Stage, ...]
    schools: tuple[str, ...]
    flows: tuple[FlowSource, ...]
    zones: tuple[ZoneSource, ...]
    children: tuple[ChildrenSource, ...]
    walking_factor: float
    calendar_years: bool
    extra: Mapping[str, Section]
    last_distances: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    rolls: tuple[str, ...] = ()
    added: tuple[tuple[str, Section], ...] = ()

    def sections(self, name: str) -> tuple[Section, ...]:
        """Every section of that name: the city's own, then those that are added to it."""
        own = self.extra.get(name)
        added = tuple(section for of, section in self.added if of == name)
        return added if own is None else (own, *added)

    def stage(self, stage: str) -> Stage | None:
        """The stage of that id."""
        return next((one for one in self.stages if one.id == stage), None)


_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
PHASES = tuple(
    next(field.enum or () for field in find_standard("school").fields if field.name == "phase")
)
"""Phases of the standard ``school``."""

_STAGE_KEYS = ("id", "name", "phases", "year_groups", "ages", "walking", "class_size")
_DISTRICT_KEYS = ("district", "district_name")
_FLOW_KEYS = ("dataset", "stage", "areas", *_DISTRICT_KEYS, "hidden_below", "dropped", "only")
_EXTRA = ("access", "card", "layers", "links", "model", "offers", "places", "what_if")
_ZONE_KEYS = ("dataset", "stage", "exact_m", "split")
_CHILDREN_KEYS = ("dataset", "areas", "measure", "ages")
_ADDED = ("schools", "flows", "zones", "children")
_LISTED = {"last_distances": "last_distance@", "links": "school_link@", "rolls": "school_roll@"}
"""What packs without a city list beside that, and the standard of each."""
_MORE_SCHOOLS = ("schools_in_part", "schools_before")
"""Lists of schools that do not tell which there are today: newer ones, and older ones."""
_EXTRA_ADDED = ("access",)
KEYS = ("stages", "school_year", *_ADDED, "walking_factor", *_EXTRA)
"""Every key of ``apps/schools.yaml``."""

_SCHOOL_YEARS = ("calendar", "across")


def settings_of(packs: Packs, city: str) -> Settings | None:
    """What a city says to the atlas; ``None`` of a city that says nothing.

    Raises
    ------
    ConfigurationError: a key is wrong; names the file and the line.
    """
    said = packs.apps.get((APP, city))
    if said is None:
        return None
    settings = _read(said, city, packs)
    for more in packs.more.get((APP, city), ()):
        settings = _added(settings, more, packs)
    return settings


def _read(section: Section, city: str, packs: Packs) -> Settings:
    section.allow(KEYS)
    stages = _stages(section)
    known = {stage.id for stage in stages}
    flows, zones = section.sections("flows"), section.sections("zones")
    factor = section.number("walking_factor")
    schools = _all_on(section, "schools", packs, "school@")
    return Settings(
        city=city,
        stages=stages,
        schools=schools,
        current=schools[:1],
        flows=_apart(flows, tuple(_flows(each, known, packs) for each in flows)),
        zones=tuple(_zones(each, known, packs) for each in zones),
        children=tuple(_children(each, packs) for each in section.sections("children")),
        walking_factor=1.0 if factor is None else factor,
        calendar_years=section.choice("school_year", _SCHOOL_YEARS, "across") == "calendar",
        extra={name: one for name in _EXTRA if (one := section.section(name)) is not None},
    )


def _added(settings: Settings, more: Section, packs: Packs) -> Settings:
    """What a pack without a city adds: newer schools first, all else after what is there."""
    more.allow(("city", *_ADDED, *_EXTRA_ADDED, *_LISTED, *_MORE_SCHOOLS))
    known = {stage.id for stage in settings.stages}
    schools = _all_on(more, "schools", packs, "school@")
    in_part, before = (_all_on(more, key, packs, "school@") for key in _MORE_SCHOOLS)
    flows = (_flows(each, known, packs) for each in more.sections("flows"))
    zones = (_zones(each, known, packs) for each in more.sections("zones"))
    children = (_children(each, packs) for each in more.sections("children"))
    listed = {key: _all_on(more, key, packs, standard) for key, standard in _LISTED.items()}
    extra = ((name, one) for name in _EXTRA_ADDED if (one := more.section(name)) is not None)
    return replace(
        settings,
        schools=_each_once(*in_part, *schools, *settings.schools, *before),
        current=_each_once(*in_part, *(schools[:1] or settings.current)),
        flows=(*settings.flows, *flows),
        zones=(*settings.zones, *zones),
        children=(*settings.children, *children),
        added=(*settings.added, *extra),
        last_distances=_each_once(*settings.last_distances, *listed["last_distances"]),
        links=_each_once(*settings.links, *listed["links"]),
        rolls=_each_once(*settings.rolls, *listed["rolls"]),
    )


def _all_on(section: Section, key: str, packs: Packs, standard: str) -> tuple[str, ...]:
    return tuple(_on(section, key, one, packs, standard) for one in section.texts(key))


def _each_once(*datasets: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(datasets))


def _stages(section: Section) -> tuple[Stage, ...]:
    """The stages, which must be told apart: by id, in their order, and each pupil in one."""
    said = section.sections("stages")
    stages = tuple(_stage(each) for each in said)
    if not stages:
        raise section.wrong(
            "there must be at least one stage.",
            "stages",
            "Describe one: its id, name, phases, year_groups, ages and class_size.",
        )
    for at, (stage, here) in enumerate(zip(stages, said, strict=True)):
        for before in stages[:at]:
            if before.id == stage.id:
                raise here.wrong(
                    f'there already is a stage "{stage.id}".', "id", "Give each stage its own id."
                )
            if before.year_groups[0] > stage.year_groups[0]:
                raise here.wrong(
                    f'it begins before the stage "{before.id}", which stands above it.',
                    "year_groups",
                    "List the stages from the youngest on.",
                )
            shared = set(before.phases) & set(stage.phases)
            if before.year_groups[1] >= stage.year_groups[0] and shared:
                raise here.wrong(
                    f"year group {stage.year_groups[0]} of {', '.join(sorted(shared))} schools is "
                    f'in the stage "{before.id}" too: its pupils would count twice.',
                    "year_groups",
                    "Let one stage end before the next begins, or give them phases of their own.",
                )
    return stages


def _stage(section: Section) -> Stage:
    section.allow(_STAGE_KEYS)
    return Stage(
        id=_named(section),
        name=section.text("name"),
        phases=_phases(section),
        year_groups=_range(section, "year_groups"),
        ages=_range(section, "ages"),
        walking=_walks(section),
        class_size=_class_size(section),
    )


def _named(section: Section) -> str:
    """A stage's id, which stands in addresses."""
    found = section.text("id")
    if not _ID.fullmatch(found):
        raise section.wrong(
            f'"{found}" can\'t be an id.', "id", "Use small letters, digits, - and _."
        )
    return found


def _phases(section: Section) -> tuple[str, ...]:
    found = section.texts("phases")
    for phase in found:
        if phase not in PHASES:
            raise section.wrong(
                f'"{phase}" is no phase of the standard school.',
                "phases",
                did_you_mean(phase, PHASES, otherwise=f"Phases are {', '.join(PHASES)}."),
            )
    return found


def _range(section: Section, key: str) -> tuple[int, int]:
    """First and last of some whole numbers, both in."""
    first, last = section.numbers(key, 2)
    if first != int(first) or last != int(last):
        raise section.wrong("these must be whole numbers.", key)
    if first > last:
        raise section.wrong("the first must not come after the last.", key)
    return int(first), int(last)


def _walks(section: Section) -> tuple[Walk, ...]:
    found = []
    for one in section.sections("walking"):
        one.allow(("from_age", "metres"))
        found.append(Walk(one.whole("from_age"), float(one.whole("metres"))))
    return tuple(found)


def _class_size(section: Section) -> int:
    found = section.whole("class_size")
    if not found:
        raise section.wrong("a class has at least one pupil.", "class_size")
    return found


def _flows(section: Section, stages: set[str], packs: Packs) -> FlowSource:
    section.allow(_FLOW_KEYS)
    return FlowSource(
        dataset=_on(section, "dataset", section.text("dataset"), packs, "pupil_flow@"),
        stage=section.choice("stage", stages),
        areas=tuple(
            _on(section, "areas", one, packs, "boundary@", "attendance_zone@")
            for one in section.texts("areas")
        ),
        district=section.text("district", default=""),
        district_name=section.text("district_name", default=""),
        hidden_below=section.whole("hidden_below") if "hidden_below" in section else 0,
        dropped=section.flag("dropped"),
        only=section.text("only", default=""),
    )


def _apart(said: Sequence[Section], flows: tuple[FlowSource, ...]) -> tuple[FlowSource, ...]:
    """Flows whose datasets differ: a set of flows goes by its dataset and year."""
    for at, (section, flow) in enumerate(zip(said, flows, strict=True)):
        if any(before.dataset == flow.dataset for before in flows[:at]):
            raise section.wrong(
                f"{flow.dataset} already stands above.",
                "dataset",
                "Describe the flows of each stage as a dataset of their own.",
            )
    return flows


def _zones(section: Section, stages: set[str], packs: Packs) -> ZoneSource:
    section.allow(_ZONE_KEYS)
    return ZoneSource(
        dataset=_on(section, "dataset", section.text("dataset"), packs, "attendance_zone@"),
        stage=section.choice("stage", stages),
        exact_m=section.number("exact_m") or 0.0,
        split=section.text("split", default=""),
    )


def _children(section: Section, packs: Packs) -> ChildrenSource:
    section.allow(_CHILDREN_KEYS)
    standard = "area_statistic@" if "measure" in section else "population_by_age@"
    ages = _range(section, "ages") if "ages" in section else None
    if ("measure" in section) != (ages is not None):
        raise section.wrong("a measure has ages, and nothing else has.", "dataset")
    return ChildrenSource(
        dataset=_on(section, "dataset", section.text("dataset"), packs, standard),
        areas=tuple(
            _on(section, "areas", one, packs, "boundary@") for one in section.texts("areas")
        ),
        measure=section.text("measure", default=""),
        ages=ages,
    )


def _on(section: Section, key: str, dataset: str, packs: Packs, *standards: str) -> str:
    """A dataset that is described, and on one of the standards."""
    found = packs.datasets.get(dataset)
    if found is None:
        raise section.wrong(
            f'there is no dataset "{dataset}".',
            key,
            did_you_mean(
                dataset, packs.datasets, otherwise="Describe it in the folder datasets of the pack."
            ),
        )
    if found.standard is None or not found.standard.startswith(standards):
        wanted = " or ".join(one.rstrip("@") for one in standards)
        now = f"it is of {found.standard}" if found.standard else "it is of none"
        raise section.wrong(
            f"{dataset} is not of the standard {wanted}.",
            key,
            f"Its own file says {now}: name another dataset, or correct its standard.",
        )
    return dataset
