"""One node with real data of both cities, served for the whole session."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import uvicorn

from interurban.catalog.loading import Origin
from interurban.catalog.node import Node
from interurban.http import Settings, create_app

DATASETS = (
    "chicago.crimes_2019_sample",  # points with times
    "chicago.libraries",  # few points, no key of their own
    "chicago.l_lines",  # lines
    "chicago.wards_2015",  # areas
    "london.boroughs",  # areas of the other city
    "london.schools",  # points with ids; some have no place, some values were blanked
    "london.population",  # no places at all
)

Serving = Callable[..., Any]


structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
)


@contextmanager
def serving(node: Node, settings: Settings) -> Iterator[str]:
    """A real server on a port of its own; gives its address."""
    config = uvicorn.Config(
        create_app(node, settings), host="127.0.0.1", port=0, log_level="error", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < end, "the server did not start in 30 s"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture(scope="session")
def serve() -> Serving:
    """Start further servers with settings of their own."""
    return serving


@pytest.fixture(scope="session")
def node(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that has loaded ``DATASETS`` from the mirror."""
    with Node(tmp_path_factory.mktemp("http") / "home") as opened:
        for dataset in DATASETS:
            opened.load(dataset, Origin(mirror=shared_data))
        yield opened


@pytest.fixture(scope="session")
def server(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of that node's server; the app is not built there."""
    empty = tmp_path_factory.mktemp("no-app")
    with serving(node, Settings(web_root=empty)) as address:
        yield address


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server, timeout=60) as opened:
        yield opened
