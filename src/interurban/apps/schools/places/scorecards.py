"""A scorecard and births as arrays: pupils, places and forecasts of whole areas by school year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Floats

from .area_forecast import AreaSeries
from .settings import AreaRolls, Scorecard

__all__ = ["AreaPlaces", "area_places", "read_scorecard"]

_FURTHEST = 20
"""Years ahead that births are looked for."""


@dataclass(frozen=True, eq=False)
class AreaPlaces:
    """Whole areas of a scorecard, one stage.

    Parameters
    ----------
    year: of the newest edition.
    places: (areas,), of the newest edition that states any; ``places_year`` its year, 0 if none.
    unfilled: (areas,), share of places that nobody fills, as published for that year; NaN without.
    planned, needed: (areas,), places to be added and needed, of the newest edition; NaN without.
    last_births: newest year whose births are known; 0 without any.
    """

    names: tuple[str, ...]
    series: AreaSeries
    year: int
    places: Floats
    places_year: int
    unfilled: Floats
    planned: Floats
    needed: Floats
    last_births: int


def read_scorecard(
    atlas: Atlas, card: Scorecard, stage: str, areas: Mapping[str, str]
) -> AreaPlaces | None:
    """The scorecard of a stage; ``None`` where there is none for the reader.

    Parameters
    ----------
    areas: names of the areas to take, by code; others (a whole country) are left out.
    """
    rolls = card.stages.get(stage)
    if rolls is None or atlas.snapshot(card.dataset) is None:
        return None

    def read() -> AreaPlaces | None:
        table = atlas.table(card.dataset, ("area_id", "measure", "time_period", "value"))
        fields = ("area_id", "component", "year", "people")
        births = [atlas.table(one, fields) for one in card.births]
        return None if table is None else area_places(table, births, rolls, areas)

    return atlas.cached(f"scorecard {stage}", (card.dataset, *card.births), read)


def area_places(
    table: pa.Table,
    births: Sequence[pa.Table | None],
    rolls: AreaRolls,
    areas: Mapping[str, str],
) -> AreaPlaces | None:
    """A scorecard's rows as arrays; ``None`` where it tells no pupils of any of the areas.

    Parameters
    ----------
    table: of ``area_statistic``. births: of ``population_change``; of a year the first stands.
    """
    found: dict[str, dict[tuple[str, int], float]] = {}
    for row in table.to_pylist():
        if row["area_id"] in areas and row["value"] is not None and row["time_period"] is not None:
            key = (row["area_id"], row["time_period"].year)
            found.setdefault(row["measure"], {})[key] = float(row["value"])
    now = found.get(rolls.roll, {})
    ids = tuple(sorted({area for area, _ in now}))
    editions = sorted({year for _, year in now})
    if not ids:
        return None
    then = dict(rolls.earlier)
    years = sorted({*editions, *then, *([rolls.change[1]] if rolls.change else [])})
    pupils = np.full((len(ids), len(years)), np.nan)
    for at, year in enumerate(years):
        if year in editions:
            pupils[:, at] = _column(now, ids, year)
        elif year in then:
            pupils[:, at] = _newest(found.get(then[year], {}), ids, editions)
    if rolls.change is not None and rolls.change[1] not in (*editions, *then):
        measure, first, last = rolls.change
        grown = 1.0 + _newest(found.get(measure, {}), ids, editions)
        pupils[:, years.index(first)] = _divided(pupils[:, years.index(last)], grown)
    known = [at for at in range(len(years)) if np.isfinite(pupils[:, at]).any()]
    years, pupils = [years[at] for at in known], pupils[:, known]
    with_places = [
        y for y in editions if np.isfinite(_column(found.get(rolls.places, {}), ids, y)).any()
    ]
    born, ahead, last_births = _births(births, rolls, ids, years)
    series = AreaSeries(
        areas=ids,
        years=tuple(years),
        pupils=np.where(pupils > 0, pupils, np.nan),
        expected=_by_year(found.get(rolls.expected, {}), ids, years),
        expected_ahead=rolls.expected_ahead,
        accuracy={
            ahead: _by_year(found.get(measure, {}), ids, years)
            for ahead, measure in rolls.accuracy.items()
        },
        births=born,
        births_ahead=ahead,
    )
    newest = with_places[-1] if with_places else 0
    return AreaPlaces(
        names=tuple(areas[one] for one in ids),
        series=series,
        year=editions[-1],
        places=_column(found.get(rolls.places, {}), ids, newest),
        places_year=newest,
        unfilled=_column(found.get(rolls.unfilled, {}), ids, newest) / 100.0,
        planned=_column(found.get(rolls.planned, {}), ids, editions[-1]),
        needed=_column(found.get(rolls.needed, {}), ids, editions[-1]),
        last_births=last_births,
    )


def _column(values: Mapping[tuple[str, int], float], ids: tuple[str, ...], year: int) -> Floats:
    return np.array([values.get((one, year), np.nan) for one in ids], dtype=np.float64)


def _by_year(
    values: Mapping[tuple[str, int], float], ids: tuple[str, ...], years: list[int]
) -> Floats:
    return np.column_stack([_column(values, ids, year) for year in years])


def _newest(
    values: Mapping[tuple[str, int], float], ids: tuple[str, ...], editions: list[int]
) -> Floats:
    """What the newest edition says that says anything, area by area."""
    out = np.full(len(ids), np.nan)
    for year in editions:
        said = _column(values, ids, year)
        out = np.where(np.isfinite(said), said, out)
    return out


def _divided(over: Floats, under: Floats) -> Floats:
    ready = (under > 0) & np.isfinite(over)
    return np.asarray(np.divide(over, under, out=np.full(len(over), np.nan), where=ready))


def _births(
    tables: Sequence[pa.Table | None], rolls: AreaRolls, ids: tuple[str, ...], years: list[int]
) -> tuple[Floats, Floats | None, int]:
    """Births of those who are of the stage's ages in each school year, and in the years after.

    Of births after the last year that is known, as many as in it; of years to come only those
    whose births are all known. The last of the three is the last year with births.
    """
    known: dict[tuple[str, int], float] = {}
    for table in tables:
        said: dict[tuple[str, int], float] = {}
        for row in table.to_pylist() if table is not None else ():
            if row.get("component", "births") == "births" and row["people"] is not None:
                key = (row["area_id"], row["year"])
                said[key] = said.get(key, 0.0) + float(row["people"])
        known = {**said, **known}
    out = np.full((len(ids), len(years)), np.nan)
    ahead = np.full((len(ids), _FURTHEST), np.nan)
    born = sorted({year for one, year in known if one in ids})
    if not born:
        return out, None, 0
    youngest, oldest = rolls.ages
    for at, year in enumerate(years):
        needed = [min(born[-1], y) for y in range(year - oldest, year - youngest + 1)]
        if set(needed) <= set(born):
            out[:, at] = sum(_column(known, ids, y) for y in needed)
    for at in range(_FURTHEST):
        year = years[-1] + 1 + at
        needed = list(range(year - oldest, year - youngest + 1))
        if set(needed) <= set(born):
            ahead[:, at] = sum(_column(known, ids, y) for y in needed)
    return out, ahead, born[-1]
