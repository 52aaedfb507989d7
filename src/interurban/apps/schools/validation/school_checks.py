"""Checks of what is said of schools: points, ages, places, numbers of pupils."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely

from interurban.apps.schools.card.history import one_name
from interurban.apps.schools.card.register import Register, read_register
from interurban.apps.schools.layers.layer import outlines_of
from interurban.apps.schools.layers.settings import layer_settings
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Indices
from interurban.apps.schools.words import distance
from interurban.core.dataset import Reject
from interurban.core.errors import Refused

from .check import Check, Fault, items_by, not_applicable

__all__ = ["school_checks"]

_SAME_PLACE_M = 1.0
_FAR_M = 100.0
"""Outlines are simplified by tens of metres: a school nearer than this lies in an area."""

_FULL = 1.5
"""Pupils over places beyond which one of the two numbers is of another year, or wrong."""

_OLDEST, _LONGEST = 25, 20
_EATEN = re.compile(
    r"\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{1,2}"
)
_MOST_REJECTS = 10_000


def school_checks(atlas: Atlas) -> Iterator[Check]:
    """Every check of the datasets that describe schools."""
    register = read_register(atlas)
    checks = (
        _once(atlas),
        _points(atlas, register),
        _placed(atlas, register),
        _in_an_area(atlas, register),
        _in_the_region(atlas, register),
        _ages(atlas, register),
        _eaten(atlas),
        _capacity(atlas, register),
        _pupils(atlas, register),
    )
    for check in checks:
        yield check if len(register) else replace(check, applies=False, note="No schools.")


def _fault(atlas: Atlas, register: Register, at: int, text: str) -> Fault:
    dataset = register.described.datasets[register.place[at]]
    return Fault(text, dataset, items_by(atlas, dataset, "school_id").get(register.ids[at], ""))


def _described(register: Register) -> Indices:
    """Places of the open schools that a dataset describes."""
    return np.flatnonzero((register.place >= 0) & register.open).astype(np.int64)


def _once(atlas: Atlas) -> Check:
    faults = [
        Fault(f"Row {reject.row} ({reject.value}): {reject.reason}.", dataset, "")
        for dataset in atlas.settings.schools
        for reject in _rejects(atlas, dataset)
        if reject.action == "row"
    ]
    return Check(
        "schools-once",
        "Every school stands once",
        "Rows that were left out of the datasets of schools when they were loaded.",
        tuple(faults),
    )


def _points(atlas: Atlas, register: Register) -> Check:
    here = _described(register)
    metres = register.described.metres[register.place[here]]
    here = here[~np.isnan(metres[:, 0])]
    points = shapely.points(register.described.metres[register.place[here]])
    tree = shapely.STRtree(points)
    pairs = tree.query(points, predicate="dwithin", distance=_SAME_PLACE_M)
    faults = []
    for one, other in pairs[:, pairs[0] < pairs[1]].T:
        first, second = int(here[one]), int(here[other])
        names = register.names[first], register.names[second]
        phases = [register.described.phases[register.place[at]] for at in (first, second)]
        if phases[0] == phases[1] and one_name(*names):
            text = (
                f"{names[0]} ({register.ids[first]}) and {names[1]} ({register.ids[second]}) "
                f"stand at one point: one may be the other."
            )
            faults.append(_fault(atlas, register, first, text))
    return Check(
        "schools-points",
        "No two schools of one name stand at one point",
        "Open schools of one phase within a step of each other, all telling words of the shorter "
        "name being in the longer.",
        tuple(faults),
        note=f"{len(here):,} open schools have a place.",
    )


def _placed(atlas: Atlas, register: Register) -> Check:
    here = _described(register)
    missing = here[np.isnan(register.described.metres[register.place[here], 0])]
    return Check(
        "schools-placed",
        "Every school has a place",
        "Open schools without coordinates.",
        tuple(
            _fault(atlas, register, int(at), f"{register.names[at]} has no place.")
            for at in missing
        ),
        note=f"{len(here):,} open schools are described.",
    )


def _in_an_area(atlas: Atlas, register: Register) -> Check:
    title = "Every school lies in an area"
    said = layer_settings(atlas.settings, atlas.node.packs)
    there = [one for one in said.areas if atlas.snapshot(one) is not None]
    if not there:
        return not_applicable("schools-in-area", title, "No areas are loaded.")
    outlines = outlines_of(atlas, there[0])
    here = _described(register)
    metres = register.described.metres[register.place[here]]
    here = here[~np.isnan(metres[:, 0])]
    points = shapely.points(register.described.metres[register.place[here]])
    tree = shapely.STRtree(outlines.shapes)
    nearest = tree.query_nearest(points, return_distance=True, all_matches=False)
    far = np.zeros(len(here))
    far[nearest[0][0]] = nearest[1]
    beside = dict(zip(nearest[0][0].tolist(), nearest[0][1].tolist(), strict=True))
    faults = []
    for at in np.flatnonzero(far > _FAR_M)[np.argsort(-far[far > _FAR_M], kind="stable")]:
        name = outlines.names[beside[int(at)]]
        away = distance(far[at], atlas.city.units)
        text = f"{register.names[here[at]]} lies {away} from {name}, the nearest area."
        faults.append(_fault(atlas, register, int(here[at]), text))
    passes = distance(_FAR_M, atlas.city.units)
    what = f"Open schools against {outlines.title}; {passes} are let pass."
    return Check("schools-in-area", title, what, tuple(faults))


def _in_the_region(atlas: Atlas, register: Register) -> Check:
    west, south, east, north = atlas.city.region
    faults = []
    for at in np.flatnonzero(register.place >= 0):
        lon, lat = register.described.lonlat[register.place[at]]
        if not np.isnan(lon) and not (west <= lon <= east and south <= lat <= north):
            text = f"{register.names[at]} lies at longitude {lon:.3f}, latitude {lat:.3f}."
            faults.append(_fault(atlas, register, int(at), text))
    zones = (zone.dataset for zone in atlas.settings.zones)
    areas = (area for flow in atlas.settings.flows for area in flow.areas)
    for dataset in dict.fromkeys((*atlas.settings.schools, *zones, *areas)):
        faults += [
            Fault(f"Row {reject.row} ({reject.value}): {reject.reason}.", dataset, "")
            for reject in _rejects(atlas, dataset)
            if reject.action == "value" and reject.field == "geometry"
        ]
    return Check(
        "in-region",
        "Every coordinate is of this city's region",
        "Points, and outlines of zones and areas, that lie elsewhere: feet taken for degrees, "
        "eastings for northings, a branch in another town.",
        tuple(faults),
        note=f"The region is longitude {west} to {east}, latitude {south} to {north}.",
    )


def _ages(atlas: Atlas, register: Register) -> Check:
    faults, looked = [], 0
    for at in _described(register):
        facts = register.described.facts[register.place[at]]
        low, high = facts.get("lowest_age"), facts.get("highest_age")
        if not isinstance(low, int) or not isinstance(high, int):
            continue
        looked += 1
        stages = [
            stage
            for stage, there in zip(atlas.settings.stages, register.stages[at], strict=True)
            if there
        ]
        wrong = ""
        if low >= high:
            wrong = "the youngest are not younger than the oldest"
        elif high > _OLDEST or high - low > _LONGEST:
            wrong = "that is not a school's"
        elif stages and not any(low <= s.ages[1] and high > s.ages[0] for s in stages):
            wrong = f"that is not {stages[0].name.lower()}"
        if wrong:
            text = f"{register.names[at]} is for ages {low} to {high}: {wrong}."
            faults.append(_fault(atlas, register, int(at), text))
    title = "The ages of every school are plausible"
    if not looked:
        return not_applicable("schools-ages", title, "No school states its ages.")
    what = "Youngest and oldest age of open schools, against each other and against the stage."
    return Check(
        "schools-ages", title, what, tuple(faults), note=f"{looked:,} open schools state them."
    )


def _eaten(atlas: Atlas) -> Check:
    faults = []
    for dataset in atlas.settings.schools:
        snapshot, table = atlas.snapshot(dataset), atlas.table(dataset)
        if snapshot is None or table is None:
            continue
        items = table[snapshot.id_field or "_row"].to_pylist()
        for field in snapshot.fields:
            if field.type != "string":
                continue
            for item, value in zip(items, table[field.name].to_pylist(), strict=True):
                if value is not None and _EATEN.fullmatch(value):
                    title = field.title or field.name
                    text = f"{title} is {value!r}: a spreadsheet took two numbers for a date."
                    faults.append(Fault(text, dataset, str(item)))
    return Check(
        "schools-dates",
        "No value was turned into a date by a spreadsheet",
        "Texts such as 18-Nov in the datasets of schools, which were 11-18.",
        tuple(faults),
    )


def _capacity(atlas: Atlas, register: Register) -> Check:
    title = "Places are stated, and fit the pupils"
    datasets = [
        one.id
        for one in atlas.node.packs.datasets.values()
        if one.city == atlas.city.id
        and (one.standard or "").startswith("school_capacity@")
        and atlas.snapshot(one.id) is not None
    ]
    if not datasets:
        return not_applicable("schools-capacity", title, "No capacities are loaded.")
    faults, looked = [], 0
    for dataset in datasets:
        snapshot, table = atlas.snapshot(dataset), atlas.table(dataset)
        if snapshot is None or table is None:
            continue
        for row in table.to_pylist():
            looked += 1
            item = str(row[snapshot.id_field or "_row"])
            name = row.get("school_name") or row["school_id"]
            places, pupils = row["capacity"], row.get("pupils")
            if not places:
                faults.append(Fault(f"{name} states no places, or 0.", dataset, item))
                continue
            if pupils is None:
                at = register.index.get(row["school_id"])
                pupils = register.pupils[at] if at is not None and register.open[at] else None
            if pupils is not None and pupils > _FULL * places:
                ratio = pupils / places
                text = f"{name} has {pupils:,.0f} pupils and {places:,.0f} places ({ratio:.0%})."
                faults.append(Fault(text, dataset, item))
    what = f"Places of 0 or none, and pupils of more than {_FULL:.0%} of the places."
    return Check(
        "schools-capacity", title, what, tuple(faults), note=f"{looked:,} capacities are stated."
    )


def _pupils(atlas: Atlas, register: Register) -> Check:
    here = _described(register)
    empty = here[register.pupils[here] == 0]
    unknown = int(np.isnan(register.pupils[here]).sum())
    return Check(
        "schools-pupils",
        "No open school is without pupils",
        "Open schools that state 0 pupils.",
        tuple(
            _fault(atlas, register, int(at), f"{register.names[at]} is open and has 0 pupils.")
            for at in empty
        ),
        note=f"{unknown:,} of {len(here):,} open schools state no number.",
    )


def _rejects(atlas: Atlas, dataset: str) -> list[Reject]:
    """What was left out of a dataset; nothing where that is not for the reader."""
    if atlas.snapshot(dataset) is None:
        return []
    try:
        return atlas.node.rejects(dataset, limit=_MOST_REJECTS)
    except Refused:
        return []
