"""What would follow from closing, opening, merging or resizing schools, boundaries and homes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.what_if.asking import Answer, ask, state_of, what_if_datasets
from interurban.apps.schools.what_if.changes import Change, read_changes
from interurban.apps.schools.what_if.document import (
    area_rows,
    state_document,
    what_if_csv,
    what_if_document,
)
from interurban.apps.schools.what_if.replay import replay, replay_datasets, replay_source
from interurban.apps.schools.what_if.replay_document import replay_document
from interurban.core.errors import BadRequest
from interurban.http.bodies import read_object
from interurban.http.formats import CSV, JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.provenance import MODELLED
from interurban.http.request_values import only, single
from interurban.http.service import JSON, service

from .answers import dump, held_or, sources
from .asked import atlas_of
from .files import refuse_to_write
from .outlines import feature_collection, outline_texts

__all__ = ["routes"]

_MEMBERS = ("flows", "stage", "changes", "full")
_FULL = {"report": False, "hold": True}
_MOST_BYTES = 1 << 20


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/schools/{city}/what-if", changes, methods=["GET", "POST"]),
        Route("/api/schools/{city}/what-if/replay", replayed),
    ]


async def changes(request: Request) -> Response:
    """Solve some changes; where none are sent, say what they would begin from."""
    return await (what_if if request.method == "POST" else before_changes)(request)


async def before_changes(request: Request) -> Response:
    """What a change would begin from; once it is answered, questions of the stage are quick."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "flows", "stage")
    flows, stage = single(request, "flows"), single(request, "stage")

    def answer() -> Response:
        atlas = atlas_of(request)
        before, _ = state_of(atlas, flows, stage)
        leaning = what_if_datasets(atlas, before.flows)

        def document() -> bytes:
            return dump({**state_document(before), "sources": sources(atlas, leaning)}).encode()

        return held_or(request, atlas, leaning, document)

    return await service(request).workers.run(request, answer)


async def what_if(request: Request) -> Response:
    """Solve some changes."""
    form = choose_format(request, (JSON_FORMAT, CSV))
    only(request, "f")
    body = await read_object(request, _MOST_BYTES)
    for name in body:
        if name not in _MEMBERS:
            raise BadRequest(
                f"There is no member {name[:40]!r} here.",
                advice=f"Known are {', '.join(_MEMBERS)}.",
                part=name[:40],
            )
    asked = read_changes(body.get("changes"))
    flows, stage = _text(body, "flows"), _text(body, "stage")
    hold = _FULL.get(str(body.get("full", "report")))
    if hold is None:
        raise BadRequest(
            "full can't be used.", advice='Write "report" or "hold", or leave it out.', part="full"
        )

    def answer() -> Response:
        atlas = atlas_of(request)
        found = ask(atlas, asked, flows, stage, hold=hold)
        headers = {"Cache-Control": "no-store"}
        if form is CSV:
            refuse_to_write(atlas, what_if_datasets(atlas, found.after.before.flows))
            headers |= {
                "X-Interurban-Modelled": MODELLED,
                "Content-Disposition": 'attachment; filename="what-if-MODELLED.csv"',
            }
            return Response(what_if_csv(found), headers=headers, media_type=CSV.media_type)
        return Response(_document(atlas, found, asked, hold), headers=headers, media_type=JSON)

    return await service(request).workers.run(request, answer)


async def replayed(request: Request) -> Response:
    """Closings of the past, solved with what was known then, against what happened."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")

    def answer() -> Response:
        atlas = atlas_of(request)
        leaning = replay_datasets(atlas, replay_source(atlas))

        def document() -> bytes:
            said = replay_document(replay(atlas))
            return dump({**said, "sources": sources(atlas, leaning)}).encode()

        return held_or(request, atlas, leaning, document)

    return await service(request).workers.run(request, answer)


def _document(atlas: Atlas, found: Answer, changes: Sequence[Change], hold: bool) -> bytes:
    before = found.after.before
    names = {
        **dict(zip(before.areas.ids, before.areas.names, strict=True)),
        **dict(zip(before.schools.ids, before.schools.names, strict=True)),
    }
    head = what_if_document(found, changes, names, hold=hold, units=atlas.city.units)
    shaped = tuple(dict.fromkeys(one for one in before.areas.datasets if one))
    outlines = outline_texts(atlas, before.areas, (*shaped, before.flows))
    places, rows = area_rows(found)
    areas = feature_collection(outlines, places, [str(row["id"]) for row in rows], rows)
    told = dump(sources(atlas, what_if_datasets(atlas, before.flows)))
    return f'{dump(head)[:-1]},"areas":{areas},"sources":{told}}}'.encode()


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name) or ""
    if not isinstance(value, str):
        raise BadRequest(f"{name} is no text.", advice="Give it as a text.", part=name)
    return value
