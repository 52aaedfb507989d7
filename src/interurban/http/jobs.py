"""OGC API - Processes, Part 1: jobs, which are runs; their status, results and dismissal."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.errors import BadRequest, InvalidTime, NotFound, RunFailed, UnknownRun
from interurban.core.model import Run

from .execute_request import kept_wanted
from .formats import JSON_FORMAT
from .job_documents import job_url, status_info
from .links import link, query_pairs, with_query
from .methods import by_method
from .negotiation import choose_format
from .problems import NoSuchJob, ResultNotReady
from .request_values import listed, only, single, whole_number
from .results import everything, results
from .runs_api import STATES
from .service import JSON, Service, json_answer, service

__all__ = ["routes"]

_PAGE, _MAX_PAGE = 100, 10_000
_MOST_S = 10**9
_FRESH = {"Cache-Control": "no-store"}
_OVER = ("successful", "failed", "dismissed")


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/jobs", jobs),
        by_method("/jobs/{job}", get=one_job, delete=dismiss),
        Route("/jobs/{job}/results", job_results),
    ]


async def jobs(request: Request) -> Response:
    """Jobs, the newest first; only those that meet every condition given."""
    choose_format(request, (JSON_FORMAT,))
    only(
        request, "f", "limit", "offset", "datetime", "minDuration", "maxDuration",
        repeated=("type", "processID", "status"),
    )  # fmt: skip
    limit = min(_MAX_PAGE, whole_number(request, "limit", _PAGE, 1, 10**18))
    offset = whole_number(request, "offset", 0, 0, _MOST_S)
    wanted = _Wanted(request)
    web = service(request)
    base = web.base(request)

    def answer() -> Response:
        now = datetime.now(UTC)
        found = [run for run in web.desk.runs() if wanted.has(run, now)]
        here = f"{base}/jobs"
        links = [link("self", with_query(here, request.query_params.multi_items()), JSON)]
        for rel, start in (("next", offset + limit), ("prev", max(0, offset - limit))):
            if (rel == "next" and start < len(found)) or (rel == "prev" and offset):
                pairs = [*query_pairs(request, "limit", "offset"), ("limit", str(limit))]
                pairs.append(("offset", str(start)))
                links.append(link(rel, with_query(here, pairs), JSON))
        shown = [status_info(base, run) for run in found[offset:][:limit]]
        document = {"jobs": shown, "links": links, "numberMatched": len(found)}
        return json_answer(document, _FRESH)

    return await web.workers.run(request, answer)


async def one_job(request: Request) -> Response:
    """The status of a job."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    run = await web.workers.run(request, partial(_job, web, request.path_params["job"]))
    return json_answer(status_info(web.base(request), run), _FRESH)


async def dismiss(request: Request) -> Response:
    """Stop a job that is not over; delete one that is, with its results."""
    only(request)
    web = service(request)

    def answer() -> Response:
        run = _job(web, request.path_params["job"])
        web.desk.changing(run.id)
        if run.state in _OVER:
            web.desk.workspace.delete(run.id)
            return json_answer(status_info(web.base(request), run, "dismissed"), _FRESH)
        return json_answer(
            status_info(web.base(request), web.desk.workspace.dismiss(run.id)), _FRESH
        )

    return await web.workers.run(request, answer)


async def job_results(request: Request) -> Response:
    """The results of a job that was successful, as its execution asked for them."""
    only(request)
    web = service(request)
    base = web.base(request)

    def answer() -> Response:
        run = _job(web, request.path_params["job"])
        if run.state in ("accepted", "running"):
            raise ResultNotReady(
                f"The job is {run.state}, {run.progress} % done.",
                advice=f"Ask for its status first, at {job_url(base, run.id)}.",
                part="jobID",
            )
        if run.state == "dismissed":
            raise NotFound("The job was dismissed, so it has no results.", part="jobID")
        if run.state == "failed":
            raise RunFailed(run.error or "The job failed.")
        wanted = kept_wanted(web.desk.workspace.folder.run(run.id)) or everything(run)
        return results(web, base, run, wanted)

    return await web.workers.run(request, answer)


def _job(web: Service, job: str) -> Run:
    try:
        return web.desk.run(job)
    except UnknownRun as error:
        raise NoSuchJob(
            "There is no such job.", advice="See the list at /jobs.", part="jobID"
        ) from error


class _Wanted:
    """The conditions of a list of jobs (18-062r2, requirements class Job List).

    Raises
    ------
    BadRequest: the parameter at fault is ``part``.
    """

    def __init__(self, request: Request) -> None:
        self._types = listed(request, "type")
        self._processes = listed(request, "processID")
        self._states = listed(request, "status")
        strange = next((state for state in self._states if state not in STATES), None)
        if strange is not None:
            raise BadRequest(
                f"There is no status {strange[:60]!r}.",
                advice=f"There are {', '.join(STATES)}.",
                part="status",
            )
        self._start, self._end = _interval(single(request, "datetime"))
        given = request.query_params
        self._least = whole_number(request, "minDuration", 0, 0, _MOST_S)
        self._most = whole_number(request, "maxDuration", _MOST_S, 0, _MOST_S)
        self._timed = "minDuration" in given or "maxDuration" in given

    def has(self, run: Run, now: datetime) -> bool:
        """Whether a run meets them all; one that runs has lasted until now."""
        if self._types and "process" not in self._types:
            return False
        if self._processes and run.model not in self._processes:
            return False
        if self._states and run.state not in self._states:
            return False
        if self._start is not None and run.created_at < self._start:
            return False
        if self._end is not None and run.created_at > self._end:
            return False
        if not self._timed:
            return True
        if run.started_at is None:
            return False
        lasted = ((run.ended_at or now) - run.started_at).total_seconds()
        return self._least <= lasted <= self._most


def _interval(text: str) -> tuple[datetime | None, datetime | None]:
    """An instant, or an interval with both ends in; ``..`` or nothing is open."""
    if not text:
        return None, None
    start, slash, end = text.partition("/")
    first = _instant(start)
    last = _instant(end) if slash else first
    if (first is None and last is None) or (first and last and first > last):
        raise InvalidTime(
            f"datetime={text[:60]!r} is no time.",
            advice="Write 2026-01-31T00:00:00Z, or an interval, 2026-01-31T00:00:00Z/.. .",
            part="datetime",
        )
    return first, last


def _instant(text: str) -> datetime | None:
    if text in ("", ".."):
        return None
    try:
        # A plus sign that was not encoded arrives as a blank.
        found = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidTime(
            f"{text[:40]!r} is no instant.",
            advice="Write it with its offset: 2026-01-31T00:00:00Z.",
            part="datetime",
        )
    return found
