"""Solving a change: who moves, where to, and who finds no place.

A change alters what draws pupils: columns of the affinity fall away, come or change, and with them
the shares of the schools (see ``choosing``). Only areas that the change can reach are solved (see
``touched``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from interurban.apps.schools.interaction.balancing import Factors
from interurban.apps.schools.interaction.pairs import Matrix
from interurban.apps.schools.subjects import Floats, Indices
from interurban.core.errors import BadRequest

from .before import Before
from .changes import Change, Close, Homes, Merge, Open, Resize, Zone
from .choosing import Draw, Shares, over, scale_to, shared_out, stream_moves
from .opening import draw_of
from .solved import After, Opened, Place
from .streams import Stream
from .touched import touched_areas

__all__ = ["solve"]

_SWEEPS = 4
_TURNS = 30
_NOBODY = 1e-6
_LEFT = 0.02
"""Where the schools with room have less than this share of an area's choice, nobody of it uses
them: its pupils find no place there."""


def solve(
    before: Before,
    changes: Sequence[Change],
    places: Sequence[Place],
    *,
    hold: bool = False,
    rows: Indices | None = None,
) -> After:
    """What follows from some changes at once.

    Parameters
    ----------
    places: of each change, as far as it has one.
    hold: schools that are full take nobody; otherwise they are only said to be over full.
    rows: the areas to solve; those that the changes can reach when none are named.

    Raises
    ------
    BadRequest: a change is of a school or an area that is not among the flows, or leaves none.
    """
    work = _Work(before, touched_areas(before, changes, places) if rows is None else rows)
    for change, place in zip(changes, places, strict=True):
        work.take(change, place)
    work.fill_to_places()
    return work.settle(hold)


class _Work:
    """The state of some areas while changes are taken in, one after the other.

    ``elsewhere``: pupils of each school in all other areas, who stay where they are.
    """

    def __init__(self, before: Before, rows: Indices) -> None:
        self.before, self.rows = before, rows
        self.km = before.km[rows]
        self.pupils = before.pupils[rows]
        self.old = before.affinity[rows]
        self.new = self.old.copy()
        self.zoned = None if before.zoned is None else before.zoned[rows]
        self.elsewhere = before.rolls - self.pupils.sum(axis=0, dtype=np.float64)
        self.capacity = before.places.copy()
        self.streams = list(before.streams)
        self.added = np.zeros(len(before.area))
        self.lost = np.zeros_like(self.pupils)
        self.gained = np.zeros_like(self.pupils)
        self.opened: list[Opened] = []
        self.closed: list[int] = []
        self.capped: list[int] = []
        self.shut: dict[int, tuple[int, ...]] = {}

    def take(self, change: Change, place: Place) -> None:
        """Take one change in."""
        match change:
            case Close(school, to):
                self._shut(self._column(school), [self._column(one) for one in to])
            case Merge(schools, into):
                self._merge([self._column(one) for one in schools], self._column(into))
            case Resize(school, capacity):
                self._resize(self._column(school), capacity)
            case Open():
                self._open(change, place)
            case Zone(school, _):
                self._zone(self._column(school), place)
            case Homes():
                self._homes(change, place)

    def _column(self, school: str) -> int:
        found = self.before.at(school)
        if found is None:
            raise BadRequest(
                f"No pupils of {school[:60]!r} are known in {self.before.flows}.",
                advice="Choose a school that has pupils in these flows.",
                part="changes",
            )
        if found in self.closed:
            raise BadRequest(
                f"{school[:60]!r} is closed already by another change.",
                advice="Take one of the two changes out.",
                part="changes",
            )
        return found

    def _shut(self, column: int, named: Sequence[int]) -> None:
        if named and self.zoned is None:
            raise BadRequest(
                "What a named school draws is not known where no zones are used.",
                advice="Leave out to; or merge the schools.",
                part="changes",
            )
        self.new[:, column] = 0.0
        self.closed.append(column)
        self.shut[column] = tuple(named)

    def _merge(self, columns: Sequence[int], into: int) -> None:
        """The merged school draws what its parts drew; pupils go with their school."""
        self.old = self.old.copy()
        for column in columns:
            moving = self.pupils[:, column].copy()
            self.lost[:, column] += moving
            self.gained[:, into] += moving
            self.pupils[:, into] += moving
            self.pupils[:, column] = 0.0
            self.elsewhere[into] += self.elsewhere[column]
            self.elsewhere[column] = 0.0
            for affinity in (self.old, self.new):
                affinity[:, into] += affinity[:, column]
                affinity[:, column] = 0.0
            self.capacity[into] += self.capacity[column]
            self.closed.append(column)

    def _resize(self, column: int, capacity: float) -> None:
        """A school that grows draws by its size; who has no place in one that shrinks leaves."""
        held = float(self.pupils[:, column].sum(dtype=np.float64) + self.elsewhere[column])
        size = max(float(np.nan_to_num(self.capacity[column])), held, 1.0)
        self.new[:, column] *= np.float32(max(capacity / size, 1.0))
        self.capacity[column] = capacity
        self.capped.append(column)

    def _open(self, change: Open, place: Place) -> None:
        model = self._column(change.like) if change.like else None
        km, draws = draw_of(self.before, change, place, model, self.rows)
        none = np.zeros((len(self.rows), 1), dtype=np.float32)
        self.km = np.hstack([self.km, km])
        self.pupils = np.hstack([self.pupils, none])
        self.old = np.hstack([self.old, none])
        self.new = np.hstack([self.new, draws.astype(np.float32)[:, None]])
        self.lost, self.gained = np.hstack([self.lost, none]), np.hstack([self.gained, none])
        self.capacity = np.append(self.capacity, change.places)
        self.elsewhere = np.append(self.elsewhere, 0.0)
        if self.zoned is not None:
            self.zoned = np.hstack([self.zoned, none])
        self.streams = [
            one.with_school(model, one.name.startswith("plain")) for one in self.streams
        ]
        column = self.new.shape[1] - 1
        self.opened.append(Opened(column, change.name, change.lon, change.lat, change.places))
        self.capped.append(column)

    def _zone(self, column: int, place: Place) -> None:
        effect = self.before.drawing.terms.get("zone")
        if self.zoned is None or effect is None or place.zoned is None:
            raise BadRequest(
                "No zone is used at this stage.",
                advice="Move a boundary where schools have zones.",
                part="changes",
            )
        was = self.zoned.copy()
        taken = place.zoned[self.rows].astype(np.float32)
        others = self.zoned.sum(axis=1) - self.zoned[:, column]
        room = np.minimum(1.0, np.maximum(1.0 - taken, 0.0) / np.maximum(others, 1e-9))
        self.zoned *= room[:, None]
        self.zoned[:, column] = taken
        self.new *= np.exp(np.float32(effect) * (self.zoned - was))

    def _homes(self, change: Homes, place: Place) -> None:
        if place.area is None:
            raise BadRequest(
                "The new homes lie in none of the areas of these flows.",
                advice="Choose a point inside an area, or name one.",
                part="changes",
            )
        self.added[place.area] += change.homes * change.pupils_per_home

    def fill_to_places(self) -> None:
        """Schools that open or change their size draw no more than they have places for."""
        for _ in range(_SWEEPS if len(self.capped) > 1 else 1):
            for column in self.capped:
                draws = [self._draw(stream, column) for stream in self.streams]
                draws = [one for one in draws if one.weight > 0]
                scale = scale_to(draws, float(self.capacity[column]))
                self.new[:, column] *= np.float32(scale)

    def _draw(self, stream: Stream, column: int) -> Draw:
        """What a school draws of the pupils of a stream, beside all other schools."""
        weight = float(stream.choice[column])
        own = weight * self.new[:, column].astype(np.float64)
        was = weight * self.old[:, column].astype(np.float64)
        reach = (self.old @ stream.choice).astype(np.float64)
        return Draw(
            weight=weight,
            own=own,
            others=np.maximum((self.new @ stream.choice).astype(np.float64) - own, 0.0),
            share=was / np.maximum(reach, 1e-30),
            pupils=(self.pupils @ stream.of).astype(np.float64),
            staying=float(stream.of[column]) * self.pupils[:, column].astype(np.float64),
            elsewhere=float(stream.of[column] * self.elsewhere[column]),
        )

    def settle(self, hold: bool) -> After:
        """Who stays, who moves, and where to."""
        if len(self.rows) and not (self.new.sum(axis=0) > 0).any():
            raise BadRequest(
                "No school is left.", advice="Keep one school at least.", part="changes"
            )
        stay, coming, unplaced = self._settled()
        if self.added.any():
            share = self.new / np.maximum(self.new.sum(axis=1), np.float32(1e-30))[:, None]
            coming += shared_out(self.added[self.rows], np.asarray(share, dtype=np.float32))
        if hold:
            coming, unplaced = self._within_places(stay, coming, unplaced)
        nowhere = np.zeros(len(self.before.area))
        nowhere[self.rows] = unplaced
        return After(
            before=self.before,
            rows=self.rows,
            lost=self.lost + (self.pupils - stay),
            gained=self.gained + coming,
            km=self.km,
            added=self.added,
            unplaced=nowhere,
            places=self.capacity,
            opened=tuple(self.opened),
            closed=tuple(self.closed),
        )

    def _settled(self) -> tuple[Matrix, Matrix, Floats]:
        """Pupils who stay, those who come, and how many of each area find no school.

        What all schools that change nothing draw changes alike in an area, by one number for each
        stream; so only the columns that change are worked out one by one.
        """
        changed = np.flatnonzero((self.new != self.old).any(axis=0))
        same = np.ones(self.new.shape[1], dtype=np.bool_)
        same[changed] = False
        named = [(column, to) for column, to in self.shut.items() if to]
        leaving = np.zeros((len(self.rows), len(changed)), dtype=np.float32)
        coming = np.zeros_like(leaving)
        unplaced = np.zeros(len(self.rows))
        goes, comes = Shares(), Shares()
        followers: list[tuple[list[int], Floats]] = []
        for stream in self.streams:
            found = stream_moves(
                self.pupils[:, changed], self.old[:, changed], self.new[:, changed],
                stream.of[changed], stream.choice[changed],
                held=np.asarray(self.pupils @ (stream.of * same), dtype=np.float64),
                others=np.asarray(self.new @ (stream.choice * same), dtype=np.float64),
            )  # fmt: skip
            leaving += found.leaving
            own = np.zeros(len(changed), dtype=np.bool_)
            for column, to in named:
                at = int(np.searchsorted(changed, column))
                if stream.choice[column] > 0 and found.leaving[:, at].any():
                    own[at] = True
                    weights = self._weights(stream, to)
                    draw = np.asarray(self.new @ weights, dtype=np.float64)
                    movers = found.leaving[:, at].astype(np.float64)
                    if takers := [one for one in to if stream.choice[one] > 0]:
                        followers.append((takers, movers * self.before.following / len(takers)))
                        movers = movers * (1.0 - self.before.following)
                    comes.add(over(movers, draw), weights)
                    unplaced += np.where(draw > 0, 0.0, movers)
            movers = found.leaving[:, ~own].sum(axis=1, dtype=np.float64)
            movers += found.share_leaving * found.held
            total = found.growth.sum(axis=1, dtype=np.float64) + found.factor * found.others
            each = over(movers, total)
            unplaced += np.where(total > 0, 0.0, movers)
            coming += found.growth * each.astype(np.float32)[:, None]
            goes.add(found.share_leaving, stream.of * same)
            comes.add(each * found.factor, stream.choice * same)
        stay = (
            self.pupils.copy() if not goes.each else self.pupils * (1.0 - goes.of(self.new.shape))
        )
        stay[:, changed] -= leaving
        arriving = self.new * comes.of(self.new.shape)
        arriving[:, changed] += coming
        for takers, each in followers:
            arriving[:, takers] += each.astype(np.float32)[:, None]
        return np.maximum(stay, np.float32(0.0)), arriving, unplaced

    def _weights(self, stream: Stream, named: Sequence[int]) -> Factors:
        """What schools count for pupils of one that closes: more where they are named."""
        weights = stream.choice.copy()
        weights[list(named)] *= math.exp(self.before.drawing.terms.get("zone", 0.0))
        return weights

    def _within_places(
        self, stay: Matrix, coming: Matrix, unplaced: Floats
    ) -> tuple[Matrix, Floats]:
        """Whoever comes to a full school looks on, until all have a place or none is left.

        Where more come than there are places, each area has the same part of them. Who looks on
        goes where the pupils of that school's streams may go.
        """
        staying = stay.sum(axis=0, dtype=np.float64) + self.elsewhere
        room = np.maximum(self.capacity - staying, 0.0)
        room[np.isnan(self.capacity)] = np.inf
        settled = np.zeros_like(coming)
        reach = np.maximum(self.new.sum(axis=1), np.float32(1e-30))
        for _ in range(_TURNS):
            asked = coming.sum(axis=0, dtype=np.float64)
            fits = np.divide(room, asked, out=np.ones_like(asked), where=asked > room)
            settled += coming * fits.astype(np.float32)
            room = np.maximum(room - asked, 0.0)
            turned = (1.0 - fits).astype(np.float32)
            if not turned.any():
                break
            comes = Shares()
            for stream in self.streams:
                looking = np.asarray(coming @ (turned * stream.of), dtype=np.float64)
                if looking.sum() < _NOBODY:
                    unplaced = unplaced + looking
                    continue
                weights = stream.choice * (room > _NOBODY).astype(np.float32)
                draw = np.asarray(self.new @ weights, dtype=np.float64)
                used = draw >= _LEFT * reach
                unplaced = unplaced + np.where(used, 0.0, looking)
                comes.add(over(np.where(used, looking, 0.0), draw), weights)
            if not comes.weights:
                break
            coming = self.new * comes.of(self.new.shape)
        else:
            unplaced = unplaced + coming.sum(axis=1, dtype=np.float64)
        return settled, unplaced
