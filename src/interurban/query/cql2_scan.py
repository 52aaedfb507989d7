"""The scan of a CQL2 text before it is parsed: limits, and the mistakes people make most.

The parser's recursion runs on the stack of whatever thread calls it, so depth is bounded here:
of parentheses, of ``NOT NOT ...``, and of chains of arithmetic, which nest as deep as they are
long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import numpy as np

from interurban.core.errors import InvalidFilter

__all__ = ["EXAMPLE", "MAX_DEPTH", "invalid", "scanned"]

MAX_DEPTH = 64
"""Levels of nesting; what 512 KiB of stack hold, the smallest a thread commonly has."""

MAX_OPERATORS = 2_000
"""``AND``, ``OR`` and ``NOT`` of one text."""

MAX_ARITHMETIC = 200
"""Arithmetic signs of one text."""

EXAMPLE = "Write for example: ward = '42' AND occurred_at >= DATE('2018-07-01')."

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d][\w.:]*)
    |(?P<sign>[-+*/%^])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_SHAPES = {
    *("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"),
    "GEOMETRYCOLLECTION",
}
_IN_SHAPES = _SHAPES | {"Z", "EMPTY"}
_ZONED = re.compile(r".*(?:[zZ]|[+-]\d\d:?\d\d)", re.DOTALL)
_EXACT = 2**53


def invalid(what: str, advice: str = EXAMPLE) -> InvalidFilter:
    """The error of a filter that can't be read."""
    return InvalidFilter(what, advice=advice, part="filter")


def scanned(text: str, zone: tzinfo | None) -> str:
    """The same text, checked; a timestamp without a zone gets the offset it has in ``zone``.

    Raises
    ------
    InvalidFilter: over a limit, a quote or a parenthesis that is not closed, a whole number that
        floating point can't hold, a timestamp without a zone where ``zone`` is ``None``.
    """
    return "".join(_Scan(zone).tokens(text))


@dataclass(slots=True)
class _Scan:
    """Where the scan stands."""

    zone: tzinfo | None
    opened: list[int] = field(default_factory=list)
    shape_depth: int | None = None
    in_position: int = 0
    operators: int = 0
    signs: int = 0
    nots: int = 0
    before: tuple[str, str] = ("", "")

    def tokens(self, text: str) -> Iterator[str]:
        for match in _TOKEN.finditer(text):
            kind, token = str(match.lastgroup), match.group()
            if kind == "space":
                yield token
                continue
            word = token.upper() if kind == "word" else token
            if word == "(":
                self.open(match.start())
            elif word == ")":
                self.close(match.start())
            elif self.shape_depth is not None:
                self.coordinate(kind, word)
                if kind == "number" and "e" in token.lower():
                    token = np.format_float_positional(float(token), trim="-")
            else:
                self.operator(kind, word)
                token = self.operand(kind, token, match.start())
            self.before = (self.before[1], word)
            yield token
        if self.opened:
            raise invalid(
                f"The '(' at character {self.opened[-1] + 1} of the filter is not closed."
            )

    def open(self, where: int) -> None:
        self.opened.append(where)
        self.in_position = 0
        if len(self.opened) > MAX_DEPTH:
            raise invalid(f"The filter is nested deeper than {MAX_DEPTH} levels.", "Flatten it.")
        if self.shape_depth is None and (
            self.before[1] in _SHAPES or (self.before[1] == "Z" and self.before[0] in _SHAPES)
        ):
            self.shape_depth = len(self.opened)

    def close(self, where: int) -> None:
        if not self.opened:
            raise invalid(f"The ')' at character {where + 1} of the filter closes nothing.")
        if len(self.opened) == self.shape_depth:
            self.shape_depth = None
        self.opened.pop()
        self.in_position = 0

    def coordinate(self, kind: str, word: str) -> None:
        """What stands between the parentheses of a shape: positions, and shapes of a collection."""
        if word == ",":
            self.in_position = 0
            return
        self.in_position += 1
        fits = kind == "number" or word in "+-" or (kind == "word" and word in _IN_SHAPES)
        if not fits or self.in_position > 6:
            raise invalid(
                f"The shape that holds {word[:20]!r} can't be read.",
                "Write positions as longitude latitude, separated by commas: "
                "LINESTRING(-87.63 41.88, -87.62 41.89).",
            )

    def operator(self, kind: str, word: str) -> None:
        self.nots = self.nots + 1 if word == "NOT" else 0
        self.signs += kind == "sign"
        self.operators += word in {"AND", "OR", "NOT"}
        if self.signs > MAX_ARITHMETIC or self.operators > MAX_OPERATORS or self.nots > MAX_DEPTH:
            raise invalid(
                "The filter has too many operators.", "Use IN (...) for a list of values."
            )

    def operand(self, kind: str, token: str, where: int) -> str:
        if kind == "number" and token.isdigit() and (len(token) > 17 or int(token) > _EXACT):
            raise invalid(
                f"{token[:40]} is too large to be compared exactly.",
                "Compare identifiers as text, in quotes.",
            )
        if kind == "string" and self.before == ("TIMESTAMP", "("):
            return self.zoned(token)
        unclosed = {"'": "text", '"': "name"}.get(token)
        if unclosed is not None:
            raise invalid(
                f"The {unclosed} that begins at character {where + 1} of the filter is not closed."
            )
        return token

    def zoned(self, token: str) -> str:
        """A quoted time with an offset; what is no time is left for the reading to judge."""
        if _ZONED.fullmatch(token[1:-1].strip()):
            return token
        try:
            moment = datetime.fromisoformat(token[1:-1].strip())
        except ValueError:
            return token
        if self.zone is None:
            raise invalid(f"TIMESTAMP({token}) has no time zone.", "End it with Z or an offset.")
        try:
            return f"'{moment.replace(tzinfo=self.zone).isoformat()}'"
        except (ValueError, OverflowError):
            return token
