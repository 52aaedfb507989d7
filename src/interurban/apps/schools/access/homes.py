"""Where children of a stage live, and which schools there are for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import ChildrenSource, FlowSource, Stage
from interurban.apps.schools.stages import teaching
from interurban.apps.schools.subjects import Areas, Floats, Indices
from interurban.apps.schools.what_if.places import capacity_dataset, published_places
from interurban.core.errors import NotFound

__all__ = ["Homes", "Supply", "children_advice", "homes_of", "supply_of"]

_PERIODS = ("reference_date", "time_period")


@dataclass(frozen=True, eq=False)
class Homes:
    """Areas with a shape, and the children of a stage in each.

    Parameters
    ----------
    children: (areas,), as if every year of an age group held as many.
    ages: of the numbers they were worked out from, in words. year: of those numbers.
    """

    areas: Areas
    children: Floats
    ages: str
    year: int | None
    datasets: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Supply:
    """The schools of a stage that any child may go to.

    Parameters
    ----------
    school: (n,), places among the schools of the atlas.
    places: (n,), published places, or else pupils on roll; NaN where neither is known.
    published: how many have published places.
    selective: schools that choose their pupils by tests, which are left out.
    """

    school: Indices
    metres: Floats
    places: Floats
    published: int
    years: tuple[int, ...]
    selective: int
    datasets: tuple[str, ...]


def homes_of(atlas: Atlas, stage: Stage) -> Homes:
    """Children of a stage's ages by area: from the first of the pack's sources that is there.

    Raises
    ------
    NotFound: none is.
    """
    for source in atlas.settings.children:
        if atlas.snapshot(source.dataset) is None:
            continue
        areas = atlas.areas(FlowSource(source.dataset, stage.id, source.areas))
        if not len(areas.shaped):
            continue
        found, ages, year = _children(atlas, source, stage)
        children = np.array([found.get(one, 0.0) for one in areas.ids])
        # An area without a shape is nowhere.
        children[np.isnan(areas.metres[:, 0])] = 0.0
        used = tuple(dict.fromkeys(one for one in areas.datasets if one))
        return Homes(areas, children, ages, year, (source.dataset, *used))
    raise NotFound(
        f"Nothing tells where children live in {atlas.city.name}.",
        advice=children_advice(atlas),
        part="city",
    )


def children_advice(atlas: Atlas) -> str:
    """What to do so that it is known where children live."""
    said = atlas.settings.children
    if not said:
        return (
            "Describe a dataset on population_by_age, or on area_statistic, and name it with its "
            "areas under children in apps/schools.yaml."
        )
    named = dict.fromkeys(one for each in said for one in (each.dataset, *each.areas))
    return f"Load {' '.join(named)}."


def _children(
    atlas: Atlas, source: ChildrenSource, stage: Stage
) -> tuple[dict[str, float], str, int | None]:
    """Children of the stage by code of area, the ages told, and the year."""
    wanted = ("area_id", "measure", "sex", "age_from", "age_to", "people", "value", *_PERIODS)
    table = atlas.table(source.dataset, wanted)
    assert table is not None, "the dataset was found a moment ago"
    if source.measure:
        table = table.filter(pc.equal(table["measure"], source.measure))
    rows = table.to_pylist()
    period = next((name for name in _PERIODS if name in table.column_names), None)
    newest = max((row[period] for row in rows if row[period]), default=None) if period else None
    found: dict[str, float] = {}
    told: set[tuple[int, int]] = set()
    for row in rows:
        ages = _ages(row, source)
        people = row.get("people") if row.get("people") is not None else row.get("value")
        if ages is None or people is None or (period and row[period] != newest):
            continue
        shared = min(ages[1], stage.ages[1]) - max(ages[0], stage.ages[0]) + 1
        if shared > 0:
            told.add(ages)
            part = float(people) * shared / (ages[1] - ages[0] + 1)
            found[str(row["area_id"])] = found.get(str(row["area_id"]), 0.0) + part
    words = ", ".join(f"{first} to {last}" for first, last in sorted(told))
    return found, words, getattr(newest, "year", None)


def _ages(row: Mapping[str, object], source: ChildrenSource) -> tuple[int, int] | None:
    if source.ages is not None:
        return source.ages
    low, high = row.get("age_from"), row.get("age_to")
    if row.get("sex") not in (None, "", "all") or not isinstance(low, int):
        return None
    return (low, high) if isinstance(high, int) else None


def supply_of(atlas: Atlas, stage: Stage) -> Supply:
    """Open schools of today of a stage that any child may go to.

    Private schools, those that choose their pupils by tests, and special ones or others to which
    pupils are sent are none of these.
    """
    schools = atlas.schools
    placed = np.isfinite(schools.metres[:, 0])
    current = atlas.settings.current
    today = np.array([one in current for one in schools.datasets], dtype=np.bool_)
    today &= np.array([one != "closed" for one in schools.statuses], dtype=np.bool_)
    for_all = np.array([one != "private" for one in schools.governances], dtype=np.bool_)
    for_all &= np.array([one not in ("special", "other") for one in schools.phases], dtype=np.bool_)
    taught = teaching(atlas, stage.id) & placed & today & for_all
    choosy = np.array([one == "selective" for one in schools.admissions], dtype=np.bool_)
    school = np.flatnonzero(taught & ~choosy)
    published = published_places(atlas, stage.id)
    ids = [schools.ids[at] for at in school]
    places = np.array([published.get(one, (np.nan, 0))[0] for one in ids], dtype=np.float64)
    known = np.isfinite(places)
    pupils = schools.pupils[school]
    named = capacity_dataset(atlas)
    return Supply(
        school=school,
        metres=schools.metres[school],
        places=np.where(known, places, np.where(pupils > 0, pupils, np.nan)),
        published=int(known.sum()),
        years=tuple(sorted({published[one][1] for one in ids if one in published})),
        selective=int((taught & choosy).sum()),
        datasets=(*((named,) if named else ()), *atlas.settings.schools),
    )
