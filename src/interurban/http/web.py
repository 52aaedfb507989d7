"""The app's built files: hashed names for ever, the page anew each time, compressed beforehand.

The files are listed once, when the app starts; a request can only name one of them, so no path a
client invents ever reaches the disk.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from .conditional import not_modified
from .guard import PAGE_POLICY
from .negotiation import choose_coding, wants_html

__all__ = ["StaticFile", "app_page", "list_files", "routes"]

_HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+(?:\.map)?$")
_CODINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_ANYTHING = "/{path:path}"
_RUNS = frozenset((".html", ".js", ".mjs"))
"""What runs under a policy of its own: a worker takes the one its script came with."""
_FOREVER = "public, max-age=31536000, immutable"
_EACH_TIME = "public, no-cache"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file of the built app.

    ``variants`` are the same content under a content coding: coding to path.
    """

    path: Path
    media_type: str
    etag: str
    immutable: bool
    variants: dict[str, Path]


def list_files(root: Path) -> dict[str, StaticFile]:
    """Every file under a folder by its path in an address (``assets/index-BX2a9.js``)."""
    if not root.is_dir():
        return {}
    paths = {path for path in root.rglob("*") if path.is_file()}
    endings = tuple(_CODINGS.values())
    return {
        path.relative_to(root).as_posix(): _describe(path, paths)
        for path in sorted(paths)
        if not (path.name.endswith(endings) and path.with_suffix("") in paths)
    }


def _describe(path: Path, paths: set[Path]) -> StaticFile:
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    beside = {coding: path.with_name(path.name + end) for coding, end in _CODINGS.items()}
    return StaticFile(
        path=path,
        media_type=_MEDIA_TYPES.get(path.suffix, guessed),
        etag=f'W/"{hashlib.blake2b(path.read_bytes(), digest_size=12).hexdigest()}"',
        immutable=_HASHED.search(path.name) is not None,
        variants={coding: variant for coding, variant in beside.items() if variant in paths},
    )


def routes() -> list[Route]:
    """The last route of the app: whatever no other one knows."""
    return [Route(_ANYTHING, file_or_app)]


async def file_or_app(request: Request) -> Response:
    """A built file; else the app, when a browser navigates to one of its views.

    An address with a slash too many leads to the one without.
    """
    files: dict[str, StaticFile] = request.app.state.static_files
    found = files.get(request.path_params["path"])
    if found is not None:
        return _send(request, found)
    meant = _without_slash(request)
    if meant is not None:
        return RedirectResponse(meant, HTTPStatus.PERMANENT_REDIRECT)
    if wants_html(request) and not _HASHED.search(request.url.path):
        return app_page(request)
    raise HTTPException(404)


def _without_slash(request: Request) -> str | None:
    """The address without slashes at its end, where there is a route of that very name.

    Each begins with one slash and a word, so it never leads to another host.
    """
    path = request.scope["path"]
    bare = path.rstrip("/")
    if bare == path or not any(
        isinstance(route, Route) and route.path != _ANYTHING and route.path_regex.match(bare)
        for route in request.app.router.routes
    ):
        return None
    query = request.url.query
    return quote(bare) + (f"?{query}" if query else "")


def app_page(request: Request) -> Response:
    """The page of the app, or what to do when it has not been built."""
    files: dict[str, StaticFile] = request.app.state.static_files
    index = files.get("index.html")
    if index is not None:
        return _send(request, index)
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(_NOT_BUILT, headers=headers)


def _send(request: Request, file: StaticFile) -> Response:
    headers = {
        "ETag": file.etag,
        "Cache-Control": _FOREVER if file.immutable else _EACH_TIME,
        "Vary": "Accept, Accept-Encoding",
    }
    if file.path.suffix in _RUNS:
        headers["Content-Security-Policy"] = PAGE_POLICY
    held = not_modified(request, headers)
    if held is not None:
        return held
    accept = request.headers.get("accept-encoding", "")
    coding = choose_coding(accept, list(file.variants))
    if coding is None:
        return FileResponse(file.path, headers=headers, media_type=file.media_type)
    headers["Content-Encoding"] = coding
    return FileResponse(file.variants[coding], headers=headers, media_type=file.media_type)


_NOT_BUILT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interurban: the app is not built yet</title>
<style>
body { font: 16px/1.5 Inter, system-ui, sans-serif; color: #16202A; background: #FBFAF7;
  max-width: 72ch; margin: 12vh auto; padding: 0 1.5rem; }
code { background: #E3E0D8; padding: .1em .35em; border-radius: 4px; }
a { color: #2F4B8F; }
@media (prefers-color-scheme: dark) {
  body { color: #E8EAED; background: #11161C; } code { background: #27303A; } a { color: #9DB4F0; }
}
</style>
</head>
<body>
<main>
<h1>The map is not built yet</h1>
<p>The data and every API of this node work. Only the web app is missing from this installation.</p>
<p>In a copy of the source, run <code>make web</code> (or <code>make up</code>, which also loads
the data), then open this page again. An installation from a released package brings the app along:
<code>pip install --force-reinstall interurban</code>.</p>
<p>Meanwhile: <a href="/?f=json">the API</a>, <a href="/collections">the datasets</a>,
<a href="/api?f=html">the API in words</a>.</p>
</main>
</body>
</html>
"""
