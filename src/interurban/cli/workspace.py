"""The workspace as the terminal opens it, and what its commands have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interurban.core.errors import InvalidInput

from .options import open_node

if TYPE_CHECKING:
    from interurban.workspace import Workspace

__all__ = ["APPS", "MODELLED", "ModelId", "brief", "open_workspace", "shown", "source_of"]

APPS = "interurban.apps"
"""The package whose parts bring models."""

MODELLED = "MODELLED: worked out by a model, nothing was observed."

_FILES = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".json", ".geojson", ".parquet", ".zip"}

ModelId = Annotated[str, typer.Argument(metavar="MODEL", help="Its id, as `models` lists them.")]


@contextmanager
def open_workspace(home: Path | None) -> Iterator[Workspace]:
    """The workspace of a data folder, with the models of the apps."""
    from interurban.workspace import Catalogue, Workspace

    with open_node(home) as node, Workspace(node, Catalogue.discover(APPS)) as workspace:
        yield workspace


def source_of(text: str) -> str | Path:
    """A file where one of that name is, else a dataset.

    Raises
    ------
    InvalidInput: it is written as a file is, and there is none.
    """
    path = Path(text)
    if path.is_file():
        return path
    if len(path.parts) > 1 or path.suffix.lower() in _FILES:
        raise InvalidInput(
            f"There is no file {text}.",
            advice="Check its name and its folder.",
            part="input",
        )
    return text


def brief(content_hash: str) -> str:
    """The end of a hash. The beginning is the same for tables whose rows have the same keys."""
    return content_hash[-16:]


def shown(value: Any) -> str:
    """A parameter, or what an input was read from, as a person reads it."""
    from interurban.core.model import Pinned

    if isinstance(value, Pinned):
        version = f", version {value.version}" if value.version else ""
        return f"{value.dataset}{version} ({brief(value.content_hash)})"
    if isinstance(value, tuple):
        return "-".join(map(str, value)) if value else "all"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
