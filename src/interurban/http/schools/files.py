"""Answers of the atlas as files: CSV, GeoJSON and GeoParquet, each with where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from starlette.responses import Response

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Flows, Indices
from interurban.core.errors import Refused
from interurban.core.standard import Field
from interurban.http.crs import CRS84
from interurban.http.encode_arrow import parquet_chunks
from interurban.http.encode_csv import csv_chunks
from interurban.http.encode_geojson import geojson_chunks
from interurban.http.exports import GEOMETRY, Export
from interurban.http.formats import CSV, GEOJSON, JSON_FORMAT, PARQUET
from interurban.http.negotiation import Format
from interurban.http.provenance import MODELLED, source_headers

from .answers import sources

__all__ = [
    "AREA_FIELDS",
    "CATCHMENT_FIELDS",
    "FEATURES",
    "ROW_FORMATS",
    "SCHOOL_FIELDS",
    "file_answer",
    "file_content",
    "points_of",
    "refuse_to_write",
]

FEATURES = replace(GEOJSON, also=())
"""GeoJSON as a file, beside an answer that is JSON itself."""

ROW_FORMATS = (JSON_FORMAT, CSV, FEATURES, PARQUET)
"""An answer, and its rows as files."""

_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}
_COUNT = (
    Field("pupils", "number", "Pupils", "Nothing where the number is hidden.", "pupils"),
    Field("at_least", "number", "At least", "The least that a hidden number can be.", "pupils"),
    Field("at_most", "number", "At most", "The most that a hidden number can be.", "pupils"),
    Field("status", "string", "Status", "shown, hidden or modelled."),
)
_DISTANCE = Field("distance_m", "integer", "Distance", "In a straight line.", "m")
_RANK = Field("rank", "integer", "Rank", "1 has the most pupils; nothing where hidden.")

AREA_FIELDS: tuple[Field, ...] = (
    Field("id", "string", "Home area"),
    Field("name", "string", "Home area's name"),
    Field("district", "string", "District"),
    *_COUNT,
    Field("share_of_school", "number", "Share of the school's pupils", "Hidden ones among them."),
    Field("share_of_area", "number", "Share of the area's pupils", "Hidden ones among them."),
    _RANK,
    Field("tier", "integer", "Tier", "Areas with the first 50 and 80 % of the pupils; else 100."),
    _DISTANCE,
)

SCHOOL_FIELDS: tuple[Field, ...] = (
    Field("id", "string", "School id"),
    Field("name", "string", "School"),
    Field("phase", "string", "Phase"),
    Field("kind", "string", "Kind"),
    *_COUNT,
    Field("share", "number", "Share of the areas' pupils", "Hidden ones among them."),
    _DISTANCE,
    _RANK,
    Field("zoned", "boolean", "Serves an official zone there"),
)

CATCHMENT_FIELDS: tuple[Field, ...] = (
    Field("id", "string", "School id"),
    Field("school_name", "string", "School"),
    Field("year", "integer", "School year", "The year in which it begins."),
    Field("stage", "string", "Stage"),
    Field("method", "string", "Method", "ranked, share, kernel, zone or last."),
    Field("q", "number", "Percentage asked for", unit="%"),
    Field("reached", "boolean", "Reached", "Whether the shown pupils were enough for it."),
    Field("parts", "integer", "Parts", "Separate polygons, islands counted."),
    Field("holes_filled", "integer", "Holes filled"),
    Field("area_km2", "number", "Area", unit="km2"),
    Field("coverage", "number", "Coverage", "Share of all the school's pupils shown to be in it."),
    Field("median_m", "integer", "Median distance", unit="m"),
    Field("p90_m", "integer", "90th-percentile distance", unit="m"),
    Field("areas", "integer", "Home areas in it"),
    Field("words", "string", "In words"),
    Field("result_words", "string", "What it is not"),
)


def file_answer(
    atlas: Atlas,
    form: Format,
    name: str,
    fields: Sequence[Field],
    rows: Sequence[dict[str, Any]],
    shapes: NDArray[np.object_],
    datasets: Sequence[str],
    modelled: bool = False,
) -> Response:
    """Rows as a download; parameters and errors as ``file_content``."""
    content = file_content(atlas, form, name, fields, rows, shapes, datasets, modelled)
    first = atlas.snapshot(datasets[0])
    mark = (
        "-SYNTHETIC" if first is not None and first.synthetic else "-MODELLED" if modelled else ""
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}{mark}.{form.ending}"'}
    if first is not None:
        headers |= source_headers(atlas.city, atlas.node.dataset(datasets[0]), first)
    if modelled:
        headers["X-Interurban-Modelled"] = MODELLED
    return Response(content, headers=headers, media_type=form.media_type)


def file_content(
    atlas: Atlas,
    form: Format,
    name: str,
    fields: Sequence[Field],
    rows: Sequence[dict[str, Any]],
    shapes: NDArray[np.object_],
    datasets: Sequence[str],
    modelled: bool = False,
) -> bytes:
    """Rows as a file that says where they come from, wherever its format has room for that.

    Parameters
    ----------
    form: CSV, GeoJSON or Parquet; anything else is written as Parquet.
    name: without its ending.
    rows: plain values by the fields' names; other members are left out.
    shapes: (n,), WGS84; ``None`` without one. CSV leaves areas out, whose ids it has.
    datasets: what the rows were read from, the one that counts first.

    Raises
    ------
    Refused: as ``refuse_to_write``.
    """
    refuse_to_write(atlas, datasets)
    kind = _kind(shapes)
    if form.name == CSV.name and kind == "polygon":
        kind = "none"
    columns = {f.name: pa.array([row[f.name] for row in rows], _ARROW[f.type]) for f in fields}
    if kind != "none":
        columns[GEOMETRY] = pa.array(shapely.to_wkb(shapes), pa.binary())
    told = sources(atlas, datasets)
    export = Export(
        name=name,
        fields=tuple(fields),
        geometry=kind,
        placed=False,
        crs=CRS84,
        source={"sources": told, **({"notice": MODELLED} if modelled else {})},
        batches=pa.table(columns).to_batches(),
    )
    if form.name == CSV.name:
        chunks = csv_chunks(export)
    elif form.name == GEOJSON.name:
        chunks = geojson_chunks(export, "id", dict(export.source), lambda n: {"numberReturned": n})
    else:
        chunks = parquet_chunks(export)
    return b"".join(chunks)


def refuse_to_write(atlas: Atlas, datasets: Sequence[str]) -> None:
    """Refuse a file of what the reader may look at, but not download.

    Raises
    ------
    Refused: a dataset may not be downloaded, or only with numbers hidden that the reader sees.
    """
    for dataset in dict.fromkeys(datasets):
        if atlas.snapshot(dataset) is None:
            continue
        decision = atlas.node.decide(dataset, "export")
        if not decision.permitted:
            raise Refused(decision.reason, advice="Look at it on the page, or ask the publisher.")
        if decision.obligations != atlas.node.standing(dataset).obligations:
            raise Refused(
                f"Of {dataset} you may look at more than may be downloaded.",
                advice="Look at it on the page, or download what anybody may have: "
                f"/collections/{dataset}/items?f=csv",
            )


def points_of(flows: Flows, schools: Indices) -> NDArray[np.object_]:
    """The points of some schools; ``None`` without a place."""
    lonlat = flows.schools.lonlat[schools]
    points: NDArray[np.object_] = shapely.points(lonlat)
    points[np.isnan(lonlat[:, 0])] = None
    return points


def _kind(shapes: NDArray[np.object_]) -> str:
    there = shapes[[one is not None for one in shapes]] if len(shapes) else shapes
    if not len(there):
        return "none"
    return "point" if (shapely.get_type_id(there) == 0).all() else "polygon"
