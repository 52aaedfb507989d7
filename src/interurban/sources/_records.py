"""Where the records of delimited text begin and end, quotes and all.

Most text is well formed, and then the ends are found by counting quotes over whole blocks at
once. Where a quote stands that opens or closes nothing, a pattern walks the block record by
record instead: the line of a quote that is never closed is set aside as broken and reading goes
on behind it, so that one stray quote cannot swallow the rest of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["BadLine", "Block", "RecordPattern", "split_blocks", "split_fields"]

_NEWLINE = 10
_RETURN = 13
_KEPT_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line no record could be made of; ``before`` records of its block come before it."""

    before: int
    text: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """Whole, well-formed records, and the lines between them that were none."""

    data: bytes
    bad: tuple[BadLine, ...] = ()


class RecordPattern:
    """The patterns of one record, for one delimiter and one quote character (both one byte)."""

    def __init__(self, delimiter: bytes, quote: bytes = b'"') -> None:
        d, q = re.escape(delimiter), re.escape(quote)
        self.delimiter = delimiter
        self.quote = quote
        quoted = rb"%s[^%s]*+(?:%s%s[^%s]*+)*+%s" % (q, q, q, q, q, q)
        field = rb"(?>%s|[^%s%s\r\n][^%s\r\n]*+|)" % (quoted, q, d, d)
        fields = rb"%s(?:%s%s)*+" % (field, d, field)
        self.record = re.compile(rb"%s(?:\r\n|\n|\r(?!\Z))" % fields)
        self.last = re.compile(rb"%s(?:\r\n|\n|\r|\Z)" % fields)
        self.unfinished = re.compile(
            rb"(?:%s%s)*+(?:%s\r?\Z|%s[^%s]*+(?:%s%s[^%s]*+)*+%s?\Z)"
            % (field, d, field, q, q, q, q, q, q)
        )
        self.line = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
        self.field = re.compile(rb"(%s|[^%s\r\n]*+)(%s|\r\n|\n|\r|\Z)" % (quoted, d, d))


def split_fields(record: bytes, pattern: RecordPattern) -> list[str]:
    """Split one well-formed record into its fields, quotes taken off."""
    fields: list[str] = []
    quote = pattern.quote
    for found in pattern.field.finditer(record):
        text, end = found.group(1), found.group(2)
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            text = text[1:-1].replace(quote + quote, quote)
        fields.append(text.decode("utf-8", errors="replace"))
        if end != pattern.delimiter:
            break
    return fields


def split_blocks(chunks: Iterable[bytes], pattern: RecordPattern, longest: int) -> Iterator[Block]:
    """Cut a stream of text into blocks of whole records.

    Parameters
    ----------
    chunks: UTF-8.
    longest: bytes one record may have; a longer one is a bad line.
    """
    rest = b""
    in_bad_line = False
    for chunk in chunks:
        if in_bad_line:
            end = chunk.find(b"\n") + 1
            if not end:
                continue
            rest, in_bad_line = chunk[end:], False
        else:
            rest = rest + chunk if rest else chunk
        block, rest, in_bad_line = _cut(rest, pattern, longest, last=False)
        if block.data or block.bad:
            yield block
    if rest:
        yield _cut(rest, pattern, longest, last=True).block


class _Cut(NamedTuple):
    block: Block
    rest: bytes
    in_bad_line: bool


def _cut(data: bytes, pattern: RecordPattern, longest: int, *, last: bool) -> _Cut:
    end = _clean_end(data, pattern, last=last)
    if end is not None and len(data) - end <= longest:
        return _Cut(Block(data[:end]), data[end:], in_bad_line=False)
    return _walk(data, pattern, longest, last=last)


def _clean_end(data: bytes, pattern: RecordPattern, *, last: bool) -> int | None:
    """Where the last whole record ends, or ``None`` when some quote is out of place."""
    if pattern.quote not in data:
        return len(data) if last else data.rfind(b"\n") + 1
    text = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(text == pattern.quote[0])
    if last and len(quotes) % 2:
        return None
    end = len(data)
    if not last:
        newlines = np.flatnonzero(text == _NEWLINE)
        outside = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
        if not len(outside):
            return 0
        end = int(outside[-1]) + 1
        quotes = quotes[: np.searchsorted(quotes, end)]
    return end if _all_structural(text[:end], quotes, pattern) else None


def _all_structural(
    text: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], pattern: RecordPattern
) -> bool:
    """Whether every quote opens a field, closes one, or is half of a doubled pair."""
    if not len(quotes):
        return True
    opening, closing = quotes[0::2], quotes[1::2]
    delimiter, quote = pattern.delimiter[0], pattern.quote[0]
    before = text[np.maximum(opening - 1, 0)]
    opens = (before == delimiter) | (before == _NEWLINE) | (before == _RETURN) | (opening == 0)
    opens[1:] |= closing[: len(opening) - 1] + 1 == opening[1:]
    if not opens.all():
        return False
    after = text[np.minimum(closing + 1, len(text) - 1)]
    closes = (after == delimiter) | (after == _NEWLINE) | (after == _RETURN) | (after == quote)
    closes |= closing + 1 >= len(text)
    return bool(closes.all())


def _walk(data: bytes, pattern: RecordPattern, longest: int, *, last: bool) -> _Cut:
    """Go record by record; used where quotes are out of place or a record is too long."""
    whole = pattern.last if last else pattern.record
    good: list[bytes] = []
    bad: list[BadLine] = []
    count, at, size = 0, 0, len(data)
    in_bad_line = False
    while at < size:
        found = whole.match(data, at)
        if found is not None and found.end() > at:
            record = found.group()
            at = found.end()
            if record.strip(b"\r\n"):
                good.append(record)
                count += 1
            continue
        if not last and size - at <= longest and pattern.unfinished.match(data, at):
            break
        line = pattern.line.match(data, at)
        assert line is not None
        if not last and line.end() == size and size - at <= longest:
            break
        text = line.group()
        bad.append(BadLine(count, text[:_KEPT_TEXT], _why(text, pattern)))
        at = line.end()
        in_bad_line = not last and not text.endswith((b"\n", b"\r"))
    return _Cut(Block(b"".join(good), tuple(bad)), data[at:], in_bad_line)


def _why(line: bytes, pattern: RecordPattern) -> str:
    if line.count(pattern.quote) % 2:
        return "a quote is opened and never closed"
    if pattern.quote in line:
        return "a quote stands where it neither opens nor closes a value"
    return "the line is too long"
