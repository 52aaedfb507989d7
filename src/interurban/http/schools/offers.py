"""Last distances offered over HTTP: of a city, of a school, at a place, and simulated."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.locating import Located, locate
from interurban.apps.schools.offers.chances import chances_datasets, chances_document, said_of
from interurban.apps.schools.offers.document import (
    at_place,
    city_document,
    offer_rows,
    place_document,
    place_rows,
    school_document,
)
from interurban.apps.schools.offers.last_distances import (
    last_distance_datasets,
    last_distances,
    offers_said,
    series_of,
)
from interurban.apps.schools.places.asked import stage_named
from interurban.apps.schools.reading import Atlas
from interurban.core.errors import BadRequest
from interurban.core.standard import Field
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import Format, choose_format
from interurban.http.request_values import only, single, whole_number
from interurban.http.service import service

from .answers import dump, held_or, sources
from .asked import atlas_of
from .files import ROW_FORMATS, file_answer
from .flows import find_school
from .local import point_of

__all__ = ["AT_FIELDS", "OFFER_FIELDS", "place_of", "routes", "row_points"]

NEAREST = 20
MOST = 200
DRAWS, MOST_DRAWS = 200, 1_000
CHOICES = (1, 12)

OFFER_FIELDS: tuple[Field, ...] = (
    Field("id", "string", "School id"),
    Field("name", "string", "School"),
    Field("stated_name", "string", "School as the table states it"),
    Field("year", "integer", "School year", "The year in which it begins."),
    Field("year_group", "integer", "Year group that is entered", "0 is Reception."),
    Field("criterion", "string", "Criterion", "In the publisher's words."),
    Field("last_distance_m", "integer", "Last distance", "Nothing where there is none.", "m"),
    Field("status", "string", "Status", "measured, doubtful or not by distance."),
    Field("dataset", "string", "Dataset"),
)

AT_FIELDS: tuple[Field, ...] = (
    Field("id", "string", "School id"),
    Field("name", "string", "School"),
    Field("year_group", "integer", "Year group that is entered", "0 is Reception."),
    Field("criterion", "string", "Criterion", "In the publisher's words."),
    Field("distance_m", "integer", "Distance", "From the place, in a straight line.", "m"),
    Field("margin_m", "integer", "Margin", "As near to a last distance nothing is certain.", "m"),
    Field("result", "string", "Result", "One of six fixed results; no promise of a place."),
    Field("within", "integer", "Years within the last distance"),
    Field("of", "integer", "Years that the place can be held against"),
    Field("latest_year", "integer", "Newest year"),
    Field("latest_m", "integer", "Last distance of that year", unit="m"),
    Field("words", "string", "In words"),
)


def routes() -> list[Route]:
    """The routes of this module."""
    base = "/api/schools/{city}"
    return [
        Route(f"{base}/offers", offers_of_city),
        Route(f"{base}/schools/{{school:path}}/offers", offers_of_school),
        Route(f"{base}/at/offers", offers_at),
        Route(f"{base}/offers/simulate", simulated),
    ]


async def offers_of_city(request: Request) -> Response:
    """Every last distance of a city, and the schools of its tables that could not be matched."""
    form = choose_format(request, ROW_FORMATS)
    only(request, "f")

    def answer() -> Response:
        atlas = atlas_of(request)
        datasets = last_distance_datasets(atlas)
        if form is not JSON_FORMAT:
            rows = offer_rows(atlas, last_distances(atlas).series)
            return _file(atlas, form, f"{atlas.city.id}-last-distances", OFFER_FIELDS, rows)

        def document() -> bytes:
            return dump({**city_document(atlas), "sources": sources(atlas, datasets)}).encode()

        return held_or(request, atlas, datasets, document)

    return await service(request).workers.run(request, answer)


async def offers_of_school(request: Request) -> Response:
    """A school's last distances by entry, criterion and year, and how much they moved."""
    form = choose_format(request, ROW_FORMATS)
    only(request, "f")

    def answer() -> Response:
        atlas = atlas_of(request)
        school = find_school(atlas, request.path_params["school"])
        datasets = last_distance_datasets(atlas)
        if form is not JSON_FORMAT:
            rows = offer_rows(atlas, series_of(atlas, school)[0])
            name = f"{atlas.schools.ids[school]}-last-distances"
            return _file(atlas, form, name, OFFER_FIELDS, rows)

        def document() -> bytes:
            told = sources(atlas, datasets)
            return dump({**school_document(atlas, school), "sources": told}).encode()

        return held_or(request, atlas, datasets, document)

    return await service(request).workers.run(request, answer)


async def offers_at(request: Request) -> Response:
    """What the last distances of the nearest schools say of a place, in fixed words."""
    form = choose_format(request, ROW_FORMATS)
    only(request, "f", "lon", "lat", "q", "stage", "limit")
    find = place_of(request)
    wanted = single(request, "stage")
    limit = whole_number(request, "limit", NEAREST, 1, MOST)

    def answer() -> Response:
        atlas = atlas_of(request)
        stage, place = stage_named(atlas, wanted), find(atlas)
        datasets = last_distance_datasets(atlas)
        if form is not JSON_FORMAT:
            rows = place_rows(atlas, at_place(atlas, place, stage, limit))
            return _file(atlas, form, f"{atlas.city.id}-last-distances-at", AT_FIELDS, rows)
        document = place_document(atlas, place, stage, limit)
        content = dump({**document, "sources": sources(atlas, datasets)})
        # What a name stands for may change with any dataset.
        headers = {"Cache-Control": "no-store"}
        return Response(content, headers=headers, media_type=JSON_FORMAT.media_type)

    return await service(request).workers.run(request, answer)


async def simulated(request: Request) -> Response:
    """Simulated rounds of admissions around a place: a band for each of the nearest schools."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "lon", "lat", "q", "stage", "choices", "siblings", "demand", "draws", "seed")
    find = place_of(request)
    wanted = single(request, "stage")
    choices = whole_number(request, "choices", 0, *CHOICES) if single(request, "choices") else 0
    siblings = _number(request, "siblings", 0.0, 0.9)
    demand = _number(request, "demand", 0.5, 2.0)
    draws = whole_number(request, "draws", DRAWS, 1, MOST_DRAWS)
    seed = whole_number(request, "seed", 1, 0, 2**31)

    def answer() -> Response:
        atlas = atlas_of(request)
        stage, place = stage_named(atlas, wanted), find(atlas)
        rule = offers_said(atlas).of_stage(stage.id)
        assumed = said_of(
            rule,
            choices=choices,
            siblings=siblings,
            demand=1.0 if demand is None else demand,
            draws=draws,
            seed=seed,
        )
        document = chances_document(atlas, place, stage, assumed)
        told = sources(atlas, chances_datasets(atlas, stage))
        content = dump({**document, "sources": told})
        headers = {"Cache-Control": "no-store"}
        return Response(content, headers=headers, media_type=JSON_FORMAT.media_type)

    return await service(request).workers.run(request, answer)


def _number(request: Request, name: str, lowest: float, highest: float) -> float | None:
    """A parameter that is a number within bounds; ``None`` without it."""
    text = single(request, name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        raise BadRequest(
            f"{name}={text[:40]!r} can't be used.",
            advice=f"Give a number from {lowest:g} to {highest:g}.",
            part=name,
        )
    return value


def place_of(request: Request) -> Callable[[Atlas], Located]:
    """The place that ``lon`` and ``lat`` give, or how to find the one that ``q`` names.

    Raises
    ------
    BadRequest: both are given. InvalidPlace: neither is, or it is no place.
    """
    q = single(request, "q")
    if not q:
        point = point_of(request)
        return lambda _: point
    if "lon" in request.query_params or "lat" in request.query_params:
        raise BadRequest("Both a place and a name are given.", advice="Give one.", part="q")
    return lambda atlas: locate(atlas, q)


def row_points(atlas: Atlas, rows: list[dict[str, Any]]) -> NDArray[np.object_]:
    """The point of each row's school, WGS84; ``None`` without a place; (rows,)."""
    places = np.array([atlas.schools.index[row["id"]] for row in rows], dtype=np.int64)
    lonlat = atlas.schools.lonlat[places]
    points: NDArray[np.object_] = shapely.points(lonlat)
    points[np.isnan(lonlat[:, 0])] = None
    return points


def _file(
    atlas: Atlas, form: Format, name: str, fields: tuple[Field, ...], rows: list[dict[str, Any]]
) -> Response:
    """Rows with the points of their schools."""
    datasets = last_distance_datasets(atlas)
    return file_answer(atlas, form, name, fields, rows, row_points(atlas, rows), datasets)
