"""The policies that administrators set: ``<home>/policies/<dataset>/<version>.yaml``.

Every version is kept; the highest is in force, and comes before what the dataset's pack says. A
version appears at once and whole, or not at all, and is never written over.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path

from interurban.core.errors import NotFound, StoreError
from interurban.core.policy import Policy

from .rules import Known, policy_of_text

__all__ = ["Kept", "read_policy", "read_version", "save_policy", "versions"]

_DATASET = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_VERSION = re.compile(r"([1-9]\d{0,8})\.yaml")
_LOOK_AGAIN_S = 1.0
"""How old an answer may be before the folder is looked at again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One version of a dataset's policy."""

    version: int
    file: Path
    saved_at: datetime


def read_policy(home: Path, dataset: str, zone: tzinfo = UTC) -> Policy | None:
    """The policy in force that an administrator set, or ``None`` where nobody set one.

    The folder is looked at once a second at most, so a change is seen within two seconds and a
    question costs nothing. The same object is given until a change.

    Parameters
    ----------
    home: the data folder.
    zone: whose midnight a date of the policy means: the city's.

    Raises
    ------
    ConfigurationError: the newest version can't be read; nothing older takes its place.
    StoreError: the folder can't be read.
    """
    return _watched(home, dataset, zone).policy()


def read_version(home: Path, dataset: str, version: int, known: Known) -> Policy:
    """The policy as one version had it.

    Raises
    ------
    NotFound: that version was never saved.
    ConfigurationError: it can't be read.
    """
    for kept in versions(home, dataset):
        if kept.version == version:
            return _read(kept, known)
    raise NotFound(
        f"{dataset} has no version {version} of its policy.",
        advice=f"See them with: interurban policy show {dataset}",
    )


def versions(home: Path, dataset: str) -> tuple[Kept, ...]:
    """Every version, the newest first.

    Raises
    ------
    StoreError: the folder can't be read.
    """
    return _versions(_folder(home, dataset))


def save_policy(home: Path, dataset: str, text: str, known: Known) -> Policy:
    """Keep a text as the newest version of a dataset's policy.

    Returns
    -------
    Policy
        As it was read, with its version; it is in force when this returns.

    Raises
    ------
    ConfigurationError: the text is no policy.
    StoreError: it can't be written.
    """
    policy_of_text(text, "the policy", known)
    folder = _folder(home, dataset)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = _write_next(folder, text)
    except OSError as error:
        raise StoreError(
            f"The policy of {dataset} can't be written: {error.strerror}.",
            advice="Look at the rights and the space of the data folder.",
        ) from error
    _watched(home, dataset, known.zone).forget()
    return _read(kept, known)


class _Watched:
    """The policy of one dataset, read again when its folder has changed."""

    def __init__(self, folder: Path, zone: tzinfo) -> None:
        self._folder = folder
        self._known = Known(zone=zone)
        self._looked_at = -_LOOK_AGAIN_S
        self._stamp: tuple[int, ...] | None = None
        self._policy: Policy | None = None

    def policy(self) -> Policy | None:
        """What is in force; looks at the folder when the last look is a second old."""
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_AGAIN_S:
            self._look()
            self._looked_at = now
        return self._policy

    def forget(self) -> None:
        """Look at the folder at the next question."""
        self._looked_at = -_LOOK_AGAIN_S

    def _look(self) -> None:
        newest = next(iter(_versions(self._folder)), None)
        if newest is None:
            self._stamp, self._policy = None, None
            return
        try:
            about = newest.file.stat()
        except OSError as error:
            raise StoreError(
                f"The policy of {self._folder.name} can't be read: {error.strerror}.",
                advice="Set it again.",
            ) from error
        stamp = (newest.version, about.st_mtime_ns, about.st_size, about.st_ino)
        if stamp != self._stamp:
            self._policy = _read(newest, self._known)
            self._stamp = stamp


@cache
def _watched(home: Path, dataset: str, zone: tzinfo) -> _Watched:
    return _Watched(_folder(home, dataset), zone)


def _folder(home: Path, dataset: str) -> Path:
    if not _DATASET.fullmatch(dataset):
        raise NotFound(f'"{dataset}" is no id of a dataset.', advice="Write it as chicago.crimes.")
    return home / "policies" / dataset


def _versions(folder: Path) -> tuple[Kept, ...]:
    found = []
    try:
        for file in folder.iterdir():
            if name := _VERSION.fullmatch(file.name):
                saved = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                found.append(Kept(int(name[1]), file, saved))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StoreError(
            f"The policies of {folder.name} can't be read: {error.strerror}.",
            advice="Look at the rights of the data folder.",
        ) from error
    return tuple(sorted(found, key=lambda each: each.version, reverse=True))


def _read(kept: Kept, known: Known) -> Policy:
    shown = f"policies/{kept.file.parent.name}/{kept.file.name}"
    try:
        text = kept.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{shown} can't be read: {error}.", advice="Set the policy again.") from (
            error
        )
    return policy_of_text(text, shown, known, kept.version)


def _write_next(folder: Path, text: str) -> Kept:
    scratch = folder / f".{uuid.uuid4().hex}.new"
    try:
        with scratch.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with _only_writer(folder):
            newest = next(iter(_versions(folder)), None)
            version = newest.version + 1 if newest is not None else 1
            final = scratch.rename(folder / f"{version}.yaml")
            _sync(folder)
        return Kept(version, final, datetime.now(UTC))
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Wait until nobody else, in this process or another, gives a version its number."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
