"""Excel workbooks, old (``.xls``) and new (``.xlsx``): their visible sheets as rows of text.

A reader of workbooks lays a sheet out as one block from its first cell to its last: two cells in
opposite corners of an empty sheet would take all memory there is. How far the cells of a sheet
reach is therefore looked up first.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
)

from interurban.core.errors import TooMuch, UnreadableFile

from .texts import Row

__all__ = ["Cells", "is_workbook", "workbook_sheets"]

_LARGEST_BYTES = 1_000_000_000
_MOST_CELLS = 20_000_000
"""Of one sheet, empty ones with them: a register of all of England with twice its columns."""
_CHUNK_BYTES = 1 << 20
_OVERLAP_BYTES = 256
_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]{0,200}?\br=\"([A-Z]{1,3})([0-9]{1,7})\"")
_LETTERS = 26


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows of one sheet, from its first row and column on, where nothing stands in them too."""

    sheet: CalamineSheet

    def __iter__(self) -> Iterator[Row]:
        # The reader counts rows from the top of the sheet, but columns from the first filled one.
        left = ("",) * (self.sheet.start[1] if self.sheet.start is not None else 0)
        for row in self.sheet.iter_rows():
            yield left + tuple(_text(cell) for cell in row)


def is_workbook(file: Path) -> bool:
    """Whether an archive is a workbook, or what another office program saves for one."""
    try:
        with zipfile.ZipFile(file) as archive:
            return any(part in archive.namelist() for part in _PARTS)
    except zipfile.BadZipFile:
        return False


def workbook_sheets(
    file: Path, called: str
) -> tuple[tuple[tuple[str, Cells], ...], tuple[str, ...]]:
    """Visible sheets by name, in their order; and the names of the hidden ones.

    Raises
    ------
    UnreadableFile: it is damaged, locked, or of another program. TooMuch: it is too large.
    """
    if zipfile.is_zipfile(file):
        _check_archive(file, called)
    try:
        with CalamineWorkbook.from_path(file) as book:
            shown: list[tuple[str, Cells]] = []
            hidden: list[str] = []
            for about in book.sheets_metadata:
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                if about.visible != SheetVisibleEnum.Visible:
                    hidden.append(about.name)
                else:
                    shown.append((about.name, Cells(book.get_sheet_by_name(about.name))))
            return tuple(shown), tuple(hidden)
    except PasswordError as error:
        raise _locked(called) from error
    except (CalamineError, WorksheetNotFound, OSError, ValueError) as error:
        raise UnreadableFile(
            f"{called} is damaged, or no workbook.", advice="Save it again in Excel."
        ) from error


def _check_archive(file: Path, called: str) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise UnreadableFile(
                    f"{called} is a workbook of a kind that is not read here.",
                    advice="Save it as .xlsx or CSV.",
                )
            if sum(entry.file_size for entry in entries) > _LARGEST_BYTES:
                raise TooMuch(f"{called} unpacks to more than {_LARGEST_BYTES:,} bytes.")
            for entry in entries:
                if entry.filename.startswith("xl/worksheets/") and _cells(archive, entry) > (
                    _MOST_CELLS
                ):
                    raise TooMuch(
                        f"{called} has a sheet of more than {_MOST_CELLS:,} cells.",
                        advice="Copy its table into a new workbook: some cell stands far below "
                        "or far right of it.",
                    )
    except (zipfile.BadZipFile, EOFError) as error:
        raise UnreadableFile(
            f"{called} is damaged, or no workbook.", advice="Save it again in Excel."
        ) from error


def _cells(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Cells of the block from a sheet's first corner to its last cell."""
    rows, columns, tail = 0, 0, b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK_BYTES):
            for found in _CELL.finditer(tail + chunk):
                rows = max(rows, int(found[2]))
                columns = max(columns, _column(found[1]))
            tail = chunk[-_OVERLAP_BYTES:]
    return rows * columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * _LETTERS + letter - ord("A") + 1
    return number


def _locked(called: str) -> UnreadableFile:
    return UnreadableFile(f"{called} is locked with a password.", advice="Save it without one.")


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return "" if cell is None else str(cell).strip()
