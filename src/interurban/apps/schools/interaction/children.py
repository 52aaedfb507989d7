"""How many children live in each home area, laid over from the areas that they are counted by."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import ChildrenSource
from interurban.apps.schools.subjects import Areas, Floats
from interurban.core.errors import BadRequest

__all__ = ["children_in", "land_shares"]

_YOUNGEST, _OLDEST = 4, 19
"""Groups that end between these ages are of children who go to school, or some of whom do."""


def children_in(atlas: Atlas, areas: Areas) -> tuple[Floats, tuple[str, ...]]:
    """Children of each area with a shape, and the datasets that tell it.

    They are those of the finest dataset that the reader may have, of whatever ages it is about:
    what counts is how they are spread. Areas that it does not count by get theirs by land.

    Returns
    -------
    (areas,), 0 without a shape.

    Raises
    ------
    BadRequest: no such dataset is loaded.
    """
    for source in atlas.settings.children:
        counted = _counted(atlas, source)
        if counted:
            own = set(areas.datasets) - {""} <= set(source.areas)
            found = (
                np.array([counted.get(one, 0.0) for one in areas.ids])
                if own
                else _laid_over(atlas, source, counted, areas)
            )
            if found.sum() > 0:
                return found, (source.dataset, *source.areas)
    raise BadRequest(
        f"Nothing is loaded that tells where children live in {atlas.city.name}.",
        advice="Load a dataset of the section children of its apps/schools.yaml.",
        part="stage",
    )


def _counted(atlas: Atlas, source: ChildrenSource) -> dict[str, float]:
    """Children by code of the area, of the newest date."""
    table = atlas.table(source.dataset)
    if table is None:
        return {}
    rows: list[dict[str, Any]] = table.to_pylist()
    when, value = ("time_period", "value") if source.measure else ("reference_date", "people")
    if source.measure:
        rows = [row for row in rows if row["measure"] == source.measure]
    newest = max((row[when] for row in rows if row.get(when)), default=None)
    found: dict[str, float] = {}
    for row in rows:
        if row.get(when) != newest or row[value] is None:
            continue
        if not source.measure and not _school_age(row):
            continue
        found[str(row["area_id"])] = found.get(str(row["area_id"]), 0.0) + float(row[value])
    return found


def _school_age(row: dict[str, Any]) -> bool:
    """Whether a row of a table by age counts everybody of some ages at which children learn."""
    first, last = row.get("age_from"), row.get("age_to")
    whole = str(row.get("sex") or "all").lower() in ("all", "persons", "total")
    return whole and first is not None and last is not None and _YOUNGEST <= last <= _OLDEST


def _laid_over(
    atlas: Atlas, source: ChildrenSource, counted: dict[str, float], areas: Areas
) -> Floats:
    """Children by the land that areas share with those that they are counted by."""
    shapes: list[shapely.Geometry] = []
    values: list[float] = []
    seen: set[str] = set()
    for dataset in source.areas:
        snapshot, table = atlas.snapshot(dataset), atlas.table(dataset)
        if snapshot is None or table is None or snapshot.roles.key is None:
            continue
        for row in table.to_pylist():
            code = str(row[snapshot.roles.key])
            if row["geometry"] is not None and code in counted and code not in seen:
                seen.add(code)
                shapes.append(shapely.from_wkb(row["geometry"]))
                values.append(counted[code])
    found = np.zeros(len(areas))
    if shapes:
        theirs = shapely.transform(np.array(shapes, dtype=object), atlas.project)
        ours = shapely.transform(areas.shapes[areas.shaped], atlas.project)
        found[areas.shaped] = land_shares(ours, theirs, np.array(values))
    return found


def land_shares(
    ours: np.ndarray[Any, np.dtype[np.object_]],
    theirs: np.ndarray[Any, np.dtype[np.object_]],
    values: Floats,
) -> Floats:
    """Amounts of other areas laid over ours in proportion to land; both projected. (ours,).

    Source: Goodchild & Lam (1980), Areal interpolation, a variant of the traditional spatial
    problem, Geo-Processing 1.
    """
    home, other = shapely.STRtree(theirs).query(ours, predicate="intersects")
    land = shapely.area(shapely.intersection(ours[home], theirs[other]))
    whole = np.maximum(shapely.area(theirs[other]), 1e-9)
    return np.bincount(home, values[other] * land / whole, len(ours)).astype(np.float64)
