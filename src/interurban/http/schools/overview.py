"""What there is of the atlas: cities, stages, flows and zones, with their sources."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.reading import Atlas, open_atlas
from interurban.apps.schools.settings import settings_of
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.provenance import source
from interurban.http.request_values import only
from interurban.http.service import json_answer, service

__all__ = ["routes"]


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/schools", overview)]


async def overview(request: Request) -> Response:
    """Every city with an atlas, and what is loaded of it."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)

    def answer() -> Response:
        kept = request.app.state.schools
        known = [city for city in web.node.cities if settings_of(web.node.packs, city) is not None]
        cities = [_city(open_atlas(web.node, city, kept)) for city in sorted(known)]
        return json_answer({"cities": cities}, {"Cache-Control": "no-store"})

    return await web.workers.run(request, answer)


def _city(atlas: Atlas) -> dict[str, Any]:
    settings = atlas.settings
    leaning = (*settings.schools, *(flow.dataset for flow in settings.flows))
    flows = {source.dataset: source for source in settings.flows}
    return {
        "id": atlas.city.id,
        "name": atlas.city.name,
        "stages": [
            {
                "id": stage.id,
                "name": stage.name,
                "phases": list(stage.phases),
                "year_groups": list(stage.year_groups),
                "ages": list(stage.ages),
                "walking": [{"from_age": w.from_age, "metres": w.metres} for w in stage.walking],
            }
            for stage in settings.stages
        ],
        "flows": [
            {
                "id": one,
                "stage": flows[one.partition(":")[0]].stage,
                "year": int(one.partition(":")[2]),
                "title": atlas.node.dataset(one.partition(":")[0]).title,
                "areas": list(flows[one.partition(":")[0]].areas),
            }
            for one in atlas.flow_ids
        ],
        "zones": [
            {"dataset": zone.dataset, "stage": zone.stage}
            for zone in settings.zones
            if atlas.snapshot(zone.dataset) is not None
        ],
        "sources": [
            source(atlas.city, atlas.node.dataset(dataset), snapshot)
            for dataset in dict.fromkeys(leaning)
            if (snapshot := atlas.snapshot(dataset)) is not None
        ],
        "lacking": [
            dataset for dataset in dict.fromkeys(leaning) if atlas.snapshot(dataset) is None
        ],
    }
