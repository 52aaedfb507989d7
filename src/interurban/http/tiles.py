"""Vector tiles and what describes them."""

from __future__ import annotations

import re
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.errors import BadRequest, NotFound

from .conditional import cache_headers, etag_of, not_modified
from .formats import JSON_FORMAT, MVT
from .links import link, query_pairs, with_query
from .negotiation import choose_format
from .provenance import source_headers
from .question import Question, read_question, versions_of
from .request_values import only
from .service import JSON, held_or_json, service
from .tilesets import MAX_ZOOM, TILE_MATRIX_SET, tile_matrix_set, tileset

__all__ = ["routes"]

_NUMBER = re.compile(r"[0-9]{1,8}")
_ENDINGS = (".mvt", ".pbf")


def routes() -> list[Route]:
    """The routes of this module."""
    tiles = "/collections/{dataset}/tiles"
    return [
        Route(f"{tiles}/{{tms}}/{{z}}/{{row}}/{{col}}", tile),
        Route(f"{tiles}/{{tms}}", one_tileset),
        Route(tiles, tilesets),
        Route("/tileMatrixSets", tile_matrix_sets),
        Route("/tileMatrixSets/{tms}", one_tile_matrix_set),
    ]


async def tile(request: Request) -> Response:
    """One tile, as a Mapbox vector tile."""
    web = service(request)
    _known_set(request)
    z, x, y = (_number(request, name) for name in ("z", "col", "row"))
    choose_format(request, (MVT,))
    question = _placed(read_question(request, web.node, "tile"))
    if z > MAX_ZOOM or x >= 2**z or y >= 2**z:
        raise NotFound(
            f"There is no tile {z}/{y}/{x} in {TILE_MATRIX_SET}.",
            advice=f"Levels run from 0 to {MAX_ZOOM}, rows and columns from 0 to 2^level - 1.",
            part="tile",
        )
    etag = etag_of(request, MVT.media_type, versions_of(web.node, question))
    headers = cache_headers(etag, pinned=question.pinned)
    held = not_modified(request, headers)
    if held is not None:
        return held
    workers = web.workers_for(*question.datasets)
    content = await workers.run(request, partial(web.node.tile, question.query, z, x, y))
    headers |= source_headers(question.city, question.dataset, question.snapshot)
    return Response(content, headers=headers, media_type=MVT.media_type)


async def one_tileset(request: Request) -> Response:
    """What one tileset holds: OGC metadata and TileJSON in one document."""
    web = service(request)
    _known_set(request)
    choose_format(request, (JSON_FORMAT,))
    question = _placed(read_question(request, web.node, "tile"))
    pairs = query_pairs(request, "f")
    document = tileset(web.base(request), question, pairs)
    return held_or_json(request, document, [question.snapshot])


async def tilesets(request: Request) -> Response:
    """The tilesets of a dataset: one."""
    web = service(request)
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "as_of")
    question = _placed(read_question(request, web.node, "tile"))
    base = web.base(request)
    pairs = query_pairs(request, "f")
    one = tileset(base, question, pairs, described=False)
    here = with_query(f"{base}/collections/{question.dataset.id}/tiles", pairs)
    document = {"links": [link("self", here, JSON, "This document")], "tilesets": [one]}
    return held_or_json(request, document, [question.snapshot])


async def tile_matrix_sets(request: Request) -> Response:
    """The tile matrix sets tiles are offered in: one."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    base = service(request).base(request)
    definition = tile_matrix_set()
    here = f"{base}/tileMatrixSets/{TILE_MATRIX_SET}"
    one = {key: definition[key] for key in ("id", "title", "uri", "crs")}
    one["links"] = [link("self", here, JSON, "The definition")]
    return held_or_json(request, {"tileMatrixSets": [one]}, [])


async def one_tile_matrix_set(request: Request) -> Response:
    """The definition of a tile matrix set."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    _known_set(request)
    return held_or_json(request, tile_matrix_set(), [])


def _placed(question: Question) -> Question:
    if question.snapshot.geometry == "none":
        raise NotFound(
            f"{question.dataset.id} has no places, so it has no tiles.",
            advice="Read its rows as items.",
            part="dataset",
        )
    return question


def _known_set(request: Request) -> None:
    name = request.path_params["tms"]
    if name != TILE_MATRIX_SET:
        raise NotFound(
            f"There is no tile matrix set {name[:80]!r} here.",
            advice=f"Take {TILE_MATRIX_SET}.",
            part="tileMatrixSetId",
        )


def _number(request: Request, name: str) -> int:
    text: str = request.path_params[name]
    if name == "col":  # some clients know a tile by its ending
        text = text.removesuffix(_ENDINGS[0]).removesuffix(_ENDINGS[1])
    if not _NUMBER.fullmatch(text):
        raise BadRequest(
            f"{text[:40]!r} is not a tile's {name}.",
            advice="Level, row and column are whole numbers: .../12/1522/1050.",
            part=name,
        )
    return int(text)
