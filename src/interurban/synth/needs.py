"""Children with special educational needs in a synthetic city: where they are taught, and moves.

A Markov chain: from one school year to the next a child joins, leaves, goes to another kind of
setting or stays, with chances that depend on nothing but the school year and the setting. Those
who join are a share of the city's own children.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .batch import coded
from .demography import places
from .ground import Ground
from .lattice import Floats, Integers
from .people import PEOPLE_AHEAD, People, people_of
from .seeds import generator

__all__ = ["send_cost", "send_population", "send_state", "send_transition"]

_OUTSIDE = "NONSEND"
_YEARS = 7
_BURN_IN = 15
_AGE_OF_RECEPTION = 4
_SCHOOL_YEARS = np.arange(-1, 21)
_NEEDS = ("ASD", "MLD", "PD", "SEMH", "SLCN")
_NEED_SHARES = np.array([0.32, 0.16, 0.1, 0.2, 0.22])


@dataclass(frozen=True, slots=True)
class _Setting:
    """A kind of place where children are taught.

    Parameters
    ----------
    first, last: school years it takes, both in.
    joins: share of those who join that come here, any scale.
    moves: share of the children in it who go to each other setting in a year.
    cost: pounds a child and year, for a need of average cost.
    """

    code: str
    group: str
    first: int
    last: int
    joins: float
    moves: dict[str, float]
    cost: int


_SETTINGS = (
    _Setting("FE", "College", 12, 20, 1.0, {"IS": 0.01}, 9_000),
    _Setting("IS", "Independent", 0, 15, 1.0, {"SS": 0.02, "FE": 0.02}, 52_000),
    _Setting("MS", "Mainstream", -1, 13, 12.0, {"RP": 0.02, "SS": 0.03, "FE": 0.02}, 7_500),
    _Setting("RP", "Mainstream", 0, 13, 3.0, {"MS": 0.02, "SS": 0.03, "FE": 0.02}, 15_000),
    _Setting("SS", "Special", -1, 14, 6.0, {"MS": 0.01, "IS": 0.02, "FE": 0.02}, 24_000),
)
_CODES = tuple(setting.code for setting in _SETTINGS)
_DEARER = np.array([1.15, 0.9, 1.2, 1.1, 0.95])


def send_state(_ground: Ground, _last: int) -> pa.Table:
    """What each setting takes, and where children may go from it."""
    return pa.table(
        {
            "setting": list(_CODES),
            "setting_group": [setting.group for setting in _SETTINGS],
            "min_academic_year": [setting.first for setting in _SETTINGS],
            "max_academic_year": [setting.last for setting in _SETTINGS],
            "needs": [",".join(_NEEDS)] * len(_SETTINGS),
            "setting_to_setting": [
                ",".join(sorted((setting.code, *setting.moves))) for setting in _SETTINGS
            ],
        }
    )


def send_cost(_ground: Ground, _last: int) -> pa.Table:
    """Pounds a child and year by need and setting."""
    need, setting = places((len(_NEEDS), len(_SETTINGS)))
    usual = np.array([each.cost for each in _SETTINGS])
    return pa.table(
        {
            "need": coded(need, _NEEDS),
            "setting": coded(setting, _CODES),
            "cost": np.round(usual[setting] * _DEARER[need], -2),
        }
    )


def send_population(ground: Ground, last: int) -> pa.Table:
    """All children by school year: in the years of the moves, and those expected after them."""
    people = people_of(ground, last)
    years = range(last - _YEARS, last + PEOPLE_AHEAD + 1)
    counts = np.stack([_children(people, year) for year in years])
    year, at = places(counts.shape)
    return pa.table(
        {
            "calendar_year": year + years[0],
            "academic_year": _SCHOOL_YEARS[at],
            "population": np.round(counts.ravel(), 1),
        }
    )


def send_transition(ground: Ground, last: int) -> pa.Table:
    """A row for every child in every year: where it was, and where it went."""
    known = range(last - _YEARS, last)
    tables = [
        _rows(year, *move)
        for year, moves in _moves(ground, last)
        if year in known
        for move in moves
    ]
    return pa.concat_tables(tables).unify_dictionaries()


Move = tuple[Integers, int | None, int | None]
"""Children by school year before and need, and the settings that they left and went to."""


def _moves(ground: Ground, last: int) -> Iterator[tuple[int, list[Move]]]:
    """Every year's moves, from a year when nobody was there until the numbers are steady."""
    people = people_of(ground, last)
    rows, needs, kinds = len(_SCHOOL_YEARS), len(_NEEDS), len(_SETTINGS)
    now = np.zeros((rows, needs, kinds), dtype=np.int64)
    goes = _chances()
    for year in range(last - _YEARS - _BURN_IN, last):
        rng = generator(ground.seed, ground.city.id, "needs", year)
        joined = rng.poisson(_children(people, year)[1:, None, None] * _joining()[1:])
        after = np.zeros_like(now)
        after[1:] = joined
        moves: list[Move] = [(joined[..., to], None, to) for to in range(kinds)]
        # The last place is outside: nobody goes on after the last school year.
        went = rng.multinomial(now, goes[:, None])
        after[1:] += went[:-1, ..., :kinds].sum(axis=2)
        for start, to in np.ndindex(kinds, kinds + 1):
            moves.append((went[:, :, start, to], start, to if to < kinds else None))
        yield year, moves
        now = after


def _chances() -> Floats:
    """Where a child goes next year: school year x setting x (setting, and outside)."""
    kinds = len(_SETTINGS)
    chances = np.zeros((len(_SCHOOL_YEARS), kinds, kinds + 1))
    for at, school_year in enumerate(_SCHOOL_YEARS):
        leaving = 0.03 if school_year < 11 else 0.1 if school_year < 13 else 0.35
        for start, setting in enumerate(_SETTINGS):
            wanted = {setting.code: 1 - sum(setting.moves.values()), **setting.moves}
            open_next = {
                code: share for code, share in wanted.items() if _takes(code, int(school_year) + 1)
            }
            stays = 1 - leaving if open_next else 0.0
            for code, share in open_next.items():
                chances[at, start, _CODES.index(code)] = stays * share / sum(open_next.values())
            chances[at, start, -1] = 1 - chances[at, start, :-1].sum()
    return chances


def _joining() -> Floats:
    """Share of the children who join in a year, by school year, need and setting."""
    rate = np.array([0.0, 7.0, 5.0, *[3.0] * 5, 4.0, *[1.5] * 4, *[0.3] * 9]) / 1_000
    open_to = np.array([[_takes(code, int(n)) for code in _CODES] for n in _SCHOOL_YEARS])
    weight = open_to * np.array([setting.joins for setting in _SETTINGS])
    weight = weight / weight.sum(axis=1, keepdims=True)
    return np.asarray(rate[:, None, None] * _NEED_SHARES[None, :, None] * weight[:, None, :])


def _takes(code: str, school_year: int) -> bool:
    setting = _SETTINGS[_CODES.index(code)]
    return setting.first <= school_year <= setting.last


def _children(people: People, year: int) -> Floats:
    """Children of each school year at a mid-year."""
    everybody: Floats = people.people(year).sum(axis=(0, 1))
    return everybody[_SCHOOL_YEARS + _AGE_OF_RECEPTION]


def _rows(year: int, children: Integers, start: int | None, to: int | None) -> pa.Table:
    """One row for each child of one kind of move; those who join were a year younger before."""
    at, need = np.nonzero(children)
    times = children[at, need]
    joining = start is None
    before = np.repeat(_SCHOOL_YEARS[at], times)
    need = np.repeat(need, times)
    one = np.zeros(len(need), dtype=np.int64)
    outside = coded(one, (_OUTSIDE,))
    needs = coded(need, _NEEDS)
    return pa.table(
        {
            "calendar_year": one + year,
            "setting_1": outside if start is None else coded(one, (_CODES[start],)),
            "need_1": outside if joining else needs,
            "academic_year_1": before,
            "setting_2": outside if to is None else coded(one, (_CODES[to],)),
            "need_2": outside if to is None else needs,
            "academic_year_2": before + 1,
        }
    )
