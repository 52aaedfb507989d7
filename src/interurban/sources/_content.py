"""Where the bytes of a file are, through gzip and zip, read in pieces and within limits.

``Content`` can be opened any number of times; every opening is a new stream from the start. What
a stream unpacks to is counted against the limits while it runs: the sizes that an archive
declares of itself are never believed.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from interurban.core.errors import TooMuch, UnreadableFile

from .reading import Limits

__all__ = ["CHUNK", "Content", "expect_file", "sha256_of"]

CHUNK = 4 << 20
"""Bytes of one piece of a stream, at most."""

_PACKED_CHUNK = 1 << 20
_RATIO_FROM = 64 << 20
_HEAD_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes on this machine: a file, perhaps one member of it, perhaps gzip within.

    Parameters
    ----------
    path: the file.
    name: what a person calls it; used in messages.
    member: the entry of the zip archive at ``path``, or ``None``.
    gzips: how many layers of gzip are around the content.
    """

    path: Path
    name: str
    limits: Limits
    member: str | None = None
    gzips: int = 0

    @property
    def plain(self) -> bool:
        """Whether the file itself is the content, so that it can be read out of order."""
        return self.member is None and self.gzips == 0

    def gunzipped(self) -> Content:
        """The same with one more layer of gzip taken off."""
        return replace(self, gzips=self.gzips + 1)

    def within(self, member: str) -> Content:
        """One entry of the zip archive that this file is."""
        return replace(self, member=member, name=f"{self.name} ({member})")

    def head(self, size: int) -> bytes:
        """The first ``size`` bytes, or all there are; of damaged gzip what can be had."""
        taken = bytearray()
        try:
            for chunk in self.chunks(piece=min(size, _HEAD_LIMIT)):
                taken += chunk
                if len(taken) >= size:
                    break
        except UnreadableFile:
            if not taken:
                raise
        return bytes(taken[:size])

    def chunks(
        self, piece: int = CHUNK, seen: Callable[[int], None] | None = None
    ) -> Iterator[bytes]:
        """Stream the content from its start.

        Parameters
        ----------
        piece: bytes of one chunk, at most.
        seen: called with the number of stored bytes that were read (see ``stored``).

        Raises
        ------
        UnreadableFile: the file is damaged, cut short or locked.
        TooMuch: it unpacks to more than the limits allow.
        """
        packed = piece if self.plain else min(piece, _PACKED_CHUNK)
        stream = self._member_chunks(packed) if self.member else self._file_chunks(packed)
        if seen is not None:
            stream = _counted(stream, seen)
        for _ in range(self.gzips):
            stream = _gunzip(stream, self.name, self.limits, piece)
        return stream

    def stored(self) -> int:
        """How many bytes ``seen`` will have counted at the end."""
        if self.member is None:
            return self.path.stat().st_size
        with zipfile.ZipFile(self.path) as archive:
            return archive.getinfo(self.member).file_size

    def materialise(self, target: Path) -> Content:
        """Write the unpacked content to ``target``, for formats that are read out of order."""
        with target.open("wb") as out:
            for chunk in self.chunks():
                out.write(chunk)
        return Content(target, self.name, self.limits)

    def _file_chunks(self, piece: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while chunk := file.read(piece):
                yield chunk

    def _member_chunks(self, piece: int) -> Iterator[bytes]:
        assert self.member is not None
        with zipfile.ZipFile(self.path) as archive:
            info = archive.getinfo(self.member)
            if info.flag_bits & 0x1:
                raise UnreadableFile(
                    f"{self.name} is locked with a password.",
                    advice="Unlock it, pack it again without a password, and load that.",
                )
            guard = _Guard(self.name, self.limits)
            try:
                with archive.open(info) as file:
                    while chunk := file.read(piece):
                        guard.check(len(chunk), packed=max(info.compress_size, 1))
                        yield chunk
            except NotImplementedError as error:
                raise UnreadableFile(
                    f"{self.name} is packed by a method that is not read here.",
                    advice="Pack it again as an ordinary zip, or load the file unpacked.",
                ) from error
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise UnreadableFile(
                    f"{self.name} is damaged: its bytes do not match their checksum.",
                    advice="Fetch it again.",
                ) from error


class _Guard:
    """Counts what a stream unpacks to, and stops a bomb."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._expanded = 0

    def check(self, size: int, packed: int) -> None:
        self._expanded += size
        limits = self._limits
        if self._expanded > limits.max_expanded_bytes:
            raise TooMuch(
                f"{self._name} unpacks to more than {_size(limits.max_expanded_bytes)}.",
                advice="Load it in parts, or raise the limit max_expanded_bytes.",
            )
        if self._expanded > _RATIO_FROM and self._expanded > limits.max_ratio * packed:
            raise TooMuch(
                f"{self._name} unpacks to more than {limits.max_ratio} times its size, "
                "as zip bombs do.",
                advice="Do not trust it; if it is genuine, unpack it first and load that.",
            )


def _counted(stream: Iterator[bytes], seen: Callable[[int], None]) -> Iterator[bytes]:
    for chunk in stream:
        seen(len(chunk))
        yield chunk


def _gunzip(stream: Iterator[bytes], name: str, limits: Limits, piece: int) -> Iterator[bytes]:
    guard = _Guard(name, limits)
    packed = 0
    inner = zlib.decompressobj(31)
    begun = False
    try:
        for chunk in stream:
            packed += len(chunk)
            data = chunk
            while data:
                if inner.eof:
                    data = data.lstrip(b"\0")  # tape blocks are padded with zeros
                    if not data:
                        break
                    inner = zlib.decompressobj(31)
                begun = True
                out = inner.decompress(data, piece)
                guard.check(len(out), packed)
                if out:
                    yield out
                data = inner.unused_data if inner.eof else inner.unconsumed_tail
    except zlib.error as error:
        raise UnreadableFile(
            f"{name} is damaged: its gzip data cannot be unpacked.", advice="Fetch it again."
        ) from error
    if begun and not inner.eof:
        raise UnreadableFile(
            f"{name} ends too early: its gzip data is cut short.",
            advice="Fetch it again; the download was probably interrupted.",
        )


def expect_file(path: Path, name: str) -> None:
    """Make sure that a path is an ordinary file with something in it.

    Raises
    ------
    UnreadableFile: it is missing, a folder, a device, not allowed to be read, or empty.
    """
    try:
        facts = path.stat()
    except FileNotFoundError as error:
        if path.is_symlink():
            raise UnreadableFile(
                f"{name} is a link to a file that is not there.",
                advice="Repair the link, or name the file itself.",
                part="path",
            ) from error
        raise UnreadableFile(
            f"There is no file {name}.", advice="Check its name and folder.", part="path"
        ) from error
    except OSError as error:
        raise UnreadableFile(
            f"{name} cannot be reached: {error.strerror}.",
            advice="Check its name and folder.",
            part="path",
        ) from error
    if stat.S_ISDIR(facts.st_mode):
        inside = sorted(p.name for p in islice(path.iterdir(), 200) if p.is_file())
        raise UnreadableFile(
            f"{name} is a folder.",
            advice=f"Name one file in it: {', '.join(inside[:8])}."
            if inside
            else "Name a file; this folder holds none.",
            part="path",
        )
    if not stat.S_ISREG(facts.st_mode):
        raise UnreadableFile(
            f"{name} is not an ordinary file.", advice="Save its content to a file first."
        )
    if facts.st_size == 0:
        raise UnreadableFile(
            f"{name} is empty: it has no bytes at all.",
            advice="Fetch it again; the download probably failed.",
        )
    try:
        path.open("rb").close()
    except PermissionError as error:
        raise UnreadableFile(
            f"{name} may not be read by this account.", advice="Change its permissions."
        ) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(size: int) -> str:
    for unit, factor in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:,.0f} {unit}"
    return f"{size} bytes"
