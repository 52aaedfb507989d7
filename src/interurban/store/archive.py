"""The file of a backup: a tar that every tar reads, and in which every byte is accounted for.

First stands a few words of what it is, then the files of the home under ``home/``, and last the
manifest: size and SHA-256 of each file, and of all bytes before it. A header says nothing but the
name, the size, the mode and the time. One function makes it, and the reader refuses any that is not
what this function makes of these four: there is no room for a link, a device, a second meaning, or
a byte that nobody has looked at. Nothing is compressed, so nothing can swell (Parquet is compressed
already).
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from typing import IO, Any

from interurban.core.errors import StoreError

__all__ = ["ArchiveWriter", "Manifest", "Member", "read_archive"]

FORMAT = 1
"""Counts the forms backups have had; a newer one is refused by name."""

_ABOUT, _MANIFEST, _FILES = "interurban-backup.json", "manifest.json", "home/"
_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)
_CHUNK = 1 << 20
_LARGEST_WORDS = 512 << 20
"""Bytes of the manifest, at most: a hostile one must not fill the memory."""
_LARGEST_NAME = 64 << 10
_SHA256 = re.compile(r"[0-9a-f]{64}")

Advance = Callable[[int], None]
"""Is told how many bytes are done."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the home; ``path`` is inside of it, with slashes, ``mode`` its permissions."""

    path: str
    size: int
    mode: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Parameters
    ----------
    program: version of the Interurban that made it.
    at: the instant it shows, aware.
    keys: whether the node's keys are in it.
    facts: what the rooms above noted of that instant: JSON.
    sha256: of the manifest itself, and by it of every byte.
    """

    program: str
    at: datetime
    keys: bool
    facts: Mapping[str, Any]
    members: tuple[Member, ...]
    sha256: str

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(member.size for member in self.members)


class ArchiveWriter:
    """Writes one archive; it is none before ``finish``."""

    def __init__(self, file: IO[bytes], at: datetime, *, keys: bool) -> None:
        self._file, self._at, self._keys = file, at, keys
        self._all = sha256()
        self._members: list[Member] = []
        words = {"format": FORMAT, "program": version("interurban"), "at": at.isoformat()}
        self._add_words(_ABOUT, _json(words))

    def add(self, path: str, source: IO[bytes], size: int, mode: int, advance: Advance) -> None:
        """Add ``size`` bytes of a file.

        Raises
        ------
        StoreError: it has fewer, or a name that is no text.
        """
        try:
            self._write(_header(_FILES + path, size, mode, self._at))
        except UnicodeError as error:
            raise StoreError(
                f"The name of {path!r} is no text.", advice="Rename the file, and try again."
            ) from error
        hashed, left = sha256(), size
        while left:
            chunk = source.read(min(left, _CHUNK))
            if not chunk:
                raise StoreError(f"{path} became shorter while it was read.", advice="Try again.")
            hashed.update(chunk)
            self._write(chunk)
            left -= len(chunk)
            advance(len(chunk))
        self._write(_padding(size))
        self._members.append(Member(path, size, mode, hashed.hexdigest()))

    def finish(self, facts: Mapping[str, Any]) -> Manifest:
        """Write the manifest, which makes the file an archive."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "program": version("interurban"),
            "at": self._at.isoformat(),
            "keys": self._keys,
            "facts": facts,
            "files": [asdict(member) for member in self._members],
            "content": self._all.hexdigest(),
        }
        document["sha256"] = sha256(_json(document)).hexdigest()
        self._add_words(_MANIFEST, _json(document))
        self._write(_END)
        return _manifest(document)

    def _add_words(self, name: str, words: bytes) -> None:
        self._write(_header(name, len(words), 0o600, self._at) + words + _padding(len(words)))

    def _write(self, part: bytes) -> None:
        self._all.update(part)
        self._file.write(part)


def read_archive(
    file: IO[bytes],
    take: Callable[[str, int, int], IO[bytes] | None] = lambda *_: None,
    advance: Advance = lambda _: None,
) -> Manifest:
    """Read an archive from its first byte to its last, and check all of them.

    Parameters
    ----------
    take: is given path, size and mode of each file, and says where its bytes go; it is called
        before they have been checked, so what it wrote counts only when this function returns.

    Raises
    ------
    StoreError: it is no backup, is cut short, altered, or of a newer form, or a path leads out.
    """
    reader = _Reader(file, advance)
    about, first_at = reader.words(_ABOUT)
    if about.get("format") != FORMAT:
        raise _too_new(about)
    found: list[Member] = []
    for path, size, mode, at in reader.headers():
        if at != first_at:
            raise _altered(f"{path} has another time than the backup")
        found.append(reader.copy(path, size, mode, take(path, size, mode)))
    content = reader.content
    document, _ = reader.words(_MANIFEST)
    reader.end()
    return _checked(document, found, content)


class _Reader:
    """Headers and bytes of one archive, in their order."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._file, self._advance = file, advance
        self._all = sha256()
        self._next = self._header()

    @property
    def content(self) -> str:
        """The hash of all that was read, without the header that is next."""
        return self._all.hexdigest()

    def headers(self) -> Iterator[tuple[str, int, int, int]]:
        """Path, size, mode and time of each file, up to the manifest; each must be copied."""
        seen: set[str] = set()
        folders: set[str] = set()
        self._next = self._header()
        while self._next[0] != _MANIFEST:
            name, size, mode, at = self._next[:4]
            path = name.removeprefix(_FILES)
            if not name.startswith(_FILES) or not _is_inside(path):
                raise _altered(f"it names {name!r}, which is no file of a data folder")
            above = {path[: found.start()] for found in re.finditer("/", path)}
            if path in seen or path in folders or not above.isdisjoint(seen):
                raise _altered(f"it has {path} twice")
            seen.add(path)
            folders |= above
            yield path, size, mode, at

    def copy(self, path: str, size: int, mode: int, into: IO[bytes] | None) -> Member:
        """The bytes of the file whose header is next."""
        self._all.update(self._next[4])
        hashed, left = sha256(), size
        while left:
            chunk = self._read(min(left, _CHUNK))
            self._all.update(chunk)
            hashed.update(chunk)
            if into is not None:
                into.write(chunk)
            left -= len(chunk)
            self._advance(len(chunk))
        self._pad(size)
        self._next = self._header()
        return Member(path, size, mode, hashed.hexdigest())

    def words(self, name: str) -> tuple[dict[str, Any], int]:
        """The JSON document whose header is next, and the time that the header says."""
        found, size, _, at, raw = self._next
        if found != name or size > _LARGEST_WORDS:
            raise StoreError(
                "This is no backup of Interurban.", advice="Name a file that `backup` wrote."
            )
        words = self._read(size)
        self._all.update(raw + words)
        self._pad(size)
        try:
            document = json.loads(words)
            if not isinstance(document, dict) or _json(document) != words:
                raise ValueError("not the words that were written")
        except (ValueError, RecursionError) as error:
            raise _altered(f"{name} can't be read") from error
        return document, at

    def end(self) -> None:
        """Nothing stands behind the manifest but the end of a tar."""
        if self._read(len(_END)) != _END or self._file.read(1):
            raise _altered("something stands behind its end")

    def _header(self) -> tuple[str, int, int, int, bytes]:
        """Name, size, mode, time and the bytes of the next header."""
        raw = self._read(_BLOCK)
        try:
            info = tarfile.TarInfo.frombuf(raw, "utf-8", "strict")
            said: dict[str, str] = {}
            if info.type == tarfile.XHDTYPE and 0 < info.size <= _LARGEST_NAME:
                more = self._read(info.size + len(_padding(info.size)))
                said = _records(more[: info.size])
                last = self._read(_BLOCK)
                raw, info = raw + more + last, tarfile.TarInfo.frombuf(last, "utf-8", "strict")
            name, size = said.get("path", info.name), int(said.get("size", info.size))
            at, mode = int(info.mtime), info.mode
            same = raw == _bytes_of_header(name, size, mode, at)
        except (tarfile.TarError, ValueError) as error:
            raise _altered("a header can't be read") from error
        if not same or size < 0 or mode & ~0o777:
            raise _altered("a header is not one that a backup has")
        return name, size, mode, at, raw

    def _pad(self, size: int) -> None:
        wanted = _padding(size)
        if self._read(len(wanted)) != wanted:
            raise _altered("something stands between its files")
        self._all.update(wanted)

    def _read(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) < size:
            raise StoreError(
                "The backup is cut short.", advice="Copy it again from where it was made."
            )
        return found


def _checked(document: Mapping[str, Any], found: list[Member], content: str) -> Manifest:
    """The manifest, if it tells of exactly what was found."""
    said = {name: value for name, value in document.items() if name != "sha256"}
    if sha256(_json(said)).hexdigest() != document.get("sha256"):
        raise _altered("its manifest and the hash of the manifest do not belong together")
    if document.get("content") != content:
        raise _altered("its bytes are not those that were written")
    try:
        manifest = _manifest(document)
    except (KeyError, TypeError, ValueError) as error:
        raise _altered("its manifest says something that can't be") from error
    if list(manifest.members) != found or manifest.at.tzinfo is None:
        raise _altered("its files are not those of its manifest")
    if _numbers(manifest.program) > _numbers(version("interurban")):
        raise _too_new(document)
    return manifest


def _manifest(document: Mapping[str, Any]) -> Manifest:
    members = tuple(Member(**each) for each in document["files"])
    if not all(_SHA256.fullmatch(member.sha256) for member in members):
        raise ValueError("not a hash")
    return Manifest(
        program=str(document["program"]),
        at=datetime.fromisoformat(document["at"]),
        keys=bool(document["keys"]),
        facts=dict(document["facts"]),
        members=members,
        sha256=document["sha256"],
    )


def _header(name: str, size: int, mode: int, at: datetime) -> bytes:
    return _bytes_of_header(name, size, mode, int(at.timestamp()))


def _bytes_of_header(name: str, size: int, mode: int, at: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, mode, at
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def _records(payload: bytes) -> dict[str, str]:
    """The records of an extended header (POSIX.1-2001): ``<length> <key>=<value>`` and a newline.

    Raises
    ------
    ValueError: these are none.
    """
    found = {}
    while payload:
        length = payload.partition(b" ")[0]
        end = int(length)
        key, is_there, value = payload[len(length) + 1 : end - 1].partition(b"=")
        if end <= len(length) + 1 or not is_there:
            raise ValueError("no record")
        found[key.decode()] = value.decode()
        payload = payload[end:]
    return found


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _is_inside(path: str) -> bool:
    """Whether it leads to a place inside of the folder it is taken from."""
    parts = path.split("/")
    return "\0" not in path and all(part not in ("", ".", "..") for part in parts)


def _json(document: Mapping[str, Any]) -> bytes:
    """One way of writing it, so that the same words are the same bytes."""
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _numbers(text: str) -> tuple[int, ...]:
    """A version as numbers that can be compared; what follows them (``rc1``) is passed over."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def _too_new(document: Mapping[str, Any]) -> StoreError:
    return StoreError(
        f"The backup was made by Interurban {str(document.get('program'))[:20]}, and this is "
        f"{version('interurban')}.",
        advice="Install that version or a later one, and restore with it.",
    )


def _altered(how: str) -> StoreError:
    return StoreError(
        f"The backup was damaged or altered: {how}.",
        advice="Take another one; nothing was restored.",
    )
