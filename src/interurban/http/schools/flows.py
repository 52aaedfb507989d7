"""Where a school's pupils live, as the map shows it and as files."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.districts import district_names
from interurban.apps.schools.flows import Hidden, HomeAreas, home_areas
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Flows, Schools
from interurban.apps.schools.words import areas_words
from interurban.core.errors import UnknownFeature
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single
from interurban.http.service import service

from .answers import amount, dump, flow_source, held_or, metres, share, sources
from .asked import atlas_of
from .files import AREA_FIELDS, ROW_FORMATS, file_answer
from .outlines import feature_collection, outlines_of

__all__ = [
    "area_rows",
    "areas_document",
    "find_school",
    "hidden_document",
    "routes",
    "school_point",
]


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/schools/{city}/schools/{school:path}/areas", areas_of_school)]


async def areas_of_school(request: Request) -> Response:
    """The areas where the pupils of a school live."""
    form = choose_format(request, ROW_FORMATS)
    only(request, "f", "flows")
    wanted = single(request, "flows")
    web = service(request)

    def answer() -> Response:
        atlas = atlas_of(request)
        flows = atlas.flows(wanted)
        school = find_school(atlas, request.path_params["school"])
        if form is not JSON_FORMAT:
            home = home_areas(flows, school)
            return file_answer(
                atlas,
                form,
                f"{flows.dataset}-{flows.year}-{atlas.schools.ids[school]}",
                AREA_FIELDS,
                area_rows(atlas, flows, home),
                flows.areas.shapes[flows.area[home.rows]],
                flow_source(atlas, flows),
                flows.modelled,
            )
        return held_or(
            request,
            atlas,
            flow_source(atlas, flows),
            lambda: areas_document(atlas, flows, school),
        )

    return await web.workers.run(request, answer)


def find_school(atlas: Atlas, school: str) -> int:
    """The place of a school by its id.

    Raises
    ------
    UnknownFeature: there is none.
    """
    found = atlas.schools.index.get(school)
    if found is None:
        raise UnknownFeature(
            f"{atlas.city.name} has no school {school[:60]!r}.",
            advice=f"See its schools at /api/schools/{atlas.city.id}/schools.",
            part="school",
        )
    return found


def areas_document(atlas: Atlas, flows: Flows, school: int) -> bytes:
    """The answer: the school, its sums and reach, its areas with their outlines, its sources."""
    home = home_areas(flows, school)
    areas = flows.area[home.rows]
    rows = area_rows(atlas, flows, home)
    head = {
        "school": school_point(flows.schools, school),
        "flows": flows.id,
        "year": flows.year,
        "stage": flows.stage,
        "modelled": flows.modelled,
        "hidden_below": flows.hidden_below,
        "total": amount(home.total),
        "shown": amount(home.shown),
        "homeless": amount(home.homeless),
        "hidden": hidden_document(home.hidden, "areas"),
        "reach": {
            "mean_m": metres(home.reach.mean_m),
            "median_m": metres(home.reach.median_m),
            "p90_m": metres(home.reach.p90_m),
            "shown_share": share(home.shown / home.total if home.total > 0 else math.nan),
            "areas_50": home.areas_to(50),
            "areas_80": home.areas_to(80),
        },
        "words": areas_words(flows, home, atlas.city.units),
    }
    collection = feature_collection(
        outlines_of(atlas, flows), areas, [str(row["id"]) for row in rows], rows
    )
    told = dump(sources(atlas, flow_source(atlas, flows)))
    return f'{dump(head)[:-1]},"areas":{collection},"sources":{told}}}'.encode()


def area_rows(atlas: Atlas, flows: Flows, home: HomeAreas) -> list[dict[str, Any]]:
    """The home areas of a school, the one with the most pupils first, as plain values."""
    names = district_names(atlas, flows)
    found = []
    for rank, row in enumerate(home.rows.tolist()):
        area, hidden = int(flows.area[row]), bool(flows.hidden[row])
        code = flows.areas.districts[area]
        found.append(
            {
                "id": flows.areas.ids[area],
                "name": flows.areas.names[area],
                "district": names.get(code, code),
                "pupils": amount(flows.pupils[row]),
                "at_least": amount(flows.low[row]),
                "at_most": amount(flows.high[row]),
                "status": "hidden" if hidden else "modelled" if flows.modelled else "shown",
                "share_of_school": share(home.share_of_school[rank]),
                "share_of_area": share(home.share_of_area[rank]),
                "rank": None if hidden else rank + 1,
                "tier": int(home.tiers[rank]) or None,
                "distance_m": metres(home.metres[rank]),
            }
        )
    return found


def school_point(schools: Schools, school: int) -> dict[str, Any]:
    """A school's id, name and place."""
    lon, lat = schools.lonlat[school]
    placed = not np.isnan(lon)
    return {
        "id": schools.ids[school],
        "name": schools.names[school],
        "lon": round(float(lon), 6) if placed else None,
        "lat": round(float(lat), 6) if placed else None,
    }


def hidden_document(hidden: Hidden, cells: str) -> dict[str, Any]:
    """What is hidden, as far as it is known.

    Parameters
    ----------
    cells: what a hidden number is of: ``areas`` or ``schools``.
    """
    return {
        cells: hidden.cells,
        "pupils_at_least": amount(hidden.at_least),
        "pupils_at_most": amount(hidden.at_most),
    }
