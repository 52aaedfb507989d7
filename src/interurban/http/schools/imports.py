"""Files of known layouts over HTTP: looked at, and loaded by an administrator."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.imports.loading import Plan, load_plan, plan
from interurban.apps.schools.imports.recognising import LAYOUTS, read_files
from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, InvalidInput, UnreadableFile
from interurban.http.bodies import file_name, save_file
from interurban.http.formats import JSON_FORMAT
from interurban.http.identity import administrator_of
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single
from interurban.http.service import json_answer, service

__all__ = ["routes"]

_FRESH = {"Cache-Control": "no-store"}


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/schools/imports", layouts, methods=["GET"]),
        Route("/api/schools/{city}/imports", bring, methods=["POST"]),
    ]


async def layouts(request: Request) -> Response:
    """The layouts that are recognised."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    known = [{"id": one.id, "words": one.words} for one in LAYOUTS]
    return json_answer({"layouts": known}, _FRESH)


async def bring(request: Request) -> Response:
    """Look at a file; with ``load=true``, load it and make it part of the city's atlas."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "as", "year", "load")
    administrator_of(request)
    web, city = service(request), request.path_params["city"]
    web.node.city(city)
    name, year = single(request, "as"), _year(single(request, "year"))
    loads = _flag(single(request, "load"))
    with TemporaryDirectory(prefix="import-") as folder:
        file = Path(folder) / file_name(request)
        await save_file(request, file)

        def answer() -> Response:
            try:
                imported = read_files([(file, file.name)], web.node.city(city), year)
                planned = plan(web.node, city, imported, name)
            except UnreadableFile as error:
                raise InvalidInput(error.what, advice=error.advice, part="file") from error
            snapshot = load_plan(web.node, planned) if loads else None
            return json_answer(_document(planned, snapshot), _FRESH)

        return await web.workers.run(request, answer)


def _document(planned: Plan, snapshot: Snapshot | None) -> dict[str, Any]:
    imported = planned.imported
    return {
        "layout": imported.layout,
        "words": imported.words,
        "dataset": planned.dataset,
        "standard": imported.standard,
        "title": imported.title,
        "publisher": imported.publisher,
        "attribution": imported.attribution,
        "vintage": imported.vintage,
        "stage": imported.stage or None,
        "hidden_below": imported.hidden_below,
        "rows": imported.table.num_rows,
        "found": list(imported.found),
        "warnings": list(planned.warnings),
        "areas": [
            {"dataset": match.dataset, "areas": match.areas, "found": match.found}
            for match in planned.matches
        ],
        "loaded": None
        if snapshot is None
        else {
            "rows": snapshot.rows,
            "left_out": snapshot.left_out,
            "blanked": snapshot.blanked,
        },
    }


def _year(text: str) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and len(text) == 4):
        raise BadRequest(
            f"{text[:20]!r} is no year.", advice="Write the one it begins in: 2018.", part="year"
        )
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("", "true", "false"):
        raise BadRequest(f"{text[:20]!r} is neither true nor false.", part="load")
    return text == "true"
