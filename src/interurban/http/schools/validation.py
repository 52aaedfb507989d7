"""The validation report of a city's atlas: every fault with a link to its row."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.validation.check import Check
from interurban.apps.schools.validation.report import Report, datasets_of, validate
from interurban.core.errors import NotFound
from interurban.core.standard import Field
from interurban.http.formats import CSV, JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.provenance import instant
from interurban.http.request_values import only, single, whole_number
from interurban.http.service import service
from interurban.standards.spelling import did_you_mean

from .answers import dump, held_or, sources
from .asked import atlas_of
from .files import file_answer

__all__ = ["FAULT_FIELDS", "report_document", "routes"]

FAULT_FIELDS: tuple[Field, ...] = (
    Field("check", "string", "Check"),
    Field("title", "string", "What holds when it passes"),
    Field("text", "string", "Fault"),
    Field("link", "string", "Address of the row"),
)

_LISTED, _MOST = 20, 10_000


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/schools/{city}/validation", validation)]


async def validation(request: Request) -> Response:
    """Every check, or one, with its first faults; as CSV, a row for each fault."""
    form = choose_format(request, (JSON_FORMAT, CSV))
    only(request, "f", "limit", "check")
    limit = whole_number(request, "limit", _LISTED, 0, _MOST)
    check = single(request, "check")

    def answer() -> Response:
        atlas = atlas_of(request)

        def document() -> bytes:
            return dump(
                {
                    **report_document(validate(atlas), limit, check),
                    "sources": sources(atlas, datasets_of(atlas)),
                }
            ).encode()

        if form is CSV:
            return _as_file(atlas, limit, check)
        return held_or(request, atlas, datasets_of(atlas), document)

    return await service(request).workers.run(request, answer)


def _as_file(atlas: Atlas, limit: int, check: str) -> Response:
    rows = [
        {"check": one["id"], "title": one["title"], **row}
        for one in report_document(validate(atlas), limit, check)["checks"]
        for row in one["rows"]
    ]
    shapes = np.full(len(rows), None, dtype=object)
    name = f"{atlas.city.id}-schools-faults"
    return file_answer(atlas, CSV, name, FAULT_FIELDS, rows, shapes, datasets_of(atlas))


def report_document(report: Report, limit: int, check: str = "") -> dict[str, Any]:
    """A report as JSON.

    Parameters
    ----------
    limit: faults to list of each check; all are counted.
    check: id of the only check to give; empty for all.

    Raises
    ------
    NotFound: there is no such check.
    """
    known = [one.id for one in report.checks]
    if check and check not in known:
        raise NotFound(
            f"There is no check {check[:60]!r}.",
            advice=did_you_mean(check, known) or f"There are: {', '.join(known)}.",
            part="check",
        )
    return {
        "checked_at": instant(report.checked_at),
        "passed": report.passed,
        "failed": report.failed,
        "checks": [_check(one, limit) for one in report.checks if check in ("", one.id)],
        "as_of": [
            {
                "dataset": one.dataset,
                "title": one.title,
                "vintage": one.vintage,
                "superseded_by": one.superseded_by or None,
                "why": one.why,
            }
            for one in report.as_of
        ],
        "lacking": list(report.lacking),
        "words": report.words(),
    }


def _check(one: Check, limit: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "what": one.what,
        "result": one.result,
        "faults": len(one.faults),
        "rows": [{"text": fault.text, "link": fault.link} for fault in one.faults[:limit]],
        "limit": limit,
        "note": one.note,
    }
