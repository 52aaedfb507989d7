"""Catchments over HTTP: of one school, or of all of them, by one of five methods."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.catchments import (
    DEFAULT_PERCENT,
    METHODS,
    WITHOUT_FLOWS,
    Catchment,
    Method,
    area_outlines,
    catchment,
)
from interurban.apps.schools.offers.document import held_against, series_document
from interurban.apps.schools.offers.last_distances import last_distance_datasets, last_distances
from interurban.apps.schools.offers.results import RESULTS as RESULTS_OF_LAST
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.stages import stages_of
from interurban.apps.schools.subjects import Flows
from interurban.apps.schools.words import NO_PROMISE, NO_RIGHT, catchment_words
from interurban.apps.schools.zones import RESULTS, place_result, zones_of
from interurban.core.errors import BadRequest
from interurban.core.standard import Field
from interurban.http.formats import GEOJSON, PARQUET
from interurban.http.geometry_text import geojson_text
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single
from interurban.http.service import service

from .answers import dump, flow_source, held_or, metres, share, sources
from .asked import atlas_of
from .files import CATCHMENT_FIELDS, file_answer, file_content
from .flows import find_school
from .local import point_of

__all__ = ["catchment_feature", "catchment_file", "routes"]

_DIGITS = 5
_ROUGH_M = 15.0
"""How far the outlines may be off where those of all schools are drawn on one map."""

_FORMATS = (GEOJSON, PARQUET)
_ASKED = ("f", "flows", "method", "q")


def routes() -> list[Route]:
    """The routes of this module."""
    base = "/api/schools/{city}"
    return [
        Route(f"{base}/schools/{{school:path}}/catchment", one_catchment),
        Route(f"{base}/catchments", all_catchments),
    ]


async def one_catchment(request: Request) -> Response:
    """A school's catchment; with a place, what its official zone says of that."""
    form = choose_format(request, _FORMATS)
    only(request, *_ASKED, "lon", "lat")
    method, percent = _asked(request)
    placed = "lon" in request.query_params or "lat" in request.query_params
    place = point_of(request) if placed else None
    web = service(request)

    def answer() -> Response:
        atlas = atlas_of(request)
        flows = _flows_for(atlas, method, single(request, "flows"))
        school = find_school(atlas, request.path_params["school"])
        datasets = _datasets(atlas, flows, method)
        if form is PARQUET:
            found = catchment(atlas, flows, school, method, percent)
            return _file(atlas, flows, [found], f"{flows.schools.ids[school]}-{method}")

        def make() -> bytes:
            found = catchment(atlas, flows, school, method, percent)
            more: dict[str, Any] = {}
            if place is not None and found.method == "last":
                more["result"] = held_against(atlas, found.offers, place).result
            elif place is not None:
                at = np.array([[place.lon, place.lat]])
                more["result"] = place_result(
                    atlas, flows.areas, flows.stage, at, school=flows.schools.ids[school]
                )
            return catchment_feature(atlas, flows, found, more)

        return held_or(request, atlas, datasets, make, GEOJSON.media_type)

    return await web.workers.run(request, answer)


async def all_catchments(request: Request) -> Response:
    """The catchments of all schools with pupils, or of those of a stage."""
    form = choose_format(request, _FORMATS)
    only(request, *_ASKED, "stage")
    method, percent = _asked(request)
    stage = single(request, "stage")
    web = service(request)

    def answer() -> Response:
        atlas = atlas_of(request)
        flows = _flows_for(atlas, method, single(request, "flows"), stage)
        if stage and atlas.settings.stage(stage) is None:
            raise BadRequest(f"{atlas.city.name} has no stage {stage[:60]!r}.", part="stage")
        datasets = _datasets(atlas, flows, method)
        name = f"catchments {flows.id} {method} {percent} {stage}"

        def found() -> list[Catchment]:
            if flows.id:
                # Many at once: outlines that they share are brought into the working CRS before.
                area_outlines(atlas, flows)
            of = stages_of(flows.schools, atlas.settings.stages) if stage else ()
            there = np.unique(flows.school).tolist() if flows.id else _zoned(atlas, flows)
            if method == "last":
                there = sorted(last_distances(atlas).by_school)
            schools = [s for s in there if not stage or stage in of[s]]
            return [catchment(atlas, flows, school, method, percent) for school in schools]

        # There are as many percentages as anybody likes to ask for: one of them is kept.
        usual = percent == DEFAULT_PERCENT[method]

        def every() -> list[Catchment]:
            return atlas.cached(name, datasets, found) if usual else found()

        if form is PARQUET:
            return _file(atlas, flows, every(), f"{flows.year}-{method}")

        def make() -> bytes:
            all_ = every()
            features = [
                _feature(flows, one, _properties(atlas, flows, one), outline)
                for one, outline in zip(all_, _outlines(atlas, all_, _ROUGH_M), strict=True)
            ]
            told = dump(sources(atlas, datasets))
            head = '{"type":"FeatureCollection","features":['
            return f'{head}{",".join(features)}],"sources":{told}}}'.encode()

        def written() -> bytes:
            return atlas.cached(f"{name} as GeoJSON", datasets, make) if usual else make()

        return held_or(request, atlas, datasets, written, GEOJSON.media_type)

    return await web.workers.run(request, answer)


def catchment_feature(
    atlas: Atlas, flows: Flows, found: Catchment, more: dict[str, Any] | None = None
) -> bytes:
    """A catchment as a GeoJSON feature with its sources.

    Parameters
    ----------
    more: further properties.
    """
    said = {**_properties(atlas, flows, found), **(more or {})}
    feature = _feature(flows, found, said, _outlines(atlas, [found])[0])
    told = dump(sources(atlas, _datasets(atlas, flows, found.method)))
    return f'{feature[:-1]},"sources":{told}}}'.encode()


def catchment_file(atlas: Atlas, flows: Flows, found: list[Catchment], name: str) -> bytes:
    """Catchments as GeoParquet."""
    fields, rows, shapes, datasets = _table(atlas, flows, found)
    return file_content(atlas, PARQUET, name, fields, rows, shapes, datasets, flows.modelled)


def _flows_for(atlas: Atlas, method: Method, wanted: str, stage: str = "") -> Flows:
    """The flows that a catchment is of; an official zone, and a last distance, need none."""
    alone = method in WITHOUT_FLOWS
    return atlas.flows_or_none(wanted, stage) if alone else atlas.flows(wanted)


def _zoned(atlas: Atlas, flows: Flows) -> list[int]:
    """The schools with an official zone of the stage."""
    zones = zones_of(atlas)
    served = {zones.school_ids[at] for at in zones.of_stage(flows.stage).tolist()}
    return [at for at, school in enumerate(flows.schools.ids) if school in served]


def _asked(request: Request) -> tuple[Method, float]:
    """The method and its percentage."""
    said = single(request, "method") or METHODS[0]
    if said not in METHODS:
        raise BadRequest(
            f"There is no method {said[:40]!r}.",
            advice=f"method is one of {', '.join(METHODS)}.",
            part="method",
        )
    method: Method = said
    text = single(request, "q")
    if not text:
        return method, DEFAULT_PERCENT[method]
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not 1 <= percent <= 100:
        raise BadRequest(
            f"q={text[:40]!r} can't be used.", advice="Give a percentage from 1 to 100.", part="q"
        )
    return method, percent


def _datasets(atlas: Atlas, flows: Flows, method: Method) -> tuple[str, ...]:
    if method == "last":
        return tuple(dict.fromkeys((*last_distance_datasets(atlas), *flow_source(atlas, flows))))
    zones = tuple(zone.dataset for zone in atlas.settings.zones if zone.stage == flows.stage)
    return (*flow_source(atlas, flows), *zones)


def _properties(atlas: Atlas, flows: Flows, found: Catchment) -> dict[str, Any]:
    said: dict[str, Any] = {
        "school_id": flows.schools.ids[found.school],
        "school_name": flows.schools.names[found.school],
        "flows": flows.id or None,
        "year": flows.year or None,
        "stage": flows.stage,
        "modelled": flows.modelled,
        "hidden_below": flows.hidden_below,
        "method": found.method,
        "q": found.percent,
        "reached": found.reached,
        "parts": found.parts,
        "holes_filled": found.holes_filled,
        "area_km2": round(found.square_metres / 1e6, 3),
        "coverage": share(found.coverage),
        "median_m": metres(found.reach.median_m),
        "p90_m": metres(found.reach.p90_m),
        "areas": len(found.areas),
        "areas_outside": found.unshaped,
        "words": catchment_words(flows, found, atlas.city.units),
        "result_words": NO_RIGHT if found.method == "last" else NO_PROMISE,
        "results": list(RESULTS_OF_LAST if found.method == "last" else RESULTS),
    }
    if found.bandwidth_m is not None:
        said["bandwidth_m"] = [round(width) for width in found.bandwidth_m]
        said["bandwidth"] = "Silverman 1986, of the effective number of home areas"
    if found.offers is not None and found.offers.latest is not None:
        # The circle is of its own year, whatever year the flows are of.
        said["year"] = found.offers.latest.year
        said["last"] = series_document(atlas, found.offers, main=True)
    return said


def _outlines(atlas: Atlas, found: list[Catchment], rough_m: float = 0.0) -> list[str]:
    """Each outline as GeoJSON text, in degrees.

    Parameters
    ----------
    rough_m: how far the outlines may be off, so that there are fewer corners.
    """
    column = pa.array(shapely.to_wkb(_shapes(atlas, found, rough_m)), pa.binary())
    texts: list[str] = geojson_text(column, _DIGITS).to_pylist()
    return texts


def _shapes(
    atlas: Atlas, found: list[Catchment], rough_m: float = 0.0
) -> np.ndarray[Any, np.dtype[np.object_]]:
    """The outlines in degrees (WGS84); ``None`` without one."""
    shapes = np.array([one.shape for one in found], dtype=object)
    if rough_m:
        shapes = shapely.simplify(shapes, rough_m)
    there = np.array([one is not None for one in shapes], dtype=np.bool_)
    shapes[there] = shapely.transform(shapes[there], atlas.unproject)
    return shapes


def _feature(flows: Flows, found: Catchment, said: dict[str, Any], outline: str) -> str:
    school = dump(flows.schools.ids[found.school])
    return f'{{"type":"Feature","id":{school},"geometry":{outline},"properties":{dump(said)}}}'


def _file(atlas: Atlas, flows: Flows, found: list[Catchment], name: str) -> Response:
    fields, rows, shapes, datasets = _table(atlas, flows, found)
    whole = f"{flows.dataset}-catchments-{name}"
    return file_answer(atlas, PARQUET, whole, fields, rows, shapes, datasets, flows.modelled)


def _table(
    atlas: Atlas, flows: Flows, found: list[Catchment]
) -> tuple[
    tuple[Field, ...],
    list[dict[str, Any]],
    np.ndarray[Any, np.dtype[np.object_]],
    tuple[str, ...],
]:
    """Fields, rows, outlines and datasets of a file of catchments."""
    rows = [
        {"id": flows.schools.ids[one.school], **_properties(atlas, flows, one)} for one in found
    ]
    method = found[0].method if found else METHODS[0]
    return CATCHMENT_FIELDS, rows, _shapes(atlas, found), _datasets(atlas, flows, method)
