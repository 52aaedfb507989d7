"""Personal data over HTTP: what looks like it, and who signed it off; for administrators."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.catalog.after_load import look_for_personal_data, newest_version
from interurban.catalog.node import Node
from interurban.core.errors import BadRequest, NotFound
from interurban.policy.personal_data import (
    Report,
    blocked,
    read_report,
    reports,
    sign_off,
    withdraw,
)

from .formats import JSON_FORMAT
from .identity import administrator_of
from .members import TEXT, read_members
from .methods import by_method
from .negotiation import choose_format
from .request_values import only
from .service import json_answer, service

__all__ = ["DEEDS", "routes"]

DEEDS = ("sign-off", "withdraw", "scan")
"""What can be done about findings."""

_FRESH = {"Cache-Control": "no-store"}


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/personal-data", datasets),
        by_method("/api/personal-data/{dataset}", get=findings, post=act),
    ]


async def datasets(request: Request) -> Response:
    """Datasets with findings, and those that could not be looked at."""
    _administrates(request)
    web = service(request)

    def work() -> list[dict[str, Any]]:
        found = reports(web.node.home.root)
        return [_summary(web.node, each) for each in found if each.warnings or each.failed]

    return json_answer({"datasets": await web.workers.run(request, work)}, _FRESH)


async def findings(request: Request) -> Response:
    """Everything found in a dataset, with masked examples."""
    _administrates(request)
    web, dataset = service(request), request.path_params["dataset"]

    def work() -> dict[str, Any]:
        known = web.node.dataset(dataset).id
        report = read_report(web.node.home.root, known)
        if report is None:
            raise NotFound(
                f"{known} was not looked at for personal data.",
                advice="Its next load is looked at.",
                part="dataset",
            )
        return _report(web.node, report)

    return json_answer(await web.workers.run(request, work), _FRESH)


async def act(request: Request) -> Response:
    """Sign off what was found, take that back, or look again."""
    who = _administrates(request)
    asked = await read_members(request, {"do": TEXT}, {"reason": TEXT})
    deed, reason = asked["do"], asked.get("reason", "")
    if deed not in DEEDS:
        raise BadRequest(
            f"do is {deed[:40]!r}, which can't be done about findings.",
            advice=f"It is one of {', '.join(DEEDS)}.",
            part="do",
        )
    web, dataset = service(request), request.path_params["dataset"]

    def work() -> dict[str, Any]:
        home, described = web.node.home, web.node.dataset(dataset)
        report: Report | None
        match deed:
            case "sign-off":
                report = sign_off(home.root, described.id, reason, who)
            case "withdraw":
                report = withdraw(home.root, described.id, who)
            case _:
                newest = newest_version(home, described.id)
                zone = web.node.city(described.city).time_zone
                report = look_for_personal_data(home, newest, zone, again=True)
        if report is None:
            raise NotFound(
                f"The rows of {described.id} were made up: there is nobody in them.", part="dataset"
            )
        return _report(web.node, report)

    return json_answer(await web.workers.run(request, work), _FRESH)


def _administrates(request: Request) -> str:
    """The administrator who asks, by id."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    return str(administrator_of(request).account)


def _summary(node: Node, report: Report) -> dict[str, Any]:
    described = node.packs.datasets.get(report.dataset)
    closed = blocked(node.home.root, report.dataset)
    return {
        "dataset": report.dataset,
        "title": report.dataset if described is None else described.title,
        "version": report.version,
        "state": report.state,
        "reason": "" if closed is None else closed.reason,
        "looked_at": report.looked_at,
        "rows": report.rows,
        "at": report.at,
        "kinds": list(dict.fromkeys(each.kind for each in report.warnings)),
    }


def _report(node: Node, report: Report) -> dict[str, Any]:
    waiting = {each.key for each in report.open_findings}
    signed = {key for each in report.sign_offs for key in each.keys}
    return _summary(node, report) | {
        "findings": [
            {
                "fields": list(each.fields),
                "kind": each.kind,
                "values": each.values,
                "looked_at": each.looked_at,
                "confidence": each.confidence,
                "examples": list(each.examples),
                "why": each.why,
                "waiting": report.own and each.key in waiting,
                "signed_off": each.key in signed,
            }
            for each in report.findings
        ],
        "sign_offs": [
            {
                "who": each.who,
                "reason": each.reason,
                "at": each.at,
                "version": each.version,
                "findings": len(each.keys),
            }
            for each in report.sign_offs
        ],
    }
