"""Delimited texts, plain or packed: their encoding, their delimiter, and their rows as a stream.

The encoding is told by all bytes of a text and not by its start, because the first accent of a
register may stand in its last row. UTF-8 is tried first: text in another encoding is almost never
valid UTF-8 by chance. Else it is Windows-1252, as the register and Excel write, or Latin-1 where a
byte has no meaning in that.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from interurban.core.errors import TooMuch, UnreadableFile

__all__ = ["Row", "Text", "gzipped", "plain", "zipped"]

_LARGEST_BYTES = 4_000_000_000
"""A packed text may unpack to this many bytes; it is read as a stream."""
_CHUNK_BYTES = 1 << 20
_START_BYTES = 1 << 16
_DELIMITERS = ",\t;|"
_TEXT_ENDINGS = (".csv", ".txt", ".tsv")
_NOT_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_KEPT_AS_TEXT = re.compile(r'="(.*)"')
"""How a spreadsheet is made to keep a number as a text."""

_CUT_OFF = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile)

Row = tuple[str, ...]
Stream = IO[bytes] | gzip.GzipFile


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """One delimited text; iterating reads it from its start.

    Parameters
    ----------
    name: what it is called, of a packed one without the packing.
    opened: a new stream of its bytes.
    skipped: lines at the start that are no rows.
    notes: what was odd about it, one sentence each.
    """

    name: str
    opened: Callable[[], Stream]
    encoding: str
    delimiter: str
    skipped: int
    notes: tuple[str, ...]

    def __iter__(self) -> Iterator[Row]:
        with io.TextIOWrapper(
            self.opened(), encoding=self.encoding, errors="replace", newline=""
        ) as text:
            rows = csv.reader(text, delimiter=self.delimiter)
            try:
                for row in itertools.islice(rows, self.skipped, None):
                    yield tuple(map(_cell, row))
            except csv.Error as error:
                raise UnreadableFile(
                    f"{self.name} can't be read at line {rows.line_num:,}: {error}.",
                    advice="A quotation mark may be open there: put the file back as it was "
                    "published.",
                ) from error
            except _CUT_OFF as error:
                raise _cut_off(self.name) from error


def plain(file: Path, called: str) -> Text:
    """A text as it lies there.

    Raises
    ------
    UnreadableFile: it is no text.
    """
    return _text(called, lambda: file.open("rb"), math.inf)


def gzipped(file: Path, called: str) -> Text:
    """A text packed with gzip.

    Raises
    ------
    UnreadableFile: what is packed is no text, or cut off. TooMuch: it unpacks to too much.
    """
    return _text(called.removesuffix(".gz"), lambda: gzip.GzipFile(file), _LARGEST_BYTES)


def zipped(file: Path, called: str) -> tuple[Text, ...]:
    """The texts of a zip archive, as the register is downloaded, in order of their names.

    Raises
    ------
    UnreadableFile: it is no whole archive, or has no text. TooMuch: it unpacks to too much.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir()]
    except zipfile.BadZipFile as error:
        raise _cut_off(called) from error
    texts = [
        one
        for one in entries
        if one.filename.lower().endswith(_TEXT_ENDINGS)
        and not PurePosixPath(one.filename).name.startswith(".")
        and not one.filename.startswith("__MACOSX/")
    ]
    if not texts:
        inside = ", ".join(sorted(PurePosixPath(one.filename).name for one in entries)[:3])
        raise UnreadableFile(
            f"{called} is an archive without a CSV" + (f": {inside}." if inside else "."),
            advice="Unpack it, and import what is in it.",
        )
    if any(one.flag_bits & 1 for one in texts):
        raise UnreadableFile(f"{called} is locked with a password.", advice="Unpack it first.")
    if sum(one.file_size for one in texts) > _LARGEST_BYTES:
        raise _too_much(called)
    names = sorted(one.filename for one in texts)
    return tuple(
        _text(PurePosixPath(name).name, partial(_member, file, name), _LARGEST_BYTES)
        for name in names
    )


def _member(file: Path, name: str) -> IO[bytes]:
    with zipfile.ZipFile(file) as archive:  # its file stays open for as long as the member is
        return archive.open(name)


def _text(called: str, opened: Callable[[], Stream], most_bytes: float) -> Text:
    try:
        with opened() as stream:
            start = stream.read(_START_BYTES)
        encoding, notes = _encoding(called, start, opened, most_bytes)
    except _CUT_OFF as error:
        raise _cut_off(called) from error
    delimiter, skipped = _delimiter(start.decode(encoding, errors="replace"))
    return Text(called, opened, encoding, delimiter, skipped, notes)


def _encoding(
    called: str, start: bytes, opened: Callable[[], Stream], most_bytes: float
) -> tuple[str, tuple[str, ...]]:
    """Encoding, and what to tell of it."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", ()
    if b"\x00" in start:
        raise UnreadableFile(
            f"{called} is neither a workbook nor a text.",
            advice="Give it as CSV or Excel, unpacked.",
        )
    accents, broken, size, only_latin_1 = 0, 0, 0, False
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with opened() as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > most_bytes:
                raise _too_much(called)
            if chunk.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(chunk)
            bad = text.count("\ufffd")
            accents += len(text) - len(text.encode("ascii", "ignore")) - bad
            broken += bad
            only_latin_1 = only_latin_1 or _NOT_IN_1252.search(chunk) is not None
    broken += len(decoder.decode(b"", final=True))
    if broken and accents <= broken:
        return ("latin-1" if only_latin_1 else "cp1252"), ()
    note = f"{broken:,} letters of {called} are in no known encoding, and stand as \ufffd."
    return "utf-8-sig", (note,) if broken else ()


def _delimiter(start: str) -> tuple[str, int]:
    """What stands between cells, and how many lines at the start only say that."""
    first = start.lstrip("\ufeff").split("\n", 1)[0].strip().strip('"')
    if first.lower().startswith("sep=") and len(first) == len("sep=,"):
        return first[-1], 1
    lines = start.splitlines(keepends=True)[:10]

    def cells(delimiter: str) -> int:
        try:
            return max((len(row) for row in csv.reader(lines, delimiter=delimiter)), default=0)
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=cells), 0


def _cell(text: str) -> str:
    plain_text = text.strip()
    if plain_text[:2] == '="' and (kept := _KEPT_AS_TEXT.fullmatch(plain_text)) is not None:
        return kept[1].strip()
    return plain_text


def _cut_off(called: str) -> UnreadableFile:
    return UnreadableFile(
        f"{called} is damaged: it ends before its time.", advice="Download it again."
    )


def _too_much(called: str) -> TooMuch:
    return TooMuch(f"{called} unpacks to more than {_LARGEST_BYTES:,} bytes.")
