"""What a planner wants to know of a solved change: who moves, how much further, and into what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.subjects import Floats

from .groups import Group
from .solved import After

__all__ = ["Outcome", "Receiver", "Share", "outcome_of"]

_FEW = 0.5
"""Fewer pupils than this are the tail of a model, and not told of a school."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A school that has more pupils after a change, or a new one.

    Parameters
    ----------
    column: after the change. moved: pupils who come. over: pupils beyond its places.
    """

    column: int
    id: str
    name: str
    lon: float
    lat: float
    before: float
    after: float
    moved: float
    capacity: float
    capacity_year: int
    over: float


@dataclass(frozen=True, slots=True)
class Share:
    """One class of a grouping: its share of the pupils who move, and of all."""

    group: str
    title: str
    label: str
    pupils: float
    share: float
    city_share: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """A solved change in numbers.

    Parameters
    ----------
    moved: pupils who go to another school, with those who find none.
    added: children of new homes. unplaced: pupils without a school.
    extra_m: metres that the pupils who moved and have a place travel more, together.
    area_moved, area_extra_m: (n,), pupils who move from each area, and metres more of each of
        them; NaN without any.
    losing: schools that stay open with fewer pupils.
    """

    moved: float
    added: float
    unplaced: float
    extra_m: float
    extra_m_mean: float
    receiving: tuple[Receiver, ...]
    losing: tuple[Receiver, ...]
    who: tuple[Share, ...]
    area_moved: Floats
    area_extra_m: Floats


def outcome_of(after: After, groups: Sequence[Group]) -> Outcome:
    """Sum up a change.

    Parameters
    ----------
    groups: of all areas of the flows.
    """
    lost = after.lost.sum(axis=1, dtype=np.float64)
    gained = after.gained.sum(axis=1, dtype=np.float64)
    # Children of new homes had no school before: they move nowhere, they only need a place.
    new = np.minimum(after.added[after.rows], gained)
    share_new = np.divide(new, gained, out=np.zeros_like(new), where=gained > 0)
    to = (after.gained * after.km).sum(axis=1, dtype=np.float64) * (1.0 - share_new)
    left = (after.lost * after.km).sum(axis=1, dtype=np.float64)
    placed = gained - new
    went = np.divide(placed, lost, out=np.zeros_like(lost), where=lost > 0)
    extra = 1000.0 * (to - left * went)
    moved, settled = float(lost.sum()), float(placed.sum())
    receivers = _receivers(after)
    area_moved = np.zeros(len(after.before.area))
    area_moved[after.rows] = lost
    area_extra = np.full(len(after.before.area), np.nan)
    area_extra[after.rows] = np.divide(
        extra, placed, out=np.full_like(extra, np.nan), where=placed > 1e-9
    )
    return Outcome(
        moved=moved,
        added=float(after.added.sum()),
        unplaced=float(after.unplaced.sum()),
        extra_m=float(extra.sum()),
        extra_m_mean=float(extra.sum()) / settled if settled > 0 else np.nan,
        receiving=tuple(one for one in receivers if one.after > one.before),
        losing=tuple(one for one in receivers if one.after < one.before),
        who=tuple(share for group in groups for share in _shares(group, after, area_moved)),
        area_moved=area_moved,
        area_extra_m=area_extra,
    )


def _receivers(after: After) -> list[Receiver]:
    """Schools whose number of pupils changes, the one that it changes most for first."""
    before = after.before
    m = len(before.school)
    now = after.rolls
    was = np.zeros(len(now))
    was[:m] = before.rolls
    come = after.gained.sum(axis=0, dtype=np.float64)
    opened = {one.column: one for one in after.opened}
    found = []
    for column in np.argsort(-np.abs(now - was)).tolist():
        changed = abs(now[column] - was[column]) >= _FEW or column in opened
        if not changed or column in after.closed:
            continue
        places = float(after.places[column])
        over = max(now[column] - places, 0.0) if np.isfinite(places) else 0.0
        if column in opened:
            new = opened[column]
            named, lonlat, year = (f"new-{column - m + 1}", new.name), (new.lon, new.lat), 0
        else:
            at = int(before.school[column])
            lon, lat = before.schools.lonlat[at].tolist()
            named, lonlat = (before.schools.ids[at], before.schools.names[at]), (lon, lat)
            year = int(before.places_years[column])
        found.append(
            Receiver(column, *named, *lonlat, float(was[column]), float(now[column]),
                     float(come[column]), places, year, over)
        )  # fmt: skip
    return found


def _shares(group: Group, after: After, moving: Floats) -> list[Share]:
    of = group.of[after.before.area]
    everybody = after.before.area_pupils
    known = of >= 0
    number = len(group.labels)
    moved = np.bincount(of[known], moving[known], number)
    lives = np.bincount(of[known], everybody[known], number)
    return [
        Share(
            group.source.id,
            group.source.title,
            label,
            float(moved[at]),
            float(moved[at] / moved.sum()) if moved.sum() > 0 else np.nan,
            float(lives[at] / lives.sum()) if lives.sum() > 0 else np.nan,
        )
        for at, label in enumerate(group.labels)
    ]
