"""The way into a node: described datasets, and files as they were looked at, become snapshots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from interurban.core.dataset import Snapshot, Unpivot
from interurban.core.errors import BadRequest, Refused
from interurban.core.policy import ANONYMOUS

from . import files
from .files import Look, describe, write_pack
from .loading import Origin, Progress, load_dataset
from .node import Node

__all__ = ["load", "load_file", "look_at"]


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


def look_at(
    node: Node,
    what: Path | str,
    dataset: str | None = None,
    *,
    options: Mapping[str, str | int | bool] | None = None,
    types: Mapping[str, str] | None = None,
    expressions: Mapping[str, str] | None = None,
    unpivot: Unpivot | None = None,
    wide: bool = False,
    tokens: Mapping[str, str] | None = None,
) -> Look:
    """What a file, or a portal's dataset by address, is taken for, before anything is stored.

    Parameters
    ----------
    what: a file; the URL of one; or an address such as ``socrata:<domain>/<id>``.
    dataset: id it shall have; without one, the city is found by where the rows lie.
    options: how it is to be read: ``layer``, ``sheet``, ``crs``, ``encoding`` ...
    types: column to field type; expressions: field to mapping expression, empty drops it.
    unpivot: columns that become rows; without it, those whose headers look like months or
        years, and none if ``wide``.
    tokens: app tokens by host name.

    Raises
    ------
    UnreadableFile, TooMuch, BadRequest, ConfigurationError, MappingError.
    """
    look = files.look_at(
        node.home,
        node.cities,
        what,
        dataset=dataset,
        options=options,
        types=types,
        expressions=expressions,
        unpivot=unpivot,
        wide=wide,
        tokens=tokens,
    )
    taken = node.packs.datasets.get(look.dataset)
    if taken is not None and not (node.home.packs / taken.city / "datasets").is_dir():
        raise BadRequest(
            f"{look.dataset} is already {taken.title!r}.",
            advice="Choose another id with --as.",
            part="as",
        )
    return look


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
