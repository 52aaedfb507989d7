"""The interaction model of a set of flows, how near it comes, and the flows that it fills in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.interaction.calibration import calibration_of, leaning_on
from interurban.apps.schools.interaction.document import filled_words, model_document
from interurban.apps.schools.interaction.filling import filled_flows
from interurban.core.errors import BadRequest, UnknownFeature
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single
from interurban.http.service import service

from .answers import dump, held_or, sources
from .asked import atlas_of
from .flows import areas_document, find_school
from .local import schools_of_area_document

__all__ = ["routes"]


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/schools/{city}/model", model),
        Route("/api/schools/{city}/model/flows", modelled),
    ]


async def model(request: Request) -> Response:
    """The calibrated model, beside simple ones."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "flows")
    wanted = single(request, "flows")

    def answer() -> Response:
        atlas = atlas_of(request)
        leaning = leaning_on(atlas, atlas.flows(wanted))

        def document() -> bytes:
            found = model_document(calibration_of(atlas, wanted))
            return dump({**found, "sources": sources(atlas, leaning)}).encode()

        return held_or(request, atlas, leaning, document)

    return await service(request).workers.run(request, answer)


async def modelled(request: Request) -> Response:
    """Modelled flows of a stage: the areas of a school, or the schools of an area."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "stage", "school", "area")
    stage, school, area = (single(request, name) for name in ("stage", "school", "area"))
    if bool(school) == bool(area):
        raise BadRequest(
            "Either a school or an area is to be named.", advice="Give one of them.", part="school"
        )

    def answer() -> Response:
        atlas = atlas_of(request)
        filled = filled_flows(atlas, stage)
        flows = filled.flows

        def document() -> bytes:
            if school:
                found = areas_document(atlas, flows, find_school(atlas, school))
            else:
                at = flows.areas.index.get(area)
                if at is None:
                    raise UnknownFeature(
                        f"The modelled flows have no area {area[:60]!r}.",
                        advice=f"Their areas are those of {', '.join(filled.source.areas)}.",
                        part="area",
                    )
                found = schools_of_area_document(atlas, flows, at)
            return _with_sources(found, dump(sources(atlas, filled.leaning)), filled_words(filled))

        return held_or(request, atlas, filled.leaning, document)

    return await service(request).workers.run(request, answer)


def _with_sources(document: bytes, told: str, how: str) -> bytes:
    """An answer about flows, with all that modelled ones were made from as its sources."""
    text = document.decode()
    head = text[: text.rindex(',"sources":')]
    return f'{head},"how":{dump(how)},"sources":{told}}}'.encode()
