"""Features: pages of GeoJSON that never skip or repeat, one feature, and whole files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from interurban.catalog.node import Waiter
from interurban.core.dataset import Snapshot
from interurban.core.query import Cursor, Query
from interurban.core.standard import Field
from interurban.query.cursors import write_cursor

from .collection_documents import field_document
from .conditional import cache_headers, etag_of, not_modified
from .encode_arrow import arrow_chunks, parquet_chunks
from .encode_csv import csv_chunks
from .encode_flatgeobuf import flatgeobuf_chunks
from .encode_geojson import feature_texts, geojson_chunks, geojson_feature, geojson_page
from .exports import Export
from .formats import ARROW, CSV, FLATGEOBUF, GEOJSON, ITEM_FORMATS, METADATA, PARQUET
from .json_columns import joined
from .links import collection_url, grouped, link, query_pairs, with_query
from .negotiation import Format, choose_format
from .provenance import file_name, instant, source, source_headers
from .question import Question, read_question, versions_of
from .request_values import flag, only
from .service import JSON, Service, json_answer, service

__all__ = ["routes"]

_DOWNLOAD = "download"
_ENCODERS: dict[str, Callable[[Export], Iterator[bytes]]] = {
    CSV.name: csv_chunks,
    PARQUET.name: parquet_chunks,
    ARROW.name: arrow_chunks,
    FLATGEOBUF.name: flatgeobuf_chunks,
}


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/collections/{dataset}/items", items),
        Route("/collections/{dataset}/items/{feature:path}", one_item),
    ]


async def items(request: Request) -> Response:
    """Features of a dataset: a page of GeoJSON, or everything as a file."""
    form = choose_format(request, ITEM_FORMATS)
    download = flag(request, _DOWNLOAD)
    whole = download or form is not GEOJSON
    web = service(request)
    question = read_question(request, web.node, "export" if whole else "items", _DOWNLOAD)
    etag = etag_of(request, form.media_type, versions_of(web.node, question))
    headers = cache_headers(etag, pinned=question.pinned)
    held = not_modified(request, headers)
    if held is not None:
        return held
    headers |= _headers(request, web, question, form)
    if form is METADATA:
        return await _metadata(request, web, question, headers)
    if whole:
        return await _file(request, web, question, form, headers)
    return await _page(request, web, question, headers)


async def one_item(request: Request) -> Response:
    """One feature as GeoJSON."""
    choose_format(request, (GEOJSON,))
    only(request, "f", "crs", "as_of", "properties")
    web = service(request)
    question = read_question(request, web.node, "export")
    etag = etag_of(request, GEOJSON.media_type, versions_of(web.node, question))
    headers = cache_headers(etag, pinned=question.pinned)
    held = not_modified(request, headers)
    if held is not None:
        return held
    feature = request.path_params["feature"]
    collection = collection_url(web.base(request), question.dataset.id)
    here = collection_url(web.base(request), question.dataset.id, "items", feature)
    members = {
        "links": [
            link("self", with_query(here, query_pairs(request)), GEOJSON.media_type),
            link("collection", collection, JSON, question.dataset.title),
        ],
        "source": source(question.city, question.dataset, question.snapshot),
    }

    def answer() -> bytes:
        rows = web.node.feature(_with_identity(question.query, question.snapshot), feature)
        export = _export(question, rows.fields, rows.batches)
        return geojson_feature(export, _identity(question.snapshot), next(rows.batches), members)

    content = await web.workers_for(*question.datasets).run(request, answer)
    web.metrics.rows.labels(question.dataset.id, GEOJSON.name).inc()
    headers |= _headers(request, web, question, GEOJSON)
    return Response(content, headers=headers, media_type=GEOJSON.media_type)


# A page of GeoJSON


@dataclass(frozen=True, slots=True)
class _Page:
    """Features as text, their number, and where the next page begins (``None``: nowhere)."""

    features: bytes
    rows: int
    behind: Cursor | int | None


async def _page(
    request: Request, web: Service, question: Question, headers: dict[str, str]
) -> Response:
    limit = question.query.limit or web.settings.default_limit
    workers = web.workers_for(*question.datasets)
    # The exact number is counted while the page is read, not after it.
    page, counted = await asyncio.gather(
        workers.run(request, partial(_read_page, web, question, limit)),
        workers.run(request, partial(web.node.count, question.filters)),
    )
    members = {
        "numberMatched": counted.count,
        "numberReturned": page.rows,
        "timeStamp": instant(datetime.now(UTC)),
        "links": _page_links(request, web, question, page),
        "source": source(question.city, question.dataset, question.snapshot),
    }
    web.metrics.rows.labels(question.dataset.id, GEOJSON.name).inc(page.rows)
    content = geojson_page(page.features, members)
    return Response(content, headers=headers, media_type=GEOJSON.media_type)


def _read_page(web: Service, question: Question, limit: int) -> _Page:
    """One row more than the page holds is read: it says whether there is a next page."""
    query = replace(_with_identity(question.query, question.snapshot), limit=limit + 1)
    rows = web.node.page(query)
    batches = list(rows.batches)
    found = sum(batch.num_rows for batch in batches)
    kept = pa.Table.from_batches(batches).slice(0, limit) if batches else None
    if kept is None or not kept.num_rows:
        return _Page(b"", 0, None)
    behind: Cursor | int | None = None
    if found > limit:
        behind = query.offset + limit if query.order else _last_place(kept)
    export = _export(question, rows.fields, kept.combine_chunks().to_batches())
    identity = _identity(question.snapshot)
    texts = [joined(feature_texts(export, identity, batch), ",") for batch in export.batches]
    return _Page(b",".join(texts), kept.num_rows, behind)


def _last_place(rows: pa.Table) -> Cursor:
    last = rows.slice(rows.num_rows - 1)
    return Cursor(last.column("_key")[0].as_py(), last.column("_row")[0].as_py())


def _page_links(
    request: Request, web: Service, question: Question, page: _Page
) -> list[dict[str, str]]:
    here = collection_url(web.base(request), question.dataset.id, "items")
    pairs = query_pairs(request)
    links = [link("self", with_query(here, pairs), GEOJSON.media_type, "This page")]
    if page.behind is not None:
        # Pinned to this version: a load that commits meanwhile moves no row of a page to come.
        following = [pair for pair in pairs if pair[0] not in ("as_of", "cursor")]
        following.append(("as_of", str(question.snapshot.version)))
        following.append(("cursor", write_cursor(page.behind)))
        links.append(link("next", with_query(here, following), GEOJSON.media_type, "Next page"))
    everything = query_pairs(request, "f", "limit", "cursor")
    for form in (CSV, PARQUET, ARROW, FLATGEOBUF):
        href = with_query(here, [*everything, ("f", form.name)])
        links.append(link("alternate", href, form.media_type, f"All of it as {form.name}"))
    base = collection_url(web.base(request), question.dataset.id)
    links.append(link("collection", base, JSON, question.dataset.title))
    return links


# Everything as a file


async def _file(
    request: Request, web: Service, question: Question, form: Format, headers: dict[str, str]
) -> Response:
    counted, workers = None, web.workers_for(*question.datasets)
    if form is GEOJSON:
        counted = await workers.run(request, partial(web.node.count, question.filters))

    def begin() -> tuple[bytes, Iterator[bytes]]:
        """Read the first rows before anything is sent: an error is still an error then."""
        query = _with_identity(question.query, question.snapshot)
        rows = web.node.rows(query, action="export")
        first = next(rows.batches, None)
        batches = chain([] if first is None else [first], rows.batches)
        export = _export(question, rows.fields, _metered(web, question, form, batches))
        if counted is None:
            chunks = _ENCODERS[form.name](export)
        else:
            head = {"numberMatched": counted.count, "source": export.source}
            identity = _identity(question.snapshot)
            chunks = geojson_chunks(export, identity, head, lambda n: {"numberReturned": n})
        return next(chunks, b""), chunks

    waiter = Waiter()
    opening, rest = await workers.run(request, begin, waiter)
    name = f"{file_name(question.snapshot)}.{form.ending}"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    content = workers.stream(opening, rest, waiter)
    return _Download(content, headers=headers, media_type=form.media_type)


class _Download(StreamingResponse):
    """A stream that is closed when its client hangs up, wherever it is."""

    def __init__(self, content: AsyncGenerator[bytes, None], **options: Any) -> None:
        super().__init__(content, **options)
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._content):
            await super().__call__(scope, receive, send)


def _metered(
    web: Service, question: Question, form: Format, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    counter = web.metrics.rows.labels(question.dataset.id, form.name)
    for batch in batches:
        counter.inc(batch.num_rows)
        yield batch


async def _metadata(
    request: Request, web: Service, question: Question, headers: dict[str, str]
) -> Response:
    """The file beside a CSV: what the rows are and where they come from."""
    workers = web.workers_for(*question.datasets)
    counted = await workers.run(request, partial(web.node.count, question.filters))
    chosen = question.query.fields
    document = {
        "source": source(question.city, question.dataset, question.snapshot),
        "query": grouped(query_pairs(request, "f", _DOWNLOAD)),
        "numberMatched": counted.count,
        "fields": [
            field_document(field)
            for field in question.snapshot.fields
            if not chosen or field.name in chosen
        ],
        "files": _files(request, web, question),
    }
    name = f"{file_name(question.snapshot)}.{METADATA.ending}"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return json_answer(document, headers, METADATA.media_type)


def _files(request: Request, web: Service, question: Question) -> list[dict[str, str]]:
    here = collection_url(web.base(request), question.dataset.id, "items")
    pairs = query_pairs(request, "f", "as_of", _DOWNLOAD)
    pairs.append(("as_of", str(question.snapshot.version)))
    return [
        link("item", with_query(here, [*pairs, ("f", form.name)]), form.media_type)
        for form in (CSV, PARQUET, ARROW, FLATGEOBUF)
    ]


# What every answer here shares


def _headers(request: Request, web: Service, question: Question, form: Format) -> dict[str, str]:
    here = collection_url(web.base(request), question.dataset.id, "items")
    pairs = [*query_pairs(request, "f", _DOWNLOAD, "limit", "cursor", "as_of")]
    pairs += [("as_of", str(question.snapshot.version)), ("f", METADATA.name)]
    metadata = "" if form is METADATA else with_query(here, pairs)
    headers = source_headers(question.city, question.dataset, question.snapshot, metadata)
    if form is GEOJSON:
        headers["Content-Crs"] = f"<{question.crs.uri}>"
    return headers


def _export(
    question: Question, fields: tuple[Field, ...], batches: Iterable[pa.RecordBatch]
) -> Export:
    chosen = question.query.fields
    plain = tuple(
        field
        for field in fields
        if field.type != "geometry" and (not chosen or field.name in chosen)
    )
    snapshot = question.snapshot
    return Export(
        name=file_name(snapshot),
        fields=plain,
        geometry=snapshot.geometry,
        placed=snapshot.placed == snapshot.rows,
        crs=question.crs,
        source=source(question.city, question.dataset, snapshot),
        batches=batches,
    )


def _identity(snapshot: Snapshot) -> str:
    """The column of a feature's public id: its key, or its row number without one."""
    return snapshot.id_field or "_row"


def _with_identity(query: Query, snapshot: Snapshot) -> Query:
    """The query, its fields chosen so that the id is among them."""
    identity = snapshot.id_field
    if identity is None or not query.fields or identity in query.fields:
        return query
    return replace(query, fields=(*query.fields, identity))
