"""Groups of home areas by a number about them: tenths of deprivation, fifths of income."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
import shapely

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Areas, Floats, Indices
from interurban.standards.yaml_file import Section

__all__ = ["Group", "GroupSource", "classes_of", "group_sources", "groups_of"]

_KEYS = ("id", "title", "dataset", "areas", "measure", "classes", "low", "high")
_NUMBERS = {"tenths": 10, "fifths": 5}
_ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th")


@dataclass(frozen=True, slots=True)
class GroupSource:
    """What a pack says of a way to group areas.

    Parameters
    ----------
    areas: boundary dataset of the areas that the numbers are about, where they are not the home
        areas themselves.
    classes: ``tenths``: the numbers are tenths already; ``fifths``: of the city's pupils.
    low, high: words for the first and the last class.
    """

    id: str
    title: str
    dataset: str
    areas: str
    measure: str
    classes: str
    low: str
    high: str


@dataclass(frozen=True, eq=False)
class Group:
    """The class of each home area.

    Parameters
    ----------
    labels: of the classes. of: (areas,), places in ``labels``; -1 where nothing is known.
    """

    source: GroupSource
    labels: tuple[str, ...]
    of: Indices


def group_sources(section: Section | None) -> tuple[GroupSource, ...]:
    """The ways to group areas of the section ``what_if`` of a pack.

    Raises
    ------
    ConfigurationError: a key is wrong.
    """
    found = []
    for one in section.sections("groups") if section is not None else ():
        one.allow(_KEYS)
        found.append(
            GroupSource(
                one.text("id"),
                one.text("title"),
                one.text("dataset"),
                one.text("areas", default=""),
                one.text("measure"),
                one.choice("classes", set(_NUMBERS)),
                one.text("low"),
                one.text("high"),
            )
        )
    return tuple(found)


def groups_of(atlas: Atlas, areas: Areas, pupils: Floats) -> tuple[Group, ...]:
    """Every grouping whose data the reader may have.

    Parameters
    ----------
    pupils: (areas,), of each home area, by which fifths are cut.
    """
    found = []
    for source in group_sources(atlas.settings.extra.get("what_if")):
        values = _values(atlas, source, areas)
        if np.isfinite(values).any():
            found.append(classes_of(source, values, pupils))
    return tuple(found)


def classes_of(source: GroupSource, values: Floats, pupils: Floats) -> Group:
    """Classes of areas by their values; NaN is in none. Fifths hold a fifth of the pupils each."""
    number = _NUMBERS[source.classes]
    known = np.isfinite(values)
    of = np.full(len(values), -1, dtype=np.int64)
    if source.classes == "tenths":
        of[known] = np.clip(np.round(values[known]), 1, number).astype(np.int64) - 1
    else:
        order = np.argsort(values[known], kind="stable")
        weight = np.maximum(pupils[known][order], 0.0)
        total = float(weight.sum())
        below = np.cumsum(weight) - weight / 2
        rank = below / total if total > 0 else (np.arange(len(order)) + 0.5) / len(order)
        classes = np.empty(len(order), dtype=np.int64)
        classes[order] = np.minimum((rank * number).astype(np.int64), number - 1)
        of[known] = classes
    word = source.classes.removesuffix("s")
    labels = [f"{_ORDINALS[at]} {word}" for at in range(number)]
    labels[0] += f" ({source.low})"
    labels[-1] += f" ({source.high})"
    return Group(source, tuple(labels), of)


def _values(atlas: Atlas, source: GroupSource, areas: Areas) -> Floats:
    """The newest number of each home area; NaN where there is none."""
    table = atlas.table(source.dataset, ("area_id", "measure", "time_period", "value"))
    if table is None:
        return np.full(len(areas), np.nan)
    table = table.filter(pc.equal(table["measure"], source.measure)).sort_by("time_period")
    newest = dict(zip(table["area_id"].to_pylist(), table["value"].to_pylist(), strict=True))
    if not source.areas:
        return np.array([_number(newest.get(one)) for one in areas.ids])
    return _overlaid(atlas, source.areas, newest, areas)


def _overlaid(atlas: Atlas, boundary: str, newest: dict[str, float | None], areas: Areas) -> Floats:
    """The mean over other areas, by the land that they share with each home area."""
    found = np.full(len(areas), np.nan)
    snapshot, table = atlas.snapshot(boundary), atlas.table(boundary)
    if snapshot is None or table is None or snapshot.roles.key is None:
        return found
    ids = table[snapshot.roles.key].to_pylist()
    values = np.array([_number(newest.get(str(one))) for one in ids])
    shapes = shapely.from_wkb(table["geometry"].to_pylist())
    keep = np.isfinite(values) & np.array([shape is not None for shape in shapes])
    projected = shapely.transform(shapes[keep], atlas.project)
    values = values[keep]
    homes = shapely.transform(areas.shapes[areas.shaped], atlas.project)
    home, other = shapely.STRtree(projected).query(homes, predicate="intersects")
    land = shapely.area(shapely.intersection(homes[home], projected[other]))
    weight = np.bincount(home, land, len(homes))
    sums = np.bincount(home, land * values[other], len(homes))
    found[areas.shaped] = np.divide(sums, weight, out=np.full(len(homes), np.nan), where=weight > 0)
    return found


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
