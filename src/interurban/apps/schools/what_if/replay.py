"""Closings of the past, solved with what was known before, against what happened.

The year before, pupils of a stage are shared out among the zones of that year; then every closing
that was carried out is solved at once, each school naming those that were to take its pupils.
What no closing touches changes from year to year, too: both the forecast and the simple ones that
it is held against are multiplied by the change of the schools that had no part in it.

Of the pupils of a school that closes a share follows the decision to the schools that are named,
whatever they would choose. It is estimated by least squares on half of the named schools, and
forecasts the other half; so no school's forecast knows what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from interurban.apps.schools.interaction.filling import (
    Filled,
    Rolls,
    fill_of,
    rolls_of_year,
    share_out,
)
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.subjects import Areas, Schools
from interurban.core.errors import BadRequest
from interurban.standards.yaml_file import Section

from .before import before_of_filled
from .changes import Close
from .solve import solve
from .solved import After, Place

__all__ = [
    "Closed",
    "Errors",
    "Receiving",
    "Replay",
    "ReplaySource",
    "replay",
    "replay_datasets",
    "replay_source",
]

_KEYS = ("stage", "year", "zones", "schools", "rolls", "actions")


@dataclass(frozen=True, slots=True)
class ReplaySource:
    """What a pack says of closings of the past.

    Parameters
    ----------
    year: the last school year before them.
    zones: on ``attendance_zone``, of that year. schools: on ``school``, with those that closed.
    rolls: on ``school_roll``. actions: on ``school_link``: what was decided.
    """

    stage: str
    year: int
    zones: str
    schools: str
    rolls: str
    actions: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A school that closed. ``to``: those that were named to take its pupils."""

    id: str
    name: str
    lon: float
    lat: float
    pupils: float
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receiving:
    """A school that was named, with its pupils before and after.

    Parameters
    ----------
    predicted: pupils after, by the model, with the share who follow as the other half of the
        schools has it. chosen: if nobody follows, and all choose. naive: if the schools that are
        named take everybody, several in equal parts. unchanged: if nobody came.
    """

    id: str
    name: str
    lon: float
    lat: float
    before: float
    after: float
    predicted: float
    chosen: float
    naive: float
    unchanged: float


@dataclass(frozen=True, slots=True)
class Errors:
    """Of one forecast over all schools that were named.

    Parameters
    ----------
    mean: mean absolute error, pupils a school. share: the sum of errors over all their pupils.
    bias: mean error, pupils; above 0 when too many were forecast.
    """

    mean: float
    share: float
    bias: float


@dataclass(frozen=True, eq=False)
class Replay:
    """A replay of closings.

    Parameters
    ----------
    change: of schools that had no part in it, from that year to the next, as a ratio.
    not_carried_out: schools whose closing was decided, and which were open a year later.
    following: the share who follow, by all named schools. halves: by either half of them.
    """

    source: ReplaySource
    closed: tuple[Closed, ...]
    receiving: tuple[Receiving, ...]
    not_carried_out: tuple[str, ...]
    change: float
    following: float
    halves: tuple[float, float]
    model: Errors
    choice: Errors
    naive: Errors
    unchanged: Errors
    filled: Filled


def replay_source(atlas: Atlas) -> ReplaySource:
    """What the pack says of closings of the past.

    Raises
    ------
    BadRequest: it says nothing. ConfigurationError: a key is wrong.
    """
    section: Section | None = atlas.settings.extra.get("what_if")
    said = section.section("replay") if section is not None else None
    if said is None:
        raise BadRequest(
            f"{atlas.city.name} has no closings of the past to replay.",
            advice="Describe them in what_if, replay, of its apps/schools.yaml.",
            part="city",
        )
    said.allow(_KEYS)
    return ReplaySource(
        said.choice("stage", {stage.id for stage in atlas.settings.stages}),
        said.whole("year"),
        said.text("zones"),
        said.text("schools"),
        said.text("rolls"),
        said.text("actions"),
    )


def replay_datasets(atlas: Atlas, source: ReplaySource) -> tuple[str, ...]:
    """Everything that a replay leans on."""
    fill = fill_of(atlas, source.stage)
    like = [fill.like] if fill is not None else []
    flows = [one for s in atlas.settings.flows if s.dataset in like for one in s.areas]
    children = [one for said in atlas.settings.children for one in (said.dataset, *said.areas)]
    own = (source.zones, source.schools, source.rolls, source.actions)
    return tuple(dict.fromkeys((*own, *like, *flows, *children, *atlas.settings.schools)))


def replay(atlas: Atlas) -> Replay:
    """Solve the closings, once for each version of the data.

    Raises
    ------
    BadRequest: the city has none, or something of them is not loaded.
    """
    source = replay_source(atlas)
    leaning = replay_datasets(atlas, source)
    return atlas.cached(f"replay {source}", leaning, lambda: _replay(atlas, source, leaning))


def _replay(atlas: Atlas, source: ReplaySource, leaning: tuple[str, ...]) -> Replay:
    stage, fill = atlas.settings.stage(source.stage), fill_of(atlas, source.stage)
    like = next((one for one in atlas.flow_ids if fill and one.startswith(f"{fill.like}:")), "")
    rolls, actions = atlas.table(source.rolls), atlas.table(source.actions)
    if stage is None or fill is None or not like or rolls is None or actions is None:
        raise BadRequest(
            "Something that the replay needs is not loaded.",
            advice=f"Load {', '.join(leaning)}.",
            part="city",
        )
    before = rolls_of_year(rolls, stage, source.year)
    after = rolls_of_year(rolls, stage, source.year + 1)
    named, touched = _decided(actions.to_pylist())
    closing = {
        one: tuple(to for to in named[one] if after.get(to, 0.0) > 0)
        for one in sorted(named)
        if before.get(one, 0.0) > 0 and not after.get(one, 0.0) > 0
    }
    schools = _schools(atlas, source, before)
    areas = _zone_areas(atlas, source.zones, stage)
    pupils = Rolls(schools, np.array([before.get(one, 0.0) for one in schools.ids]), source.year)
    zones = np.zeros((len(areas), len(schools)), dtype=np.float32)
    for at, zone in enumerate(areas.ids):
        if (school := schools.index.get(zone)) is not None:
            zones[at, school] = 1.0
    filled = share_out(atlas, fill, like, pupils, areas, zones, leaning)
    state = before_of_filled(filled, {})
    changes = [
        Close(one, tuple(to for to in closing[one] if state.at(to) is not None))
        for one in closing
        if state.at(one) is not None
    ]
    solved = solve(state, changes, [Place()] * len(changes))
    change = _change(before, after, touched)
    everybody_chooses = _receiving(schools, solved, closing, before, after, change)
    receiving, halves = _followed(everybody_chooses)
    return Replay(
        source=source,
        closed=tuple(
            Closed(one, *_named(schools, one), before[one], closing[one]) for one in closing
        ),
        receiving=receiving,
        not_carried_out=tuple(sorted(set(named) - set(closing))),
        change=change,
        following=_following(receiving),
        halves=halves,
        model=_errors(receiving, [one.predicted for one in receiving]),
        choice=_errors(receiving, [one.chosen for one in receiving]),
        naive=_errors(receiving, [one.naive for one in receiving]),
        unchanged=_errors(receiving, [one.unchanged for one in receiving]),
        filled=filled,
    )


def _decided(rows: list[dict[str, object]]) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """Schools that are named to take the pupils of each that closes; all that an action touches."""
    named: dict[str, list[str]] = {}
    touched: set[str] = set()
    for row in rows:
        school, linked = str(row["school_id"]), row["linked_id"]
        touched |= {school, str(linked)} if linked else {school}
        if row["kind"] == "receiving" and row["manner"] == "closed" and linked:
            named.setdefault(school, []).append(str(linked))
    return {school: tuple(dict.fromkeys(to)) for school, to in named.items()}, touched


def _change(before: dict[str, float], after: dict[str, float], touched: set[str]) -> float:
    """How the pupils of schools without a part in it changed, as a ratio."""
    both = [one for one in before if one not in touched and before[one] > 0 < after.get(one, 0.0)]
    then = sum(before[one] for one in both)
    return sum(after[one] for one in both) / then if then else 1.0


def _receiving(
    schools: Schools,
    solved: After,
    closing: dict[str, tuple[str, ...]],
    before: dict[str, float],
    after: dict[str, float],
    change: float,
) -> tuple[Receiving, ...]:
    come: dict[str, float] = {}
    for one, named in closing.items():
        for to in named:
            come[to] = come.get(to, 0.0) + before[one] / len(named)
    state = solved.before
    gained = (solved.gained - solved.lost).sum(axis=0, dtype=np.float64)
    found = []
    for one in sorted(come):
        column = state.at(one)
        if column is None:
            continue
        held = before.get(one, 0.0)
        found.append(
            Receiving(
                one,
                *_named(schools, one),
                before=held,
                after=after[one],
                predicted=change * (held + float(gained[column])),
                chosen=change * (held + float(gained[column])),
                naive=change * (held + come[one]),
                unchanged=change * held,
            )
        )
    return tuple(found)


def _followed(
    receiving: tuple[Receiving, ...],
) -> tuple[tuple[Receiving, ...], tuple[float, float]]:
    """The forecast of each school by the share who follow at the other half of the schools.

    Halves are every second school in order of id. The share of each half is the second of the two.
    """
    ordered = sorted(receiving, key=lambda one: one.id)
    halves = tuple(ordered[0::2]), tuple(ordered[1::2])
    shares = _following(halves[0]), _following(halves[1])
    found = [
        replace(one, predicted=one.chosen + share * (one.naive - one.chosen))
        for half, share in zip(halves, reversed(shares), strict=True)
        for one in half
    ]
    return tuple(sorted(found, key=lambda one: one.before - one.predicted)), shares


def _following(receiving: tuple[Receiving, ...]) -> float:
    """The share who follow: least squares of what happened on the two ways, through the origin.

    ``f = sum((n - c)(h - c)) / sum((n - c)^2)`` with pupils ``c`` if all choose, ``n`` if all
    follow and ``h`` that there were; from 0 to 1.
    """
    chosen, naive, after = (
        np.array([getattr(one, name) for one in receiving]) for name in ("chosen", "naive", "after")
    )
    apart = naive - chosen
    square = float((apart**2).sum())
    return float(np.clip((apart * (after - chosen)).sum() / square, 0.0, 1.0)) if square else 0.0


def _errors(receiving: tuple[Receiving, ...], forecast: list[float]) -> Errors:
    happened = np.array([one.after for one in receiving])
    wrong = np.array(forecast) - happened
    size = np.abs(wrong)
    if not len(wrong):
        return Errors(np.nan, np.nan, np.nan)
    return Errors(float(size.mean()), float(size.sum() / happened.sum()), float(wrong.mean()))


def _named(schools: Schools, school: str) -> tuple[str, float, float]:
    at = schools.index.get(school)
    if at is None:
        return school, np.nan, np.nan
    lon, lat = schools.lonlat[at].tolist()
    return schools.names[at], lon, lat


def _schools(atlas: Atlas, source: ReplaySource, before: dict[str, float]) -> Schools:
    """Schools with pupils in that year; their places by their own dataset, then by today's."""
    today = atlas.schools
    lonlat: dict[str, tuple[float, float]] = {}
    names: dict[str, str] = {}
    for one, at in today.index.items():
        lon, lat = today.lonlat[at].tolist()
        lonlat[one], names[one] = (lon, lat), today.names[at]
    table = atlas.table(source.schools, ("school_id", "name", "geometry"))
    for row in table.to_pylist() if table is not None else ():
        names[row["school_id"]] = row["name"]
        if row["geometry"] is not None:
            place = shapely.get_coordinates(shapely.from_wkb(row["geometry"]))[0]
            lonlat[row["school_id"]] = (float(place[0]), float(place[1]))
    ids = tuple(sorted(one for one, pupils in before.items() if pupils > 0))
    places = np.array([lonlat.get(one, (np.nan, np.nan)) for one in ids]).reshape(-1, 2)
    metres = atlas.project(places)
    metres[np.isnan(places[:, 0])] = np.nan
    nothing = tuple("" for _ in ids)
    return Schools(
        ids=ids,
        names=tuple(names.get(one, one) for one in ids),
        phases=nothing,
        kinds=nothing,
        governances=nothing,
        genders=nothing,
        faiths=nothing,
        admissions=nothing,
        statuses=nothing,
        lonlat=places,
        metres=metres,
        pupils=np.array([before[one] for one in ids]),
        capacities=np.full(len(ids), np.nan),
        datasets=tuple(source.schools for _ in ids),
        facts=tuple({} for _ in ids),
    )


def _zone_areas(atlas: Atlas, dataset: str, stage: Stage) -> Areas:
    """The zones of a stage in a dataset that has those of several, as home areas.

    Raises
    ------
    BadRequest: it is not loaded.
    """
    table = atlas.table(dataset)
    if table is None:
        raise BadRequest(
            f"{dataset} is not loaded.", advice=f"Load it: interurban load {dataset}.", part="city"
        )
    shapes: dict[str, shapely.Geometry] = {}
    names: dict[str, str] = {}
    for row in table.to_pylist():
        if row["stage"] != stage.id or row["geometry"] is None:
            continue
        zone, shape = str(row["school_id"] or row["zone_id"]), shapely.from_wkb(row["geometry"])
        shapes[zone] = shapely.union(shapes[zone], shape) if zone in shapes else shape
        names.setdefault(zone, str(row.get("name") or zone))
    ids = tuple(sorted(shapes))
    outlines = np.array([shapes[one] for one in ids], dtype=object)
    projected = shapely.transform(outlines, atlas.project)
    inside = shapely.get_coordinates(shapely.point_on_surface(projected))
    return Areas(
        ids=ids,
        names=tuple(names[one] for one in ids),
        districts=tuple("" for _ in ids),
        datasets=tuple(dataset for _ in ids),
        shapes=outlines,
        lonlat=shapely.get_coordinates(shapely.point_on_surface(outlines)),
        metres=inside,
        square_metres=shapely.area(projected),
    )
