"""The workspace's folder in the home, and the locks that tell whether a run's process lives."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from interurban.core.errors import StoreError
from interurban.store.control import file_in

__all__ = ["Folder"]

_RESERVE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths under ``<home>/workspace``.

    ``control.sqlite`` is the truth about runs; ``uploads`` holds people's files by the hash of
    their bytes; ``cache`` can be deleted at any time; ``runs/<id>`` belongs to one run.
    """

    root: Path

    @property
    def control(self) -> Path:
        """The control database."""
        return file_in(self.root.parent)

    @property
    def cache(self) -> Path:
        """Outputs of nodes by the hash of what they were worked out from."""
        return self.root / "cache"

    @property
    def uploads(self) -> Path:
        """People's own files."""
        return self.root / "uploads"

    def run(self, run: str) -> Path:
        """The folder of a run: its log, and what is wrong with its inputs."""
        return self.root / "runs" / run

    def create(self) -> None:
        """Make the folders, and a reserve that lets a full disk still be told.

        Raises
        ------
        StoreError: the folder cannot be written to.
        """
        try:
            for folder in (self.root / "locks", self.root / "runs", self.uploads, self.cache):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The workspace's folder can't be made: {error.strerror}.",
                advice="Choose another with --home or INTERURBAN_HOME.",
            ) from error
        if not self._reserve.exists():
            with contextlib.suppress(OSError):
                self._reserve.write_bytes(bytes(_RESERVE_BYTES))

    def use_reserve(self) -> None:
        """Make the room that the last words of a run need on a full disk."""
        self._reserve.unlink(missing_ok=True)

    def keep_upload(self, file: Path) -> str:
        """Keep a copy of a file under the hash of its bytes (SHA-256, hex), which is given."""
        digest = sha256()
        half = self.uploads / f".{os.getpid()}-{secrets.token_hex(4)}.half"
        try:
            with file.open("rb") as source, half.open("wb") as target:
                while chunk := source.read(1 << 20):
                    digest.update(chunk)
                    target.write(chunk)
            kept = self.upload(digest.hexdigest(), file.name)
            kept.parent.mkdir(exist_ok=True)
            half.replace(kept)
        except OSError as error:
            raise StoreError(
                f"{file.name} can't be kept: {error.strerror}.",
                advice="Free some space on the disk of the data folder.",
            ) from error
        finally:
            half.unlink(missing_ok=True)
        return digest.hexdigest()

    def upload(self, digest: str, name: str) -> Path:
        """Where a kept file lies."""
        return self.uploads / digest / name

    def forget_upload(self, digest: str) -> None:
        """Delete a kept file."""
        shutil.rmtree(self.uploads / digest, ignore_errors=True)

    @contextmanager
    def working_on(self, run: str) -> Iterator[bool]:
        """Hold a run; False when a living process holds it already."""
        with self._lock(f"run-{run}") as held:
            yield held

    def is_worked_on(self, run: str) -> bool:
        """Whether a living process holds the run."""
        with self.working_on(run) as held:
            return not held

    def forget(self, run: str) -> None:
        """Delete what a run left beside its outputs."""
        shutil.rmtree(self.run(run), ignore_errors=True)
        (self.root / "locks" / f"run-{run}.lock").unlink(missing_ok=True)

    @property
    def _reserve(self) -> Path:
        return self.root / "reserve"

    @contextmanager
    def _lock(self, name: str) -> Iterator[bool]:
        with (self.root / "locks" / f"{name}.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
