"""Which areas a change can reach: everywhere else nobody moves, and nothing has to be solved.

Of every area it is bounded how many of its pupils could leave their schools: those of a school that
closes, merges or shrinks, and as many as the share of a school that opens or grows can become. The
areas that could lose least are left out, as long as all of them together lose less than a twentieth
of a pupil; so no school's number can be off by more. (Where full schools take nobody, an area that
has next to no school with room left may then fall on the other side of that line.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from interurban.apps.schools.subjects import Floats, Indices

from .before import Before
from .changes import Change, Close, Homes, Merge, Open, Resize, Zone
from .opening import draw_of
from .solved import Place

__all__ = ["touched_areas"]

_TAIL = 0.05
_FEW = 500
"""Of so few areas all are solved."""


def touched_areas(before: Before, changes: Sequence[Change], places: Sequence[Place]) -> Indices:
    """Places of the areas to solve, in order."""
    every = np.arange(len(before.area))
    if len(every) <= _FEW:
        return every
    most = np.zeros(len(every))
    always = np.zeros(len(every), dtype=np.bool_)
    for change, place in zip(changes, places, strict=True):
        match change:
            case Close(school, _):
                most += _of(before, school)
            case Merge(schools, _):
                most += np.sum([_of(before, one) for one in schools], axis=0)
            case Resize(school, capacity):
                most += _of(before, school) + _grown(before, school, capacity)
            case Open():
                like = before.at(change.like) if change.like else None
                most += _drawn(before, draw_of(before, change, place, like, every)[1])
            case Zone():
                if place.zoned is not None and before.zoned is not None:
                    always |= (place.zoned > 0) | (before.zoned.sum(axis=1) > 1.0)
            case Homes():
                if place.area is not None:
                    always[place.area] = True
    order = np.argsort(most, kind="stable")
    left_out = order[np.cumsum(most[order]) < _TAIL]
    kept = np.ones(len(every), dtype=np.bool_)
    kept[left_out] = False
    return np.flatnonzero(kept | always)


def _of(before: Before, school: str) -> Floats:
    """Pupils of a school by area; none of one that is not among the flows."""
    column = before.at(school)
    none = np.zeros(len(before.area))
    return none if column is None else before.pupils[:, column].astype(np.float64)


def _grown(before: Before, school: str, capacity: float) -> Floats:
    """Pupils whom a school can draw that grows; by area."""
    column = before.at(school)
    if column is None:
        return np.zeros(len(before.area))
    size = max(float(np.nan_to_num(before.places[column])), float(before.rolls[column]), 1.0)
    more = max(capacity / size, 1.0) - 1.0
    return _drawn(before, more * before.affinity[:, column].astype(np.float64))


def _drawn(before: Before, draws: Floats) -> Floats:
    """Pupils at most whom something new draws, beside all that is there; by area."""
    share = np.zeros(len(draws))
    for stream, reach in zip(before.streams, before.reach, strict=True):
        own = float(stream.choice.max(initial=0.0)) * draws
        share = np.maximum(share, own / np.maximum(own + reach, 1e-30))
    return np.asarray(share * before.area_pupils)
