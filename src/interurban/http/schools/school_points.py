"""Every school of a city as a small feature: what the map paints first."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.reading import Atlas, Kept, open_atlas
from interurban.apps.schools.stages import stages_of
from interurban.catalog.node import Node
from interurban.core.errors import BadRequest, InterurbanError
from interurban.http.formats import GEOJSON
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single
from interurban.http.service import service
from interurban.standards.spelling import did_you_mean

from .answers import amount, dump, held_or, sources
from .asked import atlas_of

__all__ = ["prepare", "routes"]

_DIGITS = 5
"""Decimals of a degree: about a metre."""


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/schools/{city}/schools", school_points)]


async def school_points(request: Request) -> Response:
    """All schools, or those of a stage."""
    choose_format(request, (GEOJSON,))
    only(request, "f", "stage")
    stage = single(request, "stage")
    web = service(request)

    def answer() -> Response:
        atlas = atlas_of(request)
        known = [one.id for one in atlas.settings.stages]
        if stage and stage not in known:
            raise BadRequest(
                f"{atlas.city.name} has no stage {stage[:60]!r}.",
                advice=did_you_mean(stage, known) or f"Its stages are {', '.join(known)}.",
                part="stage",
            )
        return held_or(
            request, atlas, _datasets(atlas), lambda: _points(atlas, stage), GEOJSON.media_type
        )

    return await web.workers.run(request, answer)


def prepare(node: Node, kept: Kept) -> None:
    """Make what the map of each city paints first, as a server does when it starts."""
    for city in node.packs.cities:
        with suppress(InterurbanError):
            _points(open_atlas(node, city, kept), "")


def _datasets(atlas: Atlas) -> tuple[str, ...]:
    return (*atlas.settings.schools, *(flow.dataset for flow in atlas.settings.flows))


def _points(atlas: Atlas, stage: str) -> bytes:
    return atlas.cached(f"points {stage}", _datasets(atlas), lambda: _document(atlas, stage))


def _document(atlas: Atlas, stage: str) -> bytes:
    schools = atlas.schools
    stages = stages_of(schools, atlas.settings.stages)
    with_flows = np.zeros(len(schools), dtype=np.bool_)
    for one in atlas.flow_ids:
        flows = atlas.flows(one)
        with_flows[flows.school] = True
    features: list[dict[str, Any]] = []
    placeless: list[dict[str, Any]] = []
    for at, school in enumerate(schools.ids):
        if stage and stage not in stages[at]:
            continue
        said = {
            "name": schools.names[at],
            "phase": schools.phases[at],
            "stages": stages[at],
            "kind": schools.kinds[at],
            "governance": schools.governances[at],
            "gender": schools.genders[at],
            "faith": schools.faiths[at],
            "admissions": schools.admissions[at],
            "status": schools.statuses[at],
            "pupils": amount(schools.pupils[at]),
            "capacity": amount(schools.capacities[at]),
            "has_flows": bool(with_flows[at]),
        }
        lon, lat = (round(float(x), _DIGITS) for x in schools.lonlat[at])
        if np.isnan(schools.lonlat[at, 0]):
            placeless.append({"id": school, **said})
            continue
        point = {"type": "Point", "coordinates": [lon, lat]}
        features.append({"type": "Feature", "id": school, "geometry": point, "properties": said})
    document = {
        "type": "FeatureCollection",
        "features": features,
        "placeless": placeless,
        "sources": sources(atlas, atlas.settings.schools),
    }
    return dump(document).encode()
