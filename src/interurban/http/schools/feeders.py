"""What feeds schools, as nodes and links: for a map and for a Sankey diagram."""

from __future__ import annotations

import math

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.districts import district_names
from interurban.apps.schools.feeders import Feeders, feeders
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Flows
from interurban.apps.schools.words import feeder_words
from interurban.apps.schools.zones import is_zone
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single, whole_number
from interurban.http.service import service

from .answers import amount, dump, flow_source, held_or, sources
from .asked import atlas_of
from .flows import find_school, school_point

__all__ = ["routes"]

_TOP, _MOST = 40, 1_000


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/schools/{city}/feeders", feeders_of)]


async def feeders_of(request: Request) -> Response:
    """The largest links from where pupils live to their schools."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "flows", "school", "top")
    wanted, named = single(request, "flows"), single(request, "school")
    top = whole_number(request, "top", _TOP, 1, _MOST)
    web = service(request)

    def answer() -> Response:
        atlas = atlas_of(request)
        flows = atlas.flows(wanted)
        school = find_school(atlas, named) if named else None
        return held_or(
            request,
            atlas,
            flow_source(atlas, flows),
            lambda: _document(atlas, flows, school, top),
        )

    return await web.workers.run(request, answer)


def _document(atlas: Atlas, flows: Flows, school: int | None, top: int) -> bytes:
    found = feeders(
        flows,
        district_names(atlas, flows),
        school=school,
        top=top,
        elsewhere=f"Outside {atlas.city.name}",
    )
    document = {
        "flows": flows.id,
        "year": flows.year,
        "stage": flows.stage,
        "modelled": flows.modelled,
        "hidden_below": flows.hidden_below,
        "feeder": "unknown",
        "by": found.by,
        "links_in_all": found.total,
        "shown": amount(found.pupils_total),
        "nodes": _nodes(atlas, flows, found),
        "links": [
            {
                "source": _home(found.by, found.ids[source]),
                "target": _school(flows.schools.ids[target]),
                "pupils": amount(pupils),
                "at_least": amount(low),
                "at_most": amount(high),
                "status": "hidden"
                if math.isnan(pupils)
                else "modelled"
                if flows.modelled
                else "shown",
            }
            for source, target, pupils, low, high in zip(
                found.source.tolist(),
                found.school.tolist(),
                found.pupils.tolist(),
                found.low.tolist(),
                found.high.tolist(),
                strict=True,
            )
        ],
        "words": feeder_words(flows, found, atlas.city.name, school, _homes(atlas, flows, found)),
        "sources": sources(atlas, flow_source(atlas, flows)),
    }
    return dump(document).encode()


def _nodes(atlas: Atlas, flows: Flows, found: Feeders) -> list[dict[str, object]]:
    """The ends of the links, homes before schools, each once."""
    homes: list[dict[str, object]] = []
    for at in dict.fromkeys(found.source.tolist()):
        name, home = found.names[at], found.ids[at]
        if found.by == "area" and is_zone(atlas, flows.areas, flows.areas.index[home]):
            name = f"{name} zone"
        homes.append({"id": _home(found.by, home), "name": name, "kind": found.by})
    schools = [
        {
            **school_point(flows.schools, at),
            "id": _school(flows.schools.ids[at]),
            "school_id": flows.schools.ids[at],
            "kind": "school",
        }
        for at in dict.fromkeys(found.school.tolist())
    ]
    return homes + schools


def _homes(atlas: Atlas, flows: Flows, found: Feeders) -> str:
    """What the homes are, in words."""
    if found.by == "district":
        return "districts"
    shaped = flows.areas.shaped
    zones = len(shaped) > 0 and is_zone(atlas, flows.areas, int(shaped[0]))
    return "zones" if zones else "areas"


def _home(by: str, home: str) -> str:
    """Ids of both ends may be the same number; what they are of keeps them apart."""
    return f"{by}:{home or 'elsewhere'}"


def _school(school: str) -> str:
    return f"school:{school}"
