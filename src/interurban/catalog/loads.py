"""The way into a node: what is described, or was looked at, becomes a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from interurban.core.dataset import Snapshot
from interurban.core.errors import Refused
from interurban.core.policy import ANONYMOUS

from .files import Look, describe, write_pack
from .loading import Origin, Progress, load_dataset
from .node import Node

__all__ = ["load", "load_file"]


def load(
    node: Node,
    dataset: str,
    origin: Origin,
    *,
    full: bool = False,
    progress: Progress | None = None,
    step: Callable[[str], None] | None = None,
) -> Snapshot:
    """Load a dataset as the node's own packs describe it, whatever partners tell of it.

    Parameters
    ----------
    full: read everything again, whatever was read before.
    progress: called with rows and bytes so far, and bytes in all (``None``: unknown).
    step: called with the name of each step as it begins.

    Returns
    -------
    The newest snapshot; the one that was there when nothing has changed.

    Raises
    ------
    UnknownDataset, ConfigurationError, SourceError, MappingError, LoadInProgress.
    """
    own = node.own
    described = own.dataset(dataset)
    snapshot = load_dataset(
        own.home,
        described,
        own.city(described.city),
        origin,
        last=own.committed(dataset),
        full=full,
        progress=progress,
        step=step,
    )
    # What anyone gets of it may take a while to work out: the loader's time, not a reader's.
    with suppress(Refused):
        own.seen_by(ANONYMOUS).snapshot(dataset)
    return snapshot


def load_file(
    node: Node,
    look: Look,
    *,
    tokens: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    step: Callable[[str], None] | None = None,
) -> Snapshot:
    """Load a file as it was looked at, and keep its description in the home's packs.

    Raises
    ------
    SourceError, MappingError, LoadInProgress; ConfigurationError: it would be no pack.
    """
    snapshot = load_dataset(
        node.home,
        describe(look),
        look.city,
        Origin(tokens=tokens or {}),
        progress=progress,
        step=step,
    )
    write_pack(node.home, look)
    node.look_again()
    return snapshot
