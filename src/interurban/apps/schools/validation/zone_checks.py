"""Checks of official zones, after the quality rules of the SABINS and NCES SABS collections.

"Every point is covered for every grade, no regular school is unserved, each school's point lies
in its own polygon" (School Attendance Boundary Information System, College of William & Mary and
Minnesota Population Center, 2011). Outlines are simplified, so nothing is a fault that is within
the distance that a dataset's outlines may be off.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from interurban.apps.schools.card.register import Register, read_register
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.words import distance, ground
from interurban.apps.schools.zones import EDGE_M, Zones, zones_of

from .check import Check, Fault, items_by, not_applicable

__all__ = ["city_outline", "zone_checks"]

_LEAST_M2 = 10_000.0
"""A gap or an overlap smaller than a hectare is drawing, not a fault."""


def zone_checks(atlas: Atlas) -> Iterator[Check]:
    """Cover, overlaps, unserved schools, schools outside their zone, zones without a school."""
    zones = zones_of(atlas)
    if not len(zones):
        for name, title in (
            ("zones-cover", "The zones of each stage cover the city"),
            ("zones-overlap", "No two zones of one map overlap"),
            ("zones-unserved", "Every school with a zone by rule has one"),
            ("zones-school-inside", "Every school stands in its own zone"),
            ("zones-school-open", "Every zone is served by a school that is open"),
        ):
            yield not_applicable(name, title, f"{atlas.city.name} has no official zones here.")
        return
    register = read_register(atlas)
    yield _cover(atlas, zones)
    yield _overlap(atlas, zones)
    yield _unserved(atlas, zones, register)
    yield _inside(atlas, zones, register)
    yield _served(atlas, zones, register)


def _fault(atlas: Atlas, zones: Zones, zone: int, text: str) -> Fault:
    dataset = zones.datasets[zone]
    item = items_by(atlas, dataset, "zone_id").get(zones.ids[zone], "")
    return Fault(text, dataset, item)


def _name(zones: Zones, zone: int) -> str:
    return zones.names[zone] or zones.ids[zone]


def _cover(atlas: Atlas, zones: Zones) -> Check:
    title = "The zones of each stage cover the city"
    outline = city_outline(atlas)
    if outline is None:
        why = f"The outline of {atlas.city.name} is not loaded."
        return not_applicable("zones-cover", title, why)
    faults: list[Fault] = []
    said: list[str] = []
    for stage in atlas.settings.stages:
        here = zones.of_stage(stage.id)
        if len(here):
            found, share = _gaps(atlas, zones, here, outline, stage)
            faults += found
            said.append(f"{stage.name}: {share:.1%} of the city is in a zone.")
    what = "The union of a stage's zones against the outline of the city, water with it."
    return Check("zones-cover", title, what, tuple(faults), note=" ".join(said))


def _gaps(
    atlas: Atlas,
    zones: Zones,
    here: NDArray[np.int64],
    outline: shapely.Geometry,
    stage: Stage,
) -> tuple[list[Fault], float]:
    shapes = shapely.make_valid(zones.outlines[here])
    union = shapely.union_all(shapes)
    share = shapely.area(shapely.intersection(union, outline)) / shapely.area(outline)
    margin = max(float(zones.exact_m[here].max()), 1.0)
    missing = shapely.difference(outline, shapely.buffer(union, margin))
    pieces = [p for p in shapely.get_parts(missing) if shapely.area(p) >= _LEAST_M2]
    faults = []
    for piece in sorted(pieces, key=shapely.area, reverse=True):
        near = int(here[np.argmin(shapely.distance(shapes, piece))])
        size = ground(shapely.area(piece), atlas.city.units)
        text = f"{size} beside {_name(zones, near)} are in no zone ({stage.name})."
        faults.append(_fault(atlas, zones, near, text))
    return faults, float(share)


def _overlap(atlas: Atlas, zones: Zones) -> Check:
    faults: list[tuple[float, Fault]] = []
    shapes = shapely.make_valid(zones.outlines)
    pairs = zones.tree.query(zones.outlines, predicate="intersects")
    one, other = pairs[:, pairs[0] < pairs[1]]
    datasets, ids = np.array(zones.datasets), np.array(zones.ids)
    same = (datasets[one] == datasets[other]) & (ids[one] != ids[other])
    one, other = one[same], other[same]
    margins = np.maximum(zones.exact_m[one], 1.0)
    shared = shapely.intersection(shapes[one], shapes[other])
    core = shapely.area(shapely.buffer(shared, -margins))
    for at in np.flatnonzero(core >= _LEAST_M2):
        first, second = int(one[at]), int(other[at])
        size = float(shapely.area(shared[at]))
        said = ground(size, atlas.city.units)
        text = f"{_name(zones, first)} and {_name(zones, second)} overlap by {said}."
        faults.append((size, _fault(atlas, zones, first, text)))
    faults.sort(key=lambda found: -found[0])
    return Check(
        "zones-overlap",
        "No two zones of one map overlap",
        f"Every pair of zones of one dataset; {ground(_LEAST_M2, atlas.city.units)}, and what "
        "outlines may be off, are let pass.",
        tuple(fault for _, fault in faults),
    )


def _unserved(atlas: Atlas, zones: Zones, register: Register) -> Check:
    title = "Every school with a zone by rule has one"
    served = set(zones.school_ids)
    stages = [bool(len(zones.of_stage(stage.id))) for stage in atlas.settings.stages]
    ruled, faults = 0, []
    for at, school in enumerate(register.ids):
        place = register.place[at]
        if place < 0 or not register.open[at] or not (register.stages[at] & stages).any():
            continue
        if register.described.admissions[place] != "zone":
            continue
        ruled += 1
        if school not in served:
            dataset = register.described.datasets[place]
            item = items_by(atlas, dataset, "school_id").get(school, "")
            text = f"{register.names[at]} takes children of a zone, but no zone is its."
            faults.append(Fault(text, dataset, item))
    if not ruled:
        return not_applicable("zones-unserved", title, "No school says that it has a zone.")
    what = "Open schools that say they take the children of a zone, of stages with zones."
    note = f"{ruled:,} schools say so."
    return Check("zones-unserved", title, what, tuple(faults), note=note)


def _inside(atlas: Atlas, zones: Zones, register: Register) -> Check:
    outside: list[tuple[float, Fault]] = []
    looked = 0
    groups: dict[tuple[str, str], list[int]] = {}
    for at, school in enumerate(zones.school_ids):
        groups.setdefault((zones.datasets[at], school), []).append(at)
    for (_, school), here in groups.items():
        at = register.index.get(school, -1)
        place = register.place[at] if at >= 0 else -1
        if place < 0 or np.isnan(register.described.metres[place, 0]):
            continue
        looked += 1
        point = shapely.Point(register.described.metres[place])
        far = float(shapely.distance(zones.outlines[here], point).min())
        if far > max(EDGE_M, float(zones.exact_m[here].max())):
            away = distance(far, atlas.city.units)
            text = f"{register.names[at]} stands {away} outside its zone."
            outside.append((far, _fault(atlas, zones, here[0], text)))
    outside.sort(key=lambda found: -found[0])
    return Check(
        "zones-school-inside",
        "Every school stands in its own zone",
        "The school's point against its zone; nearer than the outline may be off is let pass.",
        tuple(fault for _, fault in outside),
        note=f"{looked:,} schools with a zone have a place.",
    )


def _served(atlas: Atlas, zones: Zones, register: Register) -> Check:
    faults = []
    for at, school in enumerate(zones.school_ids):
        if not school:
            faults.append(_fault(atlas, zones, at, f"{_name(zones, at)} names no school."))
        elif not register.is_open(school):
            known = register.index.get(school)
            name = register.names[known] if known is not None else school
            text = f"{_name(zones, at)} is served by {name} ({school}), which is not open."
            faults.append(_fault(atlas, zones, at, text))
    return Check(
        "zones-school-open",
        "Every zone is served by a school that is open",
        "The school that each zone names against the schools of today.",
        tuple(faults),
        note=f"{len(zones):,} zones.",
    )


def city_outline(atlas: Atlas) -> shapely.Geometry | None:
    """The outline of the city in the working CRS; ``None`` when it is not loaded."""
    said = next((one for one in atlas.city.boundaries if one.name == "city"), None)
    table = atlas.table(said.dataset, ("geometry",)) if said is not None else None
    if table is None or not table.num_rows:
        return None
    shapes = shapely.from_wkb(table["geometry"].to_pylist())
    return shapely.union_all(shapely.make_valid(shapely.transform(shapes, atlas.project)))
