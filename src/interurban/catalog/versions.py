"""Which version of a dataset a question is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from interurban.core.dataset import Snapshot
from interurban.core.errors import UnknownDataset, UnknownSnapshot

__all__ = ["version_as_of"]


def version_as_of(
    dataset: str, history: Sequence[Snapshot], as_of: int | datetime | None
) -> Snapshot:
    """The newest snapshot, that of a version, or the one in force at an instant.

    Parameters
    ----------
    history: every snapshot of the dataset, oldest first.
    as_of: a version, or an aware instant.

    Raises
    ------
    UnknownDataset: nothing is loaded. UnknownSnapshot: no such version, or not by then.
    """
    if not history:
        raise UnknownDataset(
            f"{dataset} is not loaded yet.",
            advice=f"Load it with: interurban load {dataset}",
            part="dataset",
        )
    match as_of:
        case None:
            return history[-1]
        case datetime():
            fitting = [s for s in history if s.committed_at <= as_of]
            wanted = f"before {as_of.isoformat()}"
        case _:
            fitting = [s for s in history if s.version == as_of]
            wanted = f"with version {as_of}"
    if not fitting:
        raise UnknownSnapshot(
            f"{dataset} has no snapshot {wanted}.",
            advice=f"Its versions are {', '.join(str(s.version) for s in history[-10:])}.",
            part="as_of",
        )
    return fitting[-1]
