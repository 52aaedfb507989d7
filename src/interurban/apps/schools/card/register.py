"""Every school that anything is known of: open, closed, and those that only rolls or links name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.stages import stages_of
from interurban.apps.schools.subjects import Booleans, Floats, Indices, Schools

from .history import changes
from .links import Link, Links, read_links
from .rolls import Rolls, read_rolls
from .settings import CardSettings, card_settings, link_datasets

__all__ = ["Register", "read_register"]


@dataclass(frozen=True, eq=False)
class Register:
    """Schools by id, each once, in order of id.

    Parameters
    ----------
    described: the schools that a dataset describes, to which ``place`` points.
    place: (n,), place in ``described``; -1 of a school that none describes.
    stages: (n, stages), the stages that each has pupils of.
    private: (n,), whether it is paid for by parents.
    pupils: (n,), on roll: as described, else in the newest roll; NaN when not known.
    open: (n,), whether the newest description, or the newest roll, still has it.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    described: Schools
    place: Indices
    stages: Booleans
    private: Booleans
    pupils: Floats
    open: Booleans
    rolls: Rolls
    links: Links

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def index(self) -> dict[str, int]:
        """Place of each id."""
        return {school: at for at, school in enumerate(self.ids)}

    def is_open(self, school: str) -> bool:
        """Whether a school is there and open."""
        at = self.index.get(school)
        return at is not None and bool(self.open[at])

    def metres_between(self, one: int, other: int) -> float:
        """Straight line between two schools; NaN where one has no place."""
        places = self.place[one], self.place[other]
        if min(places) < 0:
            return float("nan")
        there = self.described.metres[places[0]] - self.described.metres[places[1]]
        return float(np.hypot(*there))

    def peers(self, at: int) -> Booleans:
        """Schools of the same stages that are open and alike in who pays for them; (n,).

        Where no stage of a school is known, all open schools of its phase.
        """
        alike: Booleans = self.open & (self.private == self.private[at])
        if self.stages[at].any():
            same: Booleans = (self.stages == self.stages[at]).all(axis=1)
            return np.asarray(alike & same)
        phases = np.array(self.described.phases, dtype=object)
        if self.place[at] < 0:
            return np.asarray(alike & ~self.stages.any(axis=1))
        same = np.zeros(len(self), dtype=np.bool_)
        known = self.place >= 0
        same[known] = phases[self.place[known]] == phases[self.place[at]]
        return np.asarray(alike & same)


def read_register(atlas: Atlas) -> Register:
    """The register of a city, kept by the snapshots it is read from."""
    settings = card_settings(atlas.settings, atlas.node.packs)
    linked = link_datasets(atlas.settings, atlas.node.packs)
    leaning = (*leaning_on(atlas), *settings.datasets, *linked)
    return atlas.cached(
        f"register {settings}", leaning, lambda: _read(atlas, settings, read_links(atlas))
    )


def leaning_on(atlas: Atlas) -> tuple[str, ...]:
    """The datasets that tell which schools there are."""
    flows = (flow.dataset for flow in atlas.settings.flows)
    return tuple(dict.fromkeys((*atlas.settings.schools, *flows)))


def _read(atlas: Atlas, settings: CardSettings, links: Links) -> Register:
    schools, rolls = atlas.schools, read_rolls(atlas, settings)
    if rolls.years:
        links = links.seen_in(rolls.last_years, rolls.years[-1], _merged(settings, rolls))
    ids = tuple(sorted({*schools.ids, *rolls.ids, *links.ids}))
    place = np.array([schools.index.get(one, -1) for one in ids], dtype=np.int64)
    known = place >= 0
    newest = _newest_description(atlas)
    last_year = np.nan_to_num(rolls.whole[:, -1]) > 0 if len(rolls.years) else np.zeros(0)
    running = {one for one, there in zip(rolls.ids, last_year, strict=True) if there}
    described_open = np.array([_is_open(schools, at) for at in place], dtype=np.bool_)
    listed = np.array([one in newest for one in ids], dtype=np.bool_)
    in_rolls = np.array([one in running for one in ids], dtype=np.bool_)
    pupils = np.full(len(ids), np.nan)
    pupils[known] = schools.pupils[place[known]]
    for at in np.flatnonzero(np.isnan(pupils)):
        series = rolls.series(ids[at])
        pupils[at] = series[-1][1] if series else np.nan
    return Register(
        ids=ids,
        names=tuple(
            schools.names[at] if at >= 0 else rolls.last_name(one) or links.name(one) or one
            for one, at in zip(ids, place, strict=True)
        ),
        described=schools,
        place=place,
        stages=_stages(atlas.settings.stages, schools, place, ids, rolls),
        private=np.array([at >= 0 and schools.governances[at] == "private" for at in place]),
        pupils=pupils,
        open=(listed & described_open) | in_rolls,
        rolls=rolls,
        links=links,
    )


def _merged(settings: CardSettings, rolls: Rolls) -> Links:
    """Schools whose id was given up for that of another one, as far as the rolls tell."""
    return Links(
        tuple(
            Link(
                before=other,
                after=change.school,
                before_name=rolls.last_name(other),
                after_name=change.now,
                kind="successor",
                manner="merged, as the rolls tell",
                done=True,
                day=None,
                year=change.year,
                dataset=settings.rolls[0],
                row=-1,
            )
            for found in changes(rolls).values()
            for change in found
            for other in change.others
        )
    )


def _newest_description(atlas: Atlas) -> frozenset[str]:
    """Ids in the datasets of the schools of today: what they lack is taken as closed.

    Where nothing of them is loaded, the first dataset of schools that is.
    """
    found: set[str] = set()
    for dataset in atlas.settings.schools:
        table = atlas.table(dataset, ("school_id",))
        if table is not None:
            found.update(table["school_id"].to_pylist())
        if found and dataset not in atlas.settings.current[:-1]:
            break
    return frozenset(found)


def _is_open(schools: Schools, at: int) -> bool:
    return at >= 0 and schools.statuses[at] in ("", "open")


def _stages(
    stages: Sequence[Stage],
    schools: Schools,
    place: Indices,
    ids: Sequence[str],
    rolls: Rolls,
) -> Booleans:
    """As described; of a school that none describes, by the year groups of its newest roll."""
    found = np.zeros((len(ids), len(stages)), dtype=np.bool_)
    described = stages_of(schools, stages)
    for row, (one, at) in enumerate(zip(ids, place, strict=True)):
        taught = rolls.groups_taught(one) if at < 0 else None
        for column, stage in enumerate(stages):
            if at >= 0:
                found[row, column] = stage.id in described[at]
            elif taught is not None:
                first, last = stage.year_groups
                found[row, column] = taught[0] <= last and taught[1] >= first
    return found
