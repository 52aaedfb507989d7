"""Places and pupils of schools, side by side: by school, and added up by area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.stages import stages_of
from interurban.apps.schools.subjects import Booleans, Floats, Indices
from interurban.core.errors import BadRequest

from .settings import PlaceSettings

__all__ = ["Supply", "SupplyAreas", "read_supply", "supply_areas", "supply_years"]


@dataclass(frozen=True, eq=False)
class Supply:
    """Schools of one stage in one school year, in order of id.

    A school that is of several stages has all its pupils and places in each of them, unless the
    city has places by stage.

    Parameters
    ----------
    year: school year of the pupils; 0 where the register states none.
    capacity_years: (n,), school year that the places are of; 0 where there are none.
    lonlat: (n, 2), WGS84; NaN without a place.
    published: (n,), places as published, NaN where unknown: a publisher's 0 is unknown too.
    classrooms: (n,), NaN where unknown.
    pupils: (n,), all pupils of the school, or of its stage where places are by stage; NaN where
        unknown.
    partial: (n,), whether the school has pupils that are not in ``pupils``.
    younger: (n,), those of them in year groups before the entry one; NaN where unknown.
    ratings: as published with the places, of their year; empty without one.
    """

    stage: str
    year: int
    ids: tuple[str, ...]
    names: tuple[str, ...]
    lonlat: Floats
    published: Floats
    capacity_years: Indices
    classrooms: Floats
    pupils: Floats
    partial: Booleans
    younger: Floats
    ratings: tuple[str, ...]
    unmatched: int
    """Schools with places of the stage that are not among these: closed since, or elsewhere."""

    def __len__(self) -> int:
        return len(self.ids)


_YOUNGEST = -20


@dataclass(frozen=True, slots=True)
class _Room:
    name: str
    year: int
    capacity: float
    classrooms: float
    pupils: float
    rating: str
    place: bytes | None


def supply_years(atlas: Atlas, settings: PlaceSettings, stage: Stage) -> tuple[int, ...]:
    """School years with pupils of the stage's schools, the newest first."""
    years = set(_roll_years(atlas, settings))
    if not years and settings.register_year:
        years.add(settings.register_year)
    for room in _rooms(atlas, settings, stage).values():
        if np.isfinite(room.pupils):
            years.add(room.year)
    return tuple(sorted(years, reverse=True))


def read_supply(
    atlas: Atlas, settings: PlaceSettings, stage: Stage, year: int | None = None
) -> Supply:
    """Schools of a stage with their places and the pupils of a year.

    Parameters
    ----------
    year: of the pupils; the newest roll, or the register, when none is named. A year that the
        places' own dataset tells the pupils of gives its schools with those pupils, so that its
        publisher's figures can be found again.

    Raises
    ------
    BadRequest: there are no pupils of that year.
    """
    leaning = [one for one in (settings.capacity, settings.rolls, settings.register) if one]
    leaning += _school_datasets(atlas)
    return atlas.cached(
        f"supply {stage.id} {year}", leaning, lambda: _read(atlas, settings, stage, year)
    )


def _read(atlas: Atlas, settings: PlaceSettings, stage: Stage, year: int | None) -> Supply:
    rooms = _rooms(atlas, settings, stage)
    rolls = _roll_years(atlas, settings)
    then = {one: room for one, room in rooms.items() if room.year == year and room.pupils >= 0}
    wanted = rolls[0] if year is None and rolls else year
    younger: dict[str, float] = {}
    whole: dict[str, float] = {}
    if then:
        pupils = {one: room.pupils for one, room in then.items()}
        names = {one: room.name for one, room in then.items()}
        ids = sorted(then)
    elif wanted in rolls:
        whole, younger, names, ids = _on_roll(atlas, settings, stage, wanted)
        pupils = _of_groups(atlas, settings, stage, wanted) if settings.capacity_by_stage else whole
    elif wanted in (None, settings.register_year) and not rolls:
        pupils, names, ids = _registered(atlas, settings, stage)
        wanted = settings.register_year
    else:
        years = ", ".join(str(one) for one in supply_years(atlas, settings, stage))
        raise BadRequest(
            f"There are no pupils of {wanted}.", advice=f"There are those of {years}.", part="year"
        )
    schools, index = atlas.schools, atlas.schools.index
    lonlat = np.full((len(ids), 2), np.nan)
    found: list[_Room | None] = [rooms.get(one) for one in ids]
    for at, (one, room) in enumerate(zip(ids, found, strict=True)):
        if one in index:
            lonlat[at] = schools.lonlat[index[one]]
        if np.isnan(lonlat[at, 0]) and room is not None and room.place is not None:
            lonlat[at] = shapely.get_coordinates(shapely.from_wkb(room.place))[0]
    return Supply(
        stage=stage.id,
        year=wanted or 0,
        ids=tuple(ids),
        names=tuple(
            schools.names[index[one]]
            if one in index
            else names.get(one) or (room.name if room else one)
            for one, room in zip(ids, found, strict=True)
        ),
        lonlat=lonlat,
        published=_values([room.capacity if room else np.nan for room in found]),
        capacity_years=np.array([room.year if room else 0 for room in found], dtype=np.int64),
        classrooms=_values([room.classrooms if room else np.nan for room in found]),
        pupils=_values([pupils.get(one, np.nan) for one in ids]),
        partial=np.array([whole.get(one, 0.0) > pupils.get(one, 0.0) for one in ids], dtype=bool),
        younger=_values([younger.get(one, np.nan) for one in ids]),
        ratings=tuple(room.rating if room else "" for room in found),
        unmatched=len(rooms.keys() - set(ids)),
    )


def _values(numbers: Sequence[float]) -> Floats:
    return np.array(numbers, dtype=np.float64)


# Where numbers are read from


def _rooms(atlas: Atlas, settings: PlaceSettings, stage: Stage) -> dict[str, _Room]:
    """Places of the stage's schools, of the newest year that each has."""

    def read() -> dict[str, _Room]:
        table = atlas.table(settings.capacity) if settings.capacity else None
        found: dict[str, _Room] = {}
        for row in table.to_pylist() if table is not None else ():
            if row.get("stage") not in (None, stage.id):
                continue
            known = found.get(row["school_id"])
            if known is not None and known.year >= row["year"]:
                continue
            rooms = row.get("classrooms")
            if rooms is None and row.get("homerooms") is not None:
                # Where all classrooms are not told, homerooms and ancillary rooms are all.
                rooms = row["homerooms"] + (row.get("ancillary") or 0.0)
            found[row["school_id"]] = _Room(
                name=str(row.get("school_name") or row["school_id"]),
                year=row["year"],
                capacity=_number(row.get("capacity")) or np.nan,
                classrooms=_number(rooms) or np.nan,
                pupils=_number(row.get("pupils")),
                rating=str(row.get("rating") or ""),
                place=row.get("geometry"),
            )
        return found

    return atlas.cached(f"rooms {stage.id}", [settings.capacity], read)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _roll_years(atlas: Atlas, settings: PlaceSettings) -> tuple[int, ...]:
    if not settings.rolls:
        return ()

    def read() -> tuple[int, ...]:
        table = atlas.table(settings.rolls, ("year",))
        years = set() if table is None else set(pc.unique(table["year"]).to_pylist())
        return tuple(sorted(years, reverse=True))

    return atlas.cached("roll years", [settings.rolls], read)


def _on_roll(
    atlas: Atlas, settings: PlaceSettings, stage: Stage, year: int
) -> tuple[dict[str, float], dict[str, float], dict[str, str], list[str]]:
    """All pupils of each school of the stage, those before the entry year group, names, and ids.

    A school that the register no longer has is of the stage that most of its pupils are in.
    """
    fields = ("school_id", "school_name", "year", "year_group", "pupils")
    table = atlas.table(settings.rolls, fields)
    assert table is not None, "its years were found a moment ago"
    stages = atlas.settings.stages
    entry = min(one.year_groups[0] for one in stages)
    table = table.filter(pc.and_(pc.equal(table["year"], year), pc.greater(table["pupils"], 0)))
    groups = table["year_group"]
    everyone, young = _by_school(table), _by_school(table.filter(pc.less(groups, entry)))
    within = [_by_school(table.filter(_between(groups, *one.year_groups))) for one in stages]
    names = dict(zip(table["school_id"].to_pylist(), table["school_name"].to_pylist(), strict=True))
    known = _stages(atlas)

    def most(school: str) -> bool:
        shares = [one.get(school, 0.0) for one in within]
        return stages[int(np.argmax(shares))].id == stage.id

    ids = [one for one in sorted(names) if (stage.id in known[one] if one in known else most(one))]
    return everyone, {one: young.get(one, 0.0) for one in everyone}, names, ids


def _of_groups(atlas: Atlas, settings: PlaceSettings, stage: Stage, year: int) -> dict[str, float]:
    """Pupils of each school in the year groups of a stage; of the first stage, and younger ones."""
    table = atlas.table(settings.rolls, ("school_id", "year", "year_group", "pupils"))
    assert table is not None, "its years were found a moment ago"
    first, last = stage.year_groups
    first = _YOUNGEST if stage == atlas.settings.stages[0] else first
    those = pc.and_(pc.equal(table["year"], year), _between(table["year_group"], first, last))
    return _by_school(table.filter(those))


def _between(groups: pa.ChunkedArray, first: int, last: int) -> pa.ChunkedArray:
    return pc.and_(pc.greater_equal(groups, first), pc.less_equal(groups, last))


def _by_school(table: pa.Table) -> dict[str, float]:
    sums = table.group_by("school_id").aggregate([("pupils", "sum")])
    return dict(
        zip(sums["school_id"].to_pylist(), map(float, sums["pupils_sum"].to_pylist()), strict=True)
    )


def _registered(
    atlas: Atlas, settings: PlaceSettings, stage: Stage
) -> tuple[dict[str, float], dict[str, str], list[str]]:
    """Pupils and names of the schools of the register that are not closed, and the stage's ids.

    A newer list of schools that a person brought in closes schools, and leaves the pupils and their
    year to the register that the city names.
    """
    schools, known = atlas.schools, _stages(atlas)
    own = _own_pupils(atlas, settings.register)
    kept = [
        at
        for at, (school, dataset, status) in enumerate(
            zip(schools.ids, schools.datasets, schools.statuses, strict=True)
        )
        if status != "closed"
        and (not settings.register or school in own or dataset == settings.register)
    ]
    pupils = {schools.ids[at]: own.get(schools.ids[at], float(schools.pupils[at])) for at in kept}
    names = {schools.ids[at]: schools.names[at] for at in kept}
    return pupils, names, [one for one in sorted(pupils) if stage.id in known[one]]


def _school_datasets(atlas: Atlas) -> tuple[str, ...]:
    """What the schools of the atlas are read from: flows name some that no list has."""
    return (*atlas.settings.schools, *(flow.dataset for flow in atlas.settings.flows))


def _own_pupils(atlas: Atlas, register: str) -> dict[str, float]:
    """Pupils as the register itself states them; NaN where it states none."""
    table = atlas.table(register, ("school_id", "pupils")) if register else None
    if table is None:
        return {}
    pupils = pc.fill_null(table["pupils"].cast(pa.float64()), np.nan).to_pylist()
    return dict(zip(table["school_id"].to_pylist(), pupils, strict=True))


def _stages(atlas: Atlas) -> dict[str, tuple[str, ...]]:
    """Stages of each school of the register."""
    schools = atlas.schools
    return atlas.cached(
        "stages by school",
        _school_datasets(atlas),
        lambda: dict(zip(schools.ids, stages_of(schools, atlas.settings.stages), strict=True)),
    )


# Areas


@dataclass(frozen=True, eq=False)
class SupplyAreas:
    """Areas that schools are added up by, in order of id.

    Parameters
    ----------
    lonlat: (areas, 2), a point inside each.
    area: (schools,), the area that each school lies in; -1 outside all of them.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lonlat: Floats
    area: Indices


def supply_areas(atlas: Atlas, dataset: str, lonlat: Floats) -> SupplyAreas:
    """Which area of a boundary dataset each school lies in or on.

    Parameters
    ----------
    lonlat: (schools, 2), WGS84; NaN without a place.
    """
    table = atlas.table(dataset, ("area_id", "name", "geometry"))
    rows = sorted(table.to_pylist(), key=lambda row: str(row["area_id"])) if table else []
    shapes = shapely.from_wkb([row["geometry"] for row in rows])
    area = np.full(len(lonlat), -1, dtype=np.int64)
    placed = np.flatnonzero(np.isfinite(lonlat[:, 0]))
    if len(rows) and len(placed):
        points = shapely.points(lonlat[placed])
        school, found = shapely.STRtree(shapes).query(points, predicate="intersects")
        # The last one written is the first area: a school on a line is of one area only.
        area[placed[school[::-1]]] = found[::-1]
    inside = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return SupplyAreas(
        ids=tuple(str(row["area_id"]) for row in rows),
        names=tuple(str(row["name"] or row["area_id"]) for row in rows),
        lonlat=inside.reshape(-1, 2),
        area=area,
    )
