"""Upkeep: `compact`, `gc` and `version`."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Annotated

import typer

from .options import AsJson, Home, open_node
from .output import counted, screen, show_json, show_pairs

__all__ = ["compact", "gc", "version"]

_PARTS = ("duckdb", "duckdb-extension-spatial", "duckdb-extension-ducklake", "pyarrow", "shapely")


def compact(home: Home = None) -> None:
    """Join the small files that many updates leave behind; readers notice nothing."""
    from interurban.catalog import upkeep

    with open_node(home) as node:
        before, after = upkeep.compact(node)
    screen.print(f"{counted(before, 'data file')} before, {counted(after, 'data file')} now.")


def gc(
    keep: Annotated[
        int, typer.Option(min=1, help="Versions of each dataset to keep, the newest first.")
    ] = 10,
    home: Home = None,
) -> None:
    """Forget old versions, and delete the files that no version needs any more."""
    from interurban.catalog.upkeep import forget_old

    with open_node(home) as node:
        freed = forget_old(node, keep)
    screen.print(
        f"{counted(freed.versions, 'version')} forgotten, {counted(freed.files, 'file')} deleted, "
        f"{freed.size / 1e6:,.1f} MB freed."
    )


def version(as_json: AsJson = False) -> None:
    """Show the version of Interurban and of what it stands on."""
    known = {
        "interurban": metadata.version("interurban"),
        "python": platform.python_version(),
        **{part: metadata.version(part) for part in _PARTS},
    }
    if as_json:
        show_json(known)
    else:
        show_pairs(known.items())
