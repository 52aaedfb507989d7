"""What there is of the atlas: cities, stages, flows and zones, with their sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.interaction.filling import fill_sources
from interurban.apps.schools.offers.last_distances import offers_said
from interurban.apps.schools.reading import Atlas, open_atlas
from interurban.apps.schools.settings import settings_of
from interurban.core.errors import ConfigurationError
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.provenance import source
from interurban.http.request_values import only
from interurban.http.service import json_answer, service

__all__ = ["routes"]

T = TypeVar("T")


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
        cities: list[dict[str, Any]] = []
        faults: list[dict[str, str]] = []
        for city in sorted(web.node.cities):
            try:
                if settings_of(web.node.packs, city) is not None:
                    cities.append(_city(open_atlas(web.node, city, kept)))
            except ConfigurationError as error:
                # A pack with a mistake must not shut the atlases of the other cities.
                faults.append({"id": city, "words": error.within_pack})
        return json_answer({"cities": cities, "faults": faults}, {"Cache-Control": "no-store"})

    return await web.workers.run(request, answer)


def _city(atlas: Atlas) -> dict[str, Any]:
    settings = atlas.settings
    leaning = (*settings.schools, *(flow.dataset for flow in settings.flows))
    flows = {source.dataset: source for source in settings.flows}
    modelled = _modelled(atlas)
    return {
        "id": atlas.city.id,
        "name": atlas.city.name,
        "school_year": "calendar" if settings.calendar_years else "across",
        "stages": [
            {
                "id": stage.id,
                "name": stage.name,
                "phases": list(stage.phases),
                "year_groups": list(stage.year_groups),
                "ages": list(stage.ages),
                "walking": [{"from_age": w.from_age, "metres": w.metres} for w in stage.walking],
                "modelled": stage.id in modelled,
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
        "last_distances": [
            dataset
            for dataset in _said(lambda: offers_said(atlas).last_distances)
            if atlas.snapshot(dataset) is not None
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


def _modelled(atlas: Atlas) -> frozenset[str]:
    """Stages whose flows can be modelled: what the model is fitted to is loaded."""
    said = _said(lambda: fill_sources(atlas.settings))
    return frozenset(one.stage for one in said if atlas.snapshot(one.like) is not None)


def _said(read: Callable[[], Sequence[T]]) -> Sequence[T]:
    """What a section of the pack says; one with a mistake, which its part tells, shuts no map."""
    try:
        return read()
    except ConfigurationError:
        return ()
