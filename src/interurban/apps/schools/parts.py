"""What a city's atlas has, part by part, and how what it lacks is added.

The order is that in which parts give value to a city that joins: points on a map first, then what
lies around them, then who goes where, who will come, and how many there is room for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from interurban.core.errors import ConfigurationError

from .access.settings import check_sources
from .card.settings import card_settings, link_datasets
from .interaction.filling import fill_sources
from .interaction.kinds import words_of
from .layers.settings import layer_settings
from .places.settings import place_settings
from .reading import Atlas
from .stages import teaching
from .what_if.groups import group_sources

__all__ = ["Part", "State", "parts_of"]

State = Literal["ready", "partly", "lacking", "wrong"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the atlas of a city.

    Parameters
    ----------
    unlocks: what can be asked once it is there.
    state: ``partly``, where it is there for some stages or schools; ``wrong``, where the pack says
        something of it that cannot be read.
    words: what there is of it, and what is lacking.
    advice: what to do, as sentences; empty where nothing is to be done.
    """

    id: str
    title: str
    unlocks: str
    state: State
    words: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    state: State
    words: str
    advice: str = ""


def parts_of(atlas: Atlas) -> tuple[Part, ...]:
    """Every part of a city's atlas; a part that is described wrongly stops no other one."""
    return tuple(_part(atlas, *one) for one in _PARTS)


def _part(
    atlas: Atlas, name: str, title: str, unlocks: str, look: Callable[[Atlas], _Found]
) -> Part:
    try:
        found = look(atlas)
    except ConfigurationError as error:
        found = _Found(
            "wrong", error.within_pack, "Correct the file, and load anything or start again."
        )
    return Part(name, title, unlocks, found.state, found.words, found.advice)


def _schools(atlas: Atlas) -> _Found:
    named = atlas.settings.schools
    short = _short(atlas, named, "schools", "school")
    if short is not None:
        return short
    schools = atlas.schools
    placed = int(np.isfinite(schools.lonlat[:, 0]).sum())
    staged = np.zeros(len(schools), dtype=np.bool_)
    empty = []
    for stage in atlas.settings.stages:
        there = teaching(atlas, stage.id)
        staged |= there
        if not there.any():
            empty.append(stage.name)
    words = [f"{len(schools):,} schools, {placed:,} of them with a place."]
    advice = []
    if not placed:
        advice.append("Map geometry, as in point(lon, lat).")
    if (apart := int((~staged).sum())) > 0:
        words.append(f"{apart:,} are of no stage.")
        advice.append(
            "A school is of a stage by its phase, or, where no stage names its phase, by "
            "lowest_age and highest_age: map either."
        )
    if empty:
        words.append(f"No school is of the stage {', '.join(empty)}.")
    whole = placed == len(schools) and not apart and not empty
    return _Found("ready" if whole else "partly", " ".join(words), " ".join(advice))


def _areas(atlas: Atlas) -> _Found:
    named = [one.dataset for one in atlas.city.boundaries]
    if not named:
        return _Found(
            "lacking",
            "The city is not divided.",
            "Describe a dataset on boundary, and name it under boundaries in city.yaml.",
        )
    short = _short(atlas, named, "boundaries", "boundary")
    if short is not None:
        return short
    outline = any(one.name == "city" for one in atlas.city.boundaries)
    return _Found(
        "ready",
        f"{_listed(dict.fromkeys(one.name for one in atlas.city.boundaries))}.",
        ""
        if outline
        else "A boundary of the name city, its outline, lets the checks tell which part of the "
        "city lies in no zone.",
    )


def _zones(atlas: Atlas) -> _Found:
    zones = {zone.dataset: zone.stage for zone in atlas.settings.zones}
    return _by_stage(atlas, zones, "zones", "attendance_zone", "It may be that the city has none.")


def _flows(atlas: Atlas) -> _Found:
    flows = {flow.dataset: flow.stage for flow in atlas.settings.flows}
    modelled = [one.stage for one in fill_sources(atlas.settings)]
    found = _by_stage(atlas, flows, "flows", "pupil_flow")
    if modelled:
        words = f"{found.words} Modelled: {_listed(_stage_names(atlas, modelled))}."
        return _Found(found.state, words, found.advice)
    return found


def _children(atlas: Atlas) -> _Found:
    said = atlas.settings.children
    named = [one.dataset for one in said]
    short = _short(atlas, named, "children", "population_by_age or area_statistic")
    if short is not None:
        return short
    for source in said:
        if atlas.snapshot(source.dataset) is None:
            continue
        if any(atlas.snapshot(one) is not None for one in source.areas):
            return _Found("ready", f"{atlas.node.dataset(source.dataset).title}.")
    areas = dict.fromkeys(one for source in said for one in source.areas)
    if areas:
        return _Found(
            "lacking",
            "The areas that children are counted by have no shapes.",
            f"Load them: interurban load {' '.join(areas)}.",
        )
    return _Found(
        "lacking",
        "The areas that children are counted by are not named.",
        "Say under children which boundary dataset has their shapes: areas: [...].",
    )


def _rolls(atlas: Atlas) -> _Found:
    packs, settings = atlas.node.packs, atlas.settings
    places = place_settings(settings, packs)
    named = dict.fromkeys(
        one
        for one in (*card_settings(settings, packs).rolls, places.rolls if places else "")
        if one
    )
    short = _short(atlas, tuple(named), "card: rolls and places: rolls", "school_roll")
    if short is not None:
        return short
    if places is None or not places.rolls:
        return _Found(
            "partly",
            "Cards show the years of a school.",
            "Name the rolls under places too, and places and forecasts use them.",
        )
    return _Found("ready", f"{_listed(atlas.node.dataset(one).title for one in named)}.")


def _capacity(atlas: Atlas) -> _Found:
    places = place_settings(atlas.settings, atlas.node.packs)
    if places is None:
        return _Found(
            "lacking",
            "Nothing is said of school places.",
            "Write places in apps/schools.yaml, with at least one rule under rules.",
        )
    if not places.capacity and np.isfinite(atlas.schools.capacities).any():
        return _Found("ready", "Places are those that the register of schools states.")
    named = [places.capacity] if places.capacity else []
    return _short(atlas, named, "places: capacity", "school_capacity") or _Found(
        "ready", f"{atlas.node.dataset(places.capacity).title}."
    )


def _layers(atlas: Atlas) -> _Found:
    layers = layer_settings(atlas.settings, atlas.node.packs)
    named = dict.fromkeys(one.dataset for one in layers.layers)
    short = _short(atlas, tuple(named), "layers: list", "area_statistic")
    if short is not None:
        return short
    if not any(atlas.snapshot(one) is not None for one in layers.areas):
        wanted = " ".join(layers.areas)
        return _Found(
            "lacking",
            "There are numbers, and no areas to draw them on.",
            f"Load them: interurban load {wanted}."
            if wanted
            else "Name the boundary datasets under layers: areas.",
        )
    return _Found("ready", f"{_listed(one.title for one in layers.layers)}.")


def _beside(atlas: Atlas) -> _Found:
    """What needs nothing of its own, yet may be described wrongly."""
    extra, packs = atlas.settings.extra, atlas.node.packs
    link_datasets(atlas.settings, packs)
    check_sources(atlas.settings)
    words_of(atlas.settings)
    groups = group_sources(extra.get("what_if"))
    if not groups:
        return _Found(
            "lacking",
            "No groups of areas are described.",
            "Describe some under what_if: groups, and changes and access are told by group.",
        )
    return _Found("ready", f"{_listed(one.title for one in groups)}.")


_PARTS: tuple[tuple[str, str, str, Callable[[Atlas], _Found]], ...] = (
    (
        "schools",
        "Schools",
        "the map, the list, filters, cards, and the nearest schools of a place",
        _schools,
    ),
    (
        "areas",
        "Boundaries",
        "names of areas in the search line, and sums by area",
        _areas,
    ),
    (
        "zones",
        "Official zones",
        "inside zone, outside zone; outlines; checks of zones",
        _zones,
    ),
    (
        "flows",
        "Flows of pupils",
        "where pupils live, where children go, catchments, feeders, the model and what-if",
        _flows,
    ),
    ("children", "Children", "access, and modelled flows", _children),
    ("rolls", "Rolls", "a school's years on its card, pupils beside places, forecasts", _rolls),
    ("capacity", "Places", "surplus, utilisation and forms of entry", _capacity),
    ("layers", "Layers", "numbers about areas beneath the schools", _layers),
    ("groups", "Groups", "whom a change meets, and whose access is worse", _beside),
)


# What is lacking, in words


def _short(atlas: Atlas, named: Sequence[str], key: str, standard: str) -> _Found | None:
    """What is to be done where none of some datasets is there; ``None`` where one is."""
    if not named:
        return _Found(
            "lacking",
            "None is named.",
            f"Describe a dataset on {standard}, and name it under {key}.",
        )
    loaded = [one for one in named if atlas.snapshot(one) is not None]
    if loaded:
        return None
    return _Found(
        "lacking",
        f"{_listed(named)} {'is' if len(named) == 1 else 'are'} described, and not loaded.",
        f"Load it: interurban load {' '.join(named)}."
        if len(named) == 1
        else f"Load them: interurban load {' '.join(named)}.",
    )


def _by_stage(
    atlas: Atlas, named: dict[str, str], key: str, standard: str, aside: str = ""
) -> _Found:
    """For which stages datasets are there, and what is to be done for the others."""
    short = _short(atlas, tuple(named), key, standard)
    if short is not None:
        return _Found("lacking", short.words, " ".join(filter(None, (short.advice, aside))))
    there = {stage for one, stage in named.items() if atlas.snapshot(one) is not None}
    without = [stage.id for stage in atlas.settings.stages if stage.id not in there]
    words = f"For {_listed(_stage_names(atlas, there))}."
    if not without:
        return _Found("ready", words)
    return _Found("partly", f"{words} None for {_listed(_stage_names(atlas, without))}.", aside)


def _stage_names(atlas: Atlas, wanted: Sequence[str] | set[str]) -> Iterator[str]:
    return (stage.name for stage in atlas.settings.stages if stage.id in wanted)


def _listed(words: Iterator[str] | Sequence[str] | dict[str, None]) -> str:
    return ", ".join(words)
