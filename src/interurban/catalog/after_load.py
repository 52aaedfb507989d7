"""What follows a load: the audit log is told, and personal data are looked for."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb

from interurban.core.dataset import Snapshot
from interurban.core.errors import StoreError, UnknownDataset
from interurban.policy.audit import Event, local_user, opened
from interurban.policy.personal_data import Finding, Report, keep_report, read_report, scan
from interurban.store import duck
from interurban.store.home import Home
from interurban.store.hot import build_hot_copy
from interurban.store.lake import attach_lake, read_snapshots
from interurban.store.sorted import HOT_TABLE

__all__ = ["is_scanned", "look_for_personal_data", "newest_version", "record_snapshots"]

_MEMORY_MB = 500
_MADE = ("modelled", "synthetic")
"""Kinds of rows that nobody observed: there is nobody in them."""


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


def is_scanned(home: Home, snapshot: Snapshot) -> bool:
    """Whether personal data were looked for in a version, or in a newer one."""
    try:
        known = read_report(home.root, snapshot.dataset)
    except StoreError:
        return True  # the report is damaged, which closes the dataset until somebody looks again
    return known is not None and known.version >= snapshot.version


def look_for_personal_data(
    home: Home, snapshot: Snapshot, time_zone: str, *, again: bool = False
) -> Report | None:
    """Scan a version that was not scanned yet, and keep the report.

    A scan that fails is kept too: it keeps a file of somebody's own closed, and no load from
    being of use.

    Parameters
    ----------
    time_zone: of the dataset's city.
    again: scan it whatever was done before.

    Returns
    -------
    The report; ``None`` for rows that were made up.
    """
    if snapshot.source.kind in _MADE:
        return None
    known = None
    try:
        known = read_report(home.root, snapshot.dataset)
    except StoreError:
        again = True
    if known is not None and known.version == snapshot.version and not (known.failed or again):
        return known
    looked_at, failed = 0, ""
    findings: tuple[Finding, ...] = ()
    try:
        path = build_hot_copy(home, snapshot, time_zone)
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": f"{_MEMORY_MB}MB",
        }
        with duckdb.connect(":memory:", config=config) as connection:
            name = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{name}' AS hot (READ_ONLY)")
            table = ".".join(("hot", *HOT_TABLE))
            looked_at, findings = scan(connection, table, snapshot.fields, snapshot.rows)
    except Exception as error:  # noqa: BLE001 - a defect of the scan closes a file, and undoes no load
        failed = f"{type(error).__name__}: {error}"
    return keep_report(
        home.root,
        Report(
            dataset=snapshot.dataset,
            version=snapshot.version,
            rows=snapshot.rows,
            looked_at=looked_at,
            own=snapshot.source.kind == "file",
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            findings=findings,
            failed=failed,
        ),
    )


def newest_version(home: Home, dataset: str) -> Snapshot:
    """The newest version as it was committed: a scan looks at what no reader may see yet.

    Raises
    ------
    UnknownDataset: nothing of that id is loaded.
    """
    with duck.connect(memory_mb=_MEMORY_MB, scratch=home.scratch_folder()) as connection:
        attach_lake(connection, home, write=False)
        mine = [each for each in read_snapshots(connection) if each.dataset == dataset]
    if not mine:
        raise UnknownDataset(
            f"{dataset} is not loaded.", advice="See what is with: interurban datasets"
        )
    return mine[-1]


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
