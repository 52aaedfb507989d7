"""The schools of a synthetic city, how many pupils of each year they have had, and from where.

The children are those of the city: they start at a school of their area, or of another one, move
up year by year with those they began with, and a few leave and come. A school has as many pupils
as its last roll.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .batch import coded
from .ground import Ground, Spots
from .lattice import Floats, Integers
from .names import place_names
from .people import people_of
from .places import placed, somewhere
from .seeds import generator

__all__ = [
    "Register",
    "pupil_flow",
    "rolls_of",
    "school",
    "school_capacity",
    "school_ids",
    "school_roll",
    "schools_of",
]

Flags = npt.NDArray[np.bool_]

_YEARS = 12
_PEOPLE_PER_SCHOOL = 4_200
_FIRST_GROUP = -2
_GROUPS = 16
_AGE_OF_RECEPTION = 4
_PHASES = ("primary", "secondary", "nursery", "special", "all-through", "16 plus")
_TAUGHT = ((0, 6), (7, 13), (-2, -1), (0, 13), (0, 13), (12, 13))
"""First and last year group of each phase, both in."""

_SHARES = (0.62, 0.22, 0.06, 0.05, 0.03, 0.02)
_WEIGHTS = np.array([1.0, 1.0, 1.0, 0.06, 1.6, 0.8])
"""How many children a school of each phase draws, beside others of its year group."""

_GOING = np.array([0.3, 0.5, *[0.98] * 12, 0.8, 0.7])
"""Share of the children of each year group who go to school in the city."""

_GOVERNANCE = ("public", "autonomous", "private")

_CLASS_SIZE = 30
_HOMEROOM_SHARE = 0.77

_STAGES = {"primary": (0, 6), "secondary": (7, 11)}
"""Parts of schooling that flows are told of, by their first and last year group."""


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """The register: places and phases of the schools, and how much each draws."""

    spots: Spots
    area: Integers
    phase: Integers
    names: tuple[str, ...]
    draw: Floats

    @property
    def taught(self) -> Flags:
        """Whether a school teaches a year group, school x year group."""
        ends = np.array(_TAUGHT)[self.phase] - _FIRST_GROUP
        group = np.arange(_GROUPS)
        return np.asarray((group >= ends[:, :1]) & (group <= ends[:, 1:]))


def school(ground: Ground, last: int) -> pa.Table:
    """Every school, with the pupils of its last roll."""
    schools = schools_of(ground)
    count = len(schools.area)
    pupils = rolls_of(ground, last)[:, :, -1].sum(axis=1)
    governance, places = _buildings(ground, pupils)
    ages = np.array(_TAUGHT)[schools.phase] + _AGE_OF_RECEPTION
    return pa.table(
        {
            **placed(ground, schools.spots),
            "school_id": school_ids(count),
            "name": [f"{name} School" for name in schools.names],
            "phase": coded(schools.phase, _PHASES),
            "governance": coded(governance, _GOVERNANCE),
            "lowest_age": ages[:, 0],
            "highest_age": ages[:, 1] + 1,
            "pupils": pupils,
            "capacity": places,
            "status": ["open"] * count,
        }
    )


def school_capacity(ground: Ground, last: int) -> pa.Table:
    """Places of each part of schooling; a school for all ages shares its own between two."""
    schools, rolls = schools_of(ground), rolls_of(ground, last)[:, :, -1]
    pupils = rolls.sum(axis=1)
    _, places = _buildings(ground, pupils)
    names = [f"{name} School" for name in schools.names]
    ids = school_ids(len(names))
    rows: list[dict[str, object]] = []
    for stage, (first, final) in _STAGES.items():
        groups = slice(first - _FIRST_GROUP, final - _FIRST_GROUP + 1)
        here = rolls[:, groups].sum(axis=1)
        for at in np.flatnonzero(here):
            room = round(places[at] * here[at] / pupils[at])
            homerooms = -(-room // _CLASS_SIZE)
            rows.append(
                {
                    "school_id": ids[at],
                    "school_name": names[at],
                    "stage": stage,
                    "year": last,
                    "capacity": room,
                    "classrooms": round(homerooms / _HOMEROOM_SHARE),
                    "homerooms": homerooms,
                    "pupils": int(here[at]),
                    "utilisation": float(here[at] / room) if room else None,
                }
            )
    return pa.Table.from_pylist(rows)


def _buildings(ground: Ground, pupils: Integers) -> tuple[Integers, Integers]:
    """Who runs each school, and how many places it has."""
    rng = generator(ground.seed, ground.city.id, "school buildings")
    governance = rng.choice(3, len(pupils), p=(0.6, 0.3, 0.1))
    places = np.round(pupils * rng.uniform(0.97, 1.3, len(pupils)))
    return governance, places.astype(np.int64)


def school_roll(ground: Ground, last: int) -> pa.Table:
    """Pupils by school, year group and school year, which begins in the year of a mid-year."""
    schools, rolls = schools_of(ground), rolls_of(ground, last)
    taught = np.broadcast_to(schools.taught[..., None], rolls.shape)
    at, group, year = np.nonzero(taught)
    names = [f"{name} School" for name in schools.names]
    usual = ground.usual
    return pa.table(
        {
            "school_id": coded(at, school_ids(len(names))),
            "school_name": coded(at, names),
            "area_id": coded(schools.area[at], usual.ids),
            "area_name": coded(schools.area[at], usual.names),
            "year": year + last - _YEARS + 1,
            "year_group": group + _FIRST_GROUP,
            "pupils": rolls[at, group, year],
        }
    )


def pupil_flow(ground: Ground, last: int) -> pa.Table:
    """Pupils of the last roll by the area they live in, for each part of schooling.

    A school's pupils come from the areas in proportion to how many were expected of each: the sum
    over areas is its roll.
    """
    schools, rolls = schools_of(ground), rolls_of(ground, last)
    ages = np.arange(_GROUPS) + _FIRST_GROUP + _AGE_OF_RECEPTION
    children = people_of(ground, last).people(last).sum(axis=1)[:, ages] * _GOING
    rng = generator(ground.seed, ground.city.id, "pupil flows")
    parts: list[pa.Table] = []
    for stage, (first, final) in _STAGES.items():
        groups = slice(first - _FIRST_GROUP, final - _FIRST_GROUP + 1)
        expected = _by_area(schools, children)[:, :, groups].sum(axis=2)
        pupils = rolls[:, groups, -1].sum(axis=1)
        chance = expected / np.maximum(expected.sum(axis=1, keepdims=True), 1e-12)
        chance[expected.sum(axis=1) == 0] = 1 / expected.shape[1]
        flows = rng.multinomial(pupils, chance)
        at, area = np.nonzero(flows)
        parts.append(_flow_table(ground, schools, stage, last, flows, (at, area)))
    return pa.concat_tables(parts)


def _flow_table(
    ground: Ground,
    schools: Register,
    stage: str,
    year: int,
    flows: Integers,
    pairs: tuple[Integers, Integers],
) -> pa.Table:
    at, area = pairs
    names = [f"{name} School" for name in schools.names]
    return pa.table(
        {
            "area_id": coded(area, ground.usual.ids),
            "area_name": coded(area, ground.usual.names),
            "school_id": coded(at, school_ids(len(names))),
            "school_name": coded(at, names),
            "year": np.full(len(at), year),
            "stage": [stage] * len(at),
            "pupils": flows[at, area],
            "status": ["shown"] * len(at),
            "area_total": flows.sum(axis=0)[area],
            "school_total": flows.sum(axis=1)[at],
        }
    )


def school_ids(count: int) -> list[str]:
    """Ids of that many schools."""
    return [f"SYN-SC-{n}" for n in range(1, count + 1)]


@lru_cache(maxsize=1)
def schools_of(ground: Ground) -> Register:
    """One school for so many people as the city had at first; at least one of each phase."""
    rng = generator(ground.seed, ground.city.id, "schools")
    homes = ground.lattice.nx * ground.lattice.ny * (ground.lattice.block_m / 100) ** 2
    count = max(4 * len(_PHASES), round(25 * homes / _PEOPLE_PER_SCHOOL))
    phase = rng.choice(len(_PHASES), count, p=_SHARES)
    phase[: len(_PHASES)] = np.arange(len(_PHASES))
    spots = somewhere(ground, rng, count)
    return Register(
        spots=spots,
        area=ground.area_of(spots),
        phase=phase,
        names=tuple(place_names(rng, count)),
        draw=_WEIGHTS[phase] * rng.lognormal(0.0, 0.35, count),
    )


@lru_cache(maxsize=1)
def rolls_of(ground: Ground, last: int) -> Integers:
    """Pupils, school x year group x year."""
    schools, record = schools_of(ground), people_of(ground, last)
    taught, entry = schools.taught, _entry(schools)
    rolls = np.zeros((len(schools.area), _GROUPS, _YEARS), dtype=np.int64)
    ages = np.arange(_GROUPS) + _FIRST_GROUP + _AGE_OF_RECEPTION
    for at, year in enumerate(range(last - _YEARS + 1, last + 1)):
        rng = generator(ground.seed, ground.city.id, "rolls", year)
        children = record.people(year).sum(axis=1)[:, ages] * _GOING
        expected = _expected(schools, children)
        if at == 0:
            rolls[:, :, at] = rng.poisson(expected)
            continue
        before = rolls[:, :-1, at - 1]
        here = taught[:, 1:] & taught[:, :-1]
        stay = rng.binomial(before, 0.955)
        # Who comes later fills up what the area's children have become in number.
        gap = np.clip(expected[:, 1:] - stay, 0.0, 0.12 * before + 1.0)
        rolls[:, 1:, at] = np.where(here, stay + rng.poisson(gap), 0)
        rolls[:, :, at] = np.where(entry, rng.poisson(expected), rolls[:, :, at])
    return np.where(taught[..., None], rolls, 0)


def _entry(schools: Register) -> Flags:
    """Whether a year group is the first that a school teaches."""
    taught = schools.taught
    before = np.zeros_like(taught)
    before[:, 1:] = taught[:, :-1]
    return np.asarray(taught & ~before)


def _expected(schools: Register, children: Floats) -> Floats:
    """Pupils by how schools draw: three in four children stay in their area where they can.

    Parameters
    ----------
    children: who go to school, area x year group.

    Returns
    -------
    School x year group.
    """
    return np.asarray(_by_area(schools, children).sum(axis=1))


def _by_area(schools: Register, children: Floats) -> Floats:
    """The same by the area that pupils live in: school x area x year group."""
    draw = schools.draw[:, None] * schools.taught
    local = np.zeros_like(children)
    np.add.at(local, schools.area, draw)
    staying = np.where(local > 0, 0.75, 0.0) * children
    here = np.divide(draw, local[schools.area], out=np.zeros_like(draw), where=draw > 0)
    share = draw / draw.sum(axis=0)
    found = share[:, None, :] * (children - staying)[None]
    at = np.arange(len(schools.area))
    found[at, schools.area] += here * staying[schools.area]
    return np.asarray(found)
