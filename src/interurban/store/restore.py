"""A backup becomes a home again: beside its place first, and into it by one rename.

Every byte of the archive is checked before the first file is written, and once more on the way. So
whatever is wrong with it is said while nothing has happened; and a restore that is killed leaves a
folder beside that the next one deletes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from interurban.core.errors import BadRequest, StoreError

from . import duck
from .archive import Manifest, read_archive
from .backup import data_files
from .described import content_hash
from .home import Home
from .lake import attach_lake, dataset_path, read_snapshots
from .stage import content_hash_sql, name_sql, number

__all__ = [
    "Looked",
    "check_backup",
    "in_place",
    "look_at_lake",
    "refuse_to_replace",
    "unpacked",
]

_MEMORY_MB = 1_000
_HASHED_ROWS = 2_000_000
"""Rows whose content is hashed again, of the newest versions, the smallest first."""
_ROOM = 64 << 20
"""Bytes that are wanted free beside the files themselves."""

Advance = Callable[[int, int], None]
"""Is told how many bytes of how many are done."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was compared after a restore.

    Parameters
    ----------
    files: data files that the catalogue names, all there and of the right size.
    datasets: newest versions whose rows were counted.
    rows: of those.
    hashed: datasets whose content was hashed again as well.
    """

    files: int
    datasets: int
    rows: int
    hashed: int


def check_backup(file: Path, advance: Advance = lambda *_: None) -> Manifest:
    """Read a backup whole, and check every byte of it.

    Raises
    ------
    BadRequest: there is no such file.
    StoreError: it is no backup, is cut short, altered or too new, or can't be read.
    """
    with _opened(file) as archive:
        return read_archive(archive, advance=_adding(advance, file.stat().st_size))


@contextmanager
def unpacked(
    file: Path, manifest: Manifest, home: Path, advance: Advance = lambda *_: None
) -> Iterator[Path]:
    """The files of a checked backup in a folder beside ``home``, which goes unless it is moved.

    Raises
    ------
    StoreError: there is no room, or the archive is not the one any more that was checked.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    for left in home.parent.glob(f".{home.name}.*.restoring"):
        _forget_if_dead(left)
    folder = home.with_name(f".{home.name}.{secrets.token_hex(4)}.restoring")
    try:
        _make_room(home.parent, manifest.size)
        folder.mkdir()
        with _claimed(folder):
            _unpack(file, manifest, folder, advance)
            yield folder
    except OSError as error:
        raise StoreError(
            f"The backup can't be restored: {error.strerror}.",
            advice=f"It needs {manifest.size / 1e6:,.0f} MB in {home.parent}; nothing was changed.",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def in_place(folder: Path, home: Path, *, replace: bool) -> None:
    """Move a restored folder to its place.

    Parameters
    ----------
    replace: the home that is there is moved beside, and deleted when the new one is in its place.

    Raises
    ------
    BadRequest: there is a home that must not be replaced, or that is in use.
    """
    refuse_to_replace(home, replace=replace)
    (folder / _CLAIM).unlink(missing_ok=True)
    if not home.exists():
        folder.rename(home)
        return
    before = home.with_name(f".{home.name}.{secrets.token_hex(4)}.before")
    home.rename(before)
    try:
        folder.rename(home)
    except OSError:
        before.rename(home)
        raise
    shutil.rmtree(before, ignore_errors=True)


def refuse_to_replace(home: Path, *, replace: bool) -> None:
    """Raise what ``in_place`` would raise, before any work is done."""
    if not home.exists():
        return
    if home.is_symlink() or not home.is_dir() or home.is_mount():
        raise BadRequest(
            f"{home} is not a plain folder.",
            advice="Restore into a folder inside of it, and name that one with --home.",
        )
    if any(home.iterdir()) and not replace:
        raise BadRequest(
            f"There is something in {home} already.",
            advice="Name an empty folder with --home, or replace what is there with --replace.",
        )
    users = _users(home)
    if users:
        raise BadRequest(
            f"{home} is in use by process {', '.join(users)}.",
            advice="Stop the server and all loads first.",
        )


def look_at_lake(home: Home) -> Looked | None:
    """Compare the catalogue with the files, and what manifests say with the rows.

    Returns
    -------
    What was compared; ``None`` where nothing was ever loaded.

    Raises
    ------
    StoreError: a file is missing or of another size, or rows are not those of their snapshot.
    """
    if not home.catalogue.exists():
        return None
    files = data_files(home.catalogue)
    for path, size in files.items():
        file = home.root / path
        if not file.is_file() or file.stat().st_size != size:
            raise _wrong(f"{path} is not the file that the catalogue names")
    home.create()
    connection = duck.connect(memory_mb=_MEMORY_MB, scratch=home.scratch_folder())
    try:
        attach_lake(connection, home, write=False)
        newest = {each.dataset: each for each in read_snapshots(connection)}
        rows = hashed = 0
        for snapshot in sorted(newest.values(), key=lambda each: each.rows):
            table = ".".join(name_sql(part) for part in dataset_path(snapshot.dataset))
            source = f"{table} AT (VERSION => {snapshot.version})"
            rows += snapshot.rows
            if not hashed or rows <= _HASHED_ROWS:
                hashed += 1
                found = _content_hash(connection, source, content_hash_sql(snapshot.fields))
                if found != snapshot.content_hash:
                    raise _wrong(f"the rows of {snapshot.dataset} are not those of its snapshot")
            elif number(connection, f"SELECT count(*) FROM {source}") != snapshot.rows:
                raise _wrong(f"{snapshot.dataset} has not as many rows as its snapshot says")
    finally:
        connection.close()
        shutil.rmtree(home.scratch, ignore_errors=True)
    return Looked(len(files), len(newest), rows, hashed)


# The archive

_CLAIM = ".restoring"


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        with file.open("rb") as archive:
            yield archive
    except (FileNotFoundError, IsADirectoryError) as error:
        raise BadRequest(f"There is no file {file}.", advice="Name a backup.") from error
    except OSError as error:
        raise StoreError(f"{file} can't be read: {error.strerror}.", advice="Try again.") from error


def _unpack(file: Path, manifest: Manifest, folder: Path, advance: Advance) -> None:
    """Write the files, and see to it that they are on the disk."""
    opened: list[IO[bytes]] = []

    def take(path: str, _: int, mode: int) -> IO[bytes]:
        _settle(opened)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        written = os.fdopen(os.open(target, flags, 0o600), "wb")
        opened.append(written)
        os.fchmod(written.fileno(), mode)
        return written

    try:
        with file.open("rb") as archive:
            read = read_archive(archive, take, _adding(advance, file.stat().st_size))
    finally:
        _settle(opened)
    if read != manifest:
        raise StoreError(
            "The backup is not the one any more that was checked.", advice="Try again."
        )
    if (folder / "keys").is_dir():
        (folder / "keys").chmod(0o700)


def _settle(opened: list[IO[bytes]]) -> None:
    while opened:
        with opened.pop() as file:
            file.flush()
            os.fsync(file.fileno())


def _adding(advance: Advance, total: int) -> Callable[[int], None]:
    done = 0

    def more(size: int) -> None:
        nonlocal done
        done += size
        advance(done, total)

    return more


def _make_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + _ROOM:
        raise StoreError(
            f"The backup needs {(size + _ROOM) / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free.",
            advice=f"Free some space on the disk of {folder}.",
        )


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """Hold a folder while it is being restored."""
    with (folder / _CLAIM).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _forget_if_dead(folder: Path) -> None:
    """Delete what a killed restore left: nobody holds it."""
    try:
        with (folder / _CLAIM).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except FileNotFoundError:
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


def _users(home: Path) -> list[str]:
    """The processes that hold a scratch folder of a home."""
    found = []
    for held in (home / "scratch").glob("*/.held"):
        with contextlib.suppress(FileNotFoundError), held.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                found.append(held.parent.name.partition("-")[0])
    return sorted(set(found))


# The lake


def _content_hash(connection: duckdb.DuckDBPyConnection, source: str, hashed: str) -> str:
    row = connection.execute(
        f"SELECT count(*), bit_xor(h), sum(h) FROM (SELECT {hashed} AS h FROM {source})"
    ).fetchone()
    return content_hash(*row) if row else ""


def _wrong(how: str) -> StoreError:
    return StoreError(
        f"What was restored does not hold: {how}.",
        advice="Restore another backup; nothing was changed.",
    )
