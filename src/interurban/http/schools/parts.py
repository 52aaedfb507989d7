"""What a city's atlas has, part by part, and how what it lacks is added."""

from __future__ import annotations

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.parts import parts_of
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only
from interurban.http.service import json_answer, service

from .asked import atlas_of

__all__ = ["routes"]


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/schools/{city}/parts", parts)]


async def parts(request: Request) -> Response:
    """Every part of the atlas of a city, for the reader."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")

    def answer() -> Response:
        found = [asdict(part) for part in parts_of(atlas_of(request))]
        return json_answer({"parts": found}, {"Cache-Control": "no-store"})

    return await service(request).workers.run(request, answer)
