"""Files of people's own as tables, read as `sources` reads every file."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from interurban.core.dataset import SourceSpec
from interurban.core.errors import InvalidInput, TooMuch, UnreadableFile
from interurban.core.model import TableContract
from interurban.sources import Fetching, open_source

from .contracts import Checked, check_table
from .problems import Problem

__all__ = ["MAX_ROWS", "check_file", "read_file"]

MAX_ROWS = 20_000_000
"""Rows of a table that a model takes; they are held in memory."""


def read_file(file: Path, sheet: str | None = None) -> tuple[pa.Table, tuple[Problem, ...]]:
    """A file's rows with their numbers (``_row``), and those that could not be split.

    A file that has a header and nothing under it is a table without rows.

    Raises
    ------
    UnreadableFile: it is no table.
    TooMuch: more than ``MAX_ROWS``.
    """
    options = {"path": str(file.resolve())} | ({} if sheet is None else {"sheet": sheet})
    with TemporaryDirectory(prefix="upload-") as work:
        try:
            reading = open_source(SourceSpec("files", options), Fetching(work=Path(work)))
        except UnreadableFile:
            header = _header_alone(file)
            if header is None:
                raise
            return pa.table({name: pa.array([], pa.string()) for name in header}), ()
        if reading is None:
            raise InvalidInput(f"{file.name} gave nothing to read.", part="file")
        with reading:
            batches, rows = list[pa.RecordBatch](), 0
            for batch in reading.batches():
                rows += batch.num_rows
                if rows > MAX_ROWS:
                    raise TooMuch(
                        f"{file.name} has more than {MAX_ROWS:,} rows.",
                        advice="Give fewer areas or years.",
                    )
                batches.append(batch)
            table = pa.Table.from_batches(batches, schema=reading.schema)
            broken = tuple(
                Problem(b.row, "", b.text, b.reason, "Write one value in each column.")
                for b in reading.broken
            )
    return table, broken


def check_file(file: Path, contract: TableContract, sheet: str | None = None) -> Checked:
    """Hold a file against a contract; rows that can't be split are problems too."""
    table, broken = read_file(file, sheet)
    if not table.num_rows:
        checked = check_table(table, contract)
        if checked.ok:
            what = Problem(None, "", "", "no rows", "Write the rows under the header.")
            checked.problems.add("no rows", 1, [what])
        return checked
    checked = check_table(table, contract)
    checked.problems.add("row can't be split into columns", len(broken), broken)
    return checked


def _header_alone(file: Path) -> list[str] | None:
    """The header of a delimited text that has no rows."""
    try:
        text = file.read_bytes()[:65_536].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        return None
    header = [name.strip() for name in next(csv.reader(lines))]
    return header if len(header) > 1 and all(header) and len(set(header)) == len(header) else None
