"""A node served on this machine, as people and programs reach it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from interurban.catalog.node import Node
from interurban.http import Settings, create_app
from interurban.workspace.catalogue import Catalogue


@contextmanager
def served(
    node: Node, settings: Settings | None = None, models: Catalogue | None = None
) -> Iterator[str]:
    """A real server on a port of its own; gives its address."""
    app = create_app(node, settings or Settings(requests_per_s=0), models)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False)
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
