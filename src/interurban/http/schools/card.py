"""The card of a school, and up to six cards side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.card.card import card_of
from interurban.apps.schools.card.compare import compared
from interurban.apps.schools.card.document import card_document
from interurban.apps.schools.card.register import leaning_on
from interurban.apps.schools.card.settings import card_settings, link_datasets
from interurban.apps.schools.reading import Atlas
from interurban.core.standard import Field
from interurban.http.formats import CSV, JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.request_values import listed, only
from interurban.http.service import service

from .answers import dump, held_or, sources
from .asked import atlas_of
from .files import file_answer

__all__ = ["MEASURE_FIELDS", "routes"]

MEASURE_FIELDS: tuple[Field, ...] = (
    Field("school_id", "string", "School id"),
    Field("school", "string", "School"),
    Field("label", "string", "Measure"),
    Field("value", "number", "Value", "Nothing where it is not shown."),
    Field("status", "string", "Status", "shown, hidden, not applicable or not available."),
    Field("words", "string", "In words", "A band in the publisher's words."),
    Field("unit", "string", "Unit"),
    Field("year", "integer", "School year", "The year in which it begins."),
    Field("cohort", "string", "Cohort", "The pupils that it is of."),
    Field("city", "number", "City", "Mean over the open schools of the same stages."),
    Field("similar", "number", "Similar schools", "Mean over the similar schools."),
    Field("source", "string", "Dataset"),
)
_COLUMNS = frozenset(field.name for field in MEASURE_FIELDS)


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/schools/{city}/schools/{school:path}", school_card),
        Route("/api/schools/{city}/compare", compare),
    ]


async def school_card(request: Request) -> Response:
    """The card of one school."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    school = request.path_params["school"]

    def answer() -> Response:
        atlas = atlas_of(request)
        return held_or(
            request, atlas, _datasets(atlas), lambda: dump(_document(atlas, school)).encode()
        )

    return await service(request).workers.run(request, answer)


async def compare(request: Request) -> Response:
    """The cards of some schools, and every measure that any of them has; as CSV, the measures."""
    form = choose_format(request, (JSON_FORMAT, CSV))
    only(request, "f", "schools")
    schools = listed(request, "schools")

    def answer() -> Response:
        atlas = atlas_of(request)

        def document() -> bytes:
            found = compared(atlas, schools)
            cards = [card_document(card) for card in found.cards]
            used = [dataset for card in found.cards for dataset in card.datasets]
            return dump(
                {
                    "schools": cards,
                    "measures": list(found.measures),
                    "labels": dict(zip(found.measures, found.titles, strict=True)),
                    "sources": sources(atlas, used),
                }
            ).encode()

        if form is CSV:
            return _as_file(atlas, schools)
        return held_or(request, atlas, _datasets(atlas), document)

    return await service(request).workers.run(request, answer)


def _as_file(atlas: Atlas, schools: tuple[str, ...]) -> Response:
    """A row for each school and measure."""
    rows = [
        {"school_id": card.id, "school": card.name, **{n: one[n] for n in _COLUMNS if n in one}}
        for card in compared(atlas, schools).cards
        for one in card_document(card)["measures"]
    ]
    shapes = np.full(len(rows), None, dtype=object)
    datasets = list(dict.fromkeys(row["source"] for row in rows)) or list(atlas.settings.schools)
    name = f"{atlas.city.id}-schools-compared"
    return file_answer(atlas, CSV, name, MEASURE_FIELDS, rows, shapes, datasets)


def _document(atlas: Atlas, school: str) -> dict[str, Any]:
    card = card_of(atlas, school)
    return {**card_document(card), "sources": sources(atlas, card.datasets)}


def _datasets(atlas: Atlas) -> tuple[str, ...]:
    """Everything that a card is made from."""
    packs = atlas.node.packs
    said = card_settings(atlas.settings, packs)
    areas = [area for flow in atlas.settings.flows for area in flow.areas]
    return (*leaning_on(atlas), *areas, *said.datasets, *link_datasets(atlas.settings, packs))
