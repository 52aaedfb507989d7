"""Modelled flows of the stages of which none were published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import FlowSource, Settings, Stage
from interurban.apps.schools.subjects import Areas, Floats, Flows, Indices, Schools
from interurban.core.errors import BadRequest
from interurban.standards.yaml_file import Section

from .calibration import fitted_of, leaning_on, zoned_by
from .children import children_in
from .kinds import Kinds, kinds_of, words_of
from .pairs import Matrix, kilometres, same_district
from .transfer import Transferred, choosing_of, transfer

__all__ = [
    "FillSource",
    "Filled",
    "Rolls",
    "fill_of",
    "fill_sources",
    "filled_flows",
    "rolls_of_year",
    "share_out",
]

_KEYS = (
    "stage",
    "areas",
    "district",
    "district_name",
    "like",
    "rolls",
    "year",
    "zone_share",
    "source",
)
_LEAST = 0.5
"""Pairs with fewer pupils than this are the tail of the model: no row of them is made."""


@dataclass(frozen=True, slots=True)
class FillSource:
    """What a pack says of a stage whose flows are to be modelled.

    Parameters
    ----------
    areas, district: as of published flows.
    like: the dataset of flows that the model is fitted to.
    rolls: on ``school_roll``: pupils by year group; empty takes those that schools state.
    year: school year of the pupils that schools state.
    zone_share: of the pupils who attend the school of their zone; ``None`` without zones.
    source: of that share.
    """

    stage: str
    areas: tuple[str, ...]
    district: str
    like: str
    rolls: str
    year: int
    zone_share: float | None
    source: str


@dataclass(frozen=True, eq=False)
class Filled:
    """Modelled flows and what they were made from.

    Parameters
    ----------
    flows: rows of at least half a pupil, which hold all pupils of each school.
    area, school: (n,), (m,), places; km, zoned: (n, m).
    leaning: the datasets that were read.
    """

    flows: Flows
    source: FillSource
    transferred: Transferred
    kinds: Kinds
    area: Indices
    school: Indices
    km: Matrix
    zoned: Matrix | None
    leaning: tuple[str, ...]


def fill_sources(settings: Settings) -> tuple[FillSource, ...]:
    """Stages that a pack says are to be modelled.

    Raises
    ------
    ConfigurationError: a key is wrong, or a stage or a dataset of flows is unknown.
    """
    section = settings.extra.get("model")
    return (
        () if section is None else tuple(_read(one, settings) for one in section.sections("fill"))
    )


def _read(section: Section, settings: Settings) -> FillSource:
    section.allow(_KEYS)
    return FillSource(
        stage=section.choice("stage", {stage.id for stage in settings.stages}),
        areas=section.texts("areas"),
        district=section.text("district", default=""),
        like=section.choice("like", {flow.dataset for flow in settings.flows}),
        rolls=section.text("rolls", default=""),
        year=section.whole("year") if "year" in section else 0,
        zone_share=section.number("zone_share"),
        source=section.text("source", default=""),
    )


def fill_of(atlas: Atlas, stage: str) -> FillSource | None:
    """How a stage is to be modelled; ``None`` when it is not."""
    return next((one for one in fill_sources(atlas.settings) if one.stage == stage), None)


def filled_flows(atlas: Atlas, stage: str) -> Filled:
    """The modelled flows of a stage, worked out once for each version of what they lean on.

    Raises
    ------
    BadRequest: the stage is not modelled, or what it needs is not loaded.
    """
    source = fill_of(atlas, stage)
    if source is None:
        known = ", ".join(one.stage for one in fill_sources(atlas.settings)) or "none"
        raise BadRequest(
            f"No flows of the stage {stage[:40]!r} are modelled.",
            advice=f"Modelled stages: {known}.",
            part="stage",
        )
    like = next((one for one in atlas.flow_ids if one.partition(":")[0] == source.like), "")
    if not like:
        raise BadRequest(
            f"{source.like}, which the model is fitted to, is not loaded.",
            advice=f"Load it: interurban load {source.like}.",
            part="stage",
        )
    leaning = _leaning(atlas, source, like)
    return atlas.cached(f"filled {source}", leaning, lambda: _fill(atlas, source, like, leaning))


def _leaning(atlas: Atlas, source: FillSource, like: str) -> tuple[str, ...]:
    children = [one for said in atlas.settings.children for one in (said.dataset, *said.areas)]
    zones = [zone.dataset for zone in atlas.settings.zones if zone.stage == source.stage]
    rolls = [source.rolls] if source.rolls else []
    fitted = leaning_on(atlas, atlas.flows(like))
    return tuple(dict.fromkeys((*fitted, *source.areas, *children, *zones, *rolls)))


def _fill(atlas: Atlas, source: FillSource, like: str, leaning: tuple[str, ...]) -> Filled:
    stage = atlas.settings.stage(source.stage)
    assert stage is not None, "a stage of the settings by how it was read"
    # Areas are read as those of flows are; no dataset of flows names any further ones.
    areas = atlas.areas(FlowSource(source.like, stage.id, source.areas, source.district))
    zones = zoned_by(atlas, areas, atlas.schools, stage.id)
    return share_out(atlas, source, like, _rolls(atlas, source, stage), areas, zones, leaning)


@dataclass(frozen=True, eq=False)
class Rolls:
    """Pupils of a stage at schools in one school year: (schools,), 0 or NaN without any."""

    schools: Schools
    pupils: Floats
    year: int


def share_out(
    atlas: Atlas,
    source: FillSource,
    like: str,
    pupils: Rolls,
    areas: Areas,
    zones: Matrix | None,
    leaning: tuple[str, ...],
) -> Filled:
    """Model where the pupils of some schools live.

    Parameters
    ----------
    like: the id of the flows that the model is fitted to.
    zones: (areas, schools), shares of the areas in zones of the schools; ``None`` without any.
    leaning: the datasets that all of it is from.

    Raises
    ------
    BadRequest: there are too few schools, or nothing tells where children live.
    """
    schools, rolls = pupils.schools, pupils.pupils
    choosing = choosing_of(fitted_of(atlas, like).fit)
    children, _ = children_in(atlas, areas)
    area = np.flatnonzero((children > 0) & ~np.isnan(areas.metres[:, 0])).astype(np.int64)
    school = np.flatnonzero((rolls > 0) & ~np.isnan(schools.metres[:, 0])).astype(np.int64)
    if len(area) < 3 or len(school) < 3:
        raise BadRequest(
            f"Too few areas or schools of the stage {source.stage} are loaded.",
            advice=f"Load {', '.join(leaning)}.",
            part="stage",
        )
    km = kilometres(areas.metres[area], schools.metres[school])
    zoned = None if zones is None else zones[np.ix_(area, school)]
    kinds = kinds_of(schools, school, words_of(atlas.settings), zoned)
    found = transfer(
        choosing,
        km,
        children[area],
        rolls[school],
        kinds,
        same=same_district(areas, schools, area, school),
        zoned=zoned,
        zone_share=source.zone_share,
    )
    flows = _flows(
        source,
        areas,
        schools,
        area,
        school,
        found,
        pupils.year,
        calendar_years=atlas.settings.calendar_years,
    )
    return Filled(flows, source, found, kinds, area, school, km, zoned, leaning)


def _flows(
    source: FillSource,
    areas: Areas,
    schools: Schools,
    area: Indices,
    school: Indices,
    found: Transferred,
    year: int,
    *,
    calendar_years: bool,
) -> Flows:
    # What a school has in the pairs that are left out it has in the others.
    kept = np.where(found.pupils >= _LEAST, found.pupils, np.float32(0.0))
    each = kept.sum(axis=0, dtype=np.float64)
    row, column = np.nonzero(kept)
    rolls = found.pupils.sum(axis=0, dtype=np.float64)
    pupils = kept[row, column] * (rolls / np.maximum(each, 1e-9))[column]
    totals = np.full(len(areas), np.nan), np.full(len(schools), np.nan)
    totals[0][area] = np.bincount(row, pupils, len(area))
    totals[1][school] = np.bincount(column, pupils, len(school))
    dataset = f"modelled-{source.stage}"
    return Flows(
        id=f"{dataset}:{year}",
        dataset=dataset,
        stage=source.stage,
        year=year,
        areas=areas,
        schools=schools,
        area=area[row],
        school=school[column],
        pupils=pupils,
        low=pupils,
        high=pupils,
        area_totals=totals[0],
        school_totals=totals[1],
        homeless=np.zeros(len(schools)),
        hidden_below=0,
        modelled=True,
        calendar_years=calendar_years,
    )


def _rolls(atlas: Atlas, source: FillSource, stage: Stage) -> Rolls:
    """Pupils of the stage at each school today."""
    if source.rolls:
        table = atlas.table(source.rolls, ("school_id", "year", "year_group", "pupils"))
        if table is not None:
            year = int(pc.max(table["year"]).as_py())
            by_school = rolls_of_year(table, stage, year)
            pupils = [by_school.get(one, 0.0) for one in atlas.schools.ids]
            return Rolls(atlas.schools, np.array(pupils), year)
    return Rolls(atlas.schools, _stated(atlas, stage), source.year)


def rolls_of_year(table: pa.Table, stage: Stage, year: int) -> dict[str, float]:
    """Pupils of a stage's year groups in one school year, by school.

    Parameters
    ----------
    table: of ``school_roll``.
    """
    first, last = stage.year_groups
    group = table["year_group"]
    wanted = pc.and_(
        pc.equal(table["year"], year),
        pc.and_(pc.greater_equal(group, first), pc.less_equal(group, last)),
    )
    sums = table.filter(wanted).group_by("school_id").aggregate([("pupils", "sum")])
    return {str(row["school_id"]): float(row["pupils_sum"] or 0.0) for row in sums.to_pylist()}


def _stated(atlas: Atlas, stage: Stage) -> Floats:
    """Pupils that schools state, as far as their ages are those of the stage.

    A private school's pupils are in no flows.
    """
    schools = atlas.schools
    first, last = stage.ages
    found = np.zeros(len(schools))
    for at in np.flatnonzero(schools.of_phases(stage.phases)).tolist():
        if schools.governances[at] == "private" or schools.statuses[at] == "closed":
            continue
        facts = schools.facts[at]
        lowest, highest = facts.get("lowest_age"), facts.get("highest_age")
        share = 1.0
        if isinstance(lowest, int) and isinstance(highest, int) and highest >= lowest:
            # Pupils leave at their highest age: a school of 4 to 11 teaches seven years.
            ages = set(range(lowest, max(highest, lowest + 1)))
            share = len(ages & set(range(first, last + 1))) / len(ages)
        elif schools.phases[at] == "all-through":
            every = sum(s.ages[1] - s.ages[0] + 1 for s in atlas.settings.stages)
            share = (last - first + 1) / every
        found[at] = share * float(np.nan_to_num(schools.pupils[at]))
    return found
