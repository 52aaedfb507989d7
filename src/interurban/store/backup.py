"""One instant of a home, held beside it, and written as one file.

For that instant nobody commits: the lock of the lake is held, and a transaction is begun in every
other database. Databases are copied by SQLite's own backup; files that never change are linked, so
it lasts as long as copying the databases does, and readers never notice. What was linked stays,
whatever an upkeep deletes while the backup is written.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from interurban.core.errors import BadRequest, NotFound, StoreError

from .archive import ArchiveWriter, Manifest
from .home import Home

__all__ = ["Frozen", "data_files", "frozen", "write_backup"]

_KEYS = "keys"
_CACHES = ("hot", "scratch", "locks", "data", "workspace/cache", "workspace/locks")
"""Folders that are rebuilt, or belong to running processes; ``data`` goes by the catalogue."""
_LEFT_OUT = (".half", ".half-json", ".new", "-wal", "-shm", "-journal")
"""Ends of names of what is being written, and of what SQLite keeps beside a database."""
_NEVER_CHANGED = ("workspace/uploads/", "synthetic/")
"""Folders whose files are never written to again; what they are called is not our business."""
_SQLITE = b"SQLite format 3\0"
_NO_LINK = (errno.EXDEV, errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EMLINK)
_PATIENCE_S, _ONE_WAIT_S = 60.0, 1.0


@dataclass(frozen=True, slots=True)
class Frozen:
    """An instant of a home.

    Parameters
    ----------
    folder: holds ``files``, as the home did at that instant.
    at: the instant, aware.
    links: symbolic links of the home; they are not followed.
    """

    folder: Path
    at: datetime
    files: tuple[str, ...]
    links: tuple[str, ...]


@contextmanager
def frozen(home: Home, *, keys: bool) -> Iterator[Frozen]:
    """Hold one instant of a home, until the block ends; the home itself goes on.

    Parameters
    ----------
    keys: whether the node's keys are among the files.

    Raises
    ------
    NotFound, StoreError: it is no data folder, is never still, or a file of its lake is missing.
    """
    if not (home.root / "locks").is_dir():
        raise NotFound(
            f"There is no data folder at {home.root}.",
            advice="Name it with --home, as when loading.",
        )
    home.scratch.mkdir(exist_ok=True)
    folder = home.scratch_folder()
    try:
        try:
            with _still(home):
                at = datetime.now(UTC)
                files, links = _hold(home, folder, keys=keys)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"The databases can't be copied: {error}.",
                advice=f"See that there is room for them on the disk of {home.root}.",
            ) from error
        yield Frozen(folder, at, files, links)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_backup(
    held: Frozen,
    to: Path,
    facts: Mapping[str, Any],
    *,
    keys: bool,
    advance: Callable[[int, int], None] = lambda *_: None,
) -> Manifest:
    """Write the archive: beside its name, onto the disk, and then under its name.

    Parameters
    ----------
    facts: what is noted of that instant in the manifest: JSON.
    advance: is told how many bytes of how many are done.

    Raises
    ------
    BadRequest: there is something of that name already, or no such folder.
    StoreError: it can't be written.
    """
    if to.exists():
        raise BadRequest(f"{to} is there already.", advice="Give the backup another name.")
    sizes = {path: (held.folder / path).stat().st_size for path in held.files}
    total, done = sum(sizes.values()), 0

    def more(size: int) -> None:
        nonlocal done
        done += size
        advance(done, total)

    try:
        with _beside(to) as file:
            writer = ArchiveWriter(file, held.at, keys=keys)
            for path in held.files:
                source = held.folder / path
                with source.open("rb") as opened:
                    mode = source.stat().st_mode & 0o777
                    writer.add(path, opened, sizes[path], mode, more)
            return writer.finish(facts)
    except FileNotFoundError as error:
        raise BadRequest(f"There is no folder {to.parent}.", advice="Make it first.") from error
    except OSError as error:
        raise StoreError(
            f"The backup can't be written: {error.strerror}.",
            advice=f"It needs {total / 1e6:,.0f} MB in {to.parent}; nothing was left there.",
        ) from error


@contextmanager
def _beside(to: Path) -> Iterator[IO[bytes]]:
    """A new file for its owner alone, which gets its name when it is whole and on the disk."""
    for left in to.parent.glob(f".{to.name}.*.half"):
        _forget_if_dead(left)
    half = to.with_name(f".{to.name}.{os.getpid()}.half")
    file = os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    try:
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
            half.rename(to)
        folder = os.open(to.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        half.unlink(missing_ok=True)


def _forget_if_dead(half: Path) -> None:
    """Delete what a killed backup left: nobody holds it."""
    with contextlib.suppress(OSError), half.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        half.unlink()


# The instant


@contextmanager
def _still(home: Home) -> Iterator[None]:
    """Nobody commits to any database of the home.

    Whoever waits for one lock while it holds another could wait for whom it holds up. So all are
    had at once, or none is kept.
    """
    end = time.monotonic() + _PATIENCE_S
    while True:
        with ExitStack() as held:
            held.enter_context(home.committing())
            if all(_is_held(held, path) for path in _databases(home)):
                yield
                return
        if time.monotonic() > end:
            raise StoreError(
                "Something has been writing to the node's databases all the time.",
                advice="Try again when less is going on.",
            )


def _databases(home: Home) -> list[Path]:
    """The databases to which something is written outside of the lake's lock."""
    found = sorted(home.root.glob("*/*.sqlite"))
    return [path for path in found if _is_database(home.root, path)]


def _is_held(held: ExitStack, path: Path) -> bool:
    """Whether a transaction could be begun, which ends with the stack."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=_ONE_WAIT_S)
    held.callback(connection.close)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


def _hold(home: Home, folder: Path, *, keys: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put every file of the home into a folder, by link or copy; the files, and links left out."""
    files, links = list[str](), list[str]()
    for path, is_link in _walk(home.root):
        parts = PurePosixPath(path).parts
        if parts[0] == _KEYS and not keys:
            continue
        if is_link:
            links.append(path)
            continue
        source, target = home.root / path, folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if _is_database(home.root, source):
                _copy_database(source, target)
            elif path.startswith(_NEVER_CHANGED):
                _link(source, target)
            else:
                shutil.copy2(source, target)
        except FileNotFoundError:  # deleted in this very moment
            continue
        files.append(path)
    if (folder / home.catalogue.name).exists():
        for path in data_files(folder / home.catalogue.name):
            source, target = home.root / path, folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                _link(source, target)
            except FileNotFoundError as error:
                raise StoreError(
                    f"{path}, a file of the lake, is not there: the data folder is damaged.",
                    advice="Restore the newest backup.",
                ) from error
            files.append(path)
    return tuple(files), tuple(links)


def _walk(root: Path) -> Iterator[tuple[str, bool]]:
    """Every file that belongs to the truth of a home, and whether it is a symbolic link."""
    waiting = [root]
    while waiting:
        for entry in sorted(os.scandir(waiting.pop()), key=lambda found: found.name):
            path = Path(entry.path).relative_to(root).as_posix()
            if path in _CACHES or path == "workspace/reserve":
                continue
            if path.endswith(_LEFT_OUT) and not _is_named_by_people(path):
                continue
            if entry.is_symlink():
                yield path, True
            elif entry.is_dir():
                waiting.append(Path(entry.path))
            elif entry.is_file():
                yield path, False


def _is_named_by_people(path: str) -> bool:
    """Whether it is ``workspace/uploads/<hash>/<name>``."""
    return path.startswith("workspace/uploads/") and path.count("/") > 2


def data_files(catalogue: Path) -> dict[str, int]:
    """The data files that a catalogue names, by path in the home, with their size in bytes.

    Raises
    ------
    StoreError: one of them lies outside of the home.
    """
    with contextlib.closing(sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT DISTINCT s.path, s.path_is_relative, t.path, t.path_is_relative, "
            "f.path, f.path_is_relative, f.file_size_bytes FROM ("
            "SELECT table_id, path, path_is_relative, file_size_bytes FROM ducklake_data_file "
            "UNION ALL "
            "SELECT table_id, path, path_is_relative, file_size_bytes FROM ducklake_delete_file"
            ") f JOIN (SELECT DISTINCT table_id, schema_id, path, path_is_relative "
            "FROM ducklake_table) t USING (table_id) "
            "JOIN (SELECT DISTINCT schema_id, path, path_is_relative FROM ducklake_schema) s "
            "USING (schema_id)"
        ).fetchall()
    found: dict[str, int] = {}
    for *parts, size in rows:
        folders, relative = parts[::2], parts[1::2]
        path = PurePosixPath("data", *folders)
        if not all(relative) or ".." in path.parts:
            raise StoreError(
                f"{path.name}, a file of the lake, lies outside of the data folder.",
                advice="Load the dataset again, and try again.",
            )
        found[path.as_posix()] = size
    return dict(sorted(found.items()))


def _is_database(root: Path, path: Path) -> bool:
    """Whether it is a database of the node, and not somebody's file."""
    if path.suffix != ".sqlite" or root not in (path.parent, path.parent.parent):
        return False
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _copy_database(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as read,
        contextlib.closing(sqlite3.connect(target)) as written,
    ):
        written.execute("PRAGMA synchronous = OFF")  # the archive is what must be on the disk
        read.backup(written)
    target.chmod(source.stat().st_mode & 0o777)


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        shutil.copy2(source, target)
