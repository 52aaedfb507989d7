"""Workbooks and delimited texts as sheets of text, whatever their age.

Old Excel workbooks (``.xls``) are read beside new ones, because registers and rolls of earlier
years were never published otherwise.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from interurban.core.errors import TooMuch, UnreadableFile

__all__ = ["Sheet", "SheetFile", "columns_of", "read_sheets"]

_LARGEST_BYTES = 1_000_000_000
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_CODE_PAGES = ("utf-8-sig", "cp1252", "latin-1")

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of texts; an empty cell is an empty text, and blanks around a text are gone."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file's sheets in their order.

    Parameters
    ----------
    encoding: of a delimited text; empty of a workbook.
    """

    name: str
    sheets: tuple[Sheet, ...]
    encoding: str = ""


def read_sheets(file: Path, name: str = "") -> SheetFile:
    """Every sheet of a workbook, or the one of a delimited text.

    Parameters
    ----------
    name: what the file was called, where it lies under another name.

    Raises
    ------
    UnreadableFile: it is neither. TooMuch: it unpacks to more than a gigabyte.
    """
    called = name or file.name
    try:
        with file.open("rb") as opened:
            start = opened.read(8)
        if start.startswith(_WORKBOOKS):
            return SheetFile(called, _workbook(file, called))
        return _delimited(file.read_bytes(), called)
    except OSError as error:
        raise UnreadableFile(f"{called} can't be read: {error.strerror}.") from error


def columns_of(header: Row) -> dict[str, int]:
    """Place of each column by its name in small letters with single blanks; the first counts."""
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        found.setdefault(" ".join(cell.lower().split()), at)
    return found


def _workbook(file: Path, called: str) -> tuple[Sheet, ...]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_BYTES:
                raise TooMuch(f"{called} unpacks to more than {_LARGEST_BYTES:,} bytes.")
    try:
        with CalamineWorkbook.from_path(file) as book:
            return tuple(
                Sheet(name, tuple(_texts(row) for row in _rows(book, name)))
                for name in book.sheet_names
            )
    except (CalamineError, WorksheetNotFound, OSError, ValueError) as error:
        raise UnreadableFile(
            f"{called} is damaged, or no workbook.", advice="Save it again in Excel."
        ) from error


def _rows(book: CalamineWorkbook, name: str) -> list[list[object]]:
    return [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]


def _texts(row: list[object]) -> Row:
    return tuple(_text(cell) for cell in row)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return "" if cell is None else str(cell).strip()


def _delimited(content: bytes, called: str) -> SheetFile:
    if b"\x00" in content[:4096]:
        raise UnreadableFile(
            f"{called} is neither a workbook nor a text.", advice="Give it as CSV or Excel."
        )
    for encoding in _CODE_PAGES:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        rows = csv.reader(io.StringIO(text, newline=""))
        try:
            said = tuple(tuple(cell.strip() for cell in row) for row in rows)
        except csv.Error as error:
            raise UnreadableFile(f"{called} is no comma-separated text: {error}.") from error
        return SheetFile(called, (Sheet("", said),), encoding)
    raise UnreadableFile(f"{called} is in no known encoding.", advice="Save it as UTF-8.")
