"""Last distances as plain values: of a city, of a school, and at a place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from interurban.apps.schools.locating import Located
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.stages import stages_of
from interurban.apps.schools.subjects import Floats, Indices
from interurban.apps.schools.words import NO_RIGHT

from .last_distances import Series, last_distances, main_series, offers_said, series_of
from .results import RESULTS, PlaceResult, place_result
from .words import city_words, entry_words, place_words, result_words, series_words

__all__ = [
    "AtPlace",
    "at_place",
    "city_document",
    "exact_m",
    "held_against",
    "offer_rows",
    "place_document",
    "place_rows",
    "school_document",
    "series_document",
]


def city_document(atlas: Atlas) -> dict[str, Any]:
    """All last distances of a city, and what no school of the atlas fits."""
    found = last_distances(atlas)
    return {
        "schools": len(found.by_school),
        "years": list(found.years),
        "by_name": found.by_name,
        "unmatched": [
            {
                "name": one.name,
                "school_id": one.school_id or None,
                "figures": one.figures,
                "dataset": one.dataset,
            }
            for one in found.unmatched
        ],
        "admissions": _admissions(atlas),
        "words": city_words(found, atlas.city.name),
        "result_words": NO_RIGHT,
        "rows": offer_rows(atlas, found.series),
    }


def offer_rows(atlas: Atlas, series: tuple[Series, ...]) -> list[dict[str, Any]]:
    """A row for each figure, in order of school, entry, criterion and year."""
    schools = atlas.schools
    return [
        {
            "id": schools.ids[one.school],
            "name": schools.names[one.school],
            "stated_name": one.stated,
            "year": offer.year,
            "year_group": one.year_group,
            "criterion": one.criterion,
            "last_distance_m": _metres(offer.metres),
            "status": offer.status,
            "dataset": offer.dataset,
        }
        for one in series
        for offer in one.offers
    ]


def school_document(atlas: Atlas, school: int) -> dict[str, Any]:
    """The last distances of one school, and of those that it came from."""
    schools, units = atlas.schools, atlas.city.units
    series, earlier = series_of(atlas, school)
    main = main_series(series)
    of_stages = stages_of(schools, atlas.settings.stages)[school]
    if not series:
        words = f"No last distances of {schools.names[school]} are known here."
        rules = (one for one in _admissions(atlas) if one["stage"] in of_stages)
        said = dict.fromkeys(one["words"] for one in rules)
        words = " ".join((words, *said))
    else:
        calendar = atlas.settings.calendar_years
        words = series_words(main if main is not None else series[0], units, calendar)
    lon, lat = schools.lonlat[school]
    return {
        "school": {
            "id": schools.ids[school],
            "name": schools.names[school],
            "lon": None if math.isnan(lon) else round(float(lon), 6),
            "lat": None if math.isnan(lat) else round(float(lat), 6),
        },
        "series": [series_document(atlas, one, main=one is main) for one in series],
        "earlier": [{"id": one, "name": name} for one, name in earlier],
        "admissions": [one for one in _admissions(atlas) if one["stage"] in of_stages],
        "words": words,
        "result_words": NO_RIGHT,
    }


def series_document(atlas: Atlas, series: Series, *, main: bool) -> dict[str, Any]:
    """One entry and criterion of a school.

    Parameters
    ----------
    main: whether it is the one that a map draws.
    """
    bounds, latest = series.bounds, series.latest
    return {
        "school_id": atlas.schools.ids[series.school],
        "stated_name": series.stated,
        "year_group": series.year_group,
        "criterion": series.criterion,
        "entry": entry_words(series),
        "drawn": main,
        "years": [
            {"year": one.year, "last_distance_m": _metres(one.metres), "status": one.status}
            for one in series.offers
        ],
        "latest": None
        if latest is None
        else {"year": latest.year, "last_distance_m": _metres(latest.metres)},
        "least_m": None if bounds is None else _metres(bounds[0]),
        "most_m": None if bounds is None else _metres(bounds[1]),
        "moves": [{"year": one.year, "share": round(one.share, 4)} for one in series.moves],
        "rounding_m": round(series.rounding_m, 2),
        "apart_m": _metres(series.apart_m),
        "words": series_words(series, atlas.city.units, atlas.settings.calendar_years),
    }


# At a place


@dataclass(frozen=True, slots=True)
class AtPlace:
    """A school near a place, and what is said of the two.

    Parameters
    ----------
    school: its place in the atlas. series: ``None`` of a school without last distances.
    """

    school: int
    series: Series | None
    result: PlaceResult


def exact_m(atlas: Atlas, place: Located) -> float:
    """How exact a place is, in metres: of an area, how far from its point it reaches."""
    if place.area is None:
        return place.within_m
    corners = atlas.project(shapely.get_coordinates(place.area))
    middle = atlas.project(np.array([[place.lon, place.lat]]))[0]
    return float(np.hypot(*(corners - middle).T).max())


def at_place(atlas: Atlas, place: Located, stage: Stage, limit: int) -> list[AtPlace]:
    """The nearest schools of a stage, each with its main last distances, the nearest first.

    Schools that have no place cannot be near one, and are in none of it. A school that has last
    distances of several entries or criteria stands once for each.
    """
    schools = atlas.schools
    metres = _straight(atlas, place)
    # Private and special schools take nobody by distance.
    usable = schools.of_phases(stage.phases) & ~np.isnan(metres)
    usable &= np.array([one != "private" for one in schools.governances], dtype=np.bool_)
    usable &= np.array([one != "closed" for one in schools.statuses], dtype=np.bool_)
    near: Indices = np.flatnonzero(usable)
    near = near[np.argsort(metres[near], kind="stable")][:limit]
    exact = exact_m(atlas, place)
    found: list[AtPlace] = []
    for school in near.tolist():
        series, _ = series_of(atlas, school, stage)
        far = float(metres[school])
        found += [AtPlace(school, one, place_result(one, far, exact)) for one in series]
        if not series:
            found.append(AtPlace(school, None, _nothing(far)))
    return found


def held_against(atlas: Atlas, series: Series | None, place: Located) -> PlaceResult:
    """A place held against one school's figures."""
    if series is None:
        return _nothing(math.nan)
    far = float(_straight(atlas, place)[series.school])
    return place_result(series, far, exact_m(atlas, place))


def place_document(atlas: Atlas, place: Located, stage: Stage, limit: int) -> dict[str, Any]:
    """What last distances say of a place."""
    found = at_place(atlas, place, stage, limit)
    held = [one.result for one in found if one.series is not None]
    rule = offers_said(atlas).of_stage(stage.id)
    words = place_words(place.label, stage.name.lower(), held)
    if not held and not rule.by_distance:
        words = f"Not by distance here. {rule.words}"
    if place.how:
        words = f"{words} {place.how}"
    return {
        "place": {
            "label": place.label,
            "lon": round(place.lon, 6),
            "lat": round(place.lat, 6),
            "within_m": _metres(exact_m(atlas, place)),
        },
        "stage": stage.id,
        "by_distance": rule.by_distance,
        "results": list(RESULTS),
        "schools": place_rows(atlas, found),
        "words": words,
        "result_words": NO_RIGHT,
    }


def place_rows(atlas: Atlas, found: list[AtPlace]) -> list[dict[str, Any]]:
    """A row for each school, entry and criterion, as plain values."""
    schools, units = atlas.schools, atlas.city.units
    rows: list[dict[str, Any]] = []
    for one in found:
        series, result = one.series, one.result
        latest = series.latest if series is not None else None
        lon, lat = schools.lonlat[one.school]
        rows.append(
            {
                "id": schools.ids[one.school],
                "name": schools.names[one.school],
                "lon": round(float(lon), 6),
                "lat": round(float(lat), 6),
                "year_group": series.year_group if series is not None else None,
                "criterion": series.criterion if series is not None else "",
                "distance_m": _metres(result.metres),
                "margin_m": _metres(result.margin_m),
                "result": result.result,
                "within": result.within,
                "of": result.of,
                "latest_year": latest.year if latest is not None else None,
                "latest_m": _metres(latest.metres) if latest is not None else None,
                "years": [{"year": year, "held": held} for year, held in result.years],
                "words": result_words(result, units)
                if series is not None
                else "No data: no last distance of this school is known here.",
            }
        )
    return rows


def _nothing(metres: float) -> PlaceResult:
    return PlaceResult("no data", (), 0, 0, metres, 0.0)


def _straight(atlas: Atlas, place: Located) -> Floats:
    """Straight line from a place to every school, in metres; NaN without a place."""
    here = atlas.project(np.array([[place.lon, place.lat]]))[0]
    there = atlas.schools.metres - here
    return np.asarray(np.hypot(there[:, 0], there[:, 1]))


def _admissions(atlas: Atlas) -> list[dict[str, Any]]:
    """How places of each stage are given out."""
    said = offers_said(atlas)
    return [
        {
            "stage": stage.id,
            "by_distance": (rule := said.of_stage(stage.id)).by_distance,
            "words": rule.words,
            "source": rule.source,
        }
        for stage in atlas.settings.stages
    ]


def _metres(value: float) -> int | None:
    return round(value) if math.isfinite(value) else None
