"""Access to schools of a stage, by one method, with what has to be told beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.subjects import Booleans, Floats, Indices
from interurban.apps.schools.what_if.groups import Group, group_sources, groups_of
from interurban.core.errors import NotFound

from .checks import Check
from .choice import Choice, choose
from .floating import access, crowdedness, ratios
from .homes import Homes, Supply, homes_of, supply_of
from .inequality import gini
from .settings import check_sources, street_source
from .ways import STREETS, StreetWay, Way

__all__ = ["METHODS", "Access", "GroupAccess", "access_of", "leaning_on", "reach_of"]

_REACH_M = 3_000.0
_SEAM_M = 100.0
"""Gaps between outlines that were simplified each by itself are closed up to twice this."""

METHODS = {"nearest": "", "2sfca": "none", "e2sfca": "stepped", "continuous": "continuous"}
"""Each method by the decay that it uses."""


@dataclass(frozen=True, slots=True)
class GroupAccess:
    """One class of home areas.

    Parameters
    ----------
    mean: of the children in it. beyond_walk: share of them.
    """

    group: str
    label: str
    children: float
    mean: float
    beyond_walk: float


@dataclass(frozen=True, eq=False)
class Access:
    """What children of each area have.

    Parameters
    ----------
    factor: of straight lines, where these are taken. choice: the way that is taken, and why.
    values: (areas,), metres to the nearest school, or places for each child; NaN where nothing
        is known.
    beyond: (areas,), share of the area's children beyond their walking distance.
    nearest: (areas,), place of the nearest school in ``supply``; -1 without one.
    ratio, crowded: (schools of ``supply``,), R_j and C_j of floating catchments; NaN for nearest.
    edge: (areas,), whose reach goes beyond the city's line, where neither schools nor children
        are known. buffer: how far from the line that may be, straight, in metres.
    gini, gini_inside: of all children, and without areas at the edge; NaN where all have nothing.
    checks: of distances to schools of the stage or to single ones, the way that is taken first.
    areas_off, schools_off: how many have no street near, where ways go along streets.
    """

    stage: Stage
    method: str
    reach: float
    factor: float
    choice: Choice
    homes: Homes
    supply: Supply
    values: Floats
    beyond: Floats
    nearest: Indices
    ratio: Floats
    crowded: Floats
    edge: Booleans
    buffer: float
    gini: float
    gini_inside: float
    groups: tuple[GroupAccess, ...]
    checks: tuple[Check, ...]
    areas_off: int
    schools_off: int
    datasets: tuple[str, ...]


def reach_of(stage: Stage) -> float:
    """The reach of floating catchments unless another is asked for: the walk of the youngest."""
    return stage.walking[0].metres if stage.walking else _REACH_M


def leaning_on(atlas: Atlas) -> tuple[str, ...]:
    """Every dataset that access may be worked out from."""
    settings = atlas.settings
    children = [one for each in settings.children for one in (each.dataset, *each.areas)]
    groups = [
        one
        for each in group_sources(settings.extra.get("what_if"))
        for one in (each.dataset, each.areas)
        if one
    ]
    checks = [one for each in check_sources(settings) for one in (each.dataset, each.areas)]
    flows = [each.dataset for each in settings.flows]
    places = settings.extra.get("places")
    capacity = [] if places is None else [places.text("capacity", default="")]
    source = street_source(settings, atlas.node.packs)
    streets = [] if source is None else [source.dataset]
    named = (*settings.schools, *children, *groups, *checks, *flows, *capacity, *streets)
    return tuple(dict.fromkeys(one for one in named if one))


def access_of(atlas: Atlas, stage: Stage, method: str, reach: float, way: str = "") -> Access:
    """Access of each area to the schools of a stage; kept until a dataset changes.

    Parameters
    ----------
    method: one of ``METHODS``.
    reach: of floating catchments, along the way, in metres.
    way: one of ``WAYS``; empty for the better one.

    Raises
    ------
    NotFound: nothing tells where children live, or there is no school.
    BadRequest: there is no such way here.
    """
    name = f"access {stage.id} {method} {reach:g} {way}"
    return atlas.cached(
        name, leaning_on(atlas), lambda: _work_out(atlas, stage, method, reach, way)
    )


def _work_out(atlas: Atlas, stage: Stage, method: str, reach: float, way: str) -> Access:
    leaning = leaning_on(atlas)
    around = atlas.cached(f"access around {stage.id}", leaning, lambda: _around(atlas, stage))
    homes, supply = around.homes, around.supply
    if not len(supply.school):
        raise NotFound(
            f"No open {stage.name.lower()} school of {atlas.city.name} has a place.",
            advice=f"Load {atlas.settings.schools[0]}."
            if atlas.settings.schools
            else "Name a dataset on school under schools in apps/schools.yaml.",
            part="stage",
        )
    choice = choose(atlas, stage, way, leaning)
    factor = atlas.settings.walking_factor
    nearest = choice.way.nearest(homes.areas, supply.school, stage)
    ratio = crowded = np.full(len(supply.school), np.nan)
    values = nearest.metres
    if METHODS[method]:
        values, ratio, crowded = _floating(homes, supply, choice.way, reach, METHODS[method])
    # No way is shorter than the straight line, but some streets are straight.
    buffer = reach if choice.way.name == STREETS else reach / factor
    edge = _at_edge(atlas, homes, buffer)
    weight, beyond = homes.children, nearest.beyond
    classes = (each for group in around.groups for each in _by_class(group, values, beyond, weight))
    checks = tuple(one for one in choice.checks if one.stage in ("", stage.id))
    areas_off, schools_off = _off(choice.way, homes, supply)
    used = (*around.datasets, *(one.dataset for one in checks))
    if choice.way.name == STREETS and choice.streets is not None:
        used = (*used, choice.streets.source.dataset)
    return Access(
        stage=stage,
        method=method,
        reach=reach,
        factor=factor,
        choice=choice,
        homes=homes,
        supply=supply,
        values=values,
        beyond=beyond,
        nearest=nearest.school,
        ratio=ratio,
        crowded=crowded,
        edge=edge,
        buffer=buffer,
        gini=gini(values, weight),
        gini_inside=gini(np.where(edge, np.nan, values), weight),
        groups=tuple(classes),
        checks=checks,
        areas_off=areas_off,
        schools_off=schools_off,
        datasets=tuple(dict.fromkeys(used)),
    )


@dataclass(frozen=True, eq=False)
class _Around:
    """What every method and every way has in common."""

    homes: Homes
    supply: Supply
    groups: tuple[Group, ...]
    datasets: tuple[str, ...]


def _around(atlas: Atlas, stage: Stage) -> _Around:
    homes, supply = homes_of(atlas, stage), supply_of(atlas, stage)
    groups = groups_of(atlas, homes.areas, homes.children)
    used = (*homes.datasets, *supply.datasets, *(one.source.dataset for one in groups))
    return _Around(homes, supply, groups, used)


def _floating(
    homes: Homes, supply: Supply, way: Way, reach: float, decay: str
) -> tuple[Floats, Floats, Floats]:
    """Places for each child by area; R_j and C_j by school. Schools without a number are out."""
    known, placed = np.isfinite(supply.places), np.isfinite(homes.areas.metres[:, 0])
    places, children = supply.places[known], homes.children
    reached = way.reached(homes.areas, supply.school[known], reach, decay)
    values = np.where(placed, access(reached, children, places), np.nan)
    ratio, crowded = np.full(len(known), np.nan), np.full(len(known), np.nan)
    ratio[known] = ratios(reached, children, places)
    crowded[known] = crowdedness(reached, children, places)
    return values, ratio, crowded


def _off(way: Way, homes: Homes, supply: Supply) -> tuple[int, int]:
    """How many areas and schools have no street near; 0 where nobody asks for one."""
    if not isinstance(way, StreetWay):
        return 0, 0
    areas = ~way.homes(homes.areas).near[homes.areas.shaped]
    return int(areas.sum()), int((~way.near(supply.school)).sum())


def _at_edge(atlas: Atlas, homes: Homes, straight: float) -> Booleans:
    """Areas with their point so near the outer line that their reach goes beyond it."""

    def line() -> shapely.Geometry:
        shapes = homes.areas.shapes[homes.areas.shaped]
        # A coast drawn to the metre would take seconds, and tell nothing of a reach.
        simple = shapely.simplify(shapely.transform(shapes, atlas.project), _SEAM_M / 10)
        wide = shapely.buffer(simple, _SEAM_M, quad_segs=1)
        return shapely.buffer(shapely.union_all(wide), -_SEAM_M, quad_segs=1)

    whole = atlas.cached(f"outline of {homes.datasets}", homes.datasets, line)
    outer = shapely.get_exterior_ring(shapely.get_parts(whole))
    points = shapely.points(homes.areas.metres)
    return np.asarray(shapely.dwithin(points, shapely.multilinestrings(outer), straight))


def _by_class(group: Group, values: Floats, beyond: Floats, children: Floats) -> list[GroupAccess]:
    found = []
    for at, label in enumerate(group.labels):
        of = (group.of == at) & np.isfinite(values)
        there = float(children[of].sum())
        if there > 0:
            mean = float((children[of] * values[of]).sum() / there)
            far = float((children[of] * beyond[of]).sum() / there)
            found.append(GroupAccess(group.source.title, label, there, mean, far))
    return found
