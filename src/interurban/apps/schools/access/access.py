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

from .checks import Check, checks_of
from .floating import access, crowdedness, ratios, within_reach
from .homes import Homes, Supply, homes_of, supply_of
from .inequality import gini
from .nearest import beyond_walk, nearest_school
from .settings import check_sources

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
    values: (areas,), metres to the nearest school, or places for each child; NaN where nothing
        is known.
    beyond: (areas,), share of the area's children beyond their walking distance.
    nearest: (areas,), place of the nearest school in ``supply``; -1 without one.
    ratio, crowded: (schools of ``supply``,), R_j and C_j of floating catchments; NaN for nearest.
    edge: (areas,), whose reach goes beyond the city's line, where neither schools nor children
        are known.
    gini, gini_inside: of all children, and without areas at the edge; NaN where all have nothing.
    """

    stage: Stage
    method: str
    reach: float
    factor: float
    homes: Homes
    supply: Supply
    values: Floats
    beyond: Floats
    nearest: Indices
    ratio: Floats
    crowded: Floats
    edge: Booleans
    gini: float
    gini_inside: float
    groups: tuple[GroupAccess, ...]
    checks: tuple[Check, ...]
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
    checks = [
        one
        for each in check_sources(settings.extra.get("access"))
        for one in (each.dataset, each.areas)
    ]
    flows = [each.dataset for each in settings.flows]
    places = settings.extra.get("places")
    capacity = [] if places is None else [places.text("capacity", default="")]
    named = (*settings.schools, *children, *groups, *checks, *flows, *capacity)
    return tuple(dict.fromkeys(one for one in named if one))


def access_of(atlas: Atlas, stage: Stage, method: str, reach: float) -> Access:
    """Access of each area to the schools of a stage; kept until a dataset changes.

    Parameters
    ----------
    method: one of ``METHODS``.
    reach: of floating catchments, along the way, in metres.

    Raises
    ------
    NotFound: nothing tells where children live, or there is no school.
    """
    name = f"access {stage.id} {method} {reach:g}"
    return atlas.cached(name, leaning_on(atlas), lambda: _work_out(atlas, stage, method, reach))


def _work_out(atlas: Atlas, stage: Stage, method: str, reach: float) -> Access:
    leaning = leaning_on(atlas)
    around = atlas.cached(f"access around {stage.id}", leaning, lambda: _around(atlas, stage))
    homes, supply = around.homes, around.supply
    if not len(supply.school):
        raise NotFound(
            f"No open {stage.name.lower()} school of {atlas.city.name} has a place.",
            advice=f"Load {atlas.settings.schools[0]}.",
            part="stage",
        )
    factor = atlas.settings.walking_factor
    nearest, metres = nearest_school(homes.areas.metres, supply.metres, factor)
    beyond = beyond_walk(metres, stage)
    ratio = crowded = np.full(len(supply.school), np.nan)
    values = metres
    if METHODS[method]:
        values, ratio, crowded = _floating(homes, supply, reach, factor, METHODS[method])
    edge = _at_edge(atlas, homes, reach / factor)
    weight = homes.children
    classes = (each for group in around.groups for each in _by_class(group, values, beyond, weight))
    return Access(
        stage=stage,
        method=method,
        reach=reach,
        factor=factor,
        homes=homes,
        supply=supply,
        values=values,
        beyond=beyond,
        nearest=nearest,
        ratio=ratio,
        crowded=crowded,
        edge=edge,
        gini=gini(values, weight),
        gini_inside=gini(np.where(edge, np.nan, values), weight),
        groups=tuple(classes),
        checks=around.checks,
        datasets=around.datasets,
    )


@dataclass(frozen=True, eq=False)
class _Around:
    """What every method has in common."""

    homes: Homes
    supply: Supply
    groups: tuple[Group, ...]
    checks: tuple[Check, ...]
    datasets: tuple[str, ...]


def _around(atlas: Atlas, stage: Stage) -> _Around:
    homes, supply = homes_of(atlas, stage), supply_of(atlas, stage)
    groups = groups_of(atlas, homes.areas, homes.children)
    checks = checks_of(atlas, stage) if len(supply.school) else ()
    used = (*homes.datasets, *supply.datasets)
    used += tuple(one.source.dataset for one in groups) + tuple(one.dataset for one in checks)
    return _Around(homes, supply, groups, checks, tuple(dict.fromkeys(used)))


def _floating(
    homes: Homes, supply: Supply, reach: float, factor: float, decay: str
) -> tuple[Floats, Floats, Floats]:
    """Places for each child by area; R_j and C_j by school. Schools without a number are out."""
    known, placed = np.isfinite(supply.places), np.isfinite(homes.areas.metres[:, 0])
    places, children = supply.places[known], homes.children[placed]
    reached = within_reach(homes.areas.metres[placed], supply.metres[known], reach, factor, decay)
    values = np.full(len(homes.areas), np.nan)
    values[placed] = access(reached, children, places)
    ratio, crowded = np.full(len(known), np.nan), np.full(len(known), np.nan)
    ratio[known] = ratios(reached, children, places)
    crowded[known] = crowdedness(reached, children, places)
    return values, ratio, crowded


def _at_edge(atlas: Atlas, homes: Homes, straight: float) -> Booleans:
    """Areas with their point so near the outer line that their reach goes beyond it."""

    def line() -> shapely.Geometry:
        shapes = homes.areas.shapes[homes.areas.shaped]
        wide = shapely.buffer(shapely.transform(shapes, atlas.project), _SEAM_M, quad_segs=1)
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
