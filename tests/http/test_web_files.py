"""The app's files: found, compressed beforehand, kept for ever when their name says so."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow as pa
import pytest

from interurban.catalog.node import Node
from interurban.http import Settings

PAGE = "<!doctype html><title>Interurban</title><script type=module src=/assets/index-Bx72aQ9z.js>"
SCRIPT = "export const message = 'hello';\n" * 100
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def app(
    node: Node,
    serve,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[httpx.Client]:
    """A server with a built app."""
    root: Path = tmp_path_factory.mktemp("static")
    (root / "assets").mkdir()
    (root / "index.html").write_text(PAGE)
    for name in ("index-Bx72aQ9z.js", "worker-Cd93kLmn.mjs"):
        (root / "assets" / name).write_text(SCRIPT)
        (root / "assets" / f"{name}.gz").write_bytes(gzip.compress(SCRIPT.encode()))
        packed = pa.Codec("brotli").compress(SCRIPT.encode(), asbytes=True)
        (root / "assets" / f"{name}.br").write_bytes(packed)
    (root / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (root.parent / "secret.txt").write_text("secret")
    with (
        serve(node, Settings(web_root=root)) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


def test_a_browser_gets_the_app_and_a_program_the_landing_page(app: httpx.Client) -> None:
    assert app.get("/", headers=BROWSER).text == PAGE
    assert app.get("/").json()["title"] == "Interurban"
    assert app.get("/", params={"f": "json"}, headers=BROWSER).json()["links"]
    assert app.get("/", params={"f": "html"}).text == PAGE


@pytest.mark.parametrize("path", ["/explore", "/explore/chicago/london", "/catalogue?q=x"])
def test_a_view_of_the_app_is_the_app(app: httpx.Client, path: str) -> None:
    answer = app.get(path, headers=BROWSER)
    assert answer.status_code == 200
    assert answer.text == PAGE
    assert "no-cache" in answer.headers["Cache-Control"]
    assert app.get(path).status_code == 404  # a program is told the truth


def test_hashed_files_are_kept_for_ever(app: httpx.Client) -> None:
    answer = app.get("/assets/index-Bx72aQ9z.js")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in app.get("/favicon.svg").headers["Cache-Control"]
    again = app.get(
        "/favicon.svg", headers={"If-None-Match": app.get("/favicon.svg").headers["ETag"]}
    )
    assert again.status_code == 304


def test_modules_are_javascript(app: httpx.Client) -> None:
    for name in ("index-Bx72aQ9z.js", "worker-Cd93kLmn.mjs"):
        media_type = app.get(f"/assets/{name}").headers["content-type"]
        assert media_type == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_files_go_out_as_they_were_packed(app: httpx.Client, coding: str) -> None:
    headers = {"Accept-Encoding": coding}
    with app.stream("GET", "/assets/index-Bx72aQ9z.js", headers=headers) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == coding
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(packed) < len(SCRIPT)
    name = {"br": "brotli"}.get(coding, coding)
    assert pa.CompressedInputStream(pa.BufferReader(packed), name).read() == SCRIPT.encode()


def test_a_missing_file_is_not_the_app(app: httpx.Client) -> None:
    assert app.get("/assets/index-00000000.js", headers=BROWSER).status_code == 404


@pytest.mark.parametrize("path", ["/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/./x"])
def test_nothing_outside_the_folder_is_served(app: httpx.Client, path: str) -> None:
    answer = app.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_the_app_runs_its_own_scripts_only(app: httpx.Client) -> None:
    policy = app.get("/", headers=BROWSER).headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self'"


def test_without_a_built_app_a_page_says_what_to_do(client: httpx.Client) -> None:
    page = client.get("/", headers=BROWSER)
    assert page.status_code == 200
    assert "make web" in page.text
    assert client.get("/explore", headers=BROWSER).status_code == 200
