"""The search line of the app: what a line means, how it may go on, and places by name.

Lines are answered from memory, on other threads than questions to the data: while the words of a
new snapshot are read, tiles and rows are not kept waiting.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.city import City
from interurban.core.errors import InvalidTime
from interurban.core.query import Query
from interurban.query.parameters import write_parameters
from interurban.query.phrase import Phrase
from interurban.query.vocabulary import FoundPlace

from .formats import JSON_FORMAT
from .links import collection_url, grouped, with_query
from .negotiation import choose_format
from .request_values import only, single
from .service import Service, json_answer, service

__all__ = ["routes"]

_BOTH = "both"
_FRESH = {"Cache-Control": "no-store"}
_MOST_PLACES = 10


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/phrase", phrase),
        Route("/api/suggest", suggestions),
        Route("/api/places", places),
    ]


async def phrase(request: Request) -> Response:
    """A line of plain words as chips and questions."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "q", "city", "now")
    web = service(request)
    text, city, now = single(request, "q"), _city(request, web), _now(request)

    def answer() -> dict[str, Any]:
        return _phrase(web, web.node.phrase(text, city, now))

    return json_answer(await run_in_threadpool(answer), _FRESH)


async def suggestions(request: Request) -> Response:
    """Ways to go on with a line; for an empty one, lines that have an answer."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "q", "city", "now")
    web = service(request)
    text, city, now = single(request, "q"), _city(request, web), _now(request)

    def answer() -> dict[str, Any]:
        found = web.node.suggest(text, city, now)
        return {
            "suggestions": [
                {"text": one.text, "kind": one.kind, "label": one.label, "detail": one.detail}
                for one in found
            ]
        }

    return json_answer(await run_in_threadpool(answer), _FRESH)


async def places(request: Request) -> Response:
    """Places by name, best first."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "q", "city")
    web = service(request)
    search = partial(
        _places, web, text=single(request, "q"), city=_city(request, web), limit=_MOST_PLACES
    )
    return json_answer(await run_in_threadpool(search), _FRESH)


def _city(request: Request, web: Service) -> str | None:
    """The city that is looked at; ``None`` for all of them."""
    wanted = single(request, "city", _BOTH)
    return None if wanted in ("", _BOTH) else web.node.city(wanted).id


def _now(request: Request) -> datetime:
    text = single(request, "now")
    if not text:
        return datetime.now(UTC)
    try:
        # In a query a plus sign is a space; nobody means a space before an offset.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1 < moment.year < 9999:
        raise InvalidTime(
            f"now={text[:40]!r} is not a time with its zone.",
            advice="Write it as 2018-08-09T12:00:00Z.",
            part="now",
        )
    return moment


def _phrase(web: Service, found: Phrase) -> dict[str, Any]:
    return {
        "chips": [
            {
                "kind": chip.kind,
                "label": chip.label,
                "start": chip.start,
                "end": chip.end,
                "detail": chip.detail,
            }
            for chip in found.chips
        ],
        "queries": [_query(web.described(query.dataset)[0], query) for query in found.queries],
        "unread": [one.text for one in found.unread],
        "hints": list(found.hints),
        "places": [_place(place) for place in found.places],
    }


def _query(city: City, query: Query) -> dict[str, Any]:
    pairs = write_parameters(query, city)
    url = with_query(collection_url("", query.dataset, "items"), pairs)
    return {"dataset": query.dataset, "params": grouped(pairs), "url": url}


def _places(web: Service, *, text: str, city: str | None, limit: int) -> dict[str, Any]:
    found = web.node.places(text, city, limit)
    return {"places": [_place(place) for place in found]}


def _place(place: FoundPlace) -> dict[str, Any]:
    area = None
    if place.area is not None:
        area = {"boundary": place.area[0], "id": place.area[1]}
    return {
        "name": place.name,
        "kind": place.kind,
        "city": place.city,
        "lon": place.lon,
        "lat": place.lat,
        "area": area,
        "dataset": place.dataset,
    }
