"""The schools and homes around a place between which an admissions round is simulated.

A market is what the fitted interaction model knows of one stage, cut out around a place: how many
children enter, which schools they would rather have, and how many places these have. Schools beyond
it are one school without limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.interaction.kinds import kinds_of, words_of
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.subjects import Booleans, Floats, Indices, Schools
from interurban.apps.schools.what_if.asking import state_of, what_if_datasets
from interurban.apps.schools.what_if.before import Before

__all__ = ["Entry", "Market", "entry_datasets", "entry_of", "market_around"]

_OTHER_RULES = ("special", "selective", "faith")
"""Types of schools at which something else than distance decides first."""

_CANDIDATES = 24
"""Schools that the children of an area choose among; others are far down every list."""


@dataclass(frozen=True, eq=False)
class Entry:
    """Entry to a stage in one year, for a whole city: n areas and m schools of ``before``.

    Parameters
    ----------
    children: (n,), who enter in a year. radius_m: (n,), of a circle as large as each area.
    taught: (m,), years of the stage that a school teaches; 0 where nobody enters it at the first.
    places: (m,), in one year group. stated: (m,), whether they are published, or else as many as
        there are pupils.
    by_distance: (m,), whether distance decides once those with a priority have a place.
    attraction: (m,), by what the model's weights are multiplied beside, as last distances tell.
    """

    stage: Stage
    before: Before
    children: Floats
    radius_m: Floats
    taught: Indices
    places: Indices
    stated: Booleans
    by_distance: Booleans
    attraction: Floats

    @property
    def enters(self) -> Booleans:
        """Whether a school takes children at the first age of the stage; (m,)."""
        return self.taught > 0

    @property
    def weights(self) -> Floats:
        """By what the model's affinity is multiplied for those who enter alone; (m,).

        It is of all pupils: of a school that teaches three years of seven, more than twice as many
        enter in a year as of one that has as many pupils in all seven.
        """
        first, last = self.stage.year_groups
        share = (last - first + 1) / np.maximum(self.taught, 1)
        return np.where(self.enters, share * self.attraction, 0.0)


@dataclass(frozen=True, eq=False)
class Market:
    """A part of an entry around a place: a areas, s schools.

    Parameters
    ----------
    column: (s,), of each school in ``Entry.before``. metres: (s, 2), in the working CRS.
    places: (s,). by_distance: (s,). decay: (s,), of preference, per km.
    home: (a, 2), a point in each area. radius_m, children: (a,).
    candidates: (a, c), schools that its children choose among, as places in the market.
    weights: (a, c + 1), how often each of them is preferred from the area's point; the last one is
        that of all schools beyond.
    """

    entry: Entry
    column: Indices
    metres: Floats
    places: Indices
    by_distance: Booleans
    decay: Floats
    home: Floats
    radius_m: Floats
    children: Floats
    candidates: Indices
    weights: Floats


def entry_datasets(atlas: Atlas, stage: Stage) -> tuple[str, ...]:
    """Everything that a simulation leans on."""
    return what_if_datasets(atlas, "", stage.id)


def entry_of(atlas: Atlas, stage: Stage) -> Entry:
    """A year's entry to a stage, worked out once for each version of the data.

    Raises
    ------
    BadRequest: nothing is known of where the stage's pupils live.
    """
    return atlas.cached(
        f"entry to {stage.id}", entry_datasets(atlas, stage), lambda: _entry(atlas, stage)
    )


def _entry(atlas: Atlas, stage: Stage) -> Entry:
    before, _ = state_of(atlas, stage=stage.id)
    first, last = stage.year_groups
    years = last - first + 1
    youngest = min(one.ages[0] for one in atlas.settings.stages)
    each = [_years_taught(before.schools, at, stage, youngest) for at in before.school.tolist()]
    taught, whole = np.array(each, dtype=np.int64).reshape(-1, 2).T
    pupils = before.pupils.sum(axis=0, dtype=np.float64)
    stated = before.places > 0
    # Places are of all years of a school, its sixth form among them; pupils are of the stage's.
    places = np.where(stated, before.places / whole, pupils / np.maximum(taught, 1))
    kinds = kinds_of(before.schools, before.school, words_of(atlas.settings), before.zoned)
    other = np.array([kind in _OTHER_RULES for kind in kinds.ids], dtype=np.bool_)
    return Entry(
        stage=stage,
        before=before,
        children=before.pupils.sum(axis=1, dtype=np.float64) / years,
        radius_m=np.sqrt(np.nan_to_num(before.areas.square_metres[before.area]) / np.pi),
        taught=taught,
        places=np.rint(np.where(taught > 0, places, 0.0)).astype(np.int64),
        stated=stated,
        by_distance=~other[kinds.of],
        attraction=np.ones(len(taught)),
    )


def _years_taught(schools: Schools, at: int, stage: Stage, youngest: int) -> tuple[int, int]:
    """How many of a stage's years a school teaches, and of all years.

    Parameters
    ----------
    youngest: age at which the first stage begins: a nursery's years are no year groups.

    Returns
    -------
    0 of the stage where nobody enters it at its first age. Where no ages are stated, all of the
    stage's years, and no others.
    """
    first, last = stage.ages
    lowest, highest = (schools.facts[at].get(key) for key in ("lowest_age", "highest_age"))
    if not isinstance(lowest, int) or not isinstance(highest, int) or highest <= lowest:
        return last - first + 1, last - first + 1
    # Pupils leave at their highest age: a school of 4 to 11 teaches seven years.
    whole = max(highest - max(lowest, youngest), 1)
    if lowest > first or highest <= first:
        return 0, whole
    return min(highest - 1, last) - first + 1, whole


def market_around(entry: Entry, x: float, y: float, radius_m: float) -> Market:
    """The homes and schools within some distance of a place.

    Parameters
    ----------
    x, y: of the place in the working CRS, metres.
    """
    before = entry.before
    schools, homes = before.schools.metres[before.school], before.areas.metres[before.area]
    column = np.flatnonzero(entry.enters & (_away(schools, x, y) <= radius_m)).astype(np.int64)
    area = np.flatnonzero((entry.children > 0) & (_away(homes, x, y) <= radius_m))
    weights = entry.weights
    affinity = before.affinity[np.ix_(area, column)] * weights[column]
    wanted = min(_CANDIDATES, len(column))
    order = np.argsort(-affinity, axis=1, kind="stable")[:, :wanted]
    best = np.take_along_axis(affinity, order, axis=1)
    everything = before.affinity[area] @ weights
    beyond = np.maximum(everything - best.sum(axis=1), 0.0)
    return Market(
        entry=entry,
        column=column,
        metres=schools[column],
        places=entry.places[column],
        by_distance=entry.by_distance[column],
        decay=before.drawing.decay[column],
        home=homes[area],
        radius_m=entry.radius_m[area],
        children=entry.children[area],
        candidates=order.astype(np.int64),
        weights=np.column_stack([best, beyond]),
    )


def _away(points: Floats, x: float, y: float) -> Floats:
    return np.asarray(np.hypot(points[:, 0] - x, points[:, 1] - y))
