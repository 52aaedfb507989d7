"""Workbooks and delimited texts as sheets of text, whatever their age, and however large.

Old Excel workbooks (``.xls``) are read beside new ones, because registers and rolls of earlier
years were never published otherwise. What a file is, is told by its first bytes and not by its
name. A text is never held as a whole: it is read anew for each look at its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from interurban.core.errors import UnreadableFile

from .texts import Row, Text, gzipped, plain, zipped
from .workbooks import is_workbook, workbook_sheets

__all__ = ["HEAD_ROWS", "Row", "Sheet", "SheetFile", "columns_of", "find_table", "read_sheets"]

HEAD_ROWS = 20
"""How many of its first rows tell what a sheet is."""

_FOREIGN = (
    (b"%PDF", "a PDF", "Ask for the table itself, as CSV or Excel."),
    (b"{\\rtf", "a text document", "Save the table as CSV."),
    (b"<?xml", "an XML file", "Open it in Excel and save it as .xlsx or CSV."),
    (b"<", "a web page, perhaps an error that was downloaded for the file",
     "Download it again, and open it once to see the table."),
)  # fmt: skip
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVE = b"PK"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Rows of texts; an empty cell is an empty text, and blanks around a text are gone.

    Parameters
    ----------
    head: the first rows, at most ``HEAD_ROWS``.
    rows: all of them, as often as one likes.
    """

    name: str
    head: tuple[Row, ...]
    rows: Iterable[Row]

    def below(self, header: int) -> Iterator[tuple[int, Row]]:
        """Rows below one of ``head``, each with its number as a spreadsheet counts."""
        for number, row in enumerate(self.rows, 1):
            if number > header + 1:
                yield number, row


@dataclass(frozen=True, slots=True, eq=False)
class SheetFile:
    """A file's sheets in their order.

    Parameters
    ----------
    name: of the file; of an archive with one text, that text's.
    encoding: of a delimited text; empty of a workbook.
    notes: what was odd about the file itself, one sentence each.
    hidden: names of sheets that a spreadsheet does not show; they are not read.
    """

    name: str
    sheets: tuple[Sheet, ...]
    encoding: str = ""
    notes: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


def read_sheets(file: Path, name: str = "") -> SheetFile:
    """Every visible sheet of a workbook, or the texts of a delimited file or an archive of them.

    The file must stay where it is for as long as rows are read.

    Parameters
    ----------
    name: what the file was called, where it lies under another name.

    Raises
    ------
    UnreadableFile: it is neither. TooMuch: it unpacks to more than is read here.
    """
    called = name or file.name
    try:
        with file.open("rb") as opened:
            start = opened.read(512)
        return _read(file, start, called)
    except OSError as error:
        reason = error.strerror or "it is damaged"
        raise UnreadableFile(f"{called} can't be read: {reason}.") from error


def find_table(file: SheetFile, is_header: Callable[[Row], bool]) -> tuple[Sheet, int] | None:
    """The first sheet with such a header, and the place of that among its first rows."""
    for sheet in file.sheets:
        for at, row in enumerate(sheet.head):
            if is_header(row):
                return sheet, at
    return None


def columns_of(header: Row) -> dict[str, int]:
    """Place of each column by its name in small letters with single blanks; the first counts."""
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        found.setdefault(" ".join(cell.lower().split()), at)
    return found


def _read(file: Path, start: bytes, called: str) -> SheetFile:
    if not start:
        raise UnreadableFile(f"{called} is empty (0 bytes).", advice="Download it again.")
    if start.startswith(_OLD_WORKBOOK) or (start.startswith(_ARCHIVE) and is_workbook(file)):
        sheets, hidden = workbook_sheets(file, called)
        made = tuple(Sheet(name, _head(rows), rows) for name, rows in sheets)
        return SheetFile(called, made, hidden=hidden)
    if start.startswith(_ARCHIVE):
        return _texts(called, zipped(file, called))
    if start.startswith(_GZIP):
        return _texts(called, (gzipped(file, called),))
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for sign, words, advice in _FOREIGN:
        if bare.startswith(sign):
            raise UnreadableFile(f"{called} is {words}.", advice=advice)
    return _texts(called, (plain(file, called),))


def _texts(called: str, texts: tuple[Text, ...]) -> SheetFile:
    sheets = tuple(Sheet(text.name, _head(text), text) for text in texts)
    return SheetFile(
        texts[0].name if len(texts) == 1 else called,
        sheets,
        encoding=texts[0].encoding,
        notes=tuple(note for text in texts for note in text.notes),
    )


def _head(rows: Iterable[Row]) -> tuple[Row, ...]:
    found: list[Row] = []
    for row in rows:
        found.append(row)
        if len(found) == HEAD_ROWS:
            break
    return tuple(found)
