"""Open a node together with its partners; one without any costs no more than it did."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from interurban.catalog.node import Node
from interurban.store.home import default_home

__all__ = ["open_node"]


def open_node(home: Path | str | None = None, *, serving: bool = False) -> Node:
    """The node of a data folder; where it has partners, their datasets are found in it as well.

    Parameters
    ----------
    serving: it stays open, and may find partners while it is.

    Raises
    ------
    ConfigurationError: a city pack is wrong.
    StoreError: the folder cannot be used.
    """
    folder = Path(home) if home is not None else default_home()
    if not serving and not _has_partners(folder):
        return Node(folder)
    # What asking takes (a client, a key, a database) is only loaded where there is somebody to ask.
    from .joined import JoinedNode

    return JoinedNode(folder)


def _has_partners(home: Path) -> bool:
    """Whether anybody is entered as a partner; told without what opens the tables for good."""
    file = home / "workspace" / "control.sqlite"
    if not file.exists():
        return False
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database,
    ):
        return database.execute("SELECT 1 FROM peers LIMIT 1").fetchone() is not None
    return False
