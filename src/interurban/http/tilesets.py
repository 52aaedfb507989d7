"""OGC API Tiles: the one tile matrix set, and what a dataset's tileset says of itself.

A tileset's document is both at once: OGC TileSet metadata and TileJSON 3.0 (their members do not
clash), so that OGC clients, MapLibre and GDAL each find what they look for at one address.
"""

from __future__ import annotations

from typing import Any

from interurban.core.dataset import Dataset, Snapshot
from interurban.query.grid import MERCATOR_HALF_M, box_of_degrees

from .crs import CRS84
from .formats import MVT
from .links import Pairs, collection_url, link, with_query
from .provenance import SYNTHETIC, licence
from .question import Question
from .service import JSON

__all__ = [
    "LAYER",
    "MAX_ZOOM",
    "MERCATOR",
    "TILE_MATRIX_SET",
    "tile_matrix_set",
    "tile_template",
    "tileset",
    "tileset_links",
]

LAYER = "features"
"""Name of the one layer of every tile."""

TILE_MATRIX_SET = "WebMercatorQuad"
MAX_ZOOM = 22
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
_SET_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_PIXEL_M = 0.00028
_TILE_PIXELS = 256
_GRID_BITS = 32
_DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}


def tile_matrix_set() -> dict[str, Any]:
    """The definition of WebMercatorQuad (OGC 17-083r4, annex D.1).

    Members of version 1 of the standard stand beside those of version 2 (``identifier``,
    ``supportedCRS``, ``topLeftCorner``): GDAL before 3.8 knows only these.
    """
    corner = [-MERCATOR_HALF_M, MERCATOR_HALF_M]
    opposite = [MERCATOR_HALF_M, -MERCATOR_HALF_M]
    south_west, north_east = [corner[0], opposite[1]], [opposite[0], corner[1]]
    return {
        "id": TILE_MATRIX_SET,
        "identifier": TILE_MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": _SET_URI,
        "crs": MERCATOR,
        "supportedCRS": MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "boundingBox": {
            "crs": MERCATOR,
            "lowerLeft": south_west,
            "upperRight": north_east,
            "lowerCorner": south_west,
            "upperCorner": north_east,
        },
        "tileMatrices": [_tile_matrix(zoom, corner) for zoom in range(MAX_ZOOM + 1)],
    }


def _tile_matrix(zoom: int, corner: list[float]) -> dict[str, Any]:
    cell_m = 2 * MERCATOR_HALF_M / _TILE_PIXELS / 2**zoom
    return {
        "id": str(zoom),
        "identifier": str(zoom),
        "scaleDenominator": cell_m / _PIXEL_M,
        "cellSize": cell_m,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": corner,
        "topLeftCorner": corner,
        "tileWidth": _TILE_PIXELS,
        "tileHeight": _TILE_PIXELS,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }


def tile_template(base: str, dataset: str, placeholders: str, pairs: Pairs) -> str:
    """Address of a tile with placeholders (``{z}/{y}/{x}``) and the filters of the request."""
    place = collection_url(base, dataset, "tiles", TILE_MATRIX_SET)
    return with_query(f"{place}/{placeholders}", pairs)


def tileset_links(base: str, dataset: str, pairs: Pairs) -> list[dict[str, Any]]:
    """The links every description of the tileset carries."""
    ogc = "{tileMatrix}/{tileRow}/{tileCol}"
    template = tile_template(base, dataset, ogc, pairs)
    here = with_query(collection_url(base, dataset, "tiles", TILE_MATRIX_SET), pairs)
    scheme = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
    return [
        link("self", here, JSON, "This tileset"),
        link("item", template, MVT.media_type, "Tiles") | {"templated": True},
        link(scheme, f"{base}/tileMatrixSets/{TILE_MATRIX_SET}", JSON, TILE_MATRIX_SET),
        link("http://www.opengis.net/def/rel/ogc/1.0/geodata", collection_url(base, dataset), JSON),
    ]


def tileset(
    base: str, question: Question, pairs: Pairs, *, described: bool = True
) -> dict[str, Any]:
    """A tileset as OGC metadata; ``described`` adds TileJSON and the layer's fields.

    Parameters
    ----------
    pairs: the filters of the request, which every tile of the set keeps.
    """
    dataset, snapshot = question.dataset, question.snapshot
    document: dict[str, Any] = {
        "title": dataset.title,
        "description": dataset.summary,
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": _SET_URI,
        "links": tileset_links(base, dataset.id, pairs),
    }
    if not described:
        return document
    bounds = list(snapshot.bbox or question.city.bounds)
    terms = licence(question.city, dataset)
    attribution = dataset.attribution or terms["attribution"]
    if snapshot.synthetic:
        attribution = f"{attribution} {SYNTHETIC}".strip()
    west, south, east, north = bounds
    return document | {
        "tileMatrixSetLimits": _limits(west, south, east, north),
        "boundingBox": {
            "lowerLeft": [west, south],
            "upperRight": [east, north],
            "crs": CRS84.uri,
        },
        "layers": [_layer(dataset, snapshot)],
        "tilejson": "3.0.0",
        "name": dataset.title,
        "version": f"{snapshot.version}.0.0",
        "scheme": "xyz",
        "format": "pbf",
        "tiles": [tile_template(base, dataset.id, "{z}/{y}/{x}", pairs)],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "bounds": bounds,
        "center": [(west + east) / 2, (south + north) / 2, 11],
        "attribution": attribution,
        "vector_layers": [_vector_layer(dataset, snapshot)],
    }


def _limits(west: float, south: float, east: float, north: float) -> list[dict[str, Any]]:
    """Rows and columns of each level that can hold anything."""
    box = box_of_degrees(west, south, east, north)
    return [
        {
            "tileMatrix": str(zoom),
            "minTileRow": box.y0 >> (_GRID_BITS - zoom),
            "maxTileRow": box.y1 >> (_GRID_BITS - zoom),
            "minTileCol": box.x0 >> (_GRID_BITS - zoom),
            "maxTileCol": box.x1 >> (_GRID_BITS - zoom),
        }
        for zoom in range(MAX_ZOOM + 1)
    ]


def _layer(dataset: Dataset, snapshot: Snapshot) -> dict[str, Any]:
    layer: dict[str, Any] = {
        "id": LAYER,
        "title": dataset.title,
        "dataType": "vector",
        "crs": MERCATOR,
        "minTileMatrix": "0",
        "maxTileMatrix": str(MAX_ZOOM),
    }
    if snapshot.geometry in _DIMENSIONS:
        layer["geometryDimension"] = _DIMENSIONS[snapshot.geometry]
    return layer


def _vector_layer(dataset: Dataset, snapshot: Snapshot) -> dict[str, Any]:
    kinds = {"integer": "Number", "number": "Number", "boolean": "Boolean"}
    fields = {f.name: kinds.get(f.type, "String") for f in snapshot.fields if f.type != "geometry"}
    return {
        "id": LAYER,
        "description": dataset.summary,
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "fields": fields,
    }
