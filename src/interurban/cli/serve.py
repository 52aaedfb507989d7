"""Serve a node: `serve` and `up`."""

from __future__ import annotations

import signal
import socket
import sys
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.core.errors import ConfigurationError, InterurbanError, StoreError

from .log import start_log
from .options import City, Home, Host, Mirror, Port, SocrataToken, open_node
from .output import counted, errors, screen, show_error
from .plan import Wanted, make_plan, run_plan
from .progress import Bars, bars

if TYPE_CHECKING:
    from interurban.catalog.node import Node

__all__ = ["serve", "up"]

_BACKLOG = 128
"""Connections that wait while the server gets ready."""


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Log only what goes wrong, not every request.")
    ] = False,
    home: Home = None,
) -> None:
    """Serve what is loaded: the app, and the open APIs beside it."""
    start_log(requests=not quiet)
    with open_node(home, serving=True) as node, _listening(host, port) as listener:
        _announce(listener, node)
        _run(node, listener)


def up(
    mirror: Mirror = None,
    city: City = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    socrata_token: SocrataToken = None,
    home: Home = None,
) -> None:
    """Load what is missing and serve it: one command from nothing to a map.

    The data come from the mirror if one is named, else from the live portals, else they are made
    up and say SYNTHETIC. Serving begins with the first dataset; what is loaded already is not
    loaded again.
    """
    start_log(requests=False)
    with open_node(home, serving=True) as node, _listening(host, port) as listener, bars() as shown:
        wanted = Wanted(city, mirror, socrata_token)
        begun, stop = Event(), Event()
        loader = Thread(
            target=_load, args=(node, _url(listener), wanted, shown, begun, stop), daemon=True
        )
        loader.start()
        try:
            if not node.own.snapshots():
                begun.wait()
            if not node.own.snapshots():
                raise StoreError(
                    "Nothing could be loaded, so there is nothing to serve.",
                    advice="See the reasons above, and try another --mirror.",
                )
            _announce(listener, node)
            _run(node, listener)
        finally:
            stop.set()
            loader.join()


def _load(node: Node, url: str, wanted: Wanted, shown: Bars, begun: Event, stop: Event) -> None:
    """Load beside the server; ``begun`` is set with the first dataset, or when none came."""
    try:
        plan = make_plan(node, wanted, shown)
        if run_plan(node.home.root, plan, shown, begun.set, stop) and not stop.is_set():
            shown.say(f"Everything is at {url}", "bold")
    except InterurbanError as error:
        show_error(error)
    finally:
        begun.set()


def _listening(host: str, port: int) -> socket.socket:
    """A socket on that port, held from now on, so that a taken port is known before any work."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, so that answers are sent at once (TCP_NODELAY); else each may wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Port {port} of {host} cannot be used: {error.strerror}.",
            advice="Stop the other program, or choose another port with --port.",
            part="port",
        ) from error
    return listener


def _url(listener: socket.socket) -> str:
    """The address a person on this machine opens."""
    host, port = listener.getsockname()[:2]
    here = host in ("127.0.0.1", "0.0.0.0", "::1", "::")  # noqa: S104 - only compared
    return f"http://{'localhost' if here else host}:{port}"


def _announce(listener: socket.socket, node: Node) -> None:
    # From here on whoever comes early waits, and is not sent away.
    listener.listen(_BACKLOG)
    snapshots = node.own.snapshots().values()
    rows = sum(snapshot.rows for snapshot in snapshots)
    screen.print(f"\nInterurban is at [bold]{_url(listener)}[/bold]", soft_wrap=True)
    screen.print(
        f"{counted(len(snapshots), 'dataset')}, {counted(rows, 'row')}. Stop it with Ctrl-C.\n",
        style="dim",
    )
    if any(snapshot.synthetic for snapshot in snapshots):
        errors.print("Some data are SYNTHETIC: made by a program, not observed.", style="yellow")


def _run(node: Node, listener: socket.socket) -> None:
    """Answer requests until Ctrl-C or a polite kill."""
    import uvicorn

    from interurban.http import create_app

    config = uvicorn.Config(
        create_app(node), log_level="warning", access_log=False, timeout_graceful_shutdown=5
    )
    # The server hands a signal on when it has closed; a polite kill must then unwind as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.Server(config).run(sockets=[listener])
