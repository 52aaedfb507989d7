"""Conditional requests, caching, compression, and the headers every answer carries."""

from __future__ import annotations

import gzip
import socket
from urllib.parse import urlsplit

import httpx
import pyarrow as pa
import pytest

SCHOOLS = "/collections/london.schools"
TILE = f"{SCHOOLS}/tiles/WebMercatorQuad/9/170/255"
CACHED = (
    f"{SCHOOLS}/items?limit=5",
    f"{SCHOOLS}/items?f=csv",
    f"{SCHOOLS}/items/100000",
    f"{SCHOOLS}/count",
    f"{SCHOOLS}/aggregate?by=phase",
    f"{SCHOOLS}/cells?zoom=9",
    f"{SCHOOLS}/explain",
    f"{SCHOOLS}/rejects",
    f"{SCHOOLS}/tiles/WebMercatorQuad",
    TILE,
    SCHOOLS,
    "/collections",
    "/api/datasets",
    "/api",
)


@pytest.mark.parametrize("path", CACHED)
def test_what_the_client_holds_is_not_sent_again(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    assert first.status_code == 200
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]


def test_every_question_has_an_etag_of_its_own(client: httpx.Client) -> None:
    paths = ("items?limit=5", "items?limit=6", "items?limit=5&f=csv", "count", "count?q=saint")
    tags = {client.get(f"{SCHOOLS}/{path}").headers["ETag"] for path in paths}
    assert len(tags) == len(paths)


def test_a_named_version_may_be_kept_for_ever(client: httpx.Client) -> None:
    version = client.get(f"{SCHOOLS}/count").json()["version"]
    pinned = client.get(f"{SCHOOLS}/count", params={"as_of": version})
    newest = client.get(f"{SCHOOLS}/count")
    assert "immutable" in pinned.headers["Cache-Control"]
    assert "no-cache" in newest.headers["Cache-Control"]


@pytest.mark.parametrize("path", [f"{SCHOOLS}/items?limit=100", f"{SCHOOLS}/items?f=csv", TILE])
@pytest.mark.parametrize("coding", ["gzip", "zstd", "br"])
def test_answers_are_compressed_as_the_client_likes(
    client: httpx.Client, path: str, coding: str
) -> None:
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    with client.stream("GET", path, headers={"Accept-Encoding": f"{coding}, *;q=0"}) as answer:
        packed = b"".join(answer.iter_raw())
    streamed = "csv" in path
    if coding == "br" and streamed:  # Brotli is for whole answers; a stream goes as it is
        assert "Content-Encoding" not in answer.headers
        return
    assert answer.headers["Content-Encoding"] == coding
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(packed) < len(plain.content)
    unpacked = _unpack(coding, packed)
    assert len(unpacked) == len(plain.content)
    if "items?limit" not in path:  # a page of GeoJSON says when it was made
        assert unpacked == plain.content


def _unpack(coding: str, packed: bytes) -> bytes:
    if coding == "gzip":
        return gzip.decompress(packed)
    name = {"br": "brotli"}.get(coding, coding)
    with pa.CompressedInputStream(pa.BufferReader(packed), name) as stream:
        return stream.read()


def test_the_best_coding_of_a_browser_is_zstd(client: httpx.Client) -> None:
    headers = {"Accept-Encoding": "gzip, deflate, br, zstd"}
    with client.stream("GET", f"{SCHOOLS}/items", headers=headers) as answer:
        assert answer.headers["Content-Encoding"] == "zstd"


def test_small_and_packed_answers_are_left_alone(client: httpx.Client) -> None:
    headers = {"Accept-Encoding": "gzip"}
    for path in (f"{SCHOOLS}/count", f"{SCHOOLS}/items?f=parquet"):
        assert "Content-Encoding" not in client.get(path, headers=headers).headers


def test_head_answers_like_get_without_a_body(client: httpx.Client) -> None:
    for path in (f"{SCHOOLS}/count", TILE, "/healthz"):
        head = client.head(path)
        assert head.status_code == 200
        assert head.content == b""


def test_other_web_pages_may_read_open_data(client: httpx.Client) -> None:
    origin = {"Origin": "https://example.org"}
    answer = client.get(f"{SCHOOLS}/count", headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    asked = origin | {"Access-Control-Request-Method": "GET"}
    assert client.options(f"{SCHOOLS}/count", headers=asked).status_code == 200
    refused = client.get(f"{SCHOOLS}/count?nonsense=1", headers=origin)
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/", "/?f=json", f"{SCHOOLS}/items", TILE, "/nothing", "/api"])
def test_every_answer_is_marked_for_safety(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy


def test_a_host_that_is_no_host_never_reaches_a_link(client: httpx.Client, server: str) -> None:
    port = urlsplit(server).port
    for host in ('evil"><script>', "[::1", "a b", "x/../y", "user@evil"):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            request = f"GET /collections HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.split(b" ", 2)[1] in (b"200", b"400")
        assert b"evil" not in answer
        assert b"[::1" not in answer
