"""A whole node in one file, and back: files and rows by ``store``, proofs by ``policy``.

None of these functions opens the lake of a living home, so that other processes may serve it and
load into it all the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from interurban.core.errors import BadRequest, NotFound, StoreError
from interurban.policy.audit import (
    Head,
    log_path,
    node_key,
    opened,
    read_head,
    record,
    verify,
)
from interurban.store.archive import Manifest
from interurban.store.backup import frozen, write_backup
from interurban.store.home import Home
from interurban.store.restore import (
    Looked,
    check_backup,
    in_place,
    look_at_lake,
    refuse_to_replace,
    unpacked,
)

__all__ = ["Made", "Manifest", "Restored", "audit_head", "back_up", "check", "restore"]

Advance = Callable[[int, int], None]
"""Is told how many bytes of how many are done."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made.

    Parameters
    ----------
    file: where it is, and how many bytes it has.
    links: symbolic links of the data folder, which are not in it.
    """

    file: Path
    size: int
    manifest: Manifest
    links: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Restored:
    """A node that was restored.

    Parameters
    ----------
    looked: what was compared of the lake; ``None`` where nothing was loaded.
    entries: of the audit log that were verified; ``None`` where there was no log.
    fingerprint: of the node as it is now; ``None`` when it has no key yet.
    """

    manifest: Manifest
    looked: Looked | None
    entries: int | None
    fingerprint: str | None
    seconds: float


def back_up(home: Path, to: Path, *, keys: bool = True, advance: Advance = lambda *_: None) -> Made:
    """Write one instant of a node into a file, while other processes serve it and load into it.

    This one must not have the home open: two SQLites of one process undo each other's locks, and
    DuckDB has its own.

    Parameters
    ----------
    to: the file, or a folder, where it is named by the time.
    keys: whether the node's keys are in it; without them the restored node is another one.

    Raises
    ------
    NotFound: there is no data folder.
    BadRequest: the file is there already, or would lie in the data folder.
    StoreError: the node is damaged, or the file can't be written.
    """
    begun = time.monotonic()
    if to.is_dir():
        to = to / f"interurban-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.tar"
    if to.resolve().is_relative_to(home.resolve()):
        raise BadRequest(
            "A backup inside of the data folder is lost with it.",
            advice="Name a place outside, on another disk.",
        )
    if to.exists():
        raise BadRequest(f"{to} is there already.", advice="Give the backup another name.")
    with frozen(Home(home), keys=keys) as held:
        facts = {"node": _fingerprint(home), "audit": _head_document(held.folder)}
        manifest = write_backup(held, to, facts, keys=keys, advance=advance)
    size = to.stat().st_size
    record(
        home, "backup", "made a backup" if keys else "made a backup without the keys",
        facts={"files": len(manifest.members), "bytes": size, "sha256": manifest.sha256},
        details={"to": str(to.resolve())},
    )  # fmt: skip
    return Made(to, size, manifest, held.links, time.monotonic() - begun)


def check(file: Path, advance: Advance = lambda *_: None) -> Manifest:
    """Check every byte of a backup, without restoring it.

    Raises
    ------
    BadRequest: there is no such file.
    StoreError: it is no backup, is cut short, altered or too new, or can't be read.
    """
    return check_backup(file, advance)


def restore(
    file: Path, home: Path, *, replace: bool = False, advance: Advance = lambda *_: None
) -> Restored:
    """Make a home of a backup, all of it or nothing.

    Parameters
    ----------
    replace: whether a home that is there may be replaced; it is kept beside until that is done.

    Raises
    ------
    BadRequest: there is no such file, or something is in the home already, or uses it.
    StoreError: the backup is not whole, does not hold, or there is no room for it.
    """
    begun = time.monotonic()
    home = home.resolve()
    refuse_to_replace(home, replace=replace)
    manifest = check_backup(file, advance)
    with unpacked(file, manifest, home, advance) as folder:
        looked = look_at_lake(Home(folder))
        head = audit_head(manifest)
        entries = None if head is None else _verified(folder, head)
        _is_the_same(folder, manifest)
        if entries is not None and not manifest.keys:
            _begin_log_anew(folder)
        known: dict[str, int | str] = {"sha256": manifest.sha256}
        if head is not None:
            known |= {"entries": head.size, "root": head.root.hex(), "node": head.node}
        record(folder, "backup", "restored a backup", facts=known)
        in_place(folder, home, replace=replace)
    return Restored(manifest, looked, entries, _fingerprint(home), time.monotonic() - begun)


def audit_head(manifest: Manifest) -> Head | None:
    """The newest head of the audit log at the instant of a backup, if it had an entry."""
    document = manifest.facts.get("audit")
    return None if document is None else read_head(document)


def _head_document(folder: Path) -> dict[str, Any] | None:
    if not log_path(folder).exists():
        return None
    with opened(folder) as log:
        try:
            return log.head().document()
        except NotFound:
            return None


def _verified(folder: Path, head: Head) -> int:
    """The entries of a restored log, which holds to the recorded head."""
    found = verify(folder, head, head.public)
    if not found.ok or found.entries != head.size:
        wrong = found.problems[0] if found.problems else "it has not as many entries as it had"
        raise StoreError(
            f"The restored audit log does not hold: {wrong}",
            advice="Restore another backup; nothing was changed.",
        )
    return found.entries


def _is_the_same(folder: Path, manifest: Manifest) -> None:
    """A node with its keys is the node that it was."""
    if manifest.keys and _fingerprint(folder) != manifest.facts.get("node"):
        raise StoreError(
            "The key in the backup is not that of the node it was made of.",
            advice="Restore another backup; nothing was changed.",
        )


def _begin_log_anew(folder: Path) -> None:
    """Another key can't go on with a log: the old one stays beside, under its node's name."""
    with opened(folder) as log:
        log.connection.execute("PRAGMA journal_mode = DELETE")
        node = log.head().node
    log_path(folder).rename(log_path(folder).with_name(f"log-of-{node}.sqlite"))


def _fingerprint(home: Path) -> str | None:
    return node_key(home).fingerprint if (home / "keys" / "node.pem").exists() else None
