"""Errors as RFC 9457 problem JSON: the one place where an error becomes a status.

Every error of ``core.errors`` has a kind here. What is not one of them is a defect of ours: it is
logged with an id, and the client sees that id and nothing else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from interurban.core import errors

__all__ = [
    "KINDS",
    "MEDIA_TYPE",
    "Kind",
    "NoSuchJob",
    "NoSuchProcess",
    "NotAcceptable",
    "NotInstalled",
    "Overloaded",
    "PolicyNotSet",
    "ResultNotReady",
    "TooManyRuns",
    "UnreadableBody",
    "http_exception",
    "interurban_error",
    "kind_of",
    "problem",
    "unexpected",
]

MEDIA_TYPE = "application/problem+json"


class Overloaded(errors.InterurbanError):
    """The node cannot answer this within its time limit."""


class NotAcceptable(errors.InterurbanError):
    """No representation the client can read."""


class UnreadableBody(errors.InterurbanError):
    """A body of a media type that is not read at this address."""


class TooManyRuns(errors.InterurbanError):
    """As many runs are under way as the node takes at once."""


class NotInstalled(errors.ConfigurationError):
    """An optional part that the node would need for this is not installed."""


class PolicyNotSet(errors.BadRequest):
    """A policy with an error in it; ``findings`` are all that was found, as documents."""

    def __init__(self, what: str, findings: Sequence[dict[str, Any]], *, advice: str = "") -> None:
        super().__init__(what, advice=advice)
        self.findings = list(findings)


class NoSuchProcess(errors.UnknownModel):
    """OGC API - Processes: the process is not offered."""


class NoSuchJob(errors.UnknownRun):
    """OGC API - Processes: there is no such job, or it was deleted."""


class ResultNotReady(errors.NotFound):
    """OGC API - Processes: the job is not over."""


_OGC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, its name in ``type``, and its title in plain words.

    ``uri`` is the ``type`` where a standard prescribes one.
    """

    status: int
    slug: str
    title: str
    uri: str = ""


KINDS: dict[type[errors.InterurbanError], Kind] = {
    errors.UnknownField: Kind(400, "unknown-field", "This dataset has no such field"),
    errors.InvalidFilter: Kind(400, "invalid-filter", "The filter cannot be read"),
    errors.InvalidPlace: Kind(400, "invalid-place", "The place cannot be read"),
    errors.InvalidTime: Kind(400, "invalid-time", "The time cannot be read"),
    errors.InvalidInput: Kind(400, "invalid-input", "A model can't take this"),
    errors.BadRequest: Kind(400, "bad-request", "The question cannot be asked this way"),
    errors.SignInNeeded: Kind(401, "sign-in-needed", "Not signed in"),
    errors.Refused: Kind(403, "refused", "Not for this reader"),
    errors.UnknownCity: Kind(404, "unknown-city", "No such city"),
    errors.UnknownDataset: Kind(404, "unknown-dataset", "No such dataset"),
    errors.UnknownStandard: Kind(404, "unknown-standard", "No such standard"),
    errors.UnknownSnapshot: Kind(404, "unknown-snapshot", "No such version"),
    errors.UnknownFeature: Kind(404, "unknown-feature", "No such feature"),
    NoSuchProcess: Kind(404, "no-such-process", "No such process", f"{_OGC}/no-such-process"),
    errors.UnknownModel: Kind(404, "unknown-model", "No such model"),
    NoSuchJob: Kind(404, "no-such-job", "No such job", f"{_OGC}/no-such-job"),
    errors.UnknownRun: Kind(404, "unknown-run", "No such run"),
    errors.UnknownAccount: Kind(404, "unknown-account", "No such account"),
    ResultNotReady: Kind(404, "result-not-ready", "Not ready yet", f"{_OGC}/result-not-ready"),
    errors.NotFound: Kind(404, "not-found", "There is no such thing here"),
    NotAcceptable: Kind(406, "not-acceptable", "Not offered in such a form"),
    errors.Conflict: Kind(409, "conflict", "Not as things stand by now"),
    errors.TooMuch: Kind(413, "too-much", "Over a limit of this node"),
    UnreadableBody: Kind(415, "media-type", "A body of this kind is not read here"),
    PolicyNotSet: Kind(422, "policy-not-set", "There is an error in the policy"),
    errors.RunFailed: Kind(422, "run-failed", "The run failed"),
    errors.TooOften: Kind(429, "too-often", "Asked again too soon"),
    TooManyRuns: Kind(429, "too-many-runs", "Enough runs are under way"),
    errors.Abandoned: Kind(499, "abandoned", "Nobody waited for the answer"),
    NotInstalled: Kind(501, "not-installed", "This part of the node is not installed"),
    errors.SourceError: Kind(502, "source", "A source did not give what it should"),
    errors.PeerDown: Kind(503, "peer-down", "A partner node did not answer"),
    errors.LoadInProgress: Kind(503, "load-in-progress", "The dataset is being loaded"),
    errors.StoreError: Kind(503, "store", "The data cannot be read right now"),
    Overloaded: Kind(503, "overloaded", "This takes too long to answer"),
    errors.ConfigurationError: Kind(503, "configuration", "The node is not set up correctly"),
    errors.InterurbanError: Kind(503, "unavailable", "This cannot be answered right now"),
}


def kind_of(error: errors.InterurbanError) -> Kind:
    """The kind of an error: that of its nearest class in the tree."""
    return next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)


def problem(
    kind: Kind,
    detail: str,
    more: Mapping[str, Any] | None = None,
    /,
    *,
    part: str | None = None,
    advice: str = "",
    **headers: str,
) -> Response:
    """A problem document, with ``more`` members; ``headers`` are further response headers."""
    body: dict[str, Any] = {
        "type": kind.uri or f"/api?f=html#{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
    }
    if part:
        body["part"] = part
    if advice:
        body["advice"] = advice
    body |= more or {}
    if kind.status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers.setdefault("Retry-After", "5")
    if kind.status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="interurban"')
    headers["Cache-Control"] = "no-store"
    # Hostile input is quoted in the detail; a lone surrogate in it must not break the answer.
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, kind.status, headers=headers, media_type=MEDIA_TYPE)


async def interurban_error(_: Request, error: Exception) -> Response:
    """An error raised on purpose, as its problem document."""
    assert isinstance(error, errors.InterurbanError)
    headers = {}
    if isinstance(error, errors.TooOften):
        headers["Retry-After"] = str(math.ceil(error.wait_s))
    more = {"findings": error.findings} if isinstance(error, PolicyNotSet) else None
    return problem(
        kind_of(error), error.what, more, part=error.part, advice=error.advice, **headers
    )


async def http_exception(request: Request, error: Exception) -> Response:
    """What the router refuses: no such path, or a method that is not offered.

    ``OPTIONS`` asks just for that: which methods are.
    """
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        offered = headers.get("Allow", "GET").split(", ")
        allowed = headers["Allow"] = ", ".join(sorted({*offered, "OPTIONS"}))
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
        kind = Kind(405, "method", "This method is not offered here")
        return problem(kind, f"{request.method} is not offered here, only {allowed}.", **headers)
    kind = Kind(error.status_code, "not-found", HTTPStatus(error.status_code).phrase)
    if error.status_code == HTTPStatus.NOT_FOUND:
        kind = KINDS[errors.NotFound]
    return problem(
        kind,
        "There is nothing at this address.",
        advice="See / for the data and /api?f=html for every address.",
        **headers,
    )


def unexpected(incident: str) -> Response:
    """A defect of ours; ``incident`` is the id it was logged with."""
    kind = Kind(500, "defect", "Something is wrong on our side")
    return problem(
        kind,
        f"This request met a defect, logged as {incident}.",
        advice="Please report that id to the people who run this node.",
    )
