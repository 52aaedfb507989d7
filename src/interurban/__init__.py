"""Interurban: the open data of a city, from portal or file to a map, a table and open APIs.

>>> import interurban
>>> node = interurban.open()
>>> node["chicago.crimes"].filter("primary_type = 'THEFT'").count()
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .catalog.node import Node

__all__ = ["__version__", "open"]

__version__ = version("interurban")


def open(home: str | Path | None = None) -> Node:  # noqa: A001 - `interurban.open()` reads as meant
    """Open the node whose data lie in a folder.

    Parameters
    ----------
    home: the data folder; ``None`` takes ``INTERURBAN_HOME``, else the platform's own place.

    Returns
    -------
    The node: its cities, datasets and snapshots, and the only road to their rows. Where it has
    partners, what they have is found in it as well, and asked of them.

    Raises
    ------
    ConfigurationError: a city pack is wrong.
    StoreError: the folder cannot be used.
    """
    from .alliance.opening import open_node

    return open_node(home)
