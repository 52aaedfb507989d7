"""How a delimited text is written: delimiter, line ends, where the header is and what it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from interurban.core.errors import ConfigurationError, UnreadableFile

from ._names import expect_columns, unique_names
from ._records import RecordPattern, split_fields
from .reading import Limits

__all__ = ["Asked", "Dialect", "has_header", "header_of_two", "line_ends", "sniff"]

_SAMPLE = 256 << 10
_SAMPLE_RECORDS = 1_000
_MOST_PREAMBLE = 30
_FEWEST = 3
_DELIMITERS = (b",", b"\t", b";", b"|", b"^")
_DELIMITER_WORDS = {
    b",": "comma",
    b"\t": "tab",
    b";": "semicolon",
    b"|": "vertical bar",
    b"^": "circumflex",
    b" ": "blank",
}
_EXCEL_LINE = re.compile(rb"\"?sep=[^\r\n]\"?[\r\n]+", re.IGNORECASE)
"""A first line that tells Excel, and nobody else, what the delimiter is."""
_NUMBER = re.compile(r"\s*[-+]?[$£€]?\d[\d,. ]*%?\s*")
_DATED = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?\s*")
_A_PAIR, _TWO_AND_ROWS = 2, 4
_PERIOD = re.compile(r"(19|20)\d\d((0[1-9]|1[0-2])([0-3]\d)?|[-/](0?[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person said about a delimited text; ``None`` is to be found out.

    ``skip`` is the number of lines above the header (or above the first row).
    """

    delimiter: str | None = None
    header: bool | None = None
    skip: int | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text is written.

    Parameters
    ----------
    names: one name for each column, unique.
    body: offset of the first data row in the sample it was judged from.
    reading: the same in words, for people.
    """

    pattern: RecordPattern
    names: tuple[str, ...]
    body: int
    reading: dict[str, str]


def line_ends(sample: bytes) -> str:
    """Say how lines end: ``CRLF``, ``LF``, ``CR``, or a mixture with its counts."""
    crlf = sample.count(b"\r\n")
    lf = sample.count(b"\n") - crlf
    cr = sample.count(b"\r") - crlf
    found = {name: n for name, n in (("CRLF", crlf), ("LF", lf), ("CR", cr)) if n}
    if len(found) < 2:
        return next(iter(found), "none")
    return "mixed: " + ", ".join(f"{name} {n:,}" for name, n in found.items())


def sniff(sample: bytes, asked: Asked, name: str, limits: Limits, *, whole: bool) -> Dialect:
    """Find out the dialect of a text from its beginning.

    Parameters
    ----------
    sample: UTF-8, at least the first records; ``whole`` when there is no more.
    name: what messages call the file.

    Raises
    ------
    UnreadableFile: there is no line end, or nothing under the header.
    TooMuch: more columns than the limits allow.
    ConfigurationError: a delimiter that is not one character.
    """
    _expect_header_fits(sample, asked, name, limits, whole=whole)
    if asked.skip is not None:
        start = _after_lines(sample, asked.skip)
    else:
        start = len(sample) - len(sample.lstrip(b"\r\n"))
        if told := _EXCEL_LINE.match(sample, start):
            start = told.end()
    text = sample[start : start + _SAMPLE]
    complete = whole and len(text) + start == len(sample)
    pattern, records = _choose(text, asked, complete=complete)
    widths = [len(fields) for fields, _, _ in records]
    modal = _modal(widths[1:] or widths)
    first = 0 if asked.skip is not None else _preamble(widths, modal)
    rows = [fields for fields, _, _ in records[first:]]
    together = None if asked.header is False else header_of_two(rows)
    header = bool(together or asked.header or (asked.header is None and has_header(rows)))
    last = first + (together is not None)
    body = records[last][2] if header else records[first][1]
    if not (sample[start + body :].strip() if whole else True):
        raise UnreadableFile(
            f"{name} has a header ({_shown(rows[0])}) but no rows under it.",
            advice="Fetch it again; the export was probably cut short or its filter kept nothing.",
        )
    own = together or (rows[0] if header else [])
    width = modal if _all_shorter(widths[last + 1 :], len(own)) else max(modal, len(own))
    expect_columns(width, name, limits)
    columns = unique_names([*own, *[""] * width][:width])
    reading = {
        "delimiter": _delimiter_words(pattern.delimiter, width),
        "header": _header_words(
            1 + (together is not None) if header else 0, own, width, columns.changes
        ),
    }
    above = (asked.skip or 0) + first
    if above:
        reading["skipped"] = f"{above} line{'s' * (above > 1)} above the header"
    return Dialect(pattern, columns.names, start + body, reading)


_Record = tuple[list[str], int, int]


def _expect_header_fits(
    sample: bytes, asked: Asked, name: str, limits: Limits, *, whole: bool
) -> None:
    line = sample.lstrip(b"\r\n").partition(b"\n")[0]
    delimiters = [asked.delimiter.encode()] if asked.delimiter else list(_DELIMITERS)
    most = max(line.count(delimiter) for delimiter in delimiters)
    if len(line) >= len(sample) - 1 and not whole:
        expect_columns(most + 1, name, limits)
        raise UnreadableFile(
            f"{name} has no line end in its first {len(sample) >> 20:,} MiB, so it is no table "
            "of lines.",
            advice="Check what it is; if it is data, save it as CSV, Parquet or GeoJSON.",
        )
    if most > 4 * limits.max_columns:
        expect_columns(most + 1, name, limits)


def _after_lines(sample: bytes, skip: int) -> int:
    at = 0
    for _ in range(skip):
        end = sample.find(b"\n", at)
        if end < 0:
            return len(sample)
        at = end + 1
    return at


def _choose(text: bytes, asked: Asked, *, complete: bool) -> tuple[RecordPattern, list[_Record]]:
    """Take the delimiter that cuts most records into the same number of fields."""
    if asked.delimiter is not None:
        pattern = RecordPattern(_asked_delimiter(asked.delimiter))
        return pattern, _records(text, pattern, complete=complete)
    best: tuple[float, int] = (0.0, 1)
    chosen: tuple[RecordPattern, list[_Record]] | None = None
    for delimiter in _DELIMITERS:
        pattern = RecordPattern(delimiter)
        records = _records(text, pattern, complete=complete)
        widths = [len(fields) for fields, _, _ in records]
        modal = _modal(widths[1:] or widths)
        if modal < 2 and len(set(widths)) < 2 and chosen is not None:
            continue
        consistency = widths.count(modal) / max(len(widths), 1)
        headed = any(width >= modal - 1 for width in widths[:_MOST_PREAMBLE])
        exact = any(width == modal for width in widths[:1])
        score = consistency * (1.0 if exact else 0.9 if headed else 0.3) if modal > 1 else 0.0
        if chosen is None or (score, modal) > best:
            best, chosen = (score, modal), (pattern, records)
    assert chosen is not None
    return chosen


def _asked_delimiter(delimiter: str) -> bytes:
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "blank": " "}
    one = named.get(delimiter, delimiter).encode()
    if len(one) != 1 or one in b'"\r\n':
        raise ConfigurationError(
            f'The delimiter "{delimiter}" is not one plain character.',
            advice='Use one character such as "," or ";", or the word tab.',
            part="delimiter",
        )
    return one


def _records(text: bytes, pattern: RecordPattern, *, complete: bool) -> list[_Record]:
    found: list[_Record] = []
    at = 0
    while at < len(text) and len(found) < _SAMPLE_RECORDS:
        match = (pattern.last if complete else pattern.record).match(text, at)
        if match is None or match.end() == at:
            line = pattern.line.match(text, at)
            assert line is not None
            if line.end() == len(text) and found:
                break
            match = line
        record = match.group()
        if record.strip(b"\r\n") or not found:
            found.append((split_fields(record, pattern), at, match.end()))
        at = match.end()
    return found


def _modal(widths: Sequence[int]) -> int:
    counts = Counter(widths)
    most = max(counts.values(), default=0)
    return max((width for width, n in counts.items() if n == most), default=1)


def _preamble(widths: Sequence[int], modal: int) -> int:
    """How many records stand above the header: titles and notes, shorter than any row."""
    for position, width in enumerate(widths[:_MOST_PREAMBLE]):
        if width >= max(2, 0.6 * modal) or modal < 3:
            return position
    return 0


def _all_shorter(widths: Sequence[int], header: int) -> bool:
    """Whether every row has the same number of values, and the header names more."""
    return len(widths) >= _FEWEST and len(set(widths)) == 1 and widths[0] < header


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first record names columns, judged from what stands below each of its cells.

    Column names may be years or months (``201904``) above counts.
    """
    return not rows[1:] or _header_votes(rows) >= 0


def header_of_two(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """The names that two rows give together: groups above, and what is in each below them.

    A group's name stands over its first column, as where cells were merged: ``2019, , 2020, `` over
    ``Births, Deaths, Births, Deaths``. ``None`` where the first two rows are not that.
    """
    if len(rows) < _TWO_AND_ROWS:
        return None
    groups, own = ([cell.strip() for cell in row] for row in rows[:2])
    width = max(len(groups), len(own))
    groups += [""] * (width - len(groups))
    own += [""] * (width - len(own))
    spans = any(not group and name for group, name in zip(groups[1:], own[1:], strict=True))
    told = [name for name in own if name]
    doubled = len({name.lower() for name in told}) < len(told)
    if sum(map(bool, groups)) < _A_PAIR or not spans or not doubled:
        return None
    if _header_votes([own, *rows[2:]]) <= 0:
        return None
    names, group = [], ""
    for above, name in zip(groups, own, strict=True):
        group = above or (group if name else "")
        names.append(f"{group} {name}".strip())
    return names


def _header_votes(rows: Sequence[Sequence[str]]) -> int:
    """Columns whose first cell is none of the values below it, less those whose first cell is."""
    head, below = rows[0], rows[1:201]
    votes = 0
    for position, cell in enumerate(head):
        values = [row[position] for row in below if len(row) > position and row[position].strip()]
        if not values or not cell.strip():
            continue
        counted = sum(1 for value in values if _is_value(value))
        if counted < 0.9 * len(values):
            continue
        if not _is_value(cell):
            votes += 1
        elif not _PERIOD.fullmatch(cell.strip()):
            votes -= 1
    return votes


def _is_value(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text) or _DATED.fullmatch(text))


def _delimiter_words(delimiter: bytes, width: int) -> str:
    if width == 1:
        return "none (one column)"
    return _DELIMITER_WORDS.get(delimiter, delimiter.decode())


def _header_words(rows: int, own: Sequence[str], width: int, changes: str) -> str:
    if not rows:
        return f"none; {width:,} columns, numbered"
    said = [f"first {'row' if rows == 1 else 'two rows'}, {width:,} column{'s' * (width > 1)}"]
    if len(own) < width:
        said.append(f"rows have {width - len(own)} more than it names")
    elif len(own) > width:
        said.append(f"names {len(own) - width} more than the rows have")
    if changes:
        said.append(changes)
    return "; ".join(said)


def _shown(fields: Sequence[str]) -> str:
    shown = ", ".join(field.strip() for field in fields[:5])
    return shown if len(fields) <= 5 else f"{shown} ..."
