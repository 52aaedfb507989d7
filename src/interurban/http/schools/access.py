"""How near schools are, and places within reach of each child, by area and by group."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.access.access import (
    METHODS,
    Access,
    access_of,
    leaning_on,
    reach_of,
)
from interurban.apps.schools.access.checks import Check
from interurban.apps.schools.access.streets.found import LIMIT_M
from interurban.apps.schools.access.ways import WAYS
from interurban.apps.schools.access.words import checks_in_words, how_made, in_words, unit_of
from interurban.apps.schools.layers.classes import quantile_breaks
from interurban.apps.schools.places.asked import stage_named
from interurban.apps.schools.reading import Atlas
from interurban.core.errors import BadRequest
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single, whole_number
from interurban.http.service import service

from .answers import amount, dump, held_or, metres, share, sources
from .asked import atlas_of

__all__ = ["routes"]

_CLASSES = 5
_REACH_M = (200, 50_000)


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/schools/{city}/access", access)]


async def access(request: Request) -> Response:
    """Access to the schools of a stage, by area, with its Gini index, groups, edge and checks."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "stage", "method", "reach_m", "way")
    method = single(request, "method", "nearest")
    if method not in METHODS:
        raise BadRequest(
            f"There is no method {method[:40]!r}.",
            advice=f"There are: {', '.join(METHODS)}.",
            part="method",
        )
    way = single(request, "way")
    if way and way not in WAYS:
        raise BadRequest(
            f"There is no way {way[:40]!r}.", advice=f"There are: {', '.join(WAYS)}.", part="way"
        )
    wanted = single(request, "stage")
    asked = "reach_m" in request.query_params
    reach = whole_number(request, "reach_m", 0, *_REACH_M) if asked else 0

    def answer() -> Response:
        atlas = atlas_of(request)
        stage = stage_named(atlas, wanted)

        def document() -> bytes:
            found = access_of(atlas, stage, method, float(reach or reach_of(stage)), way)
            return dump(_document(atlas, found)).encode()

        return held_or(request, atlas, leaning_on(atlas), document)

    return await service(request).workers.run(request, answer)


def _document(atlas: Atlas, found: Access) -> dict[str, Any]:
    areas, supply, schools = found.homes.areas, found.supply, atlas.schools
    named = [schools.ids[at] for at in supply.school]
    digits = 0 if found.method == "nearest" else 4
    return {
        "stage": found.stage.id,
        "method": found.method,
        "reach_m": metres(found.reach),
        "factor": found.factor,
        "way": found.choice.way.name,
        "why_straight": found.choice.why,
        "streets": _streets(found),
        "areas_dataset": next((one for one in areas.datasets if one), ""),
        "unit": unit_of(found),
        "values": [
            {
                "id": areas.ids[at],
                "name": areas.names[at],
                "value": amount(float(found.values[at]), digits),
                "lon": round(float(areas.lonlat[at, 0]), 5),
                "lat": round(float(areas.lonlat[at, 1]), 5),
                "children": amount(float(found.homes.children[at])),
                "beyond_walk": share(float(found.beyond[at])),
                "nearest": named[found.nearest[at]] if found.nearest[at] >= 0 else None,
                "edge": bool(found.edge[at]),
            }
            for at in areas.shaped
        ],
        "classes": [amount(one, digits) for one in quantile_breaks(found.values, _CLASSES)],
        "gini": share(found.gini),
        "gini_inside": share(found.gini_inside),
        "groups": [
            {
                "group": one.group,
                "label": one.label,
                "children": amount(one.children, 0),
                "mean": amount(one.mean, digits),
                "share_beyond_walk": share(one.beyond_walk),
            }
            for one in found.groups
        ],
        "schools": _schools(found, named),
        "edge": {
            "buffer_m": metres(found.buffer),
            "areas_affected": int(found.edge.sum()),
        },
        "check": _check(found.checks[0]) if found.checks else None,
        "checks": [_check(one) for one in found.checks],
        "modelled": True,
        "words": in_words(atlas, found),
        "how": how_made(found, atlas.city.units),
        "checked": checks_in_words(found.checks),
        "sources": sources(atlas, found.datasets),
    }


def _schools(found: Access, named: list[str]) -> list[dict[str, Any]]:
    """What floating catchments make of each school; nothing of the nearest school."""
    return [
        {
            "id": one,
            "places": amount(float(places)),
            "places_per_child": amount(float(ratio), 4),
            "children_per_place": amount(float(crowded), 4),
        }
        for one, places, ratio, crowded in zip(
            named, found.supply.places, found.ratio, found.crowded, strict=True
        )
        if np.isfinite(crowded)
    ]


def _streets(found: Access) -> dict[str, Any] | None:
    """What is known of the streets that the pack names, whether ways go along them or not."""
    streets = found.choice.streets
    if streets is None:
        return None
    network = streets.network
    return {
        "dataset": streets.source.dataset,
        "vintage": streets.vintage,
        "lines": None if network is None else network.segments,
        "length_m": None if network is None else metres(network.length),
        "connected": None if network is None else share(network.connected),
        "areas_off": found.areas_off,
        "schools_off": found.schools_off,
        "limit_m": metres(LIMIT_M),
        "usable": not streets.against,
    }


def _check(one: Check) -> dict[str, Any]:
    return {
        "against": one.against,
        "what": one.what,
        "way": one.way,
        "median_error": share(one.median_error),
        "within_10": share(one.within_10),
        "bias": share(one.bias),
        "best_factor": None if one.straight is None else round(one.straight, 2),
        "rows": one.rows,
    }
