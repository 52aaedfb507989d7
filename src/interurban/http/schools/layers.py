"""Layers beneath the schools: what there are, one, or two together."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.layers.classes import quantile_breaks
from interurban.apps.schools.layers.layer import (
    Layer,
    available_layers,
    layer_of,
    layer_on,
    outlines_of,
)
from interurban.apps.schools.layers.pair import Pair, pair_of
from interurban.apps.schools.layers.settings import layer_settings
from interurban.apps.schools.layers.vintages import BY_CODE
from interurban.apps.schools.reading import Atlas
from interurban.core.errors import BadRequest, NotFound
from interurban.core.standard import Field
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import Format, choose_format
from interurban.http.request_values import only, single
from interurban.http.service import service

from .answers import dump, held_or, sources
from .asked import atlas_of
from .files import ROW_FORMATS, file_answer

__all__ = ["LAYER_FIELDS", "PAIR_FIELDS", "routes"]

LAYER_FIELDS: tuple[Field, ...] = (
    Field("id", "string", "Area"),
    Field("name", "string", "Area's name"),
    Field("value", "number", "Value"),
    Field("how", "string", "How it was got", "code, or areal share: an estimate."),
)
PAIR_FIELDS: tuple[Field, ...] = (
    *LAYER_FIELDS,
    Field("other", "number", "Value of the other layer"),
    Field("other_how", "string", "How that was got", "code, or areal share: an estimate."),
)

_CLASSES = 5
_DIGITS = 4


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/schools/{city}/layers", layers),
        Route("/api/schools/{city}/layers/{layer}", layer),
    ]


async def layers(request: Request) -> Response:
    """What can be laid beneath the schools."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")

    def answer() -> Response:
        atlas = atlas_of(request)

        def document() -> bytes:
            found = [_told(one) for one in _drawable(atlas)]
            used = [dataset for one in _drawable(atlas) for dataset in one.datasets]
            return dump({"layers": found, "sources": sources(atlas, used)}).encode()

        return held_or(request, atlas, _datasets(atlas), document)

    return await service(request).workers.run(request, answer)


async def layer(request: Request) -> Response:
    """One layer with its classes, or with another one in three by three; files hold the numbers."""
    form = choose_format(request, ROW_FORMATS)
    only(request, "f", "with", "areas")
    name, other = request.path_params["layer"], single(request, "with")
    areas = single(request, "areas")
    if other and areas:
        raise BadRequest(
            "Two layers are drawn on the areas of the first.",
            advice="Leave out areas, or with.",
            part="areas",
        )

    def answer() -> Response:
        atlas = atlas_of(request)

        def document() -> bytes:
            if other:
                return dump(_pair(atlas, pair_of(atlas, name, other))).encode()
            found = layer_on(atlas, name, areas) if areas else layer_of(atlas, name)
            return dump(_layer(atlas, found)).encode()

        if form is not JSON_FORMAT:
            return _as_file(atlas, form, name, other, areas)
        return held_or(request, atlas, _datasets(atlas), document)

    return await service(request).workers.run(request, answer)


def _as_file(atlas: Atlas, form: Format, name: str, other: str, areas: str) -> Response:
    """The numbers of one layer, or of two, by area; GeoJSON and Parquet with the outlines."""
    if other:
        pair = pair_of(atlas, name, other)
        first, second = pair.a, pair.b
        fields, datasets = PAIR_FIELDS, (*first.datasets, *second.datasets)
    else:
        first = layer_on(atlas, name, areas) if areas else layer_of(atlas, name)
        second, fields, datasets = first, LAYER_FIELDS, first.datasets
    outlines = first.outlines
    here = np.flatnonzero(~np.isnan(first.values) & ~np.isnan(second.values))
    rows = [
        {
            "id": outlines.ids[at],
            "name": outlines.names[at],
            "value": float(first.values[at]),
            "how": str(first.how[at]),
            "other": float(second.values[at]),
            "other_how": str(second.how[at]),
        }
        for at in here
    ]
    table = atlas.table(outlines.dataset, ("geometry",))
    shapes = np.full(len(rows), None, dtype=object)
    if table is not None:
        shapes = shapely.from_wkb(table["geometry"].to_pylist())[here]
    title = "-".join(part for part in (atlas.city.id, name, other) if part)
    return file_answer(atlas, form, title, fields, rows, shapes, tuple(dict.fromkeys(datasets)))


def _drawable(atlas: Atlas) -> list[Layer]:
    """Layers whose areas are loaded; the others can't be drawn, and are not offered."""
    found = []
    for one in available_layers(atlas):
        try:
            found.append(layer_of(atlas, one.id))
        except NotFound:
            continue
    return found


def _datasets(atlas: Atlas) -> tuple[str, ...]:
    said = layer_settings(atlas.settings, atlas.node.packs)
    return (*said.areas, *(one.dataset for one in said.layers))


def _told(found: Layer) -> dict[str, Any]:
    return {
        "id": found.source.id,
        "title": found.source.title,
        "unit": found.unit,
        "year": found.year,
        "areas_dataset": found.outlines.dataset,
        "diverging": found.source.diverging,
        "source": found.source.dataset,
        "mixed_vintages": found.codes.mixed,
    }


def _layer(atlas: Atlas, found: Layer) -> dict[str, Any]:
    titles = {d: outlines_of(atlas, d).title for d in _vintages(found)}
    outlines = found.outlines
    rows: list[dict[str, Any]] = []
    for at in np.flatnonzero(~np.isnan(found.values)):
        row = {
            "id": outlines.ids[at],
            "name": outlines.names[at],
            "value": _rounded(found.values[at]),
        }
        rows.append(row if found.how[at] == BY_CODE else row | {"how": str(found.how[at])})
    known = found.values[~np.isnan(found.values)]
    return {
        **_told(found),
        "values": rows,
        "without": int(np.isnan(found.values).sum()),
        "breaks": [_rounded(x) for x in quantile_breaks(found.values, _CLASSES)],
        "middle": _rounded(float(np.median(known))) if len(known) else None,
        "codes": {
            "areas_dataset": found.codes.dataset,
            "matched": found.codes.matched,
            "foreign": dict(found.codes.foreign),
            "unknown": len(found.codes.unknown),
            "missing": found.codes.missing,
        },
        "words": found.words(titles),
        "sources": sources(atlas, found.datasets),
    }


def _pair(atlas: Atlas, found: Pair) -> dict[str, Any]:
    titles = {d: outlines_of(atlas, d).title for one in (found.a, found.b) for d in _vintages(one)}
    outlines = found.a.outlines
    cells: list[dict[str, Any]] = []
    for at in np.flatnonzero(found.classes.min(axis=1) >= 0):
        a, b = (int(one) for one in found.classes[at])
        cell = {"id": outlines.ids[at], "name": outlines.names[at], "a": a, "b": b}
        shared = found.a.how[at] != BY_CODE or found.b.how[at] != BY_CODE
        cells.append(cell | {"how": "areal share"} if shared else cell)
    both = (found.a, found.b)
    sides = [
        {**_told(one), "breaks": [_rounded(x) for x in breaks], "words": one.words(titles)}
        for one, breaks in zip(both, found.breaks, strict=True)
    ]
    return {
        "areas_dataset": outlines.dataset,
        "a": sides[0],
        "b": sides[1],
        "cells": cells,
        "without": int((found.classes.min(axis=1) < 0).sum()),
        "correlation": None if found.correlation is None else round(found.correlation, 3),
        "words": found.words(),
        "sources": sources(atlas, [d for one in both for d in one.datasets]),
    }


def _vintages(found: Layer) -> tuple[str, ...]:
    return (found.outlines.dataset, found.codes.dataset, *found.codes.foreign)


def _rounded(value: float) -> float:
    """To four decimals; no number of a layer is told more precisely than that."""
    return round(float(value), _DIGITS)
