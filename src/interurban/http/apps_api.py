"""The apps of a node, and whether each runs in a city or what it lacks there."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.workspace.replication import apps_of, replicate
from interurban.workspace.replication_document import (
    app_title,
    missing_table,
    replication_document,
)

from .encode_csv import csv_table
from .formats import CSV, JSON_FORMAT
from .negotiation import choose_format
from .request_values import only, single
from .service import held_or_json, json_answer, service

__all__ = ["routes"]

_FRESH = {"Cache-Control": "no-store", "Vary": "Accept"}


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/apps", apps), Route("/api/apps/{app}/replicate", replication)]


async def apps(request: Request) -> Response:
    """Every app that has models, and which."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    known = apps_of(service(request).desk.workspace.catalogue)
    listed = [
        {
            "id": app,
            "title": app_title(app),
            "models": [{"id": p.graph.id, "title": p.graph.title} for p in own.plans.values()],
        }
        for app, own in known.items()
    ]
    return held_or_json(request, {"apps": listed}, [])


async def replication(request: Request) -> Response:
    """An app in a city: what runs and for which areas; as CSV, the fields that are missing."""
    form = choose_format(request, (JSON_FORMAT, CSV))
    only(request, "f", "city", "model")
    web = service(request)
    app, city = request.path_params["app"], web.node.city(single(request, "city"))
    model = single(request, "model") or None
    catalogue = web.desk.workspace.catalogue

    def answer() -> Response:
        found = replicate(web.node, catalogue, app, city.id, model)
        if form is JSON_FORMAT:
            return json_answer(replication_document(found, city), _FRESH)
        name = "-".join(part for part in (app, model, city.id, "missing") if part)
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', **_FRESH}
        return Response(csv_table(missing_table(found, city)), 200, headers, form.media_type)

    return await web.workers.run(request, answer)
