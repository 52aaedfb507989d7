"""Hostile and mistaken requests: a problem document that names the part, never a 500."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interurban.http.app import routes

SCHOOLS = "/collections/london.schools"
BAD = [
    # path, status, part
    ("items?filter=phase =", 400, "filter"),
    ("items?filter=phase = 'primary' AND", 400, "filter"),
    ("items?filter=(((phase = 'primary'", 400, "filter"),
    ("items?filter=nonsense = 1", 400, "filter"),
    ("items?filter=pupils = 'many'", 400, "filter"),
    ("items?filter=phase = 1; DROP TABLE x", 400, "filter"),
    ("items?filter=sleep(10) = 1", 400, "filter"),
    ("items?filter={&filter-lang=cql2-json", 400, "filter"),
    ("items?filter=[1,2]&filter-lang=cql2-json", 400, "filter"),
    ("items?filter=phase='x'&filter-lang=sql", 400, "filter-lang"),
    ("items?filter=name LIKE '%25\\'", 400, "filter"),
    ("items?filter=9223372036854775807 %2B pupils > 0&f=csv", 400, "filter"),
    ("items?filter=S_INTERSECTS(geometry, POINT(0))", 400, "filter"),
    ("items?bbox=1,2,3", 400, "bbox"),
    ("items?bbox=a,b,c,d", 400, "bbox"),
    ("items?bbox=200,0,210,10", 400, "bbox"),
    ("items?bbox=0,-100,1,-95", 400, "bbox"),
    ("items?bbox=0,52,1,51", 400, "bbox"),
    ("items?bbox=nan,nan,nan,nan", 400, "bbox"),
    ("items?bbox=-inf,0,inf,1", 400, "bbox"),
    ("items?bbox=0,0,1,1&bbox-crs=EPSG:1", 400, "bbox-crs"),
    ("items?bbox=0,0,1,1&bbox-crs=hello", 400, "bbox-crs"),
    ("items?crs=http://www.opengis.net/def/crs/EPSG/0/2154", 400, "crs"),
    ("items?crs=hello", 400, "crs"),
    ("items?near=0,51", 400, "near"),
    ("items?near=0,51,-5", 400, "near"),
    ("items?near=0,51,1e9", 400, "near"),
    ("items?in=london.boroughs", 400, "in"),
    ("items?in=london.boroughs:NOWHERE", 400, "in"),
    ("items?in=london.nothing:1", 404, None),
    ("items?datetime=yesterday", 400, "datetime"),
    ("items?datetime=2018-13-01", 400, "datetime"),
    ("items?datetime=2018-01-02/2018-01-01", 400, "datetime"),
    ("items?limit=-1", 400, "limit"),
    ("items?limit=0", 400, "limit"),
    ("items?limit=ten", 400, "limit"),
    ("items?limit=1e3", 400, "limit"),
    ("items?limit=5&limit=6", 400, "limit"),
    ("items?cursor=hello", 400, "cursor"),
    ("items?cursor=bwAAAAAAAAK8", 400, "cursor"),
    ("items?f=xml", 400, "f"),
    ("items?f=csv&f=geojson", 400, "f"),
    ("items?download=perhaps", 400, "download"),
    ("items?sortby=nonsense", 400, "sortby"),
    ("items?sortby=geometry", 400, "sortby"),
    ("items?properties=name,nonsense", 400, "properties"),
    ("items?nonsense=1", 400, "nonsense"),
    ("items?pupils=many", 400, "pupils"),
    ("items?name=%00", 400, None),
    ("items?as_of=99999999", 404, "as_of"),
    ("items?as_of=yesterday", 400, "as_of"),
    ("items?as_of=1999-01-01T00:00:00Z", 404, "as_of"),
    ("items/NOWHERE", 404, "featureId"),
    ("items/NOWHERE?bbox=0,0,1,1", 400, "bbox"),
    ("count?limit=5", 400, "limit"),
    ("aggregate?by=nonsense", 400, "by"),
    ("aggregate?by=time:fortnight", 400, "by"),
    ("aggregate?by=cell:99", 400, "by"),
    ("aggregate?by=area:london.schools", 400, "by"),
    ("aggregate?measures=avg:name", 400, "measures"),
    ("aggregate?measures=p101:pupils", 400, "measures"),
    ("aggregate?measures=", 400, "measures"),
    ("cells", 400, "zoom"),
    ("cells?zoom=-1", 400, "zoom"),
    ("cells?zoom=nan", 400, "zoom"),
    ("cells?level=25", 400, "level"),
    ("cells?level=5&zoom=5", 400, "zoom"),
    ("rejects?limit=-1", 400, "limit"),
    ("rejects?cursor=x", 400, "cursor"),
    ("history?x=1", 400, "x"),
    ("tiles/WorldCRS84Quad", 404, "tileMatrixSetId"),
    ("tiles/WebMercatorQuad/x/0/0", 400, "z"),
    ("tiles/WebMercatorQuad/0/-1/0", 400, "row"),
    ("tiles/WebMercatorQuad/0/0/1", 404, "tile"),
    ("tiles/WebMercatorQuad/23/0/0", 404, "tile"),
    ("tiles/WebMercatorQuad/99999999999/0/0", 400, "z"),
    ("tiles/WebMercatorQuad/0/0/0?filter=x", 400, "filter"),
]


@pytest.mark.parametrize(("path", "status", "part"), BAD, ids=[path for path, *_ in BAD])
def test_a_bad_request_names_its_part(
    client: httpx.Client, path: str, status: int, part: str | None
) -> None:
    answer = client.get(f"{SCHOOLS}/{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert "Traceback" not in answer.text
    if part:
        assert problem["part"] == part


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/nowhere.nothing", 404),
        ("/collections/chicago.crimes/items", 404),  # described, but not loaded here
        ("/collections/../../etc/passwd", 404),
        ("/collections/%00", 404),
        ("/collections/%ff%fe/items", 404),
        ("/collections/london.population/tiles", 404),
        ("/collections/london.population/cells?zoom=3", 400),
        ("/collections/london.population/items?f=fgb", 400),
        ("/collections/london.population/aggregate?by=cell:9", 400),
        ("/collections/london.population/items?bbox=0,51,1,52", 400),
        ("/tileMatrixSets/nothing", 404),
        ("/api/datasets?city=paris", 404),
        ("/conformance?x=1", 400),
        ("/nothing/at/all", 404),
    ],
)
def test_what_is_not_here_is_said_so(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_described_dataset_says_how_to_load_it(client: httpx.Client) -> None:
    problem = client.get("/collections/chicago.crimes").json()
    assert "interurban load chicago.crimes" in problem["advice"]


def test_sql_in_a_value_is_a_value(client: httpx.Client) -> None:
    for value in ("' OR 1=1 --", "'; DROP TABLE x; --", "%' UNION SELECT 1 --", "\\"):
        for params in ({"name": value}, {"q": value}):
            answer = client.get(f"{SCHOOLS}/count", params=params)
            assert answer.status_code in (200, 400), answer.text
            assert answer.json().get("count", 0) == 0


def test_other_methods_are_refused(client: httpx.Client) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.request(method, f"{SCHOOLS}/items")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/collections", {"GET", "HEAD", "OPTIONS"}),
        (f"{SCHOOLS}/items", {"GET", "HEAD", "OPTIONS"}),
        ("/api/disclose", {"POST", "OPTIONS"}),
        ("/api/policies/london.schools", {"GET", "HEAD", "PUT", "OPTIONS"}),
        ("/api/tokens", {"GET", "HEAD", "POST", "OPTIONS"}),
    ],
)
def test_what_is_offered_at_an_address_can_be_asked(
    client: httpx.Client, path: str, methods: set[str]
) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer.headers["Allow"].split(", ")) == methods


def test_every_route_says_what_it_offers(client: httpx.Client) -> None:
    for route in routes():
        answer = client.options(re.sub(r"{[^}]*}", "x", route.path))
        assert answer.status_code == 204, route.path
        assert set(route.methods or ()) <= set(answer.headers["Allow"].split(", "))


def test_a_slash_too_many_leads_to_the_address_without(client: httpx.Client) -> None:
    for path in ("/collections/", f"{SCHOOLS}/", "/api/datasets//", f"{SCHOOLS}/count/"):
        answer = client.get(path, params={"f": "json"})
        assert answer.status_code == 308
        assert answer.headers["Location"] == f"{path.rstrip('/')}?f=json"
    assert client.get("/collections/", follow_redirects=True).json()["collections"]


@pytest.mark.parametrize(
    "target",
    [
        b"//evil.example/", b"///evil.example/", b"/%2fevil.example/", b"/\\evil.example/",
        b"/collections//evil.example/", b"//evil.example/..;/collections/", b"/nowhere/",
        b"/collections/x%0d%0aSet-Cookie:a/",
    ],
)  # fmt: skip
def test_a_slash_too_many_leads_to_no_other_host(client: httpx.Client, target: bytes) -> None:
    url = client.base_url.copy_with(raw_path=target)
    answer = client.get(url)
    location = answer.headers.get("Location")
    if answer.status_code == 308:
        assert location == "/collections/x%0D%0ASet-Cookie%3Aa"
        assert "Set-Cookie" not in answer.headers
    else:
        assert (answer.status_code, location) == (404, None)


def test_a_body_is_refused(client: httpx.Client) -> None:
    answer = client.request("GET", f"{SCHOOLS}/items", content=b"x")
    assert answer.status_code == 413


def test_an_endless_address_is_refused(client: httpx.Client) -> None:
    answer = client.get(f"{SCHOOLS}/items", params={"filter": "x" * 20_000})
    assert answer.status_code == 414
    assert answer.json()["advice"]


@pytest.mark.parametrize(
    "target",
    [
        b"/collections/london.schools/items?name=%ff%fe",
        b"/collections/london.schools/items?%ff=1",
        b"/collections/london.schools/items?q=%c3%28",
        b"/collections/london.schools/items?filter=%ed%a0%80",
        b"/collections/london.schools/items?=&&==&%",
        b"/%2e%2e/%2e%2e/etc/passwd",
        b"/assets/../../../app.py",
        b"//etc/passwd",
        b"/collections//items",
    ],
)
def test_bytes_that_are_no_text_are_refused(server: str, target: bytes) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(server).port or 0), timeout=30) as raw:
        raw.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.split(b" ", 2)[1] in (b"200", b"400", b"404"), answer[:400]
    assert b"root:" not in answer


NAMES = st.sampled_from(
    [
        *("bbox", "bbox-crs", "datetime", "near", "in", "within", "q", "filter", "filter-lang"),
        *("filter-crs", "as_of", "properties", "sortby", "limit", "cursor", "crs", "f", "name"),
        *("pupils", "phase", "measures", "by", "level", "zoom", "download"),
    ]
)
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *("0", "-1", "1e400", "nan", "true", "..", "../..", "name", "-name", "name,name"),
            *("0,0,0,0", "-180,-90,180,90", "0,51,100000", "2018-01-01/..", "cql2-json"),
            *("time:month", "count", "max:name", "p50:pupils", "POINT(0 51)", "POLYGON EMPTY"),
            *(
                "pupils / 0 = 1",
                "pupils * 1e308 * 1e308 > 0",
                "name LIKE '%\\'",
                "NOT name IS NULL",
            ),
            *("pupils % 0 = 1", "pupils ^ 100000 > 1", "9223372036854775807 + pupils > 0"),
            *("S_WITHIN(geometry, BBOX(0,51,1,52))", "T_AFTER(name, DATE('2018-01-01'))"),
        ]
    ),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    route=st.sampled_from(["items", "count", "aggregate", "cells", "explain"]),
    params=st.lists(st.tuples(NAMES, VALUES), max_size=4),
)
def test_whatever_is_asked_the_answer_is_never_a_defect(
    client: httpx.Client, route: str, params: list[tuple[str, str]]
) -> None:
    answer = client.get(f"{SCHOOLS}/{route}", params=params)
    assert answer.status_code in (200, 304, 400, 404, 413), answer.text
