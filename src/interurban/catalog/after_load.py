"""What follows a load: the audit log is told of the version."""

from __future__ import annotations

from interurban.core.dataset import Snapshot
from interurban.policy.audit import Event, local_user, opened
from interurban.store.home import Home

__all__ = ["record_snapshots"]


def record_snapshots(home: Home, *snapshots: Snapshot | None) -> None:
    """Record versions of one dataset that are not in the log yet.

    A process may be killed between a commit and its entry; so whoever loads next also records the
    version it found.

    Raises
    ------
    StoreError: the log can't be written.
    """
    known = [snapshot for snapshot in snapshots if snapshot is not None]
    with opened(home.root) as log:
        last = log.entries(limit=1, kind="snapshot", dataset=known[0].dataset) if known else []
        recorded = int(last[0].said["facts"]["version"]) if last else -1
        new = {s.version: s for s in known if s.version > recorded}
        if new:
            log.append(_event(new[version]) for version in sorted(new))


def _event(snapshot: Snapshot) -> Event:
    return Event(
        "snapshot",
        "stored",
        snapshot.dataset,
        local_user(),
        facts={
            "version": snapshot.version,
            "rows": snapshot.rows,
            "content": snapshot.content_hash,
            "source": snapshot.source.kind,
        },
        details={"origin": snapshot.source.origin, "sha256": snapshot.source.sha256},
    )
