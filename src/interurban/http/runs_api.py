"""Runs for the page: start, list, follow, rename, stop, repeat, share and delete them."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.errors import BadRequest, InvalidInput
from interurban.core.model import Run

from .bodies import no_body, read_object
from .formats import JSON_FORMAT
from .methods import by_method
from .negotiation import choose_format
from .request_values import listed, only, single, whole_number
from .run_documents import run_document
from .service import Service, json_answer, service

__all__ = ["STATES", "routes"]

STATES = ("accepted", "running", "successful", "failed", "dismissed")
"""States of a run, as OGC API - Processes has them."""

_PAGE, _MAX_PAGE = 50, 1_000
_MAX_OFFSET = 10**9
_FRESH = {"Cache-Control": "no-store"}


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        by_method("/api/runs", get=runs, post=start),
        by_method("/api/runs/{run}", get=one_run, patch=rename, delete=delete),
        Route("/api/runs/{run}/dismiss", dismiss, methods=["POST"]),
        Route("/api/runs/{run}/again", again, methods=["POST"]),
        Route("/api/shared/{share}", shared),
    ]


async def runs(request: Request) -> Response:
    """Runs, the newest first."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "model", "city", "title", "limit", "offset", repeated=("state",))
    states = listed(request, "state")
    strange = next((state for state in states if state not in STATES), None)
    if strange is not None:
        raise BadRequest(
            f"There is no state {strange[:40]!r}.",
            advice=f"There are {', '.join(STATES)}.",
            part="state",
        )
    limit = min(_MAX_PAGE, whole_number(request, "limit", _PAGE, 1, _MAX_OFFSET))
    offset = whole_number(request, "offset", 0, 0, _MAX_OFFSET)
    model, city, title = (single(request, name) or None for name in ("model", "city", "title"))
    web = service(request)

    def answer() -> Response:
        found = web.desk.runs(model=model, city=city, title=title, states=states)
        shown = [run_document(web, web.base(request), run) for run in found[offset:][:limit]]
        return json_answer({"runs": shown, "total": len(found)}, _FRESH)

    return await web.workers.run(request, answer)


async def start(request: Request) -> Response:
    """Start a run."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    asked = _asked(await read_object(request))
    run = await web.workers.run(request, partial(web.desk.start, **asked))
    return _created(request, web, run)


async def one_run(request: Request) -> Response:
    """A run: how far it is, what it reads, and what it gave."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    return await _shown(request, web, partial(web.desk.run, request.path_params["run"]))


async def shared(request: Request) -> Response:
    """The run that a share link names."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    return await _shown(request, web, partial(web.desk.shared, request.path_params["share"]))


async def rename(request: Request) -> Response:
    """Give a run another title."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    run = web.desk.changing(request.path_params["run"])
    asked = await read_object(request)
    title = asked.get("title")
    if set(asked) != {"title"} or not isinstance(title, str):
        raise BadRequest('The body is not {"title": "..."}.', part="title")
    _printable(title)
    return await _shown(request, web, partial(web.desk.workspace.rename, run, title))


async def dismiss(request: Request) -> Response:
    """Stop a run that is not over."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    await no_body(request)
    web = service(request)
    run = web.desk.changing(request.path_params["run"])
    return await _shown(request, web, partial(web.desk.workspace.dismiss, run))


async def again(request: Request) -> Response:
    """Start the same run once more: the same versions, files and parameters."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    await no_body(request)
    web = service(request)
    run = await web.workers.run(request, partial(web.desk.again, request.path_params["run"]))
    return _created(request, web, run)


async def delete(request: Request) -> Response:
    """Delete a run and what it gave."""
    only(request)
    web = service(request)
    run = web.desk.changing(request.path_params["run"])
    await web.workers.run(request, partial(web.desk.workspace.delete, run))
    return Response(status_code=204)


async def _shown(request: Request, web: Service, find: Any) -> Response:
    return await web.workers.run(
        request, lambda: json_answer(run_document(web, web.base(request), find()), _FRESH)
    )


def _created(request: Request, web: Service, run: Run) -> Response:
    base = web.base(request)
    answer = json_answer(run_document(web, base, run), _FRESH)
    answer.status_code = 201
    answer.headers["Location"] = f"{base}/api/runs/{run.id}"
    return answer


def _asked(body: dict[str, Any]) -> dict[str, Any]:
    """What a body asks to run, its members of their kinds.

    Raises
    ------
    InvalidInput: names the member at fault.
    """
    kinds: dict[str, type] = {
        "model": str, "city": str, "title": str, "parameters": dict, "inputs": dict
    }  # fmt: skip
    for name, value in body.items():
        if name not in kinds:
            raise InvalidInput(
                f"There is no {name[:60]!r} in what is run.",
                advice=f"There are {', '.join(kinds)}.",
                part=name[:60],
            )
        if not isinstance(value, kinds[name]):
            said = "a text" if kinds[name] is str else "an object"
            raise InvalidInput(f"{name} is not {said}.", part=name)
    for name in ("model", "city"):
        if name not in body:
            raise InvalidInput(f"{name} is missing.", advice=f"Name the {name}.", part=name)
    for table, source in body.get("inputs", {}).items():
        if not isinstance(source, str):
            raise InvalidInput(
                f"The input {table[:60]!r} is neither a dataset's id nor an upload's token.",
                part="inputs",
            )
    _printable(body.get("title", ""))
    empty: dict[str, Any] = {"parameters": {}, "inputs": {}, "title": ""}
    return empty | body


def _printable(title: str) -> None:
    if any(ord(letter) < 32 for letter in title):
        raise InvalidInput("A title is one line of text.", part="title")
