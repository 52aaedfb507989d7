"""What a city's pack says to the atlas: its stages, and what each of its datasets is of.

Everything else is read from the standards. The keys of ``apps/schools.yaml`` are described in
``docs/adding-a-city.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from interurban.catalog.packs import Packs
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
    """

    dataset: str
    stage: str
    exact_m: float = 0.0


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
    schools: datasets on ``school``; what an earlier one says of a school stands. The first is of
        today: a school that is not in it may have closed.
    children: where children live, the finest first.
    walking_factor: length of a way on foot over the straight line.
    extra: sections that one part of the atlas reads alone, by name (``access``, ``places`` ...).
    """

    city: str
    stages: tuple[Stage, ...]
    schools: tuple[str, ...]
    flows: tuple[FlowSource, ...]
    zones: tuple[ZoneSource, ...]
    children: tuple[ChildrenSource, ...]
    walking_factor: float
    extra: Mapping[str, Section]

    def stage(self, stage: str) -> Stage | None:
        """The stage of that id."""
        return next((one for one in self.stages if one.id == stage), None)


_STAGE_KEYS = ("id", "name", "phases", "year_groups", "ages", "walking", "class_size")
_DISTRICT_KEYS = ("district", "district_name")
_FLOW_KEYS = ("dataset", "stage", "areas", *_DISTRICT_KEYS, "hidden_below", "dropped", "only")
_EXTRA = ("access", "card", "layers", "links", "model", "places", "what_if")
_ZONE_KEYS = ("dataset", "stage", "exact_m")
_CHILDREN_KEYS = ("dataset", "areas", "measure", "ages")
_ADDED = ("schools", "flows", "zones", "children")
KEYS = ("stages", *_ADDED, "walking_factor", *_EXTRA)
"""Every key of ``apps/schools.yaml``."""


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
    stages = tuple(_stage(each) for each in section.sections("stages"))
    if not stages:
        raise section.wrong("there must be at least one stage.", "stages")
    known = {stage.id for stage in stages}
    flows, zones = section.sections("flows"), section.sections("zones")
    factor = section.number("walking_factor")
    return Settings(
        city=city,
        stages=stages,
        schools=tuple(
            _on(section, "schools", d, packs, "school@") for d in section.texts("schools")
        ),
        flows=tuple(_flows(each, known, packs) for each in flows),
        zones=tuple(_zones(each, known, packs) for each in zones),
        children=tuple(_children(each, packs) for each in section.sections("children")),
        walking_factor=1.0 if factor is None else factor,
        extra={name: one for name in _EXTRA if (one := section.section(name)) is not None},
    )


def _added(settings: Settings, more: Section, packs: Packs) -> Settings:
    """What a pack without a city adds: newer schools first, all else after what is there."""
    more.allow(("city", *_ADDED))
    known = {stage.id for stage in settings.stages}
    schools = [_on(more, "schools", one, packs, "school@") for one in more.texts("schools")]
    flows = (_flows(each, known, packs) for each in more.sections("flows"))
    zones = (_zones(each, known, packs) for each in more.sections("zones"))
    children = (_children(each, packs) for each in more.sections("children"))
    return replace(
        settings,
        schools=tuple(dict.fromkeys((*schools, *settings.schools))),
        flows=(*settings.flows, *flows),
        zones=(*settings.zones, *zones),
        children=(*settings.children, *children),
    )


def _stage(section: Section) -> Stage:
    section.allow(_STAGE_KEYS)
    walks = section.sections("walking")
    first, last = section.numbers("year_groups", 2)
    youngest, oldest = section.numbers("ages", 2)
    if first > last or youngest > oldest:
        raise section.wrong("the first must not come after the last.", "year_groups")
    return Stage(
        id=section.text("id"),
        name=section.text("name"),
        phases=section.texts("phases"),
        year_groups=(int(first), int(last)),
        ages=(int(youngest), int(oldest)),
        walking=tuple(Walk(w.whole("from_age"), float(w.whole("metres"))) for w in walks),
        class_size=section.whole("class_size"),
    )


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


def _zones(section: Section, stages: set[str], packs: Packs) -> ZoneSource:
    section.allow(_ZONE_KEYS)
    return ZoneSource(
        dataset=_on(section, "dataset", section.text("dataset"), packs, "attendance_zone@"),
        stage=section.choice("stage", stages),
        exact_m=section.number("exact_m") or 0.0,
    )


def _children(section: Section, packs: Packs) -> ChildrenSource:
    section.allow(_CHILDREN_KEYS)
    standard = "area_statistic@" if "measure" in section else "population_by_age@"
    ages = section.numbers("ages", 2) if "ages" in section else None
    if ("measure" in section) != (ages is not None):
        raise section.wrong("a measure has ages, and nothing else has.", "dataset")
    return ChildrenSource(
        dataset=_on(section, "dataset", section.text("dataset"), packs, standard),
        areas=tuple(
            _on(section, "areas", one, packs, "boundary@") for one in section.texts("areas")
        ),
        measure=section.text("measure", default=""),
        ages=(int(ages[0]), int(ages[1])) if ages is not None else None,
    )


def _on(section: Section, key: str, dataset: str, packs: Packs, *standards: str) -> str:
    """A dataset that is described, and on one of the standards."""
    found = packs.datasets.get(dataset)
    if found is None:
        raise section.wrong(f'there is no dataset "{dataset}".', key)
    if found.standard is None or not found.standard.startswith(standards):
        wanted = " or ".join(one.rstrip("@") for one in standards)
        raise section.wrong(f"{dataset} is not of the standard {wanted}.", key)
    return dataset
