"""Numbers about rows instead of rows: counts, aggregates and cells of the map."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.errors import BadRequest, TooMuch
from interurban.query.compile import MAX_LEVEL

from .conditional import cache_headers, etag_of, not_modified
from .encode_arrow import arrow_table
from .encode_csv import csv_table
from .formats import AGGREGATE_FORMATS, ARROW, CSV, JSON_FORMAT
from .json_columns import joined, json_objects, json_text
from .negotiation import Format, choose_format
from .provenance import file_name, source, source_headers
from .question import Question, read_question, versions_of
from .request_values import single, whole_number
from .service import Service, json_answer, service

__all__ = ["CELLS_PER_TILE_LOG2", "routes"]

CELLS_PER_TILE_LOG2 = 5
"""A map at zoom z shows cells of level z + 5: sixteen pixels wide on tiles of 512."""

_MAX_GROUPS = 10_000
_MAX_CELLS = 250_000


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/collections/{dataset}/count", count),
        Route("/collections/{dataset}/aggregate", aggregate),
        Route("/collections/{dataset}/cells", cells),
    ]


async def count(request: Request) -> Response:
    """How many rows, and how many of them have a place."""
    choose_format(request, (JSON_FORMAT,))
    web = service(request)
    question = read_question(request, web.node, "count")

    def answer() -> bytes:
        counted = web.node.count(question.filters)
        version = question.snapshot.version
        return _json({"count": counted.count, "placed": counted.placed, "version": version})

    return await _answered(request, web, question, JSON_FORMAT, answer)


async def aggregate(request: Request) -> Response:
    """Measures of groups of rows."""
    form = choose_format(request, AGGREGATE_FORMATS)
    web = service(request)
    question = read_question(request, web.node, "aggregate")
    answer = partial(_aggregate, web, question, form)
    return await _answered(request, web, question, form, answer)


async def cells(request: Request) -> Response:
    """How many rows lie in each square of the global grid."""
    choose_format(request, (JSON_FORMAT,))
    web = service(request)
    question = read_question(request, web.node, "cells")
    level = _level(request)
    answer = partial(_cells, web, question, level)
    return await _answered(request, web, question, JSON_FORMAT, answer)


async def _answered(
    request: Request, web: Service, question: Question, form: Format, answer: Callable[[], bytes]
) -> Response:
    """The answer of a question that depends on nothing but snapshots."""
    etag = etag_of(request, form.media_type, versions_of(web.node, question))
    headers = cache_headers(etag, pinned=question.pinned)
    held = not_modified(request, headers)
    if held is not None:
        return held
    content = await web.workers_for(*question.datasets).run(request, answer)
    headers |= source_headers(question.city, question.dataset, question.snapshot)
    if form is not JSON_FORMAT:
        name = f"{file_name(question.snapshot)}-aggregate.{form.ending}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(content, headers=headers, media_type=form.media_type)


# Aggregates


def _aggregate(web: Service, question: Question, form: Format) -> bytes:
    limit = question.query.limit or _MAX_GROUPS
    found = web.node.aggregate(replace(question.query, limit=limit + 1))
    complete = found.num_rows <= limit
    table = found.slice(0, limit).combine_chunks()
    about = source(question.city, question.dataset, question.snapshot)
    if form is CSV:
        return csv_table(table)
    if form is ARROW:
        return arrow_table(table, about)
    measures = [measure.name for measure in question.query.measures]
    names = table.column_names
    head = {
        "groups": names[: len(names) - len(measures)],
        "measures": measures,
        "numberMatched": web.node.count(question.filters).count,
        "numberReturned": table.num_rows,
        "complete": complete,
        "version": question.snapshot.version,
        "source": about,
    }
    return _json(head)[:-1] + b',"rows":[' + _rows(table) + b"]}"


def _rows(table: pa.Table) -> bytes:
    texts = [
        joined(json_objects(table.column_names, batch.columns), ",") for batch in table.to_batches()
    ]
    return b",".join(texts)


# Cells


def _level(request: Request) -> int:
    if "level" in request.query_params and "zoom" in request.query_params:
        raise BadRequest("level and zoom say the same thing.", advice="Give one.", part="zoom")
    if "level" in request.query_params:
        return whole_number(request, "level", 0, 0, MAX_LEVEL)
    text = single(request, "zoom")
    try:
        zoom = float(text)
    except ValueError:
        zoom = math.nan
    if not 0 <= zoom <= MAX_LEVEL:
        raise BadRequest(
            f"zoom={text[:40]!r} can't be used." if text else "The size of the cells is missing.",
            advice=f"Give zoom (0 to {MAX_LEVEL}) of the map, or level (0 to {MAX_LEVEL}).",
            part="zoom",
        )
    return min(MAX_LEVEL, round(zoom) + CELLS_PER_TILE_LOG2)


def _cells(web: Service, question: Question, level: int) -> bytes:
    found = web.node.cells(question.query, level)
    if found.num_rows > _MAX_CELLS:
        raise TooMuch(
            f"That is {found.num_rows} cells; {_MAX_CELLS} are given at once.",
            advice="Give a bbox, or a smaller level.",
            part="level",
        )
    counted = web.node.count(question.filters)
    head = {
        "level": level,
        "numberMatched": counted.count,
        "unplaced": counted.count - counted.placed,
        "version": question.snapshot.version,
        "source": source(question.city, question.dataset, question.snapshot),
    }
    return _json(head)[:-1] + b',"cells":[' + _triples(found) + b"]}"


def _triples(table: pa.Table) -> bytes:
    texts = []
    for batch in table.combine_chunks().to_batches():
        x, y, number = (json_text(batch.column(name)) for name in ("x", "y", "count"))
        triples = pc.binary_join_element_wise("[", x, ",", y, ",", number, "]", "")
        texts.append(joined(triples, ","))
    return b",".join(texts)


def _json(document: dict[str, object]) -> bytes:
    return bytes(json_answer(document).body)
