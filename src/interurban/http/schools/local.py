"""Which schools the pupils of some areas go to: of one area, a place, or a shape that was drawn."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import shapely
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.chosen import Chosen, area_chosen, areas_within, place_chosen
from interurban.apps.schools.districts import district_names
from interurban.apps.schools.flows import LocalSchools, local_schools
from interurban.apps.schools.locating import Located, locate
from interurban.apps.schools.nearby import Nearby, nearby_schools, nearby_words
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Flows
from interurban.apps.schools.words import schools_words
from interurban.apps.schools.zones import place_result, zones_at, zones_of
from interurban.core.errors import BadRequest, InvalidPlace
from interurban.http.bodies import read_object
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single
from interurban.http.service import service

from .answers import amount, dump, flow_source, held_or, metres, share, sources
from .asked import atlas_of
from .files import ROW_FORMATS, SCHOOL_FIELDS, file_answer, points_of
from .flows import hidden_document, school_point
from .outlines import feature_collection, outlines_of

__all__ = [
    "local_words",
    "point_of",
    "routes",
    "school_rows",
    "schools_of",
    "schools_of_area_document",
    "stage_asked",
]

_MOST_BODY_BYTES = 262_144
_MOST_CORNERS = 10_000
_DRAWN = ("Polygon", "MultiPolygon")


_Choose = Callable[[Atlas, Flows], Chosen]


def routes() -> list[Route]:
    """The routes of this module."""
    base = "/api/schools/{city}"
    return [
        Route(f"{base}/areas/{{area:path}}/schools", schools_of_area),
        Route(f"{base}/at/schools", schools_at),
        Route(f"{base}/within/schools", schools_within, methods=["POST"]),
    ]


async def schools_of_area(request: Request) -> Response:
    """The schools that pupils of one home area go to."""
    only(request, "f", "flows")
    area = request.path_params["area"]
    return await _answer(request, lambda atlas, flows: area_chosen(atlas, flows, area))


async def schools_at(request: Request) -> Response:
    """The same for a place: the area that it lies in, or all of a larger area."""
    only(request, "f", "flows", "stage", "lon", "lat", "q")
    q = single(request, "q")
    if q and ("lon" in request.query_params or "lat" in request.query_params):
        raise BadRequest("Both a place and a name are given.", advice="Give one.", part="q")
    point = None if q else point_of(request)

    def choose(atlas: Atlas, flows: Flows) -> Chosen:
        return place_chosen(atlas, flows, point if point is not None else locate(atlas, q))

    return await _answer(request, choose)


async def schools_within(request: Request) -> Response:
    """The same for a shape that was drawn: the areas whose point lies in it, each whole."""
    only(request, "f", "flows", "stage")
    shape = _drawn(await read_object(request, _MOST_BODY_BYTES))
    return await _answer(request, lambda _, flows: areas_within(flows, shape))


async def _answer(request: Request, choose: _Choose) -> Response:
    form = choose_format(request, ROW_FORMATS)
    wanted, stage = single(request, "flows"), single(request, "stage")
    web = service(request)

    def answer() -> Response:
        atlas = atlas_of(request)
        flows = atlas.flows_or_none(wanted, stage_asked(atlas, stage))
        chosen = choose(atlas, flows)
        local = schools_of(atlas, flows, chosen)
        if form is not JSON_FORMAT:
            rows = school_rows(atlas, flows, local, chosen)
            name = f"{flows.dataset or atlas.city.id}-schools"
            return file_answer(
                atlas,
                form,
                name,
                SCHOOL_FIELDS,
                rows,
                points_of(flows, local.schools),
                flow_source(atlas, flows),
                flows.modelled,
            )
        zones = tuple(zone.dataset for zone in atlas.settings.zones)

        def document() -> bytes:
            return _document(atlas, flows, chosen, local)

        # What a name stands for may change with any dataset.
        if request.method == "POST" or single(request, "q"):
            headers = {"Cache-Control": "no-store"}
            return Response(document(), headers=headers, media_type=JSON_FORMAT.media_type)
        return held_or(request, atlas, (*flow_source(atlas, flows), *zones), document)

    return await web.workers.run(request, answer)


def schools_of_area_document(atlas: Atlas, flows: Flows, area: int) -> bytes:
    """The answer about one home area: its schools, its outline, its zones, its sources."""
    chosen = area_chosen(atlas, flows, flows.areas.ids[area])
    return _document(atlas, flows, chosen, local_schools(flows, chosen.areas))


def stage_asked(atlas: Atlas, stage: str) -> str:
    """A stage of the city by its id, or none.

    Raises
    ------
    BadRequest: there is none of that id.
    """
    if stage and atlas.settings.stage(stage) is None:
        known = ", ".join(one.id for one in atlas.settings.stages)
        raise BadRequest(
            f"{atlas.city.name} has no stage {stage[:60]!r}.",
            advice=f"Its stages are {known}.",
            part="stage",
        )
    return stage


def schools_of(atlas: Atlas, flows: Flows, chosen: Chosen) -> LocalSchools | Nearby:
    """The schools that pupils of what was chosen go to; without flows, those that are near."""
    if flows.id:
        return local_schools(flows, chosen.areas)
    return nearby_schools(atlas, flows.stage, chosen.lonlat)


def point_of(request: Request) -> Located:
    """The place that ``lon`` and ``lat`` give.

    Raises
    ------
    InvalidPlace: one of them is missing, or no number of degrees.
    """
    found = []
    for name, most in (("lon", 180.0), ("lat", 90.0)):
        text = single(request, name)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not -most <= value <= most:
            raise InvalidPlace(
                f"{name}={text[:40]!r} is no place.",
                advice="Give lon and lat in degrees (WGS84), or q with a name or a postcode.",
                part=name,
            )
        found.append(value)
    lon, lat = found
    return Located(f"{lat:.5f}, {lon:.5f}", lon, lat, 0.0)


def _drawn(body: dict[str, Any]) -> shapely.Geometry:
    geometry = body.get("geometry") if body.get("type") == "Feature" else body
    try:
        if not isinstance(geometry, dict) or geometry.get("type") not in _DRAWN:
            raise ValueError("no polygon")
        shape = shapely.from_geojson(json.dumps(geometry))
        west, south, east, north = shapely.bounds(shape)
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise ValueError("not in degrees")
    except (ValueError, TypeError, shapely.errors.GEOSException) as error:
        raise InvalidPlace(
            "The body is no polygon that can be read.",
            advice="Send a GeoJSON Polygon, longitude and latitude in degrees.",
            part="coordinates",
        ) from error
    if shapely.get_num_coordinates(shape) > _MOST_CORNERS:
        raise InvalidPlace(
            f"The polygon has more than {_MOST_CORNERS:,} corners.",
            advice="Draw a simpler one.",
            part="coordinates",
        )
    return shapely.make_valid(shape)


def _document(atlas: Atlas, flows: Flows, chosen: Chosen, local: LocalSchools | Nearby) -> bytes:
    names = district_names(atlas, flows)
    areas = [
        {
            "id": flows.areas.ids[at],
            "name": flows.areas.names[at],
            "district": names.get(flows.areas.districts[at], flows.areas.districts[at]),
        }
        for at in chosen.areas.tolist()
    ]
    place = chosen.place
    within_m = place.within_m if place is not None else 0.0
    result = place_result(atlas, flows.areas, flows.stage, chosen.lonlat, within_m=within_m)
    zoned = zones_at(atlas, chosen.lonlat)
    zones = zones_of(atlas)
    counted = local if isinstance(local, LocalSchools) else None
    words = local_words(atlas, flows, local, chosen.where)
    if place is not None and place.how:
        words = f"{words} {place.how}"
    head = {
        "areas": areas,
        "place": None
        if place is None
        else {
            "label": place.label,
            "lon": round(place.lon, 6),
            "lat": round(place.lat, 6),
            "within_m": metres(place.within_m),
        },
        "flows": flows.id or None,
        "year": flows.year or None,
        "stage": flows.stage,
        "modelled": flows.modelled,
        "hidden_below": flows.hidden_below,
        "total": amount(counted.total) if counted is not None else None,
        "shown": amount(counted.shown) if counted is not None else None,
        "hidden": hidden_document(counted.hidden, "schools") if counted is not None else None,
        "words": words,
        "schools": school_rows(atlas, flows, local, chosen),
        "result": result,
        "zones": [
            {
                "id": zones.ids[at],
                "school_id": zones.school_ids[at],
                "name": zones.names[at],
                "stage": zones.stages[at],
                "year": zones.years[at] or None,
            }
            for at in zoned.tolist()
        ],
    }
    outline = feature_collection(
        outlines_of(atlas, flows), chosen.areas, [area["id"] for area in areas], list(areas)
    )
    datasets = (*flow_source(atlas, flows), *(zones.datasets[at] for at in zoned))
    told = dump(sources(atlas, datasets))
    return f'{dump(head)[:-1]},"outline":{outline},"sources":{told}}}'.encode()


def local_words(atlas: Atlas, flows: Flows, local: LocalSchools | Nearby, where: str) -> str:
    """The answer in a sentence or two."""
    if isinstance(local, Nearby):
        return nearby_words(atlas, flows.stage, local)
    return schools_words(flows, local, where)


def school_rows(
    atlas: Atlas, flows: Flows, local: LocalSchools | Nearby, chosen: Chosen
) -> list[dict[str, Any]]:
    """The schools, the one with the most pupils first, as plain values."""
    if isinstance(local, Nearby):
        return _nearby_rows(flows, local)
    zones = zones_of(atlas)
    serving = {
        zones.school_ids[at]
        for at in zones_at(atlas, chosen.lonlat)
        if zones.stages[at] == flows.stage
    }
    found = []
    for rank, school in enumerate(local.schools.tolist()):
        hidden = math.isnan(local.pupils[rank])
        found.append(
            {
                **school_point(flows.schools, school),
                "phase": flows.schools.phases[school],
                "kind": flows.schools.kinds[school],
                "pupils": amount(local.pupils[rank]),
                "at_least": amount(local.low[rank]),
                "at_most": amount(local.high[rank]),
                "status": "hidden" if hidden else "modelled" if flows.modelled else "shown",
                "share": share(local.share[rank]),
                "distance_m": metres(local.metres[rank]),
                "rank": None if hidden else rank + 1,
                "zoned": flows.schools.ids[school] in serving,
            }
        )
    return found


def _nearby_rows(flows: Flows, found: Nearby) -> list[dict[str, Any]]:
    """Schools of whose pupils nothing is known, as plain values: no number stands for them."""
    unknown = {"pupils": None, "at_least": None, "at_most": None, "status": "unknown"}
    return [
        {
            **school_point(flows.schools, school),
            "phase": flows.schools.phases[school],
            "kind": flows.schools.kinds[school],
            **unknown,
            "share": None,
            "distance_m": metres(found.metres[at]),
            "rank": None,
            "zoned": bool(found.zoned[at]),
        }
        for at, school in enumerate(found.schools.tolist())
    ]
