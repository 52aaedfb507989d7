"""Where the records of a JSON document are, found without reading the document as a whole.

A document may be a list, one record a line, or an object that holds a list somewhere inside
(``{"meta": ..., "data": [...]}``). The head is walked token by token to find that list; from there
on, its elements are told apart by brackets and quotes over whole blocks at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interurban.core.errors import ConfigurationError, TooMuch, UnreadableFile

__all__ = ["Layout", "elements", "find_layout", "lines", "one_record"]

_TOKEN = re.compile(rb'\s*(?:("(?:[^"\\]++|\\.)*+")|([{}\[\],:])|([^\s{}\[\],:"]++))', re.DOTALL)
_RECORD_NAMES = frozenset(
    "features records rows data results result items value values observations entries "
    "stations elements objects".split()
)
_NOT_RECORDS = frozenset(
    "cols columns fields schema headers links meta view geometry coordinates crs".split()
)
_FEATURE = re.compile(rb'\{\s*"type"\s*:\s*"Feature"')
_WALKED = 256 << 10

_QUOTE, _OPEN, _CLOSE, _COMMA = 1, 2, 3, 4
_KINDS = {'"': _QUOTE, "{": _OPEN, "[": _OPEN, "}": _CLOSE, "]": _CLOSE, ",": _COMMA}
_CLASS = bytes(_KINDS.get(chr(code), 0) for code in range(256))
_BACKSLASH = ord("\\")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the records are.

    Parameters
    ----------
    kind: ``lines`` (one record a line), ``list`` or ``single`` (the document is one record).
    start: offset in the head behind the opening bracket of the list.
    path: keys that lead to the list, from the top.
    around: what stands in the document before the list.
    """

    kind: str
    start: int = 0
    path: tuple[str, ...] = ()
    around: dict[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The same for people."""
        if self.kind == "lines":
            return "one record a line"
        if self.kind == "single":
            return "one record"
        return f'list "{".".join(self.path)}"' if self.path else "a list"


def find_layout(head: bytes, asked: str | None, name: str, *, whole: bool) -> Layout:
    """Find the list of records in the beginning of a document.

    Parameters
    ----------
    head: UTF-8, at least up to the first record.
    asked: the option ``records``: keys that lead to the list, joined by dots.

    Raises
    ------
    UnreadableFile: there is no list of records in the head.
    ConfigurationError: there is none where it was asked for.
    """
    start = len(head) - len(head.lstrip(b" \t\r\n\x1e"))
    if asked is None:
        if head[start : start + 1] == b"[":
            return Layout("list", start + 1)
        if _is_lines(head[start:], whole=whole):
            return Layout("lines", start)
        if _FEATURE.match(head, start):
            return Layout("single", start)
    else:
        return _asked_list(head, asked, name)
    likeliest = _likeliest(head[:_WALKED]) or _likeliest(head)
    if likeliest is not None:
        return likeliest
    if whole and _is_record(head):
        return Layout("single", start)
    raise UnreadableFile(
        f"{name} is JSON, but no list of records was found in it.",
        advice="Say where the list is, for example records: result.records.",
        part="records",
    )


def _asked_list(head: bytes, asked: str, name: str) -> Layout:
    known: list[str] = []
    for layout in _lists(head):
        if ".".join(layout.path) == asked:
            return layout
        known.append(".".join(layout.path))
    raise ConfigurationError(
        f'{name} has no list of records under "{asked}".',
        advice=f"It has lists under: {', '.join(filter(None, known))}."
        if any(known)
        else "It has no list of records.",
        part="records",
    )


def _is_lines(head: bytes, *, whole: bool) -> bool:
    first, newline, rest = head.partition(b"\n")
    follows = rest.lstrip(b" \t\r\n\x1e")
    if not newline or not follows.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        # A damaged first line among good ones is still one record a line.
        second, more, _ = follows.partition(b"\n")
        try:
            return bool(more or whole) and isinstance(json.loads(second), dict)
        except ValueError:
            return False


def _is_record(head: bytes) -> bool:
    try:
        body = json.loads(head)
    except ValueError:
        return False
    if not isinstance(body, dict) or not body:
        return False
    return not any(isinstance(value, dict | list) for value in body.values())


def _likeliest(head: bytes) -> Layout | None:
    """The first list that is called what lists of records are called, else the first at all."""
    first: Layout | None = None
    for layout in _lists(head):
        if layout.path and layout.path[-1] in _RECORD_NAMES:
            return layout
        if first is None and not _NOT_RECORDS & {key.lower() for key in layout.path}:
            first = layout
    return first


def _lists(head: bytes) -> Iterator[Layout]:
    """Give every list of objects or lists that is reached through keys alone."""
    keys: list[str | None] = []
    kinds: list[bytes] = []
    pending: str | None = None
    text: str | None = None
    at = 0
    while (token := _TOKEN.match(head, at)) is not None:
        string, mark = token.group(1), token.group(2)
        at = token.end()
        if string is not None:
            text = string.decode("utf-8", errors="replace")
        elif mark == b":":
            pending = json.loads(text or '""', strict=False)
        elif mark in (b"{", b"["):
            path = tuple(key for key in [*keys[1:], pending] if key is not None)
            if mark == b"[" and b"[" not in kinds and _holds_records(head, at, path):
                yield Layout("list", at, path, _before(head[:at], kinds))
            keys.append(pending)
            kinds.append(mark)
            pending = None
        elif mark in (b"}", b"]") and kinds:
            keys.pop()
            kinds.pop()
        elif mark == b",":
            pending = None


def _holds_records(head: bytes, at: int, path: tuple[str, ...]) -> bool:
    first = head[at : at + 4096].lstrip()[:1]
    return first in (b"{", b"[") or (
        first == b"]" and path[-1:] != () and path[-1] in _RECORD_NAMES
    )


def _before(head: bytes, kinds: list[bytes]) -> dict[str, Any]:
    closing = b"]" + b"".join(b"}" if kind == b"{" else b"]" for kind in reversed(kinds))
    try:
        around = json.loads(head + closing)
    except ValueError:
        return {}
    return around if isinstance(around, dict) else {}


def elements(chunks: Iterable[bytes], name: str, longest: int) -> Iterator[pa.Array]:
    """Tell the elements of a JSON list apart.

    Parameters
    ----------
    chunks: UTF-8, from behind the opening bracket on.
    longest: bytes one element may have.

    Returns
    -------
    Arrays of strings, one element each, blanks around them.

    Raises
    ------
    UnreadableFile: the text ends before the list does.
    TooMuch: an element is longer than allowed.
    """
    rest = b""
    for chunk in chunks:
        data = rest + chunk if rest else chunk
        ends, closed = _separators(data)
        if closed is not None:
            if data[int(ends[-1]) if len(ends) else 0 : closed].strip(b" \t\r\n,"):
                ends = np.append(ends, closed)
            if len(ends):
                yield _cut(data, ends)
            return
        if len(ends):
            yield _cut(data, ends)
            rest = data[int(ends[-1]) + 1 :]
        else:
            rest = data
        if len(rest) > longest:
            raise TooMuch(
                f"{name} has a record longer than {longest >> 20:,} MiB.",
                advice="Check that its quotes and brackets are closed, or split the record.",
            )
    raise UnreadableFile(
        f"{name} ends too early: its list of records is not closed.",
        advice="Fetch it again; the download was probably interrupted.",
    )


def lines(chunks: Iterable[bytes], name: str, longest: int) -> Iterator[pa.Array]:
    """Give one record a line, blank lines left out; raises ``TooMuch`` for a longer line."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk if rest else chunk
        end = data.rfind(b"\n") + 1
        rest = data[end:]
        if len(rest) > longest:
            raise TooMuch(
                f"{name} has a line longer than {longest >> 20:,} MiB.",
                advice="Check that it holds one record a line.",
            )
        if end:
            yield _filled(data[:end])
    if rest.strip():
        yield _filled(rest + b"\n")


def one_record(chunks: Iterable[bytes], name: str, longest: int) -> pa.Array:
    """Give a document that is one record; raises ``TooMuch`` for a longer one."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > longest:
            raise TooMuch(
                f"{name} is one record longer than {longest >> 20:,} MiB.",
                advice="Save it as a list of records.",
            )
    return pa.array([bytes(data)], pa.binary()).cast(pa.string())


def _filled(data: bytes) -> pa.Array:
    texts = [line for line in data.replace(b"\x1e", b" ").split(b"\n") if line.strip()]
    return pa.array(texts, pa.binary()).cast(pa.string())


def _separators(data: bytes) -> tuple[npt.NDArray[np.int64], int | None]:
    """Find the commas between elements, and the bracket that closes the list if it is there."""
    kinds = np.frombuffer(data.translate(_CLASS), np.uint8)
    marks = np.flatnonzero(kinds != 0)
    kinds = kinds[marks]
    if b"\\" in data:
        quotes = np.flatnonzero(kinds == _QUOTE)
        escaped = quotes[_is_escaped(np.frombuffer(data, np.uint8), marks[quotes])]
        marks, kinds = np.delete(marks, escaped), np.delete(kinds, escaped)
    inside = np.cumsum(kinds == _QUOTE, dtype=np.uint8) & 1 == 1
    steps = (kinds == _OPEN).astype(np.int8) - (kinds == _CLOSE).astype(np.int8)
    steps[inside] = 0
    depth = np.cumsum(steps, dtype=np.int32)
    closing = np.flatnonzero(depth < 0)
    closed = None
    if len(closing):
        last = int(closing[0])
        closed = int(marks[last])
        marks, kinds, inside, depth = marks[:last], kinds[:last], inside[:last], depth[:last]
    return marks[(kinds == _COMMA) & ~inside & (depth == 0)], closed


def _is_escaped(text: npt.NDArray[np.uint8], marks: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Whether an odd number of backslashes stands before each mark."""
    escaped = np.zeros(len(marks), np.bool_)
    running = np.arange(len(marks))
    back = 1
    while len(running):
        at = marks[running] - back
        running, at = running[at >= 0], at[at >= 0]
        running = running[text[at] == _BACKSLASH]
        escaped[running] = ~escaped[running]
        back += 1
    return escaped


def _cut(data: bytes, ends: npt.NDArray[np.int64]) -> pa.Array:
    """Make strings of the stretches up to each separator, without copying them one by one."""
    size = int(ends[-1])
    text = np.frombuffer(data, np.uint8, count=size).copy()
    text[ends[:-1]] = ord(" ")
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(text))
