"""One question to all that is on a standard, here and at partners': what came, and what did not."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.alliance.together import Together, together
from interurban.core.errors import BadRequest

from .formats import JSON_FORMAT
from .json_columns import joined, json_objects
from .links import query_pairs
from .negotiation import choose_format
from .provenance import source
from .request_values import single
from .service import JSON, Service, json_answer, service

__all__ = ["routes"]

_FRESH = {"Cache-Control": "no-store"}
_THREADS = "together"


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/together/aggregate", aggregate)]


async def aggregate(request: Request) -> Response:
    """Measures of groups over every dataset of a standard."""
    choose_format(request, (JSON_FORMAT,))
    web = service(request)
    standard = single(request, "standard")
    if not standard:
        raise BadRequest(
            "The standard is missing.",
            advice="Name it: standard=crime_incident.",
            part="standard",
        )
    pairs = query_pairs(request, "f", "standard")

    def answer() -> bytes:
        return _document(web, together(web.node, standard, pairs))

    # It waits for partners, so it waits beside the questions that do not.
    content = await web.workers.beside(_THREADS).run(request, answer)
    return Response(content, headers=_FRESH, media_type=JSON)


def _document(web: Service, found: Together) -> bytes:
    head: dict[str, Any] = {
        "standard": found.standard,
        "groups": list(found.groups),
        "measures": list(found.measures),
        "complete": not found.missing,
        "answered": [
            {
                "dataset": one.dataset.id,
                "node": one.snapshot.peer,
                "version": one.snapshot.version,
                "source": source(web.node.city(one.dataset.city), one.dataset, one.snapshot),
            }
            for one in found.answered
        ],
        "missing": [
            {"dataset": one.dataset, "node": one.node, "why": one.why} for one in found.missing
        ],
    }
    rows = [
        joined(json_objects(found.table.column_names, batch.columns), ",")
        for batch in found.table.to_batches()
        if batch.num_rows
    ]
    return bytes(json_answer(head).body)[:-1] + b',"rows":[' + b",".join(rows) + b"]}"
