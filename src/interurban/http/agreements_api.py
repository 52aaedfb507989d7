"""Agreements over HTTP: what is shared with whom, for everybody; and what administrators do.

Anybody reads an agreement that came into force, and what became of it. Drafts, and what can be done
next, are for administrators.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.alliance.agreements import Agreements, By, Datasets
from interurban.alliance.agreements.copies import to_yaml
from interurban.alliance.agreements.documents import agreement_document, sharing_documents
from interurban.alliance.agreements.odrl import to_json_ld
from interurban.alliance.agreements.pdf import Names, to_pdf
from interurban.alliance.agreements.register import View
from interurban.alliance.agreements.terms import assessment_of_document, terms_of_document
from interurban.core.alliance import Agreement, Terms
from interurban.core.errors import BadRequest, NotFound
from interurban.policy.rights.rules import Known

from .bodies import read_object
from .formats import JSON_FORMAT, JSON_LD
from .identity import administrator_of, reader_of
from .methods import by_method
from .negotiation import Format, choose_format
from .partners import Partners
from .request_values import only
from .service import json_answer, service

__all__ = ["FORMATS", "routes"]

FORMATS = (
    JSON_FORMAT,
    Format("yaml", "application/yaml", "yaml"),
    JSON_LD,
    Format("pdf", "application/pdf", "pdf"),
)
"""What an agreement is offered as."""

_FRESH = {"Cache-Control": "no-store"}
_DEEDS = ("offer", "accept", "agree", "verify", "terminate", "request", "assess")
_IN_WORDS = ("conditions",)
"""Members that the API adds to terms; whoever sends terms back need not take them out."""


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        by_method("/api/agreements", get=agreements, post=request_one),
        by_method("/api/agreements/{agreement}", get=one_agreement, post=do),
        by_method("/api/sharing", get=sharing),
    ]


async def agreements(request: Request) -> Response:
    """Every agreement that the reader may see, those that changed last first."""
    _plain(request)
    acts, web = reader_of(request).administrator, service(request)

    def work() -> list[dict[str, Any]]:
        datasets = Datasets(web.node)
        return [
            agreement_document(view, datetime.now(UTC), datasets.is_open, acts=acts)
            for view in _views(request)
            if acts or view.was_in_force
        ]

    return json_answer({"agreements": await web.workers.run(request, work)}, _FRESH)


async def one_agreement(request: Request) -> Response:
    """An agreement as JSON, YAML, ODRL or PDF; the first two can be checked offline."""
    form = choose_format(request, FORMATS)
    only(request, "f")
    acts, web = reader_of(request).administrator, service(request)

    def work() -> Response:
        view = _seen(request, acts=acts)
        public = _agreements(request).public
        match form.name:
            case "json":
                return json_answer(_document(request, view, acts=acts), _FRESH)
            case "jsonld":
                return json_answer(to_json_ld(view, public), _FRESH, form.media_type)
            case "yaml":
                content: str | bytes = to_yaml(view)
            case _:
                own = _partners(request).card("").title
                names = Names(own, Datasets(web.node).title)
                content = to_pdf(view, public, datetime.now(UTC), names)
        name = f'inline; filename="agreement-{view.agreement.id}.{form.ending}"'
        headers = {**_FRESH, "Content-Disposition": name}
        return Response(content, headers=headers, media_type=form.media_type)

    return await web.workers.run(request, work)


async def request_one(request: Request) -> Response:
    """Ask a partner for data."""
    _plain(request)
    account = str(administrator_of(request).account)
    body = await _members(request, needed=("peer", "terms", "by"))
    by, web = _by(body, account), service(request)
    if not isinstance(body["peer"], str):
        raise BadRequest("peer is not a text.", advice="It is the id of a partner.", part="peer")

    def work() -> dict[str, Any]:
        asked = _terms(body["terms"], Datasets(web.node))
        made = _agreements(request).request(body["peer"], asked, by)
        return _document(request, _agreements(request).view(made.id), acts=True)

    answer = json_answer(await web.workers.run(request, work), _FRESH)
    answer.status_code = 201
    return answer


async def do(request: Request) -> Response:
    """Take the next step of an agreement, or end it."""
    _plain(request)
    account = str(administrator_of(request).account)
    body = await _members(request, ("do", "by"), ("terms", "reason", "assessment"))
    by, web = _by(body, account), service(request)

    def work() -> dict[str, Any]:
        _done(request, body, by)
        view = _agreements(request).view(request.path_params["agreement"])
        return _document(request, view, acts=True)

    return json_answer(await web.workers.run(request, work), _FRESH)


async def sharing(request: Request) -> Response:
    """What is shared with whom, why, under which law and until when; in a resident's words."""
    _plain(request)
    web = service(request)

    def work() -> list[dict[str, Any]]:
        return sharing_documents(_views(request), datetime.now(UTC), Datasets(web.node).title)

    return json_answer({"shared": await web.workers.run(request, work)}, _FRESH)


def _done(request: Request, body: dict[str, Any], by: By) -> Agreement:
    office, name = _agreements(request), request.path_params["agreement"]
    datasets = Datasets(service(request).node)
    deeds: dict[str, Callable[[], Agreement]] = {
        "offer": lambda: office.offer(name, by, datasets, _given_terms(body, datasets)),
        "accept": lambda: office.accept(name, by),
        "agree": lambda: office.agree(name, by, datasets),
        "verify": lambda: office.verify(name, by),
        "terminate": lambda: office.terminate(name, by, _reason(body)),
        "request": lambda: office.request_again(name, _needed_terms(body, datasets), by),
        "assess": lambda: office.assess(
            name, assessment_of_document(body.get("assessment"), str(by), datetime.now(UTC)), by
        ),
    }
    if body["do"] not in deeds:
        raise BadRequest(
            f"There is nothing called {str(body['do'])[:40]!r} to do.",
            advice=f"Known are {', '.join(_DEEDS)}. The provider's node puts it in force by itself "
            "when both have signed.",
            part="do",
        )
    return deeds[body["do"]]()


def _views(request: Request) -> tuple[View, ...]:
    """Every agreement; a node that never had a partner makes no tables to say that it has none."""
    alliance = _partners(request).alliance
    return alliance.agreements.views() if alliance.is_begun else ()


def _seen(request: Request, *, acts: bool) -> View:
    """The agreement that is asked for, if whoever asks may know of it."""
    name = request.path_params["agreement"]
    if acts:
        return _agreements(request).view(name)
    try:
        view = _agreements(request).view(name)
    except NotFound:
        view = None
    if view is None or not view.was_in_force:
        raise NotFound(
            f"No agreement {name[:60]!r} came into force.",
            advice="See /api/agreements; drafts are for administrators.",
            part="agreement",
        )
    return view


def _document(request: Request, view: View, *, acts: bool) -> dict[str, Any]:
    datasets = Datasets(service(request).node)
    return agreement_document(view, datetime.now(UTC), datasets.is_open, acts=acts)


def _agreements(request: Request) -> Agreements:
    return _partners(request).alliance.agreements


def _partners(request: Request) -> Partners:
    found: Partners = request.app.state.partners
    return found


def _plain(request: Request) -> None:
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")


# Bodies


async def _members(
    request: Request, needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    body = await read_object(request)
    known = (*needed, *optional)
    for name in body:
        if name not in known:
            raise BadRequest(
                f"There is no member {name[:60]!r} here.",
                advice=f"Known are {', '.join(known)}.",
                part=name[:60],
            )
    for name in needed:
        if name not in body:
            raise BadRequest(f"{name} is missing.", part=name)
    return body


def _by(body: dict[str, Any], account: str) -> By:
    said = body["by"]
    if not isinstance(said, dict) or set(said) != {"name", "office"}:
        raise BadRequest("by is not a name and an office.", part="by")
    name, office = said["name"], said["office"]
    if not (isinstance(name, str) and isinstance(office, str)):
        raise BadRequest("by is not a name and an office.", part="by")
    return By(name, office, account)


def _reason(body: dict[str, Any]) -> str:
    reason = body.get("reason", "")
    if not isinstance(reason, str):
        raise BadRequest("reason is not a text.", part="reason")
    return reason


def _given_terms(body: dict[str, Any], datasets: Datasets) -> Terms | None:
    return None if body.get("terms") is None else _terms(body["terms"], datasets)


def _needed_terms(body: dict[str, Any], datasets: Datasets) -> Terms:
    if body.get("terms") is None:
        raise BadRequest("terms is missing.", advice="Say what you ask for.", part="terms")
    return _terms(body["terms"], datasets)


def _terms(document: object, datasets: Datasets) -> Terms:
    """Terms as a client sends them; a date is midnight in the first dataset's city."""
    if isinstance(document, dict):
        document = {name: value for name, value in document.items() if name not in _IN_WORDS}
    named = document.get("datasets") if isinstance(document, dict) else None
    zone = datasets.zone(tuple(map(str, named)) if isinstance(named, list) else ())
    try:
        return terms_of_document(document, Known(zone=zone))
    except BadRequest as error:
        part = f"terms.{error.part}" if error.part else "terms"
        raise BadRequest(error.what, advice=error.advice, part=part) from error
