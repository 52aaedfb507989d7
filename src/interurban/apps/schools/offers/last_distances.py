"""Last distances offered, as they were published: by school, entry, criterion and year.

The last distance is how far away the last child lived who was offered a place by distance on the
day of offers. It moves from year to year with who applies, and says nothing of who will get one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from interurban.apps.schools.card.links import read_links
from interurban.apps.schools.card.settings import link_datasets
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage

from .matching import Match, Named, match_school, school_names
from .settings import OfferSettings, offer_settings

__all__ = [
    "LastDistances",
    "Move",
    "Offer",
    "Series",
    "Unmatched",
    "last_distance_datasets",
    "last_distances",
    "main_series",
    "offers_said",
    "rounding_of",
    "series_of",
]

MEASURED, DOUBTFUL, NOT_BY_DISTANCE = "measured", "doubtful", "not by distance"

_UNITS_M = (1_000.0, 1_609.344)
_STEPS = (1.0, 0.1, 0.01, 0.001, 0.0001)
_TOLERANCE = 1e-3
"""Of a step: as far as a multiple of it may be off by computing."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One published figure.

    Parameters
    ----------
    year: in which the school year of the entry begins.
    metres: straight line, unless the criterion says otherwise; NaN where there is none.
    status: ``measured``; ``doubtful``, as published but unlike other years; ``not by distance``.
    """

    year: int
    metres: float
    status: str
    dataset: str

    @property
    def counts(self) -> bool:
        """Whether a place may be held against it: a doubtful one is shown, and never counts."""
        return self.status == MEASURED and not np.isnan(self.metres)


@dataclass(frozen=True, slots=True)
class Move:
    """By how much a last distance moved from one year to the next, as a share of the former."""

    year: int
    share: float


@dataclass(frozen=True, eq=False)
class Series:
    """The figures of one school for one entry and one criterion, in order of year.

    Parameters
    ----------
    school: its place in the atlas. stated: its name in the table.
    year_group: that is entered; ``None`` where the table doesn't say.
    rounding_m: half the last digit of the published figures.
    apart_m: how far the table's own point of the school lies from the atlas's; 0 where it has none.
    """

    school: int
    stated: str
    year_group: int | None
    criterion: str
    offers: tuple[Offer, ...]
    rounding_m: float
    apart_m: float

    @cached_property
    def measured(self) -> tuple[Offer, ...]:
        """The figures that count."""
        return tuple(one for one in self.offers if one.counts)

    @property
    def latest(self) -> Offer | None:
        """The newest figure that counts."""
        return self.measured[-1] if self.measured else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the most of the figures that count, in metres."""
        found = [one.metres for one in self.measured]
        return (min(found), max(found)) if found else None

    @property
    def moves(self) -> tuple[Move, ...]:
        """Changes between figures of one year and the next."""
        return tuple(
            Move(new.year, new.metres / old.metres - 1)
            for old, new in pairwise(self.measured)
            if new.year == old.year + 1 and old.metres > 0
        )


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A school of a table that no school of the atlas fits."""

    name: str
    school_id: str
    figures: int
    dataset: str


@dataclass(frozen=True, eq=False)
class LastDistances:
    """All that is published of a city.

    Parameters
    ----------
    series: in order of school, entry and criterion.
    by_name: schools that were matched by name, and not by an id.
    """

    series: tuple[Series, ...]
    unmatched: tuple[Unmatched, ...]
    by_name: int

    @cached_property
    def by_school(self) -> dict[int, tuple[Series, ...]]:
        """Series of each school that has any."""
        found: dict[int, list[Series]] = {}
        for one in self.series:
            found.setdefault(one.school, []).append(one)
        return {school: tuple(own) for school, own in found.items()}

    @property
    def years(self) -> tuple[int, ...]:
        """Every year with a figure, in order."""
        return tuple(sorted({one.year for each in self.series for one in each.offers}))


def offers_said(atlas: Atlas) -> OfferSettings:
    """What the city's pack says of admissions."""
    return offer_settings(atlas.settings, atlas.node.packs)


def last_distance_datasets(atlas: Atlas) -> tuple[str, ...]:
    """Everything that an answer about last distances leans on, the figures first."""
    links = link_datasets(atlas.settings, atlas.node.packs)
    named = (*offers_said(atlas).last_distances, *atlas.settings.schools, *links)
    return tuple(dict.fromkeys(named))


def last_distances(atlas: Atlas) -> LastDistances:
    """What the reader may see of the datasets that the pack names; empty where none is loaded."""
    datasets = offers_said(atlas).last_distances
    flows = [flow.dataset for flow in atlas.settings.flows]
    leaning = (*datasets, *atlas.settings.schools, *flows)
    return atlas.cached(f"last distances {datasets}", leaning, lambda: _read(atlas, datasets))


def series_of(
    atlas: Atlas, school: int, stage: Stage | None = None
) -> tuple[tuple[Series, ...], tuple[tuple[str, str], ...]]:
    """The figures of a school, and of those that it came from.

    Parameters
    ----------
    school: its place in the atlas.
    stage: only entries into its year groups.

    Returns
    -------
    the series, its own first; id and name of each earlier school that some are of.
    """
    found = last_distances(atlas).by_school
    if not found:
        return (), ()
    schools = atlas.schools
    before = [
        schools.index[one]
        for one in read_links(atlas).forebears(schools.ids[school])
        if one in schools.index
    ]
    own = [one for at in (school, *before) for one in found.get(at, ()) if _of_stage(one, stage)]
    earlier = dict.fromkeys(one.school for one in own if one.school != school)
    return tuple(own), tuple((schools.ids[at], schools.names[at]) for at in earlier)


def main_series(series: Sequence[Series]) -> Series | None:
    """The series that a map draws: known of most years, then of the newest one, then nearest by.

    Who has no priority comes last, so that of several criteria theirs is the shortest distance.
    """
    there = [one for one in series if one.measured]
    if not there:
        return None
    return min(
        there,
        key=lambda one: (
            -len(one.measured),
            -one.measured[-1].year,
            one.measured[-1].metres,
        ),
    )


def rounding_of(metres: Sequence[float]) -> float:
    """Half the last digit that published distances are written to, in metres.

    The coarsest step of a kilometre or a mile is taken of which all of them are multiples.
    """
    values = np.array([one for one in metres if one > 0 and np.isfinite(one)])
    if not len(values):
        return 0.0
    found = [
        unit * step / 2
        for unit in _UNITS_M
        for step in _STEPS
        if (np.abs((values / (unit * step) + 0.5) % 1.0 - 0.5) < _TOLERANCE).all()
    ]
    return max(found, default=0.0)


def _of_stage(series: Series, stage: Stage | None) -> bool:
    if stage is None or series.year_group is None:
        return True
    first, last = stage.year_groups
    return first <= series.year_group <= last


# Reading

_Key = tuple[str, str, str]
_FIELDS = (
    "school_id",
    "school_name",
    "year",
    "year_group",
    "criterion",
    "metres",
    "status",
    "postal_code",
    "geometry",
)


def _read(atlas: Atlas, datasets: Sequence[str]) -> LastDistances:
    known = school_names(atlas)
    rows: dict[tuple[int, int | None, str], dict[int, Offer]] = {}
    stated: dict[int, tuple[str, float, float]] = {}
    unmatched: list[Unmatched] = []
    by_name: set[int] = set()
    for dataset in datasets:
        table = atlas.table(dataset, _FIELDS)
        if table is None:
            continue
        figures: list[dict[str, Any]] = table.to_pylist()
        rounding = rounding_of([row["metres"] for row in figures if row.get("metres") is not None])
        named: dict[_Key, list[dict[str, Any]]] = {}
        for row, place in zip(figures, _places(atlas, table), strict=True):
            row["place"] = place
            key = (
                str(row.get("school_id") or ""),
                row["school_name"],
                row.get("postal_code") or "",
            )
            named.setdefault(key, []).append(row)
        for (school_id, name, code), own in named.items():
            x, y = own[0]["place"]
            match = match_school(known, Named(school_id, name, code, x, y))
            if match is None:
                unmatched.append(Unmatched(name, school_id, len(own), dataset))
                continue
            if match.how != "id":
                by_name.add(match.school)
            stated.setdefault(match.school, (name, rounding, _apart(match)))
            for row in own:
                group, criterion = row.get("year_group"), str(row.get("criterion") or "")
                years = rows.setdefault((match.school, group, criterion), {})
                years.setdefault(row["year"], _offer(row, dataset))
    ordered = sorted(rows, key=lambda key: (key[0], -1 if key[1] is None else key[1], key[2]))
    series = tuple(
        Series(
            school=school,
            stated=stated[school][0],
            year_group=group,
            criterion=criterion,
            offers=tuple(offer for _, offer in sorted(rows[school, group, criterion].items())),
            rounding_m=stated[school][1],
            apart_m=stated[school][2],
        )
        for school, group, criterion in ordered
    )
    return LastDistances(series, tuple(unmatched), len(by_name))


def _offer(row: dict[str, Any], dataset: str) -> Offer:
    metres = np.nan if row.get("metres") is None else float(row["metres"])
    status = str(row.get("status") or (NOT_BY_DISTANCE if np.isnan(metres) else MEASURED))
    return Offer(int(row["year"]), metres, status, dataset)


def _apart(match: Match) -> float:
    return 0.0 if np.isnan(match.apart_m) else match.apart_m


def _places(atlas: Atlas, table: pa.Table) -> list[tuple[float, float]]:
    """Where each row says its school is, in the working CRS; NaN where it doesn't."""
    found = np.full((table.num_rows, 2), np.nan)
    if "geometry" in table.column_names:
        there = np.flatnonzero(table["geometry"].is_valid().to_numpy(zero_copy_only=False))
        if len(there):
            wkb = table["geometry"].drop_null().to_numpy(zero_copy_only=False)
            found[there] = atlas.project(shapely.get_coordinates(shapely.from_wkb(wkb)))
    return [(float(x), float(y)) for x, y in found]
