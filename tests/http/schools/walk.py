"""Every question that a node's own OpenAPI document knows about an atlas, and what answers say.

Nothing is listed here but values for parameters: each operation is asked as it is, and once for
every value that one of its parameters can have. A parameter of which no value is known stops the
walk with its name, so that a new route, format or parameter is asked too, or named.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ipc

PREFIXES = ("/api/schools", "/collections/")

Values = Sequence[str]
Json = dict[str, Any]


@dataclass(frozen=True)
class Town:
    """One city as the walk asks about it.

    Parameters
    ----------
    dataset: its flows; flows: the set of them that is asked. A school and an area that hide some.
    """

    city: str
    dataset: str
    flows: str
    stage: str
    school: str
    other: str
    area: str
    lon: float
    lat: float
    address: str
    layers: tuple[str, str]
    areas: str
    modelled: str

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of some three kilometres round the place."""
        return self.lon - 0.04, self.lat - 0.03, self.lon + 0.04, self.lat + 0.03

    @property
    def ring(self) -> list[list[float]]:
        west, south, east, north = self.box
        return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def town(city: str, area: str, school: str) -> Town:
    """A city, and the area and school that are asked for."""
    return replace(_TOWNS[city], area=area, school=school)


_TOWNS = {
    "chicago": Town(
        city="chicago",
        dataset="chicago.school_flows",
        flows="chicago.school_flows:2020",
        stage="high",
        school="",
        other="609719",
        area="",
        lon=-87.66,
        lat=41.95,
        address="4015 N Ashland Ave",
        layers=("income", "poverty"),
        areas="chicago.community_areas",
        modelled="elementary",
    ),
    "london": Town(
        city="london",
        dataset="london.school_flows_2016",
        flows="london.school_flows_2016:2015",
        stage="secondary",
        school="",
        other="100049",
        area="",
        lon=-0.15,
        lat=51.555,
        address="NW3 2BQ",
        layers=("deprivation", "access"),
        areas="london.boroughs",
        modelled="primary",
    ),
}


@dataclass(frozen=True)
class Question:
    """One request; ``route`` is its address as the document has it."""

    route: str
    path: str
    method: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None

    def __str__(self) -> str:
        asked = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.method} {self.path}?{asked} {self.body or ''}"


class NotAsked(AssertionError):
    """The walk knows no value for something that the document has."""


def routes_of(document: Json) -> set[str]:
    """The addresses that the walk has to ask."""
    return {path for path in document["paths"] if path.startswith(PREFIXES)}


def questions(document: Json, town: Town) -> Iterator[Question]:
    """Everything that is asked of a node about a city."""
    for route in sorted(routes_of(document)):
        for method, operation in document["paths"][route].items():
            yield from _of_operation(document, town, route, method, operation)


def first_questions(document: Json, town: Town) -> Iterator[Question]:
    """Each operation as it is, and in every format: the parameter ``f``."""
    yield from some_questions(document, town, 0)


def some_questions(document: Json, town: Town, every: int) -> Iterator[Question]:
    """The first questions, and of all others each ``every``-th; none of them for 0."""
    asked: set[tuple[str, str, str]] = set()
    others = 0
    for question in questions(document, town):
        key = question.route, question.method, question.params.get("f", "")
        others += key in asked
        if key not in asked or (every and others % every == 0):
            yield question
        asked.add(key)


def _of_operation(
    document: Json, town: Town, route: str, method: str, operation: Json
) -> Iterator[Question]:
    parameters = [_resolved(document, one) for one in operation.get("parameters", ())]
    names = [one["name"] for one in parameters if one["in"] == "path"]
    path = route
    for name in names:
        path = path.replace(f"{{{name}}}", _known(_path_values(town), name, route)[0])
    always = _ALWAYS(town).get(route, {})
    bodies = _bodies(town).get(route, [None] if "requestBody" not in operation else [])
    if not bodies:
        raise NotAsked(f"{method} {route}: write a body for it, so that it is proved safe too")
    for body in bodies:
        yield Question(route, path, method, always, body)
    for one in parameters:
        if one["in"] != "query":
            continue
        for value in _values(town, route, one):
            more = value if isinstance(value, dict) else {one["name"]: str(value)}
            without = {k: v for k, v in always.items() if not _apart(one["name"], k)}
            yield Question(route, path, method, {**without, **more}, bodies[0])


def _values(town: Town, route: str, parameter: Json) -> Sequence[Any]:
    """What a parameter is asked with: all of a list, what is written here, or the least number."""
    schema, known = parameter["schema"], _query_values(town, route)
    if "enum" in schema:
        return tuple(schema["enum"])
    if parameter["name"] not in known and schema.get("type") in ("integer", "number"):
        return (schema.get("minimum", 1),)
    return tuple(_known(known, parameter["name"], route))


def _apart(asked: str, always: str) -> bool:
    """Whether one parameter takes the place of another."""
    return {asked, always} in ({"q", "lon"}, {"q", "lat"}, {"area", "school"})


def _resolved(document: Json, parameter: Json) -> Json:
    found = parameter
    if "$ref" in parameter:
        found = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def _known(values: Mapping[str, Any], name: str, route: str) -> Any:
    if name not in values:
        raise NotAsked(f"{route}: write a value of {name!r}, so that it is proved safe too")
    return values[name]


# Values


def _path_values(town: Town) -> dict[str, Values]:
    return {
        "city": (town.city,),
        "school": (town.school,),
        "area": (town.area,),
        "layer": (town.layers[0],),
        "dataset": (town.dataset,),
        "feature": ("7",),
        "tms": ("WebMercatorQuad",),
        "z": ("8",),
        "row": ("95",),
        "col": ("65",),
    }


def _ALWAYS(town: Town) -> dict[str, dict[str, str]]:  # noqa: N802 - a table that names a city
    """What a route is never asked without."""
    base = "/api/schools/{city}"
    flows = {"flows": town.flows}
    place = {"lon": str(town.lon), "lat": str(town.lat)}
    return {
        f"{base}/schools/{{school}}/areas": flows,
        f"{base}/schools/{{school}}/catchment": flows,
        f"{base}/areas/{{area}}/schools": flows,
        f"{base}/at/schools": flows | place,
        f"{base}/within/schools": flows,
        f"{base}/catchments": flows,
        f"{base}/feeders": flows,
        f"{base}/model": flows,
        f"{base}/model/flows": {"stage": town.modelled, "school": town.school},
        f"{base}/compare": {"schools": f"{town.school},{town.other}"},
        f"{base}/at/offers": place,
        f"{base}/offers/simulate": place | {"draws": "3"},
    }


def _query_values(town: Town, route: str) -> dict[str, Sequence[Any]]:
    """Parameter to what it is asked with; a mapping brings what belongs to it along."""
    west, south, east, north = town.box
    corners = ", ".join(f"{x} {y}" for x, y in town.ring)
    at_school = f"school_id = '{town.school}'"
    as_json = {"op": "<", "args": [{"property": "pupils"}, 5]}
    own = {"rule": "own"}
    found: dict[str, Sequence[Any]] = {
        # Of the atlas
        "flows": (town.flows,),
        "stage": (town.stage,),
        "school": (town.school,),
        "area": (town.area,),
        "schools": (f"{town.other},{town.school}",),
        "lon": ({"lon": str(town.lon), "lat": str(town.lat)},),
        "lat": ({"lon": str(town.lon + 0.01), "lat": str(town.lat)},),
        "top": ("3", "900"),
        "all": ("true",),
        "rule": ("own",),
        "year": ("2012", "2020"),
        "homeroom_share": (own | {"homeroom_share": "0.7"},),
        "per_room": (own | {"per_room": "25"},),
        "set_aside": (own | {"set_aside": "1"},),
        "usable_share": (own | {"usable_share": "0.9"},),
        "efficient_from": (own | {"efficient_from": "0.7"},),
        "efficient_to": (own | {"efficient_to": "1.3"},),
        "reach_m": ("1500", {"reach_m": "1500", "method": "e2sfca"}),
        "with": (town.layers[1],),
        "areas": (town.areas,),
        "check": ("flows-totals",),
        "load": ("false",),
        "as": ("a.b",),
        # Of collections
        "bbox": (f"{west},{south},{east},{north}",),
        "bbox-crs": ({"bbox-crs": _CRS84, "bbox": f"{west},{south},{east},{north}"},),
        "datetime": ("2000-01-01/..",),
        "near": (f"{town.lon},{town.lat},900",),
        "in": (f"{town.areas}:1",),
        "within": (f"POLYGON(({corners}))",),
        "filter": (
            at_school,
            "pupils<5",
            "pupils>=5 AND pupils<9",
            "NOT pupils>4",
            "pupils IS NULL AND at_most<6",
            "at_least>1",
            "status='hidden'",
            "area_total-pupils<3",
            "pupils=at_most",
            f"area_id = '{town.area}' AND ({at_school} OR pupils<3)",
        ),
        "filter-lang": (),
        "filter-crs": ({"filter-crs": _CRS84, "filter": at_school},),
        "as_of": ("1", "2", "2100-01-01T00:00:00Z"),
        "fields": ({"status": "hidden"}, {"pupils": "3"}, {"school_id": town.school}),
        "properties": ("pupils,status", "area_id,at_most", "_row,_key"),
        "sortby": ("pupils", "-pupils", "-at_most,area_id", "status"),
        "limit": ("10", "10000"),
        "cursor": ("0", "40"),
        "crs": (f"{_CRS}/EPSG/0/3857",),
        "download": ("true",),
        "measures": (
            "count,sum:pupils,avg:pupils,min:pupils,max:pupils,median:pupils,p95:pupils",
            "sum:at_least,sum:at_most,min:area_total",
        ),
        "by": ("school_id", "area_id", "status", "pupils", "stage,status", "at_most"),
        "level": ("8",),
        "zoom": ("9",),
    }
    if route.startswith("/collections"):
        found["q"] = (town.area, "school")
        found["filter-lang"] = ()
    elif route.endswith(("/catchment", "/catchments")):
        found["q"] = ("50", "33.3")
    else:
        found["q"] = (town.address,)
    if route.endswith("/validation"):
        found["limit"] = ("10000",)
    found["filter-lang"] = (
        {"filter-lang": "cql2-text", "filter": at_school},
        {"filter-lang": "cql2-json", "filter": json.dumps(as_json)},
    )
    return found


_CRS = "http://www.opengis.net/def/crs"
_CRS84 = f"{_CRS}/OGC/1.3/CRS84"


def _bodies(town: Town) -> dict[str, list[Json | None]]:
    base = "/api/schools/{city}"
    ring = {"type": "Polygon", "coordinates": [town.ring]}
    changes: list[Json] = [
        {"do": "close", "school": town.school},
        {"do": "open", "name": "New", "lon": town.lon, "lat": town.lat, "places": 300},
        {"do": "merge", "schools": [town.school], "into": town.other},
        {"do": "resize", "school": town.school, "places": 40},
        {"do": "homes", "lon": town.lon, "lat": town.lat, "homes": 90, "pupils_per_home": 0.3},
        {"do": "zone", "school": town.school, "zone": ring},
    ]
    asked: list[Json] = [{"flows": town.flows, "changes": [change]} for change in changes]
    asked += [{**asked[0], "full": "hold"}, {"stage": town.stage, "changes": changes[:1]}]
    return {
        f"{base}/within/schools": [ring],
        f"{base}/what-if": [*asked],
        f"{base}/imports": [{}],
    }


# Answers


def ask(client: httpx.Client, question: Question, **headers: str) -> httpx.Response:
    """The answer to a question."""
    return client.request(
        question.method, question.path, params=question.params, json=question.body, headers=headers
    )


def alike(one: httpx.Response, other: httpx.Response) -> bool:
    """Whether two answers say the same, be it at another time and place."""
    first, second = (
        _INSTANT_BYTES.sub(b"", each.content.replace(_address(each).encode(), b""))
        for each in (one, other)
    )
    # Most are the same to the letter, which is seen sooner than what they say.
    if first == second and one.status_code == other.status_code:
        return _headers(one) == _headers(other)
    return told(one) == told(other)


def told(answer: httpx.Response) -> tuple[int, object, dict[str, str]]:
    """All that an answer says, whatever it is encoded in, but when and where it was given."""
    kind, address = answer.headers.get("content-type", ""), _address(answer)
    content: object = answer.content
    if "parquet" in kind:
        content = _rows(pq.read_table(io.BytesIO(answer.content)), address)
    elif "arrow" in kind:
        content = _rows(ipc.open_stream(answer.content).read_all(), address)
    elif "json" in kind:
        content = _timeless(answer.json(), address)
    return answer.status_code, content, _headers(answer)


def _address(answer: httpx.Response) -> str:
    return str(answer.request.url.copy_with(raw_path=b"")).rstrip("/")


def _headers(answer: httpx.Response) -> dict[str, str]:
    return {
        name: value
        for name, value in answer.headers.items()
        if name.startswith(("x-interurban", "content-crs", "content-disposition"))
        and name != "x-interurban-as-of"
    }


def _rows(table: pa.Table, address: str) -> tuple[list[Json], object]:
    known = (table.schema.metadata or {}).items()
    about = {name.decode(): value.decode(errors="replace") for name, value in known}
    return table.to_pylist(), _timeless(about, address)


_TIMES = {
    *("solved_ms", "seconds", "checked_at", "timeStamp", "elapsed_ms", "as_of", "committed_at"),
    *("loaded_at", "source_time"),
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_INSTANT_BYTES = re.compile(_INSTANT.pattern.encode())


def _timeless(value: Any, address: str) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(one, address) for key, one in value.items() if key not in _TIMES}
    if isinstance(value, list):
        return [_timeless(one, address) for one in value]
    if isinstance(value, str):
        return _INSTANT.sub("", value.replace(address, ""))
    return value
