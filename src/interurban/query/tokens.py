"""The search line cut into tokens that know where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Token", "tokens"]

Kind = Literal["word", "quoted", "point", "condition", "limit"]

_TOKEN = re.compile(
    r"""
    (?P<limit>\$max\s*:\s*[0-9]+)
    |(?P<point>(?<![\w.])[-+]?[0-9]{1,3}\.[0-9]+\s*,\s*[-+]?[0-9]{1,3}\.[0-9]+(?![\w.]))
    |(?P<quoted>"[^"]*"?|[“”„][^“”„]*[“”]?|«[^«»]*»|»[^«»]*«)
    |(?P<condition>
        [^\W\d][\w.]*
        (?:\s*(?:>=|<=|<>|!=|=|>|<)\s*|:\s*(?!/))
        (?:"[^"]*"?|[$£€]?[0-9]{1,3}(?:,[0-9]{3})+(?![\w,])|[^\s,;"]+)
    )
    |(?P<word>[^\s",;“”„«»()?!]+)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the line.

    Parameters
    ----------
    text: as typed; of a quoted one, what stands between the quotes.
    start, end: where it stands in the line, quotes included.
    """

    text: str
    start: int
    end: int
    kind: Kind


def tokens(line: str) -> list[Token]:
    """Words, "quoted phrases", ``column:value`` pairs, coordinates and ``$max:N``, in order.

    Punctuation between them is left out; the dots and colons that end a word are not of it.
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(line):
        kind: Kind = match.lastgroup  # type: ignore[assignment]  # the group names are the kinds
        start, text = match.start(), match.group()
        if kind == "quoted":
            text = text.strip('"“”„«»').strip()
        elif kind == "word":
            text = text.rstrip(".:'’")
        if text:
            end = start + len(text) if kind == "word" else match.end()
            found.append(Token(text, start, end, kind))
    return found
