"""The interaction model of a set of flows: how it was fitted, and how near it comes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.interaction.calibration import calibration_of, leaning_on
from interurban.apps.schools.interaction.document import model_document
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single
from interurban.http.service import service

from .answers import dump, held_or, sources
from .asked import atlas_of

__all__ = ["routes"]


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/schools/{city}/model", model)]


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
