"""The table of places: schools or areas with places, pupils, surplus and what is to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.subjects import Floats, Indices

from .area_projection import AreaProjection, projected_now
from .forecasts import Forecast, RollForecasts, summed
from .projected import NOTHING, Projected
from .rules import BANDS, Rule, band_of, forms_of_entry, places_of, utilisation_of
from .scorecards import AreaPlaces, read_scorecard
from .settings import PlaceSettings
from .supply import Supply, read_supply, supply_areas

__all__ = [
    "PlaceTable",
    "Totals",
    "area_names",
    "area_table",
    "projected_areas",
    "school_table",
    "scorecard_of",
    "totals_of",
]


@dataclass(frozen=True, eq=False)
class PlaceTable:
    """Schools or areas, one stage, in order of id.

    Parameters
    ----------
    capacity: (n,), places by the rule; NaN where unknown.
    capacity_years: (n,), school year they are of; 0 where unknown.
    pupils: (n,); NaN where unknown.
    forms: (n,), whole forms of entry missing (above 0) or spare (below 0); NaN where unknown.
    bands: (n,), of ``rules.BANDS``.
    forecasts: (n,); ``None`` without one.
    schools, unknown: (n,), of areas: schools added up, and those left out for want of places.
    unfilled: (n,), share of places that nobody fills, full schools counting as filled and not as
        over-full; of areas as published, or of their schools; NaN without.
    planned, needed: (n,), places that areas will add, and would need, by their own count; NaN
        without.
    datasets: what it was read from.
    notes: what has to be known beside the numbers, in sentences.
    """

    stage: Stage
    year: int
    by: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    lonlat: Floats
    capacity: Floats
    capacity_years: Indices
    pupils: Floats
    utilisation: Floats
    bands: tuple[str, ...]
    forms: Floats
    forecasts: tuple[Forecast | None, ...]
    schools: Indices
    unknown: Indices
    unfilled: Floats
    planned: Floats
    needed: Floats
    datasets: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def surplus(self) -> Floats:
        """Places that are not filled; below 0 where there are more pupils than places."""
        return np.asarray(self.capacity - self.pupils)


@dataclass(frozen=True, slots=True)
class Totals:
    """All rows whose places and pupils are both known, added up; and how many are in each band.

    Parameters
    ----------
    capacity: NaN where no row has both; ``pupils`` are then those of all rows, NaN without any.
    unfilled: share of the places that nobody fills; what one school lacks offsets nothing of what
        another has to spare. NaN where it is not known of any row.
    """

    capacity: float
    pupils: float
    bands: Mapping[str, int]
    unfilled: float = np.nan

    @property
    def surplus(self) -> float:
        """Places that are not filled; NaN where no places are known."""
        return self.capacity - self.pupils


def totals_of(table: PlaceTable) -> Totals:
    """Sums over the rows with a utilisation."""
    known = np.isfinite(table.utilisation)
    bands = {band: table.bands.count(band) for band in BANDS}
    if not known.any():
        some = np.isfinite(table.pupils).any()
        return Totals(np.nan, float(np.nansum(table.pupils)) if some else np.nan, bands)
    capacity = float(table.capacity[known].sum())
    told = known & np.isfinite(table.unfilled)
    unfilled = float((table.unfilled * table.capacity)[told].sum()) if told.any() else np.nan
    return Totals(
        capacity,
        float(table.pupils[known].sum()),
        bands,
        unfilled / float(table.capacity[told].sum()) if told.any() else np.nan,
    )


# By school


def school_table(
    atlas: Atlas, settings: PlaceSettings, stage: Stage, rule: Rule,
    year: int | None = None, runs: Projected = NOTHING,
) -> PlaceTable:  # fmt: skip
    """Every school of a stage.

    Parameters
    ----------
    year: of the pupils; the newest when none is named.
    runs: what they project. Younger pupils than they project are added as they are in ``year``,
        so that forecast and pupils are of the same year groups; none is given for earlier years,
        nor for one stage of a school that has several.
    """
    supply = read_supply(atlas, settings, stage, year)
    capacity = places_of(rule, supply.published, supply.classrooms)
    utilisation = utilisation_of(supply.pupils, capacity)
    forecasts: tuple[Forecast | None, ...] = (None,) * len(supply)
    rolls = runs.rolls
    notes = _notes(settings, supply)
    if rolls is not None and rolls.years and supply.year == rolls.years[-1]:
        forecasts = tuple(_with_younger(supply, at, rolls) for at in range(len(supply)))
        notes = (*notes, _FORECAST_OF)
    groups = stage.year_groups[1] - stage.year_groups[0] + 1
    return PlaceTable(
        stage=stage,
        year=supply.year,
        by="school",
        ids=supply.ids,
        names=supply.names,
        lonlat=supply.lonlat,
        capacity=capacity,
        capacity_years=np.where(np.isfinite(capacity), supply.capacity_years, 0),
        pupils=supply.pupils,
        utilisation=utilisation,
        bands=band_of(rule, utilisation),
        forms=forms_of_entry(supply.pupils, capacity, stage.class_size, groups),
        forecasts=forecasts,
        schools=np.ones(len(supply), dtype=np.int64),
        unknown=np.isnan(utilisation).astype(np.int64),
        unfilled=np.maximum(1.0 - utilisation, 0.0),
        planned=np.full(len(supply), np.nan),
        needed=np.full(len(supply), np.nan),
        datasets=_leaning(atlas, settings, rolls if any(forecasts) else None),
        notes=notes,
    )


_FORECAST_OF = "Forecasts hold the pupils before the entry year group as they are in the last year."


def _with_younger(supply: Supply, at: int, rolls: RollForecasts) -> Forecast | None:
    found = rolls.schools.get(supply.ids[at])
    if found is None or supply.partial[at]:
        return None
    younger = float(np.nan_to_num(supply.younger[at]))
    told = {name: numbers + younger for name, numbers in found.variants.items()}
    return Forecast(found.years, found.ends + younger, found.summed, told)


def _notes(settings: PlaceSettings, supply: Supply) -> tuple[str, ...]:
    said = [settings.capacity_words] if settings.capacity_words else []
    unknown = int(np.isnan(supply.published).sum())
    if unknown == len(supply) and len(supply):
        said.append("No places of this stage are known, so nothing can be said of their use.")
    elif unknown:
        said.append(f"The places of {unknown:,} of {len(supply):,} schools are not known.")
    if supply.unmatched:
        said.append(
            f"{supply.unmatched:,} schools with places are not among these: they have closed, "
            "or lie outside the city."
        )
    return tuple(said)


def _leaning(
    atlas: Atlas, settings: PlaceSettings, rolls: RollForecasts | None, *more: str
) -> tuple[str, ...]:
    registers = (settings.register,) if settings.register else atlas.settings.schools
    named = (settings.capacity, settings.rolls, *registers, *more)
    return tuple(dict.fromkeys(one for one in (*named, *(rolls.datasets if rolls else ())) if one))


# By area


def area_table(
    atlas: Atlas, settings: PlaceSettings, stage: Stage, rule: Rule,
    year: int | None = None, runs: Projected = NOTHING,
) -> PlaceTable:  # fmt: skip
    """Every area: of the scorecard where there is one, else the schools of each added up.

    Areas of a scorecard have its places, pupils and forecasts; the rule gives the bands alone, for
    a scorecard tells no rooms. Their bands and forms are by the share of places that are filled as
    published, where it is: pupils and places may be of other ages. An area of schools has those
    alone whose places and pupils are both known; without any, the pupils of all.
    """
    card = scorecard_of(atlas, settings, stage)
    if card is not None:
        to_come = projected_areas(atlas, settings, stage, card, runs)
        return _of_scorecard(atlas, settings, stage, rule, card, to_come)
    schools = school_table(atlas, settings, stage, rule, year, runs)
    return _of_schools(atlas, settings, stage, schools, rule, runs.rolls)


def area_names(atlas: Atlas, settings: PlaceSettings) -> dict[str, str]:
    """Names of the areas by code; none without a boundary dataset."""
    if not settings.areas:
        return {}

    def read() -> dict[str, str]:
        table = atlas.table(settings.areas, ("area_id", "name"))
        rows = table.to_pylist() if table is not None else []
        return {str(row["area_id"]): str(row["name"] or row["area_id"]) for row in rows}

    return atlas.cached("areas of places", [settings.areas], read)


def scorecard_of(atlas: Atlas, settings: PlaceSettings, stage: Stage) -> AreaPlaces | None:
    """The scorecard of a stage; ``None`` where there is none for the reader."""
    if settings.scorecard is None:
        return None
    return read_scorecard(atlas, settings.scorecard, stage.id, area_names(atlas, settings))


def projected_areas(
    atlas: Atlas, settings: PlaceSettings, stage: Stage, card: AreaPlaces, runs: Projected
) -> AreaProjection:
    """What the newest run says of a scorecard's areas; before any, what it would say."""
    assert settings.scorecard is not None, "a scorecard was read a moment ago"
    return runs.areas.get(stage.id) or projected_now(atlas, settings.scorecard, card, stage.id)


def _of_scorecard(
    atlas: Atlas, settings: PlaceSettings, stage: Stage, rule: Rule, card: AreaPlaces,
    to_come: AreaProjection,
) -> PlaceTable:  # fmt: skip
    assert settings.scorecard is not None, "a scorecard was read a moment ago"
    series = card.series
    pupils = series.pupils[:, series.years.index(card.places_year or card.year)]
    utilisation = utilisation_of(pupils, card.places)
    filled = np.where(np.isfinite(card.unfilled), 1.0 - card.unfilled, utilisation)
    places = supply_areas(atlas, settings.areas, np.zeros((0, 2)))
    lonlat = {one: places.lonlat[at] for at, one in enumerate(places.ids)}
    none = np.full(len(series.areas), np.nan)
    groups = stage.year_groups[1] - stage.year_groups[0] + 1
    words = settings.scorecard.stages[stage.id].words
    return PlaceTable(
        stage=stage,
        year=card.places_year or card.year,
        by="area",
        ids=series.areas,
        names=card.names,
        lonlat=np.array([lonlat.get(one, none[:2]) for one in series.areas]).reshape(-1, 2),
        capacity=np.where(card.places > 0, card.places, np.nan),
        capacity_years=np.where(card.places > 0, card.places_year, 0),
        pupils=pupils,
        utilisation=utilisation,
        bands=band_of(rule, filled),
        forms=forms_of_entry(filled * card.places, card.places, stage.class_size, groups),
        forecasts=tuple(to_come.forecasts.get(one) for one in series.areas),
        schools=np.zeros(len(series.areas), dtype=np.int64),
        unknown=np.isnan(utilisation).astype(np.int64),
        unfilled=card.unfilled,
        planned=card.planned,
        needed=card.needed,
        datasets=tuple(dict.fromkeys((*to_come.datasets, settings.areas))),
        notes=(words, _FILLED) if words else (_FILLED,),
    )


def _of_schools(
    atlas: Atlas, settings: PlaceSettings, stage: Stage, schools: PlaceTable, rule: Rule,
    rolls: RollForecasts | None,
) -> PlaceTable:  # fmt: skip
    places = supply_areas(atlas, settings.areas, schools.lonlat)
    count = len(places.ids)
    known = np.isfinite(schools.utilisation) & (places.area >= 0)
    some = np.bincount(places.area[known], minlength=count)
    # Of an area without any known place all schools count: their pupils are still known.
    told = known | ((places.area >= 0) & (some[places.area] == 0) & np.isfinite(schools.pupils))
    capacity, pupils = (
        np.bincount(places.area[those], values[those], count).astype(np.float64)
        for those, values in ((known, schools.capacity), (told, schools.pupils))
    )
    spare = (schools.unfilled * schools.capacity)[known]
    unfilled = np.bincount(places.area[known], spare, count)
    capacity = np.where(some > 0, capacity, np.nan)
    pupils = np.where(np.bincount(places.area[told], minlength=count) > 0, pupils, np.nan)
    utilisation = utilisation_of(pupils, capacity)
    groups = stage.year_groups[1] - stage.year_groups[0] + 1
    placed = places.area[places.area >= 0]
    outside = int((places.area < 0).sum())
    notes = schools.notes
    if outside:
        notes = (*notes, f"{outside:,} schools lie outside every area, or have no place.")
    newest = schools.capacity_years.max() if len(schools.ids) else 0
    forecasts = []
    for area in range(count):
        of_area = [schools.forecasts[at] for at in np.flatnonzero(told & (places.area == area))]
        whole = [one for one in of_area if one is not None]
        complete = len(whole) == len(of_area)
        forecasts.append(summed(whole, rolls.everywhere if rolls else None) if complete else None)
    return PlaceTable(
        stage=stage,
        year=schools.year,
        by="area",
        ids=places.ids,
        names=places.names,
        lonlat=places.lonlat,
        capacity=capacity,
        capacity_years=np.where(np.isfinite(capacity), newest, 0),
        pupils=pupils,
        utilisation=utilisation,
        bands=band_of(rule, utilisation),
        forms=forms_of_entry(pupils, capacity, stage.class_size, groups),
        forecasts=tuple(forecasts),
        schools=np.bincount(placed, minlength=count).astype(np.int64),
        unknown=(np.bincount(placed, minlength=count) - some).astype(np.int64),
        unfilled=unfilled / capacity,
        planned=np.full(count, np.nan),
        needed=np.full(count, np.nan),
        datasets=(*schools.datasets, settings.areas),
        notes=(*notes, *((_SUMMED,) if any(forecasts) else ())),
    )


_FILLED = (
    "Bands and forms of entry of areas are by the share of places that are filled, as published."
)

_SUMMED = "Bands of an area join what all schools miss together with what each misses alone."
