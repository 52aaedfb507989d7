"""Options that several commands share, and the settings they come from in the environment."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from interurban.catalog.node import Node
    from interurban.core.policy import Reader

__all__ = [
    "AsJson",
    "City",
    "Home",
    "Host",
    "Mirror",
    "Port",
    "SocrataToken",
    "TableFormat",
    "open_node",
]


class TableFormat(StrEnum):
    """How an answer is written to the terminal."""

    table = "table"
    csv = "csv"
    json = "json"
    geojson = "geojson"


Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="INTERURBAN_HOME",
        help="The data folder.",
        show_default="interurban in your data folder",
        file_okay=False,
    ),
]
Mirror = Annotated[
    Path | None,
    typer.Option(
        "--mirror",
        envvar="INTERURBAN_MIRROR",
        help="Take the files from this folder instead of the portals.",
        exists=True,
        file_okay=False,
    ),
]
City = Annotated[
    str | None, typer.Option("--city", metavar="ID", help="Only this city (chicago, london ...).")
]
Port = Annotated[
    int,
    typer.Option("--port", envvar="INTERURBAN_PORT", min=0, max=65_535, help="Port; 0 takes any."),
]
Host = Annotated[
    str,
    typer.Option(
        "--host",
        envvar="INTERURBAN_HOST",
        help="Address to listen on; 0.0.0.0 lets other machines in.",
    ),
]
SocrataToken = Annotated[
    str | None,
    typer.Option(
        "--socrata-token",
        envvar="INTERURBAN_SOCRATA_TOKEN",
        help="App token for Socrata portals: higher limits.",
        metavar="TOKEN",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]


def open_node(home: Path | None, *, serving: bool = False) -> Node:
    """The node of a data folder, as the user of this machine sees it.

    Parameters
    ----------
    serving: it stays open, and may find partners while it is.
    """
    from interurban.alliance.opening import open_node

    return open_node(home, serving=serving).seen_by(_me())


def _me() -> Reader:
    """Who asks: the user of this machine, by name, for the purpose that the environment states."""
    from getpass import getuser

    from interurban.core.policy import Reader

    purpose = os.environ.get("INTERURBAN_PURPOSE") or "public"
    try:
        return Reader(getuser(), purpose=purpose)
    except (KeyError, OSError, ImportError):
        return Reader(purpose=purpose)
