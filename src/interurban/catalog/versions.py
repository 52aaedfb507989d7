"""Which version of a dataset a question is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from interurban.core.dataset import Snapshot
from interurban.core.errors import UnknownSnapshot

__all__ = ["version_as_of"]


def version_as_of(history: Sequence[Snapshot], as_of: int | datetime | None) -> Snapshot:
    """The newest snapshot, that of a version, or the one in force at an instant.

    Parameters
    ----------
    history: every snapshot of one dataset, oldest first; at least one.
    as_of: a version, or an aware instant.

    Raises
    ------
    UnknownSnapshot: no such version, or nothing was loaded by then.
    """
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
            f"{history[-1].dataset} has no snapshot {wanted}.",
            advice=f"Its versions are {', '.join(str(s.version) for s in history[-10:])}.",
            part="as_of",
        )
    return fitting[-1]
