"""Excel workbooks (.xlsx): one sheet as Arrow batches of strings.

A sheet's cells have types of their own but its columns have none, so every value is given as
text: dates as ISO 8601, numbers without needless zeros.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from interurban.core.errors import TooMuch, UnreadableFile

from ._archive import members
from ._content import Content
from ._dates import DateOrders
from ._dialect import has_header, header_of_two
from ._names import expect_columns, unique_names
from .reading import ROW_COLUMN, BrokenRows, number_batches

__all__ = ["Workbook"]

_BATCH = 8_192
_SAMPLE = 200
_NOTES = re.compile(
    r"^(read\W?me|notes?|cover|contents?|about|index|info(rmation)?|intro(duction)?|metadata|guide|"
    r"guidance|definitions?|lisez|hinweise?|notas?)\b",
    re.IGNORECASE,
)
"""How sheets are called that explain the others."""
_ERRORS = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    EOFError,
    OSError,
)

Cells = tuple[Any, ...]


class Workbook:
    """One reading of one sheet.

    Parameters
    ----------
    content: the workbook, unpacked.
    sheet: its name or its 1-based number; ``None`` takes the first one that holds a table, else
        the first one that is not empty.
    skip: rows above the header, or ``None`` to find them.
    header: whether the first row names the columns, or ``None`` to find out.
    """

    def __init__(
        self, content: Content, sheet: str | int | None, skip: int | None, header: bool | None
    ) -> None:
        self._name = content.name
        self._expect_sane(content)
        self.broken = BrokenRows()
        self._dates = DateOrders()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # Opened here, because openpyxl judges a file by the ending of its name.
                self._file = content.path.open("rb")
                self._book = openpyxl.load_workbook(self._file, read_only=True, data_only=True)
        except _ERRORS as error:
            self._file.close()
            raise self._damaged() from error
        try:
            self._sheet = self._choose(sheet)
            self._learn(content, skip, header)
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """Close the workbook."""
        self._book.close()
        self._file.close()

    def reading(self) -> dict[str, str]:
        """How the sheet was understood, in words; complete after the last batch."""
        said = {"format": "Excel workbook", "sheet": self._sheet, "header": self._header_words}
        others = [name for name in self._book.sheetnames if name != self._sheet]
        if others:
            said["other sheets"] = ", ".join(others)
        if above := self._skipped - self._of_two:
            said["skipped"] = f"{above} row{'s' * (above > 1)} above the header"
        if dates := self._dates.words():
            said["dates"] = dates
        return said

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows that are not blank."""
        for batch in number_batches(self._batches()):
            self._dates.watch(batch)
            yield batch

    def _batches(self) -> Iterator[pa.RecordBatch]:
        schema = self.schema.remove(self.schema.get_field_index(ROW_COLUMN))
        rows = self._rows(self._sheet)
        for _ in range(self._skipped + self._has_header):
            next(rows, None)
        width = len(schema)
        while block := list(islice(rows, _BATCH)):
            columns = [
                pa.array([_text(row[at]) if at < len(row) else "" for row in block], pa.string())
                for at in range(width)
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    def _rows(self, sheet: str) -> Iterator[Cells]:
        """Rows that hold anything."""
        page = self._book[sheet]
        page.reset_dimensions()
        try:
            for row in page.iter_rows(values_only=True):
                if any(cell is not None and cell != "" for cell in row):
                    yield row
        except _ERRORS as error:
            raise self._damaged() from error

    def _choose(self, asked: str | int | None) -> str:
        names = [page.title for page in self._book.worksheets]
        if asked is not None:
            if isinstance(asked, int) and 1 <= asked <= len(names):
                return str(names[asked - 1])
            if asked in names:
                return str(asked)
            raise UnreadableFile(
                f'{self._name} has no sheet "{asked}".',
                advice=f"It has: {', '.join(names)}.",
                part="sheet",
            )
        filled = [name for name in names if next(self._rows(name), None) is not None]
        tables = (name for name in filled if not _NOTES.search(name) and self._is_table(name))
        if filled:
            return str(next(tables, filled[0]))
        raise UnreadableFile(
            f"{self._name} is a workbook whose sheets are all empty.",
            advice="Save it again with its data.",
        )

    def _is_table(self, sheet: str) -> bool:
        """Whether most of its first rows have several cells."""
        rows = list(islice(self._rows(sheet), _SAMPLE))
        wide = sum(1 for row in rows if sum(1 for cell in row if _text(cell)) > 1)
        return wide > 1 and 2 * wide >= len(rows)

    def _learn(self, content: Content, skip: int | None, header: bool | None) -> None:
        sample = list(islice(self._rows(self._sheet), (skip or 0) + _SAMPLE))
        rows = [[_text(cell) for cell in row] for row in sample]
        filled = sorted(sum(1 for cell in row if cell) for row in rows)
        usual = filled[len(filled) // 2]
        self._skipped = skip if skip is not None else _first_full(rows, usual)
        together = (
            None if header is False else _over_two(rows, self._skipped, fixed=skip is not None)
        )
        self._of_two = together is not None
        if together is not None:
            self._skipped, named_by = together
            rows = [named_by, *rows[self._skipped + 1 :]]
        else:
            rows = rows[self._skipped :]
        if not rows:
            raise UnreadableFile(
                f"{self._name}, sheet {self._sheet}, has no rows below the {skip} that are "
                "skipped.",
                advice="Say a smaller skip.",
                part="skip",
            )
        self._has_header = bool(together or header or (header is None and has_header(rows)))
        if self._has_header and len(rows) == 1:
            raise UnreadableFile(
                f"{self._name}, sheet {self._sheet}, has a header but no rows under it.",
                advice="Name another sheet with sheet, or fetch the file again.",
            )
        width = max(_width(row) for row in rows)
        expect_columns(width, content.name, content.limits)
        own = rows[0][:width] if self._has_header else []
        named = unique_names([*own, *[""] * (width - len(own))])
        self._header_words = (
            f"first {'two rows' if together else 'row'}, {width:,} columns"
            if self._has_header
            else f"none; {width:,} columns"
        ) + (f"; {named.changes}" if named.changes and self._has_header else "")
        self.schema = pa.schema(
            [
                *(pa.field(name, pa.string()) for name in named.names),
                pa.field(ROW_COLUMN, pa.int64(), nullable=False),
            ]
        )

    def _expect_sane(self, content: Content) -> None:
        limits = content.limits
        parts = members(content)
        size = sum(part.file_size for part in parts)
        strings = max((p.file_size for p in parts if "sharedStrings" in p.filename), default=0)
        packed = content.path.stat().st_size
        if strings > limits.max_whole_bytes or (
            size > limits.max_whole_bytes and size > limits.max_ratio * packed
        ):
            raise TooMuch(
                f"{content.name} unpacks to {size >> 20:,} MiB of cells, too much for a workbook.",
                advice="Save the sheet as CSV or Parquet and load that.",
            )

    def _damaged(self) -> UnreadableFile:
        return UnreadableFile(
            f"{self._name} is damaged: it cannot be read as an Excel workbook.",
            advice="Open it in Excel and save it again, or save it as CSV.",
        )


def _over_two(
    rows: Sequence[Sequence[str]], skipped: int, *, fixed: bool
) -> tuple[int, list[str]] | None:
    """Rows above the last row of a header of two, and its names; ``None`` where there is one row.

    The row of groups is the one taken for the header, or, being sparse, the one passed over last.
    """
    starts = [skipped] if fixed or skipped == 0 else [skipped, skipped - 1]
    for start in starts:
        names = header_of_two(rows[start:])
        if names is not None:
            return start + 1, names
    return None


def _first_full(rows: Sequence[Sequence[str]], usual: int) -> int:
    """How many rows of titles and notes stand above the first one that is as full as most."""
    for position, row in enumerate(rows):
        if sum(1 for cell in row if cell) >= max(1, 0.6 * usual):
            return position
    return 0


def _width(row: Sequence[str]) -> int:
    return max((at + 1 for at, cell in enumerate(row) if cell), default=0)


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case dt.datetime():
            bare = cell.time() == dt.time(0)
            return cell.date().isoformat() if bare else cell.isoformat(timespec="seconds")
        case _:
            return str(cell)
