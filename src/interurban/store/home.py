"""The data folder: where everything of a node lies, and the locks between its processes."""

from __future__ import annotations

import atexit
import fcntl
import os
import secrets
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from interurban.core.errors import LoadInProgress, StoreError

__all__ = ["Home", "default_home"]

HOT_LAYOUT = "2"
"""Counts the layouts hot copies have had; copies of another layout are dropped and built again."""

_HELD: list[IO[str]] = []
"""Locks that end with the process; a folder whose lock can be had belongs to nobody."""


def default_home() -> Path:
    """``INTERURBAN_HOME``, or ``interurban`` in the user's data folder."""
    chosen = os.environ.get("INTERURBAN_HOME")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "interurban"


@dataclass(frozen=True, slots=True)
class Home:
    """Paths under one folder.

    ``catalogue`` and ``data`` are the truth (DuckLake); ``hot`` is a cache that can be deleted at
    any time; ``scratch`` belongs to running processes; ``packs`` holds descriptions of datasets
    that people added.
    """

    root: Path

    @property
    def catalogue(self) -> Path:
        """The DuckLake catalogue (SQLite)."""
        return self.root / "catalogue.sqlite"

    @property
    def data(self) -> Path:
        """Parquet files of every snapshot."""
        return self.root / "data"

    @property
    def hot(self) -> Path:
        """Hot copies: ``hot/<layout>/<dataset>/<version>.duckdb``."""
        return self.root / "hot" / HOT_LAYOUT

    @property
    def scratch(self) -> Path:
        """Folders of running processes, made by ``scratch_folder``."""
        return self.root / "scratch"

    @property
    def untold(self) -> Path:
        """What releases did not tell, by dataset (``store.untold``)."""
        return self.root / "untold"

    @property
    def packs(self) -> Path:
        """City packs of this node."""
        return self.root / "packs"

    def create(self) -> None:
        """Make the folders; an unwritable place is said in one sentence."""
        try:
            for folder in (self.data, self.hot, self.scratch, self.packs, self.root / "locks"):
                folder.mkdir(parents=True, exist_ok=True)
            for other in self.hot.parent.iterdir():
                if other.name != HOT_LAYOUT:
                    shutil.rmtree(other, ignore_errors=True)
        except OSError as error:
            raise StoreError(
                f"The data folder can't be made: {error.strerror}.",
                advice="Choose another with --home or INTERURBAN_HOME.",
            ) from error

    def secret(self, name: str) -> str:
        """A random text that only this node knows, made the first time it is asked for."""
        path = self.root / "keys" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with self._lock(f"secret-{name}", wait=True):
            if not path.exists():
                half = path.with_suffix(".half")
                half.unlink(missing_ok=True)
                with os.fdopen(
                    os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
                ) as file:
                    file.write(secrets.token_hex(32))
                half.replace(path)
            return path.read_text()

    @contextmanager
    def loading(self, dataset: str) -> Iterator[None]:
        """Hold the only load of a dataset.

        Raises
        ------
        LoadInProgress: another process is loading it.
        """
        with self._lock(f"load-{dataset}") as held:
            if not held:
                raise LoadInProgress(
                    f"{dataset} is being loaded by another process.",
                    advice="Wait until it is done, then load again.",
                )
            yield

    def scratch_folder(self) -> Path:
        """A new scratch folder for this process, and an end to those of processes now dead."""
        self._sweep()
        folder = self.scratch / f"{os.getpid()}-{uuid.uuid4().hex}"
        folder.mkdir()
        file = (folder / ".held").open("a")
        fcntl.flock(file, fcntl.LOCK_EX)
        _HELD.append(file)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Hold the only commit of the node: writers queue here, readers never wait."""
        with self._lock("commit", wait=True):
            yield

    @contextmanager
    def building(self, name: str) -> Iterator[None]:
        """Hold the only build of one hot copy."""
        with self._lock(f"hot-{name}", wait=True):
            yield

    def is_building(self, name: str) -> bool:
        """Whether somebody holds the build of a hot copy now."""
        with self._lock(f"hot-{name}") as free:
            return not free

    @contextmanager
    def _lock(self, name: str, *, wait: bool = False) -> Iterator[bool]:
        path = self.root / "locks" / f"{name}.lock"
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def _sweep(self) -> None:
        """Remove scratch folders that killed processes left behind."""
        for folder in self.scratch.iterdir():
            held = folder / ".held"
            try:
                with held.open("r+") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            except (BlockingIOError, FileNotFoundError, NotADirectoryError):
                continue
