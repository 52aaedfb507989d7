"""OGC API - Processes, Part 1: the list of processes, their descriptions, and their execution."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.errors import InterurbanError, RunFailed, UnknownModel
from interurban.core.model import Run
from interurban.workspace.graph import Plan

from .bodies import read_object
from .execute_request import Execution, keep_wanted, read_execution
from .formats import JSON_FORMAT
from .job_documents import job_url, status_info
from .links import link, with_query
from .negotiation import choose_format
from .problems import NoSuchProcess, Overloaded
from .process_documents import JOB_LIST, process, summary
from .request_values import only, whole_number
from .results import results
from .service import JSON, Service, held_or_json, json_answer, service
from .workers import ClientGone

__all__ = ["routes"]

_LOOK_S = 0.1
_PAGE, _MAX_PAGE = 100, 10_000
_OVER = ("successful", "failed", "dismissed")
_ASYNC = re.compile(r"(?:^|[,;])\s*respond-async\s*(?:$|[,;])", re.IGNORECASE)


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/processes", processes),
        Route("/processes/{process}", one_process),
        Route("/processes/{process}/execution", execute, methods=["POST"]),
    ]


async def processes(request: Request) -> Response:
    """Every model that can be run, as a process."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "limit", "offset")
    limit = min(_MAX_PAGE, whole_number(request, "limit", _PAGE, 1, 10**18))
    offset = whole_number(request, "offset", 0, 0, 10**9)
    web = service(request)
    base = web.base(request)
    plans = list(web.desk.workspace.catalogue.plans.values())
    here = f"{base}/processes"
    links = [
        link("self", with_query(here, request.query_params.multi_items()), JSON),
        link(JOB_LIST, f"{base}/jobs", JSON, "The jobs"),
    ]
    if offset + limit < len(plans):
        following = [("limit", str(limit)), ("offset", str(offset + limit))]
        links.append(link("next", with_query(here, following), JSON, "Next page"))
    shown = [summary(base, plan.graph) for plan in plans[offset:][:limit]]
    return held_or_json(request, {"processes": shown, "links": links}, [])


async def one_process(request: Request) -> Response:
    """A process: its inputs and outputs with their schemas."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    plan = _plan(request, web)
    return held_or_json(request, process(web.base(request), plan, sorted(web.node.cities)), [])


async def execute(request: Request) -> Response:
    """Run a process: at once where the client waits, else as a job."""
    only(request)
    web = service(request)
    plan = _plan(request, web)
    base = web.base(request)
    body = await read_object(request)
    with TemporaryDirectory(prefix="execute-") as folder:

        def begin() -> tuple[Execution, Run]:
            cities = sorted(web.node.cities)
            asked = read_execution(body, plan, cities, base, Path(folder))
            run = web.desk.start(
                plan.graph.id, asked.city, asked.parameters, asked.inputs, asked.title
            )
            keep_wanted(web.desk.workspace.folder.run(run.id), asked.wanted)
            return asked, run

        asked, run = await web.workers.run(request, begin)
    if _ASYNC.search(",".join(request.headers.getlist("prefer"))):
        headers = {
            "Location": job_url(base, run.id),
            "Preference-Applied": "respond-async",
            "Cache-Control": "no-store",
        }
        answer = json_answer(status_info(base, run), headers)
        answer.status_code = 201
        return answer
    return await _at_once(request, web, run, lambda over: results(web, base, over, asked.wanted))


async def _at_once(
    request: Request, web: Service, run: Run, answer: Callable[[Run], Response]
) -> Response:
    """The results of a run that the client waits for; what nobody waits for is dismissed."""
    base = web.base(request)
    until = time.monotonic() + web.settings.timeout_s
    try:
        while run.state not in _OVER:
            if time.monotonic() > until:
                raise Overloaded(
                    f"The process was not over within {web.settings.timeout_s:g} seconds, and was "
                    "dismissed.",
                    advice="Run it as a job, with the header Prefer: respond-async.",
                )
            await asyncio.sleep(_LOOK_S)
            run = await web.workers.run(request, partial(web.desk.run, run.id))
    except (ClientGone, Overloaded, asyncio.CancelledError):
        await asyncio.shield(asyncio.to_thread(_dismiss, web, run.id))
        raise
    if run.state != "successful":
        raise RunFailed(
            run.error or f"The run was {run.state}.",
            advice=f"Its record is at {job_url(base, run.id)}.",
        )
    found = await web.workers.run(request, partial(answer, run))
    monitor = f'<{job_url(base, run.id)}>; rel="monitor"; type="{JSON}"'
    found.headers["Link"] = ", ".join(filter(None, (found.headers.get("Link"), monitor)))
    return found


def _dismiss(web: Service, run: str) -> None:
    try:
        web.desk.workspace.dismiss(run)
    except InterurbanError:
        return  # it came to its end by itself


def _plan(request: Request, web: Service) -> Plan:
    name = request.path_params["process"]
    try:
        return web.desk.workspace.plan(name)
    except UnknownModel as error:
        raise NoSuchProcess(
            f"There is no process {name[:60]!r}.",
            advice="See the list at /processes.",
            part="processID",
        ) from error
